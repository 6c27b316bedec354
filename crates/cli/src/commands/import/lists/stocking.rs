//! `import stock`: what was counted, as a shop begins with it.

use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{CountStockRequest, CountedSku};
use clap::Args;
use import::{Counted, Kind, ReadAs};
use tonic::Status;
use tonic::transport::Channel;

use super::doing::{Act, Answered, Doing, Row, Unknown, Way, began, or_offline, placed_at};
use crate::commands::import::carry::Ask;
use crate::commands::import::items::Items;
use crate::commands::import::page::Words;
use crate::problem::Problem;
use crate::session::Session;

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
`backorder count` does. Columns: sku, quantity and location; without the last
say --at. Shopify's export of inventory and WooCommerce's of products are
known by their headers; else say which FIELD is which COLUMN. Quantities are
in the item's unit.

An item is counted once at a location under one name: the same file again
changes nothing, however much has moved meanwhile, and another count of it is
left. A later stocktake is another --name. An item that stands in two rows at
one location is left: only the shop knows whether they add up. Items and
locations must be defined: see `backorder import items`."
)]
pub(crate) struct CountIn {
    #[command(flatten)]
    pub(super) doing: Doing,
    /// Location of rows that name none
    #[arg(long, value_name = "LOCATION")]
    at: Option<String>,
    /// Name of this stocktake
    #[arg(long, value_name = "NAME", default_value = "opening")]
    name: String,
    /// Reserved units were not counted: add them
    #[arg(long)]
    without_reserved: bool,
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
        let way = Counting {
            unknown: Unknown::of(session, ask, &lines).await?,
            name: self.name.clone(),
            without_reserved: self.without_reserved,
            validate_only: ask == Ask::ToValidate,
        };
        doing.carry(session, &way, lines, began).await
    }
}

struct Counting {
    unknown: Unknown,
    name: String,
    without_reserved: bool,
    validate_only: bool,
}

impl Way for Counting {
    type Told = Counted;
    type Request = CountStockRequest;
    const KIND: Kind = Kind::Stock;
    const CALL: &'static str = "CountStock";
    const WORDS: Words = Words {
        one: "count",
        done: "recorded",
        key: "counts",
    };

    fn acts(&self, rows: Vec<u64>, told: Counted) -> Vec<Act<CountStockRequest>> {
        let named = rows.into_iter().map(|row| Row {
            row,
            document: told.location.to_string(),
            sku: told.sku.to_string(),
        });
        let named: Vec<Row> = named.collect();
        let why = self
            .unknown
            .why(&mut std::iter::once((&told.sku, Some(&told.location))));
        vec![match why {
            Some((reason, detail)) => Act::Leave(named, reason, detail),
            None => Act::Ask(
                named,
                CountStockRequest {
                    count_id: told.id(&self.name),
                    location_id: told.location.to_string(),
                    lines: vec![CountedSku {
                        sku: told.sku.to_string(),
                        counted: told.counted.into(),
                    }],
                    without_reserved: self.without_reserved,
                    validate_only: self.validate_only,
                    ..CountStockRequest::default()
                },
            ),
        }]
    }

    fn items(&self) -> &Items {
        &self.unknown.items
    }

    async fn ask(
        &self,
        mut client: InventoryServiceClient<Channel>,
        request: CountStockRequest,
    ) -> Result<Answered, Status> {
        let answer = client.count_stock(request).await?.into_inner();
        Ok(Answered {
            revision: answer.revision,
            repeated: answer.repeated,
            validated: answer.validated,
        })
    }
}
