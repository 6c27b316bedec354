//! How far suppliers' goods came from the day they had said, and what follows for a date that
//! rests on one of them. It moves no promise: that stays the supplier's date; this is told beside
//! it. Must not know stock, demand or who waits.
//!
//! A delivery is one line of a receipt on a purchase order. Its lateness is counted in days of
//! the cell's calendar, from the day the supplier first confirmed for the line, or, where they
//! never confirmed, from the day it was ordered for; early is negative. The last
//! [`DELIVERIES_KEPT`] of a supplier count alike.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use domain::event::{
    Promise, PurchaseConfirmed, PurchaseOrdered, PurchaseScheduled, Received, SkuQuantity,
    SupplierLine,
};
use domain::exact::Exact;
use domain::ids::{PurchaseOrderId, Sku, SupplierId, Timestamp, Zone};

/// Deliveries of a supplier that are remembered; the oldest makes room for one more.
pub const DELIVERIES_KEPT: usize = 64;
/// Deliveries that a supplier must have made before anything is said of them.
pub const DELIVERIES_NEEDED: usize = 5;
/// Days of lateness, either way, beyond which a delivery counts as so late.
pub const MAX_LATENESS_DAYS: i16 = 3_650;

/// When what waits will likely be here, going by what its supplier did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Half of such deliveries come by then.
    pub p50: Timestamp,
    /// Nine of ten come by then.
    pub p90: Timestamp,
    /// Days by which the supplier's middle delivery is late; early is negative.
    pub usual_days: i16,
    /// Deliveries that this rests on, at least [`DELIVERIES_NEEDED`].
    pub deliveries: u32,
}

/// What suppliers did, and what they still owe.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Days late, the oldest first; at most [`DELIVERIES_KEPT`] each.
    suppliers: BTreeMap<SupplierId, VecDeque<i16>>,
    /// Purchase orders of which units are still to come.
    open: BTreeMap<PurchaseOrderId, Purchase>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Purchase {
    supplier: SupplierId,
    /// An SKU is on one line of it only.
    lines: BTreeMap<Sku, Awaited>,
}

/// Units of a purchase order's line that are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Awaited {
    open: u32,
    /// The day by which it is judged.
    due: Timestamp,
    confirmed: bool,
}

impl Reliability {
    /// An item is called otherwise.
    pub(super) fn rename(&mut self, was: &Sku, is: &Sku) {
        for purchase in self.open.values_mut() {
            if let Some(awaited) = purchase.lines.remove(was) {
                purchase.lines.insert(is.clone(), awaited);
            }
        }
    }

    /// Goods were ordered, for a date of ours.
    pub(super) fn ordered(&mut self, ordered: &PurchaseOrdered) {
        let due = ordered.expected_at;
        let awaited = |quantity| Awaited {
            open: quantity,
            due,
            confirmed: false,
        };
        let lines = ordered.lines.iter();
        let purchase = Purchase {
            supplier: ordered.supplier.clone(),
            lines: lines
                .map(|line| (line.sku.clone(), awaited(line.quantity)))
                .collect(),
        };
        self.open.insert(ordered.purchase_order.clone(), purchase);
    }

    /// The supplier named a day. The first one counts: who names a later one is late all the same.
    pub(super) fn confirmed(&mut self, confirmed: &PurchaseConfirmed) {
        let Some(purchase) = self.open.get_mut(&confirmed.purchase_order) else {
            return;
        };
        for line in &confirmed.lines {
            if let Some(awaited) = purchase.lines.get_mut(&line.sku)
                && !awaited.confirmed
            {
                awaited.due = line.eta;
                awaited.confirmed = true;
            }
        }
    }

    /// Units will not come: they are neither late nor in time.
    pub(super) fn rejected(&mut self, purchase_order: &PurchaseOrderId, lines: &[SupplierLine]) {
        for line in lines {
            self.take(purchase_order, &line.sku, line.quantity);
        }
    }

    /// The supplier named parts. The last day that they name is that by which the line is judged,
    /// if they had named none before; units more or fewer are neither late nor in time.
    pub(super) fn scheduled(&mut self, scheduled: &PurchaseScheduled) {
        for line in &scheduled.lines {
            let units = u32::try_from(line.change.unsigned_abs()).unwrap_or(u32::MAX);
            if line.change < 0 {
                self.take(&scheduled.purchase_order, &line.sku, units);
            }
            let purchase = self.open.get_mut(&scheduled.purchase_order);
            let Some(awaited) = purchase.and_then(|it| it.lines.get_mut(&line.sku)) else {
                continue;
            };
            if line.change > 0 {
                awaited.open = awaited.open.plus(units);
            }
            let last = line.parts.iter().filter_map(|part| part.eta).max();
            if let Some(eta) = last.filter(|_| !awaited.confirmed) {
                awaited.due = eta;
                awaited.confirmed = true;
            }
        }
    }

