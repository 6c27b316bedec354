//! What keeps each line that waits back, as its order goes on. Must not know rank, nor what is
//! kept for others.

use crate::Allocator;
use crate::blockers::Blocker;
use crate::delta::LineDelta;
use crate::line::{At, Open};
use crate::measures::Happened;

/// The most lines of an order whose lines are told apart by what keeps them back: whenever one
/// of them changes, all are looked at.
const MAX_LINES: u16 = 16;

impl Allocator {
    /// A line has changed: what keeps it back, or others of its order, may be another.
    pub(super) fn follow_blockers(&mut self, delta: &LineDelta) {
        if delta.happened == Happened::Closed {
            return;
        }
        let slot = delta.at.0;
        let Some(open) = self.book.order(slot) else {
            return;
        };
        let alone = open.count == 1;
        let extra = self.book.extra(slot);
        if alone && delta.is.waiting == 0 {
            // Nobody is left to be kept back.
        } else if extra.is_some_and(|extra| extra.pick_up_at.is_some()) {
            self.block_line(delta.at);
        } else if open.count <= MAX_LINES
            && (open.ship_complete || extra.is_some_and(|extra| extra.no_split))
        {
            self.block_lines(slot);
        }
    }

    /// What keeps the lines of an order back may be something else.
    pub(super) fn block_lines(&mut self, slot: u32) {
        let count = self.book.order(slot).map_or(0, |open| open.count);
        for index in 0..count {
            self.block_line((slot, index));
        }
    }

    fn block_line(&mut self, at: At) {
        let blocker = self.blocker_of(at);
        if let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at))
            && let Some(sku_state) = self.sku_states.get_mut(line.sku_state)
        {
            sku_state.blocker(self.book.key_of(open, at), blocker);
        }
    }

    /// What keeps a line back, if it waits.
    pub(crate) fn blocker_of(&self, (slot, index): At) -> Option<Blocker> {
        let open = self.book.order(slot)?;
        if let Some(place) = self.takes_from(slot, open) {
            return Some(Blocker::Place(place));
        }
        let lines = self.book.lines_of(open);
        let decided = lines.iter().all(|line| line.tally.undecided() == 0);
        if !open.ship_complete || open.count > MAX_LINES || !decided {
            return None;
        }
        let own = lines.get(usize::from(index))?.sku_state;
        let mut others = lines
            .iter()
            .filter(|line| line.sku_state != own && line.tally.backordered() > 0);
        let short = others.clone().find(|line| {
            let sku_state = self.sku_states.get(line.sku_state);
            sku_state.is_some_and(|sku_state| sku_state.free() < u64::from(line.unfilled()))
        });
        let other = short.or_else(|| others.next())?;
        Some(Blocker::SkuState(other.sku_state))
    }

    /// The only place from which an order takes, if that is found by looking at few lines.
    fn takes_from(&self, slot: u32, open: &Open) -> Option<u16> {
        if open.count > MAX_LINES {
            return self.book.extra(slot)?.pick_up_at;
        }
        self.sourcing().bound_place(slot, open)
    }
}
