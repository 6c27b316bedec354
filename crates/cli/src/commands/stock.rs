//! `stock`: what stock there is.

use api::inventory::v1::stock::Segment;
use api::inventory::v1::{
    GetStockRequest, GetStockResponse, ListStockRequest, Protection, Stock as Known,
    WatchStockRequest,
};
use clap::Args;
use domain::decider::Room;
use domain::quantity::Measure;

use super::supply::{self, Supply};
use crate::output::{Format, many, minute, table};
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::units;

/// Show stock
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder stock
  backorder stock BOLT
  backorder stock BOLT --watch
  backorder stock --channel shop --tier gold      what may be sold to these")]
pub(crate) struct Stock {
    /// Only this item
    sku: Option<String>,
    /// Show it again after each change
    #[arg(long, requires = "sku")]
    watch: bool,
    /// What is available to this sales channel [default: to none in particular]
    #[arg(long, default_value = "", hide_default_value = true)]
    channel: String,
    /// What is available to customers of this tier
    #[arg(long, default_value = "standard")]
    tier: String,
    #[command(flatten)]
    paging: Paging,
}

impl Stock {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let asker = (self.channel, self.tier);
        let Some(sku) = self.sku else {
            return list(session, &self.paging, asker).await;
        };
        if self.watch {
            return watch(session, sku, asker).await;
        }
        let doors = &session.doors;
        let (channel, tier) = asker;
        let request = GetStockRequest {
            sku,
            at_least_revision: 0,
            channel,
            tier,
        };
        let mut client = doors.inventory()?;
        let found = doors
            .ask(Room::Inventory, "GetStock", client.get_stock(request))
            .await?;
        tell(session, &found).await;
        Ok(())
    }
}

/// Tells an item's stock, and what is on its way.
pub(crate) async fn tell(session: &Session, found: &GetStockResponse) {
    let supply = match (session.out.0, &found.stock) {
        (Format::Table, Some(stock)) => supply::of(session, &stock.sku).await,
        (Format::Table | Format::Json, _) => Supply::default(),
    };
    session.out.show(found, |found| {
        let told = |stock| format!("{}{}", page(stock), supply.page(stock));
        found.stock.as_ref().map(told).unwrap_or_default()
    });
}

async fn watch(
    session: &Session,
    sku: String,
    (channel, tier): (String, String),
) -> Result<(), Problem> {
    let doors = &session.doors;
    let request = WatchStockRequest {
        skus: vec![sku],
        at_least_revision: 0,
        channel,
        tier,
    };
    let mut client = doors.inventory()?;
    let mut changes = doors
        .ask(Room::Inventory, "WatchStock", client.watch_stock(request))
        .await?;
    loop {
        let next = changes.message().await;
        match next.map_err(|status| doors.problem(Room::Inventory, "WatchStock", &status))? {
            Some(change) => session.out.next(&change, |change| {
                let page = change.stock.as_ref().map(page).unwrap_or_default();
                format!("revision {}\n{page}\n", change.revision)
            }),
            None => return Ok(()),
        }
    }
}

/// All items.
pub(crate) async fn list(
    session: &Session,
    paging: &Paging,
    (channel, tier): (String, String),
) -> Result<(), Problem> {
    let (doors, client) = (&session.doors, session.doors.inventory()?);
    let page = |page_size, page_token| {
        let request = ListStockRequest {
            page_size,
            page_token,
            channel: channel.clone(),
            tier: tier.clone(),
            ..ListStockRequest::default()
        };
        let mut client = client.clone();
        async move {
            let call = client.list_stock(request);
            let page = doors.ask(Room::Inventory, "ListStock", call).await?;
            Ok((page.stocks, page.next_page_token, page.revision))
        }
    };
    let listing = paging.gather(page).await?;
    let supply = match session.out.0 {
        Format::Table => supply::of(session, "").await,
        Format::Json => Supply::default(),
    };
    let columns = [
        "sku",
        "on hand",
        "reserved",
        "available",
        "wanted",
        "on order",
        "eta",
        "sold",
        "description",
    ];
    session.out.list("items", &listing, &columns, |stock| {
        let measure = units::measure(&stock.unit, &stock.step);
        let number = |steps: i64| measure.show(steps);
        vec![
            stock.sku.clone(),
            number(stock.on_hand),
            number(stock.reserved),
            number(stock.available),
            number(stock.open_demand),
            number(stock.on_order),
            supply.first(&stock.sku),
            segment(stock),
            stock.description.clone(),
        ]
    });
    for unknown in supply.unknown(None) {
        eprintln!("! {unknown}");
    }
    Ok(())
}

fn segment(stock: &Known) -> String {
    match &stock.segment {
        Some(Segment::Backorderable(_)) => "backorderable".into(),
        Some(Segment::Substitutable(_)) => "substitutable".into(),
        Some(Segment::StockOnly(_)) => "stock only".into(),
        None => "-".into(),
    }
}

