//! Rows become documents: what stands under one number, wherever it stands in the file, is one
//! order, which comes whole or not at all.

use std::collections::BTreeMap;

use domain::ids::{Currency, CustomerId, Sku};
use domain::money::minor;
use domain::orders::MAX_LINES;

use crate::entry::{Entry, GUEST, Left, Purchase, PurchaseRow, Reason, Return, Taken};
use crate::number::per_unit;
use crate::row::{Back, Head, Row, Sale};
use crate::state::{Ended, State};

/// The most rows of one document that are looked at together; all of a longer one are left.
pub(crate) const MAX_DOCUMENT_ROWS: usize = 10_000;

/// The country of an order whose destination is not told: of the codes that ISO 3166 leaves to its
/// users, the one that stands for none.
const UNKNOWN_COUNTRY: &str = "ZZ";

/// What holds where a file says nothing.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) currency: Option<Currency>,
    pub(crate) channel: String,
    pub(crate) corrects_stock: bool,
    pub(crate) history: bool,
}

/// What a document came to.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// What is decided, by the row after which it comes.
    pub(crate) entries: Vec<(u64, Entry)>,
    /// What its order's lines have left for those who take back by customer: with the order's first
    /// row, and who bought.
    pub(crate) sold: Vec<(PurchaseRow, Taken)>,
    pub(crate) order: Option<Box<Purchase>>,
    /// Rows that take back and name no order in the file.
    pub(crate) backs: Vec<Return>,
}

/// Reads the rows of one document, in the order of the file.
pub(crate) fn document(defaults: &Defaults, rows: Vec<Row>) -> Document {
    let mut group = Group::default();
    for row in rows {
        match row {
            Row::Sale(sale) => group.sales.push(sale),
            Row::Back(back) => group.backs.push(back),
            Row::Left(left, head) => {
                group.said.push(head);
                group.left.push(left);
            }
            Row::Unreadable(left) => group.unreadable.push(left),
        }
    }
    group.judge(defaults)
}

/// All rows of a document that is too long.
pub(crate) fn too_long(row: Row) -> (u64, Entry) {
    let reason = Reason::TooManyLines;
    let left = match row {
        Row::Sale(sale) => sale.left(reason, reason.meaning()),
        Row::Back(back) => back.left(reason, reason.meaning()),
        Row::Left(left, _) | Row::Unreadable(left) => left,
    };
    (left.row, Entry::Left(left))
}

#[derive(Default)]
struct Group {
    sales: Vec<Sale>,
    backs: Vec<Back>,
    left: Vec<Left>,
    said: Vec<Head>,
    unreadable: Vec<Left>,
}

impl Group {
    fn judge(mut self, defaults: &Defaults) -> Document {
        let mut document = Document::default();
        let left = std::mem::take(&mut self.left).into_iter();
        document.leave(left);
        self.cost(defaults);
        let why = self.why_not(defaults);
        document.leave(std::mem::take(&mut self.unreadable).into_iter());
        if let Some((reason, detail)) = why {
            document.leave(self.sales.iter().map(|sale| sale.left(reason, &detail)));
            document.leave(self.backs.iter().map(|back| back.left(reason, &detail)));
            return document;
        }
        if self.sales.is_empty() {
            for back in self.returns(None) {
                match back {
                    Ok(back) => document.backs.push(back),
                    Err(left) => document.leave(std::iter::once(left)),
                }
            }
            return document;
        }
        let Some((purchase, first)) = self.purchase(defaults) else {
            return document;
        };
        // Nothing comes back of what was never sent.
        let sent = purchase.ended != Some(Ended::Cancelled);
        let rest = purchase.rows.iter().map(|row| row.quantity);
        let mut rest: Vec<u32> = rest.map(|units| if sent { units } else { 0 }).collect();
        let returns = self.returns(Some(&purchase));
        document
            .entries
            .push((first, Entry::Purchase(purchase.clone())));
        for back in returns {
            match back.map(|back| take_back(back, &purchase, &mut rest)) {
                Ok(Ok(back)) => document
                    .entries
                    .push((back.row.max(first), Entry::Return(back))),
                Ok(Err(left)) | Err(left) => document.leave(std::iter::once(left)),
            }
        }
        for ((line, row), quantity) in (1_u32..).zip(&purchase.rows).zip(rest) {
            let order = purchase.order.clone();
            let taken = Taken {
                order,
                line,
                quantity,
                of_history: purchase.ended.is_some(),
            };
            if quantity > 0 {
                document.sold.push((row.clone(), taken));
            }
        }
        document.order = Some(Box::new(purchase));
        document
    }

