//! An order's timeline, read from the log: the timeline of any order, and all of a closed one.
//!
//! Reads only the commits that the order names, a few at a time.

use api::orders::v1;
use chassis::TransactError;
use chassis::wire::stamp;
use domain::decider::{Projection, Recorded};
use domain::event::{
    AllocatorEvent, Effect, Event, InventoryEvent, OrderCancelled, OrderClosed, OrderPlaced,
    OrdersEvent, Promise, Settled, Shipped, SubstituteAccepted,
};
use domain::ids::{AcceptanceId, OrderId, Position, Revision, Sku, Timestamp};
use domain::orders::{Orders, OrdersRefusal};
use event_log::Log;
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

use crate::answer;

/// Commits read from the log at once for one order.
const MAX_READS: usize = 8;
/// The most effects of one settling that its sentence names; of more it says how many.
const MAX_TOLD_EFFECTS: usize = 8;

/// An event as it stands on the log, without its neighbours.
struct Passage {
    position: Position,
    as_of: Revision,
    at: Timestamp,
    event: Event,
}

/// What happened to an order at these positions, as sentences.
pub async fn of(
    log: &Log,
    id: &OrderId,
    timeline: &[Position],
) -> Result<Vec<v1::TimelineEntry>, Status> {
    let passages = read(log, id, timeline).await?;
    Ok(passages.iter().map(|passage| entry(passage, id)).collect())
}

/// A closed order, from its closing event and the timeline that this names.
pub async fn closed(log: &Log, id: &OrderId, at: Position) -> Result<v1::Order, Status> {
    let closing = passage(log, id, at).await?;
    let end = OrderClosed::of(&closing.event)
        .ok_or_else(|| unreadable(format!("there is no closing of order {id} at {at}")))?;
    // Of a timeline over the bound the beginning fell away, but not where it was placed.
    let cut = end.timeline.first() != Some(&end.opened);
    let opening = cut.then_some(end.opened);
    let positions: Vec<Position> = opening
        .into_iter()
        .chain(end.timeline.iter().copied())
        .collect();
    let passages = read(log, id, &positions).await?;
    let mut orders = Orders::default();
    for Passage {
        position,
        as_of,
        at,
        event,
    } in &passages
    {
        orders.fold(
            Recorded {
                position: *position,
                as_of: *as_of,
                at: *at,
            },
            event,
        );
    }
    let order = orders
        .order(id)
        .ok_or_else(|| unreadable(format!("order {id} was not placed at {}", end.opened)))?;
    let mut answer = answer::closed(id, order, end);
    answer.timeline = passages
        .iter()
        .chain([&closing])
        .map(|told| entry(told, id))
        .collect();
    Ok(answer)
}

/// The number of the line that an acceptance added, from the commit that holds it.
pub async fn line_added(log: &Log, id: &AcceptanceId, at: Revision) -> Result<u32, Status> {
    let logged = log
        .read(at)
        .await
        .map_err(|error| unreadable(error.to_string()))?;
    let mut events = logged.commit.events.iter();
    let added = events.find_map(|event| {
        let of = SubstituteAccepted::of(event)?;
        (of.acceptance == *id).then_some(of.new_line)
    });
    added.ok_or_else(|| unreadable(format!("there is no acceptance {id} at {at}")))
}

async fn read(log: &Log, id: &OrderId, positions: &[Position]) -> Result<Vec<Passage>, Status> {
    let reads = positions
        .iter()
        .map(|position| passage(log, id, *position).boxed());
    let reads: Vec<_> = reads.collect();
    futures::stream::iter(reads)
        .buffered(MAX_READS)
        .try_collect()
        .await
}

/// The event at a position; of a settling only what concerns the order.
async fn passage(log: &Log, id: &OrderId, position: Position) -> Result<Passage, Status> {
    let logged = log
        .read(position.revision)
        .await
        .map_err(|error| unreadable(error.to_string()))?;
    let index = usize::try_from(position.index).unwrap_or(usize::MAX);
    let Some(event) = logged.commit.events.get(index) else {
        return Err(unreadable(format!("there is no event at {position}")));
    };
    let event = without_neighbours(event, id);
    Ok(Passage {
        position,
        as_of: logged.commit.as_of,
        at: logged.commit.at,
        event,
    })
}

/// An event as far as it concerns an order: of what the allocator did, the order's effects alone.
fn without_neighbours(event: &Event, id: &OrderId) -> Event {
    let ours = |effects: &[Effect], rule| Settled {
        rule,
        effects: effects
            .iter()
            .filter(|it| it.order() == id)
            .cloned()
            .collect(),
        at_rest: false,
        sharing: Vec::new(),
    };
    match event {
        Event::Allocator(AllocatorEvent::Settled(it)) => ours(&it.effects, it.rule).into(),
        Event::Allocator(AllocatorEvent::Rebalanced(it)) => ours(&it.effects, it.rule).into(),
        Event::Allocator(
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_),
        )
        | Event::Orders(_)
        | Event::Inventory(_)
        | Event::SupplierGateway(_)
        | Event::Notifier(_) => event.clone(),
    }
}

