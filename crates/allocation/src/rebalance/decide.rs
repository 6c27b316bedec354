//! The decision to record a run, and the bounds of what may be asked. Must not plan, nor know how
//! the engine keeps lines.

use super::plan::{Plan, changes_of, preview_token};
use super::{MAX_FILTER_VALUES, MAX_SEGMENTS};
use crate::{Allocator, AllocatorRefusal as No, MAX_SETTLED_BYTES};
use domain::decider::{Decided, Decision};
use domain::event::{Effect, MAX_EFFECTS, Rebalanced, RunSegment, RunSort};
use domain::ids::{Key, Timestamp};

/// Bytes kept free in the event for what was asked.
const MAX_ASKED_BYTES: usize = 64 * 1024;

impl Allocator {
    /// What no other decision of the same commit may share: two runs would share stock.
    pub fn rebalance_keys(asked: &Rebalanced) -> [Key; 2] {
        [asked.run.key(), Key::of("rebalance", "")]
    }

    /// Does what a preview showed. `asked` says the run, its segments, the budget and the preview
    /// that was agreed to; the rest is worked out here, again, and must come to the same.
    ///
    /// # Errors
    /// A bound of the request; a preview that the state has moved on from; an SKU of the run that
    /// is being settled.
    pub fn rebalance(&self, asked: &Rebalanced, now: Timestamp) -> Decision<No> {
        if let Some(at) = self.once.find(asked.run.key()) {
            return Ok(Decided::Before(at, asked.clone().into()));
        }
        let Some(changes) = changes_of(&asked.preview) else {
            return Err(No::PreviewMalformed {});
        };
        let (lines, pools) = self.run_lines(&asked.segments, now)?;
        let plan = Plan::new(&asked.segments, &lines, &pools);
        let effects = plan.effects(changes);
        if preview_token(changes, &effects) != asked.preview {
            return Err(No::RebalanceMoved {});
        }
        check_size(&effects)?;
        if effects.is_empty() {
            return Ok(Decided::Nothing);
        }
        let run = Rebalanced {
            rule: self.rule.version,
            effects,
            ..asked.clone()
        };
        Ok(self.once.decide(asked.run.key(), run.into()))
    }
}

/// One event holds what a run does.
pub(super) fn check_size(effects: &[Effect]) -> Result<(), No> {
    let bytes = serde_json::to_vec(effects).map_or(usize::MAX, |text| text.len());
    if effects.len() > MAX_EFFECTS || bytes > MAX_SETTLED_BYTES {
        let moves = effects.len();
        return Err(No::RunTooBig { moves });
    }
    Ok(())
}

/// What may be asked.
pub(super) fn check_segments(segments: &[RunSegment]) -> Result<(), No> {
    let count = segments.len();
    if !(1..=MAX_SEGMENTS).contains(&count) {
        return Err(No::BadSegmentCount { count });
    }
    let values: usize = segments.iter().map(values_of).sum();
    let bytes = serde_json::to_vec(segments).map_or(usize::MAX, |text| text.len());
    if values > MAX_FILTER_VALUES || bytes > MAX_ASKED_BYTES {
        return Err(No::TooManyFilterValues { values });
    }
    Ok(())
}

fn values_of(segment: &RunSegment) -> usize {
    let filter = &segment.filter;
    let named = [
        filter.skus.len(),
        filter.tiers.len(),
        filter.channels.len(),
        filter.regions.len(),
        filter.orders.len(),
    ];
    let sorts = segment.sort.iter().map(|sort| match sort {
        RunSort::Tier { order } => order.len().saturating_add(1),
        RunSort::Rank | RunSort::Value | RunSort::RequestedAt | RunSort::PlacedAt => 1,
    });
    named.into_iter().chain(sorts).sum()
}
