//! Whose turn it is, in 16 bytes: what a line is ranked by, and where it stands on the log. Must
//! not know how boosts come about, nor what a line gets.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use domain::exact::Exact;
use domain::ids::{Position, Revision, Timestamp};

/// Bits of an event's index in its commit: a commit holds at most 1,000 events.
const INDEX_BITS: u32 = 10;
/// Bits of a line's index in its order: an order has at most 1,000 lines.
const LINE_BITS: u32 = 10;
const INDEX_MAX: u64 = (1 << INDEX_BITS) - 1;
const LINE_MAX: u64 = (1 << LINE_BITS) - 1;
/// 44 bits: at a thousand commits a second, 557 years.
const REVISION_MAX: u64 = (1 << (64 - INDEX_BITS - LINE_BITS)) - 1;

/// A line's log_order among all lines; the smaller comes first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueueKey {
    /// When it was placed, less its boosts.
    pub effective: Timestamp,
    /// Where it stands on the log.
    pub log_order: LogOrder,
}

impl QueueKey {
    /// The same, as if it was placed so many days later.
    #[must_use]
    pub fn later(self, days: i64) -> Self {
        Self {
            effective: self.effective.plus_days(days),
            ..self
        }
    }

    /// The line's index in its order, as the book has it.
    pub fn index(self) -> u16 {
        u16::try_from(self.log_order.line_index()).unwrap_or(u16::MAX)
    }

    /// Not after any line.
    pub const FIRST: Self = Self {
        effective: Timestamp::MIN,
        log_order: LogOrder(0),
    };
    /// Not before any line.
    pub const LAST: Self = Self {
        effective: Timestamp::MAX,
        log_order: LogOrder(u64::MAX),
    };

    /// The last of all turns before this one.
    #[must_use]
    pub fn just_before(self) -> Self {
        let log_order = self.log_order.0.checked_sub(1);
        let earlier = self.effective.as_ms().minus(1);
        Self {
            effective: log_order.map_or(Timestamp::from_ms(earlier), |_| self.effective),
            log_order: LogOrder(log_order.unwrap_or(u64::MAX)),
        }
    }

    /// Both as one number, so that comparing takes no branch: a search compares much.
    fn number(self) -> i128 {
        (i128::from(self.effective.as_ms()) << u64::BITS) | i128::from(self.log_order.0)
    }
}

/// By the effective time, then by the log_order.
impl Ord for QueueKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for QueueKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Self) -> bool {
        self.number() < other.number()
    }

    fn le(&self, other: &Self) -> bool {
        self.number() <= other.number()
    }
}

/// Where a line stands on the log: its order's position and its index in the order, in the order
/// in which they became true. 44 bits of revision, 10 of the event's index, 10 of the line's.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct LogOrder(u64);

impl LogOrder {
    /// Of the line with this index (from 0) in the order that was placed there. What is beyond the
    /// bits is held at their most, which the doors never let come.
    pub fn of(position: Position, line_index: u32) -> Self {
        let revision = position.revision.0.min(REVISION_MAX);
        let index = u64::from(position.index).min(INDEX_MAX);
        let line = u64::from(line_index).min(LINE_MAX);
        Self((revision << (INDEX_BITS + LINE_BITS)) | (index << LINE_BITS) | line)
    }

    /// Where its order was placed.
    pub fn position(self) -> Position {
        Position {
            revision: Revision(self.0 >> (INDEX_BITS + LINE_BITS)),
            index: narrow((self.0 >> LINE_BITS) & INDEX_MAX),
        }
    }

    /// Of another line of the same order.
    #[must_use]
    pub fn with_line(self, line_index: u16) -> Self {
        let line = u64::from(line_index).min(LINE_MAX);
        Self((self.0 & !LINE_MAX) | line)
    }

    /// Its index in its order, from 0.
    pub fn line_index(self) -> u32 {
        narrow(self.0 & LINE_MAX)
    }
}

fn narrow(bits: u64) -> u32 {
    u32::try_from(bits).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_order(revision: u64, index: u32, line: u32) -> LogOrder {
        let revision = Revision(revision);
        LogOrder::of(Position { revision, index }, line)
    }

    #[test]
    fn a_place_gives_back_what_it_was_made_of() {
        for (revision, index, line) in [(0, 0, 0), (7, 999, 999), (REVISION_MAX, 1_023, 1_023)] {
            let log_order = log_order(revision, index, line);
            assert_eq!(log_order.position().revision, Revision(revision));
            assert_eq!(log_order.position().index, index);
            assert_eq!(log_order.line_index(), line);
        }
    }

    #[test]
    fn what_is_beyond_the_bits_disturbs_no_neighbour() {
        let most = log_order(u64::MAX, u32::MAX, u32::MAX);
        assert_eq!(most, log_order(REVISION_MAX, 1_023, 1_023));
        assert_eq!(log_order(1, u32::MAX, 0).position().revision, Revision(1));
    }

    #[test]
    fn equal_effective_times_go_by_the_log_then_by_the_line() {
        let queue_key = |revision, index, line| QueueKey {
            effective: Timestamp::from_ms(5),
            log_order: log_order(revision, index, line),
        };
        assert!(queue_key(1, 0, 2) < queue_key(1, 1, 1));
        assert!(queue_key(1, 1, 1) < queue_key(1, 1, 2));
        assert!(queue_key(1, 9, 1) < queue_key(2, 0, 1));
        assert!(QueueKey::FIRST < queue_key(0, 0, 1) && queue_key(u64::MAX, 9, 9) < QueueKey::LAST);
    }

    #[test]
    fn turns_compare_as_their_times_and_places_do_however_they_are_asked() {
        let edges = [i64::MIN, -1, 0, 1, i64::MAX].map(Timestamp::from_ms);
        let log_orders = [
            LogOrder(0),
            log_order(0, 0, 1),
            log_order(1, 0, 0),
            LogOrder(u64::MAX),
        ];
        let queue_key = |effective| {
            log_orders.map(|log_order| QueueKey {
                effective,
                log_order,
            })
        };
        let queue_keys = edges.map(queue_key).concat();
        for one in &queue_keys {
            for other in &queue_keys {
                let plain =
                    (one.effective, one.log_order.0).cmp(&(other.effective, other.log_order.0));
                assert_eq!(one.cmp(other), plain);
                assert_eq!(one.partial_cmp(other), Some(plain));
                assert_eq!((one < other, one <= other), (plain.is_lt(), plain.is_le()));
            }
        }
    }

    #[test]
    fn another_line_of_the_same_order_stands_beside_it() {
        assert_eq!(log_order(7, 5, 3).with_line(9), log_order(7, 5, 9));
        assert_eq!(log_order(7, 5, 1_023).with_line(0), log_order(7, 5, 0));
        assert_eq!(
            log_order(7, 5, 0).with_line(u16::MAX),
            log_order(7, 5, 1_023)
        );
    }

    #[test]
    fn just_before_a_turn_nothing_comes_between() {
        let queue_key = |ms, log_order| QueueKey {
            effective: Timestamp::from_ms(ms),
            log_order: LogOrder(log_order),
        };
        assert_eq!(queue_key(5, 7).just_before(), queue_key(5, 6));
        assert_eq!(queue_key(5, 0).just_before(), queue_key(4, u64::MAX));
    }

    #[test]
    fn a_turn_is_sixteen_bytes() {
        assert_eq!(size_of::<QueueKey>(), 16);
    }
}
