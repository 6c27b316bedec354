//! The service through its doors, on the memory log, with a clock that the test holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing fails, as it should"
)]

use api::supplier_gateway::v1;
use domain::decider::Room;
use domain::event::{Received, ReplenishmentRequested, SkuQuantity};
use domain::ids::Revision;
use tonic::Code;
use v1::PurchaseOrderStatus as Stage;

mod world;

use world::{World, acme, asked, reason, start};

const PO: &str = "ACME-20260301-1";

#[tokio::test]
async fn what_inventory_asks_for_is_ordered_confirmed_sent_delivered_and_counted() {
    let mut world = World::new().await;
    world.client.define_supplier(acme()).await.unwrap();
    world.inventory([asked("q1", "BOLT", 10)]).await;
    world.inventory([asked("q2", "NUT", 4)]).await;
    assert!(world.wait().await);
    assert_eq!(world.clock.now().to_string(), "2026-03-01T17:00:00Z");
    let mut seen = vec![world.order(PO).await.status()];
    while world.wait().await {
        seen.push(world.order(PO).await.status());
    }
    let way = [
        Stage::Ordered,
        Stage::Confirmed,
        Stage::InTransit,
        Stage::Delivered,
    ];
    assert_eq!(seen, way);
    let lines = ["BOLT", "NUT"].into_iter().zip([10, 4]);
    let lines = lines
        .map(|(sku, quantity)| SkuQuantity {
            sku: sku.into(),
            quantity,
        })
        .collect();
    let receipt = Received {
        receipt: "r1".into(),
        location: "MAIN".into(),
        purchase_order: Some(PO.into()),
        lines,
    };
    world.inventory([receipt]).await;
    let order = world.order(PO).await;
    assert_eq!(order.status(), Stage::Received);
    assert!(order.dispatches[0].counted);
    let texts: Vec<&str> = order
        .messages
        .iter()
        .map(|said| said.text.as_str())
        .collect();
    let expected = [
        "we ordered 14 units on 2 lines, expected 2026-03-11".to_owned(),
        "they confirmed 2 lines for 2026-03-11".to_owned(),
        format!("they sent 14 units of 2 lines as {PO}/dispatch-1, to arrive 2026-03-11"),
        format!("{PO}/dispatch-1 stands at the dock"),
    ];
    assert_eq!(texts, expected);
    world.process.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_in_the_middle_goes_on_where_it_stopped() {
    let mut world = World::new().await;
    world.client.define_supplier(acme()).await.unwrap();
    world.inventory([asked("q1", "BOLT", 10)]).await;
    for _ in 0..2 {
        world.wait().await;
    }
    let before = world.order(PO).await;
    world.process.stop().await.unwrap();
    (world.process, world.client) = start(&world.log, &world.clock).await;
    let last = world.log.last(&Room::ALL).await.unwrap();
    let list = v1::ListPurchaseOrdersRequest {
        at_least_revision: last.0,
        ..Default::default()
    };
    let listed = world
        .client
        .list_purchase_orders(list)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.purchase_orders.len(), 1);
    assert_eq!(world.order(PO).await, before);
    let again = world
        .client
        .define_supplier(acme())
        .await
        .unwrap()
        .into_inner();
    assert!(again.repeated);
    while world.wait().await {}
    assert_eq!(world.order(PO).await.status(), Stage::Delivered);
}

#[tokio::test]
async fn a_supplier_whom_nobody_defined_is_shown_until_somebody_does() {
    let mut world = World::new().await;
    world.inventory([asked("q1", "BOLT", 10)]).await;
    let list = v1::ListSuppliersRequest::default();
    let listed = world
        .client
        .list_suppliers(list.clone())
        .await
        .unwrap()
        .into_inner();
    let waiting = v1::UndefinedSupplier {
        supplier_id: "ACME".to_owned(),
        requisitions: 1,
    };
    assert_eq!(listed.undefined_suppliers, [waiting]);
    world.client.define_supplier(acme()).await.unwrap();
    let listed = world
        .client
        .list_suppliers(list)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (listed.suppliers.len(), listed.undefined_suppliers.len()),
        (1, 0)
    );
}

#[tokio::test]
async fn lists_come_in_pages_and_by_what_was_asked() {
    let mut world = World::new().await;
    for id in ["A", "B", "C"] {
        let request = v1::DefineSupplierRequest {
            definition_id: String::new(),
            supplier_id: id.to_owned(),
            cutoff_hour: None,
            ..acme()
        };
        world.client.define_supplier(request).await.unwrap();
        let requisition = format!("q{id}");
        let request = ReplenishmentRequested {
            supplier: id.into(),
            ..asked(&requisition, if id == "B" { "NUT" } else { "BOLT" }, 1)
        };
        world.inventory([request]).await;
    }
    let mut list = v1::ListSuppliersRequest {
        page_size: 2,
        ..Default::default()
    };
    let first = world
        .client
        .list_suppliers(list.clone())
        .await
        .unwrap()
        .into_inner();
    list.page_token = first.next_page_token;
    let second = world
        .client
        .list_suppliers(list)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((first.suppliers.len(), second.suppliers.len()), (2, 1));
    assert_eq!(second.suppliers[0].open_purchase_orders, 1);
    assert_eq!(second.next_page_token, "");
    let bolts = v1::ListPurchaseOrdersRequest {
        sku: "BOLT".to_owned(),
        status: Stage::Ordered.into(),
        ..Default::default()
    };
    let found = world
        .client
        .list_purchase_orders(bolts)
        .await
        .unwrap()
        .into_inner();
    let ids: Vec<_> = found
        .purchase_orders
        .iter()
        .map(|po| &po.purchase_order_id)
        .collect();
    assert_eq!(ids, ["A-20260301-1", "C-20260301-1"]);
}

