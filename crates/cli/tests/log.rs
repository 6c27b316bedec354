//! The operator's commands for a log that is damaged, copied, put back or gone: each as a process,
//! on a real server whose files are changed while it is away.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use domain::decider::Room;
use domain::event::{Adjusted, Commit};
use domain::ids::{Revision, Timestamp};
use event_log::{Encoded, EventLog, JetStreamLog, JetStreamSettings};
use local_nats::{LocalNats, Options};
use serde_json::Value;

const EMPTY: [(&str, &str); 0] = [];

fn backorder() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backorder"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BACKORDER_")) {
        command.env_remove(name);
    }
    command
}

/// What a command said, and its exit code.
fn told(output: &Output) -> (i32, String) {
    let (out, err) = (&output.stdout, &output.stderr);
    let said = [String::from_utf8_lossy(out), String::from_utf8_lossy(err)].concat();
    (output.status.code().unwrap(), said)
}

fn run_with(args: &[&str], nats: &str, env: &[(&str, &str)]) -> (i32, String) {
    let mut command = backorder();
    command.args(args).args(["--nats", nats]);
    told(&command.envs(env.iter().copied()).output().unwrap())
}

fn run(args: &[&str], nats: &str) -> (i32, String) {
    run_with(args, nats, &EMPTY)
}

/// On the log that a process kept, while that is away.
fn kept(args: &[&str], state: &Path) -> (i32, String) {
    let mut command = backorder();
    command.args(args).arg("--state").arg(state);
    told(&command.output().unwrap())
}

/// All five services and their server, as one process.
struct Up {
    child: Child,
    nats: String,
    ports: Vec<(String, String)>,
}

impl Up {
    fn command(state: &Path) -> Command {
        let mut command = backorder();
        command.args(["up", "--any-ports", "-o", "json", "--state"]);
        command.arg(state);
        command
    }

    fn start(state: &Path) -> Self {
        let mut command = Self::command(state);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut first).unwrap();
        let told: Value = serde_json::from_str(&first).unwrap();
        let services = told["services"].as_object().unwrap();
        let port = |(room, url): (&String, &Value)| {
            let room = room.replace('-', "_").to_uppercase();
            let port = url.as_str().unwrap().rsplit(':').next().unwrap().to_owned();
            (format!("BACKORDER_GRPC_{room}_PORT"), port)
        };
        Self {
            child,
            nats: told["nats"].as_str().unwrap().to_owned(),
            ports: services.iter().map(port).collect(),
        }
    }

    fn ask(&self, args: &[&str]) -> (i32, String) {
        let mut command = backorder();
        command.args(args).args(["--nats", &self.nats]);
        let ports = self.ports.iter().map(|(name, port)| (name, port));
        told(&command.envs(ports).output().unwrap())
    }

    fn well(&self, args: &[&str]) -> String {
        let (code, said) = self.ask(args);
        assert_eq!(code, 0, "{args:?}: {said}");
        said
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success());
    }
}

/// A small shop: orders, one of which waits, and stock.
fn trade(up: &Up) {
    up.well(&["location", "define", "main"]);
    up.well(&["item", "define", "BOLT", "--backorderable", "1000:60"]);
    up.well(&["receive", "BOLT:10", "--at", "main"]);
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
        up.well(&placed);
    }
}

fn files(dir: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut dirs = vec![dir.to_owned()];
    let mut found = Vec::new();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.to_string_lossy().ends_with(wanted) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Changes one byte of the log where a text stands that all of it has once.
fn flip(store: &Path, text: &str) {
    for path in files(store, ".blk") {
        let mut bytes = fs::read(&path).unwrap();
        let mut found = bytes.windows(text.len());
        if let Some(at) = found.position(|part| part == text.as_bytes()) {
            let last = at + text.len() - 1;
            bytes[last] ^= 1;
            return fs::write(&path, bytes).unwrap();
        }
    }
    panic!("{text} is in no block");
}

async fn server(dir: &Path) -> LocalNats {
    let options = Options {
        dir: Some(dir.to_owned()),
        ..Options::default()
    };
    LocalNats::start(options).await.unwrap()
}

fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing: {said}");
    }
}

