//! The effects of one `settled`, within its bounds: whole groups, each what one line gets and is
//! told. Must not know why an effect is due.

use super::line::At;
use domain::event::{Divided, Effect, MAX_CAUSES_BYTES, MAX_COMMIT_BYTES, MAX_EFFECTS, Promise};
use domain::exact::Exact;
use domain::ids::{MAX_KEY_BYTES, Sku};

/// The most bytes of JSON in the effects of one `settled`, so that it fits in a commit.
pub const MAX_SETTLED_BYTES: usize = 400 * 1024;

/// The most bytes in a commit beside a `settled` and its causes: its frame, and ends of holds.
const BESIDE_BYTES: usize = 76 * 1024;

/// The fewest bytes for what led to the effects: taken from what is kept beside them, where an
/// order that takes all or nothing leaves no more.
const MIN_CAUSES_BYTES: usize = 1024;

/// What was decided so far.
#[derive(Debug, Default)]
pub(super) struct EffectBatch {
    pub effects: Vec<Effect>,
    /// The line that each of them is about.
    pub lines: Vec<At>,
    /// Effects that give a fair share, by index, and of what.
    pub divided: Vec<(usize, Divided)>,
    bytes: usize,
    /// What lines take, at the most, on which was decided and of which nothing is recorded yet.
    kept: EffectBudget,
}

/// Effects and bytes in an event.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct EffectBudget {
    pub effects: usize,
    pub bytes: usize,
}

impl EffectBudget {
    /// For what a line at the door is told at the most (that some is refused, that the rest waits,
    /// and until when), when its order's number has so many bytes,
    /// its SKU so many, and what is offered instead so many.
    pub fn to_promise(order: usize, sku: usize, instead: usize) -> Self {
        let ids = order.plus(sku).times(2);
        let promised = if instead > LONGEST_PROMISE {
            instead
        } else {
            LONGEST_PROMISE
        };
        let each = ids.plus(FRAME_BYTES).times(3);
        Self {
            effects: 3,
            bytes: each.plus(promised.times(2)),
        }
    }

    /// For stock from so many places, when the order's and the SKU's numbers have so many bytes.
    pub fn to_take(places: usize, ids: usize) -> Self {
        let ids = ids.plus(MAX_KEY_BYTES).times(2);
        Self {
            effects: places,
            bytes: ids.plus(FRAME_BYTES).times(places),
        }
    }

    /// For these.
    pub fn of(effects: &[Effect]) -> Self {
        Self {
            effects: effects.len(),
            bytes: effects.iter().map(size).sum(),
        }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self {
            effects: self.effects.plus(other.effects),
            bytes: self.bytes.plus(other.bytes),
        }
    }

    fn without(self, other: Self) -> Self {
        Self {
            effects: self.effects.minus(other.effects),
            bytes: self.bytes.minus(other.bytes),
        }
    }
}

impl EffectBatch {
    /// Whether so many more effects do not fit. Whatever it is fits in an empty one, so that it is
    /// not due for ever.
    pub fn is_full(&self, more: usize) -> bool {
        let more = EffectBudget {
            effects: more,
            bytes: 0,
        };
        !self.is_empty() && self.lacks(more)
    }

