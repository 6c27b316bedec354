//! A file of rows: CSV in any of the usual encodings, or the same in gzip, told by its first bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ReaderBuilder};
use domain::ids::{Currency, Sku};
use domain::quantity::Measure;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;

use crate::columns::{ColumnError, ColumnMap, Columns, clean};
use crate::fields::{Field, Kind};
use crate::header;
use crate::number::Decimal;
use crate::row::{Asked, Cells, Row};
use crate::state::States;
use crate::when::Clock;

/// The most bytes of one record; a longer one is taken for an unclosed quote.
const MAX_RECORD_BYTES: u64 = 1024 * 1024;
/// What the CSV reader takes at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// What is looked at to find the header.
const HEAD_BYTES: u64 = 64 * 1024;

/// How a file is read, as far as the caller says; the rest is told by the file itself.
#[derive(Debug, Clone, Default)]
pub struct ReadAs {
    /// Which column means what.
    pub columns: Option<ColumnMap>,
    /// What separates cells.
    pub delimiter: Option<u8>,
    /// How its bytes are letters; a byte order mark goes before it.
    pub encoding: Option<&'static Encoding>,
    /// What stands before the places of a number.
    pub decimal: Option<Decimal>,
    /// How times are read.
    pub clock: Clock,
    /// What the shop's words for an order's status mean.
    pub states: States,
    /// What prices are in where the file does not say.
    pub currency: Option<Currency>,
    /// Orders that the shop is done with are told as such, and so are those of which the file does
    /// not say how far they are; else the former are left, and the latter are to be placed.
    pub history: bool,
    /// Items whose quantities are told in a unit or in parts of one; all others are counted in
    /// whole numbers.
    pub measures: BTreeMap<Sku, Measure>,
}

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
        "{} has columns that no preset ({presets}) knows{near}; its header has: {header}",
        path.display()
    )]
    Unrecognised {
        /// Which file.
        path: PathBuf,
        /// The presets there are.
        presets: String,
        /// What is missing for a plain file.
        near: String,
        /// What its header says.
        header: String,
    },
    /// Its header can be cut in several ways.
    #[error("the cells of {} may be separated in several ways", path.display())]
    Delimiter {
        /// Which file.
        path: PathBuf,
    },
    /// A cell may mean two things.
    #[error("{} has a cell that may mean two things", path.display())]
    Asked {
        /// Which file.
        path: PathBuf,
        /// Which cell.
        #[source]
        source: Box<Asked>,
    },
    /// A quote is not closed where it should be.
    #[error(
        "row {row} of {} swallows the rows after it: a quote in it is not closed",
        path.display()
    )]
    Torn {
        /// Which file.
        path: PathBuf,
        /// Which row, from 1.
        row: u64,
    },
    /// Its rows cannot be sorted.
    #[error("temporary files cannot be written or read")]
    Sort(#[source] io::Error),
}

/// Records of a file, one at a time, and how their cells are read.
pub(crate) struct Table {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    pub(crate) cells: Cells,
    delimiter: u8,
    pub(crate) record: ByteRecord,
    /// Which row the record is, from 1.
    pub(crate) row: u64,
    read: Arc<AtomicU64>,
    since: Arc<AtomicU64>,
    stopped: bool,
}

impl Table {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path, kind: Kind, how: ReadAs) -> Result<Self, SourceError> {
        let opened = |source| SourceError::Open {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(opened)?;
        let read = Arc::new(AtomicU64::new(0));
        let since = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            inner: file,
            read: Arc::clone(&read),
        };
        let mut text = decoded(counted, how.encoding, Arc::clone(&since)).map_err(opened)?;
        let mut head = Vec::new();
        text.by_ref()
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .map_err(opened)?;
        let (begin, said) = header::begin(&head);
        let header = head.get(begin..).unwrap_or_default();
        let delimiter = how.delimiter.or(said);
        let delimiter = delimiter.or_else(|| header::delimiter(header, kind, how.columns.as_ref()));
        let delimiter = delimiter.ok_or_else(|| SourceError::Delimiter {
            path: path.to_owned(),
        })?;
        let whole: Box<dyn Read + Send> = Box::new(Cursor::new(header.to_vec()).chain(text));
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(whole);
        let header = reader.byte_headers().map_err(|source| SourceError::Read {
            path: path.to_owned(),
            row: 0,
            source,
        })?;
        let cells = cells(path, kind, &header.clone(), how)?;
        since.store(0, Ordering::Relaxed);
        Ok(Self {
            path: path.to_owned(),
            reader,
            cells,
            delimiter,
            record: ByteRecord::new(),
            row: 0,
            read,
            since,
            stopped: false,
        })
    }

    /// Reads the next record that is not blank; whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, SourceError> {
        while !self.stopped {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {
                    self.since.store(0, Ordering::Relaxed);
                    self.row = self.row.saturating_add(1);
                    if self.record.iter().all(|cell| clean(cell).is_empty()) {
                        continue;
                    }
                    if self.cells.columns.swallows(&self.record, self.delimiter) {
                        self.stopped = true;
                        return Err(SourceError::Torn {
                            path: self.path.clone(),
                            row: self.row,
                        });
                    }
                    return Ok(true);
                }
                Ok(false) => return Ok(false),
                Err(source) => {
                    self.stopped = true;
                    return Err(SourceError::Read {
                        path: self.path.clone(),
                        row: self.row,
                        source,
                    });
                }
            }
        }
        Ok(false)
    }

    /// A cell may mean two things: no row after it is read.
    pub(crate) fn asks(&mut self, source: Asked) -> SourceError {
        self.stopped = true;
        SourceError::Asked {
            path: self.path.clone(),
            source: Box::new(source),
        }
    }

    /// Counts the bytes of the file, as they lie on disk, that were read so far.
    pub(crate) fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

