//! Who is told what, and whether they were. It must not know how a letter is written or sent.
//!
//! A letter is owed when a fact changes what a customer believes: some of their order waits, its
//! date moved, what waited has its stock, what was set aside is gone, goods left, units were
//! cancelled or refused. Each owed letter waits here, whole, until it was sent or given up; its
//! notice's id follows from its cause, so nobody hears the same thing twice. Of an order without an
//! address nobody is told, but how it stands is kept: it may be given one while it is open.
//!
//! What was owed stays owed: if an order is cancelled before the letter that it waits was sent,
//! both leave, in their order. Only a moved date that nobody has read is dropped when its line no
//! longer waits, and units that are gone when they are made good before anybody has read of it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, MAX_DUE_SIDE_EFFECTS, Projection, Recorded, Room, SideEffect};
use crate::demand::LineChanges;
// What became true: orders come and go, allocation changes what they may expect, goods leave;
// customers were told or could not be.
use crate::event::{
    AllocatorEvent, InventoryEvent, ItemRenamed, NoticeKind, NotificationFailed, Notified,
    NotifierEvent, OrderAmended, OrderClosed, OrderPlaced, OrdersEvent, Shipped,
};
use crate::ids::{HOUR_MS, Key, NoticeId, OrderId, Timestamp};
use crate::measured::Measures;
use crate::renamed::Renamed;
use crate::shared::{Shared, SharedMap};
use crate::zones::Zones;

mod commands;
mod exceptions;
mod letter;
mod names;
mod notices;
mod order;
mod outbox;
mod owed;
mod refusals;

pub use commands::{RecordFailure, RecordSent};
pub use letter::{Letter, LetterLine, Loss, kind_token, notice_id};
pub use notices::{MAX_PAGE, Notice, NoticeCursor, NoticeFilter, NoticePage, NoticeState};
pub use refusals::NotifierRefusal;

use crate::exact::{Exact, impossible};
use names::Names;
use order::{Order, Touched};
use outbox::Outbox;

/// How long a moved date waits for others of the same order, so that one cause that reaches many
/// lines makes one letter; and how long a letter about waiting lines waits for their dates.
pub const DIGEST_MS: i64 = 10_000;
/// The most letters that wait at once; what is owed beyond is given up at once, visibly.
pub const MAX_PENDING: usize = 100_000;
/// The most letters given up that are kept; the oldest leave first. The log keeps all.
pub const MAX_FAILED_KEPT: usize = 10_000;
/// The most letters sent that are kept; the oldest leave first. The log keeps all.
pub const MAX_SENT_KEPT: usize = 10_000;
/// How often a letter is tried before it is given up, if not configured otherwise.
pub const MAX_ATTEMPTS: u32 = 8;
/// The wait after the first failed attempt; each later one is four times as long.
pub const FIRST_RETRY_MS: i64 = 60_000;
/// The longest wait between two attempts.
pub const LONGEST_RETRY_MS: i64 = 6 * HOUR_MS;

/// What is owed to customers, and what they were told.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notifier {
    zones: Zones,
    /// What items are counted in, as far as it is said.
    measures: Measures,
    names: Names,
    /// Open orders.
    orders: SharedMap<OrderId, Shared<Order>>,
    outbox: Outbox,
    sent: VecDeque<Shared<Notice>>,
    failed: VecDeque<Shared<Notice>>,
    renamed: Renamed,
}

crate::hears! {
    /// Whose facts this room folds: whatever changes what a customer may expect.
    pub enum NotifierHears {
        Notifier(NotifierEvent),
        Orders(OrdersEvent),
        Allocator(AllocatorEvent),
        Inventory(InventoryEvent),
    }
}

impl Projection for Notifier {
    const SHAPE: u32 = 8;
    type Hears<'a> = NotifierHears<'a>;

    fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    fn evolve(&mut self, recorded: Recorded, event: NotifierHears<'_>) {
        match event {
            NotifierHears::Notifier(event) => match event {
                NotifierEvent::Notified(notified) => self.on_notified(recorded, notified),
                NotifierEvent::NotificationFailed(failed) => self.on_failed(recorded, failed),
            },
            NotifierHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => self.on_placed(placed),
                OrdersEvent::OrderAmended(amended) => self.on_amended(recorded, amended),
                // Its customer was told elsewhere, or hears of it once stock is taken back.
                OrdersEvent::HistoryRecorded(_)
                | OrdersEvent::OrderSuspended(_)
                | OrdersEvent::OrderResumed(_) => {}
                OrdersEvent::OrderCancelled(cancelled) => {
                    let why = Some(&cancelled.reason).filter(|why| !why.is_empty());
                    self.on_lines(recorded, event.line_changes(), true, why);
                }
                OrdersEvent::SubstituteAccepted(_) => {
                    self.on_lines(recorded, event.line_changes(), true, None);
                }
                OrdersEvent::OrderClosed(closed) => self.on_closed(closed),
            },
            NotifierHears::Allocator(event) => match event {
                AllocatorEvent::Settled(settled) => {
                    self.on_lines(recorded, event.line_changes(), settled.at_rest, None);
                }
                AllocatorEvent::Rebalanced(_) | AllocatorEvent::StockAssigned(_) => {
                    self.on_lines(recorded, event.line_changes(), false, None);
                }
                AllocatorEvent::WaitsEnded(_) => {
                    self.on_lines(recorded, event.line_changes(), true, None);
                }
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::PromisesDue(_)
                | AllocatorEvent::Prioritised(_)
                | AllocatorEvent::StockHeld(_)
                | AllocatorEvent::HoldEnded(_) => {}
            },
            NotifierHears::Inventory(event) => match event {
                InventoryEvent::Shipped(shipped) => {
                    self.on_lines(recorded, event.line_changes(), true, None);
                    self.on_shipped(recorded, shipped);
                }
                // What is missing may be made good by the next decision.
                InventoryEvent::ShortPicked(_) => {
                    self.on_lines(recorded, event.line_changes(), false, None);
                }
                InventoryEvent::LocationDefined(location) => {
                    self.zones.define(location);
                    self.names.place(location);
                }
                InventoryEvent::TimeZoneSet(zone) => self.zones.set(zone),
                InventoryEvent::ItemDefined(item) => {
                    self.measures.define(item);
                    self.names.item(item);
                }
                InventoryEvent::ItemRenamed(fact) => self.on_renamed(fact),
                InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::Counted(_)
                | InventoryEvent::Moved(_)
                | InventoryEvent::MoveArrived(_)
                | InventoryEvent::WaveReleased(_)
                | InventoryEvent::WaveRecalled(_)
                | InventoryEvent::Returned(_)
                | InventoryEvent::ReplenishmentRequested(_) => {}
            },
        }
    }
}

impl Notifier {
    fn on_placed(&mut self, placed: &OrderPlaced) {
        let order = Order::placed(placed);
        let before = self.orders.insert(placed.order.clone(), order.into());
        if before.is_some() {
            impossible(format_args!("{} is placed once more", placed.order));
        }
    }

    /// Letters that have not left go to the address that the order says now. Who was told of it at
    /// another address is not told again; who could not be told hears what waits.
    fn on_amended(&mut self, recorded: Recorded, amended: &OrderAmended) {
        let id = &amended.order;
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        let (was, news) = {
            let order = order.to_mut();
            (order.to.clone(), order.amend(amended))
        };
        if order.to != was {
            self.outbox.readdress(id, &order.to);
        }
        self.owe(recorded, id, news, (recorded.at, None));
    }

