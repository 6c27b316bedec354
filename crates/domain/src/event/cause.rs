//! Why the allocator did what it did: what had happened, and where that stands on the log. It is
//! recorded with the effects, so that nobody has to work it out again from another state.

use serde::{Deserialize, Serialize};

use crate::ids::{Position, Revision};

/// What led to some of an event's effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What had happened.
    pub what: What,
    /// Where it stands on the log; absent where it is no event: time that has passed, a rule of
    /// the item, this event itself, or more than is told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Position>,
    /// Of an event with effects, which of them, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<u32>,
    /// What was divided, if it is a fair share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divided: Option<Divided>,
    /// The effects that it led to, from 0, each once.
    pub led_to: Vec<Led>,
}

/// An effect by its index in its event, from 0, and how many of its units a cause accounts for: 0
/// if it is not about units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led(pub u32, pub u32);

/// What a fair share is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided {
    /// Units that were divided among the lines that take parts. What lines get that take all or
    /// nothing is not among them.
    pub free: u64,
    /// Units that the lines that take parts, and could take some, were waiting for.
    pub open: u64,
}

/// Where the decision before stands on the log that had an effect on the same order: the index of
/// that order's first effect here, then the revision, then the event's index in its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before(pub u32, pub Revision, pub u32);

impl Before {
    /// Where it stands.
    pub const fn at(self) -> Position {
        Position {
            revision: self.1,
            index: self.2,
        }
    }
}

/// The most causes of one event that are told apart; what else there is, is [`What::Other`].
pub const MAX_CAUSES: usize = 128;

/// The most effects that the causes of one event name together, an effect that has several causes
/// counted as often; what else there is, is [`What::Other`], once an effect.
pub const MAX_LED: usize = 1_200;

/// The most bytes of JSON of the causes of one event, and of where the decisions before stand.
pub const MAX_CAUSES_BYTES: usize = 98 * 1024;

/// What had happened. Of an assignment it is by what its units had become free; of a release, for
/// what they were taken; of a decision at the door, that the line had come; of another date, what
/// moved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A delivery was counted.
    Received,
    /// The count was corrected.
    Adjusted,
    /// Somebody counted what is there.
    Counted,
    /// Stock was carried from one place to another.
    Moved,
    /// Less was found than was to be picked.
    ShortPicked,
    /// Goods left for a customer.
    Shipped,
    /// Goods came back from a customer.
    Returned,
    /// An order came.
    Placed,
    /// A customer gave up units.
    Cancelled,
    /// A customer took something else instead.
    Substituted,
    /// An order was closed with stock reserved for it.
    Closed,
    /// A rebalancing run gave stock to others; absent `at`, this very event.
    Rebalanced,
    /// An effect of the allocator on another line: it came, was served, or lost its stock.
    Settled,
    /// What was held for somebody who did not order was free again.
    HoldEnded,
    /// Free stock was divided among all who waited, in proportion to what they waited for.
    Shared,
    /// A supplier said something of what is on its way.
    Supply,
    /// How the item is sold, bought or kept was said anew.
    ItemDefined,
    /// Another ranking rule was set.
    RuleSet,
    /// The date that had been told was past.
    DatePassed,
    /// The time was over in which something else could be had instead.
    OfferEnded,
    /// An order was suspended, and gives back what it has.
    Suspended,
    /// A suspended order goes on.
    Resumed,
    /// What an order says was put right.
    Amended,
    /// A person said where a line ranks.
    Prioritised,
    /// A person gave stock to a line; absent `at`, this very event.
    ByHand,
    /// Days had come that others were told, who go first from then on.
    PromisesDue,
    /// Something that the room does not remember any more, or more than one event tells apart.
    Other,
}
