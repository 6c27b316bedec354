//! Questions as they come over the wire. Checks form alone: whether something can be read.

use allocation::{
    Asked, AssignStock, EndWaits, HoldStock, LogOrder, Prioritise, QueueKey, ReleaseHold,
};
use api::allocator::v1;
use chassis::invalid;
use chassis::wire::{key, key_or_new, keys, missing, optional, page_token, some, time};
use domain::available::{Asker, ORDINARY_TIER};
use domain::ids::{
    AssignmentId, EndingId, HoldId, LocationId, OrderId, Position, PriorityId, Revision, Sku, Tier,
    Timestamp,
};
use tonic::Status;

/// The most units that may be asked about.
pub const MAX_QUANTITY: u32 = 1_000_000;

/// An order's number.
pub fn order_id(text: &str) -> Result<OrderId, Status> {
    key("order_id", text, OrderId::new)
}

/// An SKU.
pub fn sku(text: &str) -> Result<Sku, Status> {
    key("sku", text, Sku::new)
}

/// A customer's standing.
pub fn tier(text: &str) -> Result<Tier, Status> {
    let text = if text.is_empty() { ORDINARY_TIER } else { text };
    key("tier", text, Tier::new)
}

/// For whom stock is told.
pub fn asker(request: &v1::GetQueueRequest) -> Result<Asker, Status> {
    Ok(Asker {
        channel: request.channel.clone(),
        tier: tier(&request.tier)?,
    })
}

/// What somebody may order.
pub fn asked(request: &v1::CheckAvailabilityRequest) -> Result<Asked, Status> {
    let pick_up_at = &request.pick_up_location_id;
    Ok(Asked {
        sku: sku(&request.sku)?,
        quantity: quantity(request.quantity)?,
        tier: tier(&request.tier)?,
        channel: request.channel.clone(),
        complete_only: request.complete_only,
        pick_up_at: optional("pick_up_location_id", pick_up_at, LocationId::new)?,
        no_split: request.no_split,
        requested_at: time("requested_at", request.requested_at)?,
    })
}

/// A word on the rank of a line.
pub fn prioritise(request: v1::PrioritiseRequest) -> Result<Prioritise, Status> {
    Ok(Prioritise {
        priority: key_or_new("priority_id", &request.priority_id, PriorityId::new)?,
        order: key("order_id", &request.order_id, OrderId::new)?,
        line: request.line,
        days: request.days,
        reason: request.reason,
        by: request.by,
    })
}

/// A word that gives stock to a line.
pub fn assign_stock(request: v1::AssignStockRequest) -> Result<AssignStock, Status> {
    let from = &request.from_order_id;
    Ok(AssignStock {
        assignment: key_or_new("assignment_id", &request.assignment_id, AssignmentId::new)?,
        order: key("order_id", &request.order_id, OrderId::new)?,
        line: request.line,
        quantity: request.quantity,
        from: optional("from_order_id", from, OrderId::new)?,
        reason: request.reason,
        by: request.by,
    })
}

/// A request to end the waits for an item.
pub fn end_waits(request: &v1::EndWaitsRequest) -> Result<EndWaits, Status> {
    Ok(EndWaits {
        ending: key_or_new("ending_id", &request.ending_id, EndingId::new)?,
        sku: sku(&request.sku)?,
        alternatives: keys("alternatives", &request.alternatives, Sku::new)?,
        offer_days: request.offer_days,
    })
}

