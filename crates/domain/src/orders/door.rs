//! What a request must be before orders takes it in. Looks at the request and at one order.

use std::collections::BTreeSet;

use super::bounds::{
    MAX_CHANNEL_CHARS, MAX_COUNTRY_CHARS, MAX_EMAIL_BYTES, MAX_LINES, MAX_QUANTITY,
    MAX_REASON_CHARS, MAX_REQUESTED_DAYS, MAX_URGENCY,
};
use super::order::{Line, Order};
use super::refusals::OrdersRefusal;
use super::taken::Taken;
use crate::event::{HistoryRecorded, LineQuantity, OrderCancelled, OrderPlaced, PlacedLine};
use crate::exact::Exact;
use crate::ids::{Country, HOUR_MS, Timestamp, UnknownCountry, Zone};

pub(super) fn check_placed(
    request: &OrderPlaced,
    taken: Taken,
    now: (Timestamp, &Zone),
) -> Result<(), OrdersRefusal> {
    check_lines(&request.lines)?;
    if !is_name(&request.channel, MAX_CHANNEL_CHARS) {
        return Err(OrdersRefusal::ChannelMalformed {});
    }
    check_email(request.customer.email.as_deref())?;
    check_country(&request.ship_to.country)?;
    check_region(request.ship_to.region.as_deref())?;
    if request.rest_may_go && !request.ship_complete {
        return Err(OrdersRefusal::RestMayGoConflict {});
    }
    check_merits(request)?;
    check_times(request, taken, now)
}

pub(super) fn check_email(email: Option<&str>) -> Result<(), OrdersRefusal> {
    if email.is_some_and(|email| !is_email(email)) {
        return Err(OrdersRefusal::EmailMalformed {});
    }
    Ok(())
}

pub(super) fn check_country(country: &str) -> Result<(), OrdersRefusal> {
    if !is_name(country, MAX_COUNTRY_CHARS) {
        return Err(OrdersRefusal::CountryMalformed {});
    }
    if let Err(UnknownCountry { name, near }) = Country::read(country) {
        let country = name;
        return Err(OrdersRefusal::UnknownCountry { country, near });
    }
    Ok(())
}

pub(super) fn check_region(region: Option<&str>) -> Result<(), OrdersRefusal> {
    if region.is_some_and(|region| !is_name(region, MAX_COUNTRY_CHARS)) {
        return Err(OrdersRefusal::RegionMalformed {});
    }
    Ok(())
}

pub(super) fn check_urgency(urgency: Option<u8>) -> Result<(), OrdersRefusal> {
    if urgency.is_some_and(|urgency| !(1..=MAX_URGENCY).contains(&urgency)) {
        return Err(OrdersRefusal::UrgencyOutOfRange {});
    }
    Ok(())
}

