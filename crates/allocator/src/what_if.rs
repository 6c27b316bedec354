//! The door of what-if: reads the log from its begin, off the room's way, and writes nothing.
//! One comparison is played at a time.

use std::fmt::Display;
use std::sync::Arc;

use allocation::Allocator;
use allocation::rule::check;
use api::allocator::v1;
use chassis::wire::{keys, stamp, time};
use chassis::{Host, QueryError, refused};
use domain::decider::Room;
use domain::ids::{Revision, Sku, Timestamp};
use event_log::{Log, Logged};
use futures::StreamExt;
use tokio::sync::{Semaphore, mpsc};
use tonic::Status;
use what_if::{Comparison, Cut, Day, Measures, Report, Scenario, Span, WhatIf, WhatIfRefusal};

use crate::rule;

/// What is told to whoever plays.
enum Heard {
    Commit(Arc<Logged>),
    /// All of the log was read. A channel that closes before has lost whom it is played for.
    End,
}

/// Commits that have been read and not yet played; then reading waits.
const READ_AHEAD: usize = 256;
/// The version of a rule that is only tried.
const TRIED: u32 = u32::MAX;

/// What a comparison needs of the service.
pub struct Door {
    log: Log,
    one: Arc<Semaphore>,
}

impl Door {
    /// On a room's log.
    pub fn new(host: &Host<Allocator>) -> Self {
        Self {
            log: Arc::clone(host.log()),
            one: Arc::new(Semaphore::new(1)),
        }
    }

    /// Plays what is asked for.
    pub async fn answer(&self, request: v1::WhatIfRequest) -> Result<v1::WhatIfResponse, Status> {
        let scenarios: Result<_, Status> = request.scenarios.iter().map(scenario).collect();
        let what_if = WhatIf::new(span(&request)?, scenarios?).map_err(|it| refused(&it))?;
        let permit = Arc::clone(&self.one).try_acquire_owned();
        let permit = permit.map_err(|_closed| refused(&WhatIfRefusal::TooManyWhatIfs {}))?;
        let rooms = Room::ALL;
        let last = self.log.last(&rooms).await.map_err(|it| unreadable(&it))?;
        let (commits, heard) = mpsc::channel(READ_AHEAD);
        let played = tokio::task::spawn_blocking(move || {
            // Held until it is done, also if nobody waits for the answer any more.
            let _permit = permit;
            play(what_if, heard)
        });
        let mut log = self.log.follow(&rooms, Revision(0));
        let mut read = Revision(0);
        while read < last {
            let ended = || unreadable(&format!("it ends at revision {read}, before {last}"));
            let logged = log.next().await.ok_or_else(ended)?;
            let logged = logged.map_err(|it| unreadable(&it))?;
            read = logged.revision;
            // Whoever plays has heard all of the span, or refuses it.
            if commits.send(Heard::Commit(logged)).await.is_err() {
                break;
            }
        }
        // Not heard where the span is over already.
        let _heard = commits.send(Heard::End).await;
        let comparison = played.await.map_err(|it| unreadable(&it))?;
        let comparison = comparison.map_err(|it| refused(&it))?;
        let lost = || unreadable(&"what was read did not reach whoever plays it");
        comparison.map(answer).ok_or_else(lost)
    }
}

/// Plays what is heard, once it is whole. Nothing, if nobody waits for it any more: part of a span
/// is not compared.
fn play(
    mut what_if: WhatIf,
    mut heard: mpsc::Receiver<Heard>,
) -> Result<Option<Comparison>, WhatIfRefusal> {
    while !what_if.is_over() {
        match heard.blocking_recv() {
            Some(Heard::Commit(logged)) => what_if.hear(logged.revision, &logged.commit)?,
            Some(Heard::End) => break,
            None => return Ok(None),
        }
    }
    drop(heard);
    what_if.compare().map(Some)
}

/// The log, or what played it, failed.
fn unreadable(error: &impl Display) -> Status {
    QueryError::Unreadable(error.to_string()).into()
}

fn span(asked: &v1::WhatIfRequest) -> Result<Span, Status> {
    let (from, to) = (time("from_at", asked.from_at)?, time("to_at", asked.to_at)?);
    let cut = |revision: u64, at: Option<Timestamp>, otherwise: u64| match (revision, at) {
        (0, Some(at)) => Cut::At(at),
        (0, None) => Cut::Revision(Revision(otherwise)),
        (revision, _) => Cut::Revision(Revision(revision)),
    };
    Ok(Span {
        from: cut(asked.from_revision, from, 1),
        to: cut(asked.to_revision, to, u64::MAX),
    })
}

fn scenario(asked: &v1::WhatIfScenario) -> Result<Scenario, Status> {
    let mut opening = Vec::new();
    if let Some(asked) = &asked.rule {
        let tried = rule::read("what-if".into(), asked.clone())?.as_version(TRIED);
        check(&tried).map_err(|it| refused(&it))?;
        opening.push(tried.into());
    }
    let supply_skus = keys("supply_skus", &asked.supply_skus, Sku::new)?;
    Ok(Scenario {
        name: asked.name.clone(),
        opening,
        cap: asked.cap,
        fair_share: asked.fair_share,
        supply_days: asked.supply_days.into(),
        supply_percent: asked.supply_percent,
        supply_skus: supply_skus.into_iter().collect(),
    })
}

fn answer(comparison: Comparison) -> v1::WhatIfResponse {
    v1::WhatIfResponse {
        from: Some(stamp(comparison.from)),
        to: Some(stamp(comparison.to)),
        pick_and_ship_ms: comparison.pick_and_ship_ms,
        worlds: comparison.worlds.into_iter().map(world).collect(),
    }
}

