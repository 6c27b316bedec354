//! What the warehouse says of goods, over gRPC on a memory log: counts, moves, waves called back,
//! what was not found, what came back from customers.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "figures in tests are small, a test's name says what it is, and fixtures are shared"
)]

mod shop;

use api::inventory::v1;
use domain::event::{ClosedLine, OrderClosed};
use domain::ids::{Position, Revision};
use shop::*;
use tonic::Status;
use tonic_types::StatusExt;

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

fn count(id: &str, counted: u64, as_of_revision: u64) -> v1::CountStockRequest {
    v1::CountStockRequest {
        count_id: id.to_owned(),
        location_id: "MAIN".to_owned(),
        lines: vec![v1::CountedSku {
            sku: "BOLT".to_owned(),
            counted,
        }],
        as_of_revision,
        without_reserved: false,
        at_least_revision: 0,
        validate_only: false,
    }
}

fn goods_back(id: &str, order: &str, quantity: u32) -> v1::ReturnGoodsRequest {
    v1::ReturnGoodsRequest {
        return_id: id.to_owned(),
        order_id: order.to_owned(),
        location_id: "MAIN".to_owned(),
        lines: vec![v1::ReturnedLine { line: 1, quantity }],
        scrapped: false,
        reason: "too big".to_owned(),
        at_least_revision: 0,
    }
}

#[tokio::test]
async fn a_count_as_of_an_earlier_revision_keeps_what_left_since() {
    let mut shop = Shop::open().await;
    let then = shop.reserve("o1", 4).await;
    let left = shop.client.confirm_shipment(shipment("s1", "o1", 4)).await;
    left.unwrap();
    // Nine were counted when ten were thought to be there; then four left.
    let counted = shop.client.count_stock(count("c1", 9, then)).await;
    let counted = counted.unwrap().into_inner();
    assert_eq!(counted.changes[0].change, -1);
    let stock = shop.stock("BOLT", counted.revision).await;
    assert_eq!((stock.on_hand, stock.adjusted, stock.shipped), (5, -1, 4));
    let again = shop.client.count_stock(count("c1", 9, then)).await;
    let again = again.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (counted.revision, true));
    assert_eq!(again.changes, counted.changes);
    let never = shop.client.count_stock(count("c2", 3, then)).await;
    assert_eq!(reason(&never.unwrap_err()), "MORE_THAN_COUNTED_THEN");
    let unwritten = shop.client.count_stock(count("c3", 9, 4_711)).await;
    assert!(unwritten.is_err());
}

#[tokio::test]
async fn what_is_picked_comes_back_or_is_missing_and_what_left_unplanned_is_told() {
    let mut shop = Shop::open().await;
    shop.reserve("o1", 4).await;
    shop.client.release_wave(wave("w1")).await.unwrap();
    let report = v1::ReportShortPickRequest {
        report_id: "p1".to_owned(),
        order_id: "o1".to_owned(),
        location_id: "MAIN".to_owned(),
        lines: vec![v1::FoundLine { line: 1, found: 3 }],
        at_least_revision: 0,
    };
    let short = shop.client.report_short_pick(report.clone()).await;
    let short = short.unwrap().into_inner();
    assert_eq!((short.lines[0].missing, short.lines[0].line), (1, 1));
    let stock = shop.stock("BOLT", short.revision).await;
    assert_eq!((stock.on_hand, stock.reserved), (9, 3));
    let recall = v1::RecallWaveRequest {
        recall_id: "b1".to_owned(),
        wave_id: "w1".to_owned(),
        order_id: String::new(),
        at_least_revision: 0,
    };
    let back = shop.client.recall_wave(recall.clone()).await;
    let back = back.unwrap().into_inner();
    assert_eq!(
        (back.lines[0].quantity, back.lines[0].wave_id.as_str()),
        (3, "w1")
    );
    let stock = shop.stock("BOLT", back.revision).await;
    assert_eq!((stock.reserved, stock.locations[0].in_wave), (3, 0));
    // All four left: one of what is nobody's.
    let left = shop.client.confirm_shipment(shipment("s1", "o1", 4)).await;
    let left = left.unwrap().into_inner();
    assert_eq!((left.unplanned[0].line, left.unplanned[0].quantity), (1, 1));

    let mut shop = shop.restarted().await;
    let again = shop.client.report_short_pick(report).await.unwrap();
    assert_eq!(again.into_inner().lines, short.lines);
    let again = shop.client.recall_wave(recall).await.unwrap().into_inner();
    assert_eq!((again.repeated, again.lines), (true, back.lines));
    let again = shop.client.confirm_shipment(shipment("s1", "o1", 4)).await;
    assert_eq!(again.unwrap().into_inner().unplanned, left.unplanned);
}

