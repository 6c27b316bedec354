//! What a clerk reads out: why a line has what it has, and what would change it. Must not decide
//! anything.

use super::explanation::Explanation;
use crate::Allocator;
use crate::line::{OpenLine, Shift};
use crate::sku_state::SkuState;
use crate::wording::{are, move_of, units_of};
use domain::event::Promise;
use domain::exact::Exact;
use domain::ids::{Sku, Zone};
use domain::quantity::Measure;

impl Allocator {
    /// What would change what a line has, the surest first.
    pub(super) fn would_change(
        &self,
        it: &Explanation,
        (slot, line): (u32, &OpenLine),
        sku_state: &SkuState,
    ) -> Vec<String> {
        let measure = sku_state.measure();
        let mut changes = vec![self.would_fill(it, (slot, line), sku_state)];
        let open = self.book.order(slot);
        let kept = open.map_or(0, |open| {
            self.sourcing().kept_of_supply(sku_state, open.class)
        });
        let covers = it.units_ahead.plus(kept);
        let covers = covers.plus(u64::from(it.backordered));
        let inbound = sku_state.supply().units();
        let requested = sku_state.requested();
        let coming = inbound.plus(requested);
        if requested > 0 && inbound < covers {
            changes.push(format!(
                "{} {} inbound, and {} {} asked for and not bought yet: once that is bought, dates \
                 follow.",
                measure.show(inbound),
                are(inbound),
                measure.show(requested),
                are(requested)
            ));
        }
        if coming < covers {
            changes.push(format!(
                "{} {} inbound: buying {} more would give it a firm date.",
                measure.show(inbound),
                are(inbound),
                measure.show(covers.minus_or_zero(coming))
            ));
        }
        if it.units_ahead > 0 {
            changes.push(format!(
                "Each cancellation among the {} ahead moves it forward.",
                units_of(&measure, it.units_ahead)
            ));
        }
        let tiers = &self.rule.tier_days;
        let own = tiers.get(&it.tier).copied().unwrap_or_default();
        let best = tiers.iter().max_by_key(|(_, days)| **days);
        if let Some((tier, days)) = best.filter(|(_, days)| **days > own) {
            changes.push(format!(
                "Orders of tier {tier} count as placed {days} days earlier; this one's tier moves \
                 it by {own}."
            ));
        }
        if sku_state.on_hold() > 0 {
            changes.push(format!(
                "{} {} on hold for somebody who has not ordered yet, and free if they do not.",
                measure.show(sku_state.on_hold()),
                are(sku_state.on_hold())
            ));
        }
        changes
    }

    /// Which receipt would fill a line, whatever those ahead of it take.
    fn would_fill(
        &self,
        it: &Explanation,
        (slot, line): (u32, &OpenLine),
        sku_state: &SkuState,
    ) -> String {
        let wanted = it.units_ahead.plus(u64::from(it.backordered));
        let kept = self
            .book
            .order(slot)
            .map_or(0, |open| self.sourcing().protection_level(sku_state, open));
        if sku_state.policy().is_some_and(|policy| policy.fair_share) {
            let safety = sku_state
                .protection()
                .map_or(0, |kept| u64::from(kept.safety_stock));
            let all = sku_state.queue().total().units.plus(safety);
            let more = all.minus_or_zero(sku_state.free());
            return format!(
                "What comes is divided in fair shares: a receipt of {} or more would fill all who \
                 wait.",
                sku_state.measure().show(more)
            );
        }
        let open = self.book.order(slot);
        let extra = self.book.extra(slot);
        let bound = open.and_then(|open| self.sourcing().bound_place(slot, open));
        let (at, there) = match bound {
            Some(place) => {
                let name = self.catalogue.location(place);
                let bin = sku_state.bin(place);
                let free = bin.map_or(0, |bin| u64::try_from(bin.free()).unwrap_or_default());
                (
                    name.map_or_else(String::new, |name| format!(" at {name}")),
                    free,
                )
            }
            None if extra.is_some_and(|extra| extra.no_split) => (" in one place".to_owned(), 0),
            None => (String::new(), u64::MAX),
        };
        let needed = wanted.plus(kept).minus_or_zero(sku_state.free());
        let needed = needed.max(wanted.minus_or_zero(there)).max(1);
        let others = open.is_some_and(|open| {
            let waits = |other: &&OpenLine| other.number != line.number && other.unfilled() > 0;
            open.ship_complete && self.book.lines_of(open).iter().any(|other| waits(&other))
        });
        let once = if others {
            ", once all other lines of its order can be filled with it"
        } else {
            ""
        };
        let needed = sku_state.measure().show(needed);
        format!("A receipt of {needed} or more{at} would fill it{once}.")
    }
}

