//! What orders does not take in, and what it says.

use std::collections::BTreeSet;

use backorder_domain::command::{Outcome, RoomState};
use backorder_domain::decider::{Refusal, RefusalKind};
use backorder_domain::event::{
    Event, HoldEnd, HoldEnded, LocationDefined, OrderPlaced, RankingRuleSet, StockHeld,
};
use backorder_domain::ids::{HOUR_MS, Timestamp};
use backorder_domain::orders::{
    MAX_CHANNEL_CHARS, MAX_CHANNELS, MAX_LINES, MAX_QUANTITY, MAX_REGIONS, MAX_REQUESTED_DAYS,
    MAX_TIERS, MAX_URGENCY, Orders, OrdersRefusal, PlaceOrder, Taken, TakenTiers,
};

use super::fixture::*;

fn refusal(change: impl FnOnce(&mut OrderPlaced)) -> OrdersRefusal {
    let mut asked = placing("o1", &[("BOLT", 3), ("NUT", 1)]);
    change(&mut asked.placed);
    Shop::default().orders.decide(&asked, NOW).unwrap_err()
}

fn place(orders: &RoomState<Orders>, request: &OrderPlaced) -> Result<Outcome, OrdersRefusal> {
    orders.decide(&PlaceOrder::carried_over(request.clone()), NOW)
}

fn takes(change: impl FnOnce(&mut OrderPlaced)) {
    let mut asked = placing("o1", &[("BOLT", 3), ("NUT", 1)]);
    change(&mut asked.placed);
    let outcome = Shop::default().orders.decide(&asked, NOW);
    assert_eq!(outcome, Ok(Outcome::Record(asked.placed.into())));
}

#[test]
fn an_order_has_at_least_one_line_and_not_too_many() {
    assert_eq!(refusal(|o| o.lines.clear()), OrdersRefusal::LinesMissing {});
    let full = order("o1", &vec![("BOLT", 1); MAX_LINES]).lines;
    takes(|o| o.lines = full);
    let over = order("o1", &vec![("BOLT", 1); MAX_LINES + 1]).lines;
    let lines = over.len();
    assert_eq!(
        refusal(|o| o.lines = over),
        OrdersRefusal::TooManyLines { lines }
    );
}

#[test]
fn lines_are_numbered_from_one_each_once() {
    assert_eq!(
        refusal(|o| o.lines[1].line = 0),
        OrdersRefusal::LineNumberOutOfRange {}
    );
    assert_eq!(
        refusal(|o| o.lines[1].line = 1),
        OrdersRefusal::RepeatedLine { line: 1 }
    );
}

#[test]
fn a_line_asks_for_at_least_one_unit_and_not_for_a_mountain() {
    for quantity in [0, MAX_QUANTITY + 1, u32::MAX] {
        let refused = refusal(|o| o.lines[1].quantity = quantity);
        assert_eq!(
            refused,
            OrdersRefusal::QuantityOutOfRange { line: 2, quantity }
        );
    }
    takes(|o| o.lines[1].quantity = MAX_QUANTITY);
}

#[test]
fn prices_are_not_negative_and_can_be_summed() {
    let negative = OrdersRefusal::PriceOutOfRange {
        line: 1,
        unit_price_minor: -1,
    };
    assert_eq!(refusal(|o| o.lines[0].unit_price_minor = -1), negative);
    let too_big = OrdersRefusal::ValueOutOfRange {};
    assert_eq!(refusal(|o| o.lines[0].unit_price_minor = i64::MAX), too_big);
    assert_eq!(refusal(|o| o.lines[1].unit_price_minor = i64::MAX), too_big);
    takes(|o| o.lines[0].unit_price_minor = 0);
}

#[test]
fn names_are_printable_and_short() {
    for text in [
        String::new(),
        " ".to_owned(),
        "a\nb".to_owned(),
        "x".repeat(10_000),
    ] {
        let refused = refusal(|o| o.channel.clone_from(&text));
        assert_eq!(refused, OrdersRefusal::ChannelMalformed {});
        let refused = refusal(|o| o.ship_to.country.clone_from(&text));
        assert_eq!(refused, OrdersRefusal::CountryMalformed {});
        let refused = refusal(|o| o.ship_to.region = Some(text.clone()));
        assert_eq!(refused, OrdersRefusal::RegionMalformed {});
    }
    takes(|o| o.channel = "店".repeat(MAX_CHANNEL_CHARS));
}

