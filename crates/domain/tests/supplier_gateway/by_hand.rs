//! Purchase orders that a buyer makes, and suppliers with whom a person talks.

use super::*;

fn lind() -> Source {
    Source {
        way: Way::Person,
        who: "Mrs Lind".to_owned(),
    }
}

pub fn create(id: &str, lines: &[(&str, u32)]) -> CreatePurchaseOrder {
    let line = |(sku, quantity): &(&str, u32)| SkuQuantity {
        sku: (*sku).into(),
        quantity: *quantity,
    };
    CreatePurchaseOrder {
        purchase_order: id.into(),
        supplier: "ACME".into(),
        lines: lines.iter().map(line).collect(),
        expected_at: None,
        source: Some(lind()),
    }
}

fn close(message: &str, id: &str) -> ClosePurchaseOrder {
    ClosePurchaseOrder {
        message: message.into(),
        purchase_order: id.into(),
        reason: "no more".to_owned(),
        source: lind(),
    }
}

fn item(sku: &str) -> Event {
    ItemDefined {
        definition: format!("define {sku}").into(),
        sku: sku.into(),
        description: sku.to_owned(),
        segment: Segment::StockOnly,
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
    .into()
}

/// Acme by hand, and what may be bought.
pub fn by_hand() -> World {
    let mut world = World::new();
    let adapter = Adapter::ByHand;
    let supplier = SupplierDefined { adapter, ..acme() };
    world.record([supplier.into(), item("BOLT"), item("NUT")]);
    world
}

fn refusal<T>(result: Result<T, SupplierGatewayRefusal>) -> String {
    let refused = result.err().expect("it is refused");
    refused.row().reason()
}

#[test]
fn what_a_buyer_orders_is_expected_by_the_lead_time_or_on_the_day_they_say() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100), ("NUT", 5)]));
    let order = world.po("P-1");
    assert_eq!(order.expected_at, time("2026-03-11T12:00:00Z"));
    assert_eq!(order.lines[&2].ordered, 5);
    assert_eq!(order.status(), PurchaseStatus::Ordered);

    let day = time("2026-02-20T22:59:59.999Z");
    world.tell(&CreatePurchaseOrder {
        expected_at: Some(day),
        ..create("P-2", &[("BOLT", 1)])
    });
    assert_eq!(
        world.po("P-2").lines[&1].due(),
        Some(day),
        "it may be overdue"
    );
    assert_eq!(
        world.due(),
        Due::default(),
        "nobody says anything by itself"
    );
    let again = world.ask(&create("P-1", &[("BOLT", 100), ("NUT", 5)]));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
}

#[test]
fn a_purchase_order_that_cannot_be_is_refused() {
    let world = by_hand();
    let ask = |asked: CreatePurchaseOrder| refusal(world.ask(&asked));
    let bolt = || create("P-1", &[("BOLT", 1)]);
    let far = world.now.plus_days(MAX_ETA_DAYS + 1);
    let table = [
        (
            CreatePurchaseOrder {
                supplier: "nobody".into(),
                ..bolt()
            },
            "UNKNOWN_SUPPLIER",
        ),
        (create("P-1", &[]), "LINES_MISSING"),
        (create("P-1", &[("BOLT", 1); 501]), "TOO_MANY_LINES"),
        (create("P-1", &[("BOLT", 1), ("BOLT", 2)]), "REPEATED_SKU"),
        (create("P-1", &[("BOLT", 0)]), "QUANTITY_OUT_OF_RANGE"),
        (
            create("P-1", &[("BOLT", MAX_LINE_UNITS + 1)]),
            "QUANTITY_OUT_OF_RANGE",
        ),
        (create("P-1", &[("BLOT", 1)]), "UNKNOWN_SKU"),
        (
            CreatePurchaseOrder {
                expected_at: Some(far),
                ..bolt()
            },
            "EXPECTED_OUT_OF_RANGE",
        ),
        (
            CreatePurchaseOrder {
                source: Some(Source {
                    way: Way::Wire,
                    who: "x".repeat(201),
                }),
                ..bolt()
            },
            "WHO_MALFORMED",
        ),
    ];
    for (asked, reason) in table {
        assert_eq!(ask(asked), reason);
    }
    let near = world.ask(&create("P-1", &[("bolt", 1)])).unwrap_err();
    assert!(near.to_string().contains("BOLT"), "{near}");
}

