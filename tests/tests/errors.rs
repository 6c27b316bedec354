//! `docs/errors.md` names every reason code that a service can answer with, as the code has it.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use chassis::{MACHINERY, code};
use domain::decider::{Decider, Refusal, RefusalRow, Room};

/// All after this line is made from the code.
const GENERATED: &str = "<!-- From here on as the code has it; tests/tests/errors.rs compares. -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn refusals() -> Vec<(&'static str, &'static [RefusalRow])> {
    fn of<D: Decider>() -> (&'static str, &'static [RefusalRow]) {
        (D::ROOM.token(), D::Refusal::TABLE)
    }
    vec![
        of::<domain::orders::Orders>(),
        of::<domain::inventory::Inventory>(),
        of::<allocation::Allocator>(),
        of::<domain::notifier::Notifier>(),
        of::<domain::supplier_gateway::SupplierGateway>(),
        ("allocator, in WhatIf", what_if::WhatIfRefusal::TABLE),
        (
            "allocator, the service itself",
            allocator::ServiceRefusal::TABLE,
        ),
        ("any service that is watched", chassis::WatchRefusal::TABLE),
    ]
}

/// A status as gRPC writes it: `FAILED_PRECONDITION`.
fn upper_snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

/// The arguments of a call, by the text after its opening bracket.
fn arguments(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for letter in text.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth = depth.saturating_add(1),
            ')' | '}' | ']' if !quoted && depth == 0 => break,
            ')' | '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        if letter == ',' && !quoted && depth == 0 {
            found.push(String::new());
        } else {
            found.last_mut().unwrap().push(letter);
        }
    }
    found
        .iter()
        .map(|argument| argument.trim().to_owned())
        .collect()
}

fn literal(argument: &str) -> Option<&str> {
    argument.strip_prefix('"')?.strip_suffix('"')
}

#[derive(Default)]
struct ReadReason {
    rooms: BTreeSet<&'static str>,
    fields: BTreeSet<String>,
    remedies: BTreeSet<String>,
}

/// Whose the reasons are that every service's door may give.
const ANY: &str = "any service";

/// The sources that read requests, with the service that each is of.
fn readers() -> Vec<(&'static str, PathBuf)> {
    let crates = root().join("crates");
    let mut readers = vec![
        (ANY, crates.join("chassis/src/wire.rs")),
        (ANY, crates.join("room/src/lib.rs")),
    ];
    for room in Room::ALL.map(Room::token) {
        let mut sources = Vec::new();
        sources_below(&crates.join(room).join("src"), &mut sources);
        readers.extend(sources.into_iter().map(|path| (room, path)));
    }
    readers
}

fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// What services say while they read a request: every call of `invalid` in their sources.
fn said_while_reading() -> BTreeMap<String, ReadReason> {
    let mut reasons = BTreeMap::<String, ReadReason>::new();
    for (room, path) in readers() {
        let source = fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for call in source.split("invalid(").skip(1) {
            let call = arguments(call);
            let Some(reason) = call.get(1).and_then(|argument| literal(argument)) else {
                panic!(
                    "{room}: the reason of invalid({}) is no literal",
                    call.join(", ")
                );
            };
            let row = reasons.entry(reason.to_owned()).or_default();
            row.rooms.insert(room);
            row.fields
                .extend(literal(&call[0]).map(|field| format!("`{field}`")));
            row.remedies.extend(literal(&call[3]).map(str::to_owned));
        }
    }
    reasons
}

fn joined(set: &BTreeSet<String>, if_empty: &str) -> String {
    if set.is_empty() {
        return if_empty.to_owned();
    }
    set.iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ")
}

fn expected() -> String {
    let mut text = String::from("\n## Any service, about itself and the log\n\n");
    text += "| reason | status | what to do |\n|---|---|---|\n";
    for row in MACHINERY {
        let status = upper_snake(&format!("{:?}", row.code));
        writeln!(text, "| `{}` | `{status}` | {} |", row.reason, row.remedy).unwrap();
    }
    text += "\n## While a request is read\n\nAlways `INVALID_ARGUMENT`.\n\n";
    text += "| reason | service | field | what to do |\n|---|---|---|---|\n";
    for (reason, row) in said_while_reading() {
        let rooms = row.rooms.into_iter().collect::<Vec<_>>().join(", ");
        let fields = joined(&row.fields, "the one named");
        let remedies = joined(&row.remedies, "the message says");
        writeln!(text, "| `{reason}` | {rooms} | {fields} | {remedies} |").unwrap();
    }
    for (room, rows) in refusals().into_iter().filter(|(_, rows)| !rows.is_empty()) {
        writeln!(text, "\n## {room}\n").unwrap();
        text += "| reason | status | field | what to do |\n|---|---|---|---|\n";
        for row in rows {
            let status = upper_snake(&format!("{:?}", code(row.kind)));
            let field = if row.field.is_empty() { "-" } else { row.field };
            writeln!(
                text,
                "| `{}` | `{status}` | `{field}` | {} |",
                row.reason(),
                row.remedy
            )
            .unwrap();
        }
    }
    text.replace("| `-` |", "| |")
}

