//! Orders that are not to go on for now: since when, and why. Must not know what they have.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::event::OrderSuspended;
use crate::ids::{OrderId, Timestamp};

/// Why an order does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// It does not keep what it had.
    pub frees: bool,
}

/// All suspended orders that are open.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Suspensions(BTreeMap<OrderId, Suspension>);

impl Suspensions {
    pub fn begin(&mut self, it: &OrderSuspended, since: Timestamp) {
        let suspension = Suspension {
            since,
            reason: it.reason.clone(),
            frees: it.frees,
        };
        self.0.insert(it.order.clone(), suspension);
    }

    pub fn end(&mut self, order: &OrderId) {
        self.0.remove(order);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn of(&self, order: &OrderId) -> Option<&Suspension> {
        self.0.get(order)
    }

    /// Their numbers, after this one.
    pub fn after<'a>(
        &'a self,
        order: Option<&OrderId>,
    ) -> impl Iterator<Item = &'a OrderId> + use<'a> {
        let after = order.map_or(Bound::Unbounded, |order| Bound::Excluded(order.clone()));
        self.0
            .range((after, Bound::Unbounded))
            .map(|(order, _)| order)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&OrderId, &Suspension)> {
        self.0.iter()
    }
}
