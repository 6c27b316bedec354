//! What is on its way for one SKU, as suppliers last said it, and the dates that follow. Must not
//! know who waits.
//!
//! An inbound that is overdue still covers, but nobody knows when it comes: it is expected one
//! day after its date, then two, four, eight: the first of these that is still to come. So its
//! date stands between those days, and moves ever more rarely.

use serde::{Deserialize, Serialize};

use super::bins::Bin;
use domain::event::{SchedulePart, ScheduledLine, SupplierLine};
use domain::exact::{Exact, no_fewer_than_none};
use domain::ids::{DAY_MS, DispatchId, PurchaseOrderId, Timestamp};

/// Inbounds of one SKU.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    inbounds: Vec<Inbound>,
    /// What travels between locations.
    ways: Vec<Way>,
}

/// Stock that travels with a move. It is counted as at a place, of its own; what is reserved there
/// is its owners', and what is not is inbound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Way {
    pub bin: Bin,
    inbound: Inbound,
}

/// A purchase-order line's open quantity, or the part of it that a dispatch carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Which purchase order; of what a move carries, the place at which it travels.
    pub purchase_order: PurchaseOrderId,
    /// Its line.
    pub line: u32,
    /// The goods under way, if it has left.
    pub dispatch: Option<DispatchId>,
    /// Units to come, at least 1.
    pub open: u32,
    /// When, as last said; nothing if the supplier does not know.
    pub eta: Option<Timestamp>,
}

/// A step of the cumulative curve of supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// Units that have come by then.
    pub sum: u64,
    /// When this one is expected.
    pub at: Timestamp,
    /// Which purchase order.
    pub purchase_order: &'a PurchaseOrderId,
}

impl Inbound {
    /// When it is expected, seen from now, if anybody knows.
    pub fn arrival(&self, now: Timestamp) -> Option<Timestamp> {
        let eta = self.eta?;
        let late = now.ms_since(eta);
        if late <= 0 {
            return Some(eta);
        }
        let days = u64::try_from(late / DAY_MS).unwrap_or_default();
        let more = days.plus(1).next_power_of_two();
        Some(eta.plus_days(i64::try_from(more).unwrap_or(i64::MAX)))
    }

    /// What is used up first: the earliest, and last that of which nobody knows when it comes.
    fn turn(&self) -> (bool, Option<Timestamp>, &PurchaseOrderId, u32) {
        (
            self.eta.is_none(),
            self.eta,
            &self.purchase_order,
            self.line,
        )
    }
}

/// The most days by which something may come later.
pub const MAX_LATER_DAYS: u32 = 3_650;

/// What a supplier might say of a purchase order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It comes so many days later than it is expected now.
    Later(u32),
    /// It comes then.
    On(Timestamp),
    /// Nobody knows when it comes.
    Undated,
    /// It does not come.
    Never,
}

/// What is on its way of an SKU if a supplier said something of a purchase order.
#[derive(Debug)]
pub(super) struct IfSaid {
    pub supply: Supply,
    /// Units that it is about.
    pub units: u64,
    /// The first date of these, by now.
    pub was: Option<Timestamp>,
    /// The first date of these, then.
    pub becomes: Option<Timestamp>,
}

impl Supply {
    /// Whether nothing is inbound.
    pub fn is_empty(&self) -> bool {
        self.coming().next().is_none()
    }

    /// Whether nothing is on its way, for nobody and for owners.
    pub const fn is_bare(&self) -> bool {
        self.inbounds.is_empty() && self.ways.is_empty()
    }

    /// What is inbound.
    fn coming(&self) -> impl Iterator<Item = &Inbound> {
        let ways = self.ways.iter().map(|way| &way.inbound);
        self.inbounds
            .iter()
            .chain(ways.filter(|inbound| inbound.open > 0))
    }

    /// What travels between locations.
    pub(super) fn ways(&self) -> &[Way] {
        &self.ways
    }

    /// Goods leave for another location; nothing of them is counted yet. Whether it is the first
    /// that is said of this place.
    pub(super) fn depart(&mut self, place: u16, id: PurchaseOrderId, eta: Timestamp) -> bool {
        if self.ways.iter().any(|way| way.bin.place == place) {
            return false;
        }
        self.ways.push(Way {
            bin: Bin {
                place,
                ..Bin::default()
            },
            inbound: Inbound {
                purchase_order: id,
                line: 0,
                dispatch: None,
                open: 0,
                eta: Some(eta),
            },
        });
        true
    }

