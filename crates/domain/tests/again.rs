//! One law for every command with an id: asked again it is answered from the first time, with
//! another content it is told apart, and both also after later commands have changed the same
//! thing. So a late retry undoes nothing.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "a test counts its commits")]

use std::any::type_name;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use allocation::{Allocator, CommitRebalance, HoldStock, SetRankingRule};
use backorder_domain as domain;
use domain::command::{Command, Outcome, RoomState, differences};
use domain::decider::{Decider, Projection, Recorded};
use domain::event::{
    AllocatorEvent, Event, InventoryEvent, NotifierEvent, OrdersEvent, SupplierGatewayEvent,
};
use domain::ids::{Position, Revision, Timestamp};
use domain::inventory::{
    AdjustStock, ConfirmShipment, CountStock, DefineItem, DefineLocation, Inventory, MoveStock,
    RecallWave, ReceiveStock, ReleaseWave, ReportShortPick, ReturnGoods,
};
use domain::notifier::Notifier;
use domain::orders::{AcceptSubstitute, CancelOrder, Orders, PlaceOrder, RecordHistory};
use domain::supplier_gateway::{DefineSupplier, HearSupplier, SupplierGateway};
use serde::Serialize;
use serde_json::{Value, json};

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

/// Asks for what reads as a fact, if that answers a command with an id. Whoever adds an event says
/// here which.
fn answer(rooms: &Rooms, said: &Event) -> Option<Answer> {
    match said {
        Event::Orders(event) => match event {
            OrdersEvent::OrderPlaced(_) => read::<_, PlaceOrder>(rooms, &rooms.orders, said),
            OrdersEvent::OrderCancelled(_) => read::<_, CancelOrder>(rooms, &rooms.orders, said),
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
                InventoryEvent::LocationDefined(_) => read::<_, DefineLocation>(rooms, room, said),
                InventoryEvent::Received(_) => read::<_, ReceiveStock>(rooms, room, said),
                InventoryEvent::Adjusted(_) => read::<_, AdjustStock>(rooms, room, said),
                InventoryEvent::Counted(_) => read::<_, CountStock>(rooms, room, said),
                InventoryEvent::Moved(_) => read::<_, MoveStock>(rooms, room, said),
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
            AllocatorEvent::Settled(_) | AllocatorEvent::HoldEnded(_) => None,
        },
        Event::Notifier(NotifierEvent::Notified(_) | NotifierEvent::NotificationFailed(_)) => None,
        Event::SupplierGateway(event) => {
            let room = &rooms.suppliers;
            match event {
                SupplierGatewayEvent::SupplierDefined(_) => {
                    read::<_, DefineSupplier>(rooms, room, said)
                }
                SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseRejected(_)
                | SupplierGatewayEvent::PurchaseShipped(_)
                | SupplierGatewayEvent::PurchaseDelivered(_) => {
                    read::<_, HearSupplier>(rooms, room, said)
                }
                SupplierGatewayEvent::PurchaseOrdered(_) => None,
            }
        }
    }
}

