//! The operator's command, as a library: another binary can embed it.
//!
//! It knows the services by their doors; those that it runs itself (`up`, `run`, `demo`), it starts
//! by `cluster` and `demo`.

mod args;
mod calls;
mod cell_zone;
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
mod shell;
mod state_json;
mod toml_file;
mod units;
mod users;
mod words;
mod zone;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;

use args::Cli;
use output::Format;
use problem::Problem;
use session::Session;

/// Reads the command line, carries it out, says what went wrong.
pub async fn main() -> ExitCode {
    // Logs, backups and reports hold customers' names and addresses.
    chassis::keep_what_is_made_private();
    let words: Vec<OsString> = std::env::args_os().collect();
    let matches = args::tree().try_get_matches_from(&words);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        // Help and the version are errors to clap, and belong on standard output.
        Err(error) if error.use_stderr() && wants_json(&words) => {
            return misread(&error).tell(Format::Json);
        }
        Err(error) => error.exit(),
    };
    let format = cli.everywhere.output;
    let done = match Session::open(&cli.everywhere) {
        Ok(session) => cli.command.run(&session).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.tell(format),
    }
}

/// Whether JSON is asked for, by words that are not understood otherwise.
fn wants_json(words: &[OsString]) -> bool {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let pairs = words.windows(2);
    let mut apart = pairs.filter(|pair| matches!(pair, ["-o" | "--output", "json"]));
    let together = ["-ojson", "-o=json", "--output=json"];
    apart.next().is_some() || words.iter().any(|word| together.contains(word))
}

/// What clap says of a command line, in one sentence and what to do next.
fn misread(error: &clap::Error) -> Problem {
    let said = error.to_string();
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    let what = said
        .split(
            "

Usage:",
        )
        .next()
        .unwrap_or(said)
        .trim();
    let next = "`backorder help COMMAND` shows how it is used";
    Problem::usage(what, "the command line", next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn json_is_asked_for_however_it_is_written() {
        for line in [
            "b x -o json",
            "b --output json x",
            "b x --output=json",
            "b x -ojson",
        ] {
            assert!(wants_json(&words(line)), "{line}");
        }
        assert!(!wants_json(&words("b x -o table json")));
    }

    #[test]
    fn a_command_line_that_is_not_understood_is_told_in_a_sentence() {
        let error = args::tree().try_get_matches_from(words("backorder place --lime 3"));
        let problem = misread(&error.unwrap_err());
        assert!(
            problem.what.starts_with("unexpected argument '--lime'"),
            "{}",
            problem.what
        );
        assert!(!problem.what.contains("Usage"), "{}", problem.what);
    }
}
