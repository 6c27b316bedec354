//! Golden events only grow: what git has seen in `crates/domain/events` stays as it is.

use std::process::Command;

use crate::{nothing_of, root};

const EVENTS: &str = "crates/domain/events";

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
            println!("a shallow clone: golden events are compared with its few commits only");
            true
        }
        _ => {
            println!("no git history here: golden events were NOT compared with older ones");
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
