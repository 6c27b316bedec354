//! When more is bought, and how much.

use backorder_domain::inventory::ReceiveStock;

use crate::history::*;

/// BOLT is bought up to 100 when at most 20 are left, in packs of 12.
fn bolts() -> History {
    let mut history = shop();
    history.tell(bought("d5", "BOLT", (20, 100), 12));
    history
}

#[test]
fn an_item_at_its_reorder_point_is_bought_up_in_whole_packs() {
    let mut history = bolts();
    assert_eq!(history.due(), [requested("BOLT", 1, 108, 0)]);
    history.tell(received("r1", "MAIN", &[("BOLT", 21)]));
    assert_eq!(history.due(), []);
    history.tell(adjusted("a1", "BOLT", -1));
    assert_eq!(history.due(), [requested("BOLT", 1, 84, 20)]);
}

#[test]
fn requested_units_count_as_on_order_until_they_are_bought() {
    let mut history = bolts();
    history.tell(requested("BOLT", 1, 108, 0));
    assert_eq!(history.position("BOLT"), (108, 0, 108));
    assert_eq!(history.due(), []);
    history.tell(purchase_ordered("p1", &[(1, "BOLT", 120, "BOLT#1")]));
    assert_eq!(history.position("BOLT"), (120, 0, 120));
    history.tell(delivered("r1", "p1", &[("BOLT", 50)]));
    assert_eq!(history.position("BOLT"), (70, 0, 120));
    assert_eq!(history.due(), []);
}

#[test]
fn what_a_supplier_rejects_is_requested_anew_under_the_next_number() {
    let mut history = bolts();
    history.tell(requested("BOLT", 1, 108, 0));
    history.tell(purchase_ordered("p1", &[(1, "BOLT", 108, "BOLT#1")]));
    history.tell(purchase_rejected("p1", &[(1, "BOLT", 100)]));
    assert_eq!(history.due(), [requested("BOLT", 2, 96, 8)]);
}

#[test]
fn decided_demand_lowers_the_position_and_undecided_demand_does_not() {
    let mut history = bolts();
    history.tell(received("r1", "MAIN", &[("BOLT", 100)]));
    history.tell(placed("o1", &[(1, "BOLT", 90)]));
    assert_eq!(history.due(), []);
    history.tell(settled(vec![
        assigned("o1", 1, "BOLT", "MAIN", 50),
        backordered("o1", 1, "BOLT", 40),
    ]));
    assert_eq!(history.position("BOLT"), (0, 90, 10));
    assert_eq!(history.due(), [requested("BOLT", 1, 96, 10)]);
    history.tell(cancelled("o1", &[(1, 30)]));
    assert_eq!(history.position("BOLT"), (0, 60, 40));
    assert_eq!(history.due(), []);
}

#[test]
fn nothing_is_bought_for_what_is_refused_at_the_door() {
    let mut history = bolts();
    history.tell(received("r1", "MAIN", &[("BOLT", 25)]));
    history.tell(placed("o1", &[(1, "BOLT", 90)]));
    history.tell(settled(vec![refused("o1", 1, "BOLT", 90)]));
    assert_eq!(history.position("BOLT"), (0, 0, 25));
    assert_eq!(history.due(), []);
}

#[test]
fn goods_that_leave_do_not_change_the_position() {
    let mut history = bolts();
    history.tell(received("r1", "MAIN", &[("BOLT", 40)]));
    history.tell(placed("o1", &[(1, "BOLT", 10)]));
    history.tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 10)]));
    assert_eq!(history.position("BOLT"), (0, 10, 30));
    history.tell(shipped("s1", "o1", &[(1, "BOLT", 10)]));
    assert_eq!(history.position("BOLT"), (0, 0, 30));
}

#[test]
fn an_item_without_a_rule_is_not_bought() {
    let mut history = bolts();
    history.tell(item("d6", "BOLT"));
    assert_eq!(history.due(), []);
}

#[test]
fn a_want_over_the_bound_is_asked_for_in_parts() {
    let mut history = shop();
    history.tell(bought("d5", "BOLT", (0, 1_000_000_000), 3));
    let first = history.due();
    assert_eq!(first, [requested("BOLT", 1, 9_999_999, 0)]);
    history.tell(bought("d6", "BOLT", (9_999_999, 1_000_000_000), 3));
    history.tell(first[0].clone());
    assert_eq!(history.due(), [requested("BOLT", 2, 9_999_999, 9_999_999)]);
}

#[test]
fn a_delivery_fills_its_orders_lines_in_sequence_and_may_exceed_them() {
    let mut history = shop();
    history.tell(purchase_ordered(
        "p1",
        &[(1, "BOLT", 5, "x"), (2, "BOLT", 5, "y")],
    ));
    history.tell(delivered("r1", "p1", &[("BOLT", 7)]));
    assert_eq!(history.position("BOLT"), (3, 0, 10));
    history.tell(purchase_rejected("p1", &[(1, "BOLT", 5)]));
    assert_eq!(history.position("BOLT"), (3, 0, 10));
    history.record(&ReceiveStock(delivered("r2", "p1", &[("BOLT", 50)])));
    assert_eq!(history.position("BOLT"), (0, 0, 57));
    history.record(&ReceiveStock(delivered(
        "r3",
        "p1",
        &[("BOLT", 1), ("NUT", 1)],
    )));
    assert_eq!(history.position("BOLT"), (0, 0, 58));
}
