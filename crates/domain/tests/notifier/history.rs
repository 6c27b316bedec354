//! A history that a test writes, and the facts it is written in.

use backorder_domain::command::{Outcome, RoomState};
use backorder_domain::decider::{Decider, Projection, Recorded};
use backorder_domain::event::*;
use backorder_domain::exact::stopped;
use backorder_domain::ids::{Currency, Position, Revision, Sku, Timestamp};
use backorder_domain::notifier::{
    Letter, LetterLine, Notifier, NotifierSideEffect, RecordFailure, RecordSent,
};

pub const SKU: &str = "BOLT";

/// A room, the log that made it, and a clock that only the test moves.
#[derive(Clone, Default)]
pub struct History {
    pub room: RoomState<Notifier>,
    pub log: Vec<(Position, Timestamp, Event)>,
    pub now: Timestamp,
}

impl History {
    pub fn record(&mut self, event: impl Into<Event>) -> &mut Self {
        let position = Position {
            revision: Revision(self.log.len() as u64 + 1),
            index: 0,
        };
        let event = event.into();
        fold(&mut self.room, position, self.now, &event);
        self.log.push((position, self.now, event));
        self
    }

    /// Records a fact, if a room may have recorded it after those before.
    pub fn hear(&mut self, event: Event) {
        let position = Position {
            revision: Revision(self.log.len() as u64 + 1),
            index: 0,
        };
        let mut copy = self.room.clone();
        if stopped(|| fold(&mut copy, position, self.now, &event)).is_none() {
            self.record(event);
        }
    }

    pub fn settled(&mut self, effects: impl IntoIterator<Item = Effect>) -> &mut Self {
        self.record(Settled {
            rule: 1,
            effects: effects.into_iter().collect(),
            at_rest: true,
            sharing: Vec::new(),
            causes: Vec::new(),
            before: Vec::new(),
        })
    }

    pub fn later(&mut self, ms: i64) -> &mut Self {
        self.now = self.now.plus_ms(ms);
        self
    }

    pub fn due(&self) -> Vec<Letter> {
        let side_effects = self.room.due(self.now).side_effects;
        side_effects
            .into_iter()
            .map(|NotifierSideEffect::Deliver(letter)| letter)
            .collect()
    }

    /// The only letter that is due.
    pub fn letter(&self) -> Letter {
        let due = self.due();
        assert_eq!(due.len(), 1, "{due:#?}");
        due.into_iter().next().unwrap()
    }

    pub fn send(&mut self) -> Letter {
        let letter = self.letter();
        self.decide(&letter, None).unwrap();
        letter
    }

    /// Sends everything that is due, then what that lets through, and says the kinds.
    pub fn send_all(&mut self) -> Vec<NoticeKind> {
        let mut kinds = Vec::new();
        while let Some(letter) = self.due().into_iter().next() {
            kinds.push(letter.kind);
            self.decide(&letter, None).unwrap();
        }
        kinds
    }

    pub fn decide(&mut self, letter: &Letter, error: Option<&str>) -> Option<Event> {
        let outcome = match error {
            None => self.room.decide(&sent(letter), self.now),
            Some(error) => self.room.decide(&failure(letter, error), self.now),
        };
        match outcome.unwrap() {
            Outcome::Record(event) => {
                self.record(event.clone());
                Some(event)
            }
            Outcome::Nothing => None,
            Outcome::Before(_) => panic!("the notifier remembers no commands"),
        }
    }
}

pub fn fold(room: &mut RoomState<Notifier>, position: Position, at: Timestamp, event: &Event) {
    let as_of = Revision(position.revision.0 - 1);
    room.fold(
        Recorded {
            position,
            as_of,
            at,
        },
        event,
    );
}

pub fn sent(letter: &Letter) -> RecordSent {
    RecordSent(Notified {
        notice: letter.notice.clone(),
        kind: letter.kind,
        order: letter.order.clone(),
        to: letter.to.clone(),
        attempt: letter.attempts + 1,
    })
}

pub fn failure(letter: &Letter, error: &str) -> RecordFailure {
    RecordFailure {
        notice: letter.notice.clone(),
        kind: letter.kind,
        order: letter.order.clone(),
        to: letter.to.clone(),
        attempt: letter.attempts + 1,
        error: error.into(),
        may_succeed_later: true,
    }
}

