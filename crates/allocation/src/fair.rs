//! Fair share: free stock divided in proportion to what is waited for, instead of given by rank.
//!
//! When less is free than is waited for, each line that takes parts has the whole units of its
//! proportion (the largest-quota rounding of A. Hamilton, 1792, with remainders handed out by rank
//! instead of by fraction, so that it can be read out): free × open ÷ all open, rounded down, and
//! what rounding left over goes one unit each to the best ranked. Nobody has more than they asked.
//!
//! Lines that take all or nothing cannot use a part of their wish. Their proportion is pooled: in
//! rank order, each whom the rest of the pool covers wholly takes from it. What the pool does not
//! give is divided among those who take parts, so that nothing is hoarded for a whole.
//!
//! A division that does not fit in one event goes on in the next exactly as begun: it is four
//! numbers, and the line after which it goes on. A line that was there when it began, and can take
//! only since, has its proportion too when its turn comes. Must not know ranks, places or events.

use domain::exact::Exact;
use serde::{Deserialize, Serialize};

/// What one line waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// Whole units.
    pub open: u32,
    /// It takes all of them or none.
    pub whole: bool,
}

/// A division under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    /// Units divided among lines that take parts.
    pub free: u64,
    /// Units that those lines waited for when it began; more than `free`.
    pub open: u64,
    /// Units that rounding left over and nobody has been given yet; one each, by rank.
    pub extra: u64,
    /// Units left for lines that take all or nothing.
    pub pool: u64,
}

impl Division {
    /// Begins to divide so many units among these, the best ranked first. None if there is nothing
    /// to divide, enough for everybody, or nobody who takes a part: then rank decides.
    pub fn begin(free: u64, claims: impl Iterator<Item = Claim> + Clone) -> Option<Self> {
        let (mut parts, mut wholes) = (0_u64, 0_u64);
        for claim in claims.clone() {
            let sum = if claim.whole { &mut wholes } else { &mut parts };
            *sum = sum.plus(u64::from(claim.open));
        }
        let all = parts.plus(wholes);
        if free == 0 || parts == 0 || free >= all {
            return None;
        }
        let pool = proportion(free, wholes, all);
        let mut rest = pool;
        for claim in claims.clone().filter(|claim| claim.whole) {
            rest = rest.checked_sub(u64::from(claim.open)).unwrap_or(rest);
        }
        let free = free.minus(pool.minus(rest)).min(parts);
        let protection_levels = claims
            .filter(|claim| !claim.whole)
            .map(|claim| proportion(free, u64::from(claim.open), parts))
            .fold(0, Exact::plus);
        Some(Self {
            free,
            open: parts,
            extra: free.minus(protection_levels),
            pool,
        })
    }

    /// What the next line by rank is given of it. Each line is asked for once, and at most for
    /// what it waited for when the division began.
    pub fn share(&mut self, claim: Claim) -> u32 {
        if claim.whole {
            let Some(rest) = self.pool.checked_sub(u64::from(claim.open)) else {
                return 0;
            };
            self.pool = rest;
            return claim.open;
        }
        let whole_units = proportion(self.free, u64::from(claim.open), self.open);
        let whole_units = u32::try_from(whole_units).unwrap_or(u32::MAX);
        if self.extra > 0 && whole_units < claim.open {
            self.extra = self.extra.minus(1);
            return whole_units.plus(1);
        }
        whole_units.min(claim.open)
    }
}