fn sold(stock: &Known, measure: &Measure) -> String {
    match &stock.segment {
        Some(Segment::Backorderable(of)) => {
            let cap = if measure.unit.is_empty() && measure.is_plain() {
                many(of.cap, "unit")
            } else {
                measure.show(of.cap)
            };
            let days = many(of.longest_wait_days, "day");
            format!("at most {cap} may wait, at most {days}")
        }
        Some(Segment::Substitutable(of)) => format!("instead: {}", of.alternatives.join(", ")),
        Some(Segment::StockOnly(_)) => "from stock only".into(),
        None => "not defined".into(),
    }
}

/// What is kept back, and for whom.
fn protection(kept: &Protection, measure: &Measure) -> String {
    let channels = kept.channels.iter().map(|level| {
        format!(
            "{} for channel {}",
            measure.show(level.units),
            level.channel
        )
    });
    let tiers = kept
        .tiers
        .iter()
        .map(|level| format!("{} for tier {}", measure.show(level.units), level.tier));
    let nobody = Some(kept.safety_stock).filter(|units| *units > 0);
    let nobody = nobody.map(|units| format!("{} for nobody", measure.show(units)));
    let parts: Vec<String> = nobody.into_iter().chain(channels).chain(tiers).collect();
    parts.join(", ")
}

/// To whom its stock is given, and from when on.
fn given(stock: &Known, measure: &Measure) -> String {
    let mut text = String::new();
    if let Some(days) = stock.reserve_days_before {
        let days = many(days, "day");
        text.push_str(&format!("reserved: from {days} before the wanted date\n"));
    }
    if stock.releases_at.is_some() {
        let at = minute(stock.releases_at.as_ref());
        text.push_str(&format!("released: {at}\n"));
    }
    if stock.fair_share {
        text.push_str("given: in fair shares\n");
    }
    if let Some(kept) = &stock.protection {
        text.push_str(&format!("kept: {}\n", protection(kept, measure)));
    }
    text
}

/// The SKUs that an item has given up.
fn called_before(stock: &Known) -> String {
    if stock.former_skus.is_empty() {
        return String::new();
    }
    format!("called before: {}\n", stock.former_skus.join(", "))
}

/// An item for people.
pub(crate) fn page(stock: &Known) -> String {
    let measure = &units::measure(&stock.unit, &stock.step);
    let show = |steps: i64| measure.show(steps);
    let mut text = format!(
        "{} {}\n{}sold: {}\n",
        stock.sku,
        stock.description,
        called_before(stock),
        sold(stock, measure)
    );
    if !measure.is_plain() {
        text.push_str(&format!("counted: in steps of {}\n", measure.show(1)));
    }
    if let Some(rule) = &stock.replenishment {
        text.push_str(&format!(
            "bought: from {} at position {} or below, up to {}, in packs of {}, {}\n",
            rule.supplier_id,
            measure.show(rule.reorder_point),
            measure.show(rule.order_up_to),
            measure.show(rule.pack_size),
            many(rule.lead_time_days, "day"),
        ));
    }
    text.push_str(&given(stock, measure));
    text.push_str(&format!(
        "position {} = {} on hand + {}{} on order - {} wanted\n\
         {} received, {} adjusted, {} shipped in all\n",
        show(stock.position),
        show(stock.on_hand),
        travelling(stock, measure),
        show(stock.on_order),
        show(stock.open_demand),
        show(stock.received),
        show(stock.adjusted),
        show(stock.shipped),
    ));
    text.push_str(&format!(
        "available {} of {} on hand: {} reserved ({} in waves), {} held, {} protected\n",
        show(stock.available),
        show(stock.on_hand),
        show(stock.reserved),
        show(stock.frozen),
        show(stock.held),
        show(stock.protected_units),
    ));
    let rows = stock.locations.iter().map(|at| {
        vec![
            at.location_id.clone(),
            show(at.on_hand),
            show(at.reserved),
            show(at.in_wave),
            show(at.free),
            show(at.available),
        ]
    });
    text.push_str(&table(
        &[
            "location",
            "on hand",
            "reserved",
            "in wave",
            "free",
            "available",
        ],
        rows,
    ));
    text.push_str(&moves(stock, measure));
    text
}

/// What travels, as a part of the position; empty if nothing does.
fn travelling(stock: &Known, measure: &Measure) -> String {
    match stock.travelling {
        0 => String::new(),
        units => format!("{} travelling + ", measure.show(units)),
    }
}

/// The moves with which it travels; empty if it does not.
fn moves(stock: &Known, measure: &Measure) -> String {
    if stock.moves.is_empty() {
        return String::new();
    }
    let rows = stock.moves.iter().map(|it| {
        vec![
            it.move_id.clone(),
            it.from_location_id.clone(),
            it.to_location_id.clone(),
            measure.show(it.quantity),
            measure.show(it.reserved),
            minute(it.arrives_at.as_ref()),
        ]
    });
    let columns = ["move", "from", "to", "travels", "reserved", "arrives"];
    format!("\n\n{}", table(&columns, rows))
}
