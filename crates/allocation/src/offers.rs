//! What was offered something else, and until when. Must not know what, nor who waits besides.
//!
//! An offer stands as long as units of its line wait; what still waits when it ends is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::delta::LineDelta;
use super::line::At;
use domain::ids::Timestamp;

/// The most items that are offered at once instead of one that will not come.
pub const MAX_INSTEAD: usize = 16;
/// The longest time for which they are, in days.
pub const MAX_INSTEAD_DAYS: u32 = 90;

/// All offers that stand.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Offers {
    lines: BTreeMap<At, (u32, Timestamp)>,
    ends: BTreeSet<(Timestamp, u32)>,
    of_sku_state: BTreeSet<(u32, Timestamp, At)>,
}

impl Offers {
    /// No offer stands.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Until when a line's offer stands, if one does.
    pub fn until(&self, at: At) -> Option<Timestamp> {
        self.lines.get(&at).map(|(_, until)| *until)
    }

    /// A line of this SKU state was offered something else.
    pub fn open(&mut self, at: At, sku_state: u32, until: Timestamp) {
        self.end(at);
        self.lines.insert(at, (sku_state, until));
        self.of_sku_state.insert((sku_state, until, at));
        self.ends.insert((until, sku_state));
    }

    /// A line changed. Once nothing of it waits any more, its offer is over.
    pub fn fold(&mut self, delta: &LineDelta) {
        if delta.leaves_queue() {
            self.end(delta.at);
        }
    }

    /// Nothing of a line waits any more.
    fn end(&mut self, at: At) {
        if let Some((sku_state, until)) = self.lines.remove(&at) {
            self.of_sku_state.remove(&(sku_state, until, at));
            let same = (sku_state, until, (0, 0))..=(sku_state, until, (u32::MAX, u16::MAX));
            if self.of_sku_state.range(same).next().is_none() {
                self.ends.remove(&(until, sku_state));
            }
        }
    }

    /// Lines of an SKU whose offer is over.
    pub fn over(&self, sku_state: u32, now: Timestamp) -> impl Iterator<Item = At> + '_ {
        let most = (sku_state, now, (u32::MAX, u16::MAX));
        let over = self
            .of_sku_state
            .range((sku_state, Timestamp::MIN, (0, 0))..=most);
        over.map(|(_, _, at)| *at)
    }

    /// SKUs with an offer that is over, perhaps named more than once.
    pub fn sku_states(&self, now: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let over = self.ends.iter().take_while(move |(until, _)| *until <= now);
        over.map(|(_, sku_state)| *sku_state)
    }

    /// When the next offer ends that has not ended yet.
    pub fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        let later = (now, u32::MAX);
        let mut ends = self
            .ends
            .range((std::ops::Bound::Excluded(later), std::ops::Bound::Unbounded));
        ends.next().map(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn an_offer_stands_until_its_time_or_until_nothing_waits() {
        let mut offers = Offers::default();
        offers.open((1, 0), 7, ms(10));
        offers.open((1, 1), 7, ms(10));
        offers.open((2, 0), 8, ms(20));
        assert_eq!(offers.until((1, 1)), Some(ms(10)));
        assert_eq!(offers.next_end(ms(9)), Some(ms(10)));
        assert_eq!(offers.next_end(ms(10)), Some(ms(20)));
        assert_eq!(offers.sku_states(ms(9)).count(), 0);
        assert_eq!(offers.sku_states(ms(10)).collect::<Vec<_>>(), [7]);
        assert_eq!(offers.over(7, ms(10)).collect::<Vec<_>>(), [(1, 0), (1, 1)]);
        offers.end((1, 0));
        assert_eq!(offers.sku_states(ms(10)).collect::<Vec<_>>(), [7]);
        offers.end((1, 1));
        offers.end((1, 1));
        assert_eq!(offers.sku_states(ms(10)).count(), 0);
        assert_eq!(offers.over(8, ms(19)).count(), 0);
        offers.open((2, 0), 8, ms(30));
        assert_eq!(offers.over(8, ms(20)).count(), 0, "told anew, until later");
        offers.end((2, 0));
        assert!(offers.is_empty());
        assert_eq!(offers, Offers::default());
    }
}
