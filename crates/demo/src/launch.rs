//! The classic: a launch. 500 lenses on the shelf, 1,800 orders in three days, two deliveries,
//! one late, one short; gold and standard customers; some change their mind.

use anyhow::Context;
use api::inventory::v1 as inventory;
use api::supplier_gateway::v1 as gateway;
use domain::ids::{Currency, CustomerId, Key, OrderId, Sku, Timestamp};
use import::{Entry, Purchase, PurchaseRow, Return, Taken};

use crate::plan::{Plan, backorderable};
use crate::world::time_of;

/// What everybody wants.
pub const LENS: &str = "LENS-50";
/// Lenses on the shelf on the first morning.
const STOCK: u32 = 500;
/// Orders in the three days.
const ORDERS: u64 = 1_800;
/// Of a hundred orders, how many are given up later.
const CANCEL_PERCENT: u64 = 4;
/// Of a hundred customers, how many are gold.
const GOLD_PERCENT: u64 = 12;
/// How many may wait at once.
const CAP: u32 = 1_250;
/// The price of a lens, in minor units.
const PRICE_MINOR: i64 = 39_900;
/// Minutes from the first order to the last.
const MINUTES: u64 = 3 * 24 * 60 - 120;

/// The shop before the launch. Two suppliers make the lens; the first is often late, the second,
/// who is asked once the first cannot keep up, is on time and sends short.
pub fn plan(seed: u64) -> Plan {
    let supplier = |id: &str, name: &str, lead_time_days, late_percent, short_percent| {
        gateway::DefineSupplierRequest {
            definition_id: format!("supplier/{id}"),
            supplier_id: id.into(),
            name: name.into(),
            lead_time_days,
            cutoff_hour: Some(17),
            adapter: Some(gateway::define_supplier_request::Adapter::Simulated(
                gateway::Simulated {
                    seed,
                    spread_days: 0,
                    late_percent,
                    part_percent: 0,
                    short_percent,
                    reject_percent: 0,
                },
            )),
            at_least_revision: 0,
        }
    };
    Plan {
        opens_at: opens_at(),
        suppliers: vec![
            supplier("OPTIKA", "Optika GmbH", 6, 60, 0),
            supplier("LUMEN", "Lumen Optics Ltd", 9, 0, 100),
        ],
        items: vec![item("OPTIKA", 1)],
        stock: vec![(LENS.into(), STOCK)],
        gold: (0..ORDERS)
            .filter(|n| draw(seed, "gold", *n, 100) < GOLD_PERCENT)
            .map(who)
            .collect(),
        rows: ORDERS.saturating_add(changes_of_mind(seed)),
    }
}

/// How many of the orders are given up later, each by a row of its own.
fn changes_of_mind(seed: u64) -> u64 {
    let given_up = (0..ORDERS).filter(|n| gives_up(seed, *n));
    u64::try_from(given_up.count()).unwrap_or(u64::MAX)
}

fn gives_up(seed: u64, n: u64) -> bool {
    draw(seed, "cancel", n, 100) < CANCEL_PERCENT
}

/// The second day: the buyer moves to the second supplier.
pub fn change_of_supplier() -> (Timestamp, inventory::DefineItemRequest) {
    (
        opens_at().plus_days(1).plus_ms(12 * 3_600_000),
        item("LUMEN", 2),
    )
}

fn item(supplier: &str, number: u32) -> inventory::DefineItemRequest {
    inventory::DefineItemRequest {
        definition_id: format!("item/{LENS}/{number}"),
        sku: LENS.into(),
        description: "50 mm f/1.2 lens".into(),
        segment: Some(backorderable(CAP, 60)),
        replenishment: Some(inventory::Replenishment {
            supplier_id: supplier.into(),
            reorder_point: 100,
            order_up_to: 300,
            pack_size: 50,
            lead_time_days: 7,
        }),
        fair_share: false,
        protection: None,
        at_least_revision: 0,
        validate_only: false,
        unit: String::new(),
        step: String::new(),
        reserve_days_before: None,
        releases_at: None,
    }
}

fn opens_at() -> Timestamp {
    Timestamp::parse("2026-11-02T00:00:00Z").unwrap_or_default()
}

/// The orders of the three days and the changes of mind, in time order.
pub fn entries(seed: u64, plan: &Plan) -> anyhow::Result<Vec<Entry>> {
    let currency = Currency::new("GBP").context("a currency is three capital letters")?;
    let mut entries = Vec::new();
    let lens = Sku::from(LENS);
    for n in 0..ORDERS {
        // A launch begins with a rush: the square of an even spread leans to the first hours.
        let even = draw(seed, "minute", n, 10_000);
        let minute = even
            .saturating_mul(even)
            .saturating_mul(MINUTES)
            .div_euclid(100_000_000);
        let after = minute.saturating_add(60).saturating_mul(60_000);
        let at = plan.opens_at.plus_ms(i64::try_from(after).unwrap_or(0));
        let customer = who(n);
        let quantity = if draw(seed, "quantity", n, 20) == 0 {
            2
        } else {
            1
        };
        let order = OrderId::from(format!("L{:04}", n.saturating_add(1)));
        entries.push(Entry::Purchase(Purchase {
            order: order.clone(),
            customer: customer.clone(),
            tier: "standard".into(),
            email: Some(format!("{customer}@example.com")),
            channel: "web".into(),
            country: "GB".into(),
            region: None,
            currency,
            at,
            twice: false,
            ended: None,
            rows: vec![PurchaseRow {
                row: n.saturating_add(1),
                sku: lens.clone(),
                description: String::new(),
                quantity,
                unit_price_minor: PRICE_MINOR,
                returned: 0,
            }],
        }));
        if gives_up(seed, n) {
            let hours = draw(seed, "hours", n, 60).saturating_add(2);
            entries.push(Entry::Return(Return {
                row: ORDERS.saturating_add(n),
                document: format!("C{:04}", n.saturating_add(1)),
                customer,
                at: at.plus_ms(i64::try_from(hours.saturating_mul(3_600_000)).unwrap_or(0)),
                sku: lens.clone(),
                quantity,
                email: None,
                count: 1,
                parts: vec![Taken {
                    order,
                    line: 1,
                    quantity,
                    of_history: false,
                }],
                names_its_order: false,
            }));
        }
    }
    entries.sort_by_key(time_of);
    Ok(entries)
}

fn who(n: u64) -> CustomerId {
    CustomerId::from(format!("c{:04}", n.saturating_add(1)))
}

/// A number below `below` that follows from the seed, what it is for, and which one it is.
fn draw(seed: u64, what: &str, n: u64, below: u64) -> u64 {
    let Key(hash) = Key::of(what, &format!("{seed}/{n}"));
    u64::try_from(hash.checked_rem(u128::from(below)).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_plays_the_same_launch() {
        let shop = plan(7);
        let (one, two) = (entries(7, &shop), entries(7, &shop));
        assert_eq!(one.unwrap(), two.unwrap());
        assert_ne!(entries(8, &shop).unwrap(), entries(7, &shop).unwrap());
    }

    #[test]
    fn a_launch_is_three_days_of_orders_in_time_order() {
        let entries = entries(1, &plan(1)).unwrap();
        let times: Vec<Timestamp> = entries.iter().map(time_of).collect();
        assert!(times.is_sorted());
        let orders = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Purchase(_)));
        assert_eq!(orders.count(), 1_800);
    }
}
