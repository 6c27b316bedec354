//! What the played shop sells, whom it buys from and what stands on its shelves on the first
//! morning. Follows from the seed and the first reading of the input alone.

use std::collections::BTreeMap;
use std::path::Path;

use api::inventory::v1 as inventory;
use api::supplier_gateway::v1 as gateway;
use domain::ids::{CustomerId, DAY_MS, Key, Sku, Tier, Timestamp};
use import::{Entries, Entry, Purchase, ReadAs, Source};

/// The only location of the played shop.
pub const LOCATION: &str = "MAIN";
/// Of a hundred customers, how many are gold: those who order the most value.
const GOLD_PERCENT: usize = 10;
/// Suppliers of a shop that is read from a file.
const SUPPLIERS: u64 = 12;
/// The shortest lead time of those, in days; the others are up to `LEAD_TIME_SPREAD` longer.
const SHORTEST_LEAD_TIME_DAYS: u32 = 4;
/// See above.
const LEAD_TIME_SPREAD: u64 = 9;
/// Days of mean demand that a replenishment order brings beyond its lead time.
const REVIEW_DAYS: u64 = 14;
/// The most units of one item that may wait.
const CAP: u32 = 100_000;
/// The longest wait that is promised, in days.
const LONGEST_WAIT_DAYS: u32 = 90;

/// A shop, ready to be opened.
#[derive(Debug, Default)]
pub struct Plan {
    /// When the clock starts: the first midnight.
    pub opens_at: Timestamp,
    /// Whom it buys from.
    pub suppliers: Vec<gateway::DefineSupplierRequest>,
    /// What it sells.
    pub items: Vec<inventory::DefineItemRequest>,
    /// What is on its shelves.
    pub stock: Vec<(Sku, u32)>,
    /// Gold customers.
    pub gold: std::collections::BTreeSet<CustomerId>,
    /// Rows that the input has, as far as the first reading tells.
    pub rows: u64,
}

impl Plan {
    /// The standing of a customer.
    pub fn tier(&self, purchase: &Purchase) -> Tier {
        if self.gold.contains(&purchase.customer) {
            "gold".into()
        } else {
            purchase.tier.clone()
        }
    }
}

/// Demand of one SKU over the whole input.
#[derive(Default)]
struct Demand {
    units: u64,
    description: String,
}

/// What a first reading learns: bounded by SKUs and customers, not by rows.
#[derive(Default)]
struct Learned {
    demand: BTreeMap<Sku, Demand>,
    value: BTreeMap<CustomerId, i64>,
    first: Option<Timestamp>,
    last: Timestamp,
    rows: u64,
}

impl Learned {
    fn take(&mut self, entry: &Entry) {
        let Entry::Purchase(purchase) = entry else {
            self.rows = self.rows.saturating_add(1);
            return;
        };
        self.first = Some(
            self.first
                .map_or(purchase.at, |first| first.min(purchase.at)),
        );
        self.last = self.last.max(purchase.at);
        for row in &purchase.rows {
            self.rows = self.rows.saturating_add(1);
            let demand = self.demand.entry(row.sku.clone()).or_default();
            demand.units = demand.units.saturating_add(row.quantity.into());
            if demand.description.is_empty() {
                demand.description.clone_from(&row.description);
            }
            let value = row.unit_price_minor.saturating_mul(row.quantity.into());
            let spent = self.value.entry(purchase.customer.clone()).or_default();
            *spent = spent.saturating_add(value);
        }
    }

    fn days(&self) -> u64 {
        let first = self.first.unwrap_or(self.last);
        let ms = self.last.ms_since(first).max(0);
        u64::try_from(ms.div_euclid(DAY_MS))
            .unwrap_or(0)
            .saturating_add(1)
    }
}

