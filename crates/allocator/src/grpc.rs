//! The doors of the allocator: each call reads its question, asks the room, and answers.

use allocation::{Allocator, AllocatorRefusal};
use api::allocator::v1;
use api::allocator::v1::allocator_service_server::{AllocatorService, AllocatorServiceServer};
use chassis::wire::page_size;
use chassis::{Host, MAX_REQUEST_BYTES, Watchers, refused};
use domain::command::RoomState;
use domain::decider::Projection;
use domain::event::WaitsEnded;
use domain::ids::{Revision, Timestamp};
use futures::StreamExt;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use crate::answer::Dates;
use crate::watch::Watched;
use crate::{answer, figures, impact, request, rule, what_if, why};

/// The gRPC service over a room.
pub fn service(host: Host<Allocator>) -> AllocatorServiceServer<Service> {
    let watchers = Watchers::default();
    let what_if = what_if::Door::new(&host);
    let why = why::Door::new(&host);
    let service = Service {
        host,
        watchers,
        what_if,
        why,
    };
    AllocatorServiceServer::new(service).max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
pub struct Service {
    host: Host<Allocator>,
    watchers: Watchers,
    what_if: what_if::Door,
    why: why::Door,
}

impl Service {
    /// Reads a state that holds at least one revision, or the past state at another (0: now).
    async fn ask<T>(
        &self,
        at_least: u64,
        at: u64,
        read: impl FnOnce(&Allocator, AsOf) -> T,
    ) -> Result<T, Status> {
        request::revisions(at_least, at)?;
        if at > 0 {
            let past = self.host.past(Revision(at)).await?;
            let (revision, now) = (past.revision, past.at);
            return Ok(read(&past.state, AsOf { revision, now }));
        }
        self.host.query(Revision(at_least), |_| ()).await?;
        let now = self.host.now();
        Ok(self
            .host
            .read_at(|allocator, revision| read(allocator, AsOf { revision, now })))
    }
}

/// As of when a question is answered.
#[derive(Debug, Clone, Copy)]
struct AsOf {
    /// By the log.
    revision: Revision,
    /// By the clock; of a past answer, as it stood then.
    now: Timestamp,
}

impl AsOf {
    const fn dates(self, allocator: &Allocator) -> Dates<'_> {
        let now = self.now;
        Dates { allocator, now }
    }
}

#[tonic::async_trait]
impl AllocatorService for Service {
    async fn check_availability(
        &self,
        request: Request<v1::CheckAvailabilityRequest>,
    ) -> Result<Response<v1::CheckAvailabilityResponse>, Status> {
        let request = request.into_inner();
        let asked = request::asked(&request)?;
        let (mut at_least, at) = (request.at_least_revision, request.at_revision);
        request::revisions(at_least, at)?;
        let (mut hold, mut repeated) = (None, false);
        if let Some(command) = request::hold_stock(&request)? {
            // What is free is judged on no older state than the caller asks for.
            self.host.reach(Revision(at_least)).await?;
            let id = command.hold.clone();
            let answer = self.host.transact(command).await?;
            at_least = at_least.max(answer.revision.0);
            (hold, repeated) = (Some(id), answer.repeated);
        }
        let read = |allocator: &Allocator, as_of: AsOf| {
            let found = allocator.availability(&asked, as_of.now)?;
            let dates = as_of.dates(allocator);
            let found = answer::availability(found, &asked.sku, dates, as_of.revision);
            let open = hold
                .as_ref()
                .and_then(|id| Some((id, allocator.open_hold(id)?)));
            Ok(answer::holding(found, open, repeated))
        };
        let answer = self.ask(at_least, at, read).await?;
        answer
            .map(Response::new)
            .map_err(|refusal: AllocatorRefusal| refused(&refusal))
    }

