//! The commit that a room has under way.

use bytes::Bytes;
use domain::decider::Decider;
use domain::ids::Revision;
use event_log::AppendError;
use futures::future::BoxFuture;

use crate::shared::Call;

/// A commit that was sent and is not yet both acknowledged and folded.
pub(super) struct InFlight<D: Decider> {
    pub waiting: Vec<Call<D>>,
    pub append: Option<BoxFuture<'static, Result<Revision, AppendError>>>,
    /// In the words of the wire, until it is acknowledged.
    pub body: Bytes,
    pub acknowledged: Option<Revision>,
    pub has_due: bool,
}