#[test]
fn an_address_has_a_name_and_a_host() {
    let long = format!("{}@shop.example", "x".repeat(250));
    for text in [
        "",
        "ann",
        "@shop",
        "ann@",
        "a@b@c",
        "ann @shop",
        "ann@shop\r\nBcc: eve",
        &long,
    ] {
        let refused = refusal(|o| o.customer.email = Some(text.to_owned()));
        assert_eq!(refused, OrdersRefusal::EmailMalformed {}, "{text}");
    }
    takes(|o| o.customer.email = Some("ann@shop.example".to_owned()));
    let unread = PlaceOrder {
        can_be_written_to: false,
        ..placing("o1", &[("BOLT", 3)])
    };
    let refused = Shop::default().orders.decide(&unread, NOW).unwrap_err();
    assert_eq!(refused, OrdersRefusal::EmailMalformed {});
}

#[test]
fn an_order_was_placed_in_living_memory_and_not_tomorrow() {
    for placed_at in [NOW.plus_ms(1), Timestamp::from_ms(-1)] {
        let refused = refusal(|o| o.placed_at = Some(placed_at));
        assert_eq!(refused, OrdersRefusal::PlacedAtOutOfRange { placed_at });
    }
    takes(|o| o.placed_at = Some(NOW));
}

#[test]
fn an_order_that_is_taken_here_was_placed_lately_and_one_from_elsewhere_at_any_time() {
    let within_ms = 24 * HOUR_MS;
    let asked = |placed_at, taken| {
        let mut asked = placing("o1", &[("BOLT", 3)]);
        (asked.placed.placed_at, asked.taken) = (Some(placed_at), taken);
        asked
    };
    let mut shop = Shop::default();
    let (here, old) = (Taken::Here { within_ms }, NOW.plus_ms(-within_ms - 1));
    let too_old = OrdersRefusal::PlacedAtTooOld {
        placed_at: old,
        most_hours: 24,
    };
    assert_eq!(
        shop.orders.decide(&asked(old, here), NOW),
        Err(too_old.clone())
    );
    let first_in_line = shop.orders.decide(&asked(Timestamp::from_ms(0), here), NOW);
    assert!(first_in_line.is_err());
    let elsewhere = asked(Timestamp::from_ms(0), Taken::Elsewhere);
    assert!(shop.orders.decide(&elsewhere, NOW).is_ok());
    // A retry is no younger than the order, and answered as it was.
    let lately = asked(NOW.plus_ms(-within_ms), here);
    let Ok(Outcome::Record(placed)) = shop.orders.decide(&lately, NOW) else {
        panic!("it was placed lately");
    };
    shop.fold(placed);
    let later = shop.orders.decide(&lately, NOW.plus_days(9));
    assert!(matches!(later, Ok(Outcome::Before(_))), "{later:?}");
}

#[test]
fn an_order_is_wanted_after_it_was_placed_and_within_ten_years() {
    for requested_at in [NOW.plus_days(-1), NOW.plus_days(MAX_REQUESTED_DAYS + 1)] {
        let refused = refusal(|o| o.requested_at = Some(requested_at));
        assert_eq!(
            refused,
            OrdersRefusal::RequestedAtOutOfRange { requested_at }
        );
    }
    takes(|o| o.requested_at = Some(NOW.start_of_day()));
}

#[test]
fn a_legal_deadline_lies_after_the_order_was_placed_and_within_ten_years() {
    for ship_by in [NOW.plus_days(-1), NOW.plus_days(MAX_REQUESTED_DAYS + 1)] {
        let refused = refusal(|o| o.ship_by = Some(ship_by));
        assert_eq!(refused, OrdersRefusal::ShipByOutOfRange { ship_by });
    }
    takes(|o| o.ship_by = Some(NOW.start_of_day()));
}

#[test]
fn urgency_is_one_to_five_and_nobody_has_spent_less_than_nothing() {
    for urgency in [0, MAX_URGENCY + 1, u8::MAX] {
        let refused = refusal(|o| o.urgency = Some(urgency));
        assert_eq!(refused, OrdersRefusal::UrgencyOutOfRange {});
    }
    takes(|o| o.urgency = Some(MAX_URGENCY));
    let refused = refusal(|o| o.customer.lifetime_value_minor = Some(-1));
    let lifetime_value_minor = -1;
    assert_eq!(
        refused,
        OrdersRefusal::LifetimeValueOutOfRange {
            lifetime_value_minor
        }
    );
    takes(|o| o.customer.lifetime_value_minor = Some(0));
}