#[tokio::test]
async fn what_a_closed_order_got_comes_back_at_most_once_also_after_a_restart() {
    let mut shop = Shop::open().await;
    shop.reserve("o1", 4).await;
    let placed = shop
        .log
        .last(&[domain::decider::Room::Orders])
        .await
        .unwrap();
    let left = shop.client.confirm_shipment(shipment("s1", "o1", 4)).await;
    left.unwrap();
    let early = shop.client.return_goods(goods_back("b0", "o1", 1)).await;
    early.unwrap();
    let closed = OrderClosed {
        order: "o1".into(),
        opened: Position {
            revision: placed,
            index: 0,
        },
        timeline: Vec::new(),
        lines: vec![ClosedLine {
            line: 1,
            shipped: 4,
            cancelled: 0,
            refused: 0,
            why: None,
        }],
        substituted: Vec::new(),
    };
    let Revision(revision) = shop.record(closed).await;
    shop.stock("BOLT", revision).await;
    let mut shop = shop.restarted().await;
    let too_many = shop.client.return_goods(goods_back("b1", "o1", 4)).await;
    assert_eq!(reason(&too_many.unwrap_err()), "MORE_THAN_LEFT");
    let back = shop.client.return_goods(goods_back("b2", "o1", 3)).await;
    let back = back.unwrap().into_inner();
    let stock = shop.stock("BOLT", back.revision).await;
    assert_eq!((stock.on_hand, stock.adjusted, stock.shipped), (10, 4, 4));
    let again = shop.client.return_goods(goods_back("b2", "o1", 3)).await;
    let again = again.unwrap().into_inner();
    assert_eq!((again.revision, again.repeated), (back.revision, true));
    let more = shop.client.return_goods(goods_back("b3", "o1", 1)).await;
    assert_eq!(reason(&more.unwrap_err()), "MORE_THAN_LEFT");
    let nobody = shop.client.return_goods(goods_back("b4", "o9", 1)).await;
    assert_eq!(reason(&nobody.unwrap_err()), "UNKNOWN_ORDER");
}

#[tokio::test]
async fn a_move_tells_whose_units_went_along() {
    let mut shop = Shop::open().await;
    shop.client.define_location(place("SIDE")).await.unwrap();
    shop.reserve("o1", 4).await;
    let asked = v1::MoveStockRequest {
        move_id: "m1".to_owned(),
        from_location_id: "MAIN".to_owned(),
        to_location_id: "SIDE".to_owned(),
        lines: vec![v1::SkuQuantity {
            sku: "BOLT".to_owned(),
            quantity: 7,
        }],
        at_least_revision: 0,
        arrives_at: None,
    };
    let moved = shop.client.move_stock(asked).await.unwrap().into_inner();
    let owner = &moved.owners[0];
    assert_eq!((owner.order_id.as_str(), owner.quantity), ("o1", 1));
    let stock = shop.stock("BOLT", moved.revision).await;
    let at = |place: &v1::LocationStock| (place.on_hand, place.reserved);
    let places: Vec<_> = stock.locations.iter().map(at).collect();
    assert_eq!(places, [(3, 3), (7, 1)]);
}
