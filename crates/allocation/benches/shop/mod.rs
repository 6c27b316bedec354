//! A shop to measure: what its customers do is made up beforehand, from a seed, and played into a
//! real allocator commit by commit, each settled as the host of rooms does it.

use std::collections::BTreeMap;

use backorder_allocation::Allocator;
use domain::decider::{Decider, Projection, Recorded};
use domain::event::*;
use domain::ids::{Currency, OrderId, Position, Revision, Sku, Timestamp};

/// Events of one commit: what waits while a commit of a busy room is on its way.
pub const COMMIT: usize = 256;
pub const NOW: Timestamp = Timestamp::from_ms(1_600_000_000_000);

/// Numbers that look random and are the same every time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0, below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Which SKU: the n-th is asked for as often as 1 / n^0.99.
pub struct Zipf(Vec<f64>);

impl Zipf {
    pub fn new(skus: usize) -> Self {
        let mut sum = 0.0;
        let sums = (1..=skus).map(|rank| {
            sum += (rank as f64).powf(-0.99);
            sum
        });
        Self(sums.collect())
    }

    pub fn draw(&self, dice: &mut Dice) -> u64 {
        let at = dice.below(1 << 53) as f64 / (1_u64 << 53) as f64 * self.0[self.0.len() - 1];
        self.0.partition_point(|sum| *sum < at) as u64
    }
}

/// What is done to the shop.
pub enum Act {
    Record(Box<Event>),
    /// A customer looks after a line of their order.
    AskPromise(OrderId),
    /// A customer looks at an SKU before they order.
    AskAvailability(Sku),
    /// Somebody looks who waits.
    AskQueue(Sku),
}

pub fn sku(number: u64) -> Sku {
    Sku::from(format!("SKU-{number:05}"))
}

pub fn order_id(number: u64) -> OrderId {
    OrderId::from(format!("{number:010}"))
}

/// An order of these SKUs and quantities.
pub fn placed(number: u64, lines: impl IntoIterator<Item = (Sku, u32)>) -> Event {
    let line = |(line, (sku, quantity))| PlacedLine {
        line,
        sku,
        quantity,
        unit_price_minor: 1_995,
        complete_only: false,
    };
    let tier = match number % 10 {
        0 => "gold",
        1 | 2 => "silver",
        _ => "standard",
    };
    Event::from(OrderPlaced {
        lines: (1..).zip(lines).map(line).collect(),
        ..blank(number, tier)
    })
}

fn blank(number: u64, tier: &str) -> OrderPlaced {
    let text = serde_json::json!({
        "order": order_id(number).as_str(),
        "customer": {"id": format!("C-{number:010}"), "tier": tier},
        "channel": "web",
        "ship_to": {"country": "DE"},
        "currency": Currency::new("EUR"),
        "lines": [],
    });
    serde_json::from_value(text).expect("an order")
}

pub fn cancelled(number: u64) -> Event {
    Event::from(OrderCancelled {
        cancellation: format!("x-{number}").as_str().into(),
        order: order_id(number),
        lines: Vec::new(),
        reason: String::new(),
    })
}

pub fn received(receipt: u64, sku: Sku, quantity: u32) -> Event {
    Event::from(Received {
        receipt: format!("r-{receipt}").as_str().into(),
        location: "SHED".into(),
        purchase_order: None,
        lines: vec![SkuQuantity { sku, quantity }],
    })
}

/// Backorderable as much as anybody likes, in 14 days.
pub fn item(sku: &Sku) -> Event {
    let text = serde_json::json!({
        "definition": format!("d-{sku}"),
        "sku": sku.as_str(),
        "description": "An item",
        "segment": {"backorderable": {"cap": u32::MAX, "longest_wait_days": 3_650}},
        "replenishment": {
            "supplier": "ACME", "reorder_point": 10, "order_up_to": 100, "pack_size": 1,
            "lead_time_days": 14,
        },
    });
    serde_json::from_value::<ItemDefined>(text)
        .expect("an item")
        .into()
}

pub fn purchased(id: &str, sku: &Sku, quantity: u32, expected_at: Timestamp) -> Event {
    Event::from(PurchaseOrdered {
        purchase_order: id.into(),
        supplier: "ACME".into(),
        lines: vec![PurchaseLine {
            line: 1,
            sku: sku.clone(),
            quantity,
            requisition: Some("q".into()),
        }],
        expected_at,
        undated: false,
        source: None,
    })
}