    /// Reads prices in the currency that its rows name. A price that is none makes its row one that
    /// cannot be read.
    fn cost(&mut self, defaults: &Defaults) {
        let named = self.heads().find_map(|head| head.currency);
        let Some(currency) = named.or(defaults.currency) else {
            return;
        };
        let (mut sales, mut unreadable) = (Vec::new(), Vec::new());
        for mut sale in std::mem::take(&mut self.sales) {
            let Some(price) = sale.price.take() else {
                sales.push(sale);
                continue;
            };
            match minor(&price.decimal, currency) {
                Ok(minor) if price.of_all => {
                    sale.line.unit_price_minor = per_unit(minor, sale.line.quantity);
                    sales.push(sale);
                }
                Ok(minor) => {
                    // Of a step, as of a row's total, to the nearest: it ranks and measures.
                    let of_step = price.measure.as_ref();
                    let of_step = of_step.and_then(|it| it.nearest_price_of_step(minor));
                    sale.line.unit_price_minor = of_step.unwrap_or(minor);
                    sales.push(sale);
                }
                Err(error) => {
                    let detail = format!("{} {error}", price.cell);
                    unreadable.push(sale.left(Reason::BadPrice, &detail));
                }
            }
        }
        self.sales = sales;
        self.unreadable.extend(unreadable);
        self.unreadable.sort_by_key(|left| left.row);
    }

    /// Why none of its rows can be taken, if so.
    fn why_not(&self, defaults: &Defaults) -> Option<(Reason, String)> {
        if let Some(left) = self.unreadable.first() {
            let detail = format!("row {} of it cannot be read ({})", left.row, left.detail);
            return Some((Reason::OrderIncomplete, detail));
        }
        if self.sales.is_empty() {
            return None;
        }
        if let Some(detail) = self.disagree() {
            return Some((Reason::RowsDisagree, detail));
        }
        if self.sales.len() > MAX_LINES {
            let detail = format!(
                "the order has {} lines, {MAX_LINES} is the most",
                self.sales.len()
            );
            return Some((Reason::TooManyLines, detail));
        }
        let reason = match self.state() {
            Some(State::Partly) => Some(Reason::PartlyDone),
            Some(State::Done) if !defaults.history => Some(Reason::Done),
            Some(State::Refunded) if !defaults.history => Some(Reason::Refunded),
            Some(State::Cancelled) if !defaults.history => Some(Reason::Cancelled),
            Some(State::Open | State::Done | State::Refunded | State::Cancelled) | None => None,
        };
        let nobody = self.heads().all(|head| head.customer.is_none());
        let free = self
            .sales
            .iter()
            .all(|sale| sale.line.unit_price_minor == 0);
        let correction = defaults.corrects_stock && nobody && free;
        let reason = reason.or_else(|| correction.then_some(Reason::StockCorrection));
        if let Some(reason) = reason {
            return Some((reason, reason.meaning().to_owned()));
        }
        if self.heads().all(|head| head.placed.is_none()) {
            let detail = "no row of the order says when it was placed".to_owned();
            return Some((Reason::BadTime, detail));
        }
        None
    }

    /// What is said of the order by its rows; rows that take back are documents of another day.
    fn heads(&self) -> impl Iterator<Item = &Head> {
        let sales = self.sales.iter().map(|sale| &sale.head);
        sales.chain(&self.said)
    }

    /// How far the shop says that it is with the order.
    fn state(&self) -> Option<State> {
        self.heads().find_map(|head| head.state)
    }

    /// How the order ended, if it was done elsewhere and is to be told so.
    fn ended(&self, defaults: &Defaults) -> Option<Ended> {
        let ended = match self.state() {
            Some(State::Open | State::Partly) => None,
            Some(State::Done) | None => Some(Ended::Fulfilled),
            Some(State::Refunded) => Some(Ended::Refunded),
            Some(State::Cancelled) => Some(Ended::Cancelled),
        };
        ended.filter(|_| defaults.history)
    }

    /// Of what the rows name several, if so.
    fn disagree(&self) -> Option<String> {
        let number = &self.sales.first()?.order;
        let several = |what: &str, names: Option<(String, String)>| {
            let (one, other) = names?;
            Some(format!(
                "number {number} stands for several {what}: {one}, {other}"
            ))
        };
        let heads = || self.heads();
        several("customers", two(heads().map(|head| head.customer.as_ref())))
            .or_else(|| {
                several(
                    "e-mail addresses",
                    two(heads().map(|head| head.email.as_ref())),
                )
            })
            .or_else(|| several("countries", two(heads().map(|head| head.country.as_ref()))))
            .or_else(|| several("regions", two(heads().map(|head| head.region.as_ref()))))
            .or_else(|| several("currencies", two(heads().map(|head| head.currency))))
            .or_else(|| {
                several(
                    "days",
                    two(heads().map(|head| head.placed.map(|at| at.day))),
                )
            })
            .or_else(|| several("channels", two(heads().map(|head| head.channel.as_ref()))))
            .or_else(|| several("tiers", two(heads().map(|head| head.tier.as_ref()))))
            .or_else(|| {
                let states = two(heads().map(|head| head.state.map(|state| format!("{state:?}"))));
                several(
                    "states",
                    states.map(|(one, other)| (one.to_lowercase(), other.to_lowercase())),
                )
            })
    }

