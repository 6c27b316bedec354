//! A message of a room. Must not know where it is kept, nor what it says.

use bytes::Bytes;
use domain::decider::Room;

use crate::chain::Chain;

/// A message of a room, as it stands on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub room: Room,
    pub body: Bytes,
    /// What its header says; whoever is none of ours writes none.
    pub chain: Option<Chain>,
}
