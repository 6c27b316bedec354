//! The page that a shop owner reads when the played months are over.

use std::fmt::Write;

use api::allocator::v1::LineExplanation;

use crate::summary::{Conservation, Summary};

/// Where to look further, as commands that can be typed.
#[derive(Debug)]
pub struct Whereabouts {
    /// Shows the letters.
    pub notices: String,
    /// Runs the services on the log.
    pub log: String,
    /// What is left behind, how large it is, and how it is removed.
    pub kept: Vec<String>,
}

/// The most decisions that an explanation shows, the last ones.
const MAX_DECISIONS: usize = 6;

/// The page, as text.
///
/// # Errors
/// None in practice: a text always takes more text.
pub fn page(
    summary: &Summary,
    explained: Option<&(String, LineExplanation)>,
    places: &Whereabouts,
) -> Result<String, std::fmt::Error> {
    let mut page = String::new();
    let (orders, units) = (&summary.orders, &summary.units);
    writeln!(page)?;
    writeln!(page, "THE SHOP")?;
    let left = summary.input.rows.saturating_sub(summary.input.taken);
    writeln!(
        page,
        "  rows read          {:>9}   taken {}, left {left}",
        summary.input.rows, summary.input.taken
    )?;
    for (reason, rows) in &summary.input.left {
        writeln!(
            page,
            "                     {rows:>9}   left: {}",
            reason.replace('_', " ")
        )?;
    }
    writeln!(
        page,
        "  orders             {:>9}   closed {}, cancelled {}, refused {}",
        orders.placed, orders.closed, orders.cancelled, orders.refused
    )?;
    writeln!(page, "  units ordered      {:>9}", units.ordered)?;
    for (name, part) in [
        ("shipped", units.shipped),
        ("reserved", units.reserved),
        ("waiting", units.backordered),
        ("cancelled", units.cancelled),
        ("refused", units.refused),
    ] {
        writeln!(
            page,
            "    {name:<16} {part:>9}   {}",
            percent(part, units.ordered)
        )?;
    }
    writeln!(
        page,
        "  stock              {:>9}   on hand; {} received, {} adjusted",
        units.on_hand, units.received, units.adjusted
    )?;
    waits(&mut page, summary)?;
    promises(&mut page, summary)?;
    if let Some((order, why)) = explained {
        writeln!(
            page,
            "\nWHY NOT ME?  order {order}, line {}, {}",
            why.line, why.sku
        )?;
        for sentence in &why.sentences {
            writeln!(page, "  {sentence}")?;
        }
        let first = why.decisions.len().saturating_sub(MAX_DECISIONS);
        for decision in why.decisions.iter().skip(first) {
            writeln!(page, "  {}", decision.sentence)?;
        }
    }
    let order = explained.map(|(order, _)| order.as_str());
    ending(&mut page, summary, places, order)?;
    Ok(page)
}

fn waits(page: &mut String, summary: &Summary) -> std::fmt::Result {
    let waits = &summary.backorders;
    writeln!(page, "\nWHO WAITED")?;
    writeln!(
        page,
        "  lines that waited  {:>9}   {} got their stock, {} still wait",
        waits.lines_ever, waits.filled, waits.lines_open
    )?;
    writeln!(
        page,
        "  wait in days       {:>9}   mean; nine of ten waited {} or less",
        waits.mean_days, waits.p90_days
    )?;
    for (tier, waits) in &summary.waits_by_tier {
        writeln!(
            page,
            "    {tier:<16} {:>9}   mean of {} lines; nine of ten {} or less",
            waits.mean_days, waits.lines, waits.p90_days
        )?;
    }
    Ok(())
}

fn promises(page: &mut String, summary: &Summary) -> std::fmt::Result {
    let promises = &summary.promises;
    writeln!(page, "\nWHAT WAS PROMISED")?;
    writeln!(
        page,
        "  dates told         {:>9}   {} moved later on, and the customer was told",
        promises.made, promises.moved
    )?;
    let due = promises.kept.saturating_add(promises.missed);
    writeln!(
        page,
        "  kept               {:>9}   {} of {due} by the day first told",
        promises.kept,
        percent(promises.kept, due).trim_start()
    )?;
    writeln!(
        page,
        "  kept by last told  {:>9}   {} by the day last told, {} days before, on average",
        promises.kept_by_last,
        percent(promises.kept_by_last, due).trim_start(),
        promises.notice_days
    )?;
    writeln!(page, "  purchase orders    {:>9}", summary.purchase_orders)?;
    writeln!(page, "  letters sent       {:>9}", summary.notices)
}

fn ending(
    page: &mut String,
    summary: &Summary,
    places: &Whereabouts,
    order: Option<&str>,
) -> std::fmt::Result {
    writeln!(page, "\nTHE BOOKS")?;
    match &summary.conservation {
        Conservation::Ok(_) => {
            writeln!(
                page,
                "  every unit is accounted for, by an independent count of the log"
            )?;
        }
        Conservation::Violations(found) => {
            writeln!(page, "  {} things do not add up:", found.len())?;
            for violation in found.iter().take(20) {
                writeln!(page, "    {violation}")?;
            }
        }
    }
    writeln!(
        page,
        "  {} events in {} commits, each on disk before it was answered; {} s",
        summary.log.events, summary.log.revision, summary.seconds
    )?;
    writeln!(page, "\nLOOK FURTHER")?;
    writeln!(page, "  letters            {}", places.notices)?;
    writeln!(page, "  the log            {}", places.log)?;
    writeln!(page, "    then             backorder order list --limit 10")?;
    if let Some(order) = order {
        writeln!(page, "    and              backorder order show {order}")?;
    }
    writeln!(page, "\nLEFT BEHIND")?;
    for kept in &places.kept {
        writeln!(page, "  {kept}")?;
    }
    Ok(())
}

#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a share for people; counts of units are far below 2^53"
)]
fn percent(part: u64, of: u64) -> String {
    if of == 0 {
        return String::new();
    }
    format!("{:>5.1} %", part as f64 * 100.0 / of as f64)
}
