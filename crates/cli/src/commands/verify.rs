//! `verify`: is the log what was written? Read whole, once, and counted.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use audit::Audit;
use clap::Args;
use domain::decider::{Projection, Recorded, Room};
use domain::ids::{Position, Revision};
use event_log::{
    FollowError, Heads, Link, Log, Logged, Mark, Marks, Quarantined, ReadError, Start,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::damage::cure;
use crate::kept::Kept;
use crate::output::{Format, line};
use crate::problem::{Exit, Problem};
use crate::progress::Count;
use crate::session::Session;

/// How many of the things that do not add up are named.
const MAX_NAMED: usize = 3;

/// Verify that the log is what was written: nothing changed, lost or added
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder verify
  backorder verify --from 120000    what came since the last time
  backorder verify --state ./state  a log of `backorder up`, which has stopped
  backorder verify --nats nats://10.0.0.7:4222 -o json

Reads the whole log once, while the services go on. Checked are: that no
revision is missing; that each commit is what its room wrote (its chain value
is recomputed); that each event can be read; that every unit ordered, received
and shipped is accounted for; and, where BACKORDER_STATE_DIR is that of the
services, that the log has all they read. What is quarantined is listed. Takes
memory for each order line of the log, not for each commit.

Exit code 0: the log is whole; 1: it is not, and the first offence is named.")]
pub(crate) struct Verify {
    /// Begin at this revision; what came before is not read, and units are not counted
    #[arg(long, value_name = "REVISION", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<u64>,
    /// Folder that `backorder up --state` was given, while that does not run
    #[arg(long, value_name = "DIR", conflicts_with = "nats")]
    state: Option<PathBuf>,
}

/// A log that is whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verified {
    /// The first revision that was read.
    pub from: Revision,
    /// The last one.
    pub last: Revision,
    /// How many events stand there.
    pub events: u64,
    /// Each room's last commit.
    pub heads: Heads,
    /// What was passed over.
    pub quarantined: Vec<Arc<Quarantined>>,
}

impl Verify {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let Some(state) = &self.state else {
            return self.verify(session).await;
        };
        let kept = Kept::start(state, session).await?;
        let verified = self.verify(&kept.session).await;
        kept.end().await;
        verified
    }

    async fn verify(&self, session: &Session) -> Result<(), Problem> {
        let log = session.log().await?;
        let from = Revision(self.from.unwrap_or(1));
        let place = format!("the log at {}", event_log::shown(&session.config.nats.url));
        let marks = marks(session)?;
        let verified = verify(session, &log, from, marks, &place).await?;
        match session.out.0 {
            Format::Table => line(&verified.in_words()),
            Format::Json => session.out.value(&verified.as_json()),
        }
        Ok(())
    }
}

impl Verified {
    pub fn in_words(&self) -> String {
        let Self {
            from, last, events, ..
        } = self;
        if *last == Revision(0) {
            return "The log is empty.".to_owned();
        }
        let counted = if *from == Revision(1) {
            "every unit accounted for"
        } else {
            "units not counted"
        };
        let plural = if *events == 1 { "event" } else { "events" };
        let mut told =
            format!("The log is whole: revisions {from} to {last}, {events} {plural}, {counted}.");
        for record in &self.quarantined {
            let (revision, room) = (record.revision, record.room);
            let (offence, reason) = (record.offence, &record.reason);
            told.push_str(&format!(
                "\nPassed over is revision {revision} of {room}, {offence}: {reason}"
            ));
        }
        told
    }

    fn as_json(&self) -> Value {
        json!({
            "ok": true,
            "from": self.from,
            "last": self.last,
            "events": self.events,
            "units_counted": self.from == Revision(1),
            "rooms": self.heads,
            "quarantined": self.quarantined.iter().map(|it| &**it).collect::<Vec<_>>(),
        })
    }
}