pub fn placed(order: &str, quantities: &[u32]) -> OrderPlaced {
    let line = |(index, quantity): (usize, &u32)| PlacedLine {
        line: index as u32 + 1,
        sku: SKU.into(),
        quantity: *quantity,
        unit_price_minor: 100,
        complete_only: false,
    };
    OrderPlaced {
        order: order.into(),
        customer: Customer {
            id: "c1".into(),
            tier: "gold".into(),
            said_tier: None,
            email: Some("ann@example.com".into()),
            lifetime_value_minor: None,
        },
        channel: "web".into(),
        ship_to: ShipTo {
            country: "DE".into(),
            region: None,
        },
        currency: Currency::new("EUR").unwrap(),
        lines: quantities.iter().enumerate().map(line).collect(),
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

pub fn without_email(order: &str, quantities: &[u32]) -> OrderPlaced {
    let mut placed = placed(order, quantities);
    placed.customer.email = None;
    placed
}

pub fn cancelled(id: &str, order: &str, lines: &[(u32, u32)]) -> OrderCancelled {
    let lines = lines.iter().map(|(line, quantity)| LineQuantity {
        line: *line,
        quantity: *quantity,
    });
    OrderCancelled {
        cancellation: id.into(),
        order: order.into(),
        lines: lines.collect(),
        reason: String::new(),
    }
}

pub fn closed(order: &str) -> OrderClosed {
    let opened = Position::default();
    OrderClosed {
        order: order.into(),
        opened,
        timeline: vec![],
        lines: vec![],
        substituted: vec![],
    }
}

pub fn shipped(id: &str, order: &str, lines: &[(u32, u32)]) -> Shipped {
    let lines = lines.iter().map(|(line, quantity)| ShippedLine {
        line: *line,
        sku: SKU.into(),
        quantity: *quantity,
        unplanned: 0,
    });
    Shipped {
        shipment: id.into(),
        order: order.into(),
        location: "MAIN".into(),
        lines: lines.collect(),
        tracking: Some("1Z999".into()),
        from_others: false,
    }
}

pub fn waits(order: &str, line: u32, quantity: u32) -> Effect {
    Effect::Backordered(Backordered {
        order: order.into(),
        line,
        sku: SKU.into(),
        quantity,
        effective: Timestamp::default(),
        ahead: 0,
    })
}

pub fn assigned(order: &str, line: u32, quantity: u32) -> Effect {
    Effect::Assigned(Assigned {
        order: order.into(),
        line,
        sku: SKU.into(),
        location: "MAIN".into(),
        quantity,
        effective: Timestamp::default(),
    })
}

pub fn released(order: &str, line: u32, quantity: u32) -> Effect {
    Effect::Released(Released {
        order: order.into(),
        line,
        sku: SKU.into(),
        location: "MAIN".into(),
        quantity,
        why: ReleaseReason::CountedDown,
        in_wave: 0,
    })
}

pub fn refused(order: &str, line: u32, quantity: u32) -> Effect {
    Effect::Refused(Refused {
        order: order.into(),
        line,
        sku: SKU.into(),
        quantity,
        why: RefuseReason::CapReached,
        limit: None,
    })
}

pub fn promised(order: &str, line: u32, day: i64) -> Effect {
    let promise = Promise::Inbound {
        purchase_order: "po1".into(),
        at: at_day(day),
    };
    Effect::Promised(Promised {
        order: order.into(),
        line,
        sku: SKU.into(),
        promise,
        was: None,
    })
}

/// No date can be said.
pub fn undated(order: &str, line: u32) -> Effect {
    Effect::Promised(Promised {
        order: order.into(),
        line,
        sku: SKU.into(),
        promise: Promise::Unknown,
        was: None,
    })
}

/// NUT or GEAR instead of so many units, until a day.
pub fn offered(order: &str, line: u32, quantity: u32, day: i64) -> Effect {
    Effect::Offered(Offered {
        order: order.into(),
        line,
        sku: SKU.into(),
        quantity,
        alternatives: vec!["NUT".into(), "GEAR".into()],
        until: at_day(day),
    })
}

pub fn at_day(day: i64) -> Timestamp {
    Timestamp::default().plus_days(day)
}

pub fn told(line: u32, quantity: u32) -> LetterLine {
    LetterLine {
        line,
        sku: Sku::from(SKU),
        quantity,
        date: None,
        was: None,
        estimate: false,
        refused: None,
        instead: Vec::new(),
        instead_called: Vec::new(),
        answer_by: None,
        measure: None,
        description: None,
        lost: None,
        again: false,
    }
}

pub fn dated(line: u32, quantity: u32, day: i64) -> LetterLine {
    LetterLine {
        date: Some(at_day(day)),
        ..told(line, quantity)
    }
}

/// Order `o1` of one line of 5 that waits until day 10, and its customer knows.
pub fn waiting() -> History {
    let mut history = History::default();
    history
        .record(placed("o1", &[5]))
        .settled([waits("o1", 1, 5), promised("o1", 1, 10)]);
    history.send();
    history
}
