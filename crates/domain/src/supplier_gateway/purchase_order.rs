//! One purchase order: what was ordered, what the supplier said, what was counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounds::MAX_SAID;
use super::message::Message;

use crate::decider::Recorded;
use crate::event::{
    Adapter, DatedLine, PurchaseOrdered, PurchaseShipped, SchedulePart, ScheduledLine, SkuQuantity,
    SupplierLine,
};
use crate::exact::{Exact, impossible, some_of};
use crate::ids::{
    DispatchId, Position, PurchaseOrderId, RequisitionId, Sku, SupplierId, SupplierMessageId,
    Timestamp,
};

/// A purchase order, from the first word to the last count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseOrder {
    /// Which one.
    pub purchase_order: PurchaseOrderId,
    /// From whom.
    pub supplier: SupplierId,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When all of it should arrive, by whoever made it or the supplier's lead time, whatever was
    /// said later.
    pub expected_at: Timestamp,
    /// Its lines by number.
    pub lines: BTreeMap<u32, Line>,
    /// What travels or has come, in the order in which it was announced.
    pub dispatches: Vec<Dispatch>,
    /// Messages of the supplier that were recorded.
    pub heard: u32,
    /// The supplier has said yes to some of it.
    pub confirmed: bool,
    /// When nothing of it was open any more.
    pub closed_at: Option<Timestamp>,
    /// By what: one that is opened again is found by it among those that are closed.
    pub(super) closed_by: Option<Position>,
    /// Where the order and the supplier's messages stand on the log, the last [`MAX_SAID`].
    pub said: Vec<Position>,
    /// How we talked with the supplier when it was ordered; a later definition does not change it.
    pub adapter: Option<Adapter>,
    /// Steps of a simulated supplier's plan that are behind us.
    pub(super) step: u32,
    /// When an adapter is to talk about it next.
    pub(super) talk_at: Option<Timestamp>,
}

/// One line of a purchase order. Whole units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What.
    pub sku: Sku,
    /// The request that it answers, if it answers one.
    pub requisition: Option<RequisitionId>,
    /// Units ordered.
    pub ordered: u32,
    /// Units that the supplier sends beyond these.
    pub added: u32,
    /// Units that will not come.
    pub rejected: u32,
    /// Units announced as sent.
    pub shipped: u32,
    /// Units counted in.
    pub received: u32,
    /// When what is open is to arrive, by the last word; of parts, the last date that was named.
    eta: Timestamp,
    /// The parts in which what has not left is to come, if the supplier named parts: units and
    /// date, as they were said, so some may have come. Not as the wire has them: what the wire
    /// leaves out, a snapshot cannot.
    said_parts: Vec<(u32, Option<Timestamp>)>,
}

impl Line {
    /// Units that were ever to come.
    fn all(&self) -> u32 {
        self.ordered.plus(self.added).minus_or_zero(self.rejected)
    }

    /// Units that are still to be counted in.
    pub fn open(&self) -> u32 {
        self.all().minus_or_zero(self.received)
    }

    /// Units that may still be announced as sent.
    pub fn unshipped(&self) -> u32 {
        self.all().minus_or_zero(self.shipped)
    }

    /// Units that have not left and are still to come: some may have been counted in of which
    /// nobody had said that they left.
    pub fn pending(&self) -> u32 {
        self.unshipped().min(self.open())
    }

    /// Units that have left or were counted in.
    pub(super) fn gone(&self) -> u32 {
        self.all().minus_or_zero(self.pending())
    }

    /// When the first of what is open is to arrive, if anybody knows.
    pub fn due(&self) -> Option<Timestamp> {
        let parts = self.parts();
        if parts.is_empty() {
            return Some(self.eta);
        }
        parts.iter().filter_map(|part| part.eta).min()
    }

    /// Units that should have come by now, and since when the first of them: parts that have not
    /// left each by its own date, all else by the last word.
    pub(super) fn late(&self, is_late: impl Fn(Timestamp) -> bool) -> Option<(u64, Timestamp)> {
        let parts = self.parts();
        let scheduled = parts.iter().map(|part| u64::from(part.quantity)).sum();
        let rest = u64::from(self.open()).minus_or_zero(scheduled);
        let dated = parts
            .iter()
            .filter_map(|part| Some((u64::from(part.quantity), part.eta?)));
        let all = dated.chain([(rest, self.eta)]);
        let late = all.filter(|(units, eta)| *units > 0 && is_late(*eta));
        late.reduce(|one, other| (one.0.plus(other.0), one.1.min(other.1)))
    }

    /// The parts in which these are to come, if the supplier named parts.
    pub fn parts(&self) -> Vec<SchedulePart> {
        if self.said_parts.is_empty() {
            return Vec::new();
        }
        let part = |(quantity, eta): &(u32, Option<Timestamp>)| SchedulePart {
            quantity: *quantity,
            eta: *eta,
        };
        let said: Vec<SchedulePart> = self.said_parts.iter().map(part).collect();
        SchedulePart::still_to_come(&said, u64::from(self.pending()))
    }

