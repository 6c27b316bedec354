//! Units held for somebody before they order.

use backorder_allocation::{AllocatorRefusal, Disposition, HoldStock, MAX_HOLD_MS};
use domain::command::{self, differences};
use domain::decider::Decider;
use domain::event::{Event, InventoryEvent, ItemDefined, Protection, Segment, StockHeld};
use domain::ids::{HoldId, Timestamp};

use crate::baskets::*;
use crate::fixture::*;

/// So many bolts, none of which anybody has asked for.
fn bolts(units: u32) -> Cell {
    Cell::given([item("BOLT"), received("BOLT", units)])
}

fn ask(cell: &Cell, quantity: u32) -> u32 {
    cell.ask(&asked("BOLT", quantity)).available_now
}

fn refusal(cell: &Cell, request: &StockHeld) -> AllocatorRefusal {
    decide::<HoldStock>(&cell.allocator, request.clone(), cell.now).unwrap_err()
}

#[test]
fn what_is_held_is_free_to_nobody_else() {
    let mut cell = bolts(5);
    let request = to_hold("h1", "BOLT", 3);
    let decided = decide::<HoldStock>(&cell.allocator, request.clone(), NOW);
    assert_eq!(
        decided,
        Ok(command::Outcome::Record(request.clone().into()))
    );
    assert!(cell.then(request.into()).is_empty());
    assert_eq!(ask(&cell, 5), 2);
    assert_eq!(
        cell.then(placed("o1", &[("BOLT", 4)]))[..2],
        ["assign o1.1 main 2", "wait o1.1 2 behind 0"]
    );
    let too_much = AllocatorRefusal::MoreThanFree {
        sku: "BOLT".into(),
        quantity: 1,
        free: 0,
    };
    assert_eq!(refusal(&cell, &to_hold("h2", "BOLT", 1)), too_much);
}

#[test]
fn stock_due_to_waiting_lines_cannot_be_put_on_hold() {
    let mut cell = Cell::given([item("BOLT")]);
    cell.then(placed("o1", &[("BOLT", 5)]));
    cell.fold(&received("BOLT", 7));
    let not_enough = AllocatorRefusal::MoreThanFree {
        sku: "BOLT".into(),
        quantity: 5,
        free: 2,
    };
    assert_eq!(refusal(&cell, &to_hold("h1", "BOLT", 5)), not_enough);
    assert!(decide::<HoldStock>(&cell.allocator, to_hold("h1", "BOLT", 2), NOW).is_ok());
    cell.fold(&cancelled("o1", &[(1, 5)]));
    assert!(decide::<HoldStock>(&cell.allocator, to_hold("h1", "BOLT", 7), NOW).is_ok());
}

/// What a wave loses where less was counted is given to it elsewhere first; what is held after that
/// stays held.
#[test]
fn a_hold_is_kept_beside_a_wave_that_is_short_elsewhere() {
    let mut cell = bolts(5);
    cell.then(placed("o1", &[("BOLT", 5)]));
    cell.fold(&wave("o1", 1, "BOLT", 5));
    cell.fold(&adjusted("BOLT", -3));
    cell.fold(&location("north", "north"));
    cell.fold(&received_at("north", "BOLT", 4));
    // Not known to be free before it is decided who gets it.
    assert!(decide::<HoldStock>(&cell.allocator, to_hold("h0", "BOLT", 4), NOW).is_err());
    assert_eq!(
        cell.settle(),
        [
            "release o1.1 main 3 CountedDown in wave",
            "assign o1.1 north 3"
        ]
    );
    let request = to_hold("h1", "BOLT", 1);
    assert!(decide::<HoldStock>(&cell.allocator, request.clone(), NOW).is_ok());
    assert!(cell.then(request.into()).is_empty(), "it was taken back");
    assert!(cell.allocator.open_hold(&"h1".into()).is_some());
    assert_eq!(
        cell.then(shipped("o1", 1, "BOLT", 2)),
        Vec::<String>::new(),
        "what was on the floor has left"
    );
}

#[test]
fn an_order_that_names_a_hold_gets_its_units_first() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    cell.then(gold("o1", &[("BOLT", 9)]));
    cell.fold(&gold("o2", &[("BOLT", 1)]));
    let effects = cell.then(with_hold("h1", order("o3", &[("BOLT", 3)])));
    assert!(
        effects.contains(&"assign o3.1 main 3".to_owned()),
        "{effects:?}"
    );
    assert_eq!(effects.last().unwrap(), "end h1 Used 0");
}

