//! The two passes over a file: first all of it is read and put together, in bounded memory; then
//! its entries come out. Nothing is decided on a row before the last row was read.
//!
//! It is sorted three times: by document; what is taken back without naming an order, by customer
//! and SKU; and all of it by its place in the file.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::iter::Peekable;

use domain::ids::{Sku, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, GUEST, Purchase, Return, Taken};
use crate::group::{self, Defaults, Document, MAX_DOCUMENT_ROWS};
use crate::row::Row;
use crate::sort::{Sorted, Sorter};
use crate::source::{Source, SourceError};

/// The most lines of one SKU that a customer bought which are remembered, the latest; of what was
/// bought before, a row that names no order takes nothing back.
pub const MAX_REMEMBERED: usize = 10_000;

/// What a file says, in order.
pub struct Entries {
    stored: Peekable<Stored>,
    items: BTreeMap<Sku, String>,
}

/// What is sorted by its place in the file.
#[derive(Serialize, Deserialize)]
enum Placed {
    Entry(Entry),
    /// Units of a line came back, of the order before, which was done elsewhere.
    CameBack {
        line: u32,
        quantity: u32,
    },
}

struct Stored(Sorted);

impl Iterator for Stored {
    type Item = io::Result<Placed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.and_then(|(_, value)| value_of(&value)))
    }
}

impl Entries {
    /// Reads the whole file and puts it together.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be read to its end, or has a cell that must not be guessed.
    pub fn of(source: Source) -> Result<Self, SourceError> {
        Self::watched(source, || {})
    }

    /// The same; `read` is called at each row.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn watched(source: Source, mut read: impl FnMut()) -> Result<Self, SourceError> {
        let defaults = source.defaults();
        let mut passes = Passes::default();
        let mut rows = Sorter::default();
        for row in source {
            let row = row?;
            read();
            let taken_in = if row.document().is_empty() {
                passes.document(group::document(&defaults, vec![row]))
            } else {
                rows.push(row.document().as_bytes().to_vec(), bytes(&row)?)
            };
            taken_in.map_err(SourceError::Sort)?;
        }
        passes.finish(&defaults, rows).map_err(SourceError::Sort)
    }

    /// The SKUs that its orders name, and what a person calls them, as far as the file says.
    pub const fn items(&self) -> &BTreeMap<Sku, String> {
        &self.items
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut entry = loop {
            match self.stored.next()? {
                Ok(Placed::Entry(entry)) => break entry,
                // Its order came before, and has taken it.
                Ok(Placed::CameBack { .. }) => {}
                Err(error) => return Some(Err(SourceError::Sort(error))),
            }
        };
        if let Entry::Purchase(order) = &mut entry {
            let is_of_it = |next: &io::Result<Placed>| matches!(next, Ok(Placed::CameBack { .. }));
            while let Some(Ok(Placed::CameBack { line, quantity })) = self.stored.next_if(is_of_it)
            {
                order.came_back(line, quantity);
            }
        }
        Some(Ok(entry))
    }
}

impl Source {
    fn defaults(&self) -> Defaults {
        let map = self.column_map();
        Defaults {
            currency: self.currency(),
            channel: map.channel.clone(),
            corrects_stock: map.corrects_stock,
            history: self.history(),
        }
    }
}

/// A line that somebody bought, or a row that takes back, of one customer and SKU.
#[derive(Serialize, Deserialize)]
enum Dealt {
    Sold { taken: Taken, first: u64 },
    Back(Return),
}

#[derive(Default)]
struct Passes {
    dealt: Sorter,
    entries: Sorter,
    items: BTreeMap<Sku, String>,
}

impl Passes {
    fn finish(mut self, defaults: &Defaults, rows: Sorter) -> io::Result<Entries> {
        let mut of: Option<Vec<u8>> = None;
        let mut group: Vec<Row> = Vec::new();
        let mut too_long = false;
        for record in rows.finish()? {
            let (document, value) = record?;
            if of.as_ref() != Some(&document) {
                self.document(group::document(defaults, std::mem::take(&mut group)))?;
                of = Some(document);
                too_long = false;
            }
            group.push(value_of(&value)?);
            if too_long || group.len() > MAX_DOCUMENT_ROWS {
                too_long = true;
                for row in group.drain(..) {
                    let (after, entry) = group::too_long(row);
                    self.entry(after, entry)?;
                }
            }
        }
        self.document(group::document(defaults, group))?;
        self.take_back()?;
        Ok(Entries {
            stored: Stored(self.entries.finish()?).peekable(),
            items: self.items,
        })
    }

