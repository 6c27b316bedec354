//! Side effects that are under way. The same key never runs twice at once; what failed waits,
//! longer each time, before the state is obeyed again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::decider::{Decider, MAX_DUE_SIDE_EFFECTS, SideEffect};
use domain::ids::Key;
use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::trace::Traces;

/// Runs one side effect. It ends in an event, by way of the room's own `transact`.
pub type Perform<E> = Arc<dyn Fn(E) -> Performed + Send + Sync>;
/// What running a side effect comes to: done, or to be tried again.
pub type Performed = BoxFuture<'static, anyhow::Result<()>>;

/// The first wait after a failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest wait after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long side effects may go on when the room stops; after that they are cut off, and asked for
/// again at the next start.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct SideEffects<D: Decider> {
    running: JoinSet<(Key, bool)>,
    /// How often each that is under way, or waits after a failure, has failed.
    failures: BTreeMap<Key, u32>,
    started: std::collections::BTreeSet<Key>,
    room: std::marker::PhantomData<D>,
}

impl<D: Decider> SideEffects<D> {
    pub fn new() -> Self {
        Self {
            running: JoinSet::new(),
            failures: BTreeMap::new(),
            started: std::collections::BTreeSet::new(),
            room: std::marker::PhantomData,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.started.is_empty()
    }

    /// Starts those that are due and not under way.
    pub fn start(
        &mut self,
        due: Vec<D::SideEffect>,
        perform: &Perform<D::SideEffect>,
        traces: &Traces,
    ) {
        for side_effect in due {
            let key = side_effect.key();
            if self.started.len() >= MAX_DUE_SIDE_EFFECTS || !self.started.insert(key) {
                continue;
            }
            let pause = self.pause(key);
            let span = traces.side_effect_span(D::ROOM, side_effect.concerns());
            let work = perform(side_effect);
            let task = async move {
                tokio::time::sleep(pause).await;
                let result = work.await;
                if let Err(error) = &result {
                    let error = format!("{error:#}");
                    tracing::warn!(room = %D::ROOM, error, "a side effect failed");
                }
                (key, result.is_ok())
            };
            self.running.spawn(task.instrument(span));
        }
    }

    fn pause(&self, key: Key) -> Duration {
        match self.failures.get(&key) {
            None => Duration::ZERO,
            Some(failures) => {
                let doublings = failures.saturating_sub(1).min(16);
                FIRST_PAUSE
                    .saturating_mul(1_u32.wrapping_shl(doublings))
                    .min(LONGEST_PAUSE)
            }
        }
    }

    /// Resolves when one has ended; never when none runs.
    pub async fn next(&mut self) {
        match self.running.join_next().await {
            Some(Ok((key, done))) => {
                self.started.remove(&key);
                if done {
                    self.failures.remove(&key);
                } else {
                    let failures = self.failures.entry(key).or_default();
                    *failures = failures.saturating_add(1);
                }
            }
            // A panicking side effect is a bug: it stays started, so it does not spin, and shows.
            Some(Err(error)) => tracing::error!(room = %D::ROOM, %error, "a side effect panicked"),
            None => std::future::pending().await,
        }
    }

    /// Waits for those under way, up to a bound.
    pub async fn drain(&mut self) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_TIMEOUT, all).await.is_err() {
            self.running.shutdown().await;
        }
    }
}
