//! An item that is called otherwise keeps all that is of it, and goods that are called by its old
//! name are its.

use backorder_domain::decider::Projection;
use backorder_domain::event::*;
use backorder_domain::ids::Sku;
use backorder_domain::inventory::{
    AdjustStock, ConfirmShipment, DefineItem, InventoryRefusal as No, ReceiveStock,
};
use backorder_domain::renamed::MAX_FORMER_SKUS;

use crate::history::*;

/// Of BOLT: 10 at MAIN of which o1 has 4 and o2 waits for 3, 6 on order, 2 on their way to SIDE.
fn busy() -> History {
    let mut history = shop();
    history.tell(bought("d9", "BOLT", (5, 20), 1));
    history.tell(received("r1", "MAIN", &[("BOLT", 12)]));
    history.tell(purchase_ordered("p1", &[(1, "BOLT", 6, "none")]));
    for order in ["o1", "o2"] {
        history.tell(placed(order, &[(1, "BOLT", 4)]));
    }
    history.tell(settled(vec![
        assigned("o1", 1, "BOLT", "MAIN", 4),
        backordered("o2", 1, "BOLT", 4),
    ]));
    history.record(&sent("m1", "MAIN", "SIDE", &[("BOLT", 2)]));
    history
}

fn unknown(history: &History, sku: &str) -> bool {
    history
        .inventory
        .list(None)
        .all(|(known, _)| known.as_str() != sku)
}

#[test]
fn an_item_that_is_renamed_keeps_its_stock_and_what_is_owed_of_it() {
    let mut history = busy();
    let (sums, position) = (history.sums("BOLT"), history.position("BOLT"));
    history.record(&renamed("n1", "BOLT", "M8"));
    assert_eq!(history.sums("M8"), sums);
    assert_eq!(history.position("M8"), position);
    assert!(unknown(&history, "BOLT"));
    // Its last name leads to it as well, also after another one.
    history.record(&renamed("n2", "M8", "M8-A2"));
    assert_eq!(history.sums("BOLT"), sums);
    assert_eq!(history.sums("M8"), sums);
    let former = history.inventory.renamed().former(&"M8-A2".into());
    assert_eq!(former, ["BOLT", "M8"].map(Sku::from));
}

#[test]
fn goods_that_are_called_by_the_old_name_are_its() {
    let mut history = busy();
    history.record(&renamed("n1", "BOLT", "M8"));
    history.record(&ReceiveStock(delivered("r2", "p1", &[("BOLT", 6)])));
    history.record(&AdjustStock(adjusted("a1", "BOLT", -1)));
    history.record(&counted("c1", "MAIN", &[("BOLT", 20)], false));
    history.record(&arrived("a2", "m1", "SIDE", &[("BOLT", 2)], false));
    history.record(&moved("m2", "SIDE", "MAIN", &[("BOLT", 1)]));
    history.record(&wave("w1", "MAIN", 9));
    history.record(&ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 4)])));
    history.record(&returned("t1", "o1", &[(1, 1)], vec!["BOLT".into()]));
    assert_eq!(history.sums("M8"), (19, 0, 0, 19));
    assert_eq!(history.position("M8").0, 0);
    assert!(unknown(&history, "BOLT"));
    // Both names at once are one item twice.
    let twice = ReceiveStock(received("r3", "MAIN", &[("M8", 1), ("BOLT", 1)]));
    let sku = "BOLT".into();
    assert_eq!(history.refusal(&twice), No::RepeatedSku { sku });
}

#[test]
fn what_crossed_the_renaming_is_of_the_item() {
    let mut history = busy();
    history.record(&renamed("n1", "BOLT", "M8"));
    // Decided by rooms that had not heard of it.
    history.tell(placed("o3", &[(1, "BOLT", 2)]));
    history.tell(settled(vec![
        assigned("o2", 1, "BOLT", "MAIN", 4),
        assigned("o3", 1, "BOLT", "MAIN", 2),
    ]));
    history.tell(purchase_ordered("p2", &[(1, "BOLT", 5, "none")]));
    assert_eq!(history.sums("M8").1, 10);
    assert_eq!(history.position("M8").0, 11);
    assert!(unknown(&history, "BOLT"));
}

