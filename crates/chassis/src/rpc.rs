//! What a call looks like from outside: its span and its time, by OpenTelemetry's conventions for
//! gRPC servers. Must not know what a call does.
//!
//! Calls for health and reflection are asked by machines all day: they leave neither. Where neither
//! spans nor metrics leave the process, calls pass as if this were not there.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll, ready};
use std::time::Instant;

use domain::decider::Room;
use http_body::{Body, Frame, SizeHint};
use opentelemetry::metrics::{Counter, Histogram};
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue, global};
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::{Layer, Service};

use crate::{instruments, meters, trace};

/// Under these the packages of services stand whose calls leave no trace.
const QUIET: [&str; 2] = ["/grpc.health.", "/grpc.reflection."];
/// What a method is called that the server does not have, as the conventions ask.
const OTHER: &str = "_OTHER";

/// Spans and times of a server's calls.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    seen: Arc<Seen>,
}

#[derive(Debug)]
struct Seen {
    room: Room,
    /// Attributes of every call's span.
    told: [KeyValue; 4],
    duration: Histogram<f64>,
    refusals: Counter<u64>,
}

impl Calls {
    pub fn new(room: Room, address: std::net::SocketAddr) -> Self {
        let seen = Seen {
            room,
            told: [
                KeyValue::new("rpc.system.name", "grpc"),
                KeyValue::new("server.address", shared(&address.ip().to_string())),
                KeyValue::new("server.port", i64::from(address.port())),
                KeyValue::new("backorder.room", room.token()),
            ],
            duration: meters::histogram(&instruments::CALL_DURATION),
            refusals: meters::counter(&instruments::REFUSALS),
        };
        Self {
            seen: Arc::new(seen),
        }
    }

    fn begin<B>(&self, request: &Request<B>) -> Option<Call> {
        if !(trace::is_on() || meters::is_on()) {
            return None;
        }
        let path = request.uri().path();
        if QUIET.iter().any(|package| path.starts_with(package)) {
            return None;
        }
        let method = path.strip_prefix('/').unwrap_or(path);
        let context = trace::is_on().then(|| self.seen.span(method, request.headers()));
        Some(Call {
            seen: Arc::clone(&self.seen),
            method: method.to_owned(),
            context: context.flatten(),
            began: now(),
        })
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a duration for a metric, not for a decision"
)]
fn now() -> Instant {
    Instant::now()
}

/// A text whose copies are the same one.
fn shared(text: &str) -> StringValue {
    StringValue::from(Arc::<str>::from(text))
}

/// A request's headers, for the propagator.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

impl Seen {
    /// The span of a call goes on with its caller's trace.
    fn span(&self, method: &str, headers: &HeaderMap) -> Option<Context> {
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract_with_context(&Context::new(), &Headers(headers))
        });
        // All of these are there when the span begins, so that a sampler may go by them.
        let mut attributes = self.told.to_vec();
        attributes.push(KeyValue::new("rpc.method", method.to_owned()));
        let built = trace::span(method.to_owned(), SpanKind::Server, attributes);
        let span = trace::begin(built, &parent)?;
        let is_kept = span.is_recording();
        let context = parent.with_span(span);
        if is_kept {
            return Some(context.with_value(trace::Asked::default()));
        }
        Some(context)
    }
}

/// A call under way. It ends once: with its status, or when its caller is gone.
struct Call {
    seen: Arc<Seen>,
    method: String,
    context: Option<Context>,
    began: Instant,
}

impl Call {
    /// Runs a part of the call in its span.
    fn within<T>(&self, part: impl FnOnce() -> T) -> T {
        let _entered = self.context.clone().map(Context::attach);
        part()
    }

