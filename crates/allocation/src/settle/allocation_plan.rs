//! One SKU while it is being decided on: the SKU state itself, which is never copied, and what was
//! given out so far. Must not know rules.

use domain::exact::Exact;
use std::collections::BTreeMap;

use crate::blockers::{Blocker, blocker_bit};
use crate::effect_batch::EffectBudget;
use crate::entry::{Waiting, Waits, class_bit};
use crate::line::{At, Open, OpenLine};
use crate::measures::Day;
use crate::policy::Policy;
use crate::queue_key::QueueKey;
use crate::ration::{Eligible, ProtectionLevels};
use crate::sharing::Shared;
use crate::sku_state::SkuState;
use crate::source::Free;
use domain::event::{Divided, Effect};

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

/// A line on which was decided. All that it gets and is told stands in one event.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    pub queue_key: QueueKey,
    /// Its order's slot.
    pub slot: u32,
    pub open: &'a Open,
    pub line: &'a OpenLine,
    /// Units that it is given.
    pub units: u32,
    /// What is recorded of that. What it is told of the rest follows when all have been served.
    pub group: Vec<Effect>,
    /// What was divided, if it is a fair share.
    pub divided: Option<Divided>,
}

impl Decided<'_> {
    /// Its line.
    pub fn at(&self) -> At {
        (self.slot, self.queue_key.index())
    }

    /// Units that it is not given, of which it is told something, since it has come just now.
    pub fn untold(&self) -> u32 {
        if self.line.tally.decided {
            0
        } else {
            self.line.unfilled().minus_or_zero(self.units)
        }
    }
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
    /// Lines on which was decided, in rank order: none before the cursor is left out that has come
    /// or may take something.
    pub decided: Vec<Decided<'a>>,
    /// What these take of the event, at the most.
    pub size: EffectBudget,
    /// The most effects of this SKU.
    pub share: usize,
    /// Lines that may take stock from a later day on are passed over.
    pub today: Day,
}

impl<'a> AllocationPlan<'a> {
    /// `shut`: what keeps lines of it back.
    pub fn new(
        (number, sku_state): (u32, &'a SkuState),
        protection_levels: Option<Box<ProtectionLevels>>,
        shut: u32,
        (share, today): (usize, Day),
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
            decided: Vec::new(),
            size: EffectBudget::default(),
            share,
            today,
        }
    }

    /// How the item is sold.
    pub fn policy(&self) -> Option<&'a Policy> {
        self.sku_state.policy()
    }

    /// The next line that has come, or that waits and may take stock: its queue key and its order's
    /// slot.
    pub fn next(&self) -> Option<(QueueKey, u32)> {
        let start = self
            .cursor
            .map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let door = Some(self.sku_state.door()).filter(|door| !door.is_empty());
        let come = door.and_then(|door| door.find(start, None, |_| true, |_| true));
        let come = come.map(|comer| (comer.queue_key, comer.order));
        if self.free_units == 0 {
            return come;
        }
        let who = match &self.protection_levels {
            None => Eligible::everybody(self.free_units),
            Some(protection_levels) => protection_levels.eligible(self.free_units),
        };
        let open = |blockers: u32| blockers & !self.shut != 0;
        let may = |sum: &Waits| {
            open(sum.blockers) && who.may(sum.classes, sum.least) && sum.from.0 <= self.today
        };
        let is = |entry: &Waiting| {
            open(blocker_bit(entry.terms.blocker()))
                && entry.from <= self.today
                && who.may(class_bit(entry.class), entry.least())
        };
        let waits = self.sku_state.queue().find(start, None, may, is);
        let waits = waits.map(|entry| (entry.queue_key, entry.order));
        waits.into_iter().chain(come).min()
    }

    /// Whether a line was decided on.
    pub fn has_decided(&self, queue_key: QueueKey) -> bool {
        self.place_of(queue_key).is_ok()
    }

    /// Where a line stands among those on which was decided, or where it would. Mostly behind all.
    fn place_of(&self, queue_key: QueueKey) -> Result<usize, usize> {
        let last = self.decided.last();
        if last.is_none_or(|last| last.queue_key < queue_key) {
            return Err(self.decided.len());
        }
        let lines = &self.decided;
        lines.binary_search_by_key(&queue_key, |decided| decided.queue_key)
    }

    /// A line was decided on that was not before; it takes so much of the event.
    pub fn decide(&mut self, decided: Decided<'a>, size: EffectBudget) {
        let place = self.place_of(decided.queue_key);
        debug_assert!(place.is_err(), "{decided:?}");
        self.size = self.size.and(size);
        let (Ok(at) | Err(at)) = place;
        self.decided.insert(at, decided);
    }

    /// Units that lines are given.
    pub fn given(&self) -> u64 {
        let units = self.decided.iter().map(|it| u64::from(it.units));
        units.fold(0, Exact::plus)
    }

    /// Everybody is looked at again. Returns what was taken of the event.
    pub fn begin_again(&mut self) -> EffectBudget {
        self.cursor = None;
        self.decided.clear();
        std::mem::take(&mut self.size)
    }

    /// Everybody before this turn was looked at, or passed over since nothing is open to them.
    pub fn pass_until(&mut self, queue_key: QueueKey) {
        self.cursor = self.cursor.max(Some(queue_key.just_before()));
    }

    /// Units that are free beyond what nobody is given.
    pub fn above_safety(&self) -> u64 {
        let kept = self.sku_state.protection();
        let safety = kept.map_or(0, |kept| u64::from(kept.safety_stock));
        self.free_units.minus_or_zero(safety)
    }

    /// Nothing is free that anybody could take.
    pub fn is_out(&self) -> bool {
        self.free_units == 0 && self.claims.values().all(|units| *units == 0)
    }

    /// Units that an order may take, when so much is kept from it: of what is on hold for it,
    /// nothing is.
    pub fn open_to(&self, order: u32, kept: u64) -> u64 {
        let above = self.free_units.minus_or_zero(kept);
        above.plus(u64::from(self.claim(order)))
    }

    /// Units that an order may take beyond those that are free to all.
    pub fn claim(&self, order: u32) -> u32 {
        let claim = self.claims.get(&order).copied().unwrap_or_default();
        if claim == 0 {
            return 0;
        }
        let all: u64 = self.free.iter().map(|(_, units)| u64::from(*units)).sum();
        let on_hold = all.minus(self.free_units);
        claim.min(u32::try_from(on_hold).unwrap_or(u32::MAX))
    }

    /// An order is about to take so many units: what is on hold for it comes first.
    pub fn redeem(&mut self, order: u32, units: u32) {
        let redeemed = self.claim(order).min(units);
        self.free_units = self.free_units.plus(u64::from(redeemed));
        if let Some(left) = self.claims.get_mut(&order) {
            *left = left.minus(redeemed);
        }
    }

    /// Units are free no more at this place.
    pub fn take(&mut self, place: u16, units: u32) {
        for (_, free) in self.free.iter_mut().filter(|(other, _)| *other == place) {
            *free = free.minus(units);
        }
        self.free_units = self.free_units.minus(u64::from(units));
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
}
