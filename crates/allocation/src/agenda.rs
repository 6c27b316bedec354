//! What must be looked at, and when: SKUs of which something may be due, with the reason; and when
//! the next promise lapses. Must not know orders, nor what is decided.
//!
//! An SKU is due only when a decision could come of it: a line that nobody has decided on, free
//! stock while somebody waits, more reserved than there is or than is wanted, or a change of supply
//! or of the demand ahead while somebody waits. [`Cause`] lists all that may bring this about.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::delta::LineDelta;
use super::measures::{Day, Happened};
use super::promise;
use super::provenance::Mover;
use super::sku_state::SkuState;
use domain::exact::Exact;
use domain::ids::{Revision, Timestamp};

/// The most events in which dates wait for lines to be served first, since what is given moves
/// them. An SKU to which somebody comes before each event would else never have its turn.
const MAX_PUT_OFF: u8 = 32;

/// SKUs that must be looked at, and when the next promise lapses.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Agenda {
    /// By the SKU's number.
    entries: Vec<Entry>,
    /// SKUs of which something may be due, by since when.
    touched: BTreeSet<(Revision, u32)>,
    /// No date told to a line that waits is before that of its SKU here.
    lapses: BTreeSet<(Timestamp, u32)>,
    /// Days from which lines that wait for an SKU may take stock, by the day: those that have not
    /// come, and those that have since the room last came to rest.
    opens: BTreeSet<(Day, u32)>,
}

/// What is on the agenda of one SKU.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Why it must be looked at, if it must.
    touch: Option<Touch>,
    /// What the index of lapses says: no told date is before it.
    lapse: Option<Timestamp>,
}

/// Why an SKU must be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Touch {
    /// The last fact that asks for it.
    at: Revision,
    /// Since when it is in line to be looked at.
    since: Revision,
    /// Dates may have moved.
    pub dates: bool,
    /// Events that decided on it since, without coming to rest; see [`Self::is_put_off`].
    events: u8,
}

impl Touch {
    /// Its dates have waited long enough, and come first now. Beyond the bound every second event
    /// is for dates.
    pub const fn is_put_off(&self) -> bool {
        self.dates && self.events == MAX_PUT_OFF
    }

    fn one_more(&mut self) {
        self.events = if self.events > MAX_PUT_OFF {
            MAX_PUT_OFF
        } else {
            self.events.plus(1)
        };
    }
}

/// Something after which a decision on an SKU may be due.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    /// A line of it has come, or changed.
    Line(&'a LineDelta),
    /// Less of an order that takes all or nothing is wanted, or one that may not be split is bound
    /// to no place any more: its other lines may be served now.
    Order,
    /// Units of it were counted, or are reserved no more, or may be given to others.
    Stock,
    /// What is on its way is more or less, or comes at another time.
    Supply,
    /// How it is sold: it is bought with another lead time, or more or less is kept for others.
    Terms { lead_time: bool, protection: bool },
    /// Its lines have other ranks.
    Ranks,
    /// Its lines may take stock from other days on.
    Days,
    /// A line of it gives back what it has, or is refused with its order.
    Marked,
}

/// What must be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Nothing,
    /// Who gets what is free.
    Stock,
    /// This, and every date that was told.
    Dates,
}

impl Cause<'_> {
    /// Of which kind it is, if dates move by it.
    pub const fn mover(&self) -> Mover {
        match self {
            Self::Supply | Self::Terms { .. } | Self::Ranks => Mover::Supply,
            Self::Line(_) | Self::Order | Self::Stock | Self::Days | Self::Marked => Mover::Demand,
        }
    }

    /// What must be looked at of an SKU after this. `due`: it must be looked at already. A decision
    /// that is under way did not know of this, and may be about to let somebody wait.
    fn asks(self, sku_state: &SkuState, due: bool) -> Look {
        let waits = !sku_state.queue().is_empty();
        let (stock, dates) = match self {
            Self::Line(delta) => return after(delta, sku_state, due),
            Self::Order => (sku_state.could_fill(), false),
            Self::Stock => (
                sku_state.is_short() || sku_state.could_fill() || due,
                sku_state.dates_follow_stock(due),
            ),
            Self::Supply => (false, waits || !sku_state.door().is_empty() || due),
            Self::Terms {
                lead_time,
                protection,
            } => {
                let promised = sku_state.queue().total();
                // Who was told that nothing is known may be told an estimate now; a firm date may
                // have stood beside an estimate that was near enough; and what is kept comes
                // before anybody's date.
                let estimated = sku_state.lead_time_days().is_some() && promised.unknown > 0;
                let otherwise = lead_time && (!promised.firm.is_none() || due);
                (
                    false,
                    estimated || otherwise || (protection && sku_state.has_dates()),
                )
            }
            Self::Ranks => (
                sku_state.could_be_due() || due,
                sku_state.has_dates() && waits,
            ),
            Self::Marked => (true, false),
            Self::Days => (sku_state.could_be_due() || due, waits || due),
        };
        look(stock, dates)
    }
}