#[test]
fn what_was_backed_up_comes_back_on_an_empty_server_and_the_services_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let copy = dir.path().join("copy");
    let copied = copy.to_str().unwrap();
    let up = Up::start(&first);
    trade(&up);
    let whole = up.well(&["verify"]);
    assert_says(
        &whole,
        &[
            "The log is whole: revisions 1 to",
            "every unit accounted for",
        ],
    );
    assert!(
        whole.lines().all(|line| line.chars().count() < 80),
        "{whole}"
    );
    let later = up.well(&["verify", "--from", "3", "-o", "json"]);
    let later: Value = serde_json::from_str(&later).unwrap();
    assert_eq!(
        (&later["from"], &later["units_counted"]),
        (&3.into(), &false.into())
    );
    let (code, said) = up.ask(&["verify", "--from", "900"]);
    assert_eq!(code, 2, "{said}");

    let said = up.well(&["backup", copied]);
    assert_says(&said, &["The log is whole", "Backed up to"]);
    let (code, said) = up.ask(&["backup", copied]);
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["is there already"]);
    let (code, said) = up.ask(&["restore", copied]);
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["there is a stream BO_main already"]);
    let asked: [&[&str]; 3] = [&["order", "show", "o1"], &["why", "o2"], &["stock", "BOLT"]];
    let before = asked.map(|args| up.well(args));
    up.stop();

    let (code, said) = kept(&["restore", copied], &second);
    assert_eq!(code, 0, "{said}");
    assert_says(&said, &["The log is whole", "Restored from"]);
    let (code, said) = kept(&["restore", copied], &second);
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["move its folder `nats` away first"]);
    // A room that had read all of it is content with what came back.
    fs::create_dir_all(second.join("marks")).unwrap();
    for mark in files(&first.join("marks"), ".json") {
        let name = mark.file_name().unwrap();
        fs::copy(&mark, second.join("marks").join(name)).unwrap();
    }
    let up = Up::start(&second);
    assert_eq!(asked.map(|args| up.well(args)), before);
    up.well(&["receive", "BOLT:100", "--at", "main"]);
    up.well(&["order", "show", "o2"]);
    up.well(&["verify"]);
    up.stop();
}

#[tokio::test]
async fn half_a_backup_is_told_from_a_whole_one() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(&dir.path().join("state"));
    trade(&up);
    let copy = dir.path().join("copy");
    up.well(&["backup", copy.to_str().unwrap(), "--untried"]);
    up.stop();
    let nats = server(&dir.path().join("other")).await;
    let content = copy.join("stream.tar.s2");
    let whole = fs::read(&content).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for bad in [&whole[..whole.len() - 1], &flipped] {
        fs::write(&content, bad).unwrap();
        let (code, said) = run(&["restore", copy.to_str().unwrap()], &nats.url());
        assert_eq!(code, 1, "{said}");
        assert_says(&said, &["is no whole backup"]);
    }
    fs::write(&content, whole).unwrap();
    fs::rename(copy.join("backorder.json"), dir.path().join("note")).unwrap();
    let (code, said) = run(&["restore", copy.to_str().unwrap()], &nats.url());
    assert_eq!(code, 1, "{said}");
    fs::rename(dir.path().join("note"), copy.join("backorder.json")).unwrap();
    let cell = [("BACKORDER_NATS_CELL", "other")];
    let (code, said) = run_with(&["restore", copy.to_str().unwrap()], &nats.url(), &cell);
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["the backup is of the stream BO_main"]);
    // Nothing was put back of any of them.
    let (code, said) = run(&["restore", copy.to_str().unwrap()], &nats.url());
    assert_eq!(code, 0, "{said}");
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn a_damaged_log_is_named_by_verify_and_check_and_their_cure_helps() {
    let dir = tempfile::tempdir().unwrap();
    let (state, copy) = (dir.path().join("state"), dir.path().join("copy"));
    let copied = copy.to_str().unwrap();
    let up = Up::start(&state);
    trade(&up);
    up.well(&["backup", copied, "--untried"]);
    up.stop();
    // The last commit of orders: the server passes over it without a word.
    flip(&state.join("nats"), "\"order\":\"o2\"");
    let nats = server(&state.join("nats")).await;
    let (code, said) = run(&["verify"], &nats.url());
    assert_eq!(code, 1, "{said}");
    assert_says(
        &said,
        &[
            "revision ",
            "next:  keep the NATS store",
            "backorder restore",
        ],
    );
    let (code, said) = run(&["check"], &nats.url());
    assert_eq!(code, 1, "{said}");
    assert_says(
        &said,
        &[
            "`backorder verify` names the first damage",
            "mend the log first",
        ],
    );
    assert!(!said.contains("start it with `backorder up`"), "{said}");
    nats.stop().await.unwrap();
    let ended = Up::command(&state).output().unwrap();
    let (code, said) = told(&ended);
    assert_ne!(code, 0, "{said}");
    // Its answers are JSON, and so are its errors.
    assert_says(&said, &["\"error\"", "backorder restore"]);
    let (code, said) = kept(&["verify"], &state);
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["lost commits that were acknowledged"]);

    // The store is kept, and the backup goes on a new one.
    fs::rename(state.join("nats"), state.join("damaged")).unwrap();
    let nats = server(&state.join("nats")).await;
    let (code, said) = run(&["check"], &nats.url());
    assert_eq!(code, 1, "{said}");
    assert_says(&said, &["`backorder restore DIR` puts a backup back"]);
    // Nor do services make an empty one of it.
    let env = [("BACKORDER_STATE_DIR", state.to_str().unwrap())];
    let (code, said) = run_with(&["run", "orders"], &nats.url(), &env);
    assert_ne!(code, 0, "{said}");
    assert_says(&said, &["the log is gone"]);
    let (code, said) = run(&["restore", copied], &nats.url());
    assert_eq!(code, 0, "{said}");
    nats.stop().await.unwrap();
    let up = Up::start(&state);
    up.well(&["order", "show", "o2"]);
    up.well(&["check"]);
    up.stop();
}

