//! Facts of inventory.

use domain::event::{
    Adjusted, InventoryEvent, ItemDefined, Received, ReplenishmentRequested, Segment, Shipped,
    WaveReleased,
};

use super::phrase::{join, units};
use crate::output::many;

pub(super) fn sentence(event: &InventoryEvent) -> String {
    match event {
        InventoryEvent::ItemDefined(of) => item_defined(of),
        InventoryEvent::LocationDefined(of) => format!("location {} ({})", of.location, of.name),
        InventoryEvent::Received(of) => received(of),
        InventoryEvent::Adjusted(of) => adjusted(of),
        InventoryEvent::WaveReleased(of) => wave_released(of),
        InventoryEvent::Shipped(of) => shipped(of),
        InventoryEvent::ReplenishmentRequested(of) => replenishment_requested(of),
    }
}

fn item_defined(of: &ItemDefined) -> String {
    let sold = match &of.segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => {
            let (cap, days) = (many(*cap, "unit"), many(*longest_wait_days, "day"));
            format!("at most {cap} may wait, at most {days}")
        }
        Segment::Substitutable { alternatives, .. } => {
            format!(
                "instead: {}",
                join(alternatives.iter().map(ToString::to_string))
            )
        }
        Segment::StockOnly => "from stock only".into(),
    };
    let shares = if of.fair_share {
        ", in fair shares"
    } else {
        ""
    };
    let kept = of.protection.as_ref();
    let kept = kept.map_or("", |_| ", some kept back");
    format!("item {} ({}): {sold}{shares}{kept}", of.sku, of.description)
}

fn received(of: &Received) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    let from = of
        .purchase_order
        .as_ref()
        .map(|order| format!(" of {order}"));
    format!(
        "receipt {}{} at {}: {lines}",
        of.receipt,
        from.unwrap_or_default(),
        of.location
    )
}

fn adjusted(of: &Adjusted) -> String {
    format!(
        "{} at {} changed by {:+} ({})",
        of.sku, of.location, of.change, of.reason
    )
}

fn wave_released(of: &WaveReleased) -> String {
    let lines = join(of.lines.iter().map(|line| {
        format!(
            "{} for order {} line {}",
            units(line.quantity, &line.sku),
            line.order,
            line.line
        )
    }));
    format!("wave {} at {}: {lines}", of.wave, of.location)
}

fn shipped(of: &Shipped) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    format!(
        "order {} ships from {} as {}: {lines}",
        of.order, of.location, of.shipment
    )
}

fn replenishment_requested(of: &ReplenishmentRequested) -> String {
    let what = units(of.quantity, &of.sku);
    format!(
        "{what} wanted from {} at position {}",
        of.supplier, of.position
    )
}
