//! Facts of who has units held before they order, and of who is offered something else after.

use domain::event::*;
use domain::ids::Sku;

use crate::fixture::{NOW, item_as};

/// A hold of so many units for a quarter of an hour.
pub fn to_hold(id: &str, sku: &str, quantity: u32) -> StockHeld {
    StockHeld {
        hold: id.into(),
        sku: sku.into(),
        quantity,
        tier: "standard".into(),
        channel: None,
        until: NOW.plus_ms(15 * 60_000),
    }
}

pub fn held(id: &str, sku: &str, quantity: u32) -> Event {
    to_hold(id, sku, quantity).into()
}

/// An order that names a hold.
pub fn with_hold(hold: &str, mut order: OrderPlaced) -> Event {
    order.hold = Some(hold.into());
    order.into()
}

/// Sold as long as there is some, with others to be had instead.
pub fn substitutable(sku: &str, alternatives: &[&str]) -> Event {
    let segment = Segment::Substitutable {
        alternatives: alternatives.iter().map(|sku| Sku::from(*sku)).collect(),
        offer_days: None,
    };
    item_as(sku, segment, None)
}

pub fn accepted(id: &str, line: u32, sku: &str, quantity: u32, new_line: u32) -> Event {
    Event::from(SubstituteAccepted {
        acceptance: format!("a-{id}").as_str().into(),
        order: id.into(),
        line,
        sku: sku.into(),
        quantity,
        unit_price_minor: 100,
        new_line,
    })
}
