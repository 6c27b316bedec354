//! Items that left, gathered by order and line: one line may stand in many packs. Both standards
//! come to this.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::bounds::{MAX_LINES, MAX_ORDERS};
use crate::fault::Reason;
use crate::quantity::Quantity;
use crate::said::{DispatchedLine, LineRef, OrderDispatch};

/// What left so far.
pub(crate) struct Gathered {
    orders: Vec<Order>,
    /// Where an order stands.
    by_number: BTreeMap<String, usize>,
}

struct Order {
    number: String,
    arrives: Option<Date>,
    lines: Vec<DispatchedLine>,
}

impl Gathered {
    pub const fn new() -> Self {
        Self {
            orders: Vec::new(),
            by_number: BTreeMap::new(),
        }
    }

    /// Units of a line of an order. None are nothing.
    pub fn add(
        &mut self,
        order: &str,
        line: LineRef,
        units: Quantity,
        (arrives, segment): (Option<Date>, usize),
    ) -> Result<(), Reason> {
        if units.is_none() {
            return Ok(());
        }
        let at = match self.by_number.get(order) {
            Some(at) => *at,
            None if self.orders.len() >= MAX_ORDERS => {
                return Err(Reason::TooLarge {
                    what: "orders",
                    most: MAX_ORDERS,
                });
            }
            None => {
                self.by_number.insert(order.to_owned(), self.orders.len());
                self.orders.push(Order {
                    number: order.to_owned(),
                    arrives: None,
                    lines: Vec::new(),
                });
                self.orders.len().saturating_sub(1)
            }
        };
        let Some(order) = self.orders.get_mut(at) else {
            return Ok(());
        };
        order.arrives = order.arrives.max(arrives);
        // A line number is one line; without it the articles are.
        let same = order.lines.iter_mut().find(|known| known.line == line);
        if let Some(known) = same {
            known.quantity = known.quantity.plus(units)?;
            return Ok(());
        }
        if order.lines.len() >= MAX_LINES {
            return Err(Reason::TooLarge {
                what: "lines of one order",
                most: MAX_LINES,
            });
        }
        order.lines.push(DispatchedLine {
            line,
            quantity: units,
            segment,
        });
        Ok(())
    }

    /// By order, with the day of arrival: what was said of any of its lines last, else this one.
    pub fn orders(self, by_departure: Option<Date>) -> Result<Vec<OrderDispatch>, Reason> {
        let dated = self.orders.into_iter().map(|order| {
            let arrives = order.arrives.or(by_departure).ok_or(Reason::NoDate)?;
            Ok(OrderDispatch {
                order: order.number,
                arrives,
                lines: order.lines,
            })
        });
        dated.collect()
    }
}
