//! What an operator sees from outside: log lines, spans and metrics.
//!
//! Spans and metrics leave by OTLP over gRPC when `telemetry.otlp_endpoint` is set; log lines go
//! to standard error always.

use std::sync::{Arc, PoisonError};

use domain::decider::Decider;
use domain::ids::Timestamp;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::Telemetry;
use crate::host::Host;

/// Sends what is left when it is dropped.
#[derive(Debug, Default)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(traces) = &self.traces {
            let _collector_gone = traces.shutdown();
        }
        if let Some(metrics) = &self.metrics {
            let _collector_gone = metrics.shutdown();
        }
    }
}

/// Sets up log lines, and spans and metrics where an endpoint is given. Once a process.
///
/// # Errors
/// A filter or an endpoint that cannot be read.
pub fn start(settings: &Telemetry) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| anyhow::anyhow!("telemetry.filter `{}`: {error}", settings.filter))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if settings.json {
        lines.json().boxed()
    } else {
        lines.boxed()
    };
    let registry = tracing_subscriber::registry();
    let Some(endpoint) = &settings.otlp_endpoint else {
        let _already = registry.with(lines.with_filter(filter)).try_init();
        return Ok(Guard::default());
    };
    let resource = Resource::builder()
        .with_service_name(settings.service_name.clone())
        .build();
    let spans = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| anyhow::anyhow!("telemetry.otlp_endpoint `{endpoint}`: {error}"))?;
    let ratio = settings.sample_ratio.clamp(0.0, 1.0);
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
    let traces = SdkTracerProvider::builder()
        .with_batch_exporter(spans)
        .with_sampler(sampler)
        .with_resource(resource.clone())
        .build();
    let exporter = opentelemetry_otlp::MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| anyhow::anyhow!("telemetry.otlp_endpoint `{endpoint}`: {error}"))?;
    let metrics = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter)
        .with_resource(resource)
        .build();
    global::set_meter_provider(metrics.clone());
    let spans = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("backorder"))
        .with_filter(EnvFilter::new("info,h2=off,hyper=off,tonic=off,tower=off"));
    let _already = registry
        .with(lines.with_filter(filter))
        .with(spans)
        .try_init();
    Ok(Guard {
        traces: Some(traces),
        metrics: Some(metrics),
    })
}

/// Where a metric's value goes, with its labels.
pub type Put<'a> = dyn FnMut(f64, &[(&'static str, &str)]) + 'a;

/// A figure of a room, looked up whenever metrics are sent. `read` is handed the state, the time,
/// and where to put each value with its labels. It runs while the room waits, so it must be quick;
/// its labels must be few and bounded: they are kept for as long as the process lives.
pub fn gauge<D: Decider>(
    host: &Host<D>,
    name: &'static str,
    description: &'static str,
    read: impl Fn(&D, Timestamp, &mut Put<'_>) + Send + Sync + 'static,
) {
    // What the room came to is sent also after it has stopped, with the last metrics.
    let shared = Arc::clone(&host.shared);
    let _registered = global::meter("backorder")
        .f64_observable_gauge(name)
        .with_description(description)
        .with_callback(move |observer| {
            let folded = shared.folded.read().unwrap_or_else(PoisonError::into_inner);
            read(&folded.state, shared.clock.now(), &mut |value, labels| {
                let labels = labels.iter();
                let labels = labels.map(|(key, value)| KeyValue::new(*key, (*value).to_owned()));
                observer.observe(value, &labels.collect::<Vec<_>>());
            });
        })
        .build();
}
