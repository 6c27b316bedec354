//! Rebalancing: stock already reserved goes to others, as an operator asked. Must not settle:
//! what a run leaves to be decided is decided after it, by rank, as after any other fact.
//!
//! The model is backorder processing in SAP's advanced ATP (S/4HANA, apps *Configure BOP Segment*
//! and *Configure BOP Variant*): segments of a filter and a sort, each with a strategy. What the
//! strategies mean here:
//!
//! - *win*: wholly covered on time, from stock or by supply that comes by the date asked for. A
//!   line without such a date is on time only from stock. What is covered already stays as it is;
//!   what cannot be covered keeps what it has, and the run says so.
//! - *gain*: keeps what it has and takes what can be had; gaining nothing though short is said.
//! - *improve*: as gain, and gaining nothing is in order.
//! - *redistribute*: takes what can be had, and gives to lines before it.
//! - *fill*: takes nothing, and keeps what lines before it leave.
//! - *lose*: gives up everything; what no line of the run takes is free, and goes by rank in the
//!   settling that follows.
//! - *skip*, or no segment fits: untouched.
//!
//! Lines take their turn by segment, then by the segment's sort, then by rank. A line takes free
//! stock first (what is protected from it is not free to it), then what *lose* lines have, then
//! what *fill* and *redistribute* lines after it have, from the last one up. So only so much moves
//! as somebody gains, and whoever is asked to give least gives last. Units in a released wave
//! never move. Who takes all or nothing (a complete-only line, a ship-complete order) does so here
//! too; one that gives, gives only what another one needs, as after a count-down.
//!
//! A nervousness budget cuts the plan instead of refusing it: its changes stand in the order of
//! their turns, the best first, each is whole in itself, and an operator with a budget of twenty
//! promises wants the best twenty, not an error. What was left out is told.

use std::collections::BTreeMap;

use super::queue_key::QueueKey;
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId, Sku, Tier, Timestamp};

mod board;
mod decide;
mod lines;
mod plan;
mod preview;
mod select;
#[cfg(test)]
mod tests;

pub use board::Move;
pub(crate) use decide::check_size;
pub use plan::{Change, Exception, Plan, PlannedLine};
pub use preview::{MAX_NAMED, MovedPromise, Preview, PreviewException, PreviewLine, PromiseState};

/// The most segments of one run.
pub const MAX_SEGMENTS: usize = 32;
/// The most values that one filter names.
pub const MAX_FILTER_VALUES: usize = 1_000;
/// The most open lines that one run looks at; more are refused before anything is planned.
pub const MAX_LOOKED_AT: usize = 1_000_000;
/// The most lines that one run is about; a wider filter is refused.
pub const MAX_CANDIDATES: usize = 50_000;

/// An open line as a run sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its place among all lines: the smaller comes first.
    pub queue_key: QueueKey,
    /// Whose.
    pub order: OrderId,
    /// Its number in the order.
    pub number: u32,
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// The way it was ordered.
    pub channel: Box<str>,
    /// Where it goes.
    pub region: Option<Box<str>>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The date asked for.
    pub requested_at: Option<Timestamp>,
    /// What a unit is worth, in minor units.
    pub unit_price_minor: i64,
    /// Units wanted that have not left.
    pub wanted: u32,
    /// Units held for it.
    pub held: Vec<HeldAt>,
    /// It takes all of its units at once or none.
    pub complete_only: bool,
    /// Its order takes stock for all lines together or not at all: so many of them want more.
    pub together: Option<u32>,
    /// Units of supply that are not for it: lines ahead of it wait for them, or they are kept for
    /// others.
    pub ahead: u64,
    /// Places that may fill it, the best first.
    pub places: Vec<LocationId>,
    /// All of its order leaves from one place.
    pub one_place: bool,
    /// Free units of the SKU that are kept for others.
    pub protected: u64,
}

/// Units held for a line at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAt {
    /// Where.
    pub place: LocationId,
    /// Whole units.
    pub units: u32,
    /// Of these, units in a released wave.
    pub frozen: u32,
}

/// What there is of an SKU besides what is held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pool {
    /// Units that nobody holds, by place.
    pub free: BTreeMap<LocationId, u64>,
    /// Units on their way: how many have come in all by when, the earliest first.
    pub coming: Vec<(u64, Timestamp)>,
}

impl Candidate {
    /// Units held for it.
    pub fn holds(&self) -> u32 {
        let units = self.held.iter().map(|held| held.units);
        units.fold(0, Exact::plus)
    }

    /// Units wanted that nothing is held for.
    pub fn missing(&self) -> u32 {
        self.wanted.minus_or_zero(self.holds())
    }

    /// What its open units are worth, in minor units.
    pub fn value_minor(&self) -> i64 {
        // Saturates: money, at any price that a customer names.
        self.unit_price_minor.saturating_mul(i64::from(self.wanted))
    }
}

impl Pool {
    /// When so many units have come, if they are on their way at all.
    pub fn covers(&self, units: u64) -> Option<Timestamp> {
        let at = self.coming.partition_point(|(sum, _)| *sum < units);
        self.coming.get(at).map(|(_, at)| *at)
    }
}
