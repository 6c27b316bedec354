//! An item in fair shares: a division is begun, or goes on as it was, and ends. Must not know
//! places.

use super::Pass;
use super::allocation_plan::{AllocationPlan, Stop};
use crate::entry::{Comer, Waiting};
use crate::fair::{Claim, Division};
use crate::line::OpenLine;
use crate::queue_key::QueueKey;
use crate::sharing::Shared;
use domain::event::{Divided, Sharing};
use domain::ids::{Revision, Sku};

/// The most divisions that are under way at once; an SKU beyond them waits until one is through.
const MAX_SHARINGS: usize = 64;

impl<'a> Pass<'a> {
    /// Begins to divide what is free of an item in fair shares, or goes on with it.
    pub(super) fn divide(&self, plan: &mut AllocationPlan<'a>) {
        let policy = plan.policy();
        if !policy.is_some_and(|policy| policy.fair_share) || plan.above_safety() == 0 {
            return;
        }
        let rule = self.state.rule.version;
        if let Some(shared) = self.state.sharings.get(plan.sku_state.sku(), rule) {
            plan.shared = Some(shared);
            return;
        }
        let claims = self.claims(plan);
        let division = Division::begin(plan.above_safety(), claims.iter().copied());
        plan.shared = division.map(|division| Shared {
            division,
            after: QueueKey::FIRST,
            began: Revision(u64::MAX),
        });
        if plan.shared.is_some() && self.state.sharings.iter(rule).count() >= MAX_SHARINGS {
            plan.stop = Stop::Full;
        }
    }

    /// What everybody waits for who could take some, those that have come included, by rank.
    fn claims(&self, plan: &AllocationPlan<'a>) -> Vec<Claim> {
        let mut door = plan.sku_state.door().iter().peekable();
        let mut claims = Vec::new();
        let could = |slot: u32, claim: Claim| -> Option<Claim> {
            let open = self.state.book.order(slot)?;
            let source = self.source(Some(plan), plan.number, slot, open);
            (self.may_take(plan, slot, open, source) > 0).then_some(claim)
        };
        let come = |comer: &Comer| -> Option<Claim> {
            let (open, line) = self.line(comer.queue_key, comer.order)?;
            let may = self.may_now(comer.queue_key, comer.order);
            may.then_some(())?;
            let whole = line.complete_only || open.ship_complete;
            let open = line.unfilled();
            could(comer.order, Claim { open, whole })
        };
        for entry in plan.sku_state.queue().iter() {
            while let Some(comer) = door.next_if(|comer| comer.queue_key < entry.queue_key) {
                claims.extend(come(comer));
            }
            let (open, whole) = (entry.units, entry.terms.whole());
            if entry.from <= self.today {
                claims.extend(could(entry.order, Claim { open, whole }));
            }
        }
        claims.extend(door.filter_map(come));
        claims
    }

    /// Divisions that go on in the next event, by SKU.
    pub(super) fn sharing(&self) -> Vec<Sharing> {
        let rule = self.state.rule.version;
        let mut sharing: Vec<Sharing> = self
            .plans
            .values()
            .filter_map(|plan| Some(plan.goes_on()?.promise(plan.sku_state.sku())))
            .collect();
        let to_come = |sku: &Sku| {
            let number = self.state.sku_states.find(sku.text());
            let unseen = number.filter(|number| !self.plans.contains_key(number));
            let touch = unseen.and_then(|number| self.state.agenda.touch(number));
            !self.at_rest && touch.is_some()
        };
        let others = self.state.sharings.iter(rule);
        let others = others.filter(|(sku, _)| to_come(sku));
        sharing.extend(others.map(|(sku, shared)| shared.promise(sku)));
        sharing.sort_by(|one, other| one.sku.cmp(&other.sku));
        sharing
    }
}

impl AllocationPlan<'_> {
    /// What a line may have of what is divided; all it asks for, if nothing is.
    pub(super) fn share_of(&mut self, queue_key: QueueKey, claim: Claim) -> u32 {
        let Some(shared) = &mut self.shared else {
            return claim.open;
        };
        let came_later = queue_key.log_order.position().revision > shared.began;
        if queue_key <= shared.after || came_later {
            return 0;
        }
        shared.division.share(claim)
    }

    /// What is divided, if a line that takes parts is given one.
    pub(super) fn divided(&self, line: &OpenLine) -> Option<Divided> {
        let shared = self.shared.filter(|_| !line.complete_only)?;
        Some(Divided {
            free: shared.division.free,
            open: shared.division.open,
        })
    }

    /// An order takes its whole of what is divided, also one that was passed over before because
    /// another of its items was missing: what it takes is in the pool no more.
    pub(super) fn draw(&mut self, whole: Claim) {
        if let Some(shared) = &mut self.shared {
            shared.division.share(whole);
        }
    }

    /// Whether a line that takes all or nothing would have its whole of what is divided.
    pub(super) fn would_share(&self, units: u64) -> bool {
        let shared = self.shared.as_ref();
        shared.is_none_or(|shared| shared.division.pool >= units)
    }

    /// Everybody has been asked. What a division leaves goes by rank: at once if nothing was given
    /// here, else when what was given stands on the log. True: go on from the first line.
    pub(super) fn is_divided(&mut self) -> bool {
        self.stop = Stop::Done;
        let Some(shared) = self.shared.take() else {
            return false;
        };
        let left = self.above_safety();
        let division = shared.division;
        let today = self.today;
        let fits = |entry: &Waiting| {
            entry.terms.whole() && u64::from(entry.units) <= left && entry.from <= today
        };
        let wanted = division.free < division.open || self.sku_state.queue().iter().any(fits);
        if left == 0 || !wanted {
            return false;
        }
        if self.given() == 0 {
            return true;
        }
        self.cursor = Some(QueueKey::LAST);
        self.stop = Stop::Full;
        false
    }

    /// A line was given something: everybody up to there has had their share.
    pub(super) fn has_had(&mut self, queue_key: QueueKey) {
        if let Some(shared) = &mut self.shared {
            shared.after = shared.after.max(queue_key);
        }
    }

    /// The division that was broken off here, if somebody has had a share of it. If nobody has, it
    /// is begun anew.
    fn goes_on(&self) -> Option<Shared> {
        let shared = self.shared.filter(|_| self.stop == Stop::Full)?;
        (shared.after > QueueKey::FIRST).then_some(shared)
    }
}