    /// Changes what travels at a place, if something does; what is nobody's there is inbound.
    /// Whether nothing is left of it.
    pub(super) fn change_way(&mut self, place: u16, change: impl FnOnce(&mut Bin)) -> Option<bool> {
        let at = self.ways.iter().position(|way| way.bin.place == place)?;
        let way = self.ways.get_mut(at)?;
        change(&mut way.bin);
        way.bin.reserved = no_fewer_than_none(way.bin.reserved);
        way.bin.on_hand = no_fewer_than_none(way.bin.on_hand);
        let open = way.bin.free().max(0);
        way.inbound.open = u32::try_from(open).unwrap_or(u32::MAX);
        let over = way.bin.is_empty();
        if over {
            self.ways.remove(at);
        }
        Some(over)
    }

    /// Units inbound.
    pub fn units(&self) -> u64 {
        self.coming().map(|inbound| u64::from(inbound.open)).sum()
    }

    /// Units are on their way of which nobody knows when they come.
    pub fn has_undated(&self) -> bool {
        self.inbounds.iter().any(|inbound| inbound.eta.is_none())
    }

    /// Units by expected arrival, cumulated; without those of which nobody knows when they come.
    pub fn curve(&self, now: Timestamp) -> Vec<Step<'_>> {
        if self.is_bare() {
            return Vec::new();
        }
        let mut by_arrival: Vec<(Timestamp, &Inbound)> = self
            .coming()
            .filter_map(|inbound| Some((inbound.arrival(now)?, inbound)))
            .collect();
        by_arrival.sort_by_key(|(at, inbound)| (*at, &inbound.purchase_order, inbound.line));
        let mut sum = 0_u64;
        let mut steps = Vec::with_capacity(by_arrival.len());
        for (at, inbound) in by_arrival {
            sum = sum.plus(u64::from(inbound.open));
            let purchase_order = &inbound.purchase_order;
            steps.push(Step {
                sum,
                at,
                purchase_order,
            });
        }
        steps
    }

    /// A purchase order's line was placed.
    pub(super) fn ordered(&mut self, inbound: Inbound) {
        if inbound.open > 0 {
            self.inbounds.push(inbound);
        }
    }

    /// The supplier said when: of what has not left, or else of what is under way.
    pub(super) fn dated(&mut self, purchase_order: &PurchaseOrderId, line: u32, eta: Timestamp) {
        let mine =
            |inbound: &Inbound| inbound.purchase_order == *purchase_order && inbound.line == line;
        let waits = self
            .inbounds
            .iter()
            .any(|other| mine(other) && other.dispatch.is_none());
        for inbound in &mut self.inbounds {
            if mine(inbound) && (inbound.dispatch.is_none() || !waits) {
                inbound.eta = Some(eta);
            }
        }
    }

    /// The supplier said in which parts comes what has not left of a line, and that this is so many
    /// units more than was known, or fewer. Parts that cannot be had any more are gone already.
    pub(super) fn scheduled(&mut self, purchase_order: &PurchaseOrderId, said: &ScheduledLine) {
        let line = said.line;
        let units = u32::try_from(said.change.unsigned_abs()).unwrap_or(u32::MAX);
        if said.change < 0 {
            self.rejected(purchase_order, line, units);
        }
        let mine = |inbound: &Inbound| {
            inbound.purchase_order == *purchase_order
                && inbound.line == line
                && inbound.dispatch.is_none()
        };
        let pending = self.inbounds.iter().filter(|inbound| mine(inbound));
        let pending: u64 = pending.map(|inbound| u64::from(inbound.open)).sum();
        let more = if said.change < 0 { 0 } else { units };
        self.inbounds.retain(|inbound| !mine(inbound));
        let pending = pending.plus(u64::from(more));
        for part in SchedulePart::still_to_come(&said.parts, pending) {
            self.ordered(Inbound {
                purchase_order: purchase_order.clone(),
                line,
                dispatch: None,
                open: part.quantity,
                eta: part.eta,
            });
        }
    }

    /// What is on its way if the supplier said this of a purchase order, with the units that it is
    /// about and their date by now: of what has not left, or else of what is under way. None:
    /// nothing of it is on its way.
    pub(super) fn if_said(&self, purchase_order: &PurchaseOrderId, word: Word) -> Option<IfSaid> {
        let mine = |inbound: &Inbound| inbound.purchase_order == *purchase_order;
        let waits = self.inbounds.iter();
        let waits = waits.clone().any(|it| mine(it) && it.dispatch.is_none());
        let meant = |inbound: &Inbound| mine(inbound) && (inbound.dispatch.is_none() || !waits);
        let about = self.inbounds.iter().filter(|inbound| meant(inbound));
        let units = about.clone().map(|inbound| u64::from(inbound.open)).sum();
        if units == 0 {
            return None;
        }
        let first = |all: &[Inbound]| {
            let meant = all.iter().filter(|inbound| meant(inbound));
            meant.filter_map(|inbound| inbound.eta).min()
        };
        let was = first(&self.inbounds);
        let mut supply = self.clone();
        for inbound in supply.inbounds.iter_mut().filter(|inbound| meant(inbound)) {
            match word {
                Word::Later(days) => {
                    inbound.eta = inbound.eta.map(|eta| eta.plus_days(i64::from(days)));
                }
                Word::On(at) => inbound.eta = Some(at),
                Word::Undated => inbound.eta = None,
                Word::Never => inbound.open = 0,
            }
        }
        supply.inbounds.retain(|inbound| inbound.open > 0);
        let becomes = first(&supply.inbounds);
        Some(IfSaid {
            supply,
            units,
            was,
            becomes,
        })
    }

    /// So many units left together.
    pub(super) fn dispatched(
        &mut self,
        purchase_order: &PurchaseOrderId,
        sent: &SupplierLine,
        dispatch: &DispatchId,
        eta: Timestamp,
    ) {
        let line = sent.line;
        let open = self.take(sent.quantity, |inbound| {
            inbound.purchase_order == *purchase_order
                && inbound.line == line
                && inbound.dispatch.is_none()
        });
        let (purchase_order, dispatch) = (purchase_order.clone(), Some(dispatch.clone()));
        self.ordered(Inbound {
            purchase_order,
            line,
            dispatch,
            open,
            eta: Some(eta),
        });
    }

    /// So many units will not come: first of what has not left.
    pub(super) fn rejected(&mut self, purchase_order: &PurchaseOrderId, line: u32, quantity: u32) {
        let mine =
            |inbound: &Inbound| inbound.purchase_order == *purchase_order && inbound.line == line;
        let taken = self.take(quantity, |inbound| {
            mine(inbound) && inbound.dispatch.is_none()
        });
        self.take(quantity.minus(taken), mine);
    }

    /// So many units of a purchase order were counted in: first of what was under way.
    pub(super) fn received(&mut self, purchase_order: &PurchaseOrderId, quantity: u32) {
        let mine = |inbound: &Inbound| inbound.purchase_order == *purchase_order;
        let taken = self.take(quantity, |inbound| {
            mine(inbound) && inbound.dispatch.is_some()
        });
        self.take(quantity.minus(taken), mine);
    }

    /// Takes up to so many units off the earliest ones of these. Returns how many.
    fn take(&mut self, quantity: u32, these: impl Fn(&Inbound) -> bool) -> u32 {
        let mut left = quantity;
        self.inbounds
            .sort_by(|one, other| one.turn().cmp(&other.turn()));
        for inbound in self.inbounds.iter_mut().filter(|inbound| these(inbound)) {
            let taken = inbound.open.min(left);
            inbound.open = inbound.open.minus(taken);
            left = left.minus(taken);
        }
        self.inbounds.retain(|inbound| inbound.open > 0);
        quantity.minus(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_ms(0).plus_days(days)
    }

    /// Five of each of two lines of `p1` and one of `p2`, on days 10, 11 and 12.
    fn supply() -> Supply {
        let mut supply = Supply::default();
        for (id, line, eta) in [("p1", 1, 10), ("p1", 2, 11), ("p2", 1, 12)] {
            supply.ordered(Inbound {
                purchase_order: id.into(),
                line,
                dispatch: None,
                open: 5,
                eta: Some(day(eta)),
            });
        }
        supply
    }

    fn sent(line: u32, quantity: u32) -> SupplierLine {
        SupplierLine {
            line,
            sku: "BOLT".into(),
            quantity,
        }
    }

    /// `p1.1 5 day 10`, with a `*` if it is under way.
    fn said(supply: &Supply) -> Vec<String> {
        let mut said: Vec<(Timestamp, String)> = Vec::new();
        for it in &supply.inbounds {
            let Some(eta) = it.eta else {
                said.push((
                    Timestamp::MAX,
                    format!("{}.{} {} some day", it.purchase_order, it.line, it.open),
                ));
                continue;
            };
            let days = eta.ms_since(day(0)).checked_div(DAY_MS).unwrap();
            let way = if it.dispatch.is_some() { "*" } else { "" };
            let (id, line, open) = (&it.purchase_order, it.line, it.open);
            said.push((eta, format!("{id}.{line}{way} {open} day {days}")));
        }
        said.sort();
        said.into_iter().map(|(_, said)| said).collect()
    }

    #[test]
    fn what_a_supplier_says_of_one_line_moves_no_other() {
        let mut supply = supply();
        supply.dated(&"p1".into(), 1, day(20));
        assert_eq!(
            said(&supply),
            ["p1.2 5 day 11", "p2.1 5 day 12", "p1.1 5 day 20"]
        );
    }

    #[test]
    fn a_dispatch_keeps_its_date_while_the_rest_moves() {
        let mut supply = supply();
        supply.dispatched(&"p1".into(), &sent(1, 2), &"a".into(), day(4));
        supply.dated(&"p1".into(), 1, day(20));
        assert_eq!(
            said(&supply),
            [
                "p1.1* 2 day 4",
                "p1.2 5 day 11",
                "p2.1 5 day 12",
                "p1.1 3 day 20"
            ]
        );
        supply.dispatched(&"p1".into(), &sent(1, 3), &"b".into(), day(5));
        supply.dated(&"p1".into(), 1, day(6));
        let moved = ["p1.1* 2 day 6", "p1.1* 3 day 6"];
        assert_eq!(said(&supply)[..2], moved);
    }

    #[test]
    fn a_rejection_reduces_undispatched_units_first_then_the_rest_of_the_line() {
        let mut supply = supply();
        supply.dispatched(&"p1".into(), &sent(1, 2), &"a".into(), day(4));
        supply.rejected(&"p1".into(), 1, 4);
        assert_eq!(
            said(&supply),
            ["p1.1* 1 day 4", "p1.2 5 day 11", "p2.1 5 day 12"]
        );
    }

    #[test]
    fn a_receipt_reduces_dispatched_units_first_then_the_same_order() {
        let mut supply = supply();
        supply.dispatched(&"p1".into(), &sent(2, 2), &"a".into(), day(30));
        supply.received(&"p1".into(), 3);
        assert_eq!(
            said(&supply),
            ["p1.1 4 day 10", "p1.2 3 day 11", "p2.1 5 day 12"]
        );
        assert_eq!(supply.units(), 12);
    }

    /// A schedule of the first line of `p1`: units and days, and how many more that is.
    fn schedule(supply: &mut Supply, parts: &[(u32, Option<i64>)], change: i64) {
        let part = |(quantity, eta): &(u32, Option<i64>)| SchedulePart {
            quantity: *quantity,
            eta: eta.map(day),
        };
        let said = ScheduledLine {
            line: 1,
            sku: "BOLT".into(),
            parts: parts.iter().map(part).collect(),
            pending: None,
            change,
        };
        supply.scheduled(&"p1".into(), &said);
    }

    #[test]
    fn a_schedule_replaces_what_has_not_left_and_a_date_replaces_a_schedule() {
        let mut supply = supply();
        supply.dispatched(&"p1".into(), &sent(1, 2), &"a".into(), day(4));
        schedule(&mut supply, &[(4, None), (1, Some(9))], 2);
        let expected = [
            "p1.1* 2 day 4",
            "p1.1 1 day 9",
            "p1.2 5 day 11",
            "p2.1 5 day 12",
            "p1.1 4 some day",
        ];
        assert_eq!(said(&supply), expected);
        assert!(supply.has_undated());
        let curve = supply.curve(day(0));
        assert_eq!(curve.last().map(|step| step.sum), Some(13));
        supply.dated(&"p1".into(), 1, day(20));
        assert!(!supply.has_undated());
        assert_eq!(supply.units(), 17);
    }

    #[test]
    fn what_was_counted_in_meanwhile_comes_no_more_and_what_was_refused_may_come_again() {
        let mut supply = supply();
        supply.received(&"p1".into(), 3);
        schedule(&mut supply, &[(2, Some(8)), (3, Some(9))], 0);
        assert_eq!(said(&supply)[0], "p1.1 2 day 9");
        schedule(&mut supply, &[], -5);
        assert_eq!(said(&supply), ["p1.2 5 day 11", "p2.1 5 day 12"]);
        schedule(&mut supply, &[(4, Some(30))], 4);
        assert_eq!(said(&supply)[2], "p1.1 4 day 30");
    }

    #[test]
    fn nothing_is_inbound_once_all_was_received() {
        let mut supply = supply();
        assert!(!supply.is_empty());
        supply.received(&"p1".into(), 10);
        supply.received(&"p2".into(), 9);
        supply.dispatched(&"p2".into(), &sent(1, 2), &"a".into(), day(4));
        assert!(supply.is_empty());
        assert_eq!(supply, Supply::default());
    }
}
