//! The file of one snapshot, written and read as a stream: no second copy of a state in memory.
//!
//! It is a row of blocks. Before each stand its length and the checksum of all bytes of the state
//! up to its end, so that no byte is decoded that was not checked. Must not know what a state is.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most bytes of a block, and of what is written or read at once.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bytes before each block: its length and the checksum so far.
const HEAD_BYTES: usize = 8;
/// After so many bytes the disk catches up, so that whoever syncs a log on the same disk meanwhile
/// never waits for a whole snapshot.
const SYNC_BYTES: usize = 8 * 1024 * 1024;

/// What a whole file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Bytes of the state.
    pub bytes: u64,
    /// Their checksum.
    pub crc32: u32,
}

/// Why a file could not be written.
pub(super) enum WriteError {
    /// The disk.
    Disk(io::Error),
    /// The state has no binary form.
    Encode(postcard::Error),
}

/// Makes a directory that is nobody else's to read.
pub(crate) fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700).create(dir)?;
        // One of an earlier version may be open to all.
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    builder.create(dir)
}

/// A file made anew that is nobody else's to read.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes sure that the names in a directory are on disk.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened, and names need no sync.
    if cfg!(unix) {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a state into a file of its own. Back when it is on disk.
pub(super) fn write<P: Serialize>(path: &Path, state: &P) -> Result<Extent, WriteError> {
    let file = private_file(path).map_err(WriteError::Disk)?;
    let mut writer = Writer::new(file);
    let encoded = postcard::serialize_with_flavor(state, Blocks(&mut writer));
    if let Some(error) = writer.failed {
        return Err(WriteError::Disk(error));
    }
    encoded.map_err(WriteError::Encode)?;
    writer.file.sync_all().map_err(WriteError::Disk)?;
    Ok(Extent {
        bytes: writer.bytes,
        crc32: writer.crc.finalize(),
    })
}

struct Writer {
    file: File,
    block: Vec<u8>,
    crc: crc32fast::Hasher,
    bytes: u64,
    unsynced: usize,
    failed: Option<io::Error>,
}

impl Writer {
    fn new(file: File) -> Self {
        Self {
            file,
            block: Vec::with_capacity(BLOCK_BYTES),
            crc: crc32fast::Hasher::new(),
            bytes: 0,
            unsynced: 0,
            failed: None,
        }
    }

    fn end_block(&mut self) -> postcard::Result<()> {
        let ended = self.write_block();
        self.block.clear();
        ended.map_err(|error| {
            self.failed = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }

    fn write_block(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        self.crc.update(&self.block);
        let crc32 = self.crc.clone().finalize();
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&crc32.to_le_bytes())?;
        self.file.write_all(&self.block)?;
        self.bytes = self.bytes.saturating_add(u64::from(length));
        self.unsynced = self.unsynced.saturating_add(self.block.len());
        if self.unsynced >= SYNC_BYTES {
            self.unsynced = 0;
            self.file.sync_data()?;
        }
        Ok(())
    }
}

/// Where an encoder puts its bytes.
struct Blocks<'a>(&'a mut Writer);

impl postcard::ser_flavors::Flavor for Blocks<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.block.push(byte);
        if self.0.block.len() >= BLOCK_BYTES {
            return self.0.end_block();
        }
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, mut bytes: &[u8]) -> postcard::Result<()> {
        while !bytes.is_empty() {
            let free = BLOCK_BYTES.saturating_sub(self.0.block.len());
            let (now, later) = bytes.split_at(free.min(bytes.len()));
            self.0.block.extend_from_slice(now);
            if self.0.block.len() >= BLOCK_BYTES {
                self.0.end_block()?;
            }
            bytes = later;
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        if self.0.block.is_empty() {
            return Ok(());
        }
        self.0.end_block()
    }
}

