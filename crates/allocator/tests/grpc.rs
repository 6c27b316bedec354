//! The doors of the allocator, called over gRPC on a memory log.
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
use domain::event::{
    Commit, Customer, Event, ItemDefined, OrderPlaced, PlacedLine, PurchaseLine, PurchaseOrdered,
    Received, Replenishment, Segment, ShipTo, SkuQuantity,
};
use domain::ids::{Currency, Revision, Timestamp};
use futures::StreamExt;
use log::{Encoded, Log, MemoryLog};
use tonic::Code;
use tonic::transport::Channel;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

struct Shop {
    log: Log,
    process: Process,
    client: AllocatorServiceClient<Channel>,
}

impl Shop {
    async fn open() -> Self {
        Self::on(Arc::new(MemoryLog::new())).await
    }

    async fn on(log: Log) -> Self {
        let mut config = Config::default();
        config.grpc = config.grpc.any_ports();
        let cell = Cell::new(config, Arc::clone(&log), Clock::held(now()));
        let part = backorder_allocator::part(&cell).unwrap();
        let process = Process::start(cell, vec![part]).await.unwrap();
        let address = process.address(Room::Allocator).unwrap();
        let client = AllocatorServiceClient::connect(format!("http://{address}"))
            .await
            .unwrap();
        Self {
            log,
            process,
            client,
        }
    }

    /// Another room records something; answers with the revision of what the allocator made of
    /// it.
    async fn record(&self, event: impl Into<Event>) -> u64 {
        let event: Event = event.into();
        let room = event.room();
        let as_of = self.log.last(&Room::ALL).await.unwrap();
        let expected = self.log.last(&[room]).await.unwrap();
        let (events, traces) = (vec![event], BTreeMap::new());
        let commit = Commit {
            as_of,
            at: now(),
            events,
            traces,
        };
        let commit = Encoded::new(&commit).unwrap();
        self.log.append(room, commit, expected).await.unwrap().0
    }

    async fn settled_after(&self, revision: u64) -> u64 {
        let mut commits = self.log.follow(&[Room::Allocator], Revision(revision));
        commits.next().await.unwrap().unwrap().revision.0
    }

    /// An item, an order for 3 of which 1 is in stock, and an inbound for the rest.
    async fn with_a_backorder() -> (Self, u64) {
        let shop = Self::open().await;
        shop.record(item(5)).await;
        shop.record(purchase()).await;
        shop.record(receipt(1)).await;
        let placed = shop.record(order("o1", 3)).await;
        let settled = shop.settled_after(placed).await;
        (shop, settled)
    }
}

fn item(cap: u32) -> ItemDefined {
    ItemDefined {
        definition: "d1".into(),
        sku: "BOLT".into(),
        description: "bolt".to_owned(),
        segment: Segment::Backorderable {
            cap,
            longest_wait_days: 90,
        },
        replenishment: Some(Replenishment {
            supplier: "acme".into(),
            reorder_point: 0,
            order_up_to: 10,
            pack_size: 1,
            lead_time_days: 7,
        }),
        fair_share: false,
        protection: None,
    }
}

fn purchase() -> PurchaseOrdered {
    PurchaseOrdered {
        purchase_order: "p1".into(),
        supplier: "acme".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: "BOLT".into(),
            quantity: 2,
            requisition: "q1".into(),
        }],
        expected_at: now().plus_days(4),
    }
}

fn receipt(quantity: u32) -> Received {
    Received {
        receipt: "r1".into(),
        location: "main".into(),
        purchase_order: None,
        lines: vec![SkuQuantity {
            sku: "BOLT".into(),
            quantity,
        }],
    }
}

fn order(id: &str, quantity: u32) -> OrderPlaced {
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "ann".into(),
            tier: "gold".into(),
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".to_owned(),
        ship_to: ShipTo {
            country: "GB".to_owned(),
            region: None,
        },
        currency: Currency::new("GBP").unwrap(),
        lines: vec![PlacedLine {
            line: 1,
            sku: "BOLT".into(),
            quantity,
            unit_price_minor: 250,
            complete_only: false,
        }],
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
    }
}

fn available(sku: &str, quantity: u32) -> v1::CheckAvailabilityRequest {
    let sku = sku.to_owned();
    v1::CheckAvailabilityRequest {
        sku,
        quantity,
        ..v1::CheckAvailabilityRequest::default()
    }
}

fn date(promise: &v1::Promise) -> i64 {
    promise.at.as_ref().unwrap().seconds
}

