//! Time for everything outside `domain`: the wall's, or held by whoever plays the world.
//!
//! With `config` the only file that reads the outside world's state on its own.

use std::time::Duration;

use domain::ids::Timestamp;
use tokio::sync::watch;

/// Where *now* comes from. Clones share it.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Wall,
    Held(watch::Sender<Timestamp>),
}

impl Clock {
    /// The machine's clock.
    pub const fn wall() -> Self {
        Self(Source::Wall)
    }

    /// A clock that stands at `start` until it is moved.
    pub fn held(start: Timestamp) -> Self {
        Self(Source::Held(watch::Sender::new(start)))
    }

    /// Now.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Wall => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let ms = since.map_or(0, |since| since.as_millis());
                Timestamp::from_ms(i64::try_from(ms).unwrap_or(i64::MAX))
            }
            Source::Held(held) => *held.borrow(),
        }
    }

    /// Moves a held clock; time never runs back, and the wall's cannot be moved.
    pub fn advance_to(&self, to: Timestamp) {
        if let Source::Held(held) = &self.0 {
            held.send_if_modified(|now| {
                let later = to > *now;
                *now = to.max(*now);
                later
            });
        }
    }

    /// What a room waits with. One is kept for the room's life, so that no move is missed.
    pub fn ticker(&self) -> Ticker {
        let moved = match &self.0 {
            Source::Wall => None,
            Source::Held(held) => Some(held.subscribe()),
        };
        Ticker {
            clock: self.clone(),
            moved,
        }
    }
}

/// Waits for times on a clock.
#[derive(Debug)]
pub struct Ticker {
    clock: Clock,
    moved: Option<watch::Receiver<Timestamp>>,
}

impl Ticker {
    /// Resolves when it is `at` or later; on a held clock at any move since the last call, since
    /// whoever holds it waits until each room has seen the new time.
    pub async fn reaches(&mut self, at: Option<Timestamp>) {
        match (&mut self.moved, at) {
            (Some(moved), _) => {
                if moved.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            (None, Some(at)) => {
                let ms = at.ms_since(self.clock.now()).clamp(0, MAX_SLEEP_MS);
                tokio::time::sleep(Duration::from_millis(ms.unsigned_abs())).await;
            }
            (None, None) => std::future::pending().await,
        }
    }
}

/// The longest single sleep; the room simply asks again after it.
const MAX_SLEEP_MS: i64 = 60_000;