#[tokio::test]
async fn units_that_do_not_add_up_are_told_with_the_first_revision_where_they_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let nats = server(dir.path()).await;
    let settings = JetStreamSettings::new(&nats.url(), "main");
    let log = JetStreamLog::open(settings).await.unwrap();
    let mut last = Revision(0);
    // In the end there are units again.
    for (sku, change, code) in [
        ("BOLT", 15, 0),
        ("NUT", 2, 0),
        ("BOLT", -1_000, 1),
        ("NUT", -9, 1),
        ("BOLT", 2_000, 1),
    ] {
        let adjusted = Adjusted {
            adjustment: format!("a{change}").into(),
            sku: sku.into(),
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
        last = log.append(Room::Inventory, encoded, last).await.unwrap();
        let (found, said) = run(&["verify"], &nats.url());
        assert_eq!(found, code, "{said}");
        if code == 1 {
            let first = "from 3.0 on units do not add up: BOLT at main: more left than was there";
            assert_says(&said, &[first, "adjusted: -985"]);
        }
    }
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn a_log_whose_only_commit_cannot_be_read_is_not_said_to_be_empty() {
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(dir.path());
    up.well(&["location", "define", "main"]);
    up.stop();
    let store = dir.path().join("nats");
    flip(&store, "\"location\":\"main\"");
    let nats = server(&store).await;
    for command in ["verify", "check"] {
        let (code, said) = run(&[command], &nats.url());
        assert_eq!(code, 1, "{said}");
        assert_says(&said, &["revision 1 ", "backorder restore"]);
    }
    nats.stop().await.unwrap();
}

#[tokio::test]
async fn a_log_cut_where_neither_index_nor_snapshots_tell_does_not_start_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let up = Up::start(&state);
    trade(&up);
    for number in 0..30 {
        let receipt = format!("r{number}");
        up.well(&["receive", "BOLT:1", "--at", "main", "--id", &receipt]);
    }
    up.stop();
    let store = state.join("nats");
    for index in files(&store, "index.db") {
        fs::remove_file(index).unwrap();
    }
    fs::remove_dir_all(state.join("snapshots")).unwrap();
    let block = files(&store, ".blk").pop().unwrap();
    let file = fs::OpenOptions::new().write(true).open(block).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
    drop(file);
    let (code, said) = told(&Up::command(&state).output().unwrap());
    assert_ne!(code, 0, "{said}");
    assert_says(
        &said,
        &[
            "lost commits that were acknowledged",
            "marks",
            "backorder restore",
        ],
    );
    let nats = server(&store).await;
    let env = [("BACKORDER_STATE_DIR", state.to_str().unwrap())];
    for command in ["verify", "check"] {
        let (code, said) = run_with(&[command], &nats.url(), &env);
        assert_eq!(code, 1, "{said}");
        assert_says(&said, &["lost commits that were acknowledged"]);
    }
    // Where nothing was noted nobody can tell.
    let (code, said) = run(&["verify"], &nats.url());
    assert_eq!(code, 0, "{said}");
    nats.stop().await.unwrap();
}
