//! The bounds of how an item is sold and bought.

use std::collections::BTreeSet;

use super::bounds::{
    MAX_ALTERNATIVES, MAX_CAP, MAX_CHANNEL_CHARS, MAX_DAYS, MAX_LEVELS, MAX_OFFER_DAYS, MAX_UNITS,
};
use super::refusals::InventoryRefusal as No;
use crate::event::{Protection, Replenishment, Segment};
use crate::ids::Sku;

pub(super) fn check_segment(sku: &Sku, segment: &Segment) -> Result<(), No> {
    match segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => {
            if *cap > MAX_CAP {
                return Err(No::CapOutOfRange { cap: *cap });
            }
            if *longest_wait_days > MAX_DAYS {
                return Err(No::LongestWaitOutOfRange {
                    days: *longest_wait_days,
                });
            }
            Ok(())
        }
        Segment::Substitutable {
            alternatives,
            offer_days,
        } => {
            if let Some(days) = offer_days.filter(|days| *days > MAX_OFFER_DAYS) {
                return Err(No::OfferDaysOutOfRange { days });
            }
            let count = alternatives.len();
            if !(1..=MAX_ALTERNATIVES).contains(&count) {
                return Err(No::AlternativeCountOutOfRange { count });
            }
            let mut seen = BTreeSet::from([sku]);
            match alternatives
                .iter()
                .find(|alternative| !seen.insert(alternative))
            {
                Some(repeated) => Err(No::RepeatedAlternative {
                    sku: repeated.clone(),
                }),
                None => Ok(()),
            }
        }
        Segment::StockOnly => Ok(()),
    }
}

pub(super) fn check_replenishment(rule: &Replenishment) -> Result<(), No> {
    if !(1..=MAX_UNITS).contains(&rule.pack_size) {
        return Err(No::PackSizeOutOfRange {
            pack_size: rule.pack_size,
        });
    }
    if rule.order_up_to <= rule.reorder_point || rule.order_up_to > MAX_CAP {
        let (reorder_point, order_up_to) = (rule.reorder_point, rule.order_up_to);
        return Err(No::OrderUpToOutOfRange {
            reorder_point,
            order_up_to,
        });
    }
    if rule.lead_time_days > MAX_DAYS {
        return Err(No::LeadTimeOutOfRange {
            days: rule.lead_time_days,
        });
    }
    Ok(())
}

/// Stock is divided by shares or kept by levels; both at once would have no order in which to do
/// them that a clerk could explain.
pub(super) fn check_protection(protection: &Protection, fair_share: bool) -> Result<(), No> {
    if protection.safety_stock > MAX_CAP {
        return Err(No::SafetyStockOutOfRange {
            units: protection.safety_stock,
        });
    }
    let (channels, tiers) = (&protection.channels, &protection.tiers);
    if fair_share && !(channels.is_empty() && tiers.is_empty()) {
        return Err(No::FairShareConflict {});
    }
    if channels.len().max(tiers.len()) > MAX_LEVELS {
        return Err(No::TooManyLevels {
            count: channels.len().max(tiers.len()),
        });
    }
    let units = channels.iter().map(|level| level.units);
    let mut units = units.chain(tiers.iter().map(|level| level.units));
    if let Some(units) = units.find(|units| !(1..=MAX_CAP).contains(units)) {
        return Err(No::LevelOutOfRange { units });
    }
    let mut seen = BTreeSet::new();
    for level in channels {
        let name = &level.channel;
        let chars = name.chars().count();
        if !(1..=MAX_CHANNEL_CHARS).contains(&chars) || name.chars().any(char::is_control) {
            return Err(No::ChannelMalformed {});
        }
        if !seen.insert(name.as_str()) {
            return Err(No::RepeatedLevel { of: name.clone() });
        }
    }
    let mut seen = BTreeSet::new();
    match tiers.iter().find(|level| !seen.insert(&level.tier)) {
        Some(level) => Err(No::RepeatedLevel {
            of: level.tier.to_string(),
        }),
        None => Ok(()),
    }
}
