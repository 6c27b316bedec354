//! The house's rules, checked. Reads the tree as text and as cargo sees it; builds nothing, and
//! knows no room.

#![cfg(test)]

mod circles;
mod documents;
mod golden;
mod graph;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the tree.
struct File {
    /// Its path from the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, end)| end == extension)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Every text file of ours; what is built or fetched, and what git keeps for itself, is not.
fn tree() -> Vec<File> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    assert!(
        files.len() > 50,
        "the tree was not found: {} files",
        files.len()
    );
    files
}

const NOT_OURS: &[&str] = &["target", ".git", ".idea", ".vscode", ".venv"];

fn walk(folder: &Path, under: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{under}{name}");
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}

/// Fails with all that is wrong, one a line.
#[track_caller]
fn nothing_of(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}
