//! How a line comes to the door: with its order, or in place of another. Must not know what it
//! will get.

use crate::Allocator;
use crate::entry::Comer;
use crate::measures::Happened;
use domain::ids::Revision;

impl Allocator {
    /// A line has come that nobody has decided on.
    pub(super) fn come(&mut self, at: (u32, u16), number: u32, revision: Revision) {
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return;
        };
        let (queue_key, counted) = (open.queue_key(at.1), open.counted(line));
        let happened = Happened::Placed(line.tally.quantity);
        // A line of nothing, which no door lets in, has nothing to be decided.
        let undecided = line.tally.undecided() > 0;
        if let Some(sku_state) = self.sku_states.get_mut(number) {
            if undecided {
                let order = at.0;
                sku_state.door.insert(Comer { queue_key, order });
            }
            sku_state.open_lines = sku_state.open_lines.saturating_add(1);
        }
        self.measure(number, &counted, happened, Default::default());
        self.touch(number, revision, false);
    }
}