#[tokio::test]
async fn a_customer_who_asks_first_hears_what_the_door_would_say() {
    let (mut shop, settled) = Shop::with_a_backorder().await;
    let mut ask = available("BOLT", 2);
    ask.at_least_revision = settled;
    let answer = shop
        .client
        .check_availability(ask)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.outcome(), v1::Outcome::Backorder);
    assert_eq!(
        (answer.available_now, answer.units_ahead, answer.revision),
        (0, 2, settled)
    );
    let promise = answer.promise.unwrap();
    assert_eq!(promise.basis(), v1::PromiseBasis::Estimate);
    assert_eq!(date(&promise), now().plus_days(7).as_ms() / 1_000);
    assert_eq!(
        answer.disclosure,
        "2 are on backorder and expected about 2026-11-29, by estimate."
    );
    let full = shop
        .client
        .check_availability(available("BOLT", 9))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(full.refuse_reason(), v1::RefuseReason::CapReached);
    let ghost = shop
        .client
        .check_availability(available("GHOST", 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(ghost.outcome(), v1::Outcome::Refuse);
    assert_eq!(ghost.refuse_reason(), v1::RefuseReason::UnknownItem);
}

#[tokio::test]
async fn a_line_that_waits_has_a_date_a_place_and_an_explanation() {
    let (mut shop, at_least_revision) = Shop::with_a_backorder().await;
    let order_id = "o1".to_owned();
    let ask = v1::GetPromiseRequest {
        order_id: order_id.clone(),
        line: 1,
        at_least_revision,
    };
    let told = shop.client.get_promise(ask).await.unwrap().into_inner();
    assert_eq!((told.reserved, told.backordered), (1, 2));
    let promise = told.promise.unwrap();
    assert_eq!(
        (promise.basis(), promise.purchase_order_id.as_str()),
        (v1::PromiseBasis::Inbound, "p1")
    );
    assert_eq!(date(&promise), now().plus_days(4).as_ms() / 1_000);

    let ask = v1::GetQueueRequest {
        sku: "BOLT".to_owned(),
        ..v1::GetQueueRequest::default()
    };
    let queue = shop.client.get_queue(ask).await.unwrap().into_inner();
    assert_eq!(
        (queue.total_lines, queue.total_units, queue.inbound_units),
        (1, 2, 2)
    );
    assert_eq!(
        (queue.lines[0].rank, queue.lines[0].order_id.as_str()),
        (1, "o1")
    );

    let ask = v1::ExplainAllocationRequest {
        order_id,
        line: 0,
        at_least_revision: 0,
    };
    let why = shop
        .client
        .explain_allocation(ask)
        .await
        .unwrap()
        .into_inner();
    let line = &why.lines[0];
    assert_eq!((line.rank, line.boost_days, line.backordered), (1, 14, 2));
    assert_eq!(line.last_receipt_winners[0].order_id, "o1");
    assert_eq!(
        line.sentences[3],
        "Purchase order p1 covers it; expected on 2026-11-26."
    );
}

#[tokio::test]
async fn a_receipt_is_settled_and_a_restart_forgets_nothing() {
    let (shop, _) = Shop::with_a_backorder().await;
    shop.process.stop().await.unwrap();
    let mut shop = Shop::on(shop.log).await;
    let received = shop.record(receipt(5)).await;
    let at_least_revision = shop.settled_after(received).await;
    let ask = v1::GetPromiseRequest {
        order_id: "o1".to_owned(),
        line: 1,
        at_least_revision,
    };
    let told = shop.client.get_promise(ask).await.unwrap().into_inner();
    assert_eq!(
        (told.reserved, told.backordered, told.promise),
        (3, 0, None)
    );
    shop.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_long_queue_is_read_in_pages() {
    let shop = Shop::open().await;
    shop.record(item(1_000)).await;
    let mut at_least_revision = 0;
    for number in 0..7 {
        let placed = shop.record(order(&format!("o{number}"), 1)).await;
        at_least_revision = shop.settled_after(placed).await;
    }
    let mut client = shop.client.clone();
    let mut page_token = String::new();
    let mut read = Vec::new();
    loop {
        let ask = v1::GetQueueRequest {
            sku: "BOLT".to_owned(),
            page_size: 3,
            page_token,
            at_least_revision,
        };
        let page = client.get_queue(ask).await.unwrap().into_inner();
        read.extend(page.lines.into_iter().map(|line| line.order_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(read, ["o0", "o1", "o2", "o3", "o4", "o5", "o6"]);
}

#[tokio::test]
async fn bad_questions_get_clear_answers() {
    let mut shop = Shop::open().await;
    for (sku, quantity) in [("", 1), ("a\nb", 1), ("BOLT", 0), ("BOLT", 1_000_001)] {
        let asked = shop
            .client
            .check_availability(available(sku, quantity))
            .await;
        assert_eq!(
            asked.unwrap_err().code(),
            Code::InvalidArgument,
            "{sku} {quantity}"
        );
    }
    let hostile = shop
        .client
        .check_availability(available("*.>", 1))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(hostile.outcome(), v1::Outcome::Refuse);
    let long = shop
        .client
        .check_availability(available(&"x".repeat(10_240), 1))
        .await;
    assert_eq!(long.unwrap_err().code(), Code::InvalidArgument);
    for (size, token) in [(-1, ""), (1, "nonsense")] {
        let ask = v1::GetQueueRequest {
            sku: "BOLT".to_owned(),
            page_size: size,
            page_token: token.to_owned(),
            at_least_revision: 0,
        };
        let asked = shop.client.get_queue(ask).await;
        assert_eq!(
            asked.unwrap_err().code(),
            Code::InvalidArgument,
            "{size} {token}"
        );
    }
    let ask = v1::GetQueueRequest {
        sku: "BOLT".to_owned(),
        ..v1::GetQueueRequest::default()
    };
    assert_eq!(
        shop.client.get_queue(ask).await.unwrap_err().code(),
        Code::NotFound
    );
    let order_id = "o1".to_owned();
    let ask = v1::GetPromiseRequest {
        order_id: order_id.clone(),
        line: 1,
        at_least_revision: 0,
    };
    assert_eq!(
        shop.client.get_promise(ask).await.unwrap_err().code(),
        Code::NotFound
    );
    let ask = v1::ExplainAllocationRequest {
        order_id,
        line: 0,
        at_least_revision: 0,
    };
    assert_eq!(
        shop.client
            .explain_allocation(ask)
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
}
