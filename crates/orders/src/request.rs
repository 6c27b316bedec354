//! Requests as they come over the wire, read into commands.
//!
//! Checks form alone: whether something can be read. What may be asked is the room's to say.

use std::time::Duration;

use api::orders::v1;
use chassis::invalid;
use chassis::wire::{key, key_or_new, missing, optional, page_size, page_token, some, time};
use domain::available::ORDINARY_TIER;
use domain::event::{
    Customer, HistoryEnd, HistoryRecorded, LineQuantity, OrderCancelled, OrderField, OrderPlaced,
    OrderResumed, OrderSuspended, PlacedLine, ShipTo,
};
use domain::ids::{
    AcceptanceId, AmendmentId, CancellationId, Country, Currency, CustomerId, HoldId, LocationId,
    OrderId, Position, ResumptionId, Sku, SuspensionId, Tier,
};
use domain::orders::{
    AcceptSubstitute, AmendOrder, CancelOrder, Filter, OrderStatus, PlaceOrder, RecordHistory,
    ResumeOrder, SuspendOrder, Taken, TakenTiers,
};
use tonic::Status;

use crate::find;

/// The longest that a caller may wait for the allocator's decision.
pub const MAX_WAIT: Duration = Duration::from_secs(30);
/// The channel of an order that names none.
const DEFAULT_CHANNEL: &str = "api";

/// An order's number.
pub fn order_id(text: &str) -> Result<OrderId, Status> {
    key("order_id", text, OrderId::new)
}

/// What PlaceOrder asks for.
pub enum Asked {
    /// An order.
    Place(PlaceOrder),
    /// An order that was done elsewhere.
    Record(RecordHistory),
}

impl Asked {
    /// The order's number.
    pub const fn order(&self) -> &OrderId {
        match self {
            Self::Place(command) => &command.placed.order,
            Self::Record(command) => &command.0.asked.order,
        }
    }
}

/// A request to place an order, which may say that it was placed so long ago.
pub fn place_order(
    mut request: v1::PlaceOrderRequest,
    max_backdating_ms: i64,
    tiers: TakenTiers,
) -> Result<Asked, Status> {
    let history = request.history.take().map(history).transpose()?;
    let told_elsewhere = request.told_elsewhere;
    let (placed, taken) = order(request, max_backdating_ms)?;
    Ok(match history {
        Some((ended, returned)) => Asked::Record(RecordHistory(HistoryRecorded {
            asked: placed,
            ended,
            returned,
        })),
        None => Asked::Place(PlaceOrder {
            can_be_written_to: can_be_written_to(placed.customer.email.as_deref()),
            placed,
            taken,
            told_elsewhere,
            tiers,
        }),
    })
}

/// How an order ended elsewhere.
fn history(asked: v1::History) -> Result<(HistoryEnd, Vec<LineQuantity>), Status> {
    let ended = match v1::HistoryEnd::try_from(asked.ended) {
        Ok(v1::HistoryEnd::Fulfilled) => HistoryEnd::Fulfilled,
        Ok(v1::HistoryEnd::Refunded) => HistoryEnd::Refunded,
        Ok(v1::HistoryEnd::Cancelled) => HistoryEnd::Cancelled,
        Ok(v1::HistoryEnd::Unspecified) | Err(_) => {
            let next = "say how the order ended, by a value of the enum HistoryEnd";
            return Err(missing("history.ended", next));
        }
    };
    Ok((
        ended,
        asked.returned.into_iter().map(line_quantity).collect(),
    ))
}

const fn line_quantity(asked: v1::LineQuantity) -> LineQuantity {
    LineQuantity {
        line: asked.line,
        quantity: asked.quantity,
    }
}

