//! The rules of what goes to the floor and what leaves.

use backorder_domain::command::Outcome;
use backorder_domain::event::*;
use backorder_domain::ids::Sku;
use backorder_domain::inventory::{ConfirmShipment, InventoryRefusal as No, ReleaseWave};

use crate::history::*;

#[test]
fn a_wave_takes_reserved_lines_in_the_order_in_which_they_were_placed() {
    let mut history = reserved();
    let first = history.record(&wave("w1", "MAIN", 1));
    let Event::Inventory(InventoryEvent::WaveReleased(first)) = first else {
        panic!()
    };
    let line = |order: &str, quantity| StockLine {
        order: order.into(),
        line: 1,
        sku: "BOLT".into(),
        quantity,
    };
    assert_eq!(first.lines, [line("o1", 4)]);
    assert_eq!(history.sums("BOLT"), (10, 7, 4, 3));
    let second = history.record(&wave("w2", "MAIN", 1_000));
    let Event::Inventory(InventoryEvent::WaveReleased(second)) = second else {
        panic!()
    };
    assert_eq!(second.lines, [line("o2", 3)]);
    assert_eq!(
        history.refusal(&wave("w3", "MAIN", 9)),
        No::NothingToRelease {
            location: "MAIN".into()
        }
    );
    let again = history.ask(&wave("w1", "MAIN", 1)).unwrap();
    assert!(matches!(again, Outcome::Before(_)));
}

#[test]
fn a_wave_is_for_a_known_floor_and_of_a_size_to_pick() {
    let history = reserved();
    let release = |asked: ReleaseWave| history.refusal(&asked);
    assert_eq!(
        release(wave("w", "MAIN", 0)),
        No::MaxLinesOutOfRange { max_lines: 0 }
    );
    assert_eq!(
        release(wave("w", "MAIN", 1_001)),
        No::MaxLinesOutOfRange { max_lines: 1_001 }
    );
    assert_eq!(
        release(wave("w", "MOON", 1)),
        No::UnknownLocation {
            location: "MOON".into()
        }
    );
    assert_eq!(
        release(wave("w", "SIDE", 1)),
        No::NothingToRelease {
            location: "SIDE".into()
        }
    );
}

#[test]
fn a_wave_leaves_out_what_was_cancelled() {
    let mut history = reserved();
    history
        .tell(cancelled("o1", &[]))
        .tell(cancelled("o2", &[(1, 3)]));
    let event = history.record(&wave("w1", "MAIN", 9));
    let Event::Inventory(InventoryEvent::WaveReleased(released)) = event else {
        panic!()
    };
    let lines: Vec<_> = released
        .lines
        .iter()
        .map(|line| (line.order.as_str(), line.quantity))
        .collect();
    assert_eq!(lines, [("o2", 2)]);
}

#[test]
fn goods_leave_for_a_line_that_holds_them_in_a_wave_or_not() {
    let mut history = reserved();
    history.record(&wave("w1", "MAIN", 1));
    history.record(&ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 3)])));
    assert_eq!(history.sums("BOLT"), (7, 4, 1, 3));
    history.record(&ConfirmShipment(shipped("s2", "o2", &[(1, "BOLT", 3)])));
    assert_eq!(history.sums("BOLT"), (4, 1, 1, 3));
}

#[test]
fn no_more_leaves_than_is_held_or_there() {
    let mut history = reserved();
    let asked = shipped("s", "o1", &[(1, "BOLT", 5)]);
    assert_eq!(
        history.refusal(&ConfirmShipment(asked)),
        No::MoreThanWanted {
            order: "o1".into(),
            line: 1,
            most: 4,
            quantity: 5
        }
    );
    let aside = Shipped {
        location: "SIDE".into(),
        ..shipped("s", "o1", &[(1, "BOLT", 1)])
    };
    assert_eq!(
        history.refusal(&ConfirmShipment(aside)),
        No::MoreThanOnHand {
            sku: "BOLT".into(),
            location: "SIDE".into(),
            on_hand: 0,
            asked: 1
        }
    );
    history.tell(adjusted("a1", "BOLT", -8));
    let (sku, location) = (Sku::from("BOLT"), "MAIN".into());
    assert_eq!(
        history.refusal(&ConfirmShipment(shipped("s", "o1", &[(1, "BOLT", 4)]))),
        No::MoreThanOnHand {
            sku,
            location,
            on_hand: 2,
            asked: 4
        }
    );
}

