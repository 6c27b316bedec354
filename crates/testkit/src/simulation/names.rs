//! What the world trades in, and where.

use audit::Audit;
use domain::ids::Sku;

use super::chance::Chance;

pub(super) const SKUS: [&str; 4] = ["BOLT", "NUT", "螺母 *>.", "GEAR"];
pub(super) const LOCATIONS: [&str; 2] = ["MAIN", "NORTH"];

/// An item, mostly as it is called now, sometimes as it was called first.
pub(super) fn item(chance: &mut Chance, audit: &Audit) -> Sku {
    let first = Sku::from(any(chance, &SKUS));
    if chance.below(4) == 0 {
        return first;
    }
    audit.renamed.now(&first).clone()
}

/// One of these, by chance.
pub(super) fn any<'a>(chance: &mut Chance, of: &[&'a str]) -> &'a str {
    of.get(chance.index(of.len())).copied().unwrap_or_default()
}
