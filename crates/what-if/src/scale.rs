//! Supply as so many percent of what it was, in whole units: of each SKU, of what was ordered and
//! of what came unordered, as many come by any time as the percentage of their sum, rounded down,
//! so that nothing is lost over many deliveries. What comes, is sent, rejected or said in parts of
//! a purchase order is that part of it that it was; one that was made before the span comes as it
//! did. Must not know when anything comes.

use std::collections::BTreeMap;

use super::part::{Part, PartMut};
use super::scenario::Scenario;
use domain::event::{
    Event, PurchaseClosed, PurchaseOrdered, PurchaseRejected, Received, ScheduledLine, SkuQuantity,
    SupplierLine,
};
use domain::exact::Exact;
use domain::ids::{PurchaseOrderId, Sku};

/// Units of one kind so far.
#[derive(Debug, Default, Clone, Copy)]
struct Sum(u64);

impl Sum {
    /// Of so many more units, as many as keep the sum at `part` of `whole`, rounded down.
    fn more(&mut self, units: u32, part: u64, whole: u64) -> u32 {
        let of = |sum: u64| {
            let scaled = u128::from(sum).times(part.into());
            scaled.checked_div(whole.into()).unwrap_or_default()
        };
        let before = of(self.0);
        self.0 = self.0.plus(units.into());
        let more = of(self.0).minus(before);
        u32::try_from(more).unwrap_or(u32::MAX)
    }
}

/// What was ordered of one SKU on one purchase order, and what became of it.
#[derive(Debug, Default, Clone, Copy)]
struct Purchase {
    recorded: u64,
    scaled: u64,
    /// Units that were to come: those ordered, and those that the supplier said are more.
    to_come: Sum,
    /// Units that came, or of which was said that they will not.
    over: Sum,
    sent: Sum,
}

/// How far a world's supply has come.
#[derive(Debug)]
pub(super) struct Scale<'a> {
    scenario: &'a Scenario,
    ordered: BTreeMap<Sku, Sum>,
    unordered: BTreeMap<Sku, Sum>,
    purchases: BTreeMap<(PurchaseOrderId, Sku), Purchase>,
}

