//! What an event names as the causes of its effects, and where the decisions before stand: worked
//! out once, when the effects are known, from the state on which they were decided. Must not
//! decide anything.

use std::collections::{BTreeMap, BTreeSet};

use super::Allocator;
use super::effect_batch::EffectBudget;
use super::line::At;
use super::provenance::Source;
use super::sku_state::SkuState;
use domain::event::{
    Assigned, Before, Cause, Divided, Effect, Led, MAX_CAUSES, MAX_CAUSES_BYTES, MAX_COMMIT_BYTES,
    MAX_LED, RefuseReason, Refused, ReleaseReason, Released, What,
};
use domain::exact::Exact;
use domain::ids::{LocationId, Sku};

/// JSON of a cause without the effects that it led to, of one of these, and of where a decision
/// before stands, at most.
const CAUSE_BYTES: usize = 160;
const LED_BYTES: usize = 18;
const BEFORE_BYTES: usize = 32;
/// JSON of a run and of its commit beside its effects and their causes, at most: its segments are
/// bounded at the door.
const RUN_FRAME_BYTES: usize = 200 * 1024;

/// What led to the effects of one event.
#[derive(Debug, Default)]
struct Causes {
    causes: Vec<Cause>,
    before: Vec<Before>,
    known: BTreeMap<Source, usize>,
    /// The one that was named last: effects that stand beside each other mostly follow from one.
    last: Option<(Source, usize)>,
    /// Effects that the causes name, counted as often as they are named.
    led: usize,
    /// Bytes of JSON that are left for more.
    bytes: usize,
    /// Bytes of JSON that are kept for facts that are not told apart, of each effect once.
    kept: usize,
}

impl Allocator {
    /// What led to what was settled, and where the decisions before stand, in at most so many bytes
    /// of JSON. `lines`: whom each effect is about. `divided`: effects that give a fair share, by
    /// index.
    pub(super) fn causes_of_settled(
        &self,
        (effects, lines, divided): (&[Effect], &[At], &[(usize, Divided)]),
        bytes: usize,
    ) -> (Vec<Cause>, Vec<Before>) {
        let orders = lines.iter().map(|at| Some(at.0));
        let mut found = Causes::within(bytes, self, orders);
        let mut teller = Teller::new(self);
        for (index, (effect, at)) in (0_u32..).zip(effects.iter().zip(lines)) {
            teller.tell(&mut found, index, (effect, *at));
        }
        for (index, divided) in divided {
            if let Some(Effect::Assigned(it)) = effects.get(*index) {
                found.share(number(*index), *divided, it.quantity);
            }
        }
        (found.causes, found.before)
    }

    /// Where the decisions before stand, of what has no cause but itself.
    pub(super) fn decisions_before(&self, effects: &[Effect]) -> Vec<Before> {
        Causes::within(MAX_CAUSES_BYTES, self, self.orders_of(effects)).before
    }

