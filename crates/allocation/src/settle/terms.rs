//! On which terms a line may take stock: what is kept from it, and from which places it takes.
//! Must not know who comes first.

use std::num::NonZeroU16;

use super::Pass;
use super::allocation_plan::AllocationPlan;
use crate::Allocator;
use crate::blockers::Blocker;
use crate::line::Open;
use crate::ration::{self, ProtectionLevels};
use crate::sku_state::SkuState;
use crate::source::{self, Need, SourceLocation};
use domain::ids::Tier;

/// Units that nobody holds, by place.
pub(crate) type Free = Vec<(u16, u32)>;

/// Where an order takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Any place.
    Anywhere,
    /// This one only.
    Only(u16),
    /// No place that has stock will do.
    Nowhere,
}

impl Source {
    /// Whether this place is one of them.
    pub fn allows(self, place: u16) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Only(only) => only == place,
            Self::Nowhere => false,
        }
    }
}

/// Units of a SKU state that a line of this channel and tier may take, wherever they are.
pub(crate) fn above(sku_state: &SkuState, channel: &str, tier: &Tier) -> u64 {
    let kept = sku_state.protection();
    let protection_level = kept.map_or(0, |kept| ration::protection_level(kept, channel, tier));
    sku_state.free().saturating_sub(protection_level)
}

impl Allocator {
    /// What each class of lines leaves of an SKU, if some of it is kept.
    pub(crate) fn protection_levels(&self, sku_state: &SkuState) -> Option<Box<ProtectionLevels>> {
        let kept = sku_state.protection()?;
        Some(Box::new(self.catalogue.protection_levels(kept)))
    }

    /// Units of what comes that are kept from a line of this class.
    pub(crate) fn kept_of_supply(&self, sku_state: &SkuState, class: u8) -> u64 {
        let protection_levels = self.protection_levels(sku_state);
        protection_levels.map_or(0, |protection_levels| {
            protection_levels.to_come(class, sku_state.free())
        })
    }

    /// What keeps lines of an SKU back just now, by bit. What is free only shrinks while a plan is
    /// made, so whoever is passed over by it could take nothing later in it.
    pub(crate) fn shut(&self, sku_state: &SkuState) -> u32 {
        let is_out_at = |place| {
            let bin = sku_state.bin(place);
            bin.is_none_or(|bin| bin.free() <= 0)
        };
        let shut = |blocker| match blocker {
            Blocker::SkuState(other) => self.sku_states.get(other).is_some_and(SkuState::is_dry),
            Blocker::Place(place) => is_out_at(place),
        };
        sku_state
            .blockers()
            .map_or(0, |blockers| blockers.those(shut))
    }

    /// Units of an SKU that an order's lines leave where they are.
    pub(crate) fn protection_level(&self, sku_state: &SkuState, open: &Open) -> u64 {
        let kept = sku_state.protection();
        kept.map_or(0, |kept| self.catalogue.protection_level(kept, open))
    }

    /// The only place from which an order takes, where that is settled: it is collected there, or
    /// it may not be split and has stock there, or had.
    pub(crate) fn bound_place(&self, slot: u32, open: &Open) -> Option<u16> {
        let extra = self.book.extra(slot)?;
        if extra.pick_up_at.is_some() || !extra.no_split {
            return extra.pick_up_at;
        }
        let held = (0..open.count).find_map(|index| self.book.held((slot, index)).next());
        held.map(|held| held.place).or(extra.left_from)
    }

