//! Stock in the words of the wire.

use api::inventory::v1;
use chassis::wire::stamp;
use domain::available::{Asker, SkuStock};
use domain::decider::Projection;
use domain::event::{FloorLine, Protection, Replenishment, Segment, StockLine};
use domain::ids::{LocationId, Sku, Zone};
use domain::inventory::{Count, Inventory, Item, Location, Stock, Travel};

/// An item and its stock, for whoever asks; it is called as it is now.
pub fn stock(
    inventory: &Inventory,
    sku: &Sku,
    item: &Item,
    stock: &Stock,
    asker: &Asker,
) -> v1::Stock {
    let total = stock.total();
    let travels = stock.travelling_units();
    let theirs = stock.for_asker(asker);
    let moves = stock.travelling().iter();
    let sku = inventory.renamed().now(sku);
    let former = inventory.renamed().former(sku);
    let at_location = |(location, count)| at_location(location, count, &theirs);
    v1::Stock {
        sku: sku.to_string(),
        description: item.description.clone(),
        segment: Some(segment(&item.segment)),
        replenishment: item.replenishment.as_ref().map(replenishment),
        locations: stock.places().iter().map(at_location).collect(),
        on_hand: units(total.on_hand),
        reserved: units(total.reserved),
        free: free(&total),
        on_order: units(stock.on_order()),
        open_demand: units(stock.demand()),
        position: stock.position(),
        received: units(total.received),
        adjusted: total.adjusted.saturating_add(units(travels)),
        shipped: units(total.shipped),
        fair_share: item.fair_share,
        protection: item.protection.as_ref().map(protection),
        unit: item.measure.unit.clone(),
        step: item.measure.step.to_string(),
        frozen: units(total.in_wave),
        held: units(theirs.held),
        protected_units: units(theirs.protected),
        available: units(theirs.available),
        reserve_days_before: item.reserve_days_before,
        releases_at: item.releases_at.map(stamp),
        travelling: units(travels),
        moves: moves
            .filter_map(|(via, count)| Some(travelling(inventory.travel(via)?, count)))
            .collect(),
        former_skus: former.iter().map(Sku::to_string).collect(),
    }
}

fn travelling(travel: &Travel, count: &Count) -> v1::TravellingStock {
    v1::TravellingStock {
        move_id: travel.id.to_string(),
        from_location_id: travel.from.to_string(),
        to_location_id: travel.to.to_string(),
        quantity: units(count.on_hand),
        reserved: units(count.reserved),
        arrives_at: Some(stamp(travel.arrives)),
    }
}

fn at_location(location: &LocationId, count: &Count, theirs: &SkuStock) -> v1::LocationStock {
    v1::LocationStock {
        location_id: location.to_string(),
        on_hand: units(count.on_hand),
        reserved: units(count.reserved),
        in_wave: units(count.in_wave),
        free: free(count),
        available: units(theirs.at_place(count.free())),
    }
}

/// Below nothing where less is there than was thought: the allocator will take it back.
fn free(count: &Count) -> i64 {
    units(count.on_hand).saturating_sub(units(count.reserved))
}

fn units(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

fn segment(segment: &Segment) -> v1::stock::Segment {
    match segment {
        Segment::Backorderable {
            cap,
            longest_wait_days,
        } => v1::stock::Segment::Backorderable(v1::Backorderable {
            cap: *cap,
            longest_wait_days: *longest_wait_days,
        }),
        Segment::Substitutable {
            alternatives,
            offer_days,
        } => v1::stock::Segment::Substitutable(v1::Substitutable {
            alternatives: alternatives.iter().map(Sku::to_string).collect(),
            offer_days: *offer_days,
        }),
        Segment::StockOnly => v1::stock::Segment::StockOnly(v1::StockOnly {}),
    }
}

fn replenishment(rule: &Replenishment) -> v1::Replenishment {
    v1::Replenishment {
        supplier_id: rule.supplier.to_string(),
        reorder_point: rule.reorder_point,
        order_up_to: rule.order_up_to,
        pack_size: rule.pack_size,
        lead_time_days: rule.lead_time_days,
    }
}

fn protection(kept: &Protection) -> v1::Protection {
    let channels = kept.channels.iter().map(|level| v1::ChannelLevel {
        channel: level.channel.clone(),
        units: level.units,
    });
    let tiers = kept.tiers.iter().map(|level| v1::TierLevel {
        tier: level.tier.to_string(),
        units: level.units,
    });
    v1::Protection {
        safety_stock: kept.safety_stock,
        channels: channels.collect(),
        tiers: tiers.collect(),
    }
}

/// A line of a wave.
pub fn stock_line(line: &StockLine) -> v1::StockLine {
    v1::StockLine {
        order_id: line.order.to_string(),
        line: line.line,
        sku: line.sku.to_string(),
        quantity: line.quantity,
    }
}

/// A line of a pick list.
pub fn pick(inventory: &Inventory, pick: &FloorLine) -> v1::PickLine {
    let item = inventory.stock(&pick.sku).and_then(Stock::item);
    v1::PickLine {
        description: item
            .map(|item| item.description.clone())
            .unwrap_or_default(),
        location_id: pick.location.to_string(),
        sku: pick.sku.to_string(),
        order_id: pick.order.to_string(),
        line: pick.line,
        quantity: pick.quantity,
    }
}

/// A place that holds stock.
pub fn location(id: &LocationId, location: &Location) -> v1::Location {
    v1::Location {
        location_id: id.to_string(),
        name: location.name.clone(),
        region: location.region.clone().unwrap_or_default(),
        cost: location.cost.unwrap_or_default(),
        time_zone: location
            .time_zone
            .as_ref()
            .map(Zone::to_string)
            .unwrap_or_default(),
    }
}
