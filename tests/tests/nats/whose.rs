//! A fact on the subject of another room: every service that hears that room stops, says where it
//! stands and whose it would be, and has folded nothing of it.

use std::time::Duration;

use domain::decider::Room;
use domain::ids::{Revision, Timestamp};
use event_log::{
    Credentials, JetStreamLog, JetStreamSettings, Link, Offence, QuarantineError, Quarantined,
};
use local_nats::{LocalNats, Options};

use crate::cell::Services;
use crate::users::{key, keys, server};
use crate::wire::Client;

/// Nine units that nobody counted in.
const RECEIVED: &str = r#"{"as_of":0,"at":"2026-11-22T08:00:00Z","events":[
    {"type":"received","receipt":"r9","location":"MAIN","lines":[{"sku":"BOLT","quantity":9}]}]}"#;
/// Who hears orders.
const HEARERS: [Room; 4] = [
    Room::Orders,
    Room::Inventory,
    Room::Allocator,
    Room::Notifier,
];

#[tokio::test]
async fn a_receipt_on_the_subject_of_orders_stops_all_who_hear_it_and_is_no_stock() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let mut services = Services::start(&nats, None).await;
    services.sell("BOLT", "o1", 1).await;
    assert_eq!(services.on_hand("BOLT").await, 4);

    let mut client = Client::connect(&nats.url(), None).await;
    let kept = client
        .request("bo.main.orders", RECEIVED.as_bytes())
        .await
        .json();
    let at = &kept["seq"];

    let said = format!(
        "the event at {at}.0 on the subject of orders is `received`, which only inventory may \
         record"
    );
    for room in HEARERS {
        let reason = services.failed(room).await;
        assert!(reason.contains(&said), "{room}: {reason}");
    }
    assert_eq!(services.on_hand("BOLT").await, 4);
    services.stop().await;

    // A service that starts on such a log stops as well.
    let mut again = Services::start(&nats, None).await;
    for room in HEARERS {
        let reason = again.failed(room).await;
        assert!(reason.contains(&said), "{room}: {reason}");
    }
    again.stop().await;
}

/// The services stop; what the operator's user has quarantined they pass over when they start
/// again. No service may say what is passed over.
#[tokio::test]
async fn services_go_on_after_what_the_operator_has_quarantined_and_no_service_may() {
    let keys = keys();
    let nats = server(&keys).await;
    let mut services = Services::start(&nats, Some(&keys)).await;
    services.sell("BOLT", "o1", 1).await;
    let before = services.log.last(&[Room::Orders]).await.unwrap();
    let mut followed = services.log.follow(&[Room::Orders], Revision(before.0 - 1));
    let chain = futures::StreamExt::next(&mut followed).await.unwrap();
    let chain = chain.unwrap().chain.unwrap();
    let before = Link {
        revision: before,
        chain,
    };

    // Whoever has the key of orders writes beside its service.
    let mut client = Client::connect(&nats.url(), Some(&key(&keys, "orders"))).await;
    let kept = client.request("bo.main.orders", RECEIVED.as_bytes()).await;
    let at = Revision(kept.json()["seq"].as_u64().unwrap());
    for room in HEARERS {
        services.failed(room).await;
    }
    services.stop().await;

    let log_of = |user: &str| {
        let seed = keys.path().join(format!("{user}.seed"));
        JetStreamLog::open(JetStreamSettings {
            credentials: Credentials::NkeySeedFile(seed),
            append_timeout: Duration::from_secs(2),
            ..JetStreamSettings::new(&nats.url(), "main")
        })
    };
    let record = Quarantined {
        revision: at,
        room: Room::Orders,
        before,
        chain: before.chain.then(RECEIVED.as_bytes()),
        bytes: 0,
        written_at: Timestamp::default(),
        offence: Offence::Stranger,
        reason: "a test".to_owned(),
        at: Timestamp::default(),
        recorded_at: Revision(0),
    };
    for room in Room::ALL {
        let log = log_of(room.token()).await.unwrap();
        let refused = log.quarantine(record.clone()).await;
        let is_refused = matches!(refused, Err(QuarantineError::Refused { .. }));
        assert!(is_refused, "{room}: {refused:?}");
    }
    let operator = log_of("operator").await.unwrap();
    operator.quarantine(record).await.unwrap();

    let services = Services::start(&nats, Some(&keys)).await;
    assert_eq!(services.on_hand("BOLT").await, 4);
    services.place("o2", "BOLT", 1).await;
    services.cancel_one("o1", "c1").await;
    let passed = services.log.quarantined();
    assert!(
        matches!(&passed[..], [it] if it.revision == at),
        "{passed:?}"
    );
    services.stop().await;
}
