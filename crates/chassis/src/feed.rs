//! The live feed: what a room has recorded, told event by event on the bus, as CloudEvents 1.0, to
//! whoever listens now. Must not slow the room, and nothing rests on it: what is told too fast is
//! dropped and counted, and what was recorded while an acknowledgement was lost is not told. Who
//! needs every event reads the log.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::decider::Room;
use domain::event::{Commit, Event};
use domain::ids::{Position, Revision, Timestamp};
use event_log::Bus;
use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use serde::Serialize;
use tokio::sync::mpsc;

/// Commits of a room that wait to be told; with one more, that one is dropped.
pub(crate) const MAX_UNTOLD_COMMITS: usize = 64;
/// How long what was recorded last may take to be told when the process stops.
pub(crate) const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(1);
/// What the messages are.
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// A commit that is acknowledged.
pub(crate) struct Untold {
    revision: Revision,
    commit: Arc<Commit>,
}

/// A room's end of its feed.
pub(crate) struct Feed {
    tell: mpsc::Sender<Untold>,
    dropped: Dropped,
}

/// Counts what is not told.
#[derive(Clone)]
struct Dropped {
    room: [KeyValue; 1],
    commits: Counter<u64>,
}

impl Dropped {
    fn count(&self) {
        self.commits.add(1, &self.room);
    }
}

/// A feed, and what is to be told. Nothing is told until somebody runs it; if nobody will, what
/// is to be told is dropped.
pub(crate) fn of(room: Room) -> (Feed, Untolds) {
    let (tell, untold) = mpsc::channel(MAX_UNTOLD_COMMITS);
    let dropped = Dropped {
        room: [KeyValue::new("room", room.token())],
        commits: global::meter("backorder")
            .u64_counter("backorder_feed_commits_dropped")
            .with_description("Commits whose events the live feed did not tell")
            .build(),
    };
    let untolds = Untolds {
        room,
        untold,
        dropped: dropped.clone(),
    };
    (Feed { tell, dropped }, untolds)
}

impl Feed {
    /// Tells what was recorded, in time.
    pub fn tell(&self, revision: Revision, commit: Arc<Commit>) {
        match self.tell.try_send(Untold { revision, commit }) {
            // Closed: there is no bus.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.dropped.count(),
        }
    }
}

/// The other end of a room's feed.
pub(crate) struct Untolds {
    room: Room,
    untold: mpsc::Receiver<Untold>,
    dropped: Dropped,
}

impl Untolds {
    /// Tells on the bus what comes, until the room has ended.
    pub async fn run(mut self, bus: Bus) {
        let room = self.room;
        let prefix = format!("bo.{}.{room}.", bus.cell());
        let source = format!("/backorder/{}/{room}", bus.cell());
        while let Some(untold) = self.untold.recv().await {
            if let Err(error) = tell(&bus, &prefix, &source, &untold).await {
                self.dropped.count();
                let revision = untold.revision;
                tracing::warn!(%room, %revision, error, "the feed lacks a commit");
            }
        }
        bus.flush().await;
    }
}

async fn tell(bus: &Bus, prefix: &str, source: &str, untold: &Untold) -> Result<(), String> {
    let news = news(source, untold).map_err(|error| error.to_string())?;
    for (tag, body) in news {
        let subject = format!("{prefix}{tag}");
        let told = bus.tell(subject, CONTENT_TYPE, body).await;
        told.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// CloudEvents 1.0 in its JSON format. A revision is a text, since its integers have 32 bits.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: Timestamp,
    datacontenttype: &'static str,
    revision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    data: &'a Event,
}

/// Each event of a commit by its tag, as it is told. An event is written as it is on the log.
fn news(source: &str, untold: &Untold) -> Result<Vec<(&'static str, Bytes)>, serde_json::Error> {
    let commit = &untold.commit;
    let indexed = (0_u32..).zip(&commit.events);
    let told = indexed.map(|(index, event)| {
        let position = Position {
            revision: untold.revision,
            index,
        };
        let body = serde_json::to_vec(&CloudEvent {
            specversion: "1.0",
            id: position.to_string(),
            source,
            kind: format!("backorder.{}", event.tag()),
            subject: event.about(),
            time: commit.at,
            datacontenttype: "application/json",
            revision: untold.revision.to_string(),
            traceparent: commit.traces.get(&index).map(String::as_str),
            data: event,
        })?;
        Ok((event.tag(), body.into()))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = include_str!("../../domain/events/commit.json");

    #[test]
    fn each_event_is_told_as_it_stands_with_where_when_and_of_whom() {
        let untold = Untold {
            revision: Revision(57),
            commit: Arc::new(Commit::read(COMMIT.as_bytes()).unwrap()),
        };
        let told = news("/backorder/main/orders", &untold).unwrap();
        let commit: serde_json::Value = serde_json::from_str(COMMIT).unwrap();
        let events = commit["events"].as_array().unwrap();
        assert_eq!(told.len(), events.len());
        for (index, ((tag, body), event)) in told.iter().zip(events).enumerate() {
            let cloud: serde_json::Value = serde_json::from_slice(body).unwrap();
            assert_eq!(&cloud["data"], event);
            assert_eq!(event["type"], *tag);
            assert_eq!(cloud["type"], format!("backorder.{tag}"));
            assert_eq!(cloud["id"], format!("57.{index}"));
            assert_eq!(cloud["time"], commit["at"]);
            let trace = &commit["traces"][index.to_string()];
            assert_eq!(
                cloud.get("traceparent"),
                (!trace.is_null()).then_some(trace)
            );
        }
    }

    #[tokio::test]
    async fn a_feed_that_nobody_empties_drops_instead_of_waiting() {
        let (feed, mut untolds) = of(Room::Orders);
        let commit = Arc::new(Commit::read(COMMIT.as_bytes()).unwrap());
        for revision in 1..=100 {
            feed.tell(Revision(revision), Arc::clone(&commit));
        }
        drop(feed);
        let mut kept = Vec::new();
        while let Some(untold) = untolds.untold.recv().await {
            kept.push(untold.revision.0);
        }
        let first: Vec<u64> = (1..).take(MAX_UNTOLD_COMMITS).collect();
        assert_eq!(kept, first);
    }
}
