//! What is kept back: safety stock, a channel's quota, the last units for a tier.

use backorder_allocation::{AllocatorRefusal, Asked};
use domain::command::Outcome;
use domain::event::{
    ChannelLevel, Event, InventoryEvent, ItemDefined, Protection, RunStrategy, Segment, StockHeld,
    TierLevel,
};

use crate::baskets::to_hold;
use crate::fixture::*;
use crate::rebalance::{preview, segment};

/// An item that keeps so many as safety stock, for the shop, and for gold.
fn kept(safety_stock: u32, shop: u32, gold: u32) -> Event {
    let channel = |units| ChannelLevel {
        channel: "shop".to_owned(),
        units,
    };
    let tier = |units| TierLevel {
        tier: "gold".into(),
        units,
    };
    defined(Protection {
        safety_stock,
        channels: Some(shop)
            .filter(|n| *n > 0)
            .map(channel)
            .into_iter()
            .collect(),
        tiers: Some(gold)
            .filter(|n| *n > 0)
            .map(tier)
            .into_iter()
            .collect(),
    })
}

fn defined(protection: Protection) -> Event {
    match item("BOLT") {
        Event::Inventory(InventoryEvent::ItemDefined(item)) => Event::from(ItemDefined {
            protection: Some(protection),
            ..item
        }),
        other => other,
    }
}

fn by(channel: &str, id: &str, quantity: u32) -> Event {
    let mut order = order(id, &[("BOLT", quantity)]);
    order.channel = channel.to_owned();
    order.into()
}

#[test]
fn the_safety_stock_goes_to_nobody() {
    let mut cell = Cell::given([kept(3, 0, 0), received("BOLT", 5)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4)])),
        [
            "assign o1.1 main 2",
            "wait o1.1 2 behind 0",
            "promise o1.1 estimate day 7"
        ]
    );
    assert!(cell.then(placed("o2", &[("BOLT", 1)])).len() == 2, "waits");
    assert_eq!(cell.then(received("BOLT", 1)), ["assign o1.1 main 1"]);
}

#[test]
fn the_last_units_for_a_tier_go_to_that_tier_alone() {
    let mut cell = Cell::given([kept(0, 0, 4), received("BOLT", 5)]);
    cell.fold(&placed("o1", &[("BOLT", 3)]));
    assert_eq!(cell.settle()[0], "assign o1.1 main 1");
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 4)])),
        ["assign o2.1 main 4"]
    );
}

#[test]
fn a_line_kept_from_protected_stock_does_not_stop_others() {
    let mut cell = Cell::given([kept(0, 2, 0)]);
    cell.fold(&by("web", "o1", 3));
    cell.fold(&by("shop", "o2", 3));
    cell.fold(&by("web", "o3", 3));
    cell.settle();
    assert_eq!(
        cell.then(received("BOLT", 3)),
        ["assign o1.1 main 1", "assign o2.1 main 2"]
    );
}

#[test]
fn a_channels_quota_and_a_tiers_add_up_for_whoever_is_neither() {
    let mut cell = Cell::given([kept(1, 2, 3), received("BOLT", 7)]);
    assert_eq!(cell.then(by("web", "o1", 9))[0], "assign o1.1 main 1");
    assert_eq!(cell.then(by("shop", "o2", 9))[0], "assign o2.1 main 2");
    assert_eq!(
        cell.then(gold("o3", &[("BOLT", 9)]))[0],
        "assign o3.1 main 1",
        "the shop's two and the safety stock stay"
    );
}

#[test]
fn an_order_that_ships_complete_takes_only_what_is_not_kept_from_it() {
    let mut cell = Cell::given([kept(0, 2, 0), item("NUT")]);
    cell.fold(&received("BOLT", 4));
    cell.fold(&received("NUT", 4));
    let all = ship_complete("o1", &[("BOLT", 3), ("NUT", 1)]);
    assert!(
        cell.then(all)
            .iter()
            .all(|said| !said.starts_with("assign"))
    );
    assert_eq!(
        cell.then(received("BOLT", 1)),
        ["assign o1.1 main 3", "assign o1.2 main 1"]
    );
}

#[test]
fn when_less_is_kept_who_waited_for_it_gets_it() {
    let mut cell = Cell::given([kept(4, 0, 0), received("BOLT", 4)]);
    cell.then(placed("o1", &[("BOLT", 3)]));
    assert_eq!(cell.then(kept(1, 0, 0)), ["assign o1.1 main 3"]);
}

#[test]
fn an_item_sold_from_stock_only_refuses_what_is_kept() {
    let Event::Inventory(InventoryEvent::ItemDefined(item)) = kept(2, 0, 0) else {
        unreachable!("an item")
    };
    let segment = Segment::StockOnly;
    let mut cell = Cell::given([ItemDefined { segment, ..item }.into(), received("BOLT", 5)]);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4)])),
        ["assign o1.1 main 3", "refuse o1.1 1 StockOnly"]
    );
}

