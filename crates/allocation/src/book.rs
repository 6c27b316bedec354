//! Every open order and its lines, by number; and where stock is reserved for them. Must not know
//! SKU states, nor who comes first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::delta::{LineDelta, Moved};
use super::line::{At, Extra, LineUnits, Open, OpenLine, Shift, Suspended};
use super::measures::Happened;
use super::queue_key::QueueKey;
use super::rule::LineTerms;
use domain::demand::{Change, Reservation, Reservations};
use domain::exact::Exact;
use domain::ids::{HoldId, LocationId, OrderId, Text, Timestamp};
use domain::names::{Index, hash_of};
use domain::slab::Slab;

/// The open orders.
#[derive(Debug, Default, Clone)]
pub(super) struct Book {
    orders: Slab<Open>,
    lines: Slab<OpenLine>,
    extras: BTreeMap<u32, Extra>,
    /// Lines that count as placed so many days earlier than their orders, or later.
    shifts: BTreeMap<At, Shift>,
    /// Stock of lines that is reserved in more places than one, by order and index of the line.
    spread: BTreeMap<(u32, u16), Reservations<u16>>,
    /// What of the ranking rule counts for each line by itself.
    terms: LineTerms,
    /// Lines that wait, and whose customer was told a day that has come, as far as that counts.
    /// Of an order that takes all or nothing, the first line stands for all.
    due: BTreeSet<At>,
    by_id: Index,
}

impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.orders == other.orders
            && self.lines == other.lines
            && self.extras == other.extras
            && self.shifts == other.shifts
            && self.spread == other.spread
            && self.terms == other.terms
            && self.due == other.due
    }
}

impl Book {
    /// The slot of an open order.
    pub fn find(&self, id: &Text) -> Option<u32> {
        let same = |slot| self.order(slot).is_some_and(|open| open.id == *id);
        self.by_id.find(hash_of(id.as_bytes()), same)
    }

    pub fn order(&self, slot: u32) -> Option<&Open> {
        self.orders.get(slot).filter(|open| open.count > 0)
    }

    fn order_mut(&mut self, slot: u32) -> Option<&mut Open> {
        self.orders.get_mut(slot).filter(|open| open.count > 0)
    }

    pub fn lines_of(&self, open: &Open) -> &[OpenLine] {
        self.lines.run(open.first, open.count)
    }

    pub fn line(&self, (slot, index): At) -> Option<&OpenLine> {
        let open = self.order(slot)?;
        self.lines_of(open).get(usize::from(index))
    }

    fn line_mut(&mut self, (slot, index): At) -> Option<&mut OpenLine> {
        let open = self.orders.get(slot)?;
        let lines = self.lines.run_mut(open.first, open.count);
        lines.get_mut(usize::from(index))
    }

    /// Where in its order the line of this number stands.
    pub fn index_of(&self, slot: u32, number: u32) -> Option<u16> {
        let lines = self.lines_of(self.order(slot)?);
        // Lines are mostly numbered from 1 without a gap.
        let guess = usize::try_from(number.wrapping_sub(1)).unwrap_or(usize::MAX);
        if lines.get(guess).is_some_and(|line| line.number == number) {
            return u16::try_from(guess).ok();
        }
        let at = lines.binary_search_by_key(&number, |line| line.number);
        u16::try_from(at.ok()?).ok()
    }

    pub fn extra(&self, slot: u32) -> Option<&Extra> {
        self.extras.get(&slot)
    }

    /// The hold that an order names, and the order's number.
    pub fn hold_of(&self, slot: u32) -> Option<(&HoldId, OrderId)> {
        let hold = self.extra(slot)?.hold.as_ref()?;
        Some((hold, self.order(slot)?.id()))
    }

    /// Every line of an order that asks for this SKU was decided on.
    pub fn is_decided(&self, slot: u32, sku: u32) -> bool {
        let lines = self.order(slot).map_or(&[][..], |open| self.lines_of(open));
        let mut theirs = lines.iter().filter(|line| line.sku_state == sku);
        theirs.all(|line| line.tally.undecided() == 0)
    }

