//! Carries entries to the services, many at once, each of them once for ever. A dry run asks the
//! same of the same doors, and has nothing recorded.

use std::collections::BTreeMap;

use api::orders::v1::orders_service_client::OrdersServiceClient;
use api::orders::v1::{PlaceOrderRequest, PlaceOrderResponse};
use chassis::wire::stamp;
use domain::decider::Room;
use domain::ids::OrderId;
use import::{Entry, Purchase, Reason};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::account::{Account, Told};
use super::before::Before;
use super::items::Items;
use super::placing::{Placed, Placing};
use crate::problem::Problem;
use crate::session::Session;

/// What services are asked to do with what the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    ToRecord,
    /// A dry run: to say what would become of it.
    ToValidate,
    /// A dry run of the file alone.
    Nobody,
}

pub(super) struct Carrier<'a> {
    pub(super) session: &'a Session,
    pub(super) orders: OrdersServiceClient<Channel>,
    pub(super) placing: Placing,
    items: &'a Items,
    pub(super) ask: Ask,
    /// Customers know of the orders: no letter says that they wait at first.
    no_letters: bool,
    pub(super) before: Before,
    /// An order was placed at a time that has not come, as the file was read.
    pub(super) from_the_future: bool,
    /// Units that rows took back of lines of orders that are not in the file.
    pub(super) taken: BTreeMap<(OrderId, u32), u32>,
}

impl<'a> Carrier<'a> {
    pub fn new(
        session: &'a Session,
        ask: Ask,
        no_letters: bool,
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
            ask,
            no_letters,
            before: Before::default(),
            from_the_future: false,
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
            self.settle(placed, account).await?;
        }
        Ok(())
    }

    async fn place(&mut self, purchase: Purchase, account: &mut Account) -> Result<(), Problem> {
        // Of what was done elsewhere, much is sold no more.
        if purchase.ended.is_none()
            && let Some(unknown) = self.items.unknown_of(&purchase)
        {
            return self.leave(&purchase, Reason::UnknownItem, &unknown, account);
        }
        if self.ask == Ask::Nobody {
            account.count_placed(&purchase);
            return account.purchase_taken(&purchase, "can be read; no service was asked");
        }
        while self.placing.is_full() {
            if let Some(placed) = self.placing.next().await {
                self.settle(placed, account).await?;
            }
        }
        let request = PlaceOrderRequest {
            placed_at: Some(stamp(purchase.at)),
            carried_over: true,
            told_elsewhere: self.no_letters,
            validate_only: self.ask == Ask::ToValidate,
            ..purchase.request()
        };
        self.placing.send(purchase, request);
        Ok(())
    }

    pub(super) async fn settle(
        &mut self,
        (purchase, answer): Placed,
        account: &mut Account,
    ) -> Result<(), Problem> {
        match answer {
            Ok(placed) if placed.repeated => {
                account.repeated = account.repeated.saturating_add(1);
                let done = match purchase.ended {
                    Some(_) => "kept as history before",
                    None => "placed before",
                };
                let tier = other_tier(&purchase, &placed);
                account.purchase_taken(&purchase, &format!("{done}{tier}"))
            }
            Ok(placed) => {
                account.count_placed(&purchase);
                let tier = other_tier(&purchase, &placed);
                if !tier.is_empty() {
                    account.count_other_tier(&purchase);
                }
                let done = stands(&purchase, &placed);
                account.purchase_taken(&purchase, &format!("{done}{tier}"))
            }
            Err(status) if self.would_be_defined(&purchase, &status) => {
                account.count_placed(&purchase);
                account.purchase_taken(&purchase, "would be placed, its items defined")
            }
            Err(status)
                if status.code() == Code::AlreadyExists
                    && self.was_placed_here(&purchase).await? =>
            {
                self.before.find_here(&purchase);
                account.repeated = account.repeated.saturating_add(1);
                account.purchase_taken(&purchase, "placed here before, which tells its history")
            }
            Err(status) if status.code() == Code::AlreadyExists => {
                account.otherwise = account.otherwise.saturating_add(1);
                self.leave(&purchase, Reason::PlacedBefore, status.message(), account)
            }
            Err(status) if is_refusal(&status) => {
                account.refused = account.refused.saturating_add(1);
                let placed_at = reason(&status).as_deref() == Some("PLACED_AT_OUT_OF_RANGE");
                self.from_the_future |= placed_at;
                self.leave(&purchase, Reason::Refused, status.message(), account)
            }
            Err(status) => Err(self
                .session
                .doors
                .problem(Room::Orders, "PlaceOrder", &status)),
        }
    }

    /// Whether an order that the shop did elsewhere, says the file, is one that it placed here: its
    /// next export says of that order, too, how it ended.
    async fn was_placed_here(&self, purchase: &Purchase) -> Result<bool, Problem> {
        if purchase.ended.is_none() {
            return Ok(false);
        }
        let known = self.order(purchase.order.as_str()).await?;
        Ok(known.is_some_and(|known| {
            let customer = known.customer.unwrap_or_default();
            known.history.is_none() && customer.id == purchase.customer.as_str()
        }))
    }

    /// An order is left, and so are the rows that take back of it.
    fn leave(
        &mut self,
        purchase: &Purchase,
        reason: Reason,
        detail: &str,
        account: &mut Account,
    ) -> Result<(), Problem> {
        self.before.leave(purchase);
        account.purchase_left(purchase, reason, detail)
    }

    /// A dry run defines no item. That one is unknown is the last that the service finds wrong with
    /// an order, so one that names an item that the run would have defined would be placed.
    fn would_be_defined(&self, purchase: &Purchase, status: &Status) -> bool {
        self.ask == Ask::ToValidate
            && reason(status).as_deref() == Some("UNKNOWN_SKU")
            && self.items.defines_of(purchase)
    }
}

/// Where an order stands, or would.
fn stands(purchase: &Purchase, placed: &PlaceOrderResponse) -> String {
    let done = match purchase.ended {
        Some(_) => "kept as history",
        None => "placed",
    };
    if placed.validated {
        format!("would be {done}")
    } else {
        format!("{done} at revision {}", placed.revision)
    }
}

/// Which tier it was taken as, if nobody has defined the one that it says.
fn other_tier(purchase: &Purchase, placed: &PlaceOrderResponse) -> String {
    match placed.taken_as_tier.as_str() {
        "" => String::new(),
        tier => format!("; its tier {} is not defined: as {tier}", purchase.tier),
    }
}

/// The reason code of a refusal.
fn reason(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone())
}

/// The business said no to this one; the others may go on.
pub(super) fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition
    )
}
