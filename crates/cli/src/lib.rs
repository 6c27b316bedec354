//! The operator's command, as a library: another binary can embed it.
//!
//! It knows the services by their doors; those that it runs itself (`up`, `run`, `demo`), it starts
//! by `cluster` and `demo`.

mod args;
mod calls;
mod commands;
mod confirm;
mod damage;
mod describe;
mod doors;
mod kept;
mod offender;
mod output;
mod problem;
mod progress;
mod rule_file;
mod session;
mod state_json;
mod toml_file;
mod users;
mod words;

use std::process::ExitCode;

use clap::FromArgMatches;

use args::Cli;
use session::Session;

/// Reads the command line, carries it out, says what went wrong.
pub async fn main() -> ExitCode {
    // Logs, backups and reports hold customers' names and addresses.
    chassis::keep_what_is_made_private();
    let matches = args::tree().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let done = match Session::open(&cli.everywhere) {
        Ok(session) => cli.command.run(&session).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.tell(),
    }
}
