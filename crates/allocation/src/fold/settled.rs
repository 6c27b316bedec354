//! What a decision changes: stock is given or taken back, lines wait, hear until when, are refused.
//! Must not know why it was decided.

use crate::Allocator;
use crate::book::At;
use crate::entry::{Heard, PromiseBasis, PromiseBasisCode};
use crate::measures::Happened;
use crate::queue_key::QueueKey;
use crate::sku_state::Winner;
use domain::decider::Recorded;
use domain::demand::Tally;
use domain::event::{Effect, Promise, Settled};
use domain::ids::Revision;

impl Allocator {
    pub(crate) fn settled(&mut self, recorded: Recorded<'_>, settled: &Settled) {
        self.sharings.settled(settled, recorded.as_of);
        if settled.at_rest {
            self.rest(recorded.as_of, recorded.at);
        }
        self.effects(
            recorded.position.revision,
            &settled.effects,
            settled.at_rest,
        );
    }

    /// What was decided on lines, with or without more to follow.
    pub(crate) fn effects(&mut self, revision: Revision, effects: &[Effect], at_rest: bool) {
        // Effects of one order, and of one SKU, mostly stand beside each other.
        let (mut order, mut requeued) = (None, None);
        let mut effects = effects.iter().peekable();
        while let Some(effect) = effects.next() {
            let slot = match order {
                Some((same, slot)) if same == effect.order() => slot,
                _ => self.book.find(effect.order().as_str()),
            };
            order = Some((effect.order(), slot));
            let at = slot.and_then(|slot| {
                let index = self.book.index_of(slot, effect.line())?;
                Some((slot, index))
            });
            let until_when = effects.next_if(|next| promises(next, effect));
            match (at, effect, until_when) {
                (Some(at), Effect::Backordered(it), Some(Effect::Promised(then))) => {
                    self.backordered(at, revision, it.quantity, &then.promise);
                }
                (Some(at), _, _) => self.effect(at, revision, effect),
                (None, _, _) => {
                    // Its order is closed; the SKU may be forgotten with it.
                    if let Some(number) = self.sku_states.find(effect.sku().as_str()) {
                        self.stock_changed(number, revision);
                    }
                }
            }
            if !at_rest && requeued != Some(effect.sku()) {
                self.requeue(effect.sku().as_str(), revision);
                requeued = Some(effect.sku());
            }
        }
    }

    fn effect(&mut self, at: (u32, u16), revision: Revision, effect: &Effect) {
        match effect {
            Effect::Assigned(it) => {
                let place = self.catalogue.place(&it.location);
                self.change(at, revision, Happened::Assigned, None, |room, at| {
                    room.book.assign(at, place, it.quantity);
                    let mut queue_key = room
                        .book
                        .order(at.0)
                        .map_or(QueueKey::FIRST, |of| of.queue_key(at.1));
                    queue_key.effective = it.effective;
                    if let Some(sku_state) = room.sku_state_of_line(at) {
                        sku_state.held(place, i64::from(it.quantity));
                        sku_state.won(it.quantity, || Winner {
                            order: it.order.clone(),
                            line: it.line,
                            quantity: it.quantity,
                            queue_key,
                        });
                    }
                });
            }
            Effect::Released(it) => {
                let place = self.catalogue.place(&it.location);
                self.change(at, revision, Happened::Else, None, |room, at| {
                    let gone = room.book.release(at, place, it.quantity);
                    room.held_no_more(at, &gone);
                });
            }
            Effect::Backordered(it) => {
                let happened = Happened::Backordered(it.quantity);
                self.count(at, revision, happened, Tally::backorder);
            }
            Effect::Offered(it) => {
                let happened = Happened::Backordered(it.quantity);
                self.count(at, revision, happened, Tally::backorder);
                self.offered(at, it.until);
            }
            Effect::Refused(it) => {
                // One that was decided on before waited, for what was offered to end.
                let decided = self.book.line(at).is_some_and(|line| line.tally.decided);
                let happened = if decided {
                    Happened::Expired
                } else {
                    Happened::Refused(it.quantity, it.why)
                };
                self.count(at, revision, happened, |tally| tally.refuse(it.quantity));
                self.touch_siblings(at.0, revision);
            }
            Effect::Promised(it) => self.promised(at, &it.promise),
        }
    }

    /// Units wait, and their customer hears until when: both in one go, since this is what
    /// becomes of most lines that wait.
    fn backordered(&mut self, at: At, revision: Revision, quantity: u32, promise: &Promise) {
        let happened = Happened::Backordered(quantity);
        let line = self.book.line(at);
        if line.is_none_or(|line| line.units().waiting > 0) {
            self.count(at, revision, happened, Tally::backorder);
            return self.promised(at, promise);
        }
        let heard = self.heard(promise);
        self.change(at, revision, happened, Some(heard), |room, at| {
            if let Some(line) = room.book.line_mut(at) {
                line.tally.backorder();
            }
        });
    }

    fn promised(&mut self, at: At, promise: &Promise) {
        let heard = self.heard(promise);
        self.hear(at, heard);
    }

    /// What a customer hears; a purchase order is kept as long as somebody was told of it.
    fn heard(&mut self, promise: &Promise) -> Heard {
        let promised = match promise {
            Promise::Inbound { purchase_order, .. } => {
                PromiseBasis::Firm(self.purchases.refer(purchase_order))
            }
            Promise::Estimate { .. } => PromiseBasis::Estimate,
            Promise::Unknown => PromiseBasis::Unknown,
        };
        Heard {
            promised,
            date: promise.at(),
        }
    }

    pub(super) fn hear(&mut self, at: At, heard: Heard) {
        let promised = PromiseBasisCode::from(heard.promised);
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return self.forget(promised);
        };
        let (queue_key, number) = (open.queue_key(at.1), line.sku_state);
        let counted = open.counted(line);
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        let changed = sku_state.queue.update(queue_key, |entry| {
            let was = *entry;
            entry.hear(heard);
            (was, *entry)
        });
        // Nobody waits to hear it: what it refers to is not kept for it.
        let mut stale = promised;
        if let Some((was, is)) = changed {
            stale = was.promised;
            let states = (was.state(was.units), is.state(is.units));
            self.measure(number, &counted, Happened::Promised, states);
        }
        self.forget(stale);
        self.lapse_from(number);
    }

    /// What was told refers to its purchase order no more.
    pub(super) fn forget(&mut self, promised: PromiseBasisCode) {
        if let PromiseBasis::Firm(purchase) = promised.into() {
            self.purchases.forget(purchase);
        }
    }
}

/// Whether an effect says until when what another lets wait does.
fn promises(next: &Effect, effect: &Effect) -> bool {
    let (Effect::Backordered(waits), Effect::Promised(then)) = (effect, next) else {
        return false;
    };
    waits.line == then.line && waits.order == then.order
}
