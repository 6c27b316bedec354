//! Lines and orders that take all or nothing, or all from one place, in a run.

use super::*;

#[test]
fn who_takes_all_or_nothing_does_so_here_too() {
    let mut whole = line("whole", 1, 5);
    whole.complete_only = true;
    let segments = [segment(&["whole", "left", "right"], Improve)];
    assert!(run(&segments, &[whole.clone()], 4).0.is_empty());
    assert_eq!(run(&segments, &[whole], 5).0, ["whole +5 main"]);
    let mut left = line("left", 1, 2);
    left.together = Some(2);
    let mut right = left.clone();
    right.queue_key.log_order = right.queue_key.log_order.with_line(1);
    right.number = 2;
    right.wanted = 3;
    let both = [left.clone(), right];
    assert!(run(&segments, &both, 4).0.is_empty());
    assert_eq!(run(&segments, &both, 5).0, ["left +2 main", "left +3 main"]);
    assert!(
        run(&segments, &[left], 5).0.is_empty(),
        "its other line is not in the run"
    );
}

#[test]
fn a_ship_complete_order_with_a_fill_line_gains_nothing() {
    let (left, right) = pair();
    let bolts = RunFilter {
        skus: vec!["BOLT".into()],
        ..RunFilter::default()
    };
    let gain = RunSegment {
        filter: bolts,
        sort: Vec::new(),
        strategy: Gain,
    };
    let pools = two_pools();
    for (strategy, changes) in [(Gain, 1), (Fill, 0), (Lose, 0)] {
        let segments = [gain.clone(), segment(&["all"], strategy)];
        let lines = [left.clone(), right.clone()];
        let plan = Plan::new(&segments, &lines, &pools);
        assert_eq!(plan.changes(), changes, "{strategy:?}");
    }
}

#[test]
fn a_full_line_does_not_stand_in_for_one_outside_the_run() {
    let (left, right) = pair();
    let whole = Candidate {
        held: vec![HeldAt {
            place: "main".into(),
            units: 3,
            frozen: 0,
        }],
        ..right.clone()
    };
    let segments = [segment(&["all"], Gain)];
    let pools = two_pools();
    let lines = [left.clone(), whole];
    let plan = Plan::new(&segments, &lines, &pools);
    assert_eq!(plan.changes(), 0, "another line wants more");
    let lines = [left, right];
    let plan = Plan::new(&segments, &lines, &pools);
    assert_eq!(plan.changes(), 1);
}

/// The two lines of an order that takes all or nothing: bolts and nuts.
fn pair() -> (Candidate, Candidate) {
    let mut left = line("all", 1, 2);
    left.together = Some(2);
    let mut right = left.clone();
    right.queue_key.log_order = right.queue_key.log_order.with_line(1);
    (right.number, right.wanted, right.sku) = (2, 3, "NUT".into());
    (left, right)
}

fn two_pools() -> BTreeMap<Sku, Pool> {
    let mut pools = free(9);
    let nuts = pools[&Sku::from("BOLT")].clone();
    pools.insert("NUT".into(), nuts);
    pools
}

#[test]
fn an_unsplit_line_is_filled_from_the_fullest_place() {
    let mut one = line("g", 9, 5);
    one.one_place = true;
    let lines = [one, line("a", 1, 4).holding("far", 4, 0)];
    let segments = [segment(&["g"], Gain), segment(&["a"], Fill)];
    assert_eq!(run(&segments, &lines, 3).0, ["a -4 far", "g +4 far"]);
}

#[test]
fn an_unsplit_order_takes_all_lines_from_the_place_of_the_first() {
    let mut one = line("g", 9, 2);
    one.one_place = true;
    let mut other = one.clone();
    other.queue_key.log_order = other.queue_key.log_order.with_line(1);
    (other.number, other.sku) = (2, "NUT".into());
    let mut pools = free(2);
    let free = [(LocationId::from("far"), 9)].into();
    let coming = Vec::new();
    pools.insert("NUT".into(), Pool { free, coming });
    let lines = [one, other];
    let segments = [segment(&["g"], Gain)];
    let plan = Plan::new(&segments, &lines, &pools);
    assert_eq!(words(&plan.effects(plan.changes())), ["g +2 main"]);
}
