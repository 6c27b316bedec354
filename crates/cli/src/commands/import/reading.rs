//! How a file is read, as far as the caller says.

use clap::Args;
use domain::ids::{Currency, UnknownZone, Zone};
use import::{Clock, ColumnMap, DateFormat, Decimal, Encoding, Kind, ReadAs, States};

use crate::problem::Problem;
use crate::zone::zone;

/// How cells are found and read; what is not said is told by the file itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading the file")]
pub(super) struct Cells {
    /// A preset, by its name, or FIELD=COLUMN,… [default: chosen by the header]
    #[arg(long, value_name = "COLUMNS")]
    columns: Option<String>,
    /// What separates cells: `,`, `;`, `|` or tab [default: told by the header]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Encoding, such as utf-8, utf-16 or windows-1252; a byte order mark goes before it
    /// [default: utf-8, and what is not as windows-1252]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// What stands before the places of a number: point or comma
    /// [default: as each number can only mean]
    #[arg(long, value_name = "NAME", value_parser = decimal)]
    decimal: Option<Decimal>,
}

impl Cells {
    /// How a file of a kind is read; the rest as in `how`.
    pub fn how(&self, kind: Kind, how: ReadAs) -> Result<ReadAs, Problem> {
        let declared = |text: &String| ColumnMap::declared(kind, text);
        let columns = self.columns.as_ref().map(declared).transpose();
        let columns = columns.map_err(|error| {
            let next = "name a preset, or FIELD=COLUMN,…; --help lists the fields";
            Problem::usage(error.to_string(), "--columns", next)
        })?;
        Ok(ReadAs {
            columns,
            delimiter: self.delimiter,
            encoding: self.encoding,
            decimal: self.decimal,
            ..how
        })
    }
}

/// How days and times are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading the file")]
pub(super) struct Times {
    /// How days are written: dmy, mdy, ymd, or a pattern such as %d.%m.%Y
    /// [default: as each day can only mean]
    #[arg(long, value_name = "FORMAT", value_parser = date_format)]
    date_format: Option<DateFormat>,
    /// Zone of times that name none, such as Europe/Berlin [default: the cell's]
    #[arg(long, value_name = "ZONE", value_parser = named)]
    time_zone: Option<Zone>,
}

impl Times {
    /// The zone of times that name none, if nobody has said which.
    fn zone_by_default(&self) -> Option<&'static Zone> {
        self.time_zone.is_none().then(zone)
    }

    pub fn clock(&self) -> Clock {
        Clock {
            format: self.date_format.clone(),
            zone: self
                .time_zone
                .as_ref()
                .unwrap_or(zone())
                .time_zone()
                .clone(),
        }
    }
}

/// How a file of orders is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading the file")]
pub(super) struct Reading {
    #[command(flatten)]
    cells: Cells,
    #[command(flatten)]
    times: Times,
    /// What the shop's words mean: MEANING=WORD,… with open, paid, partly, done, refunded or
    /// cancelled
    #[arg(long, value_name = "MEANING=WORD", value_parser = states)]
    status: Vec<States>,
    /// Currency of prices where the file names none [default: the columns' own, or EUR]
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<Currency>,
}

impl Reading {
    /// The zone of times that name none, if nobody has said which.
    pub fn zone_by_default(&self) -> Option<&'static Zone> {
        self.times.zone_by_default()
    }

    /// How it is read, orders that the shop is done with as such or not.
    pub fn how(&self, history: bool) -> Result<ReadAs, Problem> {
        let mut all = States::default();
        for states in &self.status {
            all.add(states.clone());
        }
        let how = ReadAs {
            clock: self.times.clock(),
            states: all,
            currency: self.currency,
            history,
            ..ReadAs::default()
        };
        self.cells.how(Kind::Orders, how)
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, &[byte]) if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Ok(byte),
        _ => Err("give one character, or tab".into()),
    }
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    let known = Encoding::for_label(text.as_bytes());
    known.ok_or_else(|| "no encoding has that name; try utf-8, utf-16 or windows-1252".into())
}

fn decimal(text: &str) -> Result<Decimal, String> {
    match text {
        "point" | "." => Ok(Decimal::Point),
        "comma" | "," => Ok(Decimal::Comma),
        _ => Err("say point or comma".into()),
    }
}

fn date_format(text: &str) -> Result<DateFormat, String> {
    match text.to_lowercase().as_str() {
        "dmy" => Ok(DateFormat::Dmy),
        "mdy" => Ok(DateFormat::Mdy),
        "ymd" => Ok(DateFormat::Ymd),
        _ if text.contains('%') => Ok(DateFormat::Pattern(text.to_owned())),
        _ => Err("say dmy, mdy, ymd, or a pattern such as %d.%m.%Y".into()),
    }
}

fn named(text: &str) -> Result<Zone, UnknownZone> {
    Zone::new(text)
}

fn states(text: &str) -> Result<States, String> {
    let mut states = States::default();
    states.declare(text)?;
    Ok(states)
}

fn currency(text: &str) -> Result<Currency, String> {
    let known = Currency::new(text).filter(Currency::is_known);
    known.ok_or_else(|| "is no currency of ISO 4217: give three capital letters".into())
}
