//! How long a call may take, by what is called: a bound for all, and another for those that work
//! long. Must not know what a call does.
//!
//! In place of the gRPC library's own bound, which is one for all calls and says neither what was
//! exceeded nor what to do. A stream is bounded until it begins.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tonic::Status;
use tonic::codegen::http::{Request, Response};
use tower::{Layer, Service};

use crate::config::Grpc;
use crate::status::machinery;

/// The bounds of one server's calls.
#[derive(Debug, Clone)]
pub(crate) struct Deadlines {
    usual: Duration,
    long: Arc<HashMap<&'static str, Duration>>,
}

impl Deadlines {
    /// As the settings have it; `long` are the full paths of the methods that may work long.
    pub fn new(settings: &Grpc, long: &[&'static str]) -> Self {
        let bound = Duration::from_secs(settings.long_timeout_s);
        Self {
            usual: Duration::from_secs(settings.timeout_s),
            long: Arc::new(long.iter().map(|path| (*path, bound)).collect()),
        }
    }

    fn of(&self, path: &str) -> Duration {
        self.long.get(path).copied().unwrap_or(self.usual)
    }
}

impl<S> Layer<S> for Deadlines {
    type Service = Bounded<S>;

    fn layer(&self, inner: S) -> Bounded<S> {
        let deadlines = self.clone();
        Bounded { inner, deadlines }
    }
}

/// A server whose calls end in time.
#[derive(Debug, Clone)]
pub(crate) struct Bounded<S> {
    inner: S,
    deadlines: Deadlines,
}

impl<S, B, A> Service<Request<B>> for Bounded<S>
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
        let bound = self.deadlines.of(request.uri().path());
        let answer = tokio::time::timeout(bound, self.inner.call(request));
        answer
            .map(move |ended| ended.unwrap_or_else(|_elapsed| Ok(too_long(bound).into_http())))
            .boxed()
    }
}

fn too_long(bound: Duration) -> Status {
    let problem = format!(
        "the call took longer than the {} s allowed",
        bound.as_secs()
    );
    machinery("CALL_TOO_LONG", &problem)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tonic::Code;
    use tonic_types::StatusExt;

    use super::*;

    const LONG: &str = "/backorder.v1.Service/Long";

    /// Asks a server that takes so long for each call; answers with the status it had to give.
    async fn ask(deadlines: &Deadlines, path: &str, takes: Duration) -> Option<Status> {
        let server = move |_request: Request<()>| async move {
            tokio::time::sleep(takes).await;
            Ok::<_, Infallible>(Response::new(()))
        };
        let mut server = deadlines.layer(tower::service_fn(server));
        let request = Request::builder().uri(path).body(()).unwrap();
        let answer = server.call(request).await.unwrap();
        Status::from_header_map(answer.headers())
    }

    #[tokio::test]
    async fn a_call_that_takes_too_long_ends_with_what_to_do() {
        let settings = Grpc {
            timeout_s: 0,
            long_timeout_s: 60,
            ..Grpc::default()
        };
        let deadlines = Deadlines::new(&settings, &[LONG]);
        let takes = Duration::from_millis(50);
        assert!(ask(&deadlines, LONG, takes).await.is_none());
        let status = ask(&deadlines, "/backorder.v1.Service/Short", takes).await;
        let status = status.unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "CALL_TOO_LONG");
        assert!(
            details.help().unwrap().links[0]
                .description
                .contains("grpc.timeout_s")
        );
    }
}
