//! How a file is written: size, names, what may not stand in it.

use crate::{File, nothing_of, tree};

const MAX_LINES: usize = 600;
const MAX_COLUMNS: usize = 100;

/// Words that say nothing about what a thing is.
const EMPTY_WORDS: [&str; 7] = [
    "common",
    "util",
    "helper",
    "manager",
    "processor",
    "info",
    "data",
];

fn rust() -> Vec<File> {
    tree().into_iter().filter(|file| file.is("rs")).collect()
}

/// Calls `wrong` for each line of a file that a rule objects to.
fn lines_that(files: &[File], objects: impl Fn(&File, &str) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files {
        for (number, line) in (1_usize..).zip(file.text.lines()) {
            if let Some(why) = objects(file, line) {
                wrong.push(format!("{}:{number}: {why}", file.path));
            }
        }
    }
    wrong
}

#[test]
fn a_file_can_be_read_at_one_sitting() {
    let code = |file: &File| ["rs", "py", "sh"].into_iter().any(|end| file.is(end));
    let mut wrong = Vec::new();
    for file in tree()
        .iter()
        .filter(|file| code(file) || file.path == ".ci/run")
    {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            wrong.push(format!(
                "{}: {lines} lines, {MAX_LINES} is the most",
                file.path
            ));
        }
    }
    nothing_of(&wrong);
}

#[test]
fn a_line_fits_the_screen() {
    nothing_of(&lines_that(&rust(), |_, line| {
        let columns = line.chars().count();
        (columns > MAX_COLUMNS).then(|| format!("{columns} columns, {MAX_COLUMNS} is the most"))
    }));
}

/// `PartManager`, `part_manager` and `part-manager.rs` as `part`, `manager`, (`rs`).
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().unwrap().extend(letter.to_lowercase());
        }
    }
    words
}

fn says_nothing(name: &str) -> Option<&'static str> {
    let words = words(name);
    EMPTY_WORDS.into_iter().find(|empty| {
        words
            .iter()
            .any(|word| word == empty || word.strip_suffix('s') == Some(empty))
    })
}

#[test]
fn words_that_say_nothing_are_found_in_any_spelling() {
    assert_eq!(says_nothing("OrderManager"), Some("manager"));
    assert_eq!(says_nothing("src/utils.rs"), Some("util"));
    assert_eq!(says_nothing("cell-data.json"), Some("data"));
    assert_eq!(says_nothing("metadata"), None);
    assert_eq!(says_nothing("informed"), None);
}

/// The name that a line declares, if it declares a type or a module.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line
        .strip_prefix("pub(crate) ")
        .or(line.strip_prefix("pub "))
        .unwrap_or(line);
    let kinds = [
        "struct ", "enum ", "trait ", "type ", "mod ", "message ", "service ",
    ];
    let name = kinds.into_iter().find_map(|kind| line.strip_prefix(kind))?;
    let name = name
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    // `type Data = Inner::Data;` passes on what a trait of others calls so.
    (!line.ends_with(&format!("::{name};"))).then_some(name)
}

#[test]
fn no_file_and_no_type_has_a_name_that_says_nothing() {
    let mut wrong = Vec::new();
    for file in tree() {
        if let Some(word) = says_nothing(&file.path) {
            wrong.push(format!("{}: `{word}` says nothing", file.path));
        }
        if file.is("rs") || file.is("proto") {
            wrong.extend(lines_that(&[file], |_, line| {
                let name = declared(line)?;
                says_nothing(name).map(|word| format!("{name}: `{word}` says nothing"))
            }));
        }
    }
    nothing_of(&wrong);
}

