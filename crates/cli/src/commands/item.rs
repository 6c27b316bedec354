//! `item`: what items are.

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::{
    Backorderable, ChannelLevel, DefineItemRequest, GetStockRequest, Protection, RenameItemRequest,
    Replenishment, StockOnly, Substitutable, TierLevel,
};
use chassis::wire::stamp;
use clap::{Args, Subcommand};
use domain::decider::Room;
use domain::quantity::Step;

use super::stock;
use super::word::Word;
use crate::output::decided;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;
use crate::words::{self, Moment};

/// Define and show items
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder item define BOLT --backorderable 1000:60
  backorder item show BOLT
  backorder item rename BOLT BOLT-M8 --reason \"new catalogue\" --by eva
  backorder item list")]
pub(crate) enum Item {
    Define(Box<Define>),
    Rename(Rename),
    Show(Show),
    List(List),
}

/// Define an item: how it is sold and how it is bought
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder item define BOLT --backorderable 1000:60
  backorder item define BOLT --description \"Bolt, M8\" \\
    --backorderable 1000:60 --supplier acme --reorder-point 50 \\
    --order-up-to 200 --pack 10 --lead-time-days 14
  backorder item define LENS --substitutes LENS2,LENS3 --offer-days 14
  backorder item define CLOTH --unit m --step 0.01 --backorderable 500:60
  backorder item define LAST --stock-only
  backorder item define LENS --backorderable 500:60 --safety-stock 5 \\
    --keep-for-channel shop:20 --keep-for-tier gold:10
  backorder item define TOY --backorderable 5000:60 --fair-share
  backorder item define GIFT --backorderable 500:60 --reserve-days-before 7
  backorder item define ALBUM --backorderable 500:60 --releases 2027-03-01")]
pub(crate) struct Define {
    /// The item
    sku: String,
    /// Description [default: the SKU]
    #[arg(long)]
    description: Option<String>,
    /// What a unit of it is called, such as m or kg
    #[arg(long, default_value = "", hide_default_value = true)]
    unit: String,
    /// Smallest quantity that is sold, such as 0.01: quantities are whole numbers of
    /// it [default: 1]
    #[arg(long, default_value = "", hide_default_value = true)]
    step: String,
    /// Backorderable: at most CAP units wait at once, for at most DAYS days
    #[arg(long, value_name = "CAP:DAYS", group = "segment", value_parser = typed_cap)]
    backorderable: Option<(String, u32)>,
    /// Substitutable: offer these SKUs instead, the best first
    #[arg(long, value_name = "SKU,…", group = "segment", value_delimiter = ',')]
    substitutes: Vec<String>,
    /// Days for which the offer stands; 0: name the substitutes and refuse [default: 7]
    #[arg(long, value_name = "DAYS", requires = "substitutes")]
    offer_days: Option<u32>,
    /// Sold from stock only
    #[arg(long, group = "segment")]
    stock_only: bool,
    /// Supplier [default: it is not bought again]
    #[arg(long, requires_all = ["reorder_point", "order_up_to"])]
    supplier: Option<String>,
    /// Reorder point: request more at this inventory position or below
    #[arg(long, value_name = "UNITS", requires = "supplier")]
    reorder_point: Option<String>,
    /// Order up to this inventory position
    #[arg(long, value_name = "UNITS", requires = "supplier")]
    order_up_to: Option<String>,
    /// Units in a pack
    #[arg(long, value_name = "UNITS", default_value = "1")]
    pack: String,
    /// Days from order to delivery
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    lead_time_days: u32,
    /// Fair share: divide stock in proportion to open quantity instead of by rank
    #[arg(long, conflicts_with_all = ["keep_for_channel", "keep_for_tier"])]
    fair_share: bool,
    /// Safety stock: units that are assigned to nobody
    #[arg(long, value_name = "UNITS", default_value = "0")]
    safety_stock: String,
    /// Units protected for the orders of a channel; can be repeated
    #[arg(long, value_name = "CHANNEL:UNITS", value_parser = level)]
    keep_for_channel: Vec<(String, String)>,
    /// Units protected for the customers of a tier; can be repeated
    #[arg(long, value_name = "TIER:UNITS", value_parser = level)]
    keep_for_tier: Vec<(String, String)>,
    /// Days before the wanted date from which stock is reserved; until then it goes to
    /// those who may have it now [default: at once]
    #[arg(long, value_name = "DAYS")]
    reserve_days_before: Option<u32>,
    /// Pre-order: nothing is assigned or sent to the floor before this day
    #[arg(long, value_name = "DATE", value_parser = words::time)]
    releases: Option<Moment>,
    /// Id of this definition, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
    /// Ask whether the definition would be taken; record nothing
    #[arg(long)]
    dry_run: bool,
}