/// Rows of a file of orders, one at a time.
pub struct Source {
    table: Table,
    above: String,
}

impl Source {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`SourceError`] when it cannot be opened, or its header does not fit.
    pub fn open(path: &Path, how: ReadAs) -> Result<Self, SourceError> {
        Ok(Self {
            table: Table::open(path, Kind::Orders, how)?,
            above: String::new(),
        })
    }

    /// How its columns are read.
    pub const fn column_map(&self) -> &ColumnMap {
        &self.table.cells.map
    }

    /// What prices are in where the file does not say.
    pub(crate) fn currency(&self) -> Option<Currency> {
        let cells = &self.table.cells;
        let said = cells.currency.or(cells.map.currency);
        said.or_else(|| Currency::new("EUR"))
    }

    /// Whether what the shop is done with is told as such.
    pub(crate) const fn history(&self) -> bool {
        self.table.cells.history
    }

    /// Columns that are not read, though they look like a field for which the file has none.
    pub fn overlooked(&self) -> Vec<(Field, String)> {
        self.table.cells.columns.overlooked()
    }

    /// Counts the bytes of the file, as they lie on disk, that were read so far.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.table.bytes_read()
    }
}

impl Iterator for Source {
    type Item = Result<Row, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let table = &mut self.table;
        match table.advance() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(error)),
        }
        let row = Row::read(&table.cells, table.row, &table.record, &self.above);
        let row = row.map_err(|asked| table.asks(asked));
        if let Ok(row) = &row {
            row.document().clone_into(&mut self.above);
        }
        Some(row)
    }
}

/// How the cells under a header are read.
fn cells(path: &Path, kind: Kind, header: &ByteRecord, how: ReadAs) -> Result<Cells, SourceError> {
    let declared = how.columns.map(|map| map.completed(header));
    let map = declared.or_else(|| ColumnMap::recognise(kind, header));
    let map = map.ok_or_else(|| {
        let missing = Columns::resolve(&crate::plain::plain(kind), header).err();
        let near = match missing {
            _ if header.is_empty() => " (it is empty)".to_owned(),
            Some(ColumnError::Missing { near, column, .. }) if !near.is_empty() => {
                format!(" (a plain file calls it `{column}`{near})")
            }
            _ => String::new(),
        };
        let names: Vec<String> = header.iter().map(clean).collect();
        SourceError::Unrecognised {
            path: path.to_owned(),
            presets: kind.presets().join(", "),
            near,
            header: names.join(", "),
        }
    })?;
    let columns = Columns::resolve(&map, header).map_err(|source| SourceError::Columns {
        path: path.to_owned(),
        source,
    })?;
    Ok(Cells {
        decimal: how.decimal.or(map.decimal),
        clock: how.clock,
        states: how.states,
        currency: how.currency,
        history: how.history,
        measures: how.measures,
        columns,
        map,
    })
}

/// A file's bytes, unpacked, as UTF-8. What has no byte order mark and was not said to be otherwise
/// goes through as it is.
fn decoded(
    file: impl Read + Send + 'static,
    encoding: Option<&'static Encoding>,
    since: Arc<AtomicU64>,
) -> io::Result<impl Read + Send> {
    let mut raw = BufReader::new(file);
    let zipped = raw.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read + Send> = if zipped {
        Box::new(MultiGzDecoder::new(raw))
    } else {
        Box::new(raw)
    };
    let mut inner = BufReader::new(inner);
    // Half of the bytes of a header in UTF-16 are zero.
    let wide = match inner.fill_buf()? {
        [low, 0, other, 0, ..] if *low > 0 && *other > 0 => Some(UTF_16LE),
        [0, low, 0, other, ..] if *low > 0 && *other > 0 => Some(UTF_16BE),
        _ => None,
    };
    let encoding = encoding.filter(|encoding| *encoding != UTF_8).or(wide);
    let text = DecodeReaderBytesBuilder::new()
        .encoding(encoding)
        .utf8_passthru(true)
        .strip_bom(true)
        .bom_override(true)
        .build(inner);
    Ok(Bounded { inner: text, since })
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
struct Bounded<R> {
    inner: R,
    since: Arc<AtomicU64>,
}

impl<R: Read> Read for Bounded<R> {
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