    async fn release_hold(
        &self,
        request: Request<v1::ReleaseHoldRequest>,
    ) -> Result<Response<v1::ReleaseHoldResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = request::release_hold(&request)?;
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        Ok(Response::new(v1::ReleaseHoldResponse {
            revision: answer.revision.0,
        }))
    }

    async fn end_waits(
        &self,
        request: Request<v1::EndWaitsRequest>,
    ) -> Result<Response<v1::EndWaitsResponse>, Status> {
        let request = request.into_inner();
        let validated = request.validate_only;
        let is_told = !validated || !request.ending_id.is_empty();
        let command = request::end_waits(&request)?;
        let id = command.ending.to_string();
        self.host.reach(Revision(request.at_least_revision)).await?;
        let answer = self.host.carry_out(command.clone(), validated).await?;
        let now = self.host.now();
        let told = answer.event().and_then(WaitsEnded::of);
        let (lines, units, left) = match told {
            Some(ended) => answer::told_of_the_end(&ended.effects, ended.left),
            None => {
                let would = |allocator: &Allocator| allocator.ending(&command, now);
                // It may have changed since.
                let would = self.host.read(|allocator| would(allocator));
                let (effects, left) = would.unwrap_or_default();
                answer::told_of_the_end(&effects, left)
            }
        };
        Ok(Response::new(v1::EndWaitsResponse {
            ending_id: if is_told { id } else { String::new() },
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
            lines,
            units,
            left,
        }))
    }

    async fn prioritise(
        &self,
        request: Request<v1::PrioritiseRequest>,
    ) -> Result<Response<v1::PrioritiseResponse>, Status> {
        let request = request.into_inner();
        let (validated, at_least) = (request.validate_only, request.at_least_revision);
        let is_told = !validated || !request.priority_id.is_empty();
        let command = request::prioritise(request)?;
        let (id, days) = (command.priority.to_string(), command.days);
        let (order, line) = (command.order.clone(), command.line);
        self.host.reach(Revision(at_least)).await?;
        let answer = self.host.carry_out(command, validated).await?;
        let stands = |allocator: &Allocator| allocator.would_stand(&order, line, days);
        // It may have closed since.
        let stands = self.host.read(|allocator| stands(allocator).ok().flatten());
        Ok(Response::new(v1::PrioritiseResponse {
            priority_id: if is_told { id } else { String::new() },
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
            place: stands.map_or(0, |it| it.place),
            units_ahead: stands.map_or(0, |it| it.units_ahead),
        }))
    }

    async fn assign_stock(
        &self,
        request: Request<v1::AssignStockRequest>,
    ) -> Result<Response<v1::AssignStockResponse>, Status> {
        let request = request.into_inner();
        let (validated, at_least) = (request.validate_only, request.at_least_revision);
        let is_told = !validated || !request.assignment_id.is_empty();
        let command = request::assign_stock(request)?;
        let id = command.assignment.to_string();
        self.host.reach(Revision(at_least)).await?;
        let answer = self.host.carry_out(command.clone(), validated).await?;
        let now = self.host.now();
        let effects = match answer.event() {
            Some(event) => event.effects().to_vec(),
            None => {
                let would = |allocator: &Allocator| allocator.assignment(&command, now);
                // It may have changed since.
                let would = self.host.read(|allocator| would(allocator));
                would.unwrap_or_default()
            }
        };
        Ok(Response::new(v1::AssignStockResponse {
            assignment_id: if is_told { id } else { String::new() },
            revision: answer.revision.0,
            repeated: answer.repeated,
            validated,
            given: effects.iter().filter_map(answer::given).collect(),
        }))
    }

    async fn get_promise(
        &self,
        request: Request<v1::GetPromiseRequest>,
    ) -> Result<Response<v1::GetPromiseResponse>, Status> {
        let request = request.into_inner();
        let order = request::order_id(&request.order_id)?;
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let answer = self
            .ask(at_least, at, |allocator, as_of| {
                let lines = as_of.dates(allocator).lines(&order, request.line)?;
                Ok(answer::told(lines, request.line, as_of.revision))
            })
            .await?;
        answer
            .map(Response::new)
            .map_err(|refusal: AllocatorRefusal| refused(&refusal))
    }

    type WatchPromiseStream = BoxStream<'static, Result<v1::WatchPromiseResponse, Status>>;

    async fn watch_promise(
        &self,
        request: Request<v1::WatchPromiseRequest>,
    ) -> Result<Response<Self::WatchPromiseStream>, Status> {
        let connection = request.remote_addr();
        let request = request.into_inner();
        let order = request::order_id(&request.order_id)?;
        let known = self
            .ask(request.at_least_revision, 0, |allocator, as_of| {
                allocator.dates(&order, request.line, as_of.now).map(|_| ())
            })
            .await?;
        known.map_err(|refusal| refused(&refusal))?;
        let mut watched = Watched::new(order, request.line, self.host.clone());
        let look =
            move |allocator: &RoomState<Allocator>, revision| watched.look(allocator, revision);
        let stream = self.watchers.watch(&self.host, connection, look)?;
        Ok(Response::new(stream.boxed()))
    }

    async fn what_if(
        &self,
        request: Request<v1::WhatIfRequest>,
    ) -> Result<Response<v1::WhatIfResponse>, Status> {
        let answer = self.what_if.answer(request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn preview_impact(
        &self,
        request: Request<v1::PreviewImpactRequest>,
    ) -> Result<Response<v1::PreviewImpactResponse>, Status> {
        let request = request.into_inner();
        let asked = impact::Asked::read(&request)?;
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let answer = self
            .ask(at_least, at, |allocator, as_of| {
                let impact = asked.of(allocator, as_of.now);
                impact.map(|it| impact::answer(&it, as_of.dates(allocator), as_of.revision))
            })
            .await?;
        answer
            .map(Response::new)
            .map_err(|refusal| refused(&refusal))
    }

    async fn get_queue(
        &self,
        request: Request<v1::GetQueueRequest>,
    ) -> Result<Response<v1::GetQueueResponse>, Status> {
        let request = request.into_inner();
        let sku = request::sku(&request.sku)?;
        let size = page_size(request.page_size)?;
        let after = request::after(&request.page_token)?;
        let asker = request::asker(&request)?;
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let answer = self
            .ask(at_least, at, |allocator, as_of| {
                allocator.queue(&sku, after, size).map(|page| {
                    answer::queue(
                        &page,
                        (&sku, &asker),
                        as_of.dates(allocator),
                        as_of.revision,
                    )
                })
            })
            .await?;
        answer
            .map(Response::new)
            .map_err(|refusal| refused(&refusal))
    }

    async fn explain_allocation(
        &self,
        request: Request<v1::ExplainAllocationRequest>,
    ) -> Result<Response<v1::ExplainAllocationResponse>, Status> {
        let request = request.into_inner();
        let order = request::order_id(&request.order_id)?;
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let closed_at = Revision(request.closed_at_revision);
        let ranks = !request.without_ranks;
        if closed_at > Revision(0) {
            if at > 0 {
                return Err(why::not_both());
            }
            let asked = (&order, request.line);
            let answer = self.why.closed(asked, closed_at, ranks).await?;
            return Ok(Response::new(answer));
        }
        let asked = self
            .ask(at_least, at, |allocator, as_of| {
                let dates = as_of.dates(allocator);
                let stands = allocator.explain(&order, request.line, as_of.now)?;
                let stands = stands.into_iter();
                let asked: Vec<_> = stands
                    .map(|it| why::Asked::new(allocator, &order, it, dates))
                    .collect();
                let terms = why::Terms {
                    trail: allocator.trail(&order),
                    ranks,
                    renamed: allocator.renamed().clone(),
                };
                Ok((asked, terms, as_of.revision))
            })
            .await?;
        let (asked, terms, revision) =
            asked.map_err(|refusal: AllocatorRefusal| refused(&refusal))?;
        let lines = self.why.told(&order, asked, terms).await?;
        Ok(Response::new(v1::ExplainAllocationResponse {
            lines,
            revision: revision.0,
        }))
    }

    async fn get_measures(
        &self,
        request: Request<v1::GetMeasuresRequest>,
    ) -> Result<Response<v1::GetMeasuresResponse>, Status> {
        let request = request.into_inner();
        let (sku, filter) = figures::asked(&request)?;
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let answer = self
            .ask(at_least, at, |allocator, as_of| {
                let report = match &sku {
                    Some(sku) => allocator.measures_of(sku, &filter, as_of.now)?,
                    None => allocator.measures(&filter, as_of.now)?,
                };
                Ok(figures::told(&report, as_of.revision))
            })
            .await?;
        answer
            .map(Response::new)
            .map_err(|refusal: AllocatorRefusal| refused(&refusal))
    }

    async fn set_ranking_rule(
        &self,
        request: Request<v1::SetRankingRuleRequest>,
    ) -> Result<Response<v1::SetRankingRuleResponse>, Status> {
        let answer = rule::set(&self.host, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn get_ranking_rule(
        &self,
        request: Request<v1::GetRankingRuleRequest>,
    ) -> Result<Response<v1::GetRankingRuleResponse>, Status> {
        let request = request.into_inner();
        let (at_least, at) = (request.at_least_revision, request.at_revision);
        let read = |allocator: &Allocator, as_of: AsOf| {
            rule::in_force(allocator.ranking_rule(), as_of.revision)
        };
        self.ask(at_least, at, read).await.map(Response::new)
    }
}
