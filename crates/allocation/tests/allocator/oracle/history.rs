//! A random history as the engine and the naive rules hear it, side by side.

use std::collections::BTreeMap;

use backorder_allocation::AssignStock;
use domain::command::Outcome;
use domain::event::*;
use domain::ids::Timestamp;
use proptest::prelude::*;

use super::naive::{Line, Naive};
use crate::amend::amended;
use crate::baskets::{accepted, substitutable};
use crate::fixture::*;

pub const SKUS: [&str; 5] = ["BOLT", "NUT", "PIN", "CAM", "LENS"];
const PLACES: [&str; 3] = ["main", "north", "east"];
pub const HOUR_MS: i64 = 3_600_000;
pub const CAP: u32 = 30;

/// What happens next; what it comes to depends on what is there.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub kind: u8,
    pub which: u8,
    pub also: u8,
    pub more: u8,
    pub units: u32,
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..54, any::<u8>(), any::<u8>(), any::<u8>(), 1_u32..10);
    let step = step.prop_map(|(kind, which, also, more, units)| Step {
        kind,
        which,
        also,
        more,
        units,
    });
    prop::collection::vec(step, 0..120)
}

pub fn pick<'a>(from: &[&'a str], which: u8) -> &'a str {
    from[usize::from(which) % from.len()]
}

/// Both, side by side.
pub struct History {
    pub naive: Naive,
    pub cell: Cell,
    orders: u32,
    pub holds: u32,
    pub purchases: Vec<(String, &'static str)>,
    /// Decided, as of when, and not recorded yet.
    pub late: Option<(u64, Vec<Event>)>,
    /// Units of each SKU that were let wait because their order stood still, beside the cap.
    pub beside_the_cap: BTreeMap<String, u32>,
    /// What has happened, to be read when the two come apart.
    pub facts: Vec<String>,
    /// The same as events: as of when each was decided, and when.
    pub log: Vec<(u64, Timestamp, Event)>,
}

impl History {
    pub fn new() -> Self {
        let mut history = Self {
            naive: Naive::default(),
            cell: Cell::new(),
            orders: 0,
            holds: 0,
            purchases: Vec::new(),
            late: None,
            beside_the_cap: BTreeMap::new(),
            facts: Vec::new(),
            log: Vec::new(),
        };
        history.fold(kept(capped("BOLT", CAP, 60), 1));
        history.fold(later(capped("NUT", CAP, 8), 3));
        history.fold(item_as("PIN", Segment::StockOnly, None));
        let cam = Segment::Backorderable {
            cap: CAP,
            longest_wait_days: 90,
        };
        history.fold(kept(item_as("CAM", cam, None), 0));
        history.fold(substitutable("LENS", &["BOLT", "NUT"]));
        history.fold(place("main", "south", 2));
        history.fold(place("north", "north", 2));
        history.fold(place("east", "north", 3));
        history
    }

    pub fn fold(&mut self, event: Event) {
        self.fold_as_of(self.cell.revision, event);
    }

    pub fn fold_as_of(&mut self, as_of: u64, event: Event) {
        self.facts.push(format!("{:?} {event:?}", self.cell.now));
        self.log.push((as_of, self.cell.now, event.clone()));
        self.naive.fold(&event, self.cell.now);
        self.cell.fold_as_of(as_of, &event);
    }

