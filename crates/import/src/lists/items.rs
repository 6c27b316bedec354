//! Items: what they are called and counted in, how they are sold and bought. A cell that is blank
//! says nothing, so that what is defined stays.

use std::collections::BTreeMap;

use domain::ids::{Sku, SupplierId};
use domain::quantity::{MAX_UNIT_CHARS, Measure, Step};
use serde::{Deserialize, Serialize};

use super::group::{EachName, Group, Names, Numbered, Told};
use crate::entry::Reason;
use crate::fields::{Field, ITEMS};
use crate::row::{Fault, Reading, why_no_steps};

/// What a list says of an item, in steps of it; of a row alone, `Q` is a quantity as it is written,
/// since another row of the item may say what its step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined<Q = u32> {
    /// The item.
    pub sku: Sku,
    /// What a person calls it.
    pub description: Option<String>,
    /// What its unit is called.
    pub unit: Option<String>,
    /// The smallest quantity of it.
    pub step: Option<Step>,
    /// How it is sold.
    pub sold: Option<Sold>,
    /// The most steps of it that may wait.
    pub cap: Option<Q>,
    /// The longest wait.
    pub wait_days: Option<u32>,
    /// What is offered instead, the best first.
    pub substitutes: Option<Vec<Sku>>,
    /// Days for which the offer stands.
    pub offer_days: Option<u32>,
    /// Who sells it to us.
    pub supplier: Option<SupplierId>,
    /// At this position in steps, or below, more is requested.
    pub reorder_point: Option<Q>,
    /// The position in steps to which more is requested.
    pub order_up_to: Option<Q>,
    /// Steps in a pack.
    pub pack: Option<Q>,
    /// Days from order to delivery.
    pub lead_time_days: Option<u32>,
    /// Steps that are assigned to nobody.
    pub safety_stock: Option<Q>,
}

/// What happens to an order when no stock is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sold {
    /// It waits.
    Backorderable,
    /// Something else is offered.
    Substitutable,
    /// It is refused.
    StockOnly,
}

/// A quantity as a cell says it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Said {
    /// Digits with a point.
    decimal: String,
    /// The cell, for people.
    cell: String,
}

impl Said {
    fn steps(&self, measure: &Measure) -> Result<u32, String> {
        let Self { decimal, cell } = self;
        let steps = measure.read(decimal);
        let steps = steps.map_err(|error| format!("{cell} {}", why_no_steps(measure, &error)))?;
        u32::try_from(steps).map_err(|_| format!("{cell} is too much"))
    }
}

impl Told for Defined<Said> {
    fn sku(&self) -> &Sku {
        &self.sku
    }
}

impl Names for Defined {
    fn names(&self, each: &mut EachName<'_>) {
        each(&self.sku, None);
    }
}

impl<Q> Defined<Q> {
    /// What it is counted in, where `known` is what it is counted in so far.
    pub fn measure(&self, known: &Measure) -> Measure {
        Measure {
            unit: self.unit.clone().unwrap_or_else(|| known.unit.clone()),
            step: self.step.unwrap_or(known.step),
        }
    }
}

impl Defined<Said> {
    /// The same in steps.
    fn counted(self, measure: &Measure) -> Result<Defined, String> {
        let steps = |said: Option<Said>| said.map(|said| said.steps(measure)).transpose();
        Ok(Defined {
            sku: self.sku,
            description: self.description,
            unit: self.unit,
            step: self.step,
            sold: self.sold,
            cap: steps(self.cap)?,
            wait_days: self.wait_days,
            substitutes: self.substitutes,
            offer_days: self.offer_days,
            supplier: self.supplier,
            reorder_point: steps(self.reorder_point)?,
            order_up_to: steps(self.order_up_to)?,
            pack: steps(self.pack)?,
            lead_time_days: self.lead_time_days,
            safety_stock: steps(self.safety_stock)?,
        })
    }
}

