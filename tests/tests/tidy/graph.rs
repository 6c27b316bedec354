//! Who may know whom: the arrows between crates, and between the rooms inside `domain`.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::{nothing_of, root, tree};

const ROOMS: [&str; 5] = [
    "orders",
    "inventory",
    "allocator",
    "notifier",
    "supplier-gateway",
];

/// For each crate, ours that it may know, then ours that only its tests may know as well. `rooms`
/// stands for the services of all five.
const ALLOWED: [(&str, &str, &str); 24] = [
    // A law holds inventory to the allocator, and arbitrary bytes are played to all rooms.
    ("domain", "", "allocation"),
    ("api", "", ""),
    ("local-nats", "", ""),
    ("allocation", "domain", "audit"),
    ("audit", "domain", ""),
    ("what-if", "domain allocation", "audit"),
    ("event-log", "domain", "local-nats allocation"),
    ("edi", "", ""),
    ("import", "domain api", ""),
    ("chassis", "event-log domain", "local-nats allocation"),
    ("room", "domain event-log api chassis", ""),
    ("orders", SERVICE, FOR_ITS_TESTS),
    ("inventory", SERVICE, FOR_ITS_TESTS),
    ("notifier", SERVICE, FOR_ITS_TESTS),
    ("supplier-gateway", SERVICE, FOR_ITS_TESTS),
    (
        "allocator",
        "domain allocation what-if event-log api chassis room",
        FOR_ITS_TESTS,
    ),
    (
        "testkit",
        "domain allocation audit event-log chassis local-nats api rooms",
        "",
    ),
    ("cluster", "domain chassis rooms", ""),
    (
        "demo",
        "domain audit event-log api chassis cluster import local-nats",
        "",
    ),
    (
        "load",
        "domain event-log api chassis cluster local-nats",
        "",
    ),
    ("study", "domain api chassis demo", ""),
    (
        "backorder",
        "domain allocation audit event-log api chassis cluster demo study import edi load \
         local-nats",
        "",
    ),
    // A client has nothing but the protos.
    (
        "examples",
        "api",
        "domain event-log chassis cluster local-nats",
    ),
    (
        "tests",
        "backorder domain allocation audit what-if event-log api chassis cluster load testkit \
         local-nats rooms",
        "",
    ),
];
const SERVICE: &str = "domain event-log api chassis room";
const FOR_ITS_TESTS: &str = "testkit local-nats";

/// What a crate may know, and what it may know for its tests only.
fn allowed(name: &str) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let crates = |named: &'static str| {
        let mut crates: Vec<&'static str> = named.split_whitespace().collect();
        if crates.contains(&"rooms") {
            crates.extend(ROOMS);
        }
        crates
    };
    let (_, always, for_tests) = ALLOWED.into_iter().find(|(of, ..)| *of == name)?;
    Some((crates(always), crates(for_tests)))
}

struct Arrow {
    from: String,
    to: String,
    ours: bool,
    for_tests: bool,
}

fn short(package: &str) -> String {
    package
        .strip_prefix("backorder-")
        .unwrap_or(package)
        .to_owned()
}

/// Every dependency that a crate of ours declares, as cargo reads it.
fn arrows() -> Vec<Arrow> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut arrows = Vec::new();
    for package in tree["packages"].as_array().unwrap() {
        for to in package["dependencies"].as_array().unwrap() {
            arrows.push(Arrow {
                from: short(package["name"].as_str().unwrap()),
                to: short(to["name"].as_str().unwrap()),
                ours: to["path"].is_string(),
                for_tests: to["kind"] == "dev",
            });
        }
    }
    assert!(
        arrows.len() > 100,
        "cargo named {} dependencies only",
        arrows.len()
    );
    arrows
}

