//! Which lines a run is about, in the order of their turns. Must not know stock.

use std::cmp::{Ordering, Reverse};

use super::Candidate;
use crate::event::{RunFilter, RunSegment, RunSort, RunStrategy};

/// A line that a segment of the run fits, in its turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub line: &'a Candidate,
    pub segment: usize,
    pub strategy: RunStrategy,
}

/// The lines of a run in the order of their turns. The first segment that fits a line has it.
pub(super) fn turns<'a>(segments: &[RunSegment], lines: &'a [Candidate]) -> Vec<Turn<'a>> {
    let mut turns: Vec<Turn<'a>> = lines
        .iter()
        .filter_map(|line| {
            let mut numbered = segments.iter().enumerate();
            let (segment, fits) = numbered.find(|(_, segment)| segment.filter.fits(line))?;
            let strategy = fits.strategy;
            (strategy != RunStrategy::Skip).then_some(Turn {
                line,
                segment,
                strategy,
            })
        })
        .collect();
    turns.sort_by(|one, other| {
        let of_segment = || {
            let sort = segments.get(one.segment).map(|segment| &*segment.sort);
            let keys = sort.unwrap_or_default().iter();
            let compared = keys.map(|key| compare(key, one.line, other.line));
            compared.fold(Ordering::Equal, Ordering::then)
        };
        let by_segment = one.segment.cmp(&other.segment);
        let sorted = by_segment.then_with(of_segment);
        sorted.then_with(|| one.line.rank.cmp(&other.line.rank))
    });
    turns
}

fn compare(key: &RunSort, one: &Candidate, other: &Candidate) -> Ordering {
    match key {
        RunSort::Rank => one.rank.cmp(&other.rank),
        RunSort::Value => Reverse(one.value_minor()).cmp(&Reverse(other.value_minor())),
        RunSort::RequestedAt => {
            let by = |line: &Candidate| (line.requested_at.is_none(), line.requested_at);
            by(one).cmp(&by(other))
        }
        RunSort::PlacedAt => one.placed_at.cmp(&other.placed_at),
        RunSort::Tier { order } => {
            let place = |line: &Candidate| {
                let named = order.iter().position(|tier| *tier == line.tier);
                named.unwrap_or(usize::MAX)
            };
            place(one).cmp(&place(other))
        }
    }
}

impl RunFilter {
    /// Whether a line meets all that is set.
    pub fn fits(&self, line: &Candidate) -> bool {
        let one_of = |names: &[String], name: Option<&str>| {
            names.is_empty() || names.iter().any(|it| Some(it.as_str()) == name)
        };
        let worth = u64::try_from(line.value_minor()).unwrap_or_default();
        (self.skus.is_empty() || self.skus.contains(&line.sku))
            && (self.tiers.is_empty() || self.tiers.contains(&line.tier))
            && one_of(&self.channels, Some(&line.channel))
            && one_of(&self.regions, line.region.as_deref())
            && (self.orders.is_empty() || self.orders.contains(&line.order))
            && self.placed_from.is_none_or(|from| line.placed_at >= from)
            && self.placed_before.is_none_or(|end| line.placed_at < end)
            && self.value_at_least_minor.is_none_or(|least| worth >= least)
    }
}
