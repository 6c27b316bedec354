//! Facts as sentences.

mod phrase;
mod stock;
mod supply;

use domain::event::{
    AllocatorEvent, ClosedLine, Effect, Event, HoldEnded, NotificationFailed, Notified,
    NotifierEvent, OrderCancelled, OrderClosed, OrderPlaced, OrdersEvent, Promise, PromisesDue,
    StockHeld, SubstituteAccepted,
};
use domain::ids::{OrderId, Sku};
use domain::money::decimal;

use crate::zone;
use phrase::{join, units};

/// What a fact says: one sentence, or one for each wanted effect of a `settled` or
/// a `rebalanced`.
pub(crate) fn sentences(event: &Event, wanted: impl Fn(&OrderId, &Sku) -> bool) -> Vec<String> {
    let of = |what: &str, effects: &[Effect]| {
        let effects = effects.iter();
        effects
            .filter(|effect| wanted(effect.order(), effect.sku()))
            .map(|effect| format!("{what}: {}", effect_says(effect)))
            .collect()
    };
    match event {
        Event::Orders(event) => vec![of_orders(event)],
        Event::Inventory(event) => vec![stock::sentence(event)],
        Event::Allocator(event) => match event {
            AllocatorEvent::Settled(settled) => of("settled", &settled.effects),
            AllocatorEvent::Rebalanced(run) => of("rebalanced", &run.effects),
            AllocatorEvent::WaitsEnded(ended) => of("waits ended", &ended.effects),
            AllocatorEvent::StockAssigned(it) => {
                of(&format!("by {} ({})", it.by, it.reason), &it.effects)
            }
            AllocatorEvent::RankingRuleSet(set) => vec![format!(
                "ranking rule {} set: {}",
                set.version, set.explanation
            )],
            AllocatorEvent::PromisesDue(it) => vec![promises_due(it)],
            AllocatorEvent::Prioritised(it) => vec![format!("order {}: {}", it.order, it.says())],
            AllocatorEvent::StockHeld(held) => vec![stock_held(held)],
            AllocatorEvent::HoldEnded(ended) => vec![hold_ended(ended)],
        },
        Event::SupplierGateway(event) => vec![supply::sentence(event)],
        Event::Notifier(event) => match event {
            NotifierEvent::Notified(it) => vec![notified(it)],
            NotifierEvent::NotificationFailed(it) => vec![not_notified(it)],
        },
    }
}

fn of_orders(event: &OrdersEvent) -> String {
    match event {
        OrdersEvent::OrderPlaced(it) => placed(it),
        OrdersEvent::HistoryRecorded(it) => {
            format!(
                "{}: done elsewhere ({})",
                placed(&it.asked),
                words(&it.ended)
            )
        }
        OrdersEvent::OrderCancelled(it) => cancelled(it),
        OrdersEvent::OrderSuspended(it) => {
            let keeps = if it.frees { "gives back" } else { "keeps" };
            let reason = &it.reason;
            format!("order {} suspended ({reason}), {keeps} its stock", it.order)
        }
        OrdersEvent::OrderAmended(it) => {
            let order = &it.order;
            format!("order {order} {}", it.says(|at| at.to_string()))
        }
        OrdersEvent::OrderResumed(it) => format!("order {} goes on", it.order),
        OrdersEvent::SubstituteAccepted(it) => substituted(it),
        OrdersEvent::OrderClosed(it) => closed(it),
    }
}

fn stock_held(held: &StockHeld) -> String {
    let what = units(held.quantity, &held.sku);
    format!(
        "hold {} ({}): {what} until {}",
        held.hold, held.tier, held.until
    )
}

fn promises_due(it: &PromisesDue) -> String {
    let day = zone::date(it.day_begins_at);
    match it.lines {
        1 => format!("{day}, which was told to 1 line that waits, has come: it goes first"),
        lines => {
            format!("{day}, which was told to {lines} lines that wait, has come: they go first")
        }
    }
}

fn hold_ended(ended: &HoldEnded) -> String {
    let what = units(ended.quantity, &ended.sku);
    format!(
        "hold {} ended ({}), {what} free",
        ended.hold,
        words(&ended.why)
    )
}

