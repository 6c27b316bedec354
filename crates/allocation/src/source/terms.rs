//! On which terms an order takes stock: what is kept from it, and from which places it takes. The
//! same for settling, for whoever asks before they order, and for a rebalancing run. Must not know
//! who comes first, nor what was given out.

use domain::exact::Exact;
use std::num::NonZeroU16;

use super::{Free, Need, Source, SourceLocation, one_place, preferred};
use crate::Allocator;
use crate::blockers::Blocker;
use crate::book::Book;
use crate::catalogue::Catalogue;
use crate::line::Open;
use crate::ration::ProtectionLevels;
use crate::sku_state::SkuState;
use crate::sku_states::SkuStates;

/// What sourcing goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sourcing<'a> {
    book: &'a Book,
    sku_states: &'a SkuStates,
    catalogue: &'a Catalogue,
}

impl Allocator {
    /// Where stock for an order may come from, as things stand.
    pub(crate) const fn sourcing(&self) -> Sourcing<'_> {
        Sourcing {
            book: &self.book,
            sku_states: &self.sku_states,
            catalogue: &self.catalogue,
        }
    }
}

/// What is kept from an order.
impl Sourcing<'_> {
    /// Units of an SKU that an order's lines leave where they are.
    pub fn protection_level(&self, sku_state: &SkuState, open: &Open) -> u64 {
        let kept = sku_state.protection();
        kept.map_or(0, |kept| self.catalogue.protection_level(kept, open))
    }

    /// What each class of lines leaves of an SKU, if some of it is kept.
    pub fn protection_levels(&self, sku_state: &SkuState) -> Option<Box<ProtectionLevels>> {
        let kept = sku_state.protection()?;
        Some(Box::new(self.catalogue.protection_levels(kept)))
    }

    /// Units of what comes that are kept from a line of this class.
    pub fn kept_of_supply(&self, sku_state: &SkuState, class: u8) -> u64 {
        let levels = self.protection_levels(sku_state);
        levels.map_or(0, |levels| levels.to_come(class, sku_state.free()))
    }

    /// What keeps lines of an SKU back just now, by bit. What is free only shrinks while a plan is
    /// made, so whoever is passed over by it could take nothing later in it.
    pub fn shut(&self, sku_state: &SkuState) -> u32 {
        let shut = |blocker| match blocker {
            Blocker::SkuState(other) => self.sku_states.get(other).is_some_and(SkuState::is_dry),
            Blocker::Place(place) => sku_state.bin(place).is_none_or(|bin| bin.free() <= 0),
        };
        let blockers = sku_state.blockers();
        blockers.map_or(0, |blockers| blockers.those(shut))
    }
}

/// From which places it takes.
impl Sourcing<'_> {
    /// The only place from which an order takes, where that is settled: it is collected there, or
    /// it may not be split and has stock there, or had.
    pub fn bound_place(&self, slot: u32, open: &Open) -> Option<u16> {
        let extra = self.book.extra(slot)?;
        if extra.pick_up_at.is_some() || !extra.no_split {
            return extra.pick_up_at;
        }
        let mut places = (0..open.count).flat_map(|index| self.book.reservations((slot, index)));
        places.next().map(|here| here.place).or(extra.left_from)
    }

    /// Where an order takes from what it wants of an SKU, when this is free of each, and so much of
    /// it is open to the order.
    pub fn source(
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
                    places: self.locations(open.region, &free, most),
                }
            })
            .collect();
        Source::only(one_place(&needs, number, bound_to, open.ship_complete))
    }

    /// Where an order takes from, of all that nobody holds.
    pub fn source_of_free(&self, number: u32, slot: u32, open: &Open) -> Source {
        self.source(number, slot, open, |number| self.free_on(number, open))
    }

    /// What is free of an SKU, by place, and how much of it an order may take.
    pub fn free_on(&self, number: u32, open: &Open) -> (Free, u64) {
        let Some(sku_state) = self.sku_states.get(number) else {
            return (Free::new(), 0);
        };
        let kept = self.protection_level(sku_state, open);
        (
            sku_state.free_by_place(),
            sku_state.free().minus_or_zero(kept),
        )
    }

    /// Units of an SKU that an order may take, by what is kept from it and where it takes from.
    pub fn free_for(&self, number: u32, slot: u32, open: &Open) -> u64 {
        let source = self.source_of_free(number, slot, open);
        let (free, above) = self.free_on(number, open);
        source.of(&free, above)
    }

    /// Places with what may be taken of each for a region, when so much may be taken of all of it.
    pub fn locations(
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

    /// Places that may fill a line, the best first, also where nothing is free: in a run somebody
    /// may give something there.
    pub fn places(&self, slot: u32, open: &Open, sku_state: &SkuState) -> Vec<u16> {
        let only = self.bound_place(slot, open);
        let bins = sku_state.bins().iter();
        let mut bins: Vec<_> = bins
            .filter(|bin| only.is_none_or(|place| bin.place == place))
            .collect();
        bins.sort_unstable_by_key(|bin| {
            let (near, cost) = self.catalogue.serves(bin.place, open.region);
            preferred(near, cost, bin.free(), bin.place)
        });
        bins.into_iter().map(|bin| bin.place).collect()
    }
}
