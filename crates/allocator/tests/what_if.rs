//! The door of what-if, called over gRPC on a memory log: it answers, and it writes nothing.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

use std::sync::Arc;

use api::allocator::v1;
use chassis::{Clock, Config};
use domain::decider::Room;
use domain::event::{AllocatorEvent, Event};
use domain::ids::Revision;
use event_log::{Log, MemoryLog};
use futures::StreamExt;
use tonic::Code;
use tonic_types::StatusExt;

mod shop;

use shop::{Shop, available, item, now, order, receipt};

async fn stocked() -> Shop {
    let shop = Shop::open().await;
    shop.record(item(100)).await;
    shop.record(receipt(1)).await;
    shop
}

/// Waits until the allocator says that nothing else is due.
async fn decided(log: &Log) {
    let mut commits = log.follow(&[Room::Allocator], Revision(0));
    while let Some(logged) = commits.next().await {
        let events = &logged.unwrap().commit.events;
        let rests = |event: &Event| {
            let Event::Allocator(AllocatorEvent::Settled(settled)) = event else {
                return false;
            };
            settled.at_rest
        };
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
    let mut shop = stocked().await;
    shop.record(order("o1", 3)).await;
    let log = &shop.log;
    decided(log).await;
    let last = log.last(&Room::ALL).await.unwrap();
    let twice = v1::WhatIfScenario {
        supply_percent: Some(200),
        supply_skus: vec!["BOLT".into()],
        ..scenario("twice as much", None)
    };
    let request = v1::WhatIfRequest {
        scenarios: vec![
            scenario("as it was", None),
            scenario("tight", Some(1)),
            twice,
        ],
        ..Default::default()
    };
    let answer = shop.client.what_if(request).await.unwrap().into_inner();
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
        ("tight", 1, 1, 1),
        ("twice as much", 1, 1, 0),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert_eq!(answer.worlds[0].tiers[0].tier, "gold");
    assert_eq!(answer.worlds[1].days[0].open_lines, 1);
    assert_eq!(log.last(&Room::ALL).await.unwrap(), last);
}

#[tokio::test]
async fn a_comparison_has_its_own_time_limit() {
    let log: Log = Arc::new(MemoryLog::new());
    let mut config = Config::default();
    config.grpc.timeout_s = 0;
    let mut shop = Shop::with(config, log, Clock::held(now())).await;
    for number in 0..300 {
        shop.record(order(&format!("o{number}"), 1)).await;
    }
    let request = v1::WhatIfRequest {
        scenarios: vec![scenario("as it was", None)],
        ..Default::default()
    };
    let compared = shop.client.what_if(request).await.unwrap();
    assert_eq!(compared.into_inner().worlds.len(), 2);
    let mut far = available("BOLT", 1);
    far.at_least_revision = 1_000_000;
    let status = shop.client.check_availability(far).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    let reason = status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone();
    assert_eq!(reason, "CALL_TOO_LONG");
}

#[tokio::test]
async fn a_question_that_cannot_be_played_is_refused_with_its_reason() {
    let shop = stocked().await;
    let (log, mut client) = (&shop.log, shop.client.clone());
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
    let expected = (
        Code::InvalidArgument,
        "SCENARIO_COUNT_OUT_OF_RANGE".to_owned(),
    );
    assert_eq!(ask(nothing).await, expected);
    let backwards = v1::WhatIfRequest {
        scenarios: vec![scenario("a", None)],
        from_revision: 9,
        to_revision: 8,
        ..Default::default()
    };
    let empty = (Code::InvalidArgument, "SPAN_OUT_OF_RANGE".to_owned());
    assert_eq!(ask(backwards).await, empty);
    let beyond = v1::WhatIfRequest {
        scenarios: vec![scenario("a", None)],
        from_revision: log.last(&Room::ALL).await.unwrap().0.saturating_add(100),
        ..Default::default()
    };
    assert_eq!(ask(beyond).await, empty);
    let mut supply = async |supply_percent, sku: &str| {
        let scaled = v1::WhatIfScenario {
            supply_percent,
            supply_skus: vec![sku.to_owned()],
            ..scenario("a", None)
        };
        let scenarios = vec![scaled];
        ask(v1::WhatIfRequest {
            scenarios,
            ..Default::default()
        })
        .await
    };
    let over = (
        Code::InvalidArgument,
        "SUPPLY_PERCENT_OUT_OF_RANGE".to_owned(),
    );
    assert_eq!(supply(Some(1_001), "BOLT").await, over);
    let missing = (Code::InvalidArgument, "SUPPLY_PERCENT_MISSING".to_owned());
    assert_eq!(supply(None, "BOLT").await, missing);
    let ghost = (Code::NotFound, "UNKNOWN_SUPPLY".to_owned());
    assert_eq!(supply(Some(50), "GHOST").await, ghost);
    let malformed = (Code::InvalidArgument, "KEY_MALFORMED".to_owned());
    assert_eq!(supply(Some(50), "").await, malformed);
    assert_ne!(log.last(&Room::ALL).await.unwrap(), Revision(0));
}
