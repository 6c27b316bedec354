//! The door that every room has, whatever it decides: what in it needs a person, and how its
//! service stands. Must not know any room, nor by which command something is mended.

use std::sync::Arc;

use api::room::v1;
use api::room::v1::room_service_server::{RoomService, RoomServiceServer};
use chassis::Host;
use chassis::wire::{page_size, page_token, stamp};
use domain::decider::Decider;
use domain::exception::{Cursor, Exception, ExceptionKind, ExceptionPage, Exceptions, Worst};
use domain::ids::{Revision, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

/// Looks for exceptions that a service takes at once, as each goes over much of the state; one more
/// waits until its deadline.
pub const MAX_LOOKS: usize = 2;

/// Exceptions that are not in the state of a room, at a time: its service knows them otherwise.
pub type Further = Arc<dyn Fn(Timestamp) -> BoxFuture<'static, Vec<Exception>> + Send + Sync>;

/// The gRPC service over a room.
pub fn service<D: Decider + Exceptions>(host: Host<D>) -> RoomServiceServer<Door<D>> {
    service_with(
        host,
        Arc::new(|_now| std::future::ready(Vec::new()).boxed()),
    )
}

/// The same, with exceptions that are not in the state.
pub fn service_with<D: Decider + Exceptions>(
    host: Host<D>,
    further: Further,
) -> RoomServiceServer<Door<D>> {
    let looks = Semaphore::new(MAX_LOOKS);
    RoomServiceServer::new(Door {
        host,
        further,
        looks,
    })
}

/// What the calls share.
pub struct Door<D: Decider> {
    host: Host<D>,
    further: Further,
    looks: Semaphore,
}

#[tonic::async_trait]
impl<D: Decider + Exceptions> RoomService for Door<D> {
    async fn list_exceptions(
        &self,
        request: Request<v1::ListExceptionsRequest>,
    ) -> Result<Response<v1::ListExceptionsResponse>, Status> {
        let request = request.into_inner();
        let after = cursor(&request.page_token)?;
        let size = page_size(request.page_size)?;
        self.host.reach(Revision(request.at_least_revision)).await?;
        let _look = self.looks.acquire().await;
        let now = self.host.now();
        let mut worst = Worst::after(after, size);
        let stuck = self.host.stuck().into_iter().map(stuck);
        let further = (self.further)(now).await;
        for exception in further.into_iter().chain(stuck) {
            if !worst.take(exception) {
                break;
            }
        }
        let revision = self.host.read_at(|room, revision| {
            room.exceptions(now, &mut worst);
            revision
        });
        Ok(Response::new(told(worst.page(), revision)))
    }

    async fn get_room(
        &self,
        _request: Request<v1::GetRoomRequest>,
    ) -> Result<Response<v1::GetRoomResponse>, Status> {
        let standing = self.host.standing();
        Ok(Response::new(v1::GetRoomResponse {
            room: standing.room.token().to_owned(),
            version: standing.version.to_owned(),
            revision: standing.folded.0,
            snapshot: standing.snapshot.map(|snapshot| v1::Snapshot {
                revision: snapshot.revision.0,
                written_at: snapshot.written_at.map(stamp),
            }),
            snapshot_every: standing.snapshot_every,
            disk: standing.disk.map(|disk| v1::Disk {
                free_bytes: disk.free_bytes,
                total_bytes: disk.total_bytes,
            }),
            started_at: Some(stamp(standing.started_at)),
        }))
    }
}

fn stuck(stuck: chassis::Stuck) -> Exception {
    let failures = match stuck.failures {
        0 => "has not ended".to_owned(),
        1 => "has failed once".to_owned(),
        failures => format!("has failed {failures} times"),
    };
    let error = stuck.error.map(|error| format!(": {error}"));
    let text = format!("{} {failures}{}", stuck.what, error.unwrap_or_default());
    Exception::new(ExceptionKind::SideEffectStuck, stuck.since, 0, text)
}

fn told(page: ExceptionPage, revision: Revision) -> v1::ListExceptionsResponse {
    let total = |(of, count)| v1::ExceptionTotal {
        kind: kind(of).into(),
        count,
    };
    v1::ListExceptionsResponse {
        exceptions: page.exceptions.into_iter().map(exception).collect(),
        next_page_token: page.next.as_ref().map(token).unwrap_or_default(),
        revision: revision.0,
        totals: page.totals.into_iter().map(total).collect(),
        more_not_looked_at: page.more_not_looked_at,
    }
}

fn exception(exception: Exception) -> v1::Exception {
    fn text<T: ToString>(id: Option<&T>) -> String {
        id.map(ToString::to_string).unwrap_or_default()
    }
    v1::Exception {
        kind: kind(exception.kind).into(),
        since: Some(stamp(exception.since)),
        text: exception.text,
        order_id: text(exception.order.as_ref()),
        line: exception.line.unwrap_or_default(),
        sku: text(exception.sku.as_ref()),
        location_id: text(exception.location.as_ref()),
        supplier_id: text(exception.supplier.as_ref()),
        purchase_order_id: text(exception.purchase_order.as_ref()),
        quantity: exception.quantity,
    }
}

const fn kind(kind: ExceptionKind) -> v1::ExceptionKind {
    match kind {
        ExceptionKind::PickedForNobody => v1::ExceptionKind::PickedForNobody,
        ExceptionKind::PromiseOverdue => v1::ExceptionKind::PromiseOverdue,
        ExceptionKind::SupplierUnknown => v1::ExceptionKind::SupplierUnknown,
        ExceptionKind::StockShort => v1::ExceptionKind::StockShort,
        ExceptionKind::SupplyUnknown => v1::ExceptionKind::SupplyUnknown,
        ExceptionKind::PurchaseOrderLate => v1::ExceptionKind::PurchaseOrderLate,
        ExceptionKind::DeliveryUncounted => v1::ExceptionKind::DeliveryUncounted,
        ExceptionKind::LetterFailed => v1::ExceptionKind::LetterFailed,
        ExceptionKind::LettersDelayed => v1::ExceptionKind::LettersDelayed,
        ExceptionKind::SideEffectStuck => v1::ExceptionKind::SideEffectStuck,
        ExceptionKind::OrderRefused => v1::ExceptionKind::OrderRefused,
        ExceptionKind::OrderSuspended => v1::ExceptionKind::OrderSuspended,
    }
}

fn kind_of(token: &str) -> Option<ExceptionKind> {
    Some(
        match v1::ExceptionKind::try_from(token.parse::<i32>().ok()?).ok()? {
            v1::ExceptionKind::Unspecified => return None,
            v1::ExceptionKind::PickedForNobody => ExceptionKind::PickedForNobody,
            v1::ExceptionKind::PromiseOverdue => ExceptionKind::PromiseOverdue,
            v1::ExceptionKind::SupplierUnknown => ExceptionKind::SupplierUnknown,
            v1::ExceptionKind::StockShort => ExceptionKind::StockShort,
            v1::ExceptionKind::SupplyUnknown => ExceptionKind::SupplyUnknown,
            v1::ExceptionKind::PurchaseOrderLate => ExceptionKind::PurchaseOrderLate,
            v1::ExceptionKind::DeliveryUncounted => ExceptionKind::DeliveryUncounted,
            v1::ExceptionKind::LetterFailed => ExceptionKind::LetterFailed,
            v1::ExceptionKind::LettersDelayed => ExceptionKind::LettersDelayed,
            v1::ExceptionKind::SideEffectStuck => ExceptionKind::SideEffectStuck,
            v1::ExceptionKind::OrderRefused => ExceptionKind::OrderRefused,
            v1::ExceptionKind::OrderSuspended => ExceptionKind::OrderSuspended,
        },
    )
}

/// A cursor as a token: `<kind>.<since in ms>/<what it names>`.
fn token(cursor: &Cursor) -> String {
    let kind = i32::from(kind(cursor.kind));
    format!("{kind}.{}/{}", cursor.since.as_ms(), cursor.named)
}

fn cursor(token: &str) -> Result<Option<Cursor>, Status> {
    page_token(token, |token| {
        let (place, named) = token.split_once('/')?;
        let (kind, since) = place.split_once('.')?;
        Some(Cursor {
            kind: kind_of(kind)?,
            since: Timestamp::from_ms(since.parse().ok()?),
            named: named.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_where_a_page_ended_and_anything_else_is_refused() {
        for number in 1..=12 {
            let kind = kind_of(&number.to_string()).expect("it is a kind");
            let cursor = Cursor {
                kind,
                since: Timestamp::from_ms(-5),
                named: "o1/2/B/O.LT".to_owned(),
            };
            let read = super::cursor(&token(&cursor)).expect("it is a token");
            assert_eq!(read, Some(cursor));
        }
        assert_eq!(kind_of("13"), None);
        for text in ["x", "1.5", "0.5/x", "99.5/x", "1.x/x", "/"] {
            assert!(cursor(text).is_err(), "{text}");
        }
        assert_eq!(cursor("").ok().flatten(), None);
    }
}
