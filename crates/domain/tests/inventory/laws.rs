//! The laws of a room, over random histories in which facts of other rooms cross at will.

use std::collections::BTreeSet;

use allocation::Allocator;
use backorder_domain::command::{Command, Outcome, RoomState};
use backorder_domain::decider::Projection;
use backorder_domain::event::{Event, OrderPlaced, OrdersEvent, Shipped};
use backorder_domain::exact::stopped;
use backorder_domain::ids::{Key, OrderId, Timestamp};
use backorder_domain::inventory::{
    AdjustStock, ConfirmShipment, DefineItem, DefineLocation, Inventory, ReceiveStock,
};
use proptest::prelude::*;

use crate::history::*;

const SKUS: [&str; 3] = ["BOLT", "NUT", "GHOST"];
const PLACES: [&str; 2] = ["MAIN", "SIDE"];

/// What happens next: which kind of thing, about what, how much.
type Step = (u8, usize, usize, u32);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_u8..24, 0_usize..3, 0_usize..4, 0_u32..12), 1..60)
}

/// Which kinds of things are asked of inventory; the others are facts of other rooms.
fn is_request(kind: u8) -> bool {
    !(6..=15).contains(&kind)
}

fn requests() -> impl Strategy<Value = Step> {
    let kinds = prop::sample::select(
        (0_u8..24)
            .filter(|kind| is_request(*kind))
            .collect::<Vec<_>>(),
    );
    (kinds, 0_usize..3, 0_usize..4, 0_u32..12)
}

/// What is asked of inventory.
type Asked = Box<dyn Command<Inventory>>;

fn request((kind, which, what, units): Step, id: &str) -> Asked {
    let (order, line) = (format!("o{which}"), 1 + what as u32 % 2);
    let (sku, place) = (SKUS[what % 3], PLACES[which % 2]);
    match kind {
        0 => {
            let levels = (3 * units, 20 + 3 * units);
            Box::new(DefineItem(bought(
                id,
                SKUS[what % 2],
                levels,
                1 + units % 4,
            )))
        }
        1 => Box::new(DefineLocation(location(id, place))),
        2 if which > 1 => {
            let delivered = delivered(id, &format!("p{units}"), &[(sku, 1 + units)]);
            Box::new(ReceiveStock(delivered))
        }
        2 => Box::new(ReceiveStock(received(id, place, &[(sku, 1 + units)]))),
        3 => Box::new(AdjustStock(adjusted(id, sku, i64::from(units) - 4))),
        4 => Box::new(wave(id, place, 1 + units)),
        16 => Box::new(counted(id, place, &[(sku, units.into())], units % 2 == 0)),
        17 => Box::new(moved(
            id,
            place,
            PLACES[(which + 1) % 2],
            &[(sku, 1 + units)],
        )),
        // Of few names, so that some of what arrives has left.
        21 => Box::new(sent(
            &format!("m{units}"),
            place,
            PLACES[(which + 1) % 2],
            &[(sku, 1 + units)],
        )),
        22 => Box::new(arrived(
            id,
            &format!("m{units}"),
            place,
            &[(sku, 1 + units / 2)],
            what == 0,
        )),
        23 => {
            let to = format!("{sku}-{which}");
            Box::new(renamed(id, sku, &to))
        }
        18 => Box::new(recalled(id, &order)),
        19 => {
            let skus = SKUS.map(Into::into).into();
            Box::new(short(
                id,
                &order,
                PLACES[what / 2],
                &[(line, units % 4)],
                skus,
            ))
        }
        20 => {
            let skus = SKUS.map(Into::into).into();
            Box::new(returned(id, &order, &[(line, 1 + units % 3)], skus))
        }
        _ => {
            let lines = [(line, SKUS[(which + line as usize) % 3], 1 + units % 4)];
            let shipped = shipped(id, &order, &lines);
            Box::new(ConfirmShipment(Shipped {
                location: PLACES[what / 2].into(),
                ..shipped
            }))
        }
    }
}

fn decide(inventory: &RoomState<Inventory>, asked: &Asked) -> Option<Outcome> {
    inventory.decide(&**asked, Timestamp::from_ms(0)).ok()
}

