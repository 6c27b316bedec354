//! How a line comes to the door: with its order, or in place of another. Must not know what it
//! will get.

use crate::allocator::Allocator;
use crate::allocator::line::OpenLine;
use crate::allocator::measures::Happened;
use crate::decider::Recorded;
use crate::demand::Tally;
use crate::event::SubstituteAccepted;
use crate::ids::Revision;

impl Allocator {
    /// Units of one line are given up for a new line of another SKU.
    pub(in crate::allocator) fn substitute_accepted(
        &mut self,
        recorded: Recorded<'_>,
        accepted: &SubstituteAccepted,
    ) {
        let Some(slot) = self.book.find(accepted.order.as_str()) else {
            return;
        };
        let Some(index) = self.book.index_of(slot, accepted.line) else {
            return;
        };
        let revision = recorded.position.revision;
        let mut tally = Tally::default();
        self.count((slot, index), revision, Happened::Else, |line| {
            tally = line.substitute(accepted.quantity);
        });
        let open = self.book.order(slot);
        let last = open.and_then(|open| self.book.lines_of(open).last());
        if last.is_none_or(|last| last.number >= accepted.new_line) {
            return;
        }
        let shelf = self.shelves.number(&accepted.sku);
        let line = OpenLine {
            number: accepted.new_line,
            shelf,
            unit_price_minor: accepted.unit_price_minor,
            tally,
            ..OpenLine::default()
        };
        if let Some(index) = self.book.add_line(slot, line) {
            // A rank follows from what was ordered, not from what was taken instead.
            let extra = self.book.extra_mut(slot);
            let units = i64::from(line.tally.quantity);
            let value = line.unit_price_minor.saturating_mul(units);
            extra.substituted_minor = extra.substituted_minor.saturating_add(value);
            self.come((slot, index), shelf, revision);
            self.touch_siblings(slot, revision);
        }
    }

    /// A line has come that nobody has decided on.
    pub(super) fn come(&mut self, at: (u32, u16), number: u32, revision: Revision) {
        let (Some(open), Some(line)) = (self.book.order(at.0), self.book.line(at)) else {
            return;
        };
        let (turn, counted) = (open.turn(at.1), open.counted(line));
        let happened = Happened::Placed(line.tally.quantity);
        // A line of nothing, which no door lets in, has nothing to be decided.
        let undecided = line.tally.undecided() > 0;
        if let Some(shelf) = self.shelves.get_mut(number) {
            if undecided {
                shelf.door.insert(turn, at.0);
            }
            shelf.open_lines = shelf.open_lines.saturating_add(1);
        }
        self.measure(number, &counted, happened, Default::default());
        self.touch(number, revision, false);
    }
}
