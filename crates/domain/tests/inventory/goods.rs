//! What may be said of goods after they were counted in.

use backorder_domain::command::Outcome;
use backorder_domain::event::*;
use backorder_domain::ids::Sku;
use backorder_domain::inventory::{
    ConfirmShipment, CountStock, InventoryRefusal as No, Left, RecallWave, ReturnGoods, Then,
};

use crate::history::*;

/// (on hand, reserved) of BOLT at a place.
fn at(history: &History, place: &str) -> (u64, u64) {
    let count = history.inventory.count(&"BOLT".into(), &place.into());
    (count.on_hand, count.reserved)
}

fn bolt() -> Vec<Sku> {
    vec!["BOLT".into()]
}

#[test]
fn what_left_from_elsewhere_takes_what_is_nobodys_there_and_frees_what_was_planned() {
    let mut history = reserved();
    history.tell(received("r2", "SIDE", &[("BOLT", 3)]));
    let aside = |quantity| {
        ConfirmShipment(Shipped {
            location: "SIDE".into(),
            ..shipped("s1", "o1", &[(1, "BOLT", quantity)])
        })
    };
    assert_eq!(
        history.refusal(&aside(4)),
        No::MoreThanOnHand {
            sku: "BOLT".into(),
            location: "SIDE".into(),
            on_hand: 3,
            asked: 4
        }
    );
    let Event::Inventory(InventoryEvent::Shipped(left)) = history.record(&aside(2)) else {
        panic!()
    };
    assert_eq!(left.lines[0].unplanned, 2);
    assert_eq!(
        (at(&history, "MAIN"), at(&history, "SIDE")),
        ((10, 5), (1, 0))
    );
    // The same again is the same, whatever was worked out.
    assert!(matches!(
        history.ask(&aside(2)).unwrap(),
        Outcome::Before(_)
    ));
    assert_eq!(ConfirmShipment::answered(&left), aside(2));
}

/// What a shipment asks for, read back from what became of it.
trait Answered {
    fn answered(left: &Shipped) -> ConfirmShipment;
}

impl Answered for ConfirmShipment {
    fn answered(left: &Shipped) -> ConfirmShipment {
        use backorder_domain::command::Command;
        Self::answered_by(&left.clone().into()).unwrap()
    }
}

#[test]
fn units_that_are_reserved_for_others_leave_only_if_that_is_said() {
    let mut history = reserved();
    // o2 wants 5 and has 3; 3 are nobody's, and 4 are those of o1.
    history.tell(adjusted("a1", "BOLT", -3));
    let asked = shipped("s1", "o2", &[(1, "BOLT", 5)]);
    assert_eq!(
        history.refusal(&ConfirmShipment(asked.clone())),
        No::MoreThanFree {
            sku: "BOLT".into(),
            location: "MAIN".into(),
            reserved: 3,
            free: 0,
            asked: 5
        }
    );
    let said = Shipped {
        from_others: true,
        ..asked
    };
    history.record(&ConfirmShipment(said));
    assert_eq!(at(&history, "MAIN"), (2, 4));
}

#[test]
fn lines_come_back_from_the_floor_and_stay_reserved() {
    let mut history = reserved();
    history.record(&wave("w1", "MAIN", 9));
    assert_eq!(history.sums("BOLT"), (10, 7, 7, 3));
    let event = history.record(&recalled("b1", "o1"));
    let Event::Inventory(InventoryEvent::WaveRecalled(back)) = event else {
        panic!()
    };
    assert_eq!(
        (back.lines[0].quantity, back.lines[0].wave.as_str()),
        (4, "w1")
    );
    assert_eq!(history.sums("BOLT"), (10, 7, 3, 3));
    assert_eq!(
        history.refusal(&recalled("b2", "o1")),
        No::NothingOnFloor {
            of: "order o1".to_owned()
        }
    );
    let rest = RecallWave {
        recall: "b3".into(),
        wave: Some("w1".into()),
        order: None,
    };
    history.record(&rest);
    assert_eq!(history.sums("BOLT"), (10, 7, 0, 3));
    // They go out again in their turn.
    let event = history.record(&wave("w2", "MAIN", 9));
    let Event::Inventory(InventoryEvent::WaveReleased(again)) = event else {
        panic!()
    };
    assert_eq!(again.lines.len(), 2);
    let unclear = RecallWave {
        order: Some("o1".into()),
        ..rest
    };
    let unclear = RecallWave {
        recall: "b4".into(),
        ..unclear
    };
    assert_eq!(history.refusal(&unclear), No::RecallMalformed {});
}

