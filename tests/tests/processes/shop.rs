//! Requests as callers write them, a caller who does not give up, and what a status says.

use std::time::Duration;

use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::notifier::v1::notifier_service_client::NotifierServiceClient;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use api::{inventory, orders};
use tokio::time::{Instant, sleep};
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

use crate::cluster::Cluster;

/// How long a caller goes on asking.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than a service itself takes to say that it does not know.
pub const DEADLINE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

pub type Orders = OrdersServiceClient<Channel>;
pub type Inventory = InventoryServiceClient<Channel>;

/// Callers of all five doors. Clones share their connections.
#[derive(Clone)]
pub struct Shop {
    pub orders: Orders,
    pub inventory: Inventory,
    pub allocator: AllocatorServiceClient<Channel>,
    pub notifier: NotifierServiceClient<Channel>,
    pub suppliers: SupplierGatewayServiceClient<Channel>,
}

impl Shop {
    pub fn of(cluster: &Cluster) -> Self {
        Self {
            orders: OrdersServiceClient::new(cluster.channel("orders")),
            inventory: InventoryServiceClient::new(cluster.channel("inventory")),
            allocator: AllocatorServiceClient::new(cluster.channel("allocator")),
            notifier: NotifierServiceClient::new(cluster.channel("notifier")),
            suppliers: SupplierGatewayServiceClient::new(cluster.channel("supplier-gateway")),
        }
    }

    /// One location, and items that may be backordered up to a cap.
    pub async fn furnished(cluster: &Cluster, skus: &[(&str, u32)]) -> Self {
        let shop = Self::of(cluster);
        let mut inventory = shop.inventory.clone();
        inventory.define_location(location("MAIN")).await.unwrap();
        for (sku, cap) in skus {
            inventory.define_item(item(sku, *cap)).await.unwrap();
        }
        shop
    }

    pub async fn order(&self, id: &str) -> orders::v1::Order {
        let request = orders::v1::GetOrderRequest {
            order_id: id.to_owned(),
            at_least_revision: 0,
            view: orders::v1::OrderView::Full.into(),
        };
        let answer = self.orders.clone().get_order(request).await.unwrap();
        answer.into_inner().order.unwrap()
    }

    /// Asks until the order is as the caller hopes.
    pub async fn order_once(
        &self,
        id: &str,
        hoped: impl Fn(&orders::v1::Order) -> bool,
    ) -> orders::v1::Order {
        let by = Instant::now() + PATIENCE / 4;
        loop {
            let order = self.order(id).await;
            if hoped(&order) {
                return order;
            }
            assert!(Instant::now() < by, "{order:#?}");
            sleep(PAUSE).await;
        }
    }

    pub async fn stock(&self, sku: &str) -> inventory::v1::Stock {
        let request = inventory::v1::GetStockRequest {
            sku: sku.to_owned(),
            at_least_revision: 0,
            ..inventory::v1::GetStockRequest::default()
        };
        let answer = self.inventory.clone().get_stock(request).await.unwrap();
        answer.into_inner().stock.unwrap()
    }
}

/// Sends the same command until its outcome is known; also how often that took another try.
async fn until_known<C: Clone, A: Clone, T, F>(
    door: &C,
    asked: &A,
    ask: impl Fn(C, A) -> F,
) -> (Result<T, Status>, u32)
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    let by = Instant::now() + PATIENCE;
    let mut again = 0;
    loop {
        match ask(door.clone(), asked.clone()).await {
            Ok(answer) => return (Ok(answer.into_inner()), again),
            Err(status) if is_unknown(&status) && Instant::now() < by => again += 1,
            Err(status) => return (Err(status), again),
        }
        sleep(PAUSE).await;
    }
}

/// Places an order until its outcome is known; each answer may take so long.
pub async fn place(
    door: &Orders,
    asked: &orders::v1::PlaceOrderRequest,
    deadline: Duration,
) -> (Result<orders::v1::PlaceOrderResponse, Status>, u32) {
    let ask = |mut door: Orders, asked| async move {
        let mut request = Request::new(asked);
        request.set_timeout(deadline);
        door.place_order(request).await
    };
    until_known(door, asked, ask).await
}

/// Cancels until the outcome is known.
pub async fn cancel(
    door: &Orders,
    asked: &orders::v1::CancelOrderRequest,
) -> Result<orders::v1::CancelOrderResponse, Status> {
    let ask = |mut door: Orders, asked| async move { door.cancel_order(asked).await };
    until_known(door, asked, ask).await.0
}

