//! What the supplier gateway does, rule by rule, and the laws over random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that overflows or finds nothing fails, as it should"
)]

use backorder_domain::command::{Command, Outcome, RoomState};
use backorder_domain::decider::{Decider, Due, Projection, Recorded, Refusal};
use backorder_domain::event::*;
use backorder_domain::ids::*;
use backorder_domain::supplier_gateway::*;
use proptest::prelude::*;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn perfect() -> Simulated {
    Simulated {
        seed: 7,
        spread_days: 0,
        late_percent: 0,
        part_percent: 0,
        short_percent: 0,
        reject_percent: 0,
    }
}

fn acme() -> SupplierDefined {
    SupplierDefined {
        definition: "d1".into(),
        supplier: "ACME".into(),
        name: "Acme & Co".to_owned(),
        lead_time_days: 10,
        cutoff_hour: None,
        adapter: Adapter::Simulated(perfect()),
    }
}

fn request(id: &str, sku: &str, quantity: u32) -> Event {
    ReplenishmentRequested {
        requisition: id.into(),
        sku: sku.into(),
        quantity,
        supplier: "ACME".into(),
        position: 0,
    }
    .into()
}

fn counted(receipt: &str, order: &str, sku: &str, quantity: u32) -> Event {
    Received {
        receipt: receipt.into(),
        location: "MAIN".into(),
        purchase_order: Some(order.into()),
        lines: vec![SkuQuantity {
            sku: sku.into(),
            quantity,
        }],
    }
    .into()
}

fn line(line: u32, sku: &str, quantity: u32) -> SupplierLine {
    SupplierLine {
        line,
        sku: sku.into(),
        quantity,
    }
}

fn rejected(message: &str, order: &str, lines: Vec<SupplierLine>) -> Message {
    Message::Rejected(PurchaseRejected {
        message: message.into(),
        purchase_order: order.into(),
        lines,
        reason: String::new(),
        source: None,
    })
}

fn shipped(message: &str, order: &str, dispatch: &str, lines: Vec<SupplierLine>) -> Message {
    Message::Shipped(PurchaseShipped {
        message: message.into(),
        purchase_order: order.into(),
        dispatch: dispatch.into(),
        lines,
        eta: time("2026-03-11T10:00:00Z"),
        source: None,
    })
}

fn delivered(message: &str, order: &str, dispatch: &str) -> Message {
    Message::Delivered(PurchaseDelivered {
        message: message.into(),
        purchase_order: order.into(),
        dispatch: dispatch.into(),
        source: None,
    })
}

/// The room, the log that led to it, and a clock.
#[derive(Clone)]
struct World {
    room: RoomState<SupplierGateway>,
    log: Vec<(Position, Timestamp, Event)>,
    now: Timestamp,
}

const PO: &str = "ACME-20260301-1";

impl World {
    fn new() -> Self {
        let now = time("2026-03-01T12:00:00Z");
        Self {
            room: RoomState::default(),
            log: Vec::new(),
            now,
        }
    }

    /// Acme, with an order of 10 bolts and 4 nuts.
    fn with_an_order() -> Self {
        let mut world = Self::new();
        world.record([
            acme().into(),
            request("q1", "BOLT", 10),
            request("q2", "NUT", 4),
        ]);
        world.order();
        world
    }

    fn record(&mut self, events: impl IntoIterator<Item = Event>) {
        let revision = Revision(self.log.last().map_or(1, |(at, ..)| at.revision.0 + 1));
        for (index, event) in (0..).zip(events) {
            let position = Position { revision, index };
            self.log.push((position, self.now, event));
            let (_, at, event) = self.log.last().unwrap();
            self.room.fold(
                Recorded {
                    position,
                    as_of: Revision(0),
                    at: *at,
                },
                event,
            );
        }
    }

    fn due(&self) -> Due<Exchange> {
        self.room.due(self.now)
    }

    /// Records the purchase orders that are due.
    fn order(&mut self) -> usize {
        let mut recorded = 0;
        loop {
            let due = self.due();
            if due.events.is_empty() {
                return recorded;
            }
            recorded += due.events.len();
            assert!(recorded < 1_000, "due does not come to rest");
            self.record(due.events);
        }
    }

    fn ask(
        &self,
        command: &impl Command<SupplierGateway>,
    ) -> Result<Outcome, SupplierGatewayRefusal> {
        self.room.decide(command, self.now)
    }

    fn tell(&mut self, command: &impl Command<SupplierGateway>) {
        match self.ask(command).expect("it can be true") {
            Outcome::Record(event) => self.record([event]),
            other @ (Outcome::Nothing | Outcome::Before(_)) => panic!("{other:?}"),
        }
    }

    fn hear(&mut self, message: &Message) {
        self.tell(&HearSupplier(message.clone()));
    }

