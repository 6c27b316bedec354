//! Stock that is short: more is reserved at a location than is on hand there. What is not in a
//! released wave the allocator takes back at once; what is, nobody does but a person. Must not know
//! what is done about it.

use std::collections::BTreeMap;

use super::{Count, Inventory};
use crate::exact::Exact;
use crate::exception::{Exception, ExceptionKind, Exceptions, Worst};
use crate::ids::{LocationId, Sku, Timestamp};
use crate::shared::SharedMap;

/// How long stock may be short before a person is told, where no wave is: the allocator's next
/// decision mends it.
pub const SHORTFALL_GRACE_MS: i64 = 60_000;

/// Notes where an SKU is short by now, and since when; forgets where it no longer is.
pub(super) fn note_shortfalls(
    shortfalls: &mut SharedMap<Sku, BTreeMap<LocationId, Timestamp>>,
    sku: &Sku,
    places: &BTreeMap<LocationId, Count>,
    at: Timestamp,
) {
    let is_short = |count: &Count| count.reserved > count.on_hand;
    if !places.values().any(is_short) {
        if shortfalls.contains_key(sku) {
            shortfalls.remove(sku);
        }
        return;
    }
    if let Some(since) = shortfalls.get_or_insert_with(sku, BTreeMap::new) {
        since.retain(|place, _| places.get(place).is_some_and(is_short));
        for (place, _) in places.iter().filter(|(_, count)| is_short(count)) {
            since.entry(place.clone()).or_insert(at);
        }
    }
}

impl Exceptions for Inventory {
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        for (sku, places) in &self.shortfalls {
            for (location, since) in places {
                let count = self.count(sku, location);
                if let Some(exception) = short(sku, location, count, *since, now)
                    && !worst.take(exception)
                {
                    return;
                }
            }
        }
    }
}

fn short(
    sku: &Sku,
    location: &LocationId,
    count: Count,
    since: Timestamp,
    now: Timestamp,
) -> Option<Exception> {
    let on_hand = count.on_hand;
    let (kind, wanted, what) = if count.in_wave > on_hand {
        (
            ExceptionKind::StockShortInWave,
            count.in_wave,
            "in released waves",
        )
    } else if now.ms_since(since) >= SHORTFALL_GRACE_MS {
        (ExceptionKind::StockShort, count.reserved, "reserved")
    } else {
        return None;
    };
    let missing = wanted.minus_or_zero(on_hand);
    let text =
        format!("{missing} of {sku} missing at {location}: {wanted} {what}, {on_hand} there");
    Some(Exception {
        sku: Some(sku.clone()),
        location: Some(location.clone()),
        ..Exception::new(kind, since, missing, text)
    })
}