    /// An item is called otherwise, also in letters that have not left. Nobody is told of that
    /// alone. Walks all open orders and all that waits once.
    fn on_renamed(&mut self, fact: &ItemRenamed) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        self.measures.rename(fact);
        self.names.rename(fact);
        let of = self.orders.iter().filter(|(_, order)| order.names(was));
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some(order) = self.orders.get_mut(&id) {
                order.to_mut().rename(was, is);
            }
        }
        self.outbox.rename(was, is);
    }

    /// What is owed stays in the outbox, whole.
    fn on_closed(&mut self, closed: &OrderClosed) {
        self.orders.remove(&closed.order);
    }

    /// What an event did to lines, and what is news of it. Where a bound cut a settling short
    /// (`at_rest` is not set), dates come with the next one; so they do after a rebalancing run.
    /// `why` is what whoever cancelled some of them said.
    fn on_lines(
        &mut self,
        recorded: Recorded,
        changes: LineChanges<'_>,
        at_rest: bool,
        why: Option<&String>,
    ) {
        let mut touched = BTreeMap::<&OrderId, BTreeMap<u32, Touched>>::new();
        for change in changes {
            if let Some(order) = self.orders.get_mut(change.order) {
                let touched = touched.entry(change.order).or_default();
                order.to_mut().change(&change, touched);
            }
        }
        for (id, touched) in touched {
            if let Some(order) = self.orders.get_mut(id) {
                let outbox = &self.outbox;
                let unread = |line| outbox.tells_loss(id, recorded.at, line);
                let news = order.to_mut().news(&touched, unread);
                let wait = if news.undated && !at_rest {
                    DIGEST_MS
                } else {
                    0
                };
                self.owe(recorded, id, news, (recorded.at.plus_ms(wait), why));
            }
        }
    }

    fn on_shipped(&mut self, recorded: Recorded, shipped: &Shipped) {
        let lines = shipped.lines.iter();
        let lines = lines.map(|it| LetterLine::new(it.line, it.sku.clone(), it.quantity));
        let (order, lines) = (&shipped.order, lines.collect());
        if let Some(mut letter) = self.letter(recorded, order, NoticeKind::Shipped, lines) {
            letter.tracking.clone_from(&shipped.tracking);
            self.post(letter);
        }
    }

    fn on_notified(&mut self, recorded: Recorded, notified: &Notified) {
        if let Some(letter) = self.outbox.take(&notified.notice) {
            let notice = Notice::sent(&letter, recorded.at, notified.attempt);
            keep(&mut self.sent, notice, MAX_SENT_KEPT);
        }
    }

    fn on_failed(&mut self, recorded: Recorded, failed: &NotificationFailed) {
        let Some(mut letter) = self.outbox.get(&failed.notice).cloned() else {
            return;
        };
        letter.attempts = failed.attempt;
        letter.tried_at = Some(recorded.at);
        letter.error = Some(failed.error.clone());
        if let Some(retry_at) = failed.retry_at {
            letter.not_before = retry_at;
            self.outbox.replace(&failed.notice, letter);
        } else {
            self.outbox.take(&failed.notice);
            self.give_up(&letter, recorded.at);
        }
    }

    /// The letter that waits under this notice.
    pub fn pending(&self, notice: &NoticeId) -> Option<&Letter> {
        self.outbox.get(notice)
    }

    /// Notices that wait, were sent, or were given up: the oldest cause first.
    pub fn list(
        &self,
        filter: &NoticeFilter,
        after: Option<&NoticeCursor>,
        size: usize,
    ) -> NoticePage {
        let waiting = self.outbox.letters().map(Notice::pending);
        let done = self.sent.iter().chain(&self.failed);
        let done = done.map(|notice| Notice::clone(notice));
        notices::page(waiting.chain(done), filter, after, size)
    }

    /// How many letters wait, were sent and were given up (of the last two: as many as are kept).
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.outbox.len(), self.sent.len(), self.failed.len())
    }
}

fn keep(kept: &mut VecDeque<Shared<Notice>>, notice: Notice, most: usize) {
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back(notice.into());
}

/// When a letter is tried again after its `attempt`th failure (from 1), if it is at all: after a
/// minute, then four times as long each time, at most [`LONGEST_RETRY_MS`].
pub fn retry_at(attempt: u32, max_attempts: u32, now: Timestamp) -> Option<Timestamp> {
    if attempt >= max_attempts {
        return None;
    }
    // Saturates: after many attempts it is the longest.
    let factor = 4_i64.saturating_pow(attempt.minus_or_zero(1));
    let pause_ms = FIRST_RETRY_MS.saturating_mul(factor);
    Some(now.plus_ms(pause_ms.min(LONGEST_RETRY_MS)))
}

/// What the notifier does outside.
#[derive(Debug, Clone, PartialEq)]
pub enum NotifierSideEffect {
    /// Hand a letter to the channel, then record that it was sent or could not be.
    Deliver(Letter),
}

impl SideEffect for NotifierSideEffect {
    fn key(&self) -> Key {
        match self {
            Self::Deliver(letter) => letter.notice.key(),
        }
    }

    fn concerns(&self) -> Key {
        match self {
            Self::Deliver(letter) => letter.order.key(),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Deliver(letter) => format!("the letter to {} about {}", letter.to, letter.order),
        }
    }
}

impl Decider for Notifier {
    const ROOM: Room = Room::Notifier;
    type Refusal = NotifierRefusal;
    type SideEffect = NotifierSideEffect;

    fn due(&self, now: Timestamp) -> Due<NotifierSideEffect> {
        let ready = self.outbox.ready(now).take(MAX_DUE_SIDE_EFFECTS);
        Due {
            events: Vec::new(),
            side_effects: ready.cloned().map(NotifierSideEffect::Deliver).collect(),
            again_at: self.outbox.next_after(now),
        }
    }
}
