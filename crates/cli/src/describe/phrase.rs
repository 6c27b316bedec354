//! Parts of sentences that facts of several rooms have alike.

use domain::ids::Sku;

/// The most parts of a sentence; a log line is to be read, not scrolled.
const MAX_PARTS: usize = 8;

/// So many units of an SKU.
pub(super) fn units(quantity: u32, sku: &Sku) -> String {
    format!("{quantity} x {sku}")
}

/// Parts with commas between them; those beyond [`MAX_PARTS`] are only counted.
pub(super) fn join(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    let more = parts.len().saturating_sub(MAX_PARTS);
    parts.truncate(MAX_PARTS);
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}
