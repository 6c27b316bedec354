//! Customers who have units held before they order, and who are offered something else after, by
//! chance: in time or too late, for what is offered or for what is not.

use std::sync::Arc;

use allocation::{HoldStock, ReleaseHold};
use audit::Audit;
use domain::event::{AllocatorEvent, Effect, Event, Offered};
use domain::ids::{HoldId, Sku};
use domain::orders::AcceptSubstitute;

use super::asked::Asked;
use super::chance::Chance;

/// The most holds and offers that are remembered.
const MAX_REMEMBERED: usize = 16;

/// What customers have in hand.
#[derive(Debug, Default)]
pub(super) struct Baskets {
    holds: Vec<(HoldId, Sku)>,
    offers: Vec<Offered>,
}

impl Baskets {
    /// Watches what is held and offered.
    pub fn saw(&mut self, event: &Event) {
        match event {
            Event::Allocator(AllocatorEvent::StockHeld(held)) => {
                self.holds.push((held.hold.clone(), held.sku.clone()));
                if self.holds.len() > MAX_REMEMBERED {
                    self.holds.remove(0);
                }
            }
            Event::Allocator(
                AllocatorEvent::Settled(_)
                | AllocatorEvent::Rebalanced(_)
                | AllocatorEvent::StockAssigned(_)
                | AllocatorEvent::WaitsEnded(_)
                | AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::PromisesDue(_)
                | AllocatorEvent::Prioritised(_)
                | AllocatorEvent::HoldEnded(_),
            )
            | Event::Orders(_)
            | Event::Inventory(_)
            | Event::SupplierGateway(_)
            | Event::Notifier(_) => {}
        }
        let offered = event.effects().iter().filter_map(|effect| {
            if let Effect::Offered(offered) = effect {
                Some(offered.clone())
            } else {
                None
            }
        });
        self.offers.extend(offered);
        let over = self.offers.len().saturating_sub(MAX_REMEMBERED);
        self.offers.drain(..over);
    }

    /// Some units of an SKU are to be held for some hours.
    pub fn hold(&self, chance: &mut Chance, number: u32, sku: &str, audit: &Audit) -> Asked {
        let hours = i64::from(chance.units(24)).saturating_mul(3_600_000);
        Asked::Allocator(Arc::new(HoldStock {
            hold: format!("h{number}").as_str().into(),
            sku: sku.into(),
            quantity: chance.units(4),
            tier: "standard".into(),
            channel: (chance.below(2) == 0).then(|| "web".to_owned()),
            until: audit.last_at.plus_ms(hours),
        }))
    }

    /// A hold that an order may name: one that is open, or was once.
    pub fn any(&self, chance: &mut Chance) -> Option<&(HoldId, Sku)> {
        self.holds.get(chance.index(self.holds.len()))
    }

    /// A hold is given up, if it still stands.
    pub fn release(&self, chance: &mut Chance) -> Option<Asked> {
        let (hold, _) = self.any(chance)?.clone();
        Some(Asked::Allocator(Arc::new(ReleaseHold { hold })))
    }

    /// Some of what was offered is taken, and sometimes what was not.
    pub fn accept(&self, chance: &mut Chance, number: u32) -> Option<Asked> {
        let offered = self.offers.get(chance.index(self.offers.len()))?;
        let which = chance.index(offered.alternatives.len());
        let sku = offered.alternatives.get(which)?;
        let other = chance.below(8) == 0;
        let accept = AcceptSubstitute {
            acceptance: format!("i{number}").as_str().into(),
            order: offered.order.clone(),
            line: offered.line,
            sku: if other { "NEVER".into() } else { sku.clone() },
            quantity: chance.units(offered.quantity.into()),
            unit_price_minor: 300,
        };
        Some(Asked::Orders(Arc::new(accept)))
    }
}
