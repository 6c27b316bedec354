//! Facts of inventory.

use domain::event::{
    Adjusted, ItemDefined, Received, ReplenishmentRequested, Segment, Shipped, WaveReleased,
};

use super::{join, units};

pub(super) fn item_defined(of: &ItemDefined) -> String {
    let sold = match &of.segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => {
            format!("at most {cap} units wait, at most {longest_wait_days} days")
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

pub(super) fn received(of: &Received) -> String {
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

pub(super) fn adjusted(of: &Adjusted) -> String {
    format!(
        "{} at {} changed by {:+} ({})",
        of.sku, of.location, of.change, of.reason
    )
}

pub(super) fn wave_released(of: &WaveReleased) -> String {
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

pub(super) fn shipped(of: &Shipped) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    format!(
        "order {} ships from {} as {}: {lines}",
        of.order, of.location, of.shipment
    )
}

pub(super) fn replenishment_requested(of: &ReplenishmentRequested) -> String {
    let what = units(of.quantity, &of.sku);
    format!(
        "{what} wanted from {} at position {}",
        of.supplier, of.position
    )
}
