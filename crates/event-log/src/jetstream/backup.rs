//! Backups: the stream as it is at one moment, copied into a directory and put back on a server
//! that has none. The files are those of the nats tool, and a note of ours that says they are
//! whole. Must not know what a commit says.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::{Client, Message};
use bytes::Bytes;
use domain::ids::Revision;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::{JetStreamLog, JetStreamSettings, OpenError, Subjects, connect};
use crate::snapshots::{private_dir, private_file, sync_dir};

/// What a backup directory is called before it is whole, beside the place where it will stand.
const UNFINISHED: &str = "unfinished";
/// The stream's settings and state, as the nats tool writes them.
const DESCRIPTION: &str = "backup.json";
/// What is in the stream, as the server packs it.
const CONTENT: &str = "stream.tar.s2";
/// Written last: what must be in the others.
const NOTE: &str = "backorder.json";
/// How a backup is laid out.
const FORMAT: u8 = 1;
/// Bytes sent at once.
const CHUNK_BYTES: usize = 128 * 1024;
/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// How it is laid out.
    pub format: u8,
    /// The stream.
    pub stream: String,
    /// Its last revision; what was written while it was copied may be in it as well.
    pub last: Revision,
    /// Bytes as they are packed.
    pub bytes: u64,
    /// Their BLAKE3 hash.
    pub hash: String,
}

/// Why a backup was not made or not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A backup never takes the place of something else.
    #[error("{} is there already, and nothing was changed", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// A directory that is no whole backup.
    #[error("{} is no whole backup: {reason}", path.display())]
    NotWhole {
        /// The directory.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A backup of another cell.
    #[error("the backup is of the stream {found}, and this cell's is {wanted}")]
    OtherCell {
        /// What it is of.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// There is a log where one should be put back.
    #[error("there is a stream {stream} already, and nothing was changed")]
    StreamExists {
        /// Its name.
        stream: String,
    },
    /// The disk.
    #[error("{} cannot be read or written", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server does not do it.
    #[error("the server does not do it: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
    /// The server cannot be reached as the settings say.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl BackupError {
    fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Disk { path, source }
    }

    #[allow(clippy::needless_pass_by_value, reason = "for map_err")]
    fn refused(error: impl std::fmt::Display) -> Self {
        let reason = error.to_string();
        Self::Refused { reason }
    }
}

/// A backup that is copied, and counts once it is kept. Dropped, it stays beside its place, by a
/// name that says that it is not whole.
#[must_use = "a backup counts when it is kept"]
pub struct Copied {
    /// What is in it.
    pub backup: Backup,
    unfinished: PathBuf,
    /// Where it will stand.
    place: PathBuf,
}

impl Copied {
    /// Where it is until it is kept.
    pub fn dir(&self) -> &Path {
        &self.unfinished
    }

    /// Makes it count.
    ///
    /// # Errors
    /// [`BackupError::Exists`], [`BackupError::Disk`].
    pub fn keep(self) -> Result<Backup, BackupError> {
        if self.place.exists() {
            return Err(BackupError::Exists { path: self.place });
        }
        let renamed = std::fs::rename(&self.unfinished, &self.place);
        renamed.map_err(BackupError::disk(&self.place))?;
        let beside = beside(&self.place);
        sync_dir(&beside).map_err(BackupError::disk(&beside))?;
        Ok(self.backup)
    }
}

