//! Calls that are made again, since a service or the log may be back in a moment.

use std::time::Duration;

use tonic::{Code, Status};

/// How often a call is tried whose outcome is not known; the same id makes it safe.
pub(super) const TRIES: u32 = 6;
/// How long to wait before the second try; twice as long each time after.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The same call may succeed in a moment.
pub(super) fn may_go_by_itself(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted)
}

/// Tries until the outcome is known, or [`TRIES`] times.
pub(super) async fn again<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match call().await {
            Err(status) if may_go_by_itself(&status) => {
                tokio::time::sleep(pause).await;
                pause = pause.saturating_mul(2);
            }
            known => return known,
        }
    }
    call().await
}
