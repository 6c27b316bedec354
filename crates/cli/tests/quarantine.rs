//! `backorder quarantine` as an operator runs it: each time real processes, on a real server that
//! somebody else wrote on while they were away.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

mod cell;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use cell::Cell;
use domain::decider::Room;
use domain::event::{Adjusted, Commit};
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, EventLog, JetStreamLog, JetStreamSettings};
use local_nats::{LocalNats, Options};
use serde_json::Value;

/// What a command said, and its exit code.
fn told(output: &Output) -> (i32, String) {
    let (out, err) = (&output.stdout, &output.stderr);
    let said = [String::from_utf8_lossy(out), String::from_utf8_lossy(err)].concat();
    (output.status.code().unwrap(), said)
}

/// On the log that a process kept, while that is away.
fn kept(words: &[&str], state: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backorder"));
    command.args(words).arg("--state").arg(state);
    told(&command.output().unwrap())
}

fn quarantine(revision: u64, more: &[&str], state: &Path) -> (i32, String) {
    let revision = revision.to_string();
    let words = ["quarantine", &revision, "--reason", "ticket 42"];
    kept(&[&words, more].concat(), state)
}

fn well(up: &Cell, words: &[&str]) -> String {
    let (code, said) = told(&up.ask(words));
    assert_eq!(code, 0, "{words:?}: {said}");
    said
}

#[track_caller]
fn says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing: {said}");
    }
}

/// A small shop: an order with stock, and one that waits.
fn trade(up: &Cell) {
    well(up, &["location", "define", "main"]);
    well(
        up,
        &["item", "define", "BOLT", "--backorderable", "1000:60"],
    );
    well(up, &["receive", "BOLT:10", "--at", "main"]);
    for (order, line) in [("o1", "BOLT:3"), ("o2", "BOLT:90")] {
        let placed = [
            "place",
            order,
            "--customer",
            "c1",
            "--line",
            line,
            "--wait",
            "5s",
        ];
        well(up, &placed);
    }
}

const ASKED: [&[&str]; 3] = [
    &["order", "show", "o1"],
    &["order", "show", "o2"],
    &["stock", "BOLT"],
];