    /// All open orders, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Open)> {
        (0_u32..)
            .zip(self.orders.iter())
            .filter(|(_, open)| open.count > 0)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many slots there are, those that are free among them.
    pub fn slots(&self) -> usize {
        self.orders.slots()
    }

    /// Takes an order in. `lines` are by number; at least one.
    pub fn open(&mut self, mut open: Open, lines: &[OpenLine], extra: Option<Extra>) -> u32 {
        debug_assert!(self.find(&open.id).is_none(), "{open:?} is open");
        debug_assert!(lines.is_sorted_by(|one, other| one.number < other.number));
        let hashed = hash_of(open.id.as_bytes());
        open.count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        open.first = self.lines.take(open.count);
        self.lines
            .run_mut(open.first, open.count)
            .iter_mut()
            .zip(lines)
            .for_each(|(slot, line)| *slot = *line);
        let slot = self.orders.take(1);
        if let Some(place) = self.orders.get_mut(slot) {
            *place = open;
        }
        if let Some(extra) = extra {
            self.extras.insert(slot, extra);
        }
        self.by_id.insert(hashed, slot, |other| {
            let open = self.orders.get(other);
            open.map_or(0, |open| hash_of(open.id.as_bytes()))
        });
        debug_assert!(lines.is_empty() || self.lines_in(slot) == lines);
        slot
    }

    /// The lines of the order in a slot.
    fn lines_in(&self, slot: u32) -> &[OpenLine] {
        let open = self.order(slot);
        open.map_or(&[], |open| self.lines_of(open))
    }

    /// What is reserved for a line is what is reserved at its places, and no more is in waves.
    fn adds_up(&self, at: At) -> bool {
        let (mut units, mut sound) = (0_u64, true);
        for here in self.reservations(at) {
            units = units.plus(here.units.into());
            sound &= here.units > 0 && here.frozen <= here.units;
        }
        let line = self.line(at);
        sound && line.is_none_or(|line| u64::from(line.tally.reserved) == units)
    }

    /// What a line ranks by.
    pub fn queue_key(&self, at: At) -> Option<QueueKey> {
        Some(self.key_of(self.order(at.0)?, at))
    }

    /// What a line of an order ranks by.
    pub fn key_of(&self, open: &Open, at: At) -> QueueKey {
        let by_rule = self.key_by_rule(open, at);
        match self.shift(at) {
            Some(shift) => by_rule.later(shift.later()),
            None => by_rule,
        }
    }

    /// The same by the rule alone, whoever has said otherwise.
    pub fn key_by_rule(&self, open: &Open, at: At) -> QueueKey {
        let own = open.queue_key(at.1);
        if self.terms.are_none() {
            return own;
        }
        let line = self.lines_of(open).get(usize::from(at.1));
        let units = line.filter(|_| !open.ship_complete);
        let units = units.map(|line| line.tally.quantity);
        let due = self.is_due(open.ranks_as(at));
        let days = self.terms.days_more(open.boost_days, units, due);
        own.later(0_i64.minus(days.into()))
    }

    /// What of the ranking rule counts for each line by itself. Whether it is something else now.
    pub fn rank_by(&mut self, terms: LineTerms) -> bool {
        if !terms.count_told_days() {
            self.due.clear();
        }
        std::mem::replace(&mut self.terms, terms) != terms
    }

    /// A told day counts once it has come.
    pub const fn counts_told_days(&self) -> bool {
        self.terms.count_told_days()
    }

    /// Who stands for this line or order ranks by a told day that has come.
    pub fn is_due(&self, of: At) -> bool {
        self.due.contains(&of)
    }

    /// They do from now on, or no more.
    pub fn set_due(&mut self, of: At, due: bool) {
        if due {
            self.due.insert(of);
        } else {
            self.due.remove(&of);
        }
    }

    /// By whose word a line counts as placed at another time than its order, if it does.
    pub fn shift(&self, at: At) -> Option<&Shift> {
        self.shifts.get(&at)
    }

    /// How many lines do.
    pub fn shifts(&self) -> usize {
        self.shifts.len()
    }

    /// A line counts as placed at another time than its order, or at the same. Whether it counted
    /// as placed at another one before.
    pub fn set_shift(&mut self, at: At, shift: Option<Shift>) -> bool {
        let days = |shift: &Shift| shift.days;
        let is = shift.as_ref().map(days);
        let was = match shift {
            Some(shift) => self.shifts.insert(at, shift),
            None => self.shifts.remove(&at),
        };
        was.as_ref().map(days) != is
    }