    /// So many units more are to come, or fewer: of these some may have been counted in meanwhile.
    fn change(&mut self, change: i64) {
        let units = u32::try_from(change.unsigned_abs()).unwrap_or(u32::MAX);
        if change < 0 {
            self.reject(units.min(self.open()));
        } else {
            let taken_back = units.min(self.rejected);
            self.rejected = self.rejected.minus(taken_back);
            self.added = self.added.plus(units.minus(taken_back));
        }
    }

    /// So many units will not come: first of what has not left. Of these some may have been counted
    /// in before it was heard.
    fn reject(&mut self, said: u32) {
        let all = self.ordered.plus(self.added);
        let more = some_of(said, all.minus(self.rejected), "rejected");
        let units = more.min(self.open());
        let under_way = units.minus_or_zero(self.pending());
        self.shipped = self.shipped.minus_or_zero(under_way);
        self.rejected = self.rejected.plus(units);
    }
}

/// Goods that travel together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Which one.
    pub dispatch: DispatchId,
    /// What is in it.
    pub lines: Vec<DispatchLine>,
    /// When it is to arrive.
    pub eta: Timestamp,
    /// When it stood at our dock.
    pub delivered_at: Option<Timestamp>,
}

/// Units of one line in a dispatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DispatchLine {
    /// The purchase order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Units sent.
    pub quantity: u32,
    /// Units of them counted in.
    pub counted: u32,
}

impl Dispatch {
    /// All of it was counted.
    pub fn is_counted(&self) -> bool {
        self.lines.iter().all(|line| line.counted >= line.quantity)
    }
}

/// How far a purchase order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurchaseStatus {
    /// The supplier has not answered.
    Ordered,
    /// The supplier said yes; nothing is on its way now.
    Confirmed,
    /// Goods are on their way.
    InTransit,
    /// Goods stand at our dock, not all of them counted.
    Delivered,
    /// Nothing is open, and something was received.
    Received,
    /// Nothing is open, and nothing came.
    Rejected,
}

impl PurchaseOrder {
    pub(super) fn new(
        ordered: &PurchaseOrdered,
        adapter: Option<Adapter>,
        recorded: &Recorded,
    ) -> Self {
        let line = |line: &crate::event::PurchaseLine| {
            let state = Line {
                sku: line.sku.clone(),
                requisition: line.requisition.clone(),
                ordered: line.quantity,
                added: 0,
                rejected: 0,
                shipped: 0,
                received: 0,
                eta: ordered.expected_at,
                said_parts: Vec::new(),
            };
            (line.line, state)
        };
        Self {
            purchase_order: ordered.purchase_order.clone(),
            supplier: ordered.supplier.clone(),
            ordered_at: recorded.at,
            expected_at: ordered.expected_at,
            lines: ordered.lines.iter().map(line).collect(),
            dispatches: Vec::new(),
            heard: 0,
            confirmed: false,
            closed_at: None,
            closed_by: None,
            said: vec![recorded.position],
            adapter,
            step: 0,
            talk_at: None,
        }
    }

    /// How far it is.
    pub fn status(&self) -> PurchaseStatus {
        let mut waiting = self
            .dispatches
            .iter()
            .filter(|dispatch| !dispatch.is_counted());
        if self.is_closed() {
            let came = self.lines.values().any(|line| line.received > 0);
            if came {
                PurchaseStatus::Received
            } else {
                PurchaseStatus::Rejected
            }
        } else if waiting
            .clone()
            .any(|dispatch| dispatch.delivered_at.is_some())
        {
            PurchaseStatus::Delivered
        } else if waiting.next().is_some() {
            PurchaseStatus::InTransit
        } else if self.confirmed {
            PurchaseStatus::Confirmed
        } else {
            PurchaseStatus::Ordered
        }
    }

