//! A client of Backorder: places orders, waits for the allocation, watches, retries, is refused.
//!
//! Usage: `order ORDERS INVENTORY`, the addresses of the two services; by default those of
//! `backorder up`.

#![expect(clippy::print_stdout, reason = "an example prints what it does")]

use std::time::Duration;

use anyhow::Context;
use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{
    Backorderable, DefineItemRequest, DefineLocationRequest, ReceiveStockRequest, SkuQuantity,
};
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::orders::v1::{
    Customer, Order, OrderLine, OrderStatus, PlaceOrderRequest, ShipTo, WatchOrderRequest,
};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

const TIMEOUT: Duration = Duration::from_secs(10);
const TRIES: u32 = 5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut addresses = std::env::args().skip(1);
    let mut address = |port| {
        let usual = format!("http://127.0.0.1:{port}");
        addresses.next().unwrap_or(usual)
    };
    let shop = OrdersServiceClient::new(channel(address(7441))?);
    let warehouse = InventoryServiceClient::new(channel(address(7442))?);

    // An id is made before the first try, and kept: it is what makes a retry safe.
    let run = uuid::Uuid::now_v7().simple().to_string();
    let (sku, order_id) = (format!("BOLT-{run}"), format!("web-{run}"));

    // 1. Define where stock lies and what is sold, and count four pieces in.
    define(&warehouse, &sku).await?;
    receive(&warehouse, format!("receipt-{run}-1"), &sku, 4).await?;
    println!("received 4");

    // 2. Place an order for six, and wait until the allocator has decided on every line.
    let mut request = order(&order_id, &sku, 6);
    let placed = send(async || shop.clone().place_order(request.clone()).await).await?;
    anyhow::ensure!(!placed.repeated);
    println!("placed");
    // Without an outcome in time the order is placed all the same.
    if let Some(order) = &placed.order {
        println!("{}", show(order));
    }

    // 3. The same call again: the same answer, and nothing is recorded twice.
    let again = send(async || shop.clone().place_order(request.clone()).await).await?;
    anyhow::ensure!(again.repeated && again.revision == placed.revision);
    println!("placed again: repeated, the same revision");

    // 4. Watch the order while two more pieces come in. A watch begins with the order as it is.
    let watch = WatchOrderRequest {
        order_id,
        at_least_revision: placed.revision,
    };
    let mut changes = shop.clone().watch_order(watch).await?.into_inner();
    let first = changes.message().await?.and_then(|change| change.order);
    println!("watching, {}", show(&first.context("the watch ended")?));
    receive(&warehouse, format!("receipt-{run}-2"), &sku, 2).await?;
    while let Some(change) = changes.message().await? {
        let order = change.order.unwrap_or_default();
        println!("watching, {}", show(&order));
        if order.status() == OrderStatus::Reserved {
            break;
        }
    }

    // 5. The same id with other content is refused. A program acts on the reason code.
    request.lines = order("", &sku, 7).lines;
    match send(async || shop.clone().place_order(request.clone()).await).await {
        Err(refused) if reason(&refused).as_deref() == Some("ID_REUSED") => {
            println!("refused, ID_REUSED: {}", refused.message());
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(_) => anyhow::bail!("one id was taken for two orders"),
    }
}

/// A connection that comes up with the first call, and again when it is lost.
fn channel(address: String) -> anyhow::Result<Channel> {
    let endpoint = Endpoint::from_shared(address)?;
    Ok(endpoint.timeout(TIMEOUT).connect_lazy())
}

/// Sends a command until its outcome is known, with a pause that grows. While it is not known the
/// same command may be sent again: its id makes it count once.
async fn send<T>(call: impl AsyncFn() -> Result<Response<T>, Status>) -> Result<T, Status> {
    let unknown = [
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::Cancelled,
        Code::Unknown,
    ];
    for attempt in 1..TRIES {
        match call().await {
            Err(status) if unknown.contains(&status.code()) => {
                let pause = Duration::from_millis(200).saturating_mul(attempt);
                tokio::time::sleep(pause).await;
            }
            known => return known.map(Response::into_inner),
        }
    }
    call().await.map(Response::into_inner)
}

/// The reason code in an error's details: stable, unlike its message.
fn reason(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    details.error_info().map(|error| error.reason.clone())
}

async fn define(warehouse: &InventoryServiceClient<Channel>, sku: &str) -> anyhow::Result<()> {
    let location = DefineLocationRequest {
        definition_id: "example-location".to_owned(),
        location_id: "EXAMPLE".to_owned(),
        name: "The example's shelf".to_owned(),
        ..DefineLocationRequest::default()
    };
    send(async || warehouse.clone().define_location(location.clone()).await).await?;
    let item = DefineItemRequest {
        definition_id: format!("define-{sku}"),
        sku: sku.to_owned(),
        description: "Hex bolt M8".to_owned(),
        segment: Some(Segment::Backorderable(Backorderable {
            cap: 1000,
            longest_wait_days: 60,
        })),
        ..DefineItemRequest::default()
    };
    send(async || warehouse.clone().define_item(item.clone()).await).await?;
    Ok(())
}

async fn receive(
    warehouse: &InventoryServiceClient<Channel>,
    receipt_id: String,
    sku: &str,
    quantity: u32,
) -> anyhow::Result<()> {
    let receipt = ReceiveStockRequest {
        receipt_id,
        location_id: "EXAMPLE".to_owned(),
        lines: vec![SkuQuantity {
            sku: sku.to_owned(),
            quantity,
        }],
        ..ReceiveStockRequest::default()
    };
    send(async || warehouse.clone().receive_stock(receipt.clone()).await).await?;
    Ok(())
}

fn order(order_id: &str, sku: &str, quantity: u32) -> PlaceOrderRequest {
    PlaceOrderRequest {
        order_id: order_id.to_owned(),
        customer: Some(Customer {
            id: "ada".to_owned(),
            ..Customer::default()
        }),
        channel: "web".to_owned(),
        ship_to: Some(ShipTo {
            country: "GB".to_owned(),
            ..ShipTo::default()
        }),
        currency: "GBP".to_owned(),
        lines: vec![OrderLine {
            sku: sku.to_owned(),
            quantity,
            unit_price_minor: 250,
            ..OrderLine::default()
        }],
        wait: Some(prost_types::Duration {
            seconds: 5,
            nanos: 0,
        }),
        ..PlaceOrderRequest::default()
    }
}

/// The first line of an order, in words.
fn show(order: &Order) -> String {
    let (reserved, waiting) = order
        .lines
        .first()
        .map_or((0, 0), |line| (line.reserved, line.backordered));
    let status = order.status().as_str_name();
    let status = status.trim_start_matches("ORDER_STATUS_");
    format!("{status}: {reserved} reserved, {waiting} waiting")
}
