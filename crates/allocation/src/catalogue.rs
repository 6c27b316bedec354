//! What places, regions, tiers and channels are called: each has a small number, by which lines
//! and SKUs refer to it; and what is known of each place. Must not know orders, stock or ranks.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::entry::MAX_CLASS;
use super::line::Open;
use super::names::Names;
use super::ration::{self, ProtectionLevels};
use domain::event::{LocationDefined, Protection};
use domain::ids::{LocationId, Tier};

/// The tier and the channel of classes beyond those that are told apart.
pub const OTHER_CLASS: &str = "(other)";

/// The names that facts use, by number.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Catalogue {
    places: Names<LocationId>,
    /// What is known of each place, by its number.
    sites: Vec<Site>,
    regions: Names<String>,
    tiers: Names<Tier>,
    channels: Names<String>,
    /// A tier and a channel, by class.
    classes: Vec<(u16, u16)>,
}

/// A place that holds stock.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Site {
    /// The region it serves first.
    region: Option<NonZeroU16>,
    /// What it costs to ship a unit from there, compared with other places.
    cost: u32,
}

/// The numbers of who orders: their tier, the channel, and both as one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asker {
    pub tier: u16,
    pub channel: u16,
    pub class: u8,
}

/// Places.
impl Catalogue {
    /// The number of a place, a new one if it has not been named before.
    pub fn place(&mut self, location: &LocationId) -> u16 {
        let place = self.places.short_number(location);
        let sites = usize::from(place).saturating_add(1);
        if self.sites.len() < sites {
            self.sites.resize(sites, Site::default());
        }
        place
    }

    /// The number of a place that has been named.
    pub fn find_place(&self, location: &LocationId) -> Option<u16> {
        let place = self.places.find(location.as_str())?;
        u16::try_from(place).ok()
    }

    /// A place's name.
    pub fn location(&self, place: u16) -> Option<&LocationId> {
        self.places.get(u32::from(place))
    }

    /// What is known of a place becomes this.
    pub fn define(&mut self, location: &LocationDefined) {
        let place = usize::from(self.place(&location.location));
        let region = self.region(location.region.as_ref());
        if let Some(site) = self.sites.get_mut(place) {
            site.region = region;
            site.cost = location.cost.unwrap_or_default();
        }
    }

    /// Whether a place serves this region first, and what it costs to ship a unit from there.
    pub fn serves(&self, place: u16, to: Option<NonZeroU16>) -> (bool, u32) {
        let site = self.sites.get(usize::from(place));
        let region = site.and_then(|site| site.region);
        (
            to.is_some() && region == to,
            site.map_or(0, |site| site.cost),
        )
    }

    /// The number of a region.
    pub fn region(&mut self, region: Option<&String>) -> Option<NonZeroU16> {
        let number = self.regions.short_number(region?);
        NonZeroU16::new(number.saturating_add(1))
    }

    /// The region that an order goes to.
    pub fn region_of(&self, open: &Open) -> Option<&str> {
        let number = open.region?.get().saturating_sub(1);
        self.regions.get(u32::from(number)).map(String::as_str)
    }
}

/// Who orders, and how.
impl Catalogue {
    /// The numbers of a tier and a channel.
    pub fn asker(&mut self, tier: &Tier, channel: &String) -> Asker {
        let tier = self.tiers.short_number(tier);
        let channel = self.channels.short_number(channel);
        let class = (tier, channel);
        let at = self.classes.iter().position(|other| *other == class);
        let at = at.unwrap_or_else(|| {
            let new = self.classes.len();
            if new < usize::from(MAX_CLASS) {
                self.classes.push(class);
            }
            new
        });
        Asker {
            tier,
            channel,
            class: u8::try_from(at).unwrap_or(MAX_CLASS),
        }
    }

    /// An order's tier.
    pub fn tier_of(&self, open: &Open) -> Option<&Tier> {
        self.tiers.get(u32::from(open.tier))
    }

    /// An order's channel.
    pub fn channel_of(&self, open: &Open) -> Option<&String> {
        self.channels.get(u32::from(open.channel))
    }

    /// The classes that orders have, with that of all beyond those told apart.
    pub fn classes(&self) -> impl Iterator<Item = u8> + use<> {
        let known = u8::try_from(self.classes.len()).unwrap_or(MAX_CLASS);
        let other = (known >= MAX_CLASS).then_some(MAX_CLASS);
        (0..known.min(MAX_CLASS)).chain(other)
    }

    /// The tier and the channel of a class.
    pub fn class_name(&self, class: u8) -> (&str, &str) {
        let Some((tier, channel)) = self.classes.get(usize::from(class)) else {
            return (OTHER_CLASS, OTHER_CLASS);
        };
        let tier = self.tiers.get(u32::from(*tier)).map(|tier| tier.as_str());
        let channel = self.channels.get(u32::from(*channel)).map(String::as_str);
        (tier.unwrap_or(OTHER_CLASS), channel.unwrap_or(OTHER_CLASS))
    }

    /// What each class of lines leaves of an item that keeps this.
    pub fn protection_levels(&self, kept: &Protection) -> ProtectionLevels {
        let nobody = Tier::from("");
        let classes = self.classes.iter().map(|(tier, channel)| {
            let channel = self.channels.get(u32::from(*channel));
            let tier = self.tiers.get(u32::from(*tier));
            (channel.map_or("", String::as_str), tier.unwrap_or(&nobody))
        });
        ProtectionLevels::new(kept, classes)
    }

    /// Units that an order's lines leave of an item that keeps this.
    pub fn protection_level(&self, kept: &Protection, open: &Open) -> u64 {
        let channel = self.channel_of(open).map_or("", String::as_str);
        let tier = self.tier_of(open);
        tier.map_or(0, |tier| ration::protection_level(kept, channel, tier))
    }
}
