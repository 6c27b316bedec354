//! What a request is about: requests that share none of these may be decided on the same state.

use super::Inventory;
use crate::event::InventoryEvent;
use crate::ids::{Key, OrderId};

/// Into how many parts orders are cut where a wave meets shipments. A wave is about all of them
/// and a shipment about its order's, so no wave holds a line of which units leave in the same
/// commit, from whatever location, and still many orders leave together.
const FLOOR_PARTS: u128 = 256;

impl Inventory {
    /// The keys of a request, given as the event that it asks for: its own id, so that a request
    /// sent twice at once is recorded once, and whatever its rules look at.
    pub fn keys(asked: &InventoryEvent) -> Vec<Key> {
        let mut keys = asked.concerns();
        match asked {
            InventoryEvent::ItemDefined(fact) => keys.push(fact.definition.key()),
            InventoryEvent::LocationDefined(fact) => keys.push(fact.definition.key()),
            InventoryEvent::Received(fact) => keys.push(fact.receipt.key()),
            InventoryEvent::Adjusted(fact) => keys.push(fact.adjustment.key()),
            InventoryEvent::WaveReleased(fact) => {
                keys.push(fact.wave.key());
                keys.extend((0..FLOOR_PARTS).map(floor_part));
            }
            InventoryEvent::Shipped(fact) => {
                keys.push(fact.shipment.key());
                keys.extend(fact.lines.iter().map(|line| line.sku.key()));
                keys.push(floor_part(part_of(&fact.order)));
            }
            InventoryEvent::ReplenishmentRequested(_) => {}
        }
        keys
    }
}

fn part_of(order: &OrderId) -> u128 {
    order.key().0.checked_rem(FLOOR_PARTS).unwrap_or_default()
}

fn floor_part(part: u128) -> Key {
    Key::of("floor", &part.to_string())
}
