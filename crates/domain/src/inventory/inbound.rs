//! Units on order, by purchase order, as far as the position needs them.

use super::Inventory;
use super::stock::Inbound;
use crate::decider::Recorded;
use crate::event::{PurchaseOrdered, PurchaseScheduled, SupplierLine};
use crate::exact::{Exact, impossible};
use crate::ids::{PurchaseOrderId, Sku};
use crate::shared::Shared;

/// What is to come.
impl Inventory {
    /// From its requisition to its last unit, what was asked for counts as on order once.
    pub(super) fn purchase_ordered(&mut self, fact: &PurchaseOrdered, at: Recorded) {
        for line in &fact.lines {
            let asked = line.requisition.as_ref();
            if let Some(taken_up) = asked.and_then(|asked| self.requisitions.remove(asked)) {
                self.touch(&taken_up.sku, at, |stock| {
                    stock.on_order = stock.on_order.minus(u64::from(taken_up.quantity));
                });
            }
            self.touch(&line.sku, at, |stock| {
                stock.on_order = stock.on_order.plus(u64::from(line.quantity));
            });
        }
        let inbound = fact.lines.iter().map(|line| Inbound {
            line: line.line,
            sku: line.sku.clone(),
            open: line.quantity,
        });
        let lines = self
            .purchases
            .get_or_insert_with(&fact.purchase_order, Shared::default);
        if let Some(lines) = lines {
            lines.to_mut().extend(inbound);
        }
        self.forget_if_complete(&fact.purchase_order);
    }

    /// Units that were on order will not come.
    pub(super) fn purchase_rejected(
        &mut self,
        id: &PurchaseOrderId,
        lines: &[SupplierLine],
        at: Recorded,
    ) {
        for rejected in lines {
            let Some(lines) = self.purchases.get_mut(id) else {
                // All of it may have been counted in before that was heard.
                return self.look_bought(id);
            };
            let mut lines = lines.to_mut().iter_mut();
            let Some(line) = lines.find(|line| line.line == rejected.line) else {
                let number = rejected.line;
                impossible(format_args!("line {number} of {id} is rejected"));
            };
            let gone = line.open.min(rejected.quantity);
            line.open = line.open.minus(gone);
            let sku = line.sku.clone();
            self.touch(&sku, at, |stock| {
                stock.on_order = stock.on_order.minus(u64::from(gone));
            });
        }
        self.forget_if_complete(id);
    }

    /// More of a line is to come than was known, or less. It may be one of which nothing was to
    /// come any more.
    pub(super) fn purchase_scheduled(&mut self, fact: &PurchaseScheduled, at: Recorded) {
        let id = &fact.purchase_order;
        for said in fact.lines.iter().filter(|said| said.change != 0) {
            if !self.purchases.contains_key(id) {
                self.look_bought(id);
            }
            let Some(lines) = self.purchases.get_or_insert_with(id, Shared::default) else {
                continue;
            };
            let lines = lines.to_mut();
            let known = lines.iter().position(|line| line.line == said.line);
            let index = known.unwrap_or_else(|| {
                lines.push(Inbound {
                    line: said.line,
                    sku: said.sku.clone(),
                    open: 0,
                });
                lines.len().minus(1)
            });
            let Some(line) = lines.get_mut(index) else {
                continue;
            };
            if line.sku != said.sku {
                let (number, sku, ordered) = (said.line, &said.sku, &line.sku);
                impossible(format_args!(
                    "{sku} is scheduled on line {number} of {id}, which ordered {ordered}"
                ));
            }
            let was = line.open;
            let units = u32::try_from(said.change.unsigned_abs()).unwrap_or(u32::MAX);
            line.open = if said.change < 0 {
                // Some of these may have been counted in before it was heard.
                was.minus_or_zero(units)
            } else {
                was.plus(units)
            };
            let is = line.open;
            self.touch(&said.sku, at, |stock| {
                stock.on_order = stock.on_order.plus(u64::from(is)).minus(u64::from(was));
            });
        }
        self.forget_if_complete(id);
    }

    /// Takes arrived units off a purchase order's lines of the SKU, in line order. Returns how
    /// many were expected; what is over that was delivered beyond the order.
    pub(super) fn arrive(&mut self, id: &PurchaseOrderId, sku: &Sku, quantity: u32) -> u32 {
        let mut rest = quantity;
        let Some(lines) = self.purchases.get_mut(id).map(Shared::to_mut) else {
            self.look_bought(id);
            return 0;
        };
        for line in lines {
            if line.sku == *sku {
                let taken = line.open.min(rest);
                line.open = line.open.minus(taken);
                rest = rest.minus(taken);
            }
        }
        quantity.minus(rest)
    }

    /// Nothing more is expected of a purchase order of which something is said: it was placed.
    fn look_bought(&self, id: &PurchaseOrderId) {
        if !self.bought.contains(&id.key()) {
            impossible(format_args!("{id} was never ordered"));
        }
    }

    pub(super) fn forget_if_complete(&mut self, id: &PurchaseOrderId) {
        if self
            .purchases
            .get(id)
            .is_some_and(|lines| lines.iter().all(|line| line.open == 0))
        {
            self.purchases.remove(id);
            self.bought.insert(id.key());
        }
    }
}
