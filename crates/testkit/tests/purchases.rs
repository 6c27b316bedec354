//! What is on order, whoever is asked: goods that a buyer orders, what suppliers say of them, and
//! deliveries that cross it on the log. After each fact the supplier gateway, inventory and the
//! allocator count the same units as still to come, and none of them stops.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use allocation::Allocator;
use domain::command::{Command, Outcome, RoomState};
use domain::decider::{Projection, Recorded};
use domain::event::DatedLine;
use domain::event::{
    Adapter, Event, ItemDefined, LocationDefined, PurchaseDelayed, PurchaseRejected,
    PurchaseScheduled, PurchaseShipped, Received, SchedulePart, ScheduledLine, Segment,
    SkuQuantity, Source, SupplierDefined, SupplierLine, Way,
};
use domain::ids::{Position, PurchaseOrderId, Revision, Sku, Timestamp};
use domain::inventory::Inventory;
use domain::supplier_gateway::{
    ClosePurchaseOrder, CreatePurchaseOrder, HearSupplier, Line, MAX_PAGE, Message, PurchaseOrder,
    PurchaseOrderFilter, SupplierGateway,
};
use fastrand::Rng;

const SEEDS: u64 = 300;
const STEPS: u32 = 60;
const SKUS: [&str; 3] = ["BOLT", "NUT", "PIN"];

struct Rooms {
    gateway: RoomState<SupplierGateway>,
    inventory: RoomState<Inventory>,
    allocator: RoomState<Allocator>,
    rng: Rng,
    revision: u64,
    now: Timestamp,
    /// Messages and orders that were recorded, and those that crossed a delivery.
    said: u32,
    crossed: u32,
}

impl Rooms {
    fn new(seed: u64) -> Self {
        let mut rooms = Self {
            gateway: RoomState::default(),
            inventory: RoomState::default(),
            allocator: RoomState::default(),
            rng: Rng::with_seed(seed),
            revision: 0,
            now: Timestamp::parse("2026-03-01T08:00:00Z").unwrap(),
            said: 0,
            crossed: 0,
        };
        rooms.record(&Event::from(LocationDefined {
            definition: "d1".into(),
            location: "MAIN".into(),
            name: "Hall".to_owned(),
            region: None,
            cost: None,
            time_zone: None,
        }));
        rooms.record(&Event::from(SupplierDefined {
            definition: "d2".into(),
            supplier: "ACME".into(),
            name: "Acme".to_owned(),
            lead_time_days: 9,
            cutoff_hour: None,
            adapter: Adapter::ByHand,
        }));
        for sku in SKUS {
            rooms.record(&Event::from(ItemDefined {
                definition: format!("define {sku}").into(),
                sku: sku.into(),
                description: sku.to_owned(),
                segment: Segment::StockOnly,
                replenishment: None,
                fair_share: false,
                protection: None,
                unit: None,
                step: None,
                reserve_days_before: None,
                releases_at: None,
            }));
        }
        rooms
    }

