//! The doors of the allocator: each call reads its question, asks the room, and answers.

use api::allocator::v1;
use api::allocator::v1::allocator_service_server::{AllocatorService, AllocatorServiceServer};
use chassis::{Host, MAX_REQUEST_BYTES, refused};
use domain::allocator::Allocator;
use domain::ids::Revision;
use tonic::{Request, Response, Status};

use crate::{answer, request};

/// The gRPC service over a room.
pub fn service(host: Host<Allocator>) -> AllocatorServiceServer<Service> {
    AllocatorServiceServer::new(Service { host }).max_decoding_message_size(MAX_REQUEST_BYTES)
}

/// What the doors share.
pub struct Service {
    host: Host<Allocator>,
}

impl Service {
    /// Reads a state that holds at least this revision.
    async fn ask<T>(
        &self,
        at_least: u64,
        read: impl FnOnce(&Allocator, Revision) -> T,
    ) -> Result<T, Status> {
        self.host.query(Revision(at_least), |_| ()).await?;
        Ok(self.host.read_at(read))
    }
}

#[tonic::async_trait]
impl AllocatorService for Service {
    async fn check_availability(
        &self,
        request: Request<v1::CheckAvailabilityRequest>,
    ) -> Result<Response<v1::CheckAvailabilityResponse>, Status> {
        let request = request.into_inner();
        let sku = request::sku(&request.sku)?;
        let tier = request::tier(&request.tier)?;
        let quantity = request::quantity(request.quantity)?;
        let now = self.host.now();
        let answer = self
            .ask(request.at_least_revision, |allocator, revision| {
                let all = request.complete_only;
                (
                    allocator.availability(&sku, quantity, &tier, all, now),
                    revision,
                )
            })
            .await?;
        Ok(Response::new(answer::availability(answer.0, answer.1)))
    }

    async fn get_promise(
        &self,
        request: Request<v1::GetPromiseRequest>,
    ) -> Result<Response<v1::GetPromiseResponse>, Status> {
        let request = request.into_inner();
        let order = request::order_id(&request.order_id)?;
        let answer = self
            .ask(request.at_least_revision, |allocator, revision| {
                allocator
                    .promise(&order, request.line)
                    .map(|told| answer::told(&told, revision))
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
        let size = request::page_size(request.page_size)?;
        let after = request::after(&request.page_token)?;
        let answer = self
            .ask(request.at_least_revision, |allocator, revision| {
                allocator
                    .queue(&sku, after, size)
                    .map(|page| answer::queue(&page, revision))
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
        let answer = self
            .ask(request.at_least_revision, |allocator, revision| {
                allocator
                    .explain(&order, request.line)
                    .map(|lines| (lines, revision))
            })
            .await?;
        let (lines, revision) = answer.map_err(|refusal| refused(&refusal))?;
        Ok(Response::new(v1::ExplainAllocationResponse {
            lines: lines.into_iter().map(answer::explanation).collect(),
            revision: revision.0,
        }))
    }
}
