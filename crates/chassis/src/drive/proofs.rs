//! Proof that the log takes what the room writes: on demand a commit, of no events if nothing else
//! waits to be recorded. Whoever asks is answered when it is acknowledged and folded.

use domain::ids::Revision;
use tokio::sync::{mpsc, oneshot};

/// Whoever wants to know whether the room can write. Dropped without an answer if it cannot.
pub(crate) type Proof = oneshot::Sender<Revision>;

/// Those who may wait for one commit, and as many to be heard; one more waits at the door, as long
/// as the health service lets it.
const MAX_ASKED: usize = 16;

/// Those who want a proof.
pub(super) struct Proofs {
    ask: mpsc::Sender<Proof>,
    asked: mpsc::Receiver<Proof>,
    waiting: Vec<Proof>,
}

impl Proofs {
    pub fn new() -> Self {
        let (ask, asked) = mpsc::channel(MAX_ASKED);
        Self {
            ask,
            asked,
            waiting: Vec::new(),
        }
    }

    /// Where a proof is asked for.
    pub fn door(&self) -> mpsc::Sender<Proof> {
        self.ask.clone()
    }

    /// The next who asks. Never ends: the room keeps a door itself.
    pub async fn next(&mut self) -> Option<Proof> {
        self.asked.recv().await
    }

    pub fn wait(&mut self, proof: Option<Proof>) {
        self.waiting.retain(|proof| !proof.is_closed());
        self.waiting.extend(proof);
    }

    /// One more may wait for the next commit.
    pub const fn have_room(&self) -> bool {
        self.waiting.len() < MAX_ASKED
    }

    pub const fn are_wanted(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// All who wait, for the commit that is about to be sent.
    pub fn take(&mut self) -> Vec<Proof> {
        std::mem::take(&mut self.waiting)
    }

    /// The commit did not come to stand: the next one may.
    pub fn again(&mut self, proofs: Vec<Proof>) {
        self.waiting.extend(proofs);
    }
}
