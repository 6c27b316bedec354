//! Orders that are not to go on for now, and go on.

use backorder_domain::event::{OrderResumed, OrderSuspended};
use backorder_domain::exception::{ExceptionKind, Exceptions, Worst};
use backorder_domain::orders::{Filter, OrdersRefusal, ResumeOrder, SuspendOrder};

use super::fixture::*;

fn suspension(id: &str, order: &str, reason: &str) -> SuspendOrder {
    SuspendOrder(OrderSuspended {
        suspension: id.into(),
        order: order.into(),
        reason: reason.to_owned(),
        frees: true,
    })
}

fn resumption(id: &str, order: &str) -> ResumeOrder {
    ResumeOrder(OrderResumed {
        resumption: id.into(),
        order: order.into(),
    })
}

fn suspended() -> Shop {
    let mut shop = Shop::given([placed("o1", &[("BOLT", 3)]), placed("o2", &[("BOLT", 1)])]);
    shop.hear(suspension("s1", "o1", "payment").0.into());
    shop
}

#[test]
fn a_suspended_order_is_told_with_its_reason_until_it_goes_on() {
    let mut shop = suspended();
    let order = shop.orders.order(&"o1".into()).unwrap();
    let suspension = order.suspension().unwrap();
    assert_eq!(
        (suspension.reason.as_str(), suspension.frees),
        ("payment", true)
    );
    assert_eq!(order.timeline().count(), 2);
    let filter = Filter {
        suspended: true,
        ..Filter::default()
    };
    let listed = |shop: &Shop| -> Vec<String> {
        let page = shop.orders.list(&filter, None, 10);
        page.orders.iter().map(|it| it.id().to_string()).collect()
    };
    assert_eq!(listed(&shop), ["o1"]);
    shop.hear(resumption("r1", "o1").0.into());
    assert!(listed(&shop).is_empty());
    assert!(shop.orders.suspension(&"o1".into()).is_none());
}

#[test]
fn what_cannot_be_suspended_is_refused_with_the_next_step() {
    let shop = suspended();
    let refused = |command: SuspendOrder| shop.orders.decide(&command, NOW).unwrap_err();
    let order = "o1".into();
    assert_eq!(
        refused(suspension("s2", "o1", "fraud")),
        OrdersRefusal::NothingMoreToSuspend { order }
    );
    let order = "o9".into();
    assert_eq!(
        refused(suspension("s2", "o9", "fraud")),
        OrdersRefusal::UnknownOrder { order }
    );
    for reason in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert_eq!(
            refused(suspension("s2", "o2", reason)),
            OrdersRefusal::SuspensionReasonMalformed {}
        );
    }
    let order = "o2".into();
    assert_eq!(
        shop.orders.decide(&resumption("r1", "o2"), NOW),
        Err(OrdersRefusal::NothingSuspended { order })
    );
}

#[test]
fn a_suspension_that_stands_long_needs_a_person() {
    let shop = suspended();
    let told = |days: i64| {
        let mut worst = Worst::after(None, 10);
        shop.orders.exceptions(NOW.plus_days(days), &mut worst);
        worst.page().exceptions
    };
    assert!(told(2).is_empty());
    let told = told(4);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].kind, told[0].quantity),
        (ExceptionKind::OrderSuspended, 3)
    );
}

#[test]
fn a_suspension_ends_with_its_order() {
    let mut shop = suspended();
    shop.hear(cancellation("c1", "o1", &[]).0.into());
    shop.fold_due();
    assert!(shop.orders.suspension(&"o1".into()).is_none());
}
