//! One module a command: its words, its call, and how its answer is told.

pub(crate) mod adjust;
pub(crate) mod at;
pub(crate) mod availability;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod fold;
pub(crate) mod import;
pub(crate) mod item;
pub(crate) mod location;
pub(crate) mod measures;
pub(crate) mod notices;
pub(crate) mod order;
pub(crate) mod place;
pub(crate) mod po;
pub(crate) mod promise;
pub(crate) mod queue;
pub(crate) mod rebalance;
pub(crate) mod receive;
pub(crate) mod release;
pub(crate) mod rule;
pub(crate) mod run;
pub(crate) mod ship;
pub(crate) mod stock;
pub(crate) mod study;
pub(crate) mod substitute;
pub(crate) mod supplier;
pub(crate) mod tail;
pub(crate) mod up;
pub(crate) mod wave;
pub(crate) mod what_if;
pub(crate) mod why;

use crate::args::Command;
use crate::problem::Problem;
use crate::session::Session;

/// Carries out a command.
pub(crate) async fn run(command: Command, session: &Session) -> Result<(), Problem> {
    match command {
        Command::Place(command) => command.run(session).await,
        Command::Cancel(command) => command.run(session).await,
        Command::Substitute(command) => command.run(session).await,
        Command::Order(command) => command.run(session).await,
        Command::Why(command) => command.run(session).await,
        Command::WhatIf(command) => command.run(session).await,
        Command::Study(command) => command.run(session).await,
        Command::Queue(command) => command.run(session).await,
        Command::Promise(command) => command.run(session).await,
        Command::Availability(command) => command.run(session).await,
        Command::Measures(command) => command.run(session).await,
        Command::Rebalance(command) => command.run(session).await,
        Command::Stock(command) => command.run(session).await,
        Command::Release(command) => command.run(session).await,
        Command::Receive(command) => command.run(session).await,
        Command::Adjust(command) => command.run(session).await,
        Command::Wave(command) => command.run(session).await,
        Command::Ship(command) => command.run(session).await,
        Command::Rule(command) => command.run(session).await,
        Command::Item(command) => command.run(session).await,
        Command::Location(command) => command.run(session).await,
        Command::Supplier(command) => command.run(session).await,
        Command::Po(command) => command.run(session).await,
        Command::Notices(command) => command.run(session).await,
        Command::Import(command) => command.run(session).await,
        Command::Demo(command) => command.run().await,
        Command::Up(command) => command.run(session).await,
        Command::Run(command) => command.run(session).await,
        Command::Check(command) => command.run(session).await,
        Command::Tail(command) => command.run(session).await,
        Command::Fold(command) => command.run(session).await,
        Command::Completions(command) => {
            command.run();
            Ok(())
        }
    }
}

/// How a command's answer ends: where it stands, and whether it stood there before.
pub(crate) fn recorded(revision: u64, repeated: bool) -> String {
    if repeated {
        format!("recorded before, at revision {revision}; nothing new")
    } else {
        format!("recorded at revision {revision}")
    }
}