    /// Everything that is due, and every word of the simulated suppliers that is due.
    fn run(&mut self) {
        loop {
            self.order();
            let side_effects = self.due().side_effects;
            if side_effects.is_empty() {
                return;
            }
            for side_effect in side_effects {
                let purchase_order = side_effect.purchase_order;
                self.tell(&SimulateSupplier { purchase_order });
            }
        }
    }

    /// To the next instant at which something is due, if there is one.
    fn wait(&mut self) -> bool {
        let Some(at) = self.due().again_at else {
            return false;
        };
        self.now = self.now.max(at);
        self.run();
        true
    }

    fn po(&self, id: &str) -> &PurchaseOrder {
        self.room.purchase_order(&id.into()).unwrap()
    }

    fn refused(&self, message: &Message) -> String {
        self.ask(&HearSupplier(message.clone()))
            .expect_err("it cannot be true")
            .row()
            .reason()
    }
}

mod ordering {
    use super::*;

    #[test]
    fn requests_without_a_cutoff_are_ordered_at_once_on_one_purchase_order() {
        let mut world = World::new();
        world.record([
            acme().into(),
            request("q1", "BOLT", 10),
            request("q2", "NUT", 4),
        ]);
        let due = world.due();
        let [Event::SupplierGateway(SupplierGatewayEvent::PurchaseOrdered(ordered))] =
            &due.events[..]
        else {
            panic!("{due:?}")
        };
        assert_eq!(ordered.purchase_order.as_str(), PO);
        assert_eq!(ordered.expected_at, time("2026-03-11T12:00:00Z"));
        let skus: Vec<_> = ordered
            .lines
            .iter()
            .map(|l| (l.line, l.sku.as_str()))
            .collect();
        assert_eq!(skus, [(1, "BOLT"), (2, "NUT")]);
    }

    #[test]
    fn requests_wait_for_the_first_cutoff_at_or_after_them() {
        let mut world = World::new();
        world.record([SupplierDefined {
            cutoff_hour: Some(17),
            ..acme()
        }
        .into()]);
        world.record([request("q1", "BOLT", 10)]);
        assert_eq!(world.due().again_at, Some(time("2026-03-01T17:00:00Z")));
        world.now = time("2026-03-01T17:00:00.001Z");
        world.record([request("q2", "NUT", 4)]);
        assert_eq!(world.order(), 1);
        assert_eq!(world.po(PO).lines.len(), 1);
        world.now = time("2026-03-02T17:00:00Z");
        assert_eq!(world.order(), 1);
        assert_eq!(world.po("ACME-20260302-2").lines[&1].sku, Sku::from("NUT"));
    }

    #[test]
    fn a_request_to_a_supplier_whom_nobody_defined_waits_visibly_until_somebody_does() {
        let mut world = World::new();
        world.record([request("q1", "BOLT", 10)]);
        assert_eq!(world.due(), Due::default());
        assert_eq!(
            world.room.undefined_suppliers().collect::<Vec<_>>(),
            [(&"ACME".into(), 1)]
        );
        assert_eq!(world.room.pending().count(), 1);
        world.record([acme().into()]);
        assert_eq!(world.order(), 1);
        assert_eq!(world.room.pending().count(), 0);
    }

    #[test]
    fn a_purchase_order_has_a_bounded_number_of_lines() {
        let mut world = World::new();
        world.record([acme().into()]);
        let requests: Vec<_> = (0..1_001)
            .map(|n| request(&format!("q{n}"), &format!("BOLT-{n}"), 1))
            .collect();
        world.record(requests);
        assert_eq!(world.order(), 3);
        let all = world
            .room
            .purchase_orders(&PurchaseOrderFilter::default(), None, 9);
        let lines: Vec<_> = all.entries.iter().map(|order| order.lines.len()).collect();
        assert_eq!(lines, [MAX_PO_LINES, MAX_PO_LINES, 1]);
    }

    #[test]
    fn a_purchase_orders_number_never_comes_twice_even_when_the_clock_steps_back() {
        let mut world = World::with_an_order();
        world.now = time("2026-03-01T11:00:00Z");
        world.record([request("q3", "BOLT", 1)]);
        world.order();
        assert_eq!(world.po("ACME-20260301-2").lines.len(), 1);
    }
}

#[path = "supplier_gateway/renaming.rs"]
mod renaming;
#[path = "supplier_gateway/rules.rs"]
mod rules;

#[path = "supplier_gateway/laws.rs"]
mod laws;

#[path = "supplier_gateway/exceptions.rs"]
mod exceptions;

#[path = "supplier_gateway/by_hand.rs"]
mod by_hand;
#[path = "supplier_gateway/terms.rs"]
mod terms;
