//! Stock that is short: more is reserved at a location than is on hand there, longer than the
//! allocator needs to take it back. And goods that are picked for nobody: only a person can say
//! where they are. Must not know what is done about it.

use super::{Count, Inventory};
use crate::demand::Pick;
use crate::exact::Exact;
use crate::exception::{Exception, ExceptionKind, Exceptions, Worst};
use crate::ids::{LocationId, OrderId, Sku, Timestamp};

/// How long stock may be short before a person is told: the allocator's next decision mends it.
pub const SHORTFALL_GRACE_MS: i64 = 60_000;

impl Exceptions for Inventory {
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        for (order, picks, since) in self.floor.iter() {
            for pick in picks {
                if let Some(exception) = self.for_nobody(order, pick, since)
                    && !worst.take(exception)
                {
                    return;
                }
            }
        }
        for (sku, places) in &self.shortfalls {
            for (location, since) in places {
                let count = self.count(sku, location);
                if now.ms_since(*since) >= SHORTFALL_GRACE_MS
                    && !worst.take(self.short((sku, location), count, *since))
                {
                    return;
                }
            }
        }
    }
}

impl Inventory {
    /// What is picked of a line and not reserved for it there any more.
    fn for_nobody(&self, order: &OrderId, pick: &Pick, since: Timestamp) -> Option<Exception> {
        let open = self.orders.get(order);
        let line = open.and_then(|open| open.line(pick.line));
        let reserved = line.map_or(0, |line| line.reservations.units_at(&pick.location));
        let units = pick.units.minus_or_zero(reserved);
        if units == 0 {
            return None;
        }
        let (sku, location, wave) = (&pick.sku, &pick.location, &pick.wave);
        let why = if open.is_some() {
            "which is served otherwise"
        } else {
            "which is closed"
        };
        let told = self.in_unit(sku, units);
        let text =
            format!("{told} of {sku} picked at {location} in wave {wave} for order {order}, {why}");
        Some(Exception {
            order: Some(order.clone()),
            line: Some(pick.line),
            sku: Some(sku.clone()),
            location: Some(location.clone()),
            ..Exception::new(ExceptionKind::PickedForNobody, since, units.into(), text)
        })
    }

    fn short(
        &self,
        (sku, location): (&Sku, &LocationId),
        count: Count,
        since: Timestamp,
    ) -> Exception {
        let missing = count.reserved.minus_or_zero(count.on_hand);
        let show = |steps| self.in_unit(sku, steps);
        let (reserved, on_hand) = (show(count.reserved), show(count.on_hand));
        let text = format!(
            "{} of {sku} missing at {location}: {reserved} reserved, {on_hand} there",
            show(missing)
        );
        Exception {
            sku: Some(sku.clone()),
            location: Some(location.clone()),
            ..Exception::new(ExceptionKind::StockShort, since, missing, text)
        }
    }

    /// So many steps of an SKU in its unit.
    fn in_unit(&self, sku: &Sku, steps: impl Into<i128>) -> String {
        let item = self.skus.get(sku).and_then(|stock| stock.item.as_ref());
        let measure = item.map(|item| item.measure.clone());
        measure.unwrap_or_default().show(steps)
    }
}
