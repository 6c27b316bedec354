//! What the room knows, in the words of the wire.

use allocation::rule::{Boost, Boosted};
use allocation::{
    Allocator, AllocatorRefusal, Availability, Disposition, Explanation, Hold, LineDates,
    QueueLine, QueuePage,
};
use api::allocator::v1;
use chassis::wire::stamp;
use domain::available::Asker;
use domain::event::{Effect, Promise, RefuseReason};
use domain::exact::Exact;
use domain::ids::{HoldId, OrderId, Revision, Sku, Timestamp};

use crate::request;

/// Who puts beside a date what is likely, going by its supplier.
#[derive(Clone, Copy)]
pub struct Dates<'a> {
    /// Who knows suppliers.
    pub allocator: &'a Allocator,
    /// As of when.
    pub now: Timestamp,
}

impl Dates<'_> {
    /// One line of an order, or all of them (0).
    pub fn lines(
        self,
        order: &OrderId,
        line: u32,
    ) -> Result<Vec<v1::LinePromise>, AllocatorRefusal> {
        let lines = self.allocator.dates(order, line, self.now)?;
        let line = |it: LineDates| v1::LinePromise {
            line: it.line,
            undecided: it.undecided,
            reserved: it.reserved,
            backordered: it.backordered,
            promise: self.of(&it.sku, it.promised.as_ref()),
            current: self.of(&it.sku, it.current.as_ref()),
            sku: it.sku.to_string(),
        };
        Ok(lines.into_iter().map(line).collect())
    }

    /// A date that is told of an SKU.
    pub fn of(self, sku: &Sku, told: Option<&Promise>) -> Option<v1::Promise> {
        let told = told?;
        let outlook = self.allocator.outlook(told, sku, self.now);
        Some(v1::Promise {
            p50: outlook.map(|outlook| stamp(outlook.p50)),
            p90: outlook.map(|outlook| stamp(outlook.p90)),
            ..promise(told)
        })
    }
}

fn promise(promise: &Promise) -> v1::Promise {
    let (basis, purchase_order_id) = match promise {
        Promise::Inbound { purchase_order, .. } => {
            (v1::PromiseBasis::Inbound, purchase_order.to_string())
        }
        Promise::Estimate { .. } => (v1::PromiseBasis::Estimate, String::new()),
        Promise::Unknown => (v1::PromiseBasis::Unknown, String::new()),
    };
    v1::Promise {
        at: promise.at().map(stamp),
        basis: basis.into(),
        purchase_order_id,
        ..v1::Promise::default()
    }
}

/// Units that a line loses or is given.
pub fn given(effect: &Effect) -> Option<v1::StockGiven> {
    let (location, units) = match effect {
        Effect::Released(it) => (&it.location, 0_i64.minus(it.quantity.into())),
        Effect::Assigned(it) => (&it.location, it.quantity.into()),
        Effect::Backordered(_) | Effect::Offered(_) | Effect::Refused(_) | Effect::Promised(_) => {
            return None;
        }
    };
    Some(v1::StockGiven {
        order_id: effect.order().to_string(),
        line: effect.line(),
        location_id: location.to_string(),
        units,
    })
}

/// Lines and units that were told of the end of their waits, and lines that were not.
pub fn told_of_the_end(effects: &[Effect], left: u64) -> (u64, u64, u64) {
    let units = effects.iter().map(|effect| match effect {
        Effect::Offered(it) => u64::from(it.quantity),
        Effect::Refused(it) => u64::from(it.quantity),
        Effect::Assigned(_)
        | Effect::Released(_)
        | Effect::Backordered(_)
        | Effect::Promised(_) => 0,
    });
    let lines = u64::try_from(effects.len()).unwrap_or(u64::MAX);
    (lines, units.sum(), left)
}

/// Why units are refused, in the words of the wire.
pub const fn reason(why: RefuseReason) -> v1::RefuseReason {
    match why {
        RefuseReason::UnknownItem => v1::RefuseReason::UnknownItem,
        RefuseReason::StockOnly => v1::RefuseReason::StockOnly,
        RefuseReason::Substitutable => v1::RefuseReason::Substitutable,
        RefuseReason::CapReached => v1::RefuseReason::CapReached,
        RefuseReason::WaitTooLong => v1::RefuseReason::WaitTooLong,
        RefuseReason::Discontinued => v1::RefuseReason::Discontinued,
        RefuseReason::OrderWhole => v1::RefuseReason::OrderWhole,
    }
}

/// The same for whoever has a hold, as long as it stands: what is held is theirs.
pub fn holding(
    found: v1::CheckAvailabilityResponse,
    open: Option<(&HoldId, &Hold)>,
    repeated: bool,
) -> v1::CheckAvailabilityResponse {
    let Some((id, hold)) = open else {
        return v1::CheckAvailabilityResponse { repeated, ..found };
    };
    v1::CheckAvailabilityResponse {
        available: found.available,
        available_now: hold.left,
        outcome: v1::Outcome::Reserve.into(),
        disclosure: format!("In stock, and held until {}.", hold.until),
        revision: found.revision,
        hold: Some(v1::Hold {
            hold_id: id.to_string(),
            until: Some(stamp(hold.until)),
            quantity: hold.left,
        }),
        repeated,
        ..v1::CheckAvailabilityResponse::default()
    }
}

