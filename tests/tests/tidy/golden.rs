//! What only grows: golden events, and the history that snapshots are pinned by. What git has
//! seen of them stays as it is.

use std::process::Command;

use crate::{nothing_of, root};

const EVENTS: &str = "crates/domain/events";
const HISTORY: &str = "crates/testkit/tests/shapes/history.txt";

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Prints why nothing was compared; a source archive has no history to compare with.
fn has_history() -> bool {
    match git(&["rev-parse", "--is-shallow-repository"])
        .as_deref()
        .map(str::trim)
    {
        Some("false") => true,
        Some("true") => {
            println!("a shallow clone: only its few commits are compared");
            true
        }
        _ => {
            println!("no git history here: nothing was compared with what it was before");
            false
        }
    }
}

#[test]
fn a_golden_event_is_never_changed_or_removed() {
    if !has_history() {
        return;
    }
    let in_history = [
        "log",
        "--no-renames",
        "--diff-filter=DM",
        "--name-only",
        "--format=",
    ];
    let since = [
        "diff",
        "HEAD",
        "--no-renames",
        "--diff-filter=DM",
        "--name-only",
    ];
    for question in [&in_history[..], &since[..]] {
        let answer = git(&[question, &["--", EVENTS]].concat()).expect("git answers");
        let touched: Vec<String> = answer.lines().map(str::to_owned).collect();
        nothing_of(&touched);
    }
}

#[test]
fn a_line_of_the_history_that_snapshots_are_pinned_by_is_never_changed_or_removed() {
    if !has_history() {
        return;
    }
    for question in [&["log", "--patch", "--format="][..], &["diff", "HEAD"]] {
        let answer = git(&[question, &["--no-renames", "--", HISTORY]].concat());
        let answer = answer.expect("git answers");
        let gone = answer.lines().filter(|line| {
            ["-fold ", "-later ", "-pin "]
                .iter()
                .any(|it| line.starts_with(it))
        });
        nothing_of(&gone.map(str::to_owned).collect::<Vec<String>>());
    }
}
