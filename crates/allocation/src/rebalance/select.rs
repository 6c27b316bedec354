//! Which lines a run is about, in the order in which they are served. Must not know stock.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use super::Candidate;
use domain::event::{RunFilter, RunSegment, RunSort, RunStrategy};
use domain::ids::Timestamp;

/// A line whose called it is, by the segment that fits it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'a> {
    pub line: &'a Candidate,
    pub segment: usize,
    pub strategy: RunStrategy,
}

/// What filters look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub order: &'a str,
    pub sku: &'a str,
    pub tier: &'a str,
    pub channel: &'a str,
    pub region: Option<&'a str>,
    pub placed_at: Timestamp,
    pub value_minor: i64,
}

/// The segments of a run, ready to be asked of many lines.
pub(crate) struct Sieves<'a>(Vec<Sieve<'a>>);

struct Sieve<'a> {
    filter: &'a RunFilter,
    strategy: RunStrategy,
    orders: BTreeSet<&'a str>,
    skus: BTreeSet<&'a str>,
    tiers: BTreeSet<&'a str>,
    channels: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
}

impl<'a> Sieves<'a> {
    pub fn new(segments: &'a [RunSegment]) -> Self {
        let sieve = |segment: &'a RunSegment| {
            let filter = &segment.filter;
            Sieve {
                filter,
                strategy: segment.strategy,
                orders: filter.orders.iter().map(|it| it.as_str()).collect(),
                skus: filter.skus.iter().map(|it| it.as_str()).collect(),
                tiers: filter.tiers.iter().map(|it| it.as_str()).collect(),
                channels: filter.channels.iter().map(String::as_str).collect(),
                regions: filter.regions.iter().map(String::as_str).collect(),
            }
        };
        Self(segments.iter().map(sieve).collect())
    }

    /// The first segment that fits, unless it skips.
    pub fn find(&self, line: Look<'_>) -> Option<(usize, RunStrategy)> {
        let mut numbered = self.0.iter().enumerate();
        let (at, sieve) = numbered.find(|(_, sieve)| sieve.fits(line))?;
        (sieve.strategy != RunStrategy::Skip).then_some((at, sieve.strategy))
    }
}

impl Sieve<'_> {
    fn fits(&self, line: Look<'_>) -> bool {
        let named = |set: &BTreeSet<&str>, name: Option<&str>| {
            set.is_empty() || name.is_some_and(|name| set.contains(name))
        };
        let worth = u64::try_from(line.value_minor).unwrap_or_default();
        let filter = self.filter;
        named(&self.skus, Some(line.sku))
            && named(&self.tiers, Some(line.tier))
            && named(&self.channels, Some(line.channel))
            && named(&self.regions, line.region)
            && named(&self.orders, Some(line.order))
            && filter.placed_from.is_none_or(|from| line.placed_at >= from)
            && filter.placed_before.is_none_or(|end| line.placed_at < end)
            && filter
                .value_at_least_minor
                .is_none_or(|least| worth >= least)
    }
}

impl Candidate {
    pub(super) fn look(&self) -> Look<'_> {
        Look {
            order: self.order.as_str(),
            sku: self.sku.as_str(),
            tier: self.tier.as_str(),
            channel: &self.channel,
            region: self.region.as_deref(),
            placed_at: self.placed_at,
            value_minor: self.value_minor(),
        }
    }
}

/// The lines of a run in the order in which they are served. The first segment that fits a line has
/// it.
pub(super) fn called_lines<'a>(segments: &[RunSegment], lines: &'a [Candidate]) -> Vec<Called<'a>> {
    let sieves = Sieves::new(segments);
    let called = |line: &'a Candidate| {
        let (segment, strategy) = sieves.find(line.look())?;
        Some(Called {
            line,
            segment,
            strategy,
        })
    };
    let mut called_lines: Vec<Called<'a>> = lines.iter().filter_map(called).collect();
    called_lines.sort_by(|one, other| {
        let of_segment = || {
            let sort = segments.get(one.segment).map(|segment| &*segment.sort);
            let keys = sort.unwrap_or_default().iter();
            let compared = keys.map(|key| compare(key, one.line, other.line));
            compared.fold(Ordering::Equal, Ordering::then)
        };
        let by_segment = one.segment.cmp(&other.segment);
        let sorted = by_segment.then_with(of_segment);
        sorted.then_with(|| one.line.queue_key.cmp(&other.line.queue_key))
    });
    called_lines
}

fn compare(key: &RunSort, one: &Candidate, other: &Candidate) -> Ordering {
    match key {
        RunSort::Rank => one.queue_key.cmp(&other.queue_key),
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