fn order(
    request: v1::PlaceOrderRequest,
    max_backdating_ms: i64,
) -> Result<(OrderPlaced, Taken), Status> {
    let customer = request
        .customer
        .ok_or_else(|| missing("customer", "say who orders: at least customer.id"))?;
    let ship_to = request.ship_to.ok_or_else(|| {
        missing(
            "ship_to",
            "say where the goods go: at least ship_to.country",
        )
    })?;
    let currency = Currency::new(&request.currency).filter(Currency::is_known);
    let currency = currency.ok_or_else(|| {
        let problem = format!("is {:?}, which ISO 4217 does not list", request.currency);
        invalid(
            "currency",
            "CURRENCY_MALFORMED",
            problem,
            "give an ISO 4217 code, such as EUR",
        )
    })?;
    let tier = or(&customer.tier, ORDINARY_TIER);
    let taken = if request.carried_over {
        Taken::Elsewhere
    } else {
        Taken::Here {
            within_ms: max_backdating_ms,
        }
    };
    let placed = OrderPlaced {
        order: key_or_new("order_id", &request.order_id, OrderId::new)?,
        customer: Customer {
            id: key("customer.id", &customer.id, CustomerId::new)?,
            tier: key("customer.tier", tier, Tier::new)?,
            said_tier: None,
            email: some(customer.email),
            lifetime_value_minor: customer.lifetime_value_minor,
        },
        channel: or(&request.channel, DEFAULT_CHANNEL).to_owned(),
        ship_to: ShipTo {
            country: country(ship_to.country),
            region: some(ship_to.region),
        },
        currency,
        lines: lines(&request.lines)?,
        requested_at: time("requested_at", request.requested_at)?,
        placed_at: time("placed_at", request.placed_at)?,
        ship_complete: request.ship_complete,
        rest_may_go: request.rest_may_go,
        urgency: urgency(request.urgency),
        ship_by: time("ship_by", request.ship_by)?,
        no_split: request.no_split,
        pick_up_at: optional(
            "pick_up_location_id",
            &request.pick_up_location_id,
            LocationId::new,
        )?,
        hold: optional("hold_id", &request.hold_id, HoldId::new)?,
        told_elsewhere: false,
    };
    Ok((placed, taken))
}

/// As whoever sends letters reads it: what the library of mail takes for no address could never be
/// written to. The room refuses it, for it knows the orders that were placed before.
fn can_be_written_to(email: Option<&str>) -> bool {
    email.is_none_or(|text| text.parse::<lettre::Address>().is_ok())
}

/// The code of a country that is named; what is none is the room's to refuse.
fn country(text: String) -> String {
    Country::read(&text).map_or(text, |country| country.to_string())
}

/// 0 is not said; what is too much for the scale stays too much for it.
fn urgency(asked: u32) -> Option<u8> {
    (asked > 0).then(|| u8::try_from(asked).unwrap_or(u8::MAX))
}

/// Lines without numbers are numbered as they stand.
fn lines(asked: &[v1::OrderLine]) -> Result<Vec<PlacedLine>, Status> {
    let unnumbered = asked.iter().all(|line| line.line == 0);
    let read = |(number, line): (u32, &v1::OrderLine)| {
        Ok(PlacedLine {
            line: if unnumbered { number } else { line.line },
            sku: key("lines.sku", &line.sku, Sku::new)?,
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            complete_only: line.complete_only,
        })
    };
    (1_u32..).zip(asked).map(read).collect()
}

/// A request to take something else instead of what a line waits for.
pub fn accept_substitute(
    request: &v1::AcceptSubstituteRequest,
) -> Result<AcceptSubstitute, Status> {
    let unit_price_minor = request
        .unit_price_minor
        .ok_or_else(|| missing("unit_price_minor", "say what one unit of it costs"))?;
    let id = &request.acceptance_id;
    Ok(AcceptSubstitute {
        acceptance: key_or_new("acceptance_id", id, AcceptanceId::new)?,
        order: order_id(&request.order_id)?,
        line: request.line,
        sku: key("sku", &request.sku, Sku::new)?,
        quantity: request.quantity,
        unit_price_minor,
    })
}

