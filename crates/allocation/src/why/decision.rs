//! What is told of a decision, and what is read for it. Must not know how it is said.

use crate::Allocator;
use crate::explain::QueuePlace;
use domain::event::{AllocatorEvent, Before, Cause, Divided, Effect, Event, Led, What};
use domain::ids::{LocationId, OrderId, Position, Revision, Sku, Timestamp, Zone};
use domain::quantity::Measure;

/// An event as it stands on the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Where.
    pub position: Position,
    /// When its room decided, by that room's clock.
    pub at: Timestamp,
    /// What its room had folded when it decided.
    pub as_of: Revision,
    /// What became true.
    pub event: Event,
}

/// One decision on a line, or one that gave what it waited for to others.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Where it stands on the log.
    pub position: Position,
    /// When it was made.
    pub at: Timestamp,
    /// The version of the ranking rule by which it was made.
    pub rule_version: u32,
    /// What it came to.
    pub outcome: Decided,
    /// Units that it is about; of a date, 0.
    pub quantity: u32,
    /// Where they are, if they are stock.
    pub location: Option<LocationId>,
    /// What the line was ranked by, where that was recorded or could be folded.
    pub effective: Option<Timestamp>,
    /// Where the line stood in its queue when this was decided, if it waited and that could be
    /// folded.
    pub stood: Option<QueuePlace>,
    /// By what, in the order in which it was recorded; empty: that was not recorded then.
    pub causes: Vec<By>,
    /// Lines that got those units, or what this line waited for; at most [`MAX_OTHERS`].
    pub others: Vec<Other>,
    /// All of this, to be read out.
    pub sentence: String,
}

/// What a decision came to for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Stock was reserved for it.
    Reserved,
    /// Reserved stock was taken back from it.
    TakenBack,
    /// It was let wait.
    Waits,
    /// It was offered something else, and waits meanwhile.
    Offered,
    /// It was refused.
    Refused,
    /// It was told a date, or another one.
    Dated,
    /// Others got stock that it waited for.
    PassedOver,
}

/// What led to a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct By {
    /// What had happened.
    pub what: What,
    /// Where that stands on the log, if it is an event.
    pub position: Option<Position>,
    /// Of an event with effects, which of them, from 0.
    pub effect: Option<u32>,
    /// What it is called there, such as a receipt's or a cancellation's id; empty if it has none.
    pub id: String,
    /// Units that it accounts for; 0 if it is not about units.
    pub units: u32,
    /// Of a fair share, what was divided.
    pub divided: Option<Divided>,
}

impl By {
    /// What had happened, in the word of the wire.
    pub fn name(&self) -> String {
        let written = serde_json::to_value(self.what).unwrap_or_default();
        written.as_str().unwrap_or_default().to_owned()
    }
}

/// The most lines that a decision names beside the one that is asked about.
pub const MAX_OTHERS: usize = 20;

/// A line that got something.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Whose.
    pub order: OrderId,
    /// Which line.
    pub line: u32,
    /// Whole units.
    pub quantity: u32,
    /// What it was ranked by then.
    pub effective: Timestamp,
}

/// Of which line, and in which days and units it is told.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// The order.
    pub order: &'a OrderId,
    /// The line.
    pub line: u32,
    /// What it asks for.
    pub sku: &'a Sku,
    /// Its days.
    pub zone: &'a Zone,
    /// What its item is counted in.
    pub measure: &'a Measure,
    /// How it stands when it is asked about.
    pub stands: Stands,
}

/// How a line stands when it is asked about.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// Units that wait.
    pub waits: u32,
    /// Units that its customer gave up.
    pub given_up: u32,
}

/// What was read for it.
pub trait Log {
    /// The event at a position, if it was read.
    fn fact(&self, at: Position) -> Option<&Fact>;
    /// The room as it was at a revision, if it was folded.
    fn room_at(&self, at: Revision) -> Option<&Allocator>;
}

/// The effects of a decision, with what led to them.
pub struct Effects<'a> {
    pub rule: u32,
    pub effects: &'a [Effect],
    pub causes: &'a [Cause],
    pub before: &'a [Before],
}

impl Fact {
    /// What it did, if it is a decision on lines.
    pub(super) fn decided(&self) -> Option<Effects<'_>> {
        let Event::Allocator(event) = &self.event else {
            return None;
        };
        let (rule, effects, causes, before) = match event {
            AllocatorEvent::Settled(it) => (it.rule, &it.effects, it.causes.as_slice(), &it.before),
            AllocatorEvent::Rebalanced(it) => {
                (it.rule, &it.effects, it.causes.as_slice(), &it.before)
            }
            AllocatorEvent::StockAssigned(it) => {
                (it.rule, &it.effects, it.causes.as_slice(), &it.before)
            }
            AllocatorEvent::WaitsEnded(it) => (it.rule, &it.effects, &[][..], &it.before),
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::PromisesDue(_)
            | AllocatorEvent::Prioritised(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_) => return None,
        };
        Some(Effects {
            rule,
            effects,
            causes,
            before,
        })
    }

    /// It is a decision on lines.
    pub fn is_decision(&self) -> bool {
        self.decided().is_some()
    }

    /// What it did to lines.
    pub fn effects(&self) -> &[Effect] {
        self.decided().map_or(&[], |decided| decided.effects)
    }

    /// Where the decision before on an order stands, if this is one and names it.
    pub fn before(&self, order: &OrderId) -> Option<Position> {
        let decided = self.decided()?;
        let whose = |before: &&Before| {
            let at = usize::try_from(before.0).unwrap_or(usize::MAX);
            let effect = decided.effects.get(at);
            effect.is_some_and(|effect| effect.order() == order)
        };
        decided.before.iter().find(whose).map(|it| it.at())
    }

    /// Where what led to what it did stands: to effects on an order, or on an SKU.
    pub fn led_by(&self, order: &OrderId, skus: &[&Sku]) -> Vec<Position> {
        let Some(decided) = self.decided() else {
            return Vec::new();
        };
        let asked = |led: &Led| {
            let effect = usize::try_from(led.0).ok();
            let effect = effect.and_then(|at| decided.effects.get(at));
            effect.is_some_and(|it| it.order() == order || skus.contains(&it.sku()))
        };
        let causes = decided.causes.iter();
        let causes = causes.filter(|cause| cause.led_to.iter().any(&asked));
        causes.filter_map(|cause| cause.at).collect()
    }
}