impl JetStreamLog {
    /// Copies the log as it is now into a directory that is not there yet. Rooms go on writing.
    /// `told` hears how many bytes have come.
    ///
    /// # Errors
    /// [`BackupError`]; what was copied until then stays beside the directory's place.
    pub async fn back_up(
        &self,
        dir: &Path,
        mut told: impl FnMut(u64) + Send,
    ) -> Result<Copied, BackupError> {
        let unfinished = unfinished(dir)?;
        for path in [dir, &unfinished] {
            if path.exists() {
                let path = path.to_owned();
                return Err(BackupError::Exists { path });
            }
        }
        private_dir(&unfinished).map_err(BackupError::disk(&unfinished))?;
        let stream = &self.shared.subjects.stream;
        let client = &self.shared.writing;
        let inbox = client.new_inbox();
        let chunks = client.subscribe(inbox.clone()).await;
        let mut chunks = chunks.map_err(BackupError::refused)?;
        let asked = json!({
            "deliver_subject": inbox,
            "chunk_size": CHUNK_BYTES,
            "no_consumers": true,
            "jsck": true,
        });
        let subject = format!("$JS.API.STREAM.SNAPSHOT.{stream}");
        let described = ask(client, subject, asked.to_string().into()).await?;
        let last = last_of(&described);
        write(&unfinished.join(DESCRIPTION), &described).await?;
        let path = unfinished.join(CONTENT);
        let disk = || BackupError::disk(&path);
        let file = private_file(&path).map_err(disk())?;
        let (mut file, mut hasher) = (File::from_std(file), blake3::Hasher::new());
        let mut bytes = 0_u64;
        loop {
            let chunk = timeout(PATIENCE, chunks.next()).await;
            let chunk = chunk.map_err(|_elapsed| silent())?.ok_or_else(silent)?;
            if let Some(reason) = failure(&chunk) {
                return Err(BackupError::Refused { reason });
            }
            if chunk.payload.is_empty() {
                break;
            }
            file.write_all(&chunk.payload).await.map_err(disk())?;
            hasher.update(&chunk.payload);
            let length = u64::try_from(chunk.payload.len()).unwrap_or_default();
            bytes = bytes.saturating_add(length);
            told(bytes);
            if let Some(reply) = chunk.reply {
                let acknowledged = client.publish(reply, Bytes::new()).await;
                acknowledged.map_err(BackupError::refused)?;
            }
        }
        file.sync_all().await.map_err(disk())?;
        let backup = Backup {
            format: FORMAT,
            stream: stream.clone(),
            last,
            bytes,
            hash: hasher.finalize().to_hex().to_string(),
        };
        let note = serde_json::to_value(&backup).map_err(BackupError::refused)?;
        write(&unfinished.join(NOTE), &note).await?;
        sync_dir(&unfinished).map_err(BackupError::disk(&unfinished))?;
        Ok(Copied {
            backup,
            unfinished,
            place: dir.to_owned(),
        })
    }
}

/// Puts a backup back on a server that has no log of this cell. `told` hears how many bytes have
/// gone.
///
/// # Errors
/// [`BackupError`]; nothing is put back of a backup that is not whole, or over a log that is there.
pub async fn put_back(
    settings: &JetStreamSettings,
    dir: &Path,
    mut told: impl FnMut(u64) + Send,
) -> Result<Backup, BackupError> {
    let (backup, mut described) = whole(dir).await?;
    let stream = Subjects::of(&settings.cell).stream;
    if backup.stream != stream {
        return Err(BackupError::OtherCell {
            found: backup.stream,
            wanted: stream,
        });
    }
    let client = connect::connect(settings, "restoring").await?;
    if connect::is_there(&jetstream::new(client.clone()), &stream).await? {
        return Err(BackupError::StreamExists { stream });
    }
    if let Some(replicas) = described.pointer_mut("/config/num_replicas") {
        *replicas = settings.replicas.into();
    }
    let asked = json!({ "config": described.get("config"), "state": described.get("state") });
    let subject = format!("$JS.API.STREAM.RESTORE.{stream}");
    let begun = ask(&client, subject, asked.to_string().into()).await?;
    let deliver = begun.get("deliver_subject").and_then(Value::as_str);
    let deliver = deliver.ok_or_else(silent)?.to_owned();
    let path = dir.join(CONTENT);
    let disk = || BackupError::disk(&path);
    let mut file = File::open(&path).await.map_err(disk())?;
    let mut sent = 0_u64;
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = file.read(&mut chunk).await.map_err(disk())?;
        chunk.truncate(read);
        let answer = client.request(deliver.clone(), chunk.into());
        let answer = timeout(PATIENCE, answer)
            .await
            .map_err(|_elapsed| silent())?;
        let answer = answer.map_err(BackupError::refused)?;
        if let Some(reason) = failure(&answer).or_else(|| error_in(&answer.payload)) {
            return Err(BackupError::Refused { reason });
        }
        if read == 0 {
            return Ok(backup);
        }
        sent = sent.saturating_add(u64::try_from(read).unwrap_or_default());
        told(sent);
    }
}

