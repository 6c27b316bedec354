//! What is JetStream's alone: the stream's settings, what stands in a header, what an operator
//! can do to a stream.

#![allow(clippy::unwrap_used, reason = "a test fails where it must")]

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream;
use backorder_event_log::{
    AppendError, Credentials, Encoded, EventLog, FollowError, JetStreamLog, JetStreamSettings,
    OpenError,
};
use domain::decider::Room;
use domain::event::Commit;
use domain::ids::{Revision, Timestamp};
use futures::StreamExt;
use local_nats::{LocalNats, Options};

async fn nats() -> LocalNats {
    LocalNats::start(Options::default()).await.unwrap()
}

async fn context(nats: &LocalNats) -> jetstream::Context {
    jetstream::new(async_nats::connect(nats.url()).await.unwrap())
}

fn commit() -> Encoded {
    let (as_of, at) = (Revision(0), Timestamp::default());
    Encoded::new(&Commit {
        as_of,
        at,
        events: Vec::new(),
        traces: BTreeMap::new(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_stream_with_other_settings_is_named_setting_by_setting_and_left_alone() {
    let nats = nats().await;
    let context = context(&nats).await;
    let other = jetstream::stream::Config {
        name: "BO_shop".to_owned(),
        subjects: vec!["bo.shop.*".to_owned()],
        max_age: Duration::from_secs(3600),
        ..Default::default()
    };
    let made = context
        .create_stream(other)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    let opened = JetStreamLog::open(JetStreamSettings::new(&nats.url(), "shop")).await;
    let error = opened.err().unwrap();
    let said = error.to_string();
    assert!(matches!(error, OpenError::OtherSettings { .. }), "{said}");
    for part in [
        "BO_shop",
        "max_age is 3600000000000, must be 0",
        "discard is \"old\", must be \"new\"",
        "deny_delete is unset, must be true",
        "deny_purge is unset, must be true",
    ] {
        assert!(said.contains(part), "{part:?} is missing: {said}");
    }
    let found = context
        .get_stream("BO_shop")
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    assert_eq!(found, made);
}

/// Thresholds are the operator's, and a stream that an older version made has none.
#[tokio::test]
async fn what_the_nats_tool_warns_of_is_said_and_may_be_changed() {
    let nats = nats().await;
    let settings = JetStreamSettings::new(&nats.url(), "shop");
    let log = JetStreamLog::open(settings.clone()).await.unwrap();
    let context = context(&nats).await;
    let stream = context.get_stream("BO_shop").await.unwrap();
    let mut config = stream.cached_info().config.clone();
    let mut monitored = config.metadata.clone();
    monitored.retain(|key, _| key.starts_with("io.nats.monitor."));
    assert_eq!(monitored["io.nats.monitor.enabled"], "true");
    assert_eq!(monitored["io.nats.monitor.peer-expect"], "1");
    for change in ["7", ""] {
        config
            .metadata
            .retain(|key, _| !monitored.contains_key(key));
        if !change.is_empty() {
            let key = "io.nats.monitor.subjects-warn".to_owned();
            config.metadata.insert(key, change.to_owned());
        }
        context.update_stream(&config).await.unwrap();
        let again = JetStreamLog::open(settings.clone()).await.unwrap();
        assert_eq!(again.identity(), log.identity());
    }
}

#[tokio::test]
async fn a_stream_is_made_once_and_opened_as_it_is_after() {
    let nats = nats().await;
    let settings = JetStreamSettings::new(&nats.url(), "shop");
    let missing = JetStreamSettings {
        create: false,
        ..settings.clone()
    };
    let error = JetStreamLog::open(missing.clone()).await.err().unwrap();
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    let at_once = [settings.clone(), settings.clone(), settings].map(JetStreamLog::open);
    let opened = futures::future::join_all(at_once).await;
    let again = JetStreamLog::open(missing).await.unwrap();
    for log in opened {
        assert_eq!(log.unwrap().identity(), again.identity());
    }
    again.check().await.unwrap();
}

#[tokio::test]
async fn bad_settings_are_refused_in_plain_words() {
    let settings = JetStreamSettings::new("nats://127.0.0.1:1", "shop");
    for cell in ["", "a.b", "*", "caffè", "a b", &"x".repeat(33)] {
        let bad = JetStreamSettings {
            cell: cell.to_owned(),
            ..settings.clone()
        };
        let error = JetStreamLog::open(bad).await.err().unwrap();
        assert!(
            matches!(error, OpenError::BadCell { .. }),
            "{cell:?}: {error}"
        );
    }
    let two = JetStreamSettings {
        replicas: 2,
        ..settings.clone()
    };
    assert!(matches!(
        JetStreamLog::open(two).await,
        Err(OpenError::BadReplicas { .. })
    ));
    let nobody = JetStreamSettings {
        credentials: Credentials::NkeySeedFile("/no/such/seed".into()),
        ..settings.clone()
    };
    assert!(matches!(
        JetStreamLog::open(nobody).await,
        Err(OpenError::Credentials { .. })
    ));
    let error = JetStreamLog::open(settings)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("no connection to nats://127.0.0.1:1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_commits_header_tells_its_events_and_its_predecessor() {
    let nats = nats().await;
    let log = JetStreamLog::open(JetStreamSettings::new(&nats.url(), "shop"))
        .await
        .unwrap();
    let commit = Encoded {
        types: "order_placed=2".to_owned(),
        ..commit()
    };
    log.append(Room::Orders, commit.clone(), Revision(0))
        .await
        .unwrap();
    log.append(Room::Orders, commit, Revision(1)).await.unwrap();
    let stream = context(&nats).await.get_stream("BO_shop").await.unwrap();
    let message = stream.get_raw_message(2).await.unwrap();
    assert_eq!(message.subject.as_str(), "bo.shop.orders");
    let header = |name: &str| message.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("Backorder-Events"), "order_placed=2");
    assert_eq!(header("Nats-Expected-Last-Subject-Sequence"), "1");
    assert!(header("Nats-Msg-Id").starts_with("orders-1-"));
}

#[tokio::test]
async fn a_reader_goes_on_when_its_consumer_is_taken_away() {
    let nats = nats().await;
    let log = JetStreamLog::open(JetStreamSettings::new(&nats.url(), "shop"))
        .await
        .unwrap();
    let mut followed = log.follow(&Room::ALL, Revision(0));
    let stream = context(&nats).await.get_stream("BO_shop").await.unwrap();
    let mut last = Revision(0);
    for _ in 0..3 {
        last = log.append(Room::Orders, commit(), last).await.unwrap();
        assert_eq!(followed.next().await.unwrap().unwrap().revision, last);
        let mut consumers = stream.consumer_names();
        while let Some(name) = consumers.next().await {
            stream.delete_consumer(&name.unwrap()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_reader_with_patience_outlasts_one_without_when_the_log_is_away() {
    let mut nats = nats().await;
    let mut settings = JetStreamSettings::new(&nats.url(), "shop");
    settings.watch_every = Duration::from_millis(100);
    settings.unreachable_after = Some(Duration::from_millis(500));
    let hasty = JetStreamLog::open(settings.clone()).await.unwrap();
    settings.unreachable_after = None;
    let patient = JetStreamLog::open(settings).await.unwrap();
    let mut gives_up = hasty.follow(&Room::ALL, Revision(0));
    let mut waits = patient.follow(&Room::ALL, Revision(0));
    let first = patient
        .append(Room::Orders, commit(), Revision(0))
        .await
        .unwrap();
    assert_eq!(gives_up.next().await.unwrap().unwrap().revision, first);
    assert_eq!(waits.next().await.unwrap().unwrap().revision, first);

    nats.kill().await.unwrap();
    let waiting = tokio::spawn(async move { (waits.next().await, waits) });
    let error = gives_up.next().await.unwrap().unwrap_err();
    assert!(matches!(error, FollowError::Unreachable { .. }), "{error}");
    nats.restart().await.unwrap();
    let second = loop {
        match patient.append(Room::Orders, commit(), first).await {
            Ok(second) => break second,
            Err(error) => assert!(matches!(error, AppendError::Unanswered { .. }), "{error}"),
        }
    };
    let (heard, _waits) = waiting.await.unwrap();
    assert_eq!(heard.unwrap().unwrap().revision, second);
}

#[tokio::test]
async fn a_stream_made_anew_is_another_log() {
    let nats = nats().await;
    let settings = JetStreamSettings::new(&nats.url(), "shop");
    let log = JetStreamLog::open(settings.clone()).await.unwrap();
    log.append(Room::Orders, commit(), Revision(0))
        .await
        .unwrap();
    context(&nats).await.delete_stream("BO_shop").await.unwrap();
    let anew = JetStreamLog::open(settings).await.unwrap();
    assert_ne!(anew.identity(), log.identity());
    assert!(log.check().await.is_err());
    let error = log
        .follow(&Room::ALL, Revision(0))
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, FollowError::Unreachable { .. }), "{error}");
}