#[test]
fn no_crate_knows_a_crate_that_it_must_not() {
    let mut wrong = Vec::new();
    for Arrow {
        from,
        to,
        for_tests,
        ..
    } in arrows().into_iter().filter(|arrow| arrow.ours)
    {
        match allowed(&from) {
            None => wrong.push(format!(
                "{from}: a new crate; say in graph.rs whom it may know"
            )),
            Some((may, _)) if may.contains(&to.as_str()) => {}
            Some((_, may)) if for_tests && may.contains(&to.as_str()) => {}
            Some(_) => wrong.push(format!("{from} -> {to}")),
        }
    }
    nothing_of(&wrong);
}

#[test]
fn only_the_event_log_knows_jetstream_and_sled() {
    let wrong: Vec<String> = arrows()
        .into_iter()
        .filter(|arrow| {
            ["async-nats", "sled"].contains(&arrow.to.as_str()) && arrow.from != "event-log"
        })
        .map(|arrow| format!("{} -> {}", arrow.from, arrow.to))
        .collect();
    nothing_of(&wrong);
}

#[test]
fn pure_crates_depend_on_what_computes_and_on_nothing_that_acts() {
    let pure = ["domain", "allocation", "audit", "what-if", "edi"];
    let computes = [
        "serde",
        "serde_json",
        "smallvec",
        "jiff",
        "sha2",
        "thiserror",
        "hashbrown",
        "celes",
        "iso_currency",
        "strsim",
        "edifact-rs",
    ];
    let wrong: Vec<String> = arrows()
        .into_iter()
        .filter(|arrow| pure.contains(&arrow.from.as_str()) && !arrow.for_tests)
        .filter(|arrow| {
            !computes.contains(&arrow.to.as_str()) && !pure.contains(&arrow.to.as_str())
        })
        .map(|arrow| format!("{} -> {}", arrow.from, arrow.to))
        .collect();
    nothing_of(&wrong);
}

#[test]
fn a_room_of_the_domain_knows_no_other_room() {
    let modules = ROOMS.map(|room| room.replace('-', "_"));
    let mut wrong = Vec::new();
    for file in tree() {
        let Some(inside) = file.path.strip_prefix("crates/domain/src/") else {
            continue;
        };
        let own = inside.split(['/', '.']).next().unwrap();
        if !modules.iter().any(|room| room == own) {
            continue;
        }
        for other in modules.iter().filter(|room| *room != own) {
            for at in [format!("crate::{other}::"), format!("crate::{other};")] {
                if file.text.contains(&at) {
                    wrong.push(format!("{} knows {other}", file.path));
                }
            }
        }
    }
    nothing_of(&wrong);
}

#[test]
fn every_crate_inherits_the_lints_and_the_version() {
    let mut manifests = BTreeMap::new();
    for file in tree() {
        if file.path.ends_with("/Cargo.toml") {
            manifests.insert(file.path, file.text);
        }
    }
    assert!(manifests.len() >= 13, "{:?}", manifests.keys());
    let mut wrong = Vec::new();
    for (path, text) in manifests {
        for line in ["[lints]\nworkspace = true", "version.workspace = true"] {
            if !text.contains(line) {
                wrong.push(format!("{path} lacks {line:?}"));
            }
        }
        for line in text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_alphabetic()))
        {
            let keyed = line.contains("version = \"") && !line.starts_with("rust-version");
            if keyed && line.contains('{') {
                wrong.push(format!(
                    "{path}: versions live in the root Cargo.toml: {line}"
                ));
            }
        }
    }
    nothing_of(&wrong);
}

/// What stands between `before` and the next `"`, space or `-`, in a file of the root.
fn named_in(file: &str, before: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let (_, after) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{file} does not say {before:?}"));
    after
        .split(['"', ' ', '-', '\n'])
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn every_file_names_the_same_rust_version() {
    let pinned = named_in("rust-toolchain.toml", "channel = \"");
    assert_eq!(pinned.split('.').count(), 3, "{pinned} is not exact");
    assert_eq!(named_in("deploy/Dockerfile", "FROM rust:"), pinned);
    assert_eq!(named_in("deploy/Dockerfile", "RUSTUP_TOOLCHAIN="), pinned);
    let (minor, _patch) = pinned.rsplit_once('.').unwrap();
    assert_eq!(named_in("Cargo.toml", "rust-version = \""), minor);
}
