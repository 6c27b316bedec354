//! All five services in one process: the only place that sees them together.

use chassis::{Cell, Part};
use domain::decider::Room;

/// One service's part of a process.
///
/// # Errors
/// Its settings are wrong, or its room is open in this process already.
pub(crate) fn part(cell: &Cell, room: Room) -> anyhow::Result<Part> {
    match room {
        Room::Orders => orders::part(cell),
        Room::Inventory => inventory::part(cell),
        Room::Allocator => allocator::part(cell),
        Room::Notifier => notifier::part(cell),
        Room::SupplierGateway => supplier_gateway::part(cell),
    }
}

/// All five.
///
/// # Errors
/// As [`part`].
pub(crate) fn parts(cell: &Cell) -> anyhow::Result<Vec<Part>> {
    Room::ALL.into_iter().map(|room| part(cell, room)).collect()
}
