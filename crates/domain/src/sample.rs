//! Where a bounded check looks: anywhere, by a seed, without walking what is there. Must not know
//! what it picks.

use std::ops::Bound;

use crate::exact::Exact;
use crate::shared::SharedMap;

/// Numbers that look like chance, the same for the same seed.
#[derive(Debug, Clone)]
pub struct Picks(u64);

impl Picks {
    /// By this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of the numbers below this; 0 if there is none. Steele, Lea and Flood, Fast Splittable
    /// Pseudorandom Number Generators (2014): `SplitMix64`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).checked_rem(end).unwrap_or_default()
    }

    /// An entry of a map, at the cost of a search. The text to search from has each of its
    /// letters between those of the first and the last key, so that keys which count up, such as
    /// `SKU-0000` to `SKU-9999`, come about equally often.
    pub fn of<'m, K: Ord, V>(
        &mut self,
        map: &'m SharedMap<K, V>,
        text: impl Fn(&K) -> &str,
        key: impl Fn(&str) -> K,
    ) -> Option<(&'m K, &'m V)> {
        let (first, last) = (map.first_key_value()?.0, map.last_key_value()?.0);
        let letters = text(first).chars().zip(text(last).chars());
        let from: String = letters
            .map(|(one, other)| {
                let (least, most) = (one.min(other), one.max(other));
                let width = u64::from(u32::from(most).minus(u32::from(least)).plus(1));
                let more = u32::try_from(self.below(width)).unwrap_or_default();
                char::from_u32(u32::from(least).plus(more)).unwrap_or(least)
            })
            .collect();
        let mut after = map.range_from(Bound::Included(&key(&from)));
        after.next().or_else(|| map.first_key_value())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_of_a_map_comes_up_sooner_or_later() {
        for names in [
            &["SKU-01", "SKU-15", "SKU-99", "SKU-42"][..],
            &["BOLT"],
            &[],
        ] {
            let map: SharedMap<String, ()> =
                names.iter().map(|name| (name.to_string(), ())).collect();
            let mut picks = Picks::new(7);
            let picked = (0..200).filter_map(|_| picks.of(&map, String::as_str, str::to_owned));
            let picked: BTreeSet<&String> = picked.map(|(name, ())| name).collect();
            assert_eq!(picked.len(), names.len());
        }
    }

    #[test]
    fn numbers_are_below_the_end_and_the_same_for_the_same_seed() {
        let picks = |seed| {
            let mut picks = Picks::new(seed);
            (0..100).map(|_| picks.below(10)).collect::<Vec<u64>>()
        };
        assert!(picks(1).iter().all(|number| *number < 10));
        assert_eq!((0..10).filter(|it| picks(1).contains(it)).count(), 10);
        assert_eq!(picks(1), picks(1));
        assert_ne!(picks(1), picks(2));
        assert_eq!(Picks::new(1).below(0), 0);
    }
}
