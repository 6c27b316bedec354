//! Where Prometheus scrapes: `GET /metrics` in its text format, on a port of its own. Must not know
//! what is counted.
//!
//! Bounded: so many connections at once, a time for each, one request head at a time, and no body
//! is read. A scrape does not run beside another: the second waits, and times out at its caller.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::{Encoder, Registry, TextEncoder};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

/// Connections at once; one more waits in the system's queue.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may live: Prometheus opens another.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(300);
/// How long the head of a request may take to come.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes that are kept of a request's head.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// What is waited after a connection could not be taken, as when there are too many files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// The door for Prometheus; closed when it is dropped.
#[derive(Debug)]
pub(super) struct Scraped {
    pub address: SocketAddr,
    task: AbortHandle,
}

impl Drop for Scraped {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens the door. Needs the runtime.
///
/// # Errors
/// The address cannot be listened on.
pub(super) fn open(address: &str, registry: Registry) -> anyhow::Result<Scraped> {
    let refused = || {
        format!("cannot listen on {address} for Prometheus; set telemetry.prometheus to another")
    };
    let listener = TcpListener::bind(address).with_context(refused)?;
    listener.set_nonblocking(true).with_context(refused)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let registry = Arc::new(Mutex::new(registry));
    let task = tokio::spawn(serve(listener, registry));
    Ok(Scraped {
        address,
        task: task.abort_handle(),
    })
}

async fn serve(listener: tokio::net::TcpListener, registry: Arc<Mutex<Registry>>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let registry = Arc::clone(&registry);
                tokio::spawn(async move {
                    let _over =
                        tokio::time::timeout(CONNECTION_TIMEOUT, talk(stream, registry)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection of Prometheus was not taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn talk(stream: TcpStream, registry: Arc<Mutex<Registry>>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let registry = Arc::clone(&registry);
        async move {
            Ok::<_, Infallible>(answer(request.method(), request.uri().path(), registry).await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection of Prometheus ended");
    }
}

async fn answer(
    method: &Method,
    path: &str,
    registry: Arc<Mutex<Registry>>,
) -> Response<Full<Bytes>> {
    if path != "/metrics" {
        return said(StatusCode::NOT_FOUND, "metrics are at /metrics\n");
    }
    if method != Method::GET {
        let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        let allowed = hyper::header::HeaderValue::from_static("GET");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    // Looking figures up waits for rooms' locks, so it keeps no worker of the runtime.
    let text = tokio::task::spawn_blocking(move || {
        let registry = registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = Vec::new();
        let encoded = TextEncoder::new().encode(&registry.gather(), &mut text);
        encoded.map(|()| text).map_err(|error| error.to_string())
    });
    match text.await {
        Ok(Ok(text)) => {
            let mut found = Response::new(Full::from(text));
            let format = hyper::header::HeaderValue::from_static(prometheus::TEXT_FORMAT);
            found.headers_mut().insert(CONTENT_TYPE, format);
            found
        }
        Ok(Err(error)) => said(StatusCode::INTERNAL_SERVER_ERROR, &error),
        Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn said(status: StatusCode, words: &str) -> Response<Full<Bytes>> {
    let mut said = Response::new(Full::from(words.to_owned()));
    *said.status_mut() = status;
    said
}