#[test]
fn two_lines_of_one_sku_share_what_is_on_hand() {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 3)]));
    history.tell(placed("o1", &[(1, "BOLT", 2), (2, "BOLT", 2)]));
    let both = vec![
        assigned("o1", 1, "BOLT", "MAIN", 2),
        assigned("o1", 2, "BOLT", "MAIN", 2),
    ];
    history.tell(settled(both));
    let (sku, location) = (Sku::from("BOLT"), "MAIN".into());
    assert_eq!(
        history.refusal(&ConfirmShipment(shipped(
            "s",
            "o1",
            &[(1, "BOLT", 2), (2, "BOLT", 2)]
        ))),
        No::MoreThanOnHand {
            sku,
            location,
            on_hand: 3,
            asked: 4
        }
    );
}

#[test]
fn a_shipment_names_an_orders_own_lines_and_what_they_ordered() {
    let history = reserved();
    let ship = |asked| history.refusal(&ConfirmShipment(asked));
    assert_eq!(
        ship(shipped("s", "o9", &[(1, "BOLT", 1)])),
        No::UnknownOrder { order: "o9".into() }
    );
    assert_eq!(
        ship(shipped("s", "o1", &[(7, "BOLT", 1)])),
        No::UnknownLine {
            order: "o1".into(),
            line: 7
        }
    );
    assert_eq!(
        ship(shipped("s", "o1", &[(1, "NUT", 1)])),
        No::WrongSku {
            line: 1,
            ordered: "BOLT".into(),
            named: "NUT".into()
        }
    );
    let moon = Shipped {
        location: "MOON".into(),
        ..shipped("s", "o1", &[(1, "BOLT", 1)])
    };
    assert_eq!(
        ship(moon),
        No::UnknownLocation {
            location: "MOON".into()
        }
    );
    assert_eq!(
        ship(shipped("s", "o1", &[])),
        No::LineCountOutOfRange { count: 0 }
    );
    assert_eq!(
        ship(shipped("s", "o1", &[(1, "BOLT", 0)])),
        No::QuantityOutOfRange { quantity: 0 }
    );
    let twice = shipped("s", "o1", &[(1, "BOLT", 1), (1, "BOLT", 1)]);
    assert_eq!(ship(twice), No::RepeatedLine { line: 1 });
    for tracking in [String::new(), "x".repeat(129)] {
        let bytes = tracking.len();
        let asked = Shipped {
            tracking: Some(tracking),
            ..shipped("s", "o1", &[(1, "BOLT", 1)])
        };
        assert_eq!(ship(asked), No::TrackingMalformed { bytes });
    }
}

#[test]
fn a_shipment_is_known_after_its_order_has_left_memory() {
    let mut history = reserved();
    history.tell(cancelled("o1", &[(2, 1)]));
    let asked = ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 4)]));
    history.record(&asked);
    history.tell(closed("o1"));
    assert_eq!(history.inventory.open_orders(), 1);
    assert!(matches!(history.ask(&asked).unwrap(), Outcome::Before(_)));
    let other = shipped("s2", "o1", &[(1, "BOLT", 1)]);
    assert_eq!(
        history.refusal(&ConfirmShipment(other)),
        No::UnknownOrder { order: "o1".into() }
    );
}

#[test]
fn a_closing_frees_what_crossed_it_and_what_comes_after_is_void() {
    let mut history = reserved();
    history.tell(cancelled("o2", &[])).tell(closed("o2"));
    assert_eq!(history.sums("BOLT"), (10, 4, 0, 6));
    history.tell(settled(vec![assigned("o2", 1, "BOLT", "MAIN", 2)]));
    history.tell(settled(vec![released("o2", 1, "BOLT", "MAIN", 3)]));
    assert_eq!(history.sums("BOLT"), (10, 4, 0, 6));
    assert_eq!(history.inventory.open_orders(), 1);
}

#[test]
fn a_release_that_crossed_a_shipment_takes_reservations_elsewhere() {
    let mut history = reserved();
    history.tell(received("r2", "SIDE", &[("BOLT", 9)]));
    history.tell(settled(vec![assigned("o2", 1, "BOLT", "SIDE", 2)]));
    history.tell(shipped("s1", "o2", &[(1, "BOLT", 2)]));
    history.tell(settled(vec![released("o2", 1, "BOLT", "MAIN", 2)]));
    let holds = history.inventory.holds(&"o2".into(), 1);
    assert_eq!(holds, [(&"SIDE".into(), 1)]);
}
