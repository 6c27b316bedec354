//! What a clerk says, by chance: orders that stand still, go on or are put right, lines that come
//! earlier or later, stock that is given by hand, and an item that will not come.

use std::sync::Arc;

use allocation::{AssignStock, EndWaits, Prioritise};
use domain::event::{OrderField, OrderResumed, OrderSuspended};
use domain::ids::OrderId;
use domain::orders::{AmendOrder, ResumeOrder, SuspendOrder};

use super::asked::Asked;
use super::chance::Chance;
use super::names::{SKUS, any};

/// The most days by which a line is moved.
const MOST_DAYS: u64 = 20;
/// Of so many words one ends the waits for an item.
const ENDS: u64 = 12;

/// One of these, with the number of the step as its id.
pub(super) fn act(chance: &mut Chance, number: u32, orders: &[OrderId]) -> Option<Asked> {
    let id = format!("k{number}");
    if chance.below(ENDS) == 0 {
        let instead = chance.below(2) == 0;
        return Some(Asked::Allocator(Arc::new(EndWaits {
            ending: id.as_str().into(),
            sku: any(chance, &SKUS).into(),
            alternatives: instead
                .then(|| any(chance, &SKUS).into())
                .into_iter()
                .collect(),
            offer_days: None,
        })));
    }
    let order = orders.get(chance.index(orders.len()))?.clone();
    let (reason, by) = ("by chance".to_owned(), "a clerk".to_owned());
    Some(match chance.below(7) {
        0 => Asked::Orders(Arc::new(SuspendOrder(OrderSuspended {
            suspension: id.as_str().into(),
            order,
            reason,
            frees: chance.below(2) == 0,
        }))),
        1 | 2 => Asked::Orders(Arc::new(ResumeOrder(OrderResumed {
            resumption: id.as_str().into(),
            order,
        }))),
        3 | 4 => Asked::Orders(Arc::new(AmendOrder {
            amendment: id.as_str().into(),
            order,
            fields: fields(chance),
            reason,
            by,
            can_be_written_to: true,
        })),
        5 => {
            let days = i32::try_from(chance.units(MOST_DAYS)).unwrap_or_default();
            Asked::Allocator(Arc::new(Prioritise {
                priority: id.as_str().into(),
                order,
                line: u32::from(chance.below(2) == 0),
                days: days.saturating_sub(10),
                reason,
                by,
            }))
        }
        _ => {
            let from = orders.get(chance.index(orders.len()));
            Asked::Allocator(Arc::new(AssignStock {
                assignment: id.as_str().into(),
                order,
                line: 1,
                quantity: chance.units(3),
                from: from.filter(|_| chance.below(2) == 0).cloned(),
                reason,
                by,
            }))
        }
    })
}

/// What an order is to say: one field, or two.
fn fields(chance: &mut Chance) -> Vec<OrderField> {
    let tier = any(chance, &["standard", "silver", "gold"]);
    let region = any(chance, &["", "north", "south"]);
    let urgency = u8::try_from(chance.below(6)).ok();
    let email = any(chance, &["", "ann@example.com", "ben@example.com"]);
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut fields = vec![
        OrderField::Tier(tier.into()),
        OrderField::Region(said(region)),
        OrderField::Urgency(urgency.filter(|urgency| *urgency > 0)),
        OrderField::Email(said(email)),
        OrderField::RequestedAt(None),
        OrderField::UnitPrice {
            line: 1,
            minor: i64::from(chance.units(900)),
        },
    ];
    for _ in 0..4_u8.saturating_add(u8::from(chance.below(2) == 0)) {
        fields.swap_remove(chance.index(fields.len()));
    }
    fields
}
