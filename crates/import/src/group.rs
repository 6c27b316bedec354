//! Rows become entries: consecutive rows of one order become one purchase.
//!
//! Shops write invoices at the same minute, so a few orders interleave; a small window of open
//! purchases puts them together again and keeps the file's order.

use std::collections::VecDeque;

use domain::orders::MAX_LINES;

use crate::entry::{Entry, GUEST, Left, Purchase, Reason};
use crate::row::Row;

/// How many purchases stay open for another row. One more comes, and the oldest is complete.
pub const OPEN_PURCHASES: usize = 8;
/// The most entries that wait behind an open purchase; at the bound, the oldest is complete.
const MAX_WAITING: usize = 4_096;

/// Groups rows, in bounded memory.
#[derive(Debug)]
pub struct Entries<I> {
    rows: I,
    waiting: VecDeque<Entry>,
    open: usize,
    ended: bool,
}

impl<I> Entries<I> {
    /// Entries of these rows.
    pub const fn new(rows: I) -> Self {
        Self {
            rows,
            waiting: VecDeque::new(),
            open: 0,
            ended: false,
        }
    }

    fn take_in(&mut self, row: Row) {
        let entry = match row {
            Row::Sale(sale) => {
                if let Some(left) = self.join(sale) {
                    left
                } else {
                    return;
                }
            }
            Row::Return(back) => Entry::Return(back),
            Row::Left(left) => Entry::Left(left),
        };
        self.waiting.push_back(entry);
    }

    /// Adds a row to its order's open purchase, or opens one. A row too many is left.
    fn join(&mut self, sale: Purchase) -> Option<Entry> {
        let known = self.waiting.iter_mut().rev().find_map(|entry| match entry {
            Entry::Purchase(purchase) if purchase.order == sale.order => Some(purchase),
            Entry::Purchase(_) | Entry::Return(_) | Entry::Left(_) => None,
        });
        let Some(purchase) = known else {
            self.open = self.open.saturating_add(1);
            return Some(Entry::Purchase(sale));
        };
        if purchase.rows.len() < MAX_LINES {
            purchase.rows.extend(sale.rows);
            return None;
        }
        let row = sale.rows.into_iter().next()?;
        Some(Entry::Left(Left {
            row: row.row,
            document: sale.order.to_string(),
            sku: row.sku.to_string(),
            reason: Reason::TooManyLines,
        }))
    }

    /// The next entry that is complete.
    fn complete(&mut self) -> Option<Entry> {
        let first = self.waiting.front()?;
        let is_open = matches!(first, Entry::Purchase(_));
        let full = self.open > OPEN_PURCHASES || self.waiting.len() > MAX_WAITING;
        if is_open && !full && !self.ended {
            return None;
        }
        let mut entry = self.waiting.pop_front()?;
        if is_open {
            self.open = self.open.saturating_sub(1);
        }
        if let Entry::Purchase(purchase) = &entry
            && is_correction(purchase)
        {
            entry = self.correction(purchase.clone())?;
        }
        Some(entry)
    }

    /// Hands out the rows of a stock correction one by one.
    fn correction(&mut self, purchase: Purchase) -> Option<Entry> {
        for row in purchase.rows.into_iter().rev() {
            self.waiting.push_front(Entry::Left(Left {
                row: row.row,
                document: purchase.order.to_string(),
                sku: row.sku.to_string(),
                reason: Reason::StockCorrection,
            }));
        }
        self.waiting.pop_front()
    }
}

/// A document that names no customer and costs nothing tells of stock that was found; a gift to
/// a customer, or one on a paid order, is an order's line.
fn is_correction(purchase: &Purchase) -> bool {
    purchase.customer.as_str() == GUEST && purchase.rows.iter().all(|row| row.unit_price_minor == 0)
}

impl<I, E> Iterator for Entries<I>
where
    I: Iterator<Item = Result<Row, E>>,
{
    type Item = Result<Entry, E>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.complete() {
                return Some(Ok(entry));
            }
            if self.ended {
                return None;
            }
            match self.rows.next() {
                Some(Ok(row)) => self.take_in(row),
                Some(Err(error)) => return Some(Err(error)),
                None => self.ended = true,
            }
        }
    }
}
