//! Deliveries: documents with lines, each with what came of an item.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Key, LocationId, PurchaseOrderId, Sku};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::group::{EachName, Group, Names, Numbered, Told, brought, continued};
use crate::entry::Reason;
use crate::fields::Field;
use crate::row::{Fault, Reading};

/// A line of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The delivery's number.
    pub delivery: String,
    /// Who sent it, as the file calls them; may be empty.
    pub supplier: String,
    /// The line's own number; may be empty.
    pub line: String,
    /// Which of the lines that are called alike, from 1, as they stand.
    pub count: u32,
    /// What came.
    pub sku: Sku,
    /// So many steps of it.
    pub quantity: u32,
    /// Where it was put, if it is said.
    pub location: Option<LocationId>,
    /// The purchase order that was delivered, if it is said.
    pub purchase_order: Option<PurchaseOrderId>,
    /// On which day, if it is said.
    pub day: Option<Date>,
}

/// The lines of one delivery: all come in, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Each with its row.
    pub lines: Vec<(u64, Delivered)>,
}

impl Names for Delivery {
    fn names(&self, each: &mut EachName<'_>) {
        for (_, line) in &self.lines {
            each(&line.sku, line.location.as_ref());
        }
    }
}

/// A row of a delivery. One that brings nothing still has its place among those called alike: with
/// a figure in the next export, it moves none of them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    told: Delivered,
    brings_nothing: Option<Reason>,
}

impl Told for Line {
    fn sku(&self) -> &Sku {
        &self.told.sku
    }

    fn document(&self) -> &str {
        &self.told.delivery
    }
}

impl Delivered {
    /// The id of its receipt. What came, and where it was put, is no part of it: a line that is
    /// told otherwise later is the same line, and is not received twice.
    pub fn id(&self) -> String {
        let Self {
            delivery,
            supplier,
            line,
            count,
            sku,
            ..
        } = self;
        let said = format!("{supplier}\0{delivery}\0{line}\0{sku}\0{count}");
        format!("delivery {:032x}", Key::of("import receipt", &said).0)
    }
}

/// The delivery's number, or that of the row above if it has goods and says neither number nor day.
pub(super) fn key(reading: &Reading<'_>, above: &str) -> String {
    continued(reading, (Field::Delivery, Field::Date), above)
}

pub(super) fn read(reading: &Reading<'_>, delivery: &str) -> Result<Line, Fault> {
    let bad = Reason::BadDelivery;
    if delivery.is_empty() {
        return Err(reading.unreadable(bad, Field::Delivery, ""));
    }
    let delivery = reading.key(bad, Field::Delivery, delivery, plain_text)?;
    let sku = reading.sku()?;
    let (quantity, brings_nothing) = brought(reading, &sku)?;
    let purchase_order = reading.text(Field::PurchaseOrder);
    let purchase_order = purchase_order
        .map(|text| reading.key(bad, Field::PurchaseOrder, &text, PurchaseOrderId::new))
        .transpose()?;
    let supplier = reading.text(Field::Supplier).unwrap_or_default();
    let line = reading.text(Field::Line).unwrap_or_default();
    let told = Delivered {
        delivery,
        supplier: reading.key(bad, Field::Supplier, &supplier, plain_text)?,
        line: reading.key(bad, Field::Line, &line, plain_text)?,
        count: 1,
        sku,
        quantity,
        location: reading.location()?,
        purchase_order,
        day: reading.day(Field::Date)?,
    };
    Ok(Line {
        told,
        brings_nothing,
    })
}

/// The longest number of a delivery, in characters.
const MAX_NUMBER_CHARS: usize = 128;

fn plain_text(text: &str) -> Result<String, String> {
    let fits = text.chars().count() <= MAX_NUMBER_CHARS && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| format!("is longer than {MAX_NUMBER_CHARS} characters, or has unseen ones"))
}

/// Rows under one number are the deliveries of one or of several suppliers. Where only some say
/// which, all are left: what is filled in later would make another line of one that came in.
pub(super) fn together(
    rows: Vec<Numbered<Line>>,
    at: Option<&LocationId>,
) -> Vec<Group<Line, Delivery>> {
    let mut documents: BTreeMap<String, Vec<Numbered<Line>>> = BTreeMap::new();
    for (row, line) in rows {
        let supplier = line.told.supplier.clone();
        documents.entry(supplier).or_default().push((row, line));
    }
    if documents.len() > 1 && documents.contains_key("") {
        let named: Vec<&str> = documents.keys().map(String::as_str).skip(1).collect();
        let why = format!(
            "some rows name a supplier ({}), and some none: name it in all",
            named.join(", ")
        );
        let rows = documents.into_values().flatten();
        return vec![Group::disagreeing(rows.collect(), &why)];
    }
    let documents = documents.into_values();
    documents.map(|rows| document(rows, at)).collect()
}

/// The lines of one delivery; a blank cell says what another row of it does.
fn document(rows: Vec<Numbered<Line>>, at: Option<&LocationId>) -> Group<Line, Delivery> {
    let lines = || rows.iter().map(|(_, line)| &line.told);
    let days: BTreeSet<Date> = lines().filter_map(|line| line.day).collect();
    if let (Some(one), Some(other)) = (days.iter().next(), days.iter().nth(1)) {
        let number = lines().next().map_or("", |line| &line.delivery);
        let why = format!("number {number} stands for several days: {one}, {other}");
        return Group::disagreeing(rows, &why);
    }
    let day = days.first().copied();
    let location = only(lines().map(|line| line.location.as_ref()));
    let location = location.or(at).cloned();
    let purchase_order = only(lines().map(|line| line.purchase_order.as_ref())).cloned();
    if location.is_none() && lines().any(|line| line.location.is_none()) {
        let left = rows.into_iter().map(|row| {
            let why = "no location is said: a column `location`, or --at LOCATION".to_owned();
            (row, Reason::BadLocation, why)
        });
        return Group {
            told: Vec::new(),
            left: left.collect(),
        };
    }
    let mut counts: BTreeMap<(String, Sku), u32> = BTreeMap::new();
    let (mut lines, mut left) = (Vec::new(), Vec::new());
    for (row, line) in rows {
        let alike = (line.told.line.clone(), line.told.sku.clone());
        let count = counts.entry(alike).or_default();
        *count = count.saturating_add(1);
        if let Some(reason) = line.brings_nothing {
            left.push(((row, line), reason, reason.meaning().to_owned()));
            continue;
        }
        let Delivered {
            location: its,
            purchase_order: bought,
            ..
        } = &line.told;
        lines.push((
            row,
            Delivered {
                count: *count,
                location: its.clone().or_else(|| location.clone()),
                purchase_order: bought.clone().or_else(|| purchase_order.clone()),
                day,
                ..line.told
            },
        ));
    }
    let rows: Vec<u64> = lines.iter().map(|(row, _)| *row).collect();
    let told = (!rows.is_empty()).then_some((rows, Delivery { lines }));
    Group {
        told: told.into_iter().collect(),
        left,
    }
}

/// What is named, if it is one thing.
fn only<'a, T: Ord>(named: impl Iterator<Item = Option<&'a T>>) -> Option<&'a T> {
    let named: BTreeSet<&T> = named.flatten().collect();
    let is_one = named.len() == 1;
    named.into_iter().next().filter(|_| is_one)
}
