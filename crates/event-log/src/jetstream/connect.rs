//! How a log is opened: settings, credentials, the stream made or verified.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use async_nats::jetstream::context::{Context, CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{DirectGetErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr};

use super::{REQUEST_TIMEOUT, Shared, Subjects, stream};
use crate::bus::Bus;
use crate::own::Own;
use crate::reads::Reads;

/// Longest name of a cell.
const MAX_CELL_BYTES: usize = 32;
/// A sequence that no message will ever have.
const NO_SUCH_SEQUENCE: u64 = u64::MAX;
/// Questions that may wait at one door; what comes then is dropped, and the caller's time runs out.
const MAX_UNREAD_QUESTIONS: usize = 1_024;
/// The longest wait between two attempts to connect again.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Where a cell's log is and how it is kept.
#[derive(Debug, Clone)]
pub struct JetStreamSettings {
    /// The servers, such as `nats://127.0.0.1:4222`.
    pub urls: Vec<String>,
    /// The cell: letters, digits, `_` and `-`, at most 32.
    pub cell: String,
    /// Copies of the stream: 1, or 3 in a cluster.
    pub replicas: usize,
    /// What the process calls itself: its connections and consumers say so to operators.
    pub process: String,
    /// Who we are.
    pub credentials: Credentials,
    /// Whether the stream is made when it is not there.
    pub create: bool,
    /// How long an append waits for its acknowledgement.
    pub append_timeout: Duration,
    /// How long a follower goes on trying to reach the log before it gives up; for ever without.
    pub unreachable_after: Option<Duration>,
    /// How often a follower that hears nothing asks whether there is something to hear.
    pub watch_every: Duration,
}

impl JetStreamSettings {
    /// The defaults: one replica, no credentials, the stream made when it is not there. Several
    /// servers are separated by commas.
    pub fn new(urls: &str, cell: &str) -> Self {
        let urls = urls.split(',').map(str::trim).filter(|url| !url.is_empty());
        Self {
            urls: urls.map(ToOwned::to_owned).collect(),
            cell: cell.to_owned(),
            replicas: 1,
            process: "backorder".to_owned(),
            credentials: Credentials::None,
            create: true,
            append_timeout: REQUEST_TIMEOUT,
            unreachable_after: Some(Duration::from_secs(60)),
            watch_every: Duration::from_secs(5),
        }
    }
}

/// Who a connection says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody: the server asks for nothing.
    None,
    /// The holder of the nkey seed in this file.
    NkeySeedFile(PathBuf),
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The cell's name cannot be part of a subject.
    #[error(
        "the cell {cell:?} must be 1 to {MAX_CELL_BYTES} letters, digits, underscores or hyphens"
    )]
    BadCell {
        /// What was given.
        cell: String,
    },
    /// The number of replicas is none that we run.
    #[error("{replicas} replicas are asked for: 1, or 3 in a cluster")]
    BadReplicas {
        /// What was given.
        replicas: usize,
    },
    /// An address cannot be read.
    #[error("{url:?} is no address of a NATS server, such as nats://127.0.0.1:4222")]
    BadUrl {
        /// What was given, without its password.
        url: String,
    },
    /// The nkey seed cannot be read.
    #[error("the nkey seed in {} cannot be read", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No server answers.
    #[error("no connection to {at}: {reason}")]
    Connect {
        /// Where, without passwords.
        at: String,
        /// The client's words.
        reason: String,
    },
    /// A server answers and does not let us in.
    #[error(
        "{at} does not let us in: {reason}; give a user and password in nats.url, or \
         nats.nkey_seed_file"
    )]
    NotAllowed {
        /// Where, without passwords.
        at: String,
        /// The client's words.
        reason: String,
    },
    /// The stream is not there, and the settings forbid to make it.
    #[error("there is no stream {stream}: make it with `create`, or check the cell's name")]
    Missing {
        /// Its name.
        stream: String,
    },
    /// The stream is there, but not as it must be. It is left as it is.
    #[error(
        "the stream {stream} has other settings: {}. Nothing was changed: take another cell, or \
         put the stream right with the nats tool",
        differences.join("; ")
    )]
    OtherSettings {
        /// Its name.
        stream: String,
        /// Each setting, what it is, what it must be.
        differences: Vec<String>,
    },
    /// The server is up and its JetStream is not, or not yet: it reads its store, its cluster has
    /// no leader, or too few of its servers have come.
    #[error("the stream {stream} is not ready: {reason}")]
    NotReady {
        /// Its name.
        stream: String,
        /// The server's words.
        reason: String,
    },
    /// The server does not give us the stream.
    #[error("the stream {stream} cannot be opened: {reason}")]
    Refused {
        /// Its name.
        stream: String,
        /// The server's words.
        reason: String,
    },
}