impl Defined {
    /// What two rows say of one item, where they do not contradict.
    fn and(self, other: Self) -> Result<Self, &'static str> {
        Ok(Self {
            description: either("descriptions", self.description, other.description)?,
            unit: either("units", self.unit, other.unit)?,
            step: either("steps", self.step, other.step)?,
            sold: either("ways to be sold", self.sold, other.sold)?,
            cap: either("caps", self.cap, other.cap)?,
            wait_days: either("longest waits", self.wait_days, other.wait_days)?,
            substitutes: either("substitutes", self.substitutes, other.substitutes)?,
            offer_days: either("days of offer", self.offer_days, other.offer_days)?,
            supplier: either("suppliers", self.supplier, other.supplier)?,
            reorder_point: either("reorder points", self.reorder_point, other.reorder_point)?,
            order_up_to: either("levels to order up to", self.order_up_to, other.order_up_to)?,
            pack: either("packs", self.pack, other.pack)?,
            lead_time_days: either("lead times", self.lead_time_days, other.lead_time_days)?,
            safety_stock: either("safety stocks", self.safety_stock, other.safety_stock)?,
            sku: self.sku,
        })
    }
}

fn either<T: PartialEq>(
    what: &'static str,
    one: Option<T>,
    other: Option<T>,
) -> Result<Option<T>, &'static str> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(what),
        (one, other) => Ok(one.or(other)),
    }
}

pub(super) fn key(reading: &Reading<'_>, _above: &str) -> String {
    reading.text(Field::Sku).unwrap_or_default()
}

pub(super) fn read(reading: &Reading<'_>, _key: &str) -> Result<Defined<Said>, Fault> {
    if ITEMS.iter().all(|field| reading.text(*field).is_none()) {
        return Err(Fault::Left(Reason::SaysNothing));
    }
    let sku = reading.sku()?;
    let unit = reading.text(Field::Unit);
    if unit.as_ref().is_some_and(|unit| !is_unit(unit)) {
        let why = "is no unit: a short word such as m or kg";
        return Err(reading.unreadable(Reason::BadItem, Field::Unit, why));
    }
    let description = reading.text(Field::Description);
    if description
        .iter()
        .any(|text| text.contains(char::is_control))
    {
        let why = "has a line break or another control character";
        return Err(reading.unreadable(Reason::BadItem, Field::Description, why));
    }
    Ok(Defined {
        sku,
        description,
        unit,
        step: step(reading)?,
        sold: sold(reading)?,
        cap: said(reading, Field::Cap)?,
        wait_days: days(reading, Field::WaitDays)?,
        substitutes: substitutes(reading)?,
        offer_days: days(reading, Field::OfferDays)?,
        supplier: supplier(reading)?,
        reorder_point: said(reading, Field::ReorderPoint)?,
        order_up_to: said(reading, Field::OrderUpTo)?,
        pack: said(reading, Field::Pack)?,
        lead_time_days: days(reading, Field::LeadTimeDays)?,
        safety_stock: said(reading, Field::SafetyStock)?,
    })
}

/// A unit is no number: `1` in such a column says that pieces are counted.
fn is_unit(unit: &str) -> bool {
    let letters = unit.chars();
    let fits = unit.chars().count() <= MAX_UNIT_CHARS;
    fits && !unit.starts_with(|first: char| first.is_ascii_digit())
        && letters
            .into_iter()
            .all(|it| !it.is_whitespace() && !it.is_control())
}

fn step(reading: &Reading<'_>) -> Result<Option<Step>, Fault> {
    let Some(number) = reading.number_of(Reason::BadItem, Field::Step)? else {
        return Ok(None);
    };
    let read = number.decimal().map(|text| Step::new(&text));
    match read {
        Some(Ok(step)) => Ok(Some(step)),
        Some(Err(error)) => {
            let why = error.to_string();
            Err(reading.unreadable(Reason::BadItem, Field::Step, &why))
        }
        None => Err(reading.unreadable(Reason::BadItem, Field::Step, "is negative")),
    }
}

fn sold(reading: &Reading<'_>) -> Result<Option<Sold>, Fault> {
    let Some(text) = reading.text(Field::Sold) else {
        return Ok(None);
    };
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    let word: String = letters.flat_map(char::to_lowercase).collect();
    match word.as_str() {
        "backorderable" | "backorder" | "backorders" | "yes" | "true" | "1" | "notify"
        | "continue" | "allow" => Ok(Some(Sold::Backorderable)),
        "substitutable" | "substitute" | "substitutes" => Ok(Some(Sold::Substitutable)),
        "stockonly" | "stock" | "fromstock" | "no" | "false" | "0" | "deny" => {
            Ok(Some(Sold::StockOnly))
        }
        _ => {
            let why = "is not known: say backorderable, substitutable or stock_only";
            Err(reading.unreadable(Reason::BadItem, Field::Sold, why))
        }
    }
}

