//! A cell with one room: facts go in, what was due is folded and read as short sentences.

use backorder_allocation::{Allocator, AllocatorRefusal, Asked, Availability, ReleaseHold};
pub use backorder_allocation::{CommitRebalance, HoldStock};
use domain::command::{Command, Outcome, RoomState};
use domain::decider::{Decider, Projection, Recorded};
use domain::event::*;
use domain::ids::{HoldId, Position, Revision, Sku, Timestamp, Zone};

/// The first of all days here.
pub const NOW: Timestamp = Timestamp::from_ms(1_600_000_000_000);

/// So many days after [`NOW`].
pub fn day(days: i64) -> Timestamp {
    NOW.plus_days(days)
}

#[derive(Debug, Clone)]
pub struct Cell {
    pub allocator: RoomState<Allocator>,
    pub revision: u64,
    pub now: Timestamp,
}

impl Cell {
    pub fn new() -> Self {
        Self {
            allocator: RoomState::default(),
            revision: 0,
            now: NOW,
        }
    }

    pub fn given(facts: impl IntoIterator<Item = Event>) -> Self {
        let mut cell = Self::new();
        for fact in facts {
            cell.fold(&fact);
        }
        cell
    }

    pub fn fold(&mut self, event: &Event) {
        self.fold_as_of(self.revision, event);
    }

    pub fn fold_as_of(&mut self, as_of: u64, event: &Event) {
        self.revision += 1;
        let position = Position {
            revision: Revision(self.revision),
            index: 0,
        };
        let (as_of, at) = (Revision(as_of), self.now);
        self.allocator.fold(
            Recorded {
                position,
                as_of,
                at,
            },
            event,
        );
    }

    /// What would happen at the door.
    pub fn ask(&self, asked: &Asked) -> Availability {
        self.allocator.availability(asked, self.now).unwrap()
    }

    /// What is due, not yet folded.
    pub fn due(&self) -> Option<Settled> {
        let mut events = self.allocator.due(self.now).events.into_iter();
        events.find_map(|event| match event {
            Event::Allocator(AllocatorEvent::Settled(settled)) => Some(settled),
            Event::Allocator(AllocatorEvent::HoldEnded(_) | AllocatorEvent::PromisesDue(_)) => None,
            other => panic!("{other:?}"),
        })
    }

    /// Folds all that is due, and reads it out.
    pub fn settle(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..1_000 {
            let (as_of, due) = (self.revision, self.allocator.due(self.now).events);
            if due.is_empty() {
                let wrong = self.allocator.check_at_rest();
                assert!(wrong.is_empty(), "{wrong:#?}");
                self.rest();
                return said;
            }
            for event in due {
                match &event {
                    Event::Allocator(AllocatorEvent::Settled(settled)) => {
                        said.extend(settled.effects.iter().map(say))
                    }
                    Event::Allocator(AllocatorEvent::HoldEnded(it)) => {
                        said.push(format!("end {} {:?} {}", it.hold, it.why, it.quantity));
                    }
                    Event::Allocator(AllocatorEvent::PromisesDue(it)) => {
                        said.push(format!("due {}", it.lines));
                    }
                    other => panic!("{other:?}"),
                }
                self.fold_as_of(as_of, &event);
            }
        }
        panic!("does not come to rest")
    }

    /// Folds a fact, and then all that is due.
    pub fn then(&mut self, fact: Event) -> Vec<String> {
        self.fold(&fact);
        self.settle()
    }
}

/// What the room says to a command.
pub type Said = Result<Outcome, AllocatorRefusal>;

/// Asks for what an event would answer.
pub fn decide<C: Command<Allocator>>(
    room: &RoomState<Allocator>,
    answer: impl Into<Event>,
    now: Timestamp,
) -> Said {
    room.decide(&command::<C>(answer.into()), now)
}

/// Gives a hold up.
pub fn release(room: &RoomState<Allocator>, hold: HoldId, now: Timestamp) -> Said {
    room.decide(&ReleaseHold { hold }, now)
}

/// The command that an event answers.
pub fn command<C: Command<Allocator>>(answer: Event) -> C {
    C::answered_by(&answer).unwrap()
}

