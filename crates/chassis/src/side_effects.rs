//! Side effects that are under way. The same key never runs twice at once; what failed waits,
//! longer each time, before the state is obeyed again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use domain::decider::{Decider, MAX_DUE_SIDE_EFFECTS, SideEffect};
use domain::ids::{Key, Timestamp};
use futures::future::BoxFuture;
use opentelemetry::trace::{FutureExt, Status, TraceContextExt};
use tokio::task::JoinSet;

use crate::meters::{Meters, unix_ms, wall};
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

/// A side effect that has failed so often is told of: a failure or two pass by themselves.
const STUCK_AFTER_FAILURES: u32 = 3;
/// One that has not ended for so long is told of as well.
const STUCK_AFTER: Duration = Duration::from_secs(300);

/// A side effect that does not come to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// What it does.
    pub what: String,
    /// Since when it has been asked for.
    pub since: Timestamp,
    /// How often it has failed since the process started.
    pub failures: u32,
    /// What it said the last time; nothing if it never failed.
    pub error: Option<String>,
}

/// Those that are asked for and not done, for whoever asks; at most as many as run at once, and
/// those that wait after a failure.
pub(crate) type Undone = Arc<Mutex<BTreeMap<Key, Stuck>>>;

/// Which of them a person should know of by now.
pub(crate) fn stuck(undone: &Undone) -> Vec<Stuck> {
    let undone = undone.lock().unwrap_or_else(PoisonError::into_inner);
    let long_ago = unix_ms(wall()).saturating_sub_unsigned(ms(STUCK_AFTER));
    let long = |it: &Stuck| it.since.as_ms() <= long_ago || it.failures >= STUCK_AFTER_FAILURES;
    undone.values().filter(|it| long(it)).cloned().collect()
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) struct SideEffects<D: Decider> {
    running: JoinSet<(Key, Result<(), String>)>,
    undone: Undone,
    /// How often each that is under way, or waits after a failure, has failed.
    failures: BTreeMap<Key, u32>,
    /// Those under way, and since when each has been asked for without being done.
    started: BTreeMap<Key, SystemTime>,
    /// Since when those that wait after a failure have been asked for.
    asked_since: BTreeMap<Key, SystemTime>,
    room: std::marker::PhantomData<D>,
}

impl<D: Decider> SideEffects<D> {
    pub fn new(undone: Undone) -> Self {
        Self {
            running: JoinSet::new(),
            undone,
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
            self.ask_for(key, since, || side_effect.told());
            let pause = self.pause(key);
            let context = traces.side_effect(side_effect.concerns());
            let within = context.clone();
            let work = perform(side_effect);
            let meters = meters.clone();
            let task = async move {
                tokio::time::sleep(pause).await;
                let result = work.with_context(within).await;
                meters.side_effects_ended(1, if result.is_ok() { "done" } else { "failed" });
                let result = result.map_err(|error| format!("{error:#}"));
                if let Err(error) = &result {
                    tracing::warn!(room = %D::ROOM, error, "a side effect failed");
                    context.span().set_status(Status::error(error.clone()));
                }
                context.span().end();
                (key, result)
            };
            self.running.spawn(task);
        }
        if self.started.len() > before {
            self.tell(meters);
        }
    }

    /// Keeps for whoever asks what is asked for and not done.
    fn ask_for(&self, key: Key, since: SystemTime, told: impl FnOnce() -> String) {
        let mut undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
        undone.entry(key).or_insert_with(|| Stuck {
            what: told(),
            since: Timestamp::from_ms(unix_ms(since)),
            failures: 0,
            error: None,
        });
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
            Some(Ok((key, result))) => {
                let since = self.started.remove(&key);
                let mut undone = self.undone.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = result {
                    self.asked_since.insert(key, since.unwrap_or_else(wall));
                    let failures = self.failures.entry(key).or_default();
                    *failures = failures.saturating_add(1);
                    if let Some(undone) = undone.get_mut(&key) {
                        undone.failures = *failures;
                        undone.error = Some(error);
                    }
                } else {
                    self.failures.remove(&key);
                    self.asked_since.remove(&key);
                    undone.remove(&key);
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
