//! The span that another one hangs from, as the log keeps it: its `traceparent`.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// A `traceparent` by itself, for the propagator.
#[derive(Default)]
struct Carrier(Option<String>);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        // The log keeps no `tracestate`: who continues a trace may leave it off.
        if key == "traceparent" {
            self.0 = Some(value);
        }
    }
}

/// The span that a `traceparent` names; a malformed one is ignored, as the standard asks.
pub(super) fn read(traceparent: &str) -> Option<SpanContext> {
    let carrier = Carrier(Some(traceparent.to_owned()));
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let told = context.span().span_context().clone();
    told.is_valid().then_some(told)
}

/// The `traceparent` of a span, as the log keeps it.
pub(super) fn written(span: &SpanContext) -> Option<String> {
    let mut carrier = Carrier::default();
    let context = Context::new().with_remote_span_context(span.clone());
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    carrier.0.filter(|_| span.is_sampled())
}
