//! Names that orders bring: however many there are, no two are ever taken for one, and nothing is
//! left of one that no order uses.

use domain::event::{Event, InventoryEvent, OrderPlaced};

use crate::fixture::*;

/// Of more names than there are numbers.
const MANY: u32 = 70_000;

/// An order that is collected at a place that nobody has defined, of names that no other uses.
fn collected(number: u32) -> OrderPlaced {
    let mut order = order(&format!("o{number}"), &[("BOLT", 2)]);
    order.pick_up_at = Some(format!("kiosk {number}").as_str().into());
    order.channel = format!("channel {number}");
    order.customer.tier = format!("tier {number}").as_str().into();
    order.ship_to.region = Some(format!("region {number}"));
    order
}

/// Places the orders from `first` to `last`, and closes each at once.
fn come_and_go(cell: &mut Cell, first: u32, last: u32) {
    for number in first..=last {
        cell.fold(&collected(number).into());
        cell.fold(&closed(&format!("o{number}")));
    }
}

fn snapshot_bytes(cell: &Cell) -> usize {
    postcard::to_stdvec(&cell.allocator).unwrap().len()
}

#[test]
fn however_many_places_orders_name_none_gets_the_stock_of_another() {
    let mut cell = Cell::given([item("BOLT")]);
    come_and_go(&mut cell, 1, MANY);
    cell.settle();
    // The first of all names, the last, and two that are defined only now.
    cell.then(collected(MANY + 1).into());
    for place in ["north", "south"] {
        cell.fold(&location(place, place));
    }
    let mut order = order("south", &[("BOLT", 3)]);
    order.pick_up_at = Some("south".into());
    cell.then(order.into());
    assert_eq!(cell.then(received_at("north", "BOLT", 9)), [""; 0]);
    assert_eq!(
        cell.then(received_at("south", "BOLT", 9)),
        ["assign south.1 south 3"]
    );
    // And a place is what it was when it is named again.
    assert_eq!(
        cell.then(received_at(&format!("kiosk {}", MANY + 1), "BOLT", 9)),
        [format!("assign o{}.1 kiosk {} 2", MANY + 1, MANY + 1)]
    );
    assert_eq!(cell.allocator.check(), [""; 0]);
}

#[test]
fn an_order_after_many_names_is_told_the_same_as_the_first() {
    let shop = [item("BOLT"), location("north", "north")];
    let (mut first, mut late) = (Cell::given(shop.clone()), Cell::given(shop));
    come_and_go(&mut late, 1, MANY);
    late.settle();
    for fact in [
        collected(MANY + 1).into(),
        received_at("north", "BOLT", 5),
        placed("other", &[("BOLT", 4)]),
        received_at(&format!("kiosk {}", MANY + 1), "BOLT", 5),
    ] {
        assert_eq!(first.then(fact.clone()), late.then(fact));
    }
}

#[test]
fn nothing_is_left_of_names_that_no_order_uses() {
    let mut cell = Cell::given([item("BOLT")]);
    // So many that each tier and channel that is measured apart has come.
    come_and_go(&mut cell, 1, 100);
    let before = snapshot_bytes(&cell);
    come_and_go(&mut cell, 101, MANY);
    // Counts of what happened have a few more digits.
    assert!(snapshot_bytes(&cell) < before + 100);
    assert_eq!(cell.allocator.check(), [""; 0]);
}

#[test]
fn a_place_that_a_location_was_defined_at_keeps_its_number() {
    let mut cell = Cell::given([item("BOLT"), location("north", "north")]);
    let mut order = order("o1", &[("BOLT", 3)]);
    order.pick_up_at = Some("north".into());
    cell.then(order.into());
    cell.fold(&closed("o1"));
    // It is said anew, and of another region.
    cell.fold(&location("north", "south"));
    come_and_go(&mut cell, 2, 10);
    let mut order = self::order("o11", &[("BOLT", 3)]);
    order.pick_up_at = Some("north".into());
    cell.then(order.into());
    assert_eq!(
        cell.then(received_at("north", "BOLT", 9)),
        ["assign o11.1 north 3"]
    );
    assert_eq!(cell.allocator.check(), [""; 0]);
}

#[test]
fn a_place_is_known_as_long_as_stock_is_there() {
    let mut cell = Cell::given([item("BOLT"), received_at("here", "BOLT", 5)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 5)])),
        ["assign o1.1 here 5"]
    );
    // Another name comes while nothing is free there, and while nothing is there at all.
    cell.then(collected(2).into());
    let mut shipped = shipped("o1", 1, "BOLT", 5);
    if let Event::Inventory(InventoryEvent::Shipped(shipped)) = &mut shipped {
        shipped.location = "here".into();
    }
    cell.then(shipped);
    cell.fold(&closed("o1"));
    cell.then(collected(3).into());
    assert_eq!(
        cell.then(received_at("kiosk 3", "BOLT", 5)),
        ["assign o3.1 kiosk 3 2"]
    );
    assert_eq!(cell.then(received_at("here", "BOLT", 1)), [""; 0]);
    assert_eq!(cell.allocator.check(), [""; 0]);
}

/// The doors let far fewer names in. A log that was not written through them must not be folded
/// to a state in which one place has the stock of another.
#[test]
#[should_panic(
    expected = "revision 65536: \"kiosk 65536\" would be one more than the 65535 locations"
)]
fn more_names_at_once_than_can_be_told_apart_stop_the_room() {
    let mut cell = Cell::new();
    for number in 1..=MANY {
        let mut order = order(&format!("o{number}"), &[("BOLT", 1)]);
        order.pick_up_at = Some(format!("kiosk {number}").as_str().into());
        cell.fold(&order.into());
    }
}
