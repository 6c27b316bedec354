//! What an open order says is put right, field by field.

use backorder_domain::command::{Outcome, differences};
use backorder_domain::event::{
    AmendedField, Event, OrderAmended, OrderField, RankingRuleSet, StockLine, WaveReleased,
};
use backorder_domain::ids::Currency;
use backorder_domain::orders::{AmendOrder, MAX_LINES, MAX_REASON_CHARS, Orders, OrdersRefusal};

use super::fixture::*;

fn amendment(id: &str, fields: &[OrderField]) -> AmendOrder {
    AmendOrder {
        amendment: id.into(),
        order: "o1".into(),
        fields: fields.to_vec(),
        reason: "the customer called".to_owned(),
        by: "eva".to_owned(),
        can_be_written_to: true,
    }
}

fn email(text: &str) -> OrderField {
    OrderField::Email(Some(text.to_owned()))
}

/// The event that a command comes to.
fn recorded(shop: &Shop, asked: &AmendOrder) -> OrderAmended {
    match shop.orders.decide(asked, NOW).unwrap() {
        Outcome::Record(event) => OrderAmended::of(&event).unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

fn shop() -> Shop {
    Shop::given([placed("o1", &[("BOLT", 3), ("NUT", 2)])])
}

#[test]
fn each_field_is_recorded_with_what_it_said_before_and_read_from_then_on() {
    let mut shop = shop();
    let fields = [
        email("ann@example.org"),
        OrderField::Tier("gold".into()),
        OrderField::Country("AT".to_owned()),
        OrderField::Region(Some("south".to_owned())),
        OrderField::RequestedAt(Some(NOW.plus_days(9))),
        OrderField::Urgency(Some(5)),
        OrderField::ShipBy(Some(NOW.plus_days(20))),
        OrderField::UnitPrice { line: 2, minor: 7 },
    ];
    let was = shop.orders.order(&"o1".into()).unwrap();
    let (old_email, placed_at) = (was.email().map(str::to_owned), was.placed_at());
    let amended = recorded(&shop, &amendment("a1", &fields));
    let told: Vec<&OrderField> = amended.fields.iter().map(|field| &field.to).collect();
    assert_eq!(told, fields.iter().collect::<Vec<_>>());
    assert_eq!(amended.fields[0].from, OrderField::Email(old_email));
    assert_eq!(amended.fields[5].from, OrderField::Urgency(None));
    shop.hear(amended.into());
    let order = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!(order.email(), Some("ann@example.org"));
    assert_eq!(
        (order.tier(), order.country(), order.region()),
        ("gold", "AT", Some("south"))
    );
    assert_eq!(order.requested_at(), Some(NOW.plus_days(9)));
    assert_eq!(
        (order.urgency(), order.ship_by()),
        (Some(5), Some(NOW.plus_days(20)))
    );
    assert_eq!(order.line(2).unwrap().unit_price_minor(), 7);
    assert_eq!(order.placed_at(), placed_at);
    assert_eq!(order.timeline().count(), 2);
}

#[test]
fn a_field_is_cleared_where_that_is_asked_for_and_others_stay() {
    let mut shop = shop();
    let said = [OrderField::Urgency(Some(5)), OrderField::ShipBy(Some(NOW))];
    shop.hear(recorded(&shop, &amendment("a1", &said)).into());
    shop.hear(recorded(&shop, &amendment("a2", &[OrderField::Urgency(None)])).into());
    let order = shop.orders.order(&"o1".into()).unwrap();
    assert_eq!((order.urgency(), order.ship_by()), (None, Some(NOW)));
}

#[test]
fn what_is_so_already_is_recorded_as_well_and_a_repetition_is_not() {
    let mut shop = shop();
    let asked = amendment("a1", &[OrderField::Urgency(None)]);
    let amended = recorded(&shop, &asked);
    assert_eq!(amended.news().count(), 0);
    let event = Event::from(amended);
    shop.hear(event.clone());
    assert!(matches!(
        shop.orders.decide(&asked, NOW),
        Ok(Outcome::Before(_))
    ));
    assert_eq!(
        differences::<Orders, _>(&event, &asked),
        Vec::<String>::new()
    );
    let other = amendment("a1", &[OrderField::Urgency(Some(3))]);
    assert_eq!(differences::<Orders, _>(&event, &other).len(), 1);
}

#[test]
fn what_no_order_may_say_is_refused() {
    let shop = shop();
    let line = |minor| OrderField::UnitPrice { line: 1, minor };
    let order = || "o1".into();
    let no_such = OrderField::UnitPrice { line: 9, minor: 1 };
    let cases: [(&[OrderField], OrdersRefusal); 10] = [
        (&[], OrdersRefusal::FieldsMissing {}),
        (&[email("nobody")], OrdersRefusal::EmailMalformed {}),
        (
            &[OrderField::Country(String::new())],
            OrdersRefusal::CountryMalformed {},
        ),
        (
            &[OrderField::Country("Narnia".to_owned())],
            OrdersRefusal::UnknownCountry {
                country: "Narnia".to_owned(),
                near: String::new(),
            },
        ),
        (
            &[OrderField::Urgency(Some(6))],
            OrdersRefusal::UrgencyOutOfRange {},
        ),
        (
            &[OrderField::ShipBy(Some(NOW.plus_days(-9)))],
            OrdersRefusal::ShipByOutOfRange {
                ship_by: NOW.plus_days(-9),
            },
        ),
        (
            &[OrderField::RestMayGo(true)],
            OrdersRefusal::RestMayGoConflict {},
        ),
        (
            &[line(-1)],
            OrdersRefusal::PriceOutOfRange {
                line: 1,
                unit_price_minor: -1,
            },
        ),
        (&[line(i64::MAX)], OrdersRefusal::ValueOutOfRange {}),
        (
            &[no_such],
            OrdersRefusal::UnknownLine {
                order: order(),
                line: 9,
            },
        ),
    ];
    for (fields, refusal) in cases {
        let refused = shop.orders.decide(&amendment("a1", fields), NOW);
        assert_eq!(refused, Err(refusal), "{fields:?}");
    }
    let refused = shop
        .orders
        .decide(&amendment("a1", &[OrderField::Tier("tin".into())]), NOW);
    assert!(
        matches!(refused, Err(OrdersRefusal::UnknownTier { .. })),
        "{refused:?}"
    );
    let twice = [line(1), line(2)];
    let field = "unit price".to_owned();
    let refused = shop.orders.decide(&amendment("a1", &twice), NOW);
    assert_eq!(refused, Err(OrdersRefusal::RepeatedField { field }));
}

#[test]
fn an_amendment_says_why_and_who_asks_for_it() {
    let shop = shop();
    let asked = amendment("a1", &[OrderField::Urgency(Some(1))]);
    for reason in ["", " ", "two\nlines", &"x".repeat(MAX_REASON_CHARS + 1)] {
        let reason = reason.to_owned();
        let refused = shop.orders.decide(
            &AmendOrder {
                reason,
                ..asked.clone()
            },
            NOW,
        );
        assert_eq!(refused, Err(OrdersRefusal::AmendmentReasonMalformed {}));
    }
    let by = String::new();
    let refused = shop.orders.decide(&AmendOrder { by, ..asked }, NOW);
    assert_eq!(refused, Err(OrdersRefusal::ByMalformed {}));
}

#[test]
fn a_tier_of_the_rule_in_force_may_be_said() {
    let mut shop = shop();
    shop.hear(Event::from(RankingRuleSet {
        definition: "r1".into(),
        version: 1,
        explanation: "tin comes first".into(),
        tier_days: [("tin".into(), 9)].into(),
        value: Vec::new(),
        lifetime_value: Vec::new(),
        requested_within_days: None,
        urgency_days: Vec::new(),
        deadline_within_days: None,
        small_line_days: None,
        promise_due_days: None,
        max_boost_days: 9,
        unchanged: false,
    }));
    recorded(&shop, &amendment("a1", &[OrderField::Tier("tin".into())]));
}

#[test]
fn goods_that_are_being_picked_are_not_sent_elsewhere() {
    let mut shop = shop();
    shop.hear(settled([
        assigned("o1", 1, "BOLT", 3),
        backordered("o1", 2, "NUT", 2),
    ]));
    shop.hear(Event::from(WaveReleased {
        wave: "w1".into(),
        location: "MAIN".into(),
        lines: vec![StockLine {
            order: "o1".into(),
            line: 1,
            sku: "BOLT".into(),
            quantity: 3,
        }],
        max_units: None,
        only: None,
        max_lines: 9,
    }));
    let elsewhere = OrderField::Region(Some("south".to_owned()));
    let refused = shop.orders.decide(&amendment("a1", &[elsewhere]), NOW);
    assert_eq!(
        refused,
        Err(OrdersRefusal::AmendmentInWave {
            order: "o1".into(),
            picked: 3,
            wave: "w1".into(),
            field: "region".to_owned(),
        })
    );
    // The region that it has, and whatever sends nothing elsewhere, is taken.
    let fields = [OrderField::Region(None), email("ann@example.org")];
    recorded(&shop, &amendment("a1", &fields));
}

#[test]
fn a_closed_order_does_not_change_and_its_closing_says_where_it_was_amended() {
    let mut shop = shop();
    shop.hear(recorded(&shop, &amendment("a1", &[OrderField::Urgency(Some(2))])).into());
    shop.hear(cancellation("c1", "o1", &[]).0.into());
    let due = backorder_domain::decider::Decider::due(&shop.orders.room, NOW);
    let Some(Event::Orders(backorder_domain::event::OrdersEvent::OrderClosed(closed))) =
        due.events.first()
    else {
        panic!("{due:?}")
    };
    assert_eq!(closed.substituted.len(), 1);
    shop.fold_due();
    let refused = shop
        .orders
        .decide(&amendment("a2", &[OrderField::Urgency(None)]), NOW);
    assert!(
        matches!(refused, Err(OrdersRefusal::OrderClosed { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_amendment_forged_for_a_line_that_is_not_there_changes_nothing() {
    let mut shop = shop();
    let line = u32::try_from(MAX_LINES).unwrap();
    let price = |minor| OrderField::UnitPrice { line, minor };
    let before: Vec<i64> = prices(&shop);
    shop.hear(Event::from(OrderAmended {
        amendment: "a1".into(),
        order: "o1".into(),
        currency: Currency::new("EUR").unwrap(),
        fields: vec![AmendedField {
            from: price(1),
            to: price(2),
        }],
        reason: "forged".to_owned(),
        by: "eva".to_owned(),
    }));
    assert_eq!(prices(&shop), before);
}

fn prices(shop: &Shop) -> Vec<i64> {
    let order = shop.orders.order(&"o1".into()).unwrap();
    order.lines().map(|line| line.unit_price_minor()).collect()
}
