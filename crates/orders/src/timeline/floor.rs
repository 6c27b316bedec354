//! What the warehouse floor says of an order, as sentences; and where its stock lies.

use domain::event::{
    InventoryEvent, Moved, Returned, Shipped, ShortPicked, WaveRecalled, WaveReleased,
};
use domain::ids::OrderId;

use super::joined;

/// A fact of inventory that is about the order.
pub(super) fn sentence(event: &InventoryEvent, id: &OrderId) -> String {
    match event {
        InventoryEvent::WaveReleased(it) => of_released(it, id),
        InventoryEvent::WaveRecalled(it) => of_recalled(it, id),
        InventoryEvent::ShortPicked(it) => of_short(it),
        InventoryEvent::Moved(it) => of_moved(it, id),
        InventoryEvent::Shipped(it) => of_shipped(it),
        InventoryEvent::Returned(it) => of_returned(it),
        InventoryEvent::ItemDefined(_)
        | InventoryEvent::LocationDefined(_)
        | InventoryEvent::Received(_)
        | InventoryEvent::Adjusted(_)
        | InventoryEvent::Counted(_)
        | InventoryEvent::ReplenishmentRequested(_) => format!("{} touched {id}", event.tag()),
    }
}

fn of_line(quantity: u32, sku: impl std::fmt::Display, line: u32) -> String {
    format!("{quantity} {sku} (line {line})")
}

fn of_released(it: &WaveReleased, id: &OrderId) -> String {
    let lines: Vec<String> = it
        .lines
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| of_line(line.quantity, &line.sku, line.line))
        .collect();
    let what = joined(lines.into_iter());
    format!(
        "sent to be picked at {} in wave {}: {what}",
        it.location, it.wave
    )
}

fn of_recalled(it: &WaveRecalled, id: &OrderId) -> String {
    let lines: Vec<String> = it
        .lines
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| {
            let what = of_line(line.quantity, &line.sku, line.line);
            format!("{what} of wave {} at {}", line.wave, line.location)
        })
        .collect();
    format!("back from the floor: {}", joined(lines.into_iter()))
}

fn of_short(it: &ShortPicked) -> String {
    let lines = it.lines.iter().map(|line| {
        let (found, missing, sku, number) = (line.found, line.missing, &line.sku, line.line);
        format!("{found} {sku} found, {missing} missing (line {number})")
    });
    format!("picked short at {}: {}", it.location, joined(lines))
}

fn of_moved(it: &Moved, id: &OrderId) -> String {
    let lines: Vec<String> = it
        .owners
        .iter()
        .filter(|line| line.order == *id)
        .map(|line| of_line(line.quantity, &line.sku, line.line))
        .collect();
    let what = joined(lines.into_iter());
    format!(
        "its stock was carried from {} to {}: {what}",
        it.from, it.to
    )
}

fn of_shipped(it: &Shipped) -> String {
    let lines = it.lines.iter().map(|line| {
        let what = of_line(line.quantity, &line.sku, line.line);
        match line.unplanned {
            0 => what,
            unplanned => format!("{what}, {unplanned} not reserved there"),
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

fn of_returned(it: &Returned) -> String {
    let lines = it.lines.iter();
    let what = joined(lines.map(|line| of_line(line.quantity, &line.sku, line.line)));
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