#[test]
fn what_was_picked_may_leave_though_the_order_was_cancelled_and_closed_meanwhile() {
    let mut history = reserved();
    history.record(&wave("w1", "MAIN", 9));
    history.tell(cancelled("o1", &[]));
    history.tell(settled(vec![Effect::Released(Released {
        order: "o1".into(),
        line: 1,
        sku: "BOLT".into(),
        location: "MAIN".into(),
        quantity: 4,
        why: ReleaseReason::Cancelled,
        in_wave: 4,
    })]));
    history.tell(closed("o1"));
    let picks = history.inventory.picks(&"o1".into());
    assert_eq!(picks.map(|picks| picks.units(1)), Some(4));
    let too_many = ConfirmShipment(shipped("s0", "o1", &[(1, "BOLT", 5)]));
    assert!(matches!(
        history.refusal(&too_many),
        No::MoreThanWanted { most: 4, .. }
    ));
    let Event::Inventory(InventoryEvent::Shipped(left)) =
        history.record(&ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 3)])))
    else {
        panic!()
    };
    assert_eq!(left.lines[0].unplanned, 3);
    assert_eq!(at(&history, "MAIN"), (7, 3));
    // The fourth is still on the floor until somebody puts it back.
    history.record(&recalled("b1", "o1"));
    let gone = ConfirmShipment(shipped("s2", "o1", &[(1, "BOLT", 1)]));
    assert_eq!(
        history.refusal(&gone),
        No::UnknownOrder { order: "o1".into() }
    );
}

#[test]
fn what_is_not_found_leaves_the_reservation_and_the_stock() {
    let mut history = reserved();
    history.record(&wave("w1", "MAIN", 9));
    let asked = short("p1", "o1", "MAIN", &[(1, 1)], bolt());
    let Event::Inventory(InventoryEvent::ShortPicked(report)) = history.record(&asked) else {
        panic!()
    };
    let line = &report.lines[0];
    assert_eq!((line.found, line.missing, line.written_off), (1, 3, 3));
    assert_eq!(history.sums("BOLT"), (7, 4, 4, 3));
    assert_eq!(
        history.refusal(&short("p2", "o1", "MAIN", &[(1, 1)], bolt())),
        No::NothingShort {
            line: 1,
            location: "MAIN".into(),
            to_pick: 1,
            found: 1
        }
    );
    // What somebody has taken off already is not taken off twice.
    history.tell(adjusted("a1", "BOLT", -7));
    let Event::Inventory(InventoryEvent::ShortPicked(report)) =
        history.record(&short("p3", "o1", "MAIN", &[(1, 0)], bolt()))
    else {
        panic!()
    };
    assert_eq!(
        (report.lines[0].missing, report.lines[0].written_off),
        (1, 0)
    );
    assert_eq!(
        history.refusal(&short("p4", "o9", "MAIN", &[(1, 0)], bolt())),
        No::UnknownOrder { order: "o9".into() }
    );
}