    /// The order, and its first row.
    fn purchase(&self, defaults: &Defaults) -> Option<(Purchase, u64)> {
        let first = self.sales.first()?;
        let heads = || self.heads();
        let customer = heads().find_map(|head| head.customer.clone());
        let placed = heads().find_map(|head| head.placed)?;
        let purchase = Purchase {
            order: first.order.clone(),
            customer: customer.unwrap_or_else(|| CustomerId::from(GUEST)),
            tier: heads()
                .find_map(|head| head.tier.clone())
                .unwrap_or_else(|| "standard".into()),
            email: heads().find_map(|head| head.email.clone()),
            channel: heads()
                .find_map(|head| head.channel.clone())
                .unwrap_or_else(|| defaults.channel.clone()),
            country: heads()
                .find_map(|head| head.country.clone())
                .unwrap_or_else(|| UNKNOWN_COUNTRY.into()),
            region: heads().find_map(|head| head.region.clone()),
            currency: heads()
                .find_map(|head| head.currency)
                .or(defaults.currency)?,
            at: placed.at,
            twice: placed.twice,
            ended: self.ended(defaults),
            rows: self.sales.iter().map(|sale| sale.line.clone()).collect(),
        };
        Some((purchase, first.line.row))
    }

    /// Its rows that take back, each with its count among its equals. One that names another
    /// customer than the order is left.
    fn returns(&self, order: Option<&Purchase>) -> Vec<Result<Return, Left>> {
        let mut counts: BTreeMap<(&Sku, u32, Option<&CustomerId>), u32> = BTreeMap::new();
        let mut returns = Vec::new();
        for back in &self.backs {
            let customer = back.head.customer.as_ref();
            let count = counts
                .entry((&back.sku, back.quantity, customer))
                .or_default();
            *count = count.saturating_add(1);
            let at = back.head.placed.map(|placed| placed.at);
            let Some(at) = at.or(order.map(|order| order.at)) else {
                returns.push(Err(back.left(Reason::BadTime, "it does not say when")));
                continue;
            };
            let known = order.map(|order| &order.customer);
            let known = known.filter(|known| known.as_str() != GUEST);
            if let (Some(known), Some(customer)) = (known, customer)
                && known != customer
            {
                let number = &back.document;
                let several =
                    format!("number {number} stands for several customers: {known}, {customer}");
                returns.push(Err(back.left(Reason::RowsDisagree, &several)));
                continue;
            }
            let customer = customer.or(known).cloned();
            returns.push(Ok(Return {
                row: back.row,
                document: back.document.clone(),
                customer: customer.unwrap_or_else(|| CustomerId::from(GUEST)),
                email: back.head.email.clone(),
                at,
                sku: back.sku.clone(),
                quantity: back.quantity,
                count: *count,
                parts: Vec::new(),
                names_its_order: order.is_some(),
            }));
        }
        returns
    }
}

/// The first two that differ in more than case.
fn two<T: ToString>(names: impl Iterator<Item = Option<T>>) -> Option<(String, String)> {
    let mut names = names.flatten().map(|name| name.to_string());
    let one = names.next()?;
    let other = names.find(|name| *name != one && name.to_lowercase() != one.to_lowercase())?;
    Some((one, other))
}

/// Takes units of the order's lines of that SKU, the last line first.
fn take_back(mut back: Return, order: &Purchase, rest: &mut [u32]) -> Result<Return, Left> {
    let mut open = back.quantity;
    let lines = (1_u32..).zip(&order.rows).zip(rest);
    let lines: Vec<_> = lines.filter(|((_, row), _)| row.sku == back.sku).collect();
    for ((line, _), rest) in lines.into_iter().rev() {
        let quantity = open.min(*rest);
        if quantity > 0 {
            *rest = rest.saturating_sub(quantity);
            open = open.saturating_sub(quantity);
            back.parts.push(Taken {
                order: order.order.clone(),
                line,
                quantity,
                of_history: order.ended.is_some(),
            });
        }
    }
    if back.parts.is_empty() {
        let detail = format!("order {} has no such units left to take back", order.order);
        return Err(Left {
            row: back.row,
            document: back.document,
            sku: back.sku.to_string(),
            reason: Reason::MatchesNothing,
            detail,
        });
    }
    Ok(back)
}

impl Document {
    fn leave(&mut self, left: impl Iterator<Item = Left>) {
        self.entries
            .extend(left.map(|left| (left.row, Entry::Left(left))));
    }
}

impl Sale {
    fn left(&self, reason: Reason, detail: &str) -> Left {
        Left {
            row: self.line.row,
            document: self.order.to_string(),
            sku: self.line.sku.to_string(),
            reason,
            detail: detail.to_owned(),
        }
    }
}

impl Back {
    fn left(&self, reason: Reason, detail: &str) -> Left {
        Left {
            row: self.row,
            document: self.document.clone(),
            sku: self.sku.to_string(),
            reason,
            detail: detail.to_owned(),
        }
    }
}
