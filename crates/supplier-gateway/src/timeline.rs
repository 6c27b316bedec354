//! What was said about a purchase order, read from the log as sentences.
//!
//! The state keeps only where each word stands; the words are the log's.

use api::supplier_gateway::v1;
use chassis::TransactError;
use chassis::wire::stamp;
use domain::event::{DatedLine, Event, SupplierGatewayEvent, SupplierLine};
use domain::ids::Position;
use domain::supplier_gateway::{Message, SupplierGatewayRefusal};
use event_log::{Log, ReadError};
use futures::{FutureExt, StreamExt, TryStreamExt};
use tonic::Status;

/// Commits read from the log at once for one purchase order.
const MAX_READS: usize = 8;

/// What was said at these positions, in their order.
pub async fn told(log: &Log, said: &[Position]) -> Result<Vec<v1::SupplierMessage>, Status> {
    let reads: Vec<_> = said
        .iter()
        .map(|position| read(log, *position).boxed())
        .collect();
    futures::stream::iter(reads)
        .buffered(MAX_READS)
        .try_collect()
        .await
}

async fn read(log: &Log, position: Position) -> Result<v1::SupplierMessage, Status> {
    let unread = |error: ReadError| unreadable(error.to_string());
    let written = log.written(position.revision).await.map_err(unread)?;
    let event = written.event(position.index).map_err(unread)?;
    Ok(v1::SupplierMessage {
        at: Some(stamp(written.text.at())),
        revision: position.revision.0,
        message_id: message(&event)
            .map(|it| it.id().to_string())
            .unwrap_or_default(),
        text: sentence(&event),
    })
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

fn sentence(event: &Event) -> String {
    match event {
        Event::SupplierGateway(event) => said(event),
        Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {
            event.tag().to_owned()
        }
    }
}

fn said(event: &SupplierGatewayEvent) -> String {
    match event {
        SupplierGatewayEvent::SupplierDefined(_) => event.tag().to_owned(),
        SupplierGatewayEvent::PurchaseOrdered(ordered) => {
            let lines = ordered.lines.iter();
            let units: u64 = lines.map(|line| u64::from(line.quantity)).sum();
            let (lines, date) = (ordered.lines.len(), ordered.expected_at.date());
            format!("we ordered {units} units on {lines} lines, expected {date}")
        }
        SupplierGatewayEvent::PurchaseConfirmed(said) => {
            format!("they confirmed {}", dated(&said.lines))
        }
        SupplierGatewayEvent::PurchaseDelayed(said) => {
            because(&format!("they moved {}", dated(&said.lines)), &said.reason)
        }
        SupplierGatewayEvent::PurchaseRejected(said) => because(
            &format!("they will not send {}", units(&said.lines)),
            &said.reason,
        ),
        SupplierGatewayEvent::PurchaseShipped(said) => {
            let (what, date) = (units(&said.lines), said.eta.date());
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

fn dated(lines: &[DatedLine]) -> String {
    let first = lines
        .iter()
        .map(|line| line.eta)
        .min()
        .unwrap_or_default()
        .date();
    let last = lines
        .iter()
        .map(|line| line.eta)
        .max()
        .unwrap_or_default()
        .date();
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
