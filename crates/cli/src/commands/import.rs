//! `import`: what stands in a file becomes orders, items, counts and receipts.

mod account;
mod back;
mod before;
mod carry;
mod items;
mod lists;
mod page;
mod placing;
mod reading;
mod tries;
mod unread;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use import::{Entries, Kind, ReadAs, Source};

use crate::problem::{Exit, Problem};
use crate::session::Session;
use account::Account;
use carry::{Ask, Carrier};
use items::Items;
use lists::{BuyIn, CountIn, DefineItems, Receive};
use reading::Reading;
use unread::{bar, unread};

/// Import a file
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder import items items.csv --backorderable 1000:60
  backorder import stock stock.csv --at main
  backorder import orders orders.csv --dry-run
  backorder import receipts deliveries.csv --report report.csv
  backorder import purchase-orders open.csv --supplier acme")]
pub(crate) enum Import {
    Orders(Box<Orders>),
    Items(Box<DefineItems>),
    Stock(Box<CountIn>),
    Receipts(Box<Receive>),
    PurchaseOrders(Box<BuyIn>),
}

/// Import orders from a CSV file, also gzipped; the same file again places nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import orders orders.csv --dry-run --report report.csv
  backorder import orders shopify.csv --define-items 5000:90
  backorder import orders etsy.csv --date-format mdy --time-zone Europe/Paris
  backorder import orders my.csv --columns order=Nr,sku=Code,quantity=Qty
  backorder import orders all.csv --history --no-letters   from another shop",
    after_help = "\
The whole file is read before the first order is placed. Rows of one order
may stand anywhere in it; they must agree on customer, e-mail, destination,
currency and day, and a blank cell says what another row of the order does.
An order comes whole or not at all: one cell that cannot be read leaves all
its rows. What may mean two things (1.250, 11/03/26) is asked.

Columns: exports of Shopify, WooCommerce, Amazon, Etsy and eBay and the UCI
data set are known by their headers (presets `shopify`, `woocommerce`,
`amazon`, `etsy`, `ebay`, `online-retail`). A `plain` file has order, sku,
quantity and placed_at, and may have customer, tier, email, channel, country,
region, currency, unit_price or line_total, description, status,
cancelled_at, done_at. Else say which FIELD is which COLUMN; what you do not
name is read as the header's preset reads it. The case of headers does not
matter.

A row with a negative quantity takes back goods of the order that it names;
if its number is none of an order, the latest goods of that SKU that its
customer bought before. Goods at no price are taken: a gift is owed, too.

Orders that the shop says are done, refunded or cancelled are left. With
--history they are kept as they ended, and so are orders of which the file
says nothing: they take no stock, nobody is written to, and what came back
is told with them. Their items need not be defined. Open ones are placed in
any case; of those that are partly done, place what is still owed.
A run that was interrupted is run again: what was placed is recognised by
its number, and what was taken back by what its row says. Exit code 1: rows
were left, other than by the shop's own word for their order.

A dry run asks the services about each order and each row that takes back,
in the order of the file, and reports of each row what the run would on the
same state; what stock the orders would get is not decided then."
)]
pub(crate) struct Orders {
    /// The file
    file: PathBuf,
    /// Record nothing; ask the services what would become of each row
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: read the file alone, and ask no service
    #[arg(long, requires = "dry_run")]
    offline: bool,
    /// Keep orders that were done elsewhere as history: no stock, no letters
    #[arg(long)]
    history: bool,
    /// Customers know of the orders: no letter says that one waits, until something changes
    #[arg(long)]
    no_letters: bool,
    /// Write the outcome of each row to this file, as CSV
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Define each new SKU before it is ordered: at most CAP units may wait, for at most DAYS days
    #[arg(long, value_name = "CAP:DAYS", value_parser = super::item::cap)]
    define_items: Option<api::inventory::v1::Backorderable>,
    /// Number of orders in flight
    #[arg(long, default_value_t = 64, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_024))]
    at_once: u32,
    #[command(flatten)]
    reading: Reading,
}

impl Import {
    /// Whether no service is asked anything.
    pub const fn is_offline(&self) -> bool {
        let ask = match self {
            Self::Orders(it) => it.ask(),
            Self::Items(it) => it.ask(),
            Self::Stock(it) => it.ask(),
            Self::Receipts(it) => it.ask(),
            Self::PurchaseOrders(it) => it.ask(),
        };
        matches!(ask, Ask::Nobody)
    }

    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Orders(it) => it.run(session).await,
            Self::Items(it) => it.run(session).await,
            Self::Stock(it) => it.run(session).await,
            Self::Receipts(it) => it.run(session).await,
            Self::PurchaseOrders(it) => it.run(session).await,
        }
    }
}

