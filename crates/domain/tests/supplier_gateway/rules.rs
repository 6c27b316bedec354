//! Definitions, messages and counts: what is taken in, and what is refused.

use super::*;

#[test]
fn defining_the_same_again_answers_as_the_first_time() {
    let mut world = World::new();
    world.record([acme().into()]);
    let first = Position {
        revision: Revision(1),
        index: 0,
    };
    let again = world.ask(&DefineSupplier(acme()));
    assert_eq!(again, Ok(Outcome::Before(first)));
}

#[test]
fn a_definition_that_cannot_be_is_refused() {
    let simulated = |simulated| SupplierDefined {
        adapter: Adapter::Simulated(simulated),
        ..acme()
    };
    let table = [
        (
            SupplierDefined {
                supplier: "x".repeat(65).into(),
                ..acme()
            },
            "SUPPLIER_ID_MALFORMED",
        ),
        (
            SupplierDefined {
                name: " ".to_owned(),
                ..acme()
            },
            "NAME_MISSING",
        ),
        (
            SupplierDefined {
                name: "x".repeat(501),
                ..acme()
            },
            "NAME_MALFORMED",
        ),
        (
            SupplierDefined {
                lead_time_days: 3_651,
                ..acme()
            },
            "LEAD_TIME_OUT_OF_RANGE",
        ),
        (
            SupplierDefined {
                cutoff_hour: Some(24),
                ..acme()
            },
            "CUTOFF_HOUR_OUT_OF_RANGE",
        ),
        (
            simulated(Simulated {
                spread_days: 366,
                ..perfect()
            }),
            "SPREAD_OUT_OF_RANGE",
        ),
        (
            simulated(Simulated {
                late_percent: 101,
                ..perfect()
            }),
            "PERCENT_OUT_OF_RANGE",
        ),
        (
            simulated(Simulated {
                reject_percent: 255,
                ..perfect()
            }),
            "PERCENT_OUT_OF_RANGE",
        ),
    ];
    for (request, reason) in table {
        let refusal = World::new().ask(&DefineSupplier(request)).unwrap_err();
        assert_eq!(refusal.row().reason(), reason);
    }
}

#[test]
fn a_supplier_defined_anew_keeps_orders_under_way_as_they_were() {
    let mut world = World::with_an_order();
    let was = world.room.next_simulated(&PO.into());
    let other = Simulated {
        seed: 8,
        reject_percent: 100,
        ..perfect()
    };
    world.record([SupplierDefined {
        definition: "d2".into(),
        adapter: Adapter::Simulated(other),
        lead_time_days: 90,
        ..acme()
    }
    .into()]);
    assert_eq!(world.room.next_simulated(&PO.into()), was);
}

#[test]
fn the_same_message_twice_is_taken_in_once() {
    let mut world = World::with_an_order();
    let message = rejected("m1", PO, vec![line(2, "NUT", 1)]);
    world.hear(&message);
    let again = world.ask(&HearSupplier(message));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
    assert_eq!(
        (world.po(PO).heard, world.po(PO).lines[&2].rejected),
        (1, 1)
    );
}

#[test]
fn a_message_that_cannot_be_true_is_refused() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "s1", vec![line(1, "BOLT", 6)]));
    let twice = vec![line(1, "BOLT", 1), line(1, "BOLT", 1)];
    let many = (0..501).map(|n| line(n, "BOLT", 1)).collect();
    let date = |eta: &str| {
        let lines = vec![DatedLine {
            line: 1,
            sku: "BOLT".into(),
            eta: time(eta),
        }];
        Message::Confirmed(PurchaseConfirmed {
            message: "m2".into(),
            purchase_order: PO.into(),
            lines,
            source: None,
        })
    };
    let chatty = Message::Delayed(PurchaseDelayed {
        message: "m2".into(),
        purchase_order: PO.into(),
        lines: Vec::new(),
        reason: "x".repeat(501),
        source: None,
    });
    let table = [
        (
            rejected("m2", "nope", vec![line(1, "BOLT", 1)]),
            "UNKNOWN_PURCHASE_ORDER",
        ),
        (rejected("m2", PO, vec![line(3, "BOLT", 1)]), "UNKNOWN_LINE"),
        (rejected("m2", PO, vec![line(1, "NUT", 1)]), "WRONG_SKU"),
        (rejected("m2", PO, twice), "REPEATED_LINE"),
        (rejected("m2", PO, vec![]), "LINES_MISSING"),
        (rejected("m2", PO, many), "TOO_MANY_LINES"),
        (
            rejected("m2", PO, vec![line(1, "BOLT", 0)]),
            "QUANTITY_OUT_OF_RANGE",
        ),
        (
            rejected("m2", PO, vec![line(1, "BOLT", 11)]),
            "MORE_THAN_OPEN",
        ),
        (
            shipped("m2", PO, "s2", vec![line(1, "BOLT", 5)]),
            "MORE_THAN_OPEN",
        ),
        (
            shipped("m2", PO, "s1", vec![line(1, "BOLT", 1)]),
            "DISPATCH_USED",
        ),
        (delivered("m2", PO, "s9"), "UNKNOWN_DISPATCH"),
        (date("2026-02-01T00:00:00Z"), "ETA_OUT_OF_RANGE"),
        (date("2062-02-01T00:00:00Z"), "ETA_OUT_OF_RANGE"),
        (chatty, "REASON_MALFORMED"),
    ];
    for (message, reason) in table {
        assert_eq!(world.refused(&message), reason);
    }
}

