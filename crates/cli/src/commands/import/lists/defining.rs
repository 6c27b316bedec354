//! `import items`: what a shop sells, how it is sold and bought.

use std::collections::{BTreeMap, HashMap};

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{
    Backorderable, DefineItemRequest, ListStockRequest, Replenishment, Stock, StockOnly,
    Substitutable, stock,
};
use clap::Args;
use domain::decider::Room;
use domain::ids::{Key, Sku};
use domain::quantity::Measure;
use import::{Defined, Kind, Lines, ReadAs, Reason, Sold};
use tonic::Status;
use tonic::transport::Channel;

use super::doing::{Act, Answered, Doing, Row, Way, began, or_offline};
use crate::commands::import::carry::Ask;
use crate::commands::import::items::{Items, bare};
use crate::commands::import::page::Words;
use crate::commands::import::tries::again;
use crate::commands::item::typed_cap;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// How many items one page of inventory has.
const PAGE: i32 = 500;
/// Days from order to delivery where nobody says.
const LEAD_TIME_DAYS: u32 = 14;

/// Import items from a CSV file; the same file again defines nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder import items items.csv --backorderable 1000:60 --dry-run
  backorder import items products.csv --stock-only --report report.csv
  backorder import items my.csv --columns sku=Code,description=Name",
    after_help = "\
Columns: sku, and perhaps description, unit, step, sold (backorderable,
substitutable or stock_only), cap, wait_days, substitutes, offer_days,
supplier, reorder_point, order_up_to, pack, lead_time_days, safety_stock.
Exports of products of Shopify and WooCommerce are known by their headers.
Quantities are in the item's unit.

A cell that is blank, or a column that is not there, leaves what is defined as
it is; an item that is so already is not defined again. Rows of one item must
not contradict each other. A SKU that differs from a known one in case, space
or leading zeros alone is left, since a spreadsheet may have made it so; with
--define-alike it is an item of its own."
)]
pub(crate) struct DefineItems {
    #[command(flatten)]
    pub(super) doing: Doing,
    /// New items of which the file does not say how they are sold: at most CAP
    /// units wait at once, for at most DAYS days
    #[arg(long, value_name = "CAP:DAYS", group = "segment", value_parser = typed_cap)]
    backorderable: Option<(String, u32)>,
    /// The same: they are sold from stock only
    #[arg(long, group = "segment")]
    stock_only: bool,
    /// Reorder point and level to order up to, of items that have a supplier and
    /// of which neither is said
    #[arg(long, value_name = "POINT:UP_TO", value_parser = reorder)]
    reorder: Option<(String, String)>,
    /// Define also what looks like a known item
    #[arg(long)]
    define_alike: bool,
}

fn reorder(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':');
    let parts = parts.ok_or_else(|| "write POINT:UP_TO, as in 20:100".to_owned())?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
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
        let way = Defining {
            known: match ask {
                Ask::Nobody => Known::default(),
                Ask::ToRecord | Ask::ToValidate => Known::of(session, &lines).await?,
            },
            validate_only: ask == Ask::ToValidate,
            items: Items::default(),
            options: &self,
        };
        doing.carry(session, &way, lines, began).await
    }
}

/// What is defined of what a list names.
#[derive(Default)]
struct Known {
    revision: u64,
    items: BTreeMap<String, DefineItemRequest>,
    /// SKUs that are not defined, each with the known one that it looks like.
    alike: HashMap<String, String>,
}

