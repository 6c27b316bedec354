//! Stock that is short, as a person is told of it.

use backorder_domain::event::Shipped;
use backorder_domain::exception::{Exception, ExceptionKind, Exceptions, Worst};
use backorder_domain::ids::Timestamp;
use backorder_domain::inventory::ConfirmShipment;

use crate::history::*;

/// What needs a person so many seconds after all that was told.
fn exceptions(history: &History, seconds: i64) -> Vec<Exception> {
    let mut worst = Worst::after(None, 10);
    let now = Timestamp::from_ms(seconds * 1_000);
    history.inventory.exceptions(now, &mut worst);
    worst.page().exceptions
}

/// An order of 4 bolts that has them, in a released wave or not, of 4 that are there.
fn reserved(in_wave: bool) -> History {
    let mut history = shop();
    history
        .tell(received("r1", "MAIN", &[("BOLT", 4)]))
        .tell(placed("o1", &[(1, "BOLT", 4)]))
        .tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 4)]));
    if in_wave {
        history.record(&wave("w1", "MAIN", 9));
    }
    history
}

#[test]
fn what_is_picked_for_nobody_is_told_until_it_left_or_is_back() {
    let mut history = reserved(true);
    history.tell(received("r2", "SIDE", &[("BOLT", 4)]));
    assert_eq!(exceptions(&history, 0), []);
    // It left from elsewhere, and what was picked stands on the floor.
    let aside = Shipped {
        location: "SIDE".into(),
        ..shipped("s1", "o1", &[(1, "BOLT", 3)])
    };
    history.record(&ConfirmShipment(aside));
    let [vain] = exceptions(&history, 0).try_into().unwrap();
    assert_eq!(vain.kind, ExceptionKind::PickedForNobody);
    assert_eq!((vain.quantity, vain.line), (3, Some(1)));
    assert_eq!(
        vain.text,
        "3 of BOLT picked at MAIN in wave w1 for order o1, which is served otherwise"
    );
    history.record(&recalled("b1", "o1"));
    assert_eq!(exceptions(&history, 0), []);
}

#[test]
fn what_the_allocator_takes_back_by_itself_is_told_only_if_it_does_not() {
    let mut history = reserved(false);
    history.tell(adjusted("a1", "BOLT", -3));
    assert_eq!(exceptions(&history, 59), []);
    let [short] = exceptions(&history, 60).try_into().unwrap();
    assert_eq!((short.kind, short.quantity), (ExceptionKind::StockShort, 3));
    history.tell(settled(vec![released("o1", 1, "BOLT", "MAIN", 3)]));
    assert_eq!(exceptions(&history, 60), []);
}
