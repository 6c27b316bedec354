//! Which snapshot counts: one small row a name, in sled. Must not know what is in a snapshot.
//!
//! sled gives no space back, so a row is all that it ever holds; a turn of a row is what makes a
//! new snapshot count.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use domain::ids::Revision;
use serde::{Deserialize, Serialize};
use sled::{Db, IVec};

use super::error::{SnapshotError, failed};
use super::file::{self, Extent};

/// How snapshots are laid out. Another number: dropped.
const FORMAT: u8 = 2;
/// The index's directory in that of the snapshots.
const DIR: &str = "index";
/// The index's cache: it has a few rows.
const CACHE_BYTES: u64 = 1024 * 1024;
/// What the index's file grows by. It holds a few rows of a hundred bytes.
const SEGMENT_BYTES: usize = 64 * 1024;
/// How long an index may take to be opened and read whole.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// How often, and how long after, an index is tried again that a process just ending still holds.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// What a row says of the snapshot that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// [`domain::decider::Projection::SHAPE`] of what is in it.
    pub shape: u32,
    /// Which log it was folded from.
    pub log: String,
    /// Up to where.
    pub revision: Revision,
    /// The number of its file.
    pub generation: u64,
    /// The length of what is in it.
    pub bytes: u64,
    /// Its checksum.
    pub crc32: u32,
}

impl Header {
    pub const fn extent(&self) -> Extent {
        Extent {
            bytes: self.bytes,
            crc32: self.crc32,
        }
    }
}

/// Opens the index of a directory, which is then nobody else's. One that is damaged as a whole is
/// moved aside, with a warning. One that another process has open is waited for, shortly.
pub(super) fn open(dir: &Path) -> Result<Db, SnapshotError> {
    file::private_dir(&dir.join(DIR)).map_err(|error| SnapshotError::disk("making", dir, error))?;
    let mut opened = whole(dir);
    for _ in 0..LOCK_ATTEMPTS {
        if !matches!(&opened, Ok(Err(error)) if is_locked(error)) {
            break;
        }
        std::thread::sleep(LOCK_PAUSE);
        opened = whole(dir);
    }
    let in_use = || SnapshotError::InUse {
        dir: dir.to_owned(),
    };
    let index = match opened {
        Ok(Ok(index)) => index,
        Ok(Err(error)) if is_locked(&error) => return Err(in_use()),
        Ok(Err(error)) if is_damage(&error) => anew(dir, &error.to_string())?,
        Ok(Err(error)) => return Err(failed("opening", dir)(error)),
        Err(reason) => anew(dir, &reason)?,
    };
    for attempt in 0.. {
        if drop_old_layout(dir).map_err(|error| SnapshotError::disk("clearing", dir, error))? {
            break;
        }
        if attempt >= LOCK_ATTEMPTS {
            return Err(in_use());
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Ok(index)
}

/// What a name's row says.
///
/// # Errors
/// Why it will not do, in words.
pub(super) fn find(index: &Db, name: &str) -> Result<Option<Header>, String> {
    let row = index.get(name).map_err(|error| error.to_string())?;
    row.map(|row| header(&row)).transpose()
}

/// All rows that can be read: their names and what they say.
pub(super) fn all(index: &Db) -> Vec<(String, Header)> {
    let rows = index.iter().filter_map(Result::ok);
    let named = rows.filter_map(|(name, row)| {
        let name = String::from_utf8(name.to_vec()).ok()?;
        Some((name, header(&row).ok()?))
    });
    named.collect()
}

/// Turns a name's row over. Back when it is on disk.
pub(super) fn turn(index: &Db, name: &str, header: &Header) -> sled::Result<()> {
    let mut row = vec![FORMAT];
    let encoded = postcard::to_allocvec(header);
    row.extend(encoded.map_err(|error| sled::Error::ReportableBug(error.to_string()))?);
    index.insert(name, row)?;
    index.flush()?;
    Ok(())
}

/// Forgets a name.
pub(super) fn forget(index: &Db, name: &str) -> sled::Result<()> {
    index.remove(name)?;
    index.flush()?;
    Ok(())
}

/// Moves a damaged index aside and begins an empty one.
pub(super) fn anew(dir: &Path, reason: &str) -> Result<Db, SnapshotError> {
    let index = dir.join(DIR);
    let aside = index.with_extension("damaged");
    tracing::warn!(
        dir = %index.display(), aside = %aside.display(), reason,
        "the index of the snapshots is damaged: moved aside, the log is replayed"
    );
    let moved = match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => fs::rename(&index, &aside),
    };
    moved
        .and_then(|()| file::private_dir(&index))
        .map_err(|error| SnapshotError::disk("moving aside", dir, error))?;
    sled_at(dir).map_err(failed("opening", dir))
}

fn sled_at(dir: &Path) -> sled::Result<Db> {
    sled::Config::new()
        .path(dir.join(DIR))
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(None)
        .open()
}

/// Opens the index and reads all of it, on a thread of its own: sled 0.34 answers some damage
/// with a panic and some with silence.
fn whole(dir: &Path) -> Result<sled::Result<Db>, String> {
    let (done, opened) = std::sync::mpsc::channel();
    let dir = dir.to_owned();
    std::thread::spawn(move || {
        let read = || {
            let index = sled_at(&dir)?;
            for row in index.iter() {
                row?;
            }
            Ok(index)
        };
        // Nobody listens any more when it took too long.
        let _ = done.send(read());
    });
    opened
        .recv_timeout(OPEN_TIMEOUT)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("no answer within {} s", OPEN_TIMEOUT.as_secs()),
            RecvTimeoutError::Disconnected => "the index broke down over it".to_owned(),
        })
}

