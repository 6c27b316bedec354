//! What rows of a list tell, and what those under one name come to together.

use std::collections::BTreeMap;

use domain::ids::{LocationId, Sku};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::Reason;
use crate::fields::Field;
use crate::row::{Fault, Reading};

/// What one row of a list tells.
pub trait Told: Serialize + DeserializeOwned {
    /// The item.
    fn sku(&self) -> &Sku;
    /// The document or place that it stands under, for people.
    fn document(&self) -> &str {
        ""
    }
}

/// What is called for an item and its location.
pub type EachName<'a> = dyn FnMut(&Sku, Option<&LocationId>) + 'a;

/// What comes in together names items and locations.
pub trait Names: Serialize + DeserializeOwned {
    /// Calls for each item.
    fn names(&self, each: &mut EachName<'_>);
}

/// A row with its number.
pub(crate) type Numbered<T> = (u64, T);

/// Rows of one thing that come in together, or why none does.
pub(crate) struct Group<R, T> {
    /// What is to be done, each with the rows that ask for it.
    pub(super) told: Vec<(Vec<u64>, T)>,
    /// Rows that are left, and how they disagree.
    pub(super) left: Vec<(Numbered<R>, Reason, String)>,
}

impl<R, T> Group<R, T> {
    /// None of these comes in.
    pub(super) fn disagreeing(rows: Vec<Numbered<R>>, why: &str) -> Self {
        let left = rows.into_iter();
        Self {
            told: Vec::new(),
            left: left
                .map(|row| (row, Reason::RowsDisagree, why.to_owned()))
                .collect(),
        }
    }

    /// None of these comes in, since some cannot be read: these, and why.
    pub(super) fn unreadable(
        rows: Vec<Numbered<R>>,
        reason: Reason,
        wrong: &BTreeMap<u64, String>,
    ) -> Self {
        let first = wrong.keys().next().copied().unwrap_or_default();
        let left = rows.into_iter().map(|(row, told)| match wrong.get(&row) {
            Some(why) => ((row, told), reason, why.clone()),
            None => ((row, told), Reason::OrderIncomplete, incomplete(first)),
        });
        Self {
            told: Vec::new(),
            left: left.collect(),
        }
    }
}

/// The number of a row's document; or that of the row above, if it has goods and says neither a
/// number nor what begins each document.
pub(super) fn continued(
    reading: &Reading<'_>,
    (number, begins): (Field, Field),
    above: &str,
) -> String {
    let says = |field: Field| reading.text(field).is_some();
    match reading.text(number) {
        Some(number) => number,
        None if says(Field::Sku) && says(Field::Quantity) && !says(begins) => above.to_owned(),
        None => String::new(),
    }
}

/// How many steps of an item a row brings; and why, if it brings nothing.
pub(super) fn brought(reading: &Reading<'_>, sku: &Sku) -> Result<(u32, Option<Reason>), Fault> {
    let (negative, quantity) = reading.steps(sku, Field::Quantity)?;
    let nothing = match (negative, quantity) {
        (_, 0) => Some(Reason::ZeroQuantity),
        (true, _) => Some(Reason::GoesBack),
        (false, _) => None,
    };
    Ok((quantity, nothing))
}

/// Why a row is left that could be taken by itself.
pub(super) fn incomplete(row: u64) -> String {
    format!("row {row} under the same name cannot be read")
}
