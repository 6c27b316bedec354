//! What a file says, entry by entry, and why a row is left.

use std::fmt;

use domain::ids::{Currency, CustomerId, OrderId, Sku, Tier, Timestamp};

/// One thing that a file says, in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A customer bought: all rows of one order that stand together.
    Purchase(Purchase),
    /// A customer took a purchase back, or some of it: one row.
    Return(Return),
    /// A row that says nothing about customers and goods.
    Left(Left),
}

/// An order, as the file tells it.
#[derive(Debug, Clone, PartialEq)]
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
    /// One line a row; the same SKU twice stays two lines. Line numbers count from 1 as they
    /// stand here.
    pub rows: Vec<PurchaseRow>,
}

/// One row of a purchase.
#[derive(Debug, Clone, PartialEq)]
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
}

/// A row that takes back goods.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// Which row of the file, from 1.
    pub row: u64,
    /// The number of the document that cancels; not that of the order.
    pub document: String,
    /// Who takes back; [`GUEST`] where the file does not say.
    pub customer: CustomerId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub sku: Sku,
    /// Whole units, at least 1.
    pub quantity: u32,
}

/// A row that is left, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Which row of the file, from 1.
    pub row: u64,
    /// The document it stands in, as far as it can be told.
    pub document: String,
    /// Its goods code, as far as it can be told.
    pub sku: String,
    /// Why.
    pub reason: Reason,
}

/// The customer of orders whose customer is not told.
pub const GUEST: &str = "guest";

/// Why a row is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It has fewer fields than the columns that are needed.
    MissingFields,
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
    /// Its customer, tier, address or currency cannot be used.
    BadCustomer,
    /// Its code stands for postage, a fee, a discount or the like.
    NoGoods,
    /// Its quantity is zero.
    ZeroQuantity,
    /// Stock found or lost: a negative quantity that cancels nothing, or a document that names
    /// no customer and costs nothing.
    StockCorrection,
    /// Its order has as many lines as an order may have.
    TooManyLines,
    /// It takes back what no earlier row of the file sold to that customer.
    MatchesNothing,
    /// It takes back what has left already: a return to be counted by the warehouse.
    AlreadyShipped,
    /// The service refused it.
    Refused,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::MissingFields,
        Self::BadOrder,
        Self::BadSku,
        Self::BadQuantity,
        Self::BadPrice,
        Self::BadTime,
        Self::BadCustomer,
        Self::NoGoods,
        Self::ZeroQuantity,
        Self::StockCorrection,
        Self::TooManyLines,
        Self::MatchesNothing,
        Self::AlreadyShipped,
        Self::Refused,
    ];

    /// Its code in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingFields => "missing_fields",
            Self::BadOrder => "bad_order",
            Self::BadSku => "bad_sku",
            Self::BadQuantity => "bad_quantity",
            Self::BadPrice => "bad_price",
            Self::BadTime => "bad_time",
            Self::BadCustomer => "bad_customer",
            Self::NoGoods => "no_goods",
            Self::ZeroQuantity => "zero_quantity",
            Self::StockCorrection => "stock_correction",
            Self::TooManyLines => "too_many_lines",
            Self::MatchesNothing => "matches_nothing",
            Self::AlreadyShipped => "already_shipped",
            Self::Refused => "refused",
        }
    }

    /// What it means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::MissingFields => "fields are missing",
            Self::BadOrder => "the order's number is missing or cannot be one",
            Self::BadSku => "the goods code is missing or cannot be one",
            Self::BadQuantity => "the quantity is no whole number, or out of bounds",
            Self::BadPrice => "the price is no amount, is negative, or is out of bounds",
            Self::BadTime => "the time cannot be read",
            Self::BadCustomer => "customer, tier, address or currency cannot be used",
            Self::NoGoods => "postage, fees, discounts and the like are no goods",
            Self::ZeroQuantity => "the quantity is zero",
            Self::StockCorrection => "stock that was found or lost is no order",
            Self::TooManyLines => "the order has as many lines as an order may have",
            Self::MatchesNothing => "it takes back what no earlier row sold to that customer",
            Self::AlreadyShipped => "it takes back what has left: count it in as a return",
            Self::Refused => "the service refused it",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
