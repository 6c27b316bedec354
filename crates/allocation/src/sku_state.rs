//! Everything about one SKU: its stock by place, for which lines it is reserved, who waits for it,
//! what is on its way. Must not know other SKUs.

use domain::exact::{Exact, impossible, no_fewer_than_none};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use super::bins::{Bin, BinChange};
use super::blockers::{Blocker, Blockers, Terms};
use super::delta::{LineDelta, Waited};
use super::entry::{Comer, Stocked, Waiting};
use super::line::{At, Indexed};
use super::measures::{Day, Happened, SkuMeasures};
use super::policy::Policy;
use super::promise;
use super::provenance::Provenance;
use super::queue_key::QueueKey;
use super::ration;
use super::supply::{Step, Supply};
use super::tree::{Leaf, Tree};
use domain::available::SkuStock;
use domain::event::{Promise, Protection};
use domain::ids::{Position, RequisitionId, Revision, Sku, Tier, Timestamp};
use domain::quantity::Measure;

mod follows;
mod renaming;

/// One SKU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SkuState {
    sku: Sku,
    /// How it is sold; nothing while nobody has defined it.
    policy: Option<Box<Policy>>,
    /// Its stock by place, by the place's number: where there is some, or some is reserved.
    bins: Vec<Bin>,
    /// Who waits.
    queue: Tree<Waiting>,
    /// Lines for which stock is reserved.
    stocked: Tree<Stocked>,
    /// Who has come and is not decided on.
    door: Tree<Comer>,
    /// Lines with more reserved than wanted: the order's slot.
    excess: BTreeMap<QueueKey, u32>,
    /// What is on its way.
    supply: Supply,
    /// What was asked for and is not bought yet.
    requested: BTreeMap<RequisitionId, u32>,
    /// The last count of a delivery.
    last_receipt: Option<Box<LastReceipt>>,
    /// What happened to its lines, and what waits.
    measures: SkuMeasures,
    /// Units that are on hold for somebody who has not ordered, at no place.
    on_hold: u64,
    /// Lines of open orders.
    open_lines: u32,
    /// The last commit by which fewer units are counted anywhere.
    lowered: Revision,
    /// What keeps who waits back, if anything does.
    blockers: Option<Box<Blockers>>,
    /// By what its free units became free, and what else decisions on it follow from.
    provenance: Option<Box<Provenance>>,
    /// Days before which lines that wait may take no stock, and how many lines each.
    later: BTreeMap<Day, u32>,
}

/// The last count of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReceipt {
    /// Where it stands on the log.
    pub position: Position,
    /// When it was counted.
    pub at: Timestamp,
    /// Whole units.
    pub quantity: u32,
}

impl SkuState {
    pub fn new(sku: Sku) -> Self {
        Self {
            sku,
            policy: None,
            bins: Vec::new(),
            queue: Tree::default(),
            stocked: Tree::default(),
            door: Tree::default(),
            excess: BTreeMap::new(),
            supply: Supply::default(),
            requested: BTreeMap::new(),
            last_receipt: None,
            measures: SkuMeasures::default(),
            on_hold: 0,
            open_lines: 0,
            lowered: Revision(0),
            blockers: None,
            provenance: None,
            later: BTreeMap::new(),
        }
    }

    pub const fn sku(&self) -> &Sku {
        &self.sku
    }