impl OpenError {
    /// It may be well in a moment, without anybody mending a setting.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::NotReady { .. })
    }
}

/// Stands for what is no address of a server, and may be part of a secret.
const HIDDEN: &str = "(hidden)";

/// Addresses of NATS servers as they may be shown: without users, passwords and tokens. A password
/// may have a comma in it, which should have been escaped: what stands before an `@` without a
/// scheme of its own is taken for part of a secret.
pub fn shown(urls: &str) -> String {
    let mut whole = Vec::<(&str, &str)>::new();
    for part in urls.split(',').map(str::trim) {
        let (scheme, rest) = part.split_once("://").unwrap_or(("", part));
        let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
        let goes_on = scheme.is_empty() && rest.contains('@');
        let begun = whole.iter().rposition(|(scheme, _)| !scheme.is_empty());
        let begun = begun.unwrap_or_default();
        match whole.get(begun).filter(|_| goes_on) {
            Some((scheme, _)) => {
                let scheme = *scheme;
                whole.truncate(begun);
                whole.push((scheme, server));
            }
            None => whole.push((scheme, server)),
        }
    }
    let shown = whole.into_iter().map(|(scheme, server)| {
        let server = if is_server(server) { server } else { HIDDEN };
        if scheme.is_empty() {
            server.to_owned()
        } else {
            format!("{scheme}://{server}")
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Whether it may be a host and a port, and nothing else.
fn is_server(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        Some(_) | None => (text, ""),
    };
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[:]".contains(&byte);
    port.bytes().all(|byte| byte.is_ascii_digit()) && host.bytes().all(of_host)
}

pub(super) async fn open(settings: JetStreamSettings) -> Result<Shared, OpenError> {
    let cell = &settings.cell;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if cell.is_empty() || cell.len() > MAX_CELL_BYTES || !cell.bytes().all(plain) {
        return Err(OpenError::BadCell { cell: cell.clone() });
    }
    if settings.replicas != 1 && settings.replicas != 3 {
        return Err(OpenError::BadReplicas {
            replicas: settings.replicas,
        });
    }
    let subjects = Subjects::of(cell);
    let writing = connect(&settings, "writing").await?;
    let mut context = jetstream::new(connect(&settings, "reading").await?);
    context.set_timeout(REQUEST_TIMEOUT);
    let reading = stream_of(&context, &settings, &subjects).await?;
    let info = reading.cached_info();
    let wanted = stream::wanted(&subjects, cell, settings.replicas);
    let differences = stream::differences(&info.config, &wanted);
    if !differences.is_empty() {
        return Err(OpenError::OtherSettings {
            stream: subjects.stream,
            differences,
        });
    }
    let identity = stream::identity(info);
    let looking = looking(&settings, &subjects).await?;
    Ok(Shared {
        settings,
        subjects,
        writing,
        reading,
        looking,
        reads: Reads::default(),
        own: Own::default(),
        heads: Mutex::default(),
        records: Mutex::default(),
        identity,
    })
}

/// The connection for single commits. Who may not read so is told now, not when the first caller
/// wants an order: the server answers what is forbidden with silence.
async fn looking(
    settings: &JetStreamSettings,
    subjects: &Subjects,
) -> Result<Stream<()>, OpenError> {
    let mut context = jetstream::new(connect(settings, "looking").await?);
    context.set_timeout(REQUEST_TIMEOUT);
    let refused = |reason: String| OpenError::Refused {
        stream: subjects.stream.clone(),
        reason,
    };
    let looking = context.get_stream_no_info(&subjects.stream).await;
    let looking = looking.map_err(|error| refused(error.to_string()))?;
    match looking.direct_get(NO_SUCH_SEQUENCE).await {
        Err(error) if error.kind() == DirectGetErrorKind::TimedOut => {
            Err(refused(silence(subjects)))
        }
        Ok(_) | Err(_) => Ok(looking),
    }
}

/// What it means that a direct get is not answered.
pub(super) fn silence(subjects: &Subjects) -> String {
    let seconds = REQUEST_TIMEOUT.as_secs();
    let stream = &subjects.stream;
    format!(
        "no answer on $JS.API.DIRECT.GET.{stream} within {seconds} s; if the server's log says \
         `Permissions Violation`, allow this user to publish on it, as deploy/nats/users.conf does"
    )
}

/// The connection for what is said beside the log. It does not wait for the server, since nothing
/// that is said there is worth stopping for.
pub(super) async fn bus(settings: &JetStreamSettings) -> Result<Bus, OpenError> {
    let options = options(settings)?
        .retry_on_initial_connect()
        .subscription_capacity(MAX_UNREAD_QUESTIONS);
    let client = connect_with(options, settings, "services").await?;
    let (cell, process) = (settings.cell.clone(), settings.process.clone());
    Ok(Bus::new(client, cell, process))
}

pub(super) async fn connect(
    settings: &JetStreamSettings,
    purpose: &'static str,
) -> Result<Client, OpenError> {
    connect_with(options(settings)?, settings, purpose).await
}

fn options(settings: &JetStreamSettings) -> Result<ConnectOptions, OpenError> {
    Ok(match &settings.credentials {
        Credentials::None => ConnectOptions::new(),
        Credentials::NkeySeedFile(path) => {
            let seed = std::fs::read_to_string(path).map_err(|source| OpenError::Credentials {
                path: path.clone(),
                source,
            })?;
            ConnectOptions::with_nkey(seed.trim().to_owned())
        }
    })
}

async fn connect_with(
    options: ConnectOptions,
    settings: &JetStreamSettings,
    purpose: &'static str,
) -> Result<Client, OpenError> {
    let mut servers = Vec::new();
    for url in &settings.urls {
        let server = url.parse::<ServerAddr>();
        // All of them, since one may be a part of a password.
        let url = || shown(&settings.urls.join(","));
        servers.push(server.map_err(|_| OpenError::BadUrl { url: url() })?);
    }
    if servers.is_empty() {
        let url = String::new();
        return Err(OpenError::BadUrl { url });
    }
    options
        .name(format!("{} {} {purpose}", settings.process, settings.cell))
        .request_timeout(Some(REQUEST_TIMEOUT))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| async move { tell(purpose, &event) })
        .connect(servers)
        .await
        .map_err(|error| {
            let (at, reason) = (shown(&settings.urls.join(",")), error.to_string());
            match error.kind() {
                ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                    OpenError::NotAllowed { at, reason }
                }
                ConnectErrorKind::ServerParse
                | ConnectErrorKind::Dns
                | ConnectErrorKind::TimedOut
                | ConnectErrorKind::Tls
                | ConnectErrorKind::Io
                | ConnectErrorKind::MaxReconnects => OpenError::Connect { at, reason },
            }
        })
}

fn reconnect_delay(attempts: usize) -> Duration {
    let attempts = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    Duration::from_millis(50)
        .saturating_mul(attempts)
        .min(MAX_RECONNECT_DELAY)
}

fn tell(purpose: &str, event: &Event) {
    match event {
        // While a server is away each attempt to connect again fails: that it is was told once.
        Event::Connected | Event::Draining | Event::Closed | Event::ClientError(_) => {
            tracing::debug!(purpose, %event, "connection to NATS");
        }
        Event::Disconnected | Event::LameDuckMode | Event::SlowConsumer(_) => {
            tracing::warn!(purpose, %event, "connection to NATS");
        }
        // Among them is a missing permission, which answers a request with silence.
        Event::ServerError(_) => {
            tracing::error!(purpose, %event, "connection to NATS");
        }
    }
}

/// Whether the server has a stream of this name.
pub(super) async fn is_there(context: &Context, stream: &str) -> Result<bool, OpenError> {
    match context.get_stream(stream).await {
        Ok(_) => Ok(true),
        Err(error) if is_missing(&error.kind()) => Ok(false),
        Err(error) => Err(OpenError::Refused {
            stream: stream.to_owned(),
            reason: error.to_string(),
        }),
    }
}

fn is_missing(error: &GetStreamErrorKind) -> bool {
    match error {
        GetStreamErrorKind::JetStream(error) => error.error_code() == ErrorCode::STREAM_NOT_FOUND,
        GetStreamErrorKind::EmptyName
        | GetStreamErrorKind::Request
        | GetStreamErrorKind::InvalidStreamName => false,
    }
}

async fn stream_of(
    context: &Context,
    settings: &JetStreamSettings,
    subjects: &Subjects,
) -> Result<Stream, OpenError> {
    let stream = subjects.stream.clone();
    let error = match context.get_stream(&stream).await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    let reason = error.to_string();
    let code = match error.kind() {
        GetStreamErrorKind::JetStream(error) => error.error_code(),
        GetStreamErrorKind::Request => return Err(OpenError::NotReady { stream, reason }),
        GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
            return Err(OpenError::Refused { stream, reason });
        }
    };
    if code != ErrorCode::STREAM_NOT_FOUND {
        return Err(refusal(stream, reason, code));
    }
    if !settings.create {
        return Err(OpenError::Missing { stream });
    }
    let wanted = stream::wanted(subjects, &settings.cell, settings.replicas);
    let error = match context.create_stream(wanted).await {
        Ok(made) => {
            let replicas = settings.replicas;
            tracing::info!(stream, replicas, "made the cell's stream");
            return Ok(made);
        }
        Err(error) => error,
    };
    let reason = error.to_string();
    Err(match error.kind() {
        CreateStreamErrorKind::JetStream(error) => refusal(stream, reason, error.error_code()),
        CreateStreamErrorKind::JetStreamUnavailable
        | CreateStreamErrorKind::TimedOut
        | CreateStreamErrorKind::Response
        | CreateStreamErrorKind::NotFound => OpenError::NotReady { stream, reason },
        CreateStreamErrorKind::EmptyStreamName
        | CreateStreamErrorKind::InvalidStreamName
        | CreateStreamErrorKind::DomainAndExternalSet
        | CreateStreamErrorKind::ResponseParse => OpenError::Refused { stream, reason },
    })
}

