//! `supplier item` and `supplier items`: what a supplier calls our items, and on which terms they
//! sell them.

use api::supplier_gateway::v1::{
    Cost, DefineSupplierItemRequest, ListSupplierItemsRequest, SupplierItem,
};
use chassis::wire::{stamp, whole_ms};
use clap::Args;
use domain::decider::Room;
use domain::ids::Currency;
use domain::money;

use super::po::buying::Word;
use crate::output::{decided, many};
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::units;
use crate::words::{self, Moment};
use crate::zone;

/// Say what a supplier calls an item and on which terms they sell it, instead of what was said
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder supplier item acme BOLT --called A-77 --gtin 4006381333931
  backorder supplier item acme BOLT --called A-77 --pack CA=12 \\
    --minimum 24 --multiple 12 --lead-time-days 9 --cost 1.20

All that is true of it now is given: what is left out is no longer so. By their
number and the GTINs their messages are understood, and ours are written. What
is ordered for inventory's requests keeps to the smallest quantity and the
multiple; what a person orders is what they say.")]
pub(crate) struct Item {
    /// The supplier
    supplier: String,
    /// Our item
    sku: String,
    /// Their number of it
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "",
        hide_default_value = true
    )]
    called: String,
    /// A GTIN, EAN, UPC or ISBN of it or of a pack of it; may be given several times
    #[arg(long = "gtin", value_name = "DIGITS")]
    gtins: Vec<String>,
    /// How many units a pack of theirs holds, by the code of their messages; may be given several
    /// times
    #[arg(long = "pack", value_name = "CODE=UNITS", value_parser = pack)]
    packs: Vec<(String, u32)>,
    /// The smallest quantity that they sell, in the item's unit
    #[arg(long, value_name = "QUANTITY")]
    minimum: Option<String>,
    /// They sell multiples of this quantity, in the item's unit
    #[arg(long, value_name = "QUANTITY")]
    multiple: Option<String>,
    /// Days from order to delivery [default: as of the supplier]
    #[arg(long, value_name = "DAYS")]
    lead_time_days: Option<u32>,
    /// What one unit costs
    #[arg(long, value_name = "PRICE")]
    cost: Option<String>,
    /// Currency of the cost
    #[arg(long, default_value = "EUR", requires = "cost")]
    currency: String,
    /// The last day on which the cost holds
    #[arg(long, value_name = "DATE", value_parser = words::time, requires = "cost")]
    until: Option<Moment>,
    #[command(flatten)]
    word: Word,
    /// Id of this definition, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

/// List what suppliers call our items, and on which terms they sell them
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder supplier items --supplier acme
  backorder supplier items --sku BOLT -o json")]
pub(crate) struct Items {
    /// Only of this supplier
    #[arg(long, default_value = "", hide_default_value = true)]
    supplier: String,
    /// Only of this item
    #[arg(long, default_value = "", hide_default_value = true)]
    sku: String,
    #[command(flatten)]
    paging: Paging,
}

/// Reads `CODE=UNITS`.
fn pack(text: &str) -> Result<(String, u32), String> {
    let wrong = || "write a code and how many units it holds: CA=12".to_owned();
    let (code, units) = text.split_once('=').ok_or_else(wrong)?;
    let units = units.parse().map_err(|_| wrong())?;
    Ok((code.to_owned(), units))
}

impl Item {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        units::learn(session, [self.sku.as_str()]).await?;
        let quantity = |asked: &Option<String>, option: &str| match asked {
            None => Ok(0),
            Some(text) => units::read(&self.sku, text, option),
        };
        let cost = match &self.cost {
            None => None,
            Some(text) => Some(Cost {
                unit_minor: words::price(text, &self.currency, "--cost")?,
                currency: self.currency.clone(),
                valid_until: self.until.map(|day| stamp(day.by())),
            }),
        };
        let item = SupplierItem {
            supplier_id: self.supplier.clone(),
            sku: self.sku.clone(),
            minimum: quantity(&self.minimum, "--minimum")?,
            multiple: quantity(&self.multiple, "--multiple")?,
            supplier_sku: self.called,
            gtins: self.gtins,
            packs: self.packs.into_iter().collect(),
            lead_time_days: self.lead_time_days,
            cost,
        };
        let request = DefineSupplierItemRequest {
            definition_id: self.id,
            item: Some(item),
            source: self.word.source(),
            validate_only: self.word.dry_run,
            at_least_revision: 0,
        };
        let doors = &session.doors;
        let mut client = doors.suppliers()?;
        let call = client.define_supplier_item(request);
        let done = doors
            .ask(Room::SupplierGateway, "DefineSupplierItem", call)
            .await?;
        session.out.show(&done, |done| {
            let stands = decided(done.revision, done.repeated, done.validated);
            format!("item {} of {} {stands}", self.sku, self.supplier)
        });
        Ok(())
    }
}