    /// How it is sold; nothing while nobody has defined it.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_deref()
    }

    /// Days from buying to delivery, if it is bought again.
    pub fn lead_time_days(&self) -> Option<u32> {
        self.policy()?.lead_time_days
    }

    /// Its stock by place.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// Its stock at one place.
    pub fn bin(&self, place: u16) -> Option<&Bin> {
        self.bins.iter().find(|bin| bin.place == place)
    }

    /// Its stock by place, and then what travels, each move at a place of its own.
    pub fn everywhere(&self) -> impl Iterator<Item = &Bin> {
        let ways = self.supply.ways().iter().map(|way| &way.bin);
        self.bins.iter().chain(ways)
    }

    /// Who waits.
    pub const fn queue(&self) -> &Tree<Waiting> {
        &self.queue
    }

    /// Lines for which stock is reserved.
    pub const fn stocked(&self) -> &Tree<Stocked> {
        &self.stocked
    }

    /// Who has come and is not decided on.
    pub const fn door(&self) -> &Tree<Comer> {
        &self.door
    }

    /// Lines with more reserved than wanted: the order's slot.
    pub const fn excess(&self) -> &BTreeMap<QueueKey, u32> {
        &self.excess
    }

    /// What is on its way.
    pub const fn supply(&self) -> &Supply {
        &self.supply
    }

    /// The last count of a delivery.
    pub fn last_receipt(&self) -> Option<&LastReceipt> {
        self.last_receipt.as_deref()
    }

    /// What it is counted in.
    pub fn measure(&self) -> Measure {
        let measure = self.policy.as_ref().map(|policy| policy.measure.clone());
        measure.unwrap_or_default()
    }

    /// What happened to its lines, and what waits.
    pub const fn measures(&self) -> &SkuMeasures {
        &self.measures
    }

    /// Units that are on hold for somebody who has not ordered, at no place.
    pub const fn on_hold(&self) -> u64 {
        self.on_hold
    }

    /// Lines of open orders.
    pub const fn open_lines(&self) -> u32 {
        self.open_lines
    }

    /// What keeps who waits back, if anything does.
    pub fn blockers(&self) -> Option<&Blockers> {
        self.blockers.as_deref()
    }

    /// Days before which lines that wait may take no stock, and how many lines each.
    pub const fn later(&self) -> &BTreeMap<Day, u32> {
        &self.later
    }

    /// What of its stock is kept back, and for whom.
    pub fn protection(&self) -> Option<&Protection> {
        self.policy.as_deref()?.protection.as_ref()
    }

    /// The earliest date that anybody who waits was told.
    pub fn first_date(&self) -> Option<Timestamp> {
        self.queue.total().first_date()
    }

    /// Units that are neither reserved for a line nor on hold.
    pub fn free(&self) -> u64 {
        self.unreserved().minus_or_zero(self.on_hold)
    }

    /// What is free, by place; only where there is some.
    pub fn free_by_place(&self) -> Vec<(u16, u32)> {
        let bins = self.bins.iter().filter(|bin| bin.free() > 0);
        bins.map(|bin| (bin.place, u32::try_from(bin.free()).unwrap_or(u32::MAX)))
            .collect()
    }

    /// What there is of it, for whoever may take down to this protection level.
    pub fn stock(&self, kept: u64) -> SkuStock {
        let units = |units: i64| u64::try_from(units).unwrap_or_default();
        let places = self.bins.iter();
        let places = places.map(|bin| (units(bin.on_hand), units(bin.reserved)));
        SkuStock::of(places, self.on_hold, kept)
    }

    /// Units of it that a line of this channel and tier leaves where they are.
    pub fn protection_level(&self, channel: &str, tier: &Tier) -> u64 {
        let kept = self.protection();
        kept.map_or(0, |kept| kept.level(channel, tier))
    }

    /// The date at which so many units have come, by this curve of its supply.
    pub fn quote(&self, curve: &[Step<'_>], units: u64, now: Timestamp) -> Promise {
        // What nobody has dated covers whoever comes after what is dated.
        let lead_time = self.lead_time_days().filter(|_| !self.supply.has_undated());
        promise::quote(curve, lead_time, units, now)
    }

    /// Units reserved for no line, at places that have some.
    pub fn unreserved(&self) -> u64 {
        let free = |bin: &Bin| u64::try_from(bin.free()).unwrap_or_default();
        self.bins.iter().map(free).sum()
    }

    /// Somewhere more is reserved than there is.
    pub fn is_short(&self) -> bool {
        self.everywhere().any(|bin| bin.free() < 0)
    }

    /// Stock is free, and somebody might take it.
    pub fn could_fill(&self) -> bool {
        let free = self.free_to_any();
        free > 0 && (!self.door.is_empty() || u64::from(self.queue.total().least) <= free)
    }

    /// None of those who wait could take of what is free.
    pub fn is_dry(&self) -> bool {
        let free = self.free_to_any();
        free == 0 || u64::from(self.queue.total().least) > free
    }

    /// The most units that a line of any class might take.
    fn free_to_any(&self) -> u64 {
        let kept = self.protection().map_or(0, ration::least_protection_level);
        self.free().minus_or_zero(kept)
    }

    /// Somebody waits for a decision on stock; dates aside.
    pub fn could_be_due(&self) -> bool {
        !self.door.is_empty() || !self.excess.is_empty() || self.could_fill() || self.is_short()
    }

    /// Dates depend on more than the lead time: something is on its way, or was said to be.
    pub fn has_dates(&self) -> bool {
        !self.supply.is_empty() || !self.queue.total().firm.is_none()
    }

    /// Dates depend on what is free: some of it is kept, and so much of what comes as is missing
    /// of that. `due`: a decision under way may let somebody wait.
    pub fn dates_follow_stock(&self, due: bool) -> bool {
        let waits = !self.queue.is_empty() || due;
        waits && self.protection().is_some() && self.has_dates()
    }

    /// Says nothing that an empty one does not.
    pub fn is_bare(&self) -> bool {
        self.policy.is_none()
            && self.last_receipt.is_none()
            && self.bins.is_empty()
            && self.open_lines == 0
            && self.on_hold == 0
            && self.supply.is_bare()
            && self.requested.is_empty()
    }
}

