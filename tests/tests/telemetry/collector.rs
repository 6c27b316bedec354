//! The smallest OTLP collector: it keeps what it is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

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
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// What was sent, and by whom.
#[derive(Clone, Default)]
pub struct Collector {
    pub spans: Arc<Mutex<Vec<Span>>>,
    pub metrics: Arc<Mutex<BTreeMap<String, Metric>>>,
    /// Attributes of those who sent spans, and of those who sent metrics.
    pub resources: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
    pub schemas: Arc<Mutex<Vec<String>>>,
}

/// Attributes as texts, those in an array one after the other.
pub fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(_)
        | Value::DoubleValue(_)
        | Value::ArrayValue(_)
        | Value::KvlistValue(_)
        | Value::BytesValue(_)
        | Value::StringValueStrindex(_) => format!("{value:?}"),
    };
    let pair = |it: &KeyValue| {
        let value = it.value.as_ref().and_then(|value| value.value.as_ref());
        (it.key.clone(), value.map(text).unwrap_or_default())
    };
    attributes.iter().map(pair).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for sent in request.into_inner().resource_spans {
            let resource = sent.resource.unwrap_or_default();
            let mut resources = self.resources.lock().unwrap();
            resources.push(texts(&resource.attributes));
            for scope in sent.scope_spans {
                self.schemas.lock().unwrap().push(scope.schema_url);
                self.spans.lock().unwrap().extend(scope.spans);
            }
        }
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        for sent in request.into_inner().resource_metrics {
            let resource = sent.resource.unwrap_or_default();
            let mut resources = self.resources.lock().unwrap();
            resources.push(texts(&resource.attributes));
            let metrics = sent.scope_metrics.into_iter();
            let mut kept = self.metrics.lock().unwrap();
            for metric in metrics.flat_map(|scope| scope.metrics) {
                kept.insert(metric.name.clone(), metric);
            }
        }
        Ok(Response::new(Default::default()))
    }
}

impl Collector {
    /// Opens its door; answers with the endpoint to export to.
    pub async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("http://{address}")
    }

    /// The spans of a trace, earliest first.
    pub fn of(&self, trace: &str) -> Vec<Span> {
        let spans = self.spans.lock().unwrap();
        let mine = spans.iter().filter(|span| hex(&span.trace_id) == trace);
        let mut mine: Vec<Span> = mine.cloned().collect();
        mine.sort_by_key(|span| span.start_time_unix_nano);
        mine
    }
}
