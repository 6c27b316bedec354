//! One law for every command with an id: asked again it is answered from the first time, with
//! another content it is told apart, and both also after later commands have changed the same
//! thing. So a late retry undoes nothing.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "a test counts its commits")]

use std::any::type_name;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use allocation::{
    Allocator, AssignStock, CommitRebalance, EndWaits, HoldStock, Prioritise, SetRankingRule,
};
use backorder_domain as domain;
use domain::command::{Command, Outcome, RoomState, differences};
use domain::decider::{Decider, Projection, Recorded};
use domain::event::{
    AllocatorEvent, Event, InventoryEvent, NotifierEvent, OrdersEvent, SupplierGatewayEvent,
};
use domain::ids::{Position, Revision, Timestamp};
use domain::inventory::{
    AdjustStock, ConfirmShipment, CountStock, DefineItem, DefineLocation, Inventory, MoveStock,
    RecallWave, ReceiveMove, ReceiveStock, ReleaseWave, RenameItem, ReportShortPick, ReturnGoods,
};
use domain::notifier::Notifier;
use domain::orders::{
    AcceptSubstitute, AmendOrder, CancelOrder, Orders, PlaceOrder, RecordHistory, ResumeOrder,
    SuspendOrder,
};
use domain::supplier_gateway::{
    ClosePurchaseOrder, CreatePurchaseOrder, DefineSupplier, DefineSupplierItem, HearSupplier,
    SupplierGateway,
};
use serde::Serialize;
use serde_json::Value;

mod shop;

use shop::Step::{Asked, Fact};
use shop::shop;

/// All five rooms after the same facts.
#[derive(Default)]
struct Rooms {
    orders: RoomState<Orders>,
    inventory: RoomState<Inventory>,
    allocator: RoomState<Allocator>,
    notifier: RoomState<Notifier>,
    suppliers: RoomState<SupplierGateway>,
    log: Vec<Event>,
}

fn now() -> Timestamp {
    Timestamp::parse("2026-02-15T08:26:00Z").unwrap()
}

impl Rooms {
    fn fold(&mut self, fact: Event) -> Position {
        let revision = Revision(u64::try_from(self.log.len()).unwrap() + 1);
        let position = Position { revision, index: 0 };
        let recorded = Recorded {
            position,
            as_of: Revision(revision.0 - 1),
            at: now(),
        };
        self.orders.fold(recorded, &fact);
        self.inventory.fold(recorded, &fact);
        self.allocator.fold(recorded, &fact);
        self.notifier.fold(recorded, &fact);
        self.suppliers.fold(recorded, &fact);
        self.log.push(fact);
        position
    }

    fn at(&self, position: Position) -> &Event {
        let index = usize::try_from(position.revision.0).unwrap() - 1;
        self.log.get(index).unwrap()
    }

    /// Where what was asked stands: an answer that ended it names the place.
    fn asked_at(&self, position: Position) -> Position {
        let mut position = position;
        loop {
            let earlier = self.at(position).answers().and_then(|it| it.asked_at);
            match earlier.filter(|earlier| *earlier < position) {
                Some(earlier) => position = earlier,
                None => return position,
            }
        }
    }
}

/// What a command comes to.
struct Answer {
    command: &'static str,
    outcome: Outcome,
    /// Where it was asked first, and how that differs.
    before: Option<(Position, Vec<String>)>,
}

/// Asks a room for what reads as this fact.
fn ask<D, C>(rooms: &Rooms, room: &RoomState<D>, command: &C) -> Answer
where
    D: Decider,
    C: Command<D> + Serialize,
{
    assert!(command.id().is_some(), "{} has no id", type_name::<C>());
    let outcome = match room.decide(command, now()) {
        Ok(outcome) => outcome,
        Err(refusal) => panic!("{}: {refusal:?}", type_name::<C>()),
    };
    let before = match &outcome {
        Outcome::Before(at) => {
            let at = rooms.asked_at(*at);
            Some((at, differences(rooms.at(at), command)))
        }
        Outcome::Record(_) | Outcome::Nothing => None,
    };
    let path = type_name::<C>();
    Answer {
        command: path.rsplit("::").next().unwrap_or(path),
        outcome,
        before,
    }
}

/// The same, for the command that is read back from the fact.
fn read<D, C>(rooms: &Rooms, room: &RoomState<D>, said: &Event) -> Option<Answer>
where
    D: Decider,
    C: Command<D> + Serialize,
{
    C::answered_by(said).map(|command| ask(rooms, room, &command))
}

/// What agrees to a preview that is made now.
fn rebalance(rooms: &Rooms, said: &Event) -> Option<Answer> {
    let asked = CommitRebalance::answered_by(said)?;
    let (allocator, budget) = (&rooms.allocator, asked.nervousness_budget);
    let preview = allocator.room.clone();
    let preview = preview.preview_rebalance(&asked.segments, budget, now());
    let preview = preview.unwrap().token;
    Some(ask(rooms, allocator, &CommitRebalance { preview, ..asked }))
}

