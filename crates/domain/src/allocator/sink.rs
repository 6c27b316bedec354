//! The effects of one `settled`, within its bounds. Must not know why an effect is due.

use super::settle::MAX_SETTLED_BYTES;
use crate::event::{Effect, MAX_EFFECTS, Promise};

/// What was decided so far.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub effects: Vec<Effect>,
    bytes: usize,
}

impl Sink {
    /// Whether so many more effects do not fit. Whatever it is fits in an empty one, so that it is
    /// not due for ever: an order of all-or-nothing lines is bounded by orders' own bound on lines.
    pub fn is_full(&self, more: usize) -> bool {
        let effects = self.effects.len().saturating_add(more);
        let full = effects > MAX_EFFECTS || self.bytes > MAX_SETTLED_BYTES;
        full && !self.effects.is_empty()
    }

    /// An empty one, with room for about so many effects.
    pub fn for_about(effects: usize) -> Self {
        Self {
            effects: Vec::with_capacity(effects.min(MAX_EFFECTS)),
            bytes: 0,
        }
    }

    /// How many effects so far.
    pub const fn len(&self) -> usize {
        self.effects.len()
    }

    /// Gives back what was taken since there were so many.
    pub fn take_back(&mut self, from: usize) -> Vec<Effect> {
        let group = self.effects.split_off(from.min(self.effects.len()));
        let bytes: usize = group.iter().map(size).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        group
    }

    /// Takes an effect. Those that must stand together are asked for together beforehand.
    pub fn push(&mut self, effect: Effect) {
        self.bytes = self.bytes.saturating_add(size(&effect));
        self.effects.push(effect);
    }
}

/// JSON around the ids of an effect, at most.
const FRAME_BYTES: usize = 200;

/// Bytes of JSON at most: an id's character may be escaped by another one.
fn size(effect: &Effect) -> usize {
    let also = match effect {
        Effect::Assigned(it) => it.location.as_str().len(),
        Effect::Released(it) => it.location.as_str().len(),
        Effect::Promised(it) => {
            let was = it.was.as_ref().map_or(0, promise_size);
            promise_size(&it.promise).saturating_add(was)
        }
        Effect::Offered(it) => {
            let bytes = it.alternatives.iter().map(|sku| sku.as_str().len());
            bytes.fold(40_usize, |sum, bytes| {
                sum.saturating_add(bytes).saturating_add(3)
            })
        }
        Effect::Backordered(_) | Effect::Refused(_) => 0,
    };
    let ids = effect
        .order()
        .as_str()
        .len()
        .saturating_add(effect.sku().as_str().len());
    ids.saturating_add(also)
        .saturating_mul(2)
        .saturating_add(FRAME_BYTES)
}

fn promise_size(promise: &Promise) -> usize {
    match promise {
        Promise::Inbound { purchase_order, .. } => purchase_order.as_str().len().saturating_add(40),
        Promise::Estimate { .. } => 30,
        Promise::Unknown => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Assigned, Backordered, Offered, Promised, RefuseReason, Refused};
    use crate::event::{ReleaseReason, Released};
    use crate::ids::Timestamp;

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
    fn an_event_takes_its_most_effects_and_not_one_more() {
        let mut sink = Sink::default();
        assert!(!sink.is_full(MAX_EFFECTS.saturating_add(1)), "an empty one");
        for _ in 1..MAX_EFFECTS {
            sink.push(promised(Promise::Unknown, None));
        }
        assert!(!sink.is_full(1));
        assert!(sink.is_full(2));
    }

    #[test]
    fn an_event_is_full_when_its_bytes_are_though_its_effects_are_few() {
        let mut sink = Sink::default();
        let each = size(&promised(inbound(), Some(inbound())));
        let fit = MAX_SETTLED_BYTES.checked_div(each).unwrap();
        for _ in 0..fit {
            sink.push(promised(inbound(), Some(inbound())));
        }
        assert!(!sink.is_full(1));
        sink.push(refused());
        sink.push(refused());
        assert!(sink.is_full(1));
    }
}
