//! `quarantine`: a message that no room could have written is passed over from now on.

use std::panic;
use std::path::PathBuf;

use chassis::Clock;
use clap::Args;
use domain::ids::Revision;
use event_log::{
    EventLog, JetStreamLog, Log, MAX_REASON_BYTES, Offence, QuarantineError, Quarantined, Raw,
};
use serde_json::json;

use super::verify::offence;
use crate::confirm::Question;
use crate::kept::Kept;
use crate::offender::{Judged, NotToBe, judge};
use crate::output::{Format, line};
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::zone;

/// How much of a message is shown.
const SHOWN_CHARACTERS: usize = 300;
/// How wide.
const LINE_CHARACTERS: usize = 76;

/// Have every reader pass over a message that stops them
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder quarantine 4711 --reason \"test script, see ticket 42\"
  backorder quarantine 4711 --reason \"ticket 42\" --yes -o json
  backorder quarantine 4711 --reason \"ticket 42\" --state ./state

For a message that `backorder verify` names: of a stranger, unreadable, a fact
of another room, or a fact that cannot be. It is read, shown and judged first,
and stays on the log. A record beside it says that it is passed over, and why;
all readers follow it for ever. A good commit is refused, and so is one that a
room has gone on from. Start the services again afterwards.

With --state for a log of `backorder up`, which has stopped; else as the NATS
user of the operator. docs/reliability.md says when to restore instead.")]
pub(crate) struct Quarantine {
    /// Where the message stands
    #[arg(value_name = "REVISION", value_parser = clap::value_parser!(u64).range(1..))]
    revision: u64,
    /// Why, for whoever audits the log
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Also where its hash fits, so that the room itself may have written it: you know that nobody
    /// was answered by it, by no version of the service
    #[arg(long)]
    unanswered: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Folder that `backorder up --state` was given, while that does not run
    #[arg(long, value_name = "DIR", conflicts_with = "nats")]
    state: Option<PathBuf>,
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > MAX_REASON_BYTES || text.contains(char::is_control) {
        return Err(format!(
            "give 1 to {MAX_REASON_BYTES} bytes of text on one line"
        ));
    }
    Ok(text.to_owned())
}

impl Quarantine {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let Some(state) = &self.state else {
            return self.quarantine(session).await;
        };
        let kept = Kept::start(state, session).await?;
        let done = self.quarantine(&kept.session).await;
        kept.end().await;
        done
    }

    async fn quarantine(&self, session: &Session) -> Result<(), Problem> {
        let at = Revision(self.revision);
        let place = format!("the log at {}", event_log::shown(&session.config.nats.url));
        let mut settings = chassis::log_settings(&session.config);
        settings.create = false;
        let log = JetStreamLog::open(settings).await;
        let log = log.map_err(|error| session.unread(&error.into()))?;
        let known = log.quarantined().into_iter().find(|it| it.revision == at);
        if let Some(known) = known {
            tell(session, &known, true);
            return Ok(());
        }
        let raw = log.raw(at).await;
        let raw = raw.map_err(|error| session.unread(&error.into()))?;
        let Some(raw) = raw else {
            let what = format!("no message can be read at revision {at}");
            let next = "`backorder verify` says what is wrong with the log";
            return Err(Problem::usage(what, "REVISION", next));
        };
        let Some(room) = raw.room else {
            let what = format!(
                "revision {at} stands on {}, which is no room's",
                raw.subject
            );
            return Err(refused(
                what,
                &place,
                "nothing: readers pass over it as it is",
            ));
        };
        let shared: Log = std::sync::Arc::new(log.clone());
        let judged = quietly(judge(&shared, at, room, &raw)).await;
        let judged = judged.map_err(|error| not_to_be(&error, &place))?;
        if session.out.0 == Format::Table {
            line(&preview(at, &raw, judged));
        }
        if judged.fits && !self.unanswered {
            let what = format!("the hash of revision {at} fits: {room} itself may have written it");
            let next = "run the version that wrote it; if there is none, and nobody can have \
                        been answered by it, give --unanswered";
            return Err(refused(what, &place, next));
        }
        let question = Question {
            asked: format!("Nobody will ever read revision {at}. Type yes to quarantine it: "),
            whether: "whether to quarantine it",
            not_done: "not quarantined",
            place: "quarantine",
        };
        question.confirm(self.yes)?;
        let record = Quarantined {
            revision: at,
            room,
            before: judged.before,
            chain: judged.before.chain.then(&raw.body),
            bytes: u64::try_from(raw.body.len()).unwrap_or(u64::MAX),
            written_at: raw.written_at,
            offence: judged.offence,
            reason: self.reason.clone(),
            at: Clock::wall().now(),
            recorded_at: Revision(0),
        };
        let record = log.quarantine(record).await;
        let record = record.map_err(|error| not_written(&error, &place))?;
        tell(session, &record, false);
        Ok(())
    }
}