/// Reads a log from a revision to its present end.
///
/// # Errors
/// The first offence, with what to do.
pub(crate) async fn verify(
    session: &Session,
    log: &Log,
    from: Revision,
    marks: Vec<Mark>,
    place: &str,
) -> Result<Verified, Problem> {
    let last = match log.last(&Room::ALL).await {
        // What is missing before it is named first.
        Ok(last) | Err(ReadError::Missing(last)) => last,
        Err(error) => return Err(session.unread(&error.into())),
    };
    if from > last && from > Revision(1) {
        let what = format!("the log has no revision {from}: its last one is {last}");
        return Err(Problem::usage(what, "--from", "give an earlier revision"));
    }
    if last == Revision(0) {
        return nothing(&marks, from, place);
    }
    let after = Revision(from.0.saturating_sub(1));
    let start = Start {
        after,
        marks,
        without: None,
    };
    let mut verified = Verified {
        from,
        last,
        events: 0,
        heads: Heads::default(),
        quarantined: Vec::new(),
    };
    let counts = from == Revision(1);
    let (mut audit, mut progress) = (Audit::default(), Count::new(last.0, "revisions"));
    let mut commits = log.follow_from(&Room::ALL, start);
    while let Some(heard) = commits.next().await {
        let logged = heard.map_err(|error| offence(&error, place))?;
        progress.reach(logged.revision.0);
        let events = u64::try_from(logged.commit.events.len()).unwrap_or_default();
        verified.events = verified.events.saturating_add(events);
        if let Some(chain) = logged.chain {
            let revision = logged.revision;
            verified.heads.know(logged.room, Link { revision, chain });
        }
        verified.quarantined.extend(logged.quarantined.clone());
        if counts {
            count(&mut audit, &logged).map_err(|what| uncounted(what, place))?;
        }
        if logged.revision >= last {
            break;
        }
    }
    drop(progress);
    let wrong = audit.violations(false);
    if counts && !wrong.is_empty() {
        let named: Vec<&str> = wrong.iter().take(MAX_NAMED).map(String::as_str).collect();
        let more = wrong.len().saturating_sub(named.len());
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        let what = format!("units do not add up: {}{more}", named.join("; "));
        return Err(uncounted(what, place));
    }
    Ok(verified)
}

/// What the services of this machine have read must be on the log.
pub(crate) fn marks(session: &Session) -> Result<Vec<Mark>, Problem> {
    let mut must_hold = Vec::new();
    if let Some(dir) = &session.config.state.dir {
        let dir = dir.join("marks");
        for room in Room::ALL.into_iter().filter(|_| dir.is_dir()) {
            let marks = Marks::open(&dir, room.token()).map_err(|error| {
                let next = "mend that, or name another BACKORDER_STATE_DIR";
                Problem::caused(&error.into(), "what the services have read", next)
            })?;
            must_hold.extend(marks.marks());
        }
    }
    must_hold.sort_by_key(|mark: &Mark| (mark.room, mark.link));
    must_hold.dedup_by_key(|mark| (mark.room, mark.link));
    Ok(must_hold)
}

/// Whether a log that ends there is empty, though somebody has read from it.
pub(crate) fn lost_all(marks: &[Mark], last: Revision) -> Option<FollowError> {
    let mark = marks.last().filter(|_| last == Revision(0))?;
    Some(FollowError::Lost {
        room: mark.room,
        revision: mark.link.revision,
        instead: "the log is empty".to_owned(),
        noted_in: mark.noted_in.clone(),
    })
}

/// An empty log is whole, if nobody has read anything from it.
fn nothing(marks: &[Mark], from: Revision, place: &str) -> Result<Verified, Problem> {
    if let Some(lost) = lost_all(marks, Revision(0)) {
        return Err(offence(&lost, place));
    }
    Ok(Verified {
        from,
        last: Revision(0),
        events: 0,
        heads: Heads::default(),
        quarantined: Vec::new(),
    })
}

/// Counts the events of a commit.
///
/// # Errors
/// Which one cannot be counted, and why.
fn count(audit: &mut Audit, logged: &Logged) -> Result<(), String> {
    let revision = logged.revision;
    for (index, event) in (0_u32..).zip(&logged.commit.events) {
        let position = Position { revision, index };
        let wrong = |what: String| format!("from {position} on units do not add up: {what}");
        let recorded = Recorded {
            position,
            as_of: logged.commit.as_of,
            at: logged.commit.at,
        };
        let counted = catch_unwind(AssertUnwindSafe(|| audit.fold(recorded, event)));
        counted.map_err(|panic| wrong(said(&*panic)))?;
        if let Some(overdrawn) = audit.overdrawn_by(event) {
            return Err(wrong(overdrawn));
        }
    }
    Ok(())
}

/// What a count stopped with.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it cannot be counted").to_owned()
}

/// The log is not what was written.
pub(crate) fn offence(error: &FollowError, place: &str) -> Problem {
    Problem {
        exit: match error {
            FollowError::Unreachable { .. } => Exit::Unreachable,
            FollowError::Gap { .. }
            | FollowError::Gone { .. }
            | FollowError::Damaged { .. }
            | FollowError::Unchained { .. }
            | FollowError::Foreign(_)
            | FollowError::Lost { .. }
            | FollowError::Behind { .. }
            | FollowError::Quarantined { .. }
            | FollowError::Undecodable { .. } => Exit::Refused,
        },
        ..Problem::failed(error.to_string(), place, cure(error))
    }
}

fn uncounted(what: String, place: &str) -> Problem {
    Problem {
        what,
        place: place.to_owned(),
        next: "each commit is as it was written, so this is a defect: please report it".to_owned(),
        exit: Exit::Refused,
        said: Box::default(),
    }
}