/// A fact of another room, whether or not it fits what inventory knows.
fn hearsay((kind, which, what, units): Step) -> Event {
    let (order, line) = (format!("o{which}"), 1 + what as u32 % 2);
    let (sku, place) = (SKUS[(which + line as usize) % 3], PLACES[what / 2]);
    let settle = |effect| settled(vec![effect]).into();
    match kind {
        6 | 7 => usual(which, units).into(),
        8 => cancelled(&order, if units < 3 { &[] } else { &[(1, 2)] }).into(),
        9 if units == 0 => closed(&order).into(),
        9 => settle(assigned(&order, line, sku, place, 1)),
        10 | 11 => settle(assigned(&order, line, sku, place, 1 + units)),
        12 => settle(released(&order, line, sku, place, units)),
        13 => settle(backordered(&order, line, sku, units)),
        14 => settle(refused(&order, line, sku, units)),
        _ if what == 0 => purchase_rejected(&format!("p{which}"), &[(1, sku, units)]).into(),
        _ => {
            let requisition = format!("{sku}#{}", 1 + units % 3);
            purchase_ordered(&format!("p{which}"), &[(1, sku, units, &requisition)]).into()
        }
    }
}

/// Some stock, and three orders that hold some of it.
fn prelude() -> History {
    let mut history = shop();
    for place in PLACES {
        history.tell(received(place, place, &SKUS.map(|sku| (sku, 20))));
    }
    for which in 0..3 {
        history.tell(usual(which, 6));
        let held = [1, 2].map(|line| {
            let (order, place) = (format!("o{which}"), PLACES[line - 1]);
            assigned(&order, line as u32, SKUS[(which + line) % 3], place, 4)
        });
        history.tell(settled(held.into()));
    }
    history
}

fn usual(which: usize, units: u32) -> OrderPlaced {
    let lines = [
        (2, SKUS[(which + 2) % 3], units),
        (1, SKUS[(which + 1) % 3], 5),
    ];
    placed(&format!("o{which}"), &lines)
}

