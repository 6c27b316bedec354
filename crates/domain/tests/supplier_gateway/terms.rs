//! What suppliers call our items, and on which terms they sell them.

use super::by_hand::{by_hand, create};
use super::*;

fn terms() -> SupplierItemDefined {
    SupplierItemDefined {
        definition: "t1".into(),
        supplier: "ACME".into(),
        sku: "BOLT".into(),
        supplier_sku: "A-77".to_owned(),
        gtins: vec!["4006381333931".to_owned()],
        packs: [("CA".to_owned(), 12)].into(),
        minimum: Some(24),
        multiple: Some(10),
        lead_time_days: Some(15),
        cost: Some(Cost {
            unit_minor: 120,
            currency: Currency::new("EUR").unwrap(),
            valid_until: None,
        }),
        source: None,
    }
}

fn refused<const N: usize>(table: [(SupplierItemDefined, &str); N]) {
    for (request, reason) in table {
        let refusal = by_hand().ask(&DefineSupplierItem(request)).unwrap_err();
        assert_eq!(refusal.row().reason(), reason);
    }
}

#[test]
fn names_that_cannot_be_are_refused() {
    let called = |name: &str| SupplierItemDefined {
        supplier_sku: name.to_owned(),
        ..terms()
    };
    let gtins = |gtins: &[&str]| SupplierItemDefined {
        gtins: gtins.iter().map(|it| (*it).to_owned()).collect(),
        ..terms()
    };
    let (mut of_nobody, mut of_nothing) = (terms(), terms());
    of_nobody.supplier = "other".into();
    of_nothing.sku = "BLOT".into();
    refused([
        (of_nobody, "UNKNOWN_SUPPLIER"),
        (of_nothing, "UNKNOWN_ITEM"),
        (called(&"x".repeat(49)), "SUPPLIER_SKU_MALFORMED"),
        (called("A\n77"), "SUPPLIER_SKU_MALFORMED"),
        (called("A-77 "), "SUPPLIER_SKU_MALFORMED"),
        (gtins(&["4006381333932"]), "GTIN_MALFORMED"),
        // A UPC of 12 digits, and the EAN of 13 that is the same.
        (gtins(&["614141007349", "0614141007349"]), "GTIN_MALFORMED"),
        (gtins(&["4006381333931"; 11]), "TOO_MANY_GTINS"),
    ]);
}

#[test]
fn terms_that_cannot_be_are_refused() {
    let packs = |packs: &[(&str, u32)]| SupplierItemDefined {
        packs: packs.iter().map(|it| (it.0.to_owned(), it.1)).collect(),
        ..terms()
    };
    let [mut few, mut much, mut slow, mut paid] = [terms(), terms(), terms(), terms()];
    few.minimum = Some(0);
    much.multiple = Some(1_000_000_001);
    slow.lead_time_days = Some(3_651);
    paid.cost = paid.cost.map(|cost| Cost {
        unit_minor: -1,
        ..cost
    });
    let codes: Vec<String> = (0..11).map(|number| format!("P{number}")).collect();
    let many: Vec<(&str, u32)> = codes.iter().map(|code| (code.as_str(), 2)).collect();
    refused([
        (packs(&[("ca", 12)]), "PACK_MALFORMED"),
        (packs(&[("CASE", 12)]), "PACK_MALFORMED"),
        (packs(&[("CA", 0)]), "PACK_MALFORMED"),
        (packs(&many), "TOO_MANY_PACKS"),
        (few, "TERM_OUT_OF_RANGE"),
        (much, "TERM_OUT_OF_RANGE"),
        (slow, "LEAD_TIME_OUT_OF_RANGE"),
        (paid, "COST_OUT_OF_RANGE"),
    ]);
}