#[test]
fn more_than_held_goes_by_rank_and_less_sets_the_rest_free() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    cell.fold(&gold("o1", &[("BOLT", 1)]));
    let effects = cell.then(with_hold("h1", order("o2", &[("BOLT", 9)])));
    let assigned: Vec<&String> = effects
        .iter()
        .filter(|it| it.starts_with("assign"))
        .collect();
    assert_eq!(assigned, ["assign o1.1 main 1", "assign o2.1 main 4"]);

    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    cell.then(placed("o1", &[("BOLT", 4)]));
    let effects = cell.then(with_hold("h1", order("o2", &[("BOLT", 1)])));
    assert_eq!(
        effects,
        ["assign o2.1 main 1", "end h1 Used 2", "assign o1.1 main 2"]
    );
}

#[test]
fn a_hold_serves_all_lines_of_its_sku_and_no_other_order() {
    let mut cell = bolts(3);
    cell.then(held("h1", "BOLT", 3));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 1), ("BOLT", 2)])));
    let effects = cell.then(with_hold("h1", order("o2", &[("BOLT", 3)])));
    assert_eq!(effects[0], "assign o1.1 main 1");
    assert_eq!(effects[1], "assign o1.2 main 2");
    assert_eq!(effects[2], "wait o2.1 3 behind 0");
    assert_eq!(effects.last().unwrap(), "end h1 Used 0");
}

#[test]
fn an_order_that_takes_all_or_nothing_counts_what_is_held_for_it() {
    let sold_out = || item_as("BOLT", Segment::StockOnly, None);
    let mut whole = order("o1", &[("BOLT", 5)]);
    whole.lines[0].complete_only = true;
    let mut cell = Cell::given([sold_out(), received("BOLT", 5)]);
    cell.then(held("h1", "BOLT", 3));
    let effects = cell.then(with_hold("h1", whole));
    assert_eq!(effects, ["assign o1.1 main 5", "end h1 Used 0"]);

    let mut together = order("o1", &[("BOLT", 3), ("NUT", 1)]);
    together.ship_complete = true;
    let facts = [
        sold_out(),
        item("NUT"),
        received("BOLT", 3),
        received("NUT", 1),
    ];
    let mut cell = Cell::given(facts);
    cell.then(held("h1", "BOLT", 3));
    let effects = cell.then(with_hold("h1", together));
    assert_eq!(
        effects,
        ["assign o1.1 main 3", "assign o1.2 main 1", "end h1 Used 0"]
    );
}

#[test]
fn an_unsplit_order_may_use_its_own_hold() {
    let Event::Inventory(InventoryEvent::ItemDefined(bolt)) = item("BOLT") else {
        unreachable!("an item")
    };
    let protection = Some(Protection {
        safety_stock: 2,
        ..Protection::default()
    });
    let kept = ItemDefined { protection, ..bolt };
    let mut cell = Cell::given([kept.into(), received("BOLT", 4)]);
    cell.then(held("h1", "BOLT", 2));
    cell.then(adjusted("BOLT", -2));
    let mut unsplit = order("o1", &[("BOLT", 2)]);
    unsplit.no_split = true;
    let effects = cell.then(with_hold("h1", unsplit));
    assert_eq!(effects, ["assign o1.1 main 2", "end h1 Used 0"]);
}

#[test]
fn a_line_ahead_of_a_gathering_order_is_decided_meanwhile() {
    let mut cell = bolts(2);
    cell.then(held("h1", "BOLT", 2));
    cell.fold(&item("NUT"));
    cell.fold(&received("NUT", 2));
    cell.then(placed("o1", &[("NUT", 1)]));
    cell.fold(&placed("o2", &[("BOLT", 1)]));
    let mut together = order("o3", &[("BOLT", 2), ("NUT", 1)]);
    together.ship_complete = true;
    cell.fold(&with_hold("h1", together));
    cell.fold(&cancelled("o1", &[]));
    let first = cell.due().unwrap();
    let said: Vec<String> = first.effects.iter().map(say).collect();
    assert_eq!(
        said,
        [
            "release o1.1 main 1 Cancelled",
            "wait o2.1 1 behind 0",
            "promise o2.1 estimate day 7"
        ]
    );
}

