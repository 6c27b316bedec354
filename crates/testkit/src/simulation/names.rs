//! What the world trades in, and where.

use super::chance::Chance;

pub(super) const SKUS: [&str; 4] = ["BOLT", "NUT", "螺母 *>.", "GEAR"];
pub(super) const LOCATIONS: [&str; 2] = ["MAIN", "NORTH"];

/// One of these, by chance.
pub(super) fn any<'a>(chance: &mut Chance, of: &[&'a str]) -> &'a str {
    of.get(chance.index(of.len())).copied().unwrap_or_default()
}
