//! Taking back what is reserved for nobody, and what is not there. Must not know who gets it next.

use std::collections::BTreeMap;

use super::Pass;
use crate::line::{At, Open, OpenLine};
use crate::queue_key::QueueKey;
use crate::sku_state::SkuState;
use domain::event::{Effect, RefuseReason, Refused, ReleaseReason, Released};
use domain::exact::Exact;

/// What is taken back of a line.
struct Back {
    at: At,
    place: u16,
    units: u32,
    why: ReleaseReason,
    /// Of these, units in a released wave.
    in_wave: u32,
}

/// Units taken back in this event, by line and place.
type Taken = BTreeMap<(QueueKey, u16), u32>;

impl<'a> Pass<'a> {
    /// Takes back what nobody wants, what suspended orders do not keep and what falls with its
    /// order, then what is not there. False: not all of it fitted.
    pub(super) fn repair(&mut self, number: u32, sku_state: &'a SkuState) -> bool {
        let mut taken = Taken::new();
        for (queue_key, order) in sku_state.excess() {
            if !self.release_excess(sku_state, *queue_key, *order, &mut taken) {
                return false;
            }
        }
        for at in self.state.gives_back.of(number) {
            if !self.release_suspended(sku_state, at, &mut taken) {
                return false;
            }
        }
        for at in self.state.falls.of(number) {
            if !self.refuse_with_others(sku_state, at, &mut taken) {
                return false;
            }
        }
        !sku_state.is_short() || self.release_short(sku_state, &taken)
    }

    /// Units that the customer cancelled are free at once, those in a wave last: should they
    /// leave all the same, the count says so, and is repaired.
    fn release_excess(
        &mut self,
        sku_state: &'a SkuState,
        queue_key: QueueKey,
        order: u32,
        taken: &mut Taken,
    ) -> bool {
        let Some((open, line)) = self.line(queue_key, order) else {
            return true;
        };
        let at = (order, queue_key.index());
        let places: Vec<_> = self.state.book.reservations(at).collect();
        if self.batch.is_full(places.len()) {
            return false;
        }
        let mut left = line.tally.excess();
        let mut units: Vec<u32> = vec![0; places.len()];
        for frozen in [false, true] {
            for (here, units) in places.iter().zip(&mut units) {
                let most = if frozen { here.units } else { here.unfrozen() };
                let more = most.minus(*units).min(left);
                *units = units.plus(more);
                left = left.minus(more);
            }
        }
        for (here, units) in places.iter().zip(units).filter(|(_, units)| *units > 0) {
            taken.insert((queue_key, here.place), units);
            let back = Back {
                at,
                place: here.place,
                units,
                why: ReleaseReason::Cancelled,
                in_wave: units.minus_or_zero(here.unfrozen()),
            };
            self.release(sku_state, open, line, &back);
        }
        true
    }

    /// An order that is suspended gives back what it has in no released wave; units that nobody
    /// wants any more go first, by themselves.
    fn release_suspended(&mut self, sku_state: &'a SkuState, at: At, taken: &mut Taken) -> bool {
        let state = self.state;
        let (Some(open), Some(line)) = (state.book.order(at.0), state.book.line(at)) else {
            return true;
        };
        if line.tally.excess() > 0 {
            return true;
        }
        let places: Vec<_> = state.book.reservations(at).collect();
        if self.batch.is_full(places.len()) {
            return false;
        }
        for here in places.iter().filter(|here| here.unfrozen() > 0) {
            taken.insert((state.book.key_of(open, at), here.place), here.unfrozen());
            let back = Back {
                at,
                place: here.place,
                units: here.unfrozen(),
                why: ReleaseReason::Suspended,
                in_wave: 0,
            };
            self.release(sku_state, open, line, &back);
        }
        true
    }