    /// Nothing was decided so far.
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.kept == EffectBudget::default()
    }

    /// Whether there is no budget for so much.
    pub fn lacks(&self, more: EffectBudget) -> bool {
        let all = self.kept.and(more);
        let effects = self.effects.len().plus(all.effects);
        let bytes = self.bytes.plus(all.bytes);
        effects > MAX_EFFECTS || bytes > MAX_SETTLED_BYTES
    }

    /// Keeps budget for a line on which was decided.
    pub fn keep(&mut self, budget: EffectBudget) {
        self.kept = self.kept.and(budget);
    }

    /// It is about to be recorded, all at once.
    pub fn reserve(&mut self, budget: EffectBudget) {
        self.effects.reserve(budget.effects);
        self.lines.reserve(budget.effects);
    }

    /// It is recorded now, or was decided on in vain.
    pub fn let_go(&mut self, budget: EffectBudget) {
        self.kept = self.kept.without(budget);
    }

    /// An empty one, with budget for about so many effects.
    pub fn for_about(effects: usize) -> Self {
        Self {
            effects: Vec::with_capacity(effects.min(MAX_EFFECTS)),
            lines: Vec::with_capacity(effects.min(MAX_EFFECTS)),
            ..Self::default()
        }
    }

    /// How many effects so far.
    pub const fn len(&self) -> usize {
        self.effects.len()
    }

    /// Bytes of JSON that are left in a commit for what led to the effects; never fewer than an
    /// order takes that is served whole, to name the decision before.
    pub fn left_for_causes(&self) -> usize {
        let left = MAX_COMMIT_BYTES.minus(BESIDE_BYTES);
        let left = left.minus_or_zero(self.bytes);
        left.clamp(MIN_CAUSES_BYTES, MAX_CAUSES_BYTES)
    }

    /// Takes a group that gives a line a fair share of something.
    pub fn push_share(&mut self, at: At, group: Vec<Effect>, divided: Option<Divided>) {
        let first = self.effects.len();
        self.push(at, group);
        if let Some(divided) = divided {
            let given = (first..self.effects.len()).map(|index| (index, divided));
            self.divided.extend(given);
        }
    }

    /// Each effect is what this makes of it, of no more bytes, or none.
    pub fn replace(&mut self, mut make: impl FnMut(Effect) -> Option<Effect>) {
        let divided = std::mem::take(&mut self.divided);
        let mut divided = divided.into_iter().peekable();
        let effects = std::mem::take(&mut self.effects);
        let effects = effects.into_iter().zip(std::mem::take(&mut self.lines));
        for (index, (effect, at)) in effects.enumerate() {
            let part = divided.next_if(|(part, _)| *part == index);
            if let Some(effect) = make(effect) {
                if let Some((_, of)) = part {
                    self.divided.push((self.effects.len(), of));
                }
                self.effects.push(effect);
                self.lines.push(at);
            }
        }
    }

    /// Takes a group of what a line gets and is told, for which there is room: whether there is was
    /// asked beforehand.
    pub fn push(&mut self, at: At, group: impl IntoIterator<Item = Effect>) {
        for effect in group {
            self.bytes = self.bytes.plus(size(&effect));
            self.effects.push(effect);
            self.lines.push(at);
        }
    }
}

/// JSON around the ids of an effect, at most.
const FRAME_BYTES: usize = 200;
/// Bytes of a promise, before any is escaped, at most.
const LONGEST_PROMISE: usize = MAX_KEY_BYTES + 40;

/// Bytes of JSON at most: an id's character may be escaped by another one.
fn size(effect: &Effect) -> usize {
    let also = match effect {
        Effect::Assigned(it) => it.location.text().len(),
        Effect::Released(it) => it.location.text().len(),
        Effect::Promised(it) => {
            let was = it.was.as_ref().map_or(0, promise_size);
            promise_size(&it.promise).plus(was)
        }
        Effect::Offered(it) => offer_size(&it.alternatives),
        Effect::Backordered(_) | Effect::Refused(_) => 0,
    };
    let ids = effect.order().text().len().plus(effect.sku().text().len());
    ids.plus(also).times(2).plus(FRAME_BYTES)
}

/// Bytes of what is offered instead, before any is escaped.
pub(super) fn offer_size(alternatives: &[Sku]) -> usize {
    let bytes = alternatives.iter().map(|sku| sku.text().len());
    bytes.fold(40, |sum, bytes| sum.plus(bytes).plus(3))
}

/// Bytes of an id in JSON, without its quotes.
pub(super) fn json_len(id: &str) -> usize {
    let escaped = id.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    id.len().plus(escaped.count())
}