/// A request to put right what an order says.
pub fn amend_order(request: v1::AmendOrderRequest) -> Result<AmendOrder, Status> {
    let mask = request.update_mask.clone().unwrap_or_default();
    let mut fields = Vec::with_capacity(mask.paths.len());
    let customer = request.customer.unwrap_or_default();
    let ship_to = request.ship_to.unwrap_or_default();
    for path in mask.paths {
        fields.push(match path.as_str() {
            "customer.email" => OrderField::Email(some(customer.email.clone())),
            "customer.tier" => {
                let tier = or(&customer.tier, ORDINARY_TIER);
                OrderField::Tier(key("customer.tier", tier, Tier::new)?)
            }
            "ship_to.country" => OrderField::Country(country(ship_to.country.clone())),
            "ship_to.region" => OrderField::Region(some(ship_to.region.clone())),
            "requested_at" => OrderField::RequestedAt(time("requested_at", request.requested_at)?),
            "urgency" => OrderField::Urgency(urgency(request.urgency)),
            "ship_by" => OrderField::ShipBy(time("ship_by", request.ship_by)?),
            "rest_may_go" => OrderField::RestMayGo(request.rest_may_go),
            "prices" => {
                fields.extend(request.prices.iter().map(|price| OrderField::UnitPrice {
                    line: price.line,
                    minor: price.unit_price_minor,
                }));
                continue;
            }
            _ => {
                let problem = format!("names {path:?}, which cannot be put right");
                let remedy = "name fields as AmendOrderRequest lists them, such as customer.email";
                return Err(invalid(
                    "update_mask",
                    "UPDATE_MASK_MALFORMED",
                    problem,
                    remedy,
                ));
            }
        });
    }
    let email = fields.iter().find_map(|field| match field {
        OrderField::Email(email) => email.as_deref(),
        OrderField::Tier(_)
        | OrderField::Country(_)
        | OrderField::Region(_)
        | OrderField::RequestedAt(_)
        | OrderField::Urgency(_)
        | OrderField::ShipBy(_)
        | OrderField::RestMayGo(_)
        | OrderField::UnitPrice { .. } => None,
    });
    Ok(AmendOrder {
        can_be_written_to: can_be_written_to(email),
        amendment: key_or_new("amendment_id", &request.amendment_id, AmendmentId::new)?,
        order: order_id(&request.order_id)?,
        fields,
        reason: request.reason,
        by: request.by,
    })
}

/// A request to cancel.
pub fn cancel_order(request: v1::CancelOrderRequest) -> Result<CancelOrder, Status> {
    Ok(CancelOrder(OrderCancelled {
        cancellation: key_or_new(
            "cancellation_id",
            &request.cancellation_id,
            CancellationId::new,
        )?,
        order: order_id(&request.order_id)?,
        lines: request.lines.into_iter().map(line_quantity).collect(),
        reason: request.reason,
    }))
}

/// How long to wait; nothing: not at all.
pub fn wait(asked: Option<prost_types::Duration>) -> Result<Option<Duration>, Status> {
    let Some(asked) = asked else { return Ok(None) };
    match Duration::try_from(asked) {
        Ok(wait) if wait <= MAX_WAIT => Ok(Some(wait).filter(|wait| !wait.is_zero())),
        Ok(_) | Err(_) => {
            let problem = "is not between 0 and 30 seconds";
            Err(invalid(
                "wait",
                "WAIT_OUT_OF_RANGE",
                problem,
                "wait for a shorter time, or use WatchOrder",
            ))
        }
    }
}

/// Which orders to list, after which number, and how many.
pub fn listing(
    request: &v1::ListOrdersRequest,
) -> Result<(Filter, Option<OrderId>, usize), Status> {
    let filter = Filter {
        status: open_status(request.status)?,
        customer: optional("customer_id", &request.customer_id, CustomerId::new)?,
        sku: optional("sku", &request.sku, Sku::new)?,
        suspended: request.suspended,
    };
    let after = page_token(&request.page_token, |token| OrderId::new(token).ok())?;
    Ok((filter, after, page_size(request.page_size)?))
}

/// A status that an open order can have.
fn open_status(asked: i32) -> Result<Option<OrderStatus>, Status> {
    let status = status(asked)?;
    let closed = status.is_some_and(|status| match status {
        OrderStatus::Shipped | OrderStatus::Cancelled | OrderStatus::Refused => true,
        OrderStatus::Pending
        | OrderStatus::Backordered
        | OrderStatus::PartlyBackordered
        | OrderStatus::Reserved
        | OrderStatus::PartlyShipped => false,
    });
    if closed {
        let problem = "is of closed orders, and only open ones are listed";
        let remedy = "look for closed orders with FindOrders";
        return Err(invalid("status", "STATUS_NOT_OPEN", problem, remedy));
    }
    Ok(status)
}