/// What its indexes say.
impl SkuState {
    /// Of a line.
    pub fn indexed(&self, queue_key: QueueKey) -> Indexed {
        Indexed {
            waiting: self.queue.get(queue_key).map_or(0, |entry| entry.units),
            door: self.door.get(queue_key).is_some(),
            excess: self.excess.contains_key(&queue_key),
            reserved: self.stocked.get(queue_key).map_or(0, |it| it.units),
        }
    }
}

/// What becomes of it.
impl SkuState {
    /// A line of it has come, or changed; where its stock is reserved has been counted. Returns
    /// what the queue says of the line.
    pub fn fold(&mut self, delta: &LineDelta) -> Waited {
        let (was, is, queue_key) = (&delta.was, &delta.is, delta.queue_key);
        debug_assert_eq!(self.indexed(queue_key), was.indexed(), "{delta:?}");
        let order = delta.at.0;
        match (was.door, is.door) {
            (0, 1..) => drop(self.door.insert(Comer { queue_key, order })),
            (1.., 0) => drop(self.door.remove(queue_key)),
            (_, _) => {}
        }
        let waited = self.fold_queue(delta);
        let units = is.reserved;
        if units == 0 && was.reserved > 0 {
            self.stocked.remove(queue_key);
        } else if units != was.reserved {
            self.stocked.insert(Stocked {
                queue_key,
                order,
                units,
            });
        }
        match (was.excess, is.excess) {
            (false, true) => drop(self.excess.insert(queue_key, order)),
            (true, false) => drop(self.excess.remove(&queue_key)),
            (true, true) | (false, false) => {}
        }
        self.open_lines = match delta.happened {
            Happened::Placed(_) => self.open_lines.plus(1),
            Happened::Closed => self.open_lines.minus(1),
            Happened::Backordered(_)
            | Happened::Refused(..)
            | Happened::Expired
            | Happened::Assigned
            | Happened::Cancelled
            | Happened::Substituted
            | Happened::Promised
            | Happened::Released
            | Happened::Shipped => self.open_lines,
        };
        debug_assert_eq!(self.indexed(queue_key), is.indexed(), "{delta:?}");
        waited
    }