/// What was not found, with the SKUs that its door looks up.
fn short_pick(rooms: &Rooms, said: &Event) -> Option<Answer> {
    let asked = ReportShortPick::answered_by(said)?;
    let room = &rooms.inventory;
    let skus = room.skus_of(&asked.order);
    Some(ask(rooms, room, &ReportShortPick { skus, ..asked }))
}

/// What came back, with the SKUs that its door looks up.
fn goods_back(rooms: &Rooms, said: &Event) -> Option<Answer> {
    let asked = ReturnGoods::answered_by(said)?;
    let room = &rooms.inventory;
    let skus = room.skus_of(&asked.order);
    Some(ask(rooms, room, &ReturnGoods { skus, ..asked }))
}

/// The same, of what suppliers say and what is said of them.
/// Asks for what reads as a fact, if that answers a command with an id. Whoever adds an event says
/// here which.
fn answer(rooms: &Rooms, said: &Event) -> Option<Answer> {
    match said {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(_) => read::<_, PlaceOrder>(rooms, &rooms.orders, said),
            OrdersEvent::OrderCancelled(_) => read::<_, CancelOrder>(rooms, &rooms.orders, said),
            OrdersEvent::OrderAmended(_) => read::<_, AmendOrder>(rooms, &rooms.orders, said),
            OrdersEvent::OrderSuspended(_) => read::<_, SuspendOrder>(rooms, &rooms.orders, said),
            OrdersEvent::OrderResumed(_) => read::<_, ResumeOrder>(rooms, &rooms.orders, said),
            OrdersEvent::SubstituteAccepted(_) => {
                read::<_, AcceptSubstitute>(rooms, &rooms.orders, said)
            }
            OrdersEvent::HistoryRecorded(_) => read::<_, RecordHistory>(rooms, &rooms.orders, said),
            OrdersEvent::OrderClosed(_) => None,
        },
        Event::Inventory(event) => {
            let room = &rooms.inventory;
            match event {
                InventoryEvent::ItemDefined(_) => read::<_, DefineItem>(rooms, room, said),
                InventoryEvent::ItemRenamed(_) => read::<_, RenameItem>(rooms, room, said),
                InventoryEvent::LocationDefined(_) => read::<_, DefineLocation>(rooms, room, said),
                InventoryEvent::Received(_) => read::<_, ReceiveStock>(rooms, room, said),
                InventoryEvent::Adjusted(_) => read::<_, AdjustStock>(rooms, room, said),
                InventoryEvent::Counted(_) => read::<_, CountStock>(rooms, room, said),
                InventoryEvent::Moved(_) => read::<_, MoveStock>(rooms, room, said),
                InventoryEvent::MoveArrived(_) => read::<_, ReceiveMove>(rooms, room, said),
                InventoryEvent::WaveReleased(_) => read::<_, ReleaseWave>(rooms, room, said),
                InventoryEvent::WaveRecalled(_) => read::<_, RecallWave>(rooms, room, said),
                InventoryEvent::ShortPicked(_) => short_pick(rooms, said),
                InventoryEvent::Shipped(_) => read::<_, ConfirmShipment>(rooms, room, said),
                InventoryEvent::Returned(_) => goods_back(rooms, said),
                // Setting the zone has no id.
                InventoryEvent::TimeZoneSet(_) | InventoryEvent::ReplenishmentRequested(_) => None,
            }
        }
        Event::Allocator(event) => match event {
            AllocatorEvent::StockHeld(_) => read::<_, HoldStock>(rooms, &rooms.allocator, said),
            AllocatorEvent::RankingRuleSet(_) => {
                read::<_, SetRankingRule>(rooms, &rooms.allocator, said)
            }
            AllocatorEvent::Rebalanced(_) => rebalance(rooms, said),
            AllocatorEvent::WaitsEnded(_) => read::<_, EndWaits>(rooms, &rooms.allocator, said),
            AllocatorEvent::Prioritised(_) => read::<_, Prioritise>(rooms, &rooms.allocator, said),
            AllocatorEvent::StockAssigned(_) => {
                read::<_, AssignStock>(rooms, &rooms.allocator, said)
            }
            AllocatorEvent::Settled(_)
            | AllocatorEvent::PromisesDue(_)
            | AllocatorEvent::HoldEnded(_) => None,
        },
        Event::Notifier(NotifierEvent::Notified(_) | NotifierEvent::NotificationFailed(_)) => None,
        Event::SupplierGateway(event) => of_suppliers(rooms, event, said),
    }
}

