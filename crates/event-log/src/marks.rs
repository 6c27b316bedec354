//! What a room has read of the log, noted outside the log's own store: so that a log which has
//! lost its end is told from one that never had it. Must not know what commits say.
//!
//! The file is written beside the old one, put on disk and renamed: whoever is killed in between
//! leaves the old one or the new one, whole.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::chain::{Heads, Mark};
use crate::snapshots::{private_dir, private_file, sync_dir};

/// How the file is laid out.
const FORMAT: u8 = 1;

/// The file of one room.
#[derive(Debug)]
pub struct Marks {
    path: PathBuf,
    noted: Mutex<Heads>,
}

#[derive(Serialize, Deserialize)]
struct Noted {
    format: u8,
    rooms: Heads,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MarksError {
    /// The disk.
    #[error("{} cannot be read or written", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is damaged, or of a later version.
    #[error(
        "{} cannot be understood: if it is damaged, verify the log with `backorder verify` and \
         remove the file",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// It was written by a later version.
    #[error("{} is of format {format}, which a later version wrote", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u8,
    },
}

impl Marks {
    /// Opens a room's file in a directory, which is made when there is something to note: a disk
    /// that takes nothing stops no start.
    ///
    /// # Errors
    /// [`MarksError`]: a file that cannot be read is never passed over, since nothing else would
    /// tell of a loss.
    pub fn open(dir: &Path, name: &str) -> Result<Self, MarksError> {
        let path = dir.join(format!("{name}.json"));
        let disk = |source| MarksError::Disk {
            path: path.clone(),
            source,
        };
        let nothing = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
        let noted = match fs::read(&path) {
            Ok(text) => read(&path, &text)?,
            Err(error) if nothing.contains(&error.kind()) => Heads::default(),
            Err(error) => return Err(disk(error)),
        };
        Ok(Self {
            path,
            noted: Mutex::new(noted),
        })
    }

    fn noted(&self) -> MutexGuard<'_, Heads> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What must stand on the log.
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |(room, link)| Mark {
            room,
            link,
            noted_in: self.path.clone(),
        };
        self.noted().iter().map(mark).collect()
    }

    /// Notes what was read. Back when it is on disk.
    ///
    /// # Errors
    /// [`MarksError::Disk`]; the file is then as it was.
    pub fn note(&self, heads: &Heads) -> Result<(), MarksError> {
        let mut noted = self.noted();
        let mut rooms = noted.clone();
        heads.iter().for_each(|(room, link)| rooms.know(room, link));
        if rooms == *noted {
            return Ok(());
        }
        let disk = |source| MarksError::Disk {
            path: self.path.clone(),
            source,
        };
        self.write(&rooms).map_err(disk)?;
        *noted = rooms;
        drop(noted);
        Ok(())
    }

    fn write(&self, rooms: &Heads) -> io::Result<()> {
        let format = FORMAT;
        let rooms = rooms.clone();
        let text = serde_json::to_vec(&Noted { format, rooms })?;
        let dir = self.path.parent().unwrap_or(&self.path);
        private_dir(dir)?;
        let writing = self.path.with_extension("writing");
        let mut file = private_file(&writing)?;
        file.write_all(&text)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&writing, &self.path)?;
        sync_dir(dir)
    }
}

fn read(path: &Path, text: &[u8]) -> Result<Heads, MarksError> {
    let unreadable = |source| MarksError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let noted: Noted = serde_json::from_slice(text).map_err(unreadable)?;
    if noted.format != FORMAT {
        return Err(MarksError::Format {
            path: path.to_owned(),
            format: noted.format,
        });
    }
    Ok(noted.rooms)
}
