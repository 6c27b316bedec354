//! One row of a file, read and judged by itself.

use std::collections::BTreeMap;

use csv::ByteRecord;
use domain::ids::{
    Country, Currency, CustomerId, LocationId, OrderId, Sku, Tier, Timestamp, UnknownCountry,
};
use domain::orders::is_email;
use domain::quantity::{Measure, QuantityError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::columns::{ColumnMap, Columns};
use crate::entry::{Left, PurchaseRow, Reason};
use crate::fields::Field;
use crate::number::{self, Decimal, Number, NumberError};
use crate::state::{State, States};
use crate::when::{Clock, Moment, WhenError};

/// The most units that a row may name.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// The longest beginning of a cell that is shown, in characters.
const SHOWN: usize = 40;

/// How a file's cells are read.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    pub(crate) map: ColumnMap,
    pub(crate) columns: Columns,
    pub(crate) decimal: Option<Decimal>,
    pub(crate) clock: Clock,
    pub(crate) states: States,
    pub(crate) currency: Option<Currency>,
    pub(crate) history: bool,
    pub(crate) measures: BTreeMap<Sku, Measure>,
}

/// What a row is by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Row {
    /// A row of a purchase.
    Sale(Sale),
    /// It takes back goods.
    Back(Back),
    /// It is left, and the other rows of its document may be taken.
    Left(Left, Head),
    /// It cannot be read, so that none of its document can be taken.
    Unreadable(Left),
}

/// What a row says of its whole document; a blank cell says what another row of it does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub(crate) customer: Option<CustomerId>,
    pub(crate) tier: Option<Tier>,
    pub(crate) email: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) currency: Option<Currency>,
    pub(crate) placed: Option<Placed>,
    pub(crate) state: Option<State>,
}

/// When it was placed, and which day that was where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) at: Timestamp,
    pub(crate) day: Date,
    pub(crate) twice: bool,
}

/// A row of a purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    pub(crate) order: OrderId,
    pub(crate) head: Head,
    /// Its price is not read yet: in what it is may be said by another row.
    pub(crate) line: PurchaseRow,
    pub(crate) price: Option<Price>,
}

/// What a row costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Price {
    /// Digits with a point.
    pub(crate) decimal: String,
    /// It is the price of all units of the row.
    pub(crate) of_all: bool,
    /// What its item is counted in, if not in whole numbers: the price of a unit is not that of a
    /// step.
    pub(crate) measure: Option<Measure>,
    /// The cell, for people.
    pub(crate) cell: String,
}

/// A row that takes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Back {
    pub(crate) row: u64,
    pub(crate) document: String,
    pub(crate) head: Head,
    pub(crate) sku: Sku,
    pub(crate) quantity: u32,
}

/// A cell that may mean two things: the caller is asked which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, column {column}: `{text}` may be {one} or {other}")]
pub struct Asked {
    /// Which row, from 1.
    pub row: u64,
    /// What its column is called.
    pub column: String,
    /// What stands there.
    pub text: String,
    /// What it may mean.
    pub one: String,
    /// What it may mean as well.
    pub other: String,
    /// What tells which.
    pub option: &'static str,
}

/// Why a row is no sale and takes nothing back.
pub(crate) enum Fault {
    /// It is left by itself.
    Left(Reason),
    /// It cannot be read: the column and its text.
    Unreadable(Reason, String),
    Asked(Asked),
}

impl Row {
    /// Reads row `number` (from 1); `above` is the document of the row before it. What cannot be
    /// read is left with its reason; what may mean two things is asked.
    pub(crate) fn read(
        cells: &Cells,
        number: u64,
        record: &ByteRecord,
        above: &str,
    ) -> Result<Self, Asked> {
        let reading = Reading {
            cells,
            record,
            number,
        };
        let document = reading.document(above);
        let fault = match reading.judge(&document) {
            Ok(row) => return Ok(row),
            Err(fault) => fault,
        };
        let left = |reason: Reason, detail| Left {
            row: number,
            document: document.clone(),
            sku: reading.text(Field::Sku).unwrap_or_default(),
            reason,
            detail,
        };
        match fault {
            Fault::Left(reason) => {
                // What it says of its document may be said by no other row.
                let head = reading.head().unwrap_or_default();
                Ok(Self::Left(left(reason, reason.meaning().to_owned()), head))
            }
            Fault::Unreadable(reason, detail) => Ok(Self::Unreadable(left(reason, detail))),
            Fault::Asked(asked) => Err(asked),
        }
    }