    fn fold_queue(&mut self, delta: &LineDelta) -> Waited {
        let (queue_key, units) = (delta.queue_key, delta.is.waiting);
        if units == 0 {
            let waits = delta.was.waiting > 0;
            let was = waits.then(|| self.leave(queue_key)).flatten();
            return Waited { was, is: None };
        }
        if delta.was.waiting == 0 {
            let mut entry = Waiting::new(queue_key, delta.at.0, units);
            entry.class = delta.counted.class;
            entry.terms = Terms::new(delta.whole, 0);
            if let Some(heard) = delta.heard {
                entry.hear(heard);
            }
            self.queue.insert(entry);
            let is = Some(entry);
            return Waited { was: None, is };
        }
        let changed = self.queue.update(queue_key, |entry| {
            let was = *entry;
            entry.units = units;
            if let Some(heard) = delta.heard {
                entry.hear(heard);
            }
            (was, *entry)
        });
        let (was, is) = changed.unzip();
        Waited { was, is }
    }

    /// It is sold so from now on.
    pub fn define(&mut self, policy: Policy) {
        self.policy = Some(Box::new(policy));
    }

    /// A delivery was counted.
    pub fn receive(&mut self, receipt: LastReceipt) {
        self.last_receipt = Some(Box::new(receipt));
    }

    /// So many units are on hold for somebody who has not ordered.
    pub const fn hold(&mut self, units: u64) {
        self.on_hold = units;
    }

    /// What is on its way, to be changed.
    pub const fn supply_mut(&mut self) -> &mut Supply {
        &mut self.supply
    }

    /// What happened to its lines, to be counted.
    pub const fn measures_mut(&mut self) -> &mut SkuMeasures {
        &mut self.measures
    }

    /// A line that waits is of another class from now on. What its queue says of it, if it waits.
    pub fn reclass(&mut self, queue_key: QueueKey, class: u8) -> Option<Waiting> {
        let entry = self.queue.get(queue_key).copied()?;
        if entry.class != class {
            self.queue.update(queue_key, |entry| entry.class = class);
        }
        Some(entry)
    }

    /// Something else keeps a waiting line back from now on.
    pub fn blocker(&mut self, queue_key: QueueKey, blocker: Option<Blocker>) {
        let Some(entry) = self.queue.get(queue_key).copied() else {
            return;
        };
        let was = entry.terms.blocker();
        if self
            .blockers
            .as_ref()
            .and_then(|blockers| blockers.get(was))
            == blocker
        {
            return;
        }
        self.unblock(was);
        let number = blocker.map_or(0, |blocker| {
            self.blockers.get_or_insert_default().refer(blocker)
        });
        self.queue.update(queue_key, |entry| {
            entry.terms = Terms::new(entry.terms.whole(), number);
        });
    }

    fn leave(&mut self, queue_key: QueueKey) -> Option<Waiting> {
        let gone = self.queue.remove(queue_key)?;
        self.unblock(gone.terms.blocker());
        self.come_by(gone.from, None);
        Some(gone)
    }

    /// A line that waits may take stock from this day on. Whether it was another day.
    pub fn opens_on(&mut self, queue_key: QueueKey, from: Day) -> bool {
        let Some(was) = self.queue.get(queue_key).map(|entry| entry.from) else {
            return false;
        };
        if was == from {
            return false;
        }
        self.queue.update(queue_key, |entry| entry.from = from);
        self.come_by(was, Some(from));
        true
    }

    /// One line less may take from this day on, and one more from the other.
    fn come_by(&mut self, was: Day, is: Option<Day>) {
        if let Some(lines) = self.later.get_mut(&was) {
            *lines = lines.minus(1);
            if *lines == 0 {
                self.later.remove(&was);
            }
        }
        if let Some(is) = is.filter(|is| *is > Day::default()) {
            let lines = self.later.entry(is).or_default();
            *lines = lines.plus(1);
        }
    }

    fn unblock(&mut self, number: u8) {
        if let Some(blockers) = self.blockers.as_mut().filter(|_| number > 0) {
            blockers.forget(number);
            if blockers.is_empty() {
                self.blockers = None;
            }
        }
    }

