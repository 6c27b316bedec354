//! The talk with suppliers, by each one's adapter.
//!
//! Whatever an adapter brings in goes through the room's `hear`; none has a way of its own.

use chassis::Host;
use domain::decider::Decided;
use domain::event::Adapter;
use domain::ids::PurchaseOrderId;
use domain::supplier_gateway::{Exchange, SupplierGateway};

/// Talks with the supplier about a purchase order, by the adapter that it was ordered with.
pub async fn talk(host: Host<SupplierGateway>, exchange: Exchange) -> anyhow::Result<()> {
    let id = exchange.purchase_order;
    let adapter = host.read(|gateway| {
        let order = gateway.purchase_order(&id).ok();
        order.and_then(|order| order.adapter.clone())
    });
    match adapter {
        Some(Adapter::Simulated(_)) => simulated(host, id).await,
        // Forgotten meanwhile: closed orders are not talked about.
        None => Ok(()),
    }
}

/// A simulated supplier says its next word, if it is time. What it says is worked out where it
/// is decided on, so that a count which came in between cannot make it untrue.
async fn simulated(host: Host<SupplierGateway>, id: PurchaseOrderId) -> anyhow::Result<()> {
    let key = id.key();
    let next = move |gateway: &SupplierGateway, now| match gateway.next_simulated(&id) {
        Some((at, message)) if at <= now => gateway.hear(&message),
        Some(_) | None => Ok(Decided::Nothing),
    };
    host.transact([key], next).await?;
    Ok(())
}