    fn record(&mut self, event: &Event) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let recorded = Recorded {
            position: Position { revision, index: 0 },
            as_of: Revision(self.revision - 1),
            at: self.now,
        };
        self.gateway.fold(recorded, event);
        self.inventory.fold(recorded, event);
        self.allocator.fold(recorded, event);
        self.compare();
    }

    fn orders(&self) -> Vec<PurchaseOrder> {
        let all = PurchaseOrderFilter::default();
        let page = self.gateway.purchase_orders(&all, None, MAX_PAGE);
        page.entries.into_iter().cloned().collect()
    }

    fn compare(&self) {
        let orders = self.orders();
        for sku in SKUS.map(Sku::from) {
            let lines = orders.iter().flat_map(|order| order.lines.values());
            let lines = lines.filter(|line| line.sku == sku);
            let open: u64 = lines.map(|line| u64::from(line.open())).sum();
            let stock = self.inventory.stock(&sku);
            let on_order = stock.map_or(0, |stock| stock.on_order());
            let queue = self.allocator.queue(&sku, None, 1);
            let inbound = queue.map_or(0, |queue| queue.inbound_units);
            let at = self.revision;
            assert_eq!([on_order, inbound], [open; 2], "of {sku} at revision {at}");
        }
    }

    /// Records what is decided; here and there after a delivery that nobody has heard of.
    fn ask(&mut self, command: &impl Command<SupplierGateway>) {
        let Ok(Outcome::Record(event)) = self.gateway.decide(command, self.now) else {
            return;
        };
        if self.rng.u8(0..3) == 0 {
            self.deliver();
            self.crossed += 1;
        }
        self.said += 1;
        self.record(&event);
    }

    fn source() -> Source {
        Source {
            way: Way::Person,
            who: String::new(),
        }
    }

    fn pick(&mut self) -> Option<(PurchaseOrderId, u32, Line)> {
        let orders = self.orders();
        let order = self.rng.choice(orders)?;
        let lines: Vec<_> = order.lines.into_iter().collect();
        let (number, line) = self.rng.choice(lines)?;
        Some((order.purchase_order, number, line))
    }

    /// More than is to come, now and then.
    fn deliver(&mut self) {
        let Some((id, _, line)) = self.pick() else {
            return;
        };
        let most = line.open().max(1) + self.rng.u32(0..3);
        let quantity = self.rng.u32(1..=most);
        let receipt = format!("r{}", self.revision).into();
        self.record(&Event::from(Received {
            receipt,
            location: "MAIN".into(),
            purchase_order: Some(id),
            lines: vec![SkuQuantity {
                sku: line.sku,
                quantity,
            }],
        }));
    }

    fn step(&mut self) {
        self.now = self.now.plus_days(i64::from(self.rng.u8(0..2)));
        match self.rng.u8(0..10) {
            0 | 1 => self.create(),
            2 | 3 => self.deliver(),
            4 => {
                let Some((purchase_order, ..)) = self.pick() else {
                    return;
                };
                self.ask(&ClosePurchaseOrder {
                    message: format!("m{}", self.revision).into(),
                    purchase_order,
                    reason: String::new(),
                    source: Self::source(),
                });
            }
            _ => self.hear(),
        }
    }

    fn create(&mut self) {
        let some = SKUS.into_iter().filter(|_| self.rng.bool());
        let skus: Vec<&str> = some.collect();
        let line = |sku: &str| SkuQuantity {
            sku: sku.into(),
            quantity: 0,
        };
        let mut lines: Vec<SkuQuantity> = skus.into_iter().map(line).collect();
        for line in &mut lines {
            line.quantity = self.rng.u32(1..30);
        }
        self.ask(&CreatePurchaseOrder {
            purchase_order: format!("P-{}", self.revision).into(),
            supplier: "ACME".into(),
            lines,
            expected_at: None,
            source: Some(Self::source()),
        });
    }

    fn hear(&mut self) {
        let Some((purchase_order, number, line)) = self.pick() else {
            return;
        };
        let message = format!("m{}", self.revision).into();
        let source = Some(Self::source());
        let eta = self.now.plus_days(i64::from(self.rng.u8(0..60)));
        let (sku, quantity) = (line.sku.clone(), self.rng.u32(1..=line.open().max(1)));
        let units = vec![SupplierLine {
            line: number,
            sku: sku.clone(),
            quantity,
        }];
        let reason = String::new();
        let said = match self.rng.u8(0..6) {
            0 => Message::Shipped(PurchaseShipped {
                message,
                purchase_order,
                dispatch: format!("s{}", self.revision).into(),
                lines: units,
                eta,
                source,
            }),
            1 => Message::Rejected(PurchaseRejected {
                message,
                purchase_order,
                lines: units,
                reason,
                source,
            }),
            2 => Message::Delayed(PurchaseDelayed {
                message,
                purchase_order,
                lines: vec![DatedLine {
                    line: number,
                    sku,
                    eta,
                }],
                reason,
                source,
            }),
            _ => Message::Scheduled(PurchaseScheduled {
                message,
                purchase_order,
                lines: vec![ScheduledLine {
                    line: number,
                    sku,
                    parts: self.parts(eta),
                    pending: None,
                    change: 0,
                }],
                reason,
                source,
            }),
        };
        self.ask(&HearSupplier(said));
    }

    fn parts(&mut self, eta: Timestamp) -> Vec<SchedulePart> {
        let count = self.rng.u8(0..4);
        let part = |number| SchedulePart {
            quantity: self.rng.u32(1..20),
            eta: self.rng.bool().then(|| eta.plus_days(i64::from(number))),
        };
        (0..count).map(part).collect()
    }
}

#[test]
fn every_room_counts_the_same_on_order_after_each_fact() {
    let (mut said, mut crossed) = (0, 0);
    for seed in 0..SEEDS {
        let mut rooms = Rooms::new(seed);
        for _ in 0..STEPS {
            rooms.step();
        }
        said += rooms.said;
        crossed += rooms.crossed;
    }
    assert!(
        said > 5_000 && crossed > 1_000,
        "{said} said, {crossed} crossed"
    );
}
