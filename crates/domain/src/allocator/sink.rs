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
