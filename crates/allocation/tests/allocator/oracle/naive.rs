//! The rules once more, by sorting and scanning everything, every time. It is not told what has
//! changed, so it also finds what the engine has forgotten to look at.

use std::collections::BTreeMap;

use domain::demand::Tally;
use domain::event::*;
use domain::ids::{DAY_MS, Timestamp};

mod amend;
mod dates;
mod decide;
mod holds;
mod later;
mod places;
mod rank;
mod renaming;
mod serve;
mod shares;
mod supplier;
mod travel;

pub use decide::Asked;

pub type Name = String;
/// Effective time, the order's number on the log, line.
pub type Rank = (Timestamp, u64, u32);

#[derive(Debug, Clone)]
pub struct Line {
    pub order: Name,
    pub number: u32,
    pub sku: Name,
    pub tally: Tally,
    pub complete_only: bool,
    pub ship_complete: bool,
    pub rest_may_go: bool,
    /// It is refused with another line of its order.
    pub falls: bool,
    pub region: Option<String>,
    pub channel: Name,
    pub tier: Name,
    pub pick_up_at: Option<Name>,
    pub no_split: bool,
    pub requested_at: Option<Timestamp>,
    /// Its order is suspended, and gives back what it has or not.
    pub suspended: Option<bool>,
    /// Days by which it counts as placed earlier, by somebody's word.
    pub shift: i64,
    pub rank: Rank,
    /// Place, units, and of these frozen ones; in the order in which they were assigned.
    pub held: Vec<(Name, u32, u32)>,
    pub promised: Option<Promise>,
    /// The day that was told first since it waits; days since 1970.
    pub told: Option<i64>,
    /// It ranks by a told day that has come.
    pub due: bool,
    /// Something else is offered for what waits of it, until then.
    pub offer: Option<Timestamp>,
}

impl Line {
    pub fn unfilled(&self) -> u32 {
        self.tally.wanted() - self.tally.covered()
    }
}

/// What is on its way of one SKU of a purchase order.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub sku: Name,
    /// Nothing where nobody knows.
    pub expected_at: Option<Timestamp>,
    pub purchase_order: Name,
    pub open: u32,
    /// It has left the supplier.
    pub left: bool,
}

#[derive(Debug, Clone)]
pub struct Naive {
    pub rule: RankingRuleSet,
    /// Orders as they were placed, and when.
    pub placed: BTreeMap<Name, (OrderPlaced, Timestamp)>,
    pub lines: Vec<Line>,
    pub on_hand: BTreeMap<(Name, Name), i64>,
    pub inbounds: Vec<Inbound>,
    /// Places at which goods of moves travel, and when they are to arrive.
    pub roads: BTreeMap<Name, Timestamp>,
    pub items: BTreeMap<Name, ItemDefined>,
    /// In the order in which they were named.
    pub places: Vec<LocationDefined>,
    /// Where goods of an order left from first.
    pub left_from: BTreeMap<Name, Name>,
    /// The youngest last.
    pub holds: Vec<holds::Hold>,
    /// What is being divided over more than one event.
    pub sharing: BTreeMap<Name, shares::Division>,
    pub orders: u64,
    /// What items are called that were called otherwise.
    pub names: BTreeMap<Name, Name>,
}

impl Default for Naive {
    fn default() -> Self {
        Self {
            rule: rank::built_in(),
            placed: BTreeMap::new(),
            lines: Vec::new(),
            on_hand: BTreeMap::new(),
            inbounds: Vec::new(),
            roads: BTreeMap::new(),
            items: BTreeMap::new(),
            places: Vec::new(),
            left_from: BTreeMap::new(),
            holds: Vec::new(),
            sharing: BTreeMap::new(),
            orders: 0,
            names: BTreeMap::new(),
        }
    }
}

impl Naive {
    pub fn line(&mut self, order: &str, number: u32) -> Option<&mut Line> {
        let mine = |line: &&mut Line| line.order == order && line.number == number;
        self.lines.iter_mut().find(mine)
    }

    pub fn fold(&mut self, event: &Event, at: Timestamp) {
        let event = self.called_now(event);
        self.fold_now(&event, at);
    }

