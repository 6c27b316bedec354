//! A fact on the subject of another room: every service that hears that room stops, says where it
//! stands and whose it would be, and has folded nothing of it.

use domain::decider::Room;
use local_nats::{LocalNats, Options};

use crate::cell::Services;
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
