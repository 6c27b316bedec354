//! What leaves by OTLP, seen by a collector: one trace from an order through the log to the
//! allocator's decision and the e-mail, and the metrics of every room.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use api::inventory::v1 as stock;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1 as shop;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use domain::ids::{Revision, Timestamp};
use domain::notifier::DIGEST_MS;
use event_log::{Fault, Log, MemoryLog};
use futures::StreamExt;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

/// The smallest OTLP collector: it keeps what it is sent.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let sent = request.into_inner().resource_spans;
        let scopes = sent.into_iter().flat_map(|resource| resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        self.spans.lock().unwrap().extend(spans);
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let sent = request.into_inner().resource_metrics;
        let scopes = sent.into_iter().flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let text = format!("{:?}", metric.data);
            let rooms = Room::ALL.map(Room::token).into_iter();
            let rooms = rooms.filter(|room| text.contains(&format!("\"{room}\"")));
            let mut metrics = self.metrics.lock().unwrap();
            let seen = metrics.entry(metric.name).or_default();
            seen.extend(rooms.map(str::to_owned));
        }
        Ok(Response::new(Default::default()))
    }
}

impl Collector {
    /// Opens its door; answers with the endpoint to export to.
    async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("http://{address}")
    }

    fn of(&self, caller: &Caller) -> Vec<Span> {
        let spans = self.spans.lock().unwrap();
        let mut mine: Vec<Span> = spans
            .iter()
            .filter(|span| hex(&span.trace_id) == caller.trace)
            .cloned()
            .collect();
        mine.sort_by_key(|span| span.start_time_unix_nano);
        mine
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who traces what they ask for.
struct Caller {
    trace: &'static str,
    span: &'static str,
}

const ANN: Caller = Caller {
    trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    span: "00f067aa0ba902b7",
};
const BOB: Caller = Caller {
    trace: "0af7651916cd43dd8448eb211c80319c",
    span: "b7ad6b7169203331",
};

struct House {
    log: Arc<MemoryLog>,
    clock: Clock,
    process: Process,
    orders: OrdersServiceClient<Channel>,
    inventory: InventoryServiceClient<Channel>,
}

impl House {
    async fn open(mut config: Config) -> Self {
        config.grpc = config.grpc.any_ports();
        let log = Arc::new(MemoryLog::new());
        let clock = Clock::held(Timestamp::parse("2026-11-22T08:00:00Z").unwrap());
        let shared: Log = log.clone();
        let cell = Cell::new(config, shared, clock.clone());
        let modules = cluster::modules(&cell).unwrap();
        let process = Process::start(cell, modules).await.unwrap();
        let at = |room| format!("http://{}", process.address(room).unwrap());
        let orders = OrdersServiceClient::connect(at(Room::Orders)).await;
        let inventory = InventoryServiceClient::connect(at(Room::Inventory)).await;
        Self {
            log,
            clock,
            orders: orders.unwrap(),
            inventory: inventory.unwrap(),
            process,
        }
    }

    async fn furnish(&mut self) {
        let segment = stock::Backorderable {
            cap: 100,
            longest_wait_days: 90,
        };
        let item = stock::DefineItemRequest {
            sku: "BOLT".into(),
            description: "A bolt".into(),
            segment: Some(stock::define_item_request::Segment::Backorderable(segment)),
            ..Default::default()
        };
        self.inventory.define_item(item).await.unwrap();
        let place = stock::DefineLocationRequest {
            location_id: "SHED".into(),
            name: "The shed".into(),
            ..Default::default()
        };
        self.inventory.define_location(place).await.unwrap();
    }

    async fn place(&mut self, order: &str, caller: &Caller) {
        let mut request = Request::new(shop::PlaceOrderRequest {
            order_id: order.into(),
            customer: Some(shop::Customer {
                id: order.into(),
                email: format!("{order}@example.com"),
                ..Default::default()
            }),
            ship_to: Some(shop::ShipTo {
                country: "DE".into(),
                ..Default::default()
            }),
            currency: "EUR".into(),
            lines: vec![shop::OrderLine {
                sku: "BOLT".into(),
                quantity: 3,
                ..Default::default()
            }],
            ..Default::default()
        });
        let traceparent = format!("00-{}-{}-01", caller.trace, caller.span);
        let metadata = request.metadata_mut();
        metadata.insert("traceparent", traceparent.parse().unwrap());
        self.orders.place_order(request).await.unwrap();
    }

    async fn receive(&mut self, quantity: u32) {
        let sku = "BOLT".into();
        let receipt = stock::ReceiveStockRequest {
            location_id: "SHED".into(),
            lines: vec![stock::SkuQuantity { sku, quantity }],
            ..Default::default()
        };
        self.inventory.receive_stock(receipt).await.unwrap();
    }

    /// Lets every room do what is due, and the post leave.
    async fn rest(&mut self) {
        self.process.rest().await.unwrap();
        let later = self.clock.now().plus_ms(DIGEST_MS);
        self.clock.advance_to(later);
        self.process.rest().await.unwrap();
    }

    /// Each event on the log that carries a trace, with it.
    async fn traced(&self) -> Vec<(&'static str, String)> {
        let log: Log = self.log.clone();
        let last = log.last(&Room::ALL).await.unwrap();
        let mut commits = log.follow(&Room::ALL, Revision(0));
        let mut found = Vec::new();
        loop {
            let logged = commits.next().await.unwrap().unwrap();
            for (index, trace) in &logged.commit.traces {
                let event = &logged.commit.events[usize::try_from(*index).unwrap()];
                found.push((event.tag(), trace.clone()));
            }
            if logged.revision >= last {
                return found;
            }
        }
    }
}

/// What a trace shows, earliest first; each span hangs from an earlier one or from the caller's.
fn connected(spans: &[Span], caller: &Caller) -> Vec<String> {
    let mut known = BTreeSet::from([caller.span.to_owned()]);
    for span in spans {
        let parent = hex(&span.parent_span_id);
        assert!(
            known.contains(&parent),
            "{}: its parent {parent} is none of {known:?}",
            span.name
        );
        known.insert(hex(&span.span_id));
    }
    spans.iter().map(|span| span.name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_one_trace_from_call_to_letter() {
    let collector = Collector::default();
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.notifier.folder = Some(folder.path().to_path_buf());
    config.telemetry.filter = "error".into();
    config.telemetry.otlp_endpoint = Some(collector.open().await);
    let guard = chassis::telemetry::start(&config.telemetry).unwrap();

    let mut house = House::open(config).await;
    house.furnish().await;
    house.log.fault(Fault::InFlight);
    house.place("ann", &ANN).await;
    house.place("bob", &BOB).await;
    house.rest().await;
    // One decision now serves both: each has it in its own trace.
    house.receive(10).await;
    house.rest().await;
    let traced = house.traced().await;
    house.process.stop().await.unwrap();
    tokio::task::spawn_blocking(move || drop(guard))
        .await
        .unwrap();

    let letters = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(letters, 4, "each was told to wait, then that it is here");
    for caller in [&ANN, &BOB] {
        let names = connected(&collector.of(caller), caller);
        let expected = [
            "/backorder.orders.v1.OrdersService/PlaceOrder",
            "settled",
            "notifier side effect",
            "settled",
            "notifier side effect",
        ];
        assert_eq!(names, expected);
    }
    on_the_log(&traced);
    let metrics = collector.metrics.lock().unwrap();
    let all: BTreeSet<String> = Room::ALL.map(|room| room.token().to_owned()).into();
    assert_eq!(metrics["backorder_events_folded"], all);
    assert_eq!(metrics["backorder_fold_lag"], all);
    assert!(metrics["backorder_append_duration"].contains("allocator"));
    assert!(metrics["backorder_queue_depth"].contains("orders"));
    assert!(metrics["backorder_conflicts"].contains("orders"));
    assert!(metrics.contains_key("backorder_open_lines"));
}

fn on_the_log(traced: &[(&str, String)]) {
    let tags = |caller: &Caller| {
        let mine = traced.iter().filter(|(_, at)| at.contains(caller.trace));
        mine.map(|(tag, _)| *tag).collect::<Vec<_>>()
    };
    let ann = ["order_placed", "settled", "notified", "settled", "notified"];
    assert_eq!(tags(&ANN), ann);
    // An event names one trace: the decision that serves both stands on the log under the first.
    assert_eq!(
        tags(&BOB),
        ["order_placed", "settled", "notified", "notified"]
    );
}