    /// A line is what it is now, and was this before something happened to it.
    pub fn delta(&self, at: At, happened: Happened, was: LineUnits) -> Option<LineDelta> {
        let open = self.order(at.0)?;
        let line = self.lines_of(open).get(usize::from(at.1))?;
        Some(LineDelta {
            at,
            sku: line.sku_state,
            queue_key: self.key_of(open, at),
            whole: line.complete_only || open.ship_complete,
            counted: open.counted(line),
            happened,
            heard: None,
            was,
            is: line.units(),
            moved: Moved::default(),
        })
    }

    /// An order has another rank. Whether it is another one indeed.
    pub fn rerank(&mut self, slot: u32, boost_days: u16, effective: Timestamp) -> bool {
        let Some(open) = self.order_mut(slot) else {
            return false;
        };
        let moved = open.effective != effective;
        (open.boost_days, open.effective) = (boost_days, effective);
        moved
    }

    /// An order says something else.
    pub fn amend(&mut self, slot: u32, say: impl FnOnce(&mut Open, &mut Extra)) {
        let Some(open) = self.orders.get_mut(slot).filter(|open| open.count > 0) else {
            return;
        };
        let mut extra = self.extras.remove(&slot).unwrap_or_default();
        say(open, &mut extra);
        if extra != Extra::default() {
            self.extras.insert(slot, extra);
        }
    }

    /// A unit of a line costs something else.
    pub fn reprice(&mut self, at: At, unit_price_minor: i64) {
        if let Some(line) = self.line_mut(at) {
            line.unit_price_minor = unit_price_minor;
        }
    }

    /// An order is refused whole once a line of it is.
    pub fn falls(&self, slot: u32, open: &Open) -> bool {
        let rest_may_go = self.extra(slot).is_some_and(|extra| extra.rest_may_go);
        open.ship_complete && !rest_may_go
    }

    /// An order is not to go on for now, or is again.
    pub fn suspend(&mut self, slot: u32, suspended: Option<Suspended>) {
        if suspended.is_some() || self.extras.contains_key(&slot) {
            self.extras.entry(slot).or_default().suspended = suspended;
        }
    }

    /// Goods of an order left from a place. One that may not be split is bound to the first of
    /// them: whether it is bound to this one from now on.
    pub fn leave_from(&mut self, slot: u32, place: u16) -> bool {
        let unbound = |extra: &&mut Extra| extra.no_split && extra.left_from.is_none();
        let Some(extra) = self.extras.get_mut(&slot).filter(unbound) else {
            return false;
        };
        extra.left_from = Some(place);
        true
    }

    /// One more line of an order, numbered after all others, that is taken instead of another.
    pub fn add_substitute(&mut self, slot: u32, line: OpenLine) -> Option<u16> {
        let index = self.add_line(slot, line)?;
        // A rank follows from what was ordered, not from what was taken instead.
        let extra = self.extras.entry(slot).or_default();
        extra.substituted_from.get_or_insert(line.number);
        Some(index)
    }

    fn add_line(&mut self, slot: u32, line: OpenLine) -> Option<u16> {
        let open = self.order(slot)?;
        let (first, count) = (open.first, open.count);
        let more = count.checked_add(1)?;
        let mut lines = self.lines.run(first, count).to_vec();
        lines.push(line);
        let moved = self.lines.take(more);
        self.lines.run_mut(moved, more).copy_from_slice(&lines);
        self.lines.give(first, count);
        let open = self.order_mut(slot)?;
        (open.first, open.count) = (moved, more);
        Some(count)
    }

    /// Lets an order go.
    pub fn close(&mut self, slot: u32) {
        let Some(open) = self.order(slot) else {
            return;
        };
        let (first, count, hashed) = (open.first, open.count, hash_of(open.id.as_bytes()));
        debug_assert_eq!(self.find(&open.id), Some(slot));
        self.by_id.remove(hashed, slot);
        for index in 0..count {
            self.spread.remove(&(slot, index));
            self.shifts.remove(&(slot, index));
            self.due.remove(&(slot, index));
        }
        self.extras.remove(&slot);
        self.lines.give(first, count);
        self.orders.give(slot, 1);
        debug_assert!(self.order(slot).is_none());
    }

