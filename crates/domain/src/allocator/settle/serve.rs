//! Free stock goes to whoever ranks best and may take it. Must not know dates.

use std::collections::BTreeMap;

use super::Pass;
use super::desk::{Desk, Served, Stop};
use super::terms::Source;
use crate::allocator::fair::Claim;
use crate::allocator::line::{Open, OpenLine};
use crate::allocator::turn::Turn;
use crate::event::{Assigned, Effect};

/// A line that takes stock, and its order.
type Wanted<'a> = (&'a Open, &'a OpenLine);

/// Lines of one order, with what each still wants.
type Wants<'a> = Vec<(Turn, &'a OpenLine, u32)>;

impl<'a> Pass<'a> {
    /// Serves lines one after the other, those that wait and those that have come alike, until
    /// nobody can take what is left, or an order that takes all or nothing has its turn.
    pub(super) fn serve(&mut self, desk: &mut Desk<'a>) {
        while desk.stop != Stop::Full && desk.is_open() {
            let Some((turn, order)) = desk.next() else {
                if desk.is_divided() {
                    continue;
                }
                return;
            };
            let Some((open, line)) = self.line(turn, order) else {
                desk.cursor = Some(turn);
                continue;
            };
            let kept = self.state.floor(desk.shelf, open);
            let meets = open.ship_complete && !self.looked_at.contains(&order);
            if desk.open_to(order, kept) < u64::from(least(open, line))
                || (meets && !self.could_be_whole(desk, order, (open, line)))
            {
                desk.cursor = Some(turn);
                continue;
            }
            if meets {
                desk.stop = Stop::Meeting(turn, order);
                return;
            }
            let most = desk.most_of_a_line(line.tally.decided);
            if desk.used >= desk.share || self.sink.is_full(most) {
                desk.stop = Stop::Full;
                return;
            }
            desk.cursor = Some(turn);
            if open.ship_complete {
                continue;
            }
            let wanted = line.unfilled();
            let source = self.source(Some(desk), line.shelf, order, open);
            let may = self.may_take(desk, order, open, source);
            // Where it may take from there is too little: its share is not for it.
            if may < u64::from(least(open, line)) {
                continue;
            }
            let own = desk.claim(order).min(wanted);
            let whole = line.complete_only;
            let claim = Claim {
                open: wanted,
                whole,
            };
            let share = desk.share_of(turn, claim);
            let units = u32::try_from(may).unwrap_or(u32::MAX).min(share.max(own));
            if units == 0 || (whole && units < wanted) {
                continue;
            }
            let before = self.sink.len();
            self.take(desk, (turn, order), (open, line), source, units);
            if line.tally.decided {
                desk.taken.push((turn, units));
            } else if units == wanted {
                desk.done.push(turn);
            } else {
                // What else it gets at the door follows in the same event, beside it.
                let effects = self.sink.take_back(before);
                desk.served.push(Served {
                    turn,
                    units,
                    effects,
                });
            }
            let given = self.sink.len().saturating_sub(before);
            desk.used = desk.used.saturating_add(given);
        }
        if desk.stop != Stop::Full {
            desk.shared = None;
            desk.stop = Stop::Done;
        }
    }

    /// Enough is free of every SKU of an order that takes all or nothing, where it takes from.
    /// What is free only shrinks in this event, so one of which too little is need not be waited
    /// for.
    fn could_be_whole(&self, desk: &Desk<'a>, order: u32, (open, line): Wanted<'_>) -> bool {
        let source = self.source(Some(desk), line.shelf, order, open);
        let may = |number: u32| {
            let shelf = self.state.shelves.get(number)?;
            if std::ptr::eq(shelf, desk.shelf) {
                return Some(self.may_take(desk, order, open, source));
            }
            Some(match self.desks.get(&number) {
                Some(other) => self.may_take(other, order, open, source),
                None => self.may_take(&self.desk(shelf), order, open, source),
            })
        };
        let mut needs = self.needs(open).into_iter();
        needs.all(|(number, need)| may(number).is_some_and(|may| may >= need))
    }