    /// Nothing more is to come of it.
    pub const fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.lines.values().all(|line| line.open() == 0)
    }

    pub(super) fn dispatch(&self, id: &DispatchId) -> Option<&Dispatch> {
        self.dispatches
            .iter()
            .find(|dispatch| dispatch.dispatch == *id)
    }

    /// Which step of a simulated supplier's plan a message is, if it is one: these are numbered.
    pub(super) fn step_of(&self, message: &SupplierMessageId) -> Option<u32> {
        message
            .as_str()
            .strip_prefix(self.purchase_order.as_str())?
            .strip_prefix('/')?
            .parse()
            .ok()
    }

    pub(super) fn hear(&mut self, message: &Message, recorded: &Recorded) {
        self.heard = self.heard.plus(1);
        if self.said.len() >= MAX_SAID {
            self.said.remove(0);
        }
        self.said.push(recorded.position);
        if let Some(step) = self.step_of(message.id()) {
            self.step = self.step.max(step.plus(1));
        }
        match message {
            Message::Confirmed(said) => {
                self.confirmed = true;
                self.date(&said.lines);
            }
            Message::Delayed(said) => self.date(&said.lines),
            Message::Scheduled(said) => self.schedule(&said.lines),
            Message::Rejected(said) => self.reject(&said.lines),
            Message::Closed(said) => self.reject(&said.lines),
            Message::Shipped(said) => self.ship(said),
            Message::Delivered(said) => {
                let found = self
                    .dispatches
                    .iter_mut()
                    .find(|d| d.dispatch == said.dispatch);
                let Some(dispatch) = found else {
                    let id = &said.dispatch;
                    impossible(format_args!("{id} is delivered, but never left"));
                };
                dispatch.delivered_at.get_or_insert(recorded.at);
            }
        }
    }

    /// The line of which something is said.
    fn said_of(&mut self, number: u32) -> &mut Line {
        let id = &self.purchase_order;
        match self.lines.get_mut(&number) {
            Some(line) => line,
            None => impossible(format_args!("something is said of line {number} of {id}")),
        }
    }

    fn date(&mut self, dated: &[DatedLine]) {
        for said in dated {
            let line = self.said_of(said.line);
            line.eta = said.eta;
            line.said_parts = Vec::new();
        }
        self.date_dispatches(dated);
    }

    /// A date of a line of which nothing is still to leave is that of what is under way.
    fn date_dispatches(&mut self, dated: &[DatedLine]) {
        let lines = &self.lines;
        let said = |of: &DispatchLine| {
            let has_left = lines.get(&of.line).is_some_and(|line| line.pending() == 0);
            let said = dated.iter().find(|said| said.line == of.line);
            said.filter(|_| has_left).map(|said| said.eta)
        };
        for dispatch in &mut self.dispatches {
            let open = dispatch.lines.iter().filter(|of| of.counted < of.quantity);
            let days: Option<Vec<Timestamp>> = open.map(said).collect();
            // Of several lines the last one that comes, once a day is said of each.
            if let Some(last) = days.and_then(|days| days.into_iter().max()) {
                dispatch.eta = last;
            }
        }
    }

    fn schedule(&mut self, scheduled: &[ScheduledLine]) {
        self.confirmed = true;
        for said in scheduled {
            let line = self.said_of(said.line);
            if line.sku != said.sku {
                let (number, sku, ordered) = (said.line, &said.sku, &line.sku);
                impossible(format_args!(
                    "{sku} is scheduled on line {number}, which ordered {ordered}"
                ));
            }
            line.change(said.change);
            let parts = said.parts.iter();
            line.said_parts = parts.map(|part| (part.quantity, part.eta)).collect();
            let last = said.parts.iter().filter_map(|part| part.eta).max();
            line.eta = last.unwrap_or(line.eta);
        }
    }

    fn reject(&mut self, lines: &[SupplierLine]) {
        for said in lines {
            self.said_of(said.line).reject(said.quantity);
        }
    }

    fn ship(&mut self, said: &PurchaseShipped) {
        for said in &said.lines {
            let line = self.said_of(said.line);
            let shipped = line.shipped.plus(said.quantity);
            let all = line.ordered.plus(line.added);
            line.shipped = some_of(shipped, all, "sent");
        }
        let line = |line: &SupplierLine| DispatchLine {
            line: line.line,
            sku: line.sku.clone(),
            quantity: line.quantity,
            counted: 0,
        };
        self.dispatches.push(Dispatch {
            dispatch: said.dispatch.clone(),
            lines: said.lines.iter().map(line).collect(),
            eta: said.eta,
            delivered_at: None,
        });
    }

    /// Counts a receipt against the lines in line order, and against the dispatches: those at the
    /// dock first, then those whose delivery nobody has told yet. More than was ordered is
    /// inventory's to keep; it closes nothing here.
    pub(super) fn receive(&mut self, counted: &[SkuQuantity]) {
        for count in counted {
            let mut left = count.quantity;
            for line in self.lines.values_mut().filter(|line| line.sku == count.sku) {
                let taken = left.min(line.open());
                line.received = line.received.plus(taken);
                left = left.minus(taken);
            }
            let mut left = count.quantity;
            for at_dock in [true, false] {
                let dispatches = self.dispatches.iter_mut();
                for line in dispatches
                    .filter(|dispatch| dispatch.delivered_at.is_some() == at_dock)
                    .flat_map(|dispatch| dispatch.lines.iter_mut())
                    .filter(|line| line.sku == count.sku)
                {
                    let taken = left.min(line.quantity.minus(line.counted));
                    line.counted = line.counted.plus(taken);
                    left = left.minus(taken);
                }
            }
        }
    }
}
