//! All that there is to say of one line.

use crate::rule::Boost;
use crate::sku_state::LastReceipt;
use domain::event::Promise;
use domain::ids::{Sku, Tier, Timestamp};

/// Why a line has what it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// What that was called before, the first name first.
    pub formerly: Vec<Sku>,
    /// Units ordered.
    pub quantity: u32,
    /// Units for which stock is reserved.
    pub reserved: u32,
    /// Units that wait.
    pub backordered: u32,
    /// Its place in the queue, from 1; 0 if nothing of it waits.
    pub place: u64,
    /// What it is ranked by.
    pub effective: Timestamp,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The customer's standing.
    pub tier: Tier,
    /// Days by which its boosts together move it forward.
    pub boost_days: u32,
    /// The same by a person's word; below 0: back.
    pub moved_days: i32,
    /// That word, as a sentence.
    pub moved: Option<String>,
    /// What it is boosted for; together they may come to more than the rule allows.
    pub boosts: Vec<Boost>,
    /// How its rank came about, for a clerk.
    pub ranked: String,
    /// The version of the ranking rule.
    pub rule_version: u32,
    /// Units that wait ahead of it.
    pub units_ahead: u64,
    /// The date told for what waits.
    pub promise: Option<Promise>,
    /// The SKU's last receipt.
    pub last_receipt: Option<LastReceipt>,
    /// What would change it.
    pub would_change: Vec<String>,
    /// How it stands, to be read out.
    pub sentences: Vec<String>,
}
