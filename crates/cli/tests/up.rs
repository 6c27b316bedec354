//! `backorder up` as a person runs it, with what else happens on the machine: others who try the
//! log, a server that is killed, a disk that takes no snapshots.

#![cfg(test)]

mod cell;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cell::Cell;

/// How often a command is asked again, on a machine that does much else, and the pause between.
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(200);

/// Asks until it is answered with success.
fn until(cell: &Cell, words: &[&str]) -> String {
    let mut last = String::new();
    for _ in 0..TRIES {
        let output = cell.ask(words);
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            return said.into_owned();
        }
        last = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
        std::thread::sleep(PAUSE);
    }
    panic!("{words:?}: {last}")
}

/// What a server says to one who has no key and publishes on a subject.
fn tell(nats: &str, subject: &str) -> String {
    let mut server = TcpStream::connect(nats.trim_start_matches("nats://")).unwrap();
    let said = format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} 2\r\n{{}}\r\nPING\r\n");
    server.write_all(said.as_bytes()).unwrap();
    let lines = BufReader::new(server).lines().map(Result::unwrap);
    let heard: Vec<String> = lines.take_while(|line| line != "PONG").collect();
    heard.join("\n")
}

/// Every file and folder under one that others than its user may open.
fn open_to_others(dir: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        if metadata.permissions().mode() & 0o077 != 0 {
            found.push(path.display().to_string());
        }
        if metadata.is_dir() {
            open_to_others(&path, found);
        }
    }
}

#[test]
fn nobody_else_writes_on_its_log_or_deletes_it_or_reads_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let up = Cell::start(&state);
    let checked = until(&up, &["check"]);
    assert!(checked.contains("serves and writes"), "{checked}");
    until(&up, &["location", "define", "main"]);

    for forbidden in [
        "bo.main.inventory",
        "$JS.API.STREAM.DELETE.BO_main",
        "$JS.API.STREAM.PURGE.BO_main",
        "$JS.API.STREAM.UPDATE.BO_main",
        "$JS.API.STREAM.MSG.DELETE.BO_main",
    ] {
        let told = tell(up.nats(), forbidden);
        assert!(
            told.contains("Permissions Violation for Publish"),
            "{forbidden}: {told}"
        );
    }
    let told = tell(up.nats(), "$JS.API.STREAM.INFO.BO_main");
    assert!(!told.contains("Permissions Violation"), "{told}");
    assert!(until(&up, &["location", "list"]).contains("main"));

    let backup = dir.path().join("backup");
    until(&up, &["backup", backup.to_str().unwrap()]);
    let mut found = Vec::new();
    open_to_others(dir.path(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn its_own_server_killed_is_started_again_and_all_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let up = Cell::start(dir.path());
    until(&up, &["location", "define", "main"]);
    let told = std::fs::read_dir(dir.path().join("nats")).unwrap();
    let told = told.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ports = told.into_iter().find(|name| name.ends_with(".ports"));
    let pid = ports
        .unwrap()
        .trim_end_matches(".ports")
        .rsplit('_')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
            .success()
    );

    let checked = until(&up, &["check"]);
    assert!(checked.contains("serves and writes"), "{checked}");
    until(&up, &["location", "define", "second"]);
    assert!(until(&up, &["location", "list"]).contains("main"));
}

#[test]
fn a_disk_that_takes_no_snapshots_stops_no_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("snapshots"), "no folder").unwrap();
    let up = Cell::start(dir.path());
    until(&up, &["location", "define", "main"]);
    let checked = until(&up, &["check"]);
    assert!(checked.contains("serves and writes"), "{checked}");
}
