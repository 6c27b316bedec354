//! Moves of which something travels. Each has a place of its own meanwhile, at which its units are
//! counted and reserved as anywhere, so that nothing is lost or counted twice; no wave, shipment or
//! count is of such a place. Must not know whose the units are.

use serde::{Deserialize, Serialize};

use crate::event::SkuQuantity;
use crate::ids::{LocationId, MoveId, Timestamp};

/// A move of which something travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Travel {
    /// Which move.
    pub id: MoveId,
    /// From where.
    pub from: LocationId,
    /// To where.
    pub to: LocationId,
    /// When it is to arrive, as was said.
    pub arrives: Timestamp,
    /// What it had when it left.
    pub lines: Vec<SkuQuantity>,
}

/// The place at which the goods of a move are while they travel.
pub(super) fn via(id: &MoveId) -> LocationId {
    LocationId::from(format!("move:{id}"))
}
