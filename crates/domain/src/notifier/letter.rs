//! A letter that is owed, whole: what is needed to write it and nothing else. It must not know
//! the order's record, which may be gone by the time the letter leaves.

use serde::{Deserialize, Serialize};

use crate::event::{NoticeKind, RefuseReason};
use crate::ids::{CustomerId, NoticeId, OrderId, Position, Sku, Timestamp, Zone};
use crate::quantity::Measure;

/// One piece of news for one customer. Its content never changes under its notice's id: news
/// that joins a waiting letter makes a new letter that takes its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// The notice, told once: `<order>/<kind>/<position of its last cause>`.
    pub notice: NoticeId,
    /// What kind of news.
    pub kind: NoticeKind,
    /// About which order.
    pub order: OrderId,
    /// Whose order it is.
    pub customer: CustomerId,
    /// The address the order came with.
    pub to: String,
    /// By which it tells days: that of the place where the order is collected, else the cell's.
    pub time_zone: Zone,
    /// The lines that there is news of, by line number.
    pub lines: Vec<LetterLine>,
    /// It is the first that tells of the order, whose customer knows nothing of it from elsewhere.
    pub first: bool,
    /// What people call the place where the order is collected, if it is.
    pub pick_up: Option<String>,
    /// Some of the order is still to come: not shipped, cancelled or refused.
    pub open: bool,
    /// Some of the order has left.
    pub shipped: bool,
    /// Why units were cancelled, in the words of whoever cancelled them; may be meant for nobody
    /// else.
    pub reason: Option<String>,
    /// The carrier's number of a shipment, if known.
    pub tracking: Option<String>,
    /// The last event that it tells of.
    pub cause: Position,
    /// When that became true.
    pub caused_at: Timestamp,
    /// How often its delivery failed.
    pub attempts: u32,
    /// When that was, the last time.
    pub tried_at: Option<Timestamp>,
    /// What the channel said the last time, if it failed.
    pub error: Option<String>,
    /// It is not sent before.
    pub not_before: Timestamp,
}

/// News of one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LetterLine {
    /// The order's line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// What a person calls it, if its item has a description.
    pub description: Option<String>,
    /// How many units it is about: that wait, were filled, left, were cancelled, or are gone.
    pub quantity: u32,
    /// What its item is counted in, if not in whole numbers of nothing.
    pub measure: Option<Measure>,
    /// When waiting units are to arrive, if there is a date.
    pub date: Option<Timestamp>,
    /// The date told before, if another one was.
    pub was: Option<Timestamp>,
    /// The date is an estimate: no inbound covers it yet.
    pub estimate: bool,
    /// Why the units were refused at the door, if they were.
    pub refused: Option<RefuseReason>,
    /// What became of units that had been set aside, if they are gone.
    pub lost: Option<Loss>,
    /// It waited before.
    pub again: bool,
    /// What the customer may have instead of waiting units, the best first.
    pub instead: Vec<Sku>,
    /// What people call these, in the same order.
    pub instead_called: Vec<String>,
    /// Until when they may say so; after that the units are refused.
    pub answer_by: Option<Timestamp>,
}

/// What became of units that had been set aside for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loss {
    /// They were to be picked, and were not found.
    NotFound,
    /// Less is there than was thought.
    NotThere,
    /// Others were given them.
    GivenToOthers,
    /// The order is suspended, and does not keep them.
    Suspended,
}

impl LetterLine {
    /// A line without dates.
    pub(super) const fn new(line: u32, sku: Sku, quantity: u32) -> Self {
        Self {
            line,
            sku,
            description: None,
            quantity,
            measure: None,
            date: None,
            was: None,
            estimate: false,
            refused: None,
            lost: None,
            again: false,
            instead: Vec::new(),
            instead_called: Vec::new(),
            answer_by: None,
        }
    }
}

impl Letter {
    /// Whether it tells of this line.
    pub fn tells_of(&self, line: u32) -> bool {
        self.lines.iter().any(|told| told.line == line)
    }

    /// Whether it names an SKU.
    pub(super) fn names(&self, sku: &Sku) -> bool {
        let names = |line: &LetterLine| line.sku == *sku || line.instead.contains(sku);
        self.lines.iter().any(names)
    }

    /// An item is called otherwise.
    pub(super) fn rename(&mut self, was: &Sku, is: &Sku) {
        for line in &mut self.lines {
            let called = line.instead.iter().zip(&mut line.instead_called);
            // Without a description it is called by its SKU.
            let by_sku =
                called.filter(|(sku, called)| *sku == was && called.as_str() == was.as_str());
            by_sku.for_each(|(_, called)| *called = is.to_string());
            let named = line.instead.iter_mut().chain([&mut line.sku]);
            named
                .filter(|sku| **sku == *was)
                .for_each(|sku| *sku = is.clone());
        }
    }

    /// Whether it is the one that tells of a wait.
    pub(super) fn says_waiting(&self) -> bool {
        matches!(self.kind, NoticeKind::Backordered | NoticeKind::TakenBack)
    }

    /// Whether it says of waiting lines until when, of each.
    pub(super) fn is_dated(&self) -> bool {
        let is_dated = |line: &LetterLine| line.date.is_some() || line.answer_by.is_some();
        self.says_waiting() && self.lines.iter().all(is_dated)
    }

    /// Takes in the lines of another letter of the same kind and cause, the earlier one's first.
    pub(super) fn absorb(&mut self, other: Self) {
        for line in other.lines {
            if !self.tells_of(line.line) {
                self.lines.push(line);
            }
        }
        self.lines.sort_by_key(|told| told.line);
        self.not_before = self.not_before.max(other.not_before);
    }

    /// A line's newest date replaces the one that nobody has read; a date that moved back to what
    /// was told is no news.
    pub(super) fn redate(&mut self, moved: LetterLine) {
        let number = moved.line;
        match self.lines.iter_mut().find(|told| told.line == number) {
            // Of what is gone it says how many units that are, not how many wait.
            Some(told) if self.kind == NoticeKind::TakenBack => {
                (told.date, told.estimate) = (moved.date, moved.estimate);
            }
            Some(told) => {
                *told = LetterLine {
                    was: told.was,
                    ..moved
                }
            }
            None => self.lines.push(moved),
        }
        if self.kind == NoticeKind::PromiseMoved {
            self.lines.retain(|told| told.date != told.was);
        }
        self.lines.sort_by_key(|told| told.line);
    }
}

/// The word for a kind of news: in notice ids, in template names, in listings.
pub const fn kind_token(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Backordered => "backordered",
        NoticeKind::PromiseMoved => "promise_moved",
        NoticeKind::Filled => "filled",
        NoticeKind::Shipped => "shipped",
        NoticeKind::Cancelled => "cancelled",
        NoticeKind::TakenBack => "taken_back",
    }
}

/// The id of the notice that tells this order of this cause.
pub fn notice_id(order: &OrderId, kind: NoticeKind, cause: Position) -> NoticeId {
    NoticeId::from(format!("{order}/{}/{cause}", kind_token(kind)))
}
