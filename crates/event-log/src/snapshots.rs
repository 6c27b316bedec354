//! Snapshots of rooms: a shortcut through the log, never a truth of its own.
//!
//! A snapshot is one blob, in chunks, with a header that says what it is. The new one is written
//! beside the old, then the header is turned over, then the old one goes: whoever is killed in
//! between leaves one of the two, whole. What cannot be used is dropped with a warning and the
//! log is replayed; that is never an error.

use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::decider::Projection;
use domain::ids::Revision;
use serde::{Deserialize, Serialize};
use sled::{Db, IVec, Tree};

/// How snapshots are laid out. Another number: dropped.
const FORMAT: u8 = 1;
/// Bytes in a chunk, so that no store operation is larger.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// The store's cache: little, since nothing is read twice.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// How long a store may take to be opened and read whole.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// How often, and how long after, a store is tried again that a process just ending still holds.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// Where a room's header stands. Chunk keys are longer.
const HEADER_KEY: &[u8] = b"header";

/// Why snapshots could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Another process has them open.
    #[error(
        "the snapshots in {} are open in another process: end it, or give this one a directory \
         of its own",
        dir.display()
    )]
    InUse {
        /// Where.
        dir: PathBuf,
    },
    /// The store fails.
    #[error("{what} the snapshots in {} failed", dir.display())]
    Store {
        /// What was tried.
        what: &'static str,
        /// Where.
        dir: PathBuf,
        /// Why.
        #[source]
        source: sled::Error,
    },
    /// The state has no binary form.
    #[error("the state of {name} cannot be written")]
    Encode {
        /// Whose.
        name: String,
        /// Why.
        #[source]
        source: postcard::Error,
    },
}

/// A directory with the snapshots of one process.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
    store: Arc<Mutex<Db>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// [`Projection::SHAPE`] of what is in it.
    shape: u32,
    /// Which log it was folded from.
    log: String,
    /// Up to where.
    revision: Revision,
    /// Under which number its chunks stand.
    generation: u64,
    bytes: u64,
    crc32: u32,
}

impl Snapshots {
    /// Opens a directory, making it if it is not there. A store that is damaged as a whole is
    /// moved aside, with a warning. One that another process has open is waited for, shortly.
    ///
    /// # Errors
    /// [`SnapshotError::InUse`], or [`SnapshotError::Store`] when the directory cannot be written.
    pub fn open(dir: &Path) -> Result<Self, SnapshotError> {
        let mut opened = whole_store(dir);
        for _ in 0..LOCK_ATTEMPTS {
            if !matches!(&opened, Ok(Err(error)) if is_locked(error)) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            opened = whole_store(dir);
        }
        let store = match opened {
            Ok(Ok(store)) => store,
            Ok(Err(error)) if is_locked(&error) => {
                return Err(SnapshotError::InUse {
                    dir: dir.to_owned(),
                });
            }
            Ok(Err(error)) if is_damage(&error) => start_anew(dir, &error.to_string())?,
            Ok(Err(error)) => return Err(failed("opening", dir)(error)),
            Err(reason) => start_anew(dir, &reason)?,
        };
        let store = Arc::new(Mutex::new(store));
        Ok(Self {
            dir: dir.to_owned(),
            store,
        })
    }