impl<'a> Scale<'a> {
    /// Of nothing yet.
    pub fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            ordered: BTreeMap::new(),
            unordered: BTreeMap::new(),
            purchases: BTreeMap::new(),
        }
    }

    /// The next fact of the log as it is in this world. False: nothing is left of it.
    pub fn retell(&mut self, event: &mut Event) -> bool {
        let Some(percent) = self.scenario.supply_percent else {
            return true;
        };
        match PartMut::of(event) {
            PartMut::Received(it) => self.received(it, percent),
            PartMut::Ordered(it) => self.purchase_ordered(it, percent),
            PartMut::Rejected(PurchaseRejected {
                purchase_order: id,
                lines,
                ..
            })
            | PartMut::Closed(PurchaseClosed {
                purchase_order: id,
                lines,
                ..
            }) => {
                for line in lines {
                    self.of_a_purchase(id, line, |it| &mut it.over);
                }
                true
            }
            PartMut::Scheduled(it) => {
                for line in &mut it.lines {
                    self.scheduled(&it.purchase_order, line);
                }
                true
            }
            PartMut::Shipped(it) => {
                for line in &mut it.lines {
                    self.of_a_purchase(&it.purchase_order, line, |it| &mut it.sent);
                }
                true
            }
            PartMut::Confirmed(_) | PartMut::Delayed(_) | PartMut::Item(_) | PartMut::Other => true,
        }
    }

    fn purchase_ordered(&mut self, it: &mut PurchaseOrdered, percent: u32) -> bool {
        for line in &mut it.lines {
            if self.scenario.scales(&line.sku) {
                let sum = self.ordered.entry(line.sku.clone()).or_default();
                let scaled = sum.more(line.quantity, percent.into(), 100);
                let key = (it.purchase_order.clone(), line.sku.clone());
                let purchase = self.purchases.entry(key).or_default();
                purchase.recorded = purchase.recorded.plus(line.quantity.into());
                purchase.scaled = purchase.scaled.plus(scaled.into());
                purchase.to_come = Sum(purchase.recorded);
                line.quantity = scaled;
            }
        }
        it.lines.retain(|line| line.quantity > 0);
        !it.lines.is_empty()
    }

    fn received(&mut self, it: &mut Received, percent: u32) -> bool {
        for line in &mut it.lines {
            match &it.purchase_order {
                Some(id) => self.of_a_purchase(id, line, |it| &mut it.over),
                None if self.scenario.scales(&line.sku) => {
                    let sum = self.unordered.entry(line.sku.clone()).or_default();
                    line.quantity = sum.more(line.quantity, percent.into(), 100);
                }
                None => {}
            }
        }
        it.lines.retain(|line| line.quantity > 0);
        !it.lines.is_empty()
    }

    /// Fewer units are to come as if those were rejected, more as if they had been ordered as well.
    /// Parts come after all that is over or has left, and as many of each as their sum asks for.
    fn scheduled(&mut self, id: &PurchaseOrderId, line: &mut ScheduledLine) {
        let key = (id.clone(), line.sku.clone());
        let Some(purchase) = self.purchases.get_mut(&key) else {
            return;
        };
        let (part, whole) = (purchase.scaled, purchase.recorded);
        let units = u32::try_from(line.change.unsigned_abs()).unwrap_or(u32::MAX);
        line.change = if line.change < 0 {
            0_i64.minus(purchase.over.more(units, part, whole).into())
        } else {
            purchase.to_come.more(units, part, whole).into()
        };
        let said = line.parts.iter().map(|part| u64::from(part.quantity));
        let before = purchase.to_come.0.minus_or_zero(said.sum());
        let mut sum = Sum(before);
        // Those of which nobody knows when they come are the last ones, as rooms take them.
        line.parts
            .sort_by_key(|part| (part.eta.is_none(), part.eta));
        for said in &mut line.parts {
            said.quantity = sum.more(said.quantity, part, whole);
        }
        // What rounding leaves over beyond these comes with the last one.
        if let Some(last) = line.parts.last_mut() {
            last.quantity = last.quantity.max(1);
        }
        line.parts.retain(|part| part.quantity > 0);
    }

    /// What becomes of a purchase order that was made in the span.
    fn of_a_purchase(
        &mut self,
        id: &PurchaseOrderId,
        line: &mut impl Units,
        what: impl Fn(&mut Purchase) -> &mut Sum,
    ) {
        let (sku, units) = line.units();
        if let Some(purchase) = self.purchases.get_mut(&(id.clone(), sku.clone())) {
            let (part, whole) = (purchase.scaled, purchase.recorded);
            *units = what(purchase).more(*units, part, whole);
        }
    }
}

/// So many units of an SKU.
trait Units {
    fn units(&mut self) -> (&Sku, &mut u32);
}

impl Units for SkuQuantity {
    fn units(&mut self) -> (&Sku, &mut u32) {
        (&self.sku, &mut self.quantity)
    }
}

impl Units for SupplierLine {
    fn units(&mut self) -> (&Sku, &mut u32) {
        (&self.sku, &mut self.quantity)
    }
}

/// The SKUs of which a fact brings or announces units that could be scaled.
pub(super) fn brought(event: &Event) -> Vec<&Sku> {
    match Part::of(event) {
        Part::Received(it) => it.lines.iter().map(|line| &line.sku).collect(),
        Part::Ordered(it) => it.lines.iter().map(|line| &line.sku).collect(),
        Part::Confirmed(_)
        | Part::Delayed(_)
        | Part::Scheduled(_)
        | Part::Rejected(_)
        | Part::Closed(_)
        | Part::Shipped(_)
        | Part::Item(_)
        | Part::Other => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_over_many_deliveries(
            units in prop::collection::vec(1_u32..9, 1..60),
            percent in 0_u32..300,
        ) {
            let mut sum = Sum::default();
            let (mut was, mut is) = (0_u64, 0_u64);
            for units in units {
                was += u64::from(units);
                is += u64::from(sum.more(units, percent.into(), 100));
                prop_assert_eq!(is, was * u64::from(percent) / 100);
            }
        }
    }
}
