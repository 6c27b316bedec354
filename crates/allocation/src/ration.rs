//! Rationing: how far down a line may take free stock when some of it is kept for others, and how
//! much of what comes is kept before it may take any.
//!
//! Protection levels with nested booking limits, as in revenue management: K. Littlewood,
//! "Forecasting and Control of Passenger Bookings" (AGIFORS, 1972); P. Belobaba, "Air Travel
//! Demand and Airline Seat Inventory Management" (MIT, 1987). There a fare class is sold until
//! what is left is kept for the dearer ones; here a line takes free stock until what is left is
//! kept for channels and tiers that are not its own. Must not know lines, places or ranks.

use std::collections::BTreeMap;

use domain::event::Protection;
use domain::exact::Exact;
use domain::ids::Tier;

/// Classes of lines that are told apart by number: a class is a channel and a tier.
pub(super) const CLASSES: usize = 32;
/// The class of all lines whose channel and tier came after the numbers had run out; the same as
/// [`MAX_CLASS`](super::entry::MAX_CLASS).
pub(super) const LAST_CLASS: usize = CLASSES - 1;

/// The least that any line could have to leave: that of one with the largest level of a channel
/// and the largest of a tier for its own.
pub(super) fn least_protection_level(kept: &Protection) -> u64 {
    let channels = || kept.channels.iter().map(|level| u64::from(level.units));
    let tiers = || kept.tiers.iter().map(|level| u64::from(level.units));
    let others = |sum: u64, most: Option<u64>| sum.minus(most.unwrap_or_default());
    u64::from(kept.safety_stock)
        .plus(others(channels().sum(), channels().max()))
        .plus(others(tiers().sum(), tiers().max()))
}

/// The protection levels of one item by class, so that a search among many lines compares numbers
/// only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProtectionLevels {
    by_class: [u64; CLASSES],
}

/// Who may take some of what is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Eligible {
    /// Classes that may take a unit, by bit.
    pub classes: u32,
    /// The most units that a line of any class may take: who insists on more may not.
    pub most: u64,
}

impl ProtectionLevels {
    /// Of an item that keeps this, for classes numbered in this order. What is beyond the numbers
    /// shares the last one and the least floor, so that a search passes over nobody who may take;
    /// whoever it finds there is asked for the level of their own.
    pub fn new<'a>(
        kept: &Protection,
        classes: impl IntoIterator<Item = (&'a str, &'a Tier)>,
    ) -> Self {
        let mut by_class = [least_protection_level(kept); CLASSES];
        let numbered = by_class.iter_mut().take(LAST_CLASS);
        for (of, (channel, tier)) in numbered.zip(classes) {
            *of = kept.level(channel, tier);
        }
        Self { by_class }
    }

    /// Units of coming supply that a line of this class leaves where so many are free now.
    pub fn to_come(&self, class: u8, free: u64) -> u64 {
        let protection_level = self.by_class.get(usize::from(class));
        protection_level.map_or(0, |protection_level| protection_level.minus_or_zero(free))
    }

    /// The same for all of these classes, by bit: those together that leave as much, who leaves
    /// the least first.
    pub fn to_come_by_class(&self, classes: u32, free: u64) -> BTreeMap<u64, u32> {
        let mut by_units: BTreeMap<u64, u32> = BTreeMap::new();
        let mut bit = 1_u32;
        for protection_level in &self.by_class {
            if classes & bit != 0 {
                *by_units
                    .entry(protection_level.minus_or_zero(free))
                    .or_default() |= bit;
            }
            bit = bit.wrapping_shl(1);
        }
        by_units
    }

    /// Who may take some of so many free units.
    pub fn eligible(&self, free: u64) -> Eligible {
        let mut eligible = Eligible {
            classes: 0,
            most: 0,
        };
        let mut bit = 1_u32;
        for protection_level in &self.by_class {
            let may = free.minus_or_zero(*protection_level);
            if may > 0 {
                eligible.classes |= bit;
                eligible.most = eligible.most.max(may);
            }
            bit = bit.wrapping_shl(1);
        }
        eligible
    }
}

