//! What the allocator decides, SKU by SKU, in stages: take back what is held for nobody or is
//! not there; give out what is free and decide on who has come; tell dates anew.
//!
//! A plan over the folded state, which it never changes. Each stage of an SKU is decided on what
//! the stage before has left on the log, so no stage works on a plan of another. An SKU has a
//! share of each event when others wait for theirs; what does not fit goes to the back of the
//! line and follows. Within an SKU lines are served best rank first. An order that takes all or
//! nothing ties SKUs together: each waits there until all have served whoever ranks before it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Allocator;
use super::line::{Open, OpenLine};
use super::promise;
use super::shelf::Shelf;
use super::sink::Sink;
use super::turn::Turn;
use desk::{Desk, Stop};
use domain::event::{Effect, MAX_EFFECTS, Settled};
use domain::ids::{OrderId, Timestamp};

mod dates;
pub(super) mod desk;
pub(super) mod door;
mod over;
mod repair;
mod serve;
mod share;
pub(super) mod terms;

/// The most bytes of JSON in the effects of one `settled`, so that it fits in a commit.
pub const MAX_SETTLED_BYTES: usize = 400 * 1024;
/// The most effects of one SKU in an event while others wait to be decided.
const MAX_SHARE: usize = MAX_EFFECTS / 4;

/// Decides on all that is due. Nothing if no line is affected.
pub(super) fn settle(state: &Allocator, now: Timestamp) -> Option<Settled> {
    let mut pass = Pass::new(state, now);
    pass.run();
    let sharing = pass.sharing();
    let effects = pass.sink.effects;
    (!effects.is_empty()).then_some(Settled {
        rule: state.rule.version,
        effects,
        at_rest: pass.at_rest,
        sharing,
    })
}

/// Units of an SKU that the next decisions on it give to lines; all that there may be, where this
/// takes more than one.
pub(super) fn about_to_give(state: &Allocator, number: u32, now: Timestamp) -> u64 {
    let Some(shelf) = state.shelves.get(number) else {
        return 0;
    };
    // All that is due, and not this SKU alone: an order that may not be split takes of it where it
    // takes of others.
    let mut pass = Pass::new(state, now);
    pass.serve_all();
    let desk = pass.desks.get(&number);
    if shelf.touch.is_none() || desk.is_some_and(|desk| desk.stop == Stop::Done) {
        return pass.given(shelf);
    }
    about_to_give_alone(state, number, now)
}

/// The same as far as this SKU alone tells: for one whose turn comes in a later event.
pub(super) fn about_to_give_alone(state: &Allocator, number: u32, now: Timestamp) -> u64 {
    let touched = |shelf: &&Shelf| shelf.touch.is_some();
    let Some(shelf) = state.shelves.get(number).filter(touched) else {
        return 0;
    };
    let mut pass = Pass::new(state, now);
    let mut waiting = BinaryHeap::new();
    pass.look(number, &mut waiting);
    pass.meet(waiting);
    if pass.at_rest {
        pass.given(shelf)
    } else {
        u64::MAX
    }
}

/// A plan in the making.
struct Pass<'a> {
    state: &'a Allocator,
    now: Timestamp,
    desks: BTreeMap<u32, Box<Desk<'a>>>,
    /// SKUs that had their turn in this event before anybody was served: something was taken back
    /// of them, or dates were told that had been put off.
    repaired: BTreeSet<u32>,
    /// All-or-nothing orders that were looked at.
    looked_at: BTreeSet<u32>,
    /// The only place from which an order takes that was served from one only.
    bound_to: BTreeMap<u32, u16>,
    /// The most effects of an SKU.
    share: usize,
    sink: Sink,
    /// Nothing is left to be decided on this state.
    at_rest: bool,
}

impl<'a> Pass<'a> {
    fn new(state: &'a Allocator, now: Timestamp) -> Self {
        let alone = state.touched.len() <= 1;
        Self {
            state,
            now,
            desks: BTreeMap::new(),
            repaired: BTreeSet::new(),
            looked_at: BTreeSet::new(),
            bound_to: BTreeMap::new(),
            share: if alone { MAX_EFFECTS } else { MAX_SHARE },
            sink: Sink::for_about(state.touched.len().saturating_mul(2)),
            at_rest: true,
        }
    }

    fn run(&mut self) {
        self.serve_all();
        self.refuse_all_over();
        self.tell_moved();
        self.tell_lapsed();
    }

    /// All that is touched, but for its dates.
    fn serve_all(&mut self) {
        let mut waiting = BinaryHeap::new();
        for (_, number) in &self.state.touched {
            if self.sink.is_full(1) {
                self.at_rest = false;
                break;
            }
            if !self.tell_put_off(*number) {
                self.look(*number, &mut waiting);
            }
        }
        self.meet(waiting);
    }

    /// Units of an SKU that this gives to lines.
    fn given(&self, shelf: &Shelf) -> u64 {
        let mut given = 0_u64;
        for effect in &self.sink.effects {
            if let Effect::Assigned(it) = effect
                && shelf.sku == it.sku
            {
                given = given.saturating_add(u64::from(it.quantity));
            }
        }
        given
    }

