//! On which terms a line may take stock: what is kept from it, and from which places it takes.
//! Must not know who comes first.

use std::num::NonZeroU16;

use super::Pass;
use super::desk::Desk;
use crate::Allocator;
use crate::bars::Bar;
use crate::line::Open;
use crate::ration::{self, Floors};
use crate::shelf::Shelf;
use crate::source::{self, Need, Place};
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

/// Units of a shelf that a line of this channel and tier may take, wherever they are.
pub(crate) fn above(shelf: &Shelf, channel: &str, tier: &Tier) -> u64 {
    let kept = shelf.protection();
    let floor = kept.map_or(0, |kept| ration::floor(kept, channel, tier));
    shelf.free().saturating_sub(floor)
}

impl Allocator {
    /// What each class of lines leaves of an SKU, if some of it is kept.
    pub(crate) fn floors(&self, shelf: &Shelf) -> Option<Box<Floors>> {
        let kept = shelf.protection()?;
        let nobody = Tier::from("");
        let classes = self.classes.iter().map(|(tier, channel)| {
            let channel = self.channels.get(u32::from(*channel));
            let tier = self.tiers.get(u32::from(*tier));
            (channel.map_or("", String::as_str), tier.unwrap_or(&nobody))
        });
        Some(Box::new(Floors::new(kept, classes)))
    }

    /// Units of what comes that are kept from a line of this class.
    pub(crate) fn kept_of_supply(&self, shelf: &Shelf, class: u8) -> u64 {
        let floors = self.floors(shelf);
        floors.map_or(0, |floors| floors.to_come(class, shelf.free()))
    }

    /// What keeps lines of an SKU back just now, by bit. What is free only shrinks while a plan is
    /// made, so whoever is passed over by it could take nothing later in it.
    pub(crate) fn shut(&self, shelf: &Shelf) -> u32 {
        let is_out_at = |place| {
            let bin = shelf.bins.iter().find(|bin| bin.place == place);
            bin.is_none_or(|bin| bin.free() <= 0)
        };
        let shut = |bar| match bar {
            Bar::Shelf(other) => self.shelves.get(other).is_some_and(Shelf::is_dry),
            Bar::Place(place) => is_out_at(place),
        };
        shelf.bars.as_ref().map_or(0, |bars| bars.those(shut))
    }

    /// Units of an SKU that an order's lines leave where they are.
    pub(crate) fn floor(&self, shelf: &Shelf, open: &Open) -> u64 {
        let Some(kept) = shelf.protection() else {
            return 0;
        };
        let channel = self.channels.get(u32::from(open.channel));
        let channel = channel.map_or("", String::as_str);
        let tier = self.tiers.get(u32::from(open.tier));
        tier.map_or(0, |tier| ration::floor(kept, channel, tier))
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

    /// Where an order takes from what it wants of a shelf, when this is free of each, and so much
    /// of it is open to the order.
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
                let (free, most) = free(line.shelf);
                Need {
                    of: line.shelf,
                    units: line.unfilled(),
                    whole: line.complete_only || open.ship_complete,
                    places: self.places_of(open.region, &free, most),
                }
            })
            .collect();
        source::one_place(&needs, number, bound_to, open.ship_complete)
            .map_or(Source::Nowhere, Source::Only)
    }

    /// Units of a shelf that an order may take, by what is kept from it and where it takes from.
    pub(crate) fn free_for(&self, number: u32, slot: u32, open: &Open) -> u64 {
        let Some(shelf) = self.shelves.get(number) else {
            return 0;
        };
        let source = self.source(number, slot, open, |number| self.free_on(number, open));
        let free = Desk::free_of(shelf);
        let there = free.iter().filter(|(place, _)| source.allows(*place));
        let there: u64 = there.map(|(_, units)| u64::from(*units)).sum();
        let above = shelf.free().saturating_sub(self.floor(shelf, open));
        there.min(above)
    }

    /// What is free of an SKU, by place, and how much of it an order may take.
    pub(crate) fn free_on(&self, number: u32, open: &Open) -> (Free, u64) {
        let Some(shelf) = self.shelves.get(number) else {
            return (Free::new(), 0);
        };
        let above = shelf.free().saturating_sub(self.floor(shelf, open));
        (Desk::free_of(shelf), above)
    }

    /// Places with what may be taken of each for a region, when so much may be taken of all of it.
    pub(crate) fn places_of(
        &self,
        to: Option<NonZeroU16>,
        free: &[(u16, u32)],
        most: u64,
    ) -> Vec<Place> {
        free.iter()
            .map(|(place, units)| {
                let site = self.sites.get(usize::from(*place));
                let region = site.and_then(|site| site.region);
                Place {
                    place: *place,
                    free: u64::from(*units).min(most),
                    near: to.is_some() && region == to,
                    cost: site.map_or(0, |site| site.cost),
                }
            })
            .filter(|place| place.free > 0)
            .collect()
    }
}

impl<'a> Pass<'a> {
    /// Where an order takes from what it wants of a shelf, after what was given out so far. `desk`
    /// is one that does not stand among the others while it is worked on.
    pub(super) fn source(
        &self,
        desk: Option<&Desk<'a>>,
        of: u32,
        slot: u32,
        open: &Open,
    ) -> Source {
        if let Some(place) = self.bound_to.get(&slot) {
            return Source::Only(*place);
        }
        self.state.source(of, slot, open, |number| {
            let Some(shelf) = self.state.shelves.get(number) else {
                return (Free::new(), 0);
            };
            let this = desk.filter(|desk| std::ptr::eq(desk.shelf, shelf));
            let open_of = |desk: &Desk<'a>| {
                let kept = self.state.floor(shelf, open);
                (desk.free.clone(), desk.open_to(slot, kept))
            };
            match this.or_else(|| self.desks.get(&number).map(Box::as_ref)) {
                Some(desk) => open_of(desk),
                None if shelf.on_hold > 0 => open_of(&self.desk(shelf)),
                None => self.state.free_on(number, open),
            }
        })
    }

    /// Units of a desk that an order may take from there.
    pub(super) fn may_take(&self, desk: &Desk<'a>, order: u32, open: &Open, source: Source) -> u64 {
        let kept = self.state.floor(desk.shelf, open);
        let above = desk.open_to(order, kept);
        match source {
            Source::Anywhere => above,
            Source::Only(_) | Source::Nowhere => {
                let free = desk.free.iter();
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
        desk: &Desk<'a>,
        open: &Open,
        source: Source,
        units: u32,
    ) -> impl Iterator<Item = (u16, u32)> + use<> {
        let only = match *desk.free.as_slice() {
            [(only, free)] if source.allows(only) => Some((only, free.min(units))),
            _ => None,
        };
        let several = if only.is_some() {
            Free::new()
        } else {
            let mut places = self.state.places_of(open.region, &desk.free, u64::MAX);
            places.retain(|place| source.allows(place.place));
            source::fill(&mut places, units).collect()
        };
        only.into_iter().chain(several)
    }
}
