//! The outside world's hands: the same gRPC doors that any caller uses.

use std::net::SocketAddr;

use api::allocator::v1 as allocator;
use api::allocator::v1::allocator_service_client::AllocatorServiceClient;
use api::inventory::v1 as inventory;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::orders::v1 as orders;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use chassis::Process;
use domain::decider::Room;
use futures::{StreamExt, TryStreamExt};
use import::{GUEST, Purchase};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;

use crate::plan::{LOCATION, Plan};

/// Calls that do not depend on each other under way at once.
const AT_ONCE: usize = 64;
/// Lines of one count of the first stock.
const COUNT_LINES: usize = 500;
/// Lines of one wave.
const WAVE_LINES: u32 = 1_000;

/// Clients of the services that the outside world calls.
#[derive(Clone)]
pub struct Doors {
    pub orders: OrdersServiceClient<Channel>,
    pub inventory: InventoryServiceClient<Channel>,
    pub allocator: AllocatorServiceClient<Channel>,
    pub gateway: SupplierGatewayServiceClient<Channel>,
}

impl Doors {
    /// Connects to the services of a process.
    pub async fn open(process: &Process) -> anyhow::Result<Self> {
        Ok(Self {
            orders: OrdersServiceClient::new(connect(process.address(Room::Orders)).await?),
            inventory: InventoryServiceClient::new(
                connect(process.address(Room::Inventory)).await?,
            ),
            allocator: AllocatorServiceClient::new(
                connect(process.address(Room::Allocator)).await?,
            ),
            gateway: SupplierGatewayServiceClient::new(
                connect(process.address(Room::SupplierGateway)).await?,
            ),
        })
    }

    /// Opens the shop: location, suppliers, items, first stock.
    pub async fn set_up(&self, plan: &Plan) -> anyhow::Result<()> {
        let location = inventory::DefineLocationRequest {
            definition_id: format!("location/{LOCATION}"),
            location_id: LOCATION.into(),
            name: "the warehouse".into(),
            region: String::new(),
            cost: 0,
            time_zone: String::new(),
            at_least_revision: 0,
        };
        self.inventory.clone().define_location(location).await?;
        for supplier in &plan.suppliers {
            self.gateway
                .clone()
                .define_supplier(supplier.clone())
                .await?;
        }
        // What is sold comes first, then what stands on the shelves, and only then how it is
        // bought: otherwise inventory would order for shelves that it still believes empty. The
        // last in one order, since requests are answered in the order in which they are made.
        let sold = futures::stream::iter(plan.items.iter().cloned().map(|item| {
            let mut inventory = self.inventory.clone();
            let definition_id = format!("{}/opening", item.definition_id);
            let item = inventory::DefineItemRequest {
                definition_id,
                replenishment: None,
                ..item
            };
            async move { inventory.define_item(item).await.map(|_defined| ()) }
        }));
        sold.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        let stocked: Vec<_> = plan
            .stock
            .iter()
            .filter(|(_, quantity)| *quantity > 0)
            .collect();
        for (number, lines) in (1_u32..).zip(stocked.chunks(COUNT_LINES)) {
            let lines = lines.iter().map(|(sku, quantity)| inventory::SkuQuantity {
                sku: sku.to_string(),
                quantity: *quantity,
            });
            let receipt = inventory::ReceiveStockRequest {
                receipt_id: format!("opening-stock/{number}"),
                location_id: LOCATION.into(),
                purchase_order_id: String::new(),
                lines: lines.collect(),
                ..Default::default()
            };
            self.inventory.clone().receive_stock(receipt).await?;
        }
        for item in &plan.items {
            self.inventory.clone().define_item(item.clone()).await?;
        }
        Ok(())
    }

