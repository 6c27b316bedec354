//! The doors of rebalancing: what a run would do, and doing it.

use std::sync::Arc;

use allocation::Allocator;
use api::allocator::v1;
use api::allocator::v1::rebalance_service_server::{RebalanceService, RebalanceServiceServer};
use chassis::{Host, MAX_REQUEST_BYTES, refused};
use domain::event::Rebalanced;
use domain::ids::Revision;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use crate::bounds::MAX_PREVIEWS;
use crate::refusals::ServiceRefusal;
use crate::runs;

/// The gRPC service over a room.
pub fn service(host: Host<Allocator>) -> RebalanceServiceServer<Service> {
    let previews = Arc::new(Semaphore::new(MAX_PREVIEWS));
    RebalanceServiceServer::new(Service { host, previews })
        .max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
pub struct Service {
    host: Host<Allocator>,
    previews: Arc<Semaphore>,
}

#[tonic::async_trait]
impl RebalanceService for Service {
    /// Works on a copy of the state, in a thread of its own: what a run leads to is settled there
    /// to see it, and meanwhile the room goes on.
    async fn preview_rebalance(
        &self,
        request: Request<v1::PreviewRebalanceRequest>,
    ) -> Result<Response<v1::PreviewRebalanceResponse>, Status> {
        let request = request.into_inner();
        let segments = runs::segments(request.segments)?;
        let budget = request.nervousness_budget;
        let at_least = Revision(request.at_least_revision);
        self.host.reach(at_least).await?;
        let permit = Arc::clone(&self.previews).try_acquire_owned();
        let permit = permit.map_err(|_| refused(&ServiceRefusal::TooManyPreviews {}))?;
        let (host, now) = (self.host.clone(), self.host.now());
        let work = move || {
            // Held until it is done, also if nobody waits for the answer any more.
            let _permit = permit;
            let (copy, revision) = host.read_at(|room, revision| (room.room.clone(), revision));
            let preview = copy.preview_rebalance(&segments, budget, now);
            preview.map(|preview| runs::preview(&preview, revision))
        };
        let done = tokio::task::spawn_blocking(work).await;
        let preview = done.map_err(|_| Status::cancelled("the service is stopping"))?;
        preview
            .map(Response::new)
            .map_err(|refusal| refused(&refusal))
    }

    async fn commit_rebalance(
        &self,
        request: Request<v1::CommitRebalanceRequest>,
    ) -> Result<Response<v1::CommitRebalanceResponse>, Status> {
        let request = request.into_inner();
        let at_least = Revision(request.at_least_revision);
        let command = runs::commit_rebalance(request)?;
        let run = command.run.clone();
        self.host.reach(at_least).await?;
        let answer = self.host.transact(command).await?;
        let done = answer.event().and_then(Rebalanced::of);
        Ok(Response::new(v1::CommitRebalanceResponse {
            run_id: run.to_string(),
            revision: answer.revision.0,
            repeated: answer.repeated,
            unchanged: done.is_some_and(|done| done.effects.is_empty()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use chassis::{Cell, Clock, Config};
    use domain::ids::Timestamp;
    use event_log::MemoryLog;
    use tonic::Code;

    use super::*;

    #[tokio::test]
    async fn so_many_runs_are_previewed_at_once_and_one_more_is_refused() {
        let clock = Clock::held(Timestamp::from_ms(0));
        let cell = Cell::new(Config::default(), Arc::new(MemoryLog::new()), clock);
        let (host, _driver) = cell.room::<Allocator>().unwrap();
        let previews = Arc::new(Semaphore::new(MAX_PREVIEWS));
        let busy = Arc::clone(&previews);
        let service = Service { host, previews };
        let ask = || {
            let strategy = v1::RunStrategy::Win.into();
            let segment = v1::RunSegment {
                strategy,
                ..v1::RunSegment::default()
            };
            service.preview_rebalance(Request::new(v1::PreviewRebalanceRequest {
                segments: vec![segment],
                ..v1::PreviewRebalanceRequest::default()
            }))
        };
        let both = busy.acquire_many(2).await.unwrap();
        let refused = ask().await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert_eq!(
            refused.message(),
            "2 previews are running, the most; try again in a moment"
        );
        drop(both);
        assert_eq!(ask().await.unwrap().into_inner().changes, 0);
    }
}
