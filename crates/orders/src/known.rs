//! An order as the state knows it: open, or where its closing stands.

use api::orders::v1;
use domain::command::RoomState;
use domain::ids::{LocationId, OrderId, Position};
use domain::orders::Orders;

use crate::answer;

/// An order as the state knows it.
pub enum Known {
    Open {
        order: Box<v1::Order>,
        timeline: Vec<Position>,
        pick_up_at: Option<LocationId>,
    },
    Closed {
        at: Position,
        /// What happened to it since.
        after: Vec<Position>,
    },
    Unknown,
}

pub fn look(orders: &RoomState<Orders>, id: &OrderId) -> Known {
    match (orders.order(id), orders.find_closed(id)) {
        (Some(order), _) => Known::Open {
            order: Box::new(answer::open(order)),
            timeline: order.timeline().collect(),
            pick_up_at: order.pick_up_at().cloned(),
        },
        (None, Some(at)) => Known::Closed {
            at,
            after: orders.after(id),
        },
        (None, None) => Known::Unknown,
    }
}
