//! An item that is called otherwise: suppliers go on naming it as it was ordered; buyers do not.

use super::*;

fn renamed(sku: &str, to: &str) -> Event {
    ItemRenamed {
        renaming: to.into(),
        sku: sku.into(),
        to: to.into(),
        reason: "the catalogue".to_owned(),
        by: "eva".to_owned(),
    }
    .into()
}

#[test]
fn a_supplier_who_names_an_item_by_any_name_that_it_had_is_understood() {
    let mut world = World::with_an_order();
    world.record([renamed("BOLT", "M8"), renamed("M8", "M8-A2")]);
    assert_eq!(world.po(PO).lines[&1].sku.as_str(), "M8-A2");
    world.hear(&shipped("m1", PO, "x1", vec![line(1, "BOLT", 4)]));
    world.hear(&rejected("m2", PO, vec![line(1, "M8", 1)]));
    world.record([counted("r1", PO, "BOLT", 4)]);
    let bolts = &world.po(PO).lines[&1];
    assert_eq!((bolts.shipped, bolts.received, bolts.open()), (4, 4, 5));
    let wrong = rejected("m3", PO, vec![line(1, "NUT", 1)]);
    assert_eq!(world.refused(&wrong), "WRONG_SKU");
}

#[test]
fn what_was_asked_for_under_the_old_name_is_ordered_under_the_new_one() {
    let mut world = World::new();
    world.record([
        acme().into(),
        request("q1", "BOLT", 10),
        renamed("BOLT", "M8"),
    ]);
    // Inventory's request may cross the renaming.
    world.record([request("q2", "BOLT", 3)]);
    world.order();
    let ordered: Vec<(u32, &str)> = (1..=2)
        .filter_map(|number| {
            world
                .room
                .purchase_order(&format!("ACME-20260301-{number}").as_str().into())
                .ok()
        })
        .flat_map(|order| order.lines.values())
        .map(|line| (line.ordered, line.sku.as_str()))
        .collect();
    assert_eq!(ordered, [(10, "M8"), (3, "M8")]);
}

#[test]
fn a_buyer_who_names_it_by_its_old_name_is_told_the_new_one() {
    let mut world = World::with_an_order();
    world.record([renamed("BOLT", "M8")]);
    let asked = |sku: &str| CreatePurchaseOrder {
        purchase_order: "mine".into(),
        supplier: "ACME".into(),
        lines: vec![SkuQuantity {
            sku: sku.into(),
            quantity: 2,
        }],
        expected_at: None,
        source: None,
    };
    let refused = world.ask(&asked("BOLT")).unwrap_err();
    let (sku, to) = ("BOLT".into(), "M8".into());
    assert_eq!(refused, SupplierGatewayRefusal::SkuOutdated { sku, to });
    assert!(world.ask(&asked("M8")).is_ok());
}

#[test]
fn what_a_supplier_calls_an_item_and_their_terms_stay_its_own() {
    let mut world = World::new();
    let sells = SupplierItemDefined {
        definition: "d2".into(),
        supplier: "ACME".into(),
        sku: "BOLT".into(),
        supplier_sku: "A-1".to_owned(),
        gtins: Vec::new(),
        packs: std::collections::BTreeMap::new(),
        minimum: Some(50),
        multiple: None,
        lead_time_days: None,
        cost: None,
        source: None,
    };
    world.record([acme().into(), sells.clone().into(), renamed("BOLT", "M8")]);
    let old = DefineSupplierItem(SupplierItemDefined {
        definition: "d3".into(),
        ..sells
    });
    let (sku, to) = ("BOLT".into(), "M8".into());
    assert_eq!(
        world.ask(&old).unwrap_err(),
        SupplierGatewayRefusal::SkuOutdated { sku, to }
    );
    world.record([request("q1", "M8", 10)]);
    world.order();
    assert_eq!(world.po(PO).lines[&1].ordered, 50);
}
