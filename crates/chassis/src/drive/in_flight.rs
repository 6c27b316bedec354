//! The commit that a room has under way.

use std::sync::Arc;

use domain::decider::Decider;
use domain::event::Commit;
use domain::ids::Revision;
use event_log::AppendError;
use futures::future::BoxFuture;

use super::proofs::Proof;
use crate::shared::Call;

/// A commit that was sent and is not yet both acknowledged and folded.
pub(super) struct InFlight<D: Decider> {
    /// Commands whose events it holds, and where in it.
    pub waiting: Vec<(u32, Call<D>)>,
    pub append: Option<BoxFuture<'static, Result<Revision, AppendError>>>,
    /// What it says.
    pub commit: Arc<Commit>,
    pub acknowledged: Option<Revision>,
    pub has_due: bool,
    /// Who wants to know that it stands.
    pub proofs: Vec<Proof>,
}
