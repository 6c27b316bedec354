//! Callers who wait until the allocator has decided on their order.
//!
//! One task looks for all of them after each fold: a thousand that each looked for themselves
//! would cost the room more than its work. It lives only while somebody waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::Host;
use domain::ids::OrderId;
use domain::orders::Orders;
use tokio::sync::oneshot;

/// Orders are decided about in the order in which they came: after so many in a row that are
/// not, those behind them are not looked at until the next full round.
const MAX_UNDECIDED_IN_A_ROW: usize = 32;
/// How often all are looked at, those who gave up waiting among them.
const FULL_ROUND: Duration = Duration::from_millis(50);

/// Who waits for which order. Clones share it.
#[derive(Clone)]
pub struct Waiting {
    host: Host<Orders>,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(OrderId, oneshot::Sender<()>)>,
    watched: bool,
}

impl Waiting {
    /// Nobody waits.
    pub fn new(host: Host<Orders>) -> Self {
        Self {
            host,
            queue: Arc::default(),
        }
    }

    /// Resolves when every line of the order is decided on, or after `at_most`.
    pub async fn until_decided(&self, id: &OrderId, at_most: Duration) {
        let (tell, told) = oneshot::channel();
        let begin = {
            let mut queue = self.queue();
            queue.waiting.push_back((id.clone(), tell));
            !std::mem::replace(&mut queue.watched, true)
        };
        if begin {
            tokio::spawn(self.clone().watch());
        }
        // Looked at only once it stands in the queue: a fold in between would go unseen.
        if self.host.read(|orders| orders.is_decided(id)) != Some(false) {
            return;
        }
        // Elapsed or told: the caller reads what is known either way.
        let _told_or_elapsed = tokio::time::timeout(at_most, told).await;
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn watch(self) {
        let mut changes = self.host.changes();
        let mut rounds = tokio::time::interval(FULL_ROUND);
        loop {
            let full = tokio::select! {
                changed = changes.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    false
                }
                _tick = rounds.tick() => true,
            };
            if !self.round(full) {
                return;
            }
        }
    }

    /// Tells those whose order is decided on. Returns whether anybody still waits.
    fn round(&self, full: bool) -> bool {
        let mut queue = self.queue();
        let mut undecided = 0_usize;
        self.host.read(|orders| {
            let waiting = std::mem::take(&mut queue.waiting);
            let mut waiting = waiting.into_iter();
            for (id, tell) in waiting.by_ref() {
                if tell.is_closed() {
                    continue;
                }
                if orders.is_decided(&id) == Some(false) {
                    queue.waiting.push_back((id, tell));
                    undecided = undecided.saturating_add(1);
                    if !full && undecided >= MAX_UNDECIDED_IN_A_ROW {
                        break;
                    }
                } else {
                    undecided = 0;
                    let _gave_up = tell.send(());
                }
            }
            queue.waiting.extend(waiting);
        });
        queue.watched = !queue.waiting.is_empty();
        queue.watched
    }
}