#[test]
fn an_id_of_a_buyer_and_one_of_ours_are_never_the_same() {
    let mut world = by_hand();
    // The first number that we would give.
    world.tell(&create("ACME-20260301-2", &[("BOLT", 1)]));
    world.record([request("q1", "BOLT", 10)]);
    world.order();
    assert_eq!(world.po("ACME-20260301-2").lines[&1].ordered, 1);
    assert_eq!(world.po("ACME-20260301-3").lines[&1].ordered, 10);
    let taken = create("ACME-20260301-3", &[("NUT", 1)]);
    // What it would answer is known, and is another content.
    assert!(matches!(world.ask(&taken), Ok(Outcome::Before(_))));
}

#[test]
fn a_purchase_order_that_is_closed_short_expects_nothing_more() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100), ("NUT", 5)]));
    world.hear(&shipped("m1", "P-1", "s1", vec![line(1, "BOLT", 40)]));
    world.record([counted("r1", "P-1", "BOLT", 30)]);
    world.tell(&close("m2", "P-1"));
    let order = world.po("P-1");
    assert!(order.is_closed());
    assert_eq!(order.status(), PurchaseStatus::Received);
    let gone: Vec<u32> = order.lines.values().map(|line| line.rejected).collect();
    assert_eq!(gone, [70, 5], "ten were on their way");
    let again = world.ask(&close("m2", "P-1"));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
    assert_eq!(
        refusal(world.ask(&close("m3", "P-1"))),
        "PURCHASE_ORDER_CLOSED"
    );
    assert_eq!(
        refusal(world.ask(&close("m3", "P-9"))),
        "UNKNOWN_PURCHASE_ORDER"
    );
}

#[test]
fn nobody_else_uses_the_ids_of_a_simulated_suppliers_steps() {
    let mut world = World::with_an_order();
    let said = |id: &str| {
        Message::Delayed(PurchaseDelayed {
            message: id.into(),
            purchase_order: PO.into(),
            lines: vec![DatedLine {
                line: 1,
                sku: "BOLT".into(),
                eta: time("2026-03-20T00:00:00Z"),
            }],
            reason: String::new(),
            source: Some(lind()),
        })
    };
    let next = world.room.next_simulated(&PO.into());
    let step = format!("{PO}/1");
    assert_eq!(world.refused(&said(&step)), "MESSAGE_ID_MALFORMED");
    let end = world.ask(&close(&step, PO));
    assert_eq!(refusal(end), "MESSAGE_ID_MALFORMED");
    world.hear(&said("of-mine/1"));
    assert_eq!(world.room.next_simulated(&PO.into()), next);
}

/// Units and days after the order.
fn schedule(message: &str, parts: &[(u32, Option<i64>)]) -> HearSupplier {
    let part = |(quantity, days): &(u32, Option<i64>)| SchedulePart {
        quantity: *quantity,
        eta: days.map(|days| time("2026-03-01T12:00:00Z").plus_days(days)),
    };
    HearSupplier(Message::Scheduled(PurchaseScheduled {
        message: message.into(),
        purchase_order: "P-1".into(),
        lines: vec![ScheduledLine {
            line: 1,
            sku: "BOLT".into(),
            parts: parts.iter().map(part).collect(),
            pending: None,
            change: 0,
        }],
        reason: String::new(),
        source: Some(lind()),
    }))
}

fn change(event: &Event) -> i64 {
    PurchaseScheduled::of(event).unwrap().lines[0].change
}

#[test]
fn a_schedule_says_all_that_is_still_to_leave_and_what_that_changes() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100)]));
    world.hear(&shipped("m1", "P-1", "s1", vec![line(1, "BOLT", 10)]));
    // 40 of 90, and the rest some day.
    world.tell(&schedule("m2", &[(40, Some(5)), (50, None)]));
    assert_eq!(change(&world.log.last().unwrap().2), 0);
    assert_eq!(world.po("P-1").status(), PurchaseStatus::InTransit);
    assert_eq!(world.po("P-1").lines[&1].parts().len(), 2);
    // Fewer than were ordered, then more.
    world.tell(&schedule("m3", &[(60, Some(9))]));
    assert_eq!(change(&world.log.last().unwrap().2), -30);
    assert_eq!(world.po("P-1").lines[&1].rejected, 30);
    world.tell(&schedule("m4", &[(60, Some(9)), (50, Some(20))]));
    let order = world.po("P-1");
    let of = &order.lines[&1];
    assert_eq!(
        (of.rejected, of.added, of.pending(), of.open()),
        (0, 20, 110, 120)
    );
    // The first part is counted in, though nobody said that it left.
    world.record([counted("r1", "P-1", "BOLT", 70)]);
    let parts = world.po("P-1").lines[&1].parts();
    assert_eq!(
        parts.iter().map(|part| part.quantity).collect::<Vec<_>>(),
        [50]
    );
    let again = world.ask(&schedule("m3", &[(60, Some(9))]));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
}

