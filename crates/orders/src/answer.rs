//! Orders in the words of the wire.

use api::orders::v1;
use chassis::wire::stamp;
use domain::event::{
    AmendedField, HistoryEnd, HistoryRecorded, OrderAmended, OrderClosed, OrderField, Promise,
    RefuseReason, Refused,
};
use domain::ids::{Sku, Zone};
use domain::orders::{Line, Offer, Order, OrderStatus, Suspension};
use domain::quantity::Measure;

/// An open order, without its timeline.
pub fn open(order: Order<'_>) -> v1::Order {
    v1::Order {
        order_id: order.id().to_string(),
        customer: Some(v1::Customer {
            id: order.customer().to_string(),
            tier: order.tier().to_owned(),
            email: order.email().unwrap_or_default().to_owned(),
            lifetime_value_minor: order.lifetime_value_minor(),
        }),
        channel: order.channel().to_owned(),
        ship_to: Some(v1::ShipTo {
            country: order.country().to_owned(),
            region: order.region().unwrap_or_default().to_owned(),
        }),
        currency: order.currency().to_string(),
        status: status(order.status()).into(),
        lines: order.lines().map(line).collect(),
        requested_at: order.requested_at().map(stamp),
        placed_at: Some(stamp(order.placed_at())),
        ship_complete: order.ship_complete(),
        urgency: order.urgency().map_or(0, u32::from),
        ship_by: order.ship_by().map(stamp),
        no_split: order.no_split(),
        rest_may_go: order.rest_may_go(),
        pick_up_location_id: text(order.pick_up_at()),
        hold_id: text(order.hold()),
        closed: false,
        timeline: Vec::new(),
        history: None,
        suspension: order.suspension().map(suspension),
    }
}

/// The fields of an order that say something else than before.
pub fn amended(amended: &OrderAmended) -> Vec<v1::AmendedField> {
    let field = |field: &AmendedField| v1::AmendedField {
        path: path(&field.to),
        from: field
            .from
            .text(|at| at.to_string(), |minor| minor.to_string()),
        to: field
            .to
            .text(|at| at.to_string(), |minor| minor.to_string()),
    };
    amended.news().map(field).collect()
}

/// The path of a field in the mask of a request.
fn path(field: &OrderField) -> String {
    let path = match field {
        OrderField::Email(_) => "customer.email",
        OrderField::Tier(_) => "customer.tier",
        OrderField::Country(_) => "ship_to.country",
        OrderField::Region(_) => "ship_to.region",
        OrderField::RequestedAt(_) => "requested_at",
        OrderField::Urgency(_) => "urgency",
        OrderField::ShipBy(_) => "ship_by",
        OrderField::RestMayGo(_) => "rest_may_go",
        OrderField::UnitPrice { line, .. } => return format!("prices.{line}"),
    };
    path.to_owned()
}

fn suspension(it: &Suspension) -> v1::Suspension {
    v1::Suspension {
        since: Some(stamp(it.since)),
        reason: it.reason.clone(),
        frees: it.frees,
    }
}

/// An id, or nothing.
fn text(id: Option<&impl ToString>) -> String {
    id.map(ToString::to_string).unwrap_or_default()
}

/// A closed order: as it was asked for, with the figures of its closing. `refused` is why units of
/// a line were refused, where the closing does not say.
pub fn closed(
    order: Order<'_>,
    end: &OrderClosed,
    refused: impl Fn(u32) -> Option<RefuseReason>,
) -> v1::Order {
    let mut answer = open(order);
    answer.closed = true;
    answer.status = ended(end).into();
    for line in &mut answer.lines {
        let of_line = end.lines.iter().find(|ended| ended.line == line.line);
        let why = of_line.and_then(|ended| ended.why);
        if let Some(why) = why.or_else(|| refused(line.line)) {
            line.refuse_reason = refuse_reason(why).into();
        }
        if let Some(ended) = of_line {
            (line.shipped, line.cancelled, line.refused) =
                (ended.shipped, ended.cancelled, ended.refused);
            (line.reserved, line.backordered, line.undecided) = (0, 0, 0);
            line.promise = None;
            line.offer = None;
        }
    }
    answer
}

/// An order that was done elsewhere, as it ended there.
pub fn history(order: Order<'_>, history: &HistoryRecorded) -> v1::Order {
    let mut answer = open(order);
    answer.closed = true;
    let (ended, status) = match history.ended {
        HistoryEnd::Fulfilled => (v1::HistoryEnd::Fulfilled, v1::OrderStatus::Shipped),
        HistoryEnd::Refunded => (v1::HistoryEnd::Refunded, v1::OrderStatus::Shipped),
        HistoryEnd::Cancelled => (v1::HistoryEnd::Cancelled, v1::OrderStatus::Cancelled),
    };
    answer.status = status.into();
    for line in &mut answer.lines {
        let (sent, _) = history.sent(line.line);
        line.shipped = sent;
        line.cancelled = line.quantity.saturating_sub(sent);
        line.undecided = 0;
    }
    let returned = history.returned.iter().map(|back| v1::LineQuantity {
        line: back.line,
        quantity: back.quantity,
    });
    answer.history = Some(v1::History {
        ended: ended.into(),
        returned: returned.collect(),
    });
    answer
}

