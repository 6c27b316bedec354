//! Which files of a crate import one another in circles. Who reads one file of a circle has to
//! read all of them.
//!
//! An import is a path from `crate`, `super`, `self` or a module of the file's own, in a `use` or
//! anywhere in the code. A name that a file only exports on counts for the file where it stands,
//! so a parent that exports what its modules define is in no circle with them. `.ci/house.py`
//! counts by the same rule and lists who imports what: `just house --circles .`

#![allow(clippy::arithmetic_side_effects, reason = "columns and braces are few")]

use std::collections::{BTreeMap, BTreeSet};

use crate::{File, nothing_of, tree};

/// The circles that there are, each with its reason. A circle that is gone leaves this list.
const KNOWN: [(&str, &str); 4] = [
    (
        "allocation: tree.rs tree/build.rs tree/inner.rs tree/node.rs tree/walk.rs",
        "a node of the tree holds inner nodes, which hold nodes; a walk goes through both",
    ),
    (
        "allocation: lib.rs settle.rs",
        "the room's `due` is what `settle` decides on the room's state",
    ),
    (
        "domain: shared/map.rs shared/map/iter.rs",
        "a map and what walks its pages",
    ),
    (
        "event-log: jetstream.rs jetstream/append.rs jetstream/connect.rs jetstream/follow.rs \
         jetstream/stream.rs",
        "one type: its long methods stand in files of their own",
    ),
];

/// Where a module stands below the root of its crate, by name.
type Module = Vec<String>;

/// A path that a file uses: whether it exports it on, and its names from the crate's root.
type Use = (bool, Module);

/// The code of one crate, by module.
struct Crate {
    code: BTreeMap<Module, String>,
}

