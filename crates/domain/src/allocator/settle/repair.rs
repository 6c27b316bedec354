//! Taking back what is held for nobody, and what is not there. Must not know who gets it next.

use std::collections::BTreeMap;

use super::Pass;
use crate::allocator::line::{Line, Order};
use crate::allocator::rank::Rank;
use crate::event::{Effect, ReleaseReason, Released};
use crate::ids::{LocationId, Sku};

impl<'a> Pass<'a> {
    /// Takes back what nobody wants, then what is not there.
    pub(super) fn repair(&mut self) -> bool {
        for (sku, shelf) in self.touched.clone() {
            let mut gone: BTreeMap<(Rank, &'a LocationId), u32> = BTreeMap::new();
            for rank in &shelf.excess {
                if !self.release_excess(sku, *rank, &mut gone) {
                    return false;
                }
            }
            if shelf.is_short() && !self.release_short(sku, &mut gone) {
                return false;
            }
        }
        true
    }

    /// Units that the customer cancelled are free at once, those in a wave last: should they
    /// leave all the same, the count says so, and is repaired.
    fn release_excess(
        &mut self,
        sku: &'a Sku,
        rank: Rank,
        gone: &mut BTreeMap<(Rank, &'a LocationId), u32>,
    ) -> bool {
        let Some((order, line)) = self.line(rank) else {
            return true;
        };
        let mut left = line.tally.excess();
        let mut units: Vec<u32> = vec![0; line.holdings.len()];
        for fenced in [false, true] {
            for (holding, units) in line.holdings.iter().zip(&mut units) {
                let open = if fenced {
                    holding.units
                } else {
                    holding.unfenced()
                };
                let more = open.saturating_sub(*units).min(left);
                *units = units.saturating_add(more);
                left = left.saturating_sub(more);
            }
        }
        let mut group = Vec::new();
        for (holding, units) in line
            .holdings
            .iter()
            .zip(units)
            .filter(|(_, units)| *units > 0)
        {
            let place = &holding.location;
            gone.insert((rank, place), units);
            self.give(sku, place, i64::from(units));
            group.push(released(
                order,
                line,
                place,
                units,
                ReleaseReason::Cancelled,
            ));
        }
        self.sink.push(group)
    }

    /// Where more is held than there is, the lowest-ranked outside the fence gives back.
    fn release_short(
        &mut self,
        sku: &'a Sku,
        gone: &mut BTreeMap<(Rank, &'a LocationId), u32>,
    ) -> bool {
        let Some(view) = self.views.get(sku) else {
            return true;
        };
        let shelf = view.shelf;
        let short: Vec<(&'a LocationId, i64)> = view
            .free
            .iter()
            .filter(|(_, free)| **free < 0)
            .map(|(place, free)| (*place, *free))
            .collect();
        for (place, free) in short {
            let mut missing = u32::try_from(free.unsigned_abs()).unwrap_or(u32::MAX);
            for rank in shelf.holders.iter().rev() {
                if missing == 0 {
                    break;
                }
                let Some((order, line)) = self.line(*rank) else {
                    continue;
                };
                let held = line
                    .holdings
                    .iter()
                    .find(|holding| holding.location == *place);
                let before = gone.get(&(*rank, place)).copied().unwrap_or_default();
                let open = held.map_or(0, |held| held.unfenced().saturating_sub(before));
                let units = open.min(missing);
                if units == 0 {
                    continue;
                }
                let effect = released(order, line, place, units, ReleaseReason::CountedDown);
                if !self.sink.push(vec![effect]) {
                    return false;
                }
                missing = missing.saturating_sub(units);
                self.give(sku, place, i64::from(units));
                self.want(*rank, i64::from(units));
                if let Some(view) = self.views.get_mut(sku) {
                    view.reach = view.reach.max(Some(*rank));
                    view.waits(*rank, units);
                }
            }
        }
        true
    }
}

fn released(
    order: &Order,
    line: &Line,
    location: &LocationId,
    quantity: u32,
    why: ReleaseReason,
) -> Effect {
    let (order, location) = (order.id.clone(), location.clone());
    let sku = line.sku.clone();
    Effect::Released(Released {
        order,
        line: line.line,
        sku,
        location,
        quantity,
        why,
    })
}
