//! Facts that no room could have recorded after those before them. Each stops the rooms that can
//! tell; what two rooms may well record of one thing before they hear of each other stops none.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "a test counts its commits")]

use allocation::Allocator;
use backorder_domain as domain;
use domain::command::RoomState;
use domain::decider::{Decider, Projection, Recorded, Room};
use domain::event::Event;
use domain::exact::stopped;
use domain::ids::{Position, Revision, Timestamp};
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use serde_json::{Value, json};

fn placed(order: &str, quantity: u32) -> Value {
    let line = json!({"line": 1, "sku": "BOLT", "quantity": quantity, "unit_price_minor": 1});
    json!({
        "type": "order_placed", "order": order, "channel": "web", "ship_to": {"country": "GB"},
        "customer": {"id": "ann", "tier": "gold", "email": "ann@example.com"},
        "currency": "GBP", "lines": [line],
    })
}

/// What was done to a line of an order. Not every fact has every field.
fn effect(done: &str, order: &str, line: u32, sku: &str, quantity: u32) -> Value {
    let (why, at) = (
        if done == "refused" {
            "stock_only"
        } else {
            "cancelled"
        },
        "2026-02-15T08:26:00Z",
    );
    json!({done: {
        "order": order, "line": line, "sku": sku, "location": "MAIN", "quantity": quantity,
        "effective": at, "ahead": 0, "why": why,
    }})
}

fn settled(effects: &[Value]) -> Value {
    json!({"type": "settled", "rule": 0, "effects": effects, "at_rest": true})
}

fn settled_one(done: &str, order: &str, line: u32, quantity: u32) -> Value {
    settled(&[effect(done, order, line, "BOLT", quantity)])
}

fn shipped(order: &str, line: u32, sku: &str, quantity: u32) -> Value {
    let line = json!({"line": line, "sku": sku, "quantity": quantity});
    let (shipment, location) = (format!("s{quantity}"), "MAIN");
    json!({
        "type": "shipped", "shipment": shipment, "order": order, "location": location,
        "lines": [line],
    })
}

fn short(order: &str, line: u32, missing: u32) -> Value {
    let line = json!({"line": line, "sku": "BOLT", "found": 0, "missing": missing});
    json!({
        "type": "short_picked", "report": "k1", "order": order, "location": "MAIN", "lines": [line],
    })
}

fn recalled(order: &str, line: u32, quantity: u32) -> Value {
    let line = json!({
        "order": order, "line": line, "sku": "BOLT", "location": "MAIN", "wave": "w1",
        "quantity": quantity,
    });
    json!({"type": "wave_recalled", "recall": "k1", "of_wave": "w1", "lines": [line]})
}

fn returned(order: &str, line: u32, quantity: u32) -> Value {
    let line = json!({"line": line, "sku": "BOLT", "quantity": quantity});
    json!({
        "type": "returned", "return": "k1", "order": order, "location": "MAIN", "lines": [line],
    })
}

fn moved(order: &str, line: u32, quantity: u32) -> Value {
    let owner = json!({"order": order, "line": line, "sku": "BOLT", "quantity": quantity});
    json!({
        "type": "moved", "move": "k1", "from": "MAIN", "to": "SIDE",
        "lines": [{"sku": "BOLT", "quantity": quantity}], "owners": [owner],
    })
}

fn wave(order: &str, line: u32, quantity: u32) -> Value {
    let line = json!({"order": order, "line": line, "sku": "BOLT", "quantity": quantity});
    json!({
        "type": "wave_released", "wave": "w1", "location": "MAIN", "max_lines": 9, "lines": [line],
    })
}

fn adjusted(change: i64) -> Value {
    json!({
        "type": "adjusted", "adjustment": "a1", "sku": "BOLT", "location": "MAIN",
        "change": change, "reason": "count",
    })
}

fn received(receipt: &str, purchase_order: Option<&str>, quantity: u32) -> Value {
    let mut receipt = json!({
        "type": "received", "receipt": receipt, "location": "MAIN",
        "lines": [{"sku": "BOLT", "quantity": quantity}],
    });
    if let Some(id) = purchase_order {
        receipt["purchase_order"] = id.into();
    }
    receipt
}

fn cancelled(order: &str, line: u32) -> Value {
    json!({
        "type": "order_cancelled", "cancellation": "c1", "order": order, "reason": "",
        "lines": [{"line": line, "quantity": 1}],
    })
}