/// A backup with all that its note says, and how the server described it.
async fn whole(dir: &Path) -> Result<(Backup, Value), BackupError> {
    let not_whole = |reason: String| BackupError::NotWhole {
        path: dir.to_owned(),
        reason,
    };
    let text = |name: &'static str| {
        let path = dir.join(name);
        async move {
            let text = tokio::fs::read(&path).await;
            text.map_err(|error| not_whole(format!("{name} cannot be read ({error})")))
        }
    };
    let note = text(NOTE).await?;
    let bad = |name: &str, error: &serde_json::Error| not_whole(format!("{name}: {error}"));
    let backup: Backup = serde_json::from_slice(&note).map_err(|error| bad(NOTE, &error))?;
    if backup.format != FORMAT {
        let format = backup.format;
        return Err(not_whole(format!(
            "its format {format} is of a later version"
        )));
    }
    let described = text(DESCRIPTION).await?;
    let described = serde_json::from_slice(&described);
    let described: Value = described.map_err(|error| bad(DESCRIPTION, &error))?;
    if last_of(&described) != backup.last {
        let reason = format!("{DESCRIPTION} is of another revision than {}", backup.last);
        return Err(not_whole(reason));
    }
    let path = dir.join(CONTENT);
    let hashed = tokio::task::spawn_blocking(move || {
        let mut hasher = blake3::Hasher::new();
        let mut file = std::fs::File::open(path)?;
        let bytes = io::copy(&mut file, &mut hasher)?;
        Ok::<_, io::Error>((bytes, hasher.finalize().to_hex().to_string()))
    });
    let hashed = hashed.await.map_err(BackupError::refused)?;
    let (bytes, hash) = hashed.map_err(|error| not_whole(format!("{CONTENT}: {error}")))?;
    if (bytes, &hash) != (backup.bytes, &backup.hash) {
        let wanted = backup.bytes;
        let reason = format!("{CONTENT} has {bytes} bytes of {wanted}, or other ones");
        return Err(not_whole(reason));
    }
    Ok((backup, described))
}

fn last_of(described: &Value) -> Revision {
    let last = described.pointer("/state/last_seq").and_then(Value::as_u64);
    Revision(last.unwrap_or_default())
}

/// Asks the server for something and takes its answer, if that is no error.
async fn ask(client: &Client, subject: String, asked: Bytes) -> Result<Value, BackupError> {
    let answer = client.request(subject, asked).await;
    let answer = answer.map_err(BackupError::refused)?;
    if let Some(reason) = error_in(&answer.payload) {
        return Err(BackupError::Refused { reason });
    }
    serde_json::from_slice(&answer.payload).map_err(BackupError::refused)
}

/// The error in an answer of the server.
fn error_in(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let error = answer.get("error")?;
    let said = error.get("description").and_then(Value::as_str);
    Some(said.map_or_else(|| error.to_string(), str::to_owned))
}

/// What a message without a body says that is no success.
fn failure(message: &Message) -> Option<String> {
    let status = message.status.filter(|status| status.as_u16() >= 400)?;
    let said = message.description.clone().unwrap_or_default();
    Some(format!("{said} ({status})"))
}

fn silent() -> BackupError {
    let seconds = PATIENCE.as_secs();
    BackupError::Refused {
        reason: format!("it said nothing for {seconds} s"),
    }
}

async fn write(path: &Path, value: &Value) -> Result<(), BackupError> {
    let disk = || BackupError::disk(path);
    let file = private_file(path).map_err(disk())?;
    let mut file = File::from_std(file);
    let text = serde_json::to_vec_pretty(value).map_err(BackupError::refused)?;
    file.write_all(&text).await.map_err(disk())?;
    file.sync_all().await.map_err(disk())
}

fn beside(dir: &Path) -> PathBuf {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Where a backup is made.
fn unfinished(dir: &Path) -> Result<PathBuf, BackupError> {
    let name = dir.file_name().ok_or_else(|| BackupError::NotWhole {
        path: dir.to_owned(),
        reason: "it has no name".to_owned(),
    })?;
    let mut name = name.to_owned();
    name.push(format!(".{UNFINISHED}"));
    Ok(beside(dir).join(name))
}