/// The status of an order that ended so.
pub fn ended(end: &OrderClosed) -> v1::OrderStatus {
    if end.lines.iter().any(|line| line.shipped > 0) {
        v1::OrderStatus::Shipped
    } else if end.lines.iter().any(|line| line.cancelled > 0) {
        v1::OrderStatus::Cancelled
    } else {
        v1::OrderStatus::Refused
    }
}

fn line(line: Line<'_>) -> v1::Line {
    let tally = line.tally();
    let waits = tally.backordered() > 0;
    v1::Line {
        line: line.number(),
        sku: line.sku().to_owned(),
        quantity: tally.quantity,
        unit_price_minor: line.unit_price_minor(),
        complete_only: line.complete_only(),
        reserved: tally.covered(),
        backordered: tally.backordered(),
        undecided: tally.undecided(),
        shipped: tally.shipped,
        cancelled: tally.cancelled,
        refused: tally.refused,
        refuse_reason: line
            .refused()
            .map_or(v1::RefuseReason::Unspecified, refuse_reason)
            .into(),
        promise: line.promise().filter(|_| waits).as_ref().map(promise),
        offer: line.offer().map(offer),
        stock: Vec::new(),
        returned: 0,
    }
}

fn offer(offer: &Offer) -> v1::Offer {
    v1::Offer {
        alternatives: offer.alternatives.iter().map(Sku::to_string).collect(),
        until: Some(stamp(offer.until)),
    }
}

fn promise(promise: &Promise) -> v1::Promise {
    let (basis, purchase_order) = match promise {
        Promise::Inbound { purchase_order, .. } => {
            (v1::PromiseBasis::Inbound, purchase_order.to_string())
        }
        Promise::Estimate { .. } => (v1::PromiseBasis::Estimate, String::new()),
        Promise::Unknown => (v1::PromiseBasis::Unknown, String::new()),
    };
    v1::Promise {
        at: promise.at().map(stamp),
        basis: basis.into(),
        purchase_order_id: purchase_order,
    }
}

const fn status(status: OrderStatus) -> v1::OrderStatus {
    match status {
        OrderStatus::Pending => v1::OrderStatus::Pending,
        OrderStatus::Backordered => v1::OrderStatus::Backordered,
        OrderStatus::PartlyBackordered => v1::OrderStatus::PartlyBackordered,
        OrderStatus::Reserved => v1::OrderStatus::Reserved,
        OrderStatus::PartlyShipped => v1::OrderStatus::PartlyShipped,
        OrderStatus::Shipped => v1::OrderStatus::Shipped,
        OrderStatus::Cancelled => v1::OrderStatus::Cancelled,
        OrderStatus::Refused => v1::OrderStatus::Refused,
    }
}

const fn refuse_reason(why: RefuseReason) -> v1::RefuseReason {
    match why {
        RefuseReason::UnknownItem => v1::RefuseReason::UnknownItem,
        RefuseReason::StockOnly => v1::RefuseReason::StockOnly,
        RefuseReason::Substitutable => v1::RefuseReason::Substitutable,
        RefuseReason::CapReached => v1::RefuseReason::CapReached,
        RefuseReason::WaitTooLong => v1::RefuseReason::WaitTooLong,
        RefuseReason::Discontinued => v1::RefuseReason::Discontinued,
        RefuseReason::OrderWhole => v1::RefuseReason::OrderWhole,
    }
}

/// A refusal's reason in a sentence, with the numbers behind it where it has some.
pub fn why_with_numbers(refused: &Refused, measure: &Measure, zone: &Zone) -> String {
    let limit = refused.limit.as_ref();
    limit.map_or_else(
        || why(refused.why).to_owned(),
        |limit| limit.words(measure, zone),
    )
}

/// A refusal's reason in a sentence.
pub const fn why(why: RefuseReason) -> &'static str {
    match why {
        RefuseReason::UnknownItem => "nobody has defined the item",
        RefuseReason::StockOnly => "sold from stock only, and not enough is free",
        RefuseReason::Substitutable => "the item has substitutes and does not wait",
        RefuseReason::CapReached => "more would wait than the item allows",
        RefuseReason::WaitTooLong => "the date would be later than the item allows",
        RefuseReason::Discontinued => "the item will not come any more",
        RefuseReason::OrderWhole => {
            "the order goes whole or not at all, and another line is refused"
        }
    }
}