/// Reads the state of a file that holds just this.
///
/// # Errors
/// Why it will not do, in words.
pub(super) fn read<P: DeserializeOwned>(file: File, extent: Extent) -> Result<P, String> {
    let reader = Reader {
        file,
        block: Vec::with_capacity(BLOCK_BYTES),
        at: 0,
        spare: Vec::new(),
        crc: crc32fast::Hasher::new(),
        left: extent.bytes,
        wrong: None,
    };
    let mut decoder = postcard::Deserializer::from_flavor(reader);
    let state = P::deserialize(&mut decoder);
    let unread = |error: postcard::Error| format!("it cannot be read: {error}");
    let mut reader = decoder.finalize().map_err(unread)?;
    if let Some(wrong) = reader.wrong {
        return Err(wrong);
    }
    let state = state.map_err(unread)?;
    if reader.at < reader.block.len() || reader.left > 0 {
        return Err("bytes are left over".to_owned());
    }
    if reader.crc.finalize() != extent.crc32 {
        return Err("its checksum is wrong".to_owned());
    }
    match reader.file.read(&mut [0]) {
        Ok(0) => Ok(state),
        Ok(_) => Err("its file is too long".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Where a decoder takes its bytes from.
struct Reader {
    file: File,
    block: Vec<u8>,
    at: usize,
    /// Bytes that stand in two blocks.
    spare: Vec<u8>,
    crc: crc32fast::Hasher,
    /// Bytes of the state in blocks to come.
    left: u64,
    wrong: Option<String>,
}

impl Reader {
    #[cold]
    fn next_block(&mut self) -> postcard::Result<()> {
        self.read_block().map_err(|wrong| {
            self.wrong = Some(wrong);
            postcard::Error::DeserializeUnexpectedEnd
        })
    }

    fn read_block(&mut self) -> Result<(), String> {
        let short = |error: io::Error| format!("its file is too short: {error}");
        let mut head = [0; HEAD_BYTES];
        if self.left == 0 {
            return Err("it ends too early".to_owned());
        }
        self.file.read_exact(&mut head).map_err(short)?;
        let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        let fits = usize::try_from(length).ok().filter(|it| *it <= BLOCK_BYTES);
        let rest = self.left.checked_sub(u64::from(length));
        let (Some(bytes @ 1..), Some(rest)) = (fits, rest) else {
            return Err(format!("a block of {length} bytes cannot be"));
        };
        self.block.resize(bytes, 0);
        self.file.read_exact(&mut self.block).map_err(short)?;
        self.at = 0;
        self.left = rest;
        self.crc.update(&self.block);
        if self.crc.clone().finalize() != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Err("the checksum of a block is wrong".to_owned());
        }
        Ok(())
    }

    /// Of so many bytes as many as this block has.
    fn take(&mut self, count: usize) -> &[u8] {
        let from = self.at;
        self.at = from.saturating_add(count).min(self.block.len());
        self.block.get(from..self.at).unwrap_or_default()
    }
}

impl<'de> postcard::de_flavors::Flavor<'de> for Reader {
    type Remainder = Self;
    type Source = ();

    #[inline]
    fn pop(&mut self) -> postcard::Result<u8> {
        if self.at >= self.block.len() {
            self.next_block()?;
        }
        let byte = self.block.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        byte.ok_or(postcard::Error::DeserializeUnexpectedEnd)
    }

    fn size_hint(&self) -> Option<usize> {
        let here = self.block.len().saturating_sub(self.at);
        usize::try_from(self.left).ok()?.checked_add(here)
    }

    fn try_take_n(&mut self, _: usize) -> postcard::Result<&'de [u8]> {
        self.wrong = Some("its state would borrow from it".to_owned());
        Err(postcard::Error::WontImplement)
    }

    #[inline]
    fn try_take_n_temp<'a>(&'a mut self, count: usize) -> postcard::Result<&'a [u8]>
    where
        'de: 'a,
    {
        if self.block.len().saturating_sub(self.at) >= count {
            return Ok(self.take(count));
        }
        if self.size_hint().is_none_or(|all| all < count) {
            return Err(postcard::Error::DeserializeUnexpectedEnd);
        }
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        while spare.len() < count {
            if self.at >= self.block.len() {
                self.next_block()?;
            }
            let missing = count.saturating_sub(spare.len());
            spare.extend_from_slice(self.take(missing));
        }
        self.spare = spare;
        Ok(&self.spare)
    }

    fn finalize(self) -> postcard::Result<Self> {
        Ok(self)
    }
}
