//! Open orders, listed.

use backorder_domain::ids::{CustomerId, OrderId, Sku};
use backorder_domain::orders::{Filter, MAX_LINES, MAX_PAGE_LINES, OrderStatus, Orders};

use super::fixture::*;

#[test]
fn open_orders_are_listed_page_by_page_by_status_customer_and_sku() {
    let mut shop = Shop::default();
    for number in 0..25 {
        let sku = if number % 2 == 0 { "BOLT" } else { "NUT" };
        let mut request = order(&format!("o{number:02}"), &[(sku, 1)]);
        request.customer.id = CustomerId::from(if number < 10 { "ann" } else { "bob" });
        shop.fold(request.into());
    }
    shop.fold(settled([
        backordered("o03", 1, "NUT", 1),
        backordered("o04", 1, "BOLT", 1),
    ]));

    let ann = Filter {
        customer: Some("ann".into()),
        ..Filter::default()
    };
    assert_eq!(all(&shop.orders, &ann, 3).len(), 10);
    let bolt = Filter {
        sku: Some(Sku::from("BOLT")),
        ..Filter::default()
    };
    assert_eq!(all(&shop.orders, &bolt, 4).len(), 13);
    let waits = Filter {
        status: Some(OrderStatus::Backordered),
        ..Filter::default()
    };
    assert_eq!(all(&shop.orders, &waits, 1), ["o03", "o04"]);
    let both = Filter {
        sku: Some(Sku::from("BOLT")),
        ..waits.clone()
    };
    assert_eq!(all(&shop.orders, &both, 1), ["o04"]);
    assert_eq!(all(&shop.orders, &Filter::default(), 25).len(), 25);
    let none = Filter {
        customer: Some("eve".into()),
        ..waits
    };
    assert!(all(&shop.orders, &none, 1).is_empty());
}

fn all(orders: &Orders, filter: &Filter, size: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut after: Option<OrderId> = None;
    loop {
        let page = orders.list(filter, after.as_ref(), size);
        assert!(page.orders.len() <= size);
        found.extend(page.orders.iter().map(|order| order.id().to_string()));
        match page.next {
            Some(next) => after = Some(next.clone()),
            None => return found,
        }
    }
}

#[test]
fn a_page_of_long_orders_ends_early_and_says_where_to_go_on() {
    let mut shop = Shop::default();
    for number in 0..50 {
        shop.fold(placed(
            &format!("o{number:02}"),
            &vec![("BOLT", 1); MAX_LINES],
        ));
    }
    let page = shop.orders.list(&Filter::default(), None, 50);
    assert_eq!(page.orders.len(), MAX_PAGE_LINES / MAX_LINES);
    assert_eq!(
        page.next.map(OrderId::as_str),
        Some(format!("o{:02}", MAX_PAGE_LINES / MAX_LINES - 1).as_str())
    );
    assert_eq!(all(&shop.orders, &Filter::default(), 50).len(), 50);
}