/// A request to suspend an order.
pub fn suspend_order(request: v1::SuspendOrderRequest) -> Result<SuspendOrder, Status> {
    Ok(SuspendOrder(OrderSuspended {
        suspension: key_or_new("suspension_id", &request.suspension_id, SuspensionId::new)?,
        order: order_id(&request.order_id)?,
        reason: request.reason,
        frees: request.frees,
    }))
}

/// A request to let a suspended order go on.
pub fn resume_order(request: &v1::ResumeOrderRequest) -> Result<ResumeOrder, Status> {
    Ok(ResumeOrder(OrderResumed {
        resumption: key_or_new("resumption_id", &request.resumption_id, ResumptionId::new)?,
        order: order_id(&request.order_id)?,
    }))
}

/// The longest text that is looked for.
const MAX_TEXT_BYTES: usize = 256;

/// Which orders are looked for, before which position, and how many.
pub fn finding(
    request: &v1::FindOrdersRequest,
) -> Result<(find::Asked, Option<Position>, usize), Status> {
    status(request.status)?;
    let status = v1::OrderStatus::try_from(request.status).ok();
    let asked = find::Asked {
        text: lower_case("text", &request.text)?,
        status: status.filter(|status| *status != v1::OrderStatus::Unspecified),
        customer: optional("customer_id", &request.customer_id, CustomerId::new)?,
        email: lower_case("email", &request.email)?,
        skus: Vec::from_iter(optional("sku", &request.sku, Sku::new)?),
        placed_from: time("placed_from", request.placed_from)?,
        placed_before: time("placed_before", request.placed_before)?,
    };
    let before = page_token(&request.page_token, find::position)?;
    Ok((asked, before, page_size(request.page_size)?))
}

fn lower_case(field: &str, text: &str) -> Result<Option<String>, Status> {
    if text.len() > MAX_TEXT_BYTES {
        let problem = format!("has {} bytes", text.len());
        let remedy = "give at most 256 bytes";
        return Err(invalid(field, "TEXT_OUT_OF_RANGE", problem, remedy));
    }
    Ok(some(text.to_lowercase()))
}

fn status(asked: i32) -> Result<Option<OrderStatus>, Status> {
    let unknown = |_| {
        let problem = format!("is {asked}, which is not an order status");
        invalid(
            "status",
            "STATUS_OUT_OF_RANGE",
            problem,
            "use a value of the enum OrderStatus",
        )
    };
    Ok(match v1::OrderStatus::try_from(asked).map_err(unknown)? {
        v1::OrderStatus::Unspecified => None,
        v1::OrderStatus::Pending => Some(OrderStatus::Pending),
        v1::OrderStatus::Backordered => Some(OrderStatus::Backordered),
        v1::OrderStatus::PartlyBackordered => Some(OrderStatus::PartlyBackordered),
        v1::OrderStatus::Reserved => Some(OrderStatus::Reserved),
        v1::OrderStatus::PartlyShipped => Some(OrderStatus::PartlyShipped),
        v1::OrderStatus::Shipped => Some(OrderStatus::Shipped),
        v1::OrderStatus::Cancelled => Some(OrderStatus::Cancelled),
        v1::OrderStatus::Refused => Some(OrderStatus::Refused),
    })
}

/// Whether an order is wanted with its timeline.
pub fn is_full(request: &v1::GetOrderRequest) -> Result<bool, Status> {
    let unknown = |_| {
        let problem = format!("is {}, which is not a view of an order", request.view);
        invalid(
            "view",
            "VIEW_OUT_OF_RANGE",
            problem,
            "use a value of the enum OrderView",
        )
    };
    Ok(
        match v1::OrderView::try_from(request.view).map_err(unknown)? {
            v1::OrderView::Unspecified | v1::OrderView::Basic => false,
            v1::OrderView::Full => true,
        },
    )
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}
