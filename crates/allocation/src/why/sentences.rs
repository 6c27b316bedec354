//! A decision as a sentence that a clerk reads to a customer, in the past tense: it tells what was
//! so then. Must not know how a decision is found.

use super::by;
use super::decision::{Decision, Fact, Log, Of};
use crate::wording::{move_of, units_of};
use domain::event::{
    AllocatorEvent, Assigned, Effect, Event, Promise, Promised, RefuseReason, ReleaseReason, What,
};
use domain::ids::Zone;

/// The most lines that a sentence names.
const MAX_NAMED: usize = 5;

/// What a decision did to the line itself.
pub fn of_own(of: Of<'_>, it: &Decision, effect: &Effect, fact: &Fact, log: &impl Log) -> String {
    let (on, units) = (of.zone.date(fact.at), of.measure.show(it.quantity));
    let at = it.location.as_ref();
    let at = at.map_or_else(String::new, |place| format!(" at {place}"));
    let sku = of.sku;
    match effect {
        Effect::Assigned(_) => {
            let (whence, part) = (whence(of, it, fact, log), share(of, it));
            let word = by_hand(fact).map_or_else(String::new, |said| format!(" {said}"));
            format!(
                "On {on}, {units} of {sku} {} reserved{at}{part}{whence}.{word}",
                were(it)
            )
        }
        Effect::Released(_) => {
            let why = lost(of, it, effect, (fact, log));
            format!(
                "On {on}, {units} {} no longer reserved{at}: {why}.",
                were(it)
            )
        }
        Effect::Backordered(waits) => format!(
            "On {on}, {units} of {sku} had to wait for stock, with {} ahead.",
            units_of(of.measure, waits.ahead)
        ),
        Effect::Offered(offer) => {
            let instead: Vec<&str> = offer.alternatives.iter().map(|sku| sku.as_str()).collect();
            format!(
                "On {on}, {} was offered instead of {units} of {sku}, until {}.",
                instead.join(" or "),
                of.zone.date(offer.until)
            )
        }
        Effect::Refused(refused) => {
            let over = it.causes.iter().any(|by| by.what == What::OfferEnded);
            let why = match &refused.limit {
                Some(limit) => limit.words(of.measure, of.zone),
                None if over => "the offer of something else was not accepted in time".to_owned(),
                None => refused_for(refused.why).to_owned(),
            };
            format!("On {on}, {units} of {sku} {} refused: {why}.", were(it))
        }
        Effect::Promised(promised) => dated(of, it, promised, (fact, log)),
    }
}

/// Whose word it was, if a person gave the stock.
fn by_hand(fact: &Fact) -> Option<String> {
    match &fact.event {
        Event::Allocator(AllocatorEvent::StockAssigned(it)) => {
            Some(format!("That was the word of {}: {}.", it.by, it.reason))
        }
        Event::Allocator(_)
        | Event::Orders(_)
        | Event::Inventory(_)
        | Event::SupplierGateway(_)
        | Event::Notifier(_) => None,
    }
}

fn were(it: &Decision) -> &'static str {
    if it.quantity == 1 { "was" } else { "were" }
}

/// The units of a decision, each with where it came from. What was not recorded is said, never
/// worked out.
fn whence(of: Of<'_>, it: &Decision, fact: &Fact, log: &impl Log) -> String {
    let origins = it.causes.iter().filter(|by| by.what != What::Shared);
    let origins: Vec<(u32, String)> = origins
        .map(|by| (by.units, by::origin(by, log, of.zone)))
        .collect();
    match origins.as_slice() {
        [] => format!("; from where {}", not_told(fact)),
        [(_, one)] => format!(", {one}"),
        [..] => {
            let each = origins.iter();
            let each: Vec<String> = each
                .map(|(units, origin)| format!("{} {origin}", of.measure.show(*units)))
                .collect();
            format!(": {}", joined(&each))
        }
    }
}

/// What is said of a decision that names no cause of an effect: it was recorded before causes
/// were, or it has more effects than it has room to tell the causes of.
fn not_told(fact: &Fact) -> &'static str {
    let decided = fact.decided();
    if decided.is_some_and(|it| !it.causes.is_empty() || !it.before.is_empty()) {
        "is not told apart"
    } else {
        "was not recorded then"
    }
}

/// Of a fair share, of what it is one.
fn share(of: Of<'_>, it: &Decision) -> String {
    let divided = it.causes.iter().find_map(|by| by.divided);
    divided.map_or_else(String::new, |divided| {
        format!(
            " as its fair part ({} free, {} waited for by lines that take parts)",
            of.measure.show(divided.free),
            of.measure.show(divided.open)
        )
    })
}

