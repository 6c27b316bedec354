//! The service at work on the memory log, with a clock that the test holds.

use std::sync::Arc;

use api::supplier_gateway::v1;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use backorder_supplier_gateway::module;
use chassis::{Clock, Config, Process};
use domain::event::{Event, ReplenishmentRequested};
use domain::ids::Timestamp;
use event_log::{Log, MemoryLog};
use testkit::service;
use tonic::Status;
use tonic::transport::Channel;

/// The service at work, with inventory's pen.
pub struct World {
    pub log: Log,
    pub clock: Clock,
    pub process: Process,
    pub client: SupplierGatewayServiceClient<Channel>,
}

/// The service on a log, and a caller.
pub async fn start(log: &Log, clock: &Clock) -> (Process, SupplierGatewayServiceClient<Channel>) {
    let (process, address) = service::start(Config::default(), log, clock, module).await;
    let client = SupplierGatewayServiceClient::connect(address)
        .await
        .unwrap();
    (process, client)
}

impl World {
    /// On an empty log, on a Sunday noon.
    pub async fn new() -> Self {
        let log: Log = Arc::new(MemoryLog::new());
        let clock = Clock::held(Timestamp::parse("2026-03-01T12:00:00Z").unwrap());
        let (process, client) = start(&log, &clock).await;
        Self {
            log,
            clock,
            process,
            client,
        }
    }

    /// Inventory records this; the gateway has folded it when this returns.
    pub async fn inventory(&mut self, events: impl IntoIterator<Item = impl Into<Event>>) {
        let events = events.into_iter().map(Into::into).collect();
        let revision = service::record(&*self.log, self.clock.now(), events).await;
        let request = v1::ListSuppliersRequest {
            at_least_revision: revision.0,
            ..Default::default()
        };
        self.client.list_suppliers(request).await.unwrap();
        self.process.rest().await.unwrap();
    }

    /// Goes on to the next thing that happens by itself.
    pub async fn wait(&mut self) -> bool {
        let Some(next) = self.process.rest().await.unwrap().again_at else {
            return false;
        };
        self.clock.advance_to(next);
        self.process.rest().await.unwrap();
        true
    }

    /// A purchase order as the service tells it.
    pub async fn order(&mut self, id: &str) -> v1::PurchaseOrder {
        let request = v1::GetPurchaseOrderRequest {
            purchase_order_id: id.to_owned(),
            at_least_revision: 0,
        };
        let answer = self
            .client
            .get_purchase_order(request)
            .await
            .unwrap()
            .into_inner();
        answer.purchase_order.unwrap()
    }
}

/// A supplier who keeps every word, with a cutoff at 17 hours.
pub fn acme() -> v1::DefineSupplierRequest {
    v1::DefineSupplierRequest {
        definition_id: "d1".to_owned(),
        supplier_id: "ACME".to_owned(),
        name: "Acme & Co".to_owned(),
        lead_time_days: 10,
        cutoff_hour: Some(17),
        adapter: Some(v1::define_supplier_request::Adapter::Simulated(
            v1::Simulated {
                seed: 7,
                ..Default::default()
            },
        )),
        at_least_revision: 0,
    }
}

/// Inventory's request to them.
pub fn asked(id: &str, sku: &str, quantity: u32) -> ReplenishmentRequested {
    ReplenishmentRequested {
        requisition: id.into(),
        sku: sku.into(),
        quantity,
        supplier: "ACME".into(),
        position: 0,
    }
}

/// The reason code of a status.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}
