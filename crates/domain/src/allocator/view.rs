//! A shelf as it would be after what was decided so far: the shelf itself, which is never copied,
//! and the few lines that differ. Must not know rules.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::promise::{self, Quote};
use super::queue::Queue;
use super::rank::Rank;
use super::shelf::{Policy, Shelf};
use super::supply::Step;
use crate::ids::{LocationId, Timestamp};

/// The overlay of one SKU.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub shelf: &'a Shelf,
    /// Units that nobody holds, by place; below zero where more is held than there is.
    pub free: BTreeMap<&'a LocationId, i64>,
    /// The positive ones, summed.
    pub free_units: u64,
    /// Units that wait, over those in the shelf's queue.
    gained: Queue,
    /// Units that wait no more.
    lost: Queue,
    /// The first line whose date may have moved.
    pub from: Option<Rank>,
    /// The last line that was told, or must be told, something else than an estimate.
    pub reach: Option<Rank>,
    /// Lines that were told a date in this decision.
    pub told: BTreeSet<Rank>,
    curve: Vec<Step<'a>>,
}

impl<'a> View<'a> {
    pub fn new(shelf: &'a Shelf, from: Option<Rank>, now: Timestamp) -> Self {
        Self {
            shelf,
            free: shelf
                .bins
                .iter()
                .map(|(place, bin)| (place, bin.free()))
                .collect(),
            free_units: shelf.free(),
            gained: Queue::default(),
            lost: Queue::default(),
            from,
            reach: shelf.pegged_to,
            told: BTreeSet::new(),
            curve: shelf.supply.curve(now),
        }
    }

    /// Units are held no more (or held, below zero) at this place.
    pub fn give(&mut self, place: &'a LocationId, units: i64) {
        let free = self.free.entry(place).or_default();
        let was = u64::try_from(*free).unwrap_or_default();
        *free = free.saturating_add(units);
        let is = u64::try_from(*free).unwrap_or_default();
        self.free_units = self.free_units.saturating_sub(was).saturating_add(is);
    }

    /// Units of a line wait now.
    pub fn waits(&mut self, rank: Rank, units: u32) {
        self.gained.add(rank, units);
        self.moves(rank);
    }

    /// Units of a line wait no more.
    pub fn waits_no_more(&mut self, rank: Rank, units: u32) {
        self.lost.add(rank, units);
        self.moves(rank);
    }

    fn moves(&mut self, rank: Rank) {
        if !self.curve.is_empty() || self.reach.is_some_and(|reach| reach >= rank) {
            self.from = Some(self.from.map_or(rank, |from| from.min(rank)));
        }
    }

    /// Who may take stock next after this rank, undecided lines among them.
    pub fn next_after(&self, rank: Option<Rank>) -> Option<Rank> {
        let start = rank.map_or(Bound::Unbounded, Bound::Excluded);
        let door = self
            .shelf
            .door
            .range((start, Bound::Unbounded))
            .next()
            .map(|(rank, _)| *rank);
        let queues = [&self.shelf.queue, &self.gained];
        let waiting = queues
            .into_iter()
            .filter_map(|queue| queue.next_after(rank));
        waiting.map(|entry| entry.rank).chain(door).min()
    }

    /// Units that wait.
    pub fn waiting(&self) -> u64 {
        let units = self.shelf.queue.units().saturating_add(self.gained.units());
        units.saturating_sub(self.lost.units())
    }

    /// Units of this line that wait.
    pub fn waiting_of(&self, rank: Rank) -> u32 {
        let units = self
            .shelf
            .queue
            .get(rank)
            .saturating_add(self.gained.get(rank));
        units.saturating_sub(self.lost.get(rank))
    }

    /// Units that wait ahead of this rank.
    pub fn ahead(&self, rank: Rank) -> u64 {
        let before = |queue: &Queue| {
            if queue.is_empty() {
                0
            } else {
                queue.ahead(rank).units
            }
        };
        let units = before(&self.shelf.queue).saturating_add(before(&self.gained));
        units.saturating_sub(before(&self.lost))
    }

    /// The date at which so many units have come.
    pub fn quote(&self, units: u64, now: Timestamp) -> Quote {
        let lead_time_days = self.policy().and_then(|policy| policy.lead_time_days);
        promise::quote(&self.curve, lead_time_days, units, now)
    }

    /// How the item is sold.
    pub fn policy(&self) -> Option<&'a Policy> {
        self.shelf.policy.as_ref()
    }

    /// Lines whose date may have moved, in rank order, with the units that must have come for
    /// each. Ends where no supply reaches and nobody was told of any.
    pub fn repegged(&self) -> impl Iterator<Item = (Rank, u64)> + '_ {
        let from = self.from.unwrap_or_default();
        let mut queue = self.shelf.queue.iter_from(from).peekable();
        let mut gained = self.gained.iter_from(from).peekable();
        let mut ahead = self.from.map_or(0, |from| self.ahead(from));
        let supply = self.curve.last().map_or(0, |step| step.sum);
        std::iter::from_fn(move || {
            loop {
                let next = [queue.peek(), gained.peek()];
                let rank = next.into_iter().flatten().map(|entry| entry.rank).min()?;
                if ahead >= supply && self.reach.is_none_or(|reach| reach < rank) {
                    return None;
                }
                let here = [
                    queue.next_if(|entry| entry.rank == rank),
                    gained.next_if(|entry| entry.rank == rank),
                ];
                let units: u64 = here
                    .iter()
                    .flatten()
                    .map(|entry| u64::from(entry.units))
                    .sum();
                let lost = if self.lost.is_empty() {
                    0
                } else {
                    self.lost.get(rank)
                };
                let units = units.saturating_sub(u64::from(lost));
                ahead = ahead.saturating_add(units);
                if units > 0 {
                    return Some((rank, ahead));
                }
            }
        })
    }
}
