//! Counts in a sentence, for one as for many. Must not know what is counted.

use domain::ids::PurchaseOrderId;
use domain::quantity::Measure;

/// The verb of so many.
pub const fn are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The same of what was so.
pub const fn were(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// `1 unit`, `2 units`.
pub fn units(count: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} unit{plural}")
}

/// The same of an item that is counted in a unit or in parts of one: `1.5 m`.
pub fn units_of(measure: &Measure, steps: u64) -> String {
    if measure.is_plain() {
        units(steps)
    } else {
        measure.show(steps)
    }
}

/// The move that brings what is inbound, if it is none of a purchase order.
pub fn move_of(inbound: &PurchaseOrderId) -> Option<&str> {
    inbound.as_str().strip_prefix("move:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_many() {
        assert_eq!([0, 1, 2].map(are), ["are", "is", "are"]);
        assert_eq!([0, 1, 2].map(units), ["0 units", "1 unit", "2 units"]);
    }
}
