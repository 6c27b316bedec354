//! What happens in every world, whoever gets what: the facts of the span that nobody here
//! decides, in time order, with supply moved and scaled as a scenario says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::part::{Part, PartMut, Teller};
use super::scale::{Scale, brought};
use super::scenario::Scenario;
use domain::event::{DatedLine, Event};
use domain::exact::Exact;
use domain::ids::{DAY_MS, PurchaseOrderId, Revision, Sku, Timestamp};
use domain::renamed::Renamed;

/// A fact of the span.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// When it is recorded.
    pub at: Timestamp,
    /// The commit that it stood in: facts of one commit are folded together.
    pub commit: Revision,
    /// What became true.
    pub event: Event,
}

/// The facts of the span, in the log's order.
#[derive(Debug, Default)]
pub(super) struct Recording {
    facts: Vec<Told>,
    /// When each purchase order was made: nothing of it comes before.
    ordered: BTreeMap<PurchaseOrderId, Timestamp>,
}

/// The purchase order whose supply a fact is about.
const fn supply_of(event: &Event) -> Option<&PurchaseOrderId> {
    match Part::of(event) {
        Part::Received(it) => it.purchase_order.as_ref(),
        Part::Confirmed(it) => Some(&it.purchase_order),
        Part::Delayed(it) => Some(&it.purchase_order),
        Part::Scheduled(it) => Some(&it.purchase_order),
        Part::Rejected(it) => Some(&it.purchase_order),
        Part::Closed(it) => Some(&it.purchase_order),
        Part::Shipped(it) => Some(&it.purchase_order),
        Part::Ordered(_) | Part::Item(_) | Part::Other => None,
    }
}

impl Recording {
    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// A fact before the span.
    pub fn remember(&mut self, at: Timestamp, event: &Event) {
        if let Part::Ordered(it) = Part::of(event) {
            self.ordered.insert(it.purchase_order.clone(), at);
        }
    }

    /// A fact of the span.
    pub fn take(&mut self, at: Timestamp, commit: Revision, event: &Event) {
        self.remember(at, event);
        match Teller::of(event) {
            Teller::Log => {
                let event = event.clone();
                self.facts.push(Told { at, commit, event });
            }
            Teller::World | Teller::Nobody => {}
        }
    }

    /// An item is called otherwise, in all that was told before as well.
    pub fn rename(&mut self, renamed: &Renamed) {
        for told in &mut self.facts {
            if let Cow::Owned(event) = renamed.read(&told.event) {
                told.event = event;
            }
        }
    }

    /// One of these SKUs of which nothing comes in the span.
    pub fn unsupplied<'a>(&self, mut skus: impl Iterator<Item = &'a Sku>) -> Option<&'a Sku> {
        let facts = || self.facts.iter().flat_map(|told| brought(&told.event));
        skus.find(|sku| facts().all(|other| other != *sku))
    }

    /// What is told in a world, in its own order of time.
    pub fn of(&self, scenario: &Scenario, from: Timestamp) -> Vec<Told> {
        let mut scale = Scale::new(scenario);
        let told = self
            .facts
            .iter()
            .filter(|told| !scenario.replaces(&told.event));
        let mut told: Vec<Told> = told
            .map(|told| self.retold(scenario, from, told))
            .filter_map(|mut told| scale.retell(&mut told.event).then_some(told))
            .collect();
        // Stable: what stands at one time keeps the log's order.
        told.sort_by_key(|told| told.at);
        told
    }

    fn retold(&self, scenario: &Scenario, from: Timestamp, told: &Told) -> Told {
        let mut told = told.clone();
        scenario.redefine(&mut told.event);
        let days = scenario.supply_days;
        if days == 0 {
            return told;
        }
        if let Some(purchase_order) = supply_of(&told.event) {
            let ordered = self.ordered.get(purchase_order).copied();
            let earliest = ordered.unwrap_or(from).max(from);
            told.at = told.at.plus_ms(days.times(DAY_MS)).max(earliest);
        }
        move_dates(&mut told.event, days);
        told
    }
}

/// The dates that a fact tells of supply, moved by so many days.
fn move_dates(event: &mut Event, days: i64) {
    let lines = |lines: &mut [DatedLine]| {
        for line in lines {
            line.eta = line.eta.plus_days(days);
        }
    };
    match PartMut::of(event) {
        PartMut::Ordered(it) => it.expected_at = it.expected_at.plus_days(days),
        PartMut::Confirmed(it) => lines(&mut it.lines),
        PartMut::Delayed(it) => lines(&mut it.lines),
        PartMut::Shipped(it) => it.eta = it.eta.plus_days(days),
        PartMut::Scheduled(it) => {
            let parts = it.lines.iter_mut().flat_map(|line| &mut line.parts);
            for eta in parts.filter_map(|part| part.eta.as_mut()) {
                *eta = eta.plus_days(days);
            }
        }
        PartMut::Closed(_)
        | PartMut::Rejected(_)
        | PartMut::Received(_)
        | PartMut::Item(_)
        | PartMut::Other => {}
    }
}