/// What must be looked at after a line has come or changed.
fn after(delta: &LineDelta, sku_state: &SkuState, due: bool) -> Look {
    let (was, is) = (&delta.was, &delta.is);
    let gives_up = match delta.happened {
        Happened::Placed(_) => return Look::Stock,
        // Its customer was told something, which changes nothing that others are told or given.
        Happened::Promised => return Look::Nothing,
        Happened::Closed if was.reserved > 0 => return Cause::Stock.asks(sku_state, due),
        Happened::Closed => return Look::Nothing,
        Happened::Cancelled | Happened::Substituted => true,
        Happened::Backordered(_)
        | Happened::Refused(..)
        | Happened::Expired
        | Happened::Assigned
        | Happened::Released
        | Happened::Shipped => false,
    };
    let moved = (was.waiting, was.door) != (is.waiting, is.door);
    // At the door a date is told in the same event; who must wait again may have none.
    let untold = was.door == 0 && is.waiting > was.waiting && {
        let entry = sku_state.queue().get(delta.queue_key);
        entry.is_some_and(|entry| entry.is_untold())
    };
    // Those behind it move up or back among what comes.
    let behind = || {
        let last = sku_state.queue().last().map(|last| last.queue_key);
        last.is_some_and(|last| {
            last > delta.queue_key || (last == delta.queue_key && was.door == 0)
        })
    };
    let kept = was.reserved != is.reserved && sku_state.dates_follow_stock(due);
    let dates = untold || kept || (moved && sku_state.has_dates() && behind());
    let fillable = moved && sku_state.could_fill();
    let stock = fillable || is.excess || sku_state.is_short();
    // A decision that is under way may be about to tell those behind a later date than theirs.
    let due = due || stock || dates;
    look(stock, dates || (gives_up && due && sku_state.has_dates()))
}

const fn look(stock: bool, dates: bool) -> Look {
    if dates {
        Look::Dates
    } else if stock {
        Look::Stock
    } else {
        Look::Nothing
    }
}

/// SKUs of which something may be due.
impl Agenda {
    /// An SKU must be looked at, if something may be due after this. Where dates may have moved:
    /// whether this is the first fact since they were told that may have moved them.
    pub fn ask(
        &mut self,
        number: u32,
        sku_state: &SkuState,
        cause: Cause<'_>,
        at: Revision,
    ) -> Option<bool> {
        let asked = cause.asks(sku_state, self.touch(number).is_some());
        if asked == Look::Nothing {
            return None;
        }
        let dates = asked == Look::Dates;
        let entry = self.entry(number)?;
        let first = entry.touch.is_none_or(|touch| !touch.dates);
        if let Some(touch) = &mut entry.touch {
            touch.at = touch.at.max(at);
            touch.dates |= dates;
        } else {
            entry.touch = Some(Touch {
                at,
                since: at,
                dates,
                events: 0,
            });
            self.touched.insert((at, number));
        }
        dates.then_some(first)
    }

    /// Why an SKU must be looked at, if it must.
    pub fn touch(&self, number: u32) -> Option<Touch> {
        self.entries.get(usize::try_from(number).ok()?)?.touch
    }

    /// SKUs that must be looked at, in line.
    pub fn touched(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.touched.iter().map(|(_, number)| *number)
    }

    /// How many must be looked at.
    pub fn len(&self) -> usize {
        self.touched.len()
    }

    /// It was decided on, and not all of it: others are looked at before it is again.
    pub fn requeue(&mut self, number: u32, at: Revision) {
        if let Some(entry) = self.entry(number)
            && let Some(touch) = &mut entry.touch
            && touch.since < at
        {
            let since = std::mem::replace(&mut touch.since, at);
            touch.at = touch.at.max(at);
            touch.one_more();
            self.touched.remove(&(since, number));
            self.touched.insert((at, number));
        }
    }

    /// All that was due as of a revision has been decided. SKUs that something later asks for, and
    /// that were in line before.
    pub fn rest(&mut self, as_of: Revision) -> Vec<u32> {
        let mut stay = Vec::new();
        let later = Revision(as_of.0.plus(1));
        let later = self.touched.split_off(&(later, 0));
        for (since, number) in std::mem::replace(&mut self.touched, later) {
            if let Some(entry) = self.entry(number) {
                if entry.touch.is_none_or(|touch| touch.at <= as_of) {
                    entry.touch = None;
                } else {
                    self.touched.insert((since, number));
                    stay.push(number);
                }
            }
        }
        stay
    }

