//! All five services in one process: the only place that sees them together.

use chassis::{Cell, ServiceModule};
use domain::decider::Room;

/// One service as a module of a process.
///
/// # Errors
/// Its settings are wrong, or its room is open in this process already.
pub(crate) fn module(cell: &Cell, room: Room) -> anyhow::Result<ServiceModule> {
    match room {
        Room::Orders => orders::module(cell),
        Room::Inventory => inventory::module(cell),
        Room::Allocator => allocator::module(cell),
        Room::Notifier => notifier::module(cell),
        Room::SupplierGateway => supplier_gateway::module(cell),
    }
}

/// All five.
///
/// # Errors
/// As [`module`].
pub(crate) fn modules(cell: &Cell) -> anyhow::Result<Vec<ServiceModule>> {
    Room::ALL
        .into_iter()
        .map(|room| module(cell, room))
        .collect()
}