fn of_suppliers(rooms: &Rooms, event: &SupplierGatewayEvent, said: &Event) -> Option<Answer> {
    let room = &rooms.suppliers;
    match event {
        SupplierGatewayEvent::SupplierDefined(_) => read::<_, DefineSupplier>(rooms, room, said),
        SupplierGatewayEvent::SupplierItemDefined(_) => {
            read::<_, DefineSupplierItem>(rooms, room, said)
        }
        SupplierGatewayEvent::PurchaseClosed(_) => read::<_, ClosePurchaseOrder>(rooms, room, said),
        SupplierGatewayEvent::PurchaseConfirmed(_)
        | SupplierGatewayEvent::PurchaseDelayed(_)
        | SupplierGatewayEvent::PurchaseScheduled(_)
        | SupplierGatewayEvent::PurchaseRejected(_)
        | SupplierGatewayEvent::PurchaseShipped(_)
        | SupplierGatewayEvent::PurchaseDelivered(_) => read::<_, HearSupplier>(rooms, room, said),
        SupplierGatewayEvent::PurchaseOrdered(of) if of.source.is_some() => {
            read::<_, CreatePurchaseOrder>(rooms, room, said)
        }
        SupplierGatewayEvent::PurchaseOrdered(_) => None,
    }
}

fn fact(said: &Value) -> Event {
    // `type` stands first.
    let tag = format!("\"type\":{}", said["type"]);
    let text = said.to_string();
    let text = text.replacen(&format!(",{tag}"), "", 1);
    let text = text.replacen(&format!("{tag},"), "", 1);
    let text = text.replacen('{', &format!("{{{tag},"), 1);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The same command, and the one with another content under its id, are told from the first.
fn holds(rooms: &Rooms, said: &Value, at: &str, other: &Value, first: Position) {
    let again = answer(rooms, &fact(said)).unwrap();
    let (position, differs) = again.before.unwrap_or_else(|| {
        panic!(
            "{} is carried out again: {:?}",
            again.command, again.outcome
        )
    });
    assert_eq!((position, &differs), (first, &Vec::new()), "{said}");
    let mut changed = said.clone();
    *changed.pointer_mut(at).unwrap() = other.clone();
    let changed = answer(rooms, &fact(&changed)).unwrap();
    let (position, differs) = changed.before.unwrap_or_else(|| {
        panic!(
            "{} takes another content: {:?}",
            changed.command, changed.outcome
        )
    });
    assert_eq!(position, first, "{said}");
    assert!(
        !differs.is_empty(),
        "{said} with another {at} is taken for the same"
    );
}

#[test]
fn a_command_again_is_answered_as_the_first_also_after_others_changed_the_same_thing() {
    let mut rooms = Rooms::default();
    let mut asked = Vec::new();
    let mut commands = BTreeSet::new();
    for step in shop() {
        let (said, at, other) = match step {
            Asked(said, at, other) => (said, at, other),
            Fact(said) => {
                rooms.fold(fact(&said));
                continue;
            }
        };
        let first = answer(&rooms, &fact(&said)).unwrap();
        commands.insert(first.command);
        let Outcome::Record(event) = first.outcome else {
            panic!("{said} comes to {:?}", first.outcome);
        };
        let position = rooms.fold(event);
        holds(&rooms, &said, at, &other, position);
        asked.push((said, at, other, position));
    }
    for (said, at, other, position) in &asked {
        holds(&rooms, said, at, other, *position);
    }
    assert_eq!(commands, with_an_id(), "each command with an id is asked");
}

/// Every type of command with an id: those that golden events answer.
fn with_an_id() -> BTreeSet<&'static str> {
    fn name<D: Decider, C: Command<D>>(said: &Event) -> Option<&'static str> {
        C::answered_by(said)?;
        type_name::<C>().rsplit("::").next()
    }
    let readers = [
        name::<_, PlaceOrder>,
        name::<_, CancelOrder>,
        name::<_, AmendOrder>,
        name::<_, SuspendOrder>,
        name::<_, ResumeOrder>,
        name::<_, AcceptSubstitute>,
        name::<_, DefineItem>,
        name::<_, DefineLocation>,
        name::<_, RenameItem>,
        name::<_, ReceiveStock>,
        name::<_, AdjustStock>,
        name::<_, CountStock>,
        name::<_, MoveStock>,
        name::<_, ReceiveMove>,
        name::<_, RecallWave>,
        name::<_, ReportShortPick>,
        name::<_, ReturnGoods>,
        name::<_, RecordHistory>,
        name::<_, ReleaseWave>,
        name::<_, ConfirmShipment>,
        name::<_, HoldStock>,
        name::<_, SetRankingRule>,
        name::<_, CommitRebalance>,
        name::<_, EndWaits>,
        name::<_, Prioritise>,
        name::<_, AssignStock>,
        name::<_, DefineSupplier>,
        name::<_, DefineSupplierItem>,
        name::<_, HearSupplier>,
        name::<_, CreatePurchaseOrder>,
        name::<_, ClosePurchaseOrder>,
    ];
    let mut names = BTreeSet::new();
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    for entry in fs::read_dir(events).unwrap() {
        let path = entry.unwrap().path();
        let is_commit = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("commit.");
        if is_commit {
            continue;
        }
        let event: Event = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let found = readers.iter().find_map(|read| read(&event));
        let asked = event
            .answers()
            .is_some_and(|answers| answers.asked_at.is_none());
        assert_eq!(found.is_some(), asked, "{}", path.display());
        names.extend(found);
    }
    names
}
