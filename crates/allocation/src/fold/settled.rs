//! What a decision changes: stock is given or taken back, lines wait, hear until when, are refused.
//! Must not know why it was decided.

use crate::Allocator;
use crate::delta::Moved;
use crate::entry::{Heard, PromiseBasis};
use crate::line::At;
use crate::measures::Happened;
use crate::queue_key::QueueKey;
use crate::sku_state::Winner;
use domain::decider::Recorded;
use domain::demand::Tally;
use domain::event::{Assigned, Effect, Offered, Promise, Settled};
use domain::ids::Revision;

impl Allocator {
    pub(crate) fn settled(&mut self, recorded: Recorded, settled: &Settled) {
        self.sharings.settled(settled, recorded.as_of);
        if settled.at_rest {
            self.agenda.rest(recorded.as_of);
            let first = |number| self.sku_states.get(number)?.first_date();
            self.agenda.pass_served(recorded.at, first);
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
                _ => self.book.find(effect.order().text()),
            };
            order = Some((effect.order(), slot));
            let at = slot.and_then(|slot| {
                let index = self.book.index_of(slot, effect.line())?;
                Some((slot, index))
            });
            let until_when = effects.next_if(|next| promises(next, effect));
            match (at, effect, until_when) {
                (Some(at), Effect::Backordered(it), Some(Effect::Promised(then))) => {
                    self.backordered(at, revision, it.quantity, Some(&then.promise));
                }
                (Some(at), _, _) => self.effect(at, revision, effect),
                (None, _, _) => {
                    // Its order is closed; the SKU may be forgotten with it.
                    if let Some(number) = self.sku_states.find(effect.sku().text()) {
                        self.stock_changed(number, revision);
                    }
                }
            }
            if !at_rest && requeued != Some(effect.sku()) {
                if let Some(number) = self.sku_states.find(effect.sku().text()) {
                    self.agenda.requeue(number, revision);
                }
                requeued = Some(effect.sku());
            }
        }
    }

    fn effect(&mut self, at: At, revision: Revision, effect: &Effect) {
        match effect {
            Effect::Assigned(it) => self.assigned(at, revision, it),
            Effect::Released(it) => {
                let place = self.catalogue.refer_place(&it.location, revision);
                self.change(at, revision, Happened::Released, None, |book| {
                    book.release(at, place, it.quantity)
                });
                self.catalogue.forget_place(place);
            }
            Effect::Backordered(it) => self.backordered(at, revision, it.quantity, None),
            Effect::Offered(it) => self.offered(at, revision, it),
            Effect::Refused(it) => {
                // One that was decided on before waited, for what was offered to end.
                let decided = self.book.line(at).is_some_and(|line| line.tally.decided);
                let happened = if decided {
                    Happened::Expired
                } else {
                    Happened::Refused(it.quantity, it.why)
                };
                self.count(at, revision, happened, |tally| tally.refuse(it.quantity));
                self.ask_siblings(at.0, revision);
            }
            Effect::Promised(it) => {
                let heard = self.heard(&it.promise);
                self.hear(at, revision, heard);
            }
        }
    }

    fn assigned(&mut self, at: At, revision: Revision, it: &Assigned) {
        let place = self.catalogue.refer_place(&it.location, revision);
        self.change(at, revision, Happened::Assigned, None, |book| {
            book.assign(at, place, it.quantity)
        });
        self.catalogue.forget_place(place);
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return;
        };
        if let Some(sku_state) = self.sku_states.get_mut(line.sku_state) {
            sku_state.won(it.quantity, || Winner {
                order: it.order.clone(),
                line: it.line,
                quantity: it.quantity,
                queue_key: QueueKey {
                    effective: it.effective,
                    ..open.queue_key(at.1)
                },
            });
        }
    }

    /// Units wait, and their customer may hear until when: mostly both in one go.
    fn backordered(
        &mut self,
        at: At,
        revision: Revision,
        quantity: u32,
        promise: Option<&Promise>,
    ) {
        let heard = promise.map(|promise| self.heard(promise));
        self.change(
            at,
            revision,
            Happened::Backordered(quantity),
            heard,
            |book| book.count(at, Tally::backorder),
        );
    }

    /// Something else was offered for what waits of a line: it is told no date meanwhile.
    fn offered(&mut self, at: At, revision: Revision, it: &Offered) {
        self.backordered(at, revision, it.quantity, None);
        let waits = self.book.line(at).filter(|it| it.tally.backordered() > 0);
        if let Some(number) = waits.map(|line| line.sku_state) {
            self.offers.open(at, number, it.until);
            let offer = Heard {
                promised: PromiseBasis::Offer,
                date: None,
            };
            self.hear(at, revision, offer);
        }
    }

    fn hear(&mut self, at: At, revision: Revision, heard: Heard) {
        let heard = Some(heard);
        self.change(at, revision, Happened::Promised, heard, |_| {
            Moved::default()
        });
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
}

/// Whether an effect says until when what another lets wait does.
fn promises(next: &Effect, effect: &Effect) -> bool {
    let (Effect::Backordered(waits), Effect::Promised(then)) = (effect, next) else {
        return false;
    };
    waits.line == then.line && waits.order == then.order
}
