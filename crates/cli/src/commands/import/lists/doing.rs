//! What every list is imported with, and what becomes of what it says. Must not know which list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use api::inventory::v1::ListLocationsRequest;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use clap::Args;
use domain::decider::Room;
use domain::ids::{LocationId, but_near};
use futures::StreamExt;
use import::{Field, Kind, Lines, List, Listed, Names, ReadAs, Reason};
use serde::de::DeserializeOwned;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::commands::import::account::{Account, Told};
use crate::commands::import::carry::{Ask, is_refusal};
use crate::commands::import::items::{Items, in_words, measures};
use crate::commands::import::page::{Words, tell_list};
use crate::commands::import::reading::Cells;
use crate::commands::import::tries::again;
use crate::commands::import::unread::{bar, unread};
use crate::problem::{Exit, Problem};
use crate::session::Session;

/// How many things are asked for before their answers are written down.
const AT_A_TIME: usize = 1_024;
/// How many locations one page has.
const PAGE: i32 = 500;

/// What every list is imported with.
#[derive(Debug, Args)]
pub(crate) struct Doing {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    cells: Cells,
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
}

impl Doing {
    pub const fn ask(&self) -> Ask {
        match (self.dry_run, self.offline) {
            (false, _) => Ask::ToRecord,
            (true, false) => Ask::ToValidate,
            (true, true) => Ask::Nobody,
        }
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

    /// Carries all of it to inventory, and tells what became of it.
    pub(super) async fn carry<W: Way>(
        &self,
        session: &Session,
        way: &W,
        lines: Lines<W::Told>,
        began: Instant,
    ) -> Result<(), Problem> {
        let mut account = Account::open(self.report.as_deref())?;
        let bar = bar(0);
        let mut held = Vec::new();
        for line in lines {
            match line.map_err(|error| unread(W::KIND, error))? {
                Listed::Told(rows, told) => held.extend(way.acts(rows, told)),
                Listed::Left(left) => {
                    let row = Row {
                        row: left.row,
                        document: left.document,
                        sku: left.sku,
                    };
                    held.push(Act::Leave(vec![row], left.reason, left.detail));
                }
            }
            if held.len() >= AT_A_TIME {
                let acts = std::mem::take(&mut held);
                self.settle(session, way, acts, &mut account).await?;
                bar.set_message(format!("{} rows", account.rows));
                bar.tick();
            }
        }
        self.settle(session, way, held, &mut account).await?;
        bar.finish_and_clear();
        account.close()?;
        let took: Duration = began.elapsed();
        tell_list(
            &account,
            way.items(),
            &W::WORDS,
            session.out,
            self.ask(),
            took,
        )
    }

    async fn settle<W: Way>(
        &self,
        session: &Session,
        way: &W,
        acts: Vec<Act<W::Request>>,
        account: &mut Account,
    ) -> Result<(), Problem> {
        let (at_once, ask) = (usize::try_from(self.at_once).unwrap_or(1), self.ask());
        let client = session.doors.inventory()?;
        let answers = futures::stream::iter(acts).map(|act| {
            let client = &client;
            async move {
                match act {
                    Act::Ask(rows, _) if ask == Ask::Nobody => (rows, Became::Readable),
                    Act::Ask(rows, request) => {
                        let answer = again(|| way.ask(client.clone(), request.clone()));
                        (rows, Became::Answered(answer.await))
                    }
                    Act::AsItIs(rows) => (rows, Became::AsItIs),
                    Act::Leave(rows, reason, detail) => (rows, Became::Left(reason, detail)),
                }
            }
        });
        let mut answers = std::pin::pin!(answers.buffered(at_once));
        while let Some((rows, became)) = answers.next().await {
            write_down::<W>(session, account, (&rows, became))?;
        }
        Ok(())
    }
}

fn write_down<W: Way>(
    session: &Session,
    account: &mut Account,
    (rows, became): (&[Row], Became),
) -> Result<(), Problem> {
    let done = W::WORDS.done;
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
        Became::Answered(Ok(answer)) if answer.repeated => {
            account.repeated = account.repeated.saturating_add(1);
            return taken(account, &format!("{done} before"));
        }
        Became::Answered(Ok(answer)) => {
            account.placed = account.placed.saturating_add(1);
            let detail = if answer.validated {
                format!("would be {done}")
            } else {
                format!("{done} at revision {}", answer.revision)
            };
            return taken(account, &detail);
        }
        Became::Answered(Err(status)) if status.code() == Code::AlreadyExists => {
            account.otherwise = account.otherwise.saturating_add(1);
            (Reason::TakenOtherwise, status.message().to_owned())
        }
        Became::Answered(Err(status)) if is_refusal(&status) => {
            account.refused = account.refused.saturating_add(1);
            (Reason::Refused, status.message().to_owned())
        }
        Became::Answered(Err(status)) => {
            return Err(session.doors.problem(Room::Inventory, W::CALL, &status));
        }
        Became::Left(reason, detail) => (reason, detail),
    };
    rows.iter()
        .try_for_each(|row| account.left(row.told(), reason, &detail))
}

