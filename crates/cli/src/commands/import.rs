//! `import`: what stands in a file becomes orders.

mod account;
mod carry;
mod placing;
mod tries;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use import::{ColumnMap, Entries, Source, SourceError};

use crate::problem::{Exit, Problem};
use crate::session::Session;
use account::Account;
use carry::Carrier;

/// Import a file
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder import orders orders.csv --dry-run
  backorder import orders orders.csv.gz --report report.csv")]
pub(crate) enum Import {
    Orders(Orders),
}

/// Import orders from a CSV file, also gzipped; the same file again places nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import orders orders.csv --dry-run --report report.csv
  backorder import orders online-retail.csv.gz --columns online-retail --define-items 5000:90
  backorder import orders export.csv --columns order=Nr,sku=Code,quantity=Qty,placed_at=Date",
    after_help = "\
Columns: `plain` reads order, customer, tier, email, channel, country, region, currency,
placed_at, sku, quantity, unit_price, description, of which order, sku, quantity and placed_at are
needed; `online-retail` reads the UCI data set of that name; else say which FIELD is which COLUMN.
Times without a zone are read as UTC. Goods at no price are taken (a gift is owed too), unless the
document names no customer and costs nothing: then it is a correction of stock. A row with a
negative quantity takes back the latest rows of that customer and SKU in the same file.

A run that was interrupted is run again: what was placed is recognised by its number."
)]
pub(crate) struct Orders {
    /// The file
    file: PathBuf,
    /// `plain`, `online-retail`, or FIELD=COLUMN,… [default: chosen by the header]
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    columns: Option<ColumnMap>,
    /// Currency of prices where the file names none [default: the columns' own]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Place nothing; show what would be placed
    #[arg(long)]
    dry_run: bool,
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
}

fn columns(text: &str) -> Result<ColumnMap, String> {
    ColumnMap::declared(text).map_err(|error| error.to_string())
}

impl Import {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Orders(orders) => orders.run(session).await,
        }
    }
}

impl Orders {
    #[allow(
        clippy::disallowed_methods,
        reason = "how long a command took is told by the clock"
    )]
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let began = Instant::now();
        let mut source = Source::open(&self.file, self.columns.clone()).map_err(unread)?;
        if let Some(currency) = &self.currency {
            source = source.in_currency(currency);
        }
        let bar = self.bar(&source);
        let mut account = Account::open(self.report.as_deref())?;
        let mut carrier = Carrier::new(session, self.dry_run, self.at_once, self.define_items)?;
        let read = source.bytes_read();
        for entry in Entries::new(source) {
            carrier.take(entry.map_err(unread)?, &mut account).await?;
            bar.set_position(read.load(std::sync::atomic::Ordering::Relaxed));
            bar.set_message(account.progress());
        }
        carrier.finish(&mut account).await?;
        bar.finish_and_clear();
        account.close(session.out, self.dry_run, began.elapsed())
    }

    /// On standard error, and only if that is a terminal.
    fn bar(&self, source: &Source) -> indicatif::ProgressBar {
        let bytes = std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let bar = indicatif::ProgressBar::new(bytes);
        let style =
            indicatif::ProgressStyle::with_template("{bar:32} {percent:>3}% {eta:>4} {msg}");
        bar.set_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()));
        bar.println(format!("columns: {}", source.map().name));
        bar
    }
}

fn unread(error: SourceError) -> Problem {
    let next = match &error {
        SourceError::Open { .. } => "check the path",
        SourceError::Columns { .. } | SourceError::Unrecognised { .. } => {
            "name the columns: --columns order=…,sku=…,quantity=…,placed_at=…"
        }
        SourceError::Read { .. } => "mend the file and run again: what was placed stays placed",
    };
    let problem = Problem::caused(&anyhow::Error::from(error), "the file", next);
    Problem {
        exit: Exit::Usage,
        ..problem
    }
}
