//! What places, regions, tiers and channels are called: each has a small number, by which lines
//! and SKUs refer to it, for as long as one does; and what is known of each location. Must not know
//! orders, stock or ranks.
//!
//! An open order refers to its tier, its channel, its region, and the places where it is collected
//! and which its goods left from; stock to the place where it is; a location to its region, and to
//! its place for ever; a class to its tier and channel for ever, since figures are kept by class.
//! What is held, and what keeps a line back, is at a place that stock or its order refers to.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::entry::MAX_CLASS;
use super::line::{Extra, Open};
use super::ration::ProtectionLevels;
use domain::event::{LocationDefined, Protection};
use domain::exact::Exact;
use domain::ids::{LocationId, Revision, Tier};
use domain::names::Names;

/// The tier and the channel of classes beyond those that are told apart.
pub const OTHER_CLASS: &str = "(other)";

/// The names that facts use, by number.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Catalogue {
    places: Names<LocationId>,
    /// The locations that were defined, by the place's number.
    sites: Vec<Option<Site>>,
    regions: Names<String>,
    tiers: Names<Tier>,
    channels: Names<String>,
    /// A tier and a channel, by class.
    classes: Vec<(u16, u16)>,
}

/// A location, as it was defined.
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

/// How many things refer to each name, by number.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct References {
    pub places: BTreeMap<u16, u32>,
    pub regions: BTreeMap<u16, u32>,
    pub tiers: BTreeMap<u16, u32>,
    pub channels: BTreeMap<u16, u32>,
}

/// The number of a region among its names: that of none is left out.
fn number_of(region: NonZeroU16) -> u16 {
    region.get().minus(1)
}

/// Places.
impl Catalogue {
    /// One more thing refers to a place since this fact. Its number.
    pub fn refer_place(&mut self, location: &LocationId, at: Revision) -> u16 {
        self.places.refer_at(location, "locations", at)
    }

    /// One more thing refers to a place.
    pub fn keep_place(&mut self, place: u16) {
        self.places.keep(place);
    }

    /// One thing less refers to a place.
    pub fn forget_place(&mut self, place: u16) {
        self.places.forget(place);
    }

    /// The number of a place that something refers to.
    pub fn find_place(&self, location: &LocationId) -> Option<u16> {
        self.places.find(location)
    }

    /// The number of a location that was defined.
    pub fn find_location(&self, location: &LocationId) -> Option<u16> {
        let place = self.find_place(location)?;
        self.site(place).map(|_| place)
    }

    /// A place's name.
    pub fn location(&self, place: u16) -> Option<&LocationId> {
        self.places.get(place)
    }

    /// The locations that were defined.
    pub fn locations(&self) -> impl Iterator<Item = &LocationId> {
        let sites = (0_u16..).zip(&self.sites);
        let defined = sites.filter_map(|(place, site)| site.as_ref().map(|_| place));
        defined.filter_map(|place| self.location(place))
    }

    /// A location is defined by this fact, or defined anew.
    pub fn define(&mut self, location: &LocationDefined, at: Revision) {
        let place = self.refer_place(&location.location, at);
        let site = Site {
            region: self.refer_region(location.region.as_ref(), at),
            cost: location.cost.unwrap_or_default(),
        };
        let index = usize::from(place);
        if self.sites.len() <= index {
            self.sites.resize(index.plus(1), None);
        }
        let was = self.sites.get_mut(index).and_then(|was| was.replace(site));
        if let Some(was) = was {
            self.forget_place(place);
            self.forget_region(was.region);
        }
    }

    fn site(&self, place: u16) -> Option<&Site> {
        self.sites.get(usize::from(place))?.as_ref()
    }

    /// Whether a place serves this region first, and what it costs to ship a unit from there.
    pub fn serves(&self, place: u16, to: Option<NonZeroU16>) -> (bool, u32) {
        let site = self.site(place);
        let region = site.and_then(|site| site.region);
        (
            to.is_some() && region == to,
            site.map_or(0, |site| site.cost),
        )
    }

    /// One more thing refers to a region since this fact. Its number.
    pub fn refer_region(&mut self, region: Option<&String>, at: Revision) -> Option<NonZeroU16> {
        let number = self.regions.refer_at(region?, "regions", at);
        NonZeroU16::new(number.plus(1))
    }

    fn forget_region(&mut self, region: Option<NonZeroU16>) {
        if let Some(region) = region {
            self.regions.forget(number_of(region));
        }
    }

    /// The region that an order goes to.
    pub fn region_of(&self, open: &Open) -> Option<&str> {
        let number = number_of(open.region?);
        self.regions.get(number).map(String::as_str)
    }
}

