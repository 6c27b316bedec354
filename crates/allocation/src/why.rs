//! What was decided on a line, one decision after the other, as the log has it: what it came to, by
//! what, what the line ranked by then, and who got it instead. Reads what was recorded; infers
//! nothing from today's ranks. Must not know where events are kept.

use super::Allocator;
use super::queue_key::QueueKey;
use domain::event::{AllocatorEvent, Assigned, Cause, Effect, Event};
use domain::exact::Exact;
use domain::ids::{Position, Sku, Timestamp};

mod by;
mod decision;
mod sentences;

use decision::Effects;
pub use decision::{By, Decided, Decision, Fact, Log, MAX_OTHERS, Of, Other};

/// The most decisions on one order that are told, the last ones.
pub const MAX_DECISIONS: usize = 64;

/// Who got units of a receipt, as these decisions have it, in their order; at most [`MAX_OTHERS`].
/// Each with where the decision stands.
pub fn winners(receipt: Position, sku: &Sku, gave: &[&Fact]) -> Vec<(Position, Other)> {
    let mut found = Vec::new();
    for fact in gave {
        let Some(decided) = fact.decided() else {
            continue;
        };
        let causes = decided.causes.iter();
        let of_it = causes.filter(|cause| cause.at == Some(receipt));
        for led in of_it.flat_map(|cause| &cause.led_to) {
            let at = usize::try_from(led.0).unwrap_or(usize::MAX);
            if let Some(Effect::Assigned(it)) = decided.effects.get(at)
                && it.sku == *sku
            {
                found.push((fact.position, other(it, led.1)));
            }
        }
    }
    found.truncate(MAX_OTHERS);
    found
}

/// What was decided on a line: `own` are the decisions that had an effect on its order, `gave`
/// those that gave some of its SKU to lines, both in the order of the log.
pub fn decisions(of: Of<'_>, own: &[&Fact], gave: &[&Fact], log: &impl Log) -> Vec<Decision> {
    let mut told = Vec::new();
    let mut waits = Waits::default();
    let mut gave = gave.iter().peekable();
    for fact in own {
        while let Some(other) = gave.next_if(|other| other.position < fact.position) {
            told.extend(passed_over(of, other, &waits, log));
        }
        if gave
            .peek()
            .is_some_and(|same| same.position == fact.position)
        {
            gave.next();
        }
        let before = waits;
        let effects = own_effects(of, fact, log, &mut waits);
        let got_all = before.units > 0 && waits.units == 0;
        let reserved = effects.iter().any(|it| it.outcome == Decided::Reserved);
        told.extend(effects);
        if !got_all && (before.units > 0 || reserved || waits.units > 0) {
            told.extend(passed_over(of, fact, &waits, log));
        }
    }
    for other in gave {
        told.extend(passed_over(of, other, &waits, log));
    }
    told
}

/// What a line waits for, as its own decisions say, and what it was ranked by last.
#[derive(Debug, Default, Clone, Copy)]
struct Waits {
    units: u32,
    effective: Option<Timestamp>,
}

/// What one decision did to the line.
fn own_effects(of: Of<'_>, fact: &Fact, log: &impl Log, waits: &mut Waits) -> Vec<Decision> {
    let Some(decided) = fact.decided() else {
        return Vec::new();
    };
    let then = log.room_at(fact.as_of);
    let stood = then.and_then(|then| then.queue_place(of.order, of.line).ok().flatten());
    let mut told = Vec::new();
    for (index, effect) in (0_u32..).zip(decided.effects) {
        if effect.order() != of.order || effect.line() != of.line {
            continue;
        }
        let (outcome, quantity, location) = match effect {
            Effect::Assigned(it) => (Decided::Reserved, it.quantity, Some(&it.location)),
            Effect::Released(it) => (Decided::TakenBack, it.quantity, Some(&it.location)),
            Effect::Backordered(it) => (Decided::Waits, it.quantity, None),
            Effect::Offered(it) => (Decided::Offered, it.quantity, None),
            Effect::Refused(it) => (Decided::Refused, it.quantity, None),
            Effect::Promised(_) => (Decided::Dated, 0, None),
        };
        waits.follow(effect);
        let (stood, effective) = match effect {
            Effect::Backordered(it) => (None, Some(it.effective)),
            Effect::Assigned(it) => (stood, Some(it.effective)),
            Effect::Released(_) | Effect::Offered(_) | Effect::Refused(_) => (None, None),
            Effect::Promised(_) => (stood, None),
        };
        let causes = by::all(&decided, index, fact, log);
        let others = for_whom(&decided, index);
        let mut decision = Decision {
            position: fact.position,
            at: fact.at,
            rule_version: decided.rule,
            outcome,
            quantity,
            location: location.cloned(),
            effective,
            stood,
            causes,
            others,
            sentence: String::new(),
        };
        decision.sentence = sentences::of_own(of, &decision, effect, fact, log);
        told.push(decision);
    }
    told
}

