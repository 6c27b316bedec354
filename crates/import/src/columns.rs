//! Which column of a file means what: maps that presets bring or the caller declares.

use csv::ByteRecord;
use domain::ids::Currency;

use crate::fields::{Field, Kind};
use crate::number::{Decimal, is_number};

/// What a file's columns are called, and what its values mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    /// What it is called in messages.
    pub name: String,
    /// What a row of the file tells of.
    pub kind: Kind,
    /// Which column holds what, by its header, whatever its case. Where a field has several, the
    /// first that the file has counts; of a status, all do.
    pub columns: Vec<(Field, String)>,
    /// So many of them, the first, must be there, since the caller named them, or since files
    /// of others have some of them.
    pub named: usize,
    /// A column that the caller named for the price of one unit, though files with that header have
    /// the price of all units of a row in it; it is read so.
    pub of_all: Option<String>,
    /// Only a document whose number begins with this takes back goods; without it, every row
    /// with a negative quantity does.
    pub cancels_with: Option<char>,
    /// A document that names no customer and costs nothing tells of stock that was found.
    pub corrects_stock: bool,
    /// Codes that are no goods, in capitals; one that ends in `*` is a beginning.
    pub no_goods: Vec<String>,
    /// Goods codes differ in case by carelessness only, and are read in capitals.
    pub capitals: bool,
    /// What stands before the places of a number in every such file.
    pub decimal: Option<Decimal>,
    /// What prices are in where the file does not say.
    pub currency: Option<Currency>,
    /// How orders came where the file does not say.
    pub channel: String,
}

/// Why a file's header cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A column that is needed or was named is not in the header.
    #[error("there is no column `{column}` for {field}{near}; the header has: {header}")]
    Missing {
        /// What it is needed for.
        field: &'static str,
        /// What it should be called.
        column: String,
        /// A column that looks like it: `, but Qty looks like it`.
        near: String,
        /// What there is.
        header: String,
    },
    /// A declared map is no preset, and has a part that is not `FIELD=COLUMN`, or an unknown field.
    #[error("`{part}` is no preset ({presets}), and not FIELD=COLUMN with a field of: {fields}")]
    Declared {
        /// The part.
        part: String,
        /// The presets there are.
        presets: String,
        /// The fields there are.
        fields: String,
    },
}

impl ColumnMap {
    /// Whether this code stands for something that is no goods.
    pub(crate) fn is_no_goods(&self, code: &str) -> bool {
        let code = code.to_uppercase();
        self.no_goods
            .iter()
            .any(|listed| match listed.strip_suffix('*') {
                Some(beginning) => code.starts_with(beginning),
                None => code == *listed,
            })
    }
}

/// Where each field stands in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    kind: Kind,
    found: Vec<(Field, usize)>,
    names: Vec<String>,
}

impl Columns {
    /// Finds the map's columns in a header.
    ///
    /// # Errors
    /// [`ColumnError`] when one that is needed, or that the caller named, is not there.
    pub fn resolve(map: &ColumnMap, header: &ByteRecord) -> Result<Self, ColumnError> {
        let names: Vec<String> = header.iter().map(clean).collect();
        let mut found: Vec<(Field, usize)> = Vec::with_capacity(map.columns.len());
        for (number, (field, column)) in map.columns.iter().enumerate() {
            let known = found.iter().any(|(known, _)| known == field);
            if known && *field != Field::Status {
                continue;
            }
            // One that is written exactly so goes before one that differs in case.
            let exact = names.iter().position(|name| name == column);
            let index = exact.or_else(|| {
                let folded = column.to_lowercase();
                names.iter().position(|name| name.to_lowercase() == folded)
            });
            match index {
                Some(index) => found.push((*field, index)),
                None if number < map.named => {
                    return Err(ColumnError::Missing {
                        field: field.name(),
                        column: column.clone(),
                        near: but_looks_like(&names, *field, column),
                        header: names.join(", "),
                    });
                }
                None => {}
            }
        }
        for field in map.kind.fields().iter().copied() {
            if map.kind.needs(field) && !found.iter().any(|(known, _)| *known == field) {
                let header = names.join(", ");
                let column = map.columns.iter().find(|(known, _)| *known == field);
                let column = column.map_or_else(|| field.name().to_owned(), |it| it.1.clone());
                return Err(ColumnError::Missing {
                    near: but_looks_like(&names, field, &column),
                    field: field.name(),
                    column,
                    header,
                });
            }
        }
        Ok(Self {
            kind: map.kind,
            found,
            names,
        })
    }