/// A file's lines without comments and without what is for tests only. Code is as rustfmt leaves
/// it: an item ends where a line of its own depth closes it.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut tests_at = None;
    for line in text.lines() {
        let bare = line.trim();
        let depth = line.len() - line.trim_start().len();
        if bare.starts_with("//") {
            continue;
        }
        match tests_at {
            None if bare == "#[cfg(test)]" => tests_at = Some(depth),
            None => {
                code.push_str(line);
                code.push('\n');
            }
            Some(at) if at == depth && bare.ends_with([';', '}']) => tests_at = None,
            Some(_) => {}
        }
    }
    code
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`; without new names for them.
fn expand(path: &str) -> Vec<String> {
    let Some((before, inside)) = path.split_once('{') else {
        let path = path.split(" as ").next().unwrap();
        return vec![path.trim().to_owned()];
    };
    let inside = inside.rsplit_once('}').unwrap().0;
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in inside.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(letter);
    }
    let parts = parts.iter().map(|part| part.trim());
    parts
        .filter(|part| !part.is_empty())
        .flat_map(|part| expand(&format!("{}{part}", before.trim())))
        .collect()
}

/// A file's `use` statements, each with whether it exports, and the code without them.
fn statements(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        let public = bare.starts_with("pub ") || bare.starts_with("pub(");
        let named = if public {
            bare.split_once("use ").filter(|(before, _)| {
                before.trim_end() == "pub" || before.trim_end().ends_with(')')
            })
        } else {
            bare.strip_prefix("use ").map(|path| ("", path))
        };
        let Some((_, path)) = named else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut path = path.to_owned();
        while !path.contains(';') {
            path.push(' ');
            path.push_str(lines.next().expect("a `use` ends with a semicolon").trim());
        }
        let path = path.split(';').next().unwrap();
        found.extend(expand(path).into_iter().map(|path| (public, path)));
    }
    (found, rest)
}

/// Every `a::b::c` of the code, and every single word, as far as it is a path of names.
fn paths(code: &str) -> Vec<&str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    code.split(|letter: char| !is_part(letter))
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
        .collect()
}

impl Crate {
    /// Of the files below a crate's `src`, by their paths there; a program's own is no module.
    fn of(files: &[(&str, &str)]) -> Self {
        let mut code = BTreeMap::new();
        for (path, text) in files {
            let module = path.trim_end_matches(".rs").split('/').map(str::to_owned);
            let mut module: Module = module.collect();
            if module == ["lib"] {
                module.clear();
            }
            let for_tests = module
                .iter()
                .any(|name| name == "tests" || name == "benches");
            if !for_tests && module != ["main"] {
                code.insert(module, code_of(text));
            }
        }
        Self { code }
    }

    /// A path as it is from the root; nothing, if it leads out of the crate.
    fn absolute(&self, module: &Module, path: &str) -> Option<Module> {
        let names: Vec<String> = path
            .split("::")
            .map(|name| name.trim().to_owned())
            .collect();
        if names.first().is_some_and(|name| name == "crate") {
            return Some(names.get(1..)?.to_vec());
        }
        let mut at = module.clone();
        let mut rest = names.as_slice();
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "self" => {}
                "super" => {
                    at.pop();
                }
                _ => break,
            }
            rest = others;
        }
        let first = rest.first()?;
        let mut child = module.clone();
        child.push(first.clone());
        if rest.len() == names.len() && !self.code.contains_key(&child) {
            return None;
        }
        at.extend(rest.iter().cloned());
        Some(at)
    }

    /// What a module uses, and which names it works with beside what it imports.
    fn uses(&self, module: &Module) -> (Vec<Use>, BTreeSet<String>) {
        let (statements, rest) = statements(&self.code[module]);
        let mut uses = Vec::new();
        for (public, path) in statements {
            if let Some(names) = self.absolute(module, &path) {
                uses.push((public, names));
            }
        }
        let mut words = BTreeSet::new();
        for line in rest.lines() {
            let item = line.trim_start().trim_start_matches("pub ");
            if item.starts_with("mod ") && line.ends_with(';') {
                continue;
            }
            for path in paths(line) {
                words.extend(path.split("::").map(str::to_owned));
                if path.contains("::")
                    && let Some(names) = self.absolute(module, path)
                {
                    uses.push((false, names));
                }
            }
        }
        (uses, words)
    }

    /// Which modules each one takes something from.
    fn arrows(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let uses: BTreeMap<&Module, _> = self.code.keys().map(|it| (it, self.uses(it))).collect();
        let mut exports = BTreeMap::<(&Module, &str), &Module>::new();
        for (module, (uses, _)) in &uses {
            for (public, names) in uses {
                if *public && let Some(name) = names.last() {
                    exports.insert((module, name), names);
                }
            }
        }
        let mut arrows = BTreeMap::new();
        for (module, (uses, words)) in &uses {
            let works_with = |name: &String| name == "*" || words.contains(name);
            let taken = uses
                .iter()
                .filter(|(public, names)| !public || names.last().is_some_and(works_with))
                .filter_map(|(_, names)| self.home(names, &exports));
            let others = taken.filter(|home| home != module).collect();
            arrows.insert(*module, others);
        }
        arrows
    }

    /// The module in whose file something stands that is called so.
    fn home<'a>(
        &'a self,
        names: &Module,
        exports: &BTreeMap<(&Module, &str), &Module>,
    ) -> Option<&'a Module> {
        let mut names = names.clone();
        // So many exports of exports are followed.
        for _ in 0..8 {
            let end = (0..=names.len()).rev();
            let (module, end) = end
                .filter_map(|end| Some((self.code.get_key_value(&names[..end])?.0, end)))
                .next()?;
            let item = names.get(end).map(String::as_str);
            match item.and_then(|item| exports.get(&(module, item))) {
                Some(onward) if **onward != names => names = (*onward).clone(),
                Some(_) | None => return Some(module),
            }
        }
        None
    }

    /// The sets of files of which each reaches each other, as paths below `src`.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let reach = |from: &Module| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(at) = next.pop() {
                let new = arrows[at].iter().filter(|to| seen.insert(**to));
                next.extend(new.copied().collect::<Vec<_>>());
            }
            seen
        };
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            self.code.keys().map(|it| (it, reach(it))).collect();
        let mut found = BTreeSet::new();
        for (module, to) in &reached {
            let back = to.iter().filter(|other| reached[**other].contains(module));
            let circle: BTreeSet<String> = back.map(|it| file_of(it)).collect();
            if circle.len() > 1 {
                found.insert(Vec::from_iter(circle).join(" "));
            }
        }
        found.into_iter().collect()
    }
}

fn file_of(module: &Module) -> String {
    if module.is_empty() {
        "lib.rs".to_owned()
    } else {
        format!("{}.rs", module.join("/"))
    }
}

/// All circles of the tree, by crate.
fn circles_of(files: &[File]) -> BTreeSet<String> {
    let mut crates = BTreeMap::<&str, Vec<(&str, &str)>>::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let inside = file.path.strip_prefix("crates/");
        if let Some((name, path)) = inside.and_then(|path| path.split_once("/src/")) {
            crates.entry(name).or_default().push((path, &file.text));
        }
    }
    let mut found = BTreeSet::new();
    for (name, files) in crates {
        let circles = Crate::of(&files).circles();
        found.extend(
            circles
                .into_iter()
                .map(|circle| format!("{name}: {circle}")),
        );
    }
    found
}

#[test]
fn no_files_import_one_another_in_circles() {
    let found = circles_of(&tree());
    let known: BTreeSet<String> = KNOWN
        .iter()
        .map(|(circle, _)| (*circle).to_owned())
        .collect();
    let new = found.difference(&known).map(|circle| {
        format!(
            "these files import one another: {circle}. Move what both need to where it belongs; \
             `just house --circles .` says what it is"
        )
    });
    let gone = known
        .difference(&found)
        .map(|circle| format!("this circle is gone, so take it off the list: {circle}"));
    nothing_of(&new.chain(gone).collect::<Vec<_>>());
}

/// The circles of a crate of these files.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    Crate::of(files).circles()
}

#[test]
fn a_circle_is_found_through_use_paths_and_exports() {
    let parent = "mod a;\nmod b;\npub use a::{A, other as Other};\npub use b::B;\n";
    let on_parent = ("b.rs", "use crate::A;\npub struct B(A);\n");
    let plain = ("a.rs", "pub struct A;\n");
    assert_eq!(circles(&[("lib.rs", parent), plain, on_parent]), [""; 0]);
    let back = (
        "a.rs",
        "pub struct A;\nfn f() -> super::B {\n    make()\n}\n",
    );
    assert_eq!(
        circles(&[("lib.rs", parent), back, on_parent]),
        ["a.rs b.rs"]
    );
    let uses = format!("{parent}struct C(B);\nfn g() {{\n    a::f();\n}}\n");
    let on_c = ("a.rs", "use super::C;\npub struct A;\n");
    assert_eq!(
        circles(&[("lib.rs", &uses), on_c, on_parent]),
        ["a.rs b.rs lib.rs"]
    );
}

#[test]
fn tests_and_comments_of_a_file_are_in_no_circle() {
    let parent = "mod a;\nuse a::A;\nstruct B(A);\n";
    let tests =
        "//! [`super::B`]\npub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::B;\n}\n";
    assert_eq!(circles(&[("lib.rs", parent), ("a.rs", tests)]), [""; 0]);
    let after = format!("{tests}use crate::B;\n");
    assert_eq!(
        circles(&[("lib.rs", parent), ("a.rs", &after)]),
        ["a.rs lib.rs"]
    );
}