impl Orders {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let dry_run = self.dry_run;
        self.act(session)
            .await
            .map_err(|problem| match problem.exit {
                Exit::Unreachable if dry_run => Problem {
                    next: format!("{}; or read the file alone with --offline", problem.next),
                    ..problem
                },
                Exit::Refused | Exit::Usage | Exit::Unreachable | Exit::Failed | Exit::NotYet => {
                    problem
                }
            })
    }

    const fn ask(&self) -> Ask {
        match (self.dry_run, self.offline) {
            (false, _) => Ask::ToRecord,
            (true, false) => Ask::ToValidate,
            (true, true) => Ask::Nobody,
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "how long a command took is told by the clock"
    )]
    async fn act(self, session: &Session) -> Result<(), Problem> {
        let began = Instant::now();
        let measures = match self.ask() {
            Ask::Nobody => BTreeMap::new(),
            Ask::ToRecord | Ask::ToValidate => items::measures(session).await?,
        };
        let how = ReadAs {
            measures,
            ..self.reading.how(self.history)?
        };
        let source = Source::open(&self.file, how).map_err(|it| unread(Kind::Orders, it))?;
        if let Some(column) = &source.column_map().of_all {
            eprintln!("hint: `{column}` is the price of all units of a row, and is read so");
        }
        for (field, column) in source.overlooked() {
            let field = field.name();
            eprintln!("hint: column `{column}` is not read; --columns '{field}={column}' reads it");
        }
        let mut account = Account::open(self.report.as_deref())?;
        let entries = self.entries(source)?;
        let ask = self.ask();
        let items = match ask {
            Ask::Nobody => Items::default(),
            Ask::ToRecord | Ask::ToValidate => {
                Items::ask(session, entries.items().keys(), self.define_items.is_some()).await?
            }
        };
        if let Some(define) = self.define_items.filter(|_| ask == Ask::ToRecord) {
            items
                .define(session, entries.items(), define, self.at_once)
                .await?;
        }
        let mut carrier = Carrier::new(session, ask, self.no_letters, self.at_once, &items)?;
        let bar = bar(0);
        for entry in entries {
            let entry = entry.map_err(|it| unread(Kind::Orders, it))?;
            carrier.take(entry, &mut account).await?;
            bar.set_message(account.progress());
            bar.tick();
        }
        carrier.finish(&mut account).await?;
        bar.finish_and_clear();
        account.close()?;
        if let Some(zone) = self
            .reading
            .zone_by_default()
            .filter(|_| carrier.from_the_future)
        {
            eprintln!(
                "hint: times without a zone are read as of {zone}; if they are the shop's, \
                 name its own: --time-zone Asia/Shanghai"
            );
        }
        page::tell(&account, &items, session.out, ask, began.elapsed())
    }

    /// Reads the file, with a bar on standard error, and only if that is a terminal.
    fn entries(&self, source: Source) -> Result<Entries, Problem> {
        let bar = bar(std::fs::metadata(&self.file).map_or(0, |file| file.len()));
        bar.println(format!("columns: {}", source.column_map().name));
        let read = source.bytes_read();
        let entries = Entries::watched(source, || {
            bar.set_position(read.load(std::sync::atomic::Ordering::Relaxed));
        });
        bar.finish_and_clear();
        entries.map_err(|it| unread(Kind::Orders, it))
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(subcommand)]
        _import: Import,
    }

    #[test]
    fn help_names_every_preset_and_every_field_of_a_file() {
        let kinds = [
            ("orders", Kind::Orders),
            ("items", Kind::Items),
            ("stock", Kind::Stock),
            ("receipts", Kind::Receipts),
            ("purchase-orders", Kind::Purchases),
        ];
        for (name, kind) in kinds {
            let mut command = Command::command();
            let command = command.find_subcommand_mut(name).unwrap();
            let help = command.render_long_help().to_string();
            let words = help.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let words: std::collections::BTreeSet<&str> = words.collect();
            for field in kind.names() {
                assert!(words.contains(field), "{name} has no {field}: {help}");
            }
            for preset in kind.presets() {
                assert!(help.contains(&format!("`{preset}`")), "{name}: {preset}");
            }
        }
    }
}