/// What else a ranking rule may look at.
fn check_merits(request: &OrderPlaced) -> Result<(), OrdersRefusal> {
    check_urgency(request.urgency)?;
    match request.customer.lifetime_value_minor {
        Some(lifetime_value_minor) if lifetime_value_minor < 0 => {
            Err(OrdersRefusal::LifetimeValueOutOfRange {
                lifetime_value_minor,
            })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_times(
    request: &OrderPlaced,
    taken: Taken,
    (now, zone): (Timestamp, &Zone),
) -> Result<(), OrdersRefusal> {
    let placed_at = request.placed_at.unwrap_or(now);
    if placed_at > now || placed_at < Timestamp::from_ms(0) {
        return Err(OrdersRefusal::PlacedAtOutOfRange { placed_at });
    }
    if let Taken::Here { within_ms } = taken
        && now.ms_since(placed_at) > within_ms
    {
        let most_hours = within_ms.div_euclid(HOUR_MS);
        return Err(OrdersRefusal::PlacedAtTooOld {
            placed_at,
            most_hours,
        });
    }
    check_wanted((placed_at, zone), request.requested_at, request.ship_by)
}

/// By when an order that was placed then may be wanted, and must have left.
pub(super) fn check_wanted(
    (placed_at, zone): (Timestamp, &Zone),
    requested_at: Option<Timestamp>,
    ship_by: Option<Timestamp>,
) -> Result<(), OrdersRefusal> {
    // A date alone, written as midnight here or in UTC, may be that of the day on which it was
    // placed.
    let wanted = zone.start_of_day(placed_at).min(placed_at.start_of_day())
        ..=placed_at.plus_days(MAX_REQUESTED_DAYS);
    match (requested_at, ship_by) {
        (Some(requested_at), _) if !wanted.contains(&requested_at) => {
            Err(OrdersRefusal::RequestedAtOutOfRange { requested_at })
        }
        (_, Some(ship_by)) if !wanted.contains(&ship_by) => {
            Err(OrdersRefusal::ShipByOutOfRange { ship_by })
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn check_lines(lines: &[PlacedLine]) -> Result<(), OrdersRefusal> {
    if lines.is_empty() {
        return Err(OrdersRefusal::LinesMissing {});
    }
    check_numbers(lines.len(), lines.iter().map(|line| line.line))?;
    let mut value = 0_i64;
    for line in lines {
        check_quantity(line.line, line.quantity)?;
        let unit_price_minor = line.unit_price_minor;
        if unit_price_minor < 0 {
            return Err(OrdersRefusal::PriceOutOfRange {
                line: line.line,
                unit_price_minor,
            });
        }
        value = unit_price_minor
            .checked_mul(i64::from(line.quantity))
            .and_then(|of_line| value.checked_add(of_line))
            .ok_or(OrdersRefusal::ValueOutOfRange {})?;
    }
    Ok(())
}

fn check_quantity(line: u32, quantity: u32) -> Result<(), OrdersRefusal> {
    if (1..=MAX_QUANTITY).contains(&quantity) {
        Ok(())
    } else {
        Err(OrdersRefusal::QuantityOutOfRange { line, quantity })
    }
}

/// Numbers from 1, each once, not too many.
fn check_numbers(count: usize, numbers: impl Iterator<Item = u32>) -> Result<(), OrdersRefusal> {
    if count > MAX_LINES {
        return Err(OrdersRefusal::TooManyLines { lines: count });
    }
    let mut seen = BTreeSet::new();
    for line in numbers {
        if line == 0 {
            return Err(OrdersRefusal::LineNumberOutOfRange {});
        }
        if !seen.insert(line) {
            return Err(OrdersRefusal::RepeatedLine { line });
        }
    }
    Ok(())
}

/// Of each line at most what left of it came back.
pub(super) fn check_returned(history: &HistoryRecorded) -> Result<(), OrdersRefusal> {
    let returned = &history.returned;
    check_numbers(returned.len(), returned.iter().map(|back| back.line))?;
    for LineQuantity { line, quantity } in returned {
        let (line, returned) = (*line, *quantity);
        let (sent, _) = history.sent(line);
        if !(1..=sent).contains(&returned) {
            return Err(OrdersRefusal::ReturnedOutOfRange {
                line,
                returned,
                sent,
            });
        }
    }
    Ok(())
}

pub(super) fn check_cancelled(request: &OrderCancelled) -> Result<(), OrdersRefusal> {
    check_numbers(
        request.lines.len(),
        request.lines.iter().map(|line| line.line),
    )?;
    for line in &request.lines {
        check_quantity(line.line, line.quantity)?;
    }
    if request.reason.chars().count() > MAX_REASON_CHARS
        || request.reason.chars().any(char::is_control)
    {
        return Err(OrdersRefusal::ReasonMalformed {});
    }
    Ok(())
}

/// Every line named must have something open; with none named, some line must. What is picked must
/// be called back first.
pub(super) fn check_cancellable(
    order: Order<'_>,
    named: &[LineQuantity],
) -> Result<(), OrdersRefusal> {
    let id = order.id();
    if named.is_empty() {
        if order.lines().all(|line| line.tally().wanted() == 0) {
            return Err(OrdersRefusal::NothingOpen { order: id.clone() });
        }
        for line in order.lines() {
            check_picked(order, line, line.tally().wanted())?;
        }
    }
    for LineQuantity { line, quantity } in named {
        let (line, order_id) = (*line, id.clone());
        let Some(open) = order.line(line) else {
            return Err(OrdersRefusal::UnknownLine {
                order: order_id,
                line,
            });
        };
        if open.tally().wanted() == 0 {
            return Err(OrdersRefusal::NothingToCancel {
                order: order_id,
                line,
            });
        }
        check_picked(order, open, *quantity)?;
    }
    Ok(())
}

/// Units of a line that are not picked may be given up: what waits, and what is on no floor.
fn check_picked(order: Order<'_>, line: Line<'_>, units: u32) -> Result<(), OrdersRefusal> {
    let picks = order.picks();
    let Some(pick) = picks.and_then(|picks| picks.of_line(line.number())) else {
        return Ok(());
    };
    let picked = picks.map_or(0, |picks| picks.units(line.number()));
    let wanted = line.tally().wanted();
    let left = wanted.minus_or_zero(picked);
    if wanted == 0 || units.min(wanted) <= left {
        return Ok(());
    }
    Err(OrdersRefusal::LineInWave {
        order: order.id().clone(),
        line: line.number(),
        picked,
        wave: pick.wave.clone(),
        left,
    })
}

/// Printable, not blank, not long.
pub(super) fn is_name(text: &str, most: usize) -> bool {
    // Bytes first: a text of megabytes is not walked through.
    text.len() <= most.times(4)
        && text.chars().count() <= most
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control)
}

/// The form `name@host`, without which no order is placed; whether anybody reads it is for the mail
/// server to find out.
pub fn is_email(text: &str) -> bool {
    text.len() <= MAX_EMAIL_BYTES
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}