impl Waits {
    fn follow(&mut self, effect: &Effect) {
        match effect {
            Effect::Backordered(it) => {
                self.units = self.units.plus(it.quantity);
                self.effective = Some(it.effective);
            }
            Effect::Offered(it) => self.units = self.units.plus(it.quantity),
            Effect::Assigned(it) => {
                self.units = self.units.minus_or_zero(it.quantity);
                self.effective = Some(it.effective);
            }
            Effect::Refused(it) => self.units = self.units.minus_or_zero(it.quantity),
            Effect::Released(it) if it.why != domain::event::ReleaseReason::Cancelled => {
                self.units = self.units.plus(it.quantity);
            }
            Effect::Released(_) | Effect::Promised(_) => {}
        }
    }
}

/// Lines to which the units went that an effect released, in the same decision.
fn for_whom(decided: &Effects<'_>, released: u32) -> Vec<Other> {
    let mine = |cause: &&Cause| cause.effect == Some(released) && cause.at.is_none();
    let led = decided.causes.iter().filter(mine);
    let led = led.flat_map(|cause| &cause.led_to);
    let others = led.filter_map(|led| {
        let at = usize::try_from(led.0).ok()?;
        match decided.effects.get(at)? {
            Effect::Assigned(it) => Some(other(it, led.1)),
            Effect::Released(_)
            | Effect::Backordered(_)
            | Effect::Offered(_)
            | Effect::Refused(_)
            | Effect::Promised(_) => None,
        }
    });
    others.take(MAX_OTHERS).collect()
}

fn other(it: &Assigned, quantity: u32) -> Other {
    Other {
        order: it.order.clone(),
        line: it.line,
        quantity,
        effective: it.effective,
    }
}

/// A decision gave others what the line waited for.
fn passed_over(of: Of<'_>, fact: &Fact, waits: &Waits, log: &impl Log) -> Option<Decision> {
    let decided = fact.decided()?;
    let then = log.room_at(fact.as_of);
    let stood = then.and_then(|then| then.queue_place(of.order, of.line).ok().flatten());
    // A line at the door waits for nothing yet; what it got or was told stands beside.
    if waits.units == 0 && stood.is_none() {
        return None;
    }
    let got = decided.effects.iter().filter_map(|effect| match effect {
        Effect::Assigned(it) if it.sku == *of.sku && it.order != *of.order => Some(it),
        Effect::Assigned(_)
        | Effect::Released(_)
        | Effect::Backordered(_)
        | Effect::Offered(_)
        | Effect::Refused(_)
        | Effect::Promised(_) => None,
    });
    let got: Vec<&Assigned> = got.collect();
    if got.is_empty() {
        return None;
    }
    let key = then.and_then(|then| then.queue_key(of.order, of.line));
    let quantity = got.iter().map(|it| it.quantity).fold(0, Exact::plus);
    let causes = by::of_those(&decided, of, fact, log);
    let mut decision = Decision {
        position: fact.position,
        at: fact.at,
        rule_version: decided.rule,
        outcome: Decided::PassedOver,
        quantity,
        location: None,
        effective: key.map(|key| key.effective).or(waits.effective),
        stood,
        causes,
        others: got
            .iter()
            .take(MAX_OTHERS)
            .map(|it| other(it, it.quantity))
            .collect(),
        sentence: String::new(),
    };
    let after = |it: &&&Assigned| ranks_after(it, key, decision.effective, then);
    let later: Vec<&Assigned> = got.iter().filter(after).copied().collect();
    let why = then.and_then(|then| then.why_passed_over(of.order, of.line));
    let run = matches!(fact.event, Event::Allocator(AllocatorEvent::Rebalanced(_)));
    decision.sentence = sentences::of_others(
        of,
        &decision,
        &got,
        &later,
        why.filter(|_| !run),
        (fact, log),
    );
    Some(decision)
}

/// Whether a line that got something ranked after the one that did not.
fn ranks_after(
    it: &Assigned,
    key: Option<QueueKey>,
    effective: Option<Timestamp>,
    then: Option<&Allocator>,
) -> bool {
    let Some(effective) = effective else {
        return false;
    };
    if it.effective != effective {
        return it.effective > effective;
    }
    let other = then.and_then(|then| then.queue_key(&it.order, it.line));
    other.zip(key).is_some_and(|(other, key)| other > key)
}
