//! Facts of inventory.

use domain::event::{
    Adjusted, Counted, InventoryEvent, ItemDefined, LocationDefined, MoveArrived, Moved, Received,
    ReplenishmentRequested, Returned, Segment, Shipped, ShortPicked, WaveRecalled, WaveReleased,
};

use super::phrase::{join, units};
use crate::output::many;
use crate::zone;

pub(super) fn sentence(event: &InventoryEvent) -> String {
    match event {
        InventoryEvent::ItemDefined(of) => item_defined(of),
        InventoryEvent::ItemRenamed(of) => of.says(),
        InventoryEvent::LocationDefined(of) => location_defined(of),
        InventoryEvent::TimeZoneSet(of) => format!("days are those of {}", of.time_zone),
        InventoryEvent::Received(of) => received(of),
        InventoryEvent::Adjusted(of) => adjusted(of),
        InventoryEvent::Counted(of) => counted(of),
        InventoryEvent::Moved(of) => moved(of),
        InventoryEvent::MoveArrived(of) => move_arrived(of),
        InventoryEvent::WaveReleased(of) => wave_released(of),
        InventoryEvent::WaveRecalled(of) => wave_recalled(of),
        InventoryEvent::ShortPicked(of) => short_picked(of),
        InventoryEvent::Shipped(of) => shipped(of),
        InventoryEvent::Returned(of) => returned(of),
        InventoryEvent::ReplenishmentRequested(of) => replenishment_requested(of),
    }
}

fn location_defined(of: &LocationDefined) -> String {
    let zone = of.time_zone.as_ref();
    let zone = zone.map_or_else(String::new, |zone| format!(", time zone {zone}"));
    format!("location {} ({}){zone}", of.location, of.name)
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
    let before = of.reserve_days_before.map_or_else(String::new, |days| {
        format!(", reserved from {} before", many(days, "day"))
    });
    let released = of.releases_at.map_or_else(String::new, |at| {
        format!(", released on {}", zone::date(at))
    });
    format!(
        "item {} ({}): {sold}{shares}{kept}{before}{released}",
        of.sku, of.description
    )
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

fn counted(of: &Counted) -> String {
    let lines = join(of.lines.iter().map(|line| {
        let (counted, sku, change) = (line.counted, &line.sku, line.change);
        format!("{counted} {sku} ({change:+})")
    }));
    let then = of.as_of.map(|at| format!(" as of revision {at}"));
    format!(
        "count {} at {}{}: {lines}",
        of.count,
        of.location,
        then.unwrap_or_default()
    )
}

fn moved(of: &Moved) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    let arrives = of.arrives.map_or_else(String::new, |at| {
        format!(", to arrive {}", zone::minute(at))
    });
    format!(
        "move {} from {} to {}{arrives}: {lines}",
        of.id, of.from, of.to
    )
}

fn move_arrived(of: &MoveArrived) -> String {
    let lines = join(of.lines.iter().map(|line| match line.lost {
        0 => units(line.quantity, &line.sku),
        lost => format!("{}, {lost} lost", units(line.quantity, &line.sku)),
    }));
    format!("move {} arrived at {}: {lines}", of.id, of.location)
}

fn wave_recalled(of: &WaveRecalled) -> String {
    let lines = join(of.lines.iter().map(|line| {
        format!(
            "{} for order {} line {}, wave {} at {}",
            units(line.quantity, &line.sku),
            line.order,
            line.line,
            line.wave,
            line.location
        )
    }));
    format!("recall {}: {lines}", of.recall)
}

fn short_picked(of: &ShortPicked) -> String {
    let lines = join(of.lines.iter().map(|line| {
        format!(
            "{} found, {} missing (line {})",
            units(line.found, &line.sku),
            line.missing,
            line.line
        )
    }));
    format!("order {} short at {}: {lines}", of.order, of.location)
}

fn returned(of: &Returned) -> String {
    let lines = join(of.lines.iter().map(|line| units(line.quantity, &line.sku)));
    let put = if of.scrapped {
        "scrapped at"
    } else {
        "back in stock at"
    };
    format!(
        "order {} returned as {}: {lines}, {put} {}",
        of.order, of.id, of.location
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
