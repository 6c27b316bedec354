//! Stock that is short, as a person is told of it.

use backorder_domain::exception::{Exception, ExceptionKind, Exceptions, Worst};
use backorder_domain::ids::Timestamp;

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
fn what_is_missing_from_a_released_wave_is_told_at_once() {
    let mut history = reserved(true);
    assert_eq!(exceptions(&history, 0), []);
    history.tell(adjusted("a1", "BOLT", -3));
    let [short] = exceptions(&history, 0).try_into().unwrap();
    assert_eq!(short.kind, ExceptionKind::StockShortInWave);
    assert_eq!((short.quantity, short.since.as_ms()), (3, 0));
    assert_eq!(
        short.text,
        "3 of BOLT missing at MAIN: 4 in released waves, 1 there"
    );
    history.tell(adjusted("a2", "BOLT", 3));
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