    /// Dates that have been put off long enough come first, on the state as it is. False: none
    /// have been, or nobody hears of another one.
    fn tell_put_off(&mut self, number: u32) -> bool {
        let shelf = self.state.shelves.get(number);
        let put_off = |shelf: &&Shelf| shelf.touch.is_some_and(|touch| touch.is_put_off());
        let Some(shelf) = shelf.filter(put_off) else {
            return false;
        };
        let before = self.sink.len();
        self.tell(shelf, self.share);
        let told = self.sink.len() > before;
        if told {
            self.at_rest = false;
            self.repaired.insert(number);
        }
        told
    }

    /// Looks at an SKU that was touched.
    fn look(&mut self, number: u32, waiting: &mut BinaryHeap<Reverse<(Turn, u32)>>) {
        let Some(shelf) = self.state.shelves.get(number) else {
            return;
        };
        let dates = shelf.touch.is_some_and(|touch| touch.dates);
        let over = self.state.offers.over(number, self.now).next();
        if !dates && over.is_none() && !shelf.could_be_due() {
            return;
        }
        let before = self.sink.effects.len();
        if !self.repair(shelf)
            || !self.refuse_over(number, shelf)
            || self.sink.effects.len() > before
        {
            // What was taken back is given out when it stands on the log that it is free, and
            // what is refused waits for nothing any more.
            self.at_rest = false;
            self.repaired.insert(number);
            return;
        }
        let mut desk = self.desk(shelf);
        self.divide(&mut desk);
        self.serve(&mut desk);
        if let Stop::Meeting(turn, _) = desk.stop {
            waiting.push(Reverse((turn, number)));
        } else {
            self.finish(&mut desk);
        }
        self.desks.insert(number, desk);
    }

    fn desk(&self, shelf: &'a Shelf) -> Box<Desk<'a>> {
        let (floors, shut) = (self.state.floors(shelf), self.state.shut(shelf));
        let mut desk = Box::new(Desk::new(shelf, floors, shut, self.share));
        if shelf.on_hold > 0 {
            let claims = self.state.holds.claims(&shelf.sku);
            let slot = |order: &OrderId| self.state.book.find(order.as_str());
            let claims = claims.filter_map(|(order, units)| Some((slot(order)?, units)));
            desk.claims = claims.collect();
        }
        desk
    }

    /// What follows when everybody who could has been served.
    fn finish(&mut self, desk: &mut Desk<'a>) {
        self.door(desk);
        if desk.stop == Stop::Full {
            self.at_rest = false;
        }
    }

    /// Dates are told on the state that all assignments have led to.
    fn tell_moved(&mut self) {
        // In line, as they were looked at: who was told much goes behind those who were not.
        let looked_at = self.state.touched.iter();
        let desks: Vec<(&'a Shelf, usize)> = looked_at
            .filter_map(|(_, number)| self.desks.get(number))
            .filter(|desk| desk.shelf.touch.is_some_and(|touch| touch.dates))
            .map(|desk| (desk.shelf, desk.used))
            .collect();
        for (shelf, used) in desks {
            if used > 0 {
                self.at_rest = false;
            } else {
                self.tell(shelf, self.share);
            }
        }
    }

    /// Orders that take all or nothing, best rank first; and whoever waits behind them.
    fn meet(&mut self, mut waiting: BinaryHeap<Reverse<(Turn, u32)>>) {
        while let Some(Reverse((_, number))) = waiting.pop() {
            let Some(mut desk) = self.desks.remove(&number) else {
                continue;
            };
            if let Stop::Meeting(turn, order) = desk.stop {
                desk.stop = Stop::Open;
                self.desks.insert(number, desk);
                let decided = self.looked_at.contains(&order) || self.serve_whole(turn, order);
                let Some(back) = self.desks.remove(&number) else {
                    continue;
                };
                desk = back;
                if decided {
                    self.looked_at.insert(order);
                    self.serve(&mut desk);
                } else {
                    desk.stop = Stop::Full;
                    desk.pass_until(turn);
                }
            }
            if let Stop::Meeting(turn, _) = desk.stop {
                waiting.push(Reverse((turn, number)));
            } else {
                self.finish(&mut desk);
            }
            self.desks.insert(number, desk);
        }
    }

    /// SKUs in which a told date is past.
    fn tell_lapsed(&mut self) {
        let (now, lapsed) = (self.now, self.state.lapses.iter());
        for (_, number) in lapsed.take_while(|(at, _)| promise::lapses_at(*at) <= now) {
            let told = self.desks.get(number).is_some_and(|desk| {
                desk.used > 0 || desk.shelf.touch.is_some_and(|touch| touch.dates)
            });
            // What the index says may be served already. Nobody hears of another date before the
            // one they were told has passed, unless something has happened.
            let first = |shelf: &Shelf| shelf.queue.total().first_date();
            let lapsed = |at: Timestamp| promise::lapses_at(at) <= now;
            if let Some(shelf) = self.state.shelves.get(*number)
                && first(shelf).is_some_and(lapsed)
                && !told
                && !self.repaired.contains(number)
            {
                self.tell(shelf, MAX_SHARE);
            }
        }
    }

    fn line(&self, turn: Turn, order: u32) -> Option<(&'a Open, &'a OpenLine)> {
        let open = self.state.book.order(order)?;
        let index = usize::try_from(turn.place.line_index()).ok()?;
        let line = self.state.book.lines_of(open).get(index)?;
        Some((open, line))
    }
}