#[test]
fn an_unusable_hold_makes_an_ordinary_order() {
    let mut cell = bolts(3);
    cell.then(held("h1", "BOLT", 3));
    cell.fold(&item("NUT"));
    let effects = cell.then(with_hold("h1", order("o1", &[("NUT", 1)])));
    assert_eq!(effects[0], "wait o1.1 1 behind 0");
    assert_eq!(ask(&cell, 3), 0, "still held");
    let effects = cell.then(with_hold("ghost", order("o2", &[("BOLT", 1)])));
    assert_eq!(effects[0], "wait o2.1 1 behind 0");
    cell.now = NOW.plus_ms(15 * 60_000);
    let effects = cell.settle();
    assert_eq!(effects, ["end h1 Expired 3", "assign o2.1 main 1"]);
    let effects = cell.then(with_hold("h1", order("o3", &[("BOLT", 3)])));
    assert_eq!(effects[0], "assign o3.1 main 2");
}

#[test]
fn a_hold_ends_at_its_time_unless_an_order_names_it() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 2));
    let until = NOW.plus_ms(15 * 60_000);
    assert_eq!(cell.allocator.due(NOW).again_at, Some(until));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 2)])));
    cell.now = until;
    assert_eq!(cell.settle(), ["assign o1.1 main 2", "end h1 Used 0"]);
}

#[test]
fn whoever_asked_may_give_it_up_once_and_again() {
    let mut cell = bolts(2);
    cell.then(held("h1", "BOLT", 2));
    cell.then(placed("o1", &[("BOLT", 1)]));
    let hold: HoldId = "h1".into();
    let Ok(command::Outcome::Record(ended)) = release(&cell.allocator, hold.clone(), NOW) else {
        panic!("it is open");
    };
    assert_eq!(cell.then(ended), ["assign o1.1 main 1"]);
    let again = release(&cell.allocator, hold.clone(), NOW);
    assert_eq!(again, Ok(command::Outcome::Nothing));
    let ghost = release(&cell.allocator, "ghost".into(), NOW);
    let unknown = AllocatorRefusal::UnknownHold {
        hold: "ghost".into(),
    };
    assert_eq!(ghost, Err(unknown));
    cell.then(held("h2", "BOLT", 1));
    cell.fold(&with_hold("h2", order("o2", &[("BOLT", 1)])));
    let used = AllocatorRefusal::HoldUsed {
        hold: "h2".into(),
        order: "o2".into(),
    };
    assert_eq!(release(&cell.allocator, "h2".into(), NOW), Err(used));
}

#[test]
fn an_order_given_up_before_it_was_decided_on_sets_its_hold_free() {
    let mut cell = bolts(2);
    cell.then(held("h1", "BOLT", 2));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 2)])));
    assert_eq!(cell.then(cancelled("o1", &[])), ["end h1 Used 2"]);
    assert_eq!(ask(&cell, 2), 2);
    cell.then(held("h2", "BOLT", 2));
    cell.fold(&with_hold("h2", order("o2", &[("BOLT", 2)])));
    assert_eq!(cell.then(closed("o2")), ["end h2 Used 2"]);
}

#[test]
fn where_less_is_there_than_thought_a_hold_goes_before_a_reservation() {
    let mut cell = bolts(4);
    cell.fold(&received_at("north", "BOLT", 4));
    cell.then(placed("o1", &[("BOLT", 4)]));
    cell.then(held("h1", "BOLT", 2));
    cell.then(held("h2", "BOLT", 2));
    let effects = cell.then(adjusted("BOLT", -1));
    assert!(
        effects.contains(&"end h2 TakenBack 2".to_owned()),
        "{effects:?}"
    );
    let order = cell.allocator.order(&"o1".into()).unwrap();
    assert_eq!(order.lines[0].tally.covered(), 4, "{effects:?}");
    assert_eq!(ask(&cell, 9), 1);
}

#[test]
fn the_same_hold_again_is_promised_apart_from_another_for_ever() {
    let mut cell = bolts(3);
    cell.then(held("h1", "BOLT", 2));
    let again = to_hold("h1", "BOLT", 2);
    let decided = decide::<HoldStock>(&cell.allocator, again.clone(), NOW).unwrap();
    assert!(
        matches!(decided, command::Outcome::Before(_)),
        "{decided:?}"
    );
    cell.now = NOW.plus_days(3);
    cell.settle();
    let decided = decide::<HoldStock>(&cell.allocator, again.clone(), cell.now).unwrap();
    assert!(
        matches!(decided, command::Outcome::Before(_)),
        "{decided:?}"
    );
    let other = command::<HoldStock>(to_hold("h1", "BOLT", 3).into());
    assert_eq!(
        differences(&again.into(), &other),
        ["quantity: 2 recorded, 3 asked"]
    );
}

