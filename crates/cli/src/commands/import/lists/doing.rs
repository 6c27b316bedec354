//! What every list is imported with, and what becomes of what it says. Must not know which list.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use futures::StreamExt;
use import::{Kind, Lines, List, Listed, ReadAs, Reason};
use serde::de::DeserializeOwned;
use tonic::Code;

use super::call::{Act, Became, Caller, Clients, Row};
use crate::commands::import::account::Account;
use crate::commands::import::carry::{Ask, is_refusal};
use crate::commands::import::items::{Items, measures};
use crate::commands::import::page::{Words, tell_list};
use crate::commands::import::reading::Cells;
use crate::commands::import::unread::{bar, unread};
use crate::problem::{Exit, Problem};
use crate::session::Session;

/// How many things are asked for before their answers are written down; those of the last delivery
/// may be more.
const AT_A_TIME: usize = 1_024;

/// What every list is imported with.
#[derive(Debug, Args)]
pub(crate) struct Doing {
    /// The file
    file: PathBuf,
    /// Record nothing; ask the services what would become of each row
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: read the file alone, and ask no service
    #[arg(long, requires = "dry_run")]
    offline: bool,
    /// Write the outcome of each row to this file, as CSV
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Number of calls in flight
    #[arg(long, default_value_t = 64, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_024))]
    at_once: u32,
    #[command(flatten)]
    cells: Cells,
}

impl Doing {
    pub const fn ask(&self) -> Ask {
        match (self.dry_run, self.offline) {
            (false, _) => Ask::ToRecord,
            (true, false) => Ask::ToValidate,
            (true, true) => Ask::Nobody,
        }
    }

    /// What the file is called, without its folder.
    pub(super) fn file_name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Opens the file, and tells what of it is not read.
    pub(super) async fn open(
        &self,
        session: &Session,
        kind: Kind,
        how: ReadAs,
    ) -> Result<List, Problem> {
        let measures = match self.ask() {
            Ask::Nobody => BTreeMap::new(),
            Ask::ToRecord | Ask::ToValidate => measures(session).await?,
        };
        let how = ReadAs {
            measures,
            ..self.cells.how(kind, how)?
        };
        let list = List::open(&self.file, kind, how).map_err(|error| unread(kind, error))?;
        for (field, column) in list.overlooked() {
            let field = field.name();
            eprintln!("hint: column `{column}` is not read; --columns '{field}={column}' reads it");
        }
        Ok(list)
    }

    /// Reads all of it, with a bar on standard error, and only if that is a terminal.
    pub(super) fn read<T>(
        &self,
        list: List,
        lines: impl FnOnce(List, &mut dyn FnMut()) -> Result<Lines<T>, import::SourceError>,
    ) -> Result<Lines<T>, Problem> {
        let bar = bar(std::fs::metadata(&self.file).map_or(0, |file| file.len()));
        let map = list.column_map();
        let kind = map.kind;
        bar.println(format!("columns: {}", map.name));
        let read = list.bytes_read();
        let read = lines(list, &mut || {
            bar.set_position(read.load(std::sync::atomic::Ordering::Relaxed));
        });
        bar.finish_and_clear();
        read.map_err(|error| unread(kind, error))
    }

