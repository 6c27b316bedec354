//! Counts of stock: an item, a location, and what was counted there.

use domain::ids::{Key, LocationId, Sku};
use serde::{Deserialize, Serialize};

use super::group::{EachName, Group, Names, Numbered, Told};
use crate::entry::Reason;
use crate::fields::Field;
use crate::row::{Fault, Reading};

/// What was counted of an item at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The item.
    pub sku: Sku,
    /// Where.
    pub location: LocationId,
    /// So many steps of it.
    pub counted: u32,
}

impl Names for Counted {
    fn names(&self, each: &mut EachName<'_>) {
        each(&self.sku, Some(&self.location));
    }
}

impl Told for Counted {
    fn sku(&self) -> &Sku {
        &self.sku
    }

    fn document(&self) -> &str {
        self.location.as_str()
    }
}

impl Counted {
    /// The id of its count, among those that are taken under one name: an item is counted once at a
    /// location.
    pub fn id(&self, name: &str) -> String {
        let Self { sku, location, .. } = self;
        let said = format!("{name}\0{location}\0{sku}");
        format!("count {:032x}", Key::of("import count", &said).0)
    }
}

pub(super) fn key(reading: &Reading<'_>, at: Option<&LocationId>) -> String {
    let location = reading.text(Field::Location);
    let location = location.or_else(|| at.map(ToString::to_string));
    let sku = reading.text(Field::Sku);
    match (location, sku) {
        (Some(location), Some(sku)) => format!("{location}\0{sku}"),
        _ => String::new(),
    }
}

pub(super) fn read(reading: &Reading<'_>, at: Option<&LocationId>) -> Result<Counted, Fault> {
    let sku = reading.sku()?;
    let location = reading.location()?.or_else(|| at.cloned());
    let location =
        location.ok_or_else(|| reading.unreadable(Reason::BadLocation, Field::Location, ""))?;
    let is_stocked = reading
        .text(Field::Quantity)
        .is_none_or(|text| !text.eq_ignore_ascii_case("not stocked"));
    if !is_stocked {
        return Err(Fault::Left(Reason::NotStocked));
    }
    let (negative, counted) = reading.steps(&sku, Field::Quantity)?;
    if negative && counted > 0 {
        let why = "is negative: what is there is 0 or more";
        return Err(reading.unreadable(Reason::BadQuantity, Field::Quantity, why));
    }
    Ok(Counted {
        sku,
        location,
        counted,
    })
}

/// Two rows may be two shelves or one row twice: only the shop knows whether they add up.
pub(super) fn together(rows: Vec<Numbered<Counted>>) -> Vec<Group<Counted, Counted>> {
    let Some((_, first)) = rows.first() else {
        return Vec::new();
    };
    if rows.len() > 1 {
        let numbers: Vec<String> = rows.iter().map(|(row, _)| row.to_string()).collect();
        let Counted { sku, location, .. } = first;
        let numbers = numbers.join(", ");
        let why = format!("{sku} at {location} stands in rows {numbers}: give one with the sum");
        return vec![Group::disagreeing(rows, &why)];
    }
    let told = rows.into_iter().map(|(row, told)| (vec![row], told));
    vec![Group {
        told: told.collect(),
        left: Vec::new(),
    }]
}
