//! Orders, open and closed, found on the log: backwards from its end, a window at a time, so that
//! no index of closed orders lives in memory.
//!
//! What an order was placed with is on the log once; what became of it the state says of an open
//! order, and its closing of a closed one, which is read only for orders that are asked for.

use std::collections::{BTreeMap, VecDeque};

use api::orders::v1;
use chassis::wire::stamp;
use chassis::{Host, TransactError};
use domain::command::RoomState;
use domain::decider::Room;
use domain::event::{ClosedLine, Event, OrderAmended, OrderField, OrderPlaced, OrdersEvent};
use domain::exception::{Exception, ExceptionKind};
use domain::ids::{CustomerId, OrderId, Position, Revision, Sku, Timestamp};
use domain::orders::{Orders, OrdersRefusal};
use event_log::{Log, Logged};
use futures::StreamExt;
use tonic::Status;

use crate::known::{Known, look};
use crate::{answer, timeline};

/// Revisions that are read at once, of all rooms; only those of orders travel.
const WINDOW: u64 = 4_096;
/// Windows that one call looks through; then its page ends, with a token to go on.
pub const MAX_WINDOWS: usize = 16;
/// The most orders of a window that are kept until it is read; older ones are read again by the
/// next window.
const MAX_KEPT: usize = 50_000;
/// Closings that one call reads; then its page ends, with a token to go on.
pub const MAX_CLOSED_READ: usize = 2_000;
/// Orders whose end is read from the log at once.
const MAX_READS: usize = 8;
/// Orders that are looked up under one lock of the state.
const LOOKED_UP: usize = 64;
/// An order may say that it was placed so long after it was recorded: clocks differ.
const CLOCKS_DIFFER_DAYS: i64 = 1;

/// Which orders; what is absent does not matter.
#[derive(Debug, Default, Clone)]
pub struct Asked {
    /// An e-mail address, a customer's number, or part of an order's; in lower case.
    pub text: Option<String>,
    pub status: Option<v1::OrderStatus>,
    pub customer: Option<CustomerId>,
    /// In lower case.
    pub email: Option<String>,
    /// All that one item has had; none: of any item.
    pub skus: Vec<Sku>,
    pub placed_from: Option<Timestamp>,
    pub placed_before: Option<Timestamp>,
}

impl Asked {
    /// Whether an order as it was placed is one of them, whatever became of it.
    fn takes(&self, placed: &OrderPlaced, recorded_at: Timestamp) -> bool {
        let email = placed.customer.email.as_deref().map(str::to_lowercase);
        let customer = &placed.customer.id;
        let of_text = |text: &str| {
            email.as_deref() == Some(text)
                || customer.as_str().to_lowercase() == text
                || placed.order.as_str().to_lowercase().contains(text)
        };
        let at = placed.placed_at.unwrap_or(recorded_at);
        self.text.as_deref().is_none_or(of_text)
            && self.customer.as_ref().is_none_or(|asked| asked == customer)
            && (self.email.is_none() || self.email == email)
            && self.placed_from.is_none_or(|from| at >= from)
            && self.placed_before.is_none_or(|before| at < before)
            && self.is_of(placed.lines.iter().map(|line| line.sku.as_str()))
    }

    /// Whether an order is found by the address that it was given later.
    fn takes_amended(&self, amended: &OrderAmended) -> bool {
        let asked = self.email.as_deref().or(self.text.as_deref());
        let email = |field: &OrderField| match field {
            OrderField::Email(email) => email.as_deref().map(str::to_lowercase),
            OrderField::Tier(_)
            | OrderField::Country(_)
            | OrderField::Region(_)
            | OrderField::RequestedAt(_)
            | OrderField::Urgency(_)
            | OrderField::ShipBy(_)
            | OrderField::RestMayGo(_)
            | OrderField::UnitPrice { .. } => None,
        };
        let is = |field: &OrderField| asked.is_some() && email(field).as_deref() == asked;
        let mut news = amended.news();
        news.any(|field| is(&field.to) && !is(&field.from))
    }