    /// The orders of effects, by their slots.
    fn orders_of<'a>(
        &'a self,
        effects: &'a [Effect],
    ) -> impl ExactSizeIterator<Item = Option<u32>> + 'a {
        let orders = effects.iter().map(Effect::order);
        orders.map(|order| self.book.find(order.text()))
    }

    /// The same of what a run or a person does: what is assigned was released in it, as far as it
    /// goes.
    pub(super) fn causes_of_moves(
        &self,
        what: What,
        effects: &[Effect],
    ) -> (Vec<Cause>, Vec<Before>) {
        let bytes = MAX_COMMIT_BYTES.minus(RUN_FRAME_BYTES);
        let bytes = bytes.minus_or_zero(EffectBudget::of(effects).bytes);
        let orders = self.orders_of(effects);
        let mut found = Causes::within(bytes.min(MAX_CAUSES_BYTES), self, orders);
        let mut teller = Teller::new(self);
        let mut released: BTreeMap<(&Sku, &str), Vec<(u32, u32)>> = BTreeMap::new();
        for (index, effect) in (0_u32..).zip(effects) {
            match effect {
                Effect::Released(it) => {
                    let here = released.entry((&it.sku, it.location.as_str()));
                    here.or_default().push((index, it.quantity));
                    let run = Source::no_event(what);
                    found.name(run, index, it.quantity);
                }
                Effect::Assigned(it) => {
                    let here = released.get_mut(&(&it.sku, it.location.as_str()));
                    let mut left = it.quantity;
                    for (from, units) in here.into_iter().flatten() {
                        let some = left.min(*units);
                        (*units, left) = (units.minus(some), left.minus(some));
                        let run = Source::no_event(what);
                        let source = Source {
                            effect: Some(*from),
                            ..run
                        };
                        // Beyond the bound the run is named, without whom it took them from.
                        if some > 0 {
                            found.name_or(source, run, index, some);
                        }
                    }
                    teller.taken(&mut found, index, it, left);
                }
                Effect::Backordered(_)
                | Effect::Offered(_)
                | Effect::Refused(_)
                | Effect::Promised(_) => {}
            }
        }
        (found.causes, found.before)
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Finds causes, effect by effect.
struct Teller<'a> {
    state: &'a Allocator,
    /// The SKU looked at last: effects of one SKU mostly stand beside each other.
    last: Option<(&'a Sku, u32, &'a SkuState)>,
    /// The place looked at last, as well.
    last_place: Option<(&'a LocationId, Option<u16>)>,
    /// Units of each SKU at each place that the effects before have taken.
    used: BTreeMap<(u32, u16), u64>,
}

impl<'a> Teller<'a> {
    const fn new(state: &'a Allocator) -> Self {
        Self {
            state,
            last: None,
            last_place: None,
            used: BTreeMap::new(),
        }
    }

    fn sku_state(&mut self, sku: &Sku) -> Option<(u32, &'a SkuState)> {
        if let Some((_, number, sku_state)) = self.last.filter(|(last, ..)| *last == sku) {
            return Some((number, sku_state));
        }
        let number = self.state.sku_states.find(sku.text())?;
        let sku_state = self.state.sku_states.get(number)?;
        self.last = Some((sku_state.sku(), number, sku_state));
        Some((number, sku_state))
    }

    fn place(&mut self, location: &'a LocationId) -> Option<u16> {
        if let Some((_, place)) = self.last_place.filter(|(last, _)| *last == location) {
            return place;
        }
        let place = self.state.catalogue.find_place(location);
        self.last_place = Some((location, place));
        place
    }

    fn tell(&mut self, found: &mut Causes, index: u32, (effect, at): (&'a Effect, At)) {
        match effect {
            Effect::Assigned(it) => self.taken(found, index, it, it.quantity),
            Effect::Released(it) => {
                let source = self.released(it, at);
                found.name(source, index, it.quantity);
            }
            Effect::Backordered(it) => {
                let source = self.come(at);
                found.name(source, index, it.quantity);
            }
            Effect::Offered(it) => {
                let source = self.come(at);
                found.name(source, index, it.quantity);
            }
            Effect::Refused(it) => {
                let source = self.refused(it, at);
                found.name(source, index, it.quantity);
            }
            Effect::Promised(_) => self.promised(found, index, at),
        }
    }

    /// By what the units of an assignment had become free: the oldest are taken first.
    fn taken(&mut self, found: &mut Causes, index: u32, it: &'a Assigned, units: u32) {
        let mut left = u64::from(units);
        let place = self.place(&it.location);
        if let Some(place) = place
            && let Some((number, sku_state)) = self.sku_state(&it.sku)
        {
            let used = self.used.entry((number, place)).or_default();
            let mut skipped = *used;
            let lots = sku_state.provenance().into_iter();
            for lot in lots.flat_map(|of| of.lots(place)) {
                let before = lot.units.min(skipped);
                skipped = skipped.minus(before);
                let some = lot.units.minus(before).min(left);
                left = left.minus(some);
                found.name_some(lot.source, index, u32::try_from(some).unwrap_or(u32::MAX));
                if left == 0 {
                    break;
                }
            }
            *used = used.plus(u64::from(units));
        }
        found.name_some(
            Source::OTHER,
            index,
            u32::try_from(left).unwrap_or(u32::MAX),
        );
    }

    /// The SKU of a line that is open.
    fn of_line(&self, at: At) -> Option<(u32, &'a SkuState)> {
        let number = self.state.book.line(at)?.sku_state;
        Some((number, self.state.sku_states.get(number)?))
    }

    fn released(&mut self, it: &'a Released, at: At) -> Source {
        let known = self.of_line(at);
        let of = known.and_then(|(_, sku_state)| sku_state.provenance());
        let source = match it.why {
            ReleaseReason::Cancelled => of.and_then(|of| of.line(at)),
            ReleaseReason::CountedDown => {
                let place = self.place(&it.location);
                place.and_then(|place| Some(of?.short(place)))
            }
            ReleaseReason::Suspended => {
                let since = self.state.suspended(at.0);
                since.map(|since| Source::new(What::Suspended, since.at))
            }
            ReleaseReason::Refused => self.falls_with(at),
            ReleaseReason::Rebalanced | ReleaseReason::GivenAway => None,
        };
        source.unwrap_or_default()
    }

    /// A line has come: with its order, or instead of another.
    fn come(&self, at: At) -> Source {
        let known = self.of_line(at);
        let of = known.and_then(|(_, sku_state)| sku_state.provenance());
        let source = of.and_then(|of| of.line(at));
        source.unwrap_or(Source::no_event(What::Placed))
    }

    /// The refusal with which a line falls, if it does.
    fn falls_with(&self, at: At) -> Option<Source> {
        let (number, _) = self.of_line(at)?;
        self.state.falls.get(number, at)
    }

    fn refused(&self, it: &Refused, at: At) -> Source {
        // Of one that falls with a line of the same event, its order came.
        if it.why == RefuseReason::OrderWhole
            && let Some(source) = self.falls_with(at)
        {
            return source;
        }
        let line = self.state.book.line(at);
        if line.is_some_and(|line| line.tally.decided) {
            return Source::no_event(What::OfferEnded);
        }
        self.come(at)
    }

    fn promised(&self, found: &mut Causes, index: u32, at: At) {
        let told = self.state.book.line(at);
        if !told.is_some_and(|line| line.tally.decided) {
            return found.name(self.come(at), index, 0);
        }
        let Some((number, sku_state)) = self.of_line(at) else {
            return;
        };
        let touch = self.state.agenda.touch(number);
        if !touch.is_some_and(|touch| touch.dates) {
            return found.name(Source::no_event(What::DatePassed), index, 0);
        }
        let movers = sku_state.provenance().into_iter();
        let mut movers = movers.flat_map(|of| of.movers()).peekable();
        if movers.peek().is_none() {
            return found.name(Source::OTHER, index, 0);
        }
        for mover in movers {
            found.name(mover, index, 0);
        }
    }
}

impl Causes {
    /// In at most so many bytes: first where the decisions before stand, by which all decisions on
    /// an order are found; then room for each effect to name what is not told apart.
    fn within(
        bytes: usize,
        state: &Allocator,
        orders: impl ExactSizeIterator<Item = Option<u32>>,
    ) -> Self {
        let mut found = Self {
            bytes,
            ..Self::default()
        };
        let effects = orders.len();
        found.tell_before(state, orders);
        let kept = effects.times(LED_BYTES).plus(CAUSE_BYTES);
        found.kept = kept.min(found.bytes);
        found.bytes = found.bytes.minus(found.kept);
        found
    }

    /// Takes so many bytes of what is left. False: they are not.
    fn takes(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.bytes;
        if fits {
            self.bytes = self.bytes.minus(bytes);
        }
        fits
    }

    /// Where the decision before stands of each order that had one.
    fn tell_before(&mut self, state: &Allocator, orders: impl Iterator<Item = Option<u32>>) {
        let mut told = BTreeSet::new();
        let mut last = None;
        for (index, slot) in (0_u32..).zip(orders) {
            // Effects of one order mostly stand beside each other.
            if last.replace(slot) == Some(slot) {
                continue;
            }
            if let Some(slot) = slot
                && let Some(at) = state.decisions.last(slot)
                && told.insert(slot)
                && self.takes(BEFORE_BYTES)
            {
                self.before.push(Before(index, at.revision, at.index));
            }
        }
    }

    fn name_some(&mut self, source: Source, effect: u32, units: u32) {
        if units > 0 {
            self.name(source, effect, units);
        }
    }

    /// A fact led to so many units of an effect. Beyond the bounds, facts are not told apart.
    fn name(&mut self, source: Source, effect: u32, units: u32) {
        self.name_or(source, Source::OTHER, effect, units);
    }

    /// The same; beyond the bounds, `instead` did, which takes the place of many.
    fn name_or(&mut self, source: Source, instead: Source, effect: u32, units: u32) {
        let led = Led(effect, units);
        let _named =
            self.leads(source, led) || self.leads(instead, led) || self.leads(Source::OTHER, led);
    }

    /// Names a fact as what led to an effect. False: that is beyond the bounds.
    fn leads(&mut self, source: Source, led: Led) -> bool {
        let known = self.find(source);
        let cause = known.and_then(|at| self.causes.get_mut(at));
        if let Some(last) = cause.and_then(|cause| cause.led_to.last_mut())
            && last.0 == led.0
        {
            last.1 = last.1.plus(led.1);
            return true;
        }
        if !self.pays_for(source, known.is_some()) {
            return false;
        }
        let at = known.unwrap_or_else(|| self.add(source));
        if let Some(cause) = self.causes.get_mut(at) {
            cause.led_to.push(led);
            self.led = self.led.plus(1);
        }
        self.last = Some((source, at));
        true
    }

    fn find(&self, source: Source) -> Option<usize> {
        match self.last {
            Some((last, at)) if last == source => Some(at),
            Some(_) | None => self.known.get(&source).copied(),
        }
    }

    fn add(&mut self, source: Source) -> usize {
        let at = self.causes.len();
        self.known.insert(source, at);
        self.causes.push(Cause {
            what: source.what,
            at: source.at,
            effect: source.effect,
            divided: None,
            led_to: Vec::new(),
        });
        at
    }

    /// Whether a cause may name one more effect: within all bounds, or as one that is not told
    /// apart.
    fn pays_for(&mut self, source: Source, known: bool) -> bool {
        let cost = if known {
            LED_BYTES
        } else {
            LED_BYTES.plus(CAUSE_BYTES)
        };
        if source == Source::OTHER {
            let kept = cost <= self.kept;
            if kept {
                self.kept = self.kept.minus(cost);
            }
            return kept;
        }
        self.names_more(known) && self.takes(cost)
    }

    /// One more effect may be named, by a cause that is known or by another one.
    const fn names_more(&self, known: bool) -> bool {
        self.led < MAX_LED && (known || self.causes.len() < MAX_CAUSES)
    }

    /// An effect gives so many units as a fair share. Beyond the bounds that is not told.
    fn share(&mut self, effect: u32, divided: Divided, units: u32) {
        // Those of one division stand beside each other.
        let same = |cause: &Cause| cause.divided == Some(divided);
        let known = self.causes.iter().rposition(same);
        let cost = if known.is_some() {
            LED_BYTES
        } else {
            LED_BYTES.plus(CAUSE_BYTES)
        };
        if !self.names_more(known.is_some()) || !self.takes(cost) {
            return;
        }
        let at = known.unwrap_or(self.causes.len());
        if known.is_none() {
            self.causes.push(Cause {
                what: What::Shared,
                at: None,
                effect: None,
                divided: Some(divided),
                led_to: Vec::new(),
            });
        }
        if let Some(cause) = self.causes.get_mut(at) {
            cause.led_to.push(Led(effect, units));
            self.led = self.led.plus(1);
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "small numbers in tests"
)]
mod tests {
    use super::*;
    use domain::ids::{Position, Revision};

    const PARTS: Divided = Divided {
        free: 600,
        open: 1_000,
    };

    fn within(bytes: usize, effects: usize) -> Causes {
        let of_nobody = std::iter::repeat_n(None, effects);
        Causes::within(bytes, &Allocator::default(), of_nobody)
    }

    fn source(revision: u64) -> Source {
        let revision = Revision(revision);
        Source::new(What::Received, Position { revision, index: 0 })
    }

    fn written(found: &Causes) -> usize {
        serde_json::to_vec(&found.causes).unwrap().len()
    }

    /// Effects that causes name.
    fn led(found: &Causes) -> usize {
        found.causes.iter().map(|cause| cause.led_to.len()).sum()
    }

    #[test]
    fn fair_parts_are_told_within_the_bounds_of_all_causes() {
        let mut found = within(4_000, 0);
        for effect in 0..1_000 {
            found.share(effect, PARTS, 1);
        }
        assert!(led(&found) > 100 && written(&found) <= 4_000, "{found:?}");
        let mut found = within(MAX_CAUSES_BYTES, 0);
        for effect in 0..5_000 {
            found.share(effect, PARTS, 1);
        }
        assert_eq!(led(&found), MAX_LED);
    }

    #[test]
    fn where_no_more_is_told_apart_each_effect_still_names_that() {
        let (effects, bytes) = (300, 300 * LED_BYTES + 3 * CAUSE_BYTES);
        let mut found = within(bytes, effects);
        for effect in 0..300 {
            found.name(source(u64::from(effect)), effect, 1);
            found.name(source(u64::from(effect) + 1), effect, 1);
        }
        let named = |effect: u32| {
            let led = found.causes.iter().flat_map(|cause| &cause.led_to);
            led.filter(|led| led.0 == effect).map(|led| led.1).sum()
        };
        let units: Vec<u32> = (0..300).map(named).collect();
        assert_eq!(units, [2; 300]);
        assert!(written(&found) <= bytes, "{} of {bytes}", written(&found));
    }

    #[test]
    fn what_an_effect_follows_from_as_a_whole_is_named_where_its_parts_are_too_many() {
        let mut found = within(MAX_CAUSES_BYTES, 1);
        let run = Source::no_event(What::Rebalanced);
        found.name(run, 0, 1);
        for effect in 0..200 {
            let taken = Source {
                effect: Some(effect),
                ..run
            };
            found.name_or(taken, run, 500, 1);
        }
        assert_eq!(found.causes.len(), MAX_CAUSES);
        let whole = u32::try_from(200 - (MAX_CAUSES - 1)).unwrap();
        assert_eq!(found.causes[0].led_to, [Led(0, 1), Led(500, whole)]);
    }
}