#[test]
fn of_more_classes_than_are_promised_apart_each_keeps_its_own_protection() {
    let shop = |n: u32| format!("shop {n}");
    let channels = (0..16).map(|n| ChannelLevel {
        channel: shop(40 + n),
        units: 1,
    });
    let mut cell = Cell::given([defined(Protection {
        channels: channels.collect(),
        ..Protection::default()
    })]);
    for n in 0..60 {
        cell.fold(&by(&shop(n), &format!("o{n}"), 2));
    }
    cell.settle();
    let said = cell.then(received("BOLT", 16));
    assert_eq!(said, ["assign o40.1 main 1"], "the first that has a level");
    assert_eq!(cell.then(received("BOLT", 1)), ["assign o40.1 main 1"]);
}

#[test]
fn what_would_be_reserved_respects_what_is_kept() {
    let mut cell = Cell::given([kept(3, 0, 0), received("BOLT", 5)]);
    cell.settle();
    let is = cell.ask(&asked("BOLT", 4));
    assert_eq!(is.available_now, 2);
    assert!(is.disclosure.contains("2 of 4 are in stock"), "{is:?}");
}

#[test]
fn a_clerk_hears_for_whom_the_last_units_are_kept() {
    let mut cell = Cell::given([kept(1, 2, 4), received("BOLT", 5)]);
    cell.then(by("web", "o1", 3));
    let said = cell
        .allocator
        .explain(&"o1".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    let kept = "5 are free, but the last units are kept: 1 as safety stock, 2 for channel shop, 4 \
                for tier gold.";
    assert!(said.sentences.iter().any(|it| it == kept), "{said:#?}");
}

#[test]
fn a_hold_is_for_a_channel_and_has_what_is_kept_for_it() {
    let cell = Cell::given([kept(0, 3, 0), received("BOLT", 5)]);
    let refused = |request: &StockHeld| {
        decide::<HoldStock>(&cell.allocator, request.clone(), NOW).unwrap_err()
    };
    let by = |channel: String| StockHeld {
        channel: Some(channel),
        ..to_hold("h1", "BOLT", 5)
    };
    assert!(decide::<HoldStock>(&cell.allocator, by("shop".to_owned()), NOW).is_ok());
    assert!(matches!(
        refused(&by("web".to_owned())),
        AllocatorRefusal::MoreThanFree { free: 2, .. }
    ));
    for name in [String::new(), "x".repeat(65), "a\tb".to_owned()] {
        let malformed = AllocatorRefusal::HoldChannelMalformed {};
        assert_eq!(refused(&by(name)), malformed);
    }
    let longest = refused(&by("x".repeat(64)));
    assert!(matches!(longest, AllocatorRefusal::MoreThanFree { .. }));
}

#[test]
fn nobody_is_named_for_whom_nothing_is_kept() {
    let mut cell = Cell::given([kept(0, 0, 4), received("BOLT", 2)]);
    cell.then(placed("o1", &[("BOLT", 1)]));
    let why = cell
        .allocator
        .explain(&"o1".into(), 1, cell.now)
        .unwrap()
        .remove(0);
    let said = "2 are free, but the last units are kept: 4 for tier gold.".to_owned();
    assert!(why.sentences.contains(&said), "{:#?}", why.sentences);
}

/// Four are kept for gold; five come on day 10 and five on day 20.
fn coming(free: u32) -> Cell {
    let mut cell = Cell::given([kept(0, 0, 4), purchased("p1", "BOLT", 5, day(10))]);
    cell.fold(&purchased("p2", "BOLT", 5, day(20)));
    if free > 0 {
        cell.fold(&received("BOLT", free));
    }
    cell
}

#[test]
fn protected_inbound_is_in_no_promise_of_other_classes() {
    let mut cell = coming(0);
    let door = |cell: &Cell, tier: &str| {
        let asked = Asked::of(&"BOLT".into(), 2, &tier.into());
        cell.ask(&asked).promise.map(|it| say_promise(&it))
    };
    assert_eq!(door(&cell, "standard").as_deref(), Some("p2 day 20"));
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 2)])),
        ["wait o1.1 2 behind 0", "promise o1.1 p2 day 20"]
    );
    assert_eq!(door(&cell, "gold").as_deref(), Some("p1 day 10"));
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 2)])),
        ["wait o2.1 2 behind 0", "promise o2.1 p1 day 10"],
        "no other date for who waits behind it"
    );
    let dates = cell.allocator.dates(&"o1".into(), 1, cell.now).unwrap();
    assert_eq!(dates[0].current, dates[0].promised);
    assert_eq!(
        cell.then(received_of("p1", "BOLT", 5)),
        ["assign o2.1 main 2"],
        "and four are kept of the other three"
    );
    assert_eq!(
        cell.then(received_of("p2", "BOLT", 5)),
        ["assign o1.1 main 2"]
    );
}

