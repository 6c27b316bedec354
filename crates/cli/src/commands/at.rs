//! `--at`: as of when a question is answered.

use clap::Args;
use domain::ids::Revision;

use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::words::{self, Moment};

/// As of when.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct At {
    /// Answer as of this revision, or as of this time (RFC 3339, or a date, which means its start):
    /// the last commit at or before it, at that commit's time
    #[arg(long, value_name = "REVISION|TIME", value_parser = when)]
    at: Option<When>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Revision(u64),
    Time(Moment),
}

fn when(text: &str) -> Result<When, String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let time = words::time(text).map(When::Time);
        return time.map_err(|advice| format!("give a revision, or {advice}"));
    }
    match text.parse() {
        Ok(0) => Err("revisions are counted from 1".into()),
        Ok(revision) => Ok(When::Revision(revision)),
        Err(_) => Err("it is no revision".into()),
    }
}

impl At {
    /// The revision that is meant; 0 for now. A time is looked for on the log: it means the last
    /// revision at or before it.
    pub async fn revision(self, session: &Session) -> Result<u64, Problem> {
        let time = match self.at {
            None => return Ok(0),
            Some(When::Revision(revision)) => return Ok(revision),
            Some(When::Time(time)) => time.at(),
        };
        let log = session.log().await?;
        let found = event_log::last_at(log.as_ref(), time).await;
        match found.map_err(|error| session.unread(&error.into()))? {
            Revision(0) => Err(Problem {
                what: format!("nothing was written at or before {time}"),
                place: "--at".into(),
                next: "give a later time; `backorder tail --from 1` shows when the log began"
                    .into(),
                exit: Exit::Refused,
                said: Box::default(),
            }),
            found => Ok(found.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_takes_a_revision_a_time_or_a_date() {
        assert_eq!(when("1200"), Ok(When::Revision(1_200)));
        for text in ["2026-11-22", "2026-11-22T01:00:00+01:00"] {
            let Ok(When::Time(time)) = when(text) else {
                panic!("{text} is no time");
            };
            assert_eq!(time.at().to_string(), "2026-11-22T00:00:00Z", "{text}");
        }
        for wrong in ["0", "-1", "last tuesday", "99999999999999999999999"] {
            assert!(when(wrong).is_err(), "{wrong}");
        }
    }
}
