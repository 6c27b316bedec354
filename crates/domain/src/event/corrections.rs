//! What events correct in the stock. Said here once, for all who count it.

use super::{Correction, InventoryEvent};
use crate::exact::fewer;
use crate::ids::{LocationId, Sku};

impl InventoryEvent {
    /// What it corrects in the stock, in its order, for all who count it. Receipts and shipments
    /// are no corrections. Of a move each line is two: fewer here, then as many more there.
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
                let lines = it.lines.iter().flat_map(|line| {
                    let (sku, change) = (&line.sku, fewer(line.quantity));
                    let here = Correction {
                        sku,
                        location: &it.from,
                        change,
                    };
                    let there = Correction {
                        sku,
                        location: &it.to,
                        change: i64::from(line.quantity),
                    };
                    [here, there]
                });
                lines.collect()
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
