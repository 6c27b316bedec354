//! Something else than what was ordered: offered, taken, or not taken in time.

use backorder_domain::command::{Outcome, differences};
use backorder_domain::event::{Event, RefuseReason, SubstituteAccepted};
use backorder_domain::ids::Position;
use backorder_domain::orders::{AcceptSubstitute, MAX_LINES, Order, OrderStatus, OrdersRefusal};

use super::fixture::*;

/// Two of five bolts are reserved; for the others NUT or GEAR is offered.
fn shop() -> Shop {
    Shop::given([
        placed("o1", &[("BOLT", 5)]),
        settled([assigned("o1", 1, "BOLT", 2), offered("o1", 1, "BOLT", 3)]),
    ])
}

fn order(shop: &Shop) -> Order<'_> {
    shop.orders.order(&"o1".into()).unwrap()
}

fn accept(shop: &mut Shop, quantity: u32) -> Position {
    let asked = acceptance("a1", "o1", 1, "NUT", quantity);
    match shop.orders.decide(&asked, NOW) {
        Ok(Outcome::Record(event)) => shop.fold(event),
        other => panic!("{other:?}"),
    }
}

fn refusal(shop: &Shop, change: impl FnOnce(&mut AcceptSubstitute)) -> OrdersRefusal {
    let mut asked = acceptance("a1", "o1", 1, "NUT", 3);
    change(&mut asked);
    shop.orders.decide(&asked, NOW).unwrap_err()
}

#[test]
fn what_is_offered_waits_and_stands_on_the_line_until_when() {
    let shop = shop();
    let line = order(&shop).line(1).unwrap();
    assert_eq!(line.tally().backordered(), 3);
    let offer = line.offer().unwrap();
    assert_eq!(offer.alternatives, ["NUT".into(), "GEAR".into()]);
    assert_eq!(offer.until, NOW.plus_days(1));
    assert_eq!(order(&shop).status(), OrderStatus::PartlyBackordered);
}

#[test]
fn a_substitute_cancels_what_waits_and_adds_a_line() {
    let mut shop = shop();
    accept(&mut shop, 2);
    let order = order(&shop);
    let (old, new) = (order.line(1).unwrap(), order.line(2).unwrap());
    assert_eq!((old.tally().cancelled, old.tally().backordered()), (2, 1));
    assert!(old.offer().is_some(), "one unit still waits");
    assert_eq!((new.number(), new.sku()), (2, "NUT"));
    assert_eq!((new.tally().quantity, new.unit_price_minor()), (2, 300));
    assert_eq!(order.status(), OrderStatus::Pending);
    assert_eq!(shop.orders.is_decided(&"o1".into()), Some(false));
    let filter = backorder_domain::orders::Filter {
        sku: Some("NUT".into()),
        ..Default::default()
    };
    assert_eq!(shop.orders.list(&filter, None, 10).orders.len(), 1);
}

#[test]
fn the_offer_ends_with_the_last_unit_that_waits() {
    let mut taken = shop();
    accept(&mut taken, 3);
    assert_eq!(order(&taken).line(1).unwrap().offer(), None);
    let mut filled = shop();
    filled.fold(settled([assigned("o1", 1, "BOLT", 3)]));
    assert_eq!(order(&filled).line(1).unwrap().offer(), None);
    let mut lapsed = shop();
    let why = RefuseReason::Substitutable;
    lapsed.fold(settled([refused("o1", 1, "BOLT", 3, why)]));
    assert_eq!(order(&lapsed).line(1).unwrap().offer(), None);
    let nothing = OrdersRefusal::NothingOffered {
        order: "o1".into(),
        line: 1,
    };
    for shop in [&filled, &lapsed] {
        assert_eq!(refusal(shop, |_| ()), nothing);
    }
}

#[test]
fn the_same_acceptance_again_records_nothing_and_another_content_is_told_apart() {
    let mut shop = shop();
    let at = accept(&mut shop, 3);
    let mut asked = acceptance("a1", "o1", 1, "NUT", 3);
    let again = shop.orders.decide(&asked, NOW).unwrap();
    assert_eq!(again, Outcome::Before(at));
    let recorded = shop.log.last().unwrap();
    assert_eq!(differences(recorded, &asked), [""; 0]);
    asked.unit_price_minor = 1;
    assert_eq!(
        differences(recorded, &asked),
        ["unit_price_minor: 300 recorded, 1 asked"]
    );
}

