//! What would happen at the door, for whoever asks before they order. Must not decide anything.

use super::queue_key::QueueKey;
use super::rule::Merits;
use super::sku_state::SkuState;
use super::source::{Need, Source, one_place};
use super::verdict::{Refusal, Rest, Verdict, verdict};
use super::wording::are;
use super::{Allocator, AllocatorRefusal};
use domain::available::{Asker, SkuStock};
use domain::event::{Promise, RefuseReason, Segment};
use domain::exact::Exact;
use domain::ids::{LocationId, Sku, Tier, Timestamp, Zone, but_near};
use domain::quantity::Measure;

/// A line that somebody may order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub sku: Sku,
    /// Whole units, at least 1.
    pub quantity: u32,
    /// The customer's standing.
    pub tier: Tier,
    /// How the order would come; empty: it is not said, and what is kept for one is not theirs.
    pub channel: String,
    /// All units at once or none.
    pub complete_only: bool,
    /// Where it would be collected: only stock that stands there is for it.
    pub pick_up_at: Option<LocationId>,
    /// Nothing of it would leave from more than one place.
    pub no_split: bool,
    /// When the customer wants it, if said.
    pub requested_at: Option<Timestamp>,
}

impl Asked {
    /// So many units, on no terms of their own.
    pub fn of(sku: &Sku, quantity: u32, tier: &Tier) -> Self {
        Self {
            sku: sku.clone(),
            quantity,
            tier: tier.clone(),
            channel: String::new(),
            complete_only: false,
            pick_up_at: None,
            no_split: false,
            requested_at: None,
        }
    }
}

/// What becomes of a line at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// All is reserved from stock.
    Reserve,
    /// What is free is reserved, the rest waits, up to what the item allows.
    Backorder,
    /// What is free is reserved; instead of the rest something else is offered until then.
    Offer(Timestamp),
    /// What is free is reserved, the rest is refused.
    Refuse(RefuseReason),
}

/// What would happen to a line if it came now.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// Units that would be reserved at once.
    pub available_now: u32,
    /// Units that whoever asks could have now, however many they ask for: at any place, or where
    /// they collect.
    pub available: u64,
    /// What would become of it.
    pub disposition: Disposition,
    /// Units that would wait.
    pub would_wait: u32,
    /// Until when they would.
    pub promise: Option<Promise>,
    /// What would be refused.
    pub refused: Option<Refusal>,
    /// Other SKUs that may be offered, the best first.
    pub alternatives: Vec<Sku>,
    /// Units that wait ahead of it.
    pub ahead: u64,
    /// When it may have stock, if it may not yet.
    pub opens_at: Option<Timestamp>,
    /// What the customer must be told before they order.
    pub disclosure: String,
}