#[test]
fn what_is_there_need_not_come() {
    let mut cell = coming(3);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4)])),
        ["wait o1.1 4 behind 0", "promise o1.1 p1 day 10"],
        "one more is kept"
    );
    assert_eq!(
        cell.then(placed("o2", &[("BOLT", 1)])),
        ["wait o2.1 1 behind 4", "promise o2.1 p2 day 20"]
    );
}

#[test]
fn dates_follow_what_is_there_of_what_is_kept() {
    let mut cell = coming(4);
    cell.then(placed("o1", &[("BOLT", 4)]));
    let later = "promise o1.1 p2 day 20";
    let back = ["promise o1.1 p1 day 10"];
    // Bought, and given back; for a basket, and not; counted down, and up.
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 2)])),
        ["assign o2.1 main 2", later]
    );
    assert_eq!(
        cell.then(cancelled("o2", &[])),
        ["release o2.1 main 2 Cancelled", back[0]]
    );
    let basket = StockHeld {
        tier: "gold".into(),
        ..to_hold("h1", "BOLT", 2)
    };
    assert_eq!(cell.then(basket.into()), [later]);
    let given_up = release(&cell.allocator, "h1".into(), cell.now);
    let Ok(Outcome::Record(given_up)) = given_up else {
        panic!("{given_up:?}");
    };
    assert_eq!(cell.then(given_up), back);
    assert_eq!(cell.then(adjusted("BOLT", -2)), [later]);
    assert_eq!(cell.then(adjusted("BOLT", 1)), back);
}

#[test]
fn a_promise_moves_when_a_lower_rank_takes_protected_stock() {
    let mut cell = coming(4);
    let mut first = order("o1", &[("BOLT", 4)]);
    first.placed_at = Some(day(-20));
    cell.then(first.into());
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 2)])),
        ["assign o2.1 main 2", "promise o1.1 p2 day 20"]
    );
}

#[test]
fn dates_follow_what_is_to_be_kept() {
    let mut cell = coming(0);
    cell.then(placed("o1", &[("BOLT", 3)]));
    assert_eq!(cell.then(kept(0, 0, 2)), ["promise o1.1 p1 day 10"]);
    assert_eq!(cell.then(kept(1, 0, 2)), ["promise o1.1 p2 day 20"]);
    assert_eq!(cell.then(item("BOLT")), ["promise o1.1 p1 day 10"]);
    assert_eq!(cell.then(kept(8, 0, 0)), ["promise o1.1 estimate day 7"]);
}

#[test]
fn who_would_wait_too_long_for_what_is_not_kept_is_refused() {
    let mut cell = coming(0);
    let Event::Inventory(InventoryEvent::ItemDefined(item)) = kept(0, 0, 4) else {
        unreachable!("an item")
    };
    let segment = Segment::Backorderable {
        cap: 1_000,
        longest_wait_days: 15,
    };
    cell.fold(&Event::from(ItemDefined { segment, ..item }));
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 2)])),
        ["refuse o1.1 2 WaitTooLong"]
    );
    assert_eq!(
        cell.then(gold("o2", &[("BOLT", 2)])),
        ["wait o2.1 2 behind 0", "promise o2.1 p1 day 10"]
    );
}

#[test]
fn a_run_counts_on_nothing_that_is_kept_from_a_line() {
    let mut cell = coming(0);
    let mut wanted = order("o1", &[("BOLT", 2)]);
    wanted.requested_at = Some(day(12));
    cell.then(wanted.into());
    let win = [segment(&["o1"], RunStrategy::Win)];
    let exceptions = |cell: &Cell| preview(cell, &win, None).exceptions.len();
    assert_eq!(exceptions(&cell), 1, "it is not covered in time");
    cell.then(kept(0, 0, 3));
    assert_eq!(exceptions(&cell), 0);
}

#[test]
fn a_clerk_hears_how_much_of_what_comes_is_kept_for_others() {
    let mut cell = coming(3);
    cell.then(placed("o1", &[("BOLT", 4)]));
    cell.then(placed("o2", &[("BOLT", 8)]));
    let said = |id: &str| {
        let lines = cell.allocator.explain(&id.into(), 1, cell.now).unwrap();
        [lines[0].sentences.clone(), lines[0].would_change.clone()].concat()
    };
    let kept = "Of what comes, 1 unit is kept for others.".to_owned();
    let more = "10 are inbound: buying 3 more would give it a firm date.".to_owned();
    assert!(said("o1").contains(&kept) && !said("o1").contains(&more));
    assert!(said("o2").contains(&kept) && said("o2").contains(&more));
}
