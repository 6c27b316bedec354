//! The live feed: each event, once, as it stands on the log, and none of it stored.

use std::collections::BTreeMap;

use domain::ids::Revision;
use local_nats::{LocalNats, Options};
use serde_json::Value;

use crate::asyncapi::Document;
use crate::cell::Services;
use crate::wire::Client;

#[tokio::test]
async fn each_event_is_told_once_as_it_stands_on_the_log() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let services = Services::start(&nats, None).await;
    tells_each_event_once(&nats, &services).await;
    services.stop().await;
}

/// Of those who race for a revision, the one whose commit stands tells it.
#[tokio::test]
async fn with_two_instances_of_each_room_each_event_is_told_once() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let services = Services::start(&nats, None).await;
    let twins = Services::start(&nats, None).await;
    tells_each_event_once(&nats, &services).await;
    twins.stop().await;
    services.stop().await;
}

async fn tells_each_event_once(nats: &LocalNats, services: &Services) {
    let mut client = Client::connect(&nats.url(), None).await;
    client.subscribe("bo.main.*.*").await;
    client.flush().await;
    services.sell("BOLT", "o1", 6).await;
    let last = services
        .log
        .last(&domain::decider::Room::ALL)
        .await
        .unwrap();
    let mut on_the_log = BTreeMap::new();
    for revision in 1..=last.0 {
        let written = services.log.written(Revision(revision)).await.unwrap();
        let commit: Value = serde_json::from_slice(written.text.body()).unwrap();
        for (index, event) in commit["events"].as_array().unwrap().iter().enumerate() {
            let room = written.room;
            on_the_log.insert(format!("{revision}.{index}"), (room, event.clone()));
        }
    }
    assert!(on_the_log.len() >= 5, "{on_the_log:#?}");
    let document = Document::read();
    let mut told = BTreeMap::new();
    while told.len() < on_the_log.len() {
        let message = client.next().await;
        assert!(message.headers["Content-Type"].starts_with("application/cloudevents+json"));
        let event = message.json();
        let id = event["id"].as_str().unwrap().to_owned();
        let Some((room, stands)) = on_the_log.get(&id) else {
            // Recorded after we looked.
            continue;
        };
        let tag = stands["type"].as_str().unwrap();
        assert_eq!(message.subject, format!("bo.main.{room}.{tag}"));
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], format!("/backorder/main/{room}"));
        assert_eq!(&event["data"], stands);
        let payload = format!("#/components/messages/{tag}/payload");
        assert_eq!(document.faults(&payload, &event), Vec::<String>::new());
        if ["order_placed", "settled"].contains(&tag) {
            assert_eq!(event["subject"], "o1");
        }
        assert!(told.insert(id, event).is_none(), "told twice");
    }
    let info = client
        .request("$JS.API.STREAM.INFO.BO_main", b"")
        .await
        .json();
    let stored = info["state"]["messages"].as_u64().unwrap();
    assert_eq!(stored, info["state"]["last_seq"].as_u64().unwrap());
    let subjects = info["state"]["num_subjects"].as_u64().unwrap();
    assert!(
        subjects <= 5,
        "only commits are stored, on {subjects} subjects"
    );
}