#[test]
fn a_name_that_was_given_up_is_taken_by_nothing_else() {
    let mut history = busy();
    history.record(&renamed("n1", "BOLT", "M8"));
    let (sku, to) = (Sku::from("BOLT"), Sku::from("M8"));
    let renamed_item = || No::SkuOutdated {
        sku: sku.clone(),
        to: to.clone(),
    };
    assert_eq!(
        history.refusal(&DefineItem(item("d5", "BOLT"))),
        renamed_item()
    );
    let segment = Segment::Substitutable {
        alternatives: vec![sku.clone()],
        offer_days: None,
    };
    let instead = ItemDefined {
        segment,
        ..item("d6", "NUT")
    };
    assert_eq!(history.refusal(&DefineItem(instead)), renamed_item());
    assert_eq!(
        history.refusal(&renamed("n2", "BOLT", "M9")),
        renamed_item()
    );
    let now = ": what was called so is M8 now".to_owned();
    let taken = No::NameUsed {
        to: sku.clone(),
        now,
    };
    assert_eq!(history.refusal(&renamed("n3", "NUT", "BOLT")), taken);
    for name in ["NUT", "M8"] {
        let (to, now) = (name.into(), String::new());
        assert_eq!(
            history.refusal(&renamed("n4", "M8", name)),
            No::NameUsed { to, now }
        );
    }
    let ghost = Sku::from("GHOST");
    let unknown_sku = No::UnknownSku { sku: ghost };
    assert_eq!(
        history.refusal(&renamed("n5", "GHOST", "SPIRIT")),
        unknown_sku
    );
}

#[test]
fn a_name_under_which_anything_was_ordered_is_not_given() {
    let mut history = shop();
    history.tell(placed("o1", &[(1, "GHOST", 1)]));
    let (to, now) = ("GHOST".into(), String::new());
    let taken = No::NameUsed { to, now };
    assert_eq!(history.refusal(&renamed("n1", "BOLT", "GHOST")), taken);
}

#[test]
fn what_offers_an_item_instead_offers_it_under_its_new_name() {
    let mut history = shop();
    let segment = Segment::Substitutable {
        alternatives: vec!["BOLT".into()],
        offer_days: None,
    };
    history.tell(ItemDefined {
        segment,
        ..item("d5", "NUT")
    });
    history.record(&renamed("n1", "BOLT", "M8"));
    let stock = history.inventory.stock(&"NUT".into()).unwrap();
    let Segment::Substitutable { alternatives, .. } = &stock.item().unwrap().segment else {
        panic!("{stock:?}")
    };
    assert_eq!(*alternatives, ["M8"].map(Sku::from));
}

#[test]
fn a_renaming_has_a_reason_and_somebody_behind_it_and_is_one_of_few() {
    let mut history = shop();
    let mut nobody = renamed("n1", "BOLT", "M8");
    nobody.0.by = " ".to_owned();
    assert_eq!(history.refusal(&nobody), No::ByMalformed {});
    let mut groundless = renamed("n1", "BOLT", "M8");
    groundless.0.reason = String::new();
    assert_eq!(
        history.refusal(&groundless),
        No::ReasonMalformed { bytes: 0 }
    );
    let names: Vec<String> = (0..=MAX_FORMER_SKUS).map(|it| format!("B{it}")).collect();
    let mut last = "BOLT";
    for name in &names[..MAX_FORMER_SKUS] {
        history.record(&renamed(name, last, name));
        last = name;
    }
    let sku = last.into();
    let refused = history.refusal(&renamed("n", last, &names[MAX_FORMER_SKUS]));
    assert_eq!(refused, No::TooManyNames { sku });
}
