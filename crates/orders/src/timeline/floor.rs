//! What the warehouse floor says of an order, as sentences; and where its stock lies.

use domain::event::{
    InventoryEvent, MoveArrived, Moved, Returned, Shipped, ShortPicked, StockLine, WaveRecalled,
    WaveReleased,
};
use domain::ids::{OrderId, Sku, Zone};
use domain::measured::Measures;

use super::told::joined;

/// A fact of inventory that is about the order.
pub(super) fn sentence(
    event: &InventoryEvent,
    id: &OrderId,
    (measures, zone): (&Measures, &Zone),
) -> String {
    match event {
        InventoryEvent::WaveReleased(it) => of_released(it, id, measures),
        InventoryEvent::WaveRecalled(it) => of_recalled(it, id, measures),
        InventoryEvent::ShortPicked(it) => of_short(it, measures),
        InventoryEvent::Moved(it) => of_moved(it, id, (measures, zone)),
        InventoryEvent::MoveArrived(it) => of_arrived(it, id, measures),
        InventoryEvent::Shipped(it) => of_shipped(it, measures),
        InventoryEvent::Returned(it) => of_returned(it, measures),
        InventoryEvent::ItemDefined(_)
        | InventoryEvent::ItemRenamed(_)
        | InventoryEvent::LocationDefined(_)
        | InventoryEvent::TimeZoneSet(_)
        | InventoryEvent::Received(_)
        | InventoryEvent::Adjusted(_)
        | InventoryEvent::Counted(_)
        | InventoryEvent::ReplenishmentRequested(_) => format!("{} touched {id}", event.tag()),
    }
}

fn of_line(measures: &Measures, quantity: u32, sku: &Sku, line: u32) -> String {
    let units = measures.show(sku, quantity);
    format!("{units} {sku} (line {line})")
}

fn of_released(it: &WaveReleased, id: &OrderId, measures: &Measures) -> String {
    let lines: Vec<String> = it
        .lines
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| of_line(measures, line.quantity, &line.sku, line.line))
        .collect();
    let what = joined(lines.into_iter());
    format!(
        "sent to be picked at {} in wave {}: {what}",
        it.location, it.wave
    )
}

fn of_recalled(it: &WaveRecalled, id: &OrderId, measures: &Measures) -> String {
    let lines: Vec<String> = it
        .lines
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| {
            let what = of_line(measures, line.quantity, &line.sku, line.line);
            format!("{what} of wave {} at {}", line.wave, line.location)
        })
        .collect();
    format!("back from the floor: {}", joined(lines.into_iter()))
}

fn of_short(it: &ShortPicked, measures: &Measures) -> String {
    let lines = it.lines.iter().map(|line| {
        let (sku, number) = (&line.sku, line.line);
        let found = measures.show(sku, line.found);
        let missing = measures.show(sku, line.missing);
        format!("{found} {sku} found, {missing} missing (line {number})")
    });
    format!("picked short at {}: {}", it.location, joined(lines))
}

fn of_moved(it: &Moved, id: &OrderId, (measures, zone): (&Measures, &Zone)) -> String {
    let what = of_owner(&it.owners, id, measures);
    let (from, to) = (&it.from, &it.to);
    match it.arrives {
        Some(at) => format!(
            "its stock travels from {from} to {to} with move {}, to arrive on {}: {what}",
            it.id,
            zone.date(at)
        ),
        None => format!("its stock was carried from {from} to {to}: {what}"),
    }
}

fn of_arrived(it: &MoveArrived, id: &OrderId, measures: &Measures) -> String {
    let what = of_owner(&it.owners, id, measures);
    format!(
        "its stock arrived at {} with move {}: {what}",
        it.location, it.id
    )
}

/// The order's units among those of owners.
fn of_owner(owners: &[StockLine], id: &OrderId, measures: &Measures) -> String {
    let lines: Vec<String> = owners
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| of_line(measures, line.quantity, &line.sku, line.line))
        .collect();
    joined(lines.into_iter())
}

fn of_shipped(it: &Shipped, measures: &Measures) -> String {
    let lines = it.lines.iter().map(|line| {
        let what = of_line(measures, line.quantity, &line.sku, line.line);
        match line.unplanned {
            0 => what,
            unplanned => {
                let unplanned = measures.show(&line.sku, unplanned);
                format!("{what}, {unplanned} not reserved there")
            }
        }
    });
    let what = joined(lines);
    let tracking = it.tracking.as_ref();
    let tracking = tracking.map(|tracking| format!("; tracking {tracking}"));
    format!(
        "left from {}: {what}{}",
        it.location,
        tracking.unwrap_or_default()
    )
}

fn of_returned(it: &Returned, measures: &Measures) -> String {
    let lines = it.lines.iter();
    let what = joined(lines.map(|line| of_line(measures, line.quantity, &line.sku, line.line)));
    let put = if it.scrapped {
        "scrapped at"
    } else {
        "back in stock at"
    };
    let why = if it.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", it.reason)
    };
    format!(
        "came back from the customer: {what}, {put} {}{why}",
        it.location
    )
}
