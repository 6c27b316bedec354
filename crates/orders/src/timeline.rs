//! An order's timeline, read from the log: the timeline of any order, and all of a closed one.
//!
//! Reads only the events that the order names, a few at a time, and of an event that concerns many
//! orders only what it says of this one.

use std::collections::BTreeMap;

use api::orders::v1;
use chassis::TransactError;
use chassis::wire::stamp;
use domain::event::{
    AllocatorEvent, Effect, Event, HistoryEnd, HistoryRecorded, InventoryEvent, ItemRenamed,
    OrderAmended, OrderCancelled, OrderClosed, OrderPlaced, OrdersEvent, Passage, Promise,
    RefuseReason, ReleaseReason, SubstituteAccepted,
};
use domain::ids::{OrderId, Position, Sku, Timestamp, Zone};
use domain::measured::Measures;
use domain::orders::{Order, Orders, OrdersRefusal};
use domain::zones::Zones;
use event_log::{Log, ReadError};
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

use crate::answer;

mod floor;
mod stands;
mod told;

use told::{Told, joined};

/// Events read from the log at once for one order.
const MAX_READS: usize = 8;

/// In which days and units a timeline is told.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// That of the place where the order is collected, or the cell's.
    pub zone: &'a Zone,
    /// What items are counted in.
    pub measures: &'a Measures,
}

impl Words<'_> {
    fn units(self, sku: &Sku, units: u64) -> String {
        match self.measures.get(sku) {
            Some(measure) => measure.show(units),
            None => format!("{units} units"),
        }
    }
}

/// Adds to an open order what happened to it at these positions, as sentences, and what follows
/// from it: where its stock lies.
pub async fn tell(
    log: &Log,
    id: &OrderId,
    timeline: &[Position],
    order: &mut v1::Order,
    words: Words<'_>,
) -> Result<(), Status> {
    let told = read(log, id, timeline).await?;
    order.timeline = told.iter().map(|told| entry(told, id, words)).collect();
    stands::tell(&told, id, order);
    Ok(())
}

/// A closed order without its timeline. Its closing says what became of it, where it was placed
/// and where lines were added, so nothing between is read.
///
/// What left since is read as well: little ever does.
pub async fn closed(
    log: &Log,
    id: &OrderId,
    at: Position,
    after: &[Position],
) -> Result<v1::Order, Status> {
    let mut order = as_closed(log, id, at).await?;
    stands::left_late(&read(log, id, after).await?, id, &mut order);
    Ok(order)
}

async fn as_closed(log: &Log, id: &OrderId, at: Position) -> Result<v1::Order, Status> {
    let closing = told(log, id, at).await?;
    if let Some(order) = history(&closing, id) {
        return order;
    }
    let end = end(&closing, id)?;
    let positions: Vec<Position> = std::iter::once(end.opened)
        .chain(end.substituted.iter().copied())
        .collect();
    let told = read(log, id, &positions).await?;
    let asked = asked(&told, id, end)?;
    let order = asked.order(id).filter(|order| says_all(*order, end));
    if let Some(order) = order {
        Ok(answer::closed(order, end, |_| None))
    } else {
        // The closing is of a version that did not tell why, or where.
        let (mut order, _) = whole(log, id, &closing).await?;
        order.timeline.clear();
        Ok(order)
    }
}

/// A closed order with its timeline.
pub async fn closed_with_timeline(
    log: &Log,
    id: &OrderId,
    at: Position,
    after: &[Position],
    (zones, measures): (&Zones, &Measures),
) -> Result<v1::Order, Status> {
    let closing = told(log, id, at).await?;
    if let Some(order) = history(&closing, id) {
        let asked = closing.event().and_then(HistoryRecorded::of);
        let place = asked.and_then(|history| history.asked.pick_up_at.as_ref());
        let zone = zones.at(place);
        let words = Words { zone, measures };
        return order.map(|order| v1::Order {
            timeline: vec![entry(&closing, id, words)],
            ..order
        });
    }
    let (mut order, mut told) = whole(log, id, &closing).await?;
    let placed = told.first().and_then(Told::event).and_then(OrderPlaced::of);
    let zone = zones.at(placed.and_then(|placed| placed.pick_up_at.as_ref()));
    let words = Words { zone, measures };
    let after = read(log, id, after).await?;
    stands::left_late(&after, id, &mut order);
    told.push(closing);
    told.extend(after);
    order.timeline = told.iter().map(|told| entry(told, id, words)).collect();
    stands::came_back(&told, id, &mut order);
    Ok(order)
}