/// Give an item another SKU; its stock and its orders stay its own
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder item rename BOLT BOLT-M8 --reason \"new catalogue\" --by eva
  backorder item rename BOLT BOLT-M8 --reason typo --by eva --dry-run

Who waits keeps their place, and purchase orders go on. Nothing else ever has
the SKU that it gives up: orders that name it are refused with the new one, and
receipts, shipments, picks, counts and suppliers that name it are understood.
An item that comes instead of another one: `backorder discontinue`.")]
pub(crate) struct Rename {
    /// Its SKU
    sku: String,
    /// The SKU that it is to have
    to: String,
    #[command(flatten)]
    word: Word,
}

/// Show one item and its stock
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder item show BOLT
  backorder item show BOLT -o json")]
pub(crate) struct Show {
    /// Which
    sku: String,
}

/// List all items and their stock
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder item list
  backorder item list --limit 500 -o json")]
pub(crate) struct List {
    #[command(flatten)]
    paging: crate::session::Paging,
}

/// What is typed of an item is in its unit, which the same command names.
pub(crate) fn typed_cap(text: &str) -> Result<(String, u32), String> {
    let wrong = || "write CAP:DAYS, as in 1000:60".to_owned();
    let (cap, days) = text.split_once(':').ok_or_else(wrong)?;
    let days = days.parse().map_err(|_| wrong())?;
    Ok((cap.to_owned(), days))
}

pub(super) fn cap(text: &str) -> Result<Backorderable, String> {
    let wrong = || "write CAP:DAYS, as in 1000:60".to_owned();
    let (cap, days) = text.split_once(':').ok_or_else(wrong)?;
    let cap = cap.parse().map_err(|_| wrong())?;
    let longest_wait_days = days.parse().map_err(|_| wrong())?;
    Ok(Backorderable {
        cap,
        longest_wait_days,
    })
}

/// What comes before the last colon is the name: a name may have one itself.
fn level(text: &str) -> Result<(String, String), String> {
    let wrong = || "write NAME:UNITS, as in shop:20".to_owned();
    let (name, units) = text.rsplit_once(':').ok_or_else(wrong)?;
    Ok((name.to_owned(), units.to_owned()))
}

impl Item {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Define(define) => define.run(session).await,
            Self::Rename(rename) => rename.run(session).await,
            Self::Show(show) => show.run(session).await,
            Self::List(list) => {
                let ordinary = (String::new(), String::new());
                stock::list(session, &list.paging, ordinary).await
            }
        }
    }
}

