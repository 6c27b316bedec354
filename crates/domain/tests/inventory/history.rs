//! What tests of inventory are told in: a state, the log that made it, and facts in few words.

use backorder_domain::command::{Command, Outcome, RoomState};
use backorder_domain::decider::{Decider, Projection, Recorded};
use backorder_domain::event::*;
use backorder_domain::exact::stopped;
use backorder_domain::ids::{Position, Revision, Sku, Timestamp};
use backorder_domain::inventory::{
    CountStock, Inventory, InventoryRefusal as No, MoveStock, RecallWave, ReceiveMove, ReleaseWave,
    RenameItem, ReportShortPick, ReturnGoods,
};

/// A state and the log that made it: each fact in a commit of its own.
#[derive(Default, Clone)]
pub struct History {
    pub inventory: RoomState<Inventory>,
    pub log: Vec<Event>,
}

pub fn fold<R: Projection>(room: &mut R, revision: u64, index: u32, event: &Event) {
    let position = Position {
        revision: Revision(revision),
        index,
    };
    let at = Timestamp::from_ms(0);
    room.fold(
        Recorded {
            position,
            as_of: Revision(revision - 1),
            at,
        },
        event,
    );
}

impl History {
    pub fn tell(&mut self, event: impl Into<Event>) -> &mut Self {
        let event = event.into();
        self.log.push(event.clone());
        fold(&mut self.inventory, self.log.len() as u64, 0, &event);
        self.inventory.check().unwrap();
        self
    }

    /// Tells a fact, if a room may have recorded it after those before.
    pub fn hear(&mut self, event: Event) -> bool {
        let (mut copy, revision) = (self.inventory.clone(), self.log.len() as u64 + 1);
        let possible = stopped(|| fold(&mut copy, revision, 0, &event)).is_none();
        if possible {
            self.tell(event);
        }
        possible
    }

    pub fn ask(&self, command: &impl Command<Inventory>) -> Result<Outcome, No> {
        self.inventory.decide(command, Timestamp::from_ms(0))
    }

    pub fn refusal(&self, command: &impl Command<Inventory>) -> No {
        self.ask(command).unwrap_err()
    }

    /// Records what is decided on a command, and returns it.
    pub fn record(&mut self, command: &impl Command<Inventory>) -> Event {
        let outcome = self.ask(command);
        let Ok(Outcome::Record(event)) = outcome else {
            panic!("{outcome:?}")
        };
        self.tell(event.clone());
        event
    }

    pub fn due(&self) -> Vec<Event> {
        self.inventory.due(Timestamp::from_ms(0)).events
    }

    /// (on hand, reserved, in wave, free) in all places.
    pub fn sums(&self, sku: &str) -> (u64, u64, u64, u64) {
        let sum = self.inventory.stock(&Sku::from(sku)).unwrap().total();
        (sum.on_hand, sum.reserved, sum.in_wave, sum.free())
    }

    /// (on order, demand, position)
    pub fn position(&self, sku: &str) -> (u64, u64, i64) {
        let stock = self.inventory.stock(&Sku::from(sku)).unwrap();
        (stock.on_order(), stock.demand(), stock.position())
    }
}

/// BOLT and NUT are items; MAIN and SIDE are places.
pub fn shop() -> History {
    let mut history = History::default();
    history.tell(item("d1", "BOLT")).tell(item("d2", "NUT"));
    history
        .tell(location("d3", "MAIN"))
        .tell(location("d4", "SIDE"));
    history
}

pub fn item(definition: &str, sku: &str) -> ItemDefined {
    ItemDefined {
        definition: definition.into(),
        sku: sku.into(),
        description: format!("a {sku}"),
        segment: Segment::Backorderable {
            cap: 100,
            longest_wait_days: 30,
        },
        replenishment: None,
        fair_share: false,
        protection: None,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    }
}

pub fn bought(definition: &str, sku: &str, levels: (u32, u32), pack_size: u32) -> ItemDefined {
    let replenishment = Some(Replenishment {
        supplier: "acme".into(),
        reorder_point: levels.0,
        order_up_to: levels.1,
        pack_size,
        lead_time_days: 7,
    });
    ItemDefined {
        replenishment,
        ..item(definition, sku)
    }
}

pub fn renamed(renaming: &str, sku: &str, to: &str) -> RenameItem {
    RenameItem(ItemRenamed {
        renaming: renaming.into(),
        sku: sku.into(),
        to: to.into(),
        reason: "the catalogue".into(),
        by: "eva".into(),
    })
}

