//! The doors of inventory, called over gRPC on a memory log.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "figures in tests are small, and a test's name says what it is"
)]

mod shop;

use std::sync::Arc;
use std::time::Duration;

use api::inventory::v1;
use api::inventory::v1::receive_stocks_response::Answer;
use domain::decider::Room;
use domain::event::{Event, InventoryEvent, OrderClosed, TimeZoneSet};
use domain::ids::{Position, Revision, Zone};
use futures::future::join_all;
use shop::*;
use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_types::{RpcStatusExt, StatusExt};

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let reason = details.error_info().unwrap().reason.clone();
    (status.code(), reason)
}

#[tokio::test]
async fn what_is_counted_and_corrected_is_told() {
    let mut shop = Shop::open().await;
    let answer = shop.client.adjust_stock(adjustment("a1", -3)).await;
    let revision = answer.unwrap().into_inner().revision;
    let stock = shop.stock("BOLT", revision).await;
    assert_eq!((stock.on_hand, stock.free, stock.position), (7, 7, 7));
    assert_eq!((stock.received, stock.adjusted, stock.shipped), (10, -3, 0));
    assert_eq!(stock.locations[0].location_id, "MAIN");
    assert_eq!(stock.description, "a BOLT");
}

#[tokio::test]
async fn whom_stock_is_kept_for_is_told_as_it_was_said() {
    let mut shop = Shop::open().await;
    let kept = v1::Protection {
        safety_stock: 2,
        channels: vec![v1::ChannelLevel {
            channel: "shop".to_owned(),
            units: 3,
        }],
        tiers: vec![v1::TierLevel {
            tier: "gold".to_owned(),
            units: 4,
        }],
    };
    let asked = v1::DefineItemRequest {
        protection: Some(kept.clone()),
        ..item("d9", "BOLT")
    };
    let answer = shop.client.define_item(asked).await.unwrap().into_inner();
    let stock = shop.stock("BOLT", answer.revision).await;
    assert_eq!(stock.protection, Some(kept));
    let dear = v1::DefineLocationRequest {
        cost: 7,
        ..place("MAIN")
    };
    let answer = shop.client.define_location(dear).await.unwrap();
    let all = v1::ListLocationsRequest {
        at_least_revision: answer.into_inner().revision,
        ..v1::ListLocationsRequest::default()
    };
    let places = shop.client.list_locations(all).await.unwrap().into_inner();
    assert_eq!(places.locations[0].cost, 7);
}

#[tokio::test]
async fn the_time_zone_of_the_settings_is_put_on_the_log_once() {
    let shop = Shop::open().await;
    let log = Arc::clone(&shop.log);
    shop.process.stop().await.unwrap();
    let recorded = || async {
        let last = log.last(&[Room::Inventory]).await.unwrap();
        let mut zones = Vec::new();
        for revision in 1..=last.0 {
            let written = log.written(Revision(revision)).await.unwrap();
            if let Some(set) = TimeZoneSet::of(&written.event(0).unwrap()) {
                zones.push(set.time_zone.to_string());
            }
        }
        zones
    };
    for (set, expected) in [
        (None, vec![]),
        (Some("Europe/Berlin"), vec!["Europe/Berlin"]),
        (Some("Europe/Berlin"), vec!["Europe/Berlin"]),
        (None, vec!["Europe/Berlin"]),
        (Some("UTC"), vec!["Europe/Berlin", "UTC"]),
    ] {
        let zone = set.map(|name| Zone::new(name).unwrap());
        let mut shop = Shop::on_in(Arc::clone(&log), zone).await;
        let told = expected.last().copied().unwrap_or("UTC");
        while shop.time_zone().await != told {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // What it does beside is recorded after.
        shop.client.define_location(place("MAIN")).await.unwrap();
        assert_eq!(recorded().await, expected, "{set:?}");
        shop.process.stop().await.unwrap();
    }
}

#[tokio::test]
async fn an_item_tells_its_unit_and_step_and_can_be_listed_by_them() {
    let mut shop = Shop::open().await;
    let cloth = |step: &str| v1::DefineItemRequest {
        unit: "m".to_owned(),
        step: step.to_owned(),
        ..item("", "CLOTH")
    };
    let refused = shop.client.define_item(cloth("1/3")).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::InvalidArgument, "STEP_MALFORMED".to_owned())
    );
    let answer = shop.client.define_item(cloth("0.010")).await.unwrap();
    let at_least_revision = answer.into_inner().revision;
    let told = |stock: &v1::Stock| (stock.sku.clone(), stock.unit.clone(), stock.step.clone());
    let cloth_told = ("CLOTH".to_owned(), "m".to_owned(), "0.01".to_owned());
    let bolt_told = ("BOLT".to_owned(), String::new(), "1".to_owned());
    for (skus, measured, expected) in [
        (vec![], false, vec![bolt_told.clone(), cloth_told.clone()]),
        (vec![], true, vec![cloth_told.clone()]),
        (
            vec!["CLOTH", "NONE", "BOLT", "CLOTH"],
            false,
            vec![bolt_told, cloth_told],
        ),
        (vec!["BOLT"], true, vec![]),
    ] {
        let request = v1::ListStockRequest {
            skus: skus.into_iter().map(ToOwned::to_owned).collect(),
            measured,
            at_least_revision,
            ..v1::ListStockRequest::default()
        };
        let page = shop.client.list_stock(request).await.unwrap().into_inner();
        assert_eq!(page.stocks.iter().map(told).collect::<Vec<_>>(), expected);
    }
    let request = v1::ListStockRequest {
        skus: vec!["X".to_owned(); 501],
        ..v1::ListStockRequest::default()
    };
    let refused = shop.client.list_stock(request).await.unwrap_err();
    assert_eq!(reason(&refused).1, "SKU_COUNT_OUT_OF_RANGE");
}

