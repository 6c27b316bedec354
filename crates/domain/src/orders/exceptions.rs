//! What of the open orders needs a person: those that have been suspended for long. Whether they
//! are late is the allocator's to say, and what was refused has closed, so its service reads that
//! from the log.

use super::Orders;
use super::bounds::SUSPENDED_LONG_DAYS;
use crate::exact::{Exact, fewer};
use crate::exception::{Exception, ExceptionKind, Exceptions, Worst};
use crate::ids::Timestamp;

impl Exceptions for Orders {
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        let long = now.plus_days(fewer(SUSPENDED_LONG_DAYS));
        let orders = self.suspensions.iter();
        for (order, suspension) in orders.filter(|(_, it)| it.since <= long) {
            let units = self.order(order).map_or(0, |open| {
                let wanted = open.lines().map(|line| u64::from(line.tally().wanted()));
                wanted.fold(0, Exact::plus)
            });
            let text = format!("suspended ({}), and does not go on", suspension.reason);
            let kind = ExceptionKind::OrderSuspended;
            let taken = worst.take(Exception {
                order: Some(order.clone()),
                ..Exception::new(kind, suspension.since, units, text)
            });
            if !taken {
                return;
            }
        }
    }
}
