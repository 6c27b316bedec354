//! Requests as they come over the wire, read into commands.
//!
//! Checks form alone: whether something can be read. What may be asked is the room's to say.

use api::inventory::v1;
use chassis::wire::{key, key_or_new, keys, missing, optional, page_token, some, time};
use chassis::{invalid, refused};
use domain::available::{Asker, ORDINARY_TIER};
use domain::event::{
    Adjusted, ChannelLevel, ItemDefined, ItemRenamed, LocationDefined, Protection, Received,
    Replenishment, Segment, Shipped, ShippedLine, SkuQuantity, TierLevel, WaveFilter,
};
use domain::ids::{
    AdjustmentId, DefinitionId, LocationId, OrderId, PurchaseOrderId, ReceiptId, RenamingId,
    ShipmentId, Sku, SupplierId, Tier, UnknownZone, WaveId, Zone,
};
use domain::inventory::{
    AdjustStock, ConfirmShipment, DefineItem, DefineLocation, InventoryRefusal, ReceiveStock,
    ReleaseWave, RenameItem,
};
use domain::quantity::Step;
use tonic::Status;

/// Lines in a wave if the caller does not say.
const DEFAULT_WAVE_LINES: u32 = 500;
/// The most items that a listing names.
const MAX_LISTED_SKUS: usize = 500;
/// The most items that one caller watches in one stream.
pub const MAX_WATCHED_SKUS: usize = 100;

/// The item that a request is about.
pub fn sku(text: &str) -> Result<Sku, Status> {
    key("sku", text, Sku::new)
}

/// For whom stock is told.
pub fn asker(channel: String, tier: &str) -> Result<Asker, Status> {
    let tier = if tier.is_empty() { ORDINARY_TIER } else { tier };
    Ok(Asker {
        channel,
        tier: key("tier", tier, Tier::new)?,
    })
}

/// A request to define an item.
pub fn define_item(request: v1::DefineItemRequest) -> Result<DefineItem, Status> {
    Ok(DefineItem(ItemDefined {
        definition: key_or_new("definition_id", &request.definition_id, DefinitionId::new)?,
        sku: sku(&request.sku)?,
        description: request.description,
        segment: segment(request.segment)?,
        replenishment: request
            .replenishment
            .as_ref()
            .map(replenishment)
            .transpose()?,
        fair_share: request.fair_share,
        protection: request.protection.map(protection).transpose()?,
        unit: some(request.unit),
        step: some(request.step).map(|text| step(&text)).transpose()?,
        reserve_days_before: request.reserve_days_before,
        releases_at: time("releases_at", request.releases_at)?,
    }))
}

/// A request to give an item another SKU.
pub fn rename_item(request: v1::RenameItemRequest) -> Result<RenameItem, Status> {
    Ok(RenameItem(ItemRenamed {
        renaming: key_or_new("renaming_id", &request.renaming_id, RenamingId::new)?,
        sku: sku(&request.sku)?,
        to: key("to_sku", &request.to_sku, Sku::new)?,
        reason: request.reason,
        by: request.by,
    }))
}

fn step(text: &str) -> Result<Step, Status> {
    Step::new(text).map_err(|problem| refused(&InventoryRefusal::StepMalformed { problem }))
}

fn segment(asked: Option<v1::define_item_request::Segment>) -> Result<Segment, Status> {
    use v1::define_item_request::Segment as Asked;
    match asked {
        Some(Asked::Backorderable(asked)) => Ok(Segment::Backorderable {
            cap: asked.cap,
            longest_wait_days: asked.longest_wait_days,
        }),
        Some(Asked::Substitutable(asked)) => {
            let field = "segment.substitutable.alternatives";
            Ok(Segment::Substitutable {
                alternatives: keys(field, &asked.alternatives, Sku::new)?,
                offer_days: asked.offer_days,
            })
        }
        Some(Asked::StockOnly(v1::StockOnly {})) => Ok(Segment::StockOnly),
        None => Err(missing(
            "segment",
            "say how it is sold: backorderable, substitutable or stock_only",
        )),
    }
}

fn replenishment(asked: &v1::Replenishment) -> Result<Replenishment, Status> {
    Ok(Replenishment {
        supplier: key(
            "replenishment.supplier_id",
            &asked.supplier_id,
            SupplierId::new,
        )?,
        reorder_point: asked.reorder_point,
        order_up_to: asked.order_up_to,
        pack_size: asked.pack_size,
        lead_time_days: asked.lead_time_days,
    })
}

fn protection(asked: v1::Protection) -> Result<Protection, Status> {
    let channel = |asked: v1::ChannelLevel| ChannelLevel {
        channel: asked.channel,
        units: asked.units,
    };
    let tier = |asked: v1::TierLevel| {
        Ok(TierLevel {
            tier: key("protection.tiers.tier", &asked.tier, Tier::new)?,
            units: asked.units,
        })
    };
    Ok(Protection {
        safety_stock: asked.safety_stock,
        channels: asked.channels.into_iter().map(channel).collect(),
        tiers: asked
            .tiers
            .into_iter()
            .map(tier)
            .collect::<Result<_, Status>>()?,
    })
}

