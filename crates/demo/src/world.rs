//! The outside world, and the clock. *Now* moves to the next thing that happens outside or comes
//! due inside, and only when every room is at rest, so that months pass in a minute while lead
//! times, replenishment and promises still happen in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use api::allocator::v1::{LineExplanation, WhatIfRequest, WhatIfResponse};
use api::inventory::v1 as inventory;
use api::orders::v1 as orders;
use audit::Audit;
use chassis::{Clock, Process};
use domain::decider::{Projection, Recorded, Room};
use domain::event::{Event, SupplierGatewayEvent};
use domain::ids::{DispatchId, HOUR_MS, Position, PurchaseOrderId, Revision, Sku, Timestamp};
use event_log::{FollowError, Log, Logged};
use futures::StreamExt;
use futures::stream::BoxStream;
use import::{Entry, Reason, Return};

use crate::doors::{Doors, order_of};
use crate::plan::{LOCATION, Plan};

/// When the warehouse ships what was reserved the day before.
const MORNING_MS: i64 = 8 * HOUR_MS;
/// How long the shop goes on after the last order, if somebody still waits.
const LAST_DAYS: i64 = 45;

/// What became of the rows.
#[derive(Debug, Default)]
pub struct Rows {
    /// Rows that did what they say.
    pub taken: u64,
    /// Rows that were left, by reason.
    pub left: BTreeMap<&'static str, u64>,
}

impl Rows {
    fn leave(&mut self, reason: Reason, rows: u64) {
        let count = self.left.entry(reason.code()).or_default();
        *count = count.saturating_add(rows);
    }
}

/// Goods that stand at the dock or travel.
#[derive(Debug, Clone)]
struct Dispatch {
    purchase_order: PurchaseOrderId,
    lines: Vec<(Sku, u32)>,
}

/// The world that is played, and what it has seen of the log.
pub struct World {
    process: Process,
    clock: Clock,
    doors: Doors,
    commits: BoxStream<'static, Result<Arc<Logged>, FollowError>>,
    seen: Revision,
    /// The independent count.
    pub audit: Audit,
    /// The rows' fate.
    pub rows: Rows,
    /// The best explained backorder so far, and how many lines waited then.
    pub explained: Option<(String, LineExplanation)>,
    waiting: usize,
    most_waiting: usize,
    travelling: BTreeMap<DispatchId, Dispatch>,
    dock: Vec<DispatchId>,
    next_morning: Timestamp,
    returns: u64,
}

/// When an entry happens; a row that is left has no time of its own.
pub fn time_of(entry: &Entry) -> Timestamp {
    match entry {
        Entry::Purchase(purchase) => purchase.at,
        Entry::Return(back) => back.at,
        Entry::Left(_) => Timestamp::MIN,
    }
}

impl World {
    /// A world around a process whose rooms are all in it, at a held clock.
    pub async fn open(process: Process, clock: Clock, log: &Log) -> anyhow::Result<Self> {
        let doors = Doors::open(&process).await?;
        let next_morning = clock.now().start_of_day().plus_ms(MORNING_MS);
        Ok(Self {
            process,
            clock,
            doors,
            commits: log.follow(&Room::ALL, Revision(0)),
            seen: Revision(0),
            audit: Audit::default(),
            rows: Rows::default(),
            explained: None,
            waiting: 0,
            most_waiting: 0,
            travelling: BTreeMap::new(),
            dock: Vec::new(),
            next_morning,
            returns: 0,
        })
    }