pub fn location(definition: &str, location: &str) -> LocationDefined {
    LocationDefined {
        definition: definition.into(),
        location: location.into(),
        name: location.to_lowercase(),
        region: None,
        cost: None,
        time_zone: None,
    }
}

pub fn received(receipt: &str, location: &str, lines: &[(&str, u32)]) -> Received {
    Received {
        receipt: receipt.into(),
        location: location.into(),
        purchase_order: None,
        lines: lines
            .iter()
            .map(|(sku, quantity)| SkuQuantity {
                sku: (*sku).into(),
                quantity: *quantity,
            })
            .collect(),
    }
}

pub fn delivered(receipt: &str, purchase_order: &str, lines: &[(&str, u32)]) -> Received {
    let purchase_order = Some(purchase_order.into());
    Received {
        purchase_order,
        ..received(receipt, "MAIN", lines)
    }
}

pub fn adjusted(adjustment: &str, sku: &str, change: i64) -> Adjusted {
    Adjusted {
        adjustment: adjustment.into(),
        sku: sku.into(),
        location: "MAIN".into(),
        change,
        reason: "count".into(),
    }
}

pub fn wave(wave: &str, location: &str, max_lines: u32) -> ReleaseWave {
    ReleaseWave {
        max_units: None,
        only: None,
        wave: wave.into(),
        location: location.into(),
        max_lines,
    }
}

pub fn counted(
    count: &str,
    location: &str,
    lines: &[(&str, u64)],
    without_reserved: bool,
) -> CountStock {
    let line = |(sku, counted): &(&str, u64)| CountedLine {
        sku: (*sku).into(),
        counted: *counted,
        change: 0,
    };
    CountStock {
        asked: Counted {
            count: count.into(),
            location: location.into(),
            lines: lines.iter().map(line).collect(),
            as_of: None,
            without_reserved,
        },
        then: None,
    }
}

pub fn moved(id: &str, from: &str, to: &str, lines: &[(&str, u32)]) -> MoveStock {
    let line = |(sku, quantity): &(&str, u32)| SkuQuantity {
        sku: (*sku).into(),
        quantity: *quantity,
    };
    MoveStock {
        id: id.into(),
        from: from.into(),
        to: to.into(),
        lines: lines.iter().map(line).collect(),
        arrives: None,
    }
}

/// The same, to arrive a day later.
pub fn sent(id: &str, from: &str, to: &str, lines: &[(&str, u32)]) -> MoveStock {
    MoveStock {
        arrives: Some(Timestamp::from_ms(0).plus_days(1)),
        ..moved(id, from, to, lines)
    }
}

pub fn arrived(
    receipt: &str,
    id: &str,
    location: &str,
    lines: &[(&str, u32)],
    rest_lost: bool,
) -> ReceiveMove {
    ReceiveMove {
        receipt: receipt.into(),
        id: id.into(),
        location: location.into(),
        lines: moved(id, "", "", lines).lines,
        rest_lost,
    }
}

pub fn recalled(recall: &str, order: &str) -> RecallWave {
    RecallWave {
        recall: recall.into(),
        wave: None,
        order: Some(order.into()),
    }
}

pub fn short(
    report: &str,
    order: &str,
    location: &str,
    found: &[(u32, u32)],
    skus: Vec<Sku>,
) -> ReportShortPick {
    ReportShortPick {
        report: report.into(),
        order: order.into(),
        location: location.into(),
        found: found.to_vec(),
        skus,
    }
}

pub fn returned(id: &str, order: &str, lines: &[(u32, u32)], skus: Vec<Sku>) -> ReturnGoods {
    ReturnGoods {
        id: id.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: lines.to_vec(),
        scrapped: false,
        reason: String::new(),
        left: Vec::new(),
        skus,
    }
}

pub fn shipped(shipment: &str, order: &str, lines: &[(u32, &str, u32)]) -> Shipped {
    Shipped {
        shipment: shipment.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: lines
            .iter()
            .map(|(line, sku, quantity)| ShippedLine {
                line: *line,
                sku: (*sku).into(),
                quantity: *quantity,
                unplanned: 0,
            })
            .collect(),
        tracking: None,
        from_others: false,
    }
}

