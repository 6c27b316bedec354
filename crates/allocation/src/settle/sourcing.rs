//! Where a line takes from, after what was given out so far. Must not know who comes first.

use super::Pass;
use super::allocation_plan::AllocationPlan;
use crate::line::Open;
use crate::source::{self, Free, Source};

impl<'a> Pass<'a> {
    /// Where an order takes from what it wants of an SKU. `plan` is one that does not stand among
    /// the others while it is worked on.
    pub(super) fn source(
        &self,
        plan: Option<&AllocationPlan<'a>>,
        of: u32,
        slot: u32,
        open: &Open,
    ) -> Source {
        if let Some(place) = self.bound_to.get(&slot) {
            return Source::Only(*place);
        }
        let sourcing = self.state.sourcing();
        sourcing.source(of, slot, open, |number| {
            let Some(sku_state) = self.state.sku_states.get(number) else {
                return (Free::new(), 0);
            };
            let this = plan.filter(|plan| plan.number == number);
            let open_of = |plan: &AllocationPlan<'a>| {
                let kept = sourcing.protection_level(sku_state, open);
                (plan.free.clone(), plan.open_to(slot, kept))
            };
            match this.or_else(|| self.plans.get(&number).map(Box::as_ref)) {
                Some(plan) => open_of(plan),
                None if sku_state.on_hold() > 0 => open_of(&self.plan(number, sku_state)),
                None => sourcing.free_on(number, open),
            }
        })
    }

    /// Units of a plan that an order may take from there.
    pub(super) fn may_take(
        &self,
        plan: &AllocationPlan<'a>,
        order: u32,
        open: &Open,
        source: Source,
    ) -> u64 {
        let sourcing = self.state.sourcing();
        let kept = sourcing.protection_level(plan.sku_state, open);
        source.of(&plan.free, plan.open_to(order, kept))
    }

    /// The places that an order prefers, with what it takes of each to have so many units.
    pub(super) fn fill(
        &self,
        plan: &AllocationPlan<'a>,
        open: &Open,
        source: Source,
        units: u32,
    ) -> impl Iterator<Item = (u16, u32)> + use<> {
        let only = match *plan.free.as_slice() {
            [(only, free)] if source.allows(only) => Some((only, free.min(units))),
            _ => None,
        };
        let several = if only.is_some() {
            Free::new()
        } else {
            let sourcing = self.state.sourcing();
            let mut places = sourcing.locations(open.region, &plan.free, u64::MAX);
            places.retain(|place| source.allows(place.place));
            source::fill(&mut places, units).collect()
        };
        only.into_iter().chain(several)
    }
}
