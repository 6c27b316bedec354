//! `import items`: what a shop sells, how it is sold and bought.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::{DefineItemRequest, ListStockRequest, Stock, stock};
use clap::Args;
use domain::decider::Room;
use domain::ids::{Key, Sku};
use import::{Defined, Kind, ReadAs, Reason};

use super::call::{Act, Asked, Call, Row};
use super::doing::{Doing, Page, began, or_offline};
use super::whole::Unsaid;
use crate::commands::import::carry::Ask;
use crate::commands::import::items::{Items, bare};
use crate::commands::import::page::Words;
use crate::commands::import::tries::again;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// How many items one page of inventory has.
const PAGE: i32 = 500;

const WORDS: Words = Words {
    kind: Kind::Items,
    one: "item",
    done: "defined",
    key: "items",
};

/// Import items from a CSV file; the same file again defines nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import items items.csv --backorderable 1000:60 --dry-run
  backorder import items products.csv --stock-only --report report.csv
  backorder import items my.csv --columns sku=Code,description=Name",
    after_help = "\
Columns: a `plain` file has sku, and perhaps description, unit, step, sold
(backorderable, substitutable or stock_only), cap, wait_days, substitutes,
offer_days, supplier, reorder_point, order_up_to, pack, lead_time_days,
safety_stock. Exports of products of Shopify and WooCommerce are known by
their headers (presets `shopify`, `woocommerce`); else say which FIELD is
which COLUMN. Quantities are in the item's unit.

A cell that is blank, or a column that is not there, leaves what is defined as
it is; an item that is so already is not defined again. Rows of one item must
not contradict each other, and a figure must have a meaning: wait_days of an
item that is sold from stock only, or pack of one without a supplier, leaves
it. A SKU that differs from a known one, or from another one of the file, in
case, space or leading zeros alone is left, since a spreadsheet may have made
it so; with --define-alike it is an item of its own."
)]
pub(crate) struct DefineItems {
    #[command(flatten)]
    unsaid: Unsaid,
    /// Define also what looks like a known item, or like another one of the file
    #[arg(long)]
    define_alike: bool,
    #[command(flatten)]
    pub(super) doing: Doing,
}

impl DefineItems {
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
        let list = doing.open(session, Kind::Items, ReadAs::default()).await?;
        let lines = doing.read(list, |list, read| list.items(read))?;
        let mut known = Known::default();
        if ask != Ask::Nobody {
            known.ask(session, lines.skus()).await?;
        }
        known.compare(lines.skus());
        let act = |rows, told| self.define(rows, &told, &known);
        let told = Page {
            words: &WORDS,
            // Every item that a list of items names is one.
            items: &Items::default(),
            began,
        };
        doing.carry(session, lines, act, &told).await
    }

    /// What is to be done about an item.
    fn define(&self, rows: Vec<u64>, told: &Defined, known: &Known) -> Act {
        let rows = rows.into_iter().map(|row| Row {
            row,
            document: String::new(),
            sku: told.sku.to_string(),
        });
        let rows: Vec<Row> = rows.collect();
        if let Some(alike) = known.alike.get(&told.sku).filter(|_| !self.define_alike) {
            let why = alike.why(&told.sku);
            return Act::Leave(rows, Reason::LooksKnown, why);
        }
        let known_as = known.items.get(&told.sku);
        match self.unsaid.whole(told, known_as) {
            Err(detail) => Act::Leave(rows, Reason::BadItem, detail),
            Ok(whole) if known_as == Some(&whole) => Act::AsItIs(rows),
            Ok(whole) => {
                // One call that is sent again is the same; another run asks anew what is defined.
                let said = format!("{} {whole:?}", known.revision);
                let id = format!("items {:032x}", Key::of("import items", &said).0);
                let call = Call::DefineItem(Box::new(DefineItemRequest {
                    definition_id: id,
                    ..whole
                }));
                Act::Ask(vec![Asked { rows, call }])
            }
        }
    }
}

/// What is defined of what a list names.
#[derive(Default)]
struct Known {
    revision: u64,
    items: BTreeMap<Sku, DefineItemRequest>,
    /// SKUs that are not defined and look like others.
    alike: BTreeMap<Sku, Alike>,
}

/// What a SKU that is not defined looks like.
enum Alike {
    /// One that is defined.
    Known(String),
    /// Another one of the list, so that one of the two is a slip.
    New(Sku),
}

impl Alike {
    fn why(&self, sku: &Sku) -> String {
        match self {
            Self::Known(known) => {
                format!("{sku} is not defined, but {known} is: mend it, or --define-alike")
            }
            Self::New(other) => {
                format!("the file has {other} as well: mend one of them, or --define-alike")
            }
        }
    }
}

impl Known {
    /// Asks inventory.
    async fn ask(&mut self, session: &Session, named: &BTreeSet<Sku>) -> Result<(), Problem> {
        let mut near: HashMap<String, Vec<&Sku>> = HashMap::new();
        for sku in named {
            near.entry(bare(sku.as_str())).or_default().push(sku);
        }
        let client = session.doors.inventory()?;
        let mut page_token = String::new();
        loop {
            let request = ListStockRequest {
                page_size: PAGE,
                page_token,
                ..ListStockRequest::default()
            };
            let answer = again(|| {
                let (mut client, request) = (client.clone(), request.clone());
                async move { client.list_stock(request).await }
            });
            let problem = |status| session.doors.problem(Room::Inventory, "ListStock", &status);
            let answer = answer.await.map_err(problem)?.into_inner();
            self.revision = answer.revision;
            for stock in answer.stocks {
                for alike in near.get(&bare(&stock.sku)).into_iter().flatten() {
                    let looks = || Alike::Known(stock.sku.clone());
                    self.alike.entry((*alike).clone()).or_insert_with(looks);
                }
                let sku = Sku::from(stock.sku.as_str());
                if named.contains(&sku) {
                    self.items.insert(sku, definition(stock));
                }
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }

    /// Compares what is not defined with the rest of the list.
    fn compare(&mut self, named: &BTreeSet<Sku>) {
        let Self { items, alike, .. } = self;
        alike.retain(|sku, _| !items.contains_key(sku));
        let mut first: HashMap<String, &Sku> = HashMap::new();
        let new = |sku: &&Sku| !items.contains_key(*sku);
        for sku in named.iter().filter(new) {
            if let Some(other) = first.insert(bare(sku.as_str()), sku) {
                let both = [(sku, other), (other, sku)];
                for (one, other) in both {
                    let looks = || Alike::New(other.clone());
                    alike.entry(one.clone()).or_insert_with(looks);
                }
            }
        }
    }
}

/// The definition that made an item what it is.
fn definition(stock: Stock) -> DefineItemRequest {
    let segment = stock.segment.map(|segment| match segment {
        stock::Segment::Backorderable(of) => Segment::Backorderable(of),
        stock::Segment::Substitutable(of) => Segment::Substitutable(of),
        stock::Segment::StockOnly(of) => Segment::StockOnly(of),
    });
    let step = units::measure(&stock.unit, &stock.step).step.to_string();
    DefineItemRequest {
        sku: stock.sku,
        description: stock.description,
        segment,
        replenishment: stock.replenishment,
        fair_share: stock.fair_share,
        protection: stock.protection,
        unit: stock.unit,
        step,
        ..DefineItemRequest::default()
    }
}