#[test]
fn a_hold_is_of_some_units_for_a_time_that_a_basket_takes() {
    let cell = bolts(3);
    let request = to_hold("h1", "BOLT", 3);
    let hold = |quantity| StockHeld {
        quantity,
        ..request.clone()
    };
    for quantity in [0, u32::MAX] {
        let out = AllocatorRefusal::HoldQuantityOutOfRange { quantity };
        assert_eq!(refusal(&cell, &hold(quantity)), out);
    }
    let until = |until: Timestamp| StockHeld {
        until,
        ..request.clone()
    };
    for at in [NOW, NOW.plus_ms(MAX_HOLD_MS + 1)] {
        let out = AllocatorRefusal::HoldUntilOutOfRange { until: at };
        assert_eq!(refusal(&cell, &until(at)), out);
    }
    assert!(decide::<HoldStock>(&cell.allocator, until(NOW.plus_ms(MAX_HOLD_MS)), NOW).is_ok());
    let nameless = StockHeld {
        channel: Some("\n".to_owned()),
        ..request
    };
    let malformed = AllocatorRefusal::HoldChannelMalformed {};
    assert_eq!(refusal(&cell, &nameless), malformed);
    let nobody_has_it = AllocatorRefusal::MoreThanFree {
        sku: "GHOST".into(),
        quantity: 1,
        free: 0,
    };
    assert_eq!(refusal(&cell, &to_hold("h1", "GHOST", 1)), nobody_has_it);
}

#[test]
fn a_settling_and_a_hold_of_one_sku_never_share_a_commit() {
    let mut cell = bolts(2);
    cell.fold(&placed("o1", &[("BOLT", 1)]));
    let settled = Event::from(cell.due().unwrap());
    let hold = Event::from(to_hold("h1", "BOLT", 2));
    let shared = settled.concerns();
    assert!(hold.concerns().iter().any(|key| shared.contains(key)));
    let other = Event::from(to_hold("h1", "NUT", 2));
    assert!(!other.concerns().iter().any(|key| shared.contains(key)));
}

#[test]
fn who_asks_hears_what_is_left_beside_holds() {
    let mut cell = bolts(2);
    cell.then(held("h1", "BOLT", 2));
    assert_eq!(
        cell.ask(&asked("BOLT", 1)).disposition,
        Disposition::Backorder
    );
    assert_eq!(
        cell.allocator
            .queue(&"BOLT".into(), None, 9)
            .unwrap()
            .free_units,
        0
    );
}

#[test]
fn a_hold_leaves_other_free_stock_to_the_next_order() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 3)])));
    cell.fold(&placed("o2", &[("BOLT", 2)]));
    let both = cell.due().unwrap().effects;
    let both: Vec<String> = both.iter().map(say).collect();
    assert_eq!(both, ["assign o1.1 main 3", "assign o2.1 main 2"]);
}

#[test]
fn a_hold_is_used_up_before_another_line_of_its_order_asks() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    cell.then(held("h2", "BOLT", 2));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 3), ("BOLT", 2)])));
    cell.fold(&with_hold("h2", order("o2", &[("BOLT", 2)])));
    let effects = cell.settle();
    assert_eq!(effects[0], "assign o1.1 main 3");
    assert_eq!(effects[1], "wait o1.2 2 behind 0");
    assert_eq!(effects[3], "assign o2.1 main 2");
}

#[test]
fn what_is_held_can_be_looked_at_until_an_order_has_it() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 3));
    let left = cell.allocator.open_hold(&"h1".into()).map(|hold| hold.left);
    assert_eq!(left, Some(3));
    cell.fold(&with_hold("h1", order("o1", &[("BOLT", 3)])));
    assert_eq!(cell.allocator.open_hold(&"h1".into()), None);
    let held_for = |id: &str| cell.allocator.held_for(&id.into(), &"BOLT".into());
    assert_eq!((held_for("o1"), held_for("o2")), (3, 0));
}

#[test]
fn at_its_end_a_hold_ends_once_and_asks_for_no_other_hour() {
    let mut cell = bolts(5);
    cell.then(held("h1", "BOLT", 2));
    cell.now = NOW.plus_ms(15 * 60_000);
    let due = cell.allocator.due(cell.now);
    assert_eq!((due.events.len(), due.again_at), (1, None));
}
