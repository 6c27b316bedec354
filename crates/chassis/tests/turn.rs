//! A commit being put together, without a log.

#![cfg(test)]

use allocation::{Allocator, AllocatorRefusal};
use backorder_chassis::turn::{Draft, Folded, Offer};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decision};
use domain::event::{Adjusted, Assigned, Effect, Event, HoldEnd, HoldEnded, Rebalanced, StockHeld};
use domain::ids::{Key, Timestamp};

fn run(sku: &str) -> Event {
    Event::from(Rebalanced {
        run: "r1".into(),
        rule: 0,
        segments: Vec::new(),
        nervousness_budget: None,
        preview: String::new(),
        effects: vec![Effect::Assigned(Assigned {
            order: sku.into(),
            line: 1,
            sku: sku.into(),
            location: "main".into(),
            quantity: 1,
            effective: Timestamp::from_ms(0),
        })],
        causes: Vec::new(),
        before: Vec::new(),
    })
}

/// Records an event, whatever the state is.
struct Record(Event);

/// The same, about a key that it shares.
struct Beside(Event, Key);

impl Command<Allocator> for Beside {
    fn keys(&self) -> Vec<Key> {
        vec![self.1]
    }

    fn shares(&self, key: Key, _: &RoomState<Allocator>) -> bool {
        key == self.1
    }

    fn decide(&self, _: &RoomState<Allocator>, _: Timestamp) -> Decision<AllocatorRefusal> {
        Ok(Decided::Record(self.0.clone()))
    }
}

impl Command<Allocator> for Record {
    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    fn decide(&self, _: &RoomState<Allocator>, _: Timestamp) -> Decision<AllocatorRefusal> {
        Ok(Decided::Record(self.0.clone()))
    }
}

fn offer(draft: &mut Draft, keys: &[Key], event: &Event) -> bool {
    let state = RoomState::default();
    match draft.offer(&state, &Record(event.clone()), keys) {
        Offer::Taken(_) => true,
        Offer::Later(_) | Offer::Full => false,
        other @ (Offer::Nothing | Offer::Before(_) | Offer::Refused(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_run_shares_no_commit_with_a_hold_of_its_item() {
    let hold = Event::from(StockHeld {
        hold: "h1".into(),
        sku: "BOLT".into(),
        quantity: 1,
        tier: "standard".into(),
        channel: None,
        until: Timestamp::from_ms(1),
    });
    let (held, sku) = (hold.concerns(), run("BOLT").concerns());
    assert!(held.iter().any(|key| sku.contains(key)));
    let of_the_run = [Key::of("run", "r1")];
    for first in [true, false] {
        let folded = Folded::<Allocator>::default();
        let mut draft = Draft::new(&folded, Timestamp::from_ms(0));
        let mut taken = [false, false];
        for run_now in [first, !first] {
            let at = usize::from(run_now);
            taken[at] = if run_now {
                offer(&mut draft, &of_the_run, &run("BOLT"))
            } else {
                offer(&mut draft, &held, &hold)
            };
        }
        assert!(taken[usize::from(first)]);
        assert!(!taken[usize::from(!first)], "both gave the same bolt away");
        assert!(offer(&mut draft, &[Key::of("run", "r2")], &run("NUT")));
    }
}

#[test]
fn a_key_is_shared_only_among_those_that_share_it() {
    let (state, key) = (RoomState::default(), Key::of("sku", "BOLT"));
    let shares = Beside(ended("h1"), key);
    let alone = Record(ended("h2"));
    let taken = |draft: &mut Draft, command: &dyn Command<Allocator>, more: &[Key]| {
        let keys = [&[key], more].concat();
        matches!(draft.offer(&state, command, &keys), Offer::Taken(_))
    };
    let draft = || Draft::new(&Folded::<Allocator>::default(), Timestamp::from_ms(0));

    let (mut shared, id) = (draft(), Key::of("hold", "h1"));
    assert!(taken(&mut shared, &shares, &[id]));
    assert!(
        !taken(&mut shared, &shares, &[id]),
        "the same command came again"
    );
    assert!(taken(
        &mut shared,
        &Beside(ended("h3"), key),
        &[Key::of("hold", "h3")]
    ));
    assert!(!taken(&mut shared, &alone, &[]));

    let mut lonely = draft();
    assert!(taken(&mut lonely, &alone, &[]));
    assert!(!taken(&mut lonely, &shares, &[id]));
}

fn ended(hold: &str) -> Event {
    Event::from(HoldEnded {
        hold: hold.into(),
        sku: "BOLT".into(),
        quantity: 1,
        why: HoldEnd::Expired,
        order: None,
    })
}

#[test]
#[should_panic(expected = "allocator decided on `adjusted`, which is a fact of inventory")]
fn a_room_that_decides_on_another_rooms_fact_stops_before_it_writes_it() {
    let adjusted = Event::from(Adjusted {
        adjustment: "a1".into(),
        sku: "BOLT".into(),
        location: "main".into(),
        change: 1,
        reason: "found".to_owned(),
    });
    let mut draft = Draft::new(&Folded::<Allocator>::default(), Timestamp::from_ms(0));
    offer(&mut draft, &[], &adjusted);
}
