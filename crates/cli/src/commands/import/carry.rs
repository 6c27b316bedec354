//! Carries entries to the services, many at once, each of them once for ever.

use std::collections::BTreeMap;

use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::orders::v1::{CancelOrderRequest, GetOrderRequest, LineQuantity, PlaceOrderRequest};
use chassis::wire::stamp;
use domain::decider::Room;
use domain::ids::OrderId;
use import::{Entry, GUEST, Purchase, Reason, Return, Taken};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::account::{Account, Told};
use super::items::Items;
use super::placing::{Placed, Placing};
use super::tries::again;
use crate::problem::Problem;
use crate::session::Session;

pub(super) struct Carrier<'a> {
    session: &'a Session,
    orders: OrdersServiceClient<Channel>,
    placing: Placing,
    items: &'a Items,
    dry_run: bool,
    /// Units that rows took back of lines of orders that are not in the file.
    taken: BTreeMap<(OrderId, u32), u32>,
}

/// What became of a part of a row that takes back.
enum Cancelled {
    Now,
    Before,
    /// The same row took back something else when an earlier file was read.
    Otherwise,
    Refused(Reason, String),
}

impl<'a> Carrier<'a> {
    pub fn new(
        session: &'a Session,
        dry_run: bool,
        at_once: u32,
        items: &'a Items,
    ) -> Result<Self, Problem> {
        let orders = session.doors.orders()?;
        let at_once = usize::try_from(at_once).unwrap_or(1);
        Ok(Self {
            session,
            placing: Placing::new(orders.clone(), at_once),
            orders,
            items,
            dry_run,
            taken: BTreeMap::new(),
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
                account.left(told, left.reason, &left.detail)
            }
            Entry::Purchase(purchase) => self.place(purchase, account).await,
            Entry::Return(back) => self.take_back(back, account).await,
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
        if let Some(unknown) = self.items.unknown_of(&purchase) {
            return account.purchase_left(&purchase, Reason::UnknownItem, &unknown);
        }
        if self.dry_run {
            account.count_placed(&purchase);
            return account.purchase_taken(&purchase, "would be placed");
        }
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
                account.count_placed(&purchase);
                let detail = format!("placed at revision {}", placed.revision);
                account.purchase_taken(&purchase, &detail)
            }
            Err(status) if is_refusal(&status) => {
                account.refused = account.refused.saturating_add(1);
                account.purchase_left(&purchase, Reason::Refused, status.message())
            }
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "PlaceOrder", &status)),
        }
    }

    async fn take_back(&mut self, mut back: Return, account: &mut Account) -> Result<(), Problem> {
        if !back.names_its_order
            && let Some(parts) = self.of_its_order(&back).await?
        {
            back.parts = parts;
            back.names_its_order = true;
        }
        if back.parts.is_empty() {
            let reason = back.reason();
            return account.left(Told::of(&back), reason, reason.meaning());
        }
        let (mut cancelled, mut gone) = (Vec::new(), Vec::new());
        let mut reason = Reason::AlreadyShipped;
        for (number, part) in back.parts.iter().enumerate() {
            // What is taken back may still be under way.
            while self.placing.has(&part.order)
                && let Some(placed) = self.placing.next().await
            {
                self.settle(placed, account)?;
            }
            let part_of = format!("{} of line {} of {}", part.quantity, part.line, part.order);
            match self.cancel(&back, number, part).await? {
                Cancelled::Now => {
                    account.cancellations = account.cancellations.saturating_add(1);
                    cancelled.push(part_of);
                }
                Cancelled::Before => {
                    account.cancelled_before = account.cancelled_before.saturating_add(1);
                    cancelled.push(format!("{part_of} (before)"));
                }
                Cancelled::Otherwise => {
                    account.cancelled_before = account.cancelled_before.saturating_add(1);
                    cancelled.push("what an earlier file found for this row".to_owned());
                    break;
                }
                Cancelled::Refused(why, message) => {
                    account.cancellations_refused = account.cancellations_refused.saturating_add(1);
                    reason = why;
                    gone.push(format!("{part_of}: {message}"));
                }
            }
        }
        if cancelled.is_empty() {
            return account.left(Told::of(&back), reason, &gone.join("; "));
        }
        let would = if self.dry_run {
            "would cancel"
        } else {
            "cancels"
        };
        let detail = format!("{would} {}", cancelled.join("; "));
        account.return_taken(&back, back.unmatched(), &detail)
    }

    async fn cancel(
        &mut self,
        back: &Return,
        number: usize,
        part: &Taken,
    ) -> Result<Cancelled, Problem> {
        if self.dry_run {
            return Ok(Cancelled::Now);
        }
        let request = CancelOrderRequest {
            cancellation_id: back.id(number),
            order_id: part.order.to_string(),
            lines: vec![LineQuantity {
                line: part.line,
                quantity: part.quantity,
            }],
            reason: format!("taken back by {}", back.document),
            ..CancelOrderRequest::default()
        };
        let client = &self.orders;
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.cancel_order(request).await }
        });
        match answer.await {
            Ok(answer) if answer.get_ref().repeated => Ok(Cancelled::Before),
            Ok(_) => Ok(Cancelled::Now),
            Err(status) if status.code() == Code::AlreadyExists => Ok(Cancelled::Otherwise),
            Err(status) if is_refusal(&status) => {
                // An order that is not known was itself refused or left.
                let reason = if status.code() == Code::NotFound {
                    Reason::Refused
                } else {
                    Reason::AlreadyShipped
                };
                Ok(Cancelled::Refused(reason, status.message().to_owned()))
            }
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "CancelOrder", &status)),
        }
    }

    /// What a row takes back of the order that it names, which another file brought: the last line
    /// of its SKU first. None if its document is no order of that customer.
    async fn of_its_order(&mut self, back: &Return) -> Result<Option<Vec<Taken>>, Problem> {
        let request = GetOrderRequest {
            order_id: back.document.clone(),
            ..GetOrderRequest::default()
        };
        let client = &self.orders;
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.get_order(request).await }
        });
        let order = match answer.await {
            Ok(answer) => answer.into_inner().order.unwrap_or_default(),
            Err(status) if is_refusal(&status) => return Ok(None),
            Err(status) => {
                let problem = self
                    .session
                    .doors
                    .problem(Room::Orders, "GetOrder", &status);
                return Err(problem);
            }
        };
        let customer = order.customer.unwrap_or_default();
        let named = back.customer.as_str();
        let another = named != GUEST && customer.id != GUEST && named != customer.id;
        let address = back.email.as_deref().unwrap_or_default();
        let elsewhere = !address.is_empty()
            && !customer.email.is_empty()
            && !address.eq_ignore_ascii_case(&customer.email);
        if another || elsewhere {
            return Ok(None);
        }
        let (mut parts, mut open) = (Vec::new(), back.quantity);
        let lines = order.lines.iter().rev();
        for line in lines.filter(|line| line.sku == back.sku.as_str()) {
            let order = OrderId::from(back.document.as_str());
            let taken = self.taken.entry((order.clone(), line.line)).or_default();
            let quantity = line.quantity.saturating_sub(*taken).min(open);
            if quantity > 0 {
                *taken = taken.saturating_add(quantity);
                open = open.saturating_sub(quantity);
                let line = line.line;
                parts.push(Taken {
                    order,
                    line,
                    quantity,
                });
            }
        }
        Ok(Some(parts))
    }
}

/// The business said no to this one; the others may go on.
fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition
    )
}
