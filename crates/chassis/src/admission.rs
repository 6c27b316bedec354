//! How many calls of a service may be under way at once. One more is told so at once: it would
//! only wait, and make all others wait longer.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tonic::codegen::http::{Request, Response};
use tower::{Layer, Service};

use crate::status::machinery;

/// Calls of one service under way at once; a watch counts until it begins.
pub const MAX_CALLS: usize = 4_096;

/// Lets calls of one service in while there is a place. Health and reflection are not its calls:
/// who asks how a busy service is gets an answer.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    /// How the paths of its calls begin.
    prefix: Arc<str>,
    places: Arc<Semaphore>,
}

impl Admission {
    /// As many places as [`MAX_CALLS`].
    pub fn new(service: &str) -> Self {
        Self::bounded(service, MAX_CALLS)
    }

    fn bounded(service: &str, places: usize) -> Self {
        Self {
            prefix: format!("/{service}/").into(),
            places: Arc::new(Semaphore::new(places)),
        }
    }
}

impl<S> Layer<S> for Admission {
    type Service = Admitted<S>;

    fn layer(&self, inner: S) -> Admitted<S> {
        let admission = self.clone();
        Admitted { inner, admission }
    }
}

/// A server with a bounded number of places.
#[derive(Debug, Clone)]
pub(crate) struct Admitted<S> {
    inner: S,
    admission: Admission,
}

impl<S, B, A> Service<Request<B>> for Admitted<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Future: Send + 'static,
    A: Default,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<A>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !request.uri().path().starts_with(&*self.admission.prefix) {
            return self.inner.call(request).boxed();
        }
        match Arc::clone(&self.admission.places).try_acquire_owned() {
            Ok(place) => {
                let answer = self.inner.call(request);
                let kept = async move {
                    let answer = answer.await;
                    drop(place);
                    answer
                };
                kept.boxed()
            }
            Err(_none_free) => {
                let problem = format!("{MAX_CALLS} calls of this service are under way, the most");
                let status = machinery("TOO_MANY_CALLS", &problem);
                async move { Ok(status.into_http()) }.boxed()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::{Code, Status};
    use tonic_types::StatusExt;

    use super::*;

    fn call(path: &str) -> Request<()> {
        Request::builder().uri(path).body(()).unwrap()
    }

    #[tokio::test]
    async fn one_call_too_many_is_told_at_once_and_health_is_always_asked() {
        let admission = Admission::bounded("shop.v1.Orders", 1);
        let (end, ended) = tokio::sync::watch::channel(false);
        let server = tower::service_fn(move |request: Request<()>| {
            let mut ended = ended.clone();
            async move {
                if request.uri().path().ends_with("Place") {
                    ended.wait_for(|ended| *ended).await.unwrap();
                }
                Ok::<_, Infallible>(Response::new(()))
            }
        });
        let mut server = admission.layer(server);
        let first = tokio::spawn(server.call(call("/shop.v1.Orders/Place")));
        let second = server.call(call("/shop.v1.Orders/Place")).await.unwrap();
        let status = Status::from_header_map(second.headers()).unwrap();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "TOO_MANY_CALLS");
        assert!(details.retry_info().unwrap().retry_delay.is_some());

        let health = server.call(call("/grpc.health.v1.Health/Check")).await;
        assert!(Status::from_header_map(health.unwrap().headers()).is_none());

        end.send_replace(true);
        first.await.unwrap().unwrap();
        let third = server.call(call("/shop.v1.Orders/Place")).await.unwrap();
        assert!(Status::from_header_map(third.headers()).is_none());
    }
}
