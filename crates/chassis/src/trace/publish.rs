//! The spans of one commit on its way to the log: one for each event that goes on with a trace,
//! since each is read by itself. What an event carries is the span that published it.

use std::sync::Arc;

use domain::event::Event;
use domain::ids::Revision;
use event_log::AppendError;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanContext, SpanKind};
use opentelemetry_sdk::trace::Span;

use super::names::Names;
use super::parent::written;
use super::spans::{MAX_SPANS, REVISION, begin, fail, is_on, messaging, span, under};

/// The spans of a commit.
#[derive(Debug)]
pub(crate) struct Publishing {
    subject: Arc<str>,
    spans: Vec<Span>,
}

impl Publishing {
    pub(super) const fn new(subject: Arc<str>) -> Self {
        Self {
            subject,
            spans: Vec::new(),
        }
    }

    /// An event of the commit goes on with this trace. What it carries.
    pub fn add(&mut self, trace: &SpanContext, event: &Event) -> Option<String> {
        if !is_on() || !trace.is_sampled() || self.spans.len() >= MAX_SPANS {
            return written(trace);
        }
        let mut attributes = messaging("publish", &self.subject);
        attributes.extend(Names::of(event).attributes());
        let name = format!("publish {}", self.subject);
        let built = span(name, SpanKind::Producer, attributes);
        let Some(span) = begin(built, &under(trace)) else {
            return written(trace);
        };
        let carried = written(span.span_context());
        self.spans.push(span);
        carried
    }

    /// What became of the commit, which has so many events and bytes.
    pub fn end(self, (events, bytes): (u32, usize), result: &Result<Revision, AppendError>) {
        for mut span in self.spans {
            let events = KeyValue::new("messaging.batch.message_count", i64::from(events));
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            span.set_attribute(events);
            span.set_attribute(KeyValue::new("messaging.message.body.size", bytes));
            match result {
                Ok(revision) => {
                    let revision = i64::try_from(revision.0).unwrap_or(i64::MAX);
                    span.set_attribute(KeyValue::new(REVISION, revision));
                }
                Err(error) => fail(&mut span, class(error).to_owned(), error.to_string()),
            }
            span.end();
        }
    }
}

const fn class(error: &AppendError) -> &'static str {
    match error {
        AppendError::Conflict { .. } => "conflict",
        AppendError::Unanswered { .. } => "unanswered",
        AppendError::TooBig { .. } => "too_big",
        AppendError::Rejected { .. } => "rejected",
        AppendError::Encode(_) => "encode",
    }
}