    fn document(&mut self, document: Document) -> io::Result<()> {
        let first = document
            .entries
            .iter()
            .find_map(|(row, entry)| match entry {
                Entry::Purchase(_) => Some(*row),
                Entry::Return(_) | Entry::Left(_) => None,
            });
        for (after, entry) in document.entries {
            if let (Entry::Return(back), Some(first)) = (&entry, first) {
                for part in &back.parts {
                    self.came_back(first, back.row, part)?;
                }
            }
            self.entry(after, entry)?;
        }
        // What was done elsewhere asks for no item.
        let placed = document.order.iter().filter(|order| order.ended.is_none());
        for row in placed.flat_map(|order| &order.rows) {
            let called = self.items.entry(row.sku.clone()).or_default();
            if called.is_empty() {
                called.clone_from(&row.description);
            }
        }
        if let (Some(order), Some(first)) = (&document.order, first)
            && let Some(buyer) = buyer(order)
        {
            for (row, taken) in document.sold {
                let key = dealt(&buyer, &row.sku, order.at, row.row);
                self.dealt
                    .push(key, value(&Dealt::Sold { taken, first })?)?;
            }
        }
        for back in document.backs {
            match returner(&back) {
                Some(who) => {
                    let key = dealt(&who, &back.sku, back.at, back.row);
                    self.dealt.push(key, value(&Dealt::Back(back))?)?;
                }
                None => self.entry(back.row, Entry::Return(back))?,
            }
        }
        Ok(())
    }

    /// An entry's place: the row after which it comes, orders before what takes them back.
    fn entry(&mut self, after: u64, entry: Entry) -> io::Result<()> {
        let (rank, row) = match &entry {
            Entry::Purchase(_) => (0, 0),
            Entry::Return(back) => (2, back.row),
            Entry::Left(left) => (2, left.row),
        };
        self.place(after, rank, row, &Placed::Entry(entry))
    }

    /// What came back of an order that was done elsewhere has its place right after it: `first` is
    /// the order's first row.
    fn came_back(&mut self, first: u64, row: u64, part: &Taken) -> io::Result<()> {
        let (line, quantity) = (part.line, part.quantity);
        if part.of_history {
            self.place(first, 1, row, &Placed::CameBack { line, quantity })?;
        }
        Ok(())
    }

    fn place(&mut self, after: u64, rank: u8, row: u64, placed: &Placed) -> io::Result<()> {
        let mut key = after.to_be_bytes().to_vec();
        key.push(rank);
        key.extend(row.to_be_bytes());
        self.entries.push(key, value(placed)?)
    }

    /// Rows that name no order take back what that customer bought before, the latest first.
    fn take_back(&mut self) -> io::Result<()> {
        let mut of: Vec<u8> = Vec::new();
        let mut sold: VecDeque<(Taken, u64)> = VecDeque::new();
        for record in std::mem::take(&mut self.dealt).finish()? {
            let (key, value) = record?;
            let who = key.len().saturating_sub(PLACE_BYTES);
            let who = key.get(..who).unwrap_or_default();
            if of != who {
                who.clone_into(&mut of);
                sold.clear();
            }
            match value_of(&value)? {
                Dealt::Sold { taken, first } => {
                    sold.push_back((taken, first));
                    if sold.len() > MAX_REMEMBERED {
                        sold.pop_front();
                    }
                }
                Dealt::Back(mut back) => {
                    let firsts = take(&mut sold, &mut back);
                    for (part, first) in back.parts.iter().zip(&firsts) {
                        self.came_back(*first, back.row, part)?;
                    }
                    let after = firsts.into_iter().fold(back.row, u64::max);
                    self.entry(after, Entry::Return(back))?;
                }
            }
        }
        Ok(())
    }
}

/// Takes from what was sold; hands back the first row of the order of each part.
fn take(sold: &mut VecDeque<(Taken, u64)>, back: &mut Return) -> Vec<u64> {
    let (mut open, mut firsts) = (back.quantity, Vec::new());
    while open > 0
        && let Some((latest, first)) = sold.back_mut()
    {
        let quantity = latest.quantity.min(open);
        open = open.saturating_sub(quantity);
        latest.quantity = latest.quantity.saturating_sub(quantity);
        firsts.push(*first);
        back.parts.push(Taken {
            quantity,
            ..latest.clone()
        });
        if latest.quantity == 0 {
            sold.pop_back();
        }
    }
    firsts
}

/// Who bought, if that can be told apart from everybody else.
fn buyer(order: &Purchase) -> Option<String> {
    identity(order.customer.as_str(), order.email.as_deref())
}

fn returner(back: &Return) -> Option<String> {
    identity(back.customer.as_str(), back.email.as_deref())
}

fn identity(customer: &str, email: Option<&str>) -> Option<String> {
    if customer == GUEST {
        return email.map(|email| format!("e-mail {}", email.to_lowercase()));
    }
    Some(format!("customer {customer}"))
}

/// Bytes of a time and a row at the end of a key.
const PLACE_BYTES: usize = 16;

/// Sorts by customer and SKU, then by time and place. No key has a control character.
fn dealt(who: &str, sku: &Sku, at: Timestamp, row: u64) -> Vec<u8> {
    let mut key = format!("{who}\0{sku}\0").into_bytes();
    let since = at.ms_since(Timestamp::MIN);
    key.extend(since.to_be_bytes());
    key.extend(row.to_be_bytes());
    key
}

fn bytes(row: &Row) -> Result<Vec<u8>, SourceError> {
    value(row).map_err(SourceError::Sort)
}

fn value(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(io::Error::other)
}

fn value_of<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(io::Error::other)
}
