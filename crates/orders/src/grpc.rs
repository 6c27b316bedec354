//! The doors of orders: each call reads its request, asks the room, and answers.

use std::sync::Arc;
use std::time::Duration;

use api::orders::v1;
use api::orders::v1::orders_service_server::{OrdersService, OrdersServiceServer};
use api::orders::v1::place_orders_response::Answer;
use chassis::wire::missing;
use chassis::{
    Host, MAX_REQUEST_BYTES, Many, OrdersConfig, Seen, UnknownTier, Watchers, as_message, refused,
};
use domain::available::ORDINARY_TIER;
use domain::command::RoomState;
use domain::decider::Projection;
use domain::event::{OrderAmended, OrderPlaced, SubstituteAccepted};
use domain::exact::Exact;
use domain::ids::{HOUR_MS, OrderId, Position, Revision, Tier};
use domain::orders::{Order, Orders, OrdersRefusal, TakenTiers};
use event_log::Log;
use futures::StreamExt;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::known::{Known, look};
use crate::request::Asked;
use crate::wait::Waiting;
use crate::{answer, find, request, timeline};

/// The gRPC service over a room.
pub fn service(host: Host<Orders>, settings: &OrdersConfig) -> OrdersServiceServer<Service> {
    let waiting = Waiting::new(host.clone());
    let watchers = Watchers::default();
    OrdersServiceServer::new(Service {
        host,
        waiting,
        watchers,
        many: Many::default(),
        max_backdating_ms: i64::from(settings.max_backdating_hours).times(HOUR_MS),
        tiers: match settings.unknown_tier {
            UnknownTier::Refuse => TakenTiers::Defined,
            UnknownTier::Standard => TakenTiers::OrStandard,
        },
    })
    .max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
#[derive(Clone)]
pub struct Service {
    host: Host<Orders>,
    waiting: Waiting,
    watchers: Watchers,
    many: Many,
    max_backdating_ms: i64,
    tiers: TakenTiers,
}

/// An id; one that was made for a command that was only validated is nobody's.
fn named(id: &impl ToString, is_told: bool) -> String {
    if is_told {
        id.to_string()
    } else {
        String::new()
    }
}

fn unknown(id: &OrderId) -> Status {
    refused(&OrdersRefusal::UnknownOrder { order: id.clone() })
}

impl Service {
    async fn place(
        &self,
        request: v1::PlaceOrderRequest,
    ) -> Result<v1::PlaceOrderResponse, Status> {
        let wait = request::wait(request.wait)?;
        let at_least = Revision(request.at_least_revision);
        let (is_named, validate_only) = (!request.order_id.is_empty(), request.validate_only);
        let command = request::place_order(request, self.max_backdating_ms, self.tiers)?;
        let id = command.order().clone();
        self.host.reach(at_least).await?;
        let taken_as_tier;
        let answer = match command {
            Asked::Place(command) => {
                let tier = command.placed.customer.tier.clone();
                let answer = self.host.carry_out(command, validate_only).await?;
                taken_as_tier = self.taken_as(&tier, &answer);
                answer
            }
            Asked::Record(command) => {
                taken_as_tier = String::new();
                self.host.carry_out(command, validate_only).await?
            }
        };
        // Of an order that was not placed there is no outcome to wait for.
        let outcome = match wait {
            Some(wait) if answer.repeated || !validate_only => self.outcome(&id, wait).await,
            Some(_) | None => None,
        };
        let decided = outcome.as_ref().map(|(_, revision)| *revision);
        Ok(v1::PlaceOrderResponse {
            order_id: named(&id, is_named || !validate_only),
            revision: answer.revision.0,
            repeated: answer.repeated,
            order: outcome.map(|(order, _)| order),
            decided_revision: decided.unwrap_or_default().0,
            validated: validate_only,
            taken_as_tier,
        })
    }

    /// The tier that an order was taken with, or would be, if it is not the one that was said.
    fn taken_as(&self, said: &Tier, answer: &chassis::Answer) -> String {
        let recorded = answer.event().and_then(OrderPlaced::of);
        let other = match recorded {
            Some(placed) => placed.customer.said_tier.is_some(),
            None => {
                self.tiers == TakenTiers::OrStandard
                    && !self.host.read(|orders| orders.has_tier(said))
            }
        };
        if other {
            ORDINARY_TIER.to_owned()
        } else {
            String::new()
        }
    }

    /// The order once every line is decided on, and what was folded by then; nothing if that takes
    /// longer, or if what became of it cannot be read: that it was placed is answered all the same.
    async fn outcome(&self, id: &OrderId, wait: Duration) -> Option<(v1::Order, Revision)> {
        self.waiting.until_decided(id, wait).await;
        let known = self.host.read_at(|orders, revision| {
            let decided = orders.is_decided(id) == Some(true);
            decided.then(|| (look(orders, id), revision))
        });
        let (known, revision) = known?;
        match known {
            Known::Open { order, .. } => Some((*order, revision)),
            Known::Closed { at, after } => {
                match timeline::closed(self.host.log(), id, at, &after).await {
                    Ok(order) => Some((order, revision)),
                    Err(error) => {
                        tracing::warn!(order = %id, %error, "the outcome of a wait cannot be read");
                        None
                    }
                }
            }
            Known::Unknown => None,
        }
    }

    async fn known(&self, id: &OrderId, at_least: u64) -> Result<(Known, Revision), Status> {
        self.host.query(Revision(at_least), |_| ()).await?;
        Ok(self
            .host
            .read_at(|orders, revision| (look(orders, id), revision)))
    }
}

#[tonic::async_trait]
impl OrdersService for Service {
    async fn place_order(
        &self,
        request: Request<v1::PlaceOrderRequest>,
    ) -> Result<Response<v1::PlaceOrderResponse>, Status> {
        Ok(Response::new(self.place(request.into_inner()).await?))
    }

    type PlaceOrdersStream = BoxStream<'static, Result<v1::PlaceOrdersResponse, Status>>;

    async fn place_orders(
        &self,
        request: Request<Streaming<v1::PlaceOrdersRequest>>,
    ) -> Result<Response<Self::PlaceOrdersStream>, Status> {
        let service = self.clone();
        let answers = self.many.answer(request.into_inner(), move |request| {
            let service = service.clone();
            async move {
                let placed = match request.order {
                    Some(order) => service.place(order).await,
                    None => Err(missing("order", "give an order in each request")),
                };
                let answer = match placed {
                    Ok(placed) => Answer::Placed(placed),
                    Err(status) => Answer::Failed(as_message(&status)),
                };
                v1::PlaceOrdersResponse {
                    answer: Some(answer),
                }
            }
        });
        Ok(Response::new(answers))
    }

    async fn cancel_order(
        &self,
        request: Request<v1::CancelOrderRequest>,
    ) -> Result<Response<v1::CancelOrderResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let validated = request.validate_only;
        let is_told = !validated || !request.cancellation_id.is_empty();
        let command = request::cancel_order(request)?;
        let id = command.0.cancellation.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.carry_out(command, validated).await?;
        Ok(Response::new(v1::CancelOrderResponse {
            cancellation_id: named(&id, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
        }))
    }

    async fn suspend_order(
        &self,
        request: Request<v1::SuspendOrderRequest>,
    ) -> Result<Response<v1::SuspendOrderResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::suspend_order(request)?;
        let id = command.0.suspension.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::SuspendOrderResponse {
            suspension_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn resume_order(
        &self,
        request: Request<v1::ResumeOrderRequest>,
    ) -> Result<Response<v1::ResumeOrderResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::resume_order(&request)?;
        let id = command.0.resumption.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::ResumeOrderResponse {
            resumption_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }

    async fn amend_order(
        &self,
        request: Request<v1::AmendOrderRequest>,
    ) -> Result<Response<v1::AmendOrderResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let validated = request.validate_only;
        let is_told = !validated || !request.amendment_id.is_empty();
        let command = request::amend_order(request)?;
        let id = command.amendment.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.carry_out(command, validated).await?;
        let amended = answer.event().and_then(OrderAmended::of);
        Ok(Response::new(v1::AmendOrderResponse {
            amendment_id: named(&id, is_told),
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
            fields: amended.map(answer::amended).unwrap_or_default(),
        }))
    }

    async fn accept_substitute(
        &self,
        request: Request<v1::AcceptSubstituteRequest>,
    ) -> Result<Response<v1::AcceptSubstituteResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::accept_substitute(&request)?;
        let id = command.acceptance.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        let accepted = answer.event().and_then(SubstituteAccepted::of);
        Ok(Response::new(v1::AcceptSubstituteResponse {
            acceptance_id: id.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            new_line: accepted.map_or(0, |accepted| accepted.new_line),
        }))
    }

    async fn get_order(
        &self,
        request: Request<v1::GetOrderRequest>,
    ) -> Result<Response<v1::GetOrderResponse>, Status> {
        let request = request.into_inner();
        let id = request::order_id(&request.order_id)?;
        let full = request::is_full(&request)?;
        let (known, revision) = self.known(&id, request.at_least_revision).await?;
        let log = self.host.log();
        let (zones, measures) = self
            .host
            .read(|orders| (orders.zones().clone(), orders.measures().clone()));
        let mut closed_at = 0;
        let order = match known {
            Known::Open {
                mut order,
                timeline,
                pick_up_at,
            } => {
                if full {
                    let words = timeline::Words {
                        zone: zones.at(pick_up_at.as_ref()),
                        measures: &measures,
                    };
                    timeline::tell(log, &id, &timeline, &mut order, words).await?;
                }
                *order
            }
            Known::Closed { at, after } if full => {
                closed_at = at.revision.0;
                let words = (&zones, &measures);
                timeline::closed_with_timeline(log, &id, at, &after, words).await?
            }
            Known::Closed { at, after } => {
                closed_at = at.revision.0;
                timeline::closed(log, &id, at, &after).await?
            }
            Known::Unknown => return Err(unknown(&id)),
        };
        Ok(Response::new(v1::GetOrderResponse {
            closed_at_revision: if order.history.is_some() {
                0
            } else {
                closed_at
            },
            order: Some(order),
            revision: revision.0,
        }))
    }

    async fn list_orders(
        &self,
        request: Request<v1::ListOrdersRequest>,
    ) -> Result<Response<v1::ListOrdersResponse>, Status> {
        let request = request.into_inner();
        let (filter, after, size) = request::listing(&request)?;
        self.host
            .query(Revision(request.at_least_revision), |_| ())
            .await?;
        Ok(Response::new(self.host.read_at(|orders, revision| {
            let page = orders.list(&filter, after.as_ref(), size);
            v1::ListOrdersResponse {
                orders: page.orders.into_iter().map(answer::open).collect(),
                next_page_token: page.next.map(OrderId::to_string).unwrap_or_default(),
                revision: revision.0,
            }
        })))
    }

    async fn find_orders(
        &self,
        request: Request<v1::FindOrdersRequest>,
    ) -> Result<Response<v1::FindOrdersResponse>, Status> {
        let request = request.into_inner();
        let (mut asked, before, size) = request::finding(&request)?;
        let at_least = Revision(request.at_least_revision);
        self.host.reach(at_least).await?;
        // Orders of before name an item as it was called then.
        let renamed = self.host.read(|orders| orders.renamed().clone());
        asked.skus = asked.skus.iter().flat_map(|sku| renamed.all(sku)).collect();
        let page = find::page(&self.host, &asked, before, size).await?;
        Ok(Response::new(page))
    }

    type WatchOrderStream = BoxStream<'static, Result<v1::WatchOrderResponse, Status>>;

    async fn watch_order(
        &self,
        request: Request<v1::WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        let connection = request.remote_addr();
        let request = request.into_inner();
        let id = request::order_id(&request.order_id)?;
        let (known, _) = self.known(&id, request.at_least_revision).await?;
        if let Known::Unknown = known {
            return Err(unknown(&id));
        }
        let mut watched = Watched {
            id: id.clone(),
            received: None,
        };
        let look =
            move |orders: &RoomState<Orders>, revision: Revision| watched.look(orders, revision);
        let seen = self.watchers.watch(&self.host, connection, look)?;
        let log = Arc::clone(self.host.log());
        let answers = seen.then(move |seen| {
            let (log, id) = (Arc::clone(&log), id.clone());
            async move { watched_answer(&log, &id, seen?).await }
        });
        Ok(Response::new(answers.boxed()))
    }
}

/// A watched order, and where the last thing that its caller received of it stands.
struct Watched {
    id: OrderId,
    received: Option<Position>,
}

impl Watched {
    fn look(&mut self, orders: &RoomState<Orders>, revision: Revision) -> Seen<(Known, Revision)> {
        let last = orders.order(&self.id).map(Order::last_position);
        if last.is_some() && last == self.received {
            return Seen::Same;
        }
        self.received = last;
        let seen = (look(orders, &self.id), revision);
        if last.is_some() {
            Seen::Next(seen)
        } else {
            Seen::Last(seen)
        }
    }
}

/// What a watching caller receives. A closed order is read from the log.
async fn watched_answer(
    log: &Log,
    id: &OrderId,
    (known, revision): (Known, Revision),
) -> Result<v1::WatchOrderResponse, Status> {
    let order = match known {
        Known::Open { order, .. } => *order,
        Known::Closed { at, after } => timeline::closed(log, id, at, &after).await?,
        Known::Unknown => return Err(unknown(id)),
    };
    Ok(v1::WatchOrderResponse {
        order: Some(order),
        revision: revision.0,
    })
}
