//! What was decided on a line, one decision after the other, as the log has it: what it came to, by
//! what, what the line ranked by then, and who got it instead. Reads what was recorded; infers
//! nothing from today's ranks. Must not know where events are kept.

use super::Allocator;
use super::queue_key::QueueKey;
use domain::event::{AllocatorEvent, Assigned, Cause, Effect, Event};
use domain::exact::Exact;
use domain::ids::{Position, Timestamp};

mod by;
mod decision;
mod sentences;
mod waits;

use decision::Effects;
pub use decision::{By, Decided, Decision, Fact, Log, MAX_OTHERS, Of, Other, Stands};
use waits::Waits;

/// The most decisions on one order that are told, the last ones.
pub const MAX_DECISIONS: usize = 64;

/// A line that got units of a receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner {
    /// The line, and how many of them.
    pub line: Other,
    /// The decision that gave them, as a sentence.
    pub sentence: String,
}

/// Who got units of a receipt that were `of` this line's SKU, as these decisions have it, in their
/// order; at most [`MAX_OTHERS`].
pub fn winners(receipt: Position, of: Of<'_>, gave: &[&Fact], log: &impl Log) -> Vec<Winner> {
    let mut found = Vec::new();
    for fact in gave {
        let Some(decided) = fact.decided() else {
            continue;
        };
        let causes = decided.causes.iter();
        let of_it = causes.filter(|cause| cause.at == Some(receipt));
        for led in of_it.flat_map(|cause| &cause.led_to) {
            if found.len() == MAX_OTHERS {
                return found;
            }
            let at = usize::try_from(led.0).unwrap_or(usize::MAX);
            if let Some(effect @ Effect::Assigned(it)) = decided.effects.get(at)
                && it.sku == *of.sku
            {
                let its = Of {
                    order: &it.order,
                    line: it.line,
                    ..of
                };
                found.push(Winner {
                    line: other(it, led.1),
                    sentence: own_effect(its, (led.0, effect), fact, &decided, log).sentence,
                });
            }
        }
    }
    found
}

/// What was decided on a line: `own` are the decisions that had an effect on its order, with other
/// facts of it as far as they are known, `gave` those that gave some of its SKU to lines, both in
/// the order of the log. Of more than [`MAX_DECISIONS`] on its order the last ones are told.
pub fn decisions(of: Of<'_>, own: &[&Fact], gave: &[&Fact], log: &impl Log) -> Vec<Decision> {
    let mut told = Vec::new();
    let mut waits = Waits::before(of, own);
    let since = first_told(own);
    let gave = gave.iter().filter(|other| other.position >= since);
    let mut gave = gave.peekable();
    for fact in own {
        while let Some(other) = gave.next_if(|other| other.position < fact.position) {
            told.extend(passed_over(of, other, &waits, log));
        }
        gave.next_if(|same| same.position == fact.position);
        waits.fold(of, fact);
        if fact.position < since {
            continue;
        }
        told.extend(own_effects(of, fact, log));
        told.extend(passed_over(of, fact, &waits, log));
    }
    for other in gave {
        told.extend(passed_over(of, other, &waits, log));
    }
    told
}

/// Where the first decision stands that is told: all are, if they are few.
fn first_told(own: &[&Fact]) -> Position {
    let mut decided = own.iter().filter(|fact| fact.is_decision()).rev();
    let first = decided.nth(MAX_DECISIONS.minus(1));
    let more = first.is_some() && decided.next().is_some();
    let first = first.filter(|_| more);
    first.map_or(Position::default(), |fact| fact.position)
}

/// What one decision did to the line.
fn own_effects(of: Of<'_>, fact: &Fact, log: &impl Log) -> Vec<Decision> {
    let Some(decided) = fact.decided() else {
        return Vec::new();
    };
    let own = (0_u32..).zip(decided.effects);
    let own = own.filter(|(_, effect)| effect.order() == of.order && effect.line() == of.line);
    own.map(|effect| own_effect(of, effect, fact, &decided, log))
        .collect()
}

/// One effect on the line.
fn own_effect(
    of: Of<'_>,
    (index, effect): (u32, &Effect),
    fact: &Fact,
    decided: &Effects<'_>,
    log: &impl Log,
) -> Decision {
    let then = log.room_at(fact.as_of);
    let stood = then.and_then(|then| then.queue_place(of.order, of.line).ok().flatten());
    let (outcome, quantity, location) = match effect {
        Effect::Assigned(it) => (Decided::Reserved, it.quantity, Some(&it.location)),
        Effect::Released(it) => (Decided::TakenBack, it.quantity, Some(&it.location)),
        Effect::Backordered(it) => (Decided::Waits, it.quantity, None),
        Effect::Offered(it) => (Decided::Offered, it.quantity, None),
        Effect::Refused(it) => (Decided::Refused, it.quantity, None),
        Effect::Promised(_) => (Decided::Dated, 0, None),
    };
    let (stood, effective) = match effect {
        Effect::Backordered(it) => (None, Some(it.effective)),
        Effect::Assigned(it) => (stood, Some(it.effective)),
        Effect::Released(_) | Effect::Offered(_) | Effect::Refused(_) => (None, None),
        Effect::Promised(_) => (stood, None),
    };
    let mut decision = Decision {
        position: fact.position,
        at: fact.at,
        rule_version: decided.rule,
        outcome,
        quantity,
        location: location.cloned(),
        effective,
        stood,
        causes: by::all(decided, index, fact, log),
        others: for_whom(decided, index),
        sentence: String::new(),
    };
    decision.sentence = sentences::of_own(of, &decision, effect, fact, log);
    decision
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
    if waits.left(of, &decided, then) == 0 {
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
    let effective = key.map(|key| key.effective);
    let quantity = got.iter().map(|it| it.quantity).fold(0, Exact::plus);
    let causes = by::of_those(&decided, of, fact, log);
    let mut decision = Decision {
        position: fact.position,
        at: fact.at,
        rule_version: decided.rule,
        outcome: Decided::PassedOver,
        quantity,
        location: None,
        effective: effective.or_else(|| waits.ranked_by(decided.rule)),
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
    // Those that ranked before it got theirs first.
    let theirs = later.iter().map(|it| u64::from(it.quantity));
    let ahead = u64::from(quantity).minus_or_zero(theirs.fold(0, Exact::plus));
    let why = then.and_then(|then| then.why_passed_over(of.order, of.line, ahead));
    let run = matches!(
        fact.event,
        Event::Allocator(AllocatorEvent::Rebalanced(_) | AllocatorEvent::StockAssigned(_))
    );
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
