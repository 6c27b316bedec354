//! What the warehouse floor says, by chance: waves called back, goods not found, carried elsewhere,
//! counted in there, counted, left late, or brought back; items that are called otherwise.

use std::sync::Arc;

use audit::Audit;
use domain::event::{Counted, CountedLine, ItemRenamed, Shipped, ShippedLine, SkuQuantity};
use domain::ids::{OrderId, Sku};
use domain::inventory::{
    ConfirmShipment, CountStock, MoveStock, RecallWave, ReceiveMove, RenameItem, ReportShortPick,
    ReturnGoods,
};

use super::asked::Asked;
use super::chance::Chance;
use super::names::{self, LOCATIONS, SKUS, any};

fn skus() -> Vec<Sku> {
    SKUS.map(Sku::from).into()
}

/// One of these, with the number of the step as its id.
pub(super) fn act(
    chance: &mut Chance,
    number: u32,
    orders: &[OrderId],
    audit: &Audit,
) -> Option<Asked> {
    let id = format!("f{number}");
    let order = || orders.get(usize::try_from(number).ok()?.checked_rem(orders.len())?);
    Some(match chance.below(8) {
        0 => Asked::Inventory(Arc::new(RecallWave {
            recall: id.as_str().into(),
            wave: None,
            order: Some(order()?.clone()),
        })),
        1 => Asked::Inventory(Arc::new(ReportShortPick {
            report: id.as_str().into(),
            order: order()?.clone(),
            location: any(chance, &LOCATIONS).into(),
            found: vec![(1, chance.units(3).saturating_sub(1))],
            skus: skus(),
        })),
        2 => carried(chance, &id, audit)?,
        6 => arrived(chance, &id, audit)?,
        7 => Asked::Inventory(Arc::new(RenameItem(ItemRenamed {
            renaming: id.as_str().into(),
            sku: names::item(chance, audit),
            to: format!("{}-{}", any(chance, &SKUS), number % 16)
                .as_str()
                .into(),
            reason: "the catalogue".to_owned(),
            by: "eva".to_owned(),
        }))),
        3 => Asked::Inventory(Arc::new(CountStock {
            asked: Counted {
                count: id.as_str().into(),
                location: any(chance, &LOCATIONS).into(),
                lines: vec![CountedLine {
                    sku: any(chance, &SKUS).into(),
                    counted: chance.below(12),
                    change: 0,
                }],
                as_of: None,
                without_reserved: chance.below(2) == 0,
            },
            then: None,
        })),
        // What was ordered once may be in a parcel, whatever became of the order.
        4 => {
            let lines: Vec<_> = audit.lines.iter().collect();
            let ((order, line), of) = lines.get(chance.index(lines.len()))?;
            Asked::Inventory(Arc::new(ConfirmShipment(Shipped {
                shipment: id.as_str().into(),
                order: order.clone(),
                location: any(chance, &LOCATIONS).into(),
                lines: vec![ShippedLine {
                    line: *line,
                    sku: of.sku.clone(),
                    quantity: chance.units(4),
                    unplanned: 0,
                }],
                tracking: None,
                from_others: chance.below(2) == 0,
            })))
        }
        _ => Asked::Inventory(Arc::new(ReturnGoods {
            id: id.as_str().into(),
            order: order()?.clone(),
            location: any(chance, &LOCATIONS).into(),
            lines: vec![(1, chance.units(3))],
            scrapped: chance.below(3) == 0,
            reason: String::new(),
            left: Vec::new(),
            skus: skus(),
        })),
    })
}

/// Stock is carried to another location, or leaves for it.
fn carried(chance: &mut Chance, id: &str, audit: &Audit) -> Option<Asked> {
    let from = chance.index(LOCATIONS.len());
    let there = |at: usize| LOCATIONS.iter().cycle().nth(at).copied();
    Some(Asked::Inventory(Arc::new(MoveStock {
        id: id.into(),
        from: there(from)?.into(),
        to: there(from.saturating_add(1))?.into(),
        lines: vec![SkuQuantity {
            sku: any(chance, &SKUS).into(),
            quantity: chance.units(8),
        }],
        arrives: (chance.below(2) == 0).then(|| {
            let days = i64::try_from(chance.below(9)).unwrap_or_default();
            audit.last_at.plus_days(days)
        }),
    })))
}

/// Some of what travels is counted in; what goes elsewhere is not.
fn arrived(chance: &mut Chance, id: &str, audit: &Audit) -> Option<Asked> {
    let on_road = audit.stock.iter();
    let on_road = on_road.filter(|((_, at), of)| audit.roads.contains(at) && of.on_hand() > 0);
    let on_road: Vec<_> = on_road.map(|(key, _)| key).collect();
    let (sku, road) = on_road.get(chance.index(on_road.len()))?;
    Some(Asked::Inventory(Arc::new(ReceiveMove {
        receipt: id.into(),
        id: road.as_str().strip_prefix("move:")?.into(),
        location: any(chance, &LOCATIONS).into(),
        lines: vec![SkuQuantity {
            sku: sku.clone(),
            quantity: chance.units(4),
        }],
        rest_lost: chance.below(3) == 0,
    })))
}
