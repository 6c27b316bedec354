//! Why free stock, if there is some, does not go to a line that waits, as a sentence. Must not
//! decide anything.

use super::Allocator;
use super::line::{Open, OpenLine};
use super::sku_state::SkuState;
use super::source::Source;
use super::wording::units_of;
use domain::exact::Exact;

impl Allocator {
    /// Why free stock, less so many that are `gone` to others, does not go to a line that waits;
    /// nothing if none waits or none is free. `be` says of so many that they are free, or were.
    pub(super) fn passed_over(
        &self,
        sku_state: &SkuState,
        (slot, line): (u32, &OpenLine),
        gone: u64,
        be: fn(u64) -> &'static str,
    ) -> Option<String> {
        let order = self.book.order(slot)?;
        let free = sku_state.free().minus_or_zero(gone);
        if line.tally.backordered() == 0 || free == 0 {
            return None;
        }
        let (measure, is) = (sku_state.measure(), be(free));
        let said = measure.show(free);
        if self.suspended(slot).is_some() {
            return Some(format!("{said} {is} free, but the order is suspended."));
        }
        let index = self.book.index_of(slot, line.number)?;
        let from = self.not_before((slot, index));
        if let Some(opens_at) = self.opens_at(from, self.measures.now()) {
            let date = self.zones.cell().date(opens_at);
            return Some(format!(
                "{said} {is} free, but the line takes stock from {date} on."
            ));
        }
        let kept = self.sourcing().protection_level(sku_state, order);
        if free <= kept {
            return Some(self.kept_from_it(sku_state, order, free, is));
        }
        let for_it = self.sourcing().free_for(line.sku_state, slot, order);
        let for_it = for_it.minus_or_zero(gone);
        if let Some(bound) = self.bound_elsewhere(line.sku_state, slot, order)
            && for_it < u64::from(line.unfilled())
        {
            return Some(format!("{said} {is} free, but {bound}."));
        }
        let short = |other: &&OpenLine| {
            let free = self.sourcing().free_for(other.sku_state, slot, order);
            let same = other.sku_state == line.sku_state;
            let gone = if same { gone } else { 0 };
            u64::from(other.unfilled()) > free.minus_or_zero(gone)
        };
        if order.ship_complete
            && let Some(other) = self.book.lines_of(order).iter().find(short)
            && let Some(its) = self.sku_states.get(other.sku_state)
        {
            return Some(format!(
                "{said} {is} free, but the order takes stock for all its lines together, and line \
                 {} ({}) cannot be covered yet.",
                other.number,
                its.sku()
            ));
        }
        line.complete_only.then(|| {
            format!(
                "{said} {is} free, but the line takes all of its {} at once or none.",
                units_of(&measure, line.tally.backordered().into())
            )
        })
    }

    /// Whom the last units are kept for.
    fn kept_from_it(&self, sku_state: &SkuState, order: &Open, free: u64, is: &str) -> String {
        let channel = self.catalogue.channel_of(order);
        let tier = self.catalogue.tier_of(order);
        let (mut kept, measure) = (Vec::new(), sku_state.measure());
        let show = |units: u32| measure.show(units);
        if let Some(protection) = sku_state.protection() {
            if protection.safety_stock > 0 {
                kept.push(format!("{} as safety stock", show(protection.safety_stock)));
            }
            let channels = protection.channels.iter();
            let channels = channels.filter(|level| Some(&level.channel) != channel);
            kept.extend(
                channels
                    .map(|level| format!("{} for channel {}", show(level.units), level.channel)),
            );
            let tiers = protection.tiers.iter();
            let tiers = tiers.filter(|level| Some(&level.tier) != tier);
            kept.extend(
                tiers.map(|level| format!("{} for tier {}", show(level.units), level.tier)),
            );
        }
        let (kept, free) = (kept.join(", "), measure.show(free));
        format!("{free} {is} free, but the last units are kept: {kept}.")
    }

    /// Why an order does not take from just any place.
    fn bound_elsewhere(&self, number: u32, slot: u32, order: &Open) -> Option<String> {
        let extra = self.book.extra(slot)?;
        let name = |place: u16| {
            let place = self.catalogue.location(place);
            place.map(ToString::to_string).unwrap_or_default()
        };
        if let Some(place) = extra.pick_up_at {
            return Some(format!("the order is collected at {}", name(place)));
        }
        if !extra.no_split {
            return None;
        }
        Some(match self.sourcing().source_of_free(number, slot, order) {
            Source::Only(place) => format!(
                "the order may not be split, and all of it comes from {}",
                name(place)
            ),
            Source::Anywhere | Source::Nowhere => {
                "the order may not be split, and no place has all it takes together".to_owned()
            }
        })
    }
}
