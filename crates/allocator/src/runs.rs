//! Rebalancing runs in the words of the wire, read and told. Checks form alone.

use allocation::CommitRebalance;
use allocation::rebalance::{MovedPromise, Preview, PreviewException, PreviewLine, PromiseState};
use allocation::wording::{are, units};
use api::allocator::v1;
use chassis::invalid;
use chassis::wire::{key_or_new, keys, stamp, time};
use domain::event::{RunFilter, RunSegment, RunSort, RunStrategy};
use domain::ids::{OrderId, Revision, RunId, Sku, Tier};
use tonic::Status;

/// A request to do what a preview showed.
pub fn commit_rebalance(asked: v1::CommitRebalanceRequest) -> Result<CommitRebalance, Status> {
    Ok(CommitRebalance {
        run: key_or_new("run_id", &asked.run_id, RunId::new)?,
        segments: segments(asked.segments)?,
        nervousness_budget: asked.nervousness_budget,
        preview: asked.preview,
    })
}

/// The segments of a run.
pub fn segments(asked: Vec<v1::RunSegment>) -> Result<Vec<RunSegment>, Status> {
    asked.into_iter().map(segment).collect()
}

fn segment(asked: v1::RunSegment) -> Result<RunSegment, Status> {
    let strategy = strategy(asked.strategy())?;
    let sorts = asked.sort.iter().map(sort);
    Ok(RunSegment {
        filter: filter(asked.filter.unwrap_or_default())?,
        sort: sorts.collect::<Result<_, _>>()?,
        strategy,
    })
}

fn strategy(asked: v1::RunStrategy) -> Result<RunStrategy, Status> {
    Ok(match asked {
        v1::RunStrategy::Win => RunStrategy::Win,
        v1::RunStrategy::Gain => RunStrategy::Gain,
        v1::RunStrategy::Improve => RunStrategy::Improve,
        v1::RunStrategy::Redistribute => RunStrategy::Redistribute,
        v1::RunStrategy::Fill => RunStrategy::Fill,
        v1::RunStrategy::Lose => RunStrategy::Lose,
        v1::RunStrategy::Skip => RunStrategy::Skip,
        v1::RunStrategy::Unspecified => {
            return Err(invalid(
                "segments.strategy",
                "STRATEGY_OUT_OF_RANGE",
                "is not a strategy",
                "use a value of the enum RunStrategy",
            ));
        }
    })
}

fn sort(asked: &v1::RunSort) -> Result<RunSort, Status> {
    Ok(match asked.key() {
        v1::RunSortKey::Rank => RunSort::Rank,
        v1::RunSortKey::Value => RunSort::Value,
        v1::RunSortKey::RequestedAt => RunSort::RequestedAt,
        v1::RunSortKey::PlacedAt => RunSort::PlacedAt,
        v1::RunSortKey::Tier => RunSort::Tier {
            order: keys("segments.sort.tiers", &asked.tiers, Tier::new)?,
        },
        v1::RunSortKey::Unspecified => {
            return Err(invalid(
                "segments.sort",
                "SORT_KEY_OUT_OF_RANGE",
                "is not a sort key",
                "use a value of the enum RunSortKey",
            ));
        }
    })
}

fn filter(asked: v1::RunFilter) -> Result<RunFilter, Status> {
    Ok(RunFilter {
        skus: keys("segments.filter.skus", &asked.skus, Sku::new)?,
        tiers: keys("segments.filter.tiers", &asked.tiers, Tier::new)?,
        channels: asked.channels,
        regions: asked.regions,
        orders: keys("segments.filter.order_ids", &asked.order_ids, OrderId::new)?,
        placed_from: time("segments.filter.placed_from", asked.placed_from)?,
        placed_before: time("segments.filter.placed_before", asked.placed_before)?,
        value_at_least_minor: asked.value_at_least_minor,
    })
}

/// What a run would do.
pub fn preview(it: &Preview, revision: Revision) -> v1::PreviewRebalanceResponse {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let total = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    v1::PreviewRebalanceResponse {
        preview: it.token.clone(),
        lines: it.lines.iter().map(line).collect(),
        exceptions: it.exceptions.iter().map(exception).collect(),
        promises: it.promises.iter().map(moved).collect(),
        promises_moved: total(it.promises_moved),
        left_out: it.left_out.iter().map(line).collect(),
        changes: count(it.changes),
        changes_left_out: count(it.changes_left_out),
        units_gained: it.units.0,
        units_lost: it.units.1,
        value_gained_minor: it.value_minor.0,
        value_lost_minor: it.value_minor.1,
        looked_at: count(it.looked_at),
        exceptions_total: total(it.exceptions_total),
        revision: revision.0,
    }
}

const fn told(strategy: RunStrategy) -> v1::RunStrategy {
    match strategy {
        RunStrategy::Win => v1::RunStrategy::Win,
        RunStrategy::Gain => v1::RunStrategy::Gain,
        RunStrategy::Improve => v1::RunStrategy::Improve,
        RunStrategy::Redistribute => v1::RunStrategy::Redistribute,
        RunStrategy::Fill => v1::RunStrategy::Fill,
        RunStrategy::Lose => v1::RunStrategy::Lose,
        RunStrategy::Skip => v1::RunStrategy::Skip,
    }
}

fn line(it: &PreviewLine) -> v1::RebalancedLine {
    let segment = u32::try_from(it.segment.saturating_add(1)).unwrap_or(u32::MAX);
    v1::RebalancedLine {
        order_id: it.order.to_string(),
        line: it.line,
        sku: it.sku.to_string(),
        tier: it.tier.to_string(),
        segment,
        strategy: told(it.strategy).into(),
        before: it.before,
        after: it.after,
        value_minor: it.value_minor,
    }
}

fn exception(it: &PreviewException) -> v1::RebalanceException {
    let (short, count) = (it.short, u64::from(it.short));
    let (units, are) = (units(count), are(count));
    let says = if it.strategy == RunStrategy::Win {
        format!("{units} {are} not covered on time; it keeps what it has")
    } else {
        format!("{units} {are} missing, and it gains nothing")
    };
    v1::RebalanceException {
        order_id: it.order.to_string(),
        line: it.line,
        sku: it.sku.to_string(),
        strategy: told(it.strategy).into(),
        short,
        says,
    }
}

fn moved(it: &MovedPromise) -> v1::MovedPromise {
    v1::MovedPromise {
        order_id: it.order.to_string(),
        line: it.line,
        sku: it.sku.to_string(),
        was: Some(promise_state(it.was)),
        becomes: Some(promise_state(it.becomes)),
    }
}

fn promise_state(it: PromiseState) -> v1::RebalancePromise {
    let at = match it {
        PromiseState::Date(at) => Some(stamp(at)),
        PromiseState::InStock | PromiseState::Undated => None,
    };
    v1::RebalancePromise {
        in_stock: it == PromiseState::InStock,
        at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_is_worded_for_one_unit_and_for_many() {
        let says = |strategy, short| {
            exception(&PreviewException {
                order: "o1".into(),
                line: 1,
                sku: "BOLT".into(),
                strategy,
                short,
            })
            .says
        };
        assert_eq!(
            says(RunStrategy::Win, 1),
            "1 unit is not covered on time; it keeps what it has"
        );
        assert_eq!(
            says(RunStrategy::Gain, 2),
            "2 units are missing, and it gains nothing"
        );
    }
}
