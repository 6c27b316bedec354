//! What every fact comes down to: a line or a shelf changes, its indexes follow, and its SKU is
//! touched if something could be due. Must not know which fact it was.

use crate::allocator::line::Line;
use crate::allocator::rank::Rank;
use crate::allocator::shelf::Shelf;
use crate::allocator::{Allocator, Touch};
use crate::decider::Recorded;
use crate::event::Promise;
use crate::ids::{LocationId, Position, Revision, Sku};

/// Why a line changes.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    pub revision: Revision,
    /// What follows for the lines behind was decided along with it.
    pub followed: bool,
}

impl Cause {
    pub const fn fact(recorded: Recorded<'_>) -> Self {
        Self {
            revision: recorded.position.revision,
            followed: false,
        }
    }
}

/// What every change of a line and of a shelf comes down to.
impl Allocator {
    pub(super) fn shelf(&mut self, sku: &Sku) -> &mut Shelf {
        if !self.shelves.contains_key(sku) {
            self.shelves.insert(sku.clone(), Shelf::default());
        }
        self.shelves.entry(sku.clone()).or_default()
    }

    pub(super) fn touch(&mut self, sku: &Sku, at: Revision, from: Option<Rank>) {
        let touch = self
            .touched
            .entry(sku.clone())
            .or_insert(Touch { at, from: None });
        touch.at = touch.at.max(at);
        touch.from = match (touch.from, from) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// A decision that is under way may be about to let somebody wait, so what is touched already
    /// is touched again: that decision did not know of this fact.
    pub(super) fn supply_changed(&mut self, sku: &Sku, revision: Revision) {
        let Some(shelf) = self.shelves.get(sku) else {
            return;
        };
        if !shelf.queue.is_empty() || !shelf.door.is_empty() || self.touched.contains_key(sku) {
            self.touch(sku, revision, Some(Rank::FIRST));
        }
    }

    pub(super) fn stock_changed(&mut self, sku: &Sku, revision: Revision) {
        let Some(shelf) = self.shelves.get(sku) else {
            return;
        };
        if shelf.is_short() || shelf.could_fill() || self.touched.contains_key(sku) {
            self.touch(sku, revision, None);
        }
    }

    /// Less of an order that takes all or nothing is wanted: the rest may be covered now.
    pub(super) fn touch_siblings(&mut self, position: Position, revision: Revision) {
        let Some(order) = self
            .orders
            .get(&position)
            .filter(|order| order.ship_complete)
        else {
            return;
        };
        let open = order.lines.iter().filter(|line| line.unfilled() > 0);
        let skus: Vec<Sku> = open.map(|line| line.sku.clone()).collect();
        for sku in skus {
            if self.shelves.get(&sku).is_some_and(Shelf::could_fill) {
                self.touch(&sku, revision, None);
            }
        }
    }

    pub(super) fn line_numbers(&self, position: Position) -> Vec<u32> {
        let order = self.orders.get(&position);
        order.map_or_else(Vec::new, |order| {
            order.lines.iter().map(|line| line.line).collect()
        })
    }

    /// Changes a line, and whatever follows from it in the indexes.
    pub(super) fn change(
        &mut self,
        position: Position,
        line: u32,
        cause: Cause,
        change: impl FnOnce(&mut Line, &mut Shelf),
    ) {
        let Some(order) = self.orders.get_mut(&position) else {
            return;
        };
        let rank = order.rank(position, line);
        let Some(line) = order.line_mut(line) else {
            return;
        };
        let shelf = self.shelves.entry(line.sku.clone()).or_default();
        let was = line.standing();
        change(line, shelf);
        let is = line.standing();
        shelf.restate(rank, &was, &is);
        if was.lapse != is.lapse {
            was.lapse.map(|lapse| self.lapses.remove(&(lapse, rank)));
            is.lapse.map(|lapse| self.lapses.insert((lapse, rank)));
        }
        let moved = (was.waiting, was.door) != (is.waiting, is.door);
        // At the door a date is told in the same event; who must wait again may have none.
        let untold = is.waiting > was.waiting && was.door == 0 && line.told.is_none();
        // Who waits again may still have the date of an inbound in hand.
        if untold || (is.waiting > 0 && matches!(line.told, Some(Promise::Inbound { .. }))) {
            shelf.reach(rank);
        }
        let behind = !cause.followed && (untold || (moved && !shelf.supply.is_empty()));
        let fillable = !cause.followed && moved && shelf.could_fill();
        if behind || fillable || is.excess || shelf.is_short() {
            let sku = line.sku.clone();
            self.touch(&sku, cause.revision, behind.then_some(rank));
        }
    }
}

/// Takes units off a line's holdings: at this place first, then wherever it holds some.
pub(super) fn let_go(
    line: &mut Line,
    shelf: &mut Shelf,
    location: &LocationId,
    units: u32,
    shipped: bool,
) {
    let mut left = units;
    let elsewhere: Vec<LocationId> = line
        .holdings
        .iter()
        .map(|holding| holding.location.clone())
        .collect();
    for place in std::iter::once(location).chain(&elsewhere) {
        if left == 0 {
            return;
        }
        let gone = line.let_go(place, left, shipped);
        shelf.held(place, i64::from(gone).saturating_neg());
        left = left.saturating_sub(gone);
    }
}