    fn place(&mut self, step: Step) {
        let count = 1 + usize::from(step.also % 3);
        // Here and there one SKU stands on two lines.
        let apart = if step.more.is_multiple_of(7) { 0 } else { 1 };
        let sku = |index: usize| pick(&SKUS, step.which.wrapping_add(index as u8 * apart));
        let lines: Vec<(&str, u32)> = (0..count).map(|index| (sku(index), step.units)).collect();
        let mut order = order(&format!("o{}", self.orders), &lines);
        order.customer.tier = pick(&["standard", "silver", "gold"], step.also / 3).into();
        order.ship_complete = step.also.is_multiple_of(5);
        order.rest_may_go = step.also.is_multiple_of(15);
        order.lines[0].complete_only = step.which.is_multiple_of(4);
        order.ship_to.region =
            [None, Some("north"), Some("south")][usize::from(step.which % 3)].map(str::to_owned);
        order.channel = pick(&["web", "shop"], step.which / 4).to_owned();
        if step.also % 11 == 1 {
            order.pick_up_at = Some(pick(&PLACES, step.which).into());
        }
        order.no_split = step.more % 4 == 1;
        let placed_at = self.cell.now.plus_days(-i64::from(step.also % 10));
        order.placed_at = Some(placed_at);
        order.urgency = (1..=5)
            .contains(&(step.which % 8))
            .then_some(step.which % 8);
        let later = |days: u8| (days < 8).then(|| placed_at.plus_days(i64::from(days)));
        order.requested_at = later(step.which % 16);
        order.ship_by = later(step.also % 14);
        let mut loose = self.naive.holds.iter().filter(|it| it.order.is_none());
        if let Some(hold) = loose.next_back().filter(|_| step.more % 3 == 2) {
            order.hold = Some(hold.id.as_str().into());
            if step.more.is_multiple_of(2) {
                order.lines[0].sku = hold.sku.as_str().into();
            }
        }
        self.orders += 1;
        self.fold(order.into());
    }

    /// Some line, if there is one.
    fn some_line(&self, step: Step) -> Option<Line> {
        let index = usize::from(step.which) % self.naive.lines.len().max(1);
        self.naive.lines.get(index).cloned()
    }

    pub fn step(&mut self, step: Step) {
        let (sku, place) = (pick(&SKUS, step.which), pick(&PLACES, step.also));
        match step.kind {
            0..=9 => self.place(step),
            10..=12 => {
                if let Some(line) = self.some_line(step) {
                    let some = [(line.number, step.units)];
                    let all = step.more.is_multiple_of(5);
                    self.fold(cancelled(&line.order, if all { &[] } else { &some }));
                }
            }
            13..=16 => self.fold(received_at(place, sku, step.units * 2)),
            17 | 18 => {
                let key = (self.naive.now(sku).to_owned(), place.to_owned());
                let there = self.naive.on_hand.get(&key).copied().unwrap_or_default();
                let down = i64::from(step.units).min(there);
                if down > 0 {
                    self.fold(moved(adjusted(sku, -down), place));
                }
            }
            19..=21 => {
                let id = format!("p{}", self.purchases.len());
                let at = self.cell.now.plus_days(i64::from(step.also % 40));
                self.purchases.push((id.clone(), sku));
                self.fold(purchased(&id, sku, step.units, at));
            }
            22..=26 => self.supplier(step),
            27 | 28 => self.protection_level(step),
            29 => {
                let hours = if step.more.is_multiple_of(2) { 1 } else { 24 };
                let passed = i64::from(step.also % 12) * hours * HOUR_MS;
                self.cell.now = self.cell.now.plus_ms(passed);
                // Dates that drift with the clock are looked at when something else moves.
                for sku in SKUS {
                    self.fold(delayed("nobody", sku, self.cell.now));
                }
            }
            30 => self.place_anew(step),
            31 => self.item_anew(step),
            32 | 33 => self.accept(step),
            // The room decides nothing before what it has decided stands on the log.
            34..=40 | 42 | 43 if self.late.is_some() => {}
            34 => self.rule(step),
            35 | 36 => self.hold(step),
            37 => self.give_up(step),
            38 => self.run(step),
            39 | 40 => self.decide(),
            41 => self.suspend(step),
            42 => self.prioritise(step),
            43 => self.give(step),
            47 | 48 => self.depart(step),
            49 | 50 => self.arrive(step),
            51 | 52 => self.amend(step),
            53 => self.rename(step),
            _ => self.settle(),
        }
    }