    /// Opens the shop, plays all entries in their order, and goes on until nobody waits.
    ///
    /// # Errors
    /// A room that ends, a door that fails, a file that cannot be read.
    pub async fn play(
        &mut self,
        plan: &Plan,
        changes: Vec<(Timestamp, inventory::DefineItemRequest)>,
        entries: impl Iterator<Item = anyhow::Result<Entry>>,
        mut progress: impl FnMut(&Self),
    ) -> anyhow::Result<()> {
        self.doors.set_up(plan).await?;
        let mut changes = changes.into_iter().peekable();
        let mut entries = entries.peekable();
        let mut last_entry = self.clock.now();
        loop {
            let inside = self.settle().await?;
            let next_entry = match entries.peek() {
                Some(Ok(entry)) => Some(time_of(entry)),
                Some(Err(_)) => Some(Timestamp::MIN),
                None => None,
            };
            let over = last_entry.plus_days(LAST_DAYS);
            if next_entry.is_none() && (!self.anybody_waits() || self.clock.now() >= over) {
                return Ok(());
            }
            let change = changes.peek().map(|(at, _)| *at);
            let candidates = [inside, next_entry, change, Some(self.next_morning)];
            let next = candidates.into_iter().flatten().min().unwrap_or(over);
            self.clock.advance_to(next);
            self.settle().await?;
            let now = self.clock.now();
            while let Some((_, item)) = changes.next_if(|(at, _)| *at <= now) {
                self.doors.inventory.define_item(item).await?;
            }
            self.count_in().await?;
            if now >= self.next_morning {
                self.morning(now).await?;
            }
            let due = |entry: &anyhow::Result<Entry>| match entry {
                Ok(entry) => time_of(entry) <= now,
                Err(_) => true,
            };
            while let Some(entry) = entries.next_if(due) {
                self.act(plan, entry?).await?;
                last_entry = now;
            }
            progress(self);
        }
    }

    /// Ends in order and hands back what was counted.
    ///
    /// # Errors
    /// What a room ended with.
    pub async fn close(self) -> anyhow::Result<()> {
        self.process.stop().await
    }

    /// What the allocator says to a comparison of worlds.
    ///
    /// # Errors
    /// What the service answers.
    pub async fn what_if(&self, asked: WhatIfRequest) -> anyhow::Result<WhatIfResponse> {
        let mut client = self.doors.allocator.clone();
        Ok(client.what_if(asked).await?.into_inner())
    }

    /// How far the log is.
    pub const fn revision(&self) -> Revision {
        self.seen
    }

    /// Now, in the world.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lines that waited on the last morning.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// What inventory's own count says against the independent one.
    ///
    /// # Errors
    /// A door that fails.
    pub async fn compare_with_inventory(&self) -> anyhow::Result<Vec<String>> {
        let mut objections = Vec::new();
        for stock in self.doors.all_stock().await? {
            let sku = Sku::from(stock.sku.as_str());
            let mut counted = (0_i64, 0_i64);
            for at in self.audit.stock_of_sku(&sku) {
                counted = (
                    counted.0.saturating_add(at.on_hand()),
                    counted.1.saturating_add(at.held),
                );
            }
            let told = (stock.on_hand, stock.reserved);
            if told != counted {
                objections.push(format!(
                    "{}: inventory says {told:?} on hand and reserved, the log says {counted:?}",
                    stock.sku
                ));
            }
        }
        Ok(objections)
    }

    fn anybody_waits(&self) -> bool {
        self.audit.open_lines() > 0
    }

