//! Deliveries of one unit that very many stand in front of who cannot take it.

use std::time::Duration;

use backorder_domain::event::{Event, OrderPlaced};
use backorder_domain::ids::Sku;

use crate::shop::{Shop, item, placed, received, sku};
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
            Event::OrderPlaced(mut it) => {
                order(&mut it);
                Event::OrderPlaced(it)
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
