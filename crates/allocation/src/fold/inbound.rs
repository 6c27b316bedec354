//! What suppliers say: what is on its way, and when. Must not know who waits for it.

use crate::Allocator;
use crate::agenda::Cause;
use crate::supply::{Inbound, Supply};
use domain::decider::Recorded;
use domain::event::{DatedLine, PurchaseOrdered, PurchaseScheduled, PurchaseShipped, SupplierLine};
use domain::ids::{PurchaseOrderId, Revision, Sku};

impl Allocator {
    pub(crate) fn purchase_ordered(&mut self, recorded: Recorded, ordered: &PurchaseOrdered) {
        for line in &ordered.lines {
            if let Some(asked) = &line.requisition {
                self.sku_states
                    .change(&line.sku, |sku_state| sku_state.take_up(asked));
            }
            self.supply(&line.sku, recorded.position.revision, |supply| {
                supply.ordered(Inbound {
                    purchase_order: ordered.purchase_order.clone(),
                    line: line.line,
                    dispatch: None,
                    open: line.quantity,
                    eta: Some(ordered.expected_at),
                });
            });
        }
    }

    pub(crate) fn purchase_dated(
        &mut self,
        recorded: Recorded,
        purchase_order: &PurchaseOrderId,
        lines: &[DatedLine],
    ) {
        for line in lines {
            self.supply(&line.sku, recorded.position.revision, |supply| {
                supply.dated(purchase_order, line.line, line.eta);
            });
        }
    }

    pub(crate) fn purchase_scheduled(&mut self, recorded: Recorded, said: &PurchaseScheduled) {
        for line in &said.lines {
            self.supply(&line.sku, recorded.position.revision, |supply| {
                supply.scheduled(&said.purchase_order, line);
            });
        }
    }

    /// Units will not come, by the supplier's word or by ours.
    pub(crate) fn purchase_rejected(
        &mut self,
        recorded: Recorded,
        purchase_order: &PurchaseOrderId,
        lines: &[SupplierLine],
    ) {
        for line in lines {
            self.supply(&line.sku, recorded.position.revision, |supply| {
                supply.rejected(purchase_order, line.line, line.quantity);
            });
        }
    }

    pub(crate) fn purchase_shipped(&mut self, recorded: Recorded, shipped: &PurchaseShipped) {
        let (purchase_order, dispatch) = (&shipped.purchase_order, &shipped.dispatch);
        for line in &shipped.lines {
            self.supply(&line.sku, recorded.position.revision, |supply| {
                supply.dispatched(purchase_order, line, dispatch, shipped.eta);
            });
        }
    }

    /// What is on its way of an SKU changes.
    fn supply(&mut self, sku: &Sku, revision: Revision, change: impl FnOnce(&mut Supply)) {
        let number = self.sku_states.change(sku, |sku_state| {
            change(sku_state.supply_mut());
        });
        self.ask(number, Cause::Supply, revision);
    }
}
