//! What an operator sees from outside: log lines, spans and metrics.
//!
//! Log lines go to standard error always. Spans and metrics leave by OTLP over gRPC, and metrics
//! stand where Prometheus scrapes them, where the settings or OpenTelemetry's own variables say so:
//! `docs/telemetry.md` has all of it.

use std::net::SocketAddr;

use anyhow::anyhow;
use opentelemetry::trace::TracerProvider;
use opentelemetry::{InstrumentationScope, KeyValue, global};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use uuid::Uuid;

use crate::config::Telemetry;
use crate::{meters, trace};

mod environment;
mod figures;
mod scrape;

use environment::Plan;
pub use figures::{Counted, Figures, figures};

/// The version of OpenTelemetry's semantic conventions that spans and metrics follow.
pub const CONVENTIONS: &str = "https://opentelemetry.io/schemas/1.45.0";

/// Sends what is left when it is dropped.
#[derive(Debug, Default)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    scraped: Option<scrape::Scraped>,
}

impl Guard {
    /// Where Prometheus scrapes, if it may.
    pub fn prometheus(&self) -> Option<SocketAddr> {
        self.scraped.as_ref().map(|scraped| scraped.address)
    }
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

/// Sets up log lines, and spans and metrics where something says where to. Once a process, in its
/// runtime. `name` is what the process is called if nothing names it.
///
/// # Errors
/// A filter, an endpoint or a variable that cannot be read; an address that cannot be listened on.
#[allow(
    clippy::disallowed_methods,
    reason = "OpenTelemetry's variables are read once, here"
)]
pub fn start(settings: &Telemetry, name: &str) -> anyhow::Result<Guard> {
    lines(settings)?;
    let plan = environment::plan(settings, &|name| std::env::var(name).ok())?;
    if plan.is_empty() {
        return Ok(Guard::default());
    }
    let resource = resource(settings, &plan, name);
    if plan.propagates {
        global::set_text_map_propagator(TraceContextPropagator::new());
    }
    let traces = if plan.traces {
        Some(traces(settings, resource.clone())?)
    } else {
        None
    };
    let (metrics, scraped) = metrics(settings, &plan, resource)?;
    Ok(Guard {
        traces,
        metrics,
        scraped,
    })
}

fn lines(settings: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|error| anyhow!("telemetry.filter `{}`: {error}", settings.filter))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if settings.json {
        lines.json().boxed()
    } else {
        lines.boxed()
    };
    let registry = tracing_subscriber::registry();
    let _already = registry.with(lines.with_filter(filter)).try_init();
    Ok(())
}

/// Who speaks. What `OTEL_RESOURCE_ATTRIBUTES` adds, the SDK has added.
fn resource(settings: &Telemetry, plan: &Plan, name: &str) -> Resource {
    let named = settings.service_name.clone();
    let named = named.or_else(|| (!plan.is_named).then(|| name.to_owned()));
    let instance = KeyValue::new("service.instance.id", Uuid::now_v7().to_string());
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let built = Resource::builder().with_attributes([instance, version]);
    match named {
        Some(named) => built.with_service_name(named).build(),
        None => built.build(),
    }
}

fn traces(settings: &Telemetry, resource: Resource) -> anyhow::Result<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic();
    let exporter = match &settings.otlp_endpoint {
        Some(endpoint) => exporter.with_endpoint(endpoint),
        None => exporter,
    };
    let exporter = exporter
        .build()
        .map_err(|error| anyhow!("spans cannot be sent by OTLP: {error}"))?;
    let built = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource);
    // Without a share in the settings the SDK does as OTEL_TRACES_SAMPLER says.
    let built = match settings.sample_ratio {
        Some(ratio) => {
            let ratio = Sampler::TraceIdRatioBased(ratio.clamp(0.0, 1.0));
            built.with_sampler(Sampler::ParentBased(Box::new(ratio)))
        }
        None => built,
    };
    let provider = built.build();
    let scope = InstrumentationScope::builder("backorder").with_schema_url(CONVENTIONS);
    let scope = scope.with_version(env!("CARGO_PKG_VERSION")).build();
    trace::switch_on(provider.tracer_with_scope(scope));
    Ok(provider)
}

fn metrics(
    settings: &Telemetry,
    plan: &Plan,
    resource: Resource,
) -> anyhow::Result<(Option<SdkMeterProvider>, Option<scrape::Scraped>)> {
    if !plan.metrics && plan.prometheus.is_none() {
        return Ok((None, None));
    }
    let mut built = SdkMeterProvider::builder().with_resource(resource);
    if plan.metrics {
        let exporter = opentelemetry_otlp::MetricExporter::builder().with_tonic();
        let exporter = match &settings.otlp_endpoint {
            Some(endpoint) => exporter.with_endpoint(endpoint),
            None => exporter,
        };
        let exporter = exporter
            .build()
            .map_err(|error| anyhow!("metrics cannot be sent by OTLP: {error}"))?;
        built = built.with_periodic_exporter(exporter);
    }
    let mut scraped = None;
    if let Some(address) = &plan.prometheus {
        let registry = prometheus::Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(|error| anyhow!("metrics cannot be kept for Prometheus: {error}"))?;
        built = built.with_reader(reader);
        scraped = Some(scrape::open(address, registry)?);
    }
    let provider = built.build();
    global::set_meter_provider(provider.clone());
    meters::switch_on();
    if let Some(scraped) = &scraped {
        tracing::info!(address = %scraped.address, "metrics stand at /metrics for Prometheus");
    }
    Ok((Some(provider), scraped))
}