/// An order that was done elsewhere; nothing if it was placed here.
fn history(told: &Told, id: &OrderId) -> Option<Result<v1::Order, Status>> {
    let history = told.event().and_then(HistoryRecorded::of)?;
    let asked = Orders::asked(&history.asked, told.position, told.at, []);
    let order = asked.order(id);
    let order = order.map(|order| answer::history(order, history));
    Some(order.ok_or_else(|| {
        let at = told.position;
        unreadable(format!("there is no history of order {id} at {at}"))
    }))
}

/// A closed order without its timeline, and all that its closing names.
async fn whole(log: &Log, id: &OrderId, closing: &Told) -> Result<(v1::Order, Vec<Told>), Status> {
    let end = end(closing, id)?;
    // Of a timeline over the bound the beginning fell away, but not where it was placed.
    let cut = end.timeline.first() != Some(&end.opened);
    let opening = cut.then_some(end.opened);
    let positions: Vec<Position> = opening
        .into_iter()
        .chain(end.timeline.iter().copied())
        .collect();
    let told = read(log, id, &positions).await?;
    let asked = asked(&told, id, end)?;
    let effects = told.iter().flat_map(Told::effects);
    let refused = effects.filter_map(|effect| match effect {
        Effect::Refused(refused) => Some((refused.line, refused.why)),
        Effect::Assigned(_)
        | Effect::Released(_)
        | Effect::Backordered(_)
        | Effect::Offered(_)
        | Effect::Promised(_) => None,
    });
    // The last of a line.
    let refused: BTreeMap<u32, RefuseReason> = refused.collect();
    let why = |line| refused.get(&line).copied();
    let order = asked.order(id).ok_or_else(|| not_placed(id, end))?;
    Ok((answer::closed(order, end, why), told))
}

fn end<'a>(closing: &'a Told, id: &OrderId) -> Result<&'a OrderClosed, Status> {
    let end = closing.event().and_then(OrderClosed::of);
    end.filter(|end| end.order == *id).ok_or_else(|| {
        let at = closing.position;
        unreadable(format!("there is no closing of order {id} at {at}"))
    })
}

/// The order as it was placed, with the lines that were added since, what was put right, and its
/// items as they were called at last, in a room of its own.
fn asked(told: &[Told], id: &OrderId, end: &OrderClosed) -> Result<Orders, Status> {
    let placed = told.first().and_then(|told| {
        let placed = OrderPlaced::of(told.event()?)?;
        (placed.order == *id).then_some((placed, told.at))
    });
    let (placed, at) = placed.ok_or_else(|| not_placed(id, end))?;
    let since = told.iter().filter_map(|told| {
        let event = told.event()?;
        let accepted = SubstituteAccepted::of(event).map(|it| &it.order);
        let order = accepted.or_else(|| OrderAmended::of(event).map(|it| &it.order));
        let renamed = ItemRenamed::of(event).is_some();
        (order == Some(id) || renamed).then_some(event)
    });
    Ok(Orders::asked(placed, end.opened, at, since))
}

fn not_placed(id: &OrderId, end: &OrderClosed) -> Status {
    unreadable(format!("order {id} was not placed at {}", end.opened))
}

/// Each line that the closing names is known, and why units of it were refused.
fn says_all(order: Order<'_>, end: &OrderClosed) -> bool {
    let mut lines = end.lines.iter();
    lines.all(|line| order.line(line.line).is_some() && (line.refused == 0 || line.why.is_some()))
}

async fn read(log: &Log, id: &OrderId, positions: &[Position]) -> Result<Vec<Told>, Status> {
    let reads = positions
        .iter()
        .map(|position| told(log, id, *position).boxed());
    let reads: Vec<_> = reads.collect();
    futures::stream::iter(reads)
        .buffered(MAX_READS)
        .try_collect()
        .await
}