#[tokio::test]
async fn a_location_has_a_time_zone_of_its_own_or_is_refused_one_that_does_not_exist() {
    let mut shop = Shop::open().await;
    let asked = |time_zone: &str| v1::DefineLocationRequest {
        time_zone: time_zone.to_owned(),
        ..place("TOKYO")
    };
    let refused = shop.client.define_location(asked("Asia/Tokio")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound);
    let said = "no time zone is called Asia/Tokio, but Asia/Tokyo is";
    assert!(refused.message().contains(said), "{refused:?}");
    let answer = shop
        .client
        .define_location(asked("asia/tokyo"))
        .await
        .unwrap();
    let all = v1::ListLocationsRequest {
        at_least_revision: answer.into_inner().revision,
        ..v1::ListLocationsRequest::default()
    };
    let places = shop.client.list_locations(all).await.unwrap().into_inner();
    let zones: Vec<&str> = places
        .locations
        .iter()
        .map(|it| it.time_zone.as_str())
        .collect();
    assert_eq!(
        (zones, places.time_zone.as_str()),
        (vec!["", "Asia/Tokyo"], "UTC")
    );
}

#[tokio::test]
async fn a_reserved_line_goes_to_the_floor_and_leaves() {
    let mut shop = Shop::open().await;
    shop.reserve("o1", 4).await;
    let released = shop
        .client
        .release_wave(wave("w1"))
        .await
        .unwrap()
        .into_inner();
    let line = &released.lines[0];
    assert_eq!(
        (line.order_id.as_str(), line.line, line.quantity),
        ("o1", 1, 4)
    );
    let left = shop.client.confirm_shipment(shipment("s1", "o1", 3)).await;
    let stock = shop
        .stock("BOLT", left.unwrap().into_inner().revision)
        .await;
    assert_eq!((stock.on_hand, stock.reserved, stock.shipped), (7, 1, 3));
    assert_eq!((stock.locations[0].in_wave, stock.open_demand), (1, 1));
}

#[tokio::test]
async fn what_the_log_says_is_no_unknown_order_however_late_it_is_heard() {
    let mut shop = Shop::open_late(Duration::from_millis(50)).await;
    shop.reserve_unheard("o1", 4).await;
    let left = shop.client.confirm_shipment(shipment("s1", "o1", 4)).await;
    assert!(left.is_ok(), "{left:?}");
    let nobody = shop.client.confirm_shipment(shipment("s2", "o2", 1)).await;
    assert_eq!(nobody.unwrap_err().code(), Code::NotFound);
}

