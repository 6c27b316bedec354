//! The command line as a tree. Every help begins with examples.

use clap::{Command as Clap, CommandFactory, Parser, Subcommand};

use crate::cell_zone;
use crate::commands::{
    adjust, amend, assign, availability, backup, bench, cancel, check, completions, counting, demo,
    discontinue, edi, fold, import, item, location, measures, moving, notices, order, place, po,
    prioritise, problems, promise, quarantine, queue, rebalance, recall, receive, release, restore,
    returning, rule, run, ship, short, stock, study, substitute, supplier, suspend, tail, up,
    verify, wave, what_if, why,
};
use crate::problem::Problem;
use crate::session::{Everywhere, Session};

/// Takes orders against stock that is on hand, inbound, or not yet bought, and tells every customer
/// the truth about it.
#[derive(Debug, Parser)]
#[command(
    name = "backorder",
    version,
    propagate_version = true,
    before_help = "\
Examples:
  backorder demo                                   play a product launch
  backorder up                                     run all five services
  backorder place o1 --customer c1 --line BOLT:3   place an order
  backorder receive BOLT:100 --at main             record a receipt
  backorder why o1                                 explain why an order waits
  backorder problems                               what needs a person today
  backorder check                                  look at every part",
    after_help = "\
Exit codes: 0 done; 1 a service refused, or a check failed; 2 the command line
is wrong; 3 a service or the log cannot be reached; 4 an internal error; 5 it
is recorded, and what comes of it is not known yet (`place --wait`). With -o
json an error is JSON on standard error."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub everywhere: Everywhere,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Up(up::Up),
    Run(run::Run),
    Check(check::Check),
    Problems(problems::Problems),
    Verify(verify::Verify),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Quarantine(quarantine::Quarantine),
    Tail(tail::Tail),
    Fold(fold::Fold),
    Place(place::Place),
    Cancel(cancel::Cancel),
    Amend(Box<amend::Amend>),
    Suspend(suspend::Suspend),
    Resume(suspend::Resume),
    Prioritise(prioritise::Prioritise),
    Assign(assign::Assign),
    Substitute(substitute::Substitute),
    #[command(subcommand)]
    Order(order::Order),
    Why(why::Why),
    WhatIf(what_if::WhatIf),
    Study(study::Study),
    Bench(bench::Bench),
    Queue(queue::Queue),
    Promise(promise::Promise),
    #[command(alias = "available")]
    Availability(availability::Availability),
    Measures(measures::Measures),
    Rebalance(rebalance::Rebalance),
    Release(release::Release),
    Stock(stock::Stock),
    Receive(receive::Receive),
    Adjust(adjust::Adjust),
    Count(counting::Count),
    Move(moving::Move),
    Wave(wave::Wave),
    Recall(recall::Recall),
    Short(short::Short),
    Ship(ship::Ship),
    Return(returning::Return),
    #[command(subcommand)]
    Rule(rule::Rule),
    #[command(subcommand)]
    Item(item::Item),
    Discontinue(discontinue::Discontinue),
    #[command(subcommand)]
    Location(location::Location),
    #[command(subcommand)]
    Supplier(supplier::Supplier),
    #[command(subcommand)]
    Po(po::Po),
    #[command(subcommand)]
    Edi(edi::Edi),
    Notices(notices::Notices),
    #[command(subcommand)]
    Import(import::Import),
    Completions(completions::Completions),
}

impl Command {
    /// Carries it out.
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        if self.tells_times() {
            cell_zone::learn(&session.doors).await;
        }
        match self {
            Self::Place(command) => command.run(session).await,
            Self::Cancel(command) => command.run(session).await,
            Self::Amend(command) => command.run(session).await,
            Self::Suspend(command) => command.run(session).await,
            Self::Resume(command) => command.run(session).await,
            Self::Prioritise(command) => command.run(session).await,
            Self::Assign(command) => command.run(session).await,
            Self::Substitute(command) => command.run(session).await,
            Self::Order(command) => command.run(session).await,
            Self::Why(command) => command.run(session).await,
            Self::WhatIf(command) => command.run(session).await,
            Self::Study(command) => command.run(session).await,
            Self::Bench(command) => command.run(session).await,
            Self::Queue(command) => command.run(session).await,
            Self::Promise(command) => command.run(session).await,
            Self::Availability(command) => command.run(session).await,
            Self::Measures(command) => command.run(session).await,
            Self::Rebalance(command) => command.run(session).await,
            Self::Stock(command) => command.run(session).await,
            Self::Release(command) => command.run(session).await,
            Self::Receive(command) => command.run(session).await,
            Self::Adjust(command) => command.run(session).await,
            Self::Wave(command) => command.run(session).await,
            Self::Ship(command) => command.run(session).await,
            Self::Count(command) => command.run(session).await,
            Self::Move(command) => command.run(session).await,
            Self::Recall(command) => command.run(session).await,
            Self::Short(command) => command.run(session).await,
            Self::Return(command) => command.run(session).await,
            Self::Rule(command) => command.run(session).await,
            Self::Item(command) => command.run(session).await,
            Self::Discontinue(command) => command.run(session).await,
            Self::Location(command) => command.run(session).await,
            Self::Supplier(command) => command.run(session).await,
            Self::Po(command) => command.run(session).await,
            Self::Edi(command) => command.run(session).await,
            Self::Notices(command) => command.run(session).await,
            Self::Import(command) => command.run(session).await,
            Self::Demo(command) => command.run().await,
            Self::Up(command) => command.run(session).await,
            Self::Run(command) => command.run(session).await,
            Self::Check(command) => command.run(session).await,
            Self::Problems(command) => command.run(session).await,
            Self::Verify(command) => command.run(session).await,
            Self::Backup(command) => command.run(session).await,
            Self::Restore(command) => command.run(session).await,
            Self::Quarantine(command) => command.run(session).await,
            Self::Tail(command) => command.run(session).await,
            Self::Fold(command) => command.run(session).await,
            Self::Completions(command) => {
                command.run(tree());
                Ok(())
            }
        }
    }
}