    /// Goods were counted in at this time.
    pub(super) fn received(&mut self, received: &Received, (at, zone): (Timestamp, &Zone)) {
        let Some(purchase_order) = &received.purchase_order else {
            return;
        };
        for SkuQuantity { sku, quantity } in &received.lines {
            if let Some((supplier, due)) = self.take(purchase_order, sku, *quantity) {
                let history = self.suppliers.entry(supplier).or_default();
                history.push_back(days_late(due, at, zone));
                while history.len() > DELIVERIES_KEPT {
                    history.pop_front();
                }
            }
        }
    }

    /// Takes units off what is to come, and answers with whose they were and for when. A purchase
    /// order of which nothing is to come any more leaves.
    fn take(
        &mut self,
        purchase_order: &PurchaseOrderId,
        sku: &Sku,
        quantity: u32,
    ) -> Option<(SupplierId, Timestamp)> {
        let purchase = self.open.get_mut(purchase_order)?;
        let awaited = purchase.lines.get_mut(sku)?;
        awaited.open = awaited.open.minus_or_zero(quantity);
        let (left, due) = (awaited.open, awaited.due);
        let supplier = purchase.supplier.clone();
        if left == 0 {
            purchase.lines.remove(sku);
        }
        if purchase.lines.is_empty() {
            self.open.remove(purchase_order);
        }
        Some((supplier, due))
    }

    /// What a date for an SKU is likely to become. `supplier` is whom the item is bought from,
    /// for an estimate. Nothing while too little is known of the supplier.
    pub fn outlook(
        &self,
        promise: &Promise,
        sku: &Sku,
        supplier: Option<&SupplierId>,
        now: (Timestamp, &Zone),
    ) -> Option<Outlook> {
        match promise {
            Promise::Inbound { purchase_order, at } => {
                let purchase = self.open.get(purchase_order)?;
                let due = purchase.lines.get(sku).map_or(*at, |awaited| awaited.due);
                self.likely(&purchase.supplier, due, *at, now)
            }
            Promise::Estimate { at } => self.likely(supplier?, *at, *at, now),
            Promise::Unknown => None,
        }
    }

    /// Lateness is counted from `due`; a later day that the supplier has named since is not
    /// undercut, nor is today.
    fn likely(
        &self,
        supplier: &SupplierId,
        due: Timestamp,
        said: Timestamp,
        (now, zone): (Timestamp, &Zone),
    ) -> Option<Outlook> {
        let history = self.suppliers.get(supplier)?;
        if history.len() < DELIVERIES_NEEDED {
            return None;
        }
        let mut sorted: Vec<i16> = history.iter().copied().collect();
        sorted.sort_unstable();
        let date = |days: i16| {
            let days = i64::from(days);
            let likely = if said > due {
                due.plus_days(days).max(said)
            } else {
                said.plus_days(days)
            };
            likely.max(zone.start_of_day(now))
        };
        let (half, nine_of_ten) = (nearest_rank(&sorted, 50)?, nearest_rank(&sorted, 90)?);
        Some(Outlook {
            p50: date(half),
            p90: date(nine_of_ten),
            usual_days: half,
            deliveries: u32::try_from(sorted.len()).unwrap_or(u32::MAX),
        })
    }
}

impl Outlook {
    /// What a clerk reads out.
    pub fn sentence(&self, zone: &Zone) -> String {
        let days = self.usual_days.unsigned_abs();
        let unit = if days == 1 { "day" } else { "days" };
        let usual = match self.usual_days {
            0 => "on the day they say".to_owned(),
            late if late > 0 => format!("{days} {unit} late"),
            _ => format!("{days} {unit} early"),
        };
        format!(
            "Its supplier usually delivers {usual}: half of such deliveries come by {}, nine of \
             ten by {}.",
            zone.date(self.p50),
            zone.date(self.p90)
        )
    }
}

/// Whole days of the calendar from one day to the other.
fn days_late(due: Timestamp, came: Timestamp, zone: &Zone) -> i16 {
    let late = zone.day(came).minus(zone.day(due));
    let days = i16::try_from(late);
    let most = if late < 0 {
        -MAX_LATENESS_DAYS
    } else {
        MAX_LATENESS_DAYS
    };
    days.unwrap_or(most)
        .clamp(-MAX_LATENESS_DAYS, MAX_LATENESS_DAYS)
}

/// The smallest value that at least `percent` of all do not exceed: the nearest-rank quantile,
/// definition 1 of Hyndman & Fan, Sample Quantiles in Statistical Packages (1996).
fn nearest_rank(sorted: &[i16], percent: usize) -> Option<i16> {
    let rank = sorted.len().times(percent).div_ceil(100);
    sorted.get(rank.minus_or_zero(1)).copied()
}

#[cfg(test)]
mod tests;