/// What the event at a position says of the order.
async fn told(log: &Log, id: &OrderId, position: Position) -> Result<Told, Status> {
    let unread = |error: ReadError| unreadable(error.to_string());
    let written = log.written(position.revision).await.map_err(unread)?;
    Ok(Told {
        position,
        at: written.text.at(),
        passage: written.passage(position.index, id).map_err(unread)?,
    })
}

fn unreadable(problem: String) -> Status {
    TransactError::<OrdersRefusal>::Unreadable(problem).into()
}

fn entry(told: &Told, id: &OrderId, words: Words<'_>) -> v1::TimelineEntry {
    let text = match &told.passage {
        Passage::Event(event) => sentence(event, id, (told.at, words)),
        Passage::Effects(effects) => of_effects(effects, words),
    };
    v1::TimelineEntry {
        at: Some(stamp(told.at)),
        revision: told.position.revision.0,
        text,
    }
}

fn sentence(event: &Event, id: &OrderId, (at, words): (Timestamp, Words<'_>)) -> String {
    let touched = || format!("{} touched {id}", event.tag());
    match event {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(placed) => of_placed(placed),
            OrdersEvent::HistoryRecorded(history) => of_history(history, at, words.zone),
            OrdersEvent::OrderCancelled(cancelled) => of_cancelled(cancelled),
            OrdersEvent::OrderSuspended(it) => {
                let keeps = if it.frees { "gives back" } else { "keeps" };
                format!("suspended: {}; it {keeps} its stock", it.reason)
            }
            OrdersEvent::OrderAmended(it) => it.says(|at| words.zone.date(at)),
            OrdersEvent::OrderResumed(_) => "goes on after it was suspended".to_owned(),
            OrdersEvent::SubstituteAccepted(accepted) => of_accepted(accepted, words),
            OrdersEvent::OrderClosed(closed) => of_closed(closed),
        },
        Event::Allocator(event) => match event {
            AllocatorEvent::Settled(settled) => of_effects(&settled.effects, words),
            AllocatorEvent::Rebalanced(run) => of_effects(&run.effects, words),
            AllocatorEvent::WaitsEnded(ended) => of_effects(&ended.effects, words),
            AllocatorEvent::Prioritised(it) => it.says(),
            AllocatorEvent::StockAssigned(it) => {
                let own = it.effects.iter().filter(|effect| effect.order() == id);
                let own: Vec<Effect> = own.cloned().collect();
                format!("{}, by {}: {}", of_effects(&own, words), it.by, it.reason)
            }
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::PromisesDue(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_) => touched(),
        },
        Event::Inventory(event) => match event {
            InventoryEvent::WaveReleased(_)
            | InventoryEvent::WaveRecalled(_)
            | InventoryEvent::ShortPicked(_)
            | InventoryEvent::Moved(_)
            | InventoryEvent::MoveArrived(_)
            | InventoryEvent::Shipped(_)
            | InventoryEvent::Returned(_) => {
                floor::sentence(event, id, (words.measures, words.zone))
            }
            InventoryEvent::ItemRenamed(it) => it.says(),
            InventoryEvent::ItemDefined(_)
            | InventoryEvent::LocationDefined(_)
            | InventoryEvent::TimeZoneSet(_)
            | InventoryEvent::Received(_)
            | InventoryEvent::Adjusted(_)
            | InventoryEvent::Counted(_)
            | InventoryEvent::ReplenishmentRequested(_) => touched(),
        },
        // Orders hears none of these, so no order's timeline names one.
        Event::SupplierGateway(_) | Event::Notifier(_) => touched(),
    }
}

fn of_placed(placed: &OrderPlaced) -> String {
    let units: u64 = placed
        .lines
        .iter()
        .map(|line| u64::from(line.quantity))
        .sum();
    let (lines, channel) = (placed.lines.len(), &placed.channel);
    format!(
        "placed by {}: lines {lines}, units {units}, channel {channel}",
        placed.customer.id
    )
}