/// `free × open ÷ all`, rounded down; in 128 bits, so that nothing is lost before it is divided.
fn proportion(free: u64, open: u64, all: u64) -> u64 {
    let product = u128::from(free).times(u128::from(open));
    let units = product.checked_div(u128::from(all)).unwrap_or_default();
    u64::try_from(units).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "figures in tests are small")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(open: u32) -> Claim {
        Claim { open, whole: false }
    }

    fn whole(open: u32) -> Claim {
        Claim { open, whole: true }
    }

    fn shares(free: u64, claims: &[Claim]) -> Vec<u32> {
        let mut division = Division::begin(free, claims.iter().copied()).unwrap();
        claims.iter().map(|claim| division.share(*claim)).collect()
    }

    #[test]
    fn a_receipt_is_divided_in_proportion_to_what_is_waited_for() {
        let claims = [part(10), part(30), part(60)];
        assert_eq!(shares(50, &claims), [5, 15, 30]);
    }

    #[test]
    fn what_rounding_leaves_over_goes_one_unit_each_by_rank() {
        assert_eq!(shares(5, &[part(3), part(3), part(3)]), [2, 2, 1]);
        assert_eq!(shares(2, &[part(1), part(1), part(1)]), [1, 1, 0]);
    }

    #[test]
    fn small_lines_ahead_do_not_eat_the_share_of_a_large_one() {
        let mut claims = vec![part(1); 100];
        claims.push(part(100));
        let shares = shares(100, &claims);
        assert_eq!(shares[100], 50);
        assert_eq!(shares[..100].iter().sum::<u32>(), 50);
    }

    #[test]
    fn an_all_or_nothing_line_takes_its_whole_share_from_the_pool() {
        // Half of what is waited for is wanted whole: half of the receipt is their pool. It covers
        // the second of them; what it does not give is divided among the others.
        let claims = [whole(30), part(40), whole(10)];
        assert_eq!(shares(40, &claims), [0, 30, 10]);
    }

    #[test]
    fn when_there_is_enough_or_nobody_takes_a_part_rank_decides() {
        assert_eq!(Division::begin(4, [part(2), part(2)].into_iter()), None);
        assert_eq!(Division::begin(4, [whole(9), whole(3)].into_iter()), None);
        assert_eq!(Division::begin(0, [part(2)].into_iter()), None);
    }

    #[test]
    fn the_largest_figures_are_divided_exactly() {
        let claims = [part(u32::MAX); 1_000];
        let free = u64::from(u32::MAX) * 999;
        let shares = shares(free, &claims);
        assert_eq!(shares.iter().map(|of| u64::from(*of)).sum::<u64>(), free);
    }

    fn claims() -> impl Strategy<Value = Vec<Claim>> {
        let claim = (1_u32..40, prop::bool::weighted(0.2));
        prop::collection::vec(claim.prop_map(|(open, whole)| Claim { open, whole }), 1..60)
    }

    proptest! {
        #[test]
        fn all_is_given_and_nobody_more_than_they_asked(claims in claims(), free in 1_u64..2_000) {
            let Some(mut division) = Division::begin(free, claims.iter().copied()) else {
                return Ok(());
            };
            let shares: Vec<u32> = claims.iter().map(|claim| division.share(*claim)).collect();
            let given: u64 = shares.iter().map(|units| u64::from(*units)).sum();
            let parts: u64 = claims
                .iter()
                .filter(|claim| !claim.whole)
                .map(|claim| u64::from(claim.open))
                .sum();
            let to_wholes: u64 = claims
                .iter()
                .zip(&shares)
                .filter(|(claim, _)| claim.whole)
                .map(|(_, units)| u64::from(*units))
                .sum();
            prop_assert_eq!(given, free.min(to_wholes + parts));
            for (claim, units) in claims.iter().zip(&shares) {
                prop_assert!(*units <= claim.open);
                prop_assert!(!claim.whole || *units == 0 || *units == claim.open);
            }
        }

        #[test]
        fn equal_demands_differ_by_at_most_one_unit(
            claims in claims(),
            free in 1_u64..2_000,
        ) {
            let Some(mut division) = Division::begin(free, claims.iter().copied()) else {
                return Ok(());
            };
            let parts: Vec<(u32, u32)> = claims
                .iter()
                .map(|claim| (claim, division.share(*claim)))
                .filter(|(claim, _)| !claim.whole)
                .map(|(claim, units)| (claim.open, units))
                .collect();
            for (at, (open, units)) in parts.iter().enumerate() {
                for (other, behind) in &parts[at..] {
                    prop_assert!(open != other || (behind <= units && *units <= behind + 1));
                }
            }
        }

        #[test]
        fn a_division_goes_on_exactly_as_begun(
            claims in claims(),
            free in 1_u64..2_000,
            cut in any::<prop::sample::Index>(),
        ) {
            let Some(begun) = Division::begin(free, claims.iter().copied()) else {
                return Ok(());
            };
            let mut at_once = begun;
            let whole: Vec<u32> = claims.iter().map(|claim| at_once.share(*claim)).collect();
            let (first, rest) = claims.split_at(cut.index(claims.len()));
            let mut division = begun;
            let mut shares: Vec<u32> = first.iter().map(|of| division.share(*of)).collect();
            let kept = serde_json::to_string(&division).unwrap();
            let mut division: Division = serde_json::from_str(&kept).unwrap();
            shares.extend(rest.iter().map(|of| division.share(*of)));
            prop_assert_eq!(shares, whole);
        }
    }
}
