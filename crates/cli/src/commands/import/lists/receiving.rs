//! `import receipts`: deliveries that came in.

use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{ReceiveStockRequest, SkuQuantity};
use clap::Args;
use import::{Delivery, Kind, ReadAs, Reason};
use tonic::Status;
use tonic::transport::Channel;

use super::doing::{Act, Answered, Doing, Row, Unknown, Way, began, or_offline, placed_at};
use crate::commands::import::carry::Ask;
use crate::commands::import::items::Items;
use crate::commands::import::page::Words;
use crate::commands::import::reading::Times;
use crate::problem::Problem;
use crate::session::Session;

/// Import deliveries from a CSV file; the same file again receives nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import receipts deliveries.csv --at main --dry-run
  backorder import receipts deliveries.csv --report report.csv
  backorder import receipts in.csv --columns delivery=Note,quantity=Received",
    after_help = "\
A row is a line of a delivery. Columns: delivery (its number), sku and
quantity, and perhaps location, date, supplier, line and purchase_order; say
--at for deliveries that name no location. Quantities are in the item's unit.

A delivery comes whole or not at all: one cell that cannot be read, or one
item or location that nobody has defined, leaves all its rows. They must agree
on the day, and a blank cell says what another row of the delivery does. A day
that is still to come is no receipt.

A line is known by its delivery, supplier, number and item, and by which of
those that are called alike it is: the same file again receives nothing, and a
line that now says another quantity is left, and not received twice."
)]
pub(crate) struct Receive {
    #[command(flatten)]
    pub(super) doing: Doing,
    #[command(flatten)]
    times: Times,
    /// Location of deliveries that name none
    #[arg(long, value_name = "LOCATION")]
    at: Option<String>,
}

impl Receive {
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
        let list = doing.open(session, Kind::Receipts, how).await?;
        let at = placed_at(&list, self.at.as_deref())?;
        let lines = doing.read(list, |list, read| list.receipts(at.as_ref(), read))?;
        let way = Receiving {
            unknown: Unknown::of(session, ask, &lines).await?,
            today,
            validate_only: ask == Ask::ToValidate,
        };
        doing.carry(session, &way, lines, began).await
    }
}

struct Receiving {
    unknown: Unknown,
    today: import::Date,
    validate_only: bool,
}

impl Way for Receiving {
    type Told = Delivery;
    type Request = ReceiveStockRequest;
    const KIND: Kind = Kind::Receipts;
    const CALL: &'static str = "ReceiveStock";
    const WORDS: Words = Words {
        one: "receipt",
        done: "recorded",
        key: "receipts",
    };

    fn acts(&self, _rows: Vec<u64>, told: Delivery) -> Vec<Act<ReceiveStockRequest>> {
        let lines = &told.lines;
        let mut named = lines
            .iter()
            .map(|(_, line)| (&line.sku, line.location.as_ref()));
        let day = lines.iter().find_map(|(_, line)| line.day);
        let why = match day.filter(|day| *day > self.today) {
            Some(day) => Some((Reason::NotYet, format!("{day} is still to come"))),
            None => self.unknown.why(&mut named),
        };
        let acts = told.lines.into_iter().map(|(row, line)| {
            let row = vec![Row {
                row,
                document: line.delivery.clone(),
                sku: line.sku.to_string(),
            }];
            if let Some((reason, detail)) = &why {
                return Act::Leave(row, *reason, detail.clone());
            }
            let request = ReceiveStockRequest {
                receipt_id: line.id(),
                location_id: line.location.map_or_else(String::new, |it| it.to_string()),
                purchase_order_id: line
                    .purchase_order
                    .map_or_else(String::new, |it| it.to_string()),
                lines: vec![SkuQuantity {
                    sku: line.sku.to_string(),
                    quantity: line.quantity,
                }],
                validate_only: self.validate_only,
                ..ReceiveStockRequest::default()
            };
            Act::Ask(row, request)
        });
        acts.collect()
    }

    fn items(&self) -> &Items {
        &self.unknown.items
    }

    async fn ask(
        &self,
        mut client: InventoryServiceClient<Channel>,
        request: ReceiveStockRequest,
    ) -> Result<Answered, Status> {
        let answer = client.receive_stock(request).await?.into_inner();
        Ok(Answered {
            revision: answer.revision,
            repeated: answer.repeated,
            validated: answer.validated,
        })
    }
}
