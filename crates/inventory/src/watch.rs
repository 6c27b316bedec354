//! Which watched item has changed since its caller received it.

use std::collections::VecDeque;

use api::inventory::v1;
use chassis::Seen;
use domain::ids::{Revision, Sku};
use domain::inventory::Inventory;

use crate::answer;

/// The watched items, each with the revision of the last change that the caller received.
pub struct Watched(VecDeque<(Sku, Option<Revision>)>);

impl Watched {
    /// The caller has received nothing yet.
    pub fn new(skus: Vec<Sku>) -> Self {
        Self(skus.into_iter().map(|sku| (sku, None)).collect())
    }

    /// The next item that has changed, as it is now. Items take turns, so one that changes all
    /// the time hides no other.
    pub fn look(
        &mut self,
        inventory: &Inventory,
        revision: Revision,
    ) -> Seen<v1::WatchStockResponse> {
        for _ in 0..self.0.len() {
            self.0.rotate_left(1);
            let Some((sku, received)) = self.0.back_mut() else {
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
                stock: Some(answer::stock(sku, item, stock)),
                revision: revision.0,
            });
        }
        Seen::Same
    }
}
