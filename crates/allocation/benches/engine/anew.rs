//! All open lines at once: ranked anew by another rule, and looked at by a run that gives stock
//! already reserved to others.

use std::hint::black_box;
use std::time::Duration;

use backorder_allocation::rebalance::Preview;
use backorder_allocation::{Allocator, CommitRebalance};
use domain::command::{Outcome, RoomState};
use domain::event::*;
use domain::ids::Sku;

use crate::shop::{COMMIT, Dice, NOW, Shop, item, placed, received, sku};
use crate::{Extent, medians, ms, timed};

/// SKUs that a run is about.
const CONCERNED: u64 = 50;
/// The most promises that a run may move.
const BUDGET: u32 = 20;

/// Orders of one to three lines, of which one in so many SKUs' first hundred units are in stock.
fn open(extent: Extent) -> Shop {
    let skus = extent.skus as u64;
    let mut shop = Shop::default();
    let numbers = || 0..skus;
    let items: Vec<_> = numbers().map(|n| item(&sku(n))).collect();
    shop.play(&items);
    // Half of what will be ordered.
    let units = u32::try_from(extent.lines / skus / 2).expect("a quantity");
    let stock: Vec<_> = numbers().map(|n| received(n, sku(n), units)).collect();
    shop.play(&stock);
    let mut dice = Dice::new(7);
    let mut events = Vec::new();
    for number in 0..extent.lines / 2 {
        let first = dice.below(skus);
        let lines = (0..1 + number % 3).map(|line| (sku((first + line) % skus), 1));
        events.push(placed(number, lines));
        if events.len() == COMMIT * 100 {
            shop.play(&std::mem::take(&mut events));
        }
    }
    shop.play(&events);
    shop
}

/// Another rule, which moves three lines of ten.
fn tiers(version: u32) -> Event {
    Event::from(RankingRuleSet {
        definition: format!("rule-{version}").as_str().into(),
        version,
        explanation: "Gold counts as ordered earlier.".into(),
        tier_days: [("gold".into(), 10 + version), ("silver".into(), version)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 60,
        unchanged: false,
    })
}

/// Folds another rule, then settles what follows from it.
fn set(shop: &mut Shop, version: &mut u32) -> [f64; 3] {
    *version += 1;
    let rule = tiers(*version);
    let (fold, ()) = timed(|| shop.fold([&rule]));
    let (settle, effects) = timed(|| shop.settle());
    [ms(fold), ms(settle), effects as f64]
}

/// Ranks all open lines anew.
pub fn rule(extent: Extent) {
    println!("\nAnother ranking rule\n");
    println!("| | folded in ms | what follows, decided and folded in ms | effects |");
    println!("|:--|--:|--:|--:|");
    let hot = sku(0);
    let shops = [
        ("10,000 SKUs, half of the lines hold stock", open(extent)),
        ("one SKU, all wait", Shop::waiting(&hot, extent.lines)),
    ];
    for (name, mut shop) in shops {
        let mut version = 1;
        let [fold, settle, effects] = medians(extent, || set(&mut shop, &mut version));
        let lines = extent.lines;
        println!("| {lines} lines, {name} | {fold:.0} | {settle:.1} | {effects:.0} |");
    }
}

/// Gold lines are to be covered, by what the others hold.
fn segments() -> Vec<RunSegment> {
    let skus: Vec<Sku> = (0..CONCERNED).map(sku).collect();
    let segment = |tiers: Vec<_>, strategy| RunSegment {
        filter: RunFilter {
            skus: skus.clone(),
            tiers,
            ..RunFilter::default()
        },
        sort: vec![RunSort::Rank],
        strategy,
    };
    vec![
        segment(vec!["gold".into()], RunStrategy::Win),
        segment(Vec::new(), RunStrategy::Fill),
    ]
}

fn preview(state: &Allocator, budget: Option<u32>) -> (Duration, Preview) {
    let shown = || state.clone().preview_rebalance(&segments(), budget, NOW);
    let (took, shown) = timed(shown);
    (took, shown.expect("a preview"))
}

/// A run over some SKUs among all.
pub fn rebalance(extent: Extent) {
    let mut shop = open(extent);
    let few = Extent {
        runs: extent.runs.min(3),
        ..extent
    };
    let room = RoomState {
        room: shop.allocator.clone(),
        ..RoomState::default()
    };
    let [copy, free, held, decide] = medians(few, || {
        let (copy, copied) = timed(|| shop.allocator.clone());
        drop(black_box(copied));
        let (free, shown) = preview(&shop.allocator, None);
        let (held, _) = preview(&shop.allocator, Some(BUDGET));
        let (decide, _) = timed(|| decided(&room, &shown));
        [ms(copy), ms(free), ms(held), ms(decide)]
    });
    let (_, shown) = preview(&shop.allocator, None);
    let run = decided(&room, &shown);
    let (fold, ()) = timed(|| shop.fold([&run]));
    let (settle, effects) = timed(|| shop.settle());
    println!(
        "\nA run over {CONCERNED} SKUs of {}, {} of {} lines: {} changes, {} promises moved\n",
        extent.skus, shown.looked_at, extent.lines, shown.changes, shown.promises_moved,
    );
    println!(
        "| copying the state ms | preview ms | preview with a budget of {BUDGET} ms | decided ms \
         | folded ms | settled after it ms | effects of that |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    println!(
        "| {copy:.0} | {free:.0} | {held:.0} | {decide:.1} | {:.1} | {:.1} | {effects} |",
        ms(fold),
        ms(settle),
    );
}

/// The commit of what was previewed.
fn decided(room: &RoomState<Allocator>, shown: &Preview) -> Event {
    let asked = CommitRebalance {
        run: "run".into(),
        segments: segments(),
        nervousness_budget: None,
        preview: shown.token.clone(),
    };
    let decided = room.decide(&asked, NOW).expect("a run");
    let Outcome::Record(event) = decided else {
        panic!("nothing to do");
    };
    event
}
