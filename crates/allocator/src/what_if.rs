//! The door of what-if: reads the log from its begin, off the room's way, and writes nothing.
//! One comparison is played at a time.

use std::sync::Arc;

use api::allocator::v1;
use chassis::{Host, refused};
use domain::allocator::rule::check;
use domain::allocator::{Allocator, AllocatorRefusal};
use domain::decider::Room;
use domain::event::RankingRuleSet;
use domain::ids::{Revision, Sku, Timestamp};
use domain::what_if::{
    Comparison, Cut, Day, Measures, Report, Scenario, Span, WhatIf, WhatIfRefusal,
};
use futures::StreamExt;
use log::{Log, Logged};
use tokio::sync::{Semaphore, mpsc};
use tonic::Status;

use crate::answer::time;
use crate::{request, rule};

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
        let what_if = WhatIf::new(span(&request), scenarios?).map_err(|it| refused(&it))?;
        let permit = Arc::clone(&self.one).try_acquire_owned();
        let permit = permit.map_err(|_closed| refused(&WhatIfRefusal::WhatIfRuns {}))?;
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
            let Some(logged) = log.next().await else {
                break;
            };
            let logged = logged.map_err(|it| unreadable(&it))?;
            read = logged.revision;
            // Whoever plays has heard all of the span, or refuses it.
            if commits.send(logged).await.is_err() {
                break;
            }
        }
        drop(commits);
        let comparison = played.await.map_err(|it| unreadable(&it))?;
        comparison.map(answer).map_err(|it| refused(&it))
    }
}

fn play(
    mut what_if: WhatIf,
    mut heard: mpsc::Receiver<Arc<Logged>>,
) -> Result<Comparison, WhatIfRefusal> {
    while let Some(logged) = heard.blocking_recv() {
        what_if.hear(logged.revision, &logged.commit)?;
        if what_if.is_over() {
            break;
        }
    }
    drop(heard);
    what_if.compare()
}

/// The log, or what played it, failed.
fn unreadable(error: &dyn std::error::Error) -> Status {
    let error = chassis::TransactError::<AllocatorRefusal>::Unreadable(error.to_string());
    error.into()
}

fn span(request: &v1::WhatIfRequest) -> Span {
    let cut =
        |revision: u64, at: Option<&prost_types::Timestamp>, otherwise: u64| match (revision, at) {
            (0, Some(at)) => Cut::At(moment(at)),
            (0, None) => Cut::Revision(Revision(otherwise)),
            (revision, _) => Cut::Revision(Revision(revision)),
        };
    Span {
        from: cut(request.from_revision, request.from_at.as_ref(), 1),
        to: cut(request.to_revision, request.to_at.as_ref(), u64::MAX),
    }
}

fn moment(at: &prost_types::Timestamp) -> Timestamp {
    let ms = at.seconds.saturating_mul(1_000);
    Timestamp::from_ms(ms.saturating_add(i64::from(at.nanos) / 1_000_000))
}

fn scenario(asked: &v1::WhatIfScenario) -> Result<Scenario, Status> {
    let mut opening = Vec::new();
    if let Some(asked) = &asked.rule {
        let tried = RankingRuleSet {
            version: TRIED,
            ..rule::read("what-if".into(), asked.clone())?
        };
        check(&tried).map_err(|it| refused(&it))?;
        opening.push(tried.into());
    }
    let supply_skus = asked.supply_skus.iter();
    let supply_skus: Result<_, Status> = supply_skus
        .map(|sku| request::key("supply_skus", sku, Sku::new))
        .collect();
    Ok(Scenario {
        name: asked.name.clone(),
        opening,
        cap: asked.cap,
        fair_share: asked.fair_share,
        supply_days: asked.supply_days.into(),
        supply_percent: asked.supply_percent,
        supply_skus: supply_skus?,
    })
}

fn answer(comparison: Comparison) -> v1::WhatIfResponse {
    v1::WhatIfResponse {
        from: Some(time(comparison.from)),
        to: Some(time(comparison.to)),
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
        begins: Some(time(day.begins)),
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
