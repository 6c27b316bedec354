//! `import stock`: what was counted, as a shop begins with it.

use api::inventory::v1::{CountStockRequest, CountedSku};
use clap::Args;
use import::{Counted, Kind, ReadAs};

use super::call::{Act, Asked, Call, Row};
use super::doing::{Doing, Page, began, or_offline};
use super::known::{Unknown, placed_at};
use crate::commands::import::carry::Ask;
use crate::commands::import::page::Words;
use crate::problem::Problem;
use crate::session::Session;

const WORDS: Words = Words {
    kind: Kind::Stock,
    one: "count",
    done: "recorded",
    key: "counts",
};

/// Import opening counts of stock from a CSV file; the same file again counts nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import stock stock.csv --at main --dry-run
  backorder import stock shopify-inventory.csv --report report.csv
  backorder import stock recount.csv --name recount-2027-01 --at main",
    after_help = "\
A row says what is there of an item at a location, reserved units and all, as
`backorder count` does. Columns: a `plain` file has sku, quantity and location;
without the last say --at. Shopify's export of inventory and WooCommerce's of
products are known by their headers (presets `shopify`, `woocommerce`); else
say which FIELD is which COLUMN. What is only available is no count: reserved
units are there, too. Quantities are in the item's unit.

An item is counted once at a location under one name: the same file again
changes nothing, however much has moved meanwhile, and another count of it is
left. A later stocktake is another --name. An item that stands in two rows at
one location is left: only the shop knows whether they add up. Items and
locations must be defined: see `backorder import items`."
)]
pub(crate) struct CountIn {
    /// Location of rows that name none
    #[arg(long, value_name = "LOCATION")]
    at: Option<String>,
    /// Name of this stocktake
    #[arg(long, value_name = "NAME", default_value = "opening")]
    name: String,
    /// Reserved units were not counted: add them
    #[arg(long)]
    without_reserved: bool,
    #[command(flatten)]
    pub(super) doing: Doing,
}

impl CountIn {
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
        let list = doing.open(session, Kind::Stock, ReadAs::default()).await?;
        let at = placed_at(&list, self.at.as_deref())?;
        let lines = doing.read(list, |list, read| list.stock(at.as_ref(), read))?;
        let unknown = Unknown::of(session, ask, &lines).await?;
        let act = |rows, told| self.count(rows, &told, &unknown);
        let told = Page {
            words: &WORDS,
            items: &unknown.items,
            began,
        };
        doing.carry(session, lines, act, &told).await
    }

    /// What is to be done about a count.
    fn count(&self, rows: Vec<u64>, told: &Counted, unknown: &Unknown) -> Act {
        let rows = rows.into_iter().map(|row| Row {
            row,
            document: told.location.to_string(),
            sku: told.sku.to_string(),
        });
        let rows: Vec<Row> = rows.collect();
        if let Some((reason, detail)) = unknown.why([(&told.sku, Some(&told.location))]) {
            return Act::Leave(rows, reason, detail);
        }
        let call = Call::CountStock(CountStockRequest {
            count_id: told.id(&self.name),
            location_id: told.location.to_string(),
            lines: vec![CountedSku {
                sku: told.sku.to_string(),
                counted: told.counted.into(),
            }],
            without_reserved: self.without_reserved,
            ..CountStockRequest::default()
        });
        Act::Ask(vec![Asked { rows, call }])
    }
}