    /// A morning in the warehouse: all that is reserved is picked in waves and leaves, one
    /// shipment an order and wave. Returns the shipments.
    pub async fn ship_all(&self, day: &str) -> anyhow::Result<u64> {
        let mut shipments = 0_u64;
        for number in 1_u32.. {
            let wave_id = format!("wave/{day}/{number}");
            let wave = inventory::ReleaseWaveRequest {
                wave_id: wave_id.clone(),
                location_id: LOCATION.into(),
                max_lines: WAVE_LINES,
                ..Default::default()
            };
            let released = match self.inventory.clone().release_wave(wave).await {
                Ok(released) => released.into_inner().lines,
                Err(status) if reason(&status) == "NOTHING_TO_RELEASE" => break,
                Err(status) => return Err(status.into()),
            };
            let mut by_order = std::collections::BTreeMap::<String, Vec<_>>::new();
            for line in released {
                by_order
                    .entry(line.order_id.clone())
                    .or_default()
                    .push(inventory::ShippedLine {
                        line: line.line,
                        sku: line.sku,
                        quantity: line.quantity,
                    });
            }
            shipments = shipments.saturating_add(u64::try_from(by_order.len()).unwrap_or(u64::MAX));
            let leaving = futures::stream::iter(by_order.into_iter().map(|(order_id, lines)| {
                let mut inventory = self.inventory.clone();
                let shipment_id = format!("{order_id}/{wave_id}");
                let shipment = inventory::ConfirmShipmentRequest {
                    shipment_id,
                    order_id,
                    location_id: LOCATION.into(),
                    lines,
                    tracking: String::new(),
                    at_least_revision: 0,
                    from_others: false,
                };
                async move {
                    inventory
                        .confirm_shipment(shipment)
                        .await
                        .map(|_shipped| ())
                }
            }));
            leaving
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
        }
        Ok(shipments)
    }

    /// All that inventory knows of stock.
    pub async fn all_stock(&self) -> anyhow::Result<Vec<inventory::Stock>> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = inventory::ListStockRequest {
                page_size: 500,
                page_token,
                at_least_revision: 0,
                skus: Vec::new(),
                measured: false,
                ..inventory::ListStockRequest::default()
            };
            let page = self
                .inventory
                .clone()
                .list_stock(request)
                .await?
                .into_inner();
            all.extend(page.stocks);
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            page_token = page.next_page_token;
        }
    }

    /// Places an order. `false`: the service refused it.
    pub async fn place(&self, order: orders::PlaceOrderRequest) -> anyhow::Result<bool> {
        match self.orders.clone().place_order(order).await {
            Ok(_placed) => Ok(true),
            Err(status) => refused(status).map(|()| false),
        }
    }

    /// Cancels units of an order's line. `false`: there was nothing left to cancel.
    pub async fn cancel(&self, cancel: orders::CancelOrderRequest) -> anyhow::Result<bool> {
        match self.orders.clone().cancel_order(cancel).await {
            Ok(_cancelled) => Ok(true),
            Err(status) => refused(status).map(|()| false),
        }
    }

    /// Asks why a line waits.
    pub async fn why(
        &self,
        order_id: &str,
        line: u32,
    ) -> anyhow::Result<Option<allocator::LineExplanation>> {
        let request = allocator::ExplainAllocationRequest {
            order_id: order_id.into(),
            line,
            without_ranks: true,
            ..allocator::ExplainAllocationRequest::default()
        };
        match self.allocator.clone().explain_allocation(request).await {
            Ok(explained) => Ok(explained.into_inner().lines.into_iter().next()),
            Err(status) => refused(status).map(|()| None),
        }
    }
}

async fn connect(address: Option<SocketAddr>) -> anyhow::Result<Channel> {
    let address = address.ok_or_else(|| anyhow::anyhow!("a service is not in this process"))?;
    Ok(Endpoint::from_shared(format!("http://{address}"))?
        .tcp_nodelay(true)
        .connect()
        .await?)
}

/// The reason code that a status carries.
pub fn reason(status: &tonic::Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

/// A refusal is an answer; anything else is a failure.
fn refused(status: tonic::Status) -> anyhow::Result<()> {
    let is_answer = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::ResourceExhausted
    );
    if is_answer {
        Ok(())
    } else {
        Err(status.into())
    }
}

/// An order as its customer places it.
pub fn order_of(plan: &Plan, purchase: &Purchase) -> orders::PlaceOrderRequest {
    let known = purchase.customer.as_str() != GUEST;
    let made_up = known.then(|| format!("customer-{}@example.com", purchase.customer));
    let email = purchase.email.clone().or(made_up).unwrap_or_default();
    let mut request = purchase.request();
    if let Some(customer) = &mut request.customer {
        customer.tier = plan.tier(purchase).to_string();
        customer.email = email;
    }
    request
}
