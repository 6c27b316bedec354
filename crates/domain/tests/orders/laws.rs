//! The laws of a room, over random histories of orders.

use backorder_domain::command::{Command, Outcome, RoomState};
use backorder_domain::decider::Decider;
use backorder_domain::event::{Event, RefuseReason, ReleaseReason};
use backorder_domain::orders::{
    AcceptSubstitute, CancelOrder, Filter, MAX_PAGE, Order, OrderStatus, Orders, PlaceOrder,
};
use proptest::prelude::*;

use super::fixture::*;

/// What may happen next; numbers are taken from few, so that histories meet.
#[derive(Debug, Clone)]
enum Step {
    Place(u8, Vec<(u8, u32)>),
    Cancel(u8, u8, Vec<(u32, u32)>),
    Settle(Vec<(u8, u8, u32, u32)>),
    Ship(u8, u32, u32),
    Due,
}

fn step() -> impl Strategy<Value = Step> {
    let lines = prop::collection::vec((0_u8..3, 1_u32..6), 1..4);
    let named = prop::collection::btree_map(1_u32..4, 1_u32..6, 0..3);
    let effects = prop::collection::vec((0_u8..5, 0_u8..8, 1_u32..4, 1_u32..6), 1..8);
    prop_oneof![
        3 => (0_u8..8, lines).prop_map(|(order, lines)| Step::Place(order, lines)),
        2 => (0_u8..16, 0_u8..8, named)
            .prop_map(|(id, order, named)| Step::Cancel(id, order, named.into_iter().collect())),
        4 => effects.prop_map(Step::Settle),
        2 => (0_u8..8, 1_u32..4, 1_u32..6).prop_map(|(o, line, units)| Step::Ship(o, line, units)),
        1 => Just(Step::Due),
    ]
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..60)
}

fn name(kind: &str, number: u8) -> String {
    format!("{kind}{number}")
}

fn sku(number: u8) -> &'static str {
    ["BOLT", "NUT", "NAIL"][usize::from(number) % 3]
}

/// Asks what the step asks, and folds what was decided.
fn take(shop: &mut Shop, step: &Step) {
    match step {
        Step::Place(id, lines) => {
            let lines: Vec<_> = lines
                .iter()
                .map(|(s, quantity)| (sku(*s), *quantity))
                .collect();
            let asked = placing(&name("o", *id), &lines);
            if let Ok(Outcome::Record(event)) = shop.orders.decide(&asked, NOW) {
                shop.fold(event);
            }
        }
        Step::Cancel(id, order, named) => {
            let asked = cancellation(&name("c", *id), &name("o", *order), named);
            if let Ok(Outcome::Record(event)) = shop.orders.decide(&asked, NOW) {
                shop.fold(event);
            }
        }
        Step::Settle(effects) => {
            let effect = |(kind, id, line, units): &(u8, u8, u32, u32)| {
                let (id, line, units) = (name("o", *id), *line, *units);
                let order = shop.orders.order(&id.as_str().into());
                let ordered = order.and_then(|order| order.line(line));
                let sku = ordered.map_or_else(|| "BOLT".to_owned(), |line| line.sku().to_owned());
                match kind {
                    0 => assigned(&id, line, &sku, units),
                    1 => released(&id, line, &sku, units, ReleaseReason::Cancelled),
                    2 => backordered(&id, line, &sku, units),
                    3 => refused(&id, line, &sku, units, RefuseReason::StockOnly),
                    _ => released(&id, line, &sku, units, ReleaseReason::CountedDown),
                }
            };
            let effects: Vec<_> = effects.iter().map(effect).collect();
            for effect in effects {
                shop.hear(settled([effect]));
            }
        }
        Step::Ship(id, line, units) => {
            let id = name("o", *id);
            let of_line = shop
                .orders
                .order(&id.as_str().into())
                .and_then(|o| o.line(*line));
            let held = of_line.map_or(0, |l| {
                let tally = l.tally();
                tally.reserved.min(tally.quantity - tally.shipped)
            });
            let sku = of_line.map(|l| l.sku().to_owned());
            if let Some(sku) = sku.filter(|_| held > 0) {
                shop.fold(shipped("s", &id, &[(*line, &sku, held.min(*units))]));
            }
        }
        Step::Due => {
            shop.fold_due();
        }
    }
}

/// The command that an event of the room answers.
fn asked(event: &Event) -> Option<Box<dyn Command<Orders>>> {
    if let Some(asked) = PlaceOrder::answered_by(event) {
        Some(Box::new(asked))
    } else if let Some(asked) = CancelOrder::answered_by(event) {
        Some(Box::new(asked))
    } else {
        Some(Box::new(AcceptSubstitute::answered_by(event)?))
    }
}

fn shop_of(history: &[Step]) -> Shop {
    let mut shop = Shop::default();
    history.iter().for_each(|step| take(&mut shop, step));
    shop
}

