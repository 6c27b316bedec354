//! The doors of rebalancing, called over gRPC on a memory log.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use api::allocator::v1;
use api::allocator::v1::rebalance_service_client::RebalanceServiceClient;
use domain::decider::Room;
use tonic::Code;
use tonic::transport::Channel;

mod shop;

use shop::{item, order, receipt};

/// 3 BOLT are reserved for `early`; `vip` waits for 2.
struct Shop {
    client: RebalanceServiceClient<Channel>,
    settled: u64,
    cell: shop::Shop,
}

impl Shop {
    async fn open() -> Self {
        let shop = shop::Shop::open().await;
        let address = shop.process.address(Room::Allocator).unwrap();
        let client = RebalanceServiceClient::connect(format!("http://{address}"));
        let client = client.await.unwrap();
        shop.record(item(100)).await;
        shop.record(receipt(3)).await;
        let placed = shop.record(order("early", 3)).await;
        shop.settled_after(placed).await;
        let placed = shop.record(order("vip", 2)).await;
        let settled = shop.settled_after(placed).await;
        Self {
            client,
            settled,
            cell: shop,
        }
    }

    async fn preview(&mut self, at_least_revision: u64) -> v1::PreviewRebalanceResponse {
        let request = v1::PreviewRebalanceRequest {
            segments: segments(),
            nervousness_budget: Some(5),
            at_least_revision,
        };
        self.client
            .preview_rebalance(request)
            .await
            .unwrap()
            .into_inner()
    }
}

fn segment(order: &str, strategy: v1::RunStrategy) -> v1::RunSegment {
    v1::RunSegment {
        filter: Some(v1::RunFilter {
            order_ids: vec![order.to_owned()],
            ..Default::default()
        }),
        sort: Vec::new(),
        strategy: strategy.into(),
    }
}

fn segments() -> Vec<v1::RunSegment> {
    vec![
        segment("vip", v1::RunStrategy::Win),
        segment("early", v1::RunStrategy::Fill),
    ]
}

fn commit(preview: &str) -> v1::CommitRebalanceRequest {
    v1::CommitRebalanceRequest {
        run_id: "r1".to_owned(),
        segments: segments(),
        nervousness_budget: Some(5),
        preview: preview.to_owned(),
        at_least_revision: 0,
    }
}

#[tokio::test]
async fn a_run_is_previewed_committed_once_and_told_again_when_asked_again() {
    let mut shop = Shop::open().await;
    let shown = shop.preview(shop.settled).await;
    assert_eq!((shown.units_gained, shown.value_gained_minor), (2, 500));
    assert_eq!((shown.lines.len(), shown.promises_moved), (2, 2));
    assert!(shown.promises[1].becomes.as_ref().unwrap().in_stock);
    let done = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let done = done.unwrap().into_inner();
    assert!(!done.repeated && done.revision > shown.revision);
    let again = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let again = again.unwrap().into_inner();
    assert!(again.repeated);
    assert_eq!(again.revision, done.revision);
    let since = shop.preview(done.revision).await;
    assert_ne!(since.preview, shown.preview);
    let anew = shop.client.commit_rebalance(commit(&since.preview)).await;
    let anew = anew.unwrap().into_inner();
    assert_eq!((anew.repeated, anew.revision), (true, done.revision));
}

#[tokio::test]
async fn a_run_with_nothing_to_do_is_told_apart_from_one_done_before() {
    let mut shop = Shop::open().await;
    let shown = shop.preview(shop.settled).await;
    let done = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let done = done.unwrap().into_inner();
    assert!(!done.unchanged);
    let idle = shop.preview(done.revision).await;
    assert_eq!(idle.changes, 0);
    let again = shop.client.commit_rebalance(commit(&idle.preview)).await;
    let again = again.unwrap().into_inner();
    assert!(again.repeated && !again.unchanged);
    let other = v1::CommitRebalanceRequest {
        run_id: "r2".to_owned(),
        ..commit(&idle.preview)
    };
    let other = shop.client.commit_rebalance(other).await.unwrap();
    let other = other.into_inner();
    assert!(!other.repeated && other.unchanged && other.revision > done.revision);
}

#[tokio::test]
async fn a_preview_that_the_state_has_moved_on_from_is_refused() {
    let mut shop = Shop::open().await;
    let shown = shop.preview(shop.settled).await;
    let received = shop.cell.record(receipt(1)).await;
    shop.cell.settled_after(received).await;
    let status = shop.client.commit_rebalance(commit(&shown.preview)).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(
        status.message().contains("preview the run again"),
        "{status}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_told_by_its_field() {
    let mut shop = Shop::open().await;
    let request = v1::PreviewRebalanceRequest {
        segments: vec![segment("vip", v1::RunStrategy::Unspecified)],
        nervousness_budget: None,
        at_least_revision: 0,
    };
    let status = shop.client.preview_rebalance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("segments.strategy"), "{status}");
}
