//! `import receipts`: deliveries that came in.

use api::inventory::v1::{ReceiveStockRequest, SkuQuantity};
use clap::Args;
use import::{Date, Delivered, Delivery, Kind, ReadAs, Reason};

use super::call::{Act, Asked, Call, Row};
use super::doing::{Doing, Page, began, or_offline};
use super::known::{Unknown, placed_at};
use crate::commands::import::carry::Ask;
use crate::commands::import::page::Words;
use crate::commands::import::reading::Times;
use crate::problem::Problem;
use crate::session::Session;

const WORDS: Words = Words {
    kind: Kind::Receipts,
    one: "receipt",
    done: "recorded",
    key: "receipts",
};

/// Import deliveries from a CSV file; the same file again receives nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import receipts deliveries.csv --at main --dry-run
  backorder import receipts deliveries.csv --report report.csv
  backorder import receipts in.csv --columns delivery=Note,quantity=Received",
    after_help = "\
A row is a line of a delivery. Columns: a `plain` file has delivery (its
number), sku and quantity, and perhaps location, date, supplier, line and
purchase_order; say --at for deliveries that name no location. Quantities are
in the item's unit.

A delivery comes whole or not at all: one cell that cannot be read, one item
or location that nobody has defined, or one line that inventory refuses leaves
all its rows. Every line is asked about before the first is received. They
must agree on the day, and a blank cell says what another row of the delivery
does; but name its supplier in all rows or in none. A day that is still to
come is no receipt.

A line is known by its delivery, supplier, number and item, and by which of
those that are called alike it is; give them alike in each file. The same file
again receives nothing, and a delivery with a line that now says another
quantity is left, so that nothing is received twice. A line that is added
later comes in."
)]
pub(crate) struct Receive {
    /// Location of deliveries that name none
    #[arg(long, value_name = "LOCATION")]
    at: Option<String>,
    #[command(flatten)]
    pub(super) doing: Doing,
    #[command(flatten)]
    times: Times,
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
        let unknown = Unknown::of(session, ask, &lines).await?;
        let act = |_rows: Vec<u64>, told: Delivery| receive(&told, today, &unknown);
        let told = Page {
            words: &WORDS,
            items: &unknown.items,
            began,
        };
        doing.carry(session, lines, act, &told).await
    }
}

/// What is to be done about a delivery. Each of its lines is a receipt, so that one that is added
/// later can come as well.
fn receive(told: &Delivery, today: Date, unknown: &Unknown) -> Act {
    let lines = || told.lines.iter().map(|(_, line)| line);
    let day = lines().find_map(|line| line.day);
    let named = lines().map(|line| (&line.sku, line.location.as_ref()));
    let why = match day.filter(|day| *day > today) {
        Some(day) => Some((Reason::NotYet, format!("{day} is still to come"))),
        None => unknown.why(named),
    };
    let row = |row, line: &Delivered| Row {
        row,
        document: line.delivery.clone(),
        sku: line.sku.to_string(),
    };
    let lines = told.lines.iter();
    if let Some((reason, detail)) = why {
        let rows = lines.map(|(number, line)| row(*number, line));
        return Act::Leave(rows.collect(), reason, detail);
    }
    let asked = lines.map(|(number, line)| Asked {
        rows: vec![row(*number, line)],
        call: Call::ReceiveStock(receipt(line)),
    });
    Act::Ask(asked.collect())
}

fn receipt(line: &Delivered) -> ReceiveStockRequest {
    let text = |id: Option<String>| id.unwrap_or_default();
    ReceiveStockRequest {
        receipt_id: line.id(),
        location_id: text(line.location.as_ref().map(ToString::to_string)),
        purchase_order_id: text(line.purchase_order.as_ref().map(ToString::to_string)),
        lines: vec![SkuQuantity {
            sku: line.sku.to_string(),
            quantity: line.quantity,
        }],
        ..ReceiveStockRequest::default()
    }
}