#[test]
fn a_name_means_one_item_until_it_is_given_up() {
    let mut world = by_hand();
    world.tell(&DefineSupplierItem(terms()));
    let nut = |definition: &str| SupplierItemDefined {
        definition: definition.into(),
        sku: "NUT".into(),
        gtins: Vec::new(),
        ..terms()
    };
    let refusal = world.ask(&DefineSupplierItem(nut("t2"))).unwrap_err();
    assert_eq!(refusal.to_string(), "A-77 is the supplier's number of BOLT");
    world.tell(&DefineSupplierItem(SupplierItemDefined {
        definition: "t3".into(),
        supplier_sku: "A-78".to_owned(),
        ..terms()
    }));
    world.tell(&DefineSupplierItem(nut("t4")));
    let of = |sku: &str| {
        let sku = sku.into();
        let found = world.room.supplier_items((None, Some(&sku)), None, 10);
        found.entries[0].supplier_sku.clone()
    };
    assert_eq!((of("BOLT"), of("NUT")), ("A-78".into(), "A-77".into()));
}

#[test]
fn what_is_ordered_for_requests_keeps_to_the_terms_and_what_a_person_orders_is_what_they_say() {
    let mut world = by_hand();
    world.tell(&DefineSupplierItem(terms()));
    for (number, asked) in [5, 24, 30, 31, 1_000_000_000].into_iter().enumerate() {
        world.record([request(&format!("q{number}"), "BOLT", asked)]);
    }
    world.record([request("q9", "NUT", 5)]);
    world.run();
    let all = world
        .room
        .purchase_orders(&PurchaseOrderFilter::default(), None, MAX_PAGE);
    let lines = all.entries.iter().flat_map(|order| order.lines.values());
    let mut ordered: Vec<(String, u32)> = lines
        .map(|line| (line.sku.to_string(), line.ordered))
        .collect();
    ordered.sort();
    let bolts = [30, 30, 30, 40, 1_000_000_000].map(|units| ("BOLT".to_owned(), units));
    assert_eq!(ordered, [&bolts[..], &[("NUT".to_owned(), 5)]].concat());
    for order in &all.entries {
        let has_bolts = order.lines.values().any(|line| line.sku.as_str() == "BOLT");
        let days = if has_bolts { 15 } else { 10 };
        assert_eq!(order.expected_at, order.ordered_at.plus_days(days));
    }
    world.tell(&create("p1", &[("BOLT", 5), ("NUT", 1)]));
    let order = world.po("p1");
    assert_eq!(order.lines[&1].ordered, 5);
    assert_eq!(order.expected_at, order.ordered_at.plus_days(15));
}

#[test]
fn items_of_suppliers_are_listed_in_pages() {
    let mut world = by_hand();
    let mut other = acme();
    other.supplier = "ALFA".into();
    other.definition = "d2".into();
    world.record([other.into()]);
    for (number, (supplier, sku)) in [("ALFA", "NUT"), ("ACME", "NUT"), ("ACME", "BOLT")]
        .into_iter()
        .enumerate()
    {
        world.tell(&DefineSupplierItem(SupplierItemDefined {
            definition: format!("t{number}").into(),
            supplier: supplier.into(),
            sku: sku.into(),
            supplier_sku: String::new(),
            gtins: Vec::new(),
            ..terms()
        }));
    }
    let listed = |supplier: Option<&str>, last: Option<(&str, &str)>, size| {
        let supplier = supplier.map(SupplierId::from);
        let last = last.map(|(supplier, sku)| (supplier.into(), sku.into()));
        let page = world
            .room
            .supplier_items((supplier.as_ref(), None), last.as_ref(), size);
        let found = page
            .entries
            .iter()
            .map(|it| format!("{} {}", it.supplier, it.sku));
        (found.collect::<Vec<_>>().join(", "), page.more)
    };
    assert_eq!(
        listed(None, None, 9),
        ("ACME BOLT, ACME NUT, ALFA NUT".into(), false)
    );
    assert_eq!(listed(Some("ACME"), None, 1), ("ACME BOLT".into(), true));
    assert_eq!(
        listed(Some("ACME"), Some(("ACME", "BOLT")), 9),
        ("ACME NUT".into(), false)
    );
    assert_eq!(listed(Some("ALFA"), None, 9), ("ALFA NUT".into(), false));
}