impl Known {
    async fn of(session: &Session, lines: &Lines<Defined>) -> Result<Self, Problem> {
        let named = lines.skus();
        let mut near: HashMap<String, Vec<&str>> = HashMap::new();
        for sku in named {
            near.entry(bare(sku.as_str()))
                .or_default()
                .push(sku.as_str());
        }
        let mut known = Self::default();
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
            known.revision = answer.revision;
            for stock in answer.stocks {
                for alike in near.get(&bare(&stock.sku)).into_iter().flatten() {
                    let looks = || stock.sku.clone();
                    known.alike.entry((*alike).to_owned()).or_insert_with(looks);
                }
                if named.contains(&Sku::from(stock.sku.as_str())) {
                    known.items.insert(stock.sku.clone(), definition(stock));
                }
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
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

struct Defining<'a> {
    known: Known,
    validate_only: bool,
    /// Every item that a list of items names is one.
    items: Items,
    options: &'a DefineItems,
}

impl Defining<'_> {
    /// The whole definition: what is said, on what is defined.
    fn whole(&self, told: &Defined) -> Result<DefineItemRequest, String> {
        let known = self.known.items.get(told.sku.as_str());
        let mut whole = known.cloned().unwrap_or_else(|| DefineItemRequest {
            sku: told.sku.to_string(),
            description: told.sku.to_string(),
            step: "1".to_owned(),
            ..DefineItemRequest::default()
        });
        let was = units::measure(&whole.unit, &whole.step);
        let measure = told.measure(&was);
        if known.is_some() && measure.step != was.step {
            recount(&mut whole, &was, &measure)?;
        }
        whole.unit.clone_from(&measure.unit);
        whole.step = measure.step.to_string();
        if let Some(description) = &told.description {
            whole.description.clone_from(description);
        }
        whole.segment = Some(self.segment(told, whole.segment.take(), &measure)?);
        whole.replenishment = self.bought(told, whole.replenishment.as_ref(), &measure)?;
        if let Some(units) = told.safety_stock {
            let mut kept = whole.protection.take().unwrap_or_default();
            kept.safety_stock = units;
            whole.protection = Some(kept).filter(|kept| *kept != Default::default());
        }
        Ok(whole)
    }

    /// What happens to an order when no stock is free.
    fn segment(
        &self,
        told: &Defined,
        known: Option<Segment>,
        measure: &Measure,
    ) -> Result<Segment, String> {
        let implied = match (&told.substitutes, told.cap) {
            (Some(_), _) => Some(Sold::Substitutable),
            (None, Some(_)) => Some(Sold::Backorderable),
            (None, None) => None,
        };
        match told.sold.or(implied) {
            Some(Sold::StockOnly) => Ok(Segment::StockOnly(StockOnly {})),
            Some(Sold::Substitutable) => substitutable(told, known),
            Some(Sold::Backorderable) => self.backorderable(told, known.as_ref(), measure),
            None => match known {
                Some(known) => Ok(known),
                None if self.options.stock_only => Ok(Segment::StockOnly(StockOnly {})),
                None => self.backorderable(told, None, measure),
            },
        }
    }

    fn backorderable(
        &self,
        told: &Defined,
        known: Option<&Segment>,
        measure: &Measure,
    ) -> Result<Segment, String> {
        let known = match known {
            Some(Segment::Backorderable(of)) => Some(of),
            Some(Segment::Substitutable(_) | Segment::StockOnly(_)) | None => None,
        };
        let typed = match &self.options.backorderable {
            Some((cap, days)) => Some((steps(measure, cap)?, *days)),
            None => None,
        };
        let cap = told.cap.or(known.map(|of| of.cap)).or(typed.map(|of| of.0));
        let days = told.wait_days.or(known.map(|of| of.longest_wait_days));
        let days = days.or(typed.map(|of| of.1));
        let (Some(cap), Some(longest_wait_days)) = (cap, days) else {
            return Err(
                "what happens without free stock is not said: columns sold, cap and wait_days, \
                 or --backorderable CAP:DAYS or --stock-only"
                    .to_owned(),
            );
        };
        Ok(Segment::Backorderable(Backorderable {
            cap,
            longest_wait_days,
        }))
    }

    /// How it is bought; not at all, if nobody says from whom.
    fn bought(
        &self,
        told: &Defined,
        known: Option<&Replenishment>,
        measure: &Measure,
    ) -> Result<Option<Replenishment>, String> {
        let supplier = told.supplier.as_ref().map(ToString::to_string);
        let supplier = supplier.or_else(|| known.map(|it| it.supplier_id.clone()));
        let Some(supplier_id) = supplier else {
            let said = [told.reorder_point, told.order_up_to];
            let is_said = said.iter().flatten().any(|units| *units > 0);
            return if is_said {
                Err("it says when to buy, but not from whom: column supplier".to_owned())
            } else {
                Ok(None)
            };
        };
        let typed = match &self.options.reorder {
            Some((point, up_to)) => Some((steps(measure, point)?, steps(measure, up_to)?)),
            None => None,
        };
        let point = told.reorder_point.or(known.map(|it| it.reorder_point));
        let up_to = told.order_up_to.or(known.map(|it| it.order_up_to));
        let (Some(reorder_point), Some(order_up_to)) = (
            point.or(typed.map(|it| it.0)),
            up_to.or(typed.map(|it| it.1)),
        ) else {
            return Err(
                "it has a supplier, but it is not said when to buy: columns reorder_point and \
                 order_up_to, or --reorder POINT:UP_TO"
                    .to_owned(),
            );
        };
        let one = || steps(measure, "1").unwrap_or(1);
        let pack = told.pack.or(known.map(|it| it.pack_size));
        let lead = told.lead_time_days.or(known.map(|it| it.lead_time_days));
        Ok(Some(Replenishment {
            supplier_id,
            reorder_point,
            order_up_to,
            pack_size: pack.unwrap_or_else(one),
            lead_time_days: lead.unwrap_or(LEAD_TIME_DAYS),
        }))
    }
}

fn substitutable(told: &Defined, known: Option<Segment>) -> Result<Segment, String> {
    let known = match known {
        Some(Segment::Substitutable(of)) => Some(of),
        Some(Segment::Backorderable(_) | Segment::StockOnly(_)) | None => None,
    };
    let said = told.substitutes.as_ref();
    let said = said.map(|skus| skus.iter().map(ToString::to_string).collect());
    let stays = known.as_ref().map(|of| of.alternatives.clone());
    let alternatives: Option<Vec<String>> = said.or(stays);
    let alternatives = alternatives.ok_or_else(|| {
        "it is substitutable, but nothing is named instead: column substitutes".to_owned()
    })?;
    Ok(Segment::Substitutable(Substitutable {
        alternatives,
        offer_days: told.offer_days.or(known.and_then(|of| of.offer_days)),
    }))
}

/// So many steps of an item are what is said in its unit.
fn steps(measure: &Measure, text: &str) -> Result<u32, String> {
    let steps = measure.read(text).map_err(|error| error.to_string())?;
    u32::try_from(steps).map_err(|_| format!("{text} is too much"))
}

/// What was defined in steps of one size is told in those of another.
fn recount(whole: &mut DefineItemRequest, was: &Measure, is: &Measure) -> Result<(), String> {
    let again = |units: &mut u32| steps(is, &was.number(*units)).map(|steps| *units = steps);
    if let Some(Segment::Backorderable(of)) = &mut whole.segment {
        again(&mut of.cap)?;
    }
    if let Some(bought) = &mut whole.replenishment {
        again(&mut bought.reorder_point)?;
        again(&mut bought.order_up_to)?;
        again(&mut bought.pack_size)?;
    }
    if let Some(kept) = &mut whole.protection {
        again(&mut kept.safety_stock)?;
        for level in &mut kept.channels {
            again(&mut level.units)?;
        }
        for level in &mut kept.tiers {
            again(&mut level.units)?;
        }
    }
    Ok(())
}

impl Way for Defining<'_> {
    type Told = Defined;
    type Request = DefineItemRequest;
    const KIND: Kind = Kind::Items;
    const CALL: &'static str = "DefineItem";
    const WORDS: Words = Words {
        one: "item",
        done: "defined",
        key: "items",
    };