    /// Stock reserved for a line, place by place.
    pub fn reservations(&self, at: At) -> impl Iterator<Item = Reservation<u16>> + '_ {
        let line = self.line(at).filter(|line| line.tally.reserved > 0);
        let single = line.filter(|line| !line.spread).map(|line| Reservation {
            place: line.reserved_at,
            units: line.tally.reserved,
            frozen: line.frozen,
            since: (),
        });
        let spread = line
            .filter(|line| line.spread)
            .and_then(|_| self.spread.get(&at));
        single
            .into_iter()
            .chain(spread.into_iter().flatten().copied())
    }

    /// Something happens to a line: to its units, and to where stock is reserved for them. `place`
    /// is the one that the change names, if it does, and `to` the one to which it is carried.
    /// Returns where more is reserved, or less.
    pub fn change(
        &mut self,
        at: At,
        change: &Change<'_>,
        place: Option<u16>,
        to: Option<u16>,
    ) -> Moved {
        debug_assert!(self.adds_up(at), "{:?}", self.line(at));
        let mut moved = Moved::default();
        if !change.moves_stock() {
            if let Some(line) = self.line_mut(at) {
                line.tally.apply(change);
            }
            return moved;
        }
        let mut reservations = self.taken_out(at);
        if let Some(line) = self.line_mut(at) {
            let carried = change.carried_to();
            let place = |location: &LocationId| {
                let to = to.filter(|_| carried == Some(location));
                to.or(place).unwrap_or_default()
            };
            let moves = |place: &u16, (), units| moved.push(*place, units);
            reservations.apply(&mut line.tally, change, (), place, moves);
            let was_spread = line.spread;
            line.reserve(reservations.as_slice());
            if line.spread {
                self.spread.insert(at, reservations);
            } else if was_spread {
                self.spread.remove(&at);
            }
        }
        debug_assert!(self.adds_up(at), "{:?}", self.line(at));
        moved
    }

    /// Where stock is reserved for a line, to be changed and kept.
    fn taken_out(&self, at: At) -> Reservations<u16> {
        let Some(line) = self.line(at).filter(|line| line.tally.reserved > 0) else {
            return Reservations::default();
        };
        if line.spread {
            return self.spread.get(&at).cloned().unwrap_or_default();
        }
        Reservations::of(Reservation {
            place: line.reserved_at,
            units: line.tally.reserved,
            frozen: line.frozen,
            since: (),
        })
    }
}

/// The hashes of the orders' numbers, each with its slot.
fn hashes(orders: &Slab<Open>) -> impl Iterator<Item = (u32, u32)> + Clone {
    let slots = (0_u32..).zip(orders.iter());
    slots
        .filter(|(_, open)| open.count > 0)
        .map(|(slot, open)| (hash_of(open.id.as_bytes()), slot))
}

