//! Items and their stock: how an SKU is sold, and what of it comes to a place and goes, and with it
//! what refers to the place. Must not know orders.

use crate::Allocator;
use crate::agenda::Cause;
use crate::catalogue::Catalogue;
use crate::policy::Policy;
use crate::sku_state::{Bin, BinChange, LastReceipt, SkuState};
use domain::decider::Recorded;
use domain::event::{
    Correction, ItemDefined, ItemRenamed, Moved, Received, ReplenishmentRequested,
};
use domain::exact::Exact;
use domain::ids::{PurchaseOrderId, Revision};

impl Allocator {
    pub(super) fn item_defined(&mut self, recorded: Recorded, item: &ItemDefined) {
        let buying = item.replenishment.as_ref();
        let lead_time_days = buying.map(|buying| buying.lead_time_days);
        let number = self.sku_states.number(&item.sku);
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        let terms = Cause::Terms {
            lead_time: sku_state.lead_time_days() != lead_time_days,
            protection: sku_state.protection() != item.protection.as_ref(),
        };
        let days = |policy: Option<&Policy>| {
            policy.map(|policy| (policy.reserve_days_before, policy.releases_at))
        };
        let were = days(sku_state.policy()).unwrap_or_default();
        sku_state.define(Policy {
            segment: item.segment.clone(),
            lead_time_days,
            supplier: buying.map(|buying| buying.supplier.clone()),
            fair_share: item.fair_share,
            protection: item.protection.clone(),
            measure: item.measure(),
            reserve_days_before: item.reserve_days_before,
            releases_at: item.releases_at,
        });
        let other_days = were != (item.reserve_days_before, item.releases_at);
        // Less may be kept back than before.
        self.stock_changed(number, recorded.position.revision);
        self.ask(number, terms, recorded.position.revision);
        if other_days {
            self.open_anew(number, recorded.position.revision);
        }
    }

    /// An item is called otherwise. Lines and stock refer to it by its number: nothing is due.
    pub(super) fn item_renamed(&mut self, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.sku_states.rename(fact);
        self.holds.rename(was, is);
        self.sharings.rename(was, is);
        self.reliability.rename(was, is);
    }

    pub(super) fn received(&mut self, recorded: Recorded, received: &Received) {
        let revision = recorded.position.revision;
        let place = self.catalogue.refer_place(&received.location, revision);
        for line in &received.lines {
            let number = self.sku_states.number(&line.sku);
            self.count_at(number, place, i64::from(line.quantity), revision);
            if let Some(sku_state) = self.sku_states.get_mut(number) {
                let receipt = LastReceipt {
                    position: recorded.position,
                    at: recorded.at,
                    quantity: line.quantity,
                };
                sku_state.receive(receipt);
                if let Some(purchase_order) = &received.purchase_order {
                    let supply = sku_state.supply_mut();
                    supply.received(purchase_order, line.quantity);
                }
            }
            if received.purchase_order.is_some() {
                self.ask(number, Cause::Supply, revision);
            }
            self.stock_changed(number, revision);
        }
        self.catalogue.forget_place(place);
    }

    /// Inventory asks for more of an item. It does not touch what is told: nothing is bought yet.
    pub(super) fn requested(&mut self, request: &ReplenishmentRequested) {
        self.sku_states.change(&request.sku, |sku_state| {
            sku_state.request(request.requisition.clone(), request.quantity);
        });
    }

    /// Goods leave for another location. What is nobody's of them is inbound there; it is counted
    /// with what the fact corrects.
    pub(super) fn depart(&mut self, recorded: Recorded, moved: &Moved) {
        let Some((via, arrives)) = moved.road() else {
            return;
        };
        let place = self.catalogue.refer_place(via, recorded.position.revision);
        for line in &moved.lines {
            let number = self.sku_states.number(&line.sku);
            let sku_state = self.sku_states.get_mut(number);
            let id = PurchaseOrderId::from(via.text().clone());
            if sku_state.is_some_and(|it| it.supply_mut().depart(place, id, arrives)) {
                self.catalogue.keep_place(place);
            }
        }
        self.catalogue.forget_place(place);
    }

    /// More units of an SKU are at a place than were thought, or fewer.
    pub(super) fn corrected(&mut self, recorded: Recorded, it: Correction<'_>) {
        if it.change == 0 {
            return;
        }
        let revision = recorded.position.revision;
        let place = self.catalogue.refer_place(it.location, revision);
        let number = self.sku_states.number(it.sku);
        self.count_at(number, place, it.change, revision);
        self.stock_changed(number, revision);
        self.catalogue.forget_place(place);
    }

    /// So many more units of an SKU were counted at a place (or fewer).
    pub(super) fn count_at(&mut self, number: u32, place: u16, change: i64, at: Revision) {
        if let Some(sku_state) = self.sku_states.get_mut(number) {
            if change < 0 {
                sku_state.lower(at);
            }
            let travels = change_bin(&mut self.catalogue, sku_state, place, |bin| {
                bin.on_hand = bin.on_hand.plus(change);
            });
            self.folding.touch(number, place);
            if travels {
                self.ask(number, Cause::Supply, at);
            }
        }
    }

    /// By what units are free is brought into line with what is free, where the fact that is being
    /// folded has changed that.
    pub(super) fn follow_stock(&mut self) {
        let (source, reserves) = (self.folding.source, self.folding.decided.is_some());
        let touched = self.folding.touched();
        for (number, place) in &touched {
            if let Some(sku_state) = self.sku_states.get_mut(*number) {
                sku_state.follow_stock(*place, source, reserves);
            }
        }
        self.folding.followed(touched);
    }
}

/// An SKU's stock at a place changes, and with it whether it refers to the place. Whether that is
/// on its way, so that more or less of it is inbound.
pub(super) fn change_bin(
    catalogue: &mut Catalogue,
    sku_state: &mut SkuState,
    place: u16,
    change: impl FnOnce(&mut Bin),
) -> bool {
    match sku_state.change_bin(place, change) {
        BinChange::Opened => catalogue.keep_place(place),
        BinChange::Emptied => catalogue.forget_place(place),
        BinChange::Stayed => {}
        BinChange::Travelled { over } => {
            if over {
                catalogue.forget_place(place);
            }
            return true;
        }
    }
    false
}