/// What happens in a shop, in its order.
enum Step {
    /// A command, as the fact that answers it reads; and a field of it that another content has
    /// otherwise.
    Asked(Value, &'static str, Value),
    /// A fact of which nobody asked.
    Fact(Value),
}

use Step::{Asked, Fact};

fn location(id: &str, name: &str) -> Step {
    let said = json!({
        "type": "location_defined", "definition": id, "location": "MAIN", "name": name,
    });
    Asked(said, "/name", "Another".into())
}

fn item(id: &str, sku: &str, alternatives: &[&str], description: &str) -> Step {
    let segment = if alternatives.is_empty() {
        json!({"backorderable": {"cap": 9_000, "longest_wait_days": 90}})
    } else {
        json!({"substitutable": {"alternatives": alternatives}})
    };
    let said = json!({
        "type": "item_defined", "definition": id, "sku": sku, "description": description,
        "segment": segment,
    });
    Asked(said, "/description", "Another".into())
}

fn received(id: &str, sku: &str, quantity: u32) -> Step {
    let said = json!({
        "type": "received", "receipt": id, "location": "MAIN",
        "lines": [{"sku": sku, "quantity": quantity}],
    });
    Asked(said, "/lines/0/quantity", 77.into())
}

fn adjusted(id: &str, change: i64) -> Step {
    let said = json!({
        "type": "adjusted", "adjustment": id, "sku": "BOLT", "location": "MAIN",
        "change": change, "reason": "count",
    });
    Asked(said, "/change", 7.into())
}

fn placed(order: &str, sku: &str, quantity: u32) -> Step {
    let line = json!({"line": 1, "sku": sku, "quantity": quantity, "unit_price_minor": 1});
    let said = json!({
        "type": "order_placed", "order": order, "channel": "web", "ship_to": {"country": "GB"},
        "customer": {"id": "ann", "tier": "gold"}, "currency": "GBP", "lines": [line],
    });
    Asked(said, "/lines/0/quantity", 6.into())
}

fn cancelled(id: &str, quantity: u32) -> Step {
    let said = json!({
        "type": "order_cancelled", "cancellation": id, "order": "o3", "reason": "",
        "lines": [{"line": 1, "quantity": quantity}],
    });
    Asked(said, "/lines/0/quantity", 9.into())
}

fn settled(effects: &[(&str, Value)]) -> Step {
    let effects = effects.iter().map(|(done, what)| json!({*done: what}));
    let effects: Vec<Value> = effects.collect();
    Fact(json!({"type": "settled", "rule": 0, "effects": effects, "at_rest": true}))
}

fn assigned(order: &str, quantity: u32) -> (&'static str, Value) {
    let what = json!({
        "order": order, "line": 1, "sku": "BOLT", "location": "MAIN", "quantity": quantity,
        "effective": "2026-02-15T08:26:00Z", "ahead": 0,
    });
    ("assigned", what)
}

fn wave(id: &str) -> Step {
    let said = json!({
        "type": "wave_released", "wave": id, "location": "MAIN", "max_lines": 1, "lines": [],
    });
    Asked(said, "/max_lines", 2.into())
}

fn counted(id: &str, counted: u32) -> Step {
    let said = json!({
        "type": "counted", "count": id, "location": "MAIN",
        "lines": [{"sku": "NUT", "counted": counted, "change": 0}],
    });
    Asked(said, "/lines/0/counted", 3.into())
}

fn moved(id: &str, quantity: u32) -> Step {
    let said = json!({
        "type": "moved", "move": id, "from": "MAIN", "to": "SIDE",
        "lines": [{"sku": "BOLT", "quantity": quantity}],
    });
    Asked(said, "/lines/0/quantity", 4.into())
}

fn short(id: &str, found: u32) -> Step {
    let said = json!({
        "type": "short_picked", "report": id, "order": "o2", "location": "MAIN",
        "lines": [{"line": 1, "sku": "BOLT", "found": found, "missing": 0}],
    });
    Asked(said, "/lines/0/found", 0.into())
}

fn recalled(id: &str, what: &'static str, named: &str, other: &str) -> Step {
    let said = json!({"type": "wave_recalled", "recall": id, what: named, "lines": []});
    let at = if what == "of_wave" {
        "/of_wave"
    } else {
        "/of_order"
    };
    Asked(said, at, other.into())
}

fn returned(id: &str) -> Step {
    let said = json!({
        "type": "returned", "return": id, "order": "o1", "location": "MAIN",
        "lines": [{"line": 1, "sku": "BOLT", "quantity": 1}],
    });
    Asked(said, "/lines/0/quantity", 2.into())
}

fn history(order: &str) -> Step {
    let line = json!({"line": 1, "sku": "BOLT", "quantity": 2, "unit_price_minor": 1});
    let asked = json!({
        "order": order, "channel": "web", "ship_to": {"country": "GB"},
        "customer": {"id": "ann", "tier": "gold"}, "currency": "GBP", "lines": [line],
        "placed_at": "2025-02-15T08:26:00Z",
    });
    let said = json!({"type": "history_recorded", "asked": asked, "ended": "fulfilled"});
    Asked(said, "/ended", "cancelled".into())
}

fn shipped(id: &str, quantity: u32) -> Step {
    let said = json!({
        "type": "shipped", "shipment": id, "order": "o1", "location": "MAIN",
        "lines": [{"line": 1, "sku": "BOLT", "quantity": quantity}],
    });
    Asked(said, "/lines/0/quantity", 5.into())
}

fn held(id: &str, quantity: u32) -> Step {
    let said = json!({
        "type": "stock_held", "hold": id, "sku": "NUT", "quantity": quantity, "tier": "gold",
        "until": "2026-02-15T09:00:00Z",
    });
    Asked(said, "/quantity", 3.into())
}

fn rule(id: &str, version: u32, says: &str) -> Step {
    let said = json!({
        "type": "ranking_rule_set", "definition": id, "version": version, "explanation": says,
        "max_boost_days": 0,
    });
    Asked(said, "/explanation", "Another".into())
}

fn run(id: &str) -> Step {
    let said = json!({
        "type": "rebalanced", "run": id, "rule": 0, "preview": "", "effects": [],
        "segments": [{"filter": {"tiers": ["nobody"]}, "strategy": "skip"}],
    });
    Asked(said, "/segments/0/strategy", "fill".into())
}

fn supplier(id: &str, name: &str) -> Step {
    let simulated = json!({
        "seed": 1, "spread_days": 0, "late_percent": 0, "part_percent": 0, "short_percent": 0,
        "reject_percent": 0,
    });
    let said = json!({
        "type": "supplier_defined", "definition": id, "supplier": "acme", "name": name,
        "lead_time_days": 7, "adapter": {"simulated": simulated},
    });
    Asked(said, "/name", "Another".into())
}

fn eta(said: &str, id: &str, eta: &str) -> Step {
    let mut message = json!({
        "type": format!("purchase_{said}"), "message": id, "purchase_order": "p1",
        "lines": [{"line": 1, "sku": "BOLT", "eta": eta}],
    });
    if said == "delayed" {
        message["reason"] = "late".into();
    }
    Asked(message, "/lines/0/eta", "2026-09-09T00:00:00Z".into())
}

fn of_units(said: &str, id: &str, quantity: u32) -> Step {
    let mut message = json!({
        "type": format!("purchase_{said}"), "message": id, "purchase_order": "p1",
        "lines": [{"line": 1, "sku": "BOLT", "quantity": quantity}],
    });
    if said == "rejected" {
        message["reason"] = "none left".into();
    } else {
        message["dispatch"] = id.into();
        message["eta"] = "2026-03-15T00:00:00Z".into();
    }
    Asked(message, "/lines/0/quantity", 4.into())
}

fn accepted(id: &str, line: u32, quantity: u32) -> Step {
    let said = json!({
        "type": "substitute_accepted", "acceptance": id, "order": "o4", "line": 1, "sku": "NUT",
        "quantity": quantity, "unit_price_minor": 1, "new_line": line,
    });
    Asked(said, "/quantity", 9.into())
}

/// Each command at least twice, under other ids, about the same thing.
fn shop() -> Vec<Step> {
    let offered = json!({
        "order": "o4", "line": 1, "sku": "SCREW", "quantity": 8, "alternatives": ["NUT"],
        "until": "2026-02-25T08:00:00Z",
    });
    let ended = json!({
        "type": "hold_ended", "hold": "h1", "sku": "NUT", "quantity": 1, "why": "withdrawn",
    });
    let wanted = json!({
        "type": "replenishment_requested", "requisition": "BOLT#1", "sku": "BOLT",
        "quantity": 10, "supplier": "acme", "position": 0,
    });
    let bought = json!({
        "type": "purchase_ordered", "purchase_order": "p1", "supplier": "acme",
        "lines": [{"line": 1, "sku": "BOLT", "quantity": 10, "requisition": "BOLT#1"}],
        "expected_at": "2026-03-15T00:00:00Z",
    });
    let delivered = json!({
        "type": "purchase_delivered", "message": "m7", "purchase_order": "p1", "dispatch": "m5",
    });
    let mut steps = vec![
        location("l1", "Hall"),
        location("l2", "Great hall"),
        item("i1", "BOLT", &[], "a bolt"),
        item("i2", "BOLT", &[], "a better bolt"),
        item("i3", "NUT", &[], "a nut"),
        item("i4", "SCREW", &["NUT"], "a screw"),
        received("r1", "BOLT", 15),
        received("r2", "BOLT", 15),
        received("r3", "NUT", 15),
        adjusted("a1", -2),
        adjusted("a2", 1),
        placed("o1", "BOLT", 5),
        placed("o2", "BOLT", 8),
        placed("o3", "BOLT", 1_000),
        placed("o4", "SCREW", 8),
        settled(&[
            assigned("o1", 5),
            assigned("o2", 8),
            ("backordered", assigned("o3", 1_000).1),
            ("offered", offered),
        ]),
        cancelled("c1", 1),
        cancelled("c2", 2),
        accepted("s1", 2, 1),
        accepted("s2", 3, 1),
    ];
    steps.extend(floor());
    steps.extend([
        held("h1", 1),
        Fact(ended),
        held("h2", 1),
        rule("k1", 1, "First come, first served"),
        rule("k2", 2, "The same, said otherwise"),
        run("t1"),
        run("t2"),
        supplier("u1", "Acme"),
        supplier("u2", "Acme and Sons"),
        Fact(wanted),
        Fact(bought),
        eta("confirmed", "m1", "2026-03-15T00:00:00Z"),
        eta("delayed", "m2", "2026-03-16T00:00:00Z"),
        eta("delayed", "m3", "2026-03-17T00:00:00Z"),
        of_units("rejected", "m4", 1),
        of_units("shipped", "m5", 2),
        of_units("shipped", "m6", 3),
        Asked(delivered, "/dispatch", "m6".into()),
    ]);
    steps
}

/// What the warehouse says, of what is reserved by then.
fn floor() -> Vec<Step> {
    let side = json!({
        "type": "location_defined", "definition": "l3", "location": "SIDE", "name": "Side",
    });
    vec![
        wave("w1"),
        wave("w2"),
        short("k1", 7),
        short("k2", 6),
        recalled("b1", "of_order", "o2", "o1"),
        recalled("b2", "of_wave", "w1", "w2"),
        shipped("g1", 2),
        shipped("g2", 3),
        returned("x1"),
        returned("x2"),
        counted("q1", 14),
        counted("q2", 15),
        Asked(side, "/name", "Another".into()),
        moved("v1", 1),
        moved("v2", 2),
        history("H1"),
        history("H2"),
    ]
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
        name::<_, AcceptSubstitute>,
        name::<_, DefineItem>,
        name::<_, DefineLocation>,
        name::<_, ReceiveStock>,
        name::<_, AdjustStock>,
        name::<_, CountStock>,
        name::<_, MoveStock>,
        name::<_, RecallWave>,
        name::<_, ReportShortPick>,
        name::<_, ReturnGoods>,
        name::<_, RecordHistory>,
        name::<_, ReleaseWave>,
        name::<_, ConfirmShipment>,
        name::<_, HoldStock>,
        name::<_, SetRankingRule>,
        name::<_, CommitRebalance>,
        name::<_, DefineSupplier>,
        name::<_, HearSupplier>,
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
