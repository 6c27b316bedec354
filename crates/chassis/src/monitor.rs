//! Whether the log's server puts each write on disk before it acknowledges it: clients are not
//! told, only its monitoring port says so.

use std::time::Duration;

use anyhow::Context;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::config::Nats;

/// How long the answer may take, and how large it may be.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// What is said where a server does not sync.
pub const NOT_SYNCED: &str = "the NATS server acknowledges writes that are not on disk: what was \
                              acknowledged in the last minutes is lost with its power";
/// What to do then.
pub const SYNC_REMEDY: &str = "set `sync_interval: always` in its jetstream section, as \
                               deploy/nats/single.conf does, or run three replicas";

/// Whether each write is on disk before it is acknowledged; nothing if it was not said where to
/// ask, or if copies on several servers stand for the disk.
///
/// # Errors
/// The monitoring port does not answer, or not as a NATS server does.
pub async fn syncs_each_write(nats: &Nats) -> anyhow::Result<Option<bool>> {
    let Some(url) = nats.monitor_url.as_ref().filter(|_| nats.replicas == 1) else {
        return Ok(None);
    };
    let asked = tokio::time::timeout(ANSWER_TIMEOUT, varz(url)).await;
    let answer = asked
        .unwrap_or_else(|_elapsed| Err(anyhow::anyhow!("no answer in time")))
        .with_context(|| format!("nats.monitor_url {url}"))?;
    let syncs = answer.pointer("/jetstream/config/sync_always");
    // A server that does not sync leaves the key out.
    Ok(Some(
        syncs.and_then(serde_json::Value::as_bool) == Some(true),
    ))
}

async fn varz(url: &str) -> anyhow::Result<serde_json::Value> {
    let place = url.strip_prefix("http://");
    let place = place.context("write it as http://HOST:PORT")?;
    let host = place.trim_end_matches('/');
    let stream = TcpStream::connect(host).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/varz")
        .header("host", host)
        .body(Empty::<Bytes>::new())?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
            .collect()
            .await;
        let body = body.map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(serde_json::from_slice(&body.to_bytes())?)
    };
    tokio::select! {
        answer = answer => answer,
        ended = connection => {
            ended?;
            anyhow::bail!("it ended the connection")
        }
    }
}
