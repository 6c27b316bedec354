//! The five services as modules of one process: the only crate that knows them all.

use chassis::{Cell, ServiceModule};
use domain::decider::Room;

/// The service of one room as a module of a process.
///
/// # Errors
/// Its settings are wrong, or its room is open in this process already.
pub fn module(cell: &Cell, room: Room) -> anyhow::Result<ServiceModule> {
    match room {
        Room::Orders => orders::module(cell),
        Room::Inventory => inventory::module(cell),
        Room::Allocator => allocator::module(cell),
        Room::Notifier => notifier::module(cell),
        Room::SupplierGateway => supplier_gateway::module(cell),
    }
}

/// The modules of all five, in the order of [`Room::ALL`].
///
/// # Errors
/// As [`module`].
pub fn modules(cell: &Cell) -> anyhow::Result<Vec<ServiceModule>> {
    cell.modules(&Room::ALL, module)
}