    /// Waits until all rooms rest, and has seen all that they said.
    async fn settle(&mut self) -> anyhow::Result<Option<Timestamp>> {
        let rest = self.process.rest().await?;
        while self.seen < rest.folded {
            let logged = self.commits.next().await.context("the log ended")??;
            self.seen = logged.revision;
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                self.audit.fold(
                    Recorded {
                        position: Position {
                            revision: logged.revision,
                            index,
                        },
                        as_of: logged.commit.as_of,
                        at: logged.commit.at,
                    },
                    event,
                );
                self.watch_the_road(event);
            }
        }
        Ok(rest.again_at)
    }

    fn watch_the_road(&mut self, event: &Event) {
        match event {
            Event::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseShipped(shipped) => {
                    let lines = shipped.lines.iter();
                    let dispatch = Dispatch {
                        purchase_order: shipped.purchase_order.clone(),
                        lines: lines
                            .map(|line| (line.sku.clone(), line.quantity))
                            .collect(),
                    };
                    self.travelling.insert(shipped.dispatch.clone(), dispatch);
                }
                SupplierGatewayEvent::PurchaseDelivered(delivered) => {
                    self.dock.push(delivered.dispatch.clone());
                }
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::SupplierItemDefined(_)
                | SupplierGatewayEvent::PurchaseOrdered(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseScheduled(_)
                | SupplierGatewayEvent::PurchaseClosed(_)
                | SupplierGatewayEvent::PurchaseRejected(_) => {}
            },
            Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {}
        }
    }

    /// The warehouse counts in what stands at the dock.
    async fn count_in(&mut self) -> anyhow::Result<()> {
        self.dock.sort();
        for id in std::mem::take(&mut self.dock) {
            let Some(dispatch) = self.travelling.remove(&id) else {
                continue;
            };
            let mut counted = BTreeMap::<Sku, u32>::new();
            for (sku, quantity) in dispatch.lines {
                let units = counted.entry(sku).or_default();
                *units = units.saturating_add(quantity);
            }
            let lines = counted
                .into_iter()
                .map(|(sku, quantity)| inventory::SkuQuantity {
                    sku: sku.to_string(),
                    quantity,
                });
            let receipt = inventory::ReceiveStockRequest {
                receipt_id: id.to_string(),
                location_id: LOCATION.into(),
                purchase_order_id: dispatch.purchase_order.to_string(),
                lines: lines.collect(),
                ..Default::default()
            };
            self.doors.inventory.receive_stock(receipt).await?;
            self.settle().await?;
        }
        Ok(())
    }

    /// The warehouse ships what is reserved; a clerk asks why somebody waits.
    async fn morning(&mut self, now: Timestamp) -> anyhow::Result<()> {
        self.doors.ship_all(&now.date()).await?;
        self.next_morning = now.start_of_day().plus_days(1).plus_ms(MORNING_MS);
        self.settle().await?;
        let (waiting, example) = self.audit.waiting();
        self.waiting = waiting;
        if waiting > self.most_waiting
            && let Some((order, line)) = example
        {
            self.most_waiting = waiting;
            if let Some(why) = self.doors.why(order.as_str(), line).await? {
                self.explained = Some((order.to_string(), why));
            }
        }
        Ok(())
    }

    async fn act(&mut self, plan: &Plan, entry: Entry) -> anyhow::Result<()> {
        match entry {
            Entry::Purchase(purchase) => {
                let rows = u64::try_from(purchase.rows.len()).unwrap_or(u64::MAX);
                if self.doors.place(order_of(plan, &purchase)).await? {
                    self.rows.taken = self.rows.taken.saturating_add(rows);
                } else {
                    self.rows.leave(Reason::Refused, rows);
                }
            }
            Entry::Return(back) => self.take_back(&back).await?,
            Entry::Left(left) => {
                self.rows.leave(left.reason, 1);
                return Ok(());
            }
        }
        // What comes at the same minute comes after: who is first must not hang on how fast the
        // rooms are.
        self.settle().await.map(|_next| ())
    }

    /// What has not left is cancelled; what has left comes back and is counted in; what was
    /// never sold is left.
    async fn take_back(&mut self, back: &Return) -> anyhow::Result<()> {
        if back.parts.is_empty() {
            self.rows.leave(back.reason(), 1);
            return Ok(());
        }
        let mut did = false;
        for part in &back.parts {
            let key = (part.order.clone(), part.line);
            let Some(tally) = self.audit.lines.get(&key).map(|line| line.tally) else {
                continue;
            };
            self.returns = self.returns.saturating_add(1);
            let number = self.returns;
            let open = tally.wanted().min(part.quantity);
            if open > 0 {
                let cancel = orders::CancelOrderRequest {
                    cancellation_id: format!("{}/{}/{number}", back.document, back.row),
                    order_id: part.order.to_string(),
                    lines: vec![orders::LineQuantity {
                        line: part.line,
                        quantity: open,
                    }],
                    reason: "the customer changed their mind".into(),
                    ..Default::default()
                };
                did |= self.doors.cancel(cancel).await?;
            }
            let returned = part.quantity.saturating_sub(open).min(tally.shipped);
            if returned > 0 {
                let adjust = inventory::AdjustStockRequest {
                    adjustment_id: format!("{}/{}/{number}", back.document, back.row),
                    sku: back.sku.to_string(),
                    location_id: LOCATION.into(),
                    change: returned.into(),
                    reason: "customer_return".into(),
                    at_least_revision: 0,
                };
                self.doors.inventory.adjust_stock(adjust).await?;
                did = true;
            }
        }
        if did {
            self.rows.taken = self.rows.taken.saturating_add(1);
        } else {
            self.rows.leave(Reason::MatchesNothing, 1);
        }
        Ok(())
    }
}