fn closed(order: &str) -> Value {
    let opened = json!({"revision": 4, "index": 0});
    json!({
        "type": "order_closed", "order": order, "opened": opened, "story": [opened], "lines": [],
    })
}

fn purchase(said: &str, purchase_order: &str, line: u32, quantity: u32) -> Value {
    let line = json!({"line": line, "sku": "BOLT", "quantity": quantity});
    json!({
        "type": format!("purchase_{said}"), "message": "m1", "purchase_order": purchase_order,
        "dispatch": "asn", "lines": [line], "reason": "", "eta": "2026-03-15T00:00:00Z",
    })
}

/// Fifteen bolts, of which two are nobody's: o1 has five and o2 has eight, and o3 waits for a
/// thousand. Ten more are on order.
fn log() -> Vec<Value> {
    let simulated = json!({
        "seed": 1, "spread_days": 0, "late_percent": 0, "part_percent": 0, "short_percent": 0,
        "reject_percent": 0,
    });
    let bought = json!({"line": 1, "sku": "BOLT", "quantity": 10, "requisition": "BOLT#1"});
    vec![
        json!({"type": "location_defined", "definition": "d1", "location": "MAIN", "name": "Hall"}),
        json!({
            "type": "item_defined", "definition": "d2", "sku": "BOLT", "description": "a bolt",
            "segment": {"backorderable": {"cap": 9_000, "longest_wait_days": 90}},
        }),
        received("r1", None, 15),
        placed("o1", 5),
        placed("o2", 8),
        placed("o3", 1_000),
        settled(&[
            effect("assigned", "o1", 1, "BOLT", 5),
            effect("assigned", "o2", 1, "BOLT", 8),
            effect("backordered", "o3", 1, "BOLT", 1_000),
        ]),
        json!({
            "type": "supplier_defined", "definition": "d3", "supplier": "acme", "name": "Acme",
            "lead_time_days": 7, "adapter": {"simulated": simulated},
        }),
        json!({
            "type": "replenishment_requested", "requisition": "BOLT#1", "sku": "BOLT",
            "quantity": 10, "supplier": "acme", "position": 0,
        }),
        json!({
            "type": "purchase_ordered", "purchase_order": "p1", "supplier": "acme",
            "lines": [bought], "expected_at": "2026-03-15T00:00:00Z",
        }),
    ]
}

/// What is forged, and whom it stops: orders, inventory, allocator, notifier, supplier-gateway.
fn forged() -> Vec<(Value, &'static str)> {
    vec![
        // More than was ordered.
        (shipped("o1", 1, "BOLT", 6), "oian"),
        (settled_one("assigned", "o1", 1, 1), "oian"),
        (settled_one("refused", "o1", 1, 6), "oian"),
        (settled_one("backordered", "o1", 1, 6), "oian"),
        (wave("o1", 1, 6), "oia"),
        (short("o1", 1, 6), "oian"),
        (recalled("o1", 1, 6), "oia"),
        // More came back than had left.
        (returned("o1", 1, 1), "oia"),
        // More than is there: whoever counts stock can tell.
        (shipped("o3", 1, "BOLT", 1_000), "ia"),
        (adjusted(-16), "ia"),
        // More than was free: who knows is the allocator, whose fact it is.
        (settled_one("assigned", "o3", 1, 3), "a"),
        // More than was reserved.
        (settled_one("released", "o1", 1, 6), "oian"),
        // Lines that there are not, and other SKUs than theirs.
        (shipped("o1", 9, "BOLT", 1), "oian"),
        (settled_one("assigned", "o1", 9, 1), "oian"),
        (wave("o1", 9, 1), "oia"),
        (moved("o1", 9, 1), "oia"),
        (short("o1", 9, 1), "oian"),
        (shipped("o1", 1, "NUT", 1), "oian"),
        (cancelled("o1", 9), "oian"),
        // Orders that nobody placed. Who forgets the closed ones takes what another room says of
        // such an order for void.
        (settled_one("assigned", "o9", 1, 1), "o"),
        (settled_one("released", "o9", 1, 1), "o"),
        (shipped("o9", 1, "BOLT", 1), "o"),
        (cancelled("o9", 1), "oia"),
        (closed("o9"), "oia"),
        // What is recorded once.
        (placed("o1", 5), "oian"),
        (received("r1", None, 1), "i"),
        // Suppliers, beyond what is ordered and of what is not.
        (purchase("rejected", "p1", 1, 11), "s"),
        (purchase("shipped", "p1", 1, 11), "s"),
        (purchase("shipped", "p1", 9, 1), "s"),
        (purchase("delivered", "p1", 1, 1), "s"),
        (purchase("rejected", "p9", 1, 1), "is"),
        (
            json!({
                "type": "purchase_scheduled", "message": "m1", "purchase_order": "p1",
                "lines": [{"line": 1, "sku": "NUT", "parts": [{"quantity": 9}], "change": -1}],
            }),
            "is",
        ),
        (received("r2", Some("p9"), 1), "is"),
    ]
}

