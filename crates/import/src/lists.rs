//! Lists that a shop keeps: its items, what it has counted, what was delivered, what it has bought.
//! Read by the rules of orders: the whole file before anything is done, and what stands under one
//! name whole or not at all. Must not know which items or locations there are.

mod group;
mod items;
pub(crate) mod presets;
mod purchases;
mod receipts;
mod stock;

use std::collections::BTreeSet;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use domain::ids::{LocationId, Sku};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::columns::ColumnMap;
use crate::entry::{Left, Reason};
use crate::fields::{Field, Kind};
use crate::group::MAX_DOCUMENT_ROWS;
use crate::row::{Fault, Reading};
use crate::sort::{Sorted, Sorter};
use crate::source::{ReadAs, SourceError, Table};

pub use group::{EachName, Names, Told};
use group::{Group, Numbered};
pub use items::{Defined, Sold};
pub use purchases::{Bought, Owed};
pub use receipts::{Delivered, Delivery};
pub use stock::Counted;

/// A list that is open, whose rows are not read yet.
pub struct List {
    table: Table,
}

impl List {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be opened, or its header does not fit.
    pub fn open(path: &Path, kind: Kind, how: ReadAs) -> Result<Self, SourceError> {
        let table = Table::open(path, kind, how)?;
        Ok(Self { table })
    }

    /// How its columns are read.
    pub const fn column_map(&self) -> &ColumnMap {
        &self.table.cells.map
    }

    /// Whether it has a column for a field.
    pub fn has(&self, field: Field) -> bool {
        self.table.cells.columns.has(field)
    }

    /// Columns that are not read, though they look like a field for which the file has none.
    pub fn overlooked(&self) -> Vec<(Field, String)> {
        self.table.cells.columns.overlooked()
    }

    /// Counts the bytes of the file, as they lie on disk, that were read so far.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.table.bytes_read()
    }

    /// Reads all of it as a list of items; `read` is called at each row.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be read to its end, or has a cell that must not be guessed.
    pub fn items(self, read: impl FnMut()) -> Result<Lines<Defined>, SourceError> {
        let measures = self.table.cells.measures.clone();
        let together = |group| items::together(group, &measures);
        self.lines(items::key, items::read, together, read)
    }

    /// The same as counts of stock, at a location where a row names none.
    ///
    /// # Errors
    /// As [`Self::items`].
    pub fn stock(
        self,
        at: Option<&LocationId>,
        read: impl FnMut(),
    ) -> Result<Lines<Counted>, SourceError> {
        let key = |reading: &Reading<'_>, _above: &str| stock::key(reading, at);
        let row = |reading: &Reading<'_>, _key: &str| stock::read(reading, at);
        self.lines(key, row, stock::together, read)
    }

    /// The same as lines of deliveries, put to a location where a document names none.
    ///
    /// # Errors
    /// As [`Self::items`].
    pub fn receipts(
        self,
        at: Option<&LocationId>,
        read: impl FnMut(),
    ) -> Result<Lines<Delivery>, SourceError> {
        let together = |group| receipts::together(group, at);
        self.lines(receipts::key, receipts::read, together, read)
    }

    /// The same as rows of purchase orders.
    ///
    /// # Errors
    /// As [`Self::items`].
    pub fn purchases(self, read: impl FnMut()) -> Result<Lines<Owed>, SourceError> {
        self.lines(purchases::key, purchases::read, purchases::together, read)
    }

    fn lines<R: Told, T: Names>(
        mut self,
        key: impl Fn(&Reading<'_>, &str) -> String,
        row: impl Fn(&Reading<'_>, &str) -> Result<R, Fault>,
        together: impl Fn(Vec<Numbered<R>>) -> Vec<Group<R, T>>,
        mut read: impl FnMut(),
    ) -> Result<Lines<T>, SourceError> {
        let mut rows = Sorter::default();
        let mut above = String::new();
        while self.table.advance()? {
            read();
            let reading = Reading {
                cells: &self.table.cells,
                record: &self.table.record,
                number: self.table.row,
            };
            let key = key(&reading, &above);
            let judged = match judge(&reading, &key, &row) {
                Ok(judged) => judged,
                Err(asked) => return Err(self.table.asks(*asked)),
            };
            let value = postcard::to_allocvec(&judged).map_err(io::Error::other);
            let kept = value.and_then(|value| rows.push(key.as_bytes().to_vec(), value));
            kept.map_err(SourceError::Sort)?;
            above = key;
        }
        put_together(rows, together).map_err(SourceError::Sort)
    }
}

/// What a row is by itself.
#[derive(Serialize, Deserialize)]
enum Judged<T> {
    Told(u64, T),
    Left(Left),
    /// Nothing under its name can be taken.
    Unreadable(Left),
}

/// Reads one row.
fn judge<T>(
    reading: &Reading<'_>,
    key: &str,
    row: impl Fn(&Reading<'_>, &str) -> Result<T, Fault>,
) -> Result<Judged<T>, Box<crate::row::Asked>> {
    let fault = match reading.check_width().and_then(|()| row(reading, key)) {
        Ok(told) => return Ok(Judged::Told(reading.number, told)),
        Err(fault) => fault,
    };
    let document = [Field::Delivery, Field::PurchaseOrder, Field::Location];
    let document = document.into_iter().find_map(|field| reading.text(field));
    let left = |reason, detail| Left {
        row: reading.number,
        document: document.clone().unwrap_or_default(),
        sku: reading.text(Field::Sku).unwrap_or_default(),
        reason,
        detail,
    };
    match fault {
        Fault::Left(reason) => Ok(Judged::Left(left(reason, reason.meaning().to_owned()))),
        Fault::Unreadable(reason, detail) => Ok(Judged::Unreadable(left(reason, detail))),
        Fault::Asked(asked) => Err(asked.into()),
    }
}

/// What a list says, in the order of its rows.
pub struct Lines<T> {
    stored: Sorted,
    skus: BTreeSet<Sku>,
    locations: BTreeSet<LocationId>,
    told: PhantomData<T>,
}

/// One thing that a list says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Listed<T> {
    /// This, by these rows.
    Told(Vec<u64>, T),
    /// A row that cannot be taken, or says nothing.
    Left(Left),
}

impl<T> Lines<T> {
    /// The SKUs that it names.
    pub const fn skus(&self) -> &BTreeSet<Sku> {
        &self.skus
    }

    /// The locations that it names.
    pub const fn locations(&self) -> &BTreeSet<LocationId> {
        &self.locations
    }
}

impl<T: DeserializeOwned> Iterator for Lines<T> {
    type Item = Result<Listed<T>, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.stored.next()?;
        let read =
            |(_, value): (_, Vec<u8>)| postcard::from_bytes(&value).map_err(io::Error::other);
        Some(record.and_then(read).map_err(SourceError::Sort))
    }
}

