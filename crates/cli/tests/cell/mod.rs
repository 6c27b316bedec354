//! A cell of `backorder up` as a process of its own, and commands that ask it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A cell that runs until it is dropped.
pub struct Cell {
    process: Child,
    told: Value,
}

impl Cell {
    /// On free ports; its log is kept in this folder.
    pub fn start(state: &Path) -> Self {
        Self::with(state, &[])
    }

    /// The same, with settings of the environment; on another's server, if they name one.
    pub fn with(state: &Path, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_backorder"))
            .args(["up", "--any-ports", "-o", "json", "--state"])
            .arg(state)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let told = serde_json::from_str(&line).unwrap();
        Self { process, told }
    }

    pub fn nats(&self) -> &str {
        self.told["nats"].as_str().unwrap()
    }

    /// Runs a command against this cell.
    pub fn ask(&self, words: &[&str]) -> Output {
        self.ask_with(words, &[])
    }

    /// The same, with settings of the environment.
    pub fn ask_with(&self, words: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backorder"));
        command.args(words).env("BACKORDER_NATS_URL", self.nats());
        for (room, address) in self.told["services"].as_object().unwrap() {
            let name = room.replace('-', "_").to_uppercase();
            let port = address.as_str().unwrap().rsplit(':').next().unwrap();
            command.env(format!("BACKORDER_GRPC_{name}_PORT"), port);
        }
        let settings = settings.iter().copied();
        command.envs(settings).output().unwrap()
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        let pid = self.process.id().to_string();
        let _gone = Command::new("kill").args(["-TERM", &pid]).status();
        let _ended = self.process.wait();
    }
}
