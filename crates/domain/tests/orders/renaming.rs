//! An item that is called otherwise: its lines are of the other SKU, and nobody orders by its old
//! one.

use backorder_domain::command::Outcome;
use backorder_domain::event::{Event, ItemRenamed};
use backorder_domain::orders::{Filter, Line, Orders, OrdersRefusal};

use super::fixture::*;

fn renamed(id: &str, sku: &str, to: &str) -> ItemRenamed {
    ItemRenamed {
        renaming: id.into(),
        sku: sku.into(),
        to: to.into(),
        reason: "the catalogue".to_owned(),
        by: "eva".to_owned(),
    }
}

fn skus<'a>(orders: &'a Orders, order: &str) -> Vec<&'a str> {
    let order = orders.order(&order.into()).unwrap();
    order.lines().map(Line::sku).collect()
}

#[test]
fn lines_are_of_the_new_name_and_found_by_both_and_the_timeline_tells_it() {
    let mut shop = Shop::given([
        placed("o1", &[("BOLT", 3), ("NUT", 2)]),
        placed("o2", &[("NUT", 1)]),
    ]);
    let at = shop.fold(renamed("n1", "BOLT", "M8").into());
    assert_eq!(skus(&shop.orders, "o1"), ["M8", "NUT"]);
    for sku in ["BOLT", "M8"] {
        let filter = Filter {
            sku: Some(sku.into()),
            ..Filter::default()
        };
        let found = shop.orders.list(&filter, None, 9).orders;
        assert_eq!(found.len(), 1, "{sku}");
    }
    let told = shop.orders.order(&"o1".into()).unwrap().last_position();
    assert_eq!(told, at);
    let other = shop.orders.order(&"o2".into()).unwrap();
    assert_eq!(other.timeline().count(), 1);
}

#[test]
fn who_orders_it_by_its_old_name_is_told_the_new_one() {
    let mut shop = Shop::default();
    shop.fold(renamed("n1", "BOLT", "M8").into());
    let asked = placing("o1", &[("BOLT", 1)]);
    let (sku, to) = ("BOLT".into(), "M8".into());
    assert_eq!(
        shop.orders.decide(&asked, NOW).unwrap_err(),
        OrdersRefusal::SkuOutdated { sku, to }
    );
    assert!(
        shop.orders
            .decide(&placing("o1", &[("M8", 1)]), NOW)
            .is_ok()
    );
}

#[test]
fn an_order_and_a_decision_that_crossed_it_are_of_the_item() {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)])]);
    shop.fold(renamed("n1", "BOLT", "M8").into());
    shop.fold(settled([assigned("o1", 1, "BOLT", 3)]));
    shop.fold(placed("o2", &[("BOLT", 1)]));
    shop.fold(renamed("n2", "M8", "M8-A2").into());
    for order in ["o1", "o2"] {
        assert_eq!(skus(&shop.orders, order), ["M8-A2"]);
    }
    let line = shop.orders.order(&"o1".into()).unwrap().line(1).unwrap();
    assert_eq!(line.tally().reserved, 3);
}

#[test]
fn what_was_offered_under_one_name_is_accepted_under_either() {
    for name in ["NUT", "N8"] {
        let mut shop = Shop::given([
            placed("o1", &[("BOLT", 3)]),
            settled([offered("o1", 1, "BOLT", 3)]),
        ]);
        let offers = |shop: &Shop| {
            let line = shop.orders.order(&"o1".into()).unwrap().line(1).unwrap();
            line.offer().unwrap().alternatives.clone()
        };
        assert!(offers(&shop).contains(&"NUT".into()));
        shop.fold(renamed("n1", "NUT", "N8").into());
        assert!(offers(&shop).contains(&"N8".into()));
        let asked = acceptance("a1", "o1", 1, name, 2);
        let Ok(Outcome::Record(event)) = shop.orders.decide(&asked, NOW) else {
            panic!("{name} is not accepted")
        };
        shop.fold(event.clone());
        assert_eq!(skus(&shop.orders, "o1"), ["BOLT", "N8"]);
        // The same acceptance by the other name is the same one.
        let again = acceptance("a1", "o1", 1, if name == "N8" { "NUT" } else { "N8" }, 2);
        assert_eq!(shop.orders.differences(&event, &again), [""; 0]);
        let other = acceptance("a1", "o1", 1, "BOLT", 2);
        assert_eq!(shop.orders.differences(&event, &other).len(), 1);
    }
}

#[test]
fn a_closed_order_is_told_by_what_its_items_were_called_at_last() {
    let renaming = Event::from(renamed("n1", "BOLT", "M8"));
    let asked = order("o1", &[("BOLT", 3), ("NUT", 2)]);
    let told = Orders::asked(&asked, at(1), NOW, [&renaming]);
    assert_eq!(skus(&told, "o1"), ["M8", "NUT"]);
}