/// An effect in a few words.
pub fn say(effect: &Effect) -> String {
    let line = format!("{}.{}", effect.order(), effect.line());
    match effect {
        Effect::Assigned(it) => format!("assign {line} {} {}", it.location, it.quantity),
        Effect::Released(it) => {
            let in_wave = if it.in_wave > 0 { " in wave" } else { "" };
            format!(
                "release {line} {} {} {:?}{in_wave}",
                it.location, it.quantity, it.why
            )
        }
        Effect::Backordered(it) => format!("wait {line} {} behind {}", it.quantity, it.ahead),
        Effect::Offered(it) => {
            let instead: Vec<&str> = it.alternatives.iter().map(Sku::as_str).collect();
            let days = it.until.ms_since(NOW) / domain::ids::DAY_MS;
            let quantity = it.quantity;
            format!(
                "offer {line} {quantity} or {} for {days}",
                instead.join("/")
            )
        }
        Effect::Refused(it) => format!("refuse {line} {} {:?}", it.quantity, it.why),
        Effect::Promised(it) => format!("promise {line} {}", say_promise(&it.promise)),
    }
}

pub fn say_promise(promise: &Promise) -> String {
    let days = |at: &Timestamp| at.ms_since(NOW) / domain::ids::DAY_MS;
    match promise {
        Promise::Inbound { purchase_order, at } => format!("{purchase_order} day {}", days(at)),
        Promise::Estimate { at } => format!("estimate day {}", days(at)),
        Promise::Unknown => "unknown".to_owned(),
    }
}

/// So many units, as anybody may ask for them.
pub fn asked(sku: &str, quantity: u32) -> Asked {
    Asked::of(&sku.into(), quantity, &"standard".into())
}

/// An order, `("BOLT", 3)` a line.
pub fn order(id: &str, lines: &[(&str, u32)]) -> OrderPlaced {
    let line = |(number, (sku, quantity)): (u32, &(&str, u32))| PlacedLine {
        line: number,
        sku: (*sku).into(),
        quantity: *quantity,
        unit_price_minor: 100,
        complete_only: false,
    };
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "c".into(),
            tier: "standard".into(),
            said_tier: None,
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".to_owned(),
        ship_to: ShipTo {
            country: "GB".to_owned(),
            region: None,
        },
        currency: domain::ids::Currency::new("GBP").unwrap(),
        lines: (1..).zip(lines).map(line).collect(),
        requested_at: None,
        placed_at: None,
        ship_complete: false,
        rest_may_go: false,
        urgency: None,
        ship_by: None,
        no_split: false,
        pick_up_at: None,
        hold: None,
        told_elsewhere: false,
    }
}

pub fn placed(id: &str, lines: &[(&str, u32)]) -> Event {
    order(id, lines).into()
}

pub fn gold(id: &str, lines: &[(&str, u32)]) -> Event {
    let mut order = order(id, lines);
    order.customer.tier = "gold".into();
    order.into()
}

pub fn complete_only(id: &str, lines: &[(&str, u32)]) -> Event {
    let mut order = order(id, lines);
    order
        .lines
        .iter_mut()
        .for_each(|line| line.complete_only = true);
    order.into()
}

pub fn ship_complete(id: &str, lines: &[(&str, u32)]) -> Event {
    OrderPlaced {
        ship_complete: true,
        ..order(id, lines)
    }
    .into()
}

/// It goes whole; but if a line is refused, the others go on.
pub fn rest_may_go(id: &str, lines: &[(&str, u32)]) -> Event {
    OrderPlaced {
        ship_complete: true,
        rest_may_go: true,
        ..order(id, lines)
    }
    .into()
}

pub fn cancelled(id: &str, lines: &[(u32, u32)]) -> Event {
    let line = |(line, quantity): &(u32, u32)| LineQuantity {
        line: *line,
        quantity: *quantity,
    };
    Event::from(OrderCancelled {
        cancellation: format!("x-{id}").as_str().into(),
        order: id.into(),
        lines: lines.iter().map(line).collect(),
        reason: String::new(),
    })
}

pub fn item_as(sku: &str, segment: Segment, lead_time_days: Option<u32>) -> Event {
    let buying = |lead_time_days| Replenishment {
        supplier: "acme".into(),
        reorder_point: 0,
        order_up_to: 10,
        pack_size: 1,
        lead_time_days,
    };
    Event::from(ItemDefined {
        definition: "d".into(),
        sku: sku.into(),
        description: sku.to_owned(),
        segment,
        replenishment: lead_time_days.map(buying),
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    })
}

/// Backorderable: cap 1,000, longest wait 90 days, lead time 7 days.
pub fn item(sku: &str) -> Event {
    capped(sku, 1_000, 90)
}

pub fn capped(sku: &str, cap: u32, longest_wait_days: u32) -> Event {
    item_as(
        sku,
        Segment::Backorderable {
            cap,
            longest_wait_days,
        },
        Some(7),
    )
}

