//! Small numbers for what facts say in texts. Must not know what they are good for.

use std::num::NonZeroU16;

use crate::entry::MAX_CLASS;
use crate::{Allocator, Site};
use domain::ids::LocationId;

impl Allocator {
    /// The number of a place.
    pub(crate) fn place(&mut self, location: &LocationId) -> u16 {
        let place = self.places.short_number(location);
        let sites = usize::from(place).saturating_add(1);
        if self.sites.len() < sites {
            self.sites.resize(sites, Site::default());
        }
        place
    }

    pub(super) fn region(&mut self, region: Option<&String>) -> Option<NonZeroU16> {
        let number = self.regions.short_number(region?);
        NonZeroU16::new(number.saturating_add(1))
    }

    /// The class of a tier and a channel.
    pub(super) fn class(&mut self, tier: u16, channel: u16) -> u8 {
        let class = (tier, channel);
        let at = self.classes.iter().position(|other| *other == class);
        let at = at.unwrap_or_else(|| {
            let new = self.classes.len();
            if new < usize::from(MAX_CLASS) {
                self.classes.push(class);
            }
            new
        });
        u8::try_from(at).unwrap_or(MAX_CLASS)
    }

    /// Goods of an order left from a place. One that may not be split is bound to it.
    pub(super) fn left_from(&mut self, slot: Option<u32>, place: u16) {
        if let Some(slot) = slot
            && self.book.extra(slot).is_some_and(|extra| extra.no_split)
        {
            self.book.extra_mut(slot).left_from.get_or_insert(place);
            self.rebar(slot);
        }
    }
}
