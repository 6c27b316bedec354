//! A room's read-only calls as a NATS service (ADR-32): found, asked and counted with the tools of
//! NATS. A question in JSON becomes the request of a gRPC call, which is made in this process and
//! bounded as one from outside; its answer goes back as JSON. What the protos say is all that is
//! known of a call: nothing here names one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes};
use domain::decider::Room;
use event_log::{Answers, Asked, Bus, Question, Service, Unanswered};
use futures::FutureExt;
use futures::future::BoxFuture;
use opentelemetry::trace::FutureExt as _;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor,
    SerializeOptions,
};
use prost_types::method_options::IdempotencyLevel;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::service::Routes;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use tower::Layer;

use crate::deadline::{Bounded, Deadlines};
use crate::status::machinery;
use crate::trace;

/// Questions that a service answers at once; one more is refused.
pub const MAX_QUESTIONS_IN_FLIGHT: usize = 64;
/// The largest question.
pub const MAX_QUESTION_BYTES: usize = 256 * 1024;
/// Bytes that an answer leaves free of what the server takes, for its headers.
const HEADER_BYTES: usize = 4 * 1024;

/// What is asked at a room's doors on NATS.
pub(crate) struct NatsDoors {
    pub room: Room,
    pub routes: Routes,
    pub reflection: Vec<&'static [u8]>,
    pub deadlines: Deadlines,
    /// Where the same calls and all others are served over gRPC.
    pub address: SocketAddr,
}

/// One call that may be made.
struct Call {
    path: PathAndQuery,
    request: MessageDescriptor,
    response: MessageDescriptor,
}

struct Desk {
    room: Room,
    calls: Vec<Call>,
    routes: Bounded<Routes>,
    turns: Arc<Semaphore>,
    /// Says how large an answer may be, once it is connected.
    bus: Bus,
}

/// Opens a room's doors on NATS: they stand open until they are drained. gRPC is served without
/// them, so a NATS server that does not take them is told, and no more.
pub(crate) async fn open(
    doors: NatsDoors,
    bus: &Bus,
    mut drain: watch::Receiver<bool>,
) -> anyhow::Result<BoxFuture<'static, ()>> {
    let room = doors.room;
    let prefix = format!("bo.svc.{}.{room}", bus.cell());
    let (mut calls, mut endpoints) = (Vec::new(), Vec::new());
    for method in queries(room, &doors.reflection)? {
        let (service, name) = (method.parent_service().full_name(), method.name());
        let (request, response) = (method.input(), method.output());
        endpoints.push(Asked {
            name: name.to_owned(),
            subject: format!("{prefix}.{name}"),
            metadata: BTreeMap::from([
                ("grpc", format!("/{service}/{name}")),
                ("request", request.full_name().to_owned()),
                ("request_fields", fields(&request)),
                ("response", response.full_name().to_owned()),
                ("response_fields", fields(&response)),
            ]),
        });
        calls.push(Call {
            path: format!("/{service}/{name}").parse()?,
            request,
            response,
        });
    }
    let desk = Arc::new(Desk {
        room,
        calls,
        routes: doors.deadlines.layer(doors.routes.prepare()),
        turns: Arc::new(Semaphore::new(MAX_QUESTIONS_IN_FLIGHT)),
        bus: bus.clone(),
    });
    let service = Service {
        name: format!("backorder-{room}"),
        version: env!("CARGO_PKG_VERSION"),
        description: format!("What the {room} room of Backorder knows, as JSON"),
        metadata: BTreeMap::from([
            ("cell", bus.cell().to_owned()),
            ("room", room.token().to_owned()),
            ("process", bus.process().to_owned()),
            ("grpc", doors.address.to_string()),
        ]),
        endpoints,
    };
    let answers: Answers = Arc::new(move |question| {
        let desk = Arc::clone(&desk);
        async move {
            desk.answer(question)
                .await
                .map_err(|status| unanswered(&status))
        }
        .boxed()
    });
    let served = bus.serve(service, answers).await;
    Ok(async move {
        match served {
            Ok(served) => {
                drop(drain.wait_for(|drain| *drain).await);
                served.stop().await;
            }
            Err(error) => tracing::error!(%room, %error, "the room is no NATS service"),
        }
    }
    .boxed())
}

