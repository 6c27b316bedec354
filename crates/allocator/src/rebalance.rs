//! The doors of rebalancing: what a run would do, and doing it.

use api::allocator::v1;
use api::allocator::v1::rebalance_service_server::{RebalanceService, RebalanceServiceServer};
use chassis::{Host, MAX_REQUEST_BYTES, refused};
use domain::allocator::Allocator;
use domain::ids::Revision;
use tonic::{Request, Response, Status};

use crate::runs;

/// The gRPC service over a room.
pub fn service(host: Host<Allocator>) -> RebalanceServiceServer<Service> {
    RebalanceServiceServer::new(Service { host }).max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
pub struct Service {
    host: Host<Allocator>,
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
        self.host.query(at_least, |_| ()).await?;
        let (host, now) = (self.host.clone(), self.host.now());
        let work = move || {
            let (copy, revision) = host.read_at(|room, revision| (room.clone(), revision));
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
        let asked = runs::rebalanced(request.into_inner())?;
        let run_id = asked.run.to_string();
        let keys = Allocator::rebalance_keys(&asked);
        let decide = move |room: &Allocator, now| room.rebalance(&asked, now);
        let answer = self.host.transact(keys, decide).await?;
        Ok(Response::new(v1::CommitRebalanceResponse {
            run_id,
            revision: answer.revision.0,
            repeated: answer.repeated,
        }))
    }
}