/// The kept log's server with no users at all, as it was before it had any.
async fn open_server(state: &Path) -> LocalNats {
    let dir = Some(state.join("nats"));
    LocalNats::start(Options {
        dir,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// Publishes on a subject, as anybody's client would.
fn publish(nats: &LocalNats, subject: &str, body: &str) {
    let mut server = TcpStream::connect(nats.url().trim_start_matches("nats://")).unwrap();
    let length = body.len();
    let said =
        format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {length}\r\n{body}\r\nPING\r\n");
    server.write_all(said.as_bytes()).unwrap();
    let lines = BufReader::new(server).lines().map(Result::unwrap);
    let heard: Vec<String> = lines.take_while(|line| line != "PONG").collect();
    assert!(!heard.join("\n").contains("-ERR"), "{heard:?}");
}

/// Corrects a count, as the inventory would.
async fn adjust(log: &JetStreamLog, change: i64, last: Revision) -> Revision {
    let adjusted = Adjusted {
        adjustment: format!("a{change}").into(),
        sku: "BOLT".into(),
        location: "main".into(),
        change,
        reason: String::new(),
    };
    let commit = Commit {
        as_of: last,
        at: Timestamp::default(),
        events: vec![adjusted.into()],
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).unwrap();
    log.append(Room::Inventory, encoded, last).await.unwrap()
}

async fn log_on(nats: &LocalNats) -> JetStreamLog {
    let settings = JetStreamSettings::new(&nats.url(), "main");
    JetStreamLog::open(settings).await.unwrap()
}

/// Nothing of what it says stands on the log twice, and no process runs on it.
fn does_not_start(state: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backorder"));
    command.args(["up", "--any-ports", "--state"]).arg(state);
    let (code, said) = told(&command.output().unwrap());
    assert_ne!(code, 0, "{said}");
    said
}

/// Another revision is not quarantined, nor this one unasked or without a reason.
fn is_not_quarantined_by_mistake(at: u64, state: &Path) {
    for (revision, code, part) in [
        (at - 1, 1, "is a good commit of"),
        (
            2,
            1,
            "is a good commit of inventory: every room can fold it",
        ),
        (9_000, 2, "no message can be read at revision 9000"),
    ] {
        let (found, said) = quarantine(revision, &["--yes", "--unanswered"], state);
        assert_eq!(found, code, "{said}");
        says(&said, &[part]);
    }
    let (code, said) = quarantine(at, &[], state);
    assert_eq!(code, 2, "{said}");
    says(
        &said,
        &[
            "nobody is there to be asked",
            "--yes",
            "a test script .[2J",
            "It has no hash",
        ],
    );
    let unreasoned = ["quarantine", "9", "--reason", " ", "--yes"];
    assert_eq!(kept(&unreasoned, state).0, 2);
    assert_eq!(kept(&["verify"], state).0, 1);
}

#[tokio::test]
async fn a_strangers_message_is_passed_over_and_all_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (state, second) = (dir.path().join("state"), dir.path().join("second"));
    let up = Cell::start(&state);
    trade(&up);
    let before = ASKED.map(|words| well(&up, words));
    drop(up);
    let nats = open_server(&state).await;
    publish(&nats, "bo.main.orders", "a test script \u{1b}[2J");
    let at = log_on(&nats).await.last(&[Room::Orders]).await.unwrap().0;
    nats.stop().await.unwrap();

    // Nobody reads it, and each says what to do.
    says(&does_not_start(&state), &["`backorder quarantine`"]);
    let (code, said) = kept(&["verify"], &state);
    assert_eq!(code, 1, "{said}");
    says(
        &said,
        &[&format!("revision {at} "), "`backorder quarantine`"],
    );

    is_not_quarantined_by_mistake(at, &state);
    let (code, said) = quarantine(at, &["--yes"], &state);
    assert_eq!(code, 0, "{said}");
    says(&said, &[&format!("Quarantined: revision {at} of orders")]);
    let (code, said) = quarantine(at, &["--yes", "-o", "json"], &state);
    assert_eq!(code, 0, "{said}");
    let again: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&again["already"], &again["recorded_at"]),
        (&true.into(), &(at + 1).into())
    );

    // All is there, and more comes.
    let up = Cell::start(&state);
    assert_eq!(ASKED.map(|words| well(&up, words)), before);
    well(&up, &["receive", "BOLT:100", "--at", "main"]);
    let wait = ["--line", "BOLT:1", "--wait", "5s"];
    well(
        &up,
        &[&["place", "o3", "--customer", "c1"], &wait[..]].concat(),
    );
    says(
        &well(&up, &["check"]),
        &["passed over: revision", "ticket 42"],
    );
    let listed = format!("Passed over is revision {at} of orders, a stranger's message: ticket 42");
    says(
        &well(&up, &["verify"]),
        &["every unit accounted for", &listed],
    );
    well(&up, &["tail", "--from", "1"]);
    well(&up, &["fold", "--room", "orders"]);
    well(&up, &["why", "o2", "--at", &(at + 1).to_string()]);
    let copy = dir.path().join("copy");
    says(&well(&up, &["backup", copy.to_str().unwrap()]), &[&listed]);
    let last = ASKED.map(|words| well(&up, words));
    drop(up);

    // So it is where the backup is put back, and there are no snapshots.
    let (code, said) = kept(&["restore", copy.to_str().unwrap()], &second);
    assert_eq!(code, 0, "{said}");
    says(&said, &[&listed]);
    let up = Cell::start(&second);
    assert_eq!(ASKED.map(|words| well(&up, words)), last);
    well(&up, &["cancel", "o3"]);
}