    /// Another part of an item is kept, it is divided in other ways, or takes longer to buy.
    fn item_anew(&mut self, step: Step) {
        let item = self.naive.items[self.naive.now(pick(&SKUS, step.which))].clone();
        let safety_stock = step.units % 3;
        let fair_share = step.more.is_multiple_of(2);
        let Event::Inventory(InventoryEvent::ItemDefined(kept)) =
            kept(item.clone().into(), safety_stock)
        else {
            unreachable!("an item")
        };
        let only_safety = Protection {
            safety_stock,
            ..Protection::default()
        };
        let protection = match step.also % 3 {
            0 => None,
            1 => Some(only_safety),
            _ => kept.protection,
        };
        let days = u32::from(step.also % 12);
        let segment = item.segment.clone();
        let Event::Inventory(InventoryEvent::ItemDefined(bought)) =
            item_as(item.sku.as_str(), segment, (days > 3).then_some(days))
        else {
            unreachable!("an item")
        };
        self.fold(
            ItemDefined {
                fair_share,
                protection,
                reserve_days_before: (step.which % 4 < 2).then(|| u32::from(step.also % 4)),
                releases_at: (step.more % 8 == 7)
                    .then(|| self.cell.now.plus_days(i64::from(step.which % 6))),
                ..bought
            }
            .into(),
        );
    }

    /// A customer takes something else for some of what waits.
    fn accept(&mut self, step: Step) {
        let offered = self.naive.lines.iter().filter(|it| it.offer.is_some());
        let offered: Vec<&Line> = offered.collect();
        let Some(line) = offered.get(usize::from(step.which) % offered.len().max(1)) else {
            return;
        };
        let units = line.tally.backordered().min(step.units);
        let mine = self.naive.lines.iter().filter(|it| it.order == line.order);
        let last = mine.map(|it| it.number).max().unwrap_or_default();
        let sku = pick(&["BOLT", "NUT"], step.also);
        let accepted = accepted(&line.order, line.number, sku, units, last + 1);
        self.fold(accepted);
    }

    /// An order is not to go on for now; one that is not goes on.
    fn suspend(&mut self, step: Step) {
        let Some(line) = self.some_line(step) else {
            return;
        };
        let id = format!("s{}", self.facts.len());
        let order = line.order.as_str().into();
        self.fold(match line.suspended {
            Some(_) => Event::from(OrderResumed {
                resumption: id.as_str().into(),
                order,
            }),
            None => Event::from(OrderSuspended {
                suspension: id.as_str().into(),
                order,
                reason: "payment".to_owned(),
                frees: step.more.is_multiple_of(2),
            }),
        });
    }

    /// A clerk says where a line ranks, or all lines of an order.
    fn prioritise(&mut self, step: Step) {
        let Some(line) = self.some_line(step) else {
            return;
        };
        let all = line.ship_complete || step.also.is_multiple_of(3);
        self.fold(Event::from(Prioritised {
            priority: format!("pr{}", self.facts.len()).as_str().into(),
            order: line.order.as_str().into(),
            line: if all { 0 } else { line.number },
            days: i32::from(step.more % 21) - 10,
            was: 0,
            reason: "said so".to_owned(),
            by: "ann".to_owned(),
        }));
    }

    /// What an order says is put right.
    fn amend(&mut self, step: Step) {
        let Some(line) = self.some_line(step) else {
            return;
        };
        let (placed, placed_at) = self.naive.placed[&line.order].clone();
        let day = (step.more % 16 < 8).then(|| placed_at.plus_days((step.more % 8).into()));
        let rest = placed.ship_complete && step.more.is_multiple_of(2);
        let fields = [
            OrderField::Tier(pick(&["standard", "silver", "gold"], step.more).into()),
            OrderField::Region(
                [None, Some("north"), Some("south")][usize::from(step.more % 3)].map(str::to_owned),
            ),
            OrderField::RequestedAt(day),
            OrderField::ShipBy(day),
            OrderField::Urgency((1..=5).contains(&(step.more % 8)).then_some(step.more % 8)),
            OrderField::RestMayGo(rest),
            OrderField::UnitPrice {
                line: line.number,
                minor: i64::from(step.units) * 100,
            },
            OrderField::Email(None),
        ];
        let first = usize::from(step.also) % fields.len();
        let second = (first + 1 + step.units as usize % (fields.len() - 1)) % fields.len();
        let several = if step.which.is_multiple_of(2) { 2 } else { 1 };
        let fields = [first, second].map(|index| fields[index].clone());
        self.fold(amended(&placed, &fields[..several]));
    }

