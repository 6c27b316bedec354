//! `import purchase-orders`: orders that suppliers still owe, with the days on which they come.

use std::collections::BTreeMap;

use api::supplier_gateway::v1::{Source, Way};
use clap::Args;
use domain::ids::Sku;
use import::{Bought, Date, Kind, Owed, ReadAs, Reason};

use super::bought::{Buy, Parts};
use super::call::{Act, Asked, Call, Row};
use super::doing::{Doing, Page, began, or_offline};
use super::known::Unknown;
use crate::commands::import::carry::Ask;
use crate::commands::import::page::Words;
use crate::commands::import::reading::Times;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

const WORDS: Words = Words {
    kind: Kind::Purchases,
    one: "purchase order",
    done: "recorded",
    key: "purchase_orders",
};

/// The most characters of who says something.
const MAX_WHO_CHARS: usize = 100;

/// Import open purchase orders from a CSV file; another day in a later file moves the promises
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import purchase-orders open.csv --supplier acme --dry-run
  backorder import purchase-orders open.csv --report report.csv
  backorder import purchase-orders po.csv --columns expected=Due",
    after_help = "\
A row is a line of a purchase order, or a part of one. Columns: a `plain` file
has purchase_order (its number), sku and quantity (units ordered), and perhaps
supplier and expected (the day on which they are to arrive); say --supplier for
orders that name none. Rows of one item are its parts. Quantities are in the
item's unit.

A purchase order comes whole or not at all. One that is not known yet is
created. Of one that is known the days are compared: those that the file says
otherwise are recorded as the supplier's word, and customers hear of it; a file
that says what is known changes nothing. A blank day says nothing: a new order
is expected after the supplier's lead time, and a known one as it was. A day
more than five years away means that nobody knows; one that is past when the
order comes in is the day on which it does. What has come or left already is
taken off the parts without a day, then off those that come first.

A quantity that the purchase order does not have, an item that is not on it, or
another supplier leaves its rows: change it with `backorder po` first."
)]
pub(crate) struct BuyIn {
    /// Supplier of orders that name none
    #[arg(long, value_name = "SUPPLIER")]
    supplier: Option<String>,
    #[command(flatten)]
    pub(super) doing: Doing,
    #[command(flatten)]
    times: Times,
}

impl BuyIn {
    pub const fn ask(&self) -> Ask {
        self.doing.ask()
    }

    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let ask = self.ask();
        or_offline(ask, self.act(session, ask).await)
    }

    async fn act(self, session: &Session, ask: Ask) -> Result<(), Problem> {
        let began = began();
        let doing = &self.doing;
        let clock = self.times.clock();
        let today = clock.day_of(chassis::Clock::wall().now());
        let how = ReadAs {
            clock,
            ..ReadAs::default()
        };
        let list = doing.open(session, Kind::Purchases, how).await?;
        let lines = doing.read(list, |list, read| list.purchases(read))?;
        let unknown = Unknown::of(session, ask, &lines).await?;
        if ask != Ask::Nobody {
            units::learn(session, lines.skus().iter().map(Sku::as_str)).await?;
        }
        let act = |_rows: Vec<u64>, told: Owed| self.buy(&told, today, &unknown);
        let told = Page {
            words: &WORDS,
            items: &unknown.items,
            began,
        };
        doing.carry(session, lines, act, &told).await
    }

    /// What is to be done about a purchase order.
    fn buy(&self, told: &Owed, today: Date, unknown: &Unknown) -> Act {
        let row = |row, line: &Bought| Row {
            row,
            document: line.purchase_order.to_string(),
            sku: line.sku.to_string(),
        };
        let lines = told.lines.iter();
        let rows: Vec<Row> = lines.map(|(number, line)| row(*number, line)).collect();
        let named = told.lines.iter().map(|(_, line)| (&line.sku, None));
        if let Some((reason, detail)) = unknown.why(named) {
            return Act::Leave(rows, reason, detail);
        }
        let supplier = told.supplier.as_ref().map(ToString::to_string);
        let Some(supplier) = supplier.or_else(|| self.supplier.clone()) else {
            let why = "no supplier is said: a column `supplier`, or --supplier SUPPLIER";
            return Act::Leave(rows, Reason::BadOrder, why.to_owned());
        };
        let Some((_, first)) = told.lines.first() else {
            return Act::AsItIs(rows);
        };
        // Lines are numbered as the list has them, as the supplier got them.
        let mut items: Vec<(String, Parts)> = Vec::new();
        let mut places: BTreeMap<&Sku, usize> = BTreeMap::new();
        for (_, line) in &told.lines {
            let part = (line.quantity, line.expected);
            let place = *places.entry(&line.sku).or_insert(items.len());
            match items.get_mut(place) {
                Some((_, parts)) => parts.push(part),
                None => items.push((line.sku.to_string(), vec![part])),
            }
        }
        let buy = Buy {
            purchase_order: first.purchase_order.to_string(),
            supplier,
            items,
            today,
            source: self.source(),
        };
        Act::Ask(vec![Asked {
            rows,
            call: Call::Buy(Box::new(buy)),
        }])
    }

    /// Who says it: the file.
    fn source(&self) -> Source {
        let name = self.doing.file_name();
        let plain = name.chars().filter(|it| !it.is_control());
        Source {
            way: Way::File.into(),
            who: plain.take(MAX_WHO_CHARS).collect(),
        }
    }
}
