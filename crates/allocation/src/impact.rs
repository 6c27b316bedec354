//! What a supplier's word would change, told before it is recorded: which told dates would move,
//! whose they are, what they are worth, and which bounds they would break. Worked out beside the
//! state, which goes on meanwhile. Must not record anything.

use std::collections::BTreeSet;

use super::entry::Waiting;
use super::line::{Open, OpenLine};
use super::promise::promised;
use super::settle::Dates;
use super::sku_state::SkuState;
use super::supply::{IfSaid, MAX_LATER_DAYS, Word};
use super::{Allocator, AllocatorRefusal};
use domain::event::{Promise, Segment};
use domain::exact::Exact;
use domain::ids::{OrderId, PurchaseOrderId, Sku, Tier, Timestamp};

/// The most lines that are named; all are counted.
pub const MAX_NAMED: usize = 1_000;
/// The most SKUs that are told apart, which is more than a purchase order has lines.
pub const MAX_SKUS: usize = 1_000;

/// What a supplier's word on a purchase order would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Impact {
    /// Each SKU of it that is on its way.
    pub skus: Vec<SkuImpact>,
    /// Lines whose date would move, best rank first within an SKU; at most [`MAX_NAMED`].
    pub lines: Vec<MovedLine>,
    /// How many orders these lines, and those that are not named, belong to.
    pub orders: usize,
}

/// The same of an SKU.
#[derive(Debug, Clone, PartialEq)]
pub struct SkuImpact {
    /// Which.
    pub sku: Sku,
    /// Units that it is about.
    pub units: u64,
    /// The first date of these by now, if one is known.
    pub was: Option<Timestamp>,
    /// The first date of these then, if one is known.
    pub becomes: Option<Timestamp>,
    /// Lines whose date would move.
    pub moved: Moved,
    /// Units in stock that nobody has: kept for others, or as safety stock. A clerk may give them
    /// by hand.
    pub free_units: u64,
}

/// Lines whose date would move, counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// All of them.
    pub lines: u64,
    /// Units that they wait for.
    pub units: u64,
    /// What these are worth, in minor units. Saturates: money, at any price a customer names.
    pub value_minor: i64,
    /// Those that would be told a later date.
    pub later: u64,
    /// Those that would be told an earlier date, or a first one.
    pub earlier: u64,
    /// Those that would be told that nobody knows.
    pub undated: u64,
    /// Those that would wait longer than their item may be waited for, and did not before.
    pub too_long: u64,
    /// Those that would come after the day on which they are wanted, and did not before.
    pub after_wanted: u64,
    /// Those that would come after their legal deadline, and did not before.
    pub after_deadline: u64,
}

/// A line whose date would move.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedLine {
    /// Whose.
    pub order: OrderId,
    /// Its number in the order.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// The customer's standing.
    pub tier: Tier,
    /// Units that wait.
    pub units: u32,
    /// What these are worth, in minor units.
    pub value_minor: i64,
    /// The date told.
    pub was: Option<Promise>,
    /// The date that would be told.
    pub becomes: Promise,
    /// Bounds that this breaks, and that the date told does not.
    pub breaks: Breaks,
}

/// Bounds that a date breaks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Breaks {
    /// It waits longer than its item may be waited for.
    pub longest_wait: bool,
    /// It comes after the day on which it is wanted.
    pub wanted: bool,
    /// It comes after its legal deadline.
    pub deadline: bool,
}

impl Allocator {
    /// What a supplier's word on a purchase order would change: of one SKU, or of all. In as many
    /// steps as dates would move, and one for each SKU of the cell.
    ///
    /// # Errors
    /// A refusal when nothing of the purchase order, or of this SKU in it, is on its way, or when
    /// it is later by no day or by more than [`MAX_LATER_DAYS`].
    pub fn impact(
        &self,
        purchase_order: &PurchaseOrderId,
        sku: Option<&Sku>,
        word: Word,
        now: Timestamp,
    ) -> Result<Impact, AllocatorRefusal> {
        if let Word::Later(days) = word
            && !(1..=MAX_LATER_DAYS).contains(&days)
        {
            return Err(AllocatorRefusal::DaysLaterOutOfRange { days });
        }
        let sku = sku.map(|sku| self.sku_states.renamed().now(sku));
        let meant = |it: &SkuState| sku.is_none_or(|sku| it.sku() == sku);
        let states = self.sku_states.iter().map(|(_, it)| it);
        let mut states: Vec<(&SkuState, IfSaid)> = states
            .filter(|it| meant(it))
            .filter_map(|it| Some((it, it.supply().if_said(purchase_order, word)?)))
            .take(MAX_SKUS)
            .collect();
        if states.is_empty() {
            return Err(AllocatorRefusal::UnknownInbound {
                purchase_order: purchase_order.clone(),
            });
        }
        states.sort_by(|(one, _), (other, _)| one.sku().cmp(other.sku()));
        let (mut lines, mut orders) = (Vec::new(), BTreeSet::new());
        let skus = states.iter().map(|(sku_state, said)| {
            let mut moved = Moved::default();
            let dates = Dates::of(self, sku_state, &said.supply, (now, self.day(now)));
            dates.moved(|entry, becomes| {
                if let Some(line) = self.moved_line(sku_state, entry, becomes) {
                    orders.insert(entry.order);
                    moved.count(&line);
                    if lines.len() < MAX_NAMED {
                        lines.push(line);
                    }
                }
                true
            });
            SkuImpact {
                sku: sku_state.sku().clone(),
                units: said.units,
                was: said.was,
                becomes: said.becomes,
                moved,
                free_units: sku_state.free(),
            }
        });
        let skus = skus.collect();
        Ok(Impact {
            skus,
            lines,
            orders: orders.len(),
        })
    }

