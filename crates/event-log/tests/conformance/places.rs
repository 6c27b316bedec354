//! Where a log is kept in a test, and what can be done to it there.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use backorder_event_log::{
    Fault, JetStreamLog, JetStreamSettings, Log, MemoryLog, QuarantineError, Quarantined,
};
use bytes::Bytes;
use domain::decider::Room;
use domain::ids::Revision;
use local_nats::{LocalNats, Options};

/// A log and power over what keeps it.
#[allow(async_fn_in_trait, reason = "called in tests only, never boxed")]
pub trait Place {
    fn log(&self) -> Log;
    /// Whoever keeps it dies and comes back.
    async fn restart(&mut self);
    /// The next append stands, but is not answered.
    async fn fall_silent(&mut self);
    async fn speak_again(&mut self);
    /// The second message, of the same room as the third, vanishes.
    async fn lose_the_second(&mut self);
    /// A stranger writes on a room's subject.
    async fn put_raw(&mut self, room: Room, body: &'static str);
    /// A message as it was written: whose, and its bytes.
    async fn raw(&self, at: Revision) -> (Room, Bytes);
    /// The record of a message is written. Whether readers follow it.
    async fn quarantine(&mut self, record: Quarantined) -> bool;
    /// The same log to somebody who comes now.
    async fn reopened(&self) -> Log;
    /// There is no space for another commit.
    async fn fill(&mut self);
}

#[derive(Default)]
pub struct Memory {
    log: MemoryLog,
}

impl Place for Memory {
    fn log(&self) -> Log {
        Arc::new(self.log.clone())
    }
    async fn restart(&mut self) {}
    async fn fall_silent(&mut self) {
        self.log.fault(Fault::AcknowledgementLost);
    }
    async fn speak_again(&mut self) {}
    async fn lose_the_second(&mut self) {
        self.log.lose(Revision(2));
    }
    async fn put_raw(&mut self, room: Room, body: &'static str) {
        self.log.put_raw(room, Bytes::from_static(body.as_bytes()));
    }
    async fn raw(&self, at: Revision) -> (Room, Bytes) {
        let (room, body, _) = self.log.raw(at).unwrap();
        (room, body)
    }
    async fn quarantine(&mut self, record: Quarantined) -> bool {
        self.log.quarantine(record)
    }
    async fn reopened(&self) -> Log {
        self.log()
    }
    async fn fill(&mut self) {
        self.log.fault(Fault::Full);
    }
}

pub struct JetStream {
    nats: LocalNats,
    log: JetStreamLog,
}

const STORE_BYTES: u64 = 4 * 1024 * 1024;

impl JetStream {
    pub async fn start() -> Self {
        let options = Options {
            max_store_bytes: Some(STORE_BYTES),
            ..Options::default()
        };
        let nats = LocalNats::start(options).await.unwrap();
        let mut settings = JetStreamSettings::new(&nats.url(), "test");
        settings.append_timeout = Duration::from_millis(500);
        settings.watch_every = Duration::from_millis(500);
        let log = JetStreamLog::open(settings).await.unwrap();
        Self { nats, log }
    }

    async fn context(&self) -> jetstream::Context {
        jetstream::new(async_nats::connect(self.nats.url()).await.unwrap())
    }
}

impl Place for JetStream {
    fn log(&self) -> Log {
        Arc::new(self.log.clone())
    }
    async fn restart(&mut self) {
        self.nats.restart().await.unwrap();
    }
    async fn fall_silent(&mut self) {
        self.nats.pause().await.unwrap();
    }
    async fn speak_again(&mut self) {
        self.nats.resume().await.unwrap();
    }
    /// Deletes are denied, but an operator can still set a limit that drops what is old.
    async fn lose_the_second(&mut self) {
        let context = self.context().await;
        let mut config = context
            .get_stream("BO_test")
            .await
            .unwrap()
            .cached_info()
            .config
            .clone();
        config.max_messages_per_subject = 1;
        context.update_stream(config).await.unwrap();
    }
    async fn put_raw(&mut self, room: Room, body: &'static str) {
        let subject = format!("bo.test.{room}");
        self.context()
            .await
            .publish(subject, body.into())
            .await
            .unwrap()
            .await
            .unwrap();
    }
    async fn raw(&self, at: Revision) -> (Room, Bytes) {
        let raw = self.log.raw(at).await.unwrap().unwrap();
        (raw.room.unwrap(), raw.body)
    }
    async fn quarantine(&mut self, record: Quarantined) -> bool {
        match self.log.quarantine(record).await {
            Ok(_) => true,
            Err(QuarantineError::NotFollowed { .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }
    async fn reopened(&self) -> Log {
        let settings = JetStreamSettings::new(&self.nats.url(), "test");
        Arc::new(JetStreamLog::open(settings).await.unwrap())
    }
    async fn fill(&mut self) {
        let context = self.context().await;
        let body = Bytes::from(vec![b' '; 700_000]);
        while context
            .publish("bo.test.filler", body.clone())
            .await
            .unwrap()
            .await
            .is_ok()
        {}
        let body = Bytes::from(vec![b' '; 100]);
        while context
            .publish("bo.test.filler", body.clone())
            .await
            .unwrap()
            .await
            .is_ok()
        {}
    }
}