    /// A clerk gives a line free stock, or that of another order, if that may be.
    fn give(&mut self, step: Step) {
        let Some(line) = self.some_line(step) else {
            return;
        };
        let others = self.naive.lines.iter().filter(|it| it.sku == line.sku);
        let other = others.max_by_key(|it| it.tally.reserved);
        let from = other.map(|it| it.order.as_str().into());
        let asked = AssignStock {
            assignment: format!("as{}", self.facts.len()).as_str().into(),
            order: line.order.as_str().into(),
            line: line.number,
            quantity: line.tally.backordered().min(step.units),
            from: from.filter(|_| step.more.is_multiple_of(2)),
            reason: "said so".to_owned(),
            by: "ann".to_owned(),
        };
        if let Ok(Outcome::Record(event)) = self.cell.allocator.decide(&asked, self.cell.now) {
            self.fold(event);
        }
    }

    /// Stock is carried to another place, or travels there: free units, and those of some lines
    /// that may be served from anywhere.
    fn depart(&mut self, step: Step) {
        let (sku, from) = (pick(&SKUS, step.which), pick(&PLACES, step.also));
        let to = pick(&PLACES, step.also.wrapping_add(1));
        let key = (self.naive.now(sku).to_owned(), from.to_owned());
        let there = self.naive.on_hand.get(&key).copied().unwrap_or_default();
        let units = step.units.min(u32::try_from(there).unwrap_or_default());
        if units == 0 {
            return;
        }
        let free = self.naive.free().get(&key).copied().unwrap_or_default();
        let theirs = units.saturating_sub(u32::try_from(free).unwrap_or_default());
        let owners = self.owners(sku, from, theirs);
        let travels = !step.more.is_multiple_of(4);
        let id = format!("m{}", self.facts.len());
        let days = i64::from(step.more % 30) - 2;
        self.fold(
            Moved {
                id: id.as_str().into(),
                from: from.into(),
                to: to.into(),
                lines: vec![SkuQuantity {
                    sku: sku.into(),
                    quantity: units,
                }],
                arrives: travels.then(|| self.cell.now.plus_days(days)),
                via: travels.then(|| format!("move:{id}").as_str().into()),
                owners,
            }
            .into(),
        );
    }

    /// Some of what travels is there, or never will be.
    fn arrive(&mut self, step: Step) {
        let on_hand = self.naive.on_hand.iter();
        let travels: Vec<(String, String, i64)> = on_hand
            .filter(|((_, at), units)| self.naive.roads.contains_key(at) && **units > 0)
            .map(|((sku, at), units)| (sku.clone(), at.clone(), *units))
            .collect();
        let Some((sku, via, units)) = travels.get(usize::from(step.which) % travels.len().max(1))
        else {
            return;
        };
        let all = u32::try_from(*units).unwrap();
        let quantity = if step.also.is_multiple_of(3) {
            all.min(step.units)
        } else {
            all
        };
        let lost = if step.more.is_multiple_of(3) {
            all - quantity
        } else {
            0
        };
        let come = if step.more.is_multiple_of(9) {
            0
        } else {
            quantity
        };
        if come + lost == 0 {
            return;
        }
        let owners = self.owners(sku, via, come);
        self.fold(
            MoveArrived {
                receipt: format!("ma{}", self.facts.len()).as_str().into(),
                id: via.as_str().into(),
                via: via.as_str().into(),
                location: pick(&PLACES, step.also).into(),
                lines: vec![ArrivedLine {
                    sku: sku.as_str().into(),
                    quantity: come,
                    lost,
                }],
                owners,
                rest_lost: lost > 0,
            }
            .into(),
        );
    }

    /// Whose units these are at most, of lines that may be served from anywhere.
    fn owners(&self, sku: &str, place: &str, units: u32) -> Vec<StockLine> {
        let mut left = units;
        let mut owners = Vec::new();
        let now = self.naive.now(sku);
        let anywhere = |line: &&Line| line.sku == now && line.pick_up_at.is_none();
        let mut lines: Vec<&Line> = self.naive.lines.iter().filter(anywhere).collect();
        lines.sort_by_key(|line| line.rank);
        for line in lines.into_iter().filter(|line| !line.no_split) {
            for (_, held, frozen) in line.held.iter().filter(|held| held.0 == place) {
                let quantity = left.min(held - frozen);
                left -= quantity;
                if quantity > 0 {
                    owners.push(StockLine {
                        order: line.order.as_str().into(),
                        line: line.number,
                        sku: sku.into(),
                        quantity,
                    });
                }
            }
        }
        owners
    }

