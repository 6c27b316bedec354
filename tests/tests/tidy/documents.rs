//! What the documents say is so: invariants name their tests, commands and links lead somewhere.

use std::fs;

use crate::{nothing_of, root, tree};

const MAX_ARCHITECTURE_LINES: usize = 200;

fn architecture() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md")
}

#[test]
fn the_architecture_is_short_enough_to_be_read_at_once() {
    let lines = architecture().lines().count();
    assert!(
        lines <= MAX_ARCHITECTURE_LINES,
        "{lines} lines, {MAX_ARCHITECTURE_LINES} is the most"
    );
}

/// The list items of the section "Invariants", each on one line.
fn invariants(text: &str) -> Vec<String> {
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with("Invariants"))
        .expect("ARCHITECTURE.md has a section `## Invariants`");
    let mut items: Vec<String> = Vec::new();
    for line in section.lines().skip(1) {
        if let Some(item) = line.strip_prefix("- ") {
            items.push(item.to_owned());
        } else if let (Some(item), false) = (items.last_mut(), line.trim().is_empty()) {
            item.push(' ');
            item.push_str(line.trim());
        }
    }
    items
}

/// Whether `path::name` is a function in that file.
fn is_a_test(reference: &str) -> bool {
    let Some((path, name)) = reference.rsplit_once("::") else {
        return false;
    };
    fs::read_to_string(root().join(path))
        .is_ok_and(|source| source.contains(&format!("fn {name}(")))
}

#[test]
fn every_invariant_names_a_test_that_is_there() {
    let items = invariants(&architecture());
    assert!(items.len() >= 5, "{items:?}");
    let mut wrong = Vec::new();
    for item in items {
        let tests = item
            .rsplit_once("(test: ")
            .and_then(|(_, end)| end.strip_suffix(')'));
        match tests {
            None => wrong.push(format!("does not end with `(test: file::name)`: {item}")),
            Some(tests) => {
                for test in tests.split(", ").map(|test| test.trim_matches('`')) {
                    if !is_a_test(test) {
                        wrong.push(format!("no such test: {test}"));
                    }
                }
            }
        }
    }
    nothing_of(&wrong);
}

#[test]
fn a_link_between_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for file in tree().into_iter().filter(|file| file.is("md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for after in file.text.split("](").skip(1) {
            let target = after.split([')', '#', ' ']).next().unwrap();
            if target.is_empty() || target.contains(':') {
                continue;
            }
            if !root().join(folder).join(target).exists() {
                wrong.push(format!("{}: nothing at {target}", file.path));
            }
        }
    }
    nothing_of(&wrong);
}

/// The recipes of the justfile.
fn recipes() -> Vec<String> {
    let text = fs::read_to_string(root().join("justfile")).expect("justfile");
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()) && !line.contains(":="))
        .filter_map(|line| line.split([':', ' ']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_just_recipe_that_a_document_names_is_there() {
    let recipes = recipes();
    for name in ["demo", "test", "check", "ci", "up", "bench", "fmt", "docs"] {
        assert!(
            recipes.iter().any(|recipe| recipe == name),
            "no recipe `{name}`: {recipes:?}"
        );
    }
    let mut wrong = Vec::new();
    for file in tree().into_iter().filter(|file| file.is("md")) {
        let commands = file.text.lines().map(|line| line.trim_start_matches("$ "));
        let inline = file
            .text
            .split('`')
            .filter(|span| span.starts_with("just "));
        for command in commands
            .filter(|line| line.starts_with("just "))
            .chain(inline)
        {
            let name = command.split_whitespace().nth(1).unwrap_or_default();
            let is_recipe = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_recipe && !recipes.iter().any(|recipe| recipe == name) {
                wrong.push(format!("{}: no recipe for `{command}`", file.path));
            }
        }
    }
    nothing_of(&wrong);
}
