//! What a process says beside the log, on the server that keeps it: answers to queries, and news.
//! Nothing of it is kept, and nothing rests on it. Must not know what is asked or told.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_nats::service::{self, ServiceExt, endpoint::Endpoint};
use async_nats::{Client, HeaderMap};
use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::task::{JoinHandle, JoinSet};

/// The longest description of an error; it travels in a header.
const MAX_DESCRIPTION_BYTES: usize = 2_048;
/// Names the trace that a question belongs to.
const TRACEPARENT: &str = "traceparent";
const CONTENT_TYPE: &str = "Content-Type";

/// A connection for what is said beside the log. Clones share it.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    cell: String,
    process: String,
}

/// What a service says of itself to whoever looks for services.
#[derive(Debug, Clone)]
pub struct Service {
    /// What kind it is: letters, digits, `-`, `_`.
    pub name: String,
    /// Its version.
    pub version: &'static str,
    /// In words.
    pub description: String,
    /// Further facts.
    pub metadata: BTreeMap<&'static str, String>,
    /// What can be asked.
    pub endpoints: Vec<Asked>,
}

/// What can be asked of a service.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Where it is asked.
    pub subject: String,
    /// Further facts.
    pub metadata: BTreeMap<&'static str, String>,
}

/// A question that came.
#[derive(Debug)]
pub struct Question {
    /// The index of its endpoint.
    pub endpoint: usize,
    /// What is asked.
    pub body: Bytes,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
}

/// A question that is not answered, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// A number for programs, as HTTP has them.
    pub code: u16,
    /// What is wrong and what to do, for people.
    pub description: String,
}

/// Answers questions.
pub type Answers =
    Arc<dyn Fn(Question) -> BoxFuture<'static, Result<Bytes, Unanswered>> + Send + Sync>;

/// Why something could not be said.
#[derive(Debug, thiserror::Error)]
#[error("NATS does not take it: {reason}")]
pub struct BusError {
    /// The client's words.
    reason: String,
}

impl BusError {
    #[allow(clippy::needless_pass_by_value, reason = "for map_err")]
    pub(crate) fn of(error: impl std::fmt::Display) -> Self {
        let reason = error.to_string();
        Self { reason }
    }
}

impl Bus {
    pub(crate) const fn new(client: Client, cell: String, process: String) -> Self {
        Self {
            client,
            cell,
            process,
        }
    }

    /// The cell whose log is on this server.
    pub fn cell(&self) -> &str {
        &self.cell
    }

    /// What this process calls itself.
    pub fn process(&self) -> &str {
        &self.process
    }

    /// The largest message that the server takes, in bytes.
    pub fn max_bytes(&self) -> usize {
        self.client.max_payload()
    }

    /// Sends news to whoever listens now.
    ///
    /// # Errors
    /// It is too large, or the connection has ended.
    pub async fn tell(
        &self,
        subject: String,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<(), BusError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type);
        self.client
            .publish_with_headers(subject, headers, body)
            .await
            .map_err(BusError::of)
    }

    /// Waits until what was told has left this process.
    pub async fn flush(&self) {
        if let Err(error) = self.client.flush().await {
            tracing::debug!(%error, "the connection ended with something untold");
        }
    }

    /// Lets a service be found, and answers what it is asked, each question in a task of its own.
    ///
    /// # Errors
    /// A name that cannot be one, or a connection that has ended.
    pub async fn serve(&self, service: Service, answers: Answers) -> Result<Served, BusError> {
        let metadata = service.metadata.into_iter();
        let running = self
            .client
            .service_builder()
            .description(service.description)
            .metadata(metadata.map(|(key, value)| (key.into(), value)).collect())
            .start(service.name, service.version)
            .await
            .map_err(BusError::of)?;
        let mut endpoints = Vec::new();
        for asked in service.endpoints {
            let metadata = asked.metadata.into_iter();
            let builder = running
                .endpoint_builder()
                .name(asked.name)
                .metadata(metadata.map(|(key, value)| (key.into(), value)).collect());
            endpoints.push(builder.add(asked.subject).await.map_err(BusError::of)?);
        }
        let answering = tokio::spawn(answer(endpoints, answers));
        Ok(Served { running, answering })
    }
}

/// A service that can be found. Dropped, it goes on until the connection ends.
#[must_use = "a service is stopped by its handle"]
pub struct Served {
    running: service::Service,
    answering: JoinHandle<()>,
}

impl Served {
    /// Takes no more questions, and ends when those that came are answered.
    pub async fn stop(self) {
        let _told_or_ended = self.running.stop().await;
        let _ended = self.answering.await;
    }
}

async fn answer(endpoints: Vec<Endpoint>, answers: Answers) {
    let endpoints = endpoints.into_iter().enumerate();
    let questions = endpoints.map(|(index, endpoint)| endpoint.map(move |asked| (index, asked)));
    let mut questions = futures::stream::select_all(questions);
    let mut under_way = JoinSet::new();
    loop {
        let (endpoint, request) = tokio::select! {
            question = questions.next() => match question {
                Some(question) => question,
                None => break,
            },
            Some(_ended) = under_way.join_next() => continue,
        };
        let headers = request.message.headers.as_ref();
        let traceparent = headers.and_then(|headers| headers.get(TRACEPARENT));
        let answer = answers(Question {
            endpoint,
            body: request.message.payload.clone(),
            traceparent: traceparent.map(ToString::to_string),
        });
        under_way.spawn(async move {
            let answer = answer.await.map_err(|unanswered| service::error::Error {
                code: unanswered.code.into(),
                status: for_a_header(&unanswered.description),
            });
            if let Err(error) = request.respond(answer).await {
                tracing::warn!(%error, "an answer was not sent");
            }
        });
    }
    while under_way.join_next().await.is_some() {}
}

/// A text as it may stand in a header: on one line, and bounded.
fn for_a_header(text: &str) -> String {
    let whole = text
        .char_indices()
        .map(|(at, c)| at.saturating_add(c.len_utf8()));
    let end = whole.take_while(|end| *end <= MAX_DESCRIPTION_BYTES).last();
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_header_is_one_line_and_bounded() {
        assert_eq!(for_a_header("a\r\nNats: b"), "a  Nats: b");
        let long = "é".repeat(MAX_DESCRIPTION_BYTES);
        let cut = for_a_header(&long);
        assert_eq!(cut.len(), MAX_DESCRIPTION_BYTES);
        assert!(long.starts_with(&cut));
    }
}
