//! What of an SKU's stock may be sold, and to whom: one arithmetic for every room that tells it.
//! Must not know where it stands, nor who decides on it.

use crate::event::Protection;
use crate::exact::Exact;
use crate::ids::Tier;

/// The standing of customers of whom nothing else is said.
pub const ORDINARY_TIER: &str = "standard";

/// Who asks what may be sold to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// How their order would come; empty: it is not said, and what is kept for one is not theirs.
    pub channel: String,
    /// Their standing.
    pub tier: Tier,
}

impl Default for Asker {
    /// An ordinary customer, through no channel in particular.
    fn default() -> Self {
        Self {
            channel: String::new(),
            tier: Tier::from(ORDINARY_TIER),
        }
    }
}

impl Protection {
    /// Units of free stock that a line of this channel and tier leaves where they are: the safety
    /// stock, and all levels that are not its own.
    pub fn level(&self, channel: &str, tier: &Tier) -> u64 {
        let channels = self.channels.iter();
        let for_channels = channels
            .filter(|level| level.channel != channel)
            .map(|level| u64::from(level.units));
        let tiers = self.tiers.iter();
        let for_tiers = tiers
            .filter(|level| level.tier != *tier)
            .map(|level| u64::from(level.units));
        for_channels
            .chain(for_tiers)
            .fold(u64::from(self.safety_stock), Exact::plus)
    }
}

/// What there is of an SKU at all places, in units, as one asker sees it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct SkuStock {
    /// What is there.
    pub on_hand: u64,
    /// Reserved for lines of orders.
    pub reserved: u64,
    /// On hold for somebody who has not ordered yet.
    pub held: u64,
    /// Units that are nobody's and are kept from whoever asks.
    pub protected: u64,
    /// What whoever asks would be given if they ordered now.
    pub available: u64,
}

impl SkuStock {
    /// `places`: what is on hand and what is reserved at each. `kept`: the protection level of
    /// whoever asks. Units that are reserved and not there are nobody's at another place.
    pub fn of(places: impl IntoIterator<Item = (u64, u64)>, held: u64, kept: u64) -> Self {
        let mut sum = Self {
            held,
            ..Self::default()
        };
        let mut free = 0_u64;
        for (on_hand, reserved) in places {
            sum.on_hand = sum.on_hand.plus(on_hand);
            sum.reserved = sum.reserved.plus(reserved);
            free = free.plus(on_hand.minus_or_zero(reserved));
        }
        let nobodys = free.minus_or_zero(held);
        sum.protected = nobodys.min(kept);
        sum.available = nobodys.minus(sum.protected);
        sum
    }

    /// What whoever asks would be given at one place, where so many units are reserved for no
    /// line.
    pub fn at_place(&self, free: u64) -> u64 {
        free.min(self.available)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ChannelLevel, TierLevel};

    fn kept() -> Protection {
        let channel = |channel: &str, units| ChannelLevel {
            channel: channel.to_owned(),
            units,
        };
        Protection {
            safety_stock: 5,
            channels: vec![channel("shop", 20), channel("web", 7)],
            tiers: vec![TierLevel {
                tier: "gold".into(),
                units: 10,
            }],
        }
    }

    #[test]
    fn a_line_leaves_safety_stock_and_other_classes_levels() {
        let level = |channel, tier| kept().level(channel, &Tier::from(tier));
        assert_eq!(level("phone", "standard"), 42);
        assert_eq!(level("shop", "standard"), 22);
        assert_eq!(level("phone", "gold"), 32);
        assert_eq!(level("shop", "gold"), 12);
    }

    #[test]
    fn what_is_on_hand_is_reserved_or_held_or_protected_or_available() {
        let stock = SkuStock::of([(30, 10), (12, 2)], 4, 9);
        assert_eq!((stock.protected, stock.available), (9, 17));
        let parts = [stock.reserved, stock.held, stock.protected, stock.available];
        assert_eq!(parts.into_iter().sum::<u64>(), stock.on_hand);
        assert_eq!((stock.at_place(20), stock.at_place(3)), (17, 3));
    }

    #[test]
    fn less_than_is_kept_is_all_protected_and_what_is_missing_is_taken_off_nowhere_else() {
        let stock = SkuStock::of([(3, 0)], 0, 5);
        assert_eq!((stock.protected, stock.available), (3, 0));
        let short = SkuStock::of([(2, 6), (5, 0)], 0, 0);
        assert_eq!(short.available, 5);
        let over_held = SkuStock::of([(5, 0)], 7, 1);
        assert_eq!((over_held.protected, over_held.available), (0, 0));
    }
}