/// Counts a delivery in until the outcome is known.
pub async fn receive(
    door: &Inventory,
    asked: &inventory::v1::ReceiveStockRequest,
) -> Result<inventory::v1::ReceiveStockResponse, Status> {
    let ask = |mut door: Inventory, asked| async move { door.receive_stock(asked).await };
    until_known(door, asked, ask).await.0
}

/// Perhaps it was done, perhaps not.
fn is_unknown(status: &Status) -> bool {
    let not_known = [
        Code::Unavailable,
        Code::Unknown,
        Code::Cancelled,
        Code::DeadlineExceeded,
    ];
    not_known.contains(&status.code())
}

/// The reason code of a no.
pub fn reason(status: &Status) -> String {
    let said = status.get_error_details();
    let said = said.error_info().map(|error| error.reason.clone());
    said.unwrap_or_else(|| format!("no ErrorInfo in {status:?}"))
}

pub fn location(id: &str) -> inventory::v1::DefineLocationRequest {
    inventory::v1::DefineLocationRequest {
        definition_id: format!("define {id}"),
        location_id: id.to_owned(),
        name: "Hall 1".to_owned(),
        region: String::new(),
        cost: 0,
        time_zone: String::new(),
        at_least_revision: 0,
    }
}

pub fn item(sku: &str, cap: u32) -> inventory::v1::DefineItemRequest {
    use inventory::v1::define_item_request::Segment;
    inventory::v1::DefineItemRequest {
        definition_id: format!("d {}", sku.chars().take(40).collect::<String>()),
        sku: sku.to_owned(),
        description: "a thing".to_owned(),
        segment: Some(Segment::Backorderable(inventory::v1::Backorderable {
            cap,
            longest_wait_days: 365,
        })),
        replenishment: None,
        fair_share: false,
        protection: None,
        at_least_revision: 0,
        validate_only: false,
        unit: String::new(),
        step: String::new(),
        reserve_days_before: None,
        releases_at: None,
    }
}

pub fn receipt(id: &str, lines: &[(&str, u32)]) -> inventory::v1::ReceiveStockRequest {
    let line = |(sku, quantity): &(&str, u32)| inventory::v1::SkuQuantity {
        sku: (*sku).to_owned(),
        quantity: *quantity,
    };
    inventory::v1::ReceiveStockRequest {
        receipt_id: id.to_owned(),
        location_id: "MAIN".to_owned(),
        purchase_order_id: String::new(),
        lines: lines.iter().map(line).collect(),
        ..Default::default()
    }
}

pub fn adjustment(id: &str, sku: &str, change: i64) -> inventory::v1::AdjustStockRequest {
    inventory::v1::AdjustStockRequest {
        adjustment_id: id.to_owned(),
        sku: sku.to_owned(),
        location_id: "MAIN".to_owned(),
        change,
        reason: "count".to_owned(),
        at_least_revision: 0,
    }
}

pub fn order(id: &str, lines: &[(&str, u32)]) -> orders::v1::PlaceOrderRequest {
    let line = |(sku, quantity): &(&str, u32)| orders::v1::OrderLine {
        sku: (*sku).to_owned(),
        quantity: *quantity,
        unit_price_minor: 250,
        ..orders::v1::OrderLine::default()
    };
    orders::v1::PlaceOrderRequest {
        order_id: id.to_owned(),
        customer: Some(orders::v1::Customer {
            id: "ada".to_owned(),
            tier: "gold".to_owned(),
            email: "ada@shop.example".to_owned(),
            lifetime_value_minor: None,
        }),
        channel: "web".to_owned(),
        ship_to: Some(orders::v1::ShipTo {
            country: "GB".to_owned(),
            region: String::new(),
        }),
        currency: "GBP".to_owned(),
        lines: lines.iter().map(line).collect(),
        ..orders::v1::PlaceOrderRequest::default()
    }
}

/// The same, and the caller waits for what the allocator says.
pub fn waiting(mut order: orders::v1::PlaceOrderRequest) -> orders::v1::PlaceOrderRequest {
    order.wait = Some(Duration::from_secs(25).try_into().unwrap());
    order
}

pub fn cancellation(id: &str, order: &str) -> orders::v1::CancelOrderRequest {
    orders::v1::CancelOrderRequest {
        cancellation_id: id.to_owned(),
        order_id: order.to_owned(),
        ..orders::v1::CancelOrderRequest::default()
    }
}
