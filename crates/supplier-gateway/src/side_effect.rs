//! The talk with suppliers, by each one's adapter.
//!
//! Whatever an adapter brings in is heard by the room as [`HearSupplier`] says; none has a way of
//! its own.
//!
//! [`HearSupplier`]: domain::supplier_gateway::HearSupplier

use chassis::Host;
use domain::event::Adapter;
use domain::supplier_gateway::{Exchange, SimulateSupplier, SupplierGateway};

/// Talks with the supplier about a purchase order, by the adapter that it was ordered with.
pub async fn talk(host: Host<SupplierGateway>, exchange: Exchange) -> anyhow::Result<()> {
    let id = exchange.purchase_order;
    let adapter = host.read(|gateway| {
        let order = gateway.purchase_order(&id).ok();
        order.and_then(|order| order.adapter.clone())
    });
    match adapter {
        Some(Adapter::Simulated(_)) => {
            let purchase_order = id;
            host.transact(SimulateSupplier { purchase_order }).await?;
        }
        // A person does. Or it was forgotten meanwhile: closed orders are not talked about.
        Some(Adapter::ByHand) | None => {}
    }
    Ok(())
}