struct Put<R, T> {
    entries: Sorter,
    skus: BTreeSet<Sku>,
    locations: BTreeSet<LocationId>,
    told: PhantomData<(R, T)>,
}

impl<R: Told, T: Names> Put<R, T> {
    fn push(&mut self, row: u64, listed: &Listed<T>) -> io::Result<()> {
        let value = postcard::to_allocvec(listed).map_err(io::Error::other)?;
        self.entries.push(row.to_be_bytes().to_vec(), value)
    }

    fn left(&mut self, left: Left) -> io::Result<()> {
        self.push(left.row, &Listed::Left(left))
    }

    fn told(&mut self, rows: Vec<u64>, told: T) -> io::Result<()> {
        told.names(&mut |sku, location| {
            if !self.skus.contains(sku) {
                self.skus.insert(sku.clone());
            }
            self.locations.extend(location.cloned());
        });
        let first = rows.first().copied().unwrap_or_default();
        self.push(first, &Listed::Told(rows, told))
    }

    /// All rows under one name.
    fn group(
        &mut self,
        rows: Vec<Judged<R>>,
        together: &impl Fn(Vec<Numbered<R>>) -> Vec<Group<R, T>>,
    ) -> io::Result<()> {
        let (mut told, mut unreadable) = (Vec::new(), None);
        for row in rows {
            match row {
                Judged::Told(row, it) => told.push((row, it)),
                Judged::Left(left) => self.left(left)?,
                Judged::Unreadable(left) => {
                    unreadable.get_or_insert(left.row);
                    self.left(left)?;
                }
            }
        }
        if let Some(row) = unreadable {
            let why = group::incomplete(row);
            for (row, it) in &told {
                self.left(left_of(*row, it, Reason::OrderIncomplete, &why))?;
            }
            return Ok(());
        }
        for group in together(told) {
            for ((row, it), reason, why) in &group.left {
                self.left(left_of(*row, it, *reason, why))?;
            }
            for (rows, it) in group.told {
                self.told(rows, it)?;
            }
        }
        Ok(())
    }
}

fn left_of<T: Told>(row: u64, told: &T, reason: Reason, why: &str) -> Left {
    Left {
        row,
        document: told.document().to_owned(),
        sku: told.sku().to_string(),
        reason,
        detail: why.to_owned(),
    }
}

fn put_together<R: Told, T: Names>(
    rows: Sorter,
    together: impl Fn(Vec<Numbered<R>>) -> Vec<Group<R, T>>,
) -> io::Result<Lines<T>> {
    let mut put = Put::<R, T> {
        entries: Sorter::default(),
        skus: BTreeSet::new(),
        locations: BTreeSet::new(),
        told: PhantomData,
    };
    let mut of: Option<Vec<u8>> = None;
    let mut group: Vec<Judged<R>> = Vec::new();
    let mut too_long = false;
    for record in rows.finish()? {
        let (key, value) = record?;
        if of.as_ref() != Some(&key) {
            put.group(std::mem::take(&mut group), &together)?;
            of = Some(key);
            too_long = false;
        }
        group.push(postcard::from_bytes(&value).map_err(io::Error::other)?);
        // Rows that name nothing are no group.
        let nameless = of.as_ref().is_some_and(Vec::is_empty);
        if nameless || too_long || group.len() > MAX_DOCUMENT_ROWS {
            too_long = !nameless;
            for row in group.drain(..) {
                put.left(match row {
                    Judged::Told(row, it) => {
                        let why = format!("more than {MAX_DOCUMENT_ROWS} rows under its name");
                        left_of(row, &it, Reason::TooManyLines, &why)
                    }
                    Judged::Left(left) | Judged::Unreadable(left) => left,
                })?;
            }
        }
    }
    put.group(group, &together)?;
    Ok(Lines {
        stored: put.entries.finish()?,
        skus: put.skus,
        locations: put.locations,
        told: PhantomData,
    })
}
