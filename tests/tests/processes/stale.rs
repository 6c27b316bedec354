//! What a service decides after it was stopped for a while, and after its caller was told something
//! by another one.

use std::time::Duration;

use api::inventory::v1::{ConfirmShipmentRequest, ShippedLine};
use tokio::time::sleep;
use tonic::Code;

use crate::cluster::Cluster;
use crate::shop::{self, Shop};

/// How long a process stands still, and when the rest of the cell goes on without it.
const STALL: Duration = Duration::from_secs(2);
/// Orders that are shipped as soon as they are told to be reserved.
const AT_ONCE: usize = 150;

fn shipment(order: &str, at_least_revision: u64) -> ConfirmShipmentRequest {
    ConfirmShipmentRequest {
        shipment_id: format!("ship {order}"),
        order_id: order.to_owned(),
        location_id: "MAIN".to_owned(),
        lines: vec![ShippedLine {
            line: 1,
            sku: "BOLT".to_owned(),
            quantity: 2,
        }],
        at_least_revision,
        ..ConfirmShipmentRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inventory_that_stood_still_ships_no_order_that_has_closed_meanwhile() {
    let cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000)]).await;
    let receipt = shop::receipt("r1", &[("BOLT", 100)]);
    shop::receive(&shop.inventory, &receipt).await.unwrap();
    let orders: Vec<String> = (0..8).map(|number| format!("o{number}")).collect();
    for id in &orders {
        let order = shop::waiting(shop::order(id, &[("BOLT", 2)]));
        let (placed, _) = shop::place(&shop.orders, &order, shop::DEADLINE).await;
        assert!(placed.unwrap().order.is_some(), "{id} is decided on");
    }
    cluster.signal("inventory", "STOP");
    for id in &orders {
        let given_up = shop::cancellation(&format!("give up {id}"), id);
        shop::cancel(&shop.orders, &given_up).await.unwrap();
    }
    // They close once the allocator has taken their stock back.
    for id in &orders {
        shop.order_once(id, |order| order.closed).await;
    }
    let asked: Vec<_> = orders
        .iter()
        .map(|id| {
            let (mut door, shipment) = (shop.inventory.clone(), shipment(id, 0));
            tokio::spawn(async move { door.confirm_shipment(shipment).await })
        })
        .collect();
    sleep(STALL).await;
    cluster.signal("inventory", "CONT");
    for (id, answer) in orders.iter().zip(asked) {
        let status = answer.await.unwrap().expect_err(id);
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
        assert_eq!(shop::reason(&status), "UNKNOWN_ORDER");
    }
    let stock = shop.stock("BOLT").await;
    assert_eq!((stock.on_hand, stock.reserved), (100, 0));
    cluster.at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_is_told_to_be_reserved_can_be_shipped_at_once() {
    let cluster = Cluster::start().await;
    let shop = Shop::furnished(&cluster, &[("BOLT", 1_000)]).await;
    let receipt = shop::receipt("r1", &[("BOLT", 10_000)]);
    shop::receive(&shop.inventory, &receipt).await.unwrap();
    let mut under_way = Vec::new();
    for number in 0..AT_ONCE {
        let shop = shop.clone();
        under_way.push(tokio::spawn(async move {
            let id = format!("o{number}");
            let order = shop::waiting(shop::order(&id, &[("BOLT", 2)]));
            let (placed, _) = shop::place(&shop.orders, &order, shop::DEADLINE).await;
            let told = placed.unwrap();
            assert!(told.order.is_some() && told.decided_revision > told.revision);
            let shipment = shipment(&id, told.decided_revision);
            shop.inventory.clone().confirm_shipment(shipment).await
        }));
    }
    for shipped in under_way {
        shipped.await.unwrap().unwrap();
    }
    // Beyond the log's end nothing is to be waited for.
    let mut door = shop.inventory.clone();
    let beyond = door.confirm_shipment(shipment("o1", 1 << 40));
    let status = beyond.await.unwrap_err();
    assert_eq!(shop::reason(&status), "REVISION_NOT_WRITTEN");
    cluster.at_rest().await;
}
