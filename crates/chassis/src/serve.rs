//! The doors: one gRPC server a service, with health, reflection, limits and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::decider::Room;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tonic::service::Routes;
use tonic::transport::Server;
use tower::util::MapResponseLayer;

use crate::admission::Admission;
use crate::connections::{self, MAX_CONNECTION_AGE, MAX_CONNECTIONS};
use crate::deadline::Deadlines;
use crate::drive::Proof;
use crate::health::Health;
use crate::rpc::Calls;
use crate::unread;

/// The largest request; services set it as their decoding limit.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;
/// Calls under way on one connection; more wait at the caller, whose library is told the number.
const MAX_CALLS_A_CONNECTION: u32 = 1_024;
/// How often a quiet connection is asked whether its caller is still there, and how long that may
/// take: a caller who was stopped keeps no watch for longer.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long calls under way may take to end when the service stops.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What is served at one address.
pub(crate) struct Doors {
    pub room: Room,
    pub routes: Routes,
    pub reflection: Vec<&'static [u8]>,
    pub deadlines: Deadlines,
    pub proofs: mpsc::Sender<Proof>,
}

/// Listens on an address.
pub(crate) async fn listen(host: &str, port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).await.with_context(|| {
        format!("cannot listen on {host}:{port}; set another port in [grpc], or 0 for a free one")
    })
}

/// The gRPC name of a room's service, as its proto says it.
pub fn service_name(room: Room) -> String {
    let mut camel = String::new();
    for word in room.token().split('-') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(letters);
    }
    format!(
        "backorder.{}.v1.{camel}Service",
        room.token().replace('-', "_")
    )
}

/// Opens the doors: the server runs until it is drained.
pub(crate) async fn open(
    doors: Doors,
    listener: TcpListener,
    mut drain: watch::Receiver<bool>,
) -> anyhow::Result<(Arc<Health>, BoxFuture<'static, ()>)> {
    let service = service_name(doors.room);
    let (health, asked) = Health::open(&service, doors.proofs).await;
    let mut routes = doors.routes.add_service(asked);
    let health_descriptors = tonic_health::pb::FILE_DESCRIPTOR_SET;
    let all = doors.reflection.iter().copied().chain([health_descriptors]);
    let mut v1 = tonic_reflection::server::Builder::configure();
    let mut v1alpha = tonic_reflection::server::Builder::configure();
    for descriptors in all {
        v1 = v1.register_encoded_file_descriptor_set(descriptors);
        v1alpha = v1alpha.register_encoded_file_descriptor_set(descriptors);
    }
    routes = routes
        .add_service(v1.build_v1()?)
        .add_service(v1alpha.build_v1alpha()?);
    let address: SocketAddr = listener.local_addr()?;
    let room = doors.room;
    let server = Server::builder()
        .max_concurrent_streams(MAX_CALLS_A_CONNECTION)
        .max_connection_age(MAX_CONNECTION_AGE)
        .http2_keepalive_interval(Some(KEEPALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .layer(Calls::new(room, address))
        .layer(MapResponseLayer::new(unread::with_reason))
        .layer(Admission::new(&service))
        .layer(doors.deadlines)
        .add_routes(routes);
    let stopping = {
        let health = Arc::clone(&health);
        async move {
            drop(drain.wait_for(|drain| *drain).await);
            health.close().await;
        }
    };
    let incoming = connections::accept(listener, MAX_CONNECTIONS);
    let run = async move {
        if let Err(error) = server
            .serve_with_incoming_shutdown(incoming, stopping)
            .await
        {
            tracing::error!(%room, %address, %error, "the gRPC server ended");
        }
    };
    Ok((health, run.boxed()))
}
