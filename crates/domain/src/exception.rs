//! What needs a person: each room tells it of the facts that it owns, in one shape, and a page of
//! the worst is chosen here. Must not know who asks, nor by which command it is mended.

use std::collections::BTreeMap;

use crate::exact::Exact;
use crate::ids::{LocationId, OrderId, PurchaseOrderId, Sku, SupplierId, Timestamp};

/// The most exceptions of a room that one look counts; what is beyond is on no page.
pub const MAX_EXCEPTIONS_LOOKED_AT: usize = 10_000;

/// What is wrong. The worst first: exceptions are listed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExceptionKind {
    /// Units are picked that are reserved for nobody: their order was cancelled or closed, or was
    /// served from elsewhere.
    PickedForNobody,
    /// A line waits past the date that its customer was told.
    PromiseOverdue,
    /// A supplier is named whom nobody has defined.
    SupplierUnknown,
    /// More units are reserved than are on hand.
    StockShort,
    /// Lines wait for what nothing that is known could cover.
    SupplyUnknown,
    /// A purchase order is open after it should have arrived.
    PurchaseOrderLate,
    /// Goods at the dock are not counted in.
    DeliveryUncounted,
    /// A letter was given up.
    LetterFailed,
    /// Letters wait that could not be sent.
    LettersDelayed,
    /// A side effect does not come to an end.
    SideEffectStuck,
    /// An order was refused.
    OrderRefused,
    /// An order has been suspended for long.
    OrderSuspended,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// What is wrong.
    pub kind: ExceptionKind,
    /// Since when.
    pub since: Timestamp,
    /// What is wrong, as a sentence.
    pub text: String,
    /// The order.
    pub order: Option<OrderId>,
    /// The order's line.
    pub line: Option<u32>,
    /// The SKU.
    pub sku: Option<Sku>,
    /// The location.
    pub location: Option<LocationId>,
    /// The supplier.
    pub supplier: Option<SupplierId>,
    /// The purchase order.
    pub purchase_order: Option<PurchaseOrderId>,
    /// How many units or letters it is about.
    pub quantity: u64,
}

impl Exception {
    /// One that names nothing yet.
    pub const fn new(kind: ExceptionKind, since: Timestamp, quantity: u64, text: String) -> Self {
        Self {
            kind,
            since,
            text,
            order: None,
            line: None,
            sku: None,
            location: None,
            supplier: None,
            purchase_order: None,
            quantity,
        }
    }

    /// Where it stands in a listing.
    pub fn cursor(&self) -> Cursor {
        let line = self.line.map(|line| line.to_string());
        let named = [
            self.order.as_ref().map(OrderId::as_str),
            line.as_deref(),
            self.sku.as_ref().map(Sku::as_str),
            self.location.as_ref().map(LocationId::as_str),
            self.supplier.as_ref().map(SupplierId::as_str),
            self.purchase_order.as_ref().map(PurchaseOrderId::as_str),
        ];
        let named: Vec<&str> = named.into_iter().flatten().collect();
        let mut named = named.join("/");
        if named.is_empty() {
            named.clone_from(&self.text);
        }
        Cursor {
            kind: self.kind,
            since: self.since,
            named,
        }
    }
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The kind of the page's last exception.
    pub kind: ExceptionKind,
    /// Since when that one stands.
    pub since: Timestamp,
    /// What it names.
    pub named: String,
}

/// A room of which a person may ask what needs them.
pub trait Exceptions {
    /// Shows what needs a person at a time, until [`Worst::take`] wants no more.
    fn exceptions(&self, now: Timestamp, worst: &mut Worst);
}

/// A page of the worst of all that it is shown: it holds no more than that.
#[derive(Debug)]
pub struct Worst {
    after: Option<Cursor>,
    size: usize,
    /// Two that name the same differ by their number.
    kept: BTreeMap<(Cursor, usize), Exception>,
    totals: BTreeMap<ExceptionKind, u64>,
    looked_at: usize,
    more: bool,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionPage {
    /// The exceptions, the worst first.
    pub exceptions: Vec<Exception>,
    /// Where to go on, if there are more.
    pub next: Option<Cursor>,
    /// How many there are of each kind, on all pages.
    pub totals: BTreeMap<ExceptionKind, u64>,
    /// There are more than [`MAX_EXCEPTIONS_LOOKED_AT`].
    pub more_not_looked_at: bool,
}

impl Worst {
    /// The worst after where the page before ended, at most so many.
    pub const fn after(after: Option<Cursor>, size: usize) -> Self {
        Self {
            after,
            size,
            kept: BTreeMap::new(),
            totals: BTreeMap::new(),
            looked_at: 0,
            more: false,
        }
    }

    /// Takes one in. False: no more are looked at.
    pub fn take(&mut self, exception: Exception) -> bool {
        if self.looked_at >= MAX_EXCEPTIONS_LOOKED_AT {
            self.more = true;
            return false;
        }
        self.looked_at = self.looked_at.plus(1);
        let total = self.totals.entry(exception.kind).or_default();
        *total = total.plus(1);
        let cursor = exception.cursor();
        if self.after.as_ref().is_none_or(|after| cursor > *after) {
            self.kept.insert((cursor, self.looked_at), exception);
            if self.kept.len() > self.size.plus(1) {
                self.kept.pop_last();
            }
        }
        true
    }

    /// The page.
    pub fn page(self) -> ExceptionPage {
        let more = self.kept.len() > self.size;
        let exceptions: Vec<Exception> = self.kept.into_values().take(self.size).collect();
        let next = exceptions.last().filter(|_| more).map(Exception::cursor);
        ExceptionPage {
            exceptions,
            next,
            totals: self.totals,
            more_not_looked_at: self.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(line: u32, since: i64) -> Exception {
        let since = Timestamp::from_ms(since);
        let kind = ExceptionKind::PromiseOverdue;
        Exception {
            order: Some("o1".into()),
            line: Some(line),
            ..Exception::new(kind, since, 1, "late".to_owned())
        }
    }

    fn short(since: i64) -> Exception {
        let kind = ExceptionKind::PickedForNobody;
        Exception::new(kind, Timestamp::from_ms(since), 2, "short".to_owned())
    }

    fn page(all: &[Exception], after: Option<Cursor>, size: usize) -> ExceptionPage {
        let mut worst = Worst::after(after, size);
        for exception in all {
            assert!(worst.take(exception.clone()));
        }
        worst.page()
    }

    #[test]
    fn pages_go_from_the_worst_and_the_oldest_to_the_last_and_leave_none_out() {
        let all = [late(1, 30), late(2, 10), short(90), late(3, 20)];
        let first = page(&all, None, 2);
        assert_eq!(first.exceptions, [short(90), late(2, 10)]);
        assert_eq!(first.totals[&ExceptionKind::PromiseOverdue], 3);
        let second = page(&all, first.next, 2);
        assert_eq!(second.exceptions, [late(3, 20), late(1, 30)]);
        assert_eq!((second.next, second.totals.len()), (None, 2));
    }

    #[test]
    fn beyond_the_bound_it_is_told_that_there_are_more() {
        let mut worst = Worst::after(None, 1);
        let most = u32::try_from(MAX_EXCEPTIONS_LOOKED_AT).unwrap();
        assert!((0..most).all(|line| worst.take(late(line, 1))));
        assert!(!worst.take(short(0)));
        let page = worst.page();
        assert!(page.more_not_looked_at);
        assert_eq!(page.exceptions, [late(0, 1)]);
    }
}