/// The calls of a room's services, and of those that every room has, that the protos say have no
/// side effects, and that are answered once.
fn queries(room: Room, descriptors: &[&'static [u8]]) -> anyhow::Result<Vec<MethodDescriptor>> {
    let package = |room: Room| format!("backorder.{}.v1", room.token().replace('-', "_"));
    // A service of no room's own is one that every room has.
    let others: Vec<String> = Room::ALL
        .into_iter()
        .filter(|it| *it != room)
        .map(package)
        .collect();
    let mut queries = Vec::new();
    for descriptors in descriptors {
        let pool = DescriptorPool::decode(*descriptors)?;
        let services = pool
            .services()
            .filter(|service| !others.iter().any(|other| service.package_name() == other));
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        queries.extend(methods.filter(|method| {
            let options = method.method_descriptor_proto().options.as_ref();
            options.map(|options| options.idempotency_level())
                == Some(IdempotencyLevel::NoSideEffects)
                && !method.is_client_streaming()
                && !method.is_server_streaming()
        }));
    }
    Ok(queries)
}

/// A message's fields with their types, as JSON: what was once asked for with SCHEMA.
fn fields(message: &MessageDescriptor) -> String {
    let fields = message
        .fields()
        .map(|field| (field.name().to_owned(), kind(&field).into()));
    serde_json::Value::Object(fields.collect()).to_string()
}

fn kind(field: &FieldDescriptor) -> String {
    let kind = format!("{:?}", field.kind());
    if field.is_list() {
        format!("repeated {kind}")
    } else if field.is_map() {
        format!("map {kind}")
    } else {
        kind
    }
}

impl Desk {
    async fn answer(&self, question: Question) -> Result<Bytes, Status> {
        let _turn = turn(&self.turns)?;
        let call = self.calls.get(question.endpoint);
        let call = call.ok_or_else(|| Status::unimplemented("there is no such call"))?;
        let request = read(&call.request, &question.body)?;
        let path = call.path.path();
        let context = trace::question(path, self.room, question.traceparent.as_deref());
        // What it answers is bounded by its pages, and only then by what a message may hold.
        let mut grpc = Grpc::new(self.routes.clone()).max_decoding_message_size(usize::MAX);
        let codec = Shapes {
            response: call.response.clone(),
        };
        let path = call.path.clone();
        let answer = async move {
            let gone = |error| Status::internal(format!("the service is gone: {error}"));
            grpc.ready().await.map_err(gone)?;
            grpc.unary(Request::new(request), path, codec).await
        };
        let answer = answer.with_context(context).await?.into_inner();
        let answer = write(&answer)?;
        let most = self.bus.max_bytes().saturating_sub(HEADER_BYTES);
        if answer.len() > most {
            let is = answer.len();
            let problem = format!("the answer has {is} bytes, and NATS takes {most}");
            return Err(machinery("ANSWER_TOO_LARGE", &problem));
        }
        Ok(answer)
    }
}

fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Status> {
    let turn = Arc::clone(turns).try_acquire_owned();
    turn.map_err(|_none_left| {
        let problem = format!("{MAX_QUESTIONS_IN_FLIGHT} questions are being answered");
        machinery("TOO_MANY_QUESTIONS", &problem)
    })
}

fn read(shape: &MessageDescriptor, body: &[u8]) -> Result<DynamicMessage, Status> {
    if body.len() > MAX_QUESTION_BYTES {
        let problem = format!("it has {} bytes", body.len());
        return Err(machinery("QUESTION_OUT_OF_RANGE", &problem));
    }
    if body.is_empty() {
        return Ok(DynamicMessage::new(shape.clone()));
    }
    let malformed = |error: serde_json::Error| {
        let name = shape.full_name();
        machinery("QUESTION_MALFORMED", &format!("no {name}: {error}"))
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let message = DynamicMessage::deserialize(shape.clone(), &mut json).map_err(malformed)?;
    json.end().map_err(malformed)?;
    Ok(message)
}

/// By the protos' own field names, with 64-bit numbers as numbers, as `backorder --output json`.
fn write(message: &DynamicMessage) -> Result<Bytes, Status> {
    let options = SerializeOptions::new()
        .skip_default_fields(false)
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false);
    let mut body = Vec::new();
    let mut json = serde_json::Serializer::new(&mut body);
    let written = message.serialize_with_options(&mut json, &options);
    written.map_err(|error| Status::internal(error.to_string()))?;
    Ok(body.into())
}

/// A status as the error of a NATS service: a number of HTTP, and a line with the reason code, what
/// is wrong and what to do.
fn unanswered(status: &Status) -> Unanswered {
    let (code, name) = of_http(status.code());
    let details = status.get_error_details();
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    let space = if reason.is_empty() { "" } else { " " };
    let description = format!("{name}{space}{reason}: {}", status.message());
    Unanswered { code, description }
}

const fn of_http(code: Code) -> (u16, &'static str) {
    match code {
        Code::Ok => (200, "OK"),
        Code::InvalidArgument => (400, "INVALID_ARGUMENT"),
        Code::FailedPrecondition => (400, "FAILED_PRECONDITION"),
        Code::OutOfRange => (400, "OUT_OF_RANGE"),
        Code::Unauthenticated => (401, "UNAUTHENTICATED"),
        Code::PermissionDenied => (403, "PERMISSION_DENIED"),
        Code::NotFound => (404, "NOT_FOUND"),
        Code::AlreadyExists => (409, "ALREADY_EXISTS"),
        Code::Aborted => (409, "ABORTED"),
        Code::ResourceExhausted => (429, "RESOURCE_EXHAUSTED"),
        Code::Cancelled => (499, "CANCELLED"),
        Code::Unknown => (500, "UNKNOWN"),
        Code::Internal => (500, "INTERNAL"),
        Code::DataLoss => (500, "DATA_LOSS"),
        Code::Unimplemented => (501, "UNIMPLEMENTED"),
        Code::Unavailable => (503, "UNAVAILABLE"),
        Code::DeadlineExceeded => (504, "DEADLINE_EXCEEDED"),
    }
}

/// Messages whose shapes are known only when the process runs.
struct Shapes {
    response: MessageDescriptor,
}

struct Written;

struct Read(MessageDescriptor);

impl Codec for Shapes {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Written;
    type Decoder = Read;

    fn encoder(&mut self) -> Written {
        Written
    }

    fn decoder(&mut self) -> Read {
        Read(self.response.clone())
    }
}

impl Encoder for Written {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item.encode_to_vec().as_slice());
        Ok(())
    }
}

