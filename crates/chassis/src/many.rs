//! Many requests in one call: each is answered, in the order of the requests, and a bounded number
//! of them are under way. The caller is held back by the protocol, and loses nothing.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::sync::Semaphore;
use tonic::{Status, Streaming};

use crate::status::machinery;

/// Requests of one call under way at once.
pub const MAX_UNDER_WAY: usize = 1_024;
/// Requests of all such calls of one service under way at once; others wait for their turn.
const MAX_UNDER_WAY_OF_ALL: usize = 4_096;
/// How long such a call may be open without a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The calls of one service that carry many requests. Clones share the bound.
#[derive(Debug, Clone)]
pub struct Many {
    places: Arc<Semaphore>,
    idle: Duration,
}

impl Default for Many {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_UNDER_WAY_OF_ALL)),
            idle: IDLE_TIMEOUT,
        }
    }
}

impl Many {
    /// The answers to some requests. The call fails with what the stream of requests fails with,
    /// after all that came before it is answered, and with `NOTHING_ASKED` when no request comes
    /// for a minute.
    pub fn answer<Q, A, F>(
        &self,
        requests: Streaming<Q>,
        answer: impl Fn(Q) -> F + Send + 'static,
    ) -> BoxStream<'static, Result<A, Status>>
    where
        Q: Send + 'static,
        A: Send + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        let Self { places, idle } = self.clone();
        let requests = futures::stream::unfold(Some(requests), move |requests| async move {
            let mut requests = requests?;
            let next = tokio::time::timeout(idle, requests.message()).await;
            match next.unwrap_or_else(|_elapsed| Err(nothing_asked(idle))) {
                Ok(Some(request)) => Some((Ok(request), Some(requests))),
                Ok(None) => None,
                Err(status) => Some((Err(status), None)),
            }
        });
        let under_way = requests.map(move |request| match request {
            Ok(request) => {
                let (answer, places) = (answer(request), Arc::clone(&places));
                async move {
                    let _place = places.acquire_owned().await;
                    Ok(answer.await)
                }
                .boxed()
            }
            Err(status) => std::future::ready(Err(status)).boxed(),
        });
        under_way.buffered(MAX_UNDER_WAY).boxed()
    }
}

fn nothing_asked(idle: Duration) -> Status {
    let problem = format!("no request came for {} s", idle.as_secs());
    machinery("NOTHING_ASKED", &problem)
}
