//! What a file says, entry by entry, and why a row is left.

use std::fmt;

use domain::ids::{Currency, CustomerId, Key, OrderId, Sku, Tier, Timestamp};
use serde::{Deserialize, Serialize};

use crate::state::Ended;

/// One thing that a file says. Orders come in the order of their first rows; what takes goods back
/// comes after every order that it takes them from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A customer bought: all rows of one order, wherever they stand in the file.
    Purchase(Purchase),
    /// A customer took a purchase back, or some of it: one row.
    Return(Return),
    /// A row that says nothing about customers and goods, or that cannot be taken.
    Left(Left),
}

/// An order, as the file tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Purchase {
    /// The order's number.
    pub order: OrderId,
    /// Who bought; [`GUEST`] where the file does not say.
    pub customer: CustomerId,
    /// Their standing.
    pub tier: Tier,
    /// Where to write to them.
    pub email: Option<String>,
    /// How the order came.
    pub channel: String,
    /// Where the goods go.
    pub country: String,
    /// A region within the cell's network.
    pub region: Option<String>,
    /// What prices are in.
    pub currency: Currency,
    /// When it was placed: the time of its first row.
    pub at: Timestamp,
    /// The clocks of its zone showed that time twice; this is the first of the two.
    pub twice: bool,
    /// It was done elsewhere, and ended so; nothing, if it is to be placed.
    pub ended: Option<Ended>,
    /// One line a row; the same SKU twice stays two lines. Line numbers count from 1 as they
    /// stand here.
    pub rows: Vec<PurchaseRow>,
}

/// One row of a purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseRow {
    /// Which row of the file, from 1, the header not counted.
    pub row: u64,
    /// What.
    pub sku: Sku,
    /// What a person calls it; may be empty.
    pub description: String,
    /// Whole units, at least 1.
    pub quantity: u32,
    /// What one unit costs, in minor units; 0 is a gift.
    pub unit_price_minor: i64,
    /// Units of it that the file says came back; told of an order that was done elsewhere.
    pub returned: u32,
}

/// A row that takes back goods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Return {
    /// Which row of the file, from 1.
    pub row: u64,
    /// The number of the document that cancels: that of an order, or one of its own.
    pub document: String,
    /// Who takes back; [`GUEST`] where the file does not say.
    pub customer: CustomerId,
    /// Their e-mail address.
    pub email: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub sku: Sku,
    /// Whole units, at least 1.
    pub quantity: u32,
    /// Which one it is among rows of the document that take back as many of the SKU, from 1.
    pub count: u32,
    /// What it takes back of orders in the file.
    pub parts: Vec<Taken>,
    /// The document is the number of an order in the file.
    pub names_its_order: bool,
}

/// Units of an order's line that a row takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Whose.
    pub order: OrderId,
    /// Its line.
    pub line: u32,
    /// Whole units.
    pub quantity: u32,
    /// The order was done elsewhere: what came back is told with it.
    pub of_history: bool,
}

impl Purchase {
    /// Units of a line came back.
    pub(crate) fn came_back(&mut self, line: u32, quantity: u32) {
        let index = usize::try_from(line)
            .ok()
            .and_then(|line| line.checked_sub(1));
        if let Some(row) = index.and_then(|index| self.rows.get_mut(index)) {
            row.returned = row.returned.saturating_add(quantity);
        }
    }
}

impl Return {
    /// The id of its part (from 0). It follows from what the row says and not from where it
    /// stands, so that the same return in the next export is the same return.
    pub fn id(&self, part: usize) -> String {
        let Self {
            document,
            customer,
            sku,
            quantity,
            count,
            ..
        } = self;
        let said = format!("{document}\0{customer}\0{sku}\0{quantity}\0{count}");
        format!("return {:032x} {part}", Key::of("import return", &said).0)
    }

    /// Units for which no order was found.
    pub fn unmatched(&self) -> u32 {
        let matched = self.parts.iter().map(|part| part.quantity);
        self.quantity.saturating_sub(matched.sum())
    }

    /// Whether it says who takes back.
    pub fn names_its_customer(&self) -> bool {
        self.customer.as_str() != GUEST || self.email.is_some()
    }

    /// Why it is left if no order is found.
    pub fn reason(&self) -> Reason {
        if self.names_its_customer() || self.names_its_order {
            Reason::MatchesNothing
        } else {
            Reason::Anonymous
        }
    }
}

/// A row that is left, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Which row of the file, from 1.
    pub row: u64,
    /// The document it stands in, as far as it can be told.
    pub document: String,
    /// Its goods code, as far as it can be told.
    pub sku: String,
    /// Why.
    pub reason: Reason,
    /// The same for people, with the cell.
    pub detail: String,
}

/// The customer of orders whose customer is not told.
pub const GUEST: &str = "guest";