#[test]
fn every_reason_code_stands_in_the_docs_as_the_code_has_it() {
    let path = root().join("docs/errors.md");
    let docs = fs::read_to_string(&path).unwrap();
    let (prose, tables) = docs
        .split_once(GENERATED)
        .expect("the line that begins the tables");
    let expected = expected();
    if tables.trim() != expected.trim() {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors.md");
        fs::write(&written, format!("{prose}{GENERATED}\n{expected}")).unwrap();
        panic!(
            "docs/errors.md differs from the code; expected it as in {}:\n{expected}",
            written.display()
        );
    }
}

#[test]
fn a_reason_means_one_thing_and_tells_what_to_do() {
    let mut statuses = BTreeMap::<String, String>::new();
    let mut all: Vec<(String, String, bool)> = MACHINERY
        .iter()
        .map(|row| {
            (
                row.reason.to_owned(),
                format!("{:?}", row.code),
                row.remedy.is_empty(),
            )
        })
        .collect();
    all.extend(
        refusals()
            .into_iter()
            .flat_map(|(_, rows)| rows)
            .map(|row| {
                (
                    row.reason(),
                    format!("{:?}", code(row.kind)),
                    row.remedy.is_empty(),
                )
            }),
    );
    let read = said_while_reading();
    assert!(read.contains_key("KEY_MALFORMED"), "{:?}", read.keys());
    for (reason, row) in &read {
        let copied = row.rooms.contains(ANY) && row.rooms.len() > 1;
        assert!(!copied, "{reason} is read by chassis::wire, and again");
    }
    all.extend(
        read.into_keys()
            .map(|reason| (reason, "InvalidArgument".to_owned(), false)),
    );
    for (reason, status, helpless) in all {
        assert!(!helpless, "{reason} does not say what to do");
        let first = statuses
            .entry(reason.clone())
            .or_insert_with(|| status.clone());
        assert_eq!(*first, status, "{reason} has two statuses");
    }
}

/// The families of reasons: the first words or the last ones, and the statuses they come with.
const FAMILIES: &[(&str, &[&str])] = &[
    ("*_MISSING", &["InvalidArgument"]),
    ("*_MALFORMED", &["InvalidArgument"]),
    ("*_OUT_OF_RANGE", &["InvalidArgument"]),
    ("REPEATED_*", &["InvalidArgument"]),
    ("*_CONFLICT", &["InvalidArgument"]),
    ("UNKNOWN_*", &["NotFound"]),
    ("WRONG_*", &["FailedPrecondition"]),
    ("NOTHING_*", &["FailedPrecondition"]),
    ("MORE_THAN_*", &["FailedPrecondition"]),
    ("*_CLOSED", &["FailedPrecondition"]),
    ("*_USED", &["FailedPrecondition"]),
    ("*_LAPSED", &["FailedPrecondition"]),
    ("*_OUTDATED", &["FailedPrecondition"]),
    ("*_IN_WAVE", &["FailedPrecondition"]),
    ("TOO_MANY_*", &["InvalidArgument", "ResourceExhausted"]),
];

/// Refusals of no family.
const OF_NO_FAMILY: [&str; 4] = [
    "PLACED_AT_TOO_OLD",
    "PURCHASE_ORDER_FORGOTTEN",
    "STATUS_NOT_OPEN",
    "STILL_SETTLING",
];

fn belongs(reason: &str, family: &str) -> bool {
    match family.strip_prefix('*') {
        Some(end) => reason.ends_with(end),
        None => reason.starts_with(family.trim_end_matches('*')),
    }
}

/// The reasons of refusals, and of what is refused while a request is read, with their statuses.
fn of_requests() -> Vec<(String, String)> {
    let rows = refusals().into_iter().flat_map(|(_, rows)| rows);
    let refused = rows.map(|row| (row.reason(), format!("{:?}", code(row.kind))));
    let read = said_while_reading().into_keys();
    refused
        .chain(read.map(|reason| (reason, "InvalidArgument".to_owned())))
        .collect()
}

#[test]
fn every_reason_that_refuses_a_request_belongs_to_one_family() {
    let mut wrong = Vec::new();
    for (reason, status) in of_requests() {
        let families: Vec<_> = FAMILIES
            .iter()
            .filter(|(family, _)| belongs(&reason, family))
            .collect();
        match families[..] {
            [] if OF_NO_FAMILY.contains(&reason.as_str()) => {}
            [(_, statuses)] if statuses.contains(&status.as_str()) => {}
            [(family, _)] => wrong.push(format!("{reason} is {status}, unlike others of {family}")),
            [] => wrong.push(format!("{reason} is of no family: see docs/errors.md")),
            _ => wrong.push(format!("{reason} is of two families")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_docs_name_every_family_and_what_is_of_none_and_each_has_a_reason() {
    let docs = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let (prose, _) = docs.split_once(GENERATED).unwrap();
    let reasons = of_requests();
    for (family, _) in FAMILIES {
        assert!(prose.contains(&format!("`{family}`")), "{family}");
        let used = reasons.iter().any(|(reason, _)| belongs(reason, family));
        assert!(used, "no reason is of the family {family}");
    }
    for reason in OF_NO_FAMILY {
        assert!(prose.contains(&format!("`{reason}`")), "{reason}");
        assert!(reasons.iter().any(|(known, _)| known == reason), "{reason}");
    }
}
