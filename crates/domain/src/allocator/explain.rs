//! Why a line has what it has, in sentences that a clerk can read to a customer. Worked out from
//! the state when asked; nothing is kept for it but the last receipt. Must not decide anything.

use super::line::{Line, Order};
use super::rank::Rank;
use super::shelf::{LastReceipt, MAX_WINNERS, Shelf, Winner};
use super::{Allocator, AllocatorRefusal};
use crate::event::Promise;
use crate::ids::{OrderId, Sku, Tier, Timestamp};

/// The most lines of an order that are explained at once.
pub const MAX_EXPLAINED: usize = 500;
/// Of more lines than this at once, each names [`WINNERS_OF_MANY`] winners at most.
const MANY_LINES: usize = 50;
const WINNERS_OF_MANY: usize = 3;

/// Why a line has what it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Which line.
    pub line: u32,
    /// What.
    pub sku: Sku,
    /// Units ordered.
    pub quantity: u32,
    /// Units that stock is held for.
    pub reserved: u32,
    /// Units that wait.
    pub backordered: u32,
    /// Its place in the queue, from 1; 0 if nothing of it waits.
    pub place: u64,
    /// What it is ranked by.
    pub effective: Timestamp,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// The customer's standing.
    pub tier: Tier,
    /// Days by which that moves it forward.
    pub boost_days: u32,
    /// The version of the ranking rule.
    pub rule_version: u32,
    /// Units that wait ahead of it.
    pub units_ahead: u64,
    /// The date told for what waits.
    pub promise: Option<Promise>,
    /// The SKU's last receipt, and who got it.
    pub last_receipt: Option<LastReceipt>,
    /// For each winner of it, why they came before.
    pub reasons: Vec<String>,
    /// What would change it.
    pub would_change: Vec<String>,
    /// All of this, to be read out.
    pub sentences: Vec<String>,
}

impl Allocator {
    /// Why a line has what it has; line 0 is all lines of the order, at most [`MAX_EXPLAINED`].
    ///
    /// # Errors
    /// A refusal when the order or the line is not known, or closed.
    pub fn explain(&self, id: &OrderId, line: u32) -> Result<Vec<Explanation>, AllocatorRefusal> {
        if line > 0 {
            let (rank, order, line) = self.find(id, line)?;
            return Ok(vec![self.explained(rank, order, line)]);
        }
        let (position, order) = self.order(id)?;
        let mut lines: Vec<Explanation> = order
            .lines
            .iter()
            .take(MAX_EXPLAINED)
            .map(|line| self.explained(order.rank(position, line.line), order, line))
            .collect();
        // So that the answer stays within what a message may be.
        let winners = if lines.len() > MANY_LINES {
            WINNERS_OF_MANY
        } else {
            MAX_WINNERS
        };
        for line in &mut lines {
            line.reasons.truncate(winners);
            if let Some(receipt) = &mut line.last_receipt {
                receipt.winners.truncate(winners);
            }
        }
        Ok(lines)
    }

    fn explained(&self, rank: Rank, order: &Order, line: &Line) -> Explanation {
        let nothing = Shelf::default();
        let shelf = self.shelves.get(&line.sku).unwrap_or(&nothing);
        let backordered = line.tally.backordered();
        let ahead = shelf.queue.ahead(rank);
        let waits = backordered > 0;
        let mut explanation = Explanation {
            line: line.line,
            sku: line.sku.clone(),
            quantity: line.tally.quantity,
            reserved: line.tally.reserved(),
            backordered,
            place: if waits {
                ahead.lines.saturating_add(1)
            } else {
                0
            },
            effective: order.effective,
            placed_at: order.placed_at,
            tier: order.tier.clone(),
            boost_days: self.rule.boost_days(&order.tier),
            rule_version: self.rule.version,
            units_ahead: if waits { ahead.units } else { 0 },
            promise: line.told.clone().filter(|_| waits),
            last_receipt: shelf.last_receipt.clone(),
            reasons: Vec::new(),
            would_change: Vec::new(),
            sentences: Vec::new(),
        };
        if let Some(receipt) = &explanation.last_receipt {
            let why = |winner: &Winner| came_before(winner, rank, order);
            explanation.reasons = receipt.winners.iter().map(why).collect();
        }
        if waits {
            explanation.would_change = self.would_change(&explanation, shelf, order, line);
        }
        explanation.sentences = sentences(&explanation, self.passed_over(shelf, order, line));
        explanation
    }

