//! Free stock goes to whoever ranks best and may take it. Must not know dates.

use std::collections::BTreeMap;

use super::Pass;
use super::desk::{Desk, Stop};
use super::terms::Source;
use crate::fair::Claim;
use crate::line::{Open, OpenLine};
use crate::sink::{Room, json_len};
use crate::turn::Turn;
use domain::event::{Assigned, Effect, MAX_COMMIT_BYTES};

/// The most bytes of JSON that an order takes together which takes all or nothing: it stands in
/// one event, which with its frame fits in a commit. One that would take more is passed over.
const MAX_TOGETHER_BYTES: usize = MAX_COMMIT_BYTES - 16 * 1024;
/// JSON around the ids of units taken, with their numbers, at most.
const TAKEN_FRAME_BYTES: usize = 150;

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
            let full = desk.used >= desk.share || self.sink.is_full(most);
            if full || !self.serve_line(desk, (turn, order), (open, line)) {
                desk.stop = Stop::Full;
                return;
            }
            desk.cursor = Some(turn);
        }
        if desk.stop != Stop::Full {
            desk.shared = None;
            desk.stop = Stop::Done;
        }
    }

    /// Gives a line what it may have. False: it would be served in part, and what it and those
    /// before it at the door are told of the rest does not fit in this event any more.
    fn serve_line(
        &mut self,
        desk: &mut Desk<'a>,
        (turn, order): (Turn, u32),
        (open, line): Wanted<'a>,
    ) -> bool {
        if open.ship_complete {
            return true;
        }
        let wanted = line.unfilled();
        let source = self.source(Some(desk), line.shelf, order, open);
        let may = self.may_take(desk, order, open, source);
        // Where it may take from there is too little: its share is not for it.
        if may < u64::from(least(open, line)) {
            return true;
        }
        let whole = line.complete_only;
        let in_part = may < u64::from(wanted) || desk.shared.is_some();
        if in_part && !line.tally.decided && !self.has_room(desk, turn, open) {
            return false;
        }
        let own = desk.claim(order).min(wanted);
        let claim = Claim {
            open: wanted,
            whole,
        };
        let share = desk.share_of(turn, claim);
        let units = u32::try_from(may).unwrap_or(u32::MAX).min(share.max(own));
        if units == 0 || (whole && units < wanted) {
            return true;
        }
        let before = self.sink.len();
        self.take(desk, (turn, order), (open, line), source, units);
        if line.tally.decided {
            desk.taken.push((turn, units));
        } else if units == wanted {
            desk.done.push(turn);
        } else {
            self.serve_in_part(desk, turn, open, (units, before));
        }
        let given = self.sink.len().saturating_sub(before);
        desk.used = desk.used.saturating_add(given);
        true
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
        let room = self.room_together(open, wants.len(), &needs, source);
        if self.sink.lacks(room) && !self.sink.is_empty() {
            return false;
        }
        if room.bytes > MAX_TOGETHER_BYTES {
            return true;
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

    /// Room for what so many lines of an order take together: a place more an SKU than lines, for
    /// each place beyond its first.
    fn room_together(
        &self,
        open: &Open,
        lines: usize,
        needs: &BTreeMap<u32, u64>,
        source: Source,
    ) -> Room {
        let mut effects = lines;
        let mut longest = 0;
        for (number, need) in needs {
            let Some(desk) = self.desks.get(number) else {
                continue;
            };
            let need = u32::try_from(*need).unwrap_or(u32::MAX);
            let places = self.fill(desk, open, source, need);
            let places = places.filter_map(|(place, _)| self.state.places.get(place.into()));
            let bytes: Vec<usize> = places.map(|place| json_len(place.as_str())).collect();
            effects = effects.saturating_add(bytes.len().saturating_sub(1));
            let place = bytes.into_iter().max().unwrap_or_default();
            longest = longest.max(place.saturating_add(json_len(desk.shelf.sku.as_str())));
        }
        let each = json_len(open.id.as_str()).saturating_add(longest);
        let bytes = each.saturating_add(TAKEN_FRAME_BYTES);
        Room {
            effects,
            bytes: bytes.saturating_mul(effects),
        }
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
        if let Source::Only(place) = source {
            self.bound_to.insert(slot, place);
        }
        for (place, quantity) in self.fill(desk, open, source, units) {
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