/// What became of one thing.
enum Became {
    Readable,
    AsItIs,
    Answered(Result<Answered, Status>),
    Left(Reason, String),
}

/// What inventory answered.
pub(super) struct Answered {
    pub(super) revision: u64,
    pub(super) repeated: bool,
    pub(super) validated: bool,
}

/// A row as the report names it.
pub(super) struct Row {
    pub(super) row: u64,
    pub(super) document: String,
    pub(super) sku: String,
}

impl Row {
    fn told(&self) -> Told<'_> {
        Told {
            row: self.row,
            document: &self.document,
            sku: &self.sku,
        }
    }
}

/// What is to be done about some rows.
pub(super) enum Act<R> {
    Ask(Vec<Row>, R),
    /// What they say is so already.
    AsItIs(Vec<Row>),
    Leave(Vec<Row>, Reason, String),
}

/// A kind of list: what inventory is asked for what it says.
pub(super) trait Way {
    type Told: Names + DeserializeOwned;
    type Request: Clone;
    const KIND: Kind;
    const CALL: &'static str;
    const WORDS: Words;

    fn acts(&self, rows: Vec<u64>, told: Self::Told) -> Vec<Act<Self::Request>>;

    /// Items that nobody has defined.
    fn items(&self) -> &Items;

    async fn ask(
        &self,
        client: InventoryServiceClient<Channel>,
        request: Self::Request,
    ) -> Result<Answered, Status>;
}

/// What a list names and nobody has defined.
#[derive(Default)]
pub(super) struct Unknown {
    pub(super) items: Items,
    /// Each with the known one that it looks like.
    locations: BTreeMap<LocationId, String>,
}

impl Unknown {
    pub(super) async fn of<T>(
        session: &Session,
        ask: Ask,
        lines: &Lines<T>,
    ) -> Result<Self, Problem> {
        if ask == Ask::Nobody {
            return Ok(Self::default());
        }
        let known = locations(session).await?;
        let unknown = lines
            .locations()
            .iter()
            .filter(|it| !known.contains(it.as_str()));
        let names = || known.iter().map(String::as_str);
        Ok(Self {
            items: Items::ask(session, lines.skus().iter(), false).await?,
            locations: unknown
                .map(|it| (it.clone(), but_near(it.as_str(), names())))
                .collect(),
        })
    }

    /// Why rows that name these are left, if they are.
    pub(super) fn why(
        &self,
        named: &mut dyn Iterator<Item = (&domain::ids::Sku, Option<&LocationId>)>,
    ) -> Option<(Reason, String)> {
        for (sku, location) in named {
            if let Some(near) = self.items.unknown.get(sku) {
                let told = in_words(sku, near.as_deref());
                return Some((Reason::UnknownItem, format!("nobody has defined {told}")));
            }
            let Some(location) = location else { continue };
            if let Some(near) = self.locations.get(location) {
                let told = format!("no location {location} is defined{near}");
                return Some((Reason::UnknownLocation, told));
            }
        }
        None
    }
}

/// Every location that is defined.
async fn locations(session: &Session) -> Result<BTreeSet<String>, Problem> {
    let client = session.doors.inventory()?;
    let (mut known, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let request = ListLocationsRequest {
            page_size: PAGE,
            page_token,
            ..ListLocationsRequest::default()
        };
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.list_locations(request).await }
        });
        let problem = |status| {
            session
                .doors
                .problem(Room::Inventory, "ListLocations", &status)
        };
        let answer = answer.await.map_err(problem)?.into_inner();
        known.extend(answer.locations.into_iter().map(|it| it.location_id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(known);
        }
    }
}

/// Where the rows of a file stand that names no location.
pub(super) fn placed_at(list: &List, at: Option<&str>) -> Result<Option<LocationId>, Problem> {
    let at = at
        .map(LocationId::new)
        .transpose()
        .map_err(|error| Problem::usage(error.to_string(), "--at", "give the id of a location"))?;
    if at.is_none() && !list.has(Field::Location) {
        return Err(Problem::usage(
            "the file has no column for locations, and none is said",
            "the file",
            "say --at LOCATION, or name the column: --columns 'location=…'",
        ));
    }
    Ok(at)
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
