//! The days by which lines are told and counted: those of the place where an order is collected,
//! else the cell's. Must not know what is counted.

use crate::Allocator;
use crate::line::OpenLine;
use domain::ids::Zone;
use domain::zones::Zones;

impl Allocator {
    /// By which time zones days are told.
    pub const fn zones(&self) -> &Zones {
        &self.zones
    }

    /// The time zone by which the customer of an open order is told days.
    pub(crate) fn zone_of(&self, slot: u32) -> &Zone {
        if self.zones.are_one() {
            return self.zones.cell();
        }
        let extra = self.book.extra(slot);
        let place = extra.and_then(|extra| extra.pick_up_at);
        self.zones
            .at(place.and_then(|place| self.catalogue.location(place)))
    }

    /// A zone is set. Where it is another one, each line that waits is counted by its days: as
    /// many steps as there are such lines, for a fact that is rare.
    pub(super) fn change_zones(&mut self, change: impl FnOnce(&mut Zones)) {
        let before = self.zones.clone();
        change(&mut self.zones);
        if self.zones == before {
            return;
        }
        self.measures.begin_days();
        for (_, sku_state) in self.sku_states.iter() {
            for entry in sku_state.queue().iter() {
                let index = entry.queue_key.log_order.line_index();
                let index = u16::try_from(index).unwrap_or(u16::MAX);
                let line: Option<&OpenLine> = self.book.line((entry.order, index));
                let open = self.book.order(entry.order);
                if let (Some(line), Some(open)) = (line, open) {
                    let state = entry.state(entry.units);
                    let extra = self.book.extra(entry.order);
                    let place = extra.and_then(|extra| extra.pick_up_at);
                    let place = place.and_then(|place| self.catalogue.location(place));
                    let zone = self.zones.at(place);
                    self.measures.count_day(&open.counted(line), state, zone);
                }
            }
        }
    }
}