/// Reads a file for the first time: who buys how much of what.
///
/// # Errors
/// A file that cannot be read.
pub fn from_file(path: &Path, cover_days: u32, seed: u64) -> anyhow::Result<Plan> {
    let mut learned = Learned::default();
    for entry in Entries::of(Source::open(path, ReadAs::default())?)? {
        learned.take(&entry?);
    }
    anyhow::ensure!(
        !learned.demand.is_empty(),
        "{} has no row that could be an order; try `backorder import orders --dry-run` on it",
        path.display()
    );
    let days = learned.days();
    let mut plan = Plan {
        opens_at: learned.first.unwrap_or(learned.last).start_of_day(),
        suppliers: (0..SUPPLIERS).map(|n| supplier(n, seed)).collect(),
        gold: gold(&learned.value),
        rows: learned.rows,
        ..Plan::default()
    };
    for (sku, demand) in learned.demand {
        let number = supplier_of(&sku);
        let per = |over: u64| {
            let units = demand.units.saturating_mul(over).div_ceil(days);
            u32::try_from(units).unwrap_or(u32::MAX).min(1_000_000)
        };
        let lead_time_days = lead_time_days(number);
        // Enough for the lead time; what is ordered brings the position up by a fortnight more.
        let reorder_point = per(u64::from(lead_time_days));
        let order_up_to = per(u64::from(lead_time_days).saturating_add(REVIEW_DAYS))
            .max(reorder_point.saturating_add(1));
        plan.stock.push((sku.clone(), per(u64::from(cover_days))));
        plan.items.push(inventory::DefineItemRequest {
            definition_id: format!("item/{sku}"),
            sku: sku.to_string(),
            description: demand.description,
            segment: Some(backorderable(CAP, LONGEST_WAIT_DAYS)),
            replenishment: Some(inventory::Replenishment {
                supplier_id: supplier_name(number),
                reorder_point,
                order_up_to,
                pack_size: 1,
                lead_time_days,
            }),
            fair_share: false,
            protection: None,
            at_least_revision: 0,
            validate_only: false,
            unit: String::new(),
            step: String::new(),
            reserve_days_before: None,
            releases_at: None,
        });
    }
    Ok(plan)
}

/// An item whose customers may wait.
pub const fn backorderable(
    cap: u32,
    longest_wait_days: u32,
) -> inventory::define_item_request::Segment {
    inventory::define_item_request::Segment::Backorderable(inventory::Backorderable {
        cap,
        longest_wait_days,
    })
}

fn gold(value: &BTreeMap<CustomerId, i64>) -> std::collections::BTreeSet<CustomerId> {
    let known = value
        .iter()
        .filter(|(customer, _)| customer.as_str() != import::GUEST);
    let mut by_value: Vec<(&CustomerId, i64)> = known.map(|(id, value)| (id, *value)).collect();
    by_value.sort_by_key(|(customer, value)| (std::cmp::Reverse(*value), (*customer).clone()));
    let count = by_value.len().saturating_mul(GOLD_PERCENT).div_ceil(100);
    by_value
        .into_iter()
        .take(count)
        .map(|(customer, _)| customer.clone())
        .collect()
}

fn supplier_of(sku: &Sku) -> u64 {
    let Key(hash) = sku.key();
    u64::try_from(hash.checked_rem(u128::from(SUPPLIERS)).unwrap_or(0)).unwrap_or(0)
}

fn supplier_name(number: u64) -> String {
    format!("SUPPLIER-{:02}", number.saturating_add(1))
}

fn lead_time_days(number: u64) -> u32 {
    let longer = number
        .saturating_mul(5)
        .checked_rem(LEAD_TIME_SPREAD)
        .unwrap_or(0);
    SHORTEST_LEAD_TIME_DAYS.saturating_add(u32::try_from(longer).unwrap_or(0))
}

fn supplier(number: u64, seed: u64) -> gateway::DefineSupplierRequest {
    let name = supplier_name(number);
    gateway::DefineSupplierRequest {
        definition_id: format!("supplier/{name}"),
        supplier_id: name.clone(),
        name,
        lead_time_days: lead_time_days(number),
        cutoff_hour: Some(17),
        adapter: Some(gateway::define_supplier_request::Adapter::Simulated(
            gateway::Simulated {
                seed,
                spread_days: 1,
                late_percent: 15,
                part_percent: 10,
                short_percent: 5,
                reject_percent: 2,
            },
        )),
        at_least_revision: 0,
    }
}
