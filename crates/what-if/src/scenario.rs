//! What is different in a world. Must not know how a world is played.

use std::collections::BTreeSet;

use super::part::PartMut;
use super::refusals::WhatIfRefusal;
use domain::decider::Room;
use domain::event::{AllocatorEvent, Event, ItemDefined, Protection, Segment};
use domain::ids::Sku;

/// The most days by which supply may be moved, either way.
pub const MAX_SUPPLY_DAYS: i64 = 365;
/// The highest cap that may be asked about, in units.
pub const MAX_CAP: u32 = 1_000_000_000;
/// The most percent of supply that may be asked about.
pub const MAX_SUPPLY_PERCENT: u32 = 1_000;
/// The most SKUs that a scenario may name.
pub const MAX_SUPPLY_SKUS: usize = 1_000;
/// The longest name of a scenario, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Another world: what is different in it from the begin of the span on. One with nothing but a
/// name plays the recorded rules again, to be compared with the others.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Scenario {
    /// What it is called in the report.
    pub name: String,
    /// The allocator's own facts that open the span, such as another ranking rule. Facts of the
    /// same kind that stand in the span are then left out.
    pub opening: Vec<Event>,
    /// The most units that may wait for an item whose customers may wait, instead of its own cap.
    pub cap: Option<u32>,
    /// Whether each item's free stock is divided in fair shares among those who wait, instead of
    /// as the item says. Items that keep levels for channels or tiers stay as they are: inventory
    /// takes no item that does both.
    pub fair_share: Option<bool>,
    /// Days by which every delivery on a purchase order, and every date told for it, comes later
    /// (or, negative, earlier; not before it is ordered, nor before the span).
    pub supply_days: i64,
    /// Of all units that were ordered from suppliers in the span, and of all that were counted in
    /// without a purchase order, so many percent; see `scale` for how they are rounded.
    pub supply_percent: Option<u32>,
    /// Scale the supply of these SKUs only; empty: of all.
    pub supply_skus: BTreeSet<Sku>,
}

impl Scenario {
    /// Plays the recorded rules again.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), WhatIfRefusal> {
        if self.name.is_empty() || self.name.len() > MAX_NAME_BYTES {
            let name = self.name.clone();
            return Err(WhatIfRefusal::ScenarioNameMalformed { name });
        }
        if !(-MAX_SUPPLY_DAYS..=MAX_SUPPLY_DAYS).contains(&self.supply_days) {
            let days = self.supply_days;
            return Err(WhatIfRefusal::SupplyDaysOutOfRange { days });
        }
        if let Some(percent) = self.supply_percent.filter(|it| *it > MAX_SUPPLY_PERCENT) {
            return Err(WhatIfRefusal::SupplyPercentOutOfRange { percent });
        }
        let skus = self.supply_skus.len();
        if skus > MAX_SUPPLY_SKUS {
            return Err(WhatIfRefusal::TooManySupplySkus { skus });
        }
        if skus > 0 && self.supply_percent.is_none() {
            return Err(WhatIfRefusal::SupplyPercentMissing {});
        }
        if let Some(cap) = self.cap.filter(|cap| *cap > MAX_CAP) {
            return Err(WhatIfRefusal::WhatIfCapOutOfRange { cap });
        }
        if let Some(event) = self.opening.iter().find(|event| !opens(event)) {
            let tag = event.tag().to_owned();
            return Err(WhatIfRefusal::OpeningMalformed { tag });
        }
        Ok(())
    }

    /// Whether this fact is replaced by one of its own.
    pub(super) fn replaces(&self, event: &Event) -> bool {
        event.room() == Room::Allocator && self.opening.iter().any(|own| own.tag() == event.tag())
    }

    /// Whether the supply of an SKU is another one here.
    pub(super) fn scales(&self, sku: &Sku) -> bool {
        self.supply_skus.is_empty() || self.supply_skus.contains(sku)
    }

    /// Whether items are other ones here.
    pub(super) const fn changes_items(&self) -> bool {
        self.cap.is_some() || self.fair_share.is_some()
    }

    /// A definition as it is here; any other fact stays.
    pub(super) fn redefine(&self, event: &mut Event) {
        if let PartMut::Item(item) = PartMut::of(event) {
            *item = self.item(item);
        }
    }

    /// The item as it is here.
    pub(super) fn item(&self, item: &ItemDefined) -> ItemDefined {
        let mut item = item.clone();
        if let (Some(own), Segment::Backorderable { cap, .. }) = (self.cap, &mut item.segment) {
            *cap = own;
        }
        let keeps = |of: &Protection| !(of.channels.is_empty() && of.tiers.is_empty());
        if !item.protection.as_ref().is_some_and(keeps) {
            item.fair_share = self.fair_share.unwrap_or(item.fair_share);
        }
        item
    }
}

/// Whether a fact may open a world: one of the allocator's that an operator asks for.
const fn opens(event: &Event) -> bool {
    match event {
        Event::Allocator(event) => match event {
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::Prioritised(_)
            | AllocatorEvent::Rebalanced(_)
            | AllocatorEvent::StockAssigned(_)
            | AllocatorEvent::WaitsEnded(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_) => true,
            AllocatorEvent::Settled(_) | AllocatorEvent::PromisesDue(_) => false,
        },
        Event::Orders(_) | Event::Inventory(_) | Event::SupplierGateway(_) | Event::Notifier(_) => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::TierLevel;

    #[test]
    fn fair_shares_leave_items_alone_that_keep_levels() {
        let shared = Scenario {
            fair_share: Some(true),
            cap: Some(9),
            ..Scenario::named("shared")
        };
        let kept = |safety_stock, tiers| Protection {
            safety_stock,
            channels: Vec::new(),
            tiers,
        };
        let gold = TierLevel {
            tier: "gold".into(),
            units: 2,
        };
        let is_shared = |protection| {
            let item = ItemDefined {
                definition: "d1".into(),
                sku: "BOLT".into(),
                description: String::new(),
                segment: Segment::Backorderable {
                    cap: 5,
                    longest_wait_days: 90,
                },
                replenishment: None,
                fair_share: false,
                protection,
                unit: None,
                step: None,
                reserve_days_before: None,
                releases_at: None,
            };
            let here = shared.item(&item);
            let capped = Segment::Backorderable {
                cap: 9,
                longest_wait_days: 90,
            };
            assert_eq!(here.segment, capped);
            here.fair_share
        };
        assert!(is_shared(None));
        assert!(is_shared(Some(kept(3, Vec::new()))));
        assert!(!is_shared(Some(kept(0, vec![gold]))));
    }
}
