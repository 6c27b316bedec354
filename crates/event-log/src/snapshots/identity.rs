//! Which log a snapshot was folded from. Must not know how logs are told apart.

use std::collections::BTreeSet;

use domain::ids::Revision;

/// A log, and the revisions of it that are passed over. A snapshot that was folded with one of them
/// is of another log, as it were: it is dropped, and the log is replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    log: String,
    without: BTreeSet<Revision>,
}

impl Identity {
    /// A log without these revisions.
    pub const fn new(log: String, without: BTreeSet<Revision>) -> Self {
        Self { log, without }
    }

    /// The revisions that are passed over.
    pub const fn without(&self) -> &BTreeSet<Revision> {
        &self.without
    }

    /// One more is passed over.
    pub fn pass_over(&mut self, revision: Revision) {
        self.without.insert(revision);
    }

    /// The log up to a revision.
    pub(super) fn up_to(&self, revision: Revision) -> String {
        let mut told = self.log.clone();
        for passed in self.without.range(..=revision) {
            told.push_str(&format!(" without {passed}"));
        }
        told
    }
}

impl<S: AsRef<str> + ?Sized> From<&S> for Identity {
    fn from(log: &S) -> Self {
        Self::new(log.as_ref().to_owned(), BTreeSet::new())
    }
}
