//! The laws over random histories.

use backorder_domain::command::RoomState;
use backorder_domain::decider::{Decider, MAX_DUE_SIDE_EFFECTS, SideEffect};
use backorder_domain::event::{Event, Settled};
use backorder_domain::ids::Timestamp;
use backorder_domain::notifier::{DIGEST_MS, Notifier, NotifierSideEffect};
use proptest::prelude::*;

use super::history::*;

/// One step of a random history: an event, a delivery, a failure, or time.
#[derive(Debug, Clone)]
enum Step {
    Record(Box<Event>),
    Send,
    Fail,
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let order = prop::sample::select(vec!["o1", "o2", "o3"]);
    let effect = (order.clone(), 1_u32..3, 1_u32..6, 0_u8..5, 0_i64..4).prop_map(
        |(order, line, quantity, kind, day)| match kind {
            0 => waits(order, line, quantity),
            1 => assigned(order, line, quantity),
            2 => released(order, line, quantity),
            3 => refused(order, line, quantity),
            _ => promised(order, line, day),
        },
    );
    let settled =
        (prop::collection::vec(effect, 0..6), any::<bool>()).prop_map(|(effects, at_rest)| {
            Settled {
                rule: 1,
                effects,
                at_rest,
                sharing: Vec::new(),
                causes: Vec::new(),
                before: Vec::new(),
            }
            .into()
        });
    let event = prop_oneof![
        6 => settled,
        2 => (order.clone(), prop::collection::vec(1_u32..6, 1..3))
            .prop_map(|(order, quantities)| placed(order, &quantities).into()),
        1 => (order.clone(), 1_u32..3, 1_u32..6)
            .prop_map(|(order, line, units)| cancelled("x", order, &[(line, units)]).into()),
        1 => (order.clone(), 1_u32..3, 1_u32..6)
            .prop_map(|(order, line, units)| shipped("s", order, &[(line, units)]).into()),
        1 => order.prop_map(|order| closed(order).into()),
    ];
    let step = prop_oneof![
        8 => event.prop_map(|event| Step::Record(Box::new(event))),
        3 => Just(Step::Send),
        2 => Just(Step::Fail),
        2 => prop_oneof![Just(1_000), Just(DIGEST_MS), Just(3_600_000)].prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 0..60)
}

/// Plays a history; no notice may be told twice, and letters of an order leave in order.
fn play(steps: Vec<Step>) -> History {
    let mut history = History::default();
    let mut told = std::collections::BTreeSet::new();
    for step in steps {
        match step {
            Step::Record(event) => history.hear(*event),
            Step::Pass(ms) => drop(history.later(ms)),
            Step::Send | Step::Fail => {
                let Some(letter) = history.due().into_iter().next() else {
                    continue;
                };
                if matches!(step, Step::Send) {
                    assert!(
                        told.insert(letter.notice.clone()),
                        "{letter:?} was told twice"
                    );
                    history.decide(&letter, None).unwrap();
                } else {
                    history.decide(&letter, Some("421 busy")).unwrap();
                }
            }
        }
    }
    history
}

proptest! {
    #[test]
    fn a_snapshot_at_any_point_and_the_tail_are_the_full_fold(
        steps in steps(),
        cut in any::<prop::sample::Index>(),
    ) {
        let history = play(steps);
        let cut = cut.index(history.log.len() + 1);
        let mut room = RoomState::<Notifier>::default();
        for (position, at, event) in &history.log[..cut] {
            fold(&mut room, *position, *at, event);
        }
        let snapshot = postcard::to_stdvec(&room).unwrap();
        let mut room: RoomState<Notifier> = postcard::from_bytes(&snapshot).unwrap();
        for (position, at, event) in &history.log[cut..] {
            fold(&mut room, *position, *at, event);
        }
        prop_assert_eq!(room, history.room);
    }

    #[test]
    fn what_was_due_is_not_due_again_and_the_room_comes_to_rest(steps in steps()) {
        let mut history = play(steps);
        let mut told = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            let due = history.room.due(history.now);
            prop_assert!(due.side_effects.len() <= MAX_DUE_SIDE_EFFECTS);
            prop_assert!(due.again_at.is_none_or(|at| at > history.now));
            for NotifierSideEffect::Deliver(letter) in &due.side_effects {
                prop_assert!(told.insert(letter.notice.clone()));
                history.decide(letter, None).unwrap();
            }
            match due.again_at {
                Some(at) if due.side_effects.is_empty() => history.now = at,
                _ if due.side_effects.is_empty() => break,
                _ => {}
            }
        }
        prop_assert!(history.room.due(Timestamp::MAX).is_at_rest());
        prop_assert_eq!(history.room.counts().0, 0);
    }

    #[test]
    fn of_one_order_at_most_one_letter_is_under_way(steps in steps()) {
        let due = play(steps).room.due(Timestamp::MAX);
        let orders: std::collections::BTreeSet<_> =
            due.side_effects.iter().map(SideEffect::concerns).collect();
        prop_assert_eq!(orders.len(), due.side_effects.len());
    }
}
