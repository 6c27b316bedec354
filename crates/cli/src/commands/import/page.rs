//! What an import says of itself on a screen of 80 columns.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::available::ORDINARY_TIER;
use import::Kind;
use serde_json::json;

use super::account::{Account, Lot};
use super::carry::Ask;
use super::items::Items;
use crate::output::{Format, Out, line, many, table};
use crate::problem::{Exit, Problem};

/// How wide a line may be.
const WIDTH: usize = 80;
/// How many unknown items are shown.
const SHOWN: usize = 12;

/// Tells the sums. Rows that were left make the command fail.
pub(super) fn tell(
    account: &Account,
    items: &Items,
    out: Out,
    ask: Ask,
    took: Duration,
) -> Result<(), Problem> {
    match out.0 {
        Format::Json => out.value(&value(account, items, ask, took)),
        Format::Table => line(&page(account, items, ask, took)),
    }
    judged(account)
}

/// Rows that were left make the command fail.
fn judged(account: &Account) -> Result<(), Problem> {
    let to_mend = account.rows_to_mend();
    if to_mend == 0 {
        return Ok(());
    }
    Err(Problem {
        what: format!("{to_mend} of {} left", many(account.rows, "row")),
        place: String::new(),
        next: "mend what should come in, and run the same file again".into(),
        exit: Exit::Refused,
        said: Box::default(),
    })
}

/// What is called how on the page of a list.
pub(super) struct Words {
    /// Which list.
    pub kind: Kind,
    /// One of what is recorded.
    pub one: &'static str,
    /// What is done with it.
    pub done: &'static str,
    /// The same as a key of the JSON.
    pub key: &'static str,
}

/// Tells what became of a list.
pub(super) fn tell_list(
    account: &Account,
    items: &Items,
    words: &Words,
    out: Out,
    ask: Ask,
    took: Duration,
) -> Result<(), Problem> {
    match out.0 {
        Format::Json => out.value(&list_value(account, items, words, ask, took)),
        Format::Table => {
            let mut lines = rows(account);
            lines.push(wrapped(&list_sums(account, words, ask)));
            if !items.unknown.is_empty() {
                lines.push(wrapped(&named_unknown(items)));
                lines.push("  next: `backorder import items`, then the same file again".to_owned());
            }
            line(&ended(lines, account, took));
        }
    }
    judged(account)
}

fn list_sums(account: &Account, words: &Words, ask: Ask) -> String {
    let some = many(account.placed, words.one);
    let done = words.done;
    let mut sums = match ask {
        Ask::ToRecord => format!("{some} {done}"),
        Ask::ToValidate => format!("{some} would be {done}"),
        Ask::Nobody => return format!("{some} can be read; no service was asked about them"),
    };
    let before = format!("{done} before");
    sums.push_str(&those_there_are(&[
        (account.repeated, before.as_str()),
        (account.unchanged, "as they are already"),
        (account.otherwise, "taken before with other content"),
        (account.refused, "refused"),
    ]));
    sums
}

fn list_value(
    account: &Account,
    items: &Items,
    words: &Words,
    ask: Ask,
    took: Duration,
) -> serde_json::Value {
    json!({
        "input": input(account),
        words.key: {
            "done": account.placed, "repeated": account.repeated,
            "unchanged": account.unchanged, "taken_otherwise": account.otherwise,
            "refused": account.refused,
        },
        "unknown_items": unknown(items),
        "dry_run": ask != Ask::ToRecord,
        "offline": ask == Ask::Nobody,
        "seconds": took.as_secs_f64(),
    })
}

fn input(account: &Account) -> serde_json::Value {
    let left: BTreeMap<&str, u64> = account
        .left
        .iter()
        .map(|(reason, lot)| (reason.code(), lot.rows))
        .collect();
    json!({
        "rows": account.rows, "taken": account.taken, "left": left,
        "to_mend": account.rows_to_mend(),
    })
}

fn unknown(items: &Items) -> serde_json::Value {
    items
        .unknown
        .iter()
        .map(|(sku, near)| json!({ "sku": sku.as_str(), "near": near }))
        .collect()
}

fn value(account: &Account, items: &Items, ask: Ask, took: Duration) -> serde_json::Value {
    json!({
        "input": input(account),
        "orders": {
            "placed": account.placed, "history": account.history,
            "repeated": account.repeated,
            "placed_otherwise": account.otherwise, "refused": account.refused,
        },
        "units": { "ordered": account.units, "taken_back_unmatched": account.units_unmatched },
        "cancellations": account.cancellations,
        "cancellations_repeated": account.cancelled_before,
        "cancellations_refused": account.cancellations_refused,
        "unknown_items": unknown(items),
        "taken_as_standard": { "orders": account.of_other_tier, "tiers": account.other_tiers },
        "dry_run": ask != Ask::ToRecord,
        "offline": ask == Ask::Nobody,
        "seconds": took.as_secs_f64(),
    })
}

