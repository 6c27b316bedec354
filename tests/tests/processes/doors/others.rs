//! What the other three doors say no to.

use api::allocator::v1 as allocator;
use api::notifier::v1 as notifier;
use api::supplier_gateway::v1 as suppliers;

use super::Noes;
use crate::shop::Shop;

pub async fn say_no(shop: &Shop, noes: &mut Noes) {
    of_the_allocator(shop, noes).await;
    of_suppliers_and_notices(shop, noes).await;
}

async fn of_the_allocator(shop: &Shop, noes: &mut Noes) {
    let client = &shop.allocator;
    let check = async |sku: &str, quantity| {
        let asked = allocator::CheckAvailabilityRequest {
            sku: sku.to_owned(),
            quantity,
            ..allocator::CheckAvailabilityRequest::default()
        };
        client.clone().check_availability(asked).await
    };
    let reason = "QUANTITY_OUT_OF_RANGE";
    noes.invalid("check none", reason, check("BOLT", 0).await);
    noes.invalid("check all", reason, check("BOLT", u32::MAX).await);
    noes.invalid("check no key", "KEY_MALFORMED", check("", 1).await);
    let queue = allocator::GetQueueRequest {
        sku: "BOLT".to_owned(),
        page_token: "*.>".to_owned(),
        ..allocator::GetQueueRequest::default()
    };
    let came = client.clone().get_queue(queue).await;
    noes.invalid("a made-up page", "PAGE_TOKEN_MALFORMED", came);
    let promise = allocator::GetPromiseRequest {
        order_id: "nobody's".to_owned(),
        line: 1,
        ..allocator::GetPromiseRequest::default()
    };
    let came = client.clone().get_promise(promise).await;
    noes.unknown("a promise to a stranger", "UNKNOWN_ORDER", came);
    let measures = allocator::GetMeasuresRequest {
        sku: "NOTHING".to_owned(),
        window_days: 401,
        ..allocator::GetMeasuresRequest::default()
    };
    let came = client.clone().get_measures(measures.clone()).await;
    noes.invalid("a long window", "WINDOW_OUT_OF_RANGE", came);
    let measures = allocator::GetMeasuresRequest {
        window_days: 0,
        ..measures
    };
    let came = client.clone().get_measures(measures).await;
    noes.unknown("measures of nothing", "UNKNOWN_SKU", came);
}

async fn of_suppliers_and_notices(shop: &Shop, noes: &mut Noes) {
    let supplier = suppliers::DefineSupplierRequest {
        definition_id: "bad".to_owned(),
        supplier_id: "acme".to_owned(),
        name: "Acme".to_owned(),
        lead_time_days: 3,
        cutoff_hour: Some(24),
        adapter: Some(suppliers::define_supplier_request::Adapter::Simulated(
            suppliers::Simulated::default(),
        )),
        at_least_revision: 0,
    };
    let mut client = shop.suppliers.clone();
    let came = client.define_supplier(supplier.clone()).await;
    noes.invalid("hour 24", "CUTOFF_HOUR_OUT_OF_RANGE", came);
    let slow = suppliers::DefineSupplierRequest {
        lead_time_days: u32::MAX,
        cutoff_hour: None,
        ..supplier
    };
    let came = client.define_supplier(slow).await;
    noes.invalid("never delivers", "LEAD_TIME_OUT_OF_RANGE", came);
    let unbought = suppliers::GetPurchaseOrderRequest {
        purchase_order_id: "PO-0".to_owned(),
        at_least_revision: 0,
    };
    let came = client.get_purchase_order(unbought).await;
    noes.unknown("never bought", "UNKNOWN_PURCHASE_ORDER", came);
    let notices = notifier::ListNoticesRequest {
        kind: 99,
        ..notifier::ListNoticesRequest::default()
    };
    let came = shop.notifier.clone().list_notices(notices).await;
    noes.invalid("an unknown kind", "KIND_OUT_OF_RANGE", came);
}
