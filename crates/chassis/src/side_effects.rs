//! Side effects that are under way. The same key never runs twice at once; what failed waits,
//! longer each time, before the state is obeyed again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use domain::decider::{Decider, MAX_DUE_SIDE_EFFECTS, SideEffect};
use domain::ids::Key;
use futures::future::BoxFuture;
use opentelemetry::trace::{FutureExt, Status, TraceContextExt};
use tokio::task::JoinSet;

use crate::meters::{Meters, wall};
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
    /// Those under way, and since when each has been asked for without being done.
    started: BTreeMap<Key, SystemTime>,
    /// Since when those that wait after a failure have been asked for.
    asked_since: BTreeMap<Key, SystemTime>,
    room: std::marker::PhantomData<D>,
}

impl<D: Decider> SideEffects<D> {
    pub fn new() -> Self {
        Self {
            running: JoinSet::new(),
            failures: BTreeMap::new(),
            started: BTreeMap::new(),
            asked_since: BTreeMap::new(),
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
        meters: &Meters,
        traces: &Traces,
    ) {
        let before = self.started.len();
        for side_effect in due {
            let key = side_effect.key();
            if self.started.len() >= MAX_DUE_SIDE_EFFECTS || self.started.contains_key(&key) {
                continue;
            }
            let since = self.asked_since.get(&key).copied().unwrap_or_else(wall);
            self.started.insert(key, since);
            let pause = self.pause(key);
            let context = traces.side_effect(side_effect.concerns());
            let within = context.clone();
            let work = perform(side_effect);
            let meters = meters.clone();
            let task = async move {
                tokio::time::sleep(pause).await;
                let result = work.with_context(within).await;
                meters.side_effects_ended(1, if result.is_ok() { "done" } else { "failed" });
                if let Err(error) = &result {
                    let error = format!("{error:#}");
                    tracing::warn!(room = %D::ROOM, error, "a side effect failed");
                    context.span().set_status(Status::error(error));
                }
                context.span().end();
                (key, result.is_ok())
            };
            self.running.spawn(task);
        }
        if self.started.len() > before {
            self.tell(meters);
        }
    }

    /// Tells how many are under way.
    pub fn tell(&self, meters: &Meters) {
        let oldest = self.started.values().chain(self.asked_since.values()).min();
        let waiting = self.asked_since.keys();
        let waiting = waiting.filter(|key| !self.started.contains_key(key));
        let all = self.started.len().saturating_add(waiting.count());
        meters.side_effects_run(all, oldest.copied());
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
                let since = self.started.remove(&key);
                if done {
                    self.failures.remove(&key);
                    self.asked_since.remove(&key);
                } else {
                    self.asked_since.insert(key, since.unwrap_or_else(wall));
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
