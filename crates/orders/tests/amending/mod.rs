//! Amendments as callers ask for them.

use api::orders::v1;

/// An amendment with a reason, of no field yet.
pub fn amendment(id: &str, order: &str) -> v1::AmendOrderRequest {
    v1::AmendOrderRequest {
        amendment_id: id.to_owned(),
        order_id: order.to_owned(),
        reason: "the customer called".to_owned(),
        by: "eva".to_owned(),
        ..v1::AmendOrderRequest::default()
    }
}

pub fn mask(paths: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    }
}
