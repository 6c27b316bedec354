//! One trace from a request through the log to what followed from it.
//!
//! An event on the log carries the `traceparent` (W3C Trace Context) of the span that published
//! it. Whoever folds it remembers the trace by what the event concerns, and goes on with it when
//! its own decision or side effect is about the same thing. `domain` knows nothing of this.
//!
//! Spans are OpenTelemetry's own and not log lines' (`tracing`): a span has a kind and a time of
//! its own, and where no spans leave the process none is made.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use domain::decider::Room;
use domain::event::Event;
use domain::ids::Key;
use event_log::Logged;
use opentelemetry::trace::{Span as _, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

mod asked;
mod names;
mod parent;
mod publish;
mod spans;

pub(crate) use asked::{Asked, asked};
use names::Names;
use parent::read;
pub(crate) use publish::Publishing;
pub use spans::{EVENT, ORDER, REASON, REVISION, SKU, SKUS, tell};
use spans::{MAX_SPANS, id, messaging, under};
pub(crate) use spans::{begin, current, is_on, now, span, switch_on, tell_revision};

/// Traces that a room remembers; the oldest is forgotten first, and its timeline ends there.
const MAX_REMEMBERED: usize = 8_192;
/// What a question that came by NATS is answered in: a span that goes on with its asker's trace.
pub(crate) fn question(path: &str, room: Room, traceparent: Option<&str>) -> Context {
    let parent = traceparent.and_then(read);
    let parent = parent.map_or_else(Context::new, |parent| under(&parent));
    let method = path.strip_prefix('/').unwrap_or(path).to_owned();
    let attributes = vec![
        KeyValue::new("rpc.system.name", "nats"),
        KeyValue::new("rpc.method", method.clone()),
        KeyValue::new("backorder.room", room.token()),
    ];
    match begin(span(method, SpanKind::Server, attributes), &parent) {
        Some(span) => parent.with_span(span),
        None => parent,
    }
}

/// The traces of what a room has folded lately.
#[derive(Debug)]
pub(crate) struct Traces {
    room: Room,
    /// Before the rooms' names in their subjects.
    subjects: String,
    /// The room's own.
    subject: Arc<str>,
    by_key: BTreeMap<Key, SpanContext>,
    oldest: VecDeque<Key>,
}

impl Traces {
    pub fn new(room: Room, subjects: &str) -> Self {
        Self {
            room,
            subjects: subjects.to_owned(),
            subject: format!("{subjects}{room}").into(),
            by_key: BTreeMap::new(),
            oldest: VecDeque::new(),
        }
    }

    /// What a commit of this room is published on.
    pub fn publishing(&self) -> Publishing {
        Publishing::new(Arc::clone(&self.subject))
    }

    /// Notes which traces a commit carries, that was folded from then until now. In each of them
    /// the fold is a span, if the room hears whose commit it is and it is not its own.
    pub fn remember(&mut self, logged: &Logged, hears: bool, began: Option<SystemTime>) {
        let mut shown = BTreeMap::new();
        for (index, trace) in &logged.commit.traces {
            let index = usize::try_from(*index).unwrap_or(usize::MAX);
            let event = logged.commit.events.get(index);
            let (Some(event), Some(trace)) = (event, read(trace)) else {
                continue;
            };
            let shows = hears && logged.room != self.room;
            let trace = match began.filter(|_| shows && trace.is_sampled()) {
                Some(began) if shown.len() < MAX_SPANS => shown
                    .entry(id(&trace))
                    .or_insert_with(|| {
                        let folded = self.folded(logged, event, &trace, began);
                        folded.unwrap_or(trace)
                    })
                    .clone(),
                Some(_) | None => trace,
            };
            self.keep(&event.concerns(), &trace);
        }
        while self.oldest.len() > MAX_REMEMBERED {
            if let Some(key) = self.oldest.pop_front() {
                self.by_key.remove(&key);
            }
        }
    }

    fn keep(&mut self, keys: &[Key], trace: &SpanContext) {
        // A decision about many goes on with the trace of one of them: the others keep theirs.
        let goes_on = keys.iter().any(|key| self.is_in(*key, id(trace)));
        for key in keys {
            if goes_on && !self.is_in(*key, id(trace)) {
                continue;
            }
            if self.by_key.insert(*key, trace.clone()).is_none() {
                self.oldest.push_back(*key);
            }
        }
    }

    fn is_in(&self, key: Key, trace: [u8; 16]) -> bool {
        let known = self.by_key.get(&key);
        known.is_some_and(|known| id(known) == trace)
    }

    /// The span of a fold, as a child of the one that published the event.
    fn folded(
        &self,
        logged: &Logged,
        event: &Event,
        trace: &SpanContext,
        began: SystemTime,
    ) -> Option<SpanContext> {
        let subject = format!("{}{}", self.subjects, logged.room);
        let mut attributes = messaging("process", &subject);
        attributes.extend([
            KeyValue::new("messaging.consumer.group.name", self.room.token()),
            KeyValue::new(REVISION, i64::try_from(logged.revision.0).unwrap_or(0)),
        ]);
        let count = i64::try_from(logged.commit.events.len()).unwrap_or(0);
        attributes.push(KeyValue::new("messaging.batch.message_count", count));
        attributes.extend(Names::of(event).attributes());
        let built = span(format!("process {subject}"), SpanKind::Consumer, attributes);
        let mut span = begin(built.with_start_time(began), &under(trace))?;
        span.end();
        Some(span.span_context().clone())
    }

    /// A due event, decided from then until now, goes on with the traces of what it concerns: each
    /// gets a span of it. The first of them is the one that the event carries on.
    pub fn go_on(&self, event: &Event, began: Option<SystemTime>) -> Option<SpanContext> {
        if self.by_key.is_empty() {
            return None;
        }
        let mut carried = None;
        let mut told = BTreeSet::new();
        let concerns = event.concerns();
        let mut names = None;
        for trace in concerns.iter().filter_map(|key| self.by_key.get(key)) {
            if told.len() >= MAX_SPANS || !told.insert(id(trace)) {
                continue;
            }
            let Some(began) = began.filter(|_| trace.is_sampled()) else {
                carried.get_or_insert_with(|| trace.clone());
                continue;
            };
            let names = names.get_or_insert_with(|| Names::of(event));
            let mut attributes = vec![KeyValue::new("backorder.room", self.room.token())];
            let in_trace = |key| self.is_in(key, id(trace));
            attributes.extend(names.only(in_trace).attributes());
            let built = span(event.tag().to_owned(), SpanKind::Internal, attributes);
            let decided = begin(built.with_start_time(began), &under(trace));
            let decided = decided.map_or_else(
                || trace.clone(),
                |mut span| {
                    span.end();
                    span.span_context().clone()
                },
            );
            carried.get_or_insert(decided);
        }
        carried
    }

    /// What a side effect about this runs in: a span of the trace, where one is known.
    pub fn side_effect(&self, about: Key) -> Context {
        let Some(trace) = self.by_key.get(&about) else {
            return Context::new();
        };
        let room = vec![KeyValue::new("backorder.room", self.room.token())];
        let built = span(
            format!("{} side effect", self.room),
            SpanKind::Internal,
            room,
        );
        match begin(built, &under(trace)) {
            Some(span) => Context::new().with_span(span),
            None => Context::new(),
        }
    }
}