/// What JetStream's own no means: a cluster that has not come together says one, too.
fn refusal(stream: String, reason: String, code: ErrorCode) -> OpenError {
    const PASSING: [ErrorCode; 4] = [
        ErrorCode::CLUSTER_NOT_AVAILABLE,
        ErrorCode::CLUSTER_NO_PEERS,
        ErrorCode::CLUSTER_NOT_LEADER,
        ErrorCode::STREAM_OFFLINE,
    ];
    if PASSING.contains(&code) {
        OpenError::NotReady { stream, reason }
    } else {
        OpenError::Refused { stream, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_servers_are_separated_by_commas() {
        let settings = JetStreamSettings::new("nats://one:4222, nats://two:4222,", "main");
        assert_eq!(settings.urls, ["nats://one:4222", "nats://two:4222"]);
    }

    #[test]
    fn an_address_is_shown_without_what_is_secret() {
        for (url, seen) in [
            ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
            ("nats://shop:s3cret@one:4222", "nats://one:4222"),
            (
                "tls://t0ken@one, nats://a:b@c@two:1",
                "tls://one, nats://two:1",
            ),
            ("shop:s3cret@one", "one"),
            ("nats://[::1]:4222, two:4222", "nats://[::1]:4222, two:4222"),
            ("", ""),
        ] {
            assert_eq!(shown(url), seen);
        }
    }

    #[tokio::test]
    async fn no_part_of_a_password_with_a_comma_is_shown() {
        for (url, seen) in [
            ("nats://shop:s3,cr3t@one:4222", "nats://one:4222"),
            (
                "nats://shop:71,93@one, nats://two",
                "nats://one, nats://two",
            ),
            ("nats://shop:s3@x,cr3t,s3@one", "nats://one"),
            (
                "nats://zero, nats://shop:71,s3,cr3t@one",
                "nats://zero, nats://one",
            ),
            ("shop:s3,cr3t@one", "one"),
            ("nats://shop:s3,cr3t!", "nats://(hidden), (hidden)"),
            ("nats://shop:s3 cr3t@one", "nats://one"),
        ] {
            assert_eq!(shown(url), seen, "{url}");
            let mut settings = JetStreamSettings::new(url, "main");
            settings.urls.push("nats://no such host".to_owned());
            let refused = super::open(settings).await.err().unwrap().to_string();
            for secret in ["s3", "cr3t", "71", "93"] {
                assert!(!refused.contains(secret), "{refused}");
            }
        }
    }
}
