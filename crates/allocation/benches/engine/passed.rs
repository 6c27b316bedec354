//! Deliveries of one unit that very many stand in front of who cannot take it; and newcomers behind
//! very many of whom some were told other dates than their neighbours.

use std::time::Duration;

use domain::event::{Event, InventoryEvent, OrderPlaced, OrdersEvent, Protection, TierLevel};
use domain::ids::Sku;

use crate::shop::{NOW, Shop, item, placed, purchased, received, sku};
use crate::{Extent, medians, timed};

/// Deliveries of which the mean is taken.
const DELIVERIES: u64 = 20;

/// Time a delivery: folded, decided, and what was decided folded.
fn deliveries(shop: &mut Shop, hot: &Sku) -> f64 {
    let mut took = Duration::ZERO;
    for number in 0..DELIVERIES {
        let fact = received(number, hot.clone(), 1);
        let (span, effects) = timed(|| {
            shop.fold([&fact]);
            shop.settle()
        });
        assert_eq!(effects, 1, "the one behind them all takes it");
        took += span;
    }
    took.as_secs_f64() * 1e6 / DELIVERIES as f64
}

/// So many orders that may not take of the hot SKU, and behind them as many as there are
/// deliveries, that may.
fn crowd(hot: &Sku, many: u64, order: impl Fn(&mut OrderPlaced)) -> Shop {
    let mut shop = Shop::default();
    let late = sku(1);
    shop.play(&[item(hot), item(&late)]);
    let others: Vec<Event> = (0..many)
        .map(|number| match placed(number, [(hot.clone(), 2)]) {
            Event::Orders(OrdersEvent::OrderPlaced(mut it)) => {
                order(&mut it);
                Event::Orders(OrdersEvent::OrderPlaced(it))
            }
            other => other,
        })
        .collect();
    shop.play(&others);
    let last: Vec<Event> = (many..many + DELIVERIES)
        .map(|number| placed(number, [(hot.clone(), 1)]))
        .collect();
    shop.play(&last);
    shop
}

/// A delivery of one unit, past all who cannot take it.
pub fn over(extent: Extent) {
    let hot = sku(0);
    println!("\nA delivery of one unit to the first who may take it\n");
    println!("| behind {} orders | µs a delivery |", extent.train);
    println!("|:--|--:|");
    let row = |name: &str, order: &dyn Fn(&mut OrderPlaced)| {
        let [each] = medians(extent, || {
            [deliveries(&mut crowd(&hot, extent.train, order), &hot)]
        });
        println!("| {name} | {each:.1} |");
    };
    row("that take two units or none", &|it| {
        it.lines[0].complete_only = true;
    });
    row(
        "that take all or nothing, and wait for another item",
        &|it| {
            it.lines[0].quantity = 1;
            let mut other = it.lines[0].clone();
            (other.line, other.sku) = (2, sku(1));
            it.lines.push(other);
            it.ship_complete = true;
        },
    );
    row("that are collected where nothing is", &|it| {
        it.pick_up_at = Some("SHOP".into());
    });
}

/// Inbounds that cover all who wait, each as many.
const INBOUNDS: u64 = 20;

/// So many orders of three tiers, gold among the others, all covered by one inbound or the next;
/// as much is kept for gold as a fifth of an inbound.
fn promised(hot: &Sku, many: u64, is_kept: bool) -> Shop {
    let mut shop = Shop::default();
    let units = u32::try_from(many / INBOUNDS).expect("a quantity");
    let Event::Inventory(InventoryEvent::ItemDefined(mut it)) = item(hot) else {
        unreachable!("an item")
    };
    let gold = TierLevel {
        tier: "gold".into(),
        units: units / 5,
    };
    it.protection = is_kept.then(|| Protection {
        tiers: vec![gold],
        ..Protection::default()
    });
    shop.play(&[Event::Inventory(InventoryEvent::ItemDefined(it))]);
    // A little more, so that who comes next is covered too.
    let coming = (0..=INBOUNDS as i64)
        .map(|day| purchased(&format!("PO-{day}"), hot, units, NOW.plus_days(10 * day)));
    shop.play(&coming.collect::<Vec<Event>>());
    shop.play(&(0..many).map(|at| aged(hot, at)).collect::<Vec<Event>>());
    shop
}

fn aged(hot: &Sku, number: u64) -> Event {
    match placed(number, [(hot.clone(), 1)]) {
        Event::Orders(OrdersEvent::OrderPlaced(it)) => Event::from(OrderPlaced {
            placed_at: Some(NOW.plus_days(-((number * 7_919 % 30) as i64))),
            ..it
        }),
        other => other,
    }
}

/// Orders that come behind all others and must be told a date.
pub fn newcomers(extent: Extent) {
    let hot = sku(0);
    println!(
        "\nA newcomer behind {} who were told a date\n",
        extent.train
    );
    println!("| | µs a newcomer |");
    println!("|:--|--:|");
    for (is_kept, what) in [
        (false, "nothing is kept"),
        (true, "some of what comes is kept for one of three tiers"),
    ] {
        let [each] = medians(extent, || {
            let mut shop = promised(&hot, extent.train, is_kept);
            let facts =
                (extent.train..extent.train + DELIVERIES).map(|at| placed(at, [(hot.clone(), 1)]));
            let facts: Vec<Event> = facts.collect();
            let (took, ()) = timed(|| {
                for fact in &facts {
                    shop.fold([fact]);
                    shop.settle();
                }
            });
            [took.as_secs_f64() * 1e6 / DELIVERIES as f64]
        });
        println!("| {what} | {each:.1} |");
    }
}