pub fn delayed(id: &str, sku: &Sku, eta: Timestamp) -> Event {
    let text = serde_json::json!({
        "message": format!("m-{id}-{}", eta.as_ms()),
        "purchase_order": id,
        "lines": [{"line": 1, "sku": sku.as_str(), "eta": eta.to_string()}],
        "reason": "",
    });
    serde_json::from_value::<PurchaseDelayed>(text)
        .expect("a delay")
        .into()
}

/// Of 100 acts 70 place an order of one to three lines, 8 cancel one, 15 receive about as much as
/// was ordered since, and 7 ask. Orders are numbered from `first`.
pub fn acts(count: usize, first: u64, mut sku_of: impl FnMut(&mut Dice) -> Sku) -> Vec<Act> {
    let mut dice = Dice::new(first);
    let mut next = first;
    let mut acts = Vec::with_capacity(count);
    for _ in 0..count {
        let kind = dice.below(100);
        let before = |dice: &mut Dice| match next - first {
            0 => next,
            placed => first + dice.below(placed),
        };
        acts.push(match kind {
            0..70 => {
                let lines: BTreeMap<Sku, u32> = (0..=dice.below(3))
                    .map(|_| (sku_of(&mut dice), 1 + dice.below(3) as u32))
                    .collect();
                let event = placed(next, lines);
                next += 1;
                Act::Record(event.into())
            }
            70..78 => Act::Record(cancelled(before(&mut dice)).into()),
            78..93 => {
                let quantity = 4 + dice.below(30) as u32;
                Act::Record(received(next, sku_of(&mut dice), quantity).into())
            }
            93..96 => Act::AskPromise(order_id(before(&mut dice))),
            96..98 => Act::AskAvailability(sku_of(&mut dice)),
            _ => Act::AskQueue(sku_of(&mut dice)),
        });
    }
    acts
}

/// An allocator and where its log stands.
#[derive(Default)]
pub struct Shop {
    pub allocator: Allocator,
    pub revision: u64,
    /// What was recorded, if it is kept: each commit as its JSON.
    pub tape: Option<Vec<Vec<u8>>>,
}

impl Shop {
    /// Folds a commit of these events.
    pub fn fold<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let mut kept = Vec::new();
        for (index, event) in (0..).zip(events) {
            self.allocator.fold(
                Recorded {
                    position: Position { revision, index },
                    as_of: Revision(self.revision - 1),
                    at: NOW,
                },
                event,
            );
            if self.tape.is_some() {
                kept.push(event.clone());
            }
        }
        if let Some(tape) = &mut self.tape {
            let commit = Commit {
                as_of: Revision(self.revision - 1),
                at: NOW,
                events: kept,
                traces: BTreeMap::new(),
            };
            tape.push(serde_json::to_vec(&commit).expect("a commit"));
        }
    }

    /// Decides and folds what is due until nothing is; how many effects it had.
    pub fn settle(&mut self) -> usize {
        let mut effects = 0;
        loop {
            let due = self.allocator.due(NOW).events;
            if due.is_empty() {
                return effects;
            }
            effects += due.iter().map(effects_of).sum::<usize>();
            self.fold(&due);
        }
    }

    /// Folds events in commits, each settled after it; how many effects they had.
    pub fn play<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) -> usize {
        let mut events = events.into_iter().peekable();
        let mut effects = 0;
        while events.peek().is_some() {
            self.fold(events.by_ref().take(COMMIT));
            effects += self.settle();
        }
        effects
    }

    /// A shop in which so many orders of one line and one unit wait for an SKU.
    pub fn waiting(sku: &Sku, orders: u64) -> Self {
        let mut shop = Self::default();
        shop.play(&[item(sku)]);
        shop.wait(sku, 0..orders);
        shop
    }

    /// Places orders of one line and one unit.
    pub fn wait(&mut self, sku: &Sku, orders: std::ops::Range<u64>) {
        let orders: Vec<u64> = orders.collect();
        for some in orders.chunks(100_000) {
            let events: Vec<Event> = some
                .iter()
                .map(|number| placed(*number, [(sku.clone(), 1)]))
                .collect();
            self.play(&events);
        }
    }
}

pub fn effects_of(event: &Event) -> usize {
    match event {
        Event::Allocator(AllocatorEvent::Settled(settled)) => settled.effects.len(),
        _ => 0,
    }
}