    /// Lines that wait for an SKU may take stock from this day on.
    pub fn opens_on(&mut self, number: u32, from: Day) {
        if from > Day::default() && from < Day::NEVER {
            self.opens.insert((from, number));
        }
    }

    /// SKUs of which lines may take stock since a day that has come, perhaps named more than once.
    pub fn opened(&self, today: Day) -> impl Iterator<Item = u32> + '_ {
        let opened = self.opens.range(..=(today, u32::MAX));
        opened.map(|(_, number)| *number)
    }

    /// The next day on which lines may take stock that may not yet.
    pub fn next_opening(&self, today: Day) -> Option<Day> {
        let later = (Bound::Excluded((today, u32::MAX)), Bound::Unbounded);
        self.opens.range(later).next().map(|(day, _)| *day)
    }

    /// Whoever may take stock since a day up to this one was looked at.
    pub fn pass_opened(&mut self, today: Day) {
        while let Some(first) = self.opens.first().filter(|(day, _)| *day <= today).copied() {
            self.opens.remove(&first);
        }
    }

    /// Nothing is known of an SKU any more.
    pub fn forget(&mut self, number: u32) {
        self.opens.retain(|(_, other)| *other != number);
        if let Some(entry) = self.entry(number) {
            let gone = std::mem::take(entry);
            if let Some(touch) = gone.touch {
                self.touched.remove(&(touch.since, number));
            }
            if let Some(lapse) = gone.lapse {
                self.lapses.remove(&(lapse, number));
            }
        }
    }

    fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        let at = usize::try_from(number).ok()?;
        if self.entries.len() <= at {
            self.entries.resize(at.plus(1), Entry::default());
        }
        self.entries.get_mut(at)
    }
}

/// When promises lapse. The index may lag behind where a date was served: that is put right when
/// it would lapse.
impl Agenda {
    /// The first date told to those who wait for an SKU is this one.
    pub fn first_date(&mut self, number: u32, first: Option<Timestamp>) {
        let Some(entry) = self.entry(number) else {
            return;
        };
        let late = match (entry.lapse, first) {
            (Some(indexed), Some(first)) => first < indexed,
            (one, other) => one.is_some() != other.is_some(),
        };
        if late {
            self.index(number, first);
        }
    }

    fn index(&mut self, number: u32, first: Option<Timestamp>) {
        let Some(entry) = self.entry(number) else {
            return;
        };
        if let Some(was) = std::mem::replace(&mut entry.lapse, first) {
            self.lapses.remove(&(was, number));
        }
        if let Some(first) = first {
            self.lapses.insert((first, number));
        }
    }

    /// Where the earliest date has been served by now, the next one is indexed. `first` is the
    /// first date told to those who wait for an SKU.
    pub fn pass_served(&mut self, now: Timestamp, first: impl Fn(u32) -> Option<Timestamp>) {
        while let Some((date, number)) = self.lapses.first().copied()
            && promise::lapses_at(date) <= now
        {
            let first = first(number);
            if first == Some(date) {
                return;
            }
            self.index(number, first);
        }
    }

    /// SKUs of which a date may have lapsed, the earliest first.
    pub fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let lapsed = self.lapses.iter();
        let lapsed = lapsed.take_while(move |(at, _)| promise::lapses_at(*at) <= now);
        lapsed.map(|(_, number)| *number)
    }

    /// SKUs of which a date may have passed, the earliest first.
    pub fn passed(&self, now: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let passed = self.lapses.iter().take_while(move |(at, _)| *at <= now);
        passed.map(|(_, number)| *number)
    }

    /// When the next told date lapses that has not lapsed yet. `first` is the first date told to
    /// those who wait for an SKU.
    pub fn next_lapse(
        &self,
        now: Timestamp,
        first: impl Fn(u32) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for (indexed, number) in &self.lapses {
            // What the index says may be served already, where it has lapsed.
            let stale = promise::lapses_at(*indexed) <= now;
            let first = if stale {
                first(*number)
            } else {
                Some(*indexed)
            };
            let at = first.map(promise::lapses_at).filter(|at| *at > now);
            next = next.into_iter().chain(at).min();
            if !stale {
                break;
            }
        }
        next
    }

    /// No date told for an SKU is before the one that is indexed; for checks.
    pub fn indexes(&self, number: u32, first: Option<Timestamp>) -> bool {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let lapse = self.entries.get(at).and_then(|entry| entry.lapse);
        let indexed = lapse.filter(|lapse| self.lapses.contains(&(*lapse, number)));
        first.is_none_or(|first| indexed.is_some_and(|lapse| lapse <= first))
    }

    /// An SKU that must be looked at is in line for it; for checks.
    pub fn is_in_line(&self, number: u32) -> bool {
        let touch = self.touch(number);
        touch.is_none_or(|touch| self.touched.contains(&(touch.since, number)))
    }
}
