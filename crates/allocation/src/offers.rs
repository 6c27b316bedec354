//! What was offered something else, and until when. Must not know what, nor who waits besides.
//!
//! An offer stands as long as units of its line wait; what still waits when it ends is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::book::At;
use domain::ids::Timestamp;

/// All offers that stand.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Offers {
    lines: BTreeMap<At, (u32, Timestamp)>,
    ends: BTreeSet<(Timestamp, u32)>,
    of_shelf: BTreeSet<(u32, Timestamp, At)>,
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

    /// A line of this shelf was offered something else.
    pub fn open(&mut self, at: At, shelf: u32, until: Timestamp) {
        self.end(at);
        self.lines.insert(at, (shelf, until));
        self.of_shelf.insert((shelf, until, at));
        self.ends.insert((until, shelf));
    }

    /// Nothing of a line waits any more.
    pub fn end(&mut self, at: At) {
        if let Some((shelf, until)) = self.lines.remove(&at) {
            self.of_shelf.remove(&(shelf, until, at));
            let same = (shelf, until, (0, 0))..=(shelf, until, (u32::MAX, u16::MAX));
            if self.of_shelf.range(same).next().is_none() {
                self.ends.remove(&(until, shelf));
            }
        }
    }

    /// Lines of a shelf whose offer is over.
    pub fn over(&self, shelf: u32, now: Timestamp) -> impl Iterator<Item = At> + '_ {
        let most = (shelf, now, (u32::MAX, u16::MAX));
        let over = self.of_shelf.range((shelf, Timestamp::MIN, (0, 0))..=most);
        over.map(|(_, _, at)| *at)
    }

    /// Shelves with an offer that is over, perhaps named more than once.
    pub fn shelves(&self, now: Timestamp) -> impl Iterator<Item = u32> + '_ {
        let over = self.ends.iter().take_while(move |(until, _)| *until <= now);
        over.map(|(_, shelf)| *shelf)
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
        assert_eq!(offers.shelves(ms(9)).count(), 0);
        assert_eq!(offers.shelves(ms(10)).collect::<Vec<_>>(), [7]);
        assert_eq!(offers.over(7, ms(10)).collect::<Vec<_>>(), [(1, 0), (1, 1)]);
        offers.end((1, 0));
        assert_eq!(offers.shelves(ms(10)).collect::<Vec<_>>(), [7]);
        offers.end((1, 1));
        offers.end((1, 1));
        assert_eq!(offers.shelves(ms(10)).count(), 0);
        assert_eq!(offers.over(8, ms(19)).count(), 0);
        offers.open((2, 0), 8, ms(30));
        assert_eq!(offers.over(8, ms(20)).count(), 0, "told anew, until later");
        offers.end((2, 0));
        assert!(offers.is_empty());
        assert_eq!(offers, Offers::default());
    }
}
