//! What led to effects: what it is called, and how it is said. Must not know ranks.

use super::decision::{By, Effects, Fact, Log, Of};
use domain::event::{
    AllocatorEvent, Cause, Effect, Event, InventoryEvent, MoveArrived, OrdersEvent,
    SupplierGatewayEvent, What,
};
use domain::exact::Exact;
use domain::ids::Zone;
use domain::quantity::Measure;

/// What led to one effect.
pub fn all(decided: &Effects<'_>, effect: u32, fact: &Fact, log: &impl Log) -> Vec<By> {
    let mut found = Vec::new();
    for cause in decided.causes {
        let led = cause.led_to.iter().find(|led| led.0 == effect);
        found.extend(led.map(|led| named(cause, led.1, fact, log)));
    }
    found
}

/// What led to all that was given of an SKU to others.
pub fn of_those(decided: &Effects<'_>, of: Of<'_>, fact: &Fact, log: &impl Log) -> Vec<By> {
    let theirs = |effect: u32| {
        let effect = usize::try_from(effect).ok();
        let effect = effect.and_then(|at| decided.effects.get(at));
        effect.is_some_and(|effect| {
            let given = matches!(effect, Effect::Assigned(_));
            given && effect.sku() == of.sku && effect.order() != of.order
        })
    };
    let causes = decided.causes.iter().filter_map(|cause| {
        let led = cause.led_to.iter().filter(|led| theirs(led.0));
        let units = led.map(|led| led.1).fold(0, Exact::plus);
        (units > 0).then(|| named(cause, units, fact, log))
    });
    causes.collect()
}

fn named(cause: &Cause, units: u32, fact: &Fact, log: &impl Log) -> By {
    // Without a place it is no event, or the decision itself.
    let own = (matches!(cause.what, What::Rebalanced | What::ByHand) && cause.at.is_none())
        .then_some(fact);
    let stands = cause.at.and_then(|at| log.fact(at)).or(own);
    By {
        what: cause.what,
        position: stands.map(|it| it.position).or(cause.at),
        effect: cause.effect,
        id: stands.map(|it| id(&it.event)).unwrap_or_default(),
        units,
        divided: cause.divided,
    }
}