#[test]
fn what_a_supplier_refused_may_come_after_all_also_of_an_order_that_was_closed() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100)]));
    world.tell(&schedule("m1", &[]));
    assert_eq!(world.po("P-1").status(), PurchaseStatus::Rejected);
    assert_eq!(world.room.supplier(&"ACME".into()).unwrap().open, 0);
    world.tell(&schedule("m2", &[(25, Some(30))]));
    let order = world.po("P-1");
    assert!(!order.is_closed());
    assert_eq!((order.lines[&1].open(), order.lines[&1].rejected), (25, 75));
    assert_eq!(world.room.supplier(&"ACME".into()).unwrap().open, 1);
    world.record([counted("r1", "P-1", "BOLT", 25)]);
    assert_eq!(world.po("P-1").status(), PurchaseStatus::Received);
    assert_eq!(world.room.supplier(&"ACME".into()).unwrap().open, 0);
}

#[test]
fn a_schedule_that_cannot_be_is_refused() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100)]));
    let refused = |parts: &[(u32, Option<i64>)]| refusal(world.ask(&schedule("m1", parts)));
    for parts in [
        vec![(0, Some(5))],
        vec![(MAX_LINE_UNITS + 1, None)],
        vec![(u32::MAX, None), (1, None)],
    ] {
        assert_eq!(refused(&parts), "QUANTITY_OUT_OF_RANGE", "{parts:?}");
    }
    assert_eq!(refused(&[(1, Some(-1))]), "ETA_OUT_OF_RANGE");
    assert_eq!(refused(&[(1, None); MAX_PARTS + 1]), "TOO_MANY_PARTS");
}

#[test]
fn a_line_is_bounded_with_all_that_has_come_of_it() {
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 10)]));
    world.record([counted("r1", "P-1", "BOLT", 10)]);
    let more = [(MAX_LINE_UNITS, None)];
    assert_eq!(
        refusal(world.ask(&schedule("m1", &more))),
        "QUANTITY_OUT_OF_RANGE"
    );
    world.tell(&schedule("m1", &[(MAX_LINE_UNITS - 10, None)]));
    assert_eq!(world.po("P-1").lines[&1].open(), MAX_LINE_UNITS - 10);
}

#[test]
fn units_that_come_while_an_order_is_closed_are_no_longer_open() {
    for received in [40, 100] {
        let mut world = by_hand();
        world.tell(&create("P-1", &[("BOLT", 100)]));
        let end = world.ask(&close("m1", "P-1"));
        let Ok(Outcome::Record(end)) = end else {
            panic!("{end:?}")
        };
        world.record([counted("r1", "P-1", "BOLT", received)]);
        world.record([end]);
        assert!(world.po("P-1").is_closed());
        world.tell(&schedule("m2", &[(25, None)]));
        let order = world.po("P-1");
        assert!(!order.is_closed());
        assert_eq!(order.lines[&1].open(), 25);
    }
}

#[test]
fn parts_of_units_that_have_come_meanwhile_do_not_bring_them_once_more() {
    let of_pending = |message: &str, pending: u32| {
        let HearSupplier(Message::Scheduled(mut said)) = schedule(message, &[(pending, Some(9))])
        else {
            panic!("a schedule")
        };
        said.lines[0].pending = Some(pending);
        HearSupplier(Message::Scheduled(said))
    };
    let mut world = by_hand();
    world.tell(&create("P-1", &[("BOLT", 100)]));
    // Worked out before 40 were counted in.
    world.record([counted("r1", "P-1", "BOLT", 40)]);
    let refusal = world.ask(&of_pending("m1", 100)).unwrap_err();
    assert_eq!(refusal.row().reason(), "PENDING_OUTDATED");
    assert_eq!(
        refusal.to_string(),
        "of line 1 60 units have not left, no longer 100"
    );
    world.tell(&of_pending("m2", 60));
    assert_eq!(change(&world.log.last().unwrap().2), 0);
    assert_eq!(
        (
            world.po("P-1").lines[&1].added,
            world.po("P-1").lines[&1].open()
        ),
        (0, 60)
    );
    // Again, when less is pending: it answers as the first time.
    world.record([counted("r2", "P-1", "BOLT", 10)]);
    let again = world.ask(&of_pending("m2", 60));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
}