fn substitutes(reading: &Reading<'_>) -> Result<Option<Vec<Sku>>, Fault> {
    let Some(text) = reading.text(Field::Substitutes) else {
        return Ok(None);
    };
    let parts = text.split([',', ';', '|']).map(str::trim);
    let skus = parts
        .filter(|part| !part.is_empty())
        .map(|part| reading.key(Reason::BadItem, Field::Substitutes, part, Sku::new));
    let skus: Vec<Sku> = skus.collect::<Result<_, _>>()?;
    Ok(Some(skus).filter(|skus| !skus.is_empty()))
}

fn supplier(reading: &Reading<'_>) -> Result<Option<SupplierId>, Fault> {
    let text = reading.text(Field::Supplier);
    text.map(|text| reading.key(Reason::BadItem, Field::Supplier, &text, SupplierId::new))
        .transpose()
}

fn days(reading: &Reading<'_>, field: Field) -> Result<Option<u32>, Fault> {
    let Some(number) = reading.number_of(Reason::BadItem, field)? else {
        return Ok(None);
    };
    let whole = number.units().filter(|_| !number.negative);
    let days = whole.and_then(|days| u32::try_from(days).ok());
    let wrong = || reading.unreadable(Reason::BadItem, field, "is no whole number of days");
    days.map(Some).ok_or_else(wrong)
}

fn said(reading: &Reading<'_>, field: Field) -> Result<Option<Said>, Fault> {
    let Some(number) = reading.number_of(Reason::BadItem, field)? else {
        return Ok(None);
    };
    let negative = || reading.unreadable(Reason::BadItem, field, "is negative");
    let decimal = number.decimal().ok_or_else(negative)?;
    let cell = reading.cell(field);
    Ok(Some(Said { decimal, cell }))
}

/// Rows of one item say one thing, or parts of it. Quantities are counted by the step that any of
/// them says, or else by the known one.
pub(super) fn together(
    rows: Vec<Numbered<Defined<Said>>>,
    measures: &BTreeMap<Sku, Measure>,
) -> Vec<Group<Defined<Said>, Defined>> {
    let numbers: Vec<u64> = rows.iter().map(|(row, _)| *row).collect();
    match one_of(&rows, measures) {
        Ok(told) => vec![Group {
            told: vec![(numbers, told)],
            left: Vec::new(),
        }],
        Err(Wrong::Rows(wrong)) => vec![Group::unreadable(rows, Reason::BadItem, &wrong)],
        Err(Wrong::Several(what)) => {
            let sku = rows.first().map_or("", |(_, told)| told.sku.as_str());
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let numbers = numbers.join(", ");
            let why = format!("{sku} stands for several {what}: rows {numbers}");
            vec![Group::disagreeing(rows, &why)]
        }
    }
}

/// Why rows of one item are none together.
enum Wrong {
    /// They say several of these.
    Several(&'static str),
    /// These say quantities that the item does not have.
    Rows(BTreeMap<u64, String>),
}

fn one_of(
    rows: &[Numbered<Defined<Said>>],
    measures: &BTreeMap<Sku, Measure>,
) -> Result<Defined, Wrong> {
    let mut steps = rows.iter().map(|(_, told)| told.step);
    let step = steps.try_fold(None, |step, said| either("steps", step, said));
    let step = step.map_err(Wrong::Several)?;
    let known = rows.first().and_then(|(_, told)| measures.get(&told.sku));
    let known = known.cloned().unwrap_or_default();
    let unit = rows.iter().find_map(|(_, told)| told.unit.clone());
    let measure = Measure {
        unit: unit.unwrap_or(known.unit),
        step: step.unwrap_or(known.step),
    };
    let (mut counted, mut wrong) = (Vec::new(), BTreeMap::new());
    for (row, told) in rows {
        match told.clone().counted(&measure) {
            Ok(told) => counted.push(told),
            Err(why) => drop(wrong.insert(*row, why)),
        }
    }
    let mut counted = counted.into_iter();
    match counted.next() {
        Some(first) if wrong.is_empty() => counted
            .try_fold(first, Defined::and)
            .map_err(Wrong::Several),
        Some(_) | None => Err(Wrong::Rows(wrong)),
    }
}