impl Command {
    /// Whether it tells or takes times of a cell, which people mean in its zone.
    const fn tells_times(&self) -> bool {
        match self {
            Self::Place(_)
            | Self::Order(_)
            | Self::Why(_)
            | Self::WhatIf(_)
            | Self::Queue(_)
            | Self::Promise(_)
            | Self::Availability(_)
            | Self::Amend(_)
            | Self::Rebalance(_)
            | Self::Stock(_)
            | Self::Item(_)
            | Self::Location(_)
            | Self::Po(_)
            | Self::Notices(_)
            | Self::Problems(_)
            | Self::Quarantine(_)
            | Self::Tail(_) => true,
            Self::Import(import) => !import.is_offline(),
            Self::Edi(edi) => !edi.is_offline(),
            Self::Demo(_)
            | Self::Up(_)
            | Self::Run(_)
            | Self::Check(_)
            | Self::Verify(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Fold(_)
            | Self::Cancel(_)
            | Self::Discontinue(_)
            | Self::Suspend(_)
            | Self::Resume(_)
            | Self::Prioritise(_)
            | Self::Assign(_)
            | Self::Substitute(_)
            | Self::Study(_)
            | Self::Bench(_)
            | Self::Measures(_)
            | Self::Release(_)
            | Self::Receive(_)
            | Self::Adjust(_)
            | Self::Count(_)
            | Self::Move(_)
            | Self::Wave(_)
            | Self::Recall(_)
            | Self::Short(_)
            | Self::Return(_)
            | Self::Ship(_)
            | Self::Rule(_)
            | Self::Supplier(_)
            | Self::Completions(_) => false,
        }
    }
}

/// Examples stand first, then the usage.
const TEMPLATE: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The tree, with the template on every command.
pub(crate) fn tree() -> Clap {
    fn dress(command: Clap) -> Clap {
        command.help_template(TEMPLATE).mut_subcommands(dress)
    }
    dress(Cli::command())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(command: &Clap, path: &str, look: &mut impl FnMut(&Clap, &str)) {
        look(command, path);
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            walk(sub, &format!("{path} {}", sub.get_name()), look);
        }
    }

    #[test]
    fn every_help_has_an_example_of_its_own_command_that_can_be_parsed() {
        let mut tree = tree();
        tree.build();
        walk(&tree, "backorder", &mut |command, path| {
            let examples = command
                .get_before_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let examples: Vec<&str> = examples
                .lines()
                .map(str::trim)
                .filter(|line| line.starts_with(path))
                .collect();
            assert!(!examples.is_empty(), "`{path}` has no example of itself");
            assert!(
                command.get_about().is_some(),
                "`{path}` does not say what it is"
            );
        });
    }

    #[test]
    fn what_stands_before_a_help_fits_a_terminal_of_80_columns() {
        walk(&tree(), "backorder", &mut |command, path| {
            let help = command.get_before_help().map(ToString::to_string);
            for line in help.unwrap_or_default().lines() {
                assert!(line.chars().count() <= 80, "`{path} --help`: {line}");
            }
        });
    }

    #[test]
    fn every_example_is_understood() {
        let mut examples = Vec::new();
        walk(&tree(), "backorder", &mut |command, _| {
            let help = command
                .get_before_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            // A line that ends in a backslash goes on in the next, as in a shell; two spaces stand
            // before what an example is for.
            let help = help.replace(" \\\n   ", "");
            let lines = help.lines().map(str::trim);
            let commands = lines.filter_map(|line| line.split("  ").next());
            let commands = commands.filter(|line| line.starts_with("backorder"));
            examples.extend(commands.map(ToOwned::to_owned));
        });
        assert!(examples.len() > 20);
        for example in examples {
            let words = example
                .split('>')
                .next()
                .unwrap_or_default()
                .split('|')
                .next();
            let words = split(words.unwrap_or_default());
            if let Err(error) = tree().try_get_matches_from(&words) {
                let fine = matches!(
                    error.kind(),
                    clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
                );
                assert!(fine, "`{example}` is not understood: {error}");
            }
        }
    }

    /// Words as a shell would cut them, as far as examples need it.
    fn split(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn the_tree_holds_together() {
        tree().debug_assert();
    }
}