/// What a question asks to be held; nothing, if it only asks.
pub fn hold_stock(request: &v1::CheckAvailabilityRequest) -> Result<Option<HoldStock>, Status> {
    let Some(asked) = &request.hold else {
        return Ok(None);
    };
    if request.at_revision > 0 {
        let problem = "is given together with at_revision";
        return Err(invalid(
            "hold",
            "HOLD_AND_REVISION_CONFLICT",
            problem,
            "leave out at_revision; units cannot be held in the past",
        ));
    }
    if request.no_split || !request.pick_up_location_id.is_empty() {
        let problem = "is given together with pick_up_location_id or no_split";
        return Err(invalid(
            "hold",
            "HOLD_AND_PLACE_CONFLICT",
            problem,
            "leave them out; units are held at any location",
        ));
    }
    let until = time("hold.until", asked.until)?
        .ok_or_else(|| missing("hold.until", "give an end within the next 24 hours"))?;
    Ok(Some(HoldStock {
        hold: key_or_new("hold.hold_id", &asked.hold_id, HoldId::new)?,
        sku: sku(&request.sku)?,
        quantity: quantity(request.quantity)?,
        tier: tier(&request.tier)?,
        channel: some(request.channel.clone()),
        until,
    }))
}

/// A request to give a hold up.
pub fn release_hold(request: &v1::ReleaseHoldRequest) -> Result<ReleaseHold, Status> {
    let hold = key("hold_id", &request.hold_id, HoldId::new)?;
    Ok(ReleaseHold { hold })
}

/// So many whole units.
pub fn quantity(quantity: u32) -> Result<u32, Status> {
    if (1..=MAX_QUANTITY).contains(&quantity) {
        return Ok(quantity);
    }
    let problem = format!("is {quantity}");
    Err(invalid(
        "quantity",
        "QUANTITY_OUT_OF_RANGE",
        problem,
        "give 1 to 1,000,000 units",
    ))
}

/// A past revision, and one that the answer is to hold: the past holds what came before it.
pub fn revisions(at_least: u64, at: u64) -> Result<(), Status> {
    if at == 0 || at_least <= at {
        return Ok(());
    }
    let problem = format!("{at} is before at_least_revision {at_least}");
    Err(invalid(
        "at_revision",
        "REVISIONS_CONFLICT",
        problem,
        "give one of the two, or a later at_revision",
    ))
}

/// Where a page goes on.
pub fn token(queue_key: QueueKey) -> String {
    let position = queue_key.log_order.position();
    format!(
        "{}.{}.{}.{}",
        queue_key.effective.as_ms(),
        position.revision,
        position.index,
        queue_key.log_order.line_index()
    )
}

/// Where the page before ended; nothing for the first one.
pub fn after(token: &str) -> Result<Option<QueueKey>, Status> {
    page_token(token, read)
}

fn read(token: &str) -> Option<QueueKey> {
    let mut parts = token.split('.');
    let effective = Timestamp::from_ms(parts.next()?.parse().ok()?);
    let revision = Revision(parts.next()?.parse().ok()?);
    let index = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let position = Position { revision, index };
    parts.next().is_none().then_some(QueueKey {
        effective,
        log_order: LogOrder::of(position, line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_says_where_to_go_on_and_nothing_else_is_one() {
        let position = Position {
            revision: Revision(7),
            index: 8,
        };
        let queue_key = QueueKey {
            effective: Timestamp::from_ms(-5),
            log_order: LogOrder::of(position, 9),
        };
        assert_eq!(after(&token(queue_key)).unwrap(), Some(queue_key));
        assert_eq!(after("").unwrap(), None);
        for bad in ["x", "1.2.3", "1.2.3.4.5", "1.2.3.-4"] {
            assert!(after(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hold_with_an_impossible_end_is_refused() {
        let until = |seconds, nanos| Some(prost_types::Timestamp { seconds, nanos });
        let years = "give a time between the years 1 and 9999";
        for (until, problem, remedy) in [
            (None, "is missing", "give an end within the next 24 hours"),
            (
                until(0, -1),
                "has -1 nanoseconds, not 0 to 999999999",
                years,
            ),
            (until(i64::MAX, 0), "is out of range", years),
        ] {
            let request = v1::CheckAvailabilityRequest {
                hold: Some(v1::HoldFor {
                    until,
                    ..v1::HoldFor::default()
                }),
                ..v1::CheckAvailabilityRequest::default()
            };
            let status = hold_stock(&request).unwrap_err();
            assert_eq!(status.message(), format!("hold.until {problem}; {remedy}"));
        }
    }
}