impl Serialize for Book {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = (&self.lines, &self.shifts, &self.spread);
        let ranks = (self.terms, &self.due);
        (&self.orders, &self.extras, lines, ranks).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Book {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (orders, extras, (lines, shifts, spread), (terms, due)) =
            Deserialize::deserialize(deserializer)?;
        Ok(Self {
            by_id: Index::of(hashes(&orders)),
            orders,
            lines,
            extras,
            shifts,
            spread,
            terms,
            due,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::demand::Tally;
    use domain::event::{Assigned, ReleaseReason, Released};

    /// An order of a line of ten units.
    fn opened() -> (Book, At) {
        let mut book = Book::default();
        let open = Open {
            id: "o1".into(),
            ..Open::default()
        };
        let line = OpenLine {
            number: 1,
            tally: Tally::new(10),
            ..OpenLine::default()
        };
        let slot = book.open(open, &[line], None);
        (book, (slot, 0))
    }

    fn assign(book: &mut Book, at: At, place: u16, units: u32) {
        let assigned = Assigned {
            order: "o1".into(),
            line: 1,
            sku: "A".into(),
            location: "here".into(),
            quantity: units,
            effective: Timestamp::default(),
        };
        let moved = book.change(at, &Change::Assign(&assigned), Some(place), None);
        assert_eq!(places(&moved), [(place, i64::from(units))]);
    }

    fn release(book: &mut Book, at: At, place: u16, units: u32) -> Vec<(u16, i64)> {
        let released = Released {
            order: "o1".into(),
            line: 1,
            sku: "A".into(),
            location: "here".into(),
            quantity: units,
            why: ReleaseReason::CountedDown,
            in_wave: 0,
        };
        places(&book.change(at, &Change::Release(&released), Some(place), None))
    }

    fn ship(book: &mut Book, at: At, place: u16, units: u32) -> Vec<(u16, i64)> {
        let (location, sku) = (&"here".into(), &"A".into());
        let change = Change::Ship {
            location,
            sku,
            units,
        };
        places(&book.change(at, &change, Some(place), None))
    }

    fn freeze(book: &mut Book, at: At, place: u16, units: u32) {
        let change = Change::Freeze {
            location: &"here".into(),
            wave: &"w1".into(),
            sku: &"A".into(),
            units,
        };
        let moved = book.change(at, &change, Some(place), None);
        assert_eq!(places(&moved), []);
    }

    fn places(moved: &Moved) -> Vec<(u16, i64)> {
        moved.iter().collect()
    }

    /// Place, units, and of these in a wave.
    fn reserved(book: &Book, at: At) -> Vec<(u16, u32, u32)> {
        let all = book.reservations(at);
        all.map(|it| (it.place, it.units, it.frozen)).collect()
    }

    #[test]
    fn stock_in_several_places_goes_into_a_wave_where_it_lies() {
        let (mut book, at) = opened();
        for (place, units) in [(1, 3), (2, 3), (2, 1), (3, 2)] {
            assign(&mut book, at, place, units);
        }
        assert_eq!(reserved(&book, at), [(1, 3, 0), (2, 4, 0), (3, 2, 0)]);
        freeze(&mut book, at, 2, 3);
        freeze(&mut book, at, 7, 1);
        assert_eq!(reserved(&book, at), [(1, 3, 0), (2, 4, 3), (3, 2, 0)]);
        freeze(&mut book, at, 2, 9);
        assert_eq!(reserved(&book, at), [(1, 3, 0), (2, 4, 4), (3, 2, 0)]);
        assert_eq!(ship(&mut book, at, 2, 1), [(2, -1)]);
        assert_eq!(reserved(&book, at), [(1, 3, 0), (2, 3, 3), (3, 2, 0)]);
    }

    #[test]
    fn more_than_a_place_has_is_given_up_elsewhere_too() {
        let (mut book, at) = opened();
        for (place, units) in [(1, 3), (2, 4), (3, 2)] {
            assign(&mut book, at, place, units);
        }
        assert_eq!(release(&mut book, at, 2, 5), [(2, -4), (1, -1)]);
        assert_eq!(reserved(&book, at), [(1, 2, 0), (3, 2, 0)]);
        assert_eq!(release(&mut book, at, 7, 3), [(1, -2), (3, -1)]);
        // What is left lies in one place, as if it had never been elsewhere.
        assert_eq!(reserved(&book, at), [(3, 1, 0)]);
        assert_eq!(book.spread.len(), 0);
        assign(&mut book, at, 3, 2);
        assert_eq!(reserved(&book, at), [(3, 3, 0)]);
        assert_eq!(book.spread.len(), 0);
    }

    #[test]
    fn a_wave_freezes_at_most_what_is_reserved_at_its_place() {
        let (mut book, at) = opened();
        assign(&mut book, at, 3, 4);
        freeze(&mut book, at, 2, 1);
        assert_eq!(reserved(&book, at), [(3, 4, 0)]);
        freeze(&mut book, at, 3, 9);
        assert_eq!(reserved(&book, at), [(3, 4, 4)]);
        assert_eq!(ship(&mut book, at, 3, 1), [(3, -1)]);
        assert_eq!(reserved(&book, at), [(3, 3, 3)]);
        assert_eq!(release(&mut book, at, 3, 1), [(3, -1)]);
        assert_eq!(reserved(&book, at), [(3, 2, 2)]);
    }
}