fn live(steps: &[Step]) -> History {
    let mut history = prelude();
    for (index, step) in steps.iter().enumerate() {
        let id = format!("x{index}");
        if is_request(step.0) {
            let asked = request(*step, &id);
            if let Some(Outcome::Record(event)) = decide(&history.inventory, &asked) {
                history.tell(event);
                let again = decide(&history.inventory, &asked);
                assert!(
                    matches!(again, Some(Outcome::Before(_))),
                    "{step:?} was recorded twice"
                );
            }
        } else {
            let event = hearsay(*step);
            // An order is placed once, for ever.
            let placed = OrderPlaced::of(&event).map(|placed| &placed.order);
            let before = history.log.iter().filter_map(OrderPlaced::of);
            let again = before
                .map(|placed| &placed.order)
                .any(|id| Some(id) == placed);
            if !again {
                history.hear(event);
            }
        }
        if step.3 % 5 == 0 {
            for event in history.due() {
                history.tell(event);
            }
        }
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_the_tail_are_the_whole(steps in steps(), cut in 0_usize..80) {
        let history = live(&steps);
        let cut = cut.min(history.log.len());
        let mut state = RoomState::<Inventory>::default();
        for (index, event) in history.log.iter().enumerate() {
            if index == cut {
                let bytes = postcard::to_stdvec(&state).unwrap();
                state = postcard::from_bytes(&bytes).unwrap();
            }
            fold(&mut state, index as u64 + 1, 0, event);
        }
        prop_assert_eq!(state, history.inventory);
    }

    #[test]
    fn the_allocator_and_inventory_agree_on_who_holds_what_where(steps in steps()) {
        let (mut inventory, mut allocator) = (Inventory::default(), Allocator::default());
        let mut seen = BTreeSet::new();
        let log = live(&steps).log.into_iter().filter(|event| match event {
            Event::Orders(OrdersEvent::OrderPlaced(placed)) => seen.insert(placed.order.clone()),
            _ => true,
        });
        for (revision, event) in (1..).zip(log) {
            // The allocator knows what it could not have recorded; inventory need not.
            let (mut ours, mut theirs) = (inventory.clone(), allocator.clone());
            let both = || {
                fold(&mut ours, revision, 0, &event);
                fold(&mut theirs, revision, 0, &event);
            };
            if stopped(both).is_some() {
                continue;
            }
            fold(&mut inventory, revision, 0, &event);
            fold(&mut allocator, revision, 0, &event);
            for order in ["o0", "o1", "o2"].map(OrderId::from) {
                let Ok(known) = allocator.order(&order) else { continue };
                for line in &known.lines {
                    let holdings = line.reservations.iter();
                    let theirs = holdings.map(|held| (&held.place, held.units));
                    let theirs: Vec<_> = theirs.collect();
                    prop_assert_eq!(inventory.holds(&order, line.line), theirs);
                }
            }
        }
    }

    #[test]
    fn what_is_due_moves_past_and_comes_to_rest(steps in steps()) {
        let mut history = live(&steps);
        let first = history.due();
        for event in &first {
            history.tell(event.clone());
        }
        let mut asked = BTreeSet::new();
        for _ in 0..10 {
            for event in history.due() {
                prop_assert!(!first.contains(&event));
                let is_new = asked.insert(format!("{event:?}"));
                prop_assert!(is_new);
                history.tell(event);
            }
        }
        prop_assert_eq!(history.due(), []);
    }

    #[test]
    fn requests_that_may_stand_in_one_commit_commute(
        steps in steps(),
        one in requests(),
        two in requests(),
    ) {
        let history = live(&steps);
        let (one, two) = (request(one, "one"), request(two, "two"));
        if meet(&history.inventory, &*one, &*two) {
            return Ok(());
        }
        let (decided_one, decided_two) =
            (decide(&history.inventory, &one), decide(&history.inventory, &two));
        let (Some(Outcome::Record(first)), Some(Outcome::Record(second))) =
            (&decided_one, &decided_two) else { return Ok(()) };
        let revision = history.log.len() as u64 + 1;
        let (mut here, mut there) = (history.inventory.clone(), history.inventory.clone());
        fold(&mut here, revision, 0, first);
        prop_assert_eq!(decide(&here, &two), decided_two.clone());
        fold(&mut here, revision, 1, second);
        fold(&mut there, revision, 1, second);
        prop_assert_eq!(decide(&there, &one), decided_one.clone());
        fold(&mut there, revision, 0, first);
        here.check().unwrap();
        prop_assert_eq!(here, there);
    }
}

/// They are about the same, and one of them does not share it: they stand in two commits.
fn meet(
    inventory: &RoomState<Inventory>,
    one: &dyn Command<Inventory>,
    two: &dyn Command<Inventory>,
) -> bool {
    let now = |keys: Vec<Key>| keys.into_iter().map(|key| inventory.renamed().key(key));
    let of_one: Vec<Key> = now(one.keys()).collect();
    let mut both = now(two.keys()).filter(|key| of_one.contains(key));
    both.any(|key| !(one.shares(key, inventory) && two.shares(key, inventory)))
}

#[test]
fn a_wave_stands_in_no_commit_with_a_shipment() {
    let inventory = reserved().inventory;
    let leaving = |order: &str, sku| ConfirmShipment(shipped(order, order, &[(1, sku, 1)]));
    let (one, two) = (leaving("o1", "BOLT"), leaving("o2", "BOLT"));
    assert!(meet(&inventory, &wave("w1", "MAIN", 9), &one));
    assert!(meet(
        &inventory,
        &wave("w1", "MAIN", 9),
        &wave("w2", "SIDE", 9)
    ));
    assert!(!meet(&inventory, &one, &two));
    assert!(meet(&inventory, &one, &leaving("o1", "B")));
}

#[test]
fn receipts_of_one_sku_stand_in_one_commit_and_a_correction_does_not() {
    let inventory = RoomState::default();
    let receipt = |id| ReceiveStock(received(id, "MAIN", &[("A", 1)]));
    assert!(!meet(&inventory, &receipt("r1"), &receipt("r2")));
    let correction = AdjustStock(adjusted("a1", "A", -1));
    assert!(meet(&inventory, &receipt("r1"), &correction));
    assert!(meet(&inventory, &correction, &receipt("r1")));
}

#[test]
fn shipments_of_an_sku_stand_in_one_commit_unless_less_is_there_than_reserved() {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 5)]));
    for order in ["o1", "o2"] {
        history.tell(placed(order, &[(1, "BOLT", 3)]));
    }
    let reserved = |units| settled(vec![assigned("o1", 1, "BOLT", "MAIN", units)]);
    history.tell(settled(vec![assigned("o2", 1, "BOLT", "MAIN", 2)]));
    let leaving = |order: &str| ConfirmShipment(shipped(order, order, &[(1, "BOLT", 2)]));
    history.tell(reserved(3));
    assert!(!meet(&history.inventory, &leaving("o1"), &leaving("o2")));
    // One that takes of what is nobody's stands alone.
    let more = ConfirmShipment(shipped("s", "o2", &[(1, "BOLT", 3)]));
    assert!(meet(&history.inventory, &leaving("o1"), &more));
    history.tell(adjusted("a1", "BOLT", -1));
    assert!(meet(&history.inventory, &leaving("o1"), &leaving("o2")));
}