    /// Whether an order as it stands is one of them, whatever its status: its address may be
    /// another one than it was placed with.
    fn is(&self, order: &v1::Order) -> bool {
        let customer = order.customer.clone().unwrap_or_default();
        let (id, email) = (customer.id, customer.email.to_lowercase());
        let of_text = |text: &str| {
            email == text
                || id.to_lowercase() == text
                || order.order_id.to_lowercase().contains(text)
        };
        let at = order.placed_at.as_ref().map(stamp_ms);
        let placed = |from: Timestamp| at.is_none_or(|at| at >= from.as_ms());
        self.text.as_deref().is_none_or(of_text)
            && self.customer.as_ref().is_none_or(|it| it.as_str() == id)
            && self.email.as_ref().is_none_or(|asked| *asked == email)
            && self.placed_from.is_none_or(placed)
            && self.placed_before.is_none_or(|before| !placed(before))
            && self.is_of(order.lines.iter().map(|line| line.sku.as_str()))
    }

    /// Whether a line of these SKUs is of the item.
    fn is_of<'a>(&self, mut lines: impl Iterator<Item = &'a str>) -> bool {
        let named = |sku| self.skus.iter().any(|asked| asked.as_str() == sku);
        self.skus.is_empty() || lines.any(named)
    }

    /// Whether nothing that was recorded before can be one of them.
    fn is_over(&self, recorded_at: Timestamp) -> bool {
        let late = recorded_at.plus_days(CLOCKS_DIFFER_DAYS);
        self.placed_from.is_some_and(|from| late < from)
    }
}

/// What a window of the log has, the oldest first.
#[derive(Debug, Default)]
struct Window {
    found: VecDeque<(Position, OrderId)>,
    /// When the first commit of it was made.
    begins: Option<Timestamp>,
    /// Older ones fell away: this is where those that are kept begin.
    cut: Option<Position>,
    /// How orders ended, if it is asked for: an order is placed before it ends, so that most ends
    /// are known before the order is met, and need not be read for it.
    ended: Vec<(OrderId, v1::OrderStatus)>,
}

/// A page of orders that were placed before a position.
pub async fn page(
    host: &Host<Orders>,
    asked: &Asked,
    before: Option<Position>,
    size: usize,
) -> Result<v1::FindOrdersResponse, Status> {
    let log = host.log();
    let last = log.last(&[Room::Orders]).await;
    let last = last.map_err(|error| unreadable(&error))?;
    let first = Position {
        revision: Revision(last.0.saturating_add(1)),
        index: 0,
    };
    let mut search = Search {
        host,
        asked,
        size,
        orders: Vec::new(),
        closed_read: 0,
        ended: BTreeMap::new(),
        before: before.unwrap_or(first).min(first),
    };
    let mut searched_back_to = None;
    for _ in 0..MAX_WINDOWS {
        if search.before.revision == Revision(0) || last == Revision(0) {
            search.before = Position::default();
            break;
        }
        let low = Revision(search.before.revision.0.saturating_sub(WINDOW));
        let window = window(log, asked, low, search.before, last).await?;
        searched_back_to = window.begins.or(searched_back_to);
        let is_over = window.begins.is_some_and(|at| asked.is_over(at));
        let next = window.cut.unwrap_or(Position {
            // What stands at the lower end is in the next window.
            revision: Revision(if low.0 == 0 {
                0
            } else {
                low.0.saturating_add(1)
            }),
            index: 0,
        });
        for (id, status) in window.ended {
            if search.ended.len() < MAX_KEPT {
                search.ended.insert(id, status);
            }
        }
        if search.look_through(window.found).await? {
            break;
        }
        search.before = if is_over { Position::default() } else { next };
    }
    let revision = host.folded();
    let more = search.before.revision > Revision(0);
    Ok(v1::FindOrdersResponse {
        orders: search.orders,
        next_page_token: if more {
            token(search.before)
        } else {
            String::new()
        },
        revision: revision.0,
        searched_back_to: searched_back_to.map(stamp),
    })
}

