//! Not before: stock goes to those who may have it now, later demand waits in its place, and
//! nobody is given what is not released.

use backorder_allocation::{Asked, Disposition};
use domain::decider::Decider;
use domain::event::*;
use domain::ids::Timestamp;

use crate::fixture::*;

/// An item that is reserved so many days before it is wanted.
fn reserved_before(days: u32) -> Event {
    defined(|item| item.reserve_days_before = Some(days))
}

fn released_on(at: Timestamp) -> Event {
    defined(|item| item.releases_at = Some(at))
}

fn defined(change: impl FnOnce(&mut ItemDefined)) -> Event {
    let Event::Inventory(InventoryEvent::ItemDefined(mut defined)) = item("BOLT") else {
        panic!("an item");
    };
    change(&mut defined);
    defined.into()
}

fn wanted(id: &str, days: i64, lines: &[(&str, u32)]) -> Event {
    OrderPlaced {
        requested_at: Some(day(days)),
        ..order(id, lines)
    }
    .into()
}

#[test]
fn stock_goes_to_who_may_have_it_now_though_another_ranks_better() {
    let mut cell = Cell::given([reserved_before(7), received("BOLT", 1)]);
    assert_eq!(
        cell.then(wanted("june", 40, &[("BOLT", 1)])),
        ["wait june.1 1 behind 0", "promise june.1 estimate day 32"]
    );
    assert_eq!(
        cell.then(placed("now", &[("BOLT", 1)])),
        ["assign now.1 main 1"]
    );
    assert_eq!(cell.then(wanted("soon", 3, &[("BOLT", 1)])).len(), 2);
    assert_eq!(
        cell.then(received("BOLT", 1)),
        ["assign soon.1 main 1"],
        "it is wanted within the days"
    );
}

#[test]
fn on_its_day_a_line_is_given_what_is_free_without_another_fact() {
    let mut cell = Cell::given([reserved_before(7), received("BOLT", 2)]);
    cell.then(wanted("june", 40, &[("BOLT", 1)]));
    cell.then(wanted("july", 60, &[("BOLT", 1)]));
    let next = cell.allocator.due(cell.now).again_at.unwrap();
    assert_eq!(next.ms_since(day(32)) / 86_400_000, 0, "{next:?}");
    cell.now = next.plus_ms(-1);
    assert!(cell.settle().is_empty());
    cell.now = next;
    assert_eq!(cell.settle(), ["assign june.1 main 1"]);
    assert!(cell.settle().is_empty());
}

#[test]
fn nobody_is_given_or_promised_what_is_not_released() {
    let mut cell = Cell::given([released_on(day(20)), purchased("p1", "BOLT", 5, day(9))]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 2)])),
        ["wait o1.1 2 behind 0", "promise o1.1 p1 day 19"]
    );
    assert!(
        cell.then(received_of("p1", "BOLT", 5))
            .iter()
            .all(|it| !it.starts_with("assign"))
    );
    let answer = cell.ask(&asked("BOLT", 1));
    assert_eq!(
        (answer.available_now, answer.disposition),
        (0, Disposition::Backorder)
    );
    cell.now = day(20);
    assert_eq!(cell.settle(), ["assign o1.1 main 2"]);
    assert_eq!(cell.ask(&asked("BOLT", 1)).available_now, 1);
}

