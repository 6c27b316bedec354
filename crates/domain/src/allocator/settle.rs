//! What the allocator decides: repair, assign, door, promise, over everything that was touched.
//!
//! A plan over the folded state, which it never changes. Lines are swept best rank first across
//! all touched SKUs at once, so that an order which takes all or nothing meets each SKU when
//! everybody ahead of it has been served. When a bound is reached the plan ends there: what was
//! decided until then is right in itself, and the rest is decided on the state that it leads to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Allocator;
use super::line::{Line, Order};
use super::promise;
use super::rank::Rank;
use super::shelf::Shelf;
use super::sink::Sink;
use super::view::View;
use crate::event::{Assigned, Effect, Promised, Settled};
use crate::ids::{LocationId, Position, Sku, Timestamp};

pub(super) mod door;
mod repair;

/// The most bytes of JSON in the effects of one `settled`, so that it fits in a commit.
pub const MAX_SETTLED_BYTES: usize = 400 * 1024;

/// Decides on all that is due. Nothing if no line is affected.
pub(super) fn settle(state: &Allocator, now: Timestamp) -> Option<Settled> {
    let mut pass = Pass::new(state, now);
    for (sku, touch) in &state.touched {
        let Some(shelf) = state.shelves.get(sku) else {
            continue;
        };
        // In a train of events, most of what was touched has been decided by an earlier one.
        if touch.from.is_some() || shelf.could_be_due() {
            pass.views.insert(sku, View::new(shelf, touch.from, now));
            pass.touched.push((sku, shelf));
        }
    }
    let at_rest =
        pass.repair() && pass.sweep() && pass.door() && pass.repeg() && pass.tell_lapsed();
    let effects = pass.sink.effects;
    (!effects.is_empty()).then_some(Settled {
        rule: state.rule.version,
        effects,
        at_rest,
    })
}

/// A plan in the making. Each step returns false when the bound is reached.
struct Pass<'a> {
    state: &'a Allocator,
    now: Timestamp,
    /// Touched SKUs of which something could be due, in their order.
    touched: Vec<(&'a Sku, &'a Shelf)>,
    views: BTreeMap<&'a Sku, View<'a>>,
    /// Units by which a line wants more (released) or less (assigned) than it does in the state.
    wants: BTreeMap<Rank, i64>,
    /// All-or-nothing orders that cannot be covered; free stock only shrinks while sweeping.
    blocked: BTreeSet<Position>,
    /// What lines at the door took that are not wholly served by it.
    taken: BTreeMap<Rank, Vec<Effect>>,
    sink: Sink,
}

impl<'a> Pass<'a> {
    fn new(state: &'a Allocator, now: Timestamp) -> Self {
        Self {
            state,
            now,
            touched: Vec::new(),
            views: BTreeMap::new(),
            wants: BTreeMap::new(),
            blocked: BTreeSet::new(),
            taken: BTreeMap::new(),
            sink: Sink::default(),
        }
    }

    /// Looks at an SKU that was not touched.
    fn open(&mut self, sku: &'a Sku) {
        if !self.views.contains_key(sku)
            && let Some(shelf) = self.state.shelves.get(sku)
        {
            self.views.insert(sku, View::new(shelf, None, self.now));
        }
    }

    fn line(&self, rank: Rank) -> Option<(&'a Order, &'a Line)> {
        let order = self.state.orders.get(&rank.position)?;
        order.line(rank.line).map(|line| (order, line))
    }

    /// Units that a line still wants after what was decided so far.
    fn wanted(&self, rank: Rank, line: &Line) -> u32 {
        let more = self.wants.get(&rank).copied().unwrap_or_default();
        let wanted = i64::from(line.unfilled()).saturating_add(more);
        u32::try_from(wanted).unwrap_or_default()
    }

    fn want(&mut self, rank: Rank, more: i64) {
        let wants = self.wants.entry(rank).or_default();
        *wants = wants.saturating_add(more);
    }

    fn give(&mut self, sku: &'a Sku, place: &'a LocationId, units: i64) {
        if let Some(view) = self.views.get_mut(sku) {
            view.give(place, units);
        }
    }

