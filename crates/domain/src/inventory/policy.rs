//! The bounds of how an item is sold and bought.

use std::collections::BTreeSet;

use super::{InventoryRefusal as No, MAX_ALTERNATIVES, MAX_CAP, MAX_DAYS, MAX_UNITS};
use crate::event::{Replenishment, Segment};
use crate::ids::Sku;

pub(super) fn check_segment(sku: &Sku, segment: &Segment) -> Result<(), No> {
    match segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => {
            if *cap > MAX_CAP {
                return Err(No::BadCap { cap: *cap });
            }
            if *longest_wait_days > MAX_DAYS {
                return Err(No::BadLongestWait {
                    days: *longest_wait_days,
                });
            }
            Ok(())
        }
        Segment::Substitutable { alternatives } => {
            let count = alternatives.len();
            if !(1..=MAX_ALTERNATIVES).contains(&count) {
                return Err(No::BadAlternativeCount { count });
            }
            let mut seen = BTreeSet::from([sku]);
            match alternatives
                .iter()
                .find(|alternative| !seen.insert(alternative))
            {
                Some(repeated) => Err(No::BadAlternative {
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
        return Err(No::BadPackSize {
            pack_size: rule.pack_size,
        });
    }
    if rule.order_up_to <= rule.reorder_point || rule.order_up_to > MAX_CAP {
        let (reorder_point, order_up_to) = (rule.reorder_point, rule.order_up_to);
        return Err(No::BadLevels {
            reorder_point,
            order_up_to,
        });
    }
    if rule.lead_time_days > MAX_DAYS {
        return Err(No::BadLeadTime {
            days: rule.lead_time_days,
        });
    }
    Ok(())
}
