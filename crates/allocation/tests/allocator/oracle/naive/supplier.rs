//! What is on its way, as suppliers last said it.

use domain::event::{Event, ScheduledLine, SupplierGatewayEvent};
use domain::ids::Timestamp;

use super::{Inbound, Naive};

impl Naive {
    pub(super) fn supplier(&mut self, event: &Event) {
        match event {
            Event::SupplierGateway(SupplierGatewayEvent::PurchaseOrdered(it)) => {
                for line in &it.lines {
                    self.inbounds.push(Inbound {
                        sku: line.sku.to_string(),
                        expected_at: Some(it.expected_at),
                        purchase_order: it.purchase_order.to_string(),
                        open: line.quantity,
                        left: false,
                    });
                }
            }
            Event::SupplierGateway(SupplierGatewayEvent::PurchaseDelayed(it)) => {
                for line in &it.lines {
                    let (sku, id) = (line.sku.as_str(), it.purchase_order.as_str());
                    self.dated(sku, id, line.eta);
                }
            }
            Event::SupplierGateway(SupplierGatewayEvent::PurchaseRejected(it)) => {
                for line in &it.lines {
                    let (sku, id) = (line.sku.as_str(), it.purchase_order.as_str());
                    self.take(sku, id, [false, true], line.quantity);
                }
            }
            Event::SupplierGateway(SupplierGatewayEvent::PurchaseScheduled(it)) => {
                for line in &it.lines {
                    self.scheduled(it.purchase_order.as_str(), line);
                }
            }
            Event::SupplierGateway(SupplierGatewayEvent::PurchaseShipped(it)) => {
                for line in &it.lines {
                    let (sku, id) = (line.sku.as_str(), it.purchase_order.as_str());
                    let open = self.take(sku, id, [false], line.quantity);
                    self.inbounds.push(Inbound {
                        sku: sku.to_owned(),
                        expected_at: Some(it.eta),
                        purchase_order: id.to_owned(),
                        open,
                        left: true,
                    });
                }
                self.inbounds.retain(|inbound| inbound.open > 0);
            }
            other => panic!("no history has {other:?}"),
        }
    }

    /// Unit by unit: what has not left comes as the parts say. If there are fewer than these say,
    /// the first of them have come; if there are more, the rest comes with the last part.
    fn scheduled(&mut self, id: &str, said: &ScheduledLine) {
        let sku = said.sku.as_str();
        let mut more = said.change;
        if more < 0 {
            let fewer = u32::try_from(-more).unwrap();
            self.take(sku, id, [false, true], fewer);
            more = 0;
        }
        let mine = |it: &Inbound| it.purchase_order == id && it.sku == sku && !it.left;
        let pending = self.inbounds.iter().filter(|it| mine(it));
        let pending: i64 = pending.map(|it| i64::from(it.open)).sum();
        self.inbounds.retain(|it| !mine(it));
        let mut days: Vec<Option<Timestamp>> = Vec::new();
        for part in &said.parts {
            days.extend((0..part.quantity).map(|_| part.eta));
        }
        days.sort_by_key(|eta| (eta.is_none(), *eta));
        let last = days.last().copied().unwrap_or_default();
        let there = usize::try_from(pending + more).unwrap();
        let gone = days.len().saturating_sub(there);
        days.drain(..gone);
        days.resize(there, last);
        for expected_at in days {
            let same = self
                .inbounds
                .iter_mut()
                .find(|it| mine(it) && it.expected_at == expected_at);
            if let Some(same) = same {
                same.open += 1;
                continue;
            }
            self.inbounds.push(Inbound {
                sku: sku.to_owned(),
                expected_at,
                purchase_order: id.to_owned(),
                open: 1,
                left: false,
            });
        }
    }

    /// A date is of what has not left; if all has, of what is under way.
    fn dated(&mut self, sku: &str, id: &str, eta: Timestamp) {
        let mine = |it: &Inbound| it.purchase_order == id && it.sku == sku;
        let waits = self.inbounds.iter().any(|it| mine(it) && !it.left);
        for inbound in self.inbounds.iter_mut().filter(|it| mine(it)) {
            if !(waits && inbound.left) {
                inbound.expected_at = Some(eta);
            }
        }
    }

    /// Units come no more: first of what has left, or of what has not, and the earliest first.
    pub(super) fn take<const N: usize>(
        &mut self,
        sku: &str,
        id: &str,
        first: [bool; N],
        quantity: u32,
    ) -> u32 {
        let mut wanted = quantity;
        self.inbounds
            .sort_by_key(|inbound| (inbound.expected_at.is_none(), inbound.expected_at));
        for left in first {
            let mine =
                |it: &&mut Inbound| it.purchase_order == id && it.sku == sku && it.left == left;
            for inbound in self.inbounds.iter_mut().filter(mine) {
                let taken = inbound.open.min(wanted);
                inbound.open -= taken;
                wanted -= taken;
            }
        }
        self.inbounds.retain(|inbound| inbound.open > 0);
        quantity - wanted
    }
}
