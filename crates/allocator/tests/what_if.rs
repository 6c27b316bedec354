//! The door of what-if, called over gRPC on a memory log: it answers, and it writes nothing.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use api::allocator::v1;
use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use chassis::{Cell, Clock, Config, Process};
use domain::decider::Room;
use domain::event::{Commit, Event};
use domain::ids::{Revision, Timestamp};
use futures::StreamExt;
use log::{Encoded, Log, MemoryLog};
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

async fn record(log: &Log, room: Room, event: &str) {
    let commit = Commit {
        as_of: log.last(&Room::ALL).await.unwrap(),
        at: now(),
        events: vec![serde_json::from_str(event).unwrap()],
        traces: BTreeMap::new(),
    };
    let expected = log.last(&[room]).await.unwrap();
    let commit = Encoded::new(&commit).unwrap();
    log.append(room, commit, expected).await.unwrap();
}

fn order(id: &str, quantity: u32) -> String {
    format!(
        r#"{{"type":"order_placed","order":"{id}","customer":{{"id":"c","tier":"gold"}},
        "channel":"web","ship_to":{{"country":"GB"}},"currency":"GBP",
        "lines":[{{"line":1,"sku":"BOLT","quantity":{quantity},"unit_price_minor":100}}]}}"#
    )
}

async fn shop() -> (Log, Process, AllocatorServiceClient<Channel>) {
    let log: Log = Arc::new(MemoryLog::new());
    let item = r#"{"type":"item_defined","definition":"d","sku":"BOLT","description":"bolt",
        "segment":{"backorderable":{"cap":100,"longest_wait_days":90}}}"#;
    let receipt = r#"{"type":"received","receipt":"r","location":"main",
        "lines":[{"sku":"BOLT","quantity":1}]}"#;
    record(&log, Room::Inventory, item).await;
    record(&log, Room::Inventory, receipt).await;
    let mut config = Config::default();
    config.grpc = config.grpc.any_ports();
    let cell = Cell::new(config, Arc::clone(&log), Clock::held(now()));
    let part = backorder_allocator::part(&cell).unwrap();
    let process = Process::start(cell, vec![part]).await.unwrap();
    let address = process.address(Room::Allocator).unwrap();
    let client = AllocatorServiceClient::connect(format!("http://{address}"));
    (log, process, client.await.unwrap())
}

/// Waits until the allocator says that nothing else is due.
async fn decided(log: &Log) {
    let mut commits = log.follow(&[Room::Allocator], Revision(0));
    while let Some(logged) = commits.next().await {
        let events = &logged.unwrap().commit.events;
        let rests = |event: &Event| matches!(event, Event::Settled(it) if it.at_rest);
        if events.iter().any(rests) {
            return;
        }
    }
}

fn scenario(name: &str, cap: Option<u32>) -> v1::WhatIfScenario {
    v1::WhatIfScenario {
        name: name.into(),
        cap,
        ..Default::default()
    }
}

#[tokio::test]
async fn another_cap_is_compared_with_what_was_and_nothing_is_written() {
    let (log, _process, mut client) = shop().await;
    record(&log, Room::Orders, &order("o1", 3)).await;
    decided(&log).await;
    let last = log.last(&Room::ALL).await.unwrap();
    let request = v1::WhatIfRequest {
        scenarios: vec![scenario("as it was", None), scenario("tight", Some(1))],
        ..Default::default()
    };
    let answer = client.what_if(request).await.unwrap().into_inner();
    let told = answer.worlds.iter().map(|world| {
        let it = world.overall.unwrap();
        (
            world.name.as_str(),
            it.lines,
            it.waiting_units,
            it.refused_units,
        )
    });
    let expected = [
        ("recorded", 1, 2, 0),
        ("as it was", 1, 2, 0),
        ("tight", 1, 0, 2),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(answer.worlds[0].tiers[0].tier, "gold");
    assert_eq!(answer.worlds[1].days[0].open_lines, 1);
    assert_eq!(log.last(&Room::ALL).await.unwrap(), last);
}

#[tokio::test]
async fn a_question_that_cannot_be_played_is_refused_with_its_reason() {
    let (log, _process, mut client) = shop().await;
    let mut ask = async |request: v1::WhatIfRequest| {
        let status = client.what_if(request).await.unwrap_err();
        (
            status.code(),
            status
                .get_error_details()
                .error_info()
                .unwrap()
                .reason
                .clone(),
        )
    };
    let nothing = v1::WhatIfRequest::default();
    let expected = (Code::InvalidArgument, "SCENARIOS_OUT_OF_RANGE".to_owned());
    assert_eq!(ask(nothing).await, expected);
    let backwards = v1::WhatIfRequest {
        scenarios: vec![scenario("a", None)],
        from_revision: 9,
        to_revision: 8,
        ..Default::default()
    };
    let empty = (Code::InvalidArgument, "SPAN_EMPTY".to_owned());
    assert_eq!(ask(backwards).await, empty);
    let beyond = v1::WhatIfRequest {
        scenarios: vec![scenario("a", None)],
        from_revision: log.last(&Room::ALL).await.unwrap().0.saturating_add(100),
        ..Default::default()
    };
    assert_eq!(ask(beyond).await, empty);
    assert_ne!(log.last(&Room::ALL).await.unwrap(), Revision(0));
}