#[test]
fn what_is_taken_back_while_a_wave_crosses_it_and_reserved_again_is_not_fetched_twice() {
    let mut history = reserved();
    history.record(&wave("w1", "MAIN", 9));
    // The allocator had not heard of the wave.
    history.tell(settled(vec![released("o1", 1, "BOLT", "MAIN", 3)]));
    history.tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 3)]));
    assert_eq!(history.sums("BOLT"), (10, 7, 4, 3));
    assert_eq!(
        history.refusal(&wave("w2", "MAIN", 9)),
        No::NothingToRelease {
            location: "MAIN".into()
        }
    );
    // What is missing is no more than was ordered; what is found later goes out again.
    let asked = short("p1", "o1", "MAIN", &[(1, 0)], bolt());
    let Event::Inventory(InventoryEvent::ShortPicked(report)) = history.record(&asked) else {
        panic!()
    };
    assert_eq!(
        (report.lines[0].missing, report.lines[0].written_off),
        (4, 4)
    );
    history.tell(received("r3", "MAIN", &[("BOLT", 4)]));
    history.tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 4)]));
    let Event::Inventory(InventoryEvent::WaveReleased(again)) =
        history.record(&wave("w3", "MAIN", 9))
    else {
        panic!()
    };
    assert_eq!(again.lines[0].quantity, 4);
}

#[test]
fn of_an_order_with_long_numbers_comes_back_what_fits_a_commit_and_then_the_rest() {
    let name = |letter: char, line: u32| format!("{line:04}{}", letter.to_string().repeat(124));
    let (order, main) = (name('O', 0), name('M', 0));
    let mut history = History::default();
    history.tell(location("d1", &main));
    let skus: Vec<String> = (1..=600).map(|line| name('S', line)).collect();
    let lines: Vec<_> = (1..).zip(&skus).collect();
    let asked: Vec<_> = lines
        .iter()
        .map(|(line, sku)| (*line, sku.as_str(), 1))
        .collect();
    history.tell(placed(&order, &asked));
    for (line, sku) in &lines {
        history.tell(item(&format!("d{sku}"), sku));
        history.tell(received(&format!("r{line}"), &main, &[(sku, 1)]));
        history.tell(settled(vec![assigned(&order, *line, sku, &main, 1)]));
    }
    let mut out = 0;
    for at in 0.. {
        let outcome = history.ask(&wave(&name('W', at), &main, 1_000));
        let Ok(Outcome::Record(Event::Inventory(InventoryEvent::WaveReleased(wave)))) = outcome
        else {
            break;
        };
        out += wave.lines.len();
        history.tell(wave);
    }
    assert_eq!(out, 600);
    let mut back = Vec::new();
    for at in 0.. {
        let Ok(Outcome::Record(event)) = history.ask(&recalled(&name('B', at), &order)) else {
            break;
        };
        assert!(serde_json::to_vec(&event).unwrap().len() < MAX_COMMIT_BYTES / 2);
        let Event::Inventory(InventoryEvent::WaveRecalled(recalled)) = &event else {
            panic!()
        };
        back.extend(recalled.lines.iter().map(|line| line.line));
        history.tell(event);
    }
    back.sort_unstable();
    assert!(back.into_iter().eq(1..=600));
}

#[test]
fn a_count_says_what_is_there_and_keeps_what_moved_since() {
    let mut history = reserved();
    let change = |event| match event {
        Event::Inventory(InventoryEvent::Counted(counted)) => counted.lines[0].change,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        change(history.record(&counted("c1", "MAIN", &[("BOLT", 12)], false))),
        2
    );
    assert_eq!(at(&history, "MAIN"), (12, 7));
    // Another system has taken off what is reserved.
    assert_eq!(
        change(history.record(&counted("c2", "MAIN", &[("BOLT", 4)], true))),
        -1
    );
    assert_eq!(at(&history, "MAIN"), (11, 7));
    // Counted when 11 were there; 4 have left since.
    history.record(&ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 4)])));
    let then = |id: &str, found| CountStock {
        then: Some(vec![Then {
            on_hand: 11,
            reserved: 7,
        }]),
        ..counted(id, "MAIN", &[("BOLT", found)], false)
    };
    assert_eq!(change(history.record(&then("c3", 10))), -1);
    assert_eq!(at(&history, "MAIN"), (6, 3));
    assert_eq!(
        history.refusal(&then("c4", 4)),
        No::MoreThanCountedThen {
            sku: "BOLT".into(),
            location: "MAIN".into(),
            counted: 4,
            left: 5
        }
    );
    // What is as it was thought is recorded as well.
    assert_eq!(
        change(history.record(&counted("c5", "SIDE", &[("NUT", 0)], false))),
        0
    );
}

