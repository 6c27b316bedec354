//! The service on a memory log: letters into a folder, and what ListNotices says of them.

#![cfg(test)]

#[allow(dead_code, reason = "each test file uses some of it")]
mod office;
#[allow(dead_code, reason = "each test file uses some of it")]
mod shop;

use api::notifier::v1 as wire;
use api::notifier::v1::{NoticeKind, NoticeState};
use shop::{Shop, assigned, placed, shipped, waits};
use tonic::Code;

const UNTIL: &str = "2026-12-01T10:00:00Z";

#[tokio::test]
async fn an_order_that_waits_is_filled_and_leaves_is_told_each_once() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    shop.hear(placed("o1", "ann@example.com", 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    shop.hear(assigned("o1", 3)).await;
    let last = shop.hear(shipped("s1", "o1", 3)).await;
    shop.rest().await;
    let notices = shop.notices("o1").await;
    let kinds: Vec<_> = notices.iter().map(wire::Notice::kind).collect();
    assert_eq!(
        kinds,
        [
            NoticeKind::Backordered,
            NoticeKind::Filled,
            NoticeKind::Shipped
        ]
    );
    assert!(
        notices
            .iter()
            .all(|notice| notice.state() == NoticeState::Sent)
    );
    assert_eq!(
        (notices[0].to.as_str(), notices[0].attempts),
        ("ann@example.com", 1)
    );
    assert_eq!(
        notices[0].tried_at.unwrap().seconds,
        shop.clock.now().as_ms() / 1_000
    );
    assert_eq!(notices[0].retry_at, None);
    let mail = office::mail(&state.path().join("notices"));
    assert_eq!(mail.len(), 3);
    assert!(
        mail[0].contains("3 x BOLT: expected on 2026-12-01"),
        "{}",
        mail[0]
    );
    assert_eq!(shop.recorded().await.len(), 3);
    assert!(shop.list(Default::default()).await.unwrap().revision > last.0);
    shop.stop().await;
}

#[tokio::test]
async fn nothing_is_told_twice_over_restarts_with_and_without_snapshots() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    for order in ["o1", "o2", "o3"] {
        shop.hear(placed(order, "ann@example.com", 3)).await;
        shop.hear(waits(order, 3, UNTIL)).await;
        shop.rest().await;
        let before = shop.list(Default::default()).await.unwrap();
        shop.stop().await;
        if order == "o2" {
            let snapshots = state.path().join("snapshots");
            if snapshots.is_dir() {
                std::fs::rename(&snapshots, state.path().join("away")).unwrap();
            }
        }
        shop.start().await;
        shop.rest().await;
        assert_eq!(shop.list(Default::default()).await.unwrap(), before);
    }
    assert_eq!(shop.recorded().await.len(), 3);
    assert_eq!(office::mail(&state.path().join("notices")).len(), 3);
    shop.stop().await;
}

#[tokio::test]
async fn letters_due_while_the_notifier_was_down_are_sent_afterwards() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    shop.stop().await;
    shop.hear(placed("o1", "ann@example.com", 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    shop.start().await;
    shop.rest().await;
    assert_eq!(office::mail(&state.path().join("notices")).len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn an_order_without_an_address_makes_no_letter() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    shop.hear(placed("o1", "", 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    shop.rest().await;
    assert_eq!(shop.list(Default::default()).await.unwrap().notices, []);
    shop.stop().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_given_up_at_once_and_seen() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    shop.hear(placed("o1", "ann at example\r\nBcc: eve@example.com", 3))
        .await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    assert_eq!(shop.rest().await, None);
    let state_asked = NoticeState::Failed.into();
    let request = wire::ListNoticesRequest {
        state: state_asked,
        ..Default::default()
    };
    let failed = shop.list(request).await.unwrap().notices;
    assert_eq!(failed.len(), 1);
    assert!(
        failed[0].last_error.starts_with("the address is not one"),
        "{failed:?}"
    );
    shop.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_tried_again_later() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    let folder = state.path().join("notices");
    std::fs::remove_dir(&folder).unwrap();
    shop.hear(placed("o1", "ann@example.com", 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    let next = shop.rest().await.unwrap();
    let waiting = shop.notices("o1").await;
    assert_eq!(
        (waiting[0].state(), waiting[0].attempts),
        (NoticeState::Pending, 1)
    );
    assert_eq!(waiting[0].retry_at.unwrap().seconds, next.as_ms() / 1_000);
    std::fs::create_dir(&folder).unwrap();
    shop.play_on().await;
    let sent = shop.notices("o1").await;
    assert_eq!((sent[0].state(), sent[0].attempts), (NoticeState::Sent, 2));
    assert_eq!(office::mail(&folder).len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn pages_hold_every_notice_once() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    for order in 0..7 {
        let order = format!("o/{order}");
        shop.hear(placed(&order, "ann@example.com", 3)).await;
        shop.hear(waits(&order, 3, UNTIL)).await;
    }
    shop.rest().await;
    let (mut orders, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = wire::ListNoticesRequest {
            page_size: 3,
            page_token,
            ..Default::default()
        };
        let page = shop.list(request).await.unwrap();
        orders.extend(page.notices.into_iter().map(|notice| notice.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(orders, ["o/0", "o/1", "o/2", "o/3", "o/4", "o/5", "o/6"]);
    shop.stop().await;
}

#[tokio::test]
async fn bad_input_gets_a_clear_status() {
    let state = tempfile::tempdir().unwrap();
    let mut shop = Shop::open(state.path(), None).await;
    let order = |order_id: &str| wire::ListNoticesRequest {
        order_id: order_id.into(),
        ..Default::default()
    };
    let token = |token: &str| wire::ListNoticesRequest {
        page_token: token.into(),
        ..Default::default()
    };
    let sized = |page_size| wire::ListNoticesRequest {
        page_size,
        ..Default::default()
    };
    let requests = [
        (order(&"x".repeat(10_000)), "order_id"),
        (order("a\nb"), "order_id"),
        (token("nonsense"), "page_token"),
        (token("1.-1/x"), "page_token"),
        (token("99999999999999999999.0/x"), "page_token"),
        (sized(-1), "page_size"),
        (
            wire::ListNoticesRequest {
                kind: 99,
                ..Default::default()
            },
            "kind",
        ),
        (
            wire::ListNoticesRequest {
                state: -1,
                ..Default::default()
            },
            "state",
        ),
    ];
    for (request, field) in requests {
        let refused = shop.list(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert!(refused.message().starts_with(field), "{refused:?}");
    }
    assert_eq!(shop.list(sized(501)).await.unwrap().notices, []);
    for hostile in ["*", ">", ".", "a b", "größe", "'; drop table"] {
        assert_eq!(shop.notices(hostile).await, []);
    }
    shop.stop().await;
}
