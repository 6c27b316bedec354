//! What a person is told of suppliers and what they owe.

use backorder_domain::exception::{Exception, ExceptionKind, Exceptions, Worst};

use super::*;

fn exceptions(world: &World) -> Vec<Exception> {
    let mut worst = Worst::after(None, 10);
    world.room.exceptions(world.now, &mut worst);
    worst.page().exceptions
}

fn item(sku: &str, supplier: Option<&str>) -> Event {
    let replenishment = supplier.map(|supplier| Replenishment {
        supplier: supplier.into(),
        reorder_point: 0,
        order_up_to: 10,
        pack_size: 1,
        lead_time_days: 7,
    });
    ItemDefined {
        definition: sku.into(),
        sku: sku.into(),
        description: sku.to_owned(),
        segment: Segment::StockOnly,
        replenishment,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
    .into()
}

#[test]
fn a_supplier_whom_nobody_has_defined_is_told_with_who_names_them_until_somebody_does() {
    let mut world = World::new();
    world.record([item("BOLT", Some("ACME")), item("NUT", Some("ACME"))]);
    world.record([request("q1", "BOLT", 10)]);
    let [unknown] = exceptions(&world).try_into().unwrap();
    assert_eq!(unknown.kind, ExceptionKind::SupplierUnknown);
    assert_eq!(
        unknown.text,
        "nobody has defined ACME; 2 items name it (BOLT, NUT); 1 request for 10 waits"
    );
    world.record([item("NUT", None)]);
    let [unknown] = exceptions(&world).try_into().unwrap();
    assert!(
        unknown.text.contains("1 item names it (BOLT)"),
        "{}",
        unknown.text
    );
    world.record([acme().into()]);
    assert_eq!(exceptions(&world), []);
    // Whoever names a supplier that is defined names nobody unknown.
    world.record([item("GEAR", Some("ACME"))]);
    assert_eq!(exceptions(&world), []);
}

#[test]
fn a_purchase_order_is_late_a_day_after_its_date_and_told_until_it_is_counted_in() {
    let mut world = World::with_an_order();
    world.now = time("2026-03-12T11:59:59Z");
    assert_eq!(exceptions(&world), []);
    world.now = time("2026-03-12T12:00:00Z");
    let [late] = exceptions(&world).try_into().unwrap();
    assert_eq!(late.kind, ExceptionKind::PurchaseOrderLate);
    assert_eq!(late.purchase_order, Some(PO.into()));
    assert_eq!(late.text, "14 of 2 SKUs from ACME were due on 2026-03-11");
    world.record([counted("r1", PO, "NUT", 4)]);
    let [late] = exceptions(&world).try_into().unwrap();
    assert_eq!(late.text, "10 of BOLT from ACME were due on 2026-03-11");
    world.record([counted("r2", PO, "BOLT", 10)]);
    assert_eq!(exceptions(&world), []);
}

#[test]
fn goods_that_stand_at_the_dock_for_an_hour_are_told() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "d1", vec![line(1, "BOLT", 10)]));
    world.hear(&delivered("m2", PO, "d1"));
    world.now = time("2026-03-01T12:59:59Z");
    assert_eq!(exceptions(&world), []);
    world.now = time("2026-03-01T13:00:00Z");
    let [uncounted] = exceptions(&world).try_into().unwrap();
    assert_eq!(uncounted.kind, ExceptionKind::DeliveryUncounted);
    assert_eq!(uncounted.quantity, 10);
}

#[test]
fn of_a_line_in_parts_only_those_are_late_that_should_have_come() {
    let mut world = World::with_an_order();
    let part = |quantity, eta: Option<&str>| SchedulePart {
        quantity,
        eta: eta.map(time),
    };
    let parts = vec![
        part(4, Some("2026-03-05T10:00:00Z")),
        part(3, Some("2026-04-05T10:00:00Z")),
        part(3, None),
    ];
    world.hear(&Message::Scheduled(PurchaseScheduled {
        message: "m1".into(),
        purchase_order: PO.into(),
        lines: vec![ScheduledLine {
            line: 1,
            sku: "BOLT".into(),
            parts,
            pending: None,
            change: 0,
        }],
        reason: String::new(),
        source: None,
    }));
    // The other line is expected on the 11th.
    world.now = time("2026-03-08T10:00:00Z");
    let late = |world: &World| {
        let all = exceptions(world).into_iter();
        let late = all.filter(|it| it.kind == ExceptionKind::PurchaseOrderLate);
        late.map(|it| it.text).collect::<Vec<_>>()
    };
    assert_eq!(late(&world), ["4 of BOLT from ACME were due on 2026-03-05"]);
    world.record([counted("r1", PO, "BOLT", 4)]);
    assert_eq!(late(&world), Vec::<String>::new());
    assert_eq!(
        world.po(PO).lines[&1].due(),
        Some(time("2026-04-05T10:00:00Z"))
    );
    world.record([counted("r2", PO, "BOLT", 3)]);
    assert_eq!(world.po(PO).lines[&1].due(), None, "some day");
}