/// Why a row is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// It has no cell under a column that is needed, or cells beside the header.
    CellCount,
    /// It does not say which order it belongs to, or the number cannot be one.
    BadOrder,
    /// It has no goods code, or one that cannot be one.
    BadSku,
    /// Its quantity is no whole number, or out of bounds.
    BadQuantity,
    /// Its price is no amount, is negative, or is out of bounds.
    BadPrice,
    /// Its time cannot be read.
    BadTime,
    /// Its customer, tier, address, country or currency cannot be used.
    BadCustomer,
    /// Nobody said what its status means.
    BadStatus,
    /// Another row of its order cannot be read, and an order comes whole or not at all.
    OrderIncomplete,
    /// Rows under its number name several customers, days or the like.
    RowsDisagree,
    /// Its code stands for postage, a fee, a discount or the like.
    NoGoods,
    /// Its quantity is zero.
    ZeroQuantity,
    /// Stock found or lost: a negative quantity that cancels nothing, or a document that names no
    /// customer and costs nothing.
    StockCorrection,
    /// The shop says that its order was sent.
    Done,
    /// The shop says that some of its order was sent, or paid back: the rest may be owed still.
    PartlyDone,
    /// The shop says that its order was paid back.
    Refunded,
    /// The shop says that its order was cancelled.
    Cancelled,
    /// Its order, delivery or item has more rows than one may have.
    TooManyLines,
    /// Its order names an item that nobody has defined.
    UnknownItem,
    /// It takes back what no earlier order of the file sold to that customer.
    MatchesNothing,
    /// It takes back, and names neither an order nor a customer.
    Anonymous,
    /// It takes back what has left already: a return to be counted by the warehouse.
    AlreadyShipped,
    /// An order with other content was placed under its number before.
    PlacedBefore,
    /// What it says of an item cannot be used.
    BadItem,
    /// Its location is not said, or cannot be one.
    BadLocation,
    /// Its delivery is not said, or cannot be one.
    BadDelivery,
    /// It tells of goods that went back to the supplier.
    GoesBack,
    /// Its item is not kept at its location.
    NotStocked,
    /// No column of it that is read says anything, as where a row only names a picture.
    SaysNothing,
    /// Nobody has defined its location.
    UnknownLocation,
    /// Its item differs from one that is defined, or from another of the file, in case, space or
    /// leading zeros alone.
    LooksKnown,
    /// Its day is still to come.
    NotYet,
    /// It was taken before, and said something else.
    TakenOtherwise,
    /// The service refused it.
    Refused,
}

impl Reason {
    /// Its code in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CellCount => "cell_count",
            Self::BadOrder => "bad_order",
            Self::BadSku => "bad_sku",
            Self::BadQuantity => "bad_quantity",
            Self::BadPrice => "bad_price",
            Self::BadTime => "bad_time",
            Self::BadCustomer => "bad_customer",
            Self::BadStatus => "bad_status",
            Self::OrderIncomplete => "order_incomplete",
            Self::RowsDisagree => "rows_disagree",
            Self::NoGoods => "no_goods",
            Self::ZeroQuantity => "zero_quantity",
            Self::StockCorrection => "stock_correction",
            Self::Done => "done",
            Self::PartlyDone => "partly_done",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::TooManyLines => "too_many_lines",
            Self::UnknownItem => "unknown_item",
            Self::MatchesNothing => "matches_nothing",
            Self::Anonymous => "anonymous_return",
            Self::AlreadyShipped => "already_shipped",
            Self::PlacedBefore => "placed_before",
            Self::BadItem => "bad_item",
            Self::BadLocation => "bad_location",
            Self::BadDelivery => "bad_delivery",
            Self::GoesBack => "goes_back",
            Self::NotStocked => "not_stocked",
            Self::SaysNothing => "says_nothing",
            Self::UnknownLocation => "unknown_location",
            Self::LooksKnown => "looks_known",
            Self::NotYet => "not_yet",
            Self::TakenOtherwise => "taken_otherwise",
            Self::Refused => "refused",
        }
    }

    /// What it means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::CellCount => "it has fewer cells than the header, or more",
            Self::BadOrder => "the order's number is missing or cannot be one",
            Self::BadSku => "the goods code is missing or cannot be one",
            Self::BadQuantity => "the quantity is no whole number, or out of bounds",
            Self::BadPrice => "the price is no amount, is negative, or is out of bounds",
            Self::BadTime => "the time cannot be read",
            Self::BadCustomer => "customer, tier, address, country or currency cannot be used",
            Self::BadStatus => "the shop's word for its status is not known: --status",
            Self::OrderIncomplete => "another row under its number cannot be taken",
            Self::RowsDisagree => "rows under its number say different things",
            Self::NoGoods => "postage, fees, discounts and the like are no goods",
            Self::ZeroQuantity => "the quantity is zero",
            Self::StockCorrection => "stock that was found or lost is no order",
            Self::Done => "the shop says that it is done: --history keeps it as such",
            Self::PartlyDone => "some of it is sent or refunded: place what is still owed",
            Self::Refunded => "the shop says that it is refunded: --history keeps it",
            Self::Cancelled => "the shop says that it is cancelled: --history keeps it",
            Self::TooManyLines => "more rows stand under its number than may",
            Self::UnknownItem => "it names an item that nobody has defined",
            Self::MatchesNothing => "it takes back what nobody sold to that customer",
            Self::Anonymous => "it takes back, and names neither order nor customer",
            Self::AlreadyShipped => "it takes back what has left: count it in as a return",
            Self::PlacedBefore => "an order with other content has its number already",
            Self::BadItem => "what it says of the item cannot be used",
            Self::BadLocation => "the location is missing or cannot be one",
            Self::BadDelivery => "delivery or purchase order is missing or cannot be one",
            Self::GoesBack => "it tells of goods that went back: take them off with `adjust`",
            Self::NotStocked => "the item is not kept at the location",
            Self::SaysNothing => "no column that is read says anything in it",
            Self::UnknownLocation => "it names a location that nobody has defined",
            Self::LooksKnown => "but for case, space or zeros it is another item",
            Self::NotYet => "its day is still to come",
            Self::TakenOtherwise => "it was taken before, and said something else",
            Self::Refused => "the service refused it",
        }
    }

    /// Whether there is nothing to mend: the shop itself says that it asks for nothing, or nothing
    /// any more.
    pub const fn is_expected(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Refunded | Self::Cancelled | Self::NotStocked | Self::SaysNothing
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