impl Decoder for Read {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let body = from.copy_to_bytes(from.remaining());
        let message = DynamicMessage::decode(self.0.clone(), body);
        message
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(status: &Status) -> (u16, String) {
        let unanswered = unanswered(status);
        let said = unanswered.description;
        (unanswered.code, said.split(':').next().unwrap().to_owned())
    }

    #[test]
    fn one_question_more_than_the_bound_is_refused_until_another_is_answered() {
        let turns = Arc::new(Semaphore::new(MAX_QUESTIONS_IN_FLIGHT));
        let take = |_| turn(&turns).unwrap();
        let mut taken: Vec<_> = (0..MAX_QUESTIONS_IN_FLIGHT).map(take).collect();
        let refused = reason(&turn(&turns).unwrap_err());
        assert_eq!(
            refused,
            (429, "RESOURCE_EXHAUSTED TOO_MANY_QUESTIONS".to_owned())
        );
        drop(taken.pop());
        assert!(turn(&turns).is_ok());
    }

    #[test]
    fn a_question_is_bounded_and_has_only_fields_of_the_request() {
        let pool = DescriptorPool::decode(tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
        let shape = pool
            .get_message_by_name("grpc.health.v1.HealthCheckRequest")
            .unwrap();
        let asked = |body: &[u8]| read(&shape, body).map_err(|status| reason(&status));
        assert!(asked(b"").is_ok());
        assert!(asked(br#"{"service":"log"}"#).is_ok());
        let malformed = Err((400, "INVALID_ARGUMENT QUESTION_MALFORMED".to_owned()));
        assert_eq!(asked(br#"{"servise":"log"}"#), malformed);
        assert_eq!(asked(br#"{"service":"log"} {}"#), malformed);
        let large = vec![b' '; MAX_QUESTION_BYTES + 1];
        let too_large = Err((400, "INVALID_ARGUMENT QUESTION_OUT_OF_RANGE".to_owned()));
        assert_eq!(asked(&large), too_large);
    }
}
