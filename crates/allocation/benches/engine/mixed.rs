//! What a shop does all day: over many SKUs, and all in one.

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use backorder_allocation::Asked;
use domain::ids::{Sku, Tier};

use crate::plain::Plain;
use crate::shop::{Act, COMMIT, NOW, Shop, Zipf, acts, item, placed, sku};
use crate::{Extent, medians, timed};

/// Acts in commits, each settled before the next; how many effects that had.
fn play(shop: &mut Shop, acts: &[Act]) -> usize {
    let standard = Tier::from("standard");
    let mut effects = 0;
    for some in acts.chunks(COMMIT) {
        shop.fold(some.iter().filter_map(|act| match act {
            Act::Record(event) => Some(&**event),
            _ => None,
        }));
        for act in some {
            match act {
                Act::Record(_) => {}
                Act::AskPromise(order) => {
                    let _ = black_box(shop.allocator.promise(order, 1));
                }
                Act::AskAvailability(sku) => {
                    let allocator = &shop.allocator;
                    let asked = Asked::of(sku, 2, &standard);
                    let _ = black_box(allocator.availability(&asked, NOW));
                }
                Act::AskQueue(sku) => {
                    let _ = black_box(shop.allocator.queue(sku, None, 10));
                }
            }
        }
        effects += shop.settle();
    }
    effects
}

fn head(title: &str) {
    println!("\n{title}\n");
    println!("| | acts/s | acts and effects/s | plain maps, acts/s | engine/plain |");
    println!("|:--|--:|--:|--:|--:|");
}

fn row(name: &str, [engine, effects, plain]: [f64; 3]) {
    // Left out: each act would have taken for ever.
    let beside = if plain < 1.0 {
        "- | -".to_owned()
    } else {
        format!("{plain:.0} | {:.2}", engine / plain)
    };
    println!("| {name} | {engine:.0} | {effects:.0} | {beside} |");
}

/// The mix over all SKUs, by Zipf's law.
pub fn spread(extent: Extent) {
    let zipf = Zipf::new(extent.skus);
    let acts = acts(extent.acts, 1, |dice| sku(zipf.draw(dice)));
    let items: Vec<_> = (0..extent.skus as u64).map(|n| item(&sku(n))).collect();
    head("Mixed: 70 % place 1-3 lines, 8 % cancel, 15 % receive, 7 % ask; Zipf 0.99");
    row(
        &format!("{} SKUs, {} acts", extent.skus, extent.acts),
        medians(extent, || {
            let mut shop = Shop::default();
            shop.play(&items);
            let (took, effects) = timed(|| play(&mut shop, &acts));
            let plainly = plainly(extent, &acts, 0..0);
            per_second(&acts, took, effects, plainly)
        }),
    );
}

/// The same done to plain maps, in which so many orders wait for the first SKU.
fn plainly(extent: Extent, acts: &[Act], waiting: Range<u64>) -> Duration {
    if extent.alone {
        return Duration::MAX;
    }
    let mut plain = Plain::default();
    for number in waiting {
        plain.record(&placed(number, [(sku(0), 1)]));
    }
    let (took, ()) = timed(|| acts.iter().for_each(|act| plain.act(act)));
    black_box(plain.seen);
    took
}

fn per_second(acts: &[Act], took: Duration, effects: usize, plainly: Duration) -> [f64; 3] {
    let acts = acts.len() as f64;
    [
        acts / took.as_secs_f64(),
        (acts + effects as f64) / took.as_secs_f64(),
        acts / plainly.as_secs_f64(),
    ]
}

/// The mix in one SKU, for which as many lines wait as the extent says.
pub fn hot(extent: Extent) {
    let hot: Sku = sku(0);
    let acts = acts(extent.acts, extent.lines, |_| hot.clone());
    head("The same in one SKU");
    let runs = Extent {
        runs: extent.runs.min(3),
        ..extent
    };
    row(
        &format!("{} lines wait, {} acts", extent.lines, extent.acts),
        medians(runs, || {
            let mut shop = Shop::waiting(&hot, extent.lines);
            let (took, effects) = timed(|| play(&mut shop, &acts));
            drop(shop);
            let plainly = plainly(extent, &acts, 0..extent.lines);
            per_second(&acts, took, effects, plainly)
        }),
    );
}