fn listed(orders: &Orders, filter: &Filter) -> Vec<String> {
    let page = orders.list(filter, None, MAX_PAGE);
    let ids = page.orders.iter().map(|order| order.id().to_string());
    ids.collect()
}

proptest! {
    #[test]
    fn a_list_is_what_a_look_at_every_order_finds(history in history()) {
        let shop = shop_of(&history);
        let bytes = postcard::to_stdvec(&shop.orders).unwrap();
        let read: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
        for orders in [&shop.orders, &read] {
            let every = orders.list(&Filter::default(), None, MAX_PAGE).orders;
            prop_assert!(every.is_sorted_by_key(|order| order.id()));
            let found = |filter: &Filter, wanted: &dyn Fn(&Order<'_>) -> bool| {
                let wanted = every.iter().filter(|order| wanted(order));
                let ids: Vec<String> = wanted.map(|order| order.id().to_string()).collect();
                (listed(orders, filter), ids)
            };
            for status in OrderStatus::ALL {
                let filter = Filter { status: Some(status), ..Filter::default() };
                let (list, look) = found(&filter, &|order| order.status() == status);
                prop_assert_eq!(list, look);
            }
            for sku in ["BOLT", "NUT", "NAIL"] {
                let filter = Filter { sku: Some(sku.into()), ..Filter::default() };
                let has = |order: &Order<'_>| order.lines().any(|line| line.sku() == sku);
                let (list, look) = found(&filter, &has);
                prop_assert_eq!(list, look);
            }
            let filter = Filter { customer: Some("ann".into()), ..Filter::default() };
            let (list, look) = found(&filter, &|_| true);
            prop_assert_eq!(list, look);
        }
    }

    #[test]
    fn a_snapshot_anywhere_and_the_tail_is_the_full_fold(
        history in history(),
        cut in any::<prop::sample::Index>(),
    ) {
        let shop = shop_of(&history);
        let cut = cut.index(shop.log.len() + 1);
        let mut early = Shop::default().orders;
        for (index, event) in shop.log.iter().take(cut).enumerate() {
            evolve(&mut early, at(index + 1), event);
        }
        let bytes = postcard::to_stdvec(&early).unwrap();
        let mut restored: RoomState<Orders> = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&restored, &early);
        for (index, event) in shop.log.iter().enumerate().skip(cut) {
            evolve(&mut restored, at(index + 1), event);
        }
        prop_assert_eq!(restored, shop.orders);
    }

    #[test]
    fn folding_what_was_due_brings_the_room_to_rest(
        history in history(),
    ) {
        let mut shop = shop_of(&history);
        let mut rounds = 0;
        loop {
            let due = shop.orders.due(NOW).events;
            if due.is_empty() {
                break;
            }
            shop.fold_due();
            let after = shop.orders.due(NOW).events;
            prop_assert!(due.iter().all(|event| !after.contains(event)));
            rounds += 1;
            prop_assert!(rounds < 10);
        }
    }

    #[test]
    fn the_same_request_again_answers_as_the_first_time(history in history()) {
        let shop = shop_of(&history);
        for event in &shop.log {
            let Some(asked) = asked(event) else { continue };
            let Ok(Outcome::Before(at)) = shop.orders.decide(&*asked, NOW) else {
                panic!("{event:?} is not remembered");
            };
            let index = usize::try_from(at.revision.0).unwrap() - 1;
            let answer = shop.log[index].answers().unwrap();
            prop_assert_eq!(Some(answer.command), asked.id());
        }
    }

    #[test]
    fn decisions_with_disjoint_keys_commute(
        history in history(),
        ours in 0_u8..8,
        theirs in 0_u8..8,
    ) {
        prop_assume!(ours != theirs);
        let shop = shop_of(&history);
        let decide = |orders: &RoomState<Orders>, id: u8| {
            let cancel = cancellation(&name("x", id), &name("o", id), &[]);
            match orders.decide(&cancel, NOW) {
                Err(_) => orders.decide(&placing(&name("o", id), &[("BOLT", 1)]), NOW),
                decided => decided,
            }
        };
        let positions = [at(shop.log.len() + 1), at(shop.log.len() + 2)];
        let both = [decide(&shop.orders, ours), decide(&shop.orders, theirs)];
        let mut ends = Vec::new();
        for [first, second] in [[0, 1], [1, 0]] {
            let mut orders = shop.orders.clone();
            if let Ok(Outcome::Record(event)) = &both[first] {
                evolve(&mut orders, positions[first], event);
            }
            let id = if second == 0 { ours } else { theirs };
            prop_assert_eq!(&decide(&orders, id), &both[second]);
            if let Ok(Outcome::Record(event)) = &both[second] {
                evolve(&mut orders, positions[second], event);
            }
            ends.push(orders);
        }
        prop_assert_eq!(&ends[0], &ends[1]);
    }
}
