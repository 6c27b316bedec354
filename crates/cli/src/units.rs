//! What items are counted in, so that quantities are typed and told in their units: 1.5 m, not 150
//! steps of 0.01 m. Asked of inventory, once an SKU. Must not know what is done with a quantity.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use api::inventory::v1::ListStockRequest;
use api::orders::v1::{GetOrderRequest, OrderView};
use domain::decider::Room;
use domain::quantity::{Measure, QuantityError, Step};

use crate::output::Format;
use crate::problem::Problem;
use crate::session::Session;
use crate::shell;

/// The most SKUs that one question names.
const MAX_SKUS: usize = 500;

/// Of SKUs that were asked for; one that is not here is counted in whole numbers.
static KNOWN: Mutex<BTreeMap<String, Measure>> = Mutex::new(BTreeMap::new());

/// Asks what these SKUs are counted in.
pub(crate) async fn learn<'a>(
    session: &Session,
    skus: impl IntoIterator<Item = &'a str>,
) -> Result<(), Problem> {
    let mut unknown: Vec<String> = {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let skus = skus.into_iter().filter(|sku| !known.contains_key(*sku));
        skus.map(ToOwned::to_owned).collect()
    };
    unknown.sort();
    unknown.dedup();
    for skus in unknown.chunks(MAX_SKUS) {
        let mut client = session.doors.inventory()?;
        let request = ListStockRequest {
            page_size: i32::try_from(MAX_SKUS).unwrap_or(i32::MAX),
            skus: skus.to_vec(),
            ..ListStockRequest::default()
        };
        let call = client.list_stock(request);
        let answer = session
            .doors
            .ask(Room::Inventory, "ListStock", call)
            .await?;
        for stock in &answer.stocks {
            let names = stock.former_skus.iter().chain([&stock.sku]);
            names.for_each(|sku| keep(sku, measure(&stock.unit, &stock.step)));
        }
    }
    Ok(())
}

/// The same for quantities that are only shown: while inventory does not answer they are told in
/// steps, and that is said.
pub(crate) async fn learn_to_show<'a>(session: &Session, skus: impl IntoIterator<Item = &'a str>) {
    if session.out.0 == Format::Table && learn(session, skus).await.is_err() {
        eprintln!("hint: inventory does not answer; quantities of items with a step are in steps");
    }
}

/// Asks what the lines of an order are of, and what that is counted in.
pub(crate) async fn learn_of_order(
    session: &Session,
    order: &str,
) -> Result<BTreeMap<u32, String>, Problem> {
    let mut client = session.doors.orders()?;
    let request = GetOrderRequest {
        order_id: order.to_owned(),
        at_least_revision: 0,
        view: OrderView::Basic.into(),
    };
    let call = client.get_order(request);
    let found = session.doors.ask(Room::Orders, "GetOrder", call).await?;
    let lines = found.order.unwrap_or_default().lines.into_iter();
    let skus: BTreeMap<u32, String> = lines.map(|line| (line.line, line.sku)).collect();
    learn(session, skus.values().map(String::as_str)).await?;
    Ok(skus)
}

/// What a line of an order is of, as [`learn_of_order`] said.
pub(crate) fn of_line<'a>(
    skus: &'a BTreeMap<u32, String>,
    (order, line): (&str, u32),
    option: &str,
) -> Result<&'a str, Problem> {
    skus.get(&line).map(String::as_str).ok_or_else(|| {
        let next = "`backorder order show ORDER` lists its lines";
        Problem::usage(format!("order {order} has no line {line}"), option, next)
    })
}

/// What a message of the wire says that an item is counted in.
pub(crate) fn measure(unit: &str, step: &str) -> Measure {
    Measure {
        unit: unit.to_owned(),
        step: Step::new(step).unwrap_or_default(),
    }
}

fn keep(sku: &str, measure: Measure) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(sku.to_owned(), measure);
}

/// What an SKU is counted in, as far as it was asked for.
pub(crate) fn of(sku: &str) -> Measure {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.get(sku).cloned().unwrap_or_default()
}

/// A quantity of an SKU in its unit.
pub(crate) fn shown(sku: &str, steps: impl Into<i128>) -> String {
    of(sku).show(steps)
}

/// So many units of an SKU, or so many `steps of it`: `3 units`, `1.5 m`.
pub(crate) fn units(sku: &str, steps: u64) -> String {
    let measure = of(sku);
    if measure.unit.is_empty() && measure.is_plain() {
        crate::output::many(steps, "unit")
    } else {
        measure.show(steps)
    }
}