/// While it is found out whether a room breaks, what it breaks with is not printed.
async fn quietly<T>(run: impl Future<Output = T>) -> T {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = run.await;
    panic::set_hook(before);
    done
}

fn refused(what: String, place: &str, next: &str) -> Problem {
    Problem {
        what,
        place: place.to_owned(),
        next: next.to_owned(),
        exit: Exit::Refused,
        said: Box::default(),
    }
}

fn not_to_be(error: &NotToBe, place: &str) -> Problem {
    let next = match error {
        NotToBe::Good(..) => "nothing: it stops nobody; `backorder verify` names what does",
        NotToBe::NotFirst(..) => "quarantine that one first",
        NotToBe::BuiltUpon(..) | NotToBe::RestedOn { .. } => {
            "run the version that wrote it; else `backorder restore` the last backup"
        }
        NotToBe::BrokenBefore { .. } => "quarantine the fact that breaks it first",
        NotToBe::Damaged(damage) => return offence(damage, place),
        NotToBe::Unread(_) => "`backorder check` looks at the log and the services",
    };
    refused(error.to_string(), place, next)
}

fn not_written(error: &QuarantineError, place: &str) -> Problem {
    let next = match error {
        QuarantineError::Refused { .. } => {
            "write as the operator's NATS user, see deploy/nats/users.conf; for `backorder up` \
             stop it, and give --state"
        }
        QuarantineError::NotFollowed { .. } => "nothing: the room has taken it",
        QuarantineError::TooMany => "`backorder restore` the last backup",
        QuarantineError::Read(_) => "`backorder check` looks at the log and the services",
    };
    refused(error.to_string(), place, next)
}

/// What a message is, for whoever decides on it.
fn preview(at: Revision, raw: &Raw, judged: Judged) -> String {
    let (subject, bytes, when) = (&raw.subject, raw.body.len(), zone::minute(raw.written_at));
    let mut told = format!("Revision {at} on {subject}, written {when}, {bytes} bytes:\n");
    for part in readable(&raw.body).chunks(LINE_CHARACTERS) {
        told.push_str(&format!("  {}\n", part.iter().collect::<String>()));
    }
    let wrong = match judged.offence {
        Offence::Stranger => "It has no hash: none of ours wrote it, and no room has taken it.",
        Offence::Unreadable => "This version cannot read it.",
        Offence::Foreign => "It has a fact of another room.",
        Offence::Impossible => "After all before it a room cannot fold it.",
    };
    told.push_str(wrong);
    told
}

/// The beginning of a message, of which nothing hides or moves on a screen.
fn readable(body: &[u8]) -> Vec<char> {
    let text = String::from_utf8_lossy(body);
    let seen = |it: char| it == ' ' || it.is_ascii_graphic() || it.is_alphanumeric();
    let shown = text.chars().map(|it| if seen(it) { it } else { '.' });
    shown.take(SHOWN_CHARACTERS).collect()
}

fn tell(session: &Session, record: &Quarantined, before: bool) {
    match session.out.0 {
        Format::Table => {
            let already = if before { " already" } else { "" };
            let Quarantined {
                revision,
                room,
                recorded_at,
                ..
            } = record;
            line(&format!(
                "Quarantined{already}: revision {revision} of {room}, by the record at \
                 {recorded_at}.\nServices that stopped at it go on when they are started again."
            ));
        }
        Format::Json => session.out.value(&json!({
            "already": before,
            "recorded_at": record.recorded_at,
            "record": record,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_message_hides_or_moves_on_the_screen() {
        let shown: String = readable("{\"a\":\u{1b}[2J\u{202e}é\n\0\u{ff}}".as_bytes())
            .iter()
            .collect();
        assert_eq!(shown, "{\"a\":.[2J.é..ÿ}");
        assert_eq!(readable(&[b'x'; 9_000]).len(), SHOWN_CHARACTERS);
        assert!(reason("ticket 42").is_ok());
        for wrong in ["", " ", "two\nlines", &"x".repeat(501)] {
            assert!(reason(wrong).is_err(), "{wrong:?}");
        }
    }
}