pub fn placed(order: &str, lines: &[(u32, &str, u32)]) -> OrderPlaced {
    OrderPlaced {
        order: order.into(),
        customer: Customer {
            id: "c1".into(),
            tier: "standard".into(),
            said_tier: None,
            email: None,
            lifetime_value_minor: None,
        },
        channel: "web".into(),
        ship_to: ShipTo {
            country: "GB".into(),
            region: None,
        },
        currency: backorder_domain::ids::Currency::new("GBP").unwrap(),
        lines: lines
            .iter()
            .map(|(line, sku, quantity)| PlacedLine {
                line: *line,
                sku: (*sku).into(),
                quantity: *quantity,
                unit_price_minor: 100,
                complete_only: false,
            })
            .collect(),
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

pub fn cancelled(order: &str, lines: &[(u32, u32)]) -> OrderCancelled {
    OrderCancelled {
        cancellation: format!("cancel {order}").into(),
        order: order.into(),
        lines: lines
            .iter()
            .map(|(line, quantity)| LineQuantity {
                line: *line,
                quantity: *quantity,
            })
            .collect(),
        reason: String::new(),
    }
}

pub fn closed(order: &str) -> OrderClosed {
    let opened = Position::default();
    OrderClosed {
        order: order.into(),
        opened,
        timeline: Vec::new(),
        lines: Vec::new(),
        substituted: Vec::new(),
    }
}

pub fn settled(effects: Vec<Effect>) -> Settled {
    Settled {
        rule: 1,
        effects,
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
}

pub fn assigned(order: &str, line: u32, sku: &str, location: &str, quantity: u32) -> Effect {
    Effect::Assigned(Assigned {
        order: order.into(),
        line,
        sku: sku.into(),
        location: location.into(),
        quantity,
        effective: Timestamp::from_ms(0),
    })
}

pub fn released(order: &str, line: u32, sku: &str, location: &str, quantity: u32) -> Effect {
    Effect::Released(Released {
        order: order.into(),
        line,
        sku: sku.into(),
        location: location.into(),
        quantity,
        why: ReleaseReason::CountedDown,
        in_wave: 0,
    })
}

pub fn backordered(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Backordered(Backordered {
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        effective: Timestamp::from_ms(0),
        ahead: 0,
    })
}

pub fn refused(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    let (order, sku) = (order.into(), sku.into());
    Effect::Refused(Refused {
        order,
        line,
        sku,
        quantity,
        why: RefuseReason::StockOnly,
        limit: None,
    })
}

pub fn purchase_ordered(id: &str, lines: &[(u32, &str, u32, &str)]) -> PurchaseOrdered {
    PurchaseOrdered {
        purchase_order: id.into(),
        supplier: "acme".into(),
        lines: lines
            .iter()
            .map(|(line, sku, quantity, requisition)| PurchaseLine {
                line: *line,
                sku: (*sku).into(),
                quantity: *quantity,
                requisition: Some((*requisition).into()),
            })
            .collect(),
        expected_at: Timestamp::from_ms(0),
        undated: false,
        source: None,
    }
}

pub fn purchase_rejected(id: &str, lines: &[(u32, &str, u32)]) -> PurchaseRejected {
    PurchaseRejected {
        message: "m".into(),
        purchase_order: id.into(),
        lines: lines
            .iter()
            .map(|(line, sku, quantity)| SupplierLine {
                line: *line,
                sku: (*sku).into(),
                quantity: *quantity,
            })
            .collect(),
        reason: String::new(),
        source: None,
    }
}

pub fn requested(sku: &str, number: u32, quantity: u32, position: i64) -> Event {
    ReplenishmentRequested {
        requisition: format!("{sku}#{number}").into(),
        sku: sku.into(),
        quantity,
        supplier: "acme".into(),
        position,
    }
    .into()
}

/// 10 bolts at MAIN; o1 and o2 ordered bolts, o1 holds 4 there and o2 holds 3.
pub fn reserved() -> History {
    let mut history = shop();
    history.tell(received("r1", "MAIN", &[("BOLT", 10)]));
    history.tell(placed("o1", &[(1, "BOLT", 4), (2, "NUT", 1)]));
    history.tell(placed("o2", &[(1, "BOLT", 5)]));
    history.tell(settled(vec![
        assigned("o2", 1, "BOLT", "MAIN", 3),
        backordered("o2", 1, "BOLT", 2),
        assigned("o1", 1, "BOLT", "MAIN", 4),
    ]));
    history
}
