//! The fact that is being folded, and which stock it has touched so far. Nothing of it is left when
//! the fact is folded, so no state is another by it. Must not know what the fact does.

use super::provenance::Source;
use domain::event::{AllocatorEvent, Cause, Effect, What};
use domain::ids::Position;

/// The fact that is being folded.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Folding {
    /// What becomes free now becomes free by this.
    pub source: Source,
    /// What dates move by now, where it is something else.
    mover: Option<Source>,
    /// It is a decision of this room: what it takes, it reserves.
    pub decided: Option<Position>,
    /// It is a run.
    run: bool,
    /// Stock that it has changed, by the numbers of SKU and place.
    touched: Vec<(u32, u16)>,
    /// What its releases follow from, by effect: as the decision says.
    released: Vec<(u32, Source)>,
}

impl Folding {
    pub fn new(what: What, at: Position) -> Self {
        Self {
            source: Source::new(what, at),
            ..Self::default()
        }
    }

    /// It is one of this room's own.
    pub fn decide(&mut self, event: &AllocatorEvent, at: Position) {
        let (effects, causes) = match event {
            AllocatorEvent::Settled(it) => (&it.effects, &it.causes),
            AllocatorEvent::Rebalanced(_) | AllocatorEvent::StockAssigned(_) => {
                self.decided = Some(at);
                self.run = true;
                return;
            }
            // Nothing becomes free by it.
            AllocatorEvent::WaitsEnded(_) => {
                self.decided = Some(at);
                return;
            }
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::PromisesDue(_)
            | AllocatorEvent::Prioritised(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_) => return,
        };
        self.decided = Some(at);
        let released = |effect: &Effect| matches!(effect, Effect::Released(_));
        if effects.iter().any(released) {
            self.released = causes.iter().flat_map(sources).collect();
            self.released.sort_by_key(|(effect, _)| *effect);
        }
    }

    /// An effect of the decision is next. Its stock is brought into line at once, that of a run
    /// once all of it is folded: what is released there is for what is assigned.
    pub fn effect(&mut self, index: u32, releases: bool) {
        let Some(at) = self.decided.filter(|_| !self.run) else {
            return;
        };
        let found = self
            .released
            .binary_search_by_key(&index, |(effect, _)| *effect);
        let released = found.ok().filter(|_| releases);
        let released = released.and_then(|found| self.released.get(found));
        let released = released.map(|(_, source)| *source);
        // What a customer gave up is free by that. What a count takes back is not what it found:
        // who gets any of it gets it from the line that had it.
        let given_up = |it: &Source| {
            matches!(
                it.what,
                What::Cancelled | What::Substituted | What::Suspended
            )
        };
        self.mover = released;
        self.source = released.filter(given_up).unwrap_or(Source {
            effect: Some(index),
            ..Source::new(What::Settled, at)
        });
    }

    /// What dates move by now.
    pub fn mover(&self) -> Source {
        self.mover.unwrap_or(self.source)
    }

    /// Each effect's stock is brought into line before the next one.
    pub const fn one_by_one(&self) -> bool {
        self.decided.is_some() && !self.run
    }

    /// It changes what is there, or what is reserved of it.
    pub fn touch(&mut self, sku: u32, place: u16) {
        if self.touched.last() != Some(&(sku, place)) {
            self.touched.push((sku, place));
        }
    }

    /// What it has changed since this was asked before.
    pub fn touched(&mut self) -> Vec<(u32, u16)> {
        std::mem::take(&mut self.touched)
    }

    /// All that was touched is brought into line: its memory serves what is touched next.
    pub fn followed(&mut self, mut touched: Vec<(u32, u16)>) {
        touched.clear();
        self.touched = touched;
    }
}

/// The effects that a cause led to, each with what the cause is.
fn sources(cause: &Cause) -> impl Iterator<Item = (u32, Source)> {
    let source = Source {
        what: cause.what,
        at: cause.at,
        effect: cause.effect,
    };
    cause.led_to.iter().map(move |led| (led.0, source))
}