    fn fold_now(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Orders(OrdersEvent::OrderPlaced(placed)) => self.placed(placed, at),
            Event::Allocator(AllocatorEvent::RankingRuleSet(rule)) => self.rule_set(rule),
            Event::Allocator(AllocatorEvent::PromisesDue(it)) => self.promises_due(it),
            Event::Allocator(AllocatorEvent::Prioritised(it)) => self.prioritised(it),
            Event::Orders(OrdersEvent::OrderCancelled(cancelled)) => self.cancelled(cancelled),
            Event::Orders(OrdersEvent::OrderClosed(closed)) => {
                self.lines
                    .retain(|line| line.order != closed.order.as_str());
            }
            Event::Inventory(InventoryEvent::ItemDefined(item)) => {
                self.items.insert(item.sku.to_string(), item.clone());
            }
            Event::Inventory(InventoryEvent::ItemRenamed(it)) => self.renamed(it),
            Event::Inventory(InventoryEvent::LocationDefined(place)) => {
                let same = |it: &&mut LocationDefined| it.location == place.location;
                match self.places.iter_mut().find(same) {
                    Some(known) => *known = place.clone(),
                    None => self.places.push(place.clone()),
                }
            }
            Event::Inventory(InventoryEvent::Received(received)) => {
                for line in &received.lines {
                    self.count(
                        line.sku.as_str(),
                        received.location.as_str(),
                        line.quantity.into(),
                    );
                    if let Some(purchase_order) = &received.purchase_order {
                        let (sku, id) = (line.sku.as_str(), purchase_order.as_str());
                        self.take(sku, id, [true, false], line.quantity);
                    }
                }
            }
            Event::Inventory(InventoryEvent::Adjusted(it)) => {
                self.count(it.sku.as_str(), it.location.as_str(), it.change)
            }
            Event::Inventory(InventoryEvent::Moved(moved)) => self.moved(moved),
            Event::Inventory(InventoryEvent::MoveArrived(arrived)) => self.arrived(arrived),
            Event::Inventory(InventoryEvent::WaveReleased(wave)) => self.frozen(wave),
            Event::Inventory(InventoryEvent::Shipped(shipped)) => self.shipped(shipped),
            Event::Allocator(AllocatorEvent::Settled(settled)) => {
                settled.effects.iter().for_each(|it| self.effect(it))
            }
            Event::Allocator(AllocatorEvent::StockAssigned(it)) => {
                it.effects.iter().for_each(|it| self.effect(it))
            }
            Event::Allocator(AllocatorEvent::Rebalanced(run)) => {
                run.effects.iter().for_each(|it| self.effect(it))
            }
            Event::Orders(OrdersEvent::SubstituteAccepted(it)) => self.substituted(it),
            Event::Orders(OrdersEvent::OrderSuspended(it)) => {
                self.suspend(it.order.as_str(), Some(it.frees));
            }
            Event::Orders(OrdersEvent::OrderAmended(it)) => self.amended(it),
            Event::Orders(OrdersEvent::OrderResumed(it)) => self.suspend(it.order.as_str(), None),
            Event::Allocator(AllocatorEvent::StockHeld(it)) => self.held(it),
            Event::Allocator(AllocatorEvent::HoldEnded(it)) => {
                self.holds.retain(|hold| hold.id != it.hold.as_str())
            }
            supplier => self.supplier(supplier),
        }
        self.spend();
        // Who does not wait is owed no date, nor offered anything.
        let filled = |line: &&mut Line| line.tally.backordered() == 0;
        for line in self.lines.iter_mut().filter(filled) {
            (line.promised, line.offer, line.told) = (None, None, None);
        }
        self.no_more_due();
    }

    fn cancelled(&mut self, cancelled: &OrderCancelled) {
        let order = cancelled.order.as_str();
        for line in self.lines.iter_mut().filter(|it| it.order == order) {
            let mut named = cancelled.lines.iter();
            if cancelled.lines.is_empty() {
                line.tally.cancel(line.tally.quantity);
            } else if let Some(units) = named.find(|it| it.line == line.number) {
                line.tally.cancel(units.quantity);
            }
        }
    }

    fn suspend(&mut self, order: &str, suspended: Option<bool>) {
        for line in self.lines.iter_mut().filter(|line| line.order == order) {
            line.suspended = suspended;
            self.sharing.remove(&line.sku);
        }
    }

    fn frozen(&mut self, wave: &WaveReleased) {
        for picked in &wave.lines {
            let line = self.line(picked.order.as_str(), picked.line);
            for (place, units, frozen) in line.into_iter().flat_map(|line| &mut line.held) {
                if place == wave.location.as_str() {
                    *frozen = (*frozen + picked.quantity).min(*units);
                }
            }
        }
    }

    fn shipped(&mut self, shipped: &Shipped) {
        let (order, from) = (shipped.order.to_string(), shipped.location.to_string());
        for line in &shipped.lines {
            self.count(line.sku.as_str(), &from, -i64::from(line.quantity));
            if let Some(open) = self.line(&order, line.line) {
                open.tally.ship(line.quantity);
                let_go(open, &from, true);
            }
        }
        self.left_from.entry(order).or_insert(from);
    }

    /// Units of its SKU that a line leaves where they are, since they are kept for others.
    pub fn protection_level(&self, line: &Line) -> i64 {
        self.kept(&line.sku, &line.channel, &line.tier)
    }

    /// Units that are kept from this channel and tier.
    pub fn kept(&self, sku: &str, channel: &str, tier: &str) -> i64 {
        let item = self.items.get(sku);
        let Some(kept) = item.and_then(|item| item.protection.as_ref()) else {
            return 0;
        };
        let mut protection_level = i64::from(kept.safety_stock);
        for level in &kept.channels {
            if level.channel != channel {
                protection_level += i64::from(level.units);
            }
        }
        for level in &kept.tiers {
            if level.tier.as_str() != tier {
                protection_level += i64::from(level.units);
            }
        }
        protection_level
    }

    fn placed(&mut self, placed: &OrderPlaced, at: Timestamp) {
        self.orders += 1;
        let (order, at) = (placed.order.as_str(), placed.placed_at.unwrap_or(at));
        self.placed.insert(order.to_owned(), (placed.clone(), at));
        for line in &placed.lines {
            let effective = self.effective(order, (line.quantity, false));
            self.lines.push(Line {
                order: placed.order.to_string(),
                number: line.line,
                sku: line.sku.to_string(),
                tally: Tally::new(line.quantity),
                complete_only: line.complete_only,
                ship_complete: placed.ship_complete,
                rest_may_go: placed.rest_may_go,
                falls: false,
                region: placed.ship_to.region.clone(),
                channel: placed.channel.clone(),
                tier: placed.customer.tier.to_string(),
                pick_up_at: placed.pick_up_at.as_ref().map(ToString::to_string),
                no_split: placed.no_split,
                requested_at: placed.requested_at,
                suspended: None,
                shift: 0,
                rank: (effective, self.orders, line.line),
                held: Vec::new(),
                promised: None,
                told: None,
                due: false,
                offer: None,
            });
        }
        if let Some(hold) = &placed.hold {
            self.claim(hold.as_str(), order);
        }
    }

    /// A line more, of the other SKU, at the rank that so many units have.
    fn substituted(&mut self, accepted: &SubstituteAccepted) {
        let line = self.line(accepted.order.as_str(), accepted.line).unwrap();
        line.tally.exchange(accepted.quantity);
        let instead = Line {
            number: accepted.new_line,
            sku: accepted.sku.to_string(),
            tally: Tally::new(accepted.quantity),
            rank: (line.rank.0, line.rank.1, accepted.new_line),
            held: Vec::new(),
            promised: None,
            told: None,
            due: line.due && line.ship_complete,
            offer: None,
            ..line.clone()
        };
        self.lines.push(instead);
        self.rank_all();
        self.sharing.remove(accepted.sku.as_str());
        self.fall(accepted.order.as_str());
    }

    /// What goes whole or not at all goes not at all, once something of it is refused.
    pub(super) fn fall(&mut self, order: &str) {
        let its = |line: &&Line| line.order == order;
        let mut refused = self.lines.iter().filter(its);
        let refused = refused.any(|line| line.tally.refused > 0);
        for line in self.lines.iter_mut().filter(|line| line.order == order) {
            line.falls |= refused && line.ship_complete && !line.rest_may_go;
        }
    }

    fn count(&mut self, sku: &str, place: &str, change: i64) {
        let key = (sku.to_owned(), place.to_owned());
        *self.on_hand.entry(key).or_default() += change;
    }

    fn effect(&mut self, effect: &Effect) {
        let Some(line) = self.line(effect.order().as_str(), effect.line()) else {
            return;
        };
        match effect {
            Effect::Assigned(it) => {
                line.tally.assign(it.quantity);
                hold(line, it.location.as_str(), it.quantity);
                self.redeem(it.order.as_str(), it.sku.as_str(), it.quantity);
            }
            Effect::Released(it) => {
                line.tally.release(it.quantity);
                let_go(line, it.location.as_str(), false);
            }
            Effect::Backordered(_) => line.tally.backorder(),
            Effect::Offered(it) => {
                line.tally.backorder();
                line.offer = Some(it.until);
            }
            Effect::Refused(it) => {
                line.tally.refuse(it.quantity);
                self.fall(it.order.as_str());
            }
            Effect::Promised(it) => {
                line.promised = Some(it.promise.clone());
                let day = it.promise.at().map(|at| at.as_ms().div_euclid(DAY_MS));
                line.told = line.told.or(day);
            }
        }
    }
}

fn hold(line: &mut Line, place: &str, quantity: u32) {
    match line.held.iter_mut().find(|held| held.0 == place) {
        Some((_, units, _)) => *units += quantity,
        None => line.held.push((place.to_owned(), quantity, 0)),
    }
}

fn let_go(line: &mut Line, place: &str, shipped: bool) {
    let sum: u32 = line.held.iter().map(|(_, units, _)| units).sum();
    let mut left = sum - line.tally.reserved;
    for here in [true, false] {
        for (at, units, frozen) in &mut line.held {
            if (at == place) == here {
                let gone = left.min(*units);
                *units -= gone;
                left -= gone;
                if shipped {
                    *frozen = frozen.saturating_sub(gone);
                }
                *frozen = (*frozen).min(*units);
            }
        }
    }
    line.held.retain(|(_, units, _)| *units > 0);
}