pub fn location(id: &str, region: &str) -> Event {
    Event::from(LocationDefined {
        definition: id.into(),
        location: id.into(),
        name: id.to_owned(),
        region: Some(region.to_owned()),
        cost: None,
        time_zone: None,
    })
}

pub fn time_zone(name: &str) -> Event {
    let time_zone = Zone::new(name).unwrap();
    Event::from(TimeZoneSet { time_zone })
}

pub fn received_at(place: &str, sku: &str, quantity: u32) -> Event {
    Event::from(Received {
        receipt: "r".into(),
        location: place.into(),
        purchase_order: None,
        lines: vec![SkuQuantity {
            sku: sku.into(),
            quantity,
        }],
    })
}

pub fn received(sku: &str, quantity: u32) -> Event {
    received_at("main", sku, quantity)
}

pub fn received_of(purchase_order: &str, sku: &str, quantity: u32) -> Event {
    Event::from(Received {
        receipt: "r".into(),
        location: "main".into(),
        purchase_order: Some(purchase_order.into()),
        lines: vec![SkuQuantity {
            sku: sku.into(),
            quantity,
        }],
    })
}

pub fn adjusted(sku: &str, change: i64) -> Event {
    Event::from(Adjusted {
        adjustment: "a".into(),
        sku: sku.into(),
        location: "main".into(),
        change,
        reason: "count".to_owned(),
    })
}

pub fn wave(id: &str, line: u32, sku: &str, quantity: u32) -> Event {
    let (order, sku) = (id.into(), sku.into());
    Event::from(WaveReleased {
        max_units: None,
        only: None,
        wave: "w".into(),
        location: "main".into(),
        max_lines: 10,
        lines: vec![StockLine {
            order,
            line,
            sku,
            quantity,
        }],
    })
}

pub fn shipped(id: &str, line: u32, sku: &str, quantity: u32) -> Event {
    Event::from(Shipped {
        shipment: "s".into(),
        order: id.into(),
        location: "main".into(),
        lines: vec![ShippedLine {
            line,
            sku: sku.into(),
            quantity,
            unplanned: 0,
        }],
        tracking: None,
        from_others: false,
    })
}

pub fn closed(id: &str) -> Event {
    let opened = Position::default();
    let (history, lines) = (Vec::new(), Vec::new());
    Event::from(OrderClosed {
        order: id.into(),
        opened,
        timeline: history,
        lines,
        substituted: Vec::new(),
    })
}

pub fn purchased(id: &str, sku: &str, quantity: u32, expected_at: Timestamp) -> Event {
    let requisition = Some("q".into());
    Event::from(PurchaseOrdered {
        purchase_order: id.into(),
        supplier: "acme".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: sku.into(),
            quantity,
            requisition,
        }],
        expected_at,
        undated: false,
        source: None,
    })
}

pub fn delayed(id: &str, sku: &str, eta: Timestamp) -> Event {
    Event::from(PurchaseDelayed {
        message: "m".into(),
        purchase_order: id.into(),
        lines: vec![DatedLine {
            line: 1,
            sku: sku.into(),
            eta,
        }],
        reason: String::new(),
        source: None,
    })
}

pub fn rejected(id: &str, sku: &str, quantity: u32) -> Event {
    Event::from(PurchaseRejected {
        message: "m".into(),
        purchase_order: id.into(),
        lines: vec![SupplierLine {
            line: 1,
            sku: sku.into(),
            quantity,
        }],
        reason: String::new(),
        source: None,
    })
}

/// In two parts of which the second has no date, so many more or fewer than was known.
pub fn scheduled(id: &str, sku: &str, parts: [u32; 2], eta: Timestamp, change: i64) -> Event {
    let part = |(quantity, eta)| SchedulePart { quantity, eta };
    let parts = parts.into_iter().zip([Some(eta), None]).map(part);
    Event::from(PurchaseScheduled {
        message: "m".into(),
        purchase_order: id.into(),
        lines: vec![ScheduledLine {
            line: 1,
            sku: sku.into(),
            parts: parts.filter(|part| part.quantity > 0).collect(),
            pending: None,
            change,
        }],
        reason: String::new(),
        source: None,
    })
}

pub fn dispatched(id: &str, sku: &str, quantity: u32, eta: Timestamp) -> Event {
    Event::from(PurchaseShipped {
        message: "m".into(),
        purchase_order: id.into(),
        dispatch: "asn".into(),
        lines: vec![SupplierLine {
            line: 1,
            sku: sku.into(),
            quantity,
        }],
        eta,
        source: None,
    })
}
