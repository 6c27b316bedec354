//! What leaves this process and where to: the settings, and the variables that OpenTelemetry names.
//! Where both say something, the settings win. What the SDK reads by itself (resource attributes,
//! batch sizes, intervals, headers, timeouts) is not read here. Must not open anything.

use anyhow::ensure;

use crate::config::Telemetry;

/// Looks up a variable; an empty one counts as none, as the specification asks.
pub(super) type Look<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What leaves this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Spans, by OTLP.
    pub traces: bool,
    /// Metrics, by OTLP.
    pub metrics: bool,
    /// Where Prometheus may scrape.
    pub prometheus: Option<String>,
    /// Whether callers' traces go on.
    pub propagates: bool,
    /// The process is named by a variable.
    pub is_named: bool,
}

impl Plan {
    /// Nothing leaves.
    pub const fn is_empty(&self) -> bool {
        !self.traces && !self.metrics && self.prometheus.is_none()
    }
}

/// What the settings and the environment come to.
///
/// # Errors
/// A variable with a value that is not supported, by name.
pub(super) fn plan(settings: &Telemetry, look: Look<'_>) -> anyhow::Result<Plan> {
    let said = |name: &str| look(name).filter(|value| !value.trim().is_empty());
    if said("OTEL_SDK_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Ok(Plan::default());
    }
    for name in [
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    ] {
        let protocol = said(name).unwrap_or_else(|| "grpc".into());
        ensure!(
            protocol.trim() == "grpc",
            "{name} is `{protocol}`: spans and metrics leave by `grpc` only"
        );
    }
    let to = |signal: &str| {
        settings.otlp_endpoint.is_some()
            || said("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
            || said(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")).is_some()
    };
    let traces = exporters("OTEL_TRACES_EXPORTER", &["otlp"], &said)?;
    let metrics = exporters("OTEL_METRICS_EXPORTER", &["otlp", "prometheus"], &said)?;
    let by_otlp = |named: &Option<Vec<String>>, signal| match named {
        Some(named) => named.iter().any(|name| name == "otlp"),
        None => to(signal),
    };
    let scraped = metrics.iter().flatten().any(|name| name == "prometheus");
    let prometheus = settings.prometheus.clone().or_else(|| {
        let host = said("OTEL_EXPORTER_PROMETHEUS_HOST").unwrap_or_else(|| "localhost".into());
        let port = said("OTEL_EXPORTER_PROMETHEUS_PORT").unwrap_or_else(|| "9464".into());
        scraped.then(|| format!("{host}:{port}"))
    });
    let attributes = said("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let named = |pair: &str| pair.trim_start().starts_with("service.name=");
    Ok(Plan {
        traces: by_otlp(&traces, "TRACES"),
        metrics: by_otlp(&metrics, "METRICS"),
        prometheus,
        propagates: propagates(&said)?,
        is_named: said("OTEL_SERVICE_NAME").is_some() || attributes.split(',').any(named),
    })
}

/// The exporters that a variable names; nothing if it is not set. `none` is none.
fn exporters(
    name: &str,
    known: &[&str],
    said: &dyn Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<Vec<String>>> {
    let Some(value) = said(name) else {
        return Ok(None);
    };
    let named = value.split(',').map(|one| one.trim().to_owned());
    let named: Vec<String> = named.filter(|one| one != "none").collect();
    for one in &named {
        ensure!(
            known.contains(&one.as_str()),
            "{name} names `{one}`: {} and none are supported",
            known.join(", ")
        );
    }
    Ok(Some(named))
}

/// Whether W3C Trace Context is among the propagators. Baggage, which is among them unless the
/// variable says otherwise, has nowhere to go on to: the log carries none.
fn propagates(said: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<bool> {
    let named = said("OTEL_PROPAGATORS").unwrap_or_else(|| "tracecontext".into());
    let named: Vec<&str> = named.split(',').map(str::trim).collect();
    for one in &named {
        ensure!(
            ["tracecontext", "baggage", "none"].contains(one),
            "OTEL_PROPAGATORS names `{one}`: tracecontext, baggage and none are supported"
        );
    }
    Ok(named.contains(&"tracecontext"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(settings: &Telemetry, variables: &[(&str, &str)]) -> anyhow::Result<Plan> {
        let look = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        plan(settings, &look)
    }

    fn endpoint() -> Telemetry {
        Telemetry {
            otlp_endpoint: Some("http://collector:4317".into()),
            ..Telemetry::default()
        }
    }

    #[test]
    fn nothing_leaves_unless_it_is_said_where_to() {
        assert!(planned(&Telemetry::default(), &[]).unwrap().is_empty());
        let by_settings = planned(&endpoint(), &[]).unwrap();
        let variable = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")];
        let by_variable = planned(&Telemetry::default(), &variable).unwrap();
        assert_eq!(by_settings, by_variable);
        assert!(by_settings.traces && by_settings.metrics && by_settings.propagates);
        let traces = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://tempo:4317")];
        let traces = planned(&Telemetry::default(), &traces).unwrap();
        assert!(traces.traces && !traces.metrics);
    }

    #[test]
    fn a_disabled_sdk_sends_nothing_whatever_else_is_said() {
        let disabled = [("OTEL_SDK_DISABLED", "True")];
        assert!(planned(&endpoint(), &disabled).unwrap().is_empty());
        let enabled = [("OTEL_SDK_DISABLED", "")];
        assert!(!planned(&endpoint(), &enabled).unwrap().is_empty());
    }

    #[test]
    fn exporters_are_chosen_by_name() {
        let none = [("OTEL_TRACES_EXPORTER", "none")];
        let none = planned(&endpoint(), &none).unwrap();
        assert!(!none.traces && none.metrics);
        let scraped = [
            ("OTEL_METRICS_EXPORTER", "prometheus"),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", "9999"),
        ];
        let scraped = planned(&endpoint(), &scraped).unwrap();
        assert!(scraped.traces && !scraped.metrics);
        assert_eq!(scraped.prometheus.as_deref(), Some("localhost:9999"));
    }

    #[test]
    fn what_is_not_supported_is_told_by_name() {
        for (name, value) in [
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_METRICS_EXPORTER", "console"),
            ("OTEL_PROPAGATORS", "b3"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ] {
            let error = planned(&endpoint(), &[(name, value)]).unwrap_err();
            let said = error.to_string();
            assert!(said.contains(name) && said.contains(value), "{said}");
        }
    }

    #[test]
    fn a_name_in_the_environment_is_kept() {
        let named = |name, value| planned(&endpoint(), &[(name, value)]).unwrap().is_named;
        assert!(named("OTEL_SERVICE_NAME", "shop"));
        assert!(named("OTEL_RESOURCE_ATTRIBUTES", "a=b, service.name=shop"));
        assert!(!named("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=shop"));
    }
}
