//! Owed orders that are open: documents with lines, each with what is to come of an item, and
//! when. Rows of one item are its parts.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{PurchaseOrderId, Sku, SupplierId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::group::{EachName, Group, Names, Numbered, Told, brought, continued};
use crate::entry::Reason;
use crate::fields::Field;
use crate::row::{Fault, Reading};

/// A row of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// The purchase order.
    pub purchase_order: PurchaseOrderId,
    /// From whom, if it is said.
    pub supplier: Option<SupplierId>,
    /// What.
    pub sku: Sku,
    /// So many steps of it.
    pub quantity: u32,
    /// The day on which they are to arrive, if it is said.
    pub expected: Option<Date>,
}

/// The rows of one purchase order: all come in, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// From whom, if any row says it.
    pub supplier: Option<SupplierId>,
    /// Each with its row.
    pub lines: Vec<(u64, Bought)>,
}

impl Names for Owed {
    fn names(&self, each: &mut EachName<'_>) {
        for (_, line) in &self.lines {
            each(&line.sku, None);
        }
    }
}

/// A row. One of nothing says nothing of its order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    told: Bought,
    brings_nothing: Option<Reason>,
}

impl Told for Line {
    fn sku(&self) -> &Sku {
        &self.told.sku
    }

    fn document(&self) -> &str {
        self.told.purchase_order.as_str()
    }
}

/// The order's number, or that of the row above if it has goods and says neither number nor
/// supplier.
pub(super) fn key(reading: &Reading<'_>, above: &str) -> String {
    continued(reading, (Field::PurchaseOrder, Field::Supplier), above)
}

pub(super) fn read(reading: &Reading<'_>, number: &str) -> Result<Line, Fault> {
    let bad = Reason::BadOrder;
    if number.is_empty() {
        return Err(reading.unreadable(bad, Field::PurchaseOrder, ""));
    }
    let purchase_order = reading.key(bad, Field::PurchaseOrder, number, PurchaseOrderId::new)?;
    let sku = reading.sku()?;
    let (quantity, brings_nothing) = brought(reading, &sku)?;
    let supplier = reading.text(Field::Supplier);
    let supplier = supplier
        .map(|text| reading.key(bad, Field::Supplier, &text, SupplierId::new))
        .transpose()?;
    let told = Bought {
        purchase_order,
        supplier,
        sku,
        quantity,
        expected: reading.day(Field::Expected)?,
    };
    Ok(Line {
        told,
        brings_nothing,
    })
}

/// The rows of one purchase order; a blank supplier is the one that another row names.
pub(super) fn together(rows: Vec<Numbered<Line>>) -> Vec<Group<Line, Owed>> {
    let named = rows
        .iter()
        .filter_map(|(_, line)| line.told.supplier.as_ref());
    let named: BTreeSet<SupplierId> = named.cloned().collect();
    let mut suppliers = named.into_iter();
    let supplier = suppliers.next();
    if let (Some(one), Some(other)) = (&supplier, suppliers.next()) {
        let why = format!("the purchase order is one of several suppliers: {one}, {other}");
        return vec![Group::disagreeing(rows, &why)];
    }
    let back = rows
        .iter()
        .filter(|(_, line)| line.brings_nothing == Some(Reason::GoesBack));
    let back: BTreeMap<u64, String> = back
        .map(|(row, _)| (*row, Reason::GoesBack.meaning().to_owned()))
        .collect();
    // Less of what another row orders: only the shop knows of which.
    if !back.is_empty() {
        return vec![Group::unreadable(rows, Reason::GoesBack, &back)];
    }
    let (mut lines, mut left) = (Vec::new(), Vec::new());
    for (row, line) in rows {
        match line.brings_nothing {
            Some(reason) => left.push(((row, line), reason, reason.meaning().to_owned())),
            None => lines.push((row, line.told)),
        }
    }
    let rows: Vec<u64> = lines.iter().map(|(row, _)| *row).collect();
    let told = (!rows.is_empty()).then_some((rows, Owed { supplier, lines }));
    vec![Group {
        told: told.into_iter().collect(),
        left,
    }]
}
