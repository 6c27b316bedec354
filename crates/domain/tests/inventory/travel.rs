//! Stock that travels between locations: on hand nowhere, its owners' or inbound, until it is
//! counted in.

use backorder_domain::event::*;
use backorder_domain::ids::{LocationId, Sku};
use backorder_domain::inventory::InventoryRefusal as No;

use crate::history::*;

/// 10 of BOLT at MAIN, 5 of them reserved for o1, and the 8 that leave with 3 of these.
fn travelling() -> (History, Moved) {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 10)]));
    history.tell(placed("o1", &[(1, "BOLT", 5)]));
    history.tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 5)]));
    let event = history.record(&sent("m1", "MAIN", "SIDE", &[("BOLT", 8)]));
    let Event::Inventory(InventoryEvent::Moved(moved)) = event else {
        panic!("{event:?}")
    };
    (history, moved)
}

fn at(history: &History, place: &str) -> (u64, u64) {
    let count = history.inventory.count(&"BOLT".into(), &place.into());
    (count.on_hand, count.reserved)
}

fn came(event: Event) -> (Vec<ArrivedLine>, u32) {
    let Event::Inventory(InventoryEvent::MoveArrived(arrived)) = event else {
        panic!("{event:?}")
    };
    let owned = arrived.owners.iter().map(|it| it.quantity).sum();
    (arrived.lines, owned)
}

fn line(quantity: u32, lost: u32) -> Vec<ArrivedLine> {
    let sku = "BOLT".into();
    vec![ArrivedLine {
        sku,
        quantity,
        lost,
    }]
}

#[test]
fn what_travels_is_on_hand_nowhere_and_reserved_units_of_it_are_their_owners() {
    let (history, moved) = travelling();
    assert_eq!(moved.via, Some("move:m1".into()));
    assert_eq!(moved.owners[0].quantity, 3);
    assert_eq!(
        (at(&history, "MAIN"), at(&history, "SIDE")),
        ((2, 2), (0, 0))
    );
    assert_eq!(at(&history, "move:m1"), (8, 3));
    let sku = Sku::from("BOLT");
    let stock = history.inventory.stock(&sku).unwrap();
    assert_eq!((stock.total().on_hand, stock.travelling_units()), (2, 8));
    assert_eq!(stock.position(), 5);
    assert_eq!(history.inventory.holds(&"o1".into(), 1).len(), 2);
}

#[test]
fn nobody_picks_ships_counts_or_moves_what_travels() {
    let (mut history, _) = travelling();
    let event = history.record(&wave("w1", "MAIN", 9));
    let Event::Inventory(InventoryEvent::WaveReleased(wave1)) = event else {
        panic!("{event:?}")
    };
    assert_eq!(wave1.lines[0].quantity, 2);
    let road = || LocationId::from("move:m1");
    let unknown = || No::UnknownLocation { location: road() };
    assert_eq!(history.refusal(&wave("w2", "move:m1", 9)), unknown());
    let count = counted("c1", "move:m1", &[("BOLT", 9)], false);
    assert_eq!(history.refusal(&count), unknown());
    let on = moved("m2", "move:m1", "SIDE", &[("BOLT", 1)]);
    assert_eq!(history.refusal(&on), unknown());
    assert_eq!(
        history.refusal(&backorder_domain::inventory::DefineLocation(location(
            "l9", "move:m1"
        ))),
        No::LocationUsed { location: road() }
    );
}

#[test]
fn what_arrives_is_its_owners_first_and_what_never_comes_is_written_off() {
    let (mut history, _) = travelling();
    let some = history.record(&arrived("a1", "m1", "SIDE", &[("BOLT", 2)], false));
    assert_eq!(came(some), (line(2, 0), 2));
    assert_eq!(
        (at(&history, "SIDE"), at(&history, "move:m1")),
        ((2, 2), (6, 1))
    );
    let rest = history.record(&arrived("a2", "m1", "SIDE", &[("BOLT", 4)], true));
    assert_eq!(came(rest), (line(4, 2), 1));
    assert_eq!(
        (at(&history, "SIDE"), at(&history, "move:m1")),
        ((6, 3), (0, 0))
    );
    let stock = history.inventory.stock(&"BOLT".into()).unwrap();
    assert_eq!((stock.total().adjusted, stock.travelling_units()), (-2, 0));
    assert_eq!(
        history.refusal(&arrived("a3", "m1", "SIDE", &[], true)),
        No::UnknownMove { id: "m1".into() }
    );
}

#[test]
fn units_of_an_owner_that_never_come_are_missing_until_they_are_taken_back() {
    let (mut history, _) = travelling();
    history.record(&arrived("a1", "m1", "SIDE", &[], true));
    assert_eq!(at(&history, "move:m1"), (0, 3));
    history.tell(settled(vec![released("o1", 1, "BOLT", "move:m1", 3)]));
    assert_eq!(at(&history, "move:m1"), (0, 0));
    assert!(history.inventory.travel(&"move:m1".into()).is_none());
}

#[test]
fn what_its_owner_gives_up_on_the_way_arrives_as_nobodys() {
    let (mut history, _) = travelling();
    history.tell(cancelled("o1", &[]));
    let back = |place: &str, units| released("o1", 1, "BOLT", place, units);
    history.tell(settled(vec![back("move:m1", 3), back("MAIN", 2)]));
    assert_eq!(at(&history, "move:m1"), (8, 0));
    history.tell(closed("o1"));
    let all = history.record(&arrived("a1", "m1", "SIDE", &[("BOLT", 8)], false));
    assert_eq!(came(all), (line(8, 0), 0));
    assert_eq!(at(&history, "SIDE"), (8, 0));
}

#[test]
fn no_more_arrives_than_travels_and_only_where_it_goes() {
    let (history, _) = travelling();
    let more = arrived("a1", "m1", "SIDE", &[("BOLT", 9)], false);
    assert_eq!(
        history.refusal(&more),
        No::MoreThanTravels {
            id: "m1".into(),
            sku: "BOLT".into(),
            travels: 8,
            quantity: 9
        }
    );
    assert_eq!(
        history.refusal(&arrived("a1", "m1", "MAIN", &[("BOLT", 1)], false)),
        No::WrongLocation {
            id: "m1".into(),
            to: "SIDE".into()
        }
    );
    let nothing = arrived("a1", "m1", "SIDE", &[], false);
    assert_eq!(
        history.refusal(&nothing),
        No::LineCountOutOfRange { count: 0 }
    );
    let late = sent("m2", "MAIN", "SIDE", &[("BOLT", 1)]);
    let late = backorder_domain::inventory::MoveStock {
        arrives: late.arrives.map(|at| at.plus_days(-2)),
        ..late
    };
    assert_eq!(history.refusal(&late), No::ArrivalOutOfRange {});
}
