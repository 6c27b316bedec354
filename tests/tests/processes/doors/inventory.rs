//! What the door of inventory says no to.

use api::inventory::v1 as inventory;

use super::{Noes, no_keys};
use crate::shop::{self, Shop};

pub async fn says_no_to_a_receipt(shop: &Shop, noes: &mut Noes) {
    let client = &shop.inventory;
    let receive = async |asked| client.clone().receive_stock(asked).await;
    let bolts = |quantity| shop::receipt("bad", &[("BOLT", quantity)]);
    let none = shop::receipt("bad", &[]);
    noes.invalid(
        "an empty receipt",
        "LINE_COUNT_OUT_OF_RANGE",
        receive(none).await,
    );
    noes.invalid(
        "receive none",
        "QUANTITY_OUT_OF_RANGE",
        receive(bolts(0)).await,
    );
    noes.invalid(
        "receive all",
        "QUANTITY_OUT_OF_RANGE",
        receive(bolts(u32::MAX)).await,
    );
    let twice = shop::receipt("bad", &[("BOLT", 1), ("BOLT", 2)]);
    noes.invalid("an SKU twice", "REPEATED_SKU", receive(twice).await);
    let strange = shop::receipt("bad", &[("NOBODY'S", 1)]);
    noes.unknown("a strange SKU", "UNKNOWN_SKU", receive(strange).await);
    let mut elsewhere = bolts(1);
    elsewhere.location_id = "MOON".to_owned();
    noes.unknown(
        "a strange place",
        "UNKNOWN_LOCATION",
        receive(elsewhere).await,
    );
    let mut unbought = bolts(1);
    unbought.purchase_order_id = "PO-0".to_owned();
    noes.unknown(
        "never bought",
        "UNKNOWN_PURCHASE_ORDER",
        receive(unbought).await,
    );
    for key in no_keys() {
        let came = receive(shop::receipt(&key, &[("BOLT", 1)])).await;
        noes.invalid("receipt_id", "KEY_MALFORMED", came);
        let came = client.clone().define_item(shop::item(&key, 1)).await;
        noes.invalid("define sku", "KEY_MALFORMED", came);
        let came = client.clone().define_location(shop::location(&key)).await;
        noes.invalid("location_id", "KEY_MALFORMED", came);
    }
}

pub async fn says_no_to_a_count(shop: &Shop, noes: &mut Noes) {
    let client = &shop.inventory;
    let adjust = async |change| {
        let asked = shop::adjustment("bad", "BOLT", change);
        client.clone().adjust_stock(asked).await
    };
    for change in [0, i64::MIN, i64::MAX] {
        noes.invalid("adjust", "CHANGE_OUT_OF_RANGE", adjust(change).await);
    }
    noes.untimely(
        "below nothing",
        "MORE_THAN_COUNTED",
        adjust(-1_000_000).await,
    );
    let mut unsaid = shop::adjustment("bad", "BOLT", 1);
    unsaid.reason = "  ".to_owned();
    let came = client.clone().adjust_stock(unsaid).await;
    noes.invalid("no reason", "REASON_MALFORMED", came);
    let mut item = shop::item("BOLT", u32::MAX);
    item.definition_id = "bad".to_owned();
    let came = client.clone().define_item(item.clone()).await;
    noes.invalid("a cap beyond caps", "CAP_OUT_OF_RANGE", came);
    item.segment = None;
    noes.invalid(
        "no segment",
        "FIELD_MISSING",
        client.clone().define_item(item).await,
    );
    let wave = |max_lines| inventory::ReleaseWaveRequest {
        wave_id: "bad".to_owned(),
        location_id: "MAIN".to_owned(),
        max_lines,
        at_least_revision: 0,
        ..inventory::ReleaseWaveRequest::default()
    };
    let came = client.clone().release_wave(wave(u32::MAX)).await;
    noes.invalid("a wave of all", "MAX_LINES_OUT_OF_RANGE", came);
    let came = client.clone().release_wave(wave(1)).await;
    noes.untimely("a wave of none", "NOTHING_TO_RELEASE", came);
}

pub async fn says_no_to_a_shipment(shop: &Shop, noes: &mut Noes) {
    let client = &shop.inventory;
    let ship = async |order: &str, line, sku: &str, quantity| {
        let sku = sku.to_owned();
        let asked = inventory::ConfirmShipmentRequest {
            shipment_id: "bad".to_owned(),
            order_id: order.to_owned(),
            location_id: "MAIN".to_owned(),
            lines: vec![inventory::ShippedLine {
                line,
                sku,
                quantity,
            }],
            tracking: String::new(),
            at_least_revision: 0,
            from_others: false,
        };
        client.clone().confirm_shipment(asked).await
    };
    let came = ship("nobody's", 1, "LENS", 1).await;
    noes.unknown("ship for a stranger", "UNKNOWN_ORDER", came);
    let came = ship("over", 1, "LENS", 1).await;
    noes.unknown("ship for the closed", "UNKNOWN_ORDER", came);
    let came = ship("known", 2, "LENS", 1).await;
    noes.unknown("ship line 2", "UNKNOWN_LINE", came);
    let came = ship("known", 1, "BOLT", 1).await;
    noes.untimely("ship another thing", "WRONG_SKU", came);
    let came = ship("known", 1, "LENS", 1).await;
    noes.untimely("ship what waits", "MORE_THAN_ON_HAND", came);
}