    /// Units of each SKU that an order still wants.
    fn needs(&self, open: &Open) -> BTreeMap<u32, u64> {
        let mut needs: BTreeMap<u32, u64> = BTreeMap::new();
        for line in self.state.book.lines_of(open) {
            if line.unfilled() > 0 {
                let need = needs.entry(line.shelf).or_default();
                *need = need.saturating_add(u64::from(line.unfilled()));
            }
        }
        needs
    }

    /// All lines of an order or none, together in one event. False: one of its SKUs has not come
    /// to its turn, and will not in this event.
    pub(super) fn serve_whole(&mut self, turn: Turn, order: u32) -> bool {
        let Some(open) = self.state.book.order(order) else {
            return true;
        };
        let mut wants: Wants<'a> = Vec::new();
        for (index, line) in (0_u16..).zip(self.state.book.lines_of(open)) {
            let wanted = line.unfilled();
            if wanted > 0 {
                wants.push((open.turn(index), line, wanted));
            }
        }
        let needs = self.needs(open);
        // What is free only shrinks in this event, and what is kept from the order stays kept.
        if needs
            .iter()
            .any(|(number, need)| self.free_to(*number, order, open) < *need)
        {
            return true;
        }
        if !needs.keys().all(|number| self.has_come(*number, turn)) {
            return false;
        }
        let any = needs.keys().next().copied().unwrap_or_default();
        let source = self.source(None, any, order, open);
        for (number, need) in &needs {
            let desk = self.desks.get(number);
            let covers = |desk: &Desk<'a>| {
                desk.would_share(*need) && self.may_take(desk, order, open, source) >= *need
            };
            if !desk.is_some_and(|desk| covers(desk)) {
                return true;
            }
        }
        let places = needs.len().saturating_mul(2);
        if self.sink.is_full(wants.len().saturating_add(places)) {
            return false;
        }
        for (turn, line, wanted) in wants {
            let Some(mut desk) = self.desks.remove(&line.shelf) else {
                continue;
            };
            let claim = Claim {
                open: wanted,
                whole: true,
            };
            desk.share_of(turn, claim);
            let before = self.sink.len();
            self.take(&mut desk, (turn, order), (open, line), source, wanted);
            let given = self.sink.len().saturating_sub(before);
            desk.used = desk.used.saturating_add(given);
            if line.tally.decided {
                let at = desk.taken.partition_point(|(other, _)| *other < turn);
                desk.taken.insert(at, (turn, wanted));
            } else {
                let at = desk.done.partition_point(|other| *other < turn);
                desk.done.insert(at, turn);
            }
            self.desks.insert(line.shelf, desk);
        }
        true
    }

    /// Units of an SKU that an order may take, after what was given out so far.
    fn free_to(&self, number: u32, order: u32, open: &Open) -> u64 {
        let Some(shelf) = self.state.shelves.get(number) else {
            return 0;
        };
        let kept = self.state.floor(shelf, open);
        match self.desks.get(&number) {
            Some(desk) => desk.open_to(order, kept),
            None if shelf.on_hold > 0 => self.desk(shelf).open_to(order, kept),
            None => shelf.free().saturating_sub(kept),
        }
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
        let mut desk = self.desk(shelf);
        desk.stop = Stop::Done;
        self.desks.insert(number, desk);
        true
    }

    /// Reserves so many units that are free, from the places that the order prefers.
    fn take(
        &mut self,
        desk: &mut Desk<'a>,
        (turn, slot): (Turn, u32),
        (open, line): Wanted<'_>,
        source: Source,
        units: u32,
    ) {
        let shelf = desk.shelf;
        desk.redeem(slot, units);
        desk.has_had(turn);
        for (place, quantity) in self.fill(desk, slot, open, source, units) {
            desk.take(place, quantity);
            let Some(location) = self.state.places.get(u32::from(place)) else {
                continue;
            };
            self.sink.push(Effect::Assigned(Assigned {
                order: open.id(),
                line: line.number,
                sku: shelf.sku.clone(),
                location: location.clone(),
                quantity,
                effective: turn.effective,
            }));
        }
    }
}

/// The fewest units that a line takes.
const fn least(open: &Open, line: &OpenLine) -> u32 {
    if open.ship_complete || line.complete_only {
        line.unfilled()
    } else {
        1
    }
}