/// The orders of a window that may be meant, placed after a revision and before a position. The
/// last commit of orders is known to stand on the log, so the window is known to end.
async fn window(
    log: &Log,
    asked: &Asked,
    after: Revision,
    before: Position,
    last: Revision,
) -> Result<Window, Status> {
    let mut window = Window::default();
    let until = before.revision;
    let take = |logged: &Logged| window.take(asked, logged, before);
    read(log, after, until, last, take).await?;
    Ok(window)
}

/// Commits of orders after a revision, up to another.
async fn read(
    log: &Log,
    after: Revision,
    until: Revision,
    last: Revision,
    mut take: impl FnMut(&Logged),
) -> Result<(), Status> {
    let mut commits = log.follow(&[Room::Orders], after);
    while let Some(heard) = commits.next().await {
        let logged = heard.map_err(|error| unread(error.to_string()))?;
        if logged.revision > until {
            break;
        }
        take(&logged);
        if logged.revision >= until.min(last) {
            break;
        }
    }
    Ok(())
}

/// Windows in which orders that were refused are looked for.
const REFUSED_WINDOWS: usize = 4;
/// For how long an order that was refused is told of.
const REFUSED_DAYS: i64 = 1;
/// The most refused orders that are told of.
const MAX_REFUSED: usize = 1_000;

/// Orders of the last day of which every unit was refused: nobody will send them anything. None if
/// the log cannot be read, which others tell.
pub async fn refused(log: Log, now: Timestamp) -> Vec<Exception> {
    let from = now.plus_days(REFUSED_DAYS.saturating_neg());
    let last = log.last(&[Room::Orders]).await.unwrap_or_default();
    let (mut refused, mut until) = (Vec::new(), last);
    // Of a log without a commit of orders none would ever come.
    let windows = if last.0 == 0 { 0 } else { REFUSED_WINDOWS };
    for _ in 0..windows {
        let after = Revision(until.0.saturating_sub(WINDOW));
        let mut begins = None;
        let take = |logged: &Logged| {
            begins.get_or_insert(logged.commit.at);
            if logged.commit.at >= from && refused.len() < MAX_REFUSED {
                let events = logged.commit.events.iter();
                refused.extend(events.filter_map(|event| exception(event, logged.commit.at)));
            }
        };
        if read(&log, after, until, last, take).await.is_err() {
            break;
        }
        if after.0 == 0 || begins.is_some_and(|at| at < from) {
            break;
        }
        until = after;
    }
    refused
}

fn exception(event: &Event, at: Timestamp) -> Option<Exception> {
    let Event::Orders(OrdersEvent::OrderClosed(closed)) = event else {
        return None;
    };
    let sum = |units: fn(&ClosedLine) -> u32| -> u64 {
        closed.lines.iter().map(|line| u64::from(units(line))).sum()
    };
    let refused = sum(|line| line.refused);
    if refused == 0 || sum(|line| line.shipped) > 0 || sum(|line| line.cancelled) > 0 {
        return None;
    }
    let why = closed.lines.iter().find_map(|line| line.why);
    let why = why.map(|why| format!(": {}", answer::why(why)));
    let text = format!(
        "{refused} refused, all that it asked for{}",
        why.unwrap_or_default()
    );
    Some(Exception {
        order: Some(closed.order.clone()),
        ..Exception::new(ExceptionKind::OrderRefused, at, refused, text)
    })
}

impl Window {
    fn take(&mut self, asked: &Asked, logged: &Logged, before: Position) {
        let (revision, at) = (logged.revision, logged.commit.at);
        for (index, event) in (0_u32..).zip(&logged.commit.events) {
            let position = Position { revision, index };
            if position >= before {
                return;
            }
            let placed = match event {
                Event::Orders(OrdersEvent::OrderPlaced(placed)) => placed,
                Event::Orders(OrdersEvent::HistoryRecorded(history)) => &history.asked,
                Event::Orders(OrdersEvent::OrderAmended(it)) if asked.takes_amended(it) => {
                    self.find(position, it.order.clone());
                    continue;
                }
                Event::Orders(OrdersEvent::OrderClosed(end)) if asked.status.is_some() => {
                    self.ended.push((end.order.clone(), answer::ended(end)));
                    continue;
                }
                Event::Orders(_)
                | Event::Inventory(_)
                | Event::Allocator(_)
                | Event::SupplierGateway(_)
                | Event::Notifier(_) => continue,
            };
            self.begins.get_or_insert(at);
            if asked.takes(placed, at) {
                self.find(position, placed.order.clone());
            }
        }
        self.begins.get_or_insert(at);
    }

