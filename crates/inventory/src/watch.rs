//! Which watched item has changed since its caller received it.

use std::collections::VecDeque;

use api::inventory::v1;
use chassis::Seen;
use domain::available::Asker;
use domain::ids::{Revision, Sku};
use domain::inventory::Inventory;

use crate::answer;

/// The watched items, each with the revision of the last change that the caller received.
pub struct Watched {
    skus: VecDeque<(Sku, Option<Revision>)>,
    asker: Asker,
}

impl Watched {
    /// The caller has received nothing yet.
    pub fn new(skus: Vec<Sku>, asker: Asker) -> Self {
        let skus = skus.into_iter().map(|sku| (sku, None)).collect();
        Self { skus, asker }
    }

    /// The next item that has changed, as it is now. Items take turns, so one that changes all
    /// the time hides no other.
    pub fn look(
        &mut self,
        inventory: &Inventory,
        revision: Revision,
    ) -> Seen<v1::WatchStockResponse> {
        for _ in 0..self.skus.len() {
            self.skus.rotate_left(1);
            let Some((sku, received)) = self.skus.back_mut() else {
                break;
            };
            let Some(stock) = inventory.stock(sku) else {
                continue;
            };
            let Some(item) = stock.item().filter(|_| *received != Some(stock.changed())) else {
                continue;
            };
            *received = Some(stock.changed());
            return Seen::Next(v1::WatchStockResponse {
                stock: Some(answer::stock(inventory, sku, item, stock, &self.asker)),
                revision: revision.0,
            });
        }
        Seen::Same
    }
}