impl Eligible {
    /// Of an item of which nothing is kept.
    pub const fn everybody(free: u64) -> Self {
        Self {
            classes: if free > 0 { u32::MAX } else { 0 },
            most: free,
        }
    }

    /// Among lines of these classes, of which none insists on fewer units than `least`, one may
    /// be who can take: for a whole subtree at once.
    pub const fn may(&self, classes: u32, least: u32) -> bool {
        self.classes & classes != 0 && widen(least) <= self.most
    }
}

#[allow(
    clippy::as_conversions,
    reason = "widening, and `u64::from` is not const"
)]
const fn widen(units: u32) -> u64 {
    units as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use domain::event::{ChannelLevel, TierLevel};

    fn kept(safety_stock: u32, channels: &[(&str, u32)], tiers: &[(&str, u32)]) -> Protection {
        let channel = |(channel, units): &(&str, u32)| ChannelLevel {
            channel: (*channel).to_owned(),
            units: *units,
        };
        let tier = |(tier, units): &(&str, u32)| TierLevel {
            tier: (*tier).into(),
            units: *units,
        };
        Protection {
            safety_stock,
            channels: channels.iter().map(channel).collect(),
            tiers: tiers.iter().map(tier).collect(),
        }
    }

    #[test]
    fn where_nothing_is_kept_everybody_may_take_all() {
        let protection_levels = ProtectionLevels::new(&Protection::default(), []);
        for free in [0, 1, 3] {
            assert_eq!(protection_levels.eligible(free), Eligible::everybody(free));
        }
    }

    #[test]
    fn a_class_may_take_what_is_above_its_protection_and_no_more() {
        let kept = kept(2, &[], &[("gold", 3)]);
        let (standard, gold) = (Tier::from("standard"), Tier::from("gold"));
        let protection_levels = ProtectionLevels::new(&kept, [("web", &standard), ("web", &gold)]);
        let at = |free| protection_levels.eligible(free);
        assert_eq!((at(2).classes & 3, at(2).most), (0b00, 0));
        assert_eq!((at(3).classes & 3, at(3).most), (0b10, 1));
        assert_eq!((at(5).classes & 3, at(5).most), (0b10, 3));
        assert_eq!((at(6).classes & 3, at(6).most), (0b11, 4));
        assert!(!at(5).may(0b01, 1) && !at(5).may(0b10, 4) && at(5).may(0b10, 3));
    }

    proptest! {
        #[test]
        fn a_search_by_class_passes_over_nobody_who_may_take(
            safety in 0_u32..50,
            channels in prop::collection::vec(1_u32..50, 0..6),
            tiers in prop::collection::vec(1_u32..50, 0..6),
            free in 0_u64..500,
        ) {
            let names: Vec<String> = (0..8).map(|n| format!("n{n}")).collect();
            let of = |levels: &[u32]| -> Vec<(String, u32)> {
                names.iter().cloned().zip(levels.iter().copied()).collect()
            };
            let (channels, tiers) = (of(&channels), of(&tiers));
            let slim = |list: &'_ [(String, u32)]| -> Vec<(String, u32)> { list.to_vec() };
            let kept = kept(
                safety,
                &slim(&channels).iter().map(|(n, u)| (n.as_str(), *u)).collect::<Vec<_>>(),
                &slim(&tiers).iter().map(|(n, u)| (n.as_str(), *u)).collect::<Vec<_>>(),
            );
            let tier_names: Vec<Tier> =
                names.iter().map(|name| Tier::from(name.as_str())).collect();
            let pairs: Vec<(&str, &Tier)> = names
                .iter()
                .flat_map(|channel| tier_names.iter().map(move |tier| (channel.as_str(), tier)))
                .collect();
            let eligible = ProtectionLevels::new(&kept, pairs.iter().copied()).eligible(free);
            for (number, (channel, tier)) in pairs.iter().enumerate() {
                let own = free.saturating_sub(kept.level(channel, tier));
                let class = number.min(LAST_CLASS);
                let found = eligible.classes >> class & 1 == 1;
                prop_assert!(own == 0 || (found && own <= eligible.most));
                prop_assert!(class == LAST_CLASS || found == (own > 0));
            }
        }
    }
}