    /// The document that it stands in; empty if it says none.
    pub(crate) fn document(&self) -> &str {
        match self {
            Self::Sale(sale) => sale.order.as_str(),
            Self::Back(back) => &back.document,
            Self::Left(left, _) | Self::Unreadable(left) => &left.document,
        }
    }
}

/// A row that is being read.
pub(crate) struct Reading<'a> {
    pub(crate) cells: &'a Cells,
    pub(crate) record: &'a ByteRecord,
    /// Which row, from 1.
    pub(crate) number: u64,
}

impl Reading<'_> {
    pub(crate) fn text(&self, field: Field) -> Option<String> {
        self.cells.columns.text(self.record, field)
    }

    /// Its number, or that of the row above if it has goods and says neither number nor time.
    fn document(&self, above: &str) -> String {
        let continues = || {
            let goods = self.text(Field::Sku).is_some() && self.text(Field::Quantity).is_some();
            goods && self.text(Field::At).is_none()
        };
        match self.text(Field::Order) {
            Some(number) => number,
            None if continues() => above.to_owned(),
            None => String::new(),
        }
    }

    /// A cell that cannot be read, with its text.
    pub(crate) fn unreadable(&self, reason: Reason, field: Field, why: &str) -> Fault {
        let cell = self.cell(field);
        let detail = match self.text(field) {
            Some(_) => format!("{cell} {why}"),
            None => format!(
                "column {}: the cell is empty",
                self.cells.columns.name(field)
            ),
        };
        Fault::Unreadable(reason, detail)
    }

    /// A cell with its column, for people.
    pub(crate) fn cell(&self, field: Field) -> String {
        let text = self.text(field).unwrap_or_default();
        format!(
            "column {}: `{}`",
            self.cells.columns.name(field),
            shown(&text)
        )
    }

    /// A key from outside.
    pub(crate) fn key<T, E: std::fmt::Display>(
        &self,
        reason: Reason,
        field: Field,
        text: &str,
        new: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Fault> {
        if number::is_scientific(text) {
            let why =
                "is a shortened number, so that its digits are lost: export the column as text";
            return Err(self.unreadable(reason, field, why));
        }
        new(text).map_err(|error| self.unreadable(reason, field, &error.to_string()))
    }

    /// Whether it has the cells that its header has.
    pub(crate) fn check_width(&self) -> Result<(), Fault> {
        if self.cells.columns.fits(self.record) {
            return Ok(());
        }
        let detail = format!(
            "cells in the row: {}, in the header: {}",
            self.record.len(),
            self.cells.columns.width()
        );
        Err(Fault::Unreadable(Reason::CellCount, detail))
    }

    fn judge(&self, document: &str) -> Result<Row, Fault> {
        let map = &self.cells.map;
        self.check_width()?;
        if document.is_empty() {
            return Err(self.unreadable(Reason::BadOrder, Field::Order, ""));
        }
        let order = self.key(Reason::BadOrder, Field::Order, document, OrderId::new)?;
        let sku = self.sku()?;
        let (takes_back, quantity) = self.quantity(&sku)?;
        let cancels = map
            .cancels_with
            .is_none_or(|letter| document.starts_with(letter));
        if takes_back && !cancels {
            return Err(Fault::Left(Reason::StockCorrection));
        }
        let head = self.head()?;
        if takes_back {
            return Ok(Row::Back(Back {
                row: self.number,
                document: document.to_owned(),
                head,
                sku,
                quantity,
            }));
        }
        let (price, currency) = self.price(&sku)?;
        let head = Head {
            currency: currency.or(head.currency),
            ..head
        };
        Ok(Row::Sale(Sale {
            order,
            head,
            line: PurchaseRow {
                row: self.number,
                sku,
                description: self.text(Field::Description).unwrap_or_default(),
                quantity,
                unit_price_minor: 0,
                returned: 0,
            },
            price,
        }))
    }

    pub(crate) fn sku(&self) -> Result<Sku, Fault> {
        let map = &self.cells.map;
        let code = self
            .text(Field::Sku)
            .ok_or_else(|| self.unreadable(Reason::BadSku, Field::Sku, ""))?;
        if map.is_no_goods(&code) {
            return Err(Fault::Left(Reason::NoGoods));
        }
        let code = if map.capitals {
            code.to_uppercase()
        } else {
            code
        };
        self.key(Reason::BadSku, Field::Sku, &code, Sku::new)
    }

    fn asked(&self, field: Field, one: String, other: String, option: &'static str) -> Fault {
        Fault::Asked(Asked {
            row: self.number,
            column: self.cells.columns.name(field).to_owned(),
            text: self.text(field).unwrap_or_default(),
            one,
            other,
            option,
        })
    }

    /// Whether it takes back, and how many steps of its item.
    fn quantity(&self, sku: &Sku) -> Result<(bool, u32), Fault> {
        let (takes_back, steps) = self.steps(sku, Field::Quantity)?;
        if steps == 0 {
            return Err(Fault::Left(Reason::ZeroQuantity));
        }
        if steps > MAX_QUANTITY {
            let most = self.measure(sku).show(MAX_QUANTITY);
            let why = format!("is more than {most} units");
            return Err(self.unreadable(Reason::BadQuantity, Field::Quantity, &why));
        }
        Ok((takes_back, steps))
    }

    /// What an item is counted in.
    fn measure(&self, sku: &Sku) -> Measure {
        self.cells.measures.get(sku).cloned().unwrap_or_default()
    }

    /// Whether a cell is below 0, and how many steps of an item it says.
    pub(crate) fn steps(&self, sku: &Sku, field: Field) -> Result<(bool, u32), Fault> {
        let bad = |why: &str| self.unreadable(Reason::BadQuantity, field, why);
        let number = self.number_of(Reason::BadQuantity, field)?;
        let number = number.ok_or_else(|| bad(""))?;
        let measure = self.measure(sku);
        let steps = measure.read(&number.absolute());
        let steps = steps.map_err(|error| bad(&why_no_steps(&measure, &error)))?;
        let steps = u32::try_from(steps).map_err(|_| bad("is too much"))?;
        Ok((number.negative, steps))
    }

    /// A cell's number; none if it is blank.
    pub(crate) fn number_of(&self, reason: Reason, field: Field) -> Result<Option<Number>, Fault> {
        const DECIMAL: &str = "--decimal point or --decimal comma";
        let Some(text) = self.text(field) else {
            return Ok(None);
        };
        let read = Number::read(&text, self.cells.decimal).map_err(|error| match error {
            NumberError::None => self.unreadable(reason, field, "is no number"),
            NumberError::Ambiguous(one, other) => self.asked(field, one, other, DECIMAL),
        });
        read.map(Some)
    }

    /// The location that it names.
    pub(crate) fn location(&self) -> Result<Option<LocationId>, Fault> {
        let text = self.text(Field::Location);
        text.map(|text| self.key(Reason::BadLocation, Field::Location, &text, LocationId::new))
            .transpose()
    }

    /// What it costs, and the currency that its sign says.
    fn price(&self, sku: &Sku) -> Result<(Option<Price>, Option<Currency>), Fault> {
        const DECIMAL: &str = "--decimal point or --decimal comma";
        let (field, text) = match (self.text(Field::Price), self.text(Field::LineTotal)) {
            (Some(text), _) => (Field::Price, text),
            (None, Some(text)) => (Field::LineTotal, text),
            (None, None) => return Ok((None, None)),
        };
        let bad = |why| self.unreadable(Reason::BadPrice, field, why);
        let named = self.text(Field::Currency);
        let said = named
            .as_deref()
            .or(self.cells.currency.as_ref().map(Currency::as_str));
        let has_thousandths = said
            .and_then(Currency::new)
            .is_some_and(|currency| currency.places() == 3);
        let read = match number::price(&text, self.cells.decimal) {
            // Three places are what such a currency has: they are no group of digits.
            Err(NumberError::Ambiguous(..)) if has_thousandths => {
                number::price(&text, Some(Decimal::of(&text)))
            }
            read => read,
        };
        let (number, sign) = read.map_err(|error| match error {
            NumberError::None => bad("is no amount"),
            NumberError::Ambiguous(one, other) => self.asked(field, one, other, DECIMAL),
        })?;
        let decimal = number.decimal().ok_or_else(|| bad("is negative"))?;
        let named = said.or(self.cells.map.currency.as_ref().map(Currency::as_str));
        let currency = match sign {
            Some(sign) => {
                // A preset's currency is a habit, which a sign corrects.
                let agreed = number::agreed(sign, named).or_else(|| match said {
                    Some(_) => None,
                    None => number::agreed(sign, None),
                });
                let agreed = agreed.ok_or_else(|| bad("is in another currency than its row"))?;
                Currency::new(&agreed)
            }
            None => None,
        };
        let cell = self.cell(field);
        let of_all = field == Field::LineTotal;
        let price = Price {
            decimal,
            of_all,
            measure: self.cells.measures.get(sku).cloned(),
            cell,
        };
        Ok((Some(price), currency))
    }

    fn head(&self) -> Result<Head, Fault> {
        let bad = Reason::BadCustomer;
        let customer = self.text(Field::Customer);
        let customer = customer
            .map(|text| self.key(bad, Field::Customer, &text, CustomerId::new))
            .transpose()?;
        let tier = self.text(Field::Tier);
        let tier = tier
            .map(|text| self.key(bad, Field::Tier, &text, Tier::new))
            .transpose()?;
        let email = self.text(Field::Email);
        // No order was ever placed with such a one; what a letter can be sent to is the door's to
        // say, which knows the orders that were placed before.
        if email.iter().any(|text| !is_email(text)) {
            return Err(self.unreadable(bad, Field::Email, "is no e-mail address"));
        }
        let country = self
            .text(Field::Country)
            .filter(|text| !is_no_country(text));
        let country = country.map(|text| {
            Country::read(&text).map_err(|UnknownCountry { near, .. }| {
                let why = format!("is no country of ISO 3166{near}");
                self.unreadable(bad, Field::Country, &why)
            })
        });
        let currency = self.text(Field::Currency).map(|text| {
            let code = text.to_uppercase();
            let wrong = || self.unreadable(bad, Field::Currency, "is no currency of ISO 4217");
            Currency::new(&code)
                .filter(Currency::is_known)
                .ok_or_else(wrong)
        });
        Ok(Head {
            customer,
            tier,
            email,
            channel: self.text(Field::Channel),
            country: country.transpose()?.map(|country| country.to_string()),
            region: self.text(Field::Region),
            currency: currency.transpose()?,
            placed: self.placed()?,
            state: self.state()?,
        })
    }

    fn placed(&self) -> Result<Option<Placed>, Fault> {
        let moment = self.moment(Field::At)?;
        Ok(moment.map(|Moment { at, day, twice }| Placed { at, day, twice }))
    }

    /// The day that a cell says.
    pub(crate) fn day(&self, field: Field) -> Result<Option<Date>, Fault> {
        Ok(self.moment(field)?.map(|moment| moment.day))
    }

    fn moment(&self, field: Field) -> Result<Option<Moment>, Fault> {
        let Some(text) = self.text(field) else {
            return Ok(None);
        };
        let bad = |why: &str| self.unreadable(Reason::BadTime, field, why);
        let read = self.cells.clock.read(&text).map_err(|error| match error {
            WhenError::None => bad("is no time"),
            WhenError::LeftOut => bad("never was: the clocks of the zone went forward over it"),
            WhenError::Ambiguous(one, other) => {
                self.asked(field, one, other, "--date-format dmy, mdy or ymd")
            }
        });
        read.map(Some)
    }

    /// The gravest of what its columns say.
    fn state(&self) -> Result<Option<State>, Fault> {
        let columns = &self.cells.columns;
        let mut gravest = None;
        for text in columns.texts(self.record, Field::Status) {
            let Some(state) = self.cells.states.read(&text) else {
                let column = columns.name(Field::Status);
                let detail = format!("column {column}: `{}` is not known", shown(&text));
                return Err(Fault::Unreadable(Reason::BadStatus, detail));
            };
            gravest = gravest.max(Some(state));
        }
        if self.text(Field::DoneAt).is_some() {
            gravest = gravest.max(Some(State::Done));
        }
        if self.text(Field::CancelledAt).is_some() {
            gravest = Some(State::Cancelled);
        }
        Ok(gravest)
    }
}

/// Why a quantity, whatever its sign, is none of what is counted so.
pub(crate) fn why_no_steps(measure: &Measure, error: &QuantityError) -> String {
    match error {
        QuantityError::BetweenSteps { .. } if measure.is_plain() => {
            "is not a count of whole units".to_owned()
        }
        QuantityError::BetweenSteps {
            step, below, above, ..
        } => format!("is not a whole number of steps of {step}: {below} and {above} are"),
        QuantityError::Malformed(_) => "is no number".to_owned(),
        QuantityError::TooMuch(_) => "is too much".to_owned(),
    }
}

/// A cell's text, shortened.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// What shops write where they know none.
fn is_no_country(text: &str) -> bool {
    ["unspecified", "unknown", "n/a", "-"].contains(&text.to_lowercase().as_str())
}
