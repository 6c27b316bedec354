//! What is asked of the rooms, kept so that it can be asked again.

use std::fmt::Debug;
use std::sync::Arc;

use allocation::Allocator;
use domain::command::{Command, RoomState};
use domain::decider::{Decider, Room};
use domain::event::Event;
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use serde::Serialize;

/// A command, whatever its type.
pub trait Ask<D: Decider>: Command<D> + Debug {
    /// Whether the event says that the same was asked.
    fn was_asked(&self, room: &RoomState<D>, recorded: &Event) -> bool;
}

impl<D: Decider, C: Command<D> + Serialize + Debug> Ask<D> for C {
    fn was_asked(&self, room: &RoomState<D>, recorded: &Event) -> bool {
        room.differences(recorded, self).is_empty()
    }
}

/// A command, whatever its room.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each variant is the room of its name")]
pub enum Asked {
    Orders(Arc<dyn Ask<Orders>>),
    Inventory(Arc<dyn Ask<Inventory>>),
    Allocator(Arc<dyn Ask<Allocator>>),
    SupplierGateway(Arc<dyn Ask<SupplierGateway>>),
    Notifier(Arc<dyn Ask<Notifier>>),
}

impl Asked {
    /// Who is asked.
    pub(super) const fn room(&self) -> Room {
        match self {
            Self::Orders(_) => Room::Orders,
            Self::Inventory(_) => Room::Inventory,
            Self::Allocator(_) => Room::Allocator,
            Self::SupplierGateway(_) => Room::SupplierGateway,
            Self::Notifier(_) => Room::Notifier,
        }
    }
}