#[test]
fn only_what_is_offered_is_taken_and_in_time() {
    let mut shop = shop();
    let unknown = OrdersRefusal::UnknownLine {
        order: "o1".into(),
        line: 2,
    };
    assert_eq!(refusal(&shop, |asked| asked.line = 2), unknown);
    let other = OrdersRefusal::WrongAlternative {
        line: 1,
        sku: "BOLT".into(),
    };
    assert_eq!(refusal(&shop, |asked| asked.sku = "BOLT".into()), other);
    let more = OrdersRefusal::MoreThanOffered {
        line: 1,
        quantity: 4,
        offered: 3,
    };
    assert_eq!(refusal(&shop, |asked| asked.quantity = 4), more);
    let none = OrdersRefusal::QuantityOutOfRange {
        line: 1,
        quantity: 0,
    };
    assert_eq!(refusal(&shop, |asked| asked.quantity = 0), none);
    let until = NOW.plus_days(1);
    let lapsed = shop
        .orders
        .decide(&acceptance("a1", "o1", 1, "NUT", 3), until);
    let (id, line) = ("o1".into(), 1);
    let too_late = OrdersRefusal::OfferLapsed {
        order: id,
        line,
        until,
    };
    assert_eq!(lapsed, Err(too_late));
    let id = || "o9".into();
    let nobody = OrdersRefusal::UnknownOrder { order: id() };
    assert_eq!(refusal(&shop, |asked| asked.order = id()), nobody);
    shop.fold(cancelled("c1", "o1", &[(1, 3)]));
    let nothing = OrdersRefusal::NothingOffered {
        order: "o1".into(),
        line: 1,
    };
    assert_eq!(refusal(&shop, |_| ()), nothing);
}

#[test]
fn an_order_takes_no_line_with_which_it_could_not_be_kept() {
    let negative = OrdersRefusal::PriceOutOfRange {
        line: 1,
        unit_price_minor: -1,
    };
    assert_eq!(refusal(&shop(), |a| a.unit_price_minor = -1), negative);
    let dear = refusal(&shop(), |a| a.unit_price_minor = i64::MAX);
    assert_eq!(dear, OrdersRefusal::ValueOutOfRange {});
    let full = Shop::given([
        placed("o1", &vec![("BOLT", 3); MAX_LINES]),
        settled([offered("o1", 1, "BOLT", 3)]),
    ]);
    let lines = MAX_LINES + 1;
    let too_many = OrdersRefusal::TooManyLines { lines };
    assert_eq!(refusal(&full, |_| ()), too_many);
    let mut highest = super::fixture::order("o1", &[("BOLT", 3)]);
    highest.lines[0].line = u32::MAX;
    let offer = offered("o1", u32::MAX, "BOLT", 3);
    let highest = Shop::given([Event::from(highest), settled([offer])]);
    let no_number = OrdersRefusal::LineNumbersUsed { order: "o1".into() };
    assert_eq!(refusal(&highest, |a| a.line = u32::MAX), no_number);
}

#[test]
fn what_crossed_the_acceptance_takes_nothing_from_what_was_taken_instead() {
    let mut shop = shop();
    let why = RefuseReason::Substitutable;
    shop.fold(settled([refused("o1", 1, "BOLT", 3, why)]));
    let accepted = SubstituteAccepted {
        acceptance: "a1".into(),
        order: "o1".into(),
        line: 1,
        sku: "NUT".into(),
        quantity: 3,
        unit_price_minor: 300,
        new_line: 2,
    };
    shop.fold(accepted.into());
    let tallies: Vec<_> = order(&shop).lines().map(|line| *line.tally()).collect();
    assert_eq!((tallies[0].refused, tallies[0].cancelled), (3, 0));
    assert_eq!(tallies[1].undecided(), 3);
}
