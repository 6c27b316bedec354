//! `supplier`: who sells to us.

use api::supplier_gateway::v1::define_supplier_request::Adapter;
use api::supplier_gateway::v1::{ByHand, DefineSupplierRequest, ListSuppliersRequest, Simulated};
use clap::{Args, Subcommand};
use domain::decider::Room;

use super::po::Impact;
use super::supplier_item::{Item, Items};
use crate::output::recorded;
use crate::problem::Problem;
use crate::session::{Paging, Session};

/// Define and list suppliers, and ask what their word would change
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder supplier define acme --name \"Acme Ltd\" --lead-time-days 14
  backorder supplier list
  backorder supplier item acme BOLT --called A-77 --gtin 4006381333931
  backorder supplier items --supplier acme
  backorder supplier impact po-7 --delay 9d")]
pub(crate) enum Supplier {
    Define(Define),
    List(List),
    Item(Box<Item>),
    Items(Items),
    Impact(Impact),
}

/// Define a supplier with whom a person talks, or a simulated one
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder supplier define acme --name \"Acme Ltd\" --lead-time-days 14
  backorder supplier define acme --lead-time-days 14 --cutoff-hour 16 \\
    --simulated --seed 7 --spread-days 3 --late 20 --part 10 --short 5 \\
    --reject 2

What a supplier says of a purchase order is typed in with `backorder po
confirm`, `delay`, `ship`, `arrive`, `reject` and `close`. A simulated one, for
demonstrations and tests, says it by itself; what follows from the seed.")]
pub(crate) struct Define {
    /// The supplier
    supplier: String,
    /// Name [default: the id of the supplier]
    #[arg(long)]
    name: Option<String>,
    /// Usual lead time in days
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    lead_time_days: u32,
    /// Hour of the day at which all requests go out on one purchase order
    #[arg(long, value_name = "HOUR", value_parser = clap::value_parser!(u32).range(0..=23))]
    cutoff_hour: Option<u32>,
    /// The supplier exists in the computer only, and behaves as the options below say
    #[arg(long)]
    simulated: bool,
    /// Same seed, same behaviour
    #[arg(long, requires = "simulated", default_value_t = 0)]
    seed: u64,
    /// Days by which deliveries vary, either way
    #[arg(long, requires = "simulated", value_name = "DAYS", default_value_t = 0)]
    spread_days: u32,
    /// Percentage of purchase orders that are announced late
    #[arg(
        long,
        requires = "simulated",
        value_name = "PERCENT",
        default_value_t = 0,
        value_parser = percent()
    )]
    late: u32,
    /// Percentage of lines that arrive in two deliveries
    #[arg(
        long,
        requires = "simulated",
        value_name = "PERCENT",
        default_value_t = 0,
        value_parser = percent()
    )]
    part: u32,
    /// Percentage of lines that arrive short
    #[arg(
        long,
        requires = "simulated",
        value_name = "PERCENT",
        default_value_t = 0,
        value_parser = percent()
    )]
    short: u32,
    /// Percentage of lines that are rejected
    #[arg(
        long,
        requires = "simulated",
        value_name = "PERCENT",
        default_value_t = 0,
        value_parser = percent()
    )]
    reject: u32,
    /// Id of this definition, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

/// List suppliers
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder supplier list
  backorder supplier list -o json")]
pub(crate) struct List {
    #[command(flatten)]
    paging: Paging,
}

fn percent() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(0..=100)
}

impl Supplier {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Define(define) => define.run(session).await,
            Self::List(list) => list.run(session).await,
            Self::Item(item) => item.run(session).await,
            Self::Items(items) => items.run(session).await,
            Self::Impact(impact) => impact.run(session).await,
        }
    }
}

impl Define {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let simulated = Simulated {
            seed: self.seed,
            spread_days: self.spread_days,
            late_percent: self.late,
            part_percent: self.part,
            short_percent: self.short,
            reject_percent: self.reject,
        };
        let adapter = if self.simulated {
            Adapter::Simulated(simulated)
        } else {
            Adapter::ByHand(ByHand {})
        };
        let request = DefineSupplierRequest {
            definition_id: self.id,
            supplier_id: self.supplier.clone(),
            name: self.name.unwrap_or_else(|| self.supplier.clone()),
            lead_time_days: self.lead_time_days,
            cutoff_hour: self.cutoff_hour,
            adapter: Some(adapter),
            at_least_revision: 0,
        };
        let mut client = doors.suppliers()?;
        let done = doors
            .ask(
                Room::SupplierGateway,
                "DefineSupplier",
                client.define_supplier(request),
            )
            .await?;
        session.out.show(&done, |done| {
            format!(
                "supplier {} {}",
                self.supplier,
                recorded(done.revision, done.repeated)
            )
        });
        Ok(())
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.suppliers()?);
        let page = |page_size, page_token| {
            let request = ListSuppliersRequest {
                page_size,
                page_token,
                at_least_revision: 0,
            };
            let mut client = client.clone();
            async move {
                let call = client.list_suppliers(request);
                let page = doors
                    .ask(Room::SupplierGateway, "ListSuppliers", call)
                    .await?;
                Ok((page.suppliers, page.next_page_token, page.revision))
            }
        };
        let listing = self.paging.gather(page).await?;
        let columns = ["supplier", "lead days", "cutoff", "open orders", "name"];
        session
            .out
            .list("suppliers", &listing, &columns, |supplier| {
                let cutoff = supplier.cutoff_hour.map(|hour| format!("{hour:02}:00"));
                vec![
                    supplier.supplier_id.clone(),
                    supplier.lead_time_days.to_string(),
                    cutoff.unwrap_or_else(|| "at once".into()),
                    supplier.open_purchase_orders.to_string(),
                    supplier.name.clone(),
                ]
            });
        Ok(())
    }
}
