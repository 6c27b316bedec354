//! Commands as a person types them, against a cell that runs.

use std::process::Output;
use std::time::Duration;

use crate::cell::Cell;

/// How often something is asked again, and the pause between.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn ask(cell: &Cell, line: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    cell.ask(&words)
}

/// What a command says that must go well.
pub fn well(cell: &Cell, line: &str) -> String {
    let output = ask(cell, line);
    assert!(output.status.success(), "{line}: {}", said(&output));
    said(&output)
}

/// What a command says that must be refused.
pub fn refused(cell: &Cell, line: &str) -> String {
    let output = ask(cell, line);
    assert!(!output.status.success(), "{line}: {}", said(&output));
    said(&output)
}

/// Asks until the answer has this.
pub fn until(cell: &Cell, line: &str, wanted: &str) {
    let mut last = String::new();
    for _ in 0..TRIES {
        last = said(&ask(cell, line));
        if last.contains(wanted) {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("{line} has no {wanted}: {last}")
}