/// By how much what there is of an SKU changes: `+3 units`, `-1.5 m`.
pub(crate) fn change(sku: &str, steps: i64) -> String {
    let measure = of(sku);
    if measure.unit.is_empty() && measure.is_plain() {
        return format!("{steps:+} units");
    }
    let plus = if steps > 0 { "+" } else { "" };
    format!("{plus}{}", measure.show(steps))
}

/// A sum over several SKUs, one for each unit: `1.5 m + 3`.
pub(crate) fn sum<'a>(quantities: impl Iterator<Item = (&'a str, u64)>) -> String {
    let mut sums: Vec<(Measure, u64)> = Vec::new();
    for (sku, steps) in quantities {
        let measure = of(sku);
        match sums.iter_mut().find(|(other, _)| *other == measure) {
            Some((_, sum)) => *sum = sum.saturating_add(steps),
            None => sums.push((measure, steps)),
        }
    }
    let said: Vec<String> = sums.iter().map(|(it, steps)| it.show(*steps)).collect();
    if said.is_empty() {
        "0".to_owned()
    } else {
        said.join(" + ")
    }
}

/// Reads a quantity of an SKU that was asked for, at least one step.
pub(crate) fn read(sku: &str, text: &str, option: &str) -> Result<u32, Problem> {
    let steps = read_of(&of(sku), sku, text, option)?;
    match u32::try_from(steps) {
        Ok(0) => Err(Problem::usage(
            "a quantity is more than nothing",
            option,
            "give the units that are meant",
        )),
        Ok(steps) => Ok(steps),
        Err(_) => Err(Problem::usage(
            format!("`{text}` of {sku} is too much"),
            option,
            "give fewer units",
        )),
    }
}

/// The same, or nothing.
pub(crate) fn read_or_none(sku: &str, text: &str, option: &str) -> Result<u64, Problem> {
    read_of(&of(sku), sku, text, option)
}

/// What one step costs, of an SKU that costs so much a unit, in minor units.
pub(crate) fn price(sku: &str, minor: i64, option: &str) -> Result<i64, Problem> {
    of(sku).price_of_step(minor).ok_or_else(|| {
        let measure = of(sku);
        let what = format!(
            "one step of {sku}, {}, would cost a fraction of the currency's smallest unit",
            measure.show(1)
        );
        let next = "give a price that can be divided so, or none: it only ranks and measures";
        Problem::usage(what, option, next)
    })
}

/// Reads a quantity in a unit: how many steps it is.
pub(crate) fn read_of(
    measure: &Measure,
    sku: &str,
    text: &str,
    option: &str,
) -> Result<u64, Problem> {
    measure.read(text).map_err(|error| {
        let next = match &error {
            QuantityError::BetweenSteps { .. } if measure.is_plain() => format!(
                "give a whole number, or let {sku} be sold in parts of a unit: `backorder item \
                 define {} --unit m --step 0.01 …`",
                shell::word(sku)
            ),
            QuantityError::BetweenSteps { .. } => "give one of the two".to_owned(),
            QuantityError::Malformed(_) | QuantityError::TooMuch(_) => {
                "write it as in 3 or 1.5".to_owned()
            }
        };
        Problem::usage(format!("{sku}: {error}"), option, &next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_unit_is_refused_with_how_to_define_a_step() {
        let no = read("BOLT", "1.5", "--line").unwrap_err().to_string();
        assert!(
            no.contains("1 and 2 are") && no.contains("--step 0.01"),
            "{no}"
        );
        assert_eq!(read("BOLT", "2.0", "--line"), Ok(2));
        assert!(read("BOLT", "0", "--line").is_err());
    }

    #[test]
    fn quantities_of_an_item_with_a_step_are_read_and_shown_in_its_unit() {
        keep("CLOTH", measure("m", "0.01"));
        assert_eq!(read("CLOTH", "1.5", "--line"), Ok(150));
        assert_eq!(shown("CLOTH", 150_u32), "1.5 m");
        let basket = [("CLOTH", 100), ("BOLT", 3), ("CLOTH", 50)];
        assert_eq!(sum(basket.into_iter()), "1.5 m + 3");
        assert_eq!(
            (units("CLOTH", 150), units("BOLT", 1)),
            ("1.5 m".into(), "1 unit".into())
        );
        let no = read("CLOTH", "1.505", "--line").unwrap_err().to_string();
        assert!(
            no.contains("1.5 and 1.51 are") && !no.contains("--step"),
            "{no}"
        );
    }
}
