//! What was said about a purchase order, read from the log as sentences.
//!
//! The state keeps only where each word stands; the words are the log's.

use api::supplier_gateway::v1;
use chassis::TransactError;
use chassis::wire::stamp;
use domain::event::{
    DatedLine, Event, SchedulePart, ScheduledLine, Source, SupplierGatewayEvent, SupplierLine,
};
use domain::ids::{Position, Zone};
use domain::supplier_gateway::{Message, SupplierGatewayRefusal};
use event_log::{Log, ReadError};
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

use crate::purchase;

/// Commits read from the log at once for one purchase order.
const MAX_READS: usize = 8;

/// What was said at these positions, in their order.
pub async fn told(
    log: &Log,
    said: &[Position],
    zone: &Zone,
) -> Result<Vec<v1::SupplierMessage>, Status> {
    let reads: Vec<_> = said
        .iter()
        .map(|position| read(log, *position, zone).boxed())
        .collect();
    futures::stream::iter(reads)
        .buffered(MAX_READS)
        .try_collect()
        .await
}

async fn read(log: &Log, position: Position, zone: &Zone) -> Result<v1::SupplierMessage, Status> {
    let unread = |error: ReadError| unreadable(error.to_string());
    let written = log.written(position.revision).await.map_err(unread)?;
    let event = written.event(position.index).map_err(unread)?;
    Ok(v1::SupplierMessage {
        at: Some(stamp(written.text.at())),
        revision: position.revision.0,
        message_id: message(&event)
            .map(|it| it.id().to_string())
            .unwrap_or_default(),
        text: sentence(&event, zone),
        source: source(&event).map(purchase::told),
    })
}

fn source(event: &Event) -> Option<&Source> {
    match event {
        Event::SupplierGateway(event) => event.source(),
        Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => None,
    }
}

fn message(event: &Event) -> Option<Message> {
    match event {
        Event::SupplierGateway(event) => Message::of(event),
        Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => None,
    }
}

fn unreadable(problem: String) -> Status {
    TransactError::<SupplierGatewayRefusal>::Unreadable(problem).into()
}

fn sentence(event: &Event, zone: &Zone) -> String {
    match event {
        Event::SupplierGateway(event) => said(event, zone),
        Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {
            event.tag().to_owned()
        }
    }
}

fn said(event: &SupplierGatewayEvent, zone: &Zone) -> String {
    match event {
        SupplierGatewayEvent::SupplierDefined(_) | SupplierGatewayEvent::SupplierItemDefined(_) => {
            event.tag().to_owned()
        }
        SupplierGatewayEvent::PurchaseOrdered(ordered) => {
            let lines = ordered.lines.iter();
            let units: u64 = lines.map(|line| u64::from(line.quantity)).sum();
            let date = zone.date(ordered.expected_at);
            let units = if units == 1 {
                "1 unit".to_owned()
            } else {
                format!("{units} units")
            };
            let lines = match ordered.lines.len() {
                1 => "1 line".to_owned(),
                several => format!("{several} lines"),
            };
            format!("we ordered {units} on {lines}, expected {date}")
        }
        SupplierGatewayEvent::PurchaseConfirmed(said) => {
            format!("they confirmed {}", dated(&said.lines, zone))
        }
        SupplierGatewayEvent::PurchaseDelayed(said) => because(
            &format!("they moved {}", dated(&said.lines, zone)),
            &said.reason,
        ),
        SupplierGatewayEvent::PurchaseScheduled(said) => {
            let lines: Vec<String> = said.lines.iter().map(|it| parts(it, zone)).collect();
            because(&format!("they send {}", lines.join("; ")), &said.reason)
        }
        SupplierGatewayEvent::PurchaseClosed(said) => {
            because("nothing more is to come", &said.reason)
        }
        SupplierGatewayEvent::PurchaseRejected(said) => because(
            &format!("they will not send {}", units(&said.lines)),
            &said.reason,
        ),
        SupplierGatewayEvent::PurchaseShipped(said) => {
            let (what, date) = (units(&said.lines), zone.date(said.eta));
            format!("they sent {what} as {}, to arrive {date}", said.dispatch)
        }
        SupplierGatewayEvent::PurchaseDelivered(said) => {
            format!("{} stands at the dock", said.dispatch)
        }
    }
}

fn because(what: &str, reason: &str) -> String {
    if reason.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {reason}")
    }
}

fn units(lines: &[SupplierLine]) -> String {
    let units: u64 = lines.iter().map(|line| u64::from(line.quantity)).sum();
    if let [line] = lines {
        format!("{units} {} (line {})", line.sku, line.line)
    } else {
        format!("{units} units of {} lines", lines.len())
    }
}

/// `BOLT (line 1): 40 for 2026-12-05, 60 some day`.
fn parts(line: &ScheduledLine, zone: &Zone) -> String {
    let what = format!("{} (line {})", line.sku, line.line);
    if line.parts.is_empty() {
        return format!("no more {what}");
    }
    let part = |part: &SchedulePart| match part.eta {
        Some(eta) => format!("{} for {}", part.quantity, zone.date(eta)),
        None => format!("{} some day", part.quantity),
    };
    let said: Vec<String> = line.parts.iter().map(part).collect();
    format!("{what}: {}", said.join(", "))
}

fn dated(lines: &[DatedLine], zone: &Zone) -> String {
    let etas = || lines.iter().map(|line| line.eta);
    let first = zone.date(etas().min().unwrap_or_default());
    let last = zone.date(etas().max().unwrap_or_default());
    let what = match lines {
        [line] => format!("{} (line {})", line.sku, line.line),
        _ => format!("{} lines", lines.len()),
    };
    if first == last {
        format!("{what} for {first}")
    } else {
        format!("{what} for {first} to {last}")
    }
}