/// A request to define a location.
pub fn define_location(request: v1::DefineLocationRequest) -> Result<DefineLocation, Status> {
    Ok(DefineLocation(LocationDefined {
        definition: key_or_new("definition_id", &request.definition_id, DefinitionId::new)?,
        location: location(&request.location_id)?,
        name: request.name,
        region: some(request.region),
        cost: Some(request.cost).filter(|cost| *cost > 0),
        time_zone: some(request.time_zone)
            .map(|name| time_zone(&name))
            .transpose()?,
    }))
}

fn time_zone(name: &str) -> Result<Zone, Status> {
    Zone::new(name).map_err(|UnknownZone { name, near }| {
        let time_zone = name;
        refused(&InventoryRefusal::UnknownTimeZone { time_zone, near })
    })
}

fn location(text: &str) -> Result<LocationId, Status> {
    key("location_id", text, LocationId::new)
}

/// A request to count a delivery in.
pub fn receive_stock(request: &v1::ReceiveStockRequest) -> Result<ReceiveStock, Status> {
    let line = |asked: &v1::SkuQuantity| {
        Ok(SkuQuantity {
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
        })
    };
    Ok(ReceiveStock(Received {
        receipt: key_or_new("receipt_id", &request.receipt_id, ReceiptId::new)?,
        location: location(&request.location_id)?,
        purchase_order: optional(
            "purchase_order_id",
            &request.purchase_order_id,
            PurchaseOrderId::new,
        )?,
        lines: request
            .lines
            .iter()
            .map(line)
            .collect::<Result<_, Status>>()?,
    }))
}

/// A request to correct a count.
pub fn adjust_stock(request: v1::AdjustStockRequest) -> Result<AdjustStock, Status> {
    Ok(AdjustStock(Adjusted {
        adjustment: key_or_new("adjustment_id", &request.adjustment_id, AdjustmentId::new)?,
        sku: sku(&request.sku)?,
        location: location(&request.location_id)?,
        change: request.change,
        reason: request.reason,
    }))
}

/// A request for a wave.
pub fn release_wave(request: &v1::ReleaseWaveRequest) -> Result<ReleaseWave, Status> {
    Ok(ReleaseWave {
        wave: key_or_new("wave_id", &request.wave_id, WaveId::new)?,
        location: location(&request.location_id)?,
        max_lines: match request.max_lines {
            0 => DEFAULT_WAVE_LINES,
            asked => asked,
        },
        max_units: Some(request.max_units).filter(|units| *units > 0),
        only: request.only.as_ref().map(only).transpose()?,
    })
}

fn only(asked: &v1::WaveFilter) -> Result<WaveFilter, Status> {
    Ok(WaveFilter {
        backorders: asked.backorders,
        skus: keys("only.skus", &asked.skus, Sku::new)?,
        channels: asked.channels.clone(),
        ship_by: time("only.ship_by", asked.ship_by)?,
    })
}

/// The wave that a question is about.
pub fn wave(text: &str) -> Result<WaveId, Status> {
    key("wave_id", text, WaveId::new)
}

/// A request to confirm a shipment.
pub fn confirm_shipment(request: v1::ConfirmShipmentRequest) -> Result<ConfirmShipment, Status> {
    let line = |asked: &v1::ShippedLine| {
        Ok(ShippedLine {
            line: asked.line,
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
            unplanned: 0,
        })
    };
    Ok(ConfirmShipment(Shipped {
        shipment: key_or_new("shipment_id", &request.shipment_id, ShipmentId::new)?,
        order: key("order_id", &request.order_id, OrderId::new)?,
        location: location(&request.location_id)?,
        lines: request
            .lines
            .iter()
            .map(line)
            .collect::<Result<_, Status>>()?,
        tracking: some(request.tracking),
        from_others: request.from_others,
    }))
}

/// The items to watch, each once.
pub fn watched(skus: &[String]) -> Result<Vec<Sku>, Status> {
    let remedy = "name 1 to 100 SKUs; open another stream for more";
    if !(1..=MAX_WATCHED_SKUS).contains(&skus.len()) {
        let problem = format!("names {} items, not 1 to {MAX_WATCHED_SKUS}", skus.len());
        return Err(invalid("skus", "SKU_COUNT_OUT_OF_RANGE", problem, remedy));
    }
    let mut skus = keys("skus", skus, Sku::new)?;
    skus.sort();
    skus.dedup();
    Ok(skus)
}

/// The items that a listing is of, each once; nothing: all.
pub fn listed(skus: &[String]) -> Result<Option<Vec<Sku>>, Status> {
    if skus.is_empty() {
        return Ok(None);
    }
    if skus.len() > MAX_LISTED_SKUS {
        let problem = format!("names {} items, not at most {MAX_LISTED_SKUS}", skus.len());
        let remedy = "name at most 500 SKUs a call";
        return Err(invalid("skus", "SKU_COUNT_OUT_OF_RANGE", problem, remedy));
    }
    let mut skus = keys("skus", skus, Sku::new)?;
    skus.sort();
    skus.dedup();
    Ok(Some(skus))
}

/// After which SKU a page begins.
pub fn after_sku(token: &str) -> Result<Option<Sku>, Status> {
    page_token(token, |token| Sku::new(token).ok())
}

/// After which location a page begins.
pub fn after_location(token: &str) -> Result<Option<LocationId>, Status> {
    page_token(token, |token| LocationId::new(token).ok())
}
