//! Rows that take back: which order's goods, and what becomes of their cancellations.

use api::orders::v1::{CancelOrderRequest, GetOrderRequest, LineQuantity, Order};
use chassis::refused;
use domain::decider::Room;
use domain::ids::OrderId;
use domain::orders::OrdersRefusal;
use import::{GUEST, Reason, Return, Taken};
use tonic::{Code, Status};

use super::account::{Account, Told};
use super::carry::{Ask, Carrier, is_refusal};
use super::tries::again;
use crate::problem::Problem;

/// What became of a part of a row that takes back.
enum Cancelled {
    Now,
    Before,
    /// It is told with its order, which was done elsewhere.
    WithItsOrder,
    /// The same row took back something else when an earlier file was read.
    Otherwise,
    Refused(Reason, String),
}

/// What one row comes to.
#[derive(Default)]
struct Parts {
    cancelled: Vec<String>,
    kept: Vec<String>,
    refused: Vec<String>,
    reason: Option<Reason>,
}

impl Carrier<'_> {
    pub(super) async fn take_back(
        &mut self,
        mut back: Return,
        account: &mut Account,
    ) -> Result<(), Problem> {
        if !back.names_its_order
            && self.ask != Ask::Nobody
            && let Some(parts) = self.of_its_order(&back).await?
        {
            back.parts = parts;
            back.names_its_order = true;
        }
        if back.parts.is_empty() {
            let reason = back.reason();
            return account.left(Told::of(&back), reason, reason.meaning());
        }
        let mut parts = Parts::default();
        for (number, part) in back.parts.iter().enumerate() {
            // What is taken back may still be under way.
            while self.placing.has(&part.order)
                && let Some(placed) = self.placing.next().await
            {
                self.settle(placed, account).await?;
            }
            let cancelled = if self.before.is_history(part) {
                self.came_back(part)
            } else {
                self.cancel(&back, number, part).await?
            };
            if !parts.take(part, cancelled, account) {
                break;
            }
        }
        if parts.cancelled.is_empty() && parts.kept.is_empty() {
            let reason = parts.reason.unwrap_or(Reason::AlreadyShipped);
            return account.left(Told::of(&back), reason, &parts.refused.join("; "));
        }
        let cancels = match self.ask {
            Ask::ToRecord => "cancels",
            Ask::ToValidate | Ask::Nobody => "would cancel",
        };
        let mut detail = Vec::new();
        if !parts.cancelled.is_empty() {
            detail.push(format!("{cancels} {}", parts.cancelled.join("; ")));
        }
        if !parts.kept.is_empty() {
            detail.push(format!("told with its order: {}", parts.kept.join("; ")));
        }
        account.return_taken(&back, back.unmatched(), &detail.join("; "))
    }

    /// Units that came back of an order that was done elsewhere were sent with it.
    fn came_back(&self, part: &Taken) -> Cancelled {
        if self.before.is_left(&part.order) {
            Cancelled::Refused(Reason::Refused, "its order was left".to_owned())
        } else {
            Cancelled::WithItsOrder
        }
    }

    async fn cancel(
        &mut self,
        back: &Return,
        number: usize,
        part: &Taken,
    ) -> Result<Cancelled, Problem> {
        if self.ask == Ask::Nobody {
            return Ok(Cancelled::Now);
        }
        let validate_only = self.ask == Ask::ToValidate;
        let request = CancelOrderRequest {
            cancellation_id: back.id(number),
            order_id: part.order.to_string(),
            lines: vec![LineQuantity {
                line: part.line,
                quantity: part.quantity,
            }],
            reason: format!("taken back by {}", back.document),
            validate_only,
            ..CancelOrderRequest::default()
        };
        let client = &self.orders;
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.cancel_order(request).await }
        });
        match answer.await {
            Ok(answer) if answer.get_ref().repeated => Ok(Cancelled::Before),
            Ok(_) if validate_only => self.would_cancel(part).await,
            Ok(_) => Ok(Cancelled::Now),
            Err(status) if status.code() == Code::AlreadyExists => Ok(Cancelled::Otherwise),
            // The run would have placed it by then.
            Err(status)
                if validate_only
                    && status.code() == Code::NotFound
                    && !self.before.is_left(&part.order) =>
            {
                self.before.cancel(part);
                Ok(Cancelled::Now)
            }
            Err(status) if is_refusal(&status) => Ok(not_cancelled(&status)),
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "CancelOrder", &status)),
        }
    }

    /// The service would cancel units now; so would the run, unless the rows before would have left
    /// none.
    async fn would_cancel(&mut self, part: &Taken) -> Result<Cancelled, Problem> {
        let before = self.before.cancelled_before(part);
        if before > 0 {
            let order = self.order(part.order.as_str()).await?.unwrap_or_default();
            let line = order.lines.iter().find(|line| line.line == part.line);
            let open = line.map_or(0, |line| {
                let decided = line.reserved.saturating_add(line.backordered);
                decided.saturating_add(line.undecided)
            });
            if open <= before {
                let (order, line) = (part.order.clone(), part.line);
                let refusal = OrdersRefusal::NothingToCancel { order, line };
                return Ok(not_cancelled(&refused(&refusal)));
            }
        }
        self.before.cancel(part);
        Ok(Cancelled::Now)
    }

    /// What a row takes back of the order that it names, which another file brought: the last line
    /// of its SKU first. None if its document is no order of that customer.
    async fn of_its_order(&mut self, back: &Return) -> Result<Option<Vec<Taken>>, Problem> {
        let Some(order) = self.order(&back.document).await? else {
            return Ok(None);
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
                    of_history: false,
                });
            }
        }
        Ok(Some(parts))
    }

    /// An order that the service knows.
    pub(super) async fn order(&self, id: &str) -> Result<Option<Order>, Problem> {
        let request = GetOrderRequest {
            order_id: id.to_owned(),
            ..GetOrderRequest::default()
        };
        let client = &self.orders;
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.get_order(request).await }
        });
        match answer.await {
            Ok(answer) => Ok(answer.into_inner().order),
            Err(status) if is_refusal(&status) => Ok(None),
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "GetOrder", &status)),
        }
    }
}

impl Parts {
    /// Notes what became of a part. Whether the row's other parts are to be asked for as well.
    fn take(&mut self, part: &Taken, cancelled: Cancelled, account: &mut Account) -> bool {
        let part_of = format!("{} of line {} of {}", part.quantity, part.line, part.order);
        match cancelled {
            Cancelled::Now => {
                account.cancellations = account.cancellations.saturating_add(1);
                self.cancelled.push(part_of);
            }
            Cancelled::Before => {
                account.cancelled_before = account.cancelled_before.saturating_add(1);
                self.cancelled.push(format!("{part_of} (before)"));
            }
            Cancelled::WithItsOrder => self.kept.push(part_of),
            Cancelled::Otherwise => {
                account.cancelled_before = account.cancelled_before.saturating_add(1);
                self.cancelled
                    .push("what an earlier file found for this row".to_owned());
                return false;
            }
            Cancelled::Refused(why, message) => {
                account.cancellations_refused = account.cancellations_refused.saturating_add(1);
                self.reason = Some(why);
                self.refused.push(format!("{part_of}: {message}"));
            }
        }
        true
    }
}

/// An order that is not known was itself refused or left.
fn not_cancelled(status: &Status) -> Cancelled {
    let reason = if status.code() == Code::NotFound {
        Reason::Refused
    } else {
        Reason::AlreadyShipped
    };
    Cancelled::Refused(reason, status.message().to_owned())
}
