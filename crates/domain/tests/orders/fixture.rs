//! One canonical order, cancellation and effect each, and a shop that folds them.

use backorder_domain::command::RoomState;
use backorder_domain::decider::{Decider, Projection, Recorded};
use backorder_domain::event::*;
use backorder_domain::exact::stopped;
use backorder_domain::ids::*;
use backorder_domain::orders::{AcceptSubstitute, CancelOrder, Orders, PlaceOrder};

/// 2026-11-22T08:00:00Z.
pub const NOW: Timestamp = Timestamp::from_ms(1_795_334_400_000);

/// What the tests order: it was defined before the log of a [`Shop`] begins.
const ITEMS: [&str; 4] = ["BOLT", "NUT", "NAIL", "GEAR"];

/// The room, and where its log ends.
#[derive(Debug, Clone)]
pub struct Shop {
    pub orders: RoomState<Orders>,
    pub log: Vec<Event>,
}

impl Default for Shop {
    fn default() -> Self {
        let mut orders = RoomState::<Orders>::default();
        for (index, sku) in (0_u32..).zip(ITEMS) {
            let recorded = Recorded {
                position: Position {
                    revision: Revision(0),
                    index,
                },
                as_of: Revision(0),
                at: NOW,
            };
            orders.fold(recorded, &item(sku));
        }
        Self {
            orders,
            log: Vec::new(),
        }
    }
}

pub fn item(sku: &str) -> Event {
    ItemDefined {
        definition: sku.into(),
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
    }
    .into()
}

impl Shop {
    pub fn given(events: impl IntoIterator<Item = Event>) -> Self {
        let mut shop = Self::default();
        for event in events {
            shop.fold(event);
        }
        shop
    }

    /// Folds one event as a commit of its own.
    pub fn fold(&mut self, event: Event) -> Position {
        let position = at(self.log.len() + 1);
        evolve(&mut self.orders, position, &event);
        self.log.push(event);
        position
    }

    /// Folds a fact, if a room may have recorded it after those before.
    pub fn hear(&mut self, event: Event) {
        let (mut copy, position) = (self.orders.clone(), at(self.log.len() + 1));
        if stopped(|| evolve(&mut copy, position, &event)).is_none() {
            self.fold(event);
        }
    }

    /// Folds all that is due; where the first of it stands.
    pub fn fold_due(&mut self) -> Position {
        let due = self.orders.due(NOW).events;
        let first = at(self.log.len() + 1);
        for event in due {
            self.fold(event);
        }
        first
    }
}

pub fn at(revision: usize) -> Position {
    Position {
        revision: Revision(u64::try_from(revision).unwrap()),
        index: 0,
    }
}

pub fn evolve(orders: &mut RoomState<Orders>, position: Position, event: &Event) {
    let as_of = Revision(position.revision.0 - 1);
    orders.fold(
        Recorded {
            position,
            as_of,
            at: NOW,
        },
        event,
    );
}

pub fn order(id: &str, lines: &[(&str, u32)]) -> OrderPlaced {
    let line = |(index, (sku, quantity)): (usize, &(&str, u32))| PlacedLine {
        line: u32::try_from(index).unwrap() + 1,
        sku: Sku::from(*sku),
        quantity: *quantity,
        unit_price_minor: 250,
        complete_only: false,
    };
    OrderPlaced {
        order: id.into(),
        customer: Customer {
            id: "ann".into(),
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
        currency: Currency::new("GBP").unwrap(),
        lines: lines.iter().enumerate().map(line).collect(),
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

pub fn placing(id: &str, lines: &[(&str, u32)]) -> PlaceOrder {
    PlaceOrder::carried_over(order(id, lines))
}

pub fn cancellation(id: &str, order: &str, lines: &[(u32, u32)]) -> CancelOrder {
    CancelOrder(OrderCancelled {
        cancellation: id.into(),
        order: order.into(),
        lines: lines
            .iter()
            .map(|(line, quantity)| LineQuantity {
                line: *line,
                quantity: *quantity,
            })
            .collect(),
        reason: String::new(),
    })
}

pub fn cancelled(id: &str, order: &str, lines: &[(u32, u32)]) -> Event {
    cancellation(id, order, lines).0.into()
}

pub fn settled(effects: impl IntoIterator<Item = Effect>) -> Event {
    Settled {
        rule: 1,
        effects: effects.into_iter().collect(),
        at_rest: true,
        sharing: Vec::new(),
        causes: Vec::new(),
        before: Vec::new(),
    }
    .into()
}

pub fn assigned(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Assigned(Assigned {
        order: order.into(),
        line,
        sku: sku.into(),
        location: "MAIN".into(),
        quantity,
        effective: NOW,
    })
}

pub fn released(order: &str, line: u32, sku: &str, quantity: u32, why: ReleaseReason) -> Effect {
    let location = "MAIN".into();
    Effect::Released(Released {
        order: order.into(),
        line,
        sku: sku.into(),
        location,
        quantity,
        why,
        in_wave: 0,
    })
}

pub fn backordered(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Backordered(Backordered {
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        effective: NOW,
        ahead: 0,
    })
}

/// NUT or GEAR instead, until a day from now.
pub fn offered(order: &str, line: u32, sku: &str, quantity: u32) -> Effect {
    Effect::Offered(Offered {
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        alternatives: vec!["NUT".into(), "GEAR".into()],
        until: NOW.plus_days(1),
    })
}

pub fn acceptance(id: &str, order: &str, line: u32, sku: &str, quantity: u32) -> AcceptSubstitute {
    AcceptSubstitute {
        acceptance: id.into(),
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        unit_price_minor: 300,
    }
}

pub fn refused(order: &str, line: u32, sku: &str, quantity: u32, why: RefuseReason) -> Effect {
    Effect::Refused(Refused {
        order: order.into(),
        line,
        sku: sku.into(),
        quantity,
        why,
        limit: None,
    })
}

pub fn promised(order: &str, line: u32, sku: &str, promise: Promise) -> Effect {
    Effect::Promised(Promised {
        order: order.into(),
        line,
        sku: sku.into(),
        promise,
        was: None,
    })
}

pub fn shipped(id: &str, order: &str, lines: &[(u32, &str, u32)]) -> Event {
    let line = |(line, sku, quantity): &(u32, &str, u32)| ShippedLine {
        line: *line,
        sku: Sku::from(*sku),
        quantity: *quantity,
        unplanned: 0,
    };
    Shipped {
        shipment: id.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: lines.iter().map(line).collect(),
        tracking: None,
        from_others: false,
    }
    .into()
}
