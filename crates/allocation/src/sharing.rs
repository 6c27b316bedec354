//! Divisions in fair shares that are under way, as the log tells them. Must not know how one is
//! begun.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fair::Division;
use super::queue_key::{LogOrder, QueueKey};
use domain::event::{Settled, Sharing};
use domain::ids::{Revision, Sku};

/// What is being divided.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sharings {
    by_sku: BTreeMap<Sku, Shared>,
    /// Where one was ended before it was through, until the room has decided on a state that knows
    /// of it: what was decided before would go on with it.
    ended: BTreeMap<Sku, Revision>,
    /// The ranking rule's version; another order among lines ends them all.
    rule: u32,
}

/// A division of which some lines have had their shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shared {
    /// What the next line is given of.
    pub division: Division,
    /// The last line that has had its share.
    pub after: QueueKey,
    /// What was known when it began: whoever came later is not in it.
    pub began: Revision,
}

impl Sharings {
    /// The division of an SKU that goes on under this rule.
    pub fn get(&self, sku: &Sku, rule: u32) -> Option<Shared> {
        let shared = self.by_sku.get(sku).filter(|_| self.rule == rule);
        shared.copied()
    }

    /// All that go on under this rule.
    pub fn iter(&self, rule: u32) -> impl Iterator<Item = (&Sku, Shared)> {
        let all = self.by_sku.iter().filter(move |_| self.rule == rule);
        all.map(|(sku, shared)| (sku, *shared))
    }

    /// An item is called otherwise: what is divided of it goes on.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        if let Some(shared) = self.by_sku.remove(was) {
            self.by_sku.insert(is.clone(), shared);
        }
        if let Some(at) = self.ended.remove(was) {
            self.ended.insert(is.clone(), at);
        }
    }

    /// Lines of an SKU come in another order, or others take part: whatever is divided of it is
    /// divided anew.
    pub fn end(&mut self, sku: &Sku, at: Revision) {
        self.by_sku.remove(sku);
        self.ended.insert(sku.clone(), at);
    }

    /// What was settled on a state of this revision.
    pub fn settled(&mut self, settled: &Settled, as_of: Revision) {
        let mut was = std::mem::take(&mut self.by_sku);
        // Another rule has ended what was under way: what is told now has begun since.
        was.retain(|_, _| self.rule == settled.rule);
        self.rule = settled.rule;
        self.ended.retain(|_, at| *at > as_of);
        let goes_on = settled.sharing.iter();
        let goes_on = goes_on.filter(|promised| !self.ended.contains_key(&promised.sku));
        let promised = goes_on.map(|promised| {
            let began = was.get(&promised.sku).map_or(as_of, |shared| shared.began);
            (promised.sku.clone(), Shared::promised(promised, began))
        });
        self.by_sku = promised.collect();
    }
}

impl Shared {
    fn promised(promised: &Sharing, began: Revision) -> Self {
        Self {
            division: Division {
                free: promised.free,
                open: promised.open,
                extra: promised.extra,
                pool: promised.pool,
            },
            after: QueueKey {
                effective: promised.effective,
                log_order: LogOrder::of(promised.placed, promised.index),
            },
            began,
        }
    }

    /// As it stands on the log.
    pub fn promise(&self, sku: &Sku) -> Sharing {
        Sharing {
            sku: sku.clone(),
            free: self.division.free,
            open: self.division.open,
            extra: self.division.extra,
            pool: self.division.pool,
            effective: self.after.effective,
            placed: self.after.log_order.position(),
            index: self.after.log_order.line_index(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{Position, Timestamp};

    fn settled(sharing: Vec<Sharing>, rule: u32) -> Settled {
        Settled {
            rule,
            effects: Vec::new(),
            at_rest: false,
            sharing,
            causes: Vec::new(),
            before: Vec::new(),
        }
    }

    fn shared(extra: u64) -> Shared {
        let position = Position {
            revision: Revision(7),
            index: 3,
        };
        Shared {
            division: Division {
                free: 10,
                open: 30,
                extra,
                pool: 2,
            },
            after: QueueKey {
                effective: Timestamp::from_ms(5),
                log_order: LogOrder::of(position, 1),
            },
            began: Revision(8),
        }
    }

    #[test]
    fn a_division_goes_on_as_promised_and_remembers_when_it_began() {
        let (sku, mut sharings) = (Sku::from("TOY"), Sharings::default());
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 1), Revision(8));
        assert_eq!(sharings.get(&sku, 1), Some(shared(4)));
        sharings.settled(&settled(vec![shared(3).promise(&sku)], 1), Revision(12));
        assert_eq!(sharings.get(&sku, 1), Some(shared(3)));
    }

    #[test]
    fn one_that_was_ended_is_not_taken_up_by_what_was_decided_before() {
        let (sku, mut sharings) = (Sku::from("TOY"), Sharings::default());
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 1), Revision(8));
        sharings.end(&sku, Revision(10));
        assert_eq!(sharings.get(&sku, 1), None);
        sharings.settled(&settled(vec![shared(3).promise(&sku)], 1), Revision(9));
        assert_eq!(sharings.get(&sku, 1), None);
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 1), Revision(10));
        let began = sharings.get(&sku, 1).map(|shared| shared.began);
        assert_eq!(began, Some(Revision(10)));
    }

    #[test]
    fn one_that_is_named_no_more_is_through_and_another_rule_ends_it() {
        let (sku, mut sharings) = (Sku::from("TOY"), Sharings::default());
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 1), Revision(8));
        assert_eq!(sharings.get(&sku, 2), None);
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 2), Revision(9));
        let began = |sharings: &Sharings| sharings.get(&sku, 2).map(|shared| shared.began);
        assert_eq!(began(&sharings), Some(Revision(9)));
        sharings.settled(&settled(vec![shared(4).promise(&sku)], 1), Revision(10));
        sharings.settled(&settled(Vec::new(), 1), Revision(9));
        assert_eq!(sharings.get(&sku, 1), None);
    }
}