#[test]
fn a_cancellation_names_lines_once_with_units_and_a_short_reason() {
    let shop = Shop::given([placed("o1", &[("BOLT", 3), ("NUT", 1)])]);
    let ask = |lines: &[(u32, u32)], reason: &str| {
        let mut request = cancellation("c1", "o1", lines);
        request.0.reason = reason.to_owned();
        shop.orders.decide(&request, NOW)
    };
    let zero = OrdersRefusal::QuantityOutOfRange {
        line: 1,
        quantity: 0,
    };
    assert_eq!(ask(&[(1, 0)], ""), Err(zero));
    assert_eq!(
        ask(&[(0, 1)], ""),
        Err(OrdersRefusal::LineNumberOutOfRange {})
    );
    assert_eq!(
        ask(&[(1, 1), (1, 1)], ""),
        Err(OrdersRefusal::RepeatedLine { line: 1 })
    );
    let lines = vec![(1, 1); MAX_LINES + 1];
    let too_many = OrdersRefusal::TooManyLines { lines: lines.len() };
    assert_eq!(ask(&lines, ""), Err(too_many));
    for reason in ["x".repeat(501), "a\u{7}".to_owned()] {
        assert_eq!(ask(&[], &reason), Err(OrdersRefusal::ReasonMalformed {}));
    }
    assert!(ask(&[(1, 1)], "ordered twice").is_ok());
}

fn defined(location: &str) -> Event {
    LocationDefined {
        definition: location.into(),
        location: location.into(),
        name: location.to_owned(),
        region: None,
        cost: None,
        time_zone: None,
    }
    .into()
}

#[test]
fn an_order_for_an_item_that_nobody_defined_is_refused_until_it_is() {
    let request = order("o1", &[("BOLT", 3), ("bolt", 1)]);
    let mut shop = Shop::default();
    let unknown = OrdersRefusal::UnknownSku {
        sku: "bolt".into(),
        near: ", but BOLT is".to_owned(),
    };
    assert_eq!(place(&shop.orders, &request), Err(unknown));
    shop.fold(item("bolt"));
    assert!(place(&shop.orders, &request).is_ok(), "its number is free");
    let bytes = postcard::to_stdvec(&shop.orders).unwrap();
    let read: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
    assert!(place(&read, &request).is_ok());
    assert!(place(&read, &order("o2", &[("WASHER", 1)])).is_err());
}

#[test]
fn an_order_goes_to_a_country_that_there_is() {
    for country in ["GB", "Germany", "XC", "ZZ"] {
        takes(|o| country.clone_into(&mut o.ship_to.country));
    }
    let unknown = refusal(|o| "Germny".clone_into(&mut o.ship_to.country));
    let said = "no country is called Germny, but Germany (DE) is";
    assert_eq!(unknown.to_string(), said);
    assert_eq!(unknown.row().kind, RefusalKind::Unknown);
}

#[test]
fn an_order_uses_a_hold_that_is_open() {
    let held = |hold: &str, minutes: i64| {
        Event::from(StockHeld {
            hold: hold.into(),
            sku: "BOLT".into(),
            quantity: 3,
            tier: "gold".into(),
            channel: None,
            until: NOW.plus_ms(minutes * 60_000),
        })
    };
    let ended = HoldEnded {
        hold: "h3".into(),
        sku: "BOLT".into(),
        quantity: 0,
        why: HoldEnd::Used,
        order: Some("o9".into()),
    };
    let shop = Shop::given([held("h1", 15), held("h2", 0), held("h3", 15), ended.into()]);
    let bytes = postcard::to_stdvec(&shop.orders).unwrap();
    let read: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
    for orders in [&shop.orders, &read] {
        let with = |hold: &str| {
            let request = OrderPlaced {
                hold: Some(hold.into()),
                ..order("o1", &[("BOLT", 3)])
            };
            place(orders, &request)
        };
        assert!(with("h1").is_ok());
        let (hold, until) = ("h2".into(), NOW);
        assert_eq!(with("h2"), Err(OrdersRefusal::HoldLapsed { hold, until }));
        for none in ["h3", "h4"] {
            let hold = none.into();
            assert_eq!(with(none), Err(OrdersRefusal::UnknownHold { hold }));
        }
    }
}