    /// Carries all of it to its service, each thing as `act` says, and tells what became of it.
    pub(super) async fn carry<T: DeserializeOwned>(
        &self,
        session: &Session,
        lines: Lines<T>,
        act: impl Fn(Vec<u64>, T) -> Act,
        told: &Page<'_>,
    ) -> Result<(), Problem> {
        let mut account = Account::open(self.report.as_deref())?;
        let bar = bar(0);
        let at_once = usize::try_from(self.at_once).unwrap_or(1);
        let clients = Clients {
            inventory: session.doors.inventory()?,
            suppliers: session.doors.suppliers()?,
        };
        let caller = Caller::new(clients, self.ask(), at_once);
        let (mut held, mut calls) = (Vec::new(), 0_usize);
        for line in lines {
            let act = match line.map_err(|error| unread(told.words.kind, error))? {
                Listed::Told(rows, told) => act(rows, told),
                Listed::Left(left) => Act::left(left),
            };
            calls = calls.saturating_add(act.calls());
            held.push(act);
            if held.len().max(calls) >= AT_A_TIME {
                let acts = std::mem::take(&mut held);
                calls = 0;
                settle(session, &caller, (acts, told.words), &mut account).await?;
                bar.set_message(format!("{} rows", account.rows));
                bar.tick();
            }
        }
        settle(session, &caller, (held, told.words), &mut account).await?;
        bar.finish_and_clear();
        account.close()?;
        let took: Duration = told.began.elapsed();
        let (ask, items) = (self.ask(), told.items);
        tell_list(&account, items, told.words, session.out, ask, took)
    }
}

async fn settle(
    session: &Session,
    caller: &Caller,
    (acts, words): (Vec<Act>, &Words),
    account: &mut Account,
) -> Result<(), Problem> {
    let done = futures::stream::iter(acts).map(|act| caller.carry_out(act));
    let mut done = std::pin::pin!(done.buffered(caller.at_once()));
    while let Some(all) = done.next().await {
        for (rows, became) in all {
            write_down(session, account, words, (&rows, became))?;
        }
    }
    Ok(())
}

fn write_down(
    session: &Session,
    account: &mut Account,
    words: &Words,
    (rows, became): (&[Row], Became),
) -> Result<(), Problem> {
    let done = words.done;
    let taken = |account: &mut Account, detail: &str| {
        rows.iter()
            .try_for_each(|row| account.taken(row.told(), detail))
    };
    let (reason, detail) = match became {
        Became::Readable => {
            account.placed = account.placed.saturating_add(1);
            return taken(account, "can be read; no service was asked");
        }
        Became::AsItIs => {
            account.unchanged = account.unchanged.saturating_add(1);
            return taken(account, "is so already");
        }
        Became::Answered(_, Ok(answer)) if answer.repeated => {
            account.repeated = account.repeated.saturating_add(1);
            return taken(account, &format!("{done} before"));
        }
        Became::Answered(_, Ok(answer)) => {
            account.placed = account.placed.saturating_add(1);
            let detail = if answer.validated {
                format!("would be {done}")
            } else {
                format!("{done} at revision {}", answer.revision)
            };
            return taken(account, &detail);
        }
        Became::Answered(_, Err(status)) if status.code() == Code::AlreadyExists => {
            account.otherwise = account.otherwise.saturating_add(1);
            (Reason::TakenOtherwise, status.message().to_owned())
        }
        Became::Answered(_, Err(status)) if is_refusal(&status) => {
            account.refused = account.refused.saturating_add(1);
            (Reason::Refused, status.message().to_owned())
        }
        Became::Answered((room, call), Err(status)) => {
            return Err(session.doors.problem(room, call, &status));
        }
        Became::Left(reason, detail) => (reason, detail),
    };
    rows.iter()
        .try_for_each(|row| account.left(row.told(), reason, &detail))
}

/// What is told in the end, beside the sums.
pub(super) struct Page<'a> {
    pub(super) words: &'a Words,
    /// Items that nobody has defined.
    pub(super) items: &'a Items,
    pub(super) began: Instant,
}

/// The clock that tells how long a command took.
#[allow(
    clippy::disallowed_methods,
    reason = "how long a command took is told by the clock"
)]
pub(super) fn began() -> Instant {
    Instant::now()
}

/// A dry run whose services do not answer may do without them.
pub(super) fn or_offline<T>(ask: Ask, done: Result<T, Problem>) -> Result<T, Problem> {
    done.map_err(|problem| match (problem.exit, ask) {
        (Exit::Unreachable, Ask::ToValidate) => Problem {
            next: format!("{}; or read the file alone with --offline", problem.next),
            ..problem
        },
        _ => problem,
    })
}