    fn end(self, status: &Status) {
        let code = name(status.code());
        let failed = is_servers(status.code());
        let reason = status.get_details_error_info().map(|info| info.reason);
        // A method that the server does not have could be called anything.
        let is_known = status.code() != Code::Unimplemented;
        let method = if is_known {
            self.method.clone()
        } else {
            OTHER.to_owned()
        };
        if meters::is_on() {
            let mut labels = vec![
                KeyValue::new("rpc.system.name", "grpc"),
                KeyValue::new("rpc.method", method.clone()),
                KeyValue::new("rpc.response.status_code", code),
            ];
            if failed {
                labels.push(KeyValue::new("error.type", code));
            }
            let took = self.began.elapsed().as_secs_f64();
            self.seen.duration.record(took, &labels);
            if let Some(reason) = &reason {
                let room = KeyValue::new("room", self.seen.room.token());
                let reason = KeyValue::new("reason", reason.clone());
                self.seen.refusals.add(1, &[room, reason]);
            }
        }
        let Some(context) = self.context else {
            return;
        };
        let span = context.span();
        if !span.is_recording() {
            return;
        }
        span.set_attribute(KeyValue::new("rpc.response.status_code", code));
        if let Some(asked) = context.get::<trace::Asked>() {
            span.set_attributes(asked.attributes());
        }
        if let Some(reason) = reason {
            span.set_attribute(KeyValue::new(trace::REASON, reason));
        }
        if failed {
            span.set_attribute(KeyValue::new("error.type", code));
            let words = status.message().to_owned();
            span.set_status(opentelemetry::trace::Status::error(words));
        }
        if !is_known {
            span.update_name(OTHER);
            span.set_attribute(KeyValue::new("rpc.method", OTHER));
            span.set_attribute(KeyValue::new("rpc.method_original", self.method));
        }
        span.end();
    }
}

/// A call of which one end or the other has not come: its caller is gone.
struct Open(Option<Call>);

impl Open {
    fn end(&mut self, status: &Status) {
        if let Some(call) = self.0.take() {
            call.end(status);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end(&Status::cancelled("the caller is gone"));
    }
}

impl<S> Layer<S> for Calls {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        let calls = self.clone();
        Watched { inner, calls }
    }
}

/// A server whose calls are seen from outside.
#[derive(Debug, Clone)]
pub(crate) struct Watched<S> {
    inner: S,
    calls: Calls,
}

impl<S, B, A> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Future: Unpin,
{
    type Response = Response<Answer<A>>;
    type Error = S::Error;
    type Future = Under<S::Future>;

    fn poll_ready(&mut self, waker: &mut Waker<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(waker)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let call = self.calls.begin(&request);
        let work = match &call {
            Some(call) => call.within(|| self.inner.call(request)),
            None => self.inner.call(request),
        };
        Under {
            work,
            call: Open(call),
        }
    }
}

/// A call until its answer begins.
pub(crate) struct Under<F> {
    work: F,
    call: Open,
}

impl<F, A, E> Future for Under<F>
where
    F: Future<Output = Result<Response<A>, E>> + Unpin,
{
    type Output = Result<Response<Answer<A>>, E>;

    fn poll(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let work = Pin::new(&mut this.work);
        let answered = match &this.call.0 {
            Some(call) => call.within(|| work.poll(waker)),
            None => work.poll(waker),
        };
        let answer = match ready!(answered) {
            Ok(answer) => answer,
            Err(error) => {
                this.call.end(&Status::unknown("the server ended the call"));
                return Poll::Ready(Err(error));
            }
        };
        // A no comes in the head of the answer; a yes comes after its body.
        if this.call.0.is_some()
            && let Some(status) = Status::from_header_map(answer.headers())
        {
            this.call.end(&status);
        }
        let call = Open(this.call.0.take());
        Poll::Ready(Ok(answer.map(|body| Answer { body, call })))
    }
}

/// The body of an answer, until its last word: the call's status.
pub(crate) struct Answer<A> {
    body: A,
    call: Open,
}

impl<A: Body + Unpin> Body for Answer<A> {
    type Data = A::Data;
    type Error = A::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        waker: &mut Waker<'_>,
    ) -> Poll<Option<Result<Frame<A::Data>, A::Error>>> {
        let this = &mut *self;
        let body = Pin::new(&mut this.body);
        let frame = match &this.call.0 {
            Some(call) => call.within(|| body.poll_frame(waker)),
            None => return body.poll_frame(waker),
        };
        let frame = ready!(frame);
        match &frame {
            Some(Ok(frame)) => {
                if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    this.call.end(&status);
                }
            }
            Some(Err(_)) => this.call.end(&Status::unknown("the answer broke off")),
            None => this.call.end(&Status::ok("")),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The status codes with which a call has failed by the server's doing, as the conventions list
/// them; any other is an answer to its caller.
const fn is_servers(code: Code) -> bool {
    match code {
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => true,
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unauthenticated => false,
    }
}

/// A status code as gRPC writes it.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