fn lost(of: Of<'_>, it: &Decision, effect: &Effect, (fact, log): (&Fact, &impl Log)) -> String {
    let others = it.others.iter();
    let others = others.map(|other| (other.order.as_str(), other.quantity));
    let to = named(of, others);
    let whys: Vec<String> = it
        .causes
        .iter()
        .map(|by| by::loss(by, log, of.zone, &to))
        .collect();
    if !whys.is_empty() {
        return joined(&whys);
    }
    let why = match effect {
        Effect::Released(released) => match released.why {
            ReleaseReason::Cancelled => "the customer gave them up",
            ReleaseReason::CountedDown => "less was there than thought, and this line ranked last",
            ReleaseReason::Rebalanced => "a run gave them to others",
            ReleaseReason::Suspended => "its order was suspended, and kept nothing",
            ReleaseReason::Refused => "its order goes whole or not at all, and was refused",
            ReleaseReason::GivenAway => "a person gave them to another order",
        },
        Effect::Assigned(_)
        | Effect::Backordered(_)
        | Effect::Offered(_)
        | Effect::Refused(_)
        | Effect::Promised(_) => "",
    };
    format!("{why}; by what {}", not_told(fact))
}

/// What became of the date that its customer had been told.
fn dated(
    of: Of<'_>,
    it: &Decision,
    promised: &Promised,
    (fact, log): (&Fact, &impl Log),
) -> String {
    let on = of.zone.date(fact.at);
    let basis = basis(&promised.promise);
    let is = date(&promised.promise, of.zone);
    let Some(was) = &promised.was else {
        if promised.promise == Promise::Unknown {
            return format!("On {on}, its customer was told that no date is known yet.");
        }
        return format!("On {on}, its customer was told {is}{basis}.");
    };
    let movers: Vec<String> = it
        .causes
        .iter()
        .map(|by| by::mover(by, log, of.zone, of.measure))
        .collect();
    let why = if movers.is_empty() {
        format!("; what moved it {}", not_told(fact))
    } else {
        format!(", because {}", joined(&movers))
    };
    let was = date(was, of.zone);
    format!("On {on}, its date moved from {was} to {is}{basis}{why}.")
}

fn date(promise: &Promise, zone: &Zone) -> String {
    let at = promise.at().map(|at| zone.date(at));
    at.unwrap_or_else(|| "no known date".to_owned())
}

fn basis(promise: &Promise) -> String {
    match promise {
        Promise::Inbound { purchase_order, .. } => match move_of(purchase_order) {
            Some(id) => format!(" (move {id})"),
            None => format!(" (purchase order {purchase_order})"),
        },
        Promise::Estimate { .. } => " (by the usual lead time)".to_owned(),
        Promise::Unknown => String::new(),
    }
}

/// What a decision gave to others, and why not to this line.
pub fn of_others(
    of: Of<'_>,
    it: &Decision,
    got: &[&Assigned],
    later: &[&Assigned],
    why: Option<String>,
    (fact, log): (&Fact, &impl Log),
) -> String {
    let on = of.zone.date(fact.at);
    let who = match got {
        [one] => one.order.to_string(),
        [] | [..] => named(of, got.iter().map(|it| (it.order.as_str(), it.quantity))),
    };
    let (units, whence) = (of.measure.show(it.quantity), whence(of, it, fact, log));
    let mut said = format!("On {on}, {who} got {units} of {}{whence}.", of.sku);
    let stood = it.stood.map_or_else(String::new, |stood| {
        let ahead = units_of(of.measure, stood.units_ahead);
        format!(
            ", which was number {} then, with {ahead} ahead",
            stood.place
        )
    });
    let all = |some: &[&Assigned]| some.len() == got.len();
    let they = if got.len() == 1 { "It" } else { "They" };
    if later.is_empty() {
        if it.effective.is_some() {
            said.push_str(&format!(" {they} ranked before this line{stood}."));
        }
        return said;
    }
    let after = if all(later) {
        they.to_owned()
    } else {
        named(of, later.iter().map(|it| (it.order.as_str(), it.quantity)))
    };
    said.push_str(&format!(" {after} ranked after this line{stood}"));
    if let Some(word) = by_hand(fact) {
        said.push_str(&format!(". {word}"));
        return said;
    }
    let divided = it.causes.iter().any(|by| by.divided.is_some());
    match why {
        _ if divided => said.push_str(": each had its fair part."),
        Some(why) => said.push_str(&format!(", and was passed over: {why}")),
        None => said.push('.'),
    }
    said
}

/// Orders, each with its units.
fn named<'a>(of: Of<'_>, lines: impl Iterator<Item = (&'a str, u32)>) -> String {
    let mut names: Vec<String> = lines
        .map(|(order, units)| format!("{order} ({})", of.measure.show(units)))
        .collect();
    let more = names.len() > MAX_NAMED;
    names.truncate(MAX_NAMED);
    if more {
        names.push("others".to_owned());
    }
    joined(&names)
}

/// `a`, `a and b`, `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

const fn refused_for(why: RefuseReason) -> &'static str {
    match why {
        RefuseReason::UnknownItem => "nobody has defined the item",
        RefuseReason::StockOnly => "the item is sold from stock only, and none was free",
        RefuseReason::Substitutable => "the item does not wait, and others can be had instead",
        RefuseReason::CapReached => "more would have waited than the item allows",
        RefuseReason::WaitTooLong => "the date would have been later than the item allows",
        RefuseReason::Discontinued => "the item will not come any more",
        RefuseReason::OrderWhole => {
            "the order goes whole or not at all, and another line of it was refused"
        }
    }
}