#[test]
fn a_move_takes_free_units_first_and_reserved_ones_stay_their_owners() {
    let mut history = reserved();
    let event = history.record(&moved("m1", "MAIN", "SIDE", &[("BOLT", 2)]));
    let owners = |event| match event {
        Event::Inventory(InventoryEvent::Moved(moved)) => moved.owners,
        other => panic!("{other:?}"),
    };
    assert_eq!(owners(event), []);
    let event = history.record(&moved("m2", "MAIN", "SIDE", &[("BOLT", 3)]));
    let along = owners(event);
    assert_eq!((along[0].order.as_str(), along[0].quantity), ("o1", 2));
    assert_eq!(
        (at(&history, "MAIN"), at(&history, "SIDE")),
        ((5, 5), (5, 2))
    );
    history.record(&wave("w1", "MAIN", 1));
    assert_eq!(
        history.refusal(&moved("m3", "MAIN", "SIDE", &[("BOLT", 5)])),
        No::MoreThanMovable {
            sku: "BOLT".into(),
            location: "MAIN".into(),
            movable: 3,
            asked: 5
        }
    );
    assert_eq!(
        history.refusal(&moved("m4", "MAIN", "MAIN", &[("BOLT", 1)])),
        No::RepeatedLocation {
            location: "MAIN".into()
        }
    );
}

#[test]
fn an_order_that_is_collected_keeps_its_units_where_it_is_collected() {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 1)]));
    history.tell(OrderPlaced {
        pick_up_at: Some("MAIN".into()),
        ..placed("o1", &[(1, "BOLT", 1)])
    });
    history.tell(settled(vec![assigned("o1", 1, "BOLT", "MAIN", 1)]));
    assert!(matches!(
        history.refusal(&moved("m1", "MAIN", "SIDE", &[("BOLT", 1)])),
        No::MoreThanMovable { movable: 0, .. }
    ));
}

#[test]
fn at_most_what_left_comes_back_once_whether_the_order_is_open_or_closed() {
    let mut history = reserved();
    history.record(&ConfirmShipment(shipped("s1", "o1", &[(1, "BOLT", 3)])));
    history.record(&returned("b1", "o1", &[(1, 1)], bolt()));
    assert_eq!(at(&history, "MAIN"), (8, 4));
    assert_eq!(
        history.refusal(&returned("b2", "o1", &[(1, 3)], bolt())),
        No::MoreThanLeft {
            order: "o1".into(),
            line: 1,
            out: 2,
            quantity: 3
        }
    );
    history.tell(cancelled("o1", &[])).tell(closed("o1"));
    assert!(history.inventory.closing(&"o1".into()).is_some());
    let left = vec![Left {
        line: 1,
        sku: "BOLT".into(),
        units: 3,
    }];
    let scrapped = ReturnGoods {
        left,
        scrapped: true,
        ..returned("b3", "o1", &[(1, 2)], Vec::new())
    };
    history.record(&scrapped);
    assert_eq!(at(&history, "MAIN"), (8, 3), "scrapped goods are no stock");
    let again = ReturnGoods {
        id: "b4".into(),
        lines: vec![(1, 1)],
        ..scrapped
    };
    assert!(matches!(
        history.refusal(&again),
        No::MoreThanLeft { out: 0, .. }
    ));
    assert_eq!(
        history.refusal(&returned("b5", "o9", &[(1, 1)], bolt())),
        No::UnknownOrder { order: "o9".into() }
    );
}
