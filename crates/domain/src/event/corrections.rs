//! What events correct in the stock. Said here once, for all who count it.

use super::{Correction, InventoryEvent};
use crate::exact::{Exact, fewer};
use crate::ids::{LocationId, Sku};

impl InventoryEvent {
    /// What it corrects in the stock, in its order, for all who count it. Receipts and shipments
    /// are no corrections. Of a move each line is two: fewer here, then as many more there, or on
    /// their way.
    pub fn corrections(&self) -> Vec<Correction<'_>> {
        match self {
            Self::Adjusted(it) => vec![Correction {
                sku: &it.sku,
                location: &it.location,
                change: it.change,
            }],
            Self::Counted(it) => {
                let lines = it.lines.iter().map(|line| (&line.sku, line.change));
                at(&it.location, lines)
            }
            Self::Moved(it) => {
                let lines = it.lines.iter();
                let lines = lines.map(|line| (&line.sku, line.quantity, line.quantity));
                carried(&it.from, it.next_place(), lines)
            }
            Self::MoveArrived(it) => {
                let lines = it.lines.iter();
                let lines =
                    lines.map(|line| (&line.sku, line.quantity.plus(line.lost), line.quantity));
                carried(&it.via, &it.location, lines)
            }
            Self::ShortPicked(it) => {
                let lines = it.lines.iter();
                let lines = lines.map(|line| (&line.sku, fewer(line.written_off)));
                at(&it.location, lines)
            }
            Self::Returned(it) if it.scrapped => Vec::new(),
            Self::Returned(it) => {
                let lines = it.lines.iter();
                let lines = lines.map(|line| (&line.sku, i64::from(line.quantity)));
                at(&it.location, lines)
            }
            Self::ItemDefined(_)
            | Self::LocationDefined(_)
            | Self::TimeZoneSet(_)
            | Self::Received(_)
            | Self::WaveReleased(_)
            | Self::WaveRecalled(_)
            | Self::Shipped(_)
            | Self::ItemRenamed(_)
            | Self::ReplenishmentRequested(_) => Vec::new(),
        }
    }
}

fn at<'a>(
    location: &'a LocationId,
    lines: impl Iterator<Item = (&'a Sku, i64)>,
) -> Vec<Correction<'a>> {
    let corrections = lines.map(|(sku, change)| Correction {
        sku,
        location,
        change,
    });
    corrections.collect()
}

/// Of each SKU so many units fewer here, then so many more there.
fn carried<'a>(
    from: &'a LocationId,
    to: &'a LocationId,
    lines: impl Iterator<Item = (&'a Sku, u32, u32)>,
) -> Vec<Correction<'a>> {
    let corrections = lines.flat_map(|(sku, gone, come)| {
        let here = Correction {
            sku,
            location: from,
            change: fewer(gone),
        };
        let there = Correction {
            sku,
            location: to,
            change: i64::from(come),
        };
        [here, there]
    });
    corrections.collect()
}
