//! The door that says what a supplier's word would change.

use allocation::impact::{Impact, MovedLine, SkuImpact};
use allocation::{Allocator, AllocatorRefusal, Word};
use api::allocator::v1;
use api::allocator::v1::preview_impact_request::Word as Said;
use chassis::wire::{key, missing, optional, stamp, time};
use domain::ids::{PurchaseOrderId, Revision, Sku, Timestamp};
use tonic::Status;

use crate::answer::Dates;

/// What is asked.
pub struct Asked {
    purchase_order: PurchaseOrderId,
    sku: Option<Sku>,
    word: Word,
}

impl Asked {
    pub fn read(request: &v1::PreviewImpactRequest) -> Result<Self, Status> {
        let purchase_order = &request.purchase_order_id;
        let none = || {
            missing(
                "word",
                "give days_later, expected_at, date_unknown or will_not_come",
            )
        };
        Ok(Self {
            purchase_order: key("purchase_order_id", purchase_order, PurchaseOrderId::new)?,
            sku: optional("sku", &request.sku, Sku::new)?,
            word: match request.word.ok_or_else(none)? {
                Said::DaysLater(days) => Word::Later(days),
                Said::ExpectedAt(at) => {
                    let at = time("expected_at", Some(at))?;
                    Word::On(at.ok_or_else(none)?)
                }
                Said::DateUnknown(true) => Word::Undated,
                Said::WillNotCome(true) => Word::Never,
                Said::DateUnknown(false) | Said::WillNotCome(false) => return Err(none()),
            },
        })
    }

    pub fn of(&self, room: &Allocator, now: Timestamp) -> Result<Impact, AllocatorRefusal> {
        room.impact(&self.purchase_order, self.sku.as_ref(), self.word, now)
    }
}

/// What would change.
pub fn answer(it: &Impact, dates: Dates<'_>, revision: Revision) -> v1::PreviewImpactResponse {
    let lines = it.lines.iter().map(|line| moved_line(line, dates));
    v1::PreviewImpactResponse {
        skus: it.skus.iter().map(sku_impact).collect(),
        lines: lines.collect(),
        orders: u64::try_from(it.orders).unwrap_or(u64::MAX),
        revision: revision.0,
    }
}

fn sku_impact(it: &SkuImpact) -> v1::SkuImpact {
    v1::SkuImpact {
        sku: it.sku.to_string(),
        units: it.units,
        expected_at: it.was.map(stamp),
        would_be_expected_at: it.becomes.map(stamp),
        lines: it.moved.lines,
        waiting_units: it.moved.units,
        value_minor: it.moved.value_minor,
        later: it.moved.later,
        earlier: it.moved.earlier,
        undated: it.moved.undated,
        beyond_longest_wait: it.moved.too_long,
        beyond_wanted: it.moved.after_wanted,
        beyond_deadline: it.moved.after_deadline,
        free_units: it.free_units,
    }
}

fn moved_line(it: &MovedLine, dates: Dates<'_>) -> v1::MovedLine {
    v1::MovedLine {
        order_id: it.order.to_string(),
        line: it.line,
        sku: it.sku.to_string(),
        tier: it.tier.to_string(),
        backordered: it.units,
        value_minor: it.value_minor,
        promise: dates.of(&it.sku, it.was.as_ref()),
        would_be: dates.of(&it.sku, Some(&it.becomes)),
        beyond_longest_wait: it.breaks.longest_wait,
        beyond_wanted: it.breaks.wanted,
        beyond_deadline: it.breaks.deadline,
    }
}