/// Sends one command of each kind. Returns the revision of each answer and whether it repeats.
async fn all_commands(client: &mut Client) -> Result<Vec<(u64, bool)>, Status> {
    let named = v1::DefineLocationRequest {
        definition_id: "d3".to_owned(),
        ..place("SIDE")
    };
    let item = client.define_item(bought("d2", "NUT")).await?.into_inner();
    let place = client.define_location(named).await?.into_inner();
    let nuts = receipt("r1", &[("NUT", 5)]);
    let counted = client.receive_stock(nuts).await?.into_inner();
    let change = adjustment("a1", 2);
    let corrected = client.adjust_stock(change).await?.into_inner();
    let released = client.release_wave(wave("w1")).await?.into_inner();
    assert_eq!(released.lines.len(), 1);
    let goods = shipment("s1", "o1", 4);
    let left = client.confirm_shipment(goods).await?.into_inner();
    Ok(vec![
        (item.revision, item.repeated),
        (place.revision, place.repeated),
        (counted.revision, counted.repeated),
        (corrected.revision, corrected.repeated),
        (released.revision, released.repeated),
        (left.revision, left.repeated),
    ])
}

#[tokio::test]
async fn every_command_sent_again_answers_as_the_first_time_also_after_a_restart() {
    let mut shop = Shop::open().await;
    shop.reserve("o1", 4).await;
    let first = all_commands(&mut shop.client).await.unwrap();
    assert!(first.iter().all(|(_, repeated)| !repeated));
    let closed = OrderClosed {
        order: "o1".into(),
        opened: Position::default(),
        timeline: Vec::new(),
        lines: Vec::new(),
        substituted: Vec::new(),
    };
    shop.record(closed).await;

    let mut shop = shop.restarted().await;
    let again = all_commands(&mut shop.client).await.unwrap();
    let repeated = first.iter().map(|(revision, _)| (*revision, true));
    assert_eq!(again, repeated.collect::<Vec<_>>());
    let other = shop.client.confirm_shipment(shipment("s1", "o1", 3)).await;
    let other = other.unwrap_err();
    assert_eq!(
        reason(&other),
        (Code::AlreadyExists, "ID_REUSED".to_owned())
    );
    let difference = "lines[0].quantity: 4 recorded, 3 asked";
    assert!(other.message().contains(difference), "{other}");
}

#[tokio::test]
async fn an_item_that_is_short_is_asked_for_once() {
    let mut shop = Shop::open().await;
    let defined = shop
        .client
        .define_item(bought("d2", "BOLT"))
        .await
        .unwrap()
        .into_inner();
    let mut stock = shop.stock("BOLT", defined.revision).await;
    while stock.on_order == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        stock = shop.stock("BOLT", 0).await;
    }
    assert_eq!((stock.on_order, stock.position), (96, 106));
    let logged = shop.log.read(Revision(defined.revision + 1)).await.unwrap();
    assert!(matches!(
        &logged.commit.events[..],
        [Event::Inventory(InventoryEvent::ReplenishmentRequested(_))]
    ));
}

#[tokio::test]
async fn racing_shipments_never_take_more_than_there_is() {
    let mut shop = Shop::open().await;
    let taken = (0..40).map(|number| {
        let mut client = shop.client.clone();
        async move {
            client
                .adjust_stock(adjustment(&format!("a{number}"), -1))
                .await
                .is_ok()
        }
    });
    let taken = join_all(taken)
        .await
        .into_iter()
        .filter(|is_ok| *is_ok)
        .count();
    assert_eq!(taken, 10);
    assert_eq!(shop.stock("BOLT", 0).await.on_hand, 0);
}

