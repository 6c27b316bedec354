//! What decisions on an SKU follow from: by what its free units became free, and what was asked for
//! and is not bought yet. Must not know who waits.

use super::{Bin, SkuState};
use crate::line::At;
use crate::provenance::{Provenance, Source};
use domain::exact::Exact;
use domain::ids::{RequisitionId, Revision};

impl SkuState {
    /// By what its free units became free, and what else decisions on it follow from.
    pub fn provenance(&self) -> Option<&Provenance> {
        self.provenance.as_deref()
    }

    /// What decisions on it follow from, to be changed.
    pub fn provenance_mut(&mut self) -> &mut Provenance {
        self.provenance.get_or_insert_default()
    }

    /// By what units at a place are free follows what is free there.
    pub fn follow_stock(&mut self, place: u16, source: Source, reserves: bool) {
        // What travels is free to nobody; it may be less than is reserved of it.
        let mut ways = self.supply.ways().iter();
        let way = ways.find(|way| way.bin.place == place);
        let free = match way {
            Some(way) => way.bin.free().min(0),
            None => self.bin(place).map_or(0, Bin::free),
        };
        self.provenance_mut().follow(place, free, source, reserves);
    }

    /// The next decision on a line follows from this; nothing: it is as others are.
    pub fn expect(&mut self, at: At, source: Option<Source>) {
        if self.provenance.is_some() || source.is_some() {
            self.provenance_mut().expect(at, source);
        }
    }

    /// Units that were on hold became free to all by a fact.
    pub fn set_free(&mut self, units: u64, source: Source) {
        self.provenance_mut().set_free(units, source);
    }

    /// Dates were told that follow from all facts up to a revision.
    pub fn dates_told(&mut self, as_of: Revision) {
        if let Some(provenance) = &mut self.provenance {
            provenance.dates_told(as_of);
        }
    }

    /// Units that were asked for and are not bought yet.
    pub fn requested(&self) -> u64 {
        let units = self.requested.values();
        units.map(|units| u64::from(*units)).fold(0, Exact::plus)
    }

    /// More was asked for.
    pub fn request(&mut self, requisition: RequisitionId, units: u32) {
        self.requested.insert(requisition, units);
    }

    /// What was asked for is bought, whole or in part: inventory asks again for what is missing.
    pub fn take_up(&mut self, requisition: &RequisitionId) {
        self.requested.remove(requisition);
    }
}