fn world(report: Report) -> v1::WhatIfWorld {
    let tier = |(tier, it): (domain::ids::Tier, Measures)| v1::WhatIfTier {
        tier: tier.to_string(),
        measures: Some(measures(&it)),
    };
    v1::WhatIfWorld {
        name: report.name,
        overall: Some(measures(&report.overall)),
        tiers: report.by_tier.into_iter().map(tier).collect(),
        days: report.days.iter().map(day).collect(),
    }
}

fn day(day: &Day) -> v1::WhatIfDay {
    v1::WhatIfDay {
        begins: Some(stamp(day.begins)),
        open_lines: day.open_lines,
        open_units: day.open_units,
        filled_lines: day.filled_lines,
        wait_mean_ms: day.wait_mean_ms,
    }
}

const fn measures(it: &Measures) -> v1::WhatIfMeasures {
    v1::WhatIfMeasures {
        lines: it.lines,
        units: it.units,
        carried_lines: it.carried_lines,
        at_once_lines: it.at_once_lines,
        refused_units: it.refused_units,
        backordered_lines: it.backordered_lines,
        backordered_units: it.backordered_units,
        filled_lines: it.filled_lines,
        given_up_lines: it.given_up_lines,
        waiting_lines: it.waiting_lines,
        waiting_units: it.waiting_units,
        wait_mean_ms: it.wait_mean_ms,
        wait_p90_ms: it.wait_p90_ms,
        wait_worst_ms: it.wait_worst_ms,
        wait_by_value_ms: it.wait_by_value_ms,
        promised_lines: it.promised_lines,
        promises_moved: it.promises_moved,
        promises_kept: it.promises_kept,
        promises_broken: it.promises_broken,
        overdue_lines: it.overdue_lines,
        value_at_risk_minor: it.value_at_risk_minor,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::event::Commit;
    use event_log::{
        AppendError, Encoded, EventLog, FollowError, MemoryLog, ReadError, Start, Written,
    };
    use futures::future::BoxFuture;
    use futures::stream::BoxStream;
    use tonic::Code;

    use super::*;

    const FIRST: Revision = Revision(1);

    async fn two_commits() -> MemoryLog {
        let log = MemoryLog::new();
        for expected in [Revision(0), FIRST] {
            let commit = Commit {
                as_of: expected,
                at: Timestamp::from_ms(0),
                events: Vec::new(),
                traces: BTreeMap::new(),
            };
            let commit = Encoded::new(&commit).unwrap();
            log.append(Room::Orders, commit, expected).await.unwrap();
        }
        log
    }

    fn asked() -> v1::WhatIfRequest {
        v1::WhatIfRequest {
            scenarios: vec![v1::WhatIfScenario {
                name: "a".to_owned(),
                ..v1::WhatIfScenario::default()
            }],
            ..v1::WhatIfRequest::default()
        }
    }

    #[tokio::test]
    async fn part_of_a_span_is_compared_for_nobody() {
        let log = two_commits().await;
        let played = |told: Vec<Heard>| {
            let span = span(&asked()).unwrap();
            let scenarios = vec![scenario(&asked().scenarios[0]).unwrap()];
            let what_if = WhatIf::new(span, scenarios).unwrap();
            let (commits, heard) = mpsc::channel(READ_AHEAD);
            for commit in told {
                assert!(commits.try_send(commit).is_ok());
            }
            drop(commits);
            tokio::task::spawn_blocking(move || play(what_if, heard).unwrap())
        };
        let commit = Arc::new(log.read(FIRST).await.unwrap());
        let left = played(vec![Heard::Commit(Arc::clone(&commit))]);
        assert!(left.await.unwrap().is_none());
        let whole = played(vec![Heard::Commit(commit), Heard::End]);
        assert_eq!(whole.await.unwrap().unwrap().worlds.len(), 2);
    }

    #[test]
    fn a_span_of_times_that_cannot_be_kept_is_refused_by_its_field() {
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (300_000_000_000, 0)] {
            let mut asked = asked();
            asked.to_at = Some(prost_types::Timestamp { seconds, nanos });
            let status = span(&asked).unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument);
            assert!(status.message().starts_with("to_at is out of range"));
        }
    }

    /// A log that stops telling after its first commit.
    struct Torn(MemoryLog);

    impl EventLog for Torn {
        fn identity(&self) -> String {
            self.0.identity()
        }
        fn append(
            &self,
            room: Room,
            commit: Encoded,
            expected: Revision,
        ) -> BoxFuture<'_, Result<Revision, AppendError>> {
            self.0.append(room, commit, expected)
        }
        fn follow_from(
            &self,
            rooms: &[Room],
            start: Start,
        ) -> BoxStream<'static, Result<Arc<Logged>, FollowError>> {
            self.0.follow_from(rooms, start).take(1).boxed()
        }
        fn written(&self, at: Revision) -> BoxFuture<'_, Result<Arc<Written>, ReadError>> {
            self.0.written(at)
        }
        fn last(&self, rooms: &[Room]) -> BoxFuture<'_, Result<Revision, ReadError>> {
            self.0.last(rooms)
        }
    }

    #[tokio::test]
    async fn a_log_that_ends_too_early_fails_one_comparison_only() {
        let one = Arc::new(Semaphore::new(1));
        let log: Log = Arc::new(Torn(two_commits().await));
        let torn = Door {
            log,
            one: Arc::clone(&one),
        };
        let status = torn.answer(asked()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        let told = "it ends at revision 1, before 2";
        assert!(status.message().contains(told), "{}", status.message());
        drop(one.acquire().await.unwrap());
        let log: Log = Arc::new(two_commits().await);
        let whole = Door { log, one };
        assert_eq!(whole.answer(asked()).await.unwrap().worlds.len(), 2);
    }
}
