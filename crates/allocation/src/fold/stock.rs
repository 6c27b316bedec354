//! Stock of an SKU at a place comes and goes, and with it what refers to the place. Must not know
//! which fact it was.

use crate::Allocator;
use crate::sku_state::{Bin, BinChange};
use domain::exact::Exact;

impl Allocator {
    /// So many more units of an SKU were counted at a place (or fewer).
    pub(super) fn count_at(&mut self, number: u32, place: u16, change: i64) {
        self.change_bin(number, place, |bin| {
            bin.on_hand = bin.on_hand.plus(change);
        });
    }

    /// So many more units of an SKU are held at a place (or fewer).
    pub(super) fn hold_at(&mut self, number: u32, place: u16, change: i64) {
        self.change_bin(number, place, |bin| {
            bin.held = bin.held.plus(change);
        });
    }

    fn change_bin(&mut self, number: u32, place: u16, change: impl FnOnce(&mut Bin)) {
        let Some(sku_state) = self.sku_states.get_mut(number) else {
            return;
        };
        match sku_state.change_bin(place, change) {
            BinChange::Opened => self.catalogue.keep_place(place),
            BinChange::Emptied => self.catalogue.forget_place(place),
            BinChange::Stayed => {}
        }
    }
}
