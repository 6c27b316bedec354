//! Spans by themselves: how one is begun, what it says, how it fails. Must not know the log.

use std::sync::OnceLock;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

use crate::meters::wall;

/// Traces that one decision, one commit or one fold shows up in; it may be about a thousand orders.
pub(super) const MAX_SPANS: usize = 64;

/// The event that a span is about, by its type.
pub const EVENT: &str = "backorder.event";
/// The order that a span is about.
pub const ORDER: &str = "backorder.order.id";
/// The SKU that a span is about.
pub const SKU: &str = "backorder.sku";
/// The SKUs that a span is about, where it is about several.
pub const SKUS: &str = "backorder.skus";
/// The revision that a span's commit stands at.
pub const REVISION: &str = "backorder.revision";
/// The reason code of a call that was answered with a no.
pub const REASON: &str = "backorder.reason";

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Spans leave this process from now on.
pub(crate) fn switch_on(tracer: SdkTracer) {
    let _first_stays = TRACER.set(tracer);
}

/// Whether spans leave this process: where they do not, nothing is done for them.
pub(crate) fn is_on() -> bool {
    TRACER.get().is_some()
}

/// Begins a span under a parent, if spans leave this process.
pub(crate) fn begin(builder: SpanBuilder, parent: &Context) -> Option<Span> {
    let tracer = TRACER.get()?;
    Some(tracer.build_with_context(builder, parent))
}

/// A span to be begun.
pub(crate) fn span(name: String, kind: SpanKind, attributes: Vec<KeyValue>) -> SpanBuilder {
    SpanBuilder::from_name(name)
        .with_kind(kind)
        .with_attributes(attributes)
}

/// Sets an attribute on the span that this runs in.
pub fn tell(name: &'static str, value: impl FnOnce() -> String) {
    if is_on() {
        let context = Context::current();
        if context.span().is_recording() {
            context.span().set_attribute(KeyValue::new(name, value()));
        }
    }
}

/// Says of the span that this runs in which revision answers it.
pub(crate) fn tell_revision(revision: u64) {
    if is_on() {
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        let context = Context::current();
        context
            .span()
            .set_attribute(KeyValue::new(REVISION, revision));
    }
}

/// The span that this runs in, if it is sampled.
pub(crate) fn current() -> Option<SpanContext> {
    if !is_on() {
        return None;
    }
    let context = Context::current();
    let told = context.span().span_context().clone();
    (told.is_valid() && told.is_sampled()).then_some(told)
}

/// Which trace a span is of.
pub(super) fn id(span: &SpanContext) -> [u8; 16] {
    span.trace_id().to_bytes()
}

pub(super) fn under(parent: &SpanContext) -> Context {
    Context::new().with_remote_span_context(parent.clone())
}

/// Attributes of what is done with a room's subject, by OpenTelemetry's conventions for messaging.
pub(super) fn messaging(kind: &'static str, subject: &str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", "nats"),
        KeyValue::new("messaging.operation.name", kind),
        KeyValue::new(
            "messaging.operation.type",
            if kind == "publish" { "send" } else { kind },
        ),
        KeyValue::new("messaging.destination.name", subject.to_owned()),
    ]
}

/// Ends a span as one that failed.
pub(crate) fn fail(span: &mut Span, class: String, words: String) {
    span.set_attribute(KeyValue::new("error.type", class));
    span.set_status(Status::error(words));
}

/// When something begins that may become a span.
pub(crate) fn now() -> Option<SystemTime> {
    is_on().then(wall)
}
