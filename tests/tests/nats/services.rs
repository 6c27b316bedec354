//! Each service is found, counted and asked as a NATS service.

use std::collections::BTreeMap;

use domain::decider::Room;
use local_nats::{LocalNats, Options};
use serde_json::{Value, json};

use crate::cell::Services;
use crate::wire::{Client, Message};

/// What can be asked of each room. These calls, and the watches beside them, say in the protos that
/// they have no side effects: whoever adds one here has made sure that it records nothing.
const ASKED: [(Room, &[&str]); 5] = [
    (
        Room::Orders,
        &[
            "FindOrders",
            "GetOrder",
            "GetRoom",
            "ListExceptions",
            "ListOrders",
        ],
    ),
    (
        Room::Inventory,
        &[
            "GetPickList",
            "GetRoom",
            "GetStock",
            "ListExceptions",
            "ListLocations",
            "ListStock",
        ],
    ),
    (
        Room::Allocator,
        &[
            "ExplainAllocation",
            "GetMeasures",
            "GetPromise",
            "GetQueue",
            "GetRankingRule",
            "GetRoom",
            "ListExceptions",
            "PreviewImpact",
            "PreviewRebalance",
            "WhatIf",
        ],
    ),
    (
        Room::Notifier,
        &["GetRoom", "ListExceptions", "ListNotices"],
    ),
    (
        Room::SupplierGateway,
        &[
            "GetPurchaseOrder",
            "GetRoom",
            "ListExceptions",
            "ListPurchaseOrders",
            "ListSupplierItems",
            "ListSuppliers",
        ],
    ),
];

/// A server whose messages are small.
async fn server() -> LocalNats {
    let further = "max_payload: 65536".to_owned();
    LocalNats::start(Options {
        further,
        ..Options::default()
    })
    .await
    .unwrap()
}

fn error(message: &Message) -> (&str, &str) {
    let header = |name| message.headers.get(name).map_or("", String::as_str);
    (
        header("Nats-Service-Error-Code"),
        header("Nats-Service-Error"),
    )
}

#[tokio::test]
async fn each_service_is_found_and_says_what_can_be_asked_of_it() {
    let nats = server().await;
    let services = Services::start(&nats, None).await;
    let mut client = Client::connect(&nats.url(), None).await;
    let pings = client.request_all("$SRV.PING").await;
    assert_eq!(pings.len(), Room::ALL.len(), "{pings:#?}");
    for (room, calls) in ASKED {
        let infos = client
            .request_all(&format!("$SRV.INFO.backorder-{room}"))
            .await;
        let [info] = infos.as_slice() else {
            panic!("{room}: {infos:#?}");
        };
        assert_eq!(info["type"], "io.nats.micro.v1.info_response");
        assert_eq!(info["metadata"]["cell"], "main");
        let process = info["metadata"]["process"].as_str().unwrap();
        assert!(
            process.starts_with(&format!("backorder-{room} (process ")),
            "{process}"
        );
        let endpoints = info["endpoints"].as_array().unwrap();
        let by_name: BTreeMap<&str, &Value> = endpoints
            .iter()
            .map(|of| (of["name"].as_str().unwrap(), of))
            .collect();
        assert_eq!(by_name.keys().copied().collect::<Vec<_>>(), calls);
        for (name, endpoint) in by_name {
            assert_eq!(endpoint["subject"], format!("bo.svc.main.{room}.{name}"));
            let request = endpoint["metadata"]["request"].as_str().unwrap();
            assert!(request.ends_with(&format!("{name}Request")), "{request}");
            let fields = endpoint["metadata"]["request_fields"].as_str().unwrap();
            let _is_json: serde_json::Map<String, Value> = serde_json::from_str(fields).unwrap();
        }
    }
    services.stop().await;
    assert_eq!(client.request_all("$SRV.PING").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_question_in_json_is_answered_counted_and_said_no_to_as_over_grpc() {
    let nats = server().await;
    let services = Services::start(&nats, None).await;
    services.sell("BOLT", "o1", 6).await;
    let mut client = Client::connect(&nats.url(), None).await;

    let ask = "bo.svc.main.orders.GetOrder";
    let answer = client.request(ask, br#"{"order_id":"o1"}"#).await;
    assert_eq!(error(&answer), ("", ""));
    let answer = answer.json();
    assert_eq!(answer["order"]["order_id"], "o1");
    assert_eq!(answer["order"]["status"], "ORDER_STATUS_PARTLY_BACKORDERED");
    assert_eq!(answer["order"]["lines"][0]["reserved"], 4);

    let answer = client.request(ask, br#"{"order_id":"o2"}"#).await;
    let (code, said) = error(&answer);
    assert_eq!(code, "404");
    assert!(said.starts_with("NOT_FOUND UNKNOWN_ORDER: "), "{said}");
    let answer = client.request(ask, br#"{"ordre_id":"o1"}"#).await;
    let (code, said) = error(&answer);
    assert_eq!(code, "400");
    assert!(
        said.starts_with("INVALID_ARGUMENT QUESTION_MALFORMED: "),
        "{said}"
    );

    let stats = client.request_all("$SRV.STATS.backorder-orders").await;
    let endpoints = stats[0]["endpoints"].as_array().unwrap();
    let asked = endpoints
        .iter()
        .find(|of| of["name"] == "GetOrder")
        .unwrap();
    assert_eq!(
        (&asked["num_requests"], &asked["num_errors"]),
        (&json!(3), &json!(2))
    );
    assert!(
        asked["last_error"]
            .as_str()
            .unwrap()
            .contains("QUESTION_MALFORMED")
    );

    // A call that records is no question, whatever its name.
    let answer = client.request("bo.svc.main.orders.PlaceOrder", b"{}").await;
    assert!(answer.headers["status"].starts_with("503"), "{answer:?}");
    services.stop().await;
}

#[tokio::test]
async fn an_answer_that_nats_cannot_carry_says_to_ask_page_by_page() {
    let nats = server().await;
    let services = Services::start(&nats, None).await;
    let skus: Vec<String> = (0..400)
        .map(|number| format!("SKU-{number:0>100}"))
        .collect();
    // Not all of them in one commit: that is a message, too.
    for some in skus.chunks(50) {
        futures::future::join_all(some.iter().map(|sku| services.define(sku))).await;
    }
    let mut client = Client::connect(&nats.url(), None).await;
    let ask = "bo.svc.main.inventory.ListStock";
    let all = client.request(ask, br#"{"page_size":500}"#).await;
    let (code, said) = error(&all);
    assert_eq!(code, "400");
    assert!(
        said.starts_with("OUT_OF_RANGE ANSWER_TOO_LARGE: "),
        "{said}"
    );
    assert!(said.contains("page_size"), "{said}");
    let some = client.request(ask, br#"{"page_size":50}"#).await;
    assert_eq!(
        some.json()["stocks"].as_array().map(Vec::len),
        Some(50),
        "{}",
        some.json()
    );
    services.stop().await;
}