fn placed(order: &OrderPlaced) -> String {
    let lines = order.lines.iter().map(|line| {
        let price = decimal(line.unit_price_minor, order.currency);
        format!(
            "{} at {price} {}",
            units(line.quantity, &line.sku),
            order.currency
        )
    });
    let (customer, tier) = (&order.customer.id, &order.customer.tier);
    format!(
        "order {} placed by {customer} ({tier}): {}",
        order.order,
        join(lines)
    )
}

fn cancelled(order: &OrderCancelled) -> String {
    let lines = order
        .lines
        .iter()
        .map(|line| format!("{} of line {}", line.quantity, line.line));
    let what = if order.lines.is_empty() {
        "all that has not left".to_owned()
    } else {
        join(lines)
    };
    format!("order {} cancelled: {what} ({})", order.order, order.reason)
}

fn substituted(accepted: &SubstituteAccepted) -> String {
    format!(
        "order {} takes {} (line {}) instead of as many of line {}",
        accepted.order,
        units(accepted.quantity, &accepted.sku),
        accepted.new_line,
        accepted.line
    )
}

fn closed(order: &OrderClosed) -> String {
    let sum = |units: fn(&ClosedLine) -> u32| -> u64 {
        order.lines.iter().map(|line| u64::from(units(line))).sum()
    };
    format!(
        "order {} closed: {} shipped, {} cancelled, {} refused",
        order.order,
        sum(|line| line.shipped),
        sum(|line| line.cancelled),
        sum(|line| line.refused)
    )
}

fn effect_says(effect: &Effect) -> String {
    let whose = format!("order {} line {}", effect.order(), effect.line());
    match effect {
        Effect::Assigned(of) => {
            format!(
                "{whose} gets {} at {}",
                units(of.quantity, &of.sku),
                of.location
            )
        }
        Effect::Released(of) => {
            let what = units(of.quantity, &of.sku);
            format!(
                "{whose} gives back {what} at {} ({})",
                of.location,
                words(&of.why)
            )
        }
        Effect::Backordered(of) => {
            format!(
                "{whose} waits for {}, {} ahead of it",
                units(of.quantity, &of.sku),
                of.ahead
            )
        }
        Effect::Offered(of) => {
            format!(
                "{whose} is offered {} instead of {} until {}",
                join(of.alternatives.iter().map(ToString::to_string)),
                units(of.quantity, &of.sku),
                of.until
            )
        }
        Effect::Refused(of) => {
            format!(
                "{whose} is refused {} ({})",
                units(of.quantity, &of.sku),
                words(&of.why)
            )
        }
        Effect::Promised(of) => match &of.was {
            Some(was) => format!(
                "{whose} was promised {}, now {}",
                date(was),
                date(&of.promise)
            ),
            None => format!("{whose} is promised {}", date(&of.promise)),
        },
    }
}

fn date(promise: &Promise) -> String {
    match promise {
        Promise::Inbound { purchase_order, at } => {
            format!("{} by {purchase_order}", zone::date(*at))
        }
        Promise::Estimate { at } => format!("{} as an estimate", zone::date(*at)),
        Promise::Unknown => "no date".into(),
    }
}

fn notified(of: &Notified) -> String {
    let (to, kind, order) = (&of.to, words(&of.kind), &of.order);
    format!("{to} was told: {kind}, order {order} (try {})", of.attempt)
}

fn not_notified(of: &NotificationFailed) -> String {
    let next = of
        .retry_at
        .map_or_else(|| "given up".into(), |at| format!("again at {at}"));
    let (to, kind, order) = (&of.to, words(&of.kind), &of.order);
    format!(
        "{to} could not be told: {kind}, order {order} (try {}): {}; {next}",
        of.attempt, of.error
    )
}

/// An enum's name on the wire, in words.
fn words<T: serde::Serialize>(word: &T) -> String {
    let value = serde_json::to_value(word).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_golden_event_is_a_sentence() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/events");
        let mut seen = std::collections::BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("commit")
            {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let event: Event = serde_json::from_str(&text).unwrap();
            let told = sentences(&event, |_, _| true);
            assert!(
                told.iter().all(|line| line.len() > 10),
                "{} says {told:?}",
                event.tag()
            );
            seen.insert(event.tag());
        }
        assert_eq!(seen.len(), Event::TAGS.len());
    }
}
