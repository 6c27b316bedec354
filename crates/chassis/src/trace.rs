//! One trace from a request through the log to what followed from it.
//!
//! A commit carries the `traceparent` of the request that caused an event (W3C Trace Context,
//! level 1). Whoever folds it remembers the trace by what the event concerns, and goes on with
//! it when its own decision or side effect is about the same thing. `domain` knows nothing of this.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::decider::Room;
use domain::event::Event;
use domain::ids::Key;
use event_log::Logged;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Traces that a room remembers; the oldest is forgotten first, and its timeline ends there.
const MAX_REMEMBERED: usize = 8_192;
/// Traces that one decision shows up in; it may be about a thousand orders.
const MAX_SPANS: usize = 64;

/// The traces of what a room has folded lately.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    by_key: BTreeMap<Key, String>,
    oldest: VecDeque<Key>,
}

impl Traces {
    /// Notes which traces a commit carries.
    pub fn remember(&mut self, logged: &Logged) {
        for (index, trace) in &logged.commit.traces {
            let index = usize::try_from(*index).unwrap_or(usize::MAX);
            let Some(event) = logged.commit.events.get(index) else {
                continue;
            };
            let keys = event.concerns();
            // A decision about many goes on with the trace of one of them: the others keep theirs.
            let goes_on = keys.iter().any(|key| self.is_in(*key, trace));
            for key in keys {
                if goes_on && !self.is_in(key, trace) {
                    continue;
                }
                if self.by_key.insert(key, trace.clone()).is_none() {
                    self.oldest.push_back(key);
                }
            }
        }
        while self.oldest.len() > MAX_REMEMBERED {
            if let Some(key) = self.oldest.pop_front() {
                self.by_key.remove(&key);
            }
        }
    }

    fn is_in(&self, key: Key, trace: &str) -> bool {
        let known = self.by_key.get(&key);
        known.is_some_and(|known| trace_id(known) == trace_id(trace))
    }

    /// A due event goes on with the traces of what it concerns: each gets a span of it, and the
    /// event carries the `traceparent` of the first on.
    pub fn go_on(&self, event: &Event) -> Option<String> {
        if self.by_key.is_empty() {
            return None;
        }
        let mut carried = None;
        let mut told = BTreeSet::new();
        let concerns = event.concerns();
        for trace in concerns.iter().filter_map(|key| self.by_key.get(key)) {
            if told.len() >= MAX_SPANS || !told.insert(trace_id(trace)) {
                continue;
            }
            let span = tracing::info_span!("decide", otel.name = event.tag(), room = %event.room());
            continue_from(&span, trace);
            carried.get_or_insert_with(|| of(&span).unwrap_or_else(|| trace.clone()));
        }
        carried
    }

    /// The span of a side effect about this.
    pub fn side_effect_span(&self, room: Room, about: Key) -> Span {
        let Some(trace) = self.by_key.get(&about) else {
            return Span::none();
        };
        let span =
            tracing::info_span!("side effect", otel.name = format!("{room} side effect"), %room);
        continue_from(&span, trace);
        span
    }
}

/// The `traceparent` of the span that this runs in, if it is sampled.
pub(crate) fn current() -> Option<String> {
    of(&Span::current())
}

fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

fn of(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span();
    let told = span.span_context();
    (told.is_valid() && told.is_sampled())
        .then(|| format!("00-{}-{}-01", told.trace_id(), told.span_id()))
}

/// Makes a span the child of a remote one; a malformed `traceparent` is ignored, as the standard
/// asks.
pub(crate) fn continue_from(span: &Span, traceparent: &str) {
    let mut parts = traceparent.split('-');
    let (Some("00"), Some(trace), Some(parent), Some(flags)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    let (Ok(trace), Ok(parent), Ok(flags)) = (
        TraceId::from_hex(trace),
        SpanId::from_hex(parent),
        u8::from_str_radix(flags, 16),
    ) else {
        return;
    };
    let remote = SpanContext::new(
        trace,
        parent,
        TraceFlags::new(flags),
        true,
        TraceState::default(),
    );
    let _no_exporter = span.set_parent(Context::new().with_remote_span_context(remote));
}