fn unreadable(problem: String) -> Status {
    TransactError::<OrdersRefusal>::Unreadable(problem).into()
}

fn entry(passage: &Passage, id: &OrderId) -> v1::TimelineEntry {
    v1::TimelineEntry {
        at: Some(stamp(passage.at)),
        revision: passage.position.revision.0,
        text: sentence(&passage.event, id),
    }
}

fn sentence(event: &Event, id: &OrderId) -> String {
    let touched = || format!("{} touched {id}", event.tag());
    match event {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(placed) => of_placed(placed),
            OrdersEvent::OrderCancelled(cancelled) => of_cancelled(cancelled),
            OrdersEvent::SubstituteAccepted(accepted) => of_accepted(accepted),
            OrdersEvent::OrderClosed(closed) => of_closed(closed),
        },
        Event::Allocator(event) => match event {
            AllocatorEvent::Settled(settled) => of_effects(&settled.effects),
            AllocatorEvent::Rebalanced(run) => of_effects(&run.effects),
            AllocatorEvent::RankingRuleSet(_)
            | AllocatorEvent::StockHeld(_)
            | AllocatorEvent::HoldEnded(_) => touched(),
        },
        Event::Inventory(event) => match event {
            InventoryEvent::Shipped(shipped) => of_shipped(shipped),
            InventoryEvent::ItemDefined(_)
            | InventoryEvent::LocationDefined(_)
            | InventoryEvent::Received(_)
            | InventoryEvent::Adjusted(_)
            | InventoryEvent::WaveReleased(_)
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

fn of_accepted(accepted: &SubstituteAccepted) -> String {
    format!(
        "the customer took {} {} (line {}) instead of as many of line {}",
        accepted.quantity, accepted.sku, accepted.new_line, accepted.line
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

fn of_shipped(shipped: &Shipped) -> String {
    let lines = shipped.lines.iter();
    let what =
        joined(lines.map(|line| format!("{} {} (line {})", line.quantity, line.sku, line.line)));
    match &shipped.tracking {
        Some(tracking) => format!(
            "left from {}: {what}; tracking {tracking}",
            shipped.location
        ),
        None => format!("left from {}: {what}", shipped.location),
    }
}

fn of_effects(effects: &[Effect]) -> String {
    joined(effects.iter().map(of_effect))
}

fn of_effect(effect: &Effect) -> String {
    let (line, sku) = (effect.line(), effect.sku());
    match effect {
        Effect::Assigned(it) => {
            format!(
                "{} {sku} reserved at {} (line {line})",
                it.quantity, it.location
            )
        }
        Effect::Released(it) => {
            format!(
                "{} {sku} no longer reserved at {} (line {line})",
                it.quantity, it.location
            )
        }
        Effect::Backordered(it) => {
            format!(
                "{} {sku} wait, {} units ahead (line {line})",
                it.quantity, it.ahead
            )
        }
        Effect::Offered(it) => {
            let instead: Vec<&str> = it.alternatives.iter().map(Sku::as_str).collect();
            format!(
                "{} instead of {} {sku} offered until {} (line {line})",
                instead.join(" or "),
                it.quantity,
                it.until.date()
            )
        }
        Effect::Refused(it) => {
            let why = answer::why(it.why);
            format!("{} {sku} refused: {why} (line {line})", it.quantity)
        }
        Effect::Promised(it) => match &it.was {
            Some(was) => {
                let (is, was) = (of_promise(&it.promise), of_promise(was));
                format!("{sku} promised {is}, was {was} (line {line})")
            }
            None => format!("{sku} promised {} (line {line})", of_promise(&it.promise)),
        },
    }
}

fn of_promise(promise: &Promise) -> String {
    match promise {
        Promise::Inbound { purchase_order, at } => format!("{} by {purchase_order}", at.date()),
        Promise::Estimate { at } => format!("{} by estimate", at.date()),
        Promise::Unknown => "no date yet".to_owned(),
    }
}

fn joined(parts: impl ExactSizeIterator<Item = String>) -> String {
    let more = parts.len().saturating_sub(MAX_TOLD_EFFECTS);
    let told: Vec<String> = parts.take(MAX_TOLD_EFFECTS).collect();
    let told = told.join("; ");
    if more == 0 {
        told
    } else {
        format!("{told}; and {more} more")
    }
}