fn promise_size(promise: &Promise) -> usize {
    match promise {
        Promise::Inbound { purchase_order, .. } => purchase_order.text().len().plus(40),
        Promise::Estimate { .. } => 30,
        Promise::Unknown => 0,
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures")]
mod tests {
    use super::*;
    use domain::event::{Assigned, Backordered, Offered, Promised, RefuseReason, Refused};
    use domain::event::{ReleaseReason, Released};
    use domain::ids::Timestamp;

    /// A letter that JSON escapes by another one, as often as it fits in an id.
    const ID: &str = r#"""""""""""""""""""""""""""""""""#;

    fn inbound() -> Promise {
        Promise::Inbound {
            purchase_order: ID.into(),
            at: Timestamp::MAX,
        }
    }

    fn promised(promise: Promise, was: Option<Promise>) -> Effect {
        Effect::Promised(Promised {
            order: ID.into(),
            line: u32::MAX,
            sku: ID.into(),
            promise,
            was,
        })
    }

    fn refused() -> Effect {
        Effect::Refused(Refused {
            order: ID.into(),
            line: u32::MAX,
            sku: ID.into(),
            quantity: u32::MAX,
            why: RefuseReason::Substitutable,
            limit: None,
        })
    }

    fn every_effect() -> Vec<Effect> {
        let (line, quantity, effective) = (u32::MAX, u32::MAX, Timestamp::MAX);
        let estimate = Promise::Estimate { at: Timestamp::MAX };
        vec![
            Effect::Assigned(Assigned {
                order: ID.into(),
                line,
                sku: ID.into(),
                location: ID.into(),
                quantity,
                effective,
            }),
            Effect::Released(Released {
                order: ID.into(),
                line,
                sku: ID.into(),
                location: ID.into(),
                quantity,
                why: ReleaseReason::CountedDown,
                in_wave: u32::MAX,
            }),
            Effect::Backordered(Backordered {
                order: ID.into(),
                line,
                sku: ID.into(),
                quantity,
                effective,
                ahead: u64::MAX,
            }),
            Effect::Offered(Offered {
                order: ID.into(),
                line,
                sku: ID.into(),
                quantity,
                alternatives: vec![ID.into(); 9],
                until: Timestamp::MAX,
            }),
            refused(),
            promised(Promise::Unknown, None),
            promised(estimate.clone(), Some(estimate)),
            promised(inbound(), Some(inbound())),
        ]
    }

    #[test]
    fn no_effect_is_longer_in_json_than_was_counted() {
        for effect in every_effect() {
            let written = serde_json::to_vec(&effect).unwrap().len();
            assert!(written <= size(&effect), "{written} bytes of {effect:?}");
        }
    }

    #[test]
    fn the_effects_of_a_line_fit_the_budget_asked_for() {
        let all = every_effect();
        let of = |budget: EffectBudget, effects: &[&Effect]| {
            let effects: Vec<Effect> = effects.iter().copied().cloned().collect();
            let used = EffectBudget::of(&effects);
            assert!(used.effects <= budget.effects, "{used:?} of {budget:?}");
            assert!(used.bytes <= budget.bytes, "{used:?} of {budget:?}");
        };
        let (assigned, waits, offered) = (&all[0], &all[2], &all[3]);
        let Effect::Offered(offer) = offered else {
            panic!("{offered:?}");
        };
        let instead = offer_size(&offer.alternatives);
        let budget = EffectBudget::to_promise(ID.len(), ID.len(), instead);
        of(budget, &[offered]);
        let dated = promised(inbound(), None);
        of(
            EffectBudget::to_promise(ID.len(), ID.len(), 0),
            &[&refused(), waits, &dated],
        );
        of(
            EffectBudget::to_take(2, ID.len() * 2),
            &[assigned, assigned],
        );
        assert_eq!(budget.effects, 3);
        assert_eq!(EffectBudget::to_take(2, 0).effects, 2);
    }

    #[test]
    fn however_full_an_event_is_it_can_name_the_decision_before() {
        let full = EffectBatch {
            bytes: MAX_COMMIT_BYTES,
            ..EffectBatch::default()
        };
        assert_eq!(full.left_for_causes(), MIN_CAUSES_BYTES);
        assert_eq!(EffectBatch::default().left_for_causes(), MAX_CAUSES_BYTES);
    }

    #[test]
    fn a_kept_budget_is_free_again_only_when_let_go() {
        let budget = |effects| EffectBudget { effects, bytes: 0 };
        let mut batch = EffectBatch::default();
        batch.keep(budget(MAX_EFFECTS - 3));
        batch.keep(budget(2));
        assert!(!batch.is_full(1) && batch.is_full(2) && !batch.is_empty());
        batch.let_go(budget(2));
        assert!(!batch.is_full(3) && batch.is_full(4));
        batch.let_go(budget(MAX_EFFECTS - 3));
        assert!(batch.is_empty());
    }

    fn all_but_one(batch: &mut EffectBatch) {
        for _ in 1..MAX_EFFECTS {
            batch.push((0, 0), [promised(Promise::Unknown, None)]);
        }
    }

    #[test]
    fn an_event_takes_its_most_effects_and_not_one_more() {
        let mut batch = EffectBatch::default();
        assert!(!batch.is_full(MAX_EFFECTS.plus(1)), "an empty one");
        all_but_one(&mut batch);
        assert!(!batch.is_full(1));
        assert!(batch.is_full(2));
    }

    #[test]
    fn an_event_is_full_when_its_bytes_are_though_its_effects_are_few() {
        let mut batch = EffectBatch::default();
        let each = size(&promised(inbound(), Some(inbound())));
        let fit = MAX_SETTLED_BYTES.checked_div(each).unwrap();
        for _ in 0..fit {
            batch.push((0, 0), [promised(inbound(), Some(inbound()))]);
        }
        assert!(!batch.is_full(1));
        batch.push((0, 0), [refused(), refused()]);
        assert!(batch.is_full(1));
    }
}