#[tokio::test]
async fn of_waves_and_shipments_at_once_no_line_is_picked_after_it_left() {
    let mut shop = Shop::open().await;
    for number in 0..10 {
        shop.reserve(&format!("o{number}"), 1).await;
    }
    let shipping = (0..10).map(|number| {
        let mut client = shop.client.clone();
        let (id, order) = (format!("s{number}"), format!("o{number}"));
        async move {
            client
                .confirm_shipment(shipment(&id, &order, 1))
                .await
                .unwrap()
                .into_inner()
        }
    });
    let mut client = shop.client.clone();
    let (left, wave) = tokio::join!(join_all(shipping), client.release_wave(wave("w1")));
    if let Ok(wave) = wave {
        let wave = wave.into_inner();
        let before = left
            .iter()
            .filter(|answer| answer.revision <= wave.revision)
            .count();
        assert_eq!(wave.lines.len() + before, 10);
    }
    let stock = shop.stock("BOLT", 0).await;
    assert_eq!(
        (stock.on_hand, stock.reserved, stock.locations[0].in_wave),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn items_and_places_are_listed_page_by_page() {
    let mut shop = Shop::open().await;
    for number in 0..4 {
        let (sku, location) = (format!("N{number}"), format!("P{number}"));
        shop.client.define_item(item("", &sku)).await.unwrap();
        shop.client.define_location(place(&location)).await.unwrap();
    }
    let (mut skus, mut token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListStockRequest {
            page_size: 2,
            page_token: token,
            at_least_revision: 0,
            skus: Vec::new(),
            measured: false,
            ..v1::ListStockRequest::default()
        };
        let page = shop.client.list_stock(request).await.unwrap().into_inner();
        skus.extend(page.stocks.into_iter().map(|stock| stock.sku));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(skus, ["BOLT", "N0", "N1", "N2", "N3"]);
    let request = v1::ListLocationsRequest {
        page_size: 3,
        page_token: "P0".to_owned(),
        at_least_revision: 0,
    };
    let page = shop
        .client
        .list_locations(request)
        .await
        .unwrap()
        .into_inner();
    let names: Vec<_> = page
        .locations
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    assert_eq!(names, ["the P1", "the P2", "the P3"]);
    assert_eq!(page.next_page_token, "");
}

#[tokio::test]
async fn who_watches_is_told_now_and_after_each_change() {
    let mut shop = Shop::open().await;
    shop.client.define_item(item("d2", "NUT")).await.unwrap();
    let request = v1::WatchStockRequest {
        skus: vec!["NUT".to_owned(), "BOLT".to_owned(), "NUT".to_owned()],
        at_least_revision: 0,
        ..v1::WatchStockRequest::default()
    };
    let mut news = shop.client.watch_stock(request).await.unwrap().into_inner();
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(news.next().await.unwrap().unwrap().stock.unwrap().sku);
    }
    assert_eq!(told, ["BOLT", "NUT"]);
    shop.client
        .adjust_stock(adjustment("a1", -1))
        .await
        .unwrap();
    let after = news.next().await.unwrap().unwrap();
    let stock = after.stock.unwrap();
    assert_eq!((stock.sku.as_str(), stock.on_hand), ("BOLT", 9));
}

/// Why a call was refused.
fn told<T>(answer: Result<T, Status>) -> (Code, String) {
    let Err(status) = answer else {
        panic!("it was not refused")
    };
    reason(&status)
}

fn invalid(reason: &str) -> (Code, String) {
    (Code::InvalidArgument, reason.to_owned())
}

#[tokio::test]
async fn what_cannot_be_read_is_told_apart_and_records_nothing() {
    let mut shop = Shop::open().await;
    let before = shop.log.last(&Room::ALL).await.unwrap();
    let client = &mut shop.client;
    let malformed = invalid("KEY_MALFORMED");
    for id in ["a\nb", "x".repeat(10_000).as_str()] {
        let bolt = receipt(id, &[("BOLT", 1)]);
        assert_eq!(told(client.receive_stock(bolt).await), malformed);
        let odd = receipt("r", &[(id, 1)]);
        assert_eq!(told(client.receive_stock(odd).await), malformed);
        assert_eq!(told(client.define_location(place(id)).await), malformed);
        assert_eq!(told(client.release_wave(wave(id)).await), malformed);
        let goods = shipment("s", id, 1);
        assert_eq!(told(client.confirm_shipment(goods).await), malformed);
    }
    assert_eq!(told(client.define_item(item("d", "")).await), malformed);
    let bare = v1::DefineItemRequest {
        segment: None,
        ..item("d", "NEW")
    };
    let refused = told(client.define_item(bare).await);
    assert_eq!(refused, invalid("FIELD_MISSING"));
    let page = v1::ListStockRequest {
        page_size: -1,
        ..v1::ListStockRequest::default()
    };
    let refused = told(client.list_stock(page).await);
    assert_eq!(refused, invalid("PAGE_SIZE_OUT_OF_RANGE"));
    let nothing = v1::WatchStockRequest::default();
    let refused = told(client.watch_stock(nothing).await);
    assert_eq!(refused, invalid("SKU_COUNT_OUT_OF_RANGE"));
    assert_eq!(shop.log.last(&Room::ALL).await.unwrap(), before);
}

#[tokio::test]
async fn what_the_room_refuses_says_why_and_records_nothing() {
    let mut shop = Shop::open().await;
    let before = shop.log.last(&Room::ALL).await.unwrap();
    let client = &mut shop.client;
    let unknown = |reason: &str| (Code::NotFound, reason.to_owned());
    let forbidden = |reason: &str| (Code::FailedPrecondition, reason.to_owned());
    let refused = told(client.receive_stock(receipt("r", &[])).await);
    assert_eq!(refused, invalid("LINE_COUNT_OUT_OF_RANGE"));
    let huge = receipt("r", &[("BOLT", u32::MAX)]);
    let refused = told(client.receive_stock(huge).await);
    assert_eq!(refused, invalid("QUANTITY_OUT_OF_RANGE"));
    let refused = told(client.adjust_stock(adjustment("a", i64::MIN)).await);
    assert_eq!(refused, invalid("CHANGE_OUT_OF_RANGE"));
    let refused = told(client.adjust_stock(adjustment("a", -11)).await);
    assert_eq!(refused, forbidden("MORE_THAN_COUNTED"));
    let hostile = receipt("r", &[("*.> \u{1F529}", 1)]);
    let refused = told(client.receive_stock(hostile).await);
    assert_eq!(refused, unknown("UNKNOWN_SKU"));
    let refused = told(client.release_wave(wave("w")).await);
    assert_eq!(refused, forbidden("NOTHING_TO_RELEASE"));
    let refused = told(client.confirm_shipment(shipment("s", "o1", 1)).await);
    assert_eq!(refused, unknown("UNKNOWN_ORDER"));
    let ghost = v1::GetStockRequest {
        sku: "GHOST".to_owned(),
        at_least_revision: 0,
        ..v1::GetStockRequest::default()
    };
    let refused = told(client.get_stock(ghost).await);
    assert_eq!(refused, unknown("UNKNOWN_SKU"));
    assert_eq!(shop.log.last(&Room::ALL).await.unwrap(), before);
}

#[tokio::test]
async fn a_receipt_that_is_only_validated_is_answered_as_it_would_be_and_counts_nothing() {
    let mut shop = Shop::open().await;
    let before = shop.log.last(&Room::ALL).await.unwrap();
    let validated = |id: &str, sku: &str| v1::ReceiveStockRequest {
        validate_only: true,
        ..receipt(id, &[(sku, 2)])
    };
    for _ in 0..2 {
        let would = shop.client.receive_stock(validated("d1", "BOLT")).await;
        let would = would.unwrap().into_inner();
        assert!(would.validated && !would.repeated && would.revision >= before.0);
    }
    let nobody = shop.client.receive_stock(validated("", "NOBODY")).await;
    assert_eq!(told(nobody), (Code::NotFound, "UNKNOWN_SKU".to_owned()));
    let unnamed = shop.client.receive_stock(validated("", "BOLT")).await;
    assert_eq!(unnamed.unwrap().get_ref().receipt_id, "");
    assert_eq!(shop.log.last(&Room::ALL).await.unwrap(), before);

    let counted = shop
        .client
        .receive_stock(receipt("d1", &[("BOLT", 2)]))
        .await;
    let counted = counted.unwrap().into_inner();
    assert!(!counted.repeated && !counted.validated);
    let again = shop.client.receive_stock(validated("d1", "BOLT")).await;
    let again = again.unwrap().into_inner();
    assert!(again.repeated && again.revision == counted.revision);
}

#[tokio::test]
async fn many_receipts_in_one_call_are_answered_each_in_their_order() {
    let mut shop = Shop::open().await;
    let one = |n| {
        let sku = if n == 7 { "NOBODY" } else { "BOLT" };
        v1::ReceiveStocksRequest {
            receipt: Some(receipt(&format!("many{n}"), &[(sku, 2)])),
        }
    };
    let receipts: Vec<_> = (0..500).map(one).collect();
    let answers = shop
        .client
        .receive_stocks(tokio_stream::iter(receipts))
        .await;
    let mut answers = answers.unwrap().into_inner();
    let (mut index, mut revision) = (0, 0);
    while let Some(answer) = answers.next().await {
        match answer.unwrap().answer.unwrap() {
            Answer::Received(received) => {
                assert_eq!(received.receipt_id, format!("many{index}"));
                revision = received.revision;
            }
            Answer::Failed(status) => {
                let reason = status.get_details_error_info().unwrap().reason;
                assert_eq!((index, reason.as_str()), (7, "UNKNOWN_SKU"));
            }
        }
        index += 1;
    }
    assert_eq!(index, 500);
    assert_eq!(shop.stock("BOLT", revision).await.on_hand, 10 + 499 * 2);
}
