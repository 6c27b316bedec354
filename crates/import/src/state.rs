//! How far a shop says that it is with an order.

use serde::{Deserialize, Serialize};

/// What a shop's word means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// It is to be sent, paid or not.
    Open,
    /// Some of it was sent, or some of its money went back.
    Partly,
    /// All of it was sent.
    Done,
    /// All of its money went back.
    Refunded,
    /// It was cancelled, or never came about.
    Cancelled,
}

impl State {
    const NAMED: [(&'static str, Self); 6] = [
        ("open", Self::Open),
        ("paid", Self::Open),
        ("partly", Self::Partly),
        ("done", Self::Done),
        ("refunded", Self::Refunded),
        ("cancelled", Self::Cancelled),
    ];
}

/// How an order ended that was done elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// All of it was sent.
    Fulfilled,
    /// All of it was sent, and its money went back.
    Refunded,
    /// Nothing of it was sent.
    Cancelled,
}

/// Which word means what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct States(Vec<(String, State)>);

impl States {
    /// Adds what a caller says: `MEANING=WORD,…`, as `open=on-hold,done=picked up`.
    ///
    /// # Errors
    /// The part that is not so.
    pub fn declare(&mut self, text: &str) -> Result<(), String> {
        for part in text.split(',') {
            let declared = part.split_once('=').and_then(|(meaning, word)| {
                let named = State::NAMED
                    .iter()
                    .find(|(name, _)| *name == meaning.trim())?;
                Some((bare(word), named.1))
            });
            let declared = declared.filter(|(word, _)| !word.is_empty());
            self.0.push(declared.ok_or_else(|| {
                format!(
                    "`{part}` is not MEANING=WORD with open, paid, partly, done, refunded or \
                     cancelled"
                )
            })?);
        }
        Ok(())
    }

    /// Adds what was said elsewhere; what is said last counts.
    pub fn add(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// What a word means; none if nobody said.
    pub(crate) fn read(&self, word: &str) -> Option<State> {
        const OPEN: [&str; 20] = [
            "open",
            "new",
            "paid",
            "pending",
            "processing",
            "onhold",
            "unfulfilled",
            "unshipped",
            "authorized",
            "authorised",
            "partiallypaid",
            "confirmed",
            "accepted",
            "received",
            "backordered",
            "awaitingshipment",
            "awaitingfulfillment",
            "readytoship",
            "unpaid",
            "notshipped",
        ];
        const PARTLY: [&str; 4] = [
            "partial",
            "partiallyfulfilled",
            "partiallyshipped",
            "partiallyrefunded",
        ];
        const DONE: [&str; 10] = [
            "done",
            "fulfilled",
            "shipped",
            "completed",
            "complete",
            "delivered",
            "dispatched",
            "despatched",
            "closed",
            "shipping",
        ];
        const REFUNDED: [&str; 3] = ["refunded", "returned", "restocked"];
        const CANCELLED: [&str; 9] = [
            "cancelled",
            "canceled",
            "voided",
            "void",
            "failed",
            "expired",
            "declined",
            "trash",
            "deleted",
        ];
        let word = bare(word);
        let word = word.as_str();
        let said = self.0.iter().rev().find(|(known, _)| known == word);
        if let Some((_, state)) = said {
            return Some(*state);
        }
        let known: [(&[&str], State); 5] = [
            (&OPEN, State::Open),
            (&PARTLY, State::Partly),
            (&DONE, State::Done),
            (&REFUNDED, State::Refunded),
            (&CANCELLED, State::Cancelled),
        ];
        let found = known.iter().find(|(words, _)| words.contains(&word));
        found.map(|(_, state)| *state)
    }
}

/// Its letters and digits, in lower case, without the `wc-` of WooCommerce's database.
fn bare(word: &str) -> String {
    let word = word.trim();
    let word = word.strip_prefix("wc-").unwrap_or(word);
    let bare = word.chars().filter(|letter| letter.is_alphanumeric());
    bare.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shops_word_means_what_it_means_there_or_what_the_caller_says() {
        let mut states = States::default();
        assert_eq!(states.read("Partially_Refunded"), Some(State::Partly));
        assert_eq!(states.read("wc-on-hold"), Some(State::Open));
        assert_eq!(states.read("Shipped - Delivered"), None);
        states.declare("open=completed, done=Picked up").unwrap();
        assert_eq!(states.read("wc-completed"), Some(State::Open));
        assert_eq!(states.read("picked-up"), Some(State::Done));
        assert!(
            states
                .declare("shipped=open")
                .unwrap_err()
                .contains("`shipped=open`")
        );
    }
}