    /// Where an order takes from what it wants of a SKU state, when this is free of each, and so
    /// much of it is open to the order.
    pub(crate) fn source(
        &self,
        number: u32,
        slot: u32,
        open: &Open,
        free: impl Fn(u32) -> (Free, u64),
    ) -> Source {
        let Some(extra) = self.book.extra(slot) else {
            return Source::Anywhere;
        };
        let bound_to = self.bound_place(slot, open);
        if !extra.no_split || extra.pick_up_at.is_some() {
            return bound_to.map_or(Source::Anywhere, Source::Only);
        }
        let lines = self.book.lines_of(open).iter();
        let needs: Vec<Need> = lines
            .filter(|line| line.unfilled() > 0)
            .map(|line| {
                let (free, most) = free(line.sku_state);
                Need {
                    of: line.sku_state,
                    units: line.unfilled(),
                    whole: line.complete_only || open.ship_complete,
                    places: self.places_of(open.region, &free, most),
                }
            })
            .collect();
        source::one_place(&needs, number, bound_to, open.ship_complete)
            .map_or(Source::Nowhere, Source::Only)
    }

    /// Units of a SKU state that an order may take, by what is kept from it and where it takes
    /// from.
    pub(crate) fn free_for(&self, number: u32, slot: u32, open: &Open) -> u64 {
        let Some(sku_state) = self.sku_states.get(number) else {
            return 0;
        };
        let source = self.source(number, slot, open, |number| self.free_on(number, open));
        let free = AllocationPlan::free_of(sku_state);
        let there = free.iter().filter(|(place, _)| source.allows(*place));
        let there: u64 = there.map(|(_, units)| u64::from(*units)).sum();
        let above = sku_state
            .free()
            .saturating_sub(self.protection_level(sku_state, open));
        there.min(above)
    }

    /// What is free of an SKU, by place, and how much of it an order may take.
    pub(crate) fn free_on(&self, number: u32, open: &Open) -> (Free, u64) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return (Free::new(), 0);
        };
        let above = sku_state
            .free()
            .saturating_sub(self.protection_level(sku_state, open));
        (AllocationPlan::free_of(sku_state), above)
    }

    /// Places with what may be taken of each for a region, when so much may be taken of all of it.
    pub(crate) fn places_of(
        &self,
        to: Option<NonZeroU16>,
        free: &[(u16, u32)],
        most: u64,
    ) -> Vec<SourceLocation> {
        free.iter()
            .map(|(place, units)| {
                let (near, cost) = self.catalogue.serves(*place, to);
                SourceLocation {
                    place: *place,
                    free: u64::from(*units).min(most),
                    near,
                    cost,
                }
            })
            .filter(|place| place.free > 0)
            .collect()
    }
}

impl<'a> Pass<'a> {
    /// Where an order takes from what it wants of a SKU state, after what was given out so far.
    /// `plan` is one that does not stand among the others while it is worked on.
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
        self.state.source(of, slot, open, |number| {
            let Some(sku_state) = self.state.sku_states.get(number) else {
                return (Free::new(), 0);
            };
            let this = plan.filter(|plan| plan.number == number);
            let open_of = |plan: &AllocationPlan<'a>| {
                let kept = self.state.protection_level(sku_state, open);
                (plan.free.clone(), plan.open_to(slot, kept))
            };
            match this.or_else(|| self.plans.get(&number).map(Box::as_ref)) {
                Some(plan) => open_of(plan),
                None if sku_state.on_hold() > 0 => open_of(&self.plan(number, sku_state)),
                None => self.state.free_on(number, open),
            }
        })
    }

    /// Units of a allocation plan that an order may take from there.
    pub(super) fn may_take(
        &self,
        plan: &AllocationPlan<'a>,
        order: u32,
        open: &Open,
        source: Source,
    ) -> u64 {
        let kept = self.state.protection_level(plan.sku_state, open);
        let above = plan.open_to(order, kept);
        match source {
            Source::Anywhere => above,
            Source::Only(_) | Source::Nowhere => {
                let free = plan.free.iter();
                let there = free
                    .filter(|(place, _)| source.allows(*place))
                    .map(|(_, units)| u64::from(*units));
                there.sum::<u64>().min(above)
            }
        }
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
            let mut places = self.state.places_of(open.region, &plan.free, u64::MAX);
            places.retain(|place| source.allows(place.place));
            source::fill(&mut places, units).collect()
        };
        only.into_iter().chain(several)
    }
}