    fn store(&self) -> Db {
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The snapshot of this name, if there is one of this log and of this shape. Anything else
    /// is dropped with a warning that says why.
    pub fn load<P: Projection>(&self, name: &str, log: &str) -> Option<(Revision, P)> {
        let reason = match self.read(name, log, Revision(u64::MAX)) {
            Ok(found) => return found,
            Err(reason) => reason,
        };
        tracing::warn!(name, reason, "the snapshot is dropped, the log is replayed");
        if let Err(error) = self.store().drop_tree(name) {
            tracing::warn!(name, %error, "the dropped snapshot stays on disk");
        }
        None
    }

    /// The same, if it is of no later revision than `most`. Nothing is dropped: what cannot be
    /// used may be one that is being written this moment.
    pub fn load_up_to<P: Projection>(
        &self,
        name: &str,
        log: &str,
        most: Revision,
    ) -> Option<(Revision, P)> {
        self.read(name, log, most).ok().flatten()
    }

    /// A state in the bytes that a snapshot has: the same state, the same bytes.
    ///
    /// # Errors
    /// [`SnapshotError::Encode`].
    pub fn bytes_of<P: Projection>(name: &str, state: &P) -> Result<Vec<u8>, SnapshotError> {
        postcard::to_allocvec(state).map_err(|source| SnapshotError::Encode {
            name: name.to_owned(),
            source,
        })
    }

    /// Puts a snapshot in the place of the one before. Back when it is on disk.
    ///
    /// # Errors
    /// [`SnapshotError`]; the one before is then still there.
    pub fn save<P: Projection>(
        &self,
        name: &str,
        log: &str,
        revision: Revision,
        state: &P,
    ) -> Result<(), SnapshotError> {
        let body = Self::bytes_of(name, state)?;
        let mut header = Header {
            shape: P::SHAPE,
            log: log.to_owned(),
            revision,
            generation: 0,
            bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
            crc32: crc32fast::hash(&body),
        };
        let store = self.store();
        let error = match write(&store, name, &mut header, &body) {
            Ok(()) => return Ok(()),
            Err(error) if is_damage(&error) => error,
            Err(error) => return Err(failed("writing", &self.dir)(error)),
        };
        // A damaged store may hang when it is closed: it is left open instead, and out of the way.
        std::mem::forget(store);
        let anew = start_anew(&self.dir, &error.to_string())?;
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = anew.clone();
        write(&anew, name, &mut header, &body).map_err(failed("writing", &self.dir))
    }

    /// What is there, nothing, or why what is there will not do.
    fn read<P: Projection>(
        &self,
        name: &str,
        log: &str,
        most: Revision,
    ) -> Result<Option<(Revision, P)>, String> {
        let tree = self
            .store()
            .open_tree(name)
            .map_err(|error| error.to_string())?;
        let Some(bytes) = tree.get(HEADER_KEY).map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let header = header(&bytes)?;
        if header.log != log {
            return Err(format!(
                "it is of another log, {}, and this is {log}",
                header.log
            ));
        }
        if header.shape != P::SHAPE {
            return Err(format!(
                "its shape is {}, ours is {}",
                header.shape,
                P::SHAPE
            ));
        }
        if header.revision > most {
            return Ok(None);
        }
        let mut body = Vec::new();
        for chunk in tree.scan_prefix(header.generation.to_be_bytes()).values() {
            body.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        }
        if u64::try_from(body.len()) != Ok(header.bytes) {
            return Err(format!("it has {} bytes of {}", body.len(), header.bytes));
        }
        if crc32fast::hash(&body) != header.crc32 {
            return Err("its checksum is wrong".to_owned());
        }
        match postcard::take_from_bytes(&body) {
            Ok((state, [])) => Ok(Some((header.revision, state))),
            Ok((_, rest)) => Err(format!("{} bytes are left over", rest.len())),
            Err(error) => Err(format!("it cannot be read: {error}")),
        }
    }
}

fn failed(what: &'static str, dir: &Path) -> impl FnOnce(sled::Error) -> SnapshotError {
    let dir = dir.to_owned();
    move |source| SnapshotError::Store { what, dir, source }
}

/// Moves a damaged store aside and begins an empty one.
fn start_anew(dir: &Path, reason: &str) -> Result<Db, SnapshotError> {
    let aside = dir.with_extension("damaged");
    tracing::warn!(
        dir = %dir.display(), aside = %aside.display(), reason,
        "the snapshots are damaged: moved aside, the log is replayed"
    );
    let moved = match std::fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => std::fs::rename(dir, &aside),
    };
    moved.map_err(|error| failed("moving aside", dir)(sled::Error::Io(error)))?;
    store(dir).map_err(failed("opening", dir))
}

