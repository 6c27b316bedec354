//! The services' doors: where they are, and how a call fails.

use std::future::Future;
use std::time::Duration;

use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use api::allocator::v1::rebalance_service_client::RebalanceServiceClient;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::notifier::v1::notifier_service_client::NotifierServiceClient;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::room::v1::room_service_client::RoomServiceClient;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use chassis::config::Grpc;
use domain::decider::Room;
use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::problem::Problem;

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The biggest answer that is taken: a page of 500 orders of many lines.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Where the five services are. Connects when first called.
#[derive(Debug, Clone)]
pub(crate) struct Doors(Grpc);

impl Doors {
    /// The services that these settings name.
    pub const fn new(settings: Grpc) -> Self {
        Self(settings)
    }

    /// A service's address.
    pub fn address(&self, room: Room) -> String {
        let host = &self.0.host;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        format!("http://{host}:{}", self.0.port(room))
    }

    /// A connection that comes up with the first call.
    pub fn channel(&self, room: Room) -> Result<Channel, Problem> {
        let address = self.address(room);
        let endpoint = Endpoint::from_shared(address.clone()).map_err(|error| {
            Problem::usage(
                format!("{address} is no address: {error}"),
                "--host",
                "give a host name or an IP address, without a scheme",
            )
        })?;
        Ok(endpoint.connect_timeout(CONNECT_TIMEOUT).connect_lazy())
    }

    pub fn orders(&self) -> Result<OrdersServiceClient<Channel>, Problem> {
        let client = OrdersServiceClient::new(self.channel(Room::Orders)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    pub fn inventory(&self) -> Result<InventoryServiceClient<Channel>, Problem> {
        let client = InventoryServiceClient::new(self.channel(Room::Inventory)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    pub fn allocator(&self) -> Result<AllocatorServiceClient<Channel>, Problem> {
        let client = AllocatorServiceClient::new(self.channel(Room::Allocator)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// The allocator's other service.
    pub fn rebalance(&self) -> Result<RebalanceServiceClient<Channel>, Problem> {
        let client = RebalanceServiceClient::new(self.channel(Room::Allocator)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    pub fn notifier(&self) -> Result<NotifierServiceClient<Channel>, Problem> {
        let client = NotifierServiceClient::new(self.channel(Room::Notifier)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    pub fn suppliers(&self) -> Result<SupplierGatewayServiceClient<Channel>, Problem> {
        let client = SupplierGatewayServiceClient::new(self.channel(Room::SupplierGateway)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// What every room answers alike.
    pub fn room(&self, room: Room) -> Result<RoomServiceClient<Channel>, Problem> {
        let client = RoomServiceClient::new(self.channel(room)?);
        Ok(client.max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// A call's answer, or its failure in words.
    pub async fn ask<T>(
        &self,
        room: Room,
        call: &str,
        answer: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Problem> {
        answer
            .await
            .map(Response::into_inner)
            .map_err(|status| self.problem(room, call, &status))
    }

    /// A call's failure in words.
    pub fn problem(&self, room: Room, call: &str, status: &Status) -> Problem {
        Problem::status(status, room.token(), &self.address(room), call)
    }
}
