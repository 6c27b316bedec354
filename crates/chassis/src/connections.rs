//! How many connections a service keeps. One more waits to be accepted until another ends, and each
//! is asked to end after a while, which an idle one does at once and a busy one when its calls have
//! ended.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tonic::transport::server::Connected;

/// Connections of one service at once.
pub(crate) const MAX_CONNECTIONS: usize = 1_024;
/// After so long a connection is asked to end.
pub(crate) const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);
/// What the service waits when a connection cannot be accepted, as when the process has too many
/// files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a caller of HTTP/2 says first, and how long that may take: whoever connects and says
/// nothing keeps no place from others.
const GREETING_BYTES: usize = 24;
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection with its place among the others.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// Until the caller has greeted.
    greeting: Option<Greeting>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Greeting {
    by: Pin<Box<Sleep>>,
    missing: usize,
}

impl Greeting {
    fn within(bound: Duration) -> Self {
        Self {
            by: Box::pin(tokio::time::sleep(bound)),
            missing: GREETING_BYTES,
        }
    }
}

/// Accepts connections, at most so many at once.
pub(crate) fn accept(
    listener: TcpListener,
    at_once: usize,
) -> impl Stream<Item = io::Result<Connection>> {
    accept_within(listener, at_once, GREETING_TIMEOUT)
}

fn accept_within(
    listener: TcpListener,
    at_once: usize,
    greeting: Duration,
) -> impl Stream<Item = io::Result<Connection>> {
    let places = Arc::new(Semaphore::new(at_once));
    futures::stream::unfold((listener, places), move |(listener, places)| async move {
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        let accepted = listener.accept().await.and_then(|(stream, _caller)| {
            stream.set_nodelay(true)?;
            Ok(Connection {
                stream,
                greeting: Some(Greeting::within(greeting)),
                _place: place,
            })
        });
        if accepted.is_err() {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        Some((accepted, (listener, places)))
    })
}

impl Connected for Connection {
    type ConnectInfo = <TcpStream as Connected>::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        let Some(greeting) = &mut self.greeting else {
            return read;
        };
        let came = into.filled().len().saturating_sub(before);
        greeting.missing = greeting.missing.saturating_sub(came);
        if greeting.missing == 0 {
            self.greeting = None;
        } else if read.is_pending() && greeting.by.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_caller_who_says_half_a_greeting_is_let_go_and_one_who_greets_may_be_silent() {
        for (said, kept) in [(GREETING_BYTES / 2, false), (GREETING_BYTES, true)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let soon = Duration::from_millis(50);
            let mut accepted = pin!(accept_within(listener, 1, soon));
            let mut caller = TcpStream::connect(address).await.unwrap();
            let mut connection = accepted.next().await.unwrap().unwrap();
            caller.write_all(&vec![b'x'; said]).await.unwrap();
            let mut heard = vec![0; said];
            connection.read_exact(&mut heard).await.unwrap();
            let long = soon.saturating_mul(20);
            let ended = tokio::time::timeout(long, connection.read_u8()).await;
            assert_eq!(ended.is_err(), kept, "{said} bytes");
        }
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_until_another_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut accepted = pin!(accept(listener, 2));
        let _callers = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let first = accepted.next().await.unwrap().unwrap();
        let _second = accepted.next().await.unwrap().unwrap();
        let soon = Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, accepted.next()).await.is_err());
        drop(first);
        assert!(accepted.next().await.unwrap().is_ok());
    }
}