    /// Gives free stock to whoever ranks best, waiting and newly come alike.
    fn sweep(&mut self) -> bool {
        let mut heads: BinaryHeap<Reverse<(Rank, &'a Sku)>> = BinaryHeap::new();
        for (sku, view) in self.views.iter().filter(|(_, view)| view.free_units > 0) {
            heads.extend(view.next_after(None).map(|rank| Reverse((rank, *sku))));
        }
        while let Some(Reverse((rank, sku))) = heads.pop() {
            let free = self.views.get(sku).map_or(0, |view| view.free_units);
            if free == 0 {
                continue;
            }
            if !self.serve(rank, sku, free) {
                return false;
            }
            let view = self.views.get(sku).filter(|view| view.free_units > 0);
            let next = view.and_then(|view| view.next_after(Some(rank)));
            heads.extend(next.map(|rank| Reverse((rank, sku))));
        }
        true
    }

    fn serve(&mut self, rank: Rank, sku: &'a Sku, free: u64) -> bool {
        let Some((order, line)) = self.line(rank) else {
            return true;
        };
        let wanted = self.wanted(rank, line);
        if wanted == 0 {
            return true;
        }
        if order.ship_complete {
            return self.serve_whole(rank.position, order);
        }
        let units = u32::try_from(free).unwrap_or(u32::MAX).min(wanted);
        if line.complete_only && units < wanted {
            return true;
        }
        let group = self.take(rank, sku, units);
        if line.tally.undecided() > 0 && units < wanted {
            self.taken.insert(rank, group);
            return true;
        }
        self.sink.push(group)
    }

    /// All lines of an order or none, together in one event.
    fn serve_whole(&mut self, position: Position, order: &'a Order) -> bool {
        if self.blocked.contains(&position) {
            return true;
        }
        let ranked = |line: &'a Line| (order.rank(position, line.line), line);
        let mut open: Vec<(Rank, &'a Line, u32)> = Vec::new();
        let mut needs: BTreeMap<&'a Sku, u64> = BTreeMap::new();
        for (rank, line) in order.lines.iter().map(ranked) {
            let wanted = self.wanted(rank, line);
            if wanted > 0 {
                open.push((rank, line, wanted));
                let need = needs.entry(&line.sku).or_default();
                *need = need.saturating_add(u64::from(wanted));
            }
        }
        for (sku, need) in needs {
            self.open(sku);
            if self
                .views
                .get(sku)
                .is_none_or(|view| view.free_units < need)
            {
                self.blocked.insert(position);
                return true;
            }
        }
        let mut group = Vec::new();
        for (rank, line, wanted) in open {
            group.extend(self.take(rank, &line.sku, wanted));
        }
        self.sink.push(group)
    }

    /// Reserves units that are free: where the region fits first, then where most is free.
    fn take(&mut self, rank: Rank, sku: &'a Sku, units: u32) -> Vec<Effect> {
        let mut group = Vec::new();
        let Some((order, line)) = self.line(rank) else {
            return group;
        };
        let regions = &self.state.regions;
        let near = |place: &LocationId| {
            let region = regions.get(place).and_then(Option::as_deref);
            order.region.is_some() && region == order.region.as_deref()
        };
        let Some(view) = self.views.get_mut(sku) else {
            return group;
        };
        let mut places: Vec<(bool, Reverse<i64>, &'a LocationId)> = view
            .free
            .iter()
            .filter(|(_, free)| **free > 0)
            .map(|(place, free)| (!near(place), Reverse(*free), *place))
            .collect();
        places.sort();
        let mut left = units;
        for (_, Reverse(free), place) in places {
            let quantity = u32::try_from(free).unwrap_or(u32::MAX).min(left);
            if quantity == 0 {
                break;
            }
            left = left.saturating_sub(quantity);
            view.give(place, i64::from(quantity).saturating_neg());
            group.push(Effect::Assigned(Assigned {
                order: order.id.clone(),
                line: line.line,
                sku: sku.clone(),
                location: place.clone(),
                quantity,
                effective: rank.effective,
            }));
        }
        let taken = units.saturating_sub(left);
        if line.tally.decided {
            view.waits_no_more(rank, taken);
        }
        self.want(rank, i64::from(taken).saturating_neg());
        group
    }

    /// Lines behind whatever changed, whose date may have moved.
    fn repeg(&mut self) -> bool {
        let mut moved: Vec<Effect> = Vec::new();
        for view in self.views.values().filter(|view| view.from.is_some()) {
            for (rank, units) in view
                .repegged()
                .filter(|(rank, _)| !view.told.contains(rank))
            {
                moved.extend(self.promised_anew(view, rank, units));
                if moved.len() > crate::event::MAX_EFFECTS {
                    break;
                }
            }
        }
        moved.into_iter().all(|effect| self.sink.push(vec![effect]))
    }

    /// Lines whose told date is past.
    fn tell_lapsed(&mut self) -> bool {
        let now = self.now;
        let lapsed = self
            .state
            .lapses
            .iter()
            .take_while(|(at, _)| promise::lapses_at(*at) <= now);
        for (_, rank) in lapsed {
            let Some((_, line)) = self.line(*rank) else {
                continue;
            };
            self.open(&line.sku);
            let Some(view) = self.views.get(&line.sku) else {
                continue;
            };
            let waiting = view.waiting_of(*rank);
            if waiting == 0 || view.told.contains(rank) {
                continue;
            }
            let units = view.ahead(*rank).saturating_add(u64::from(waiting));
            let effect = self.promised_anew(view, *rank, units);
            if let Some(effect) = effect
                && !self.sink.push(vec![effect])
            {
                return false;
            }
        }
        true
    }

    fn promised_anew(&self, view: &View<'a>, rank: Rank, units: u64) -> Option<Effect> {
        let (order, line) = self.line(rank)?;
        let quote = view.quote(units, self.now);
        promise::must_tell(line.told.as_ref(), &quote, self.now).then(|| {
            Effect::Promised(Promised {
                order: order.id.clone(),
                line: line.line,
                sku: line.sku.clone(),
                promise: quote.promise,
                was: line.told.clone(),
            })
        })
    }
}
