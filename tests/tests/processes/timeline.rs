//! One order's whole life, and the same commands again: right after, after a power cut, and once
//! the order has left memory.

use api::inventory::v1 as inventory;
use api::notifier::v1::{ListNoticesRequest, NoticeKind, NoticeState};
use api::orders::v1::{self as orders, LineQuantity, OrderStatus};
use tonic::{Code, Status};

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

/// Every command of the timeline, each with its id.
struct Timeline {
    location: inventory::DefineLocationRequest,
    item: inventory::DefineItemRequest,
    order: orders::PlaceOrderRequest,
    receipt: inventory::ReceiveStockRequest,
    adjustment: inventory::AdjustStockRequest,
    cancellation: orders::CancelOrderRequest,
    wave: inventory::ReleaseWaveRequest,
    shipment: inventory::ConfirmShipmentRequest,
}

/// What a command was answered: its revision, and whether it was known.
type Told = (&'static str, u64, bool);

macro_rules! told {
    ($what:literal, $answer:expr) => {{
        let answer = $answer
            .await
            .map_err(|status| (String::from($what), status))?;
        let answer = answer.into_inner();
        ($what, answer.revision, answer.repeated)
    }};
}

impl Timeline {
    fn new() -> Self {
        let mut cancellation = shop::cancellation("c1", "o1");
        cancellation.lines = vec![LineQuantity {
            line: 1,
            quantity: 1,
        }];
        let line = |line, sku: &str, quantity| inventory::ShippedLine {
            line,
            sku: sku.to_owned(),
            quantity,
        };
        Self {
            location: shop::location("MAIN"),
            item: shop::item("LENS", 100),
            order: shop::waiting(shop::order("o1", &[("LENS", 4), ("CASE", 2)])),
            receipt: shop::receipt("r1", &[("LENS", 3), ("CASE", 3)]),
            adjustment: shop::adjustment("a1", "LENS", 1),
            cancellation,
            wave: inventory::ReleaseWaveRequest {
                wave_id: "w1".to_owned(),
                location_id: "MAIN".to_owned(),
                max_lines: 0,
                at_least_revision: 0,
                ..inventory::ReleaseWaveRequest::default()
            },
            shipment: inventory::ConfirmShipmentRequest {
                shipment_id: "s1".to_owned(),
                order_id: "o1".to_owned(),
                location_id: "MAIN".to_owned(),
                lines: vec![line(1, "LENS", 3), line(2, "CASE", 2)],
                tracking: "GB123".to_owned(),
                at_least_revision: 0,
                from_others: false,
            },
        }
    }

    /// Sends every command once more, in the order of the timeline.
    async fn again(&self, shop: &Shop) -> Result<Vec<Told>, (String, Status)> {
        let (mut orders, mut inventory) = (shop.orders.clone(), shop.inventory.clone());
        let mut order = self.order.clone();
        order.wait = None;
        Ok(vec![
            told!("location", inventory.define_location(self.location.clone())),
            told!("item", inventory.define_item(self.item.clone())),
            told!("order", orders.place_order(order)),
            told!("receipt", inventory.receive_stock(self.receipt.clone())),
            told!(
                "adjustment",
                inventory.adjust_stock(self.adjustment.clone())
            ),
            told!(
                "cancellation",
                orders.cancel_order(self.cancellation.clone())
            ),
            told!("wave", inventory.release_wave(self.wave.clone())),
            told!(
                "shipment",
                inventory.confirm_shipment(self.shipment.clone())
            ),
        ])
    }

    /// Lives it, asking at each step what the doors say of it.
    async fn live(&self, shop: &Shop) -> Vec<Told> {
        let (mut orders, mut inventory) = (shop.orders.clone(), shop.inventory.clone());
        let mut told = Vec::new();
        let answer = inventory
            .define_location(self.location.clone())
            .await
            .unwrap();
        told.push(("location", answer.get_ref().revision));
        let answer = inventory.define_item(self.item.clone()).await.unwrap();
        told.push(("item", answer.get_ref().revision));
        inventory
            .define_item(shop::item("CASE", 100))
            .await
            .unwrap();

        let answer = orders
            .place_order(self.order.clone())
            .await
            .unwrap()
            .into_inner();
        let outcome = answer.order.expect("the caller waited for it");
        assert_eq!(outcome.status(), OrderStatus::Backordered, "{outcome:#?}");
        let waits: Vec<u32> = outcome.lines.iter().map(|line| line.backordered).collect();
        assert_eq!(waits, [4, 2]);
        told.push(("order", answer.revision));

        let answer = inventory.receive_stock(self.receipt.clone()).await.unwrap();
        told.push(("receipt", answer.get_ref().revision));
        let answer = inventory
            .adjust_stock(self.adjustment.clone())
            .await
            .unwrap();
        told.push(("adjustment", answer.get_ref().revision));
        let full = |order: &orders::Order| order.status() == OrderStatus::Reserved;
        let order = shop.order_once("o1", full).await;
        let held: Vec<u32> = order.lines.iter().map(|line| line.reserved).collect();
        assert_eq!(held, [4, 2]);

        let answer = orders
            .cancel_order(self.cancellation.clone())
            .await
            .unwrap();
        told.push(("cancellation", answer.get_ref().revision));
        let by = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
        while shop.stock("LENS").await.reserved != 3 {
            assert!(
                tokio::time::Instant::now() < by,
                "the cancelled unit is still held"
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let answer = inventory
            .release_wave(self.wave.clone())
            .await
            .unwrap()
            .into_inner();
        let picked: Vec<_> = answer
            .lines
            .iter()
            .map(|line| (line.line, line.quantity))
            .collect();
        assert_eq!(picked, [(1, 3), (2, 2)]);
        told.push(("wave", answer.revision));
        let answer = inventory
            .confirm_shipment(self.shipment.clone())
            .await
            .unwrap();
        told.push(("shipment", answer.get_ref().revision));
        told.into_iter()
            .map(|(what, revision)| (what, revision, true))
            .collect()
    }
}

async fn shipped_as_told(cluster: &Cluster, shop: &Shop) {
    let order = shop.order_once("o1", |order| order.closed).await;
    assert_eq!(order.status(), OrderStatus::Shipped, "{order:#?}");
    let lines = order.lines.iter();
    let lines: Vec<_> = lines.map(|line| (line.shipped, line.cancelled)).collect();
    assert_eq!(lines, [(3, 1), (2, 0)]);
    let timeline: Vec<&str> = order
        .timeline
        .iter()
        .map(|entry| entry.text.as_str())
        .collect();
    for passage in [
        "placed by ada",
        "wait",
        "reserved at MAIN",
        "gave up",
        "GB123",
        "closed",
    ] {
        assert!(
            timeline.iter().any(|text| text.contains(passage)),
            "{passage}: {timeline:#?}"
        );
    }
    let stock = shop.stock("LENS").await;
    let counted = (
        stock.received,
        stock.adjusted,
        stock.shipped,
        stock.on_hand,
        stock.reserved,
    );
    assert_eq!(counted, (3, 1, 3, 1, 0));

    let by = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let request = ListNoticesRequest {
            order_id: "o1".to_owned(),
            kind: NoticeKind::Shipped.into(),
            state: NoticeState::Sent.into(),
            ..ListNoticesRequest::default()
        };
        let notices = shop.notifier.clone().list_notices(request).await.unwrap();
        if let [notice] = notices.get_ref().notices.as_slice() {
            assert_eq!(notice.to, "ada@shop.example");
            break;
        }
        assert!(tokio::time::Instant::now() < by, "{notices:#?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let letters = std::fs::read_dir(cluster.letters()).unwrap();
    let letters = letters.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(letters.into_iter().any(|letter| letter.contains("GB123")));
}

/// The same ids with other content, each with the field that differs.
async fn refused_as_reused(timeline: &Timeline, shop: &Shop) {
    let (mut orders, mut inventory) = (shop.orders.clone(), shop.inventory.clone());
    let mut order = timeline.order.clone();
    order.wait = None;
    order.lines[1].quantity = 3;
    let mut receipt = timeline.receipt.clone();
    receipt.lines[0].quantity = 4;
    let adjustment = shop::adjustment("a1", "LENS", 2);
    let cancellation = shop::cancellation("c1", "o1");
    let mut shipment = timeline.shipment.clone();
    shipment.tracking = "GB124".to_owned();
    let mut item = timeline.item.clone();
    item.description = "another thing".to_owned();
    let wave = inventory::ReleaseWaveRequest {
        max_lines: 7,
        ..timeline.wave.clone()
    };
    let noes = [
        ("quantity", orders.place_order(order).await.unwrap_err()),
        (
            "lines",
            orders.cancel_order(cancellation).await.unwrap_err(),
        ),
        (
            "quantity",
            inventory.receive_stock(receipt).await.unwrap_err(),
        ),
        (
            "change",
            inventory.adjust_stock(adjustment).await.unwrap_err(),
        ),
        (
            "tracking",
            inventory.confirm_shipment(shipment).await.unwrap_err(),
        ),
        (
            "description",
            inventory.define_item(item).await.unwrap_err(),
        ),
        ("max_lines", inventory.release_wave(wave).await.unwrap_err()),
    ];
    for (field, no) in noes {
        assert_eq!(no.code(), Code::AlreadyExists, "{no:?}");
        assert_eq!(shop::reason(&no), "ID_REUSED");
        assert!(
            no.message().contains(field),
            "{field} is not named in {:?}",
            no.message()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_an_order_answers_a_retry_as_the_first_time() {
    let mut cluster = Cluster::start().await;
    let shop = Shop::of(&cluster);
    let timeline = Timeline::new();
    let told = timeline.live(&shop).await;
    shipped_as_told(&cluster, &shop).await;
    cluster.at_rest().await;
    let last = cluster.last().await;

    assert_eq!(timeline.again(&shop).await.unwrap(), told);
    refused_as_reused(&timeline, &shop).await;
    for snapshots_kept in [true, false] {
        cluster.kill_all().await;
        if !snapshots_kept {
            cluster.delete_snapshots();
        }
        cluster.start_all().await;
        assert_eq!(timeline.again(&shop).await.unwrap(), told);
        refused_as_reused(&timeline, &shop).await;
        shipped_as_told(&cluster, &shop).await;
    }
    cluster.at_rest().await;
    assert_eq!(
        cluster.last().await,
        last,
        "a repeated command recorded something"
    );
}
