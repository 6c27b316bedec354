//! The door of why, on a memory log: what was decided is read from the log, of orders that are
//! closed as well.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use api::allocator::v1::{self, DecisionOutcome, ExplainAllocationRequest};
use domain::event::{OrderClosed, Shipped, ShippedLine};
use domain::ids::{Position, Revision};
use tonic::Code;

mod shop;

use shop::{Shop, order, receipt};

fn asked(order: &str) -> ExplainAllocationRequest {
    ExplainAllocationRequest {
        order_id: order.to_owned(),
        ..ExplainAllocationRequest::default()
    }
}

async fn why(shop: &mut Shop, asked: ExplainAllocationRequest) -> Vec<v1::LineExplanation> {
    let answer = shop.client.explain_allocation(asked).await.unwrap();
    answer.into_inner().lines
}

fn outcomes(line: &v1::LineExplanation) -> Vec<DecisionOutcome> {
    line.decisions.iter().map(v1::Decision::outcome).collect()
}

#[tokio::test]
async fn each_decision_is_told_with_its_causes_and_where_the_line_stood_then() {
    use DecisionOutcome::{Dated, PassedOver, Reserved, Waits};
    let (mut shop, _) = Shop::with_a_backorder().await;
    let second = shop.record(order("o2", 2)).await;
    shop.settled_after(second).await;
    let came = shop.record(receipt(3)).await;
    let at_revision = shop.settled_after(came).await;
    let line = why(
        &mut shop,
        ExplainAllocationRequest {
            at_revision,
            ..asked("o2")
        },
    )
    .await
    .remove(0);
    assert_eq!(outcomes(&line), [Waits, Dated, Reserved, PassedOver]);
    let got = &line.decisions[2];
    assert_eq!((got.quantity, got.rank, got.units_ahead), (1, 2, 2));
    assert_eq!(got.causes[0].what, "received");
    assert_eq!((got.causes[0].revision, got.causes[0].units), (came, 1));
    let passed = &line.decisions[3];
    assert_eq!(passed.others[0].order_id, "o1");
    assert_eq!(
        passed.sentence,
        "On 2026-11-22, o1 got 2 of BOLT, from receipt r1 of 2026-11-22. It ranked before this \
         line, which was number 2 then, with 2 units ahead."
    );
    let winners = line.last_receipt_winners.iter();
    let winners: Vec<_> = winners
        .map(|it| (it.order_id.as_str(), it.quantity))
        .collect();
    assert_eq!(winners, [("o1", 2), ("o2", 1)]);
    assert_eq!(
        line.last_receipt_winners[0].reason,
        "On 2026-11-22, 2 of BOLT were reserved at main, from receipt r1 of 2026-11-22."
    );
    let brief = ExplainAllocationRequest {
        without_ranks: true,
        at_revision,
        ..asked("o2")
    };
    let brief = why(&mut shop, brief).await.remove(0);
    assert_eq!((brief.decisions[2].rank, outcomes(&brief).len()), (0, 4));
    shop.process.stop().await.unwrap();
}

/// A shop with an order of 2 that has left, where it was settled, and where it was closed.
async fn with_a_closed_order() -> (Shop, u64, u64) {
    let shop = Shop::open().await;
    shop.record(shop::item(5)).await;
    shop.record(receipt(2)).await;
    let placed = shop.record(order("o1", 2)).await;
    let settled = shop.settled_after(placed).await;
    let line = ShippedLine {
        line: 1,
        sku: "BOLT".into(),
        quantity: 2,
        unplanned: 0,
    };
    let left = Shipped {
        shipment: "s1".into(),
        order: "o1".into(),
        location: "main".into(),
        lines: vec![line],
        tracking: None,
        from_others: false,
    };
    shop.record(left).await;
    let position = |revision| Position {
        revision: Revision(revision),
        index: 0,
    };
    let closing = OrderClosed {
        order: "o1".into(),
        opened: position(placed),
        timeline: vec![position(placed), position(settled)],
        lines: Vec::new(),
        substituted: Vec::new(),
    };
    let closed_at = shop.record(closing).await;
    (shop, settled, closed_at)
}

fn closed(closed_at_revision: u64) -> ExplainAllocationRequest {
    ExplainAllocationRequest {
        closed_at_revision,
        ..asked("o1")
    }
}

#[tokio::test]
async fn a_closed_order_tells_its_decisions_if_it_is_said_where_it_was_closed() {
    let (mut shop, _, closed_at) = with_a_closed_order().await;
    let line = why(&mut shop, closed(closed_at)).await.remove(0);
    assert!(line.closed);
    assert_eq!(
        line.decisions[0].sentence,
        "On 2026-11-22, 2 of BOLT were reserved at main, from receipt r1 of 2026-11-22."
    );
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn who_asks_of_an_order_where_it_was_not_closed_is_told_what_is_wrong() {
    let (mut shop, settled, closed_at) = with_a_closed_order().await;
    let other_line = ExplainAllocationRequest {
        line: 7,
        ..closed(closed_at)
    };
    let past_as_well = ExplainAllocationRequest {
        at_revision: 1,
        ..closed(closed_at)
    };
    for (asked, code) in [
        (other_line, Code::NotFound),
        (closed(settled), Code::NotFound),
        (past_as_well, Code::InvalidArgument),
        (closed(closed_at + 1), Code::OutOfRange),
        (closed(u64::MAX), Code::OutOfRange),
    ] {
        let status = shop.client.explain_allocation(asked).await.unwrap_err();
        assert_eq!(status.code(), code, "{status:?}");
    }
    shop.process.stop().await.unwrap();
}
