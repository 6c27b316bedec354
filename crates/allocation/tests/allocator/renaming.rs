//! An item that is called otherwise keeps its queue, its stock and its dates; nothing is decided by
//! it.

use backorder_allocation::{AllocatorRefusal, EndWaits};
use domain::decider::Projection;
use domain::event::*;

use crate::fixture::*;

fn renamed(sku: &str, to: &str) -> Event {
    ItemRenamed {
        renaming: to.into(),
        sku: sku.into(),
        to: to.into(),
        reason: "the catalogue".to_owned(),
        by: "eva".to_owned(),
    }
    .into()
}

/// Three wait for BOLT, of which a purchase order brings 4 on day 5.
fn waiting() -> Cell {
    let mut cell = Cell::given([item("BOLT"), item("NUT")]);
    cell.then(purchased("p1", "BOLT", 4, day(5)));
    for order in ["o1", "o2", "o3"] {
        cell.then(placed(order, &[("BOLT", 2)]));
    }
    cell
}

#[test]
fn who_waits_keeps_their_place_and_nothing_is_decided_by_a_name() {
    let mut cell = waiting();
    let before = cell.allocator.queue(&"BOLT".into(), None, 9).unwrap();
    assert_eq!(cell.then(renamed("BOLT", "M8")), Vec::<String>::new());
    let after = cell.allocator.queue(&"M8".into(), None, 9).unwrap();
    assert_eq!(after, before);
    assert_eq!(
        cell.allocator.queue(&"BOLT".into(), None, 9).unwrap(),
        before
    );
    // The delivery names it as it was ordered, and still serves the first in line.
    assert_eq!(
        cell.then(received_of("p1", "BOLT", 4)),
        ["assign o1.1 main 2", "assign o2.1 main 2"]
    );
    assert_eq!(cell.then(received("M8", 2)), ["assign o3.1 main 2"]);
    assert_eq!(cell.allocator.check(), Vec::<String>::new());
    let why = cell.allocator.explain(&"o3".into(), 1, cell.now).unwrap();
    let said = "Line 1: 2 of M8 (called BOLT before); 2 reserved, 0 waiting.";
    assert_eq!(why[0].sentences[0], said);
}

#[test]
fn a_decision_that_crossed_the_renaming_holds() {
    let mut cell = waiting();
    cell.fold(&received("BOLT", 2));
    let decided = cell.due().unwrap();
    let as_of = cell.revision;
    cell.fold(&renamed("BOLT", "M8"));
    cell.fold_as_of(as_of, &decided.into());
    let order = cell.allocator.order(&"o1".into()).unwrap();
    let line = order.line(1).unwrap();
    assert_eq!((line.sku.as_str(), line.tally.reserved), ("M8", 2));
    assert_eq!(cell.settle(), ["promise o3.1 p1 day 5"]);
}

#[test]
fn who_asks_or_holds_under_the_old_name_is_told_the_new_one() {
    let mut cell = waiting();
    cell.then(renamed("BOLT", "M8"));
    cell.then(renamed("M8", "M8-A2"));
    let named = |sku: &str| AllocatorRefusal::SkuOutdated {
        sku: sku.into(),
        to: "M8-A2".into(),
    };
    let ask = |sku: &str| cell.allocator.availability(&asked(sku, 1), cell.now);
    assert_eq!(ask("BOLT").unwrap_err(), named("BOLT"));
    assert_eq!(ask("M8-A2").unwrap().ahead, 6);
    let ending = |sku: &str, instead: &str| EndWaits {
        ending: "e1".into(),
        sku: sku.into(),
        alternatives: vec![instead.into()],
        offer_days: None,
    };
    let end = |asked: EndWaits| cell.allocator.decide(&asked, cell.now);
    assert_eq!(end(ending("M8", "NUT")).unwrap_err(), named("M8"));
    assert_eq!(end(ending("NUT", "BOLT")).unwrap_err(), named("BOLT"));
    assert!(end(ending("M8-A2", "NUT")).is_ok());
}

#[test]
fn what_is_offered_instead_of_another_item_is_offered_under_its_new_name() {
    let lens = crate::baskets::substitutable("LENS", &["BOLT", "NUT"]);
    let mut cell = Cell::given([item("BOLT"), item("NUT"), lens, received("BOLT", 1)]);
    cell.then(renamed("BOLT", "M8"));
    let told = cell.then(placed("o1", &[("LENS", 2)]));
    assert!(told.iter().any(|it| it.contains("M8")), "{told:?}");
}

#[test]
fn a_snapshot_knows_what_items_were_called() {
    let mut cell = waiting();
    cell.then(renamed("BOLT", "M8"));
    let bytes = postcard::to_stdvec(&cell.allocator.room).unwrap();
    let read: backorder_allocation::Allocator = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(read, cell.allocator.room);
    assert_eq!(read.renamed().now(&"BOLT".into()).as_str(), "M8");
    assert!(read.queue(&"BOLT".into(), None, 9).is_ok());
}
