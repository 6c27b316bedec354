//! What a command answers: a table for people, JSON for scripts.

use std::io::Write;
use std::sync::OnceLock;

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use domain::ids::Timestamp;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use crate::zone;

/// How answers are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// JSON for scripts; field names are those of the protos.
    Json,
}

/// Where answers go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out(pub Format);

impl Out {
    /// Writes one message, as JSON or as what `words` makes of it.
    pub fn show<M: Message + Name>(self, message: &M, words: impl FnOnce(&M) -> String) {
        match self.0 {
            Format::Table => {
                line(&words(message));
                zone::say();
            }
            Format::Json => self.value(&json(message)),
        }
    }

    /// Writes a JSON value.
    pub fn value(self, value: &Value) {
        line(&serde_json::to_string_pretty(value).unwrap_or_default());
    }

    /// Writes one message of a stream: a line of JSON, or words.
    pub fn next<M: Message + Name>(self, message: &M, words: impl FnOnce(&M) -> String) {
        match self.0 {
            Format::Table => {
                line(&words(message));
                zone::say();
            }
            Format::Json => line(&json(message).to_string()),
        }
    }

    /// Writes a listing under its name, with the revision that it is as of.
    pub fn list<M: Message + Name>(
        self,
        name: &str,
        listing: &Listing<M>,
        columns: &[&str],
        row: impl Fn(&M) -> Vec<String>,
    ) {
        match self.0 {
            Format::Json => self.value(&listed(name, listing)),
            Format::Table if listing.items.is_empty() => eprintln!("no {}", name.replace('_', " ")),
            Format::Table => {
                line(&table(columns, listing.items.iter().map(row)));
                zone::say();
                if let Some(more) = more(listing) {
                    eprintln!("{more}");
                }
            }
        }
    }
}

/// Items that were listed.
pub(crate) struct Listing<M> {
    pub items: Vec<M>,
    /// Where the rest begins; empty if there is none.
    pub next: String,
    pub revision: u64,
    /// What is told of all of them, beside these.
    pub totals: Vec<(&'static str, u64)>,
    /// What is to be given again for the rest, such as `--at 57`.
    pub again: Option<String>,
}

fn listed<M: Message + Name>(name: &str, listing: &Listing<M>) -> Value {
    let items: Vec<Value> = listing.items.iter().map(json).collect();
    let mut listed = serde_json::json!({
        name: items,
        "next_page_token": listing.next,
        "revision": listing.revision,
    });
    if let Some(fields) = listed.as_object_mut() {
        let totals = listing.totals.iter();
        fields.extend(totals.map(|(name, total)| ((*name).to_owned(), (*total).into())));
    }
    listed
}

/// How the rest of a listing is asked for.
fn more<M>(listing: &Listing<M>) -> Option<String> {
    let again = listing.again.iter().map(|again| format!(" {again}"));
    let again: String = again.collect();
    (!listing.next.is_empty()).then(|| format!("there is more: --after {}{again}", listing.next))
}

/// Writes a line. Whoever reads may have had enough (`| head`): then there is nobody to tell.
pub(crate) fn line(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _nobody_reads = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// A table without lines, so that `awk` and `grep` read it too. On a terminal it is no wider than
/// that: what does not fit stands below in its column. Elsewhere a row is one line.
pub(crate) fn table<R: IntoIterator<Item = Vec<String>>>(columns: &[&str], rows: R) -> String {
    table_of(columns, rows, terminal_columns())
}

/// How wide the terminal is that answers are written to, if it is one.
fn terminal_columns() -> Option<u16> {
    let stdout = std::io::stdout();
    let (columns, _) = terminal_size::terminal_size_of(&stdout)?;
    Some(columns.0)
}

fn table_of<R: IntoIterator<Item = Vec<String>>>(
    columns: &[&str],
    rows: R,
    width: Option<u16>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        // One more, since the first column begins with a blank that is taken off.
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width.saturating_add(1)),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.set_header(columns.iter().map(|column| column.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().trim_start_matches(' ').to_owned())
        .collect();
    lines.join("\n")
}

/// A message as JSON, by the protos' own field names, with 64-bit numbers as numbers.
pub(crate) fn json<M: Message + Name>(message: &M) -> Value {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    let pool =
        POOL.get_or_init(|| DescriptorPool::decode(api::FILE_DESCRIPTOR_SET).unwrap_or_default());
    let options = SerializeOptions::new()
        .skip_default_fields(false)
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false);
    pool.get_message_by_name(&M::full_name())
        .and_then(|shape| DynamicMessage::decode(shape, message.encode_to_vec().as_slice()).ok())
        .and_then(|dynamic| {
            dynamic
                .serialize_with_options(serde_json::value::Serializer, &options)
                .ok()
        })
        .unwrap_or_default()
}

/// A proto enum's name in words: `ORDER_STATUS_PARTLY_SHIPPED` is `partly shipped`.
pub(crate) fn word(name: &str, prefix: &str) -> String {
    match name.strip_prefix(prefix).unwrap_or(name) {
        "UNSPECIFIED" => "-".into(),
        name => name.to_lowercase().replace('_', " "),
    }
}

/// A time to the minute, in the cell's zone; `-` if there is none.
pub(crate) fn minute(time: Option<&prost_types::Timestamp>) -> String {
    time.map_or_else(|| "-".into(), |time| zone::minute(moment(time)))
}

/// The domain's time of a message's.
fn moment(time: &prost_types::Timestamp) -> Timestamp {
    let ms = time
        .seconds
        .saturating_mul(1_000)
        .saturating_add(i64::from(time.nanos) / 1_000_000);
    Timestamp::from_ms(ms)
}

/// The most columns that a sentence takes; a word that is longer stands alone.
const COLUMNS: usize = 80;

/// A text in lines of at most 80 columns: `first` before the first one, `rest` before all others.
pub(crate) fn wrapped(first: &str, rest: &str, text: &str) -> String {
    let mut lines = first.to_owned();
    let mut column = first.chars().count();
    let mut begins = true;
    for word in text.split(' ') {
        let width = word.chars().count();
        if !begins && column.saturating_add(width) >= COLUMNS {
            lines.push('\n');
            lines.push_str(rest);
            column = rest.chars().count();
        } else if !begins {
            lines.push(' ');
            column = column.saturating_add(1);
        }
        lines.push_str(word);
        column = column.saturating_add(width);
        begins = false;
    }
    lines
}

/// A count of things: `1 unit`, `2 units`, `2 entries`.
pub(crate) fn many(count: impl Into<u64>, what: &str) -> String {
    let count = count.into();
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        (_, _) => format!("{count} {what}s"),
    }
}

