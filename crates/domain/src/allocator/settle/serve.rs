//! Free stock goes to whoever ranks best and may take it. Must not know dates.

use std::collections::BTreeMap;

use super::Pass;
use super::desk::{Desk, Served, Stop};
use crate::allocator::Allocator;
use crate::allocator::line::{Open, OpenLine};
use crate::allocator::shelf::Shelf;
use crate::allocator::turn::Turn;
use crate::event::{Assigned, Effect};

/// Lines of one order, with what each still wants.
type Wants<'a> = Vec<(Turn, &'a OpenLine, u32)>;

impl<'a> Pass<'a> {
    /// Serves lines one after the other, those that wait and those that have come alike, until
    /// nobody can take what is left, or an order that takes all or nothing has its turn.
    pub(super) fn serve(&mut self, desk: &mut Desk<'a>) {
        while desk.free_units > 0 {
            let Some((turn, order)) = desk.next() else {
                break;
            };
            let Some((open, line)) = self.line(turn, order) else {
                desk.cursor = Some(turn);
                continue;
            };
            if open.ship_complete && !self.looked_at.contains(&order) {
                desk.stop = Stop::Meeting(turn, order);
                return;
            }
            let most = desk.most_of_a_line(line.tally.decided);
            if desk.used >= desk.share || self.sink.is_full(most) {
                desk.stop = Stop::Full;
                return;
            }
            desk.cursor = Some(turn);
            let wanted = line.unfilled();
            let units = u32::try_from(desk.free_units).unwrap_or(u32::MAX);
            let units = units.min(wanted);
            if open.ship_complete || (line.complete_only && units < wanted) {
                continue;
            }
            let effects = self.take(desk, turn, open, line, units);
            if line.tally.decided {
                desk.taken.push((turn, units));
                self.put(desk, effects);
            } else if units == wanted {
                desk.done.push(turn);
                self.put(desk, effects);
            } else {
                desk.served.push(Served {
                    turn,
                    units,
                    effects,
                });
            }
        }
        desk.stop = Stop::Done;
    }

    fn put(&mut self, desk: &mut Desk<'a>, effects: Vec<Effect>) {
        desk.used = desk.used.saturating_add(effects.len());
        self.sink.push(effects);
    }

    /// All lines of an order or none, together in one event. False: one of its SKUs has not come
    /// to its turn, and will not in this event.
    pub(super) fn serve_whole(&mut self, turn: Turn, order: u32) -> bool {
        let Some(open) = self.state.book.order(order) else {
            return true;
        };
        let mut wants: Wants<'a> = Vec::new();
        let mut needs: BTreeMap<u32, u64> = BTreeMap::new();
        for (index, line) in (0_u16..).zip(self.state.book.lines_of(open)) {
            let wanted = line.unfilled();
            if wanted > 0 {
                wants.push((open.turn(index), line, wanted));
                let need = needs.entry(line.shelf).or_default();
                *need = need.saturating_add(u64::from(wanted));
            }
        }
        // What is free only shrinks in this event.
        if needs
            .iter()
            .any(|(number, need)| self.free_units(*number) < *need)
        {
            return true;
        }
        if !needs.keys().all(|number| self.has_come(*number, turn)) {
            return false;
        }
        let places = needs.len().saturating_mul(2);
        if self.sink.is_full(wants.len().saturating_add(places)) {
            return false;
        }
        let mut group = Vec::new();
        for (turn, line, wanted) in wants {
            let Some(mut desk) = self.desks.remove(&line.shelf) else {
                continue;
            };
            let effects = self.take(&mut desk, turn, open, line, wanted);
            desk.used = desk.used.saturating_add(effects.len());
            group.extend(effects);
            if line.tally.decided {
                let at = desk.taken.partition_point(|(other, _)| *other < turn);
                desk.taken.insert(at, (turn, wanted));
            } else {
                let at = desk.done.partition_point(|other| *other < turn);
                desk.done.insert(at, turn);
            }
            self.desks.insert(line.shelf, desk);
        }
        self.sink.push(group);
        true
    }

    fn free_units(&self, number: u32) -> u64 {
        let desk = self.desks.get(&number).map(|desk| desk.free_units);
        let shelf = || self.state.shelves.get(number).map_or(0, Shelf::free);
        desk.unwrap_or_else(shelf)
    }

    /// Whether an SKU has served everybody before this turn. One that was not touched has.
    fn has_come(&mut self, number: u32, turn: Turn) -> bool {
        if let Some(desk) = self.desks.get(&number) {
            return match desk.stop {
                Stop::Open | Stop::Done | Stop::Meeting(..) => true,
                Stop::Full => desk.cursor.is_some_and(|cursor| cursor >= turn),
            };
        }
        let Some(shelf) = self.state.shelves.get(number) else {
            return true;
        };
        if shelf.touch.is_some() && shelf.could_be_due() {
            return false;
        }
        let mut desk = Desk::new(shelf, self.share);
        desk.stop = Stop::Done;
        self.desks.insert(number, desk);
        true
    }

    /// Reserves units that are free: where the region fits first, then where most is free.
    fn take(
        &mut self,
        desk: &mut Desk<'a>,
        turn: Turn,
        open: &Open,
        line: &OpenLine,
        units: u32,
    ) -> Vec<Effect> {
        let mut effects = Vec::with_capacity(1);
        let mut left = units;
        for (place, free) in places(self.state, open, &desk.free) {
            let quantity = free.min(left);
            if quantity == 0 {
                break;
            }
            left = left.saturating_sub(quantity);
            desk.take(place, quantity);
            let Some(location) = self.state.places.get(u32::from(place)) else {
                continue;
            };
            effects.push(Effect::Assigned(Assigned {
                order: open.id(),
                line: line.number,
                sku: desk.shelf.sku.clone(),
                location: location.clone(),
                quantity,
                effective: turn.effective,
            }));
        }
        effects
    }
}

/// Places with free stock, in the order in which they are asked.
fn places(state: &Allocator, open: &Open, free: &[(u16, u32)]) -> Vec<(u16, u32)> {
    let mut places: Vec<(u16, u32)> = free
        .iter()
        .filter(|(_, units)| *units > 0)
        .copied()
        .collect();
    if places.len() > 1 {
        let near = |place: u16| {
            let site = state.sites.get(usize::from(place));
            open.region.is_some() && site.and_then(|site| site.region) == open.region
        };
        places.sort_by_key(|(place, units)| {
            let name = state.places.get(u32::from(*place));
            (!near(*place), std::cmp::Reverse(*units), name)
        });
    }
    places
}
