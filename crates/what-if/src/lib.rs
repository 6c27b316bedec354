//! What if: a span of a cell's log folded again under another rule, cap or supply, and compared.
//!
//! Reads only. Taken from the log is what nobody here decides: orders and cancellations, items,
//! counted stock, purchase orders and their dates. Left out is what follows from allocation: what
//! the allocator settled, and the waves, shipments and closings that came of it; each world
//! decides on those anew. Up to the span all worlds are the one that was recorded. Must not know
//! how a log is read or a report is shown.
//!
//! What the comparison cannot say: customers order, cancel and return, and buyers buy, as they
//! did in the recorded world, whatever another rule would have told them.

use std::collections::BTreeMap;

use allocation::Allocator;
use domain::decider::{Projection, Recorded};
use domain::event::{Commit, Event, ItemDefined, ItemRenamed};
use domain::ids::{Position, Revision, Sku, Timestamp};

mod ledger;
mod lines;
mod part;
mod recording;
mod refusals;
mod report;
mod scale;
mod scenario;
#[cfg(test)]
mod tests;
mod world;

pub use refusals::WhatIfRefusal;
pub use report::{Comparison, Day, Measures, Report};
pub use scenario::{MAX_CAP, MAX_SUPPLY_DAYS, MAX_SUPPLY_PERCENT, MAX_SUPPLY_SKUS, Scenario};

use domain::exact::Exact;
use domain::renamed::Renamed;
use ledger::Ledger;
use part::Part;
use recording::Recording;

/// The most scenarios that are compared at once.
pub const MAX_SCENARIOS: usize = 8;
/// The most events of the span that are played again; a longer span is refused.
pub const MAX_SPAN_EVENTS: usize = 2_000_000;
/// The most events of the log up to the end of the span; a longer log is refused.
pub const MAX_HEARD_EVENTS: usize = 20_000_000;
/// What the recorded world is called.
pub const RECORDED: &str = "recorded";

/// A place on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A commit.
    Revision(Revision),
    /// A point of time, by the clocks of the rooms.
    At(Timestamp),
}

/// Which part of the log is played again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first commit that is played again, or the first at this time or after it; before it,
    /// all worlds are one.
    pub from: Cut,
    /// The last one, or the last at this time or before it.
    pub to: Cut,
}

impl Span {
    fn is_empty(self) -> bool {
        match (self.from, self.to) {
            (Cut::Revision(from), Cut::Revision(to)) => from > to,
            (Cut::At(from), Cut::At(to)) => from > to,
            (Cut::Revision(_), Cut::At(_)) | (Cut::At(_), Cut::Revision(_)) => false,
        }
    }

    fn has_begun(self, revision: Revision, at: Timestamp) -> bool {
        match self.from {
            Cut::Revision(from) => revision >= from,
            Cut::At(from) => at >= from,
        }
    }

    fn is_over(self, revision: Revision, at: Timestamp) -> bool {
        match self.to {
            Cut::Revision(to) => revision > to,
            Cut::At(to) => at > to,
        }
    }
}

/// A log that is being heard, from its first commit on, to be played again.
#[derive(Debug)]
pub struct WhatIf {
    span: Span,
    scenarios: Vec<Scenario>,
    /// The room as it was when the span began.
    start: Allocator,
    /// What the lines were when the span began; then goes on with the recorded world.
    ledger: Ledger,
    /// The same, when the span began.
    before: Option<Ledger>,
    /// Each item as it was defined last before the span.
    items: BTreeMap<Sku, ItemDefined>,
    recording: Recording,
    heard: usize,
    /// The first revision of the span.
    first: Revision,
    /// When the last commit before the span was recorded.
    until: Timestamp,
    over: bool,
    now: Timestamp,
    /// What items are called at the end of what was heard.
    renamed: Renamed,
}

impl WhatIf {
    /// Ready to hear a log from its first commit on.
    ///
    /// # Errors
    /// A span that ends before it begins; no scenario, or too many; two of one name; a scenario
    /// out of bounds.
    pub fn new(span: Span, scenarios: Vec<Scenario>) -> Result<Self, WhatIfRefusal> {
        if span.is_empty() {
            return Err(WhatIfRefusal::SpanOutOfRange {});
        }
        let count = scenarios.len();
        if !(1..=MAX_SCENARIOS).contains(&count) {
            return Err(WhatIfRefusal::ScenarioCountOutOfRange { count });
        }
        let mut names = std::collections::BTreeSet::from([RECORDED]);
        for scenario in &scenarios {
            scenario.check()?;
            if !names.insert(&scenario.name) {
                let name = scenario.name.clone();
                return Err(WhatIfRefusal::RepeatedScenario { name });
            }
        }
        Ok(Self {
            span,
            scenarios,
            start: Allocator::default(),
            ledger: Ledger::default(),
            before: None,
            items: BTreeMap::new(),
            recording: Recording::default(),
            heard: 0,
            first: Revision(0),
            until: Timestamp::MIN,
            over: false,
            now: Timestamp::MIN,
            renamed: Renamed::default(),
        })
    }