/// Written apart, so that this file does not hold what it looks for.
const NOWHERE: &[(&str, &str, &str)] = &[
    ("TO", "DO", "finish it, or open an issue"),
    ("FIX", "ME", "mend it, or open an issue"),
    ("/wo", "rk/", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
    ("/ho", "me/", "a path of one machine"),
    ("/Us", "ers/", "a path of one machine"),
];

const NOT_IN_RUST: &[(&str, &str, &str)] = &[
    ("#[ig", "nore", "a test runs or is not there"),
    ("to", "do!(", "finish it"),
    ("unimple", "mented!(", "finish it"),
    ("db", "g!(", "left over from a look"),
];

#[test]
fn nothing_is_left_unfinished_switched_off_or_bound_to_one_machine() {
    let found = |rules: &[(&str, &str, &str)], line: &str| {
        rules.iter().find_map(|(left, right, why)| {
            let text = format!("{left}{right}");
            line.contains(&text).then(|| format!("{text}: {why}"))
        })
    };
    let files: Vec<File> = tree().into_iter().filter(|file| !file.is("lock")).collect();
    let mut wrong = lines_that(&files, |_, line| found(NOWHERE, line));
    wrong.extend(lines_that(&rust(), |_, line| found(NOT_IN_RUST, line)));
    nothing_of(&wrong);
}

/// Crates whose numbers are decided on, or are compared with what was decided.
const COUNTING: [&str; 4] = [
    "crates/domain/src/",
    "crates/allocation/src/",
    "crates/audit/src/",
    "crates/what-if/src/",
];

/// Lines below a comment that it may speak of.
const REACH: usize = 6;

/// The numbers of the lines, tests aside, whose arithmetic stops at a bound without a word.
fn silently_saturating(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = |at: &usize| {
        let below = lines[*at..].iter().find(|line| line.starts_with("mod "));
        lines[*at] == "#[cfg(test)]" && below.is_some_and(|line| line.ends_with('{'))
    };
    let end = (0..lines.len()).find(tests).unwrap_or(lines.len());
    let silent = |at: &usize| {
        let code = lines[*at].split("//").next().unwrap();
        let above = &lines[at.saturating_sub(REACH)..*at];
        let said = |line: &&str| line.trim_start().starts_with("// Saturates: ");
        code.contains("saturating_") && !above.iter().any(said)
    };
    (0..end)
        .filter(silent)
        .map(|at| at.saturating_add(1))
        .collect()
}

#[test]
fn arithmetic_that_stops_at_a_bound_says_what_it_means_by_it() {
    let mut wrong = Vec::new();
    for file in rust() {
        let counts = COUNTING.iter().any(|folder| file.path.starts_with(folder));
        if !counts || file.path.contains("/tests") || file.path == "crates/domain/src/exact.rs" {
            continue;
        }
        for number in silently_saturating(&file.text) {
            wrong.push(format!(
                "{}:{number}: use `domain::exact`, or say why above it: `// Saturates: …`",
                file.path
            ));
        }
    }
    nothing_of(&wrong);
}

#[test]
fn arithmetic_without_a_reason_is_found_outside_tests_alone() {
    let sum = "    sum.saturating_add(1)";
    let said = format!("    // Saturates: time ends.\n{sum}\n{sum}");
    assert_eq!(silently_saturating(&said), Vec::<usize>::new());
    assert_eq!(
        silently_saturating(&format!("{said}{}{sum}", "\n".repeat(6))),
        [9]
    );
    assert_eq!(silently_saturating(&format!("{sum}\n// {sum}")), [1]);
    let tests = format!("#[cfg(test)]\n#[cold]\nmod tests {{\n{sum}\n}}");
    assert_eq!(silently_saturating(&tests), Vec::<usize>::new());
    let elsewhere = format!("#[cfg(test)]\nmod tests;\n{sum}");
    assert_eq!(silently_saturating(&elsewhere), [3]);
}

#[test]
fn a_silenced_lint_says_why() {
    let mut wrong = Vec::new();
    for file in rust() {
        for kind in ["allow(", "expect("] {
            for opening in [format!("#[{kind}"), format!("#![{kind}")] {
                for after in file.text.split(opening.as_str()).skip(1) {
                    let attribute = after.split(")]").next().unwrap();
                    let first = attribute.lines().next().unwrap_or_default();
                    if !attribute.contains("reason = ") && first != "\")" {
                        wrong.push(format!("{}: {opening}{first} lacks its reason", file.path));
                    }
                }
            }
        }
    }
    nothing_of(&wrong);
}

#[test]
fn only_the_command_line_and_examples_print() {
    let files: Vec<File> = rust()
        .into_iter()
        .filter(|file| {
            !["crates/cli/", "examples/"]
                .iter()
                .any(|may| file.path.starts_with(may))
        })
        .filter(|file| !file.path.contains("tests/") && !file.path.contains("benches/"))
        .filter(|file| !file.path.ends_with("/build.rs"))
        .collect();
    nothing_of(&lines_that(&files, |_, line| {
        let code = line.split("//").next().unwrap();
        let prints = ["println!(", "print!("].iter().any(|word| {
            code.split(word).next().is_some_and(|before| {
                before.len() < code.len() && !before.ends_with(|c: char| c.is_alphabetic())
            })
        });
        prints.then(|| "standard output belongs to crates/cli; trace it instead".to_owned())
    }));
}

#[test]
fn every_file_opens_with_what_it_is() {
    let wrong: Vec<String> = rust()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! ") && !file.text.starts_with("#!"))
        .map(|file| format!("{} does not open with `//! …`", file.path))
        .collect();
    nothing_of(&wrong);
}