/// What would happen at the door.
pub fn availability(
    it: Availability,
    sku: &Sku,
    dates: Dates<'_>,
    revision: Revision,
) -> v1::CheckAvailabilityResponse {
    let outcome = match it.disposition {
        Disposition::Reserve => v1::Outcome::Reserve,
        Disposition::Backorder => v1::Outcome::Backorder,
        Disposition::Offer(_) => v1::Outcome::Offer,
        Disposition::Refuse(_) => v1::Outcome::Refuse,
    };
    let why = it.refused.map(|refused| reason(refused.why));
    let offered_until = match it.disposition {
        Disposition::Offer(until) => Some(stamp(until)),
        Disposition::Reserve | Disposition::Backorder | Disposition::Refuse(_) => None,
    };
    v1::CheckAvailabilityResponse {
        offered_until,
        hold: None,
        repeated: false,
        available_now: it.available_now,
        available: it.available,
        outcome: outcome.into(),
        promise: dates.of(sku, it.promise.as_ref()),
        alternatives: it.alternatives.iter().map(ToString::to_string).collect(),
        refuse_reason: why.unwrap_or_default().into(),
        would_wait: it.would_wait,
        refused: it.refused.map_or(0, |refused| refused.units),
        opens_at: it.opens_at.map(stamp),
        disclosure: it.disclosure,
        units_ahead: it.ahead,
        revision: revision.0,
    }
}

/// The dates told for the lines asked for; of one line, in the answer's own fields too.
pub fn told(lines: Vec<v1::LinePromise>, line: u32, revision: Revision) -> v1::GetPromiseResponse {
    let mut response = v1::GetPromiseResponse {
        revision: revision.0,
        ..v1::GetPromiseResponse::default()
    };
    if let Some(it) = lines.first().filter(|_| line > 0) {
        response.sku.clone_from(&it.sku);
        response.reserved = it.reserved;
        response.backordered = it.backordered;
        response.promise.clone_from(&it.promise);
        response.current.clone_from(&it.current);
    }
    response.lines = lines;
    response
}

/// Who waits.
pub fn queue(
    it: &QueuePage,
    (sku, asker): (&Sku, &Asker),
    dates: Dates<'_>,
    revision: Revision,
) -> v1::GetQueueResponse {
    let stock = dates.allocator.sku_stock(sku, asker);
    let line = |line| queue_line(line, sku, dates);
    v1::GetQueueResponse {
        lines: it.lines.iter().map(line).collect(),
        total_lines: it.total_lines,
        total_units: it.total_units,
        free_units: it.free_units,
        inbound_units: it.inbound_units,
        next_page_token: it.next.map(request::token).unwrap_or_default(),
        revision: revision.0,
        available_units: stock.available,
        protected_units: stock.protected,
        held_units: stock.held,
    }
}

fn queue_line(it: &QueueLine, sku: &Sku, dates: Dates<'_>) -> v1::QueueLine {
    v1::QueueLine {
        rank: u32::try_from(it.place).unwrap_or(u32::MAX),
        order_id: it.order.to_string(),
        line: it.line,
        tier: it.tier.to_string(),
        backordered: it.backordered,
        effective_at: Some(stamp(it.queue_key.effective)),
        placed_at: Some(stamp(it.placed_at)),
        units_ahead: it.units_ahead,
        promise: dates.of(sku, it.promise.as_ref()),
        complete_only: it.complete_only,
        ship_complete: it.ship_complete,
    }
}

/// Why a line has what it has.
pub fn explanation(it: Explanation, dates: Dates<'_>) -> v1::LineExplanation {
    let mut sentences = it.sentences;
    let outlook = it.promise.as_ref();
    let outlook = outlook.and_then(|told| dates.allocator.outlook(told, &it.sku, dates.now));
    sentences.extend(outlook.map(|outlook| outlook.sentence(dates.allocator.zones().cell())));
    let receipt = it.last_receipt.as_ref();
    let boost = |boost: &Boost| v1::Boost {
        why: boosted(boost.why).into(),
        days: boost.days,
    };
    v1::LineExplanation {
        boosts: it.boosts.iter().map(boost).collect(),
        line: it.line,
        sku: it.sku.to_string(),
        quantity: it.quantity,
        reserved: it.reserved,
        backordered: it.backordered,
        rank: u32::try_from(it.place).unwrap_or(u32::MAX),
        effective_at: Some(stamp(it.effective)),
        placed_at: Some(stamp(it.placed_at)),
        tier: it.tier.to_string(),
        boost_days: it.boost_days,
        moved_days: it.moved_days,
        rule_version: it.rule_version,
        units_ahead: it.units_ahead,
        promise: dates.of(&it.sku, it.promise.as_ref()),
        last_receipt_revision: receipt.map_or(0, |receipt| receipt.position.revision.0),
        would_change: it.would_change,
        sentences,
        // These are read from the log.
        last_receipt_winners: Vec::new(),
        decisions: Vec::new(),
        closed: false,
    }
}

const fn boosted(why: Boosted) -> v1::BoostReason {
    match why {
        Boosted::Tier => v1::BoostReason::Tier,
        Boosted::Value => v1::BoostReason::Value,
        Boosted::LifetimeValue => v1::BoostReason::LifetimeValue,
        Boosted::Requested => v1::BoostReason::Requested,
        Boosted::Urgency => v1::BoostReason::Urgency,
        Boosted::Deadline => v1::BoostReason::Deadline,
        Boosted::Small => v1::BoostReason::Small,
        Boosted::PromiseDue => v1::BoostReason::PromiseDue,
    }
}