/// Writes the new one beside the old, turns the header over, removes the old one.
fn write(store: &Db, name: &str, next: &mut Header, body: &[u8]) -> sled::Result<()> {
    let tree = store.open_tree(name)?;
    let before = tree.get(HEADER_KEY)?.and_then(|bytes| header(&bytes).ok());
    let before = before.map(|header| header.generation);
    // What another save left when it was killed goes first.
    remove_chunks(&tree, before)?;
    next.generation = before.unwrap_or_default().wrapping_add(1);
    for (index, chunk) in (0_u32..).zip(body.chunks(CHUNK_BYTES)) {
        tree.insert(chunk_key(next.generation, index), chunk)?;
    }
    store.flush()?;
    let mut bytes = vec![FORMAT];
    bytes.extend(
        postcard::to_allocvec(&next)
            .map_err(|error| sled::Error::ReportableBug(error.to_string()))?,
    );
    tree.insert(HEADER_KEY, bytes)?;
    store.flush()?;
    remove_chunks(&tree, Some(next.generation))?;
    store.flush()?;
    Ok(())
}

fn store(dir: &Path) -> sled::Result<Db> {
    sled::Config::new()
        .path(dir)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .open()
}

/// Opens the store and reads all of it, on a thread of its own: sled 0.34 answers some damage
/// with a panic and some with silence.
fn whole_store(dir: &Path) -> Result<sled::Result<Db>, String> {
    let (done, opened) = std::sync::mpsc::channel();
    let dir = dir.to_owned();
    std::thread::spawn(move || {
        let read = || {
            let store = store(&dir)?;
            for name in store.tree_names() {
                for entry in &store.open_tree(name)? {
                    entry?;
                }
            }
            Ok(store)
        };
        // Nobody listens any more when it took too long.
        let _ = done.send(read());
    });
    opened
        .recv_timeout(OPEN_TIMEOUT)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("no answer within {} s", OPEN_TIMEOUT.as_secs()),
            RecvTimeoutError::Disconnected => "the store broke down over it".to_owned(),
        })
}

/// sled says it in words only.
fn is_locked(error: &sled::Error) -> bool {
    match error {
        sled::Error::Io(error) => {
            error.kind() == std::io::ErrorKind::WouldBlock
                || error.to_string().contains("acquire lock")
        }
        sled::Error::Corruption { .. }
        | sled::Error::ReportableBug(_)
        | sled::Error::Unsupported(_)
        | sled::Error::CollectionNotFound(_) => false,
    }
}

/// Whether a fresh store would do what this one cannot. A file that is in the way of a new one
/// belongs to entries that the store has lost.
fn is_damage(error: &sled::Error) -> bool {
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

fn header(bytes: &IVec) -> Result<Header, String> {
    match bytes.split_first() {
        Some((&FORMAT, rest)) => {
            postcard::from_bytes(rest).map_err(|error| format!("its header is bad: {error}"))
        }
        Some((format, _)) => Err(format!("its format is {format}, ours is {FORMAT}")),
        None => Err("its header is empty".to_owned()),
    }
}

fn chunk_key(generation: u64, index: u32) -> Vec<u8> {
    [&generation.to_be_bytes()[..], &index.to_be_bytes()[..]].concat()
}

/// Removes all chunks but those of one generation.
fn remove_chunks(tree: &Tree, but: Option<u64>) -> sled::Result<()> {
    let kept = but.map(u64::to_be_bytes);
    for key in tree.iter().keys() {
        let key = key?;
        let keep = kept.is_some_and(|kept| key.starts_with(&kept));
        if !keep && key != HEADER_KEY {
            tree.remove(key)?;
        }
    }
    Ok(())
}
