//! What the file sold to whom, so that a row that takes back finds what it takes back.
//!
//! It follows from the file alone, never from a service: a second run of the same file takes
//! back exactly the same, whatever has happened since.

use std::collections::{BTreeMap, VecDeque};

use domain::ids::{CustomerId, OrderId, Sku};

use crate::entry::{Purchase, Return};

/// The most sold lines that are remembered; beyond it the oldest are forgotten, and a row that
/// takes one of those back matches nothing.
pub const MAX_REMEMBERED: usize = 1_000_000;

/// Units of an order's line that a row takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whose.
    pub order: OrderId,
    /// Its line.
    pub line: u32,
    /// Whole units.
    pub quantity: u32,
}

/// Sold lines by customer and SKU, the latest last.
#[derive(Debug, Default)]
pub struct Ledger {
    sold: BTreeMap<(CustomerId, Sku), Vec<Taken>>,
    by_age: VecDeque<(CustomerId, Sku)>,
}

impl Ledger {
    /// Notes a purchase, its lines numbered from 1.
    pub fn sold(&mut self, purchase: &Purchase) {
        for (line, row) in (1_u32..).zip(&purchase.rows) {
            let key = (purchase.customer.clone(), row.sku.clone());
            let quantity = row.quantity;
            let sold = Taken {
                order: purchase.order.clone(),
                line,
                quantity,
            };
            self.sold.entry(key.clone()).or_default().push(sold);
            self.by_age.push_back(key);
        }
        while self.by_age.len() > MAX_REMEMBERED {
            let Some(key) = self.by_age.pop_front() else {
                break;
            };
            if let Some(lines) = self.sold.get_mut(&key) {
                if lines.len() > 1 {
                    lines.remove(0);
                } else {
                    self.sold.remove(&key);
                }
            }
        }
    }

    /// The latest lines of that customer and SKU that the row takes back, and how many units
    /// match nothing.
    pub fn take_back(&mut self, back: &Return) -> (Vec<Taken>, u32) {
        let mut open = back.quantity;
        let mut taken = Vec::new();
        let key = (back.customer.clone(), back.sku.clone());
        for sold in self.sold.entry(key).or_default().iter_mut().rev() {
            let quantity = sold.quantity.min(open);
            if quantity > 0 {
                sold.quantity = sold.quantity.saturating_sub(quantity);
                open = open.saturating_sub(quantity);
                taken.push(Taken {
                    order: sold.order.clone(),
                    line: sold.line,
                    quantity,
                });
            }
        }
        (taken, open)
    }
}