impl Allocator {
    /// What would happen at the door if this were ordered now.
    ///
    /// # Errors
    /// A refusal when it would be collected where nobody has defined a location, and under a SKU
    /// that its item gave up.
    pub fn availability(
        &self,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Availability, AllocatorRefusal> {
        self.check_not_renamed(&asked.sku)?;
        let bound_to = asked.pick_up_at.as_ref().map(|location| {
            let place = self.catalogue.find_location(location);
            place.ok_or_else(|| {
                let known = self.catalogue.locations().map(LocationId::as_str);
                AllocatorRefusal::UnknownLocation {
                    location: location.clone(),
                    near: but_near(location.as_str(), known),
                }
            })
        });
        Ok(self.at_the_door(asked, bound_to.transpose()?, now))
    }

    /// Whether a SKU may be asked for: no item gave it up.
    pub(super) fn check_not_renamed(&self, sku: &Sku) -> Result<(), AllocatorRefusal> {
        match self.sku_states.renamed().of(sku) {
            Some(to) => Err(AllocatorRefusal::SkuOutdated {
                sku: sku.clone(),
                to: to.clone(),
            }),
            None => Ok(()),
        }
    }

    /// What there is of an SKU for whoever asks; nothing of one that nobody ever named.
    pub fn sku_stock(&self, sku: &Sku, asker: &Asker) -> SkuStock {
        let sku_state = self.sku_states.of(sku);
        sku_state.map_or_else(SkuStock::default, |sku_state| {
            sku_state.stock(sku_state.protection_level(&asker.channel, &asker.tier))
        })
    }

    /// Units that would be reserved at once if they were ordered now, wherever they are.
    pub(super) fn free_anywhere(&self, asked: &Asked, now: Timestamp) -> u32 {
        self.at_the_door(asked, None, now).available_now
    }

    fn at_the_door(&self, asked: &Asked, bound_to: Option<u16>, now: Timestamp) -> Availability {
        let nothing = SkuState::new(asked.sku.clone());
        let sku_state = self.sku_states.of(&asked.sku).unwrap_or(&nothing);
        let quantity = asked.quantity;
        let kept = sku_state.protection_level(&asked.channel, &asked.tier);
        let stock = sku_state.stock(kept);
        let above = stock.available;
        let there = self.there(asked, sku_state, bound_to, above);
        let whole = |free: u64| {
            let free = u32::try_from(free).unwrap_or(u32::MAX).min(quantity);
            if asked.complete_only && free < quantity {
                0
            } else {
                free
            }
        };
        let policy = sku_state.policy();
        let from = policy.map(|policy| policy.not_before(asked.requested_at, self.zones.cell()));
        let opens_at = from.and_then(|from| self.opens_at(from, now));
        let available_now = if opens_at.is_some() { 0 } else { whole(there) };
        // After everybody of the same rank: whoever asks has not ordered yet.
        let queue_key = QueueKey {
            effective: self.rule.effective(&Merits {
                requested_at: asked.requested_at,
                units: Some(u64::from(quantity)),
                ..Merits::of(now, &asked.tier)
            }),
            log_order: QueueKey::LAST.log_order,
        };
        let ahead = sku_state.queue().before(queue_key).units;
        let rest = quantity.minus(available_now);
        let left = sku_state.free().minus_or_zero(u64::from(available_now));
        let before = ahead.plus(kept.minus_or_zero(left));
        let rest = Rest {
            units: rest,
            whole: asked.complete_only,
            opens_at,
            stands_still: false,
        };
        let (disposition, promise, refused) = without_stock(sku_state, before, rest, now);
        let would_wait = rest.units.minus(refused.map_or(0, |it| it.units));
        let alternatives = match sku_state.policy().map(|policy| &policy.segment) {
            Some(Segment::Substitutable { alternatives, .. }) => alternatives.clone(),
            Some(Segment::Backorderable { .. } | Segment::StockOnly) | None => Vec::new(),
        };
        let mut answer = Availability {
            available_now,
            available: match bound_to {
                Some(_) => there,
                None => above,
            },
            disposition,
            would_wait,
            promise,
            refused,
            alternatives,
            ahead,
            opens_at,
            disclosure: String::new(),
        };
        let zone = self.zones.at(asked.pick_up_at.as_ref());
        answer.disclosure = disclose(asked, &answer, zone, &sku_state.measure());
        if opens_at.is_none() && whole(above) > available_now {
            answer.disclosure.push_str(" More is in stock elsewhere.");
        }
        answer
    }

    /// Units of those that whoever asks may take, that stand where they take from.
    fn there(&self, asked: &Asked, sku_state: &SkuState, bound_to: Option<u16>, above: u64) -> u64 {
        let free = sku_state.free_by_place();
        let source = match bound_to {
            Some(place) => Source::Only(place),
            None if asked.no_split => {
                let need = Need {
                    of: 0,
                    units: asked.quantity,
                    whole: asked.complete_only,
                    // Of places that cover as much, the nearest is taken: it comes to as many
                    // units.
                    places: self.sourcing().locations(None, &free, above),
                };
                Source::only(one_place(&[need], 0, None, false))
            }
            None => Source::Anywhere,
        };
        source.of(&free, above)
    }
}

/// What becomes of units that stock does not serve, behind so many.
fn without_stock(
    sku_state: &SkuState,
    before: u64,
    rest: Rest,
    now: Timestamp,
) -> (Disposition, Option<Promise>, Option<Refusal>) {
    if rest.units == 0 {
        return (Disposition::Reserve, None, None);
    }
    let quote = |units: u32| {
        let units = before.plus(u64::from(units));
        sku_state.quote(&sku_state.supply().curve(now), units, now)
    };
    let waiting = sku_state.queue().total().units;
    match verdict(sku_state.policy(), waiting, rest, now, quote) {
        Verdict::Wait(_, until, beyond) => (Disposition::Backorder, Some(until), beyond),
        Verdict::Offer(_, until) => (Disposition::Offer(until), None, None),
        Verdict::Refuse(all) => (Disposition::Refuse(all.why), None, Some(all)),
    }
}

/// What a customer must be told before they order, in sentences.
fn disclose(asked: &Asked, answer: &Availability, zone: &Zone, measure: &Measure) -> String {
    let there = match &asked.pick_up_at {
        Some(location) => format!(" at {location}"),
        None if asked.no_split => " in one place".to_owned(),
        None => String::new(),
    };
    let mut sentences = Vec::new();
    if answer.available_now > 0 {
        let (units, quantity) = (answer.available_now, measure.show(asked.quantity));
        let (there_is, is) = (measure.show(units), are(units.into()));
        sentences.push(format!("{there_is} of {quantity} {is} in stock{there}."));
    }
    let (rest, is) = (
        measure.show(answer.would_wait),
        are(answer.would_wait.into()),
    );
    match (&answer.disposition, &answer.promise) {
        (Disposition::Reserve, _) => {
            return format!("In stock{there}: reserved as soon as you order.");
        }
        (Disposition::Backorder, Some(Promise::Inbound { at, .. })) => {
            let date = zone.date(*at);
            sentences.push(format!("{rest} {is} on backorder and expected on {date}."));
        }
        (Disposition::Backorder, Some(Promise::Estimate { at })) => {
            let date = zone.date(*at);
            sentences.push(format!(
                "{rest} {is} on backorder and expected about {date}, by estimate."
            ));
        }
        (Disposition::Backorder, Some(Promise::Unknown) | None) => sentences.push(format!(
            "{rest} {is} on backorder; no delivery date is known yet."
        )),
        (Disposition::Offer(until), _) => sentences.push(format!(
            "{rest} {is} not in stock{there} and may not come again: you may have something else \
             instead, until {}; what is not back by then will not be sent.",
            zone.date(*until)
        )),
        (Disposition::Refuse(_), _) => {}
    }
    if let Some(opens_at) = answer.opens_at {
        let date = zone.date(opens_at);
        sentences.push(format!("Stock is reserved from {date} on."));
    }
    if let Some(refused) = &answer.refused {
        let units = measure.show(refused.units);
        let why = reason(refused, &there, zone, measure);
        sentences.push(format!("{units} cannot be ordered: {why}."));
    }
    sentences.join(" ")
}

fn reason(refused: &Refusal, there: &str, zone: &Zone, measure: &Measure) -> String {
    if let Some(limit) = &refused.limit {
        return limit.words(measure, zone);
    }
    match refused.why {
        RefuseReason::UnknownItem => "we do not carry this item".to_owned(),
        RefuseReason::StockOnly => {
            format!("the item is sold from stock only, and not enough is in stock{there}")
        }
        RefuseReason::Substitutable => {
            format!("not enough is in stock{there}, and the item is not reordered")
        }
        RefuseReason::CapReached => "no more may be on backorder".to_owned(),
        RefuseReason::Discontinued => "the item will not come any more".to_owned(),
        RefuseReason::OrderWhole => "something else of the order cannot be had".to_owned(),
        RefuseReason::WaitTooLong => {
            "the wait would be longer than we accept orders for".to_owned()
        }
    }
}
