//! What the door of orders says no to.

use std::time::Duration;

use api::orders::v1 as orders;
use tonic::{Response, Status};

use super::{Noes, no_keys};
use crate::shop::{self, Shop};

/// What is wrong with an order that is otherwise right.
type Change<'a> = &'a dyn Fn(&mut orders::PlaceOrderRequest);
/// What it is, the reason that is due, and how it is done.
type Bad<'a> = (&'a str, &'static str, Change<'a>);

async fn place(
    shop: &Shop,
    change: Change<'_>,
) -> Result<Response<orders::PlaceOrderResponse>, Status> {
    let mut asked = shop::order("bad", &[("BOLT", 1), ("LENS", 1)]);
    change(&mut asked);
    shop.orders.clone().place_order(asked).await
}

pub async fn say_no_to_an_order(shop: &Shop, noes: &mut Noes) {
    let bad: [Bad<'_>; 14] = [
        ("nothing", "FIELD_MISSING", &|o| {
            *o = orders::PlaceOrderRequest::default()
        }),
        ("no customer", "FIELD_MISSING", &|o| o.customer = None),
        ("no country", "COUNTRY_MALFORMED", &|o| {
            o.ship_to = Some(orders::ShipTo::default())
        }),
        ("a currency in words", "CURRENCY_MALFORMED", &|o| {
            o.currency = "pounds".into()
        }),
        ("a currency of nowhere", "CURRENCY_MALFORMED", &|o| {
            o.currency = "ZZZ".into()
        }),
        ("no lines", "LINES_MISSING", &|o| o.lines.clear()),
        ("too many lines", "TOO_MANY_LINES", &|o| {
            o.lines = vec![o.lines[0].clone(); 1_001]
        }),
        ("no e-mail address", "EMAIL_MALFORMED", &|o| {
            o.customer.as_mut().unwrap().email = "ada@shop\r\nBcc: all@shop.example".into();
        }),
        ("a huge channel", "CHANNEL_MALFORMED", &|o| {
            o.channel = "x".repeat(100_000)
        }),
        ("a wait of a day", "WAIT_OUT_OF_RANGE", &|o| {
            o.wait = Some(Duration::from_secs(86_400).try_into().unwrap());
        }),
        ("a wait below nothing", "WAIT_OUT_OF_RANGE", &|o| {
            o.wait = Some(Duration::from_secs(1).try_into().unwrap());
            o.wait.as_mut().unwrap().seconds = -1;
        }),
        ("a time beyond time", "TIME_MALFORMED", &|o| {
            o.placed_at = Some(std::time::SystemTime::UNIX_EPOCH.into());
            o.placed_at.as_mut().unwrap().seconds = i64::MAX;
        }),
        ("an order that would be first", "PLACED_AT_TOO_OLD", &|o| {
            o.placed_at = Some(std::time::SystemTime::UNIX_EPOCH.into());
        }),
        ("an order from the future", "PLACED_AT_OUT_OF_RANGE", &|o| {
            o.placed_at = Some(std::time::SystemTime::UNIX_EPOCH.into());
            o.placed_at.as_mut().unwrap().seconds = 99_999_999_999;
        }),
    ];
    for (what, why, change) in bad {
        noes.invalid(what, why, place(shop, change).await);
    }
}

pub async fn say_no_to_its_numbers(shop: &Shop, noes: &mut Noes) {
    let bad: [Bad<'_>; 7] = [
        ("no units", "QUANTITY_OUT_OF_RANGE", &|o| {
            o.lines[0].quantity = 0
        }),
        ("all units there are", "QUANTITY_OUT_OF_RANGE", &|o| {
            o.lines[0].quantity = u32::MAX
        }),
        ("a negative price", "PRICE_OUT_OF_RANGE", &|o| {
            o.lines[1].unit_price_minor = -1
        }),
        ("a price beyond money", "VALUE_OUT_OF_RANGE", &|o| {
            o.lines[1].unit_price_minor = i64::MAX;
            o.lines[1].quantity = 2;
        }),
        ("prices beyond money together", "VALUE_OUT_OF_RANGE", &|o| {
            o.lines
                .iter_mut()
                .for_each(|line| line.unit_price_minor = i64::MAX);
        }),
        ("one number for two lines", "REPEATED_LINE", &|o| {
            o.lines.iter_mut().for_each(|line| line.line = 1);
        }),
        ("the line 0", "LINE_NUMBER_OUT_OF_RANGE", &|o| {
            o.lines[0].line = 2
        }),
    ];
    for (what, why, change) in bad {
        noes.invalid(what, why, place(shop, change).await);
    }
}

pub async fn say_no_to_the_rest(shop: &Shop, noes: &mut Noes) {
    let client = &shop.orders;
    for key in no_keys() {
        let bad: [(&str, Change<'_>); 4] = [
            ("order_id", &|o| o.order_id = key.clone()),
            ("customer.id", &|o| {
                o.customer.as_mut().unwrap().id = key.clone()
            }),
            ("customer.tier", &|o| {
                o.customer.as_mut().unwrap().tier = key.clone()
            }),
            ("sku", &|o| o.lines[0].sku = key.clone()),
        ];
        for (what, change) in bad {
            noes.invalid(what, "KEY_MALFORMED", place(shop, change).await);
        }
        let cancel = shop::cancellation(&key, "known");
        let came = client.clone().cancel_order(cancel).await;
        noes.invalid("cancellation_id", "KEY_MALFORMED", came);
    }
    let empty: Change<'_> = &|o| o.lines[0].sku.clear();
    noes.invalid("an empty SKU", "KEY_MALFORMED", place(shop, empty).await);

    let cancel = async |id: &str, line: u32, quantity: u32| {
        let mut asked = shop::cancellation("bad", id);
        asked.lines = vec![orders::LineQuantity { line, quantity }];
        client.clone().cancel_order(asked).await
    };
    noes.invalid(
        "cancel none",
        "QUANTITY_OUT_OF_RANGE",
        cancel("known", 1, 0).await,
    );
    noes.unknown(
        "cancel a stranger",
        "UNKNOWN_ORDER",
        cancel("nobody's", 1, 1).await,
    );
    noes.unknown("cancel line 9", "UNKNOWN_LINE", cancel("known", 9, 1).await);
    noes.untimely(
        "cancel the closed",
        "ORDER_CLOSED",
        cancel("over", 1, 1).await,
    );
    let list = orders::ListOrdersRequest::default();
    let negative = orders::ListOrdersRequest {
        page_size: -1,
        ..list.clone()
    };
    let came = client.clone().list_orders(negative).await;
    noes.invalid("a negative page", "PAGE_SIZE_OUT_OF_RANGE", came);
    let unknown = orders::ListOrdersRequest { status: 99, ..list };
    let came = client.clone().list_orders(unknown).await;
    noes.invalid("an unknown status", "STATUS_OUT_OF_RANGE", came);
    let nobodys = orders::GetOrderRequest {
        order_id: "nobody's".to_owned(),
        ..orders::GetOrderRequest::default()
    };
    let seen = orders::GetOrderRequest {
        view: 99,
        ..nobodys.clone()
    };
    let came = client.clone().get_order(seen).await;
    noes.invalid("an unknown view", "VIEW_OUT_OF_RANGE", came);
    noes.unknown(
        "get a stranger",
        "UNKNOWN_ORDER",
        client.clone().get_order(nobodys).await,
    );
}