/// What an event is called by those who know of it.
fn id(event: &Event) -> String {
    match event {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(it) => it.order.to_string(),
            OrdersEvent::OrderCancelled(it) => it.order.to_string(),
            OrdersEvent::OrderSuspended(it) => it.order.to_string(),
            OrdersEvent::OrderResumed(it) => it.order.to_string(),
            OrdersEvent::OrderAmended(it) => it.order.to_string(),
            OrdersEvent::SubstituteAccepted(it) => it.order.to_string(),
            OrdersEvent::OrderClosed(it) => it.order.to_string(),
            OrdersEvent::HistoryRecorded(it) => it.asked.order.to_string(),
        },
        Event::Inventory(event) => match event {
            InventoryEvent::Received(it) => it.receipt.to_string(),
            InventoryEvent::Adjusted(it) => it.adjustment.to_string(),
            InventoryEvent::Counted(it) => it.count.to_string(),
            InventoryEvent::Moved(it) => it.id.to_string(),
            InventoryEvent::MoveArrived(it) => it.id.to_string(),
            InventoryEvent::ShortPicked(it) => it.report.to_string(),
            InventoryEvent::Shipped(it) => it.shipment.to_string(),
            InventoryEvent::Returned(it) => it.id.to_string(),
            InventoryEvent::ItemDefined(it) => it.definition.to_string(),
            InventoryEvent::ItemRenamed(it) => it.renaming.to_string(),
            InventoryEvent::LocationDefined(_)
            | InventoryEvent::TimeZoneSet(_)
            | InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::ReplenishmentRequested(_) => String::new(),
        },
        Event::Allocator(event) => match event {
            AllocatorEvent::Rebalanced(it) => it.run.to_string(),
            AllocatorEvent::WaitsEnded(it) => it.ending.to_string(),
            AllocatorEvent::Prioritised(it) => it.order.to_string(),
            AllocatorEvent::StockAssigned(it) => it.assignment.to_string(),
            AllocatorEvent::RankingRuleSet(it) => it.definition.to_string(),
            AllocatorEvent::StockHeld(it) => it.hold.to_string(),
            AllocatorEvent::HoldEnded(it) => it.hold.to_string(),
            AllocatorEvent::Settled(_) | AllocatorEvent::PromisesDue(_) => String::new(),
        },
        Event::SupplierGateway(event) => match event {
            SupplierGatewayEvent::PurchaseOrdered(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseConfirmed(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseDelayed(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseScheduled(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseRejected(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseClosed(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseShipped(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::PurchaseDelivered(it) => it.purchase_order.to_string(),
            SupplierGatewayEvent::SupplierDefined(_)
            | SupplierGatewayEvent::SupplierItemDefined(_) => String::new(),
        },
        Event::Notifier(_) => String::new(),
    }
}

/// What is called by its id in a sentence: `receipt r1`; `a receipt`, if its id is not known.
fn called(by: &By) -> String {
    let noun = match by.what {
        What::Received => "receipt",
        What::Adjusted => "correction",
        What::Counted => "count",
        What::Moved => "move",
        What::Returned => "return",
        What::ShortPicked => "short pick",
        What::Shipped => "shipment",
        What::Placed
        | What::Cancelled
        | What::Substituted
        | What::Closed
        | What::Suspended
        | What::Resumed
        | What::Amended
        | What::Prioritised => "order",
        What::HoldEnded => "hold",
        What::Rebalanced => "run",
        What::ByHand => "assignment",
        What::Settled
        | What::Shared
        | What::Supply
        | What::ItemDefined
        | What::RuleSet
        | What::PromisesDue
        | What::DatePassed
        | What::OfferEnded
        | What::Other => "fact",
    };
    match by.id.as_str() {
        "" if noun == "order" => "an order".to_owned(),
        "" => format!("a {noun}"),
        id => format!("{noun} {id}"),
    }
}

/// Where units came from: `from receipt r1 of 2026-11-02`.
pub fn origin(by: &By, log: &impl Log, zone: &Zone) -> String {
    let (fact, of, on) = on(by, log, zone);
    let it = called(by);
    let loser = || fact.and_then(|fact| loser(fact, by.effect));
    match by.what {
        What::Received => format!("from {it}{of}"),
        What::Adjusted | What::Counted => format!("found by {it}{of}"),
        What::Moved => format!("carried there by {it}{of}"),
        What::Returned => format!("brought back by {it}{of}"),
        What::ShortPicked => format!("freed by {it}{of}"),
        What::Shipped => format!("left over by {it}{of}"),
        What::Cancelled => format!("given up by {it}{on}"),
        What::Substituted => format!("given up by {it} for something else{on}"),
        What::Closed => format!("left by {it} when it was closed{on}"),
        What::Suspended => format!("given up by {it} when it was suspended{on}"),
        What::HoldEnded => format!("that {it} kept before it ended{on}"),
        What::Rebalanced | What::ByHand => match loser() {
            Some(loser) => format!("taken from order {loser} by {it}{of}"),
            None => format!("freed by {it}{of}"),
        },
        What::Settled => match loser() {
            Some(loser) => format!("taken back from order {loser}{on}"),
            None => format!("freed by another decision{on}"),
        },
        What::Placed
        | What::Resumed
        | What::Amended
        | What::Prioritised
        | What::Shared
        | What::Supply
        | What::ItemDefined
        | What::RuleSet
        | What::PromisesDue
        | What::DatePassed
        | What::OfferEnded
        | What::Other => "of stock that is not told apart any more".to_owned(),
    }
}

/// The fact of a cause if it was read, and ` of` and ` on` its day.
fn on<'a>(by: &By, log: &'a impl Log, zone: &Zone) -> (Option<&'a Fact>, String, String) {
    let fact = by.position.and_then(|at| log.fact(at));
    let day = fact.map(|fact| zone.date(fact.at));
    let said = |word: &str| {
        let day = day.as_ref();
        day.map_or_else(String::new, |day| format!(" {word} {day}"))
    };
    (fact, said("of"), said("on"))
}

/// From whom the effect of a decision took units.
fn loser(fact: &Fact, effect: Option<u32>) -> Option<String> {
    let at = usize::try_from(effect?).ok()?;
    let decided = fact.decided()?;
    match decided.effects.get(at)? {
        Effect::Released(it) => Some(it.order.to_string()),
        Effect::Assigned(_)
        | Effect::Backordered(_)
        | Effect::Offered(_)
        | Effect::Refused(_)
        | Effect::Promised(_) => None,
    }
}

/// Who gave stock by hand, and why.
fn who(by: &By, log: &impl Log) -> String {
    let fact = by.position.and_then(|at| log.fact(at));
    match fact.map(|fact| &fact.event) {
        Some(Event::Allocator(AllocatorEvent::StockAssigned(it))) => {
            format!("{} ({})", it.by, it.reason)
        }
        Some(_) | None => "somebody".to_owned(),
    }
}

/// Why reserved stock was taken back, and `to` whom it went, if that is known.
pub fn loss(by: &By, log: &impl Log, zone: &Zone, to: &str) -> String {
    let (fact, of, on) = on(by, log, zone);
    let it = called(by);
    let lost = fact.is_some_and(|fact| MoveArrived::of(&fact.event).is_some());
    match by.what {
        What::Moved if lost => format!("they were lost on the way with {it}, as was said{on}"),
        What::Adjusted | What::Counted | What::ShortPicked => {
            format!("{it}{of} found less, and this line ranked last")
        }
        What::Moved => format!("{it}{of} carried them away"),
        What::Shipped => format!("{it}{of} took them"),
        What::Cancelled => format!("the customer gave them up{on}"),
        What::Substituted => format!("the customer took something else{on}"),
        What::Suspended => format!("its order was suspended{on}, and kept nothing"),
        What::Settled => {
            format!("its order goes whole or not at all, and another line was refused{on}")
        }
        What::ByHand => format!("{} gave them to {to}", who(by, log)),
        What::Rebalanced if to.is_empty() => format!("{it} took them back"),
        What::Rebalanced => format!("{it} gave them to {to}"),
        What::Received
        | What::Returned
        | What::Placed
        | What::Closed
        | What::Resumed
        | What::Amended
        | What::Prioritised
        | What::HoldEnded
        | What::Shared
        | What::Supply
        | What::ItemDefined
        | What::RuleSet
        | What::PromisesDue
        | What::DatePassed
        | What::OfferEnded
        | What::Other => "less was there than thought, and this line ranked last".to_owned(),
    }
}

/// What moved a date.
pub fn mover(by: &By, log: &impl Log, zone: &Zone, of: &Measure) -> String {
    let (fact, _, on) = on(by, log, zone);
    let it = called(by);
    match by.what {
        What::Supply => match fact.map(|fact| &fact.event) {
            Some(Event::SupplierGateway(event)) => format!("{}{on}", supplier_said(event)),
            Some(Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_))
            | Some(Event::Notifier(_))
            | None => "the supply changed".to_owned(),
        },
        What::Received | What::Placed => format!("{it} came{on}"),
        What::ItemDefined => format!("the item was defined anew{on}"),
        What::RuleSet => format!("another ranking rule was set{on}"),
        What::PromisesDue => format!("days had come that others were told{on}"),
        What::DatePassed => "the date before was past".to_owned(),
        What::Cancelled => format!("{it} gave up units{on}"),
        What::Substituted => format!("{it} took something else{on}"),
        What::Closed => format!("{it} was closed{on}"),
        What::Suspended => format!("{it} was suspended{on}"),
        What::Resumed => format!("{it} went on{on}"),
        What::Amended => match fact.map(|fact| &fact.event) {
            Some(Event::Orders(OrdersEvent::OrderAmended(amended))) => {
                let (by, reason) = (&amended.by, &amended.reason);
                format!("{by} put {it} right{on}: {reason}")
            }
            Some(_) | None => format!("{it} was put right{on}"),
        },
        What::Prioritised => match fact.map(|fact| &fact.event) {
            Some(Event::Allocator(AllocatorEvent::Prioritised(word))) => {
                format!("{} moved {it} in the line{on}: {}", word.by, word.reason)
            }
            Some(_) | None => format!("somebody moved {it} in the line{on}"),
        },
        What::ShortPicked => format!("{it} found less{on}"),
        What::Adjusted | What::Counted | What::Moved | What::Shipped | What::Returned => {
            format!("{it} changed the stock{on}")
        }
        What::HoldEnded => format!("{it} ended{on}"),
        What::Rebalanced => format!("{it} gave stock to others{on}"),
        What::ByHand => format!("{} gave stock to others{on}", who(by, log)),
        What::Settled => fact
            .and_then(|fact| another(fact, by.effect, of))
            .map(|said| format!("{said}{on}"))
            .unwrap_or_else(|| "the demand ahead changed".to_owned()),
        What::Shared | What::OfferEnded => "the demand ahead changed".to_owned(),
        What::Other => "more happened than is told apart".to_owned(),
    }
}

fn supplier_said(event: &SupplierGatewayEvent) -> String {
    match event {
        SupplierGatewayEvent::PurchaseOrdered(it) => {
            format!("purchase order {} was placed", it.purchase_order)
        }
        SupplierGatewayEvent::PurchaseConfirmed(it) => {
            format!(
                "the supplier confirmed purchase order {}",
                it.purchase_order
            )
        }
        SupplierGatewayEvent::PurchaseDelayed(it) => {
            format!("the supplier delayed purchase order {}", it.purchase_order)
        }
        SupplierGatewayEvent::PurchaseRejected(it) => {
            format!(
                "the supplier rejected units of purchase order {}",
                it.purchase_order
            )
        }
        SupplierGatewayEvent::PurchaseScheduled(it) => {
            format!(
                "the supplier named the parts of purchase order {}",
                it.purchase_order
            )
        }
        SupplierGatewayEvent::PurchaseClosed(it) => {
            format!(
                "nothing more is to come of purchase order {}",
                it.purchase_order
            )
        }
        SupplierGatewayEvent::PurchaseShipped(it) => {
            format!("the supplier shipped purchase order {}", it.purchase_order)
        }
        SupplierGatewayEvent::PurchaseDelivered(_)
        | SupplierGatewayEvent::SupplierDefined(_)
        | SupplierGatewayEvent::SupplierItemDefined(_) => "the supply changed".to_owned(),
    }
}

/// What a decision did to another line.
fn another(fact: &Fact, effect: Option<u32>, of: &Measure) -> Option<String> {
    let at = usize::try_from(effect?).ok()?;
    let decided = fact.decided()?;
    let effect = decided.effects.get(at)?;
    let order = effect.order();
    Some(match effect {
        Effect::Backordered(it) => {
            format!("order {order} came for {}", of.show(it.quantity))
        }
        Effect::Offered(it) => format!("order {order} came for {}", of.show(it.quantity)),
        Effect::Assigned(it) => format!("order {order} got {}", of.show(it.quantity)),
        Effect::Released(it) => format!("order {order} lost {}", of.show(it.quantity)),
        Effect::Refused(_) => format!("order {order} was refused"),
        Effect::Promised(_) => format!("order {order} was told another date"),
    })
}