    /// Takes in the next commit of the log, of any room; those after the span are not heard.
    ///
    /// # Errors
    /// The span has more than [`MAX_SPAN_EVENTS`] events, or the log more than
    /// [`MAX_HEARD_EVENTS`].
    pub fn hear(&mut self, revision: Revision, commit: &Commit) -> Result<(), WhatIfRefusal> {
        let at = self.now.max(commit.at);
        self.over = self.over || self.span.is_over(revision, at);
        if self.over {
            return Ok(());
        }
        let until = std::mem::replace(&mut self.now, at);
        let began = self.before.is_some() || self.span.has_begun(revision, at);
        if began && self.before.is_none() {
            self.until = until;
            self.begin(revision, at);
        }
        for (index, event) in (0_u32..).zip(&commit.events) {
            let recorded = Recorded {
                position: Position { revision, index },
                as_of: commit.as_of,
                at: commit.at,
            };
            if let Some(fact) = ItemRenamed::of(event) {
                self.rename(recorded, fact);
            }
            let event = &*self.renamed.read(event);
            self.ledger.hear(self.now, event);
            // Goods of the recorded world leave as it says.
            self.ledger.take_picks();
            if began {
                self.recording.take(self.now, revision, event);
            } else {
                if ItemRenamed::of(event).is_none() {
                    self.start.fold(recorded, event);
                }
                self.recording.remember(self.now, event);
                self.define(event);
            }
        }
        let events = self.recording.len();
        if events > MAX_SPAN_EVENTS {
            return Err(WhatIfRefusal::TooManySpanEvents { events });
        }
        self.heard = self.heard.plus(commit.events.len());
        let events = self.heard;
        if events > MAX_HEARD_EVENTS {
            return Err(WhatIfRefusal::TooManyLogEvents { events });
        }
        Ok(())
    }

    /// An item is called otherwise: in every world from its start on, so that a scenario that names
    /// it means one item, and what each world comes to is compared by one name.
    fn rename(&mut self, recorded: Recorded, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        // One that the span defines is called so from the first.
        if self.items.contains_key(was) {
            self.start.fold(recorded, &fact.clone().into());
        }
        self.ledger.rename(was, is);
        if let Some(before) = &mut self.before {
            before.rename(was, is);
        }
        self.recording.rename(&self.renamed);
        if let Some(item) = self.items.remove(was) {
            self.items.insert(is.clone(), item);
        }
    }

    fn define(&mut self, event: &Event) {
        if let Part::Item(item) = Part::of(event) {
            self.items.insert(item.sku.clone(), item.clone());
        }
    }

    /// Whether all of the span was heard, so that what follows need not be.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    fn begin(&mut self, revision: Revision, at: Timestamp) {
        self.first = revision;
        self.ledger.begin(at);
        self.before = Some(self.ledger.clone());
    }

    /// Plays the span in every world, and says how they differ. The recorded world comes first,
    /// then the scenarios in their order.
    ///
    /// # Errors
    /// No commit of the log lies in the span, or nothing of an SKU comes in it whose supply is to
    /// be another.
    pub fn compare(mut self) -> Result<Comparison, WhatIfRefusal> {
        let before = self.before.take().ok_or(WhatIfRefusal::SpanOutOfRange {})?;
        for scenario in &mut self.scenarios {
            let named = scenario.supply_skus.iter();
            scenario.supply_skus = named.map(|sku| self.renamed.now(sku).clone()).collect();
        }
        for scenario in &self.scenarios {
            if let Some(sku) = self.recording.unsupplied(scenario.supply_skus.iter()) {
                let sku = sku.clone();
                return Err(WhatIfRefusal::UnknownSupply { sku });
            }
        }
        let shared = self.shared(&before);
        let mut worlds = vec![self.ledger.report(RECORDED, shared.to)];
        for scenario in &self.scenarios {
            worlds.push(world::play(&shared, scenario, &mut |_recorded, _event| {}));
        }
        Ok(Comparison {
            from: shared.from,
            to: shared.to,
            pick_and_ship_ms: shared.pick_and_ship_ms,
            worlds,
        })
    }

    /// What all worlds begin with.
    fn shared<'a>(&'a self, before: &'a Ledger) -> world::Shared<'a> {
        world::Shared {
            room: &self.start,
            lines: before,
            items: &self.items,
            recording: &self.recording,
            last: Revision(self.first.0.minus_or_zero(1)),
            until: self.until,
            from: before.began().unwrap_or(self.now),
            to: self.now,
            pick_and_ship_ms: self.ledger.pick_and_ship_ms(),
        }
    }
}
