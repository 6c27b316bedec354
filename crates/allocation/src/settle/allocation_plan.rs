//! One SKU while it is being decided on: the SKU state itself, which is never copied, and what was
//! given out so far. Must not know rules.

use std::collections::BTreeMap;

use crate::blockers::{Blocker, blocker_bit};
use crate::effect_batch::EffectBudget;
use crate::entry::{Comer, Waiting, Waits, class_bit};
use crate::queue_key::QueueKey;
use crate::ration::{Eligible, ProtectionLevels};
use crate::sharing::Shared;
use crate::sku_state::{Policy, SkuState};
use crate::source::Free;
use domain::event::Effect;

/// How far an SKU has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Nobody was looked at, or more can be.
    Open,
    /// An order that takes all or nothing has its turn here; its slot.
    Meeting(QueueKey, u32),
    /// Nobody else can take what is free.
    Done,
    /// The rest does not fit in this event.
    Full,
}

/// A line at the door that was served in part.
#[derive(Debug)]
pub(crate) struct Served {
    pub queue_key: QueueKey,
    pub units: u32,
    /// What it gets. What it is told comes behind it, when all have been served.
    pub group: Vec<Effect>,
}

/// The plan of one SKU.
#[derive(Debug)]
pub(crate) struct AllocationPlan<'a> {
    /// The SKU's number.
    pub number: u32,
    pub sku_state: &'a SkuState,
    /// Units that nobody holds, by place; only where there are some.
    pub free: Free,
    /// Of these, units that whoever comes may take: what is on hold is not among them.
    pub free_units: u64,
    /// What is on hold for orders at the door, by slot.
    pub claims: BTreeMap<u32, u32>,
    /// What each class of lines leaves of it, if some is kept.
    pub protection_levels: Option<Box<ProtectionLevels>>,
    /// What keeps lines back just now, by bit.
    pub shut: u32,
    /// The division that is under way, if it is in fair shares.
    pub shared: Option<Shared>,
    pub stop: Stop,
    /// Everybody up to here was looked at.
    pub cursor: Option<QueueKey>,
    /// Effects so far, and the most there may be.
    pub used: usize,
    pub share: usize,
    /// Units taken by lines that waited, in rank order.
    pub taken: Vec<(QueueKey, u32)>,
    /// Lines at the door that were served in part, in rank order.
    pub served: Vec<Served>,
    /// Lines at the door that were served whole, in rank order.
    pub done: Vec<QueueKey>,
    /// What is kept in the event for these, and for what those before them at the door are told.
    pub kept: EffectBudget,
    /// What lines at the door are told for whom nothing is kept yet, up to this one.
    pub unpromised: EffectBudget,
    pub counted: Option<QueueKey>,
}

impl<'a> AllocationPlan<'a> {
    /// `shut`: what keeps lines of it back.
    pub fn new(
        (number, sku_state): (u32, &'a SkuState),
        protection_levels: Option<Box<ProtectionLevels>>,
        shut: u32,
        share: usize,
    ) -> Self {
        let free = sku_state.free_by_place();
        Self {
            number,
            sku_state,
            protection_levels,
            shut,
            shared: None,
            free_units: sku_state.free(),
            claims: BTreeMap::new(),
            free,
            stop: Stop::Open,
            cursor: None,
            used: 0,
            share,
            taken: Vec::new(),
            served: Vec::new(),
            done: Vec::new(),
            kept: EffectBudget::default(),
            unpromised: EffectBudget::default(),
            counted: None,
        }
    }

    /// How the item is sold.
    pub fn policy(&self) -> Option<&'a Policy> {
        self.sku_state.policy()
    }

    /// Who may take stock next: its turn and its order's slot.
    pub fn next(&self) -> Option<(QueueKey, u32)> {
        let start = self
            .cursor
            .map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let who = match &self.protection_levels {
            None => Eligible::everybody(self.free_units),
            Some(protection_levels) => protection_levels.eligible(self.free_units),
        };
        let open = |blockers: u32| blockers & !self.shut != 0;
        let may = |sum: &Waits| open(sum.blockers) && who.may(sum.classes, sum.least);
        let is = |entry: &Waiting| {
            open(blocker_bit(entry.terms.blocker()))
                && who.may(class_bit(entry.class), entry.least())
        };
        let waiting = self.sku_state.queue().find(start, None, may, is);
        let waiting = waiting.map(|entry| (entry.queue_key, entry.order));
        let none_free = self.free_units == 0;
        let door = self.sku_state.door();
        let may = |comer: &Comer| !none_free || self.claim(comer.order) > 0;
        let door = door.find(start, None, |_| true, may);
        let door = door.map(|comer| (comer.queue_key, comer.order));
        if none_free {
            return door;
        }
        match (waiting, door) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Everybody before this turn was looked at, or passed over since nothing is open to them.
    pub fn pass_until(&mut self, queue_key: QueueKey) {
        self.cursor = self.cursor.max(Some(queue_key.just_before()));
    }

    /// Units that are free beyond what nobody is given.
    pub fn above_safety(&self) -> u64 {
        let kept = self.sku_state.protection();
        let safety = kept.map_or(0, |kept| u64::from(kept.safety_stock));
        self.free_units.saturating_sub(safety)
    }

    /// Whether anybody may take anything.
    pub fn is_open(&self) -> bool {
        self.free_units > 0 || self.claims.values().any(|units| *units > 0)
    }

    /// Units that an order may take, when so much is kept from it: of what is on hold for it,
    /// nothing is.
    pub fn open_to(&self, order: u32, kept: u64) -> u64 {
        let above = self.free_units.saturating_sub(kept);
        above.saturating_add(u64::from(self.claim(order)))
    }

    /// Units that an order may take beyond those that are free to all.
    pub fn claim(&self, order: u32) -> u32 {
        let claim = self.claims.get(&order).copied().unwrap_or_default();
        if claim == 0 {
            return 0;
        }
        let all: u64 = self.free.iter().map(|(_, units)| u64::from(*units)).sum();
        let held = all.saturating_sub(self.free_units);
        claim.min(u32::try_from(held).unwrap_or(u32::MAX))
    }

    /// An order is about to take so many units: what is on hold for it comes first.
    pub fn redeem(&mut self, order: u32, units: u32) {
        let redeemed = self.claim(order).min(units);
        self.free_units = self.free_units.saturating_add(u64::from(redeemed));
        if let Some(left) = self.claims.get_mut(&order) {
            *left = left.saturating_sub(redeemed);
        }
    }

    /// Units are free no more at this place.
    pub fn take(&mut self, place: u16, units: u32) {
        for (_, free) in self.free.iter_mut().filter(|(other, _)| *other == place) {
            *free = free.saturating_sub(units);
        }
        self.free_units = self.free_units.saturating_sub(u64::from(units));
        if let Some(blockers) = self.sku_state.blockers() {
            self.shut |=
                blockers.those(|blocker| blocker == Blocker::Place(place) && self.is_out_at(place));
        }
    }

    /// Nothing is free at a place.
    fn is_out_at(&self, place: u16) -> bool {
        let mut free = self.free.iter();
        free.all(|(other, units)| *other != place || *units == 0)
    }

    /// Effects of one line at most: one a place, and two at the door.
    pub fn most_of_a_line(&self, decided: bool) -> usize {
        let door = if decided { 0 } else { 2 };
        self.free.len().saturating_add(door)
    }
}