/// Before, a sled store in the directory itself held all snapshots, and all that there ever were.
/// Its space comes back only with its files. Says no while another process has it open.
fn drop_old_layout(dir: &Path) -> io::Result<bool> {
    let log = dir.join("db");
    let locked = match fs::File::options().read(true).write(true).open(&log) {
        Ok(log) => match log.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Ok(false),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Ok(()) => Some(log),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let blobs = dir.join("blobs");
    if locked.is_none() && !blobs.is_dir() {
        return Ok(true);
    }
    tracing::warn!(
        dir = %dir.display(),
        "the snapshots of an earlier version are removed, the log is replayed"
    );
    match fs::remove_dir_all(&blobs) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    for path in files(dir)? {
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name == "conf" || name.starts_with("snap.")) {
            file::remove(&path)?;
        }
    }
    // It tells that there is something to remove, so it goes last.
    file::remove(&log)?;
    Ok(true)
}

/// The files in a directory.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// sled says it in words only.
fn is_locked(error: &sled::Error) -> bool {
    match error {
        sled::Error::Io(error) => {
            error.kind() == io::ErrorKind::WouldBlock || error.to_string().contains("acquire lock")
        }
        sled::Error::Corruption { .. }
        | sled::Error::ReportableBug(_)
        | sled::Error::Unsupported(_)
        | sled::Error::CollectionNotFound(_) => false,
    }
}

/// Whether a fresh index would do what this one cannot. A file that is in the way of a new one
/// belongs to entries that the index has lost.
pub(super) fn is_damage(error: &sled::Error) -> bool {
    use std::io::ErrorKind::{AlreadyExists, InvalidData, NotFound, UnexpectedEof};
    match error {
        sled::Error::Io(error) => {
            matches!(
                error.kind(),
                AlreadyExists | InvalidData | NotFound | UnexpectedEof
            )
        }
        sled::Error::Corruption { .. }
        | sled::Error::ReportableBug(_)
        | sled::Error::Unsupported(_)
        | sled::Error::CollectionNotFound(_) => true,
    }
}

fn header(row: &IVec) -> Result<Header, String> {
    match row.split_first() {
        Some((&FORMAT, rest)) => {
            postcard::from_bytes(rest).map_err(|error| format!("its header is bad: {error}"))
        }
        Some((format, _)) => Err(format!("its format is {format}, ours is {FORMAT}")),
        None => Err("its header is empty".to_owned()),
    }
}
