//! Carries entries to the services, many at once, each of them once for ever.

use std::collections::BTreeSet;

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::inventory_service_client::InventoryServiceClient;
use api::inventory::v1::{Backorderable, DefineItemRequest};
use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::orders::v1::{CancelOrderRequest, LineQuantity, PlaceOrderRequest};
use chassis::wire::stamp;
use domain::decider::Room;
use domain::ids::Sku;
use import::{Entry, Ledger, Purchase, Reason, Return};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::account::{Account, Told};
use super::placing::{Placed, Placing};
use super::tries::again;
use crate::problem::Problem;
use crate::session::Session;

pub(super) struct Carrier<'a> {
    session: &'a Session,
    orders: OrdersServiceClient<Channel>,
    inventory: InventoryServiceClient<Channel>,
    placing: Placing,
    ledger: Ledger,
    dry_run: bool,
    define: Option<Backorderable>,
    defined: BTreeSet<Sku>,
}

impl<'a> Carrier<'a> {
    pub fn new(
        session: &'a Session,
        dry_run: bool,
        at_once: u32,
        define: Option<Backorderable>,
    ) -> Result<Self, Problem> {
        let orders = session.doors.orders()?;
        let at_once = usize::try_from(at_once).unwrap_or(1);
        Ok(Self {
            session,
            placing: Placing::new(orders.clone(), at_once),
            orders,
            inventory: session.doors.inventory()?,
            ledger: Ledger::default(),
            dry_run,
            define,
            defined: BTreeSet::new(),
        })
    }

    pub async fn take(&mut self, entry: Entry, account: &mut Account) -> Result<(), Problem> {
        match entry {
            Entry::Left(left) => {
                let told = Told {
                    row: left.row,
                    document: &left.document,
                    sku: &left.sku,
                };
                account.left(told, left.reason, left.reason.meaning())
            }
            Entry::Purchase(purchase) => self.place(purchase, account).await,
            Entry::Return(back) => self.take_back(&back, account).await,
        }
    }

    /// Waits for all that is under way.
    pub async fn finish(&mut self, account: &mut Account) -> Result<(), Problem> {
        while let Some(placed) = self.placing.next().await {
            self.settle(placed, account)?;
        }
        Ok(())
    }

    async fn place(&mut self, purchase: Purchase, account: &mut Account) -> Result<(), Problem> {
        self.ledger.sold(&purchase);
        if self.dry_run {
            account.placed = account.placed.saturating_add(1);
            return account.purchase_taken(&purchase, "would be placed");
        }
        self.define_items(&purchase).await?;
        while self.placing.is_full() {
            if let Some(placed) = self.placing.next().await {
                self.settle(placed, account)?;
            }
        }
        let request = PlaceOrderRequest {
            placed_at: Some(stamp(purchase.at)),
            carried_over: true,
            ..purchase.request()
        };
        self.placing.send(purchase, request);
        Ok(())
    }

    fn settle(&self, (purchase, answer): Placed, account: &mut Account) -> Result<(), Problem> {
        match answer {
            Ok(placed) if placed.repeated => {
                account.repeated = account.repeated.saturating_add(1);
                account.purchase_taken(&purchase, "placed before")
            }
            Ok(placed) => {
                account.placed = account.placed.saturating_add(1);
                let detail = format!("placed at revision {}", placed.revision);
                account.purchase_taken(&purchase, &detail)
            }
            Err(status) if is_refusal(&status) => {
                account.purchase_left(&purchase, status.message())
            }
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "PlaceOrder", &status)),
        }
    }

    /// Items that the file names for the first time. The id makes a second run define nothing.
    async fn define_items(&mut self, purchase: &Purchase) -> Result<(), Problem> {
        let Some(define) = self.define else {
            return Ok(());
        };
        for row in &purchase.rows {
            if !self.defined.insert(row.sku.clone()) {
                continue;
            }
            let request = DefineItemRequest {
                definition_id: format!("import {}", row.sku),
                sku: row.sku.to_string(),
                description: row.description.clone(),
                segment: Some(Segment::Backorderable(define)),
                replenishment: None,
                fair_share: false,
                protection: None,
                at_least_revision: 0,
            };
            let client = &self.inventory;
            let answer = again(|| {
                let (mut client, request) = (client.clone(), request.clone());
                async move { client.define_item(request).await }
            });
            match answer.await {
                Ok(_) => {}
                // Defined by an import of another file: it is there, which is what was wanted.
                Err(status) if status.code() == Code::AlreadyExists => {}
                Err(status) => {
                    return Err(self
                        .session
                        .doors
                        .problem(Room::Inventory, "DefineItem", &status));
                }
            }
        }
        Ok(())
    }

    async fn take_back(&mut self, back: &Return, account: &mut Account) -> Result<(), Problem> {
        let (taken, unmatched) = self.ledger.take_back(back);
        if taken.is_empty() {
            let reason = Reason::MatchesNothing;
            return account.left(Told::of(back), reason, reason.meaning());
        }
        // What is taken back may still be under way.
        self.finish(account).await?;
        let (mut cancelled, mut gone) = (Vec::new(), Vec::new());
        let mut reason = Reason::AlreadyShipped;
        for part in &taken {
            account.cancellations = account.cancellations.saturating_add(1);
            let part_of = format!("{} of line {} of {}", part.quantity, part.line, part.order);
            if self.dry_run {
                cancelled.push(part_of);
                continue;
            }
            let request = CancelOrderRequest {
                cancellation_id: format!("{} {} {}", back.document, back.row, part.order),
                order_id: part.order.to_string(),
                lines: vec![LineQuantity {
                    line: part.line,
                    quantity: part.quantity,
                }],
                reason: format!("taken back by {}", back.document),
                at_least_revision: 0,
            };
            let client = &self.orders;
            let answer = again(|| {
                let (mut client, request) = (client.clone(), request.clone());
                async move { client.cancel_order(request).await }
            });
            match answer.await {
                Ok(_) => cancelled.push(part_of),
                Err(status) if is_refusal(&status) => {
                    // An order that is not known was itself refused.
                    if status.code() == Code::NotFound {
                        reason = Reason::Refused;
                    }
                    gone.push(format!("{part_of}: {}", status.message()));
                }
                Err(status) => {
                    return Err(self
                        .session
                        .doors
                        .problem(Room::Orders, "CancelOrder", &status));
                }
            }
        }
        if cancelled.is_empty() {
            return account.left(Told::of(back), reason, &gone.join("; "));
        }
        let detail = format!("cancels {}", cancelled.join("; "));
        account.return_taken(back, unmatched, &detail)
    }
}

/// The business said no to this one; the others may go on.
fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition
    )
}
