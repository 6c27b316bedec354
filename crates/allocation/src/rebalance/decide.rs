//! What a run that was agreed to does, and the bounds of what may be asked. Must not plan, nor know
//! how the engine keeps lines.

use std::borrow::Cow;

use super::plan::{Plan, changes_of, preview_token};
use super::{MAX_FILTER_VALUES, MAX_SEGMENTS};
use crate::{Allocator, AllocatorRefusal as No, MAX_SETTLED_BYTES};
use domain::decider::Projection;
use domain::event::{Effect, MAX_EFFECTS, RunSegment, RunSort};
use domain::exact::Exact;
use domain::ids::Timestamp;

/// Bytes kept free in the event for what was asked.
const MAX_ASKED_BYTES: usize = 64 * 1024;

impl Allocator {
    /// What the preview that was agreed to showed, worked out again.
    pub(crate) fn agreed_effects(
        &self,
        segments: &[RunSegment],
        preview: &str,
        now: Timestamp,
    ) -> Result<Vec<Effect>, No> {
        let Some(changes) = changes_of(preview) else {
            return Err(No::PreviewMalformed {});
        };
        let segments = &*self.called_now(segments);
        let (lines, pools) = self.run_lines(segments, now)?;
        let plan = Plan::new(segments, &lines, &pools);
        let effects = plan.effects(changes);
        if preview_token(changes, &effects) != preview {
            return Err(No::PreviewOutdated {});
        }
        check_size(&effects)?;
        Ok(effects)
    }
}

/// One event holds what a run does.
pub(crate) fn check_size(effects: &[Effect]) -> Result<(), No> {
    let bytes = serde_json::to_vec(effects).map_or(usize::MAX, |text| text.len());
    if effects.len() > MAX_EFFECTS || bytes > MAX_SETTLED_BYTES {
        let moves = effects.len();
        return Err(No::TooManyRunMoves { moves });
    }
    Ok(())
}

impl Allocator {
    /// The segments, with items as they are called now.
    pub(super) fn called_now<'a>(&self, segments: &'a [RunSegment]) -> Cow<'a, [RunSegment]> {
        let renamed = self.renamed();
        if renamed.is_empty() {
            return Cow::Borrowed(segments);
        }
        let mut segments = segments.to_vec();
        for sku in segments.iter_mut().flat_map(|it| &mut it.filter.skus) {
            *sku = renamed.now(sku).clone();
        }
        Cow::Owned(segments)
    }
}

/// What may be asked.
pub(super) fn check_segments(segments: &[RunSegment]) -> Result<(), No> {
    let count = segments.len();
    if !(1..=MAX_SEGMENTS).contains(&count) {
        return Err(No::SegmentCountOutOfRange { count });
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
        RunSort::Tier { order } => order.len().plus(1),
        RunSort::Rank | RunSort::Value | RunSort::RequestedAt | RunSort::PlacedAt => 1,
    });
    named.into_iter().chain(sorts).sum()
}
