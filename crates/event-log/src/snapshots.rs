//! Snapshots of rooms: a shortcut through the log, never a truth of its own.
//!
//! A snapshot is a file. The new one is written beside the old under another name, put on disk and
//! renamed; then the index, which says what it is, is turned over to it; then the old one goes.
//! Whoever is killed in between leaves one of the two, whole, and what is left over is removed at
//! the next start: the disk never holds more than two. What cannot be used is dropped with a
//! warning and the log is replayed; that is never an error.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::decider::Projection;
use domain::ids::Revision;
use sled::Db;

mod error;
mod file;
mod identity;
mod index;

pub use error::SnapshotError;
use error::failed;
pub(crate) use file::{private_dir, private_file, sync_dir};
pub use identity::Identity;
use index::Header;

/// What the file of a snapshot ends in.
const WHOLE: &str = "snapshot";
/// What it ends in before it is whole.
const WRITING: &str = "writing";
/// How often a snapshot is looked up again that another one took the place of meanwhile.
const READ_ATTEMPTS: u32 = 3;

/// A directory with the snapshots of one process.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
    /// Locked while a snapshot takes another one's place.
    index: Arc<Mutex<Db>>,
}

impl Snapshots {
    /// Opens a directory, making it if it is not there, and removes what was left over in it. An
    /// index that is damaged as a whole is moved aside, with a warning. One that another process
    /// has open is waited for, shortly.
    ///
    /// # Errors
    /// [`SnapshotError::InUse`], or [`SnapshotError::Store`] and [`SnapshotError::Disk`] when the
    /// directory cannot be written.
    pub fn open(dir: &Path) -> Result<Self, SnapshotError> {
        let disk = |error| SnapshotError::disk("opening", dir, error);
        file::private_dir(dir).map_err(disk)?;
        let index = index::open(dir)?;
        let counts = index::all(&index).into_iter();
        let counts: Vec<PathBuf> = counts
            .map(|(name, header)| path(dir, &name, header.generation, WHOLE))
            .collect();
        for found in index::files(dir).map_err(disk)? {
            let ours = found
                .extension()
                .is_some_and(|it| it == WHOLE || it == WRITING);
            if ours && !counts.contains(&found) {
                file::remove(&found).map_err(disk)?;
            }
        }
        Ok(Self {
            dir: dir.to_owned(),
            index: Arc::new(Mutex::new(index)),
        })
    }

    fn index(&self) -> MutexGuard<'_, Db> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot of this name, if there is one of this log and of this shape. Anything else
    /// is dropped with a warning that says why.
    pub fn load<P: Projection>(
        &self,
        name: &str,
        log: impl Into<Identity>,
    ) -> Option<(Revision, P)> {
        let reason = match self.read(name, &log.into(), Revision(u64::MAX)) {
            Ok(found) => return found,
            Err(reason) => reason,
        };
        self.forget(name, &reason);
        None
    }

    /// Drops the snapshot of this name, if there is one, with a warning that says why.
    pub fn forget(&self, name: &str, reason: &str) {
        if matches!(index::find(&self.index(), name), Ok(None)) {
            return;
        }
        tracing::warn!(name, reason, "the snapshot is dropped, the log is replayed");
        if let Err(error) = index::forget(&self.index(), name) {
            tracing::warn!(name, %error, "the dropped snapshot stays on disk");
        } else {
            self.clear(name, None);
        }
    }

