//! Where more is reserved than is on hand, and since when. Must not know who is told.

use std::collections::BTreeMap;

use super::stock::{Count, Stock};
use crate::ids::{LocationId, Sku, Timestamp};
use crate::shared::SharedMap;

/// Notes where an SKU is short by now, and since when; forgets where it no longer is.
pub(super) fn note_shortfalls(
    shortfalls: &mut SharedMap<Sku, BTreeMap<LocationId, Timestamp>>,
    sku: &Sku,
    stock: &Stock,
    at: Timestamp,
) {
    let is_short = |count: &Count| count.reserved > count.on_hand;
    if !stock.everywhere().any(|(_, count)| is_short(count)) {
        if shortfalls.contains_key(sku) {
            shortfalls.remove(sku);
        }
        return;
    }
    if let Some(since) = shortfalls.get_or_insert_with(sku, BTreeMap::new) {
        since.retain(|place, _| stock.count(place).is_some_and(is_short));
        for (place, _) in stock.everywhere().filter(|(_, count)| is_short(count)) {
            since.entry(place.clone()).or_insert(at);
        }
    }
}