    /// Changes its stock at a place, or on its way.
    pub fn change_bin(&mut self, place: u16, change: impl FnOnce(&mut Bin)) -> BinChange {
        let travels = |bin: &Bin| bin.place == place;
        if self.supply.ways().iter().any(|way| travels(&way.bin)) {
            let over = self.supply.change_way(place, change);
            return BinChange::Travelled {
                over: over == Some(true),
            };
        }
        let found = self.bins.binary_search_by_key(&place, |bin| bin.place);
        let known = found.ok().and_then(|at| self.bins.get(at).copied());
        let mut bin = known.unwrap_or(Bin {
            place,
            ..Bin::default()
        });
        change(&mut bin);
        bin.reserved = no_fewer_than_none(bin.reserved);
        bin.on_hand = no_fewer_than_none(bin.on_hand);
        match found {
            Ok(at) if bin.is_empty() => {
                self.bins.remove(at);
                BinChange::Emptied
            }
            Ok(at) => {
                if let Some(known) = self.bins.get_mut(at) {
                    *known = bin;
                }
                BinChange::Stayed
            }
            Err(_) if bin.is_empty() => BinChange::Stayed,
            Err(at) => {
                self.bins.insert(at, bin);
                BinChange::Opened
            }
        }
    }

    /// Fewer units are counted than before.
    pub const fn lower(&mut self, at: Revision) {
        self.lowered = at;
    }

    /// Looks whether what was assigned at a place was free there, as of the commit that the
    /// allocator had folded: since then only inventory can have taken it. Stops the room otherwise.
    pub fn was_free(&self, place: Option<u16>, as_of: Revision) {
        let bin = place.and_then(|place| self.bin(place));
        let free = bin.map_or(0, Bin::free);
        if free < 0 && as_of >= self.lowered {
            let (sku, over) = (&self.sku, free.unsigned_abs());
            impossible(format_args!(
                "{over} {sku} more are assigned than were free"
            ));
        }
    }

    /// A line ranks elsewhere from now on. Whether it waits.
    pub fn rekey(&mut self, was: QueueKey, is: QueueKey) -> bool {
        if let Some(entry) = self.stocked.remove(was) {
            self.stocked.insert(Stocked {
                queue_key: is,
                ..entry
            });
        }
        if let Some(entry) = self.door.remove(was) {
            self.door.insert(Comer {
                queue_key: is,
                ..entry
            });
        }
        if let Some(order) = self.excess.remove(&was) {
            self.excess.insert(is, order);
        }
        let waiting = self.queue.remove(was).map(|entry| {
            self.queue.insert(Waiting {
                queue_key: is,
                ..entry
            })
        });
        waiting.is_some()
    }

    /// Puts every line where its rank now has it. Whether any has moved.
    pub fn rerank(&mut self, rank: impl Fn(At) -> Option<QueueKey>) -> bool {
        let anew = |queue_key: &mut QueueKey, order: u32| {
            let index = u16::try_from(queue_key.log_order.line_index());
            let rank = index.ok().and_then(|index| rank((order, index)));
            let rank = rank.unwrap_or(*queue_key);
            std::mem::replace(queue_key, rank) != rank
        };
        let mut moved = resort(&mut self.queue, |it| anew(&mut it.queue_key, it.order));
        moved |= resort(&mut self.stocked, |it| anew(&mut it.queue_key, it.order));
        moved |= resort(&mut self.door, |it| anew(&mut it.queue_key, it.order));
        let excess = std::mem::take(&mut self.excess).into_iter();
        let excess = excess.map(|(mut queue_key, order)| {
            moved |= anew(&mut queue_key, order);
            (queue_key, order)
        });
        self.excess = excess.collect();
        moved
    }
}

/// Puts every entry where it stands after a change. Whether any has moved.
fn resort<L: Leaf>(tree: &mut Tree<L>, change: impl Fn(&mut L) -> bool) -> bool {
    let mut entries: Vec<L> = tree.iter().copied().collect();
    let mut moved = false;
    for entry in &mut entries {
        moved |= change(entry);
    }
    if moved {
        entries.sort_unstable_by_key(Leaf::queue_key);
        *tree = Tree::from_sorted(entries);
    }
    moved
}