fn of_history(history: &HistoryRecorded, at: Timestamp, zone: &Zone) -> String {
    let placed_at = zone.date(history.asked.placed_at.unwrap_or(at));
    let placed = of_placed(&history.asked);
    let ended = match history.ended {
        HistoryEnd::Fulfilled => "sent",
        HistoryEnd::Refunded => "sent and refunded",
        HistoryEnd::Cancelled => "cancelled",
    };
    let returned = history.returned.iter();
    let returned: u64 = returned.map(|back| u64::from(back.quantity)).sum();
    let came_back = match returned {
        0 => String::new(),
        units => format!("; {units} came back"),
    };
    format!("done elsewhere: {placed}, on {placed_at}; {ended}{came_back}")
}

fn of_cancelled(cancelled: &OrderCancelled) -> String {
    let what = if cancelled.lines.is_empty() {
        "all that had not left".to_owned()
    } else {
        let lines = cancelled.lines.iter();
        joined(lines.map(|line| format!("up to {} of line {}", line.quantity, line.line)))
    };
    if cancelled.reason.is_empty() {
        format!("the customer gave up {what}")
    } else {
        format!("the customer gave up {what}: {}", cancelled.reason)
    }
}

fn of_accepted(accepted: &SubstituteAccepted, words: Words<'_>) -> String {
    format!(
        "the customer took {} {} (line {}) instead of as many of line {}",
        words.measures.show(&accepted.sku, accepted.quantity),
        accepted.sku,
        accepted.new_line,
        accepted.line
    )
}

fn of_closed(closed: &OrderClosed) -> String {
    let sum = |units: fn(&domain::event::ClosedLine) -> u32| -> u64 {
        closed.lines.iter().map(|line| u64::from(units(line))).sum()
    };
    let (shipped, cancelled) = (sum(|line| line.shipped), sum(|line| line.cancelled));
    let refused = sum(|line| line.refused);
    format!("closed: {shipped} shipped, {cancelled} cancelled, {refused} refused")
}

fn of_effects(effects: &[Effect], words: Words<'_>) -> String {
    joined(effects.iter().map(|effect| of_effect(effect, words)))
}

fn of_effect(effect: &Effect, words: Words<'_>) -> String {
    let (line, sku, zone) = (effect.line(), effect.sku(), words.zone);
    let show = |units: u32| words.measures.show(sku, units);
    match effect {
        Effect::Assigned(it) => {
            format!(
                "{} {sku} reserved at {} (line {line})",
                show(it.quantity),
                it.location
            )
        }
        Effect::Released(it) => {
            let why = match it.why {
                ReleaseReason::Cancelled => "the customer gave it up",
                ReleaseReason::CountedDown => "less is there than was thought",
                ReleaseReason::Rebalanced => "a rebalancing run gave it to others",
                ReleaseReason::Suspended => "the order is suspended",
                ReleaseReason::Refused => "the order goes whole or not at all",
                ReleaseReason::GivenAway => "a person gave it to another order",
            };
            format!(
                "{} {sku} no longer reserved at {}: {why} (line {line})",
                show(it.quantity),
                it.location
            )
        }
        Effect::Backordered(it) => {
            format!(
                "{} {sku} wait, {} ahead (line {line})",
                show(it.quantity),
                words.units(sku, it.ahead)
            )
        }
        Effect::Offered(it) => {
            let instead: Vec<&str> = it.alternatives.iter().map(Sku::as_str).collect();
            format!(
                "{} instead of {} {sku} offered until {} (line {line})",
                instead.join(" or "),
                show(it.quantity),
                zone.date(it.until)
            )
        }
        Effect::Refused(it) => {
            let measure = words.measures.get(sku).cloned().unwrap_or_default();
            let why = answer::why_with_numbers(it, &measure, zone);
            format!("{} {sku} refused: {why} (line {line})", show(it.quantity))
        }
        Effect::Promised(it) => match &it.was {
            Some(was) => {
                let (is, was) = (of_promise(&it.promise, zone), of_promise(was, zone));
                format!("{sku} promised {is}, was {was} (line {line})")
            }
            None => format!(
                "{sku} promised {} (line {line})",
                of_promise(&it.promise, zone)
            ),
        },
    }
}

fn of_promise(promise: &Promise, zone: &Zone) -> String {
    match promise {
        Promise::Inbound { purchase_order, at } => {
            format!("{} by {purchase_order}", zone.date(*at))
        }
        Promise::Estimate { at } => format!("{} by estimate", zone.date(*at)),
        Promise::Unknown => "no date yet".to_owned(),
    }
}