type Spoil = fn(&mut v1::DefineSupplierRequest);

fn simulate(request: &mut v1::DefineSupplierRequest, late_percent: u32, spread_days: u32) {
    let how = v1::Simulated {
        late_percent,
        spread_days,
        ..Default::default()
    };
    request.adapter = Some(v1::define_supplier_request::Adapter::Simulated(how));
}

#[tokio::test]
async fn a_definition_that_cannot_be_gets_a_clear_status_and_records_nothing() {
    let mut world = World::new().await;
    let table: [(Spoil, &str); 12] = [
        (|it| it.supplier_id.clear(), "KEY_MALFORMED"),
        (|it| it.supplier_id = "a\nb".to_owned(), "KEY_MALFORMED"),
        (|it| it.supplier_id = "x".repeat(10_000), "KEY_MALFORMED"),
        (
            |it| it.supplier_id = "x".repeat(100),
            "SUPPLIER_ID_MALFORMED",
        ),
        (|it| it.definition_id = "\u{7}".to_owned(), "KEY_MALFORMED"),
        (|it| it.adapter = None, "FIELD_MISSING"),
        (|it| it.name.clear(), "NAME_MISSING"),
        (|it| it.cutoff_hour = Some(24), "CUTOFF_HOUR_OUT_OF_RANGE"),
        (
            |it| it.cutoff_hour = Some(u32::MAX),
            "CUTOFF_HOUR_OUT_OF_RANGE",
        ),
        (|it| it.lead_time_days = u32::MAX, "LEAD_TIME_OUT_OF_RANGE"),
        (|it| simulate(it, 999, 0), "PERCENT_OUT_OF_RANGE"),
        (|it| simulate(it, 0, 400), "SPREAD_OUT_OF_RANGE"),
    ];
    for (spoil, expected) in table {
        let mut request = acme();
        spoil(&mut request);
        let status = world.client.define_supplier(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status), expected);
    }
    assert_eq!(world.log.last(&Room::ALL).await.unwrap(), Revision(0));
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_says_why() {
    let mut world = World::new().await;
    let get = v1::GetPurchaseOrderRequest {
        purchase_order_id: "*.> 螺栓".to_owned(),
        at_least_revision: 0,
    };
    let status = world.client.get_purchase_order(get).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(reason(&status), "UNKNOWN_PURCHASE_ORDER");
    let list = v1::ListPurchaseOrdersRequest {
        page_size: -1,
        ..Default::default()
    };
    let status = world.client.list_purchase_orders(list).await.unwrap_err();
    assert_eq!(reason(&status), "PAGE_SIZE_OUT_OF_RANGE");
    let list = v1::ListPurchaseOrdersRequest {
        status: 99,
        ..Default::default()
    };
    let status = world.client.list_purchase_orders(list).await.unwrap_err();
    assert_eq!(reason(&status), "STATUS_OUT_OF_RANGE");
}

#[tokio::test]
async fn a_page_of_long_purchase_orders_stays_within_the_message_limit() {
    let mut world = World::new().await;
    world.client.define_supplier(acme()).await.unwrap();
    let many = (0..7_000).map(|n| asked(&format!("q{n}"), &format!("{n:x>128}"), 1));
    for commit in many.collect::<Vec<_>>().chunks(1_000) {
        world.inventory(commit.iter().cloned()).await;
    }
    world.wait().await;
    let mut list = v1::ListPurchaseOrdersRequest {
        page_size: 500,
        ..Default::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = world
            .client
            .list_purchase_orders(list.clone())
            .await
            .unwrap()
            .into_inner();
        pages.push(page.purchase_orders.len());
        list.page_token = page.next_page_token;
        if list.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [10, 4]);
}

#[tokio::test]
async fn the_same_id_with_other_content_says_what_differs() {
    let mut world = World::new().await;
    world.client.define_supplier(acme()).await.unwrap();
    let other = v1::DefineSupplierRequest {
        lead_time_days: 12,
        ..acme()
    };
    let status = world.client.define_supplier(other).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::AlreadyExists, "ID_REUSED".to_owned())
    );
    assert!(
        status.message().contains("lead_time_days"),
        "{}",
        status.message()
    );
}
