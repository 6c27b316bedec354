//! 856: goods that left, as a tree of shipment, orders, packs and items.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::lines::{day, hear, id, line_ref, purpose, units};
use super::segments::Segment;
use crate::bounds::{MAX_LINES, MAX_ORDERS};
use crate::context::{Context, Dated};
use crate::dispatched::Gathered;
use crate::fault::{Fault, Reason};
use crate::quantity::Quantity;
use crate::said::{DispatchAdvice, LineRef, Purpose};
use crate::value;

/// Reads an 856.
pub(super) fn advice(segments: &[Segment], context: &Context) -> Result<DispatchAdvice, Fault> {
    let Some(head) = segments.iter().find(|it| it.tag() == "BSN") else {
        return Err(Fault {
            segment: segments.first().map_or(0, |it| it.number),
            tag: String::new(),
            why: Reason::NoSegment("BSN"),
        });
    };
    let mut tree = Tree::new(context);
    for of in segments {
        tree.hear(of)?;
    }
    tree.end_item()?;
    let number = value::id(head.get(2)).map_err(|why| head.fault(why))?;
    let left = match tree.shipment.left {
        Some(left) => Some(left),
        None => day(head, 3, context)?,
    };
    let by_departure = left.or(context.sent).map(|day| {
        let transit = context.profile.transit_days;
        value::later(day, transit)
    });
    let orders = tree.gathered.orders(by_departure);
    let orders = orders.map_err(|why| head.fault(why))?;
    let purpose = purpose(head, "BSN01")?;
    if orders.is_empty() && purpose != Purpose::Cancels {
        return Err(head.fault(Reason::NoSegment("SN1")));
    }
    Ok(DispatchAdvice {
        purpose,
        number: if number.is_empty() {
            context.named()
        } else {
            number
        },
        left,
        orders,
    })
}

/// The segments of one item, as they come.
#[derive(Default)]
struct Item {
    line: LineRef,
    units: Option<Quantity>,
    order: Option<String>,
    dates: Dated,
    segment: usize,
}

/// Where in the tree we are.
struct Tree<'c, 'p> {
    context: &'c Context<'p>,
    /// The level: S, O, P, I, …
    level: String,
    /// The order that each part of the tree belongs to, by its number (HL01).
    orders: BTreeMap<String, String>,
    /// The number of the part we are in.
    here: String,
    /// The order of what follows.
    order: Option<String>,
    shipment: Dated,
    of_order: Dated,
    item: Option<Item>,
    gathered: Gathered,
}

impl<'c, 'p> Tree<'c, 'p> {
    const fn new(context: &'c Context<'p>) -> Self {
        Self {
            context,
            level: String::new(),
            orders: BTreeMap::new(),
            here: String::new(),
            order: None,
            shipment: Dated::NONE,
            of_order: Dated::NONE,
            item: None,
            gathered: Gathered::new(),
        }
    }

    fn hear(&mut self, of: &Segment) -> Result<(), Fault> {
        match of.tag() {
            "HL" => self.enter(of)?,
            "PRF" => self.prf(of)?,
            "LIN" => {
                if self.item.as_ref().is_some_and(|item| item.units.is_some()) {
                    self.end_item()?;
                }
                let line = line_ref(of, 1, 2)?;
                let item = self.item.get_or_insert_default();
                item.line = line;
                item.segment = of.number;
            }
            "SN1" => {
                if self.item.as_ref().is_some_and(|item| item.units.is_some()) {
                    self.end_item()?;
                }
                of.need(2, "SN102")?;
                let number = value::id(of.get(1)).map_err(|why| of.fault(why))?;
                let item = self.item.get_or_insert_default();
                let units = units(of, 2, (3, &item.line.ids), self.context)?;
                item.units = units;
                if item.line.number.is_empty() {
                    item.line.number = number;
                }
                if item.segment == 0 {
                    item.segment = of.number;
                }
            }
            "DTM" => match (&mut self.item, self.level.as_str()) {
                (Some(item), _) => hear(&mut item.dates, of, self.context)?,
                (None, "O") => hear(&mut self.of_order, of, self.context)?,
                (None, _) => hear(&mut self.shipment, of, self.context)?,
            },
            _ => {}
        }
        Ok(())
    }

    /// A part of the tree begins.
    fn enter(&mut self, of: &Segment) -> Result<(), Fault> {
        self.end_item()?;
        if self.orders.len() > MAX_ORDERS.saturating_mul(MAX_LINES) {
            return Err(of.fault(Reason::TooLarge {
                what: "parts of the tree",
                most: MAX_ORDERS.saturating_mul(MAX_LINES),
            }));
        }
        of.get(3).clone_into(&mut self.level);
        of.get(1).clone_into(&mut self.here);
        // HL02 names the part above; where it is missing the order before holds.
        if let Some(order) = self.orders.get(of.get(2)).filter(|_| !of.get(2).is_empty()) {
            self.order = Some(order.clone());
        }
        if self.level == "O" {
            self.of_order = Dated::NONE;
            self.order = None;
        }
        if self.level == "I" {
            self.item = Some(Item::default());
        }
        if let Some(order) = &self.order {
            self.orders.insert(self.here.clone(), order.clone());
        }
        Ok(())
    }

    /// An order is named: for all below, or for one item.
    fn prf(&mut self, of: &Segment) -> Result<(), Fault> {
        let order = id(of, 1, "PRF01")?;
        if let Some(item) = &mut self.item {
            item.order = Some(order);
            return Ok(());
        }
        self.orders.insert(self.here.clone(), order.clone());
        self.order = Some(order);
        Ok(())
    }

    /// An item is complete.
    fn end_item(&mut self) -> Result<(), Fault> {
        let Some(item) = self.item.take() else {
            return Ok(());
        };
        let fault = |why| Fault {
            segment: item.segment,
            tag: "SN1".into(),
            why,
        };
        let Some(units) = item.units else {
            // A part of the tree that names an article and no units, as a set does.
            return Ok(());
        };
        let order = item.order.as_ref().or(self.order.as_ref());
        let order = order.ok_or_else(|| fault(Reason::NoSegment("PRF")))?;
        let dates = [item.dates, self.of_order, self.shipment];
        let arrives: Option<Date> = dates.iter().find_map(|dated| dated.arrives(self.context));
        let line = item.line.check().map_err(fault)?;
        let gathered = &mut self.gathered;
        gathered
            .add(order, line, units, (arrives, item.segment))
            .map_err(fault)
    }
}