    /// A line whose order goes whole or not at all is refused with another one: what it has in no
    /// released wave is taken back, and nothing of it waits any more.
    fn refuse_with_others(&mut self, sku_state: &'a SkuState, at: At, taken: &mut Taken) -> bool {
        let state = self.state;
        let (Some(open), Some(line)) = (state.book.order(at.0), state.book.line(at)) else {
            return true;
        };
        // What is taken back of it already stands on the log first.
        let queue_key = state.book.key_of(open, at);
        let before = (queue_key, 0)..=(queue_key, u16::MAX);
        if taken.range(before).next().is_some() {
            return true;
        }
        let places: Vec<_> = state.book.reservations(at).collect();
        if self.batch.is_full(places.len().plus(1)) {
            return false;
        }
        let mut units = line.unfilled();
        for here in places.iter().filter(|here| here.unfrozen() > 0) {
            units = units.plus(here.unfrozen());
            taken.insert((queue_key, here.place), here.unfrozen());
            let back = Back {
                at,
                place: here.place,
                units: here.unfrozen(),
                why: ReleaseReason::Refused,
                in_wave: 0,
            };
            self.release(sku_state, open, line, &back);
        }
        if units > 0 {
            let refused = Effect::Refused(Refused {
                order: open.id(),
                line: line.number,
                sku: sku_state.sku().clone(),
                quantity: units,
                why: RefuseReason::OrderWhole,
                limit: None,
            });
            self.batch.push(at, [refused]);
        }
        true
    }

    /// Where more is reserved than there is, the lowest-ranked gives back: what is in no released
    /// wave first. What is not there is nobody's, in a wave or not.
    fn release_short(&mut self, sku_state: &'a SkuState, taken: &Taken) -> bool {
        for bin in sku_state.everywhere() {
            let back = taken.iter().filter(|((_, place), _)| *place == bin.place);
            let back: i64 = back.map(|(_, units)| i64::from(*units)).sum();
            let free = bin.free().plus(back);
            let mut missing = u32::try_from(free.min(0).unsigned_abs()).unwrap_or(u32::MAX);
            for frozen in [false, true] {
                if missing > 0
                    && !self.release_at(sku_state, bin.place, frozen, &mut missing, taken)
                {
                    return false;
                }
            }
        }
        true
    }

    /// So many units at a place are not there: of lines from the last, those in released waves or
    /// the others. False: not all of it fitted.
    fn release_at(
        &mut self,
        sku_state: &'a SkuState,
        place: u16,
        frozen: bool,
        missing: &mut u32,
        taken: &Taken,
    ) -> bool {
        for stocked in sku_state.stocked().iter_rev() {
            if *missing == 0 {
                break;
            }
            let Some((open, line)) = self.line(stocked.queue_key, stocked.order) else {
                continue;
            };
            let at = (stocked.order, stocked.queue_key.index());
            let mut places = self.state.book.reservations(at);
            let Some(here) = places.find(|here| here.place == place) else {
                continue;
            };
            let before = taken.get(&(stocked.queue_key, place)).copied();
            let before = before.unwrap_or_default();
            let open_units = here.unfrozen().minus_or_zero(before);
            let most = if frozen {
                here.units.minus_or_zero(before).minus_or_zero(open_units)
            } else {
                open_units
            };
            let units = most.min(*missing);
            if units == 0 {
                continue;
            }
            if self.batch.is_full(1) {
                return false;
            }
            let back = Back {
                at,
                place,
                units,
                why: ReleaseReason::CountedDown,
                in_wave: if frozen { units } else { 0 },
            };
            self.release(sku_state, open, line, &back);
            *missing = missing.minus(units);
        }
        true
    }

    fn release(&mut self, sku_state: &SkuState, open: &Open, line: &OpenLine, back: &Back) {
        let Some(location) = self.state.catalogue.location(back.place) else {
            return;
        };
        let released = Effect::Released(Released {
            order: open.id(),
            line: line.number,
            sku: sku_state.sku().clone(),
            location: location.clone(),
            quantity: back.units,
            why: back.why,
            in_wave: back.in_wave,
        });
        self.batch.push(back.at, [released]);
    }
}
