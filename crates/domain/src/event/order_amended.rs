//! What becomes true when what an open order says is put right.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{AmendmentId, Currency, Key, OrderId, Tier, Timestamp};
use crate::money;

/// An open order says something else than before: a slip is put right, or its customer changed
/// their mind. Its place on the log and the time when it was placed stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderAmended {
    /// The request.
    pub amendment: AmendmentId,
    /// Which order.
    pub order: OrderId,
    /// What its prices are in.
    pub currency: Currency,
    /// What was said anew, each field once; also where it said the same before.
    pub fields: Vec<AmendedField>,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
}

/// A field of an order before and after; the same field in both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AmendedField {
    /// What it said before.
    pub from: OrderField,
    /// What it says from now on.
    pub to: OrderField,
}

/// A field of an order that can be put right, and what it says. None: nothing is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderField {
    /// Where to write to its customer; without it nobody is told.
    Email(Option<String>),
    /// The customer's standing.
    Tier(Tier),
    /// Where the goods go: a country's ISO 3166 code.
    Country(String),
    /// Where the goods go: a region within the cell's network.
    Region(Option<String>),
    /// When the customer wants it.
    RequestedAt(Option<Timestamp>),
    /// How much it presses: 1 (it can wait) to 5 (at once).
    Urgency(Option<u8>),
    /// By when the law wants it shipped.
    ShipBy(Option<Timestamp>),
    /// Of an order that goes whole: if a line of it is refused, the others go on.
    RestMayGo(bool),
    /// What one unit of a line costs, in minor units of the order's currency.
    UnitPrice {
        /// The line's number.
        line: u32,
        /// Minor units.
        minor: i64,
    },
}

impl AmendedField {
    /// It says something else than before.
    pub fn is_new(&self) -> bool {
        self.from != self.to
    }

    /// What was put right, in words: `tier from standard to gold`.
    fn says(&self, date: impl Fn(Timestamp) -> String, currency: Currency) -> String {
        let price = |minor: i64| format!("{} {currency}", money::decimal(minor, currency));
        let text = |field: &OrderField| match field.text(&date, price) {
            text if text.is_empty() => "none".to_owned(),
            text => text,
        };
        let of = match self.to {
            OrderField::UnitPrice { line, .. } => format!(" of line {line}"),
            OrderField::Email(_)
            | OrderField::Tier(_)
            | OrderField::Country(_)
            | OrderField::Region(_)
            | OrderField::RequestedAt(_)
            | OrderField::Urgency(_)
            | OrderField::ShipBy(_)
            | OrderField::RestMayGo(_) => String::new(),
        };
        let name = self.to.name();
        format!("{name}{of} from {} to {}", text(&self.from), text(&self.to))
    }
}

impl OrderField {
    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Email(_) => "e-mail",
            Self::Tier(_) => "tier",
            Self::Country(_) => "country",
            Self::Region(_) => "region",
            Self::RequestedAt(_) => "requested date",
            Self::Urgency(_) => "urgency",
            Self::ShipBy(_) => "ship-by date",
            Self::RestMayGo(_) => "rest may go",
            Self::UnitPrice { .. } => "unit price",
        }
    }

    /// What it says as text; empty: nothing.
    pub fn text(
        &self,
        date: impl Fn(Timestamp) -> String,
        price: impl Fn(i64) -> String,
    ) -> String {
        match self {
            Self::Email(text) | Self::Region(text) => text.clone().unwrap_or_default(),
            Self::Tier(tier) => tier.to_string(),
            Self::Country(country) => country.clone(),
            Self::RequestedAt(at) | Self::ShipBy(at) => at.map(date).unwrap_or_default(),
            Self::Urgency(urgency) => urgency.map(|it| it.to_string()).unwrap_or_default(),
            Self::RestMayGo(rest) => if *rest { "yes" } else { "no" }.to_owned(),
            Self::UnitPrice { minor, .. } => price(*minor),
        }
    }

    /// Whether the other says the same field, whatever it says.
    pub fn is_same_field(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::UnitPrice { line, .. }, Self::UnitPrice { line: other, .. }) => line == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

impl OrderAmended {
    /// Fields that say something else than before.
    pub fn news(&self) -> impl Iterator<Item = &AmendedField> {
        self.fields.iter().filter(|field| field.is_new())
    }

    /// It in a sentence, without its order; `date` tells a day.
    pub fn says(&self, date: impl Fn(Timestamp) -> String) -> String {
        let news = self.news().map(|field| field.says(&date, self.currency));
        let news: Vec<String> = news.collect();
        let what = if news.is_empty() {
            "put right, and it said so already".to_owned()
        } else {
            format!("put right: {}", news.join(", "))
        };
        format!("{what}; {} ({})", self.reason, self.by)
    }

    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) fn answers(&self) -> Option<Answers> {
        Answers::to(self.amendment.key())
    }
}