#[tokio::test]
async fn a_fact_that_cannot_be_is_passed_over_if_nobody_was_answered_by_it() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let up = Cell::start(&state);
    trade(&up);
    let before = ASKED.map(|words| well(&up, words));
    drop(up);
    let nats = open_server(&state).await;
    let log = log_on(&nats).await;
    let last = log.last(&[Room::Inventory]).await.unwrap();
    // More than is there goes, with the hash that follows.
    let at = adjust(&log, -1_000, last).await.0;
    drop(log);
    nats.stop().await.unwrap();
    says(
        &does_not_start(&state),
        &["broke an invariant", "`backorder quarantine`"],
    );
    let (code, said) = kept(&["verify"], &state);
    assert_eq!(code, 1, "{said}");
    says(
        &said,
        &[&format!("from {at}.0 on units do not add up: BOLT at main")],
    );

    let (code, said) = quarantine(at, &["--yes"], &state);
    assert_eq!(code, 1, "{said}");
    says(&said, &["a room cannot fold it", "--unanswered"]);
    assert!(!said.contains("panicked"), "{said}");
    let (code, said) = quarantine(at, &["--yes", "--unanswered"], &state);
    assert_eq!(code, 0, "{said}");

    let up = Cell::start(&state);
    assert_eq!(ASKED.map(|words| well(&up, words)), before);
    well(&up, &["receive", "BOLT:100", "--at", "main"]);
    says(
        &well(&up, &["verify"]),
        &["a fact that cannot be: ticket 42"],
    );
}

#[tokio::test]
async fn two_messages_of_strangers_are_passed_over_in_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let up = Cell::start(&state);
    trade(&up);
    drop(up);
    let nats = open_server(&state).await;
    publish(&nats, "bo.main.notifier", "{}");
    let received = "{\"as_of\":0,\"at\":\"2026-11-22T08:00:00Z\",\"events\":[{\"type\":\
        \"received\",\"receipt\":\"r9\",\"location\":\"main\",\"lines\":[]}]}";
    publish(&nats, "bo.main.notifier", received);
    let last = log_on(&nats).await.last(&[Room::Notifier]).await.unwrap().0;
    publish(&nats, "bo.main.nobody", "{}");
    nats.stop().await.unwrap();
    let (code, said) = quarantine(last, &["--yes"], &state);
    assert_eq!(code, 1, "{said}");
    says(
        &said,
        &[&format!("revision {} stops readers before", last - 1)],
    );
    let (code, said) = quarantine(last + 1, &["--yes"], &state);
    assert_eq!(code, 1, "{said}");
    says(&said, &["stands on bo.main.nobody, which is no room's"]);
    for revision in [last - 1, last] {
        let (code, said) = quarantine(revision, &["--yes"], &state);
        assert_eq!(code, 0, "{said}");
    }
    let up = Cell::start(&state);
    well(&up, &["receive", "BOLT:100", "--at", "main"]);
    let verified = well(&up, &["verify", "-o", "json"]);
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["quarantined"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_fact_that_its_room_has_gone_on_from_is_not_quarantined() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let log = log_on(&nats).await;
    let mut last = Revision(0);
    for change in [15, -1_000, 2] {
        last = adjust(&log, change, last).await;
    }
    for (revision, part) in [
        ("2", "the room has gone on from it at revision 3"),
        ("3", "breaks before revision 3"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backorder"));
        command.args([
            "quarantine",
            revision,
            "--reason",
            "ticket 42",
            "--yes",
            "--unanswered",
        ]);
        let (code, said) = told(&command.args(["--nats", &nats.url()]).output().unwrap());
        assert_eq!(code, 1, "{said}");
        says(&said, &[part]);
    }
    let records = log_on(&nats).await.quarantined();
    assert!(records.is_empty(), "{records:?}");
    nats.stop().await.unwrap();
}
