//! Snapshots of a room while it goes on: a copy of its state, which shares what it holds with the
//! room's own until that is written, is encoded and put on disk beside the loop. One at a time.
//! Must not know what is in it.

use std::sync::{Arc, PoisonError};

use domain::decider::Decider;

use super::Driver;
use super::saving::{Saving, Written, written};

/// A room that stops so few commits after its last snapshot takes none: the next start folds them
/// in less time than the stop would take to write a large state.
pub(super) const MIN_COMMITS_AT_STOP: u64 = 1_000;

impl<D: Decider> Driver<D> {
    /// Begins a snapshot of the state as it is now, unless one is being written.
    pub(super) fn save(&mut self) {
        let Some(snapshots) = &self.seat.snapshots else {
            return;
        };
        if self.saving.is_some() {
            return;
        }
        let folded = self
            .shared
            .folded
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let revision = folded.revision;
        if revision == self.saved {
            return;
        }
        let state = folded.state.clone();
        drop(folded);
        let (snapshots, log) = (Arc::clone(snapshots), self.of_log.clone());
        let note = self.noting.now();
        let write = move || {
            // A log that is shorter than the snapshot is then told, also when it has grown again.
            note();
            snapshots.save(D::ROOM.token(), log, revision, &state)
        };
        let written = tokio::task::spawn_blocking(write);
        self.saving = Some(Saving { revision, written });
    }

    /// A snapshot has ended. One that failed only makes the next start slower: it is tried again
    /// after as many more commits.
    pub(super) fn saved(&mut self, written: Written) {
        if let Some(saving) = self.saving.take() {
            self.saved = saving.revision;
        }
        match written {
            Ok(Ok(())) => self.shared.meters.saved(self.saved, true),
            Ok(Err(error)) => tracing::warn!(room = %D::ROOM, %error, "the snapshot was not saved"),
            Err(error) => tracing::warn!(room = %D::ROOM, %error, "the snapshot was not saved"),
        }
    }

    /// Before the room ends: waits for the snapshot that is being written, and takes another one
    /// if the next start would be longer without it.
    pub(super) async fn save_at_stop(&mut self) {
        if self.saving.is_some() {
            let written = written(self.saving.as_mut()).await;
            self.saved(written);
        }
        let behind = self.shared.changes.borrow().0.saturating_sub(self.saved.0);
        if behind >= self.seat.snapshot_every.min(MIN_COMMITS_AT_STOP) {
            self.save();
        }
        if self.saving.is_some() {
            let written = written(self.saving.as_mut()).await;
            self.saved(written);
        }
    }
}