/// What may cross on the log: each is told after all of those before it in its row.
fn crossed() -> Vec<Vec<Value>> {
    vec![
        // Goods that were cancelled meanwhile, and whose stock was taken back.
        vec![
            cancelled("o1", 1),
            settled_one("released", "o1", 1, 1),
            shipped("o1", 1, "BOLT", 5),
        ],
        // Stock that was taken back after it had left, and given once more.
        vec![
            shipped("o1", 1, "BOLT", 5),
            settled_one("released", "o1", 1, 5),
            settled_one("assigned", "o1", 1, 2),
        ],
        // A count-down of what was being assigned meanwhile is told as of before it.
        vec![adjusted(-2), settled_one("assigned", "o3", 1, 2)],
        // Whatever is said of an order that has closed.
        vec![
            closed("o1"),
            settled_one("assigned", "o1", 1, 5),
            settled_one("released", "o1", 1, 5),
            wave("o1", 1, 5),
            shipped("o1", 1, "BOLT", 5),
        ],
        // A rejection of what was counted in meanwhile, and more than was ordered.
        vec![
            received("r3", Some("p1"), 12),
            purchase("rejected", "p1", 1, 10),
        ],
    ]
}

fn fact(said: &Value) -> Event {
    let mut text = said.to_string();
    // `type` stands first.
    let tag = format!("\"type\":{}", said["type"]);
    text = text
        .replace(&format!(",{tag}"), "")
        .replace(&format!("{tag},"), "");
    serde_json::from_str(&text.replacen('{', &format!("{{{tag},"), 1)).expect("a fact")
}

/// All five rooms, each after the same facts.
#[derive(Default, Clone)]
struct Rooms {
    orders: RoomState<Orders>,
    inventory: RoomState<Inventory>,
    allocator: RoomState<Allocator>,
    notifier: RoomState<Notifier>,
    suppliers: RoomState<SupplierGateway>,
    revision: u64,
}

impl Rooms {
    /// Folds a fact that was decided as of a revision. Whom it stops, and with what words.
    fn fold(&mut self, as_of: u64, fact: &Event) -> Vec<(Room, String)> {
        self.revision += 1;
        let position = Position {
            revision: Revision(self.revision),
            index: 0,
        };
        let recorded = Recorded {
            position,
            as_of: Revision(as_of),
            at: Timestamp::from_ms(1_771_000_000_000),
        };
        let stops = [
            fold(&mut self.orders, recorded, fact),
            fold(&mut self.inventory, recorded, fact),
            fold(&mut self.allocator, recorded, fact),
            fold(&mut self.notifier, recorded, fact),
            fold(&mut self.suppliers, recorded, fact),
        ];
        stops.into_iter().flatten().collect()
    }

    fn after(log: &[Value]) -> Self {
        let mut rooms = Self::default();
        for said in log {
            let stops = rooms.fold(rooms.revision, &fact(said));
            assert_eq!(stops, [], "{said}");
        }
        rooms
    }
}

fn fold<D: Decider>(
    room: &mut RoomState<D>,
    recorded: Recorded,
    fact: &Event,
) -> Option<(Room, String)> {
    let said = stopped(|| room.fold(recorded, fact))?;
    Some((D::ROOM, said))
}

#[test]
fn a_forged_fact_stops_the_rooms_that_can_tell() {
    let rooms = Rooms::after(&log());
    let mut wrong = Vec::new();
    for (said, whom) in forged() {
        let stops = rooms.clone().fold(rooms.revision, &fact(&said));
        let stopped: String = stops
            .iter()
            .filter_map(|(it, _)| it.token().chars().next())
            .collect();
        if stopped != whom {
            wrong.push(format!(
                "{said} stops {stopped:?}, not {whom:?}: {stops:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn facts_that_cross_on_the_log_stop_no_room() {
    let rooms = Rooms::after(&log());
    for row in crossed() {
        let mut rooms = rooms.clone();
        // None of them had heard of the others.
        let as_of = rooms.revision;
        for said in &row {
            assert_eq!(rooms.fold(as_of, &fact(said)), [], "{said}");
        }
    }
}
