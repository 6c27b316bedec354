//! Stock that travels: its owners keep it, nobody else is given any, and what is nobody's is
//! promised for the day on which it arrives.

use domain::event::{ArrivedLine, Event, MoveArrived, Moved, SkuQuantity, StockLine};

use crate::fixture::*;

fn bolts(quantity: u32) -> Vec<SkuQuantity> {
    let sku = "BOLT".into();
    vec![SkuQuantity { sku, quantity }]
}

fn owned(order: &str, quantity: u32) -> Vec<StockLine> {
    let (order, sku) = (order.into(), "BOLT".into());
    vec![StockLine {
        order,
        line: 1,
        sku,
        quantity,
    }]
}

fn sent(quantity: u32, owners: Vec<StockLine>) -> Event {
    Moved {
        id: "m1".into(),
        from: "main".into(),
        to: "north".into(),
        lines: bolts(quantity),
        arrives: Some(day(3)),
        via: Some("move:m1".into()),
        owners,
    }
    .into()
}

fn came(quantity: u32, lost: u32, owners: Vec<StockLine>) -> Event {
    MoveArrived {
        receipt: "a1".into(),
        id: "m1".into(),
        via: "move:m1".into(),
        location: "north".into(),
        lines: vec![ArrivedLine {
            sku: "BOLT".into(),
            quantity,
            lost,
        }],
        owners,
        rest_lost: lost > 0,
    }
    .into()
}

/// 5 at main, of which o1 has 3; all of it leaves for north.
fn travelling() -> Cell {
    let mut cell = Cell::given([item("BOLT"), location("north", "n"), received("BOLT", 5)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    assert_eq!(cell.then(sent(5, owned("o1", 3))), Vec::<String>::new());
    cell
}

#[test]
fn what_travels_is_given_to_nobody_and_promised_for_its_day() {
    let mut cell = travelling();
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 3)])),
        ["wait o2.1 3 behind 0", "promise o2.1 estimate day 7"]
    );
    assert_eq!(
        cell.then(placed("o3", &[("BOLT", 2)])),
        ["wait o3.1 2 behind 3", "promise o3.1 estimate day 7"]
    );
    assert_eq!(
        cell.then(cancelled("o2", &[(1, 1)])),
        ["promise o2.1 move:m1 day 3"]
    );
}

#[test]
fn what_arrives_is_its_owners_and_the_rest_goes_by_rank() {
    let mut cell = travelling();
    cell.then(placed("o2", &[("BOLT", 3)]));
    assert_eq!(
        cell.then(came(5, 0, owned("o1", 3))),
        ["assign o2.1 north 2"]
    );
    let order = cell.allocator.order(&"o1".into()).unwrap();
    let held = order.line(1).unwrap().reservations.iter();
    let held: Vec<_> = held.map(|it| (it.place.as_str(), it.units)).collect();
    assert_eq!(held, [("north", 3)]);
}

#[test]
fn who_gives_up_what_travels_leaves_it_to_those_who_wait() {
    let mut cell = travelling();
    cell.then(placed("o2", &[("BOLT", 4)]));
    assert_eq!(
        cell.then(cancelled("o1", &[])),
        [
            "release o1.1 move:m1 3 Cancelled",
            "promise o2.1 move:m1 day 3"
        ]
    );
}

#[test]
fn what_is_lost_on_the_way_is_taken_back_from_its_owner_who_waits_first() {
    let mut cell = travelling();
    cell.then(placed("o2", &[("BOLT", 1)]));
    assert_eq!(
        cell.then(came(2, 3, owned("o1", 2))),
        [
            "release o1.1 move:m1 1 CountedDown",
            "promise o1.1 estimate day 7",
            "promise o2.1 estimate day 7"
        ]
    );
    assert_eq!(cell.then(received("BOLT", 1)), ["assign o1.1 main 1"]);
}
