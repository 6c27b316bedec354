//! What an acceptance must be: of what is offered, in time, and such that the order can be kept
//! with one more line. Looks at the request and at one order.

use super::door::{MAX_LINES, MAX_QUANTITY};
use super::{Order, OrdersRefusal};
use crate::event::SubstituteAccepted;
use crate::ids::Timestamp;

/// Whether it may be accepted. Returns the number of the new line.
pub(super) fn check(
    request: &SubstituteAccepted,
    order: &Order,
    now: Timestamp,
) -> Result<u32, OrdersRefusal> {
    check_offered(request, order, now)?;
    let (line, quantity) = (request.line, request.quantity);
    if !(1..=MAX_QUANTITY).contains(&quantity) {
        return Err(OrdersRefusal::QuantityOutOfRange { line, quantity });
    }
    let unit_price_minor = request.unit_price_minor;
    if unit_price_minor < 0 {
        return Err(OrdersRefusal::NegativePrice {
            line,
            unit_price_minor,
        });
    }
    let value = unit_price_minor.checked_mul(i64::from(quantity));
    if value
        .and_then(|value| order.value_minor().checked_add(value))
        .is_none()
    {
        return Err(OrdersRefusal::ValueTooBig {});
    }
    let lines = order.lines.len().saturating_add(1);
    if lines > MAX_LINES {
        return Err(OrdersRefusal::TooManyLines { lines });
    }
    let last = order.lines.last().map_or(0, |line| line.line);
    last.checked_add(1)
        .ok_or_else(|| OrdersRefusal::NoLineNumberLeft {
            order: request.order.clone(),
        })
}

fn check_offered(
    request: &SubstituteAccepted,
    order: &Order,
    now: Timestamp,
) -> Result<(), OrdersRefusal> {
    let (id, line) = (request.order.clone(), request.line);
    let Some(known) = order.line(line) else {
        return Err(OrdersRefusal::UnknownLine { order: id, line });
    };
    let Some(offer) = &known.offer else {
        return Err(OrdersRefusal::NothingOffered { order: id, line });
    };
    if offer.until <= now {
        let until = offer.until;
        return Err(OrdersRefusal::OfferLapsed {
            order: id,
            line,
            until,
        });
    }
    if !offer.alternatives.contains(&request.sku) {
        let sku = request.sku.clone();
        return Err(OrdersRefusal::NotAmongAlternatives { line, sku });
    }
    let (quantity, offered) = (request.quantity, known.tally.backordered());
    if quantity > offered {
        return Err(OrdersRefusal::MoreThanOffered {
            line,
            quantity,
            offered,
        });
    }
    Ok(())
}