#[test]
fn another_release_date_counts_at_once() {
    let mut cell = Cell::given([released_on(day(20)), received("BOLT", 5)]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    assert_eq!(
        cell.then(released_on(day(40))),
        ["promise o1.1 estimate day 39"]
    );
    assert_eq!(cell.then(item("BOLT")), ["assign o1.1 main 2"]);
}

#[test]
fn an_order_that_takes_all_or_nothing_takes_on_the_last_of_its_days() {
    let mut cell = Cell::given([released_on(day(20)), item("NUT"), received("NUT", 2)]);
    cell.fold(&received("BOLT", 2));
    let told = cell.then(ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    assert!(told.iter().all(|it| !it.starts_with("assign")), "{told:?}");
    assert_eq!(
        cell.then(placed("o2", &[("NUT", 2)])),
        ["assign o2.1 main 2"]
    );
    cell.then(received("NUT", 1));
    cell.now = day(20);
    assert_eq!(cell.settle(), ["assign o1.1 main 1", "assign o1.2 main 1"]);
}

#[test]
fn what_is_cancelled_of_an_order_keeps_nothing_of_it_back() {
    let mut cell = Cell::given([released_on(day(20)), item("NUT"), received("NUT", 2)]);
    cell.then(ship_complete("o1", &[("BOLT", 1), ("NUT", 1)]));
    assert_eq!(
        cell.then(cancelled("o1", &[(1, 1)])),
        ["assign o1.2 main 1"]
    );
}

#[test]
fn a_wait_that_was_asked_for_is_not_too_long() {
    let facts = [reserved_before(7), capped("NUT", 5, 30)];
    let mut cell = Cell::given(facts);
    assert_eq!(
        cell.then(wanted("o1", 300, &[("BOLT", 1)])),
        ["wait o1.1 1 behind 0", "promise o1.1 estimate day 292"]
    );
    let answer = cell.ask(&Asked {
        requested_at: Some(day(300)),
        ..asked("BOLT", 1)
    });
    assert_eq!(answer.disposition, Disposition::Backorder);
    assert_eq!(answer.promise.unwrap().at(), answer.opens_at);
    assert!(
        answer
            .disclosure
            .ends_with("Stock is reserved from 2021-07-03 on."),
        "{}",
        answer.disclosure
    );
}

#[test]
fn why_says_from_when_a_line_takes_stock() {
    let mut cell = Cell::given([reserved_before(7), received("BOLT", 1)]);
    cell.then(wanted("june", 40, &[("BOLT", 1)]));
    let why = cell.allocator.explain(&"june".into(), 1, cell.now).unwrap();
    let told = why[0].sentences.join(" ");
    assert!(told.contains("takes stock from 2020-10-16 on"), "{told}");
}

pub fn suspended(order: &str, frees: bool) -> Event {
    OrderSuspended {
        suspension: "s1".into(),
        order: order.into(),
        reason: "payment".to_owned(),
        frees,
    }
    .into()
}

pub fn resumed(order: &str) -> Event {
    OrderResumed {
        resumption: "r1".into(),
        order: order.into(),
    }
    .into()
}

#[test]
fn a_suspended_order_keeps_its_place_and_takes_nothing() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.then(placed("o1", &[("BOLT", 2)]));
    cell.then(placed("o2", &[("BOLT", 2)]));
    assert!(cell.then(suspended("o1", false)).is_empty());
    assert_eq!(cell.then(received("BOLT", 3)), ["assign o2.1 main 2"]);
    let why = cell.allocator.explain(&"o1".into(), 1, cell.now).unwrap();
    let told = why[0].sentences.join(" ");
    assert!(told.contains("the order is suspended"), "{told}");
    assert_eq!(cell.then(resumed("o1")), ["assign o1.1 main 1"]);
    assert_eq!(cell.then(received("BOLT", 1)), ["assign o1.1 main 1"]);
}

#[test]
fn what_a_suspended_order_had_is_kept_or_given_to_others_as_was_said() {
    for frees in [false, true] {
        let mut cell = Cell::given([item("BOLT"), received("BOLT", 2)]);
        cell.then(placed("o1", &[("BOLT", 2)]));
        cell.then(placed("o2", &[("BOLT", 1)]));
        let told = cell.then(suspended("o1", frees));
        let given = told.iter().any(|it| it == "assign o2.1 main 1");
        let back = told.iter().any(|it| it == "release o1.1 main 2 Suspended");
        assert_eq!((back, given), (frees, frees), "{told:?}");
        let goes_on = cell.then(resumed("o1"));
        let left = ["assign o1.1 main 1"];
        assert_eq!(goes_on, if frees { &left[..] } else { &[] });
    }
}

#[test]
fn an_order_that_is_suspended_before_it_is_decided_on_waits_for_stock_that_is_there() {
    let mut cell = Cell::given([item("BOLT"), received("BOLT", 2)]);
    cell.fold(&placed("o1", &[("BOLT", 2)]));
    assert_eq!(
        cell.then(suspended("o1", true)),
        ["wait o1.1 2 behind 0", "promise o1.1 estimate day 7"]
    );
    assert_eq!(cell.then(resumed("o1")), ["assign o1.1 main 2"]);
}

#[test]
fn a_suspended_order_is_not_refused_what_it_may_not_take_yet() {
    let mut cell = Cell::given([
        item_as("LAST", Segment::StockOnly, None),
        received("LAST", 2),
    ]);
    cell.fold(&placed("o1", &[("LAST", 2)]));
    assert_eq!(
        cell.then(suspended("o1", false)),
        ["wait o1.1 2 behind 0", "promise o1.1 unknown"]
    );
    assert_eq!(cell.then(resumed("o1")), ["assign o1.1 main 2"]);
}
