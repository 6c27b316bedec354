//! Who gets it: which stock goes to whom, who waits, and every date that is told.
//!
//! What became true is applied as it stands on the log; policy lives in `settle` alone, which is
//! asked by `due` and never by `evolve`. Must not know how orders are taken, stock is counted or
//! suppliers are talked with.

use domain::exact::Exact;
use serde::{Deserialize, Serialize};

use agenda::Agenda;
use book::Book;
use catalogue::Catalogue;
use domain::decider::{Decider, Due, MAX_DUE_EVENTS, NoSideEffect, Room};
use domain::event::Event;
use domain::ids::Timestamp;
use domain::zones::Zones;
use measures::Measures;
use purchases::Purchases;
use sharing::Sharings;
use sku_states::SkuStates;

mod agenda;
mod assign_stock;
mod availability;
mod bins;
mod blockers;
mod book;
mod catalogue;
mod causes;
mod check;
mod commands;
mod decisions;
mod delta;
mod effect_batch;
mod end_waits;
mod entry;
mod exceptions;
mod explain;
mod fair;
mod figures;
mod fold;
mod folding;
mod holds;
pub mod impact;
mod later;
mod likely;
mod line;
mod marked;
pub mod measures;
mod offers;
mod passed_over;
mod policy;
mod prioritise;
mod promise;
mod provenance;
mod purchases;
mod queries;
mod queue_key;
mod ration;
pub mod rebalance;
mod refusals;
mod reliability;
pub mod rule;
mod settle;
mod sharing;
mod sku_state;
mod sku_states;
mod source;
mod supply;
mod told_days;
mod tree;
mod verdict;
pub mod why;
pub mod wording;

pub use assign_stock::AssignStock;
pub use availability::{Asked, Availability, Disposition};
pub use commands::{CommitRebalance, HoldStock, ReleaseHold, SetRankingRule};
pub use decisions::Trail;
pub use effect_batch::MAX_SETTLED_BYTES;
pub use end_waits::EndWaits;
pub use explain::{Explanation, MAX_EXPLAINED, QueuePlace};
pub use holds::{Hold, MAX_HOLD_MS, MAX_HOLD_UNITS, MAX_OPEN_HOLDS};
pub use likely::LineDates;
pub use line::{Line, MAX_PRIORITIES, MAX_PRIORITY_DAYS, Order};
pub use offers::{MAX_INSTEAD, MAX_INSTEAD_DAYS};
pub use policy::Policy;
pub use prioritise::Prioritise;
pub use promise::{LAPSE_GRACE_DAYS, PROMISE_TOLERANCE_DAYS};
pub use provenance::MAX_GAVE;
pub use queries::{PromiseBasis, QueueLine, QueuePage};
pub use queue_key::{LogOrder, QueueKey};
pub use refusals::AllocatorRefusal;
pub use reliability::{DELIVERIES_KEPT, DELIVERIES_NEEDED, Outlook, Reliability};
pub use rule::{Merits, RankingRule};
pub use sku_state::LastReceipt;
pub use supply::{Inbound, MAX_LATER_DAYS, Step, Supply, Word};
pub use tree::{Leaf, Sum, Tree};
pub use verdict::Refusal;

/// The room's state: open orders, and one state for each SKU. What comes again and again in texts
/// is kept by small numbers.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocator {
    zones: Zones,
    holds: holds::Holds,
    offers: offers::Offers,
    /// Lines of suspended orders that are to give back what they have.
    gives_back: marked::Marked<()>,
    /// Lines that are to be refused with their order, each with the refusal that it follows from.
    falls: marked::Marked<provenance::Source>,
    rule: RankingRule,
    catalogue: Catalogue,
    measures: Measures,
    book: Book,
    sku_states: SkuStates,
    purchases: Purchases,
    /// Divisions in fair shares that are under way.
    sharings: Sharings,
    agenda: Agenda,
    /// Days that were told, as far as they count for the ranks once they come.
    told_days: told_days::ToldDays,
    reliability: Reliability,
    decisions: decisions::Decisions,
    /// The fact that is being folded; nothing between facts.
    #[serde(skip)]
    folding: folding::Folding,
}

domain::hears! {
    /// Whose facts this room folds: what is wanted, what there is, and what is to come.
    pub enum AllocatorHears {
        Orders(OrdersEvent),
        Inventory(InventoryEvent),
        Allocator(AllocatorEvent),
        SupplierGateway(SupplierGatewayEvent),
    }
}

impl Decider for Allocator {
    const ROOM: Room = Room::Allocator;
    type Refusal = AllocatorRefusal;
    type SideEffect = NoSideEffect;

    /// Told days that have come, by which lines rank from then on. Else one `settled` over every
    /// SKU that was touched and every date that has lapsed; if it would grow too long, the rest is
    /// due after it.
    fn due(&self, now: Timestamp) -> Due<NoSideEffect> {
        let mut due = Due::default();
        if let Some(come) = self.promises_come(now) {
            due.events.push(come.into());
            return due;
        }
        let ended = self.holds.due(now, MAX_DUE_EVENTS.minus(1));
        due.events.extend(ended.into_iter().map(Event::from));
        due.events
            .extend(settle::settle(self, now).map(Event::from));
        let first = |number| self.sku_states.get(number)?.first_date();
        let next_lapse = self.agenda.next_lapse(now, first);
        let ends = [self.holds.next_end(now), self.offers.next_end(now)];
        let opens = self.agenda.next_opening(self.day(now));
        let told = self.told_days.next(self.day(now));
        let days = opens.into_iter().chain(told);
        let days = days.map(|day| self.zones.cell().begin(day.0.into()));
        let next = ends.into_iter().flatten().chain(next_lapse).chain(days);
        if let Some(at) = next.min() {
            due.again(at);
        }
        due
    }

    fn check_some(&self, seed: u64) -> Vec<String> {
        self.check_sample(seed)
    }
}