    /// Why free stock, if there is some, does not go to a line that waits.
    fn passed_over(&self, shelf: &Shelf, order: &Order, line: &Line) -> Option<String> {
        let free = shelf.free();
        if line.tally.backordered() == 0 || free == 0 {
            return None;
        }
        let short = |other: &&Line| {
            let free = self.shelves.get(&other.sku).map_or(0, Shelf::free);
            u64::from(other.unfilled()) > free
        };
        if order.ship_complete
            && let Some(other) = order.lines.iter().find(short)
        {
            return Some(format!(
                "{free} are free, but the order takes stock for all its lines together, and line \
                 {} ({}) cannot be covered yet.",
                other.line, other.sku
            ));
        }
        line.complete_only.then(|| {
            format!(
                "{free} are free, but the line takes all of its {} units at once or none.",
                line.tally.backordered()
            )
        })
    }

    fn would_change(
        &self,
        it: &Explanation,
        shelf: &Shelf,
        order: &Order,
        line: &Line,
    ) -> Vec<String> {
        let needed = it.units_ahead.saturating_add(u64::from(it.backordered));
        let inbound = shelf.supply.units();
        let mut changes = vec![format!("A receipt of {needed} or more would fill it.")];
        if inbound < needed {
            let missing = needed.saturating_sub(inbound);
            changes.push(format!(
                "{inbound} are inbound: buying {missing} more would give it a firm date."
            ));
        }
        if it.units_ahead > 0 {
            changes.push(format!(
                "Each cancellation among the {} units ahead moves it forward.",
                it.units_ahead
            ));
        }
        let best = self.rule.boost_days.iter().max_by_key(|(_, days)| **days);
        if let Some((tier, days)) = best.filter(|(_, days)| **days > it.boost_days) {
            changes.push(format!(
                "Orders of tier {tier} count as placed {days} days earlier; this one's tier moves \
                 it by {}.",
                it.boost_days
            ));
        }
        if let Some(passed_over) = self.passed_over(shelf, order, line) {
            changes.push(passed_over);
        }
        changes
    }
}

fn came_before(winner: &Winner, rank: Rank, order: &Order) -> String {
    let date = winner.effective.date();
    if winner.order == order.id {
        return "It is this order.".to_owned();
    }
    match winner.effective.cmp(&rank.effective) {
        std::cmp::Ordering::Less => {
            format!(
                "It counts as placed on {date}, before {}.",
                rank.effective.date()
            )
        }
        std::cmp::Ordering::Equal => format!("It counts as placed on {date} too, and came first."),
        std::cmp::Ordering::Greater => format!(
            "It counts as placed on {date}, later, but could take what this line could not, or \
             this line was not waiting then."
        ),
    }
}

fn sentences(it: &Explanation, passed_over: Option<String>) -> Vec<String> {
    let (line, sku, quantity) = (it.line, &it.sku, it.quantity);
    let mut said = vec![format!(
        "Line {line}: {quantity} of {sku}; {} reserved, {} waiting.",
        it.reserved, it.backordered
    )];
    said.push(if it.boost_days == 0 {
        format!("It ranks by when it was placed, {}.", it.placed_at.date())
    } else {
        format!(
            "It was placed on {} and, as {}, counts as placed {} days earlier, on {} (rule {}).",
            it.placed_at.date(),
            it.tier,
            it.boost_days,
            it.effective.date(),
            it.rule_version
        )
    });
    if it.backordered == 0 {
        said.push("Nothing of it waits for stock.".to_owned());
        return said;
    }
    said.push(format!(
        "It is number {} in line; {} units wait ahead of it.",
        it.place, it.units_ahead
    ));
    said.push(match &it.promise {
        Some(Promise::Inbound { purchase_order, at }) => {
            format!(
                "Purchase order {purchase_order} covers it; expected on {}.",
                at.date()
            )
        }
        Some(Promise::Estimate { at }) => format!(
            "No purchase order covers it yet; by the usual lead time about {}.",
            at.date()
        ),
        Some(Promise::Unknown) | None => "No date is known for it yet.".to_owned(),
    });
    said.extend(passed_over);
    said.push(match &it.last_receipt {
        None => "None was received since we began to count.".to_owned(),
        Some(receipt) if receipt.winners.is_empty() => {
            format!(
                "{} came on {}; nobody has got of it yet.",
                receipt.quantity,
                receipt.at.date()
            )
        }
        Some(receipt) => {
            let names: Vec<String> = receipt
                .winners
                .iter()
                .take(5)
                .map(|winner| format!("{} ({})", winner.order, winner.quantity))
                .collect();
            format!(
                "{} came on {} and went to {}{}.",
                receipt.quantity,
                receipt.at.date(),
                names.join(", "),
                if receipt.winners.len() > 5 {
                    " and others"
                } else {
                    ""
                }
            )
        }
    });
    said
}