/// All of an explanation. `current` is the date that would be told now, `kept` are units of what
/// comes that are not for it.
pub(super) fn sentences(
    it: &Explanation,
    current: Option<&Promise>,
    kept: u64,
    passed_over: Option<String>,
    (zone, measure): (&Zone, &Measure),
) -> Vec<String> {
    let (line, sku, quantity) = (it.line, &it.sku, measure.show(it.quantity));
    let (reserved, waiting) = (measure.show(it.reserved), measure.show(it.backordered));
    let names: Vec<&str> = it.formerly.iter().map(Sku::as_str).collect();
    let called = match names.as_slice() {
        [] => String::new(),
        names => format!(" (called {} before)", names.join(", ")),
    };
    let mut said = vec![format!(
        "Line {line}: {quantity} of {sku}{called}; {reserved} reserved, {waiting} waiting."
    )];
    said.push(if it.boost_days == 0 {
        format!(
            "It ranks by when it was placed, {}.",
            zone.date(it.placed_at)
        )
    } else {
        format!(
            "It was placed on {} and {}.",
            zone.date(it.placed_at),
            it.ranked
        )
    });
    said.extend(it.moved.clone());
    if it.backordered == 0 {
        said.push("Nothing of it waits for stock.".to_owned());
        return said;
    }
    said.push(format!(
        "It is number {} in line, with {} ahead of it.",
        it.place,
        units_of(measure, it.units_ahead)
    ));
    said.push(covered(current, zone));
    if kept > 0 {
        let verb = are(kept);
        said.push(format!(
            "Of what comes, {} {verb} kept for others.",
            units_of(measure, kept)
        ));
    }
    said.extend(promised_otherwise(it.promise.as_ref(), current, zone));
    said.extend(passed_over);
    said
}

/// By whose word a line ranks elsewhere than its order.
pub(super) fn moved(shift: &Shift) -> String {
    let days = shift.days.unsigned_abs();
    let many = if days == 1 { "day" } else { "days" };
    let way = if shift.days > 0 { "up" } else { "down" };
    format!(
        "{} moved it {days} {many} {way}: {}.",
        shift.by, shift.reason
    )
}

/// Until when a line waits, as things stand.
fn covered(current: Option<&Promise>, zone: &Zone) -> String {
    match current {
        Some(Promise::Inbound { purchase_order, at }) => {
            let covers = match move_of(purchase_order) {
                Some(id) => format!("Move {id}"),
                None => format!("Purchase order {purchase_order}"),
            };
            format!("{covers} covers it; expected on {}.", zone.date(*at))
        }
        Some(Promise::Estimate { at }) => format!(
            "No purchase order covers it yet; by the usual lead time about {}.",
            zone.date(*at)
        ),
        Some(Promise::Unknown) | None => "No date is known for it yet.".to_owned(),
    }
}

/// What the customer was told, if that is another day: within the tolerance nobody is told anew.
fn promised_otherwise(
    promised: Option<&Promise>,
    current: Option<&Promise>,
    zone: &Zone,
) -> Option<String> {
    let day = |promise: Option<&Promise>| promise.and_then(Promise::at).map(|at| zone.date(at));
    let promised = day(promised)?;
    let otherwise = day(current).as_ref() != Some(&promised);
    otherwise.then(|| format!("Its customer was told {promised}."))
}