    fn moved_line(
        &self,
        sku_state: &SkuState,
        entry: &Waiting,
        becomes: &Promise,
    ) -> Option<MovedLine> {
        let index = u16::try_from(entry.queue_key.log_order.line_index()).ok()?;
        let open = self.book.order(entry.order)?;
        let line = self.book.line((entry.order, index))?;
        let was = promised(entry, &self.purchases);
        let breaks = |told: Option<&Promise>| self.breaks(sku_state, entry, open, told);
        let (before, after) = (breaks(was.as_ref()), breaks(Some(becomes)));
        Some(MovedLine {
            order: open.id(),
            line: line.number,
            sku: sku_state.sku().clone(),
            tier: self.tier_of(open),
            units: entry.units,
            value_minor: value_minor(line, entry.units),
            was,
            becomes: becomes.clone(),
            breaks: after.beyond(before),
        })
    }

    /// Which bounds a date breaks. None is broken by a date that nobody knows.
    fn breaks(
        &self,
        sku_state: &SkuState,
        entry: &Waiting,
        open: &Open,
        told: Option<&Promise>,
    ) -> Breaks {
        let Some(at) = told.and_then(|told| told.at()) else {
            return Breaks::default();
        };
        let placed_at = open.placed_at();
        let extra = self.book.extra(entry.order);
        let after = |bound: Option<Timestamp>| bound.is_some_and(|bound| at > bound);
        Breaks {
            longest_wait: after(longest_wait_days(sku_state).map(|days| {
                // How long it waits counts from the day from which it may have stock.
                let from = self.opens_at(entry.from, placed_at).unwrap_or(placed_at);
                from.plus_days(i64::from(days))
            })),
            wanted: after(extra.and_then(|extra| extra.requested_at)),
            deadline: after(extra.and_then(|extra| extra.ship_by)),
        }
    }
}

fn longest_wait_days(sku_state: &SkuState) -> Option<u32> {
    match &sku_state.policy()?.segment {
        Segment::Backorderable {
            longest_wait_days, ..
        } => Some(*longest_wait_days),
        Segment::Substitutable { .. } | Segment::StockOnly => None,
    }
}

fn value_minor(line: &OpenLine, units: u32) -> i64 {
    // Saturates: money, at any price that a customer names.
    line.unit_price_minor.saturating_mul(i64::from(units))
}

impl Breaks {
    /// Those that were not broken before.
    const fn beyond(self, before: Self) -> Self {
        Self {
            longest_wait: self.longest_wait && !before.longest_wait,
            wanted: self.wanted && !before.wanted,
            deadline: self.deadline && !before.deadline,
        }
    }
}

impl Moved {
    fn count(&mut self, line: &MovedLine) {
        let one = |counted: &mut u64, is: bool| *counted = counted.plus(u64::from(is));
        one(&mut self.lines, true);
        self.units = self.units.plus(u64::from(line.units));
        // Saturates: as each line's.
        self.value_minor = self.value_minor.saturating_add(line.value_minor);
        let was = line.was.as_ref().and_then(Promise::at);
        match (line.becomes.at(), was) {
            (None, _) => one(&mut self.undated, true),
            (Some(at), Some(was)) if at < was => one(&mut self.earlier, true),
            (Some(_), Some(_)) => one(&mut self.later, true),
            (Some(_), None) => one(&mut self.earlier, true),
        }
        one(&mut self.too_long, line.breaks.longest_wait);
        one(&mut self.after_wanted, line.breaks.wanted);
        one(&mut self.after_deadline, line.breaks.deadline);
    }
}