impl Items {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let listing = self
            .paging
            .gather(|size, token| page(session, (&self.supplier, &self.sku), size, token))
            .await?;
        let skus = listing.items.iter().map(|it| it.sku.as_str());
        units::learn_to_show(session, skus).await;
        let columns = ["supplier", "sku", "they call it", "terms"];
        session.out.list("items", &listing, &columns, |it| {
            let theirs = Some(&it.supplier_sku).filter(|name| !name.is_empty());
            let names: Vec<&str> = theirs
                .into_iter()
                .chain(&it.gtins)
                .map(String::as_str)
                .collect();
            vec![
                it.supplier_id.clone(),
                it.sku.clone(),
                names.join(", "),
                terms(it).join(", "),
            ]
        });
        Ok(())
    }
}

/// One page of items of suppliers: these, of all or of one supplier, and of all or of one SKU.
async fn page(
    session: &Session,
    (supplier, sku): (&str, &str),
    page_size: i32,
    page_token: String,
) -> Result<(Vec<SupplierItem>, String, u64), Problem> {
    let request = ListSupplierItemsRequest {
        supplier_id: supplier.to_owned(),
        sku: sku.to_owned(),
        page_size,
        page_token,
        at_least_revision: 0,
    };
    let mut client = session.doors.suppliers()?;
    let call = client.list_supplier_items(request);
    let page = session
        .doors
        .ask(Room::SupplierGateway, "ListSupplierItems", call)
        .await?;
    Ok((page.items, page.next_page_token, page.revision))
}

/// All items of a supplier.
pub(in crate::commands) async fn all_of(
    session: &Session,
    supplier: &str,
) -> Result<Vec<SupplierItem>, Problem> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let (items, next, _) = page(session, (supplier, ""), PAGE, token).await?;
        all.extend(items);
        if next.is_empty() {
            return Ok(all);
        }
        token = next;
    }
}

/// Items of a page: the most that there may be.
const PAGE: i32 = 500;

/// The terms, in words.
fn terms(of: &SupplierItem) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    if of.minimum > 0 {
        terms.push(format!("at least {}", units::shown(&of.sku, of.minimum)));
    }
    if of.multiple > 0 {
        terms.push(format!("by {}", units::shown(&of.sku, of.multiple)));
    }
    let mut packs: Vec<(&String, &u32)> = of.packs.iter().collect();
    packs.sort();
    terms.extend(
        packs
            .into_iter()
            .map(|(code, holds)| format!("{code} of {holds}")),
    );
    if let Some(days) = of.lead_time_days {
        terms.push(many(days, "day"));
    }
    if let Some(cost) = &of.cost {
        let currency = Currency::new(&cost.currency);
        let price = currency.map_or_else(
            || money::decimal_of_sum(cost.unit_minor),
            |currency| money::decimal(cost.unit_minor, currency),
        );
        let until = cost.valid_until.and_then(|until| whole_ms(until).ok());
        let until = until.map(|until| format!(" until {}", zone::date(until)));
        terms.push(format!(
            "{price} {}{}",
            cost.currency,
            until.unwrap_or_default()
        ));
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn a_pack_is_a_code_and_how_many_units_it_holds() {
        assert_eq!(pack("CA=12"), Ok(("CA".into(), 12)));
        for other in ["CA", "CA=", "CA=twelve", "=12x"] {
            assert!(pack(other).is_err(), "{other}");
        }
    }
}