#[test]
fn a_tier_is_one_of_the_ranking_rule_in_force() {
    let mut shop = Shop::default();
    let of = |orders: &RoomState<Orders>, tier: &str, tiers| {
        let mut asked = placing("o1", &[("BOLT", 3)]);
        asked.placed.customer.tier = tier.into();
        asked.tiers = tiers;
        orders.decide(&asked, NOW).map(|_| ())
    };
    let defined = |orders: &RoomState<Orders>, tier| of(orders, tier, TakenTiers::Defined);
    // The built-in rule, until one is set.
    for tier in ["gold", "silver", "standard"] {
        assert_eq!(defined(&shop.orders, tier), Ok(()));
    }
    let unknown = defined(&shop.orders, "platinum").unwrap_err();
    let said = "no tier platinum is defined; there are gold, silver, standard";
    assert_eq!(unknown.to_string(), said);
    let slip = defined(&shop.orders, "Gold").unwrap_err();
    assert_eq!(slip.to_string(), "no tier Gold is defined, but gold is");
    assert_eq!(of(&shop.orders, "platinum", TakenTiers::Any), Ok(()));
    let rule = RankingRuleSet {
        definition: "r1".into(),
        version: 1,
        explanation: "platinum first".to_owned(),
        tier_days: [("platinum".into(), 21)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 21,
        unchanged: false,
    };
    shop.fold(rule.into());
    assert_eq!(defined(&shop.orders, "platinum"), Ok(()));
    assert!(defined(&shop.orders, "gold").is_err());
    assert_eq!(defined(&shop.orders, "standard"), Ok(()));
}

#[test]
fn an_order_is_collected_only_where_a_location_was_defined() {
    let mut shop = Shop::given([defined("MAIN")]);
    let mut request = order("o1", &[("BOLT", 3)]);
    request.pick_up_at = Some("NORTH".into());
    let unknown = OrdersRefusal::UnknownLocation {
        location: "NORTH".into(),
        near: String::new(),
    };
    assert_eq!(unknown.to_string(), "no location NORTH is defined");
    assert_eq!(unknown.row().kind, RefusalKind::Unknown);
    assert_eq!(place(&shop.orders, &request), Err(unknown));
    shop.fold(defined("NORTH"));
    // Its number is free yet.
    let decided = Outcome::Record(request.clone().into());
    assert_eq!(place(&shop.orders, &request), Ok(decided));
    // What was defined is known after a snapshot, too.
    let bytes = postcard::to_stdvec(&shop.orders).unwrap();
    let read: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
    assert!(place(&read, &request).is_ok());
}

#[test]
fn a_near_spelling_of_an_undefined_location_is_named() {
    let shop = Shop::given([defined("MAIN"), defined("Dock 7")]);
    let mut request = order("o1", &[("BOLT", 3)]);
    request.pick_up_at = Some("dock7".into());
    let refused = place(&shop.orders, &request).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no location dock7 is defined, but Dock 7 is"
    );
}

#[test]
fn an_order_that_was_placed_for_an_undefined_location_stays_as_it_is() {
    let mut request = order("o1", &[("BOLT", 3)]);
    request.pick_up_at = Some("NOWHERE".into());
    let shop = Shop::given([request.clone().into()]);
    let known = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!(known.pick_up_at(), request.pick_up_at.as_ref());
    let decided = place(&shop.orders, &request);
    assert_eq!(decided, Ok(Outcome::Before(at(1))));
}

/// A shop whose open orders have so many names, and one more order each that `name` names.
fn full(most: usize, name: impl Fn(&mut OrderPlaced, usize)) {
    let named = |number: usize| {
        let mut request = order(&format!("o{number}"), &[("BOLT", 1)]);
        name(&mut request, number);
        request
    };
    let mut shop = Shop::given((0..most).map(|number| named(number).into()));
    // Another name is refused; one that is known is not, also after a snapshot.
    let bytes = postcard::to_stdvec(&shop.orders).unwrap();
    let read: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
    for orders in [&shop.orders, &read] {
        let refused = place(orders, &named(most)).unwrap_err();
        assert_eq!(refused.row().kind, RefusalKind::Exhausted);
        let says = format!("open orders have {most} ");
        assert!(refused.to_string().contains(&says), "{refused}");
        let mut known = order("known", &[("BOLT", 1)]);
        name(&mut known, 7);
        assert!(place(orders, &known).is_ok());
    }
    // When the last order of a name is closed, there is room for another.
    shop.fold(cancelled("c1", "o7", &[]));
    shop.fold_due();
    assert!(place(&shop.orders, &named(most)).is_ok());
}

#[test]
fn open_orders_name_at_most_so_many_channels_tiers_and_regions() {
    full(MAX_CHANNELS, |order, number| {
        order.channel = format!("channel {number}");
    });
    full(MAX_TIERS, |order, number| {
        order.customer.tier = format!("tier {number}").as_str().into();
    });
    full(MAX_REGIONS, |order, number| {
        order.ship_to.region = Some(format!("region {number}"));
    });
}

#[test]
fn every_refusal_has_a_reason_of_its_own_and_says_what_to_do() {
    let rows = OrdersRefusal::TABLE;
    let reasons: BTreeSet<String> = rows.iter().map(|row| row.reason()).collect();
    assert_eq!(reasons.len(), rows.len());
    assert!(
        rows.iter()
            .all(|row| !row.remedy.is_empty() && !row.field.is_empty())
    );
    assert_eq!(
        OrdersRefusal::LinesMissing {}.row().kind,
        RefusalKind::Invalid
    );
}

#[test]
fn only_of_an_order_that_goes_whole_may_a_rest_go() {
    let refused = refusal(|o| o.rest_may_go = true);
    assert_eq!(refused, OrdersRefusal::RestMayGoConflict {});
    takes(|o| (o.ship_complete, o.rest_may_go) = (true, true));
}