/// Who orders, and how.
impl Catalogue {
    /// One more order refers to a tier and a channel since this fact. Their numbers.
    pub fn refer_asker(&mut self, tier: &Tier, channel: &String, at: Revision) -> Asker {
        let tier = self.tiers.refer_at(tier, "tiers", at);
        let channel = self.channels.refer_at(channel, "channels", at);
        let class = (tier, channel);
        let at = self.classes.iter().position(|other| *other == class);
        let at = at.unwrap_or_else(|| {
            let new = self.classes.len();
            if new < usize::from(MAX_CLASS) {
                self.classes.push(class);
                self.tiers.keep(tier);
                self.channels.keep(channel);
            }
            new
        });
        Asker {
            tier,
            channel,
            class: u8::try_from(at).unwrap_or(MAX_CLASS),
        }
    }

    /// The class of an order that was done elsewhere and refers to nothing here, since this fact.
    pub fn class_of(&mut self, tier: &Tier, channel: &String, at: Revision) -> u8 {
        let asker = self.refer_asker(tier, channel, at);
        self.tiers.forget(asker.tier);
        self.channels.forget(asker.channel);
        asker.class
    }

    /// An order has another tier since this fact. Who asks for it now.
    pub fn other_tier(&mut self, open: &Open, tier: &Tier, at: Revision) -> Option<Asker> {
        let channel = self.channels.get(open.channel)?.clone();
        let asker = self.refer_asker(tier, &channel, at);
        self.tiers.forget(open.tier);
        self.channels.forget(open.channel);
        Some(asker)
    }

    /// An order goes to another region since this fact. Its number.
    pub fn other_region(
        &mut self,
        open: &Open,
        region: Option<&String>,
        at: Revision,
    ) -> Option<NonZeroU16> {
        let is = self.refer_region(region, at);
        self.forget_region(open.region);
        is
    }

    /// An order that was closed refers to nothing any more.
    pub fn forget_order(&mut self, open: &Open, extra: Option<&Extra>) {
        self.tiers.forget(open.tier);
        self.channels.forget(open.channel);
        self.forget_region(open.region);
        for place in extra.into_iter().flat_map(Extra::places) {
            self.forget_place(place);
        }
    }

    /// An order's tier.
    pub fn tier_of(&self, open: &Open) -> Option<&Tier> {
        self.tiers.get(open.tier)
    }

    /// An order's channel.
    pub fn channel_of(&self, open: &Open) -> Option<&String> {
        self.channels.get(open.channel)
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
        let tier = self.tiers.get(*tier).map(|tier| tier.as_str());
        let channel = self.channels.get(*channel).map(String::as_str);
        (tier.unwrap_or(OTHER_CLASS), channel.unwrap_or(OTHER_CLASS))
    }

    /// What each class of lines leaves of an item that keeps this.
    pub fn protection_levels(&self, kept: &Protection) -> ProtectionLevels {
        let nobody = Tier::from("");
        let classes = self.classes.iter().map(|(tier, channel)| {
            let channel = self.channels.get(*channel);
            let tier = self.tiers.get(*tier);
            (channel.map_or("", String::as_str), tier.unwrap_or(&nobody))
        });
        ProtectionLevels::new(kept, classes)
    }

    /// Units that an order's lines leave of an item that keeps this.
    pub fn protection_level(&self, kept: &Protection, open: &Open) -> u64 {
        let channel = self.channel_of(open).map_or("", String::as_str);
        let tier = self.tier_of(open);
        tier.map_or(0, |tier| kept.level(channel, tier))
    }
}

/// What refers to the names, for checks.
impl Catalogue {
    /// How many things refer to each name, as counted.
    pub fn references(&self) -> References {
        References {
            places: self.places.references(),
            regions: self.regions.references(),
            tiers: self.tiers.references(),
            channels: self.channels.references(),
        }
    }

    /// How many locations, classes, open orders and places with stock refer to each name.
    pub fn recount<'a>(
        &self,
        orders: impl Iterator<Item = (&'a Open, Option<&'a Extra>)>,
        stock: impl Iterator<Item = u16>,
    ) -> References {
        let mut found = References::default();
        for (place, site) in (0_u16..).zip(&self.sites) {
            if let Some(site) = site {
                one_more(&mut found.places, Some(place));
                one_more(&mut found.regions, site.region.map(number_of));
            }
        }
        for (tier, channel) in &self.classes {
            one_more(&mut found.tiers, Some(*tier));
            one_more(&mut found.channels, Some(*channel));
        }
        for (open, extra) in orders {
            one_more(&mut found.tiers, Some(open.tier));
            one_more(&mut found.channels, Some(open.channel));
            one_more(&mut found.regions, open.region.map(number_of));
            one_more(&mut found.places, extra.into_iter().flat_map(Extra::places));
        }
        one_more(&mut found.places, stock);
        found
    }
}

/// One more thing refers to each of these.
fn one_more(references: &mut BTreeMap<u16, u32>, numbers: impl IntoIterator<Item = u16>) {
    for number in numbers {
        let count = references.entry(number).or_default();
        *count = count.plus(1);
    }
}
