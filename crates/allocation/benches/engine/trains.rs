//! One fact that concerns very many lines, and questions about one of many.

use std::hint::black_box;
use std::time::Duration;

use backorder_allocation::Word;
use domain::decider::Decider;
use domain::event::Event;
use domain::ids::{HOUR_MS, Sku};

use crate::shop::{NOW, Shop, delayed, effects_of, order_id, purchased, received, sku};
use crate::{Extent, medians, ms, timed};

/// What a train of decisions came to.
#[derive(Default)]
struct Train {
    decide: Duration,
    fold: Duration,
    /// The longest single decision.
    longest: Duration,
    events: usize,
    effects: usize,
}

impl Train {
    /// Folds the fact, then decides and folds until nothing is due.
    fn of(shop: &mut Shop, fact: &Event) -> Self {
        let mut train = Self::default();
        let (fold, ()) = timed(|| shop.fold([fact]));
        train.fold += fold;
        loop {
            let (took, due) = timed(|| shop.allocator.due(NOW).events);
            train.decide += took;
            train.longest = train.longest.max(took);
            if due.is_empty() {
                return train;
            }
            train.events += due.len();
            train.effects += due.iter().map(effects_of).sum::<usize>();
            let (fold, ()) = timed(|| shop.fold(&due));
            train.fold += fold;
        }
    }

    fn figures(&self) -> [f64; 5] {
        let (events, effects) = (self.events as f64, self.effects as f64);
        [
            ms(self.decide),
            ms(self.longest),
            ms(self.fold),
            events,
            effects,
        ]
    }
}

fn head(title: &str) {
    println!("\n{title}\n");
    println!("| | decided in ms | longest decision ms | folded in ms | events | effects |");
    println!("|:--|--:|--:|--:|--:|--:|");
}

fn row(name: &str, [decide, longest, fold, events, effects]: [f64; 5]) {
    println!("| {name} | {decide:.2} | {longest:.3} | {fold:.2} | {events:.0} | {effects:.0} |");
}

/// A receipt that fills all who wait.
pub fn receipt(extent: Extent) {
    let hot = sku(0);
    head("A receipt");
    row(
        &format!("fills {} lines", extent.train),
        medians(extent, || {
            let mut shop = Shop::waiting(&hot, extent.train);
            let units = u32::try_from(extent.train).expect("a quantity");
            Train::of(&mut shop, &received(1, hot.clone(), units)).figures()
        }),
    );
}

/// All wait for one inbound, whose date was told to the first hundredth before it moved by 18
/// hours, which is within the tolerance, and to the rest after that.
fn awaited(hot: &Sku, lines: u64) -> Shop {
    let eta = NOW.plus_days(10);
    let units = u32::try_from(lines).expect("a quantity");
    let mut shop = Shop::waiting(hot, 0);
    shop.play(&[purchased("PO", hot, units, eta)]);
    shop.wait(hot, 0..lines / 100);
    shop.play(&[delayed("PO", hot, eta.plus_ms(18 * HOUR_MS))]);
    shop.wait(hot, lines / 100..lines);
    shop
}

/// A delay of an inbound that covers all who wait, and questions to them.
pub fn delay(extent: Extent) {
    let hot = sku(0);
    let eta = NOW.plus_days(10);
    head("A delay of an inbound");
    for (hours, what) in [(20, "none"), (30, "a hundredth"), (100, "all")] {
        row(
            &format!(
                "covers {} lines, {what} of them beyond the tolerance",
                extent.train
            ),
            medians(extent, || {
                let mut shop = awaited(&hot, extent.train);
                Train::of(
                    &mut shop,
                    &delayed("PO", &hot, eta.plus_ms(hours * HOUR_MS)),
                )
                .figures()
            }),
        );
    }
    let shop = awaited(&hot, extent.train);
    weighed(extent, &shop);
    asked(extent, &shop, &hot);
}

/// What a delay would change, before it is recorded.
fn weighed(extent: Extent, shop: &Shop) {
    let (order, word) = ("PO".into(), Word::Later(5));
    let [took, lines] = medians(extent, || {
        let (took, impact) = timed(|| shop.allocator.impact(&order, None, word, NOW));
        let impact = impact.expect("it is on its way");
        [ms(took), impact.skus[0].moved.lines as f64]
    });
    println!("\nPreviewed: {lines:.0} dates would move, told in {took:.2} ms");
}

fn asked(extent: Extent, shop: &Shop, hot: &Sku) {
    let orders: Vec<_> = (0..extent.train)
        .map(|at| order_id(at * 7_919 % extent.train))
        .collect();
    let each = |span: Duration| span.as_secs_f64() * 1e9 / orders.len() as f64;
    let [promise, place, explain, page] = medians(extent, || {
        let (promise, ()) = timed(|| {
            for order in &orders {
                let _ = black_box(shop.allocator.promise(order, 1));
            }
        });
        let (place, ()) = timed(|| {
            for order in &orders {
                let _ = black_box(shop.allocator.queue_place(order, 1));
            }
        });
        let (explain, ()) = timed(|| {
            for order in &orders {
                let _ = black_box(shop.allocator.explain(order, 1, NOW));
            }
        });
        let (page, ()) = timed(|| {
            for _ in &orders {
                let _ = black_box(shop.allocator.queue(hot, None, 1));
            }
        });
        [promise, place, explain, page].map(each)
    });
    println!(
        "\nA question, of {} lines that wait for one SKU\n",
        extent.train
    );
    println!("| promise ns | place and units ahead ns | explanation ns | first of the queue ns |");
    println!("|--:|--:|--:|--:|");
    println!("| {promise:.0} | {place:.0} | {explain:.0} | {page:.0} |");
}