impl Define {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let sku = self.sku.clone();
        let request = self.request()?;
        let doors = &session.doors;
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "DefineItem", client.define_item(request))
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            format!("item {sku} {stands}")
        });
        Ok(())
    }

    fn request(self) -> Result<DefineItemRequest, Problem> {
        self.check_step()?;
        let segment = self.segment()?;
        let protection = self.protection()?;
        let replenishment = match &self.supplier {
            Some(supplier_id) => {
                let typed = |text: &Option<String>, option| {
                    let text = text.as_deref().unwrap_or("0");
                    self.steps(text, option)
                };
                Some(Replenishment {
                    supplier_id: supplier_id.clone(),
                    reorder_point: typed(&self.reorder_point, "--reorder-point")?,
                    order_up_to: typed(&self.order_up_to, "--order-up-to")?,
                    pack_size: self.steps(&self.pack, "--pack")?,
                    lead_time_days: self.lead_time_days,
                })
            }
            None => None,
        };
        Ok(DefineItemRequest {
            definition_id: self.id,
            description: self.description.unwrap_or_else(|| self.sku.clone()),
            sku: self.sku,
            segment: Some(segment),
            replenishment,
            fair_share: self.fair_share,
            protection,
            unit: self.unit,
            step: self.step,
            reserve_days_before: self.reserve_days_before,
            releases_at: self.releases.map(|day| stamp(day.at())),
            at_least_revision: 0,
            validate_only: self.dry_run,
        })
    }

    /// Before anything is read by it.
    fn check_step(&self) -> Result<(), Problem> {
        if self.step.is_empty() {
            return Ok(());
        }
        Step::new(&self.step).map(|_step| ()).map_err(|error| {
            let what = format!("`{}` {error}", self.step);
            Problem::usage(what, "--step", "give the smallest quantity that is sold")
        })
    }

    /// So many steps of the item are what was typed in its unit.
    fn steps(&self, text: &str, option: &str) -> Result<u32, Problem> {
        let measure = units::measure(&self.unit, &self.step);
        let steps = units::read_of(&measure, &self.sku, text, option)?;
        u32::try_from(steps).map_err(|_| {
            let what = format!("`{text}` is too much");
            Problem::usage(what, option, "give fewer units")
        })
    }

    fn protection(&self) -> Result<Option<Protection>, Problem> {
        let mut protection = Protection {
            safety_stock: self.steps(&self.safety_stock, "--safety-stock")?,
            ..Protection::default()
        };
        for (channel, units) in &self.keep_for_channel {
            protection.channels.push(ChannelLevel {
                channel: channel.clone(),
                units: self.steps(units, "--keep-for-channel")?,
            });
        }
        for (tier, units) in &self.keep_for_tier {
            protection.tiers.push(TierLevel {
                tier: tier.clone(),
                units: self.steps(units, "--keep-for-tier")?,
            });
        }
        Ok((protection != Protection::default()).then_some(protection))
    }

    fn segment(&self) -> Result<Segment, Problem> {
        if let Some((cap, days)) = &self.backorderable {
            return Ok(Segment::Backorderable(Backorderable {
                cap: self.steps(cap, "--backorderable")?,
                longest_wait_days: *days,
            }));
        }
        if !self.substitutes.is_empty() {
            return Ok(Segment::Substitutable(Substitutable {
                alternatives: self.substitutes.clone(),
                offer_days: self.offer_days,
            }));
        }
        if self.stock_only {
            return Ok(Segment::StockOnly(StockOnly {}));
        }
        Err(Problem::usage(
            "it is not said what happens when there is no free stock",
            "item define",
            "give --backorderable CAP:DAYS, --substitutes SKU,… or --stock-only",
        ))
    }
}

impl Rename {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let told = format!("item {} is called {}", self.sku, self.to);
        let request = RenameItemRequest {
            renaming_id: self.word.id,
            sku: self.sku,
            to_sku: self.to,
            reason: self.word.reason,
            by: self.word.by,
            at_least_revision: 0,
            validate_only: self.word.dry_run,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(Room::Inventory, "RenameItem", client.rename_item(request))
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            format!("{told}: {stands}")
        });
        Ok(())
    }
}

impl Show {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = GetStockRequest {
            sku: self.sku,
            at_least_revision: 0,
            ..GetStockRequest::default()
        };
        let mut client = doors.inventory()?;
        let found = doors
            .ask(Room::Inventory, "GetStock", client.get_stock(request))
            .await?;
        stock::tell(session, &found).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        define: Define,
    }

    fn description(words: &[&str]) -> String {
        let words = ["define", "BOLT", "--stock-only"].iter().chain(words);
        let define = Words::try_parse_from(words).unwrap().define;
        define.request().unwrap().description
    }

    #[test]
    fn what_is_typed_of_an_item_is_in_its_unit() {
        let words = "define CLOTH --unit m --step 0.01 --backorderable 12.5:60 --safety-stock 2 \
                     --keep-for-tier gold:1.5 --supplier acme --reorder-point 10 --order-up-to 50 \
                     --pack 25";
        let define = Words::try_parse_from(words.split_whitespace())
            .unwrap()
            .define;
        let asked = define.request().unwrap();
        let Some(Segment::Backorderable(sold)) = asked.segment else {
            panic!("{:?}", asked.segment);
        };
        let (bought, kept) = (asked.replenishment.unwrap(), asked.protection.unwrap());
        assert_eq!(
            (sold.cap, kept.safety_stock, kept.tiers[0].units),
            (1_250, 200, 150)
        );
        let bought = (bought.reorder_point, bought.order_up_to, bought.pack_size);
        assert_eq!(bought, (1_000, 5_000, 2_500));
        let words = "define BOLT --backorderable 1.5:60".split_whitespace();
        let define = Words::try_parse_from(words).unwrap().define;
        assert!(
            define
                .request()
                .unwrap_err()
                .to_string()
                .contains("1 and 2 are")
        );
    }

    #[test]
    fn an_item_that_is_not_described_is_called_by_its_sku() {
        assert_eq!(description(&[]), "BOLT");
        assert_eq!(description(&["--description", "Bolt, M8"]), "Bolt, M8");
    }
}
