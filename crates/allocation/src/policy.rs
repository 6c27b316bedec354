//! How an item is sold, as far as the allocator goes by it. Must not know stock, nor who waits.

use serde::{Deserialize, Serialize};

use super::measures::Day;
use domain::event::{Protection, Segment};
use domain::exact::Exact;
use domain::ids::{Sku, SupplierId, Timestamp, Zone};
use domain::quantity::Measure;

/// How an item is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens at the door when no stock is free.
    pub segment: Segment,
    /// Days from buying to delivery; nothing if it is not bought again.
    pub lead_time_days: Option<u32>,
    /// From whom it is bought, if it is.
    pub supplier: Option<SupplierId>,
    /// Free stock is divided in proportion to what is waited for, not given by rank.
    pub fair_share: bool,
    /// What of its stock is kept back, and for whom.
    pub protection: Option<Protection>,
    /// What it is counted in, for whoever is told of it.
    pub measure: Measure,
    /// Days before the day on which an order is wanted from which it may take stock; nothing: at
    /// once.
    pub reserve_days_before: Option<u32>,
    /// Nobody is given any before this.
    pub releases_at: Option<Timestamp>,
}

impl Policy {
    /// Whether another item is offered instead of it.
    pub fn offers(&self, sku: &Sku) -> bool {
        match &self.segment {
            Segment::Substitutable { alternatives, .. } => alternatives.contains(sku),
            Segment::Backorderable { .. } | Segment::StockOnly => false,
        }
    }

    /// That item is called otherwise.
    pub(super) fn rename_alternative(&mut self, was: &Sku, is: &Sku) {
        match &mut self.segment {
            Segment::Substitutable { alternatives, .. } => {
                for sku in alternatives.iter_mut().filter(|sku| *sku == was) {
                    *sku = is.clone();
                }
            }
            Segment::Backorderable { .. } | Segment::StockOnly => {}
        }
    }

    /// The first day on which an order that is wanted then may take stock of it, in this zone.
    pub fn not_before(&self, requested_at: Option<Timestamp>, zone: &Zone) -> Day {
        let released = self.releases_at.map(|at| Day::of(at, zone));
        let wanted = self.reserve_days_before.zip(requested_at);
        let wanted = wanted.map(|(days, at)| {
            let days = u16::try_from(days).unwrap_or(u16::MAX);
            Day::of(at, zone).less(days)
        });
        let day = released.max(wanted).unwrap_or_default();
        day.min(Day(u16::MAX.minus(1)))
    }
}