    /// A place serves another region, or costs more or less.
    fn place_anew(&mut self, step: Step) {
        let region = pick(&["north", "south"], step.which);
        self.fold(place(pick(&PLACES, step.also), region, step.units % 4));
    }

    fn supplier(&mut self, step: Step) {
        let index = usize::from(step.which) % self.purchases.len().max(1);
        let Some((id, sku)) = self.purchases.get(index).cloned() else {
            return;
        };
        let at = self.cell.now.plus_days(i64::from(step.also % 50) - 5);
        match step.kind {
            22 | 23 => self.fold(delayed(&id, sku, at)),
            24 if step.more.is_multiple_of(2) => {
                let parts = [step.units, u32::from(step.also % 4)];
                let change = i64::from(step.which % 5) - 2;
                self.fold(scheduled(&id, sku, parts, at, change));
            }
            24 => self.fold(rejected(&id, sku, step.units)),
            25 => self.fold(dispatched(&id, sku, step.units, at)),
            _ => {
                let received = received_of(&id, sku, step.units);
                self.fold(moved(received, pick(&PLACES, step.more)));
            }
        }
    }

    /// A wave, or a shipment of what a line holds; an order of which nothing is open closes.
    fn protection_level(&mut self, step: Step) {
        let mut held = Vec::new();
        for line in &self.naive.lines {
            held.extend(line.held.iter().map(|held| (line.clone(), held.clone())));
        }
        if let Some((line, (place, held, _))) = held.get(usize::from(step.more) % held.len().max(1))
        {
            let units = (*held).min(step.units);
            let key = (line.sku.clone(), place.clone());
            let there = self.naive.on_hand.get(&key).copied().unwrap_or_default();
            if step.also.is_multiple_of(2) {
                let wave = wave(&line.order, line.number, &line.sku, units);
                self.fold(moved(wave, place));
            } else if let Some(units) = u32::try_from(there).ok().map(|there| there.min(units))
                && units > 0
            {
                let shipped = shipped(&line.order, line.number, &line.sku, units);
                self.fold(moved(shipped, place));
            }
        }
        let Some(line) = self.some_line(step) else {
            return;
        };
        let mut mine = self.naive.lines.iter().filter(|it| it.order == line.order);
        if mine.all(|line| line.tally.is_closed()) {
            self.fold(closed(&line.order));
        }
    }
}

/// An item of which some is kept: as safety stock, for the shop and for gold.
fn kept(item: Event, safety_stock: u32) -> Event {
    let Event::Inventory(InventoryEvent::ItemDefined(item)) = item else {
        unreachable!("an item")
    };
    let (channel, tier) = ("shop".to_owned(), "gold".into());
    let protection = Some(Protection {
        safety_stock,
        channels: vec![ChannelLevel { channel, units: 2 }],
        tiers: vec![TierLevel { tier, units: 3 }],
    });
    ItemDefined { protection, ..item }.into()
}

/// An item that is reserved so many days before it is wanted.
fn later(item: Event, days: u32) -> Event {
    let Event::Inventory(InventoryEvent::ItemDefined(item)) = item else {
        unreachable!("an item")
    };
    ItemDefined {
        reserve_days_before: Some(days),
        ..item
    }
    .into()
}

fn place(id: &str, region: &str, cost: u32) -> Event {
    let Event::Inventory(InventoryEvent::LocationDefined(place)) = location(id, region) else {
        unreachable!("a place")
    };
    let cost = Some(cost).filter(|cost| *cost > 0);
    LocationDefined { cost, ..place }.into()
}

/// The same, elsewhere.
fn moved(event: Event, place: &str) -> Event {
    let location = place.into();
    match event {
        Event::Inventory(InventoryEvent::Received(it)) => Received { location, ..it }.into(),
        Event::Inventory(InventoryEvent::Adjusted(it)) => Adjusted { location, ..it }.into(),
        Event::Inventory(InventoryEvent::WaveReleased(it)) => {
            WaveReleased { location, ..it }.into()
        }
        Event::Inventory(InventoryEvent::Shipped(it)) => Shipped { location, ..it }.into(),
        other => panic!("{other:?} is nowhere"),
    }
}