    /// Columns that are not read, though they look like a field for which the file has none.
    pub(crate) fn overlooked(&self) -> Vec<(Field, String)> {
        let free = self.names.iter().enumerate().filter(|(index, name)| {
            !name.is_empty() && !self.found.iter().any(|(_, known)| known == index)
        });
        let mut overlooked: Vec<(Field, String)> = Vec::new();
        for (_, name) in free {
            let field = self.kind.fields().iter().copied().find(|field| {
                let is_price = matches!(field, Field::Price | Field::LineTotal);
                let known = self.found.iter().any(|(known, _)| {
                    known == field || (is_price && matches!(known, Field::Price | Field::LineTotal))
                });
                !known && looks_like(name, *field)
            });
            if let Some(field) = field
                && !overlooked.iter().any(|(known, _)| *known == field)
            {
                overlooked.push((field, name.clone()));
            }
        }
        overlooked
    }

    /// What a field's column is called in the file.
    pub(crate) fn name(&self, field: Field) -> &str {
        let found = self.found.iter().find(|(known, _)| *known == field);
        let name = found.and_then(|(_, index)| self.names.get(*index));
        name.map_or_else(|| field.name(), String::as_str)
    }

    /// Whether there is a column for a field.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.found.iter().any(|(known, _)| *known == field)
    }

    /// How many cells the header has.
    pub(crate) fn width(&self) -> usize {
        self.names.len()
    }

    /// A record's text for a field; none if it is blank, or if there is no such column.
    pub(crate) fn text(&self, record: &ByteRecord, field: Field) -> Option<String> {
        self.texts(record, field).next()
    }

    /// The texts of all columns of a field that are not blank.
    pub(crate) fn texts<'a>(
        &'a self,
        record: &'a ByteRecord,
        field: Field,
    ) -> impl Iterator<Item = String> + 'a {
        let columns = self.found.iter().filter(move |(known, _)| *known == field);
        columns
            .filter_map(|(_, index)| record.get(*index).map(clean))
            .filter(|text| !text.is_empty())
    }

    /// Whether a cell of the record holds further rows: its quote is not closed where it should be,
    /// and they would be missing from their orders.
    pub(crate) fn swallows(&self, record: &ByteRecord, delimiter: u8) -> bool {
        let quantity = self.found.iter().find(|(it, _)| *it == Field::Quantity);
        let width = self.names.len();
        let is_row = |line: &[u8]| {
            let cells: Vec<&[u8]> = line.split(|byte| *byte == delimiter).collect();
            let Some((_, quantity)) = quantity else {
                return width > 1 && cells.len() == width;
            };
            let units = cells.get(*quantity).map(|cell| clean(cell));
            let units = units.filter(|_| cells.len() >= width);
            units.is_some_and(|units| is_number(units.trim_matches('"')))
        };
        record.iter().any(|cell| {
            let mut lines = cell.split(|byte| matches!(byte, b'\n' | b'\r'));
            lines.next();
            lines.any(is_row)
        })
    }

    /// Whether the record has a cell under each needed column, and none beside the header's.
    pub(crate) fn fits(&self, record: &ByteRecord) -> bool {
        let needed =
            |(field, index): &(Field, usize)| !self.kind.needs(*field) || *index < record.len();
        let beside = record.iter().skip(self.names.len());
        self.found.iter().all(needed) && beside.map(clean).all(|text| text.is_empty())
    }
}

fn but_looks_like(names: &[String], field: Field, column: &str) -> String {
    let letters = bare(column);
    let near = names
        .iter()
        .find(|name| !letters.is_empty() && bare(name) == letters)
        .or_else(|| names.iter().find(|name| looks_like(name, field)));
    near.map_or_else(String::new, |near| format!(", but `{near}` looks like it"))
}

fn looks_like(name: &str, field: Field) -> bool {
    let name = bare(name);
    name == bare(field.name()) || field.alike().contains(&name.as_str())
}

/// Its letters and digits, in lower case.
fn bare(text: &str) -> String {
    let bare = text.chars().filter(|letter| letter.is_alphanumeric());
    bare.flat_map(char::to_lowercase).collect()
}

/// Bytes as text, without space around it. What is no UTF-8 is read as Windows-1252, in which old
/// files are written.
pub(crate) fn clean(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
        }
    };
    text.trim_start_matches('\u{feff}').trim().to_owned()
}