    /// The same, if it is of no later revision than `most`. Nothing is dropped: what cannot be
    /// used may be one that is being written this moment.
    pub fn load_up_to<P: Projection>(
        &self,
        name: &str,
        log: impl Into<Identity>,
        most: Revision,
    ) -> Option<(Revision, P)> {
        self.read(name, &log.into(), most).ok().flatten()
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

    /// Puts a snapshot in the place of the one before. Back when it is on disk. At most one of a
    /// name is written at a time.
    ///
    /// # Errors
    /// [`SnapshotError`]; the one before is then still there.
    pub fn save<P: Projection>(
        &self,
        name: &str,
        log: impl Into<Identity>,
        revision: Revision,
        state: &P,
    ) -> Result<(), SnapshotError> {
        let before = index::find(&self.index(), name).ok().flatten();
        let before = before.map_or(0, |header| header.generation);
        let generation = before.wrapping_add(1);
        let new = path(&self.dir, name, generation, WHOLE);
        let extent = self.write(name, generation, state);
        let extent = extent.inspect_err(|_| self.clear(name, Some(before)))?;
        let header = Header {
            shape: P::SHAPE,
            log: log.into().up_to(revision),
            revision,
            generation,
            bytes: extent.bytes,
            crc32: extent.crc32,
        };
        let turned = self.turn(name, &header);
        turned.inspect_err(|_| drop(file::remove(&new)))?;
        self.clear(name, Some(generation));
        Ok(())
    }

    /// Writes a file beside the one that counts.
    fn write<P: Projection>(
        &self,
        name: &str,
        generation: u64,
        state: &P,
    ) -> Result<file::Extent, SnapshotError> {
        let disk = |error| SnapshotError::disk("writing", &self.dir, error);
        let writing = path(&self.dir, name, generation, WRITING);
        let extent = file::write(&writing, state).map_err(|error| match error {
            file::WriteError::Disk(error) => disk(error),
            file::WriteError::Encode(source) => SnapshotError::Encode {
                name: name.to_owned(),
                source,
            },
        })?;
        fs::rename(&writing, path(&self.dir, name, generation, WHOLE)).map_err(disk)?;
        file::sync_dir(&self.dir).map_err(disk)?;
        Ok(extent)
    }

    /// Makes a snapshot count.
    fn turn(&self, name: &str, header: &Header) -> Result<(), SnapshotError> {
        let mut index = self.index();
        let error = match index::turn(&index, name, header) {
            Ok(()) => return Ok(()),
            Err(error) if index::is_damage(&error) => error,
            Err(error) => return Err(failed("writing", &self.dir)(error)),
        };
        let anew = index::anew(&self.dir, &error.to_string())?;
        // A damaged index may hang when it is closed: it is left open instead, out of the way.
        std::mem::forget(std::mem::replace(&mut *index, anew));
        index::turn(&index, name, header).map_err(failed("writing", &self.dir))
    }

    /// Removes all files of a name but the one that counts. What stays goes at the next start.
    fn clear(&self, name: &str, counts: Option<u64>) {
        let kept = counts.map(|generation| path(&self.dir, name, generation, WHOLE));
        for found in index::files(&self.dir).unwrap_or_default() {
            let ours = generation_of(&found, name).is_some();
            if ours
                && Some(&found) != kept.as_ref()
                && let Err(error) = file::remove(&found)
            {
                tracing::warn!(path = %found.display(), %error, "an old snapshot stays");
            }
        }
    }

    /// What is there, nothing, or why what is there will not do.
    fn read<P: Projection>(
        &self,
        name: &str,
        log: &Identity,
        most: Revision,
    ) -> Result<Option<(Revision, P)>, String> {
        let mut missing = None;
        for _ in 0..READ_ATTEMPTS {
            let Some(header) = index::find(&self.index(), name)? else {
                return Ok(None);
            };
            let log = log.up_to(header.revision);
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
            match File::open(path(&self.dir, name, header.generation, WHOLE)) {
                Ok(file) => {
                    let state = file::read(file, header.extent())?;
                    return Ok(Some((header.revision, state)));
                }
                // Another one may have taken its place.
                Err(error) => missing = Some(error),
            }
        }
        let missing = missing.map(|error| error.to_string()).unwrap_or_default();
        Err(format!("its file cannot be opened: {missing}"))
    }
}

/// Where the file of a snapshot stands.
fn path(dir: &Path, name: &str, generation: u64, ends_in: &str) -> PathBuf {
    dir.join(format!("{name}-{generation}.{ends_in}"))
}

/// The number of a file, if it is of a snapshot of this name.
fn generation_of(path: &Path, name: &str) -> Option<u64> {
    let ours = path
        .extension()
        .is_some_and(|it| it == WHOLE || it == WRITING);
    let stem = path.file_stem().filter(|_| ours)?.to_str()?;
    stem.strip_prefix(name)?.strip_prefix('-')?.parse().ok()
}