    fn acts(&self, rows: Vec<u64>, told: Defined) -> Vec<Act<DefineItemRequest>> {
        let named = rows.into_iter().map(|row| Row {
            row,
            document: String::new(),
            sku: told.sku.to_string(),
        });
        let named: Vec<Row> = named.collect();
        let sku = told.sku.as_str();
        let known = self.known.items.get(sku);
        let alike = self.known.alike.get(sku).filter(|_| known.is_none());
        if let Some(alike) = alike.filter(|_| !self.options.define_alike) {
            let detail =
                format!("{sku} is not defined, but {alike} is: mend it, or --define-alike");
            return vec![Act::Leave(named, Reason::LooksKnown, detail)];
        }
        vec![match self.whole(&told) {
            Err(detail) => Act::Leave(named, Reason::BadItem, detail),
            Ok(whole) if known == Some(&whole) => Act::AsItIs(named),
            Ok(whole) => {
                // One call that is sent again is the same; another run asks anew what is defined.
                let said = format!("{} {whole:?}", self.known.revision);
                let id = format!("items {:032x}", Key::of("import items", &said).0);
                Act::Ask(
                    named,
                    DefineItemRequest {
                        definition_id: id,
                        validate_only: self.validate_only,
                        ..whole
                    },
                )
            }
        }]
    }

    fn items(&self) -> &Items {
        &self.items
    }

    async fn ask(
        &self,
        mut client: InventoryServiceClient<Channel>,
        request: DefineItemRequest,
    ) -> Result<Answered, Status> {
        let answer = client.define_item(request).await?.into_inner();
        Ok(Answered {
            revision: answer.revision,
            repeated: answer.repeated,
            validated: answer.validated,
        })
    }
}
