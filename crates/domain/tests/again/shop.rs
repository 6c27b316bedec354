//! What is asked in a shop, in its order: each command at least twice.

use serde_json::{Value, json};

/// What happens in a shop, in its order.
pub enum Step {
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

fn renamed(id: &str, sku: &str, to: &str) -> Step {
    let said = json!({
        "type": "item_renamed", "renaming": id, "sku": sku, "to": to, "reason": "code",
        "by": "eva",
    });
    Asked(said, "/to", "Another".into())
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

fn suspended(id: &str) -> Step {
    let said = json!({
        "type": "order_suspended", "suspension": id, "order": "o4", "reason": "payment",
    });
    Asked(said, "/reason", "fraud".into())
}

fn amended(id: &str) -> Step {
    let said = json!({
        "type": "order_amended", "amendment": id, "order": "o4", "currency": "GBP",
        "fields": [{"from": {"urgency": null}, "to": {"urgency": 3}}],
        "reason": "called", "by": "eva",
    });
    Asked(said, "/fields/0/to/urgency", 4.into())
}

fn resumed(id: &str) -> Step {
    let said = json!({"type": "order_resumed", "resumption": id, "order": "o4"});
    Asked(said, "/order", "o3".into())
}

fn ended(id: &str) -> Step {
    let said = json!({
        "type": "waits_ended", "ending": id, "sku": "CAM", "alternatives": ["NUT"],
        "offer_days": 7, "rule": 1, "effects": [], "left": 0,
    });
    Asked(said, "/offer_days", 9.into())
}

fn given(id: &str) -> Step {
    let said = json!({
        "type": "stock_assigned", "assignment": id, "order": "o5", "line": 1, "sku": "CAM",
        "quantity": 1, "reason": "vip", "by": "ann", "rule": 1, "effects": [],
    });
    Asked(said, "/quantity", 2.into())
}

fn prioritised(id: &str) -> Step {
    let said = json!({
        "type": "prioritised", "priority": id, "order": "o5", "line": 1, "days": 3, "was": 0,
        "reason": "vip", "by": "ann",
    });
    Asked(said, "/days", 4.into())
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

fn sent(id: &str) -> Step {
    let said = json!({
        "type": "moved", "move": id, "from": "MAIN", "to": "SIDE",
        "arrives": "2100-03-01T00:00:00Z", "via": format!("move:{id}"),
        "lines": [{"sku": "NUT", "quantity": 2}],
    });
    Asked(said, "/arrives", "2100-03-02T00:00:00Z".into())
}

fn arrived(id: &str, of: &str) -> Step {
    let said = json!({
        "type": "move_arrived", "receipt": id, "move": of, "via": format!("move:{of}"),
        "location": "SIDE", "lines": [{"sku": "NUT", "quantity": 1}],
    });
    Asked(said, "/lines/0/quantity", 2.into())
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

fn supplier_item(id: &str, called: &str) -> Step {
    let said = json!({
        "type": "supplier_item_defined", "definition": id, "supplier": "acme", "sku": "BOLT",
        "supplier_sku": called,
    });
    Asked(said, "/supplier_sku", "Another".into())
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
pub fn shop() -> Vec<Step> {
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
    let mut steps = goods();
    steps.extend([
        placed("o1", "BOLT", 5),
        placed("o2", "BOLT", 8),
        placed("o3", "BOLT", 1_000),
        placed("o4", "SCREW", 8),
        placed("o5", "CAM", 2),
        settled(&[
            assigned("o1", 5),
            assigned("o2", 8),
            ("backordered", assigned("o3", 1_000).1),
            ("offered", offered),
            ("backordered", waits("o5")),
        ]),
    ]);
    steps.extend(pauses());
    steps.extend([
        cancelled("c1", 1),
        cancelled("c2", 2),
        accepted("s1", 2, 1),
        accepted("s2", 3, 1),
    ]);
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
        supplier_item("ui1", "A-77"),
        supplier_item("ui2", "A-78"),
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
    steps.extend(bought_by_hand());
    steps.extend(given_by_hand());
    steps.extend(called_otherwise());
    steps
}

/// An item is renamed twice: what was asked under an old name is known by it, and so is what is
/// asked under it now.
fn called_otherwise() -> Vec<Step> {
    vec![
        renamed("n1", "CAM", "CAM-2"),
        received("r5", "CAM", 1),
        received("r6", "CAM", 1),
        renamed("n2", "CAM-2", "CAM-3"),
    ]
}

/// What a clerk gives to a line by their word.
fn given_by_hand() -> Vec<Step> {
    vec![
        received("r4", "CAM", 2),
        settled(&[]),
        given("A1"),
        settled(&[]),
        given("A2"),
    ]
}

/// What a buyer orders, and closes short.
fn bought_by_hand() -> Vec<Step> {
    let source = json!({"way": "person", "who": "a buyer"});
    let order = |id: &str, quantity: u32| {
        let said = json!({
            "type": "purchase_ordered", "purchase_order": id, "supplier": "acme",
            "lines": [{"line": 1, "sku": "NUT", "quantity": quantity}],
            "expected_at": "2026-03-15T00:00:00Z", "source": source,
        });
        Asked(said, "/lines/0/quantity", 4.into())
    };
    let close = |id: &str, order: &str, open: u32| {
        let said = json!({
            "type": "purchase_closed", "message": id, "purchase_order": order,
            "lines": [{"line": 1, "sku": "NUT", "quantity": open}], "reason": "no more",
            "source": source,
        });
        Asked(said, "/reason", "none".into())
    };
    let parts = |id: &str, first: u32, change: i64| {
        let said = json!({
            "type": "purchase_scheduled", "message": id, "purchase_order": "p2",
            "lines": [{
                "line": 1, "sku": "NUT", "change": change,
                "parts": [{"quantity": first, "eta": "2026-03-20T00:00:00Z"}, {"quantity": 1}],
            }],
            "reason": "in parts",
        });
        Asked(said, "/lines/0/parts/0/quantity", 9.into())
    };
    vec![
        order("p2", 7),
        order("p3", 8),
        parts("m10", 5, -1),
        parts("m11", 6, 1),
        close("m8", "p2", 7),
        close("m9", "p3", 8),
    ]
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
        sent("v3"),
        sent("v4"),
        arrived("a1", "v3"),
        arrived("a2", "v4"),
        history("H1"),
        history("H2"),
    ]
}

/// Places, items and their stock.
fn goods() -> Vec<Step> {
    vec![
        location("l1", "Hall"),
        location("l2", "Great hall"),
        item("i1", "BOLT", &[], "a bolt"),
        item("i2", "BOLT", &[], "a better bolt"),
        item("i3", "NUT", &[], "a nut"),
        item("i4", "SCREW", &["NUT"], "a screw"),
        item("i5", "CAM", &[], "a cam"),
        received("r1", "BOLT", 15),
        received("r2", "BOLT", 15),
        received("r3", "NUT", 15),
        adjusted("a1", -2),
        adjusted("a2", 1),
    ]
}

/// A line that waits for an item.
fn waits(order: &str) -> Value {
    json!({
        "order": order, "line": 1, "sku": "CAM", "quantity": 2,
        "effective": "2026-02-15T08:26:00Z", "ahead": 0,
    })
}

/// An item comes no more, and an order does not go on for a time.
fn pauses() -> Vec<Step> {
    vec![
        ended("E1"),
        placed("o6", "CAM", 2),
        settled(&[("backordered", waits("o6"))]),
        ended("E2"),
        prioritised("P1"),
        prioritised("P2"),
        amended("AM1"),
        suspended("S1"),
        resumed("R1"),
        amended("AM2"),
        suspended("S2"),
        resumed("R2"),
    ]
}