/// The page.
fn page(account: &Account, items: &Items, ask: Ask, took: Duration) -> String {
    let mut lines = rows(account);
    lines.push(wrapped(&sums(account, ask)));
    if account.twice > 0 {
        let times = many(account.twice, "time");
        lines.push(wrapped(&format!(
            "{times} of day that the clocks of the zone showed twice: read as the first"
        )));
    }
    if account.of_other_tier > 0 {
        lines.push(wrapped(&other_tiers(account)));
    }
    lines.extend(unknown_items(items));
    ended(lines, account, took)
}

/// Who ranks otherwise than the shop thinks.
fn other_tiers(account: &Account) -> String {
    let tiers = &account.other_tiers;
    let named = tiers.iter().take(SHOWN).map(ToString::to_string);
    let mut named: Vec<String> = named.collect();
    let more = tiers.len().saturating_sub(SHOWN);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    format!(
        "{} taken as {ORDINARY_TIER}, since the ranking rule names no tier {}",
        many(account.of_other_tier, "order"),
        named.join(", ")
    )
}

/// How many rows were taken, and why others were not.
fn rows(account: &Account) -> Vec<String> {
    let left = account.left_rows();
    let mut lines = vec![format!(
        "{}: {} taken, {left} left",
        many(account.rows, "row"),
        account.taken
    )];
    if left > 0 {
        let rows = account.left.iter().map(|(reason, lot)| {
            let meaning = reason.meaning().to_owned();
            vec![lot.rows.to_string(), reason.code().to_owned(), meaning]
        });
        lines.push(table(&["rows", "left as", "since"], rows));
        for lot in account.left.values().filter(|lot| lot.says_more) {
            let Lot {
                row,
                document,
                detail,
                ..
            } = lot;
            let of = if document.is_empty() {
                String::new()
            } else {
                format!(" of {document}")
            };
            lines.push(wrapped(&format!("such as row {row}{of}: {detail}")));
        }
    }
    lines
}

/// The same, with where each row is told, and how long it took.
fn ended(mut lines: Vec<String>, account: &Account, took: Duration) -> String {
    let left = account.left_rows();
    match &account.report {
        Some((path, _)) => lines.push(format!("each row with its reason: {}", path.display())),
        None if left > 0 => lines.push("each row with its reason: --report FILE".to_owned()),
        None => {}
    }
    lines.push(format!("{:.1} s", took.as_secs_f64()));
    lines.join("\n")
}

fn sums(account: &Account, ask: Ask) -> String {
    let mut placed = many(account.placed, "order");
    if account.placed > 0 {
        placed.push_str(&format!(" of {}", many(account.units, "unit")));
    }
    let back = many(account.cancellations, "cancellation");
    let would = match ask {
        Ask::ToRecord => "",
        Ask::ToValidate => "would be ",
        Ask::Nobody => {
            return format!("{placed} and {back} can be read; no service was asked about them");
        }
    };
    let mut sums = format!("{placed} {would}placed");
    let more = [
        (account.history, "kept as history"),
        (account.repeated, "placed before"),
        (account.otherwise, "placed before with other content"),
        (account.refused, "refused"),
    ];
    sums.push_str(&those_there_are(&more));
    let before = account.cancelled_before;
    if account.cancellations > 0 || before > 0 || account.cancellations_refused > 0 {
        let more = [
            (before, "recorded before"),
            (account.cancellations_refused, "refused"),
        ];
        let more = those_there_are(&more);
        sums.push_str(&format!("; {back} {would}recorded{more}"));
    }
    sums
}

fn those_there_are(counts: &[(u64, &str)]) -> String {
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

fn unknown_items(items: &Items) -> Vec<String> {
    if items.unknown.is_empty() {
        return Vec::new();
    }
    vec![
        wrapped(&named_unknown(items)),
        "  next: `backorder item define SKU`, or --define-items CAP:DAYS for all that".to_owned(),
        "  look like no known one; then the same file again".to_owned(),
    ]
}

fn named_unknown(items: &Items) -> String {
    let unknown = items.unknown.keys().take(SHOWN);
    let mut named: Vec<String> = unknown.filter_map(|sku| items.in_words(sku)).collect();
    let more = items.unknown.len().saturating_sub(SHOWN);
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    format!("nobody has defined: {}", named.join(", "))
}

/// Breaks a line between words, and indents what follows the first.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        let width = line.chars().count().saturating_add(word.chars().count());
        if width >= WIDTH && !line.trim().is_empty() {
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let text = wrapped(&"four and ".repeat(30));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(wrapped("short"), "short");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words.len(), 60);
    }
}