    fn find(&mut self, position: Position, order: OrderId) {
        self.found.push_back((position, order));
        if self.found.len() > MAX_KEPT {
            self.found.pop_front();
            self.cut = self.found.front().map(|(position, _)| *position);
        }
    }
}

/// A page that is being filled.
struct Search<'a> {
    host: &'a Host<Orders>,
    asked: &'a Asked,
    size: usize,
    orders: Vec<v1::Order>,
    closed_read: usize,
    /// How orders ended that may be met yet.
    ended: BTreeMap<OrderId, v1::OrderStatus>,
    /// All orders placed at this position or later were looked at.
    before: Position,
}

impl Search<'_> {
    /// Takes in what a window has, the newest first. True: the page is full, or its budget is used.
    async fn look_through(
        &mut self,
        mut found: VecDeque<(Position, OrderId)>,
    ) -> Result<bool, Status> {
        while !found.is_empty() {
            let from = found.len().saturating_sub(LOOKED_UP);
            let chunk = found.split_off(from);
            if self.look_up(chunk).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an order may have the status that is asked for. What left after it was closed its
    /// closing does not say.
    fn may_be(&self, orders: &RoomState<Orders>, id: &OrderId) -> bool {
        let Some(status) = self.asked.status else {
            return true;
        };
        let ended = self.ended.get(id);
        ended.is_none_or(|ended| *ended == status) || !orders.after(id).is_empty()
    }

    async fn look_up(&mut self, chunk: VecDeque<(Position, OrderId)>) -> Result<bool, Status> {
        let known = self.host.read(|orders| {
            let chunk = chunk.into_iter().rev();
            let chunk = chunk.filter(|(_, id)| self.may_be(orders, id));
            let known = chunk.map(|(at, id)| (at, look(orders, &id), id));
            known.collect::<Vec<_>>()
        });
        let (log, status) = (self.host.log(), self.asked.status);
        let answers = known.into_iter().map(|(at, known, id)| async move {
            let (order, is_read) = match known {
                Known::Open { order, .. } => (Some(*order), false),
                Known::Closed { at: end, after } => {
                    (Some(timeline::closed(log, &id, end, &after).await?), true)
                }
                // It is on the log, and the state is not so far yet.
                Known::Unknown => (None, false),
            };
            Ok::<_, Status>((at, order, is_read))
        });
        let mut answers = futures::stream::iter(answers).buffered(MAX_READS);
        while let Some(answer) = answers.next().await {
            let (at, order, is_read) = answer?;
            self.before = at;
            self.closed_read = self.closed_read.saturating_add(usize::from(is_read));
            let order = order.filter(|order| status.is_none_or(|it| order.status() == it));
            let asked = self.asked;
            let order = order.filter(|order| asked.is(order));
            // An address that was given twice would find it twice.
            let order = order.filter(|order| {
                let mut before = self.orders.iter();
                before.all(|other| other.order_id != order.order_id)
            });
            self.orders.extend(order);
            if self.orders.len() >= self.size || self.closed_read >= MAX_CLOSED_READ {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Milliseconds since 1970.
fn stamp_ms(at: &prost_types::Timestamp) -> i64 {
    let ms = i64::from(at.nanos).div_euclid(1_000_000);
    at.seconds.saturating_mul(1_000).saturating_add(ms)
}

/// A position as a token.
fn token(position: Position) -> String {
    position.to_string()
}

/// The position of a token, if it is one.
pub fn position(token: &str) -> Option<Position> {
    let (revision, index) = token.split_once('.')?;
    Some(Position {
        revision: Revision(revision.parse().ok().filter(|it| *it > 0)?),
        index: index.parse().ok()?,
    })
}

fn unreadable(error: &event_log::ReadError) -> Status {
    unread(error.to_string())
}

fn unread(problem: String) -> Status {
    TransactError::<OrdersRefusal>::Unreadable(problem).into()
}