#[test]
fn a_second_word_that_a_dispatch_is_there_changes_nothing() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "s1", vec![line(1, "BOLT", 6)]));
    assert_eq!(world.po(PO).status(), PurchaseStatus::InTransit);
    world.hear(&delivered("m2", PO, "s1"));
    assert_eq!(world.po(PO).status(), PurchaseStatus::Delivered);
    let before = world.po(PO).dispatches.clone();
    world.hear(&delivered("m3", PO, "s1"));
    assert_eq!(world.po(PO).dispatches, before);
    let again = world.ask(&HearSupplier(delivered("m3", PO, "s1")));
    assert!(matches!(again, Ok(Outcome::Before(_))), "{again:?}");
}

#[test]
fn a_purchase_order_closes_when_every_unit_was_received_or_rejected() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "s1", vec![line(1, "BOLT", 10)]));
    world.record([counted("r1", PO, "BOLT", 9)]);
    assert_eq!(world.po(PO).lines[&1].open(), 1);
    world.hear(&rejected(
        "m2",
        PO,
        vec![line(1, "BOLT", 1), line(2, "NUT", 4)],
    ));
    assert_eq!(world.po(PO).status(), PurchaseStatus::Received);
    assert_eq!(world.due(), Due::default());
    let late = rejected("m3", PO, vec![line(1, "BOLT", 1)]);
    assert_eq!(world.refused(&late), "PURCHASE_ORDER_CLOSED");
}

#[test]
fn a_purchase_order_has_one_line_per_sku() {
    let mut world = World::new();
    world.record([
        acme().into(),
        request("q1", "BOLT", 3),
        request("q2", "BOLT", 5),
        request("q3", "NUT", 1),
    ]);
    world.order();
    let first: Vec<u32> = world
        .po(PO)
        .lines
        .values()
        .map(|line| line.ordered)
        .collect();
    assert_eq!(first, [3, 1]);
    let second = world.po("ACME-20260301-2");
    assert_eq!(
        second
            .lines
            .values()
            .map(|line| line.ordered)
            .collect::<Vec<_>>(),
        [5]
    );
}

#[test]
fn a_receipt_counts_against_dispatches_at_the_dock_first() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "s1", vec![line(1, "BOLT", 3)]));
    world.hear(&shipped("m2", PO, "s2", vec![line(1, "BOLT", 4)]));
    world.hear(&delivered("m3", PO, "s2"));
    world.record([counted("r1", PO, "BOLT", 4)]);
    let order = world.po(PO);
    assert_eq!(order.lines[&1].received, 4);
    let done: Vec<bool> = order.dispatches.iter().map(Dispatch::is_counted).collect();
    assert_eq!(done, [false, true]);
}

#[test]
fn old_closed_purchase_orders_are_forgotten_but_never_unknown() {
    let mut world = World::new();
    world.record([acme().into()]);
    for n in 0..=MAX_CLOSED_KEPT {
        let id = format!("ACME-20260301-{}", n + 1);
        world.record([request(&format!("q{n}"), "BOLT", 1)]);
        world.order();
        world.record([counted(&format!("r{n}"), &id, "BOLT", 1)]);
    }
    let gone = world.room.purchase_order(&PO.into()).unwrap_err();
    assert_eq!(gone.row().reason(), "PURCHASE_ORDER_FORGOTTEN");
    assert!(world.room.purchase_order(&"ACME-20260301-2".into()).is_ok());
}

#[test]
fn a_date_of_what_has_left_is_that_of_the_dispatch() {
    let mut world = World::with_an_order();
    world.hear(&shipped("m1", PO, "s1", vec![line(1, "BOLT", 6)]));
    let was = world.po(PO).dispatches[0].eta;
    let later = |message: &str, days| {
        Message::Delayed(PurchaseDelayed {
            message: message.into(),
            purchase_order: PO.into(),
            lines: vec![DatedLine {
                line: 1,
                sku: "BOLT".into(),
                eta: was.plus_days(days),
            }],
            reason: String::new(),
            source: None,
        })
    };
    // Something is still to leave: it is that of this.
    world.hear(&later("m2", 3));
    assert_eq!(world.po(PO).dispatches[0].eta, was);
    let rest = world.po(PO).lines[&1].unshipped();
    world.hear(&shipped("m3", PO, "s2", vec![line(1, "BOLT", rest)]));
    world.hear(&later("m4", 5));
    let etas = world.po(PO).dispatches.iter().map(|it| it.eta);
    assert_eq!(etas.collect::<Vec<_>>(), [was.plus_days(5); 2]);
}
