//! The bound of an item over which units are refused at the door, with its numbers: so that
//! whoever tells of a refusal tells the reason that it had.

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::ids::{Timestamp, Zone};
use crate::quantity::Measure;

/// Which bound it was, and what it was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// More units would wait than the item's cap.
    Cap {
        /// Units of the line that stock did not serve.
        asked: u32,
        /// The most units of the item that may wait.
        cap: u32,
        /// Units of it that waited when this was decided.
        waiting: u64,
    },
    /// They would wait longer than the item allows.
    Wait {
        /// When they would have come.
        at: Timestamp,
        /// The longest wait, in days.
        days: u32,
    },
}

impl Limit {
    /// Units that may wait besides those that wait; none where it was no question of units.
    pub fn may_wait(&self) -> u64 {
        match self {
            Self::Cap { cap, waiting, .. } => u64::from(*cap).minus_or_zero(*waiting),
            Self::Wait { .. } => 0,
        }
    }

    /// The reason as half a sentence, with its numbers: `5 are more than may wait: 2`.
    pub fn words(&self, measure: &Measure, zone: &Zone) -> String {
        match self {
            Self::Cap { cap: 0, .. } => "none may wait".to_owned(),
            Self::Cap {
                asked,
                cap,
                waiting,
            } => {
                let (asked, cap) = (measure.show(*asked), measure.show(*cap));
                match (self.may_wait(), *waiting) {
                    (_, 0) => format!("{asked} are more than may wait: {cap}"),
                    (0, waiting) => {
                        let waiting = measure.show(waiting);
                        format!("{waiting} wait already, and {cap} may at most")
                    }
                    (may, waiting) => {
                        let (may, waiting) = (measure.show(may), measure.show(waiting));
                        format!(
                            "{asked} are more than may still wait: {may}, as {waiting} of {cap} \
                             wait already"
                        )
                    }
                }
            }
            Self::Wait { at, days } => {
                let (date, days) = (zone.date(*at), plural(*days));
                format!("the date would be {date}, and the longest wait is {days}")
            }
        }
    }
}

fn plural(days: u32) -> String {
    if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(asked: u32, cap: u32, waiting: u64) -> String {
        let limit = Limit::Cap {
            asked,
            cap,
            waiting,
        };
        limit.words(&Measure::default(), &Zone::default())
    }

    #[test]
    fn a_cap_is_told_with_what_came_and_what_waits() {
        assert_eq!(said(5, 2, 0), "5 are more than may wait: 2");
        assert_eq!(
            said(5, 9, 6),
            "5 are more than may still wait: 3, as 6 of 9 wait already"
        );
        assert_eq!(said(1, 9, 9), "9 wait already, and 9 may at most");
        // What was taken back waits beyond the cap.
        assert_eq!(said(1, 9, 12), "12 wait already, and 9 may at most");
        assert_eq!(said(1, 0, 0), "none may wait");
    }

    #[test]
    fn a_wait_that_is_too_long_is_told_with_its_date() {
        let at = Timestamp::from_ms(0).plus_days(40);
        let limit = Limit::Wait { at, days: 30 };
        assert_eq!(
            limit.words(&Measure::default(), &Zone::default()),
            "the date would be 1970-02-10, and the longest wait is 30 days"
        );
    }
}
