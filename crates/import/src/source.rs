//! A file of rows: CSV, or CSV in gzip, told by its first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ReaderBuilder};
use flate2::read::MultiGzDecoder;

use crate::columns::{ColumnError, ColumnMap, Columns};
use crate::row::Row;

/// The most bytes of one record; a longer one is taken for an unclosed quote.
const MAX_RECORD_BYTES: u64 = 1024 * 1024;
/// What the CSV reader takes at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be opened.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Its header does not fit.
    #[error("the columns of {} cannot be used", path.display())]
    Columns {
        /// Which file.
        path: PathBuf,
        /// What is missing.
        #[source]
        source: ColumnError,
    },
    /// Reading it failed on the way.
    #[error("{} cannot be read on after row {row}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The last row that was read.
        row: u64,
        /// What the reader said.
        #[source]
        source: csv::Error,
    },
    /// None of the presets fits its header.
    #[error(
        "{} has columns that no preset knows ({header}); say which is which with --columns",
        path.display()
    )]
    Unrecognised {
        /// Which file.
        path: PathBuf,
        /// What its header says.
        header: String,
    },
}

/// Rows of a file, one at a time.
pub struct Source {
    path: PathBuf,
    reader: csv::Reader<Bounded>,
    map: ColumnMap,
    columns: Columns,
    record: ByteRecord,
    row: u64,
    read: Arc<AtomicU64>,
    since: Arc<AtomicU64>,
    stopped: bool,
}

impl Source {
    /// Opens a file and reads its header. Without a map, the preset that fits the header.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be opened, or its header does not fit.
    pub fn open(path: &Path, map: Option<ColumnMap>) -> Result<Self, SourceError> {
        let opened = |source| SourceError::Open {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(opened)?;
        let read = Arc::new(AtomicU64::new(0));
        let since = Arc::new(AtomicU64::new(0));
        let mut raw = BufReader::new(Counted {
            inner: file,
            read: Arc::clone(&read),
        });
        let zipped = raw.fill_buf().map_err(opened)?.starts_with(&[0x1f, 0x8b]);
        let inner: Box<dyn Read + Send> = if zipped {
            Box::new(MultiGzDecoder::new(raw))
        } else {
            Box::new(raw)
        };
        let bounded = Bounded {
            inner,
            since: Arc::clone(&since),
        };
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(bounded);
        let failed = |source| SourceError::Read {
            path: path.to_owned(),
            row: 0,
            source,
        };
        let header = reader.byte_headers().map_err(failed)?.clone();
        since.store(0, Ordering::Relaxed);
        let map = map
            .or_else(|| ColumnMap::recognise(&header))
            .ok_or_else(|| {
                let names: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
                SourceError::Unrecognised {
                    path: path.to_owned(),
                    header: names.join(", "),
                }
            })?;
        let columns = Columns::resolve(&map, &header).map_err(|source| SourceError::Columns {
            path: path.to_owned(),
            source,
        })?;
        let (path, record) = (path.to_owned(), ByteRecord::new());
        Ok(Self {
            path,
            reader,
            map,
            columns,
            record,
            row: 0,
            read,
            since,
            stopped: false,
        })
    }

    /// What prices are in where the file does not say, whatever its columns' preset says.
    #[must_use]
    pub fn in_currency(mut self, currency: &str) -> Self {
        self.map.currency = currency.to_owned();
        self
    }

    /// How its columns are read.
    pub const fn map(&self) -> &ColumnMap {
        &self.map
    }

    /// Counts the bytes of the file, as they lie on disk, that were read so far.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

impl Iterator for Source {
    type Item = Result<Row, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.stopped {
            return None;
        }
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {
                self.since.store(0, Ordering::Relaxed);
                self.row = self.row.saturating_add(1);
                Some(Ok(Row::read(
                    &self.map,
                    &self.columns,
                    self.row,
                    &self.record,
                )))
            }
            Ok(false) => None,
            Err(source) => {
                self.stopped = true;
                Some(Err(SourceError::Read {
                    path: self.path.clone(),
                    row: self.row,
                    source,
                }))
            }
        }
    }
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read
            .fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
        Ok(count)
    }
}

/// Ends a record that has no end: without it, one stray quote would read a whole file into
/// memory.
struct Bounded {
    inner: Box<dyn Read + Send>,
    since: Arc<AtomicU64>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.load(Ordering::Relaxed) > MAX_RECORD_BYTES {
            return Err(io::Error::other(format!(
                "a record is longer than {MAX_RECORD_BYTES} bytes; is a quote not closed?"
            )));
        }
        let count = self.inner.read(buffer)?;
        self.since
            .fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
        Ok(count)
    }
}