/// How a command's answer ends: where it stands, and whether it stood there before.
pub(crate) fn recorded(revision: u64, repeated: bool) -> String {
    if repeated {
        format!("recorded before, at revision {revision}; nothing new")
    } else {
        format!("recorded at revision {revision}")
    }
}

/// The same of a command that may have been only validated.
pub(crate) fn decided(revision: u64, repeated: bool, validated: bool) -> String {
    if validated && !repeated {
        format!("would be recorded, as of revision {revision}; nothing is")
    } else {
        recorded(revision, repeated)
    }
}

#[cfg(test)]
mod tests {
    use api::orders::v1::{Order, OrderStatus};
    use chassis::wire::stamp;

    use super::*;

    #[test]
    fn json_has_the_protos_names_and_every_field() {
        let status = OrderStatus::Reserved.into();
        let time = stamp(Timestamp::from_ms(1_291_191_960_123));
        let order = Order {
            order_id: "o1".into(),
            status,
            placed_at: Some(time),
            ..Default::default()
        };
        let value = json(&order);
        assert_eq!(value["order_id"], "o1");
        assert_eq!(value["status"], "ORDER_STATUS_RESERVED");
        assert_eq!(value["placed_at"], "2010-12-01T08:26:00.123Z");
        assert_eq!(value["lines"], serde_json::json!([]));
    }

    #[test]
    fn a_listing_says_how_to_ask_for_the_rest() {
        let listing = Listing::<Order> {
            items: Vec::new(),
            next: "t7".into(),
            revision: 57,
            totals: vec![("total_units", 9)],
            again: Some("--at 57".into()),
        };
        let expected = serde_json::json!({
            "orders": [],
            "next_page_token": "t7",
            "revision": 57,
            "total_units": 9,
        });
        assert_eq!(listed("orders", &listing), expected);
        let rest = "there is more: --after t7 --at 57";
        assert_eq!(more(&listing).as_deref(), Some(rest));
        let next = String::new();
        assert_eq!(more(&Listing { next, ..listing }), None);
    }

    #[test]
    fn a_table_fits_its_terminal_and_is_cut_nowhere_else() {
        let error = "451 4.7.1 the mail server of the other side asks to try again later";
        let row = ["o1", "backordered", "pending", "anna@shop.example", error];
        let rows = || [row.map(str::to_owned).to_vec()];
        let columns = ["order", "kind", "state", "to", "error"];
        let wide = table_of(&columns, rows(), None);
        assert_eq!(wide.lines().count(), 2);
        let fit = table_of(&columns, rows(), Some(80));
        assert!(fit.lines().all(|line| line.chars().count() <= 80), "{fit}");
        assert!(fit.lines().count() > 2, "{fit}");
        let words = |text: &str| -> Vec<String> {
            let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(words(&fit), words(&wide));
        let narrow = table_of(&["a"], [vec!["b".to_owned()]], Some(80));
        assert_eq!(narrow, "A\nb");
    }

    #[test]
    fn words_are_for_people() {
        assert_eq!(
            word("ORDER_STATUS_PARTLY_SHIPPED", "ORDER_STATUS_"),
            "partly shipped"
        );
        let time = stamp(Timestamp::from_ms(-1));
        assert_eq!(minute(Some(&time)), "1969-12-31 23:59");
        assert_eq!(moment(&time).as_ms(), -1);
    }
}
