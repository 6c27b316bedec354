//! What suppliers say: what is on its way, and when. Must not know who waits for it.

use crate::Allocator;
use crate::agenda::Cause;
use crate::supply::Inbound;
use domain::decider::Recorded;
use domain::event::{DatedLine, PurchaseOrdered, PurchaseRejected, PurchaseShipped};
use domain::ids::PurchaseOrderId;

impl Allocator {
    pub(crate) fn purchase_ordered(&mut self, recorded: Recorded, ordered: &PurchaseOrdered) {
        for line in &ordered.lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                sku_state.supply_mut().ordered(Inbound {
                    purchase_order: ordered.purchase_order.clone(),
                    line: line.line,
                    dispatch: None,
                    open: line.quantity,
                    eta: ordered.expected_at,
                });
            }
            self.ask(number, Cause::Supply, recorded.position.revision);
        }
    }

    pub(crate) fn purchase_dated(
        &mut self,
        recorded: Recorded,
        purchase_order: &PurchaseOrderId,
        lines: &[DatedLine],
    ) {
        for line in lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                sku_state
                    .supply_mut()
                    .dated(purchase_order, line.line, line.eta);
            }
            self.ask(number, Cause::Supply, recorded.position.revision);
        }
    }

    pub(crate) fn purchase_rejected(&mut self, recorded: Recorded, rejected: &PurchaseRejected) {
        let purchase_order = &rejected.purchase_order;
        for line in &rejected.lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                sku_state
                    .supply_mut()
                    .rejected(purchase_order, line.line, line.quantity);
            }
            self.ask(number, Cause::Supply, recorded.position.revision);
        }
    }

    pub(crate) fn purchase_shipped(&mut self, recorded: Recorded, shipped: &PurchaseShipped) {
        let (purchase_order, dispatch) = (&shipped.purchase_order, &shipped.dispatch);
        for line in &shipped.lines {
            let number = self.sku_states.number(&line.sku);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                let supply = sku_state.supply_mut();
                supply.dispatched(purchase_order, line, dispatch, shipped.eta);
            }
            self.ask(number, Cause::Supply, recorded.position.revision);
        }
    }
}
