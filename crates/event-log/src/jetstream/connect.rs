//! How a log is opened: settings, credentials, the stream made or verified.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream::context::{Context, GetStreamErrorKind};
use async_nats::jetstream::stream::{DirectGetErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};

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
    /// How long a follower goes on trying to reach the log before it gives up.
    pub unreachable_after: Duration,
    /// How often a follower that hears nothing asks whether there is something to hear.
    pub watch_every: Duration,
}

impl JetStreamSettings {
    /// The defaults: one replica, no credentials, the stream made when it is not there.
    pub fn new(url: &str, cell: &str) -> Self {
        Self {
            urls: vec![url.to_owned()],
            cell: cell.to_owned(),
            replicas: 1,
            process: "backorder".to_owned(),
            credentials: Credentials::None,
            create: true,
            append_timeout: REQUEST_TIMEOUT,
            unreachable_after: Duration::from_secs(60),
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
        /// What was given.
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
    /// No server answers, or it does not let us in.
    #[error("no connection to {}: {reason}", urls.join(", "))]
    Connect {
        /// Where.
        urls: Vec<String>,
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
    /// The server does not give us the stream.
    #[error("the stream {stream} cannot be opened: {reason}")]
    Refused {
        /// Its name.
        stream: String,
        /// The server's words.
        reason: String,
    },
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

async fn connect(settings: &JetStreamSettings, purpose: &'static str) -> Result<Client, OpenError> {
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
        servers.push(server.map_err(|_| OpenError::BadUrl { url: url.clone() })?);
    }
    let failed = |reason: String| OpenError::Connect {
        urls: settings.urls.clone(),
        reason,
    };
    options
        .name(format!("{} {} {purpose}", settings.process, settings.cell))
        .request_timeout(Some(REQUEST_TIMEOUT))
        .reconnect_delay_callback(reconnect_delay)
        .event_callback(move |event| async move { tell(purpose, &event) })
        .connect(servers)
        .await
        .map_err(|error| failed(error.to_string()))
}

fn reconnect_delay(attempts: usize) -> Duration {
    let attempts = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    Duration::from_millis(50)
        .saturating_mul(attempts)
        .min(MAX_RECONNECT_DELAY)
}

fn tell(purpose: &str, event: &Event) {
    match event {
        Event::Connected | Event::Draining | Event::Closed => {
            tracing::debug!(purpose, %event, "connection to NATS");
        }
        Event::Disconnected | Event::LameDuckMode | Event::SlowConsumer(_) => {
            tracing::warn!(purpose, %event, "connection to NATS");
        }
        // Among them is a missing permission, which answers a request with silence.
        Event::ServerError(_) | Event::ClientError(_) => {
            tracing::error!(purpose, %event, "connection to NATS");
        }
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
    let missing = match error.kind() {
        GetStreamErrorKind::JetStream(error) => error.error_code() == ErrorCode::STREAM_NOT_FOUND,
        GetStreamErrorKind::EmptyName
        | GetStreamErrorKind::Request
        | GetStreamErrorKind::InvalidStreamName => false,
    };
    if !missing {
        return Err(OpenError::Refused {
            stream,
            reason: error.to_string(),
        });
    }
    if !settings.create {
        return Err(OpenError::Missing { stream });
    }
    let wanted = stream::wanted(subjects, &settings.cell, settings.replicas);
    match context.create_stream(wanted).await {
        Ok(made) => {
            tracing::info!(
                stream,
                replicas = settings.replicas,
                "made the cell's stream"
            );
            Ok(made)
        }
        Err(error) => Err(OpenError::Refused {
            stream,
            reason: error.to_string(),
        }),
    }
}
