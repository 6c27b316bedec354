//! Who gets it: which stock goes to whom, who waits, and every date that is told.
//!
//! What became true is applied as it stands on the log; policy lives in `settle` alone, which is
//! asked by `due` and never by `evolve`. Must not know how orders are taken, stock is counted or
//! suppliers are talked with.

use serde::{Deserialize, Serialize};

use agenda::Agenda;
use book::Book;
use catalogue::Catalogue;
use domain::decider::{Decider, Due, MAX_DUE_EVENTS, NoErrand, Projection, Recorded, Room};
use domain::event::{AllocatorEvent, Event, InventoryEvent, OrdersEvent, SupplierGatewayEvent};
use domain::ids::{HoldId, LocationId, OrderId, Sku, Tier, Timestamp};
use measures::Measures;
use purchases::Purchases;
use sharing::Sharings;
use sku_states::SkuStates;

mod agenda;
mod availability;
mod blockers;
mod book;
mod catalogue;
mod check;
mod commands;
mod delta;
mod effect_batch;
mod entry;
mod explain;
mod fair;
mod figures;
mod fold;
mod holds;
mod likely;
mod line;
pub mod measures;
mod names;
mod offers;
mod passed_over;
mod promise;
mod purchases;
mod queries;
mod queue_key;
mod ration;
pub mod rebalance;
mod reliability;
pub mod rule;
mod settle;
mod sharing;
mod sku_state;
mod sku_states;
mod slab;
mod source;
mod supply;
mod tree;
mod verdict;
pub mod wording;

pub use availability::{Asked, Availability, Outcome};
pub use commands::{CommitRebalance, HoldStock, ReleaseHold, SetRankingRule};
pub use effect_batch::MAX_SETTLED_BYTES;
pub use explain::{Explanation, MAX_EXPLAINED, QueuePlace};
pub use holds::{Hold, MAX_HOLD_MS, MAX_HOLD_UNITS, MAX_OPEN_HOLDS};
pub use likely::LineDates;
pub use line::{Holding, Line, Order};
pub use promise::{LAPSE_GRACE_DAYS, PROMISE_TOLERANCE_DAYS};
pub use queries::{PromiseBasis, QueueLine, QueuePage};
pub use queue_key::{LogOrder, QueueKey};
pub use reliability::{DELIVERIES_KEPT, DELIVERIES_NEEDED, Outlook, Reliability};
use rule::{MAX_BOOST_DAYS, MAX_EXPLANATION_CHARS, MAX_STEPS, MAX_TIERS, URGENCIES};
pub use rule::{Merits, RankingRule};
pub use sku_state::{LastReceipt, MAX_WINNERS, Policy, Winner};
pub use supply::{Inbound, Step, Supply};
pub use tree::{Leaf, Sum, Tree};

/// The room's state: open orders, and one SKU state an SKU. What comes again and again in texts is
/// kept by small numbers.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocator {
    holds: holds::Holds,
    offers: offers::Offers,
    rule: RankingRule,
    catalogue: Catalogue,
    measures: Measures,
    book: Book,
    sku_states: SkuStates,
    purchases: Purchases,
    /// Divisions in fair shares that are under way.
    sharings: Sharings,
    agenda: Agenda,
    reliability: Reliability,
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

impl Projection for Allocator {
    const SHAPE: u32 = 13;
    type Hears<'a> = AllocatorHears<'a>;

    fn evolve(&mut self, recorded: Recorded, event: AllocatorHears<'_>) {
        self.measures.begin(recorded.at);
        match event {
            AllocatorHears::Orders(event) => self.fold_orders(recorded, event),
            AllocatorHears::Inventory(event) => self.fold_inventory(recorded, event),
            AllocatorHears::Allocator(event) => self.fold_allocator(recorded, event),
            AllocatorHears::SupplierGateway(event) => self.fold_supplier_gateway(recorded, event),
        }
    }
}

/// What each fact of a room is for this one.
impl Allocator {
    fn fold_orders(&mut self, recorded: Recorded, event: &OrdersEvent) {
        match event {
            OrdersEvent::OrderPlaced(placed) => self.placed(recorded, placed),
            OrdersEvent::OrderCancelled(cancelled) => self.cancelled(recorded, cancelled),
            OrdersEvent::SubstituteAccepted(accepted) => {
                self.substitute_accepted(recorded, accepted);
            }
            OrdersEvent::OrderClosed(closed) => self.closed(recorded, closed),
        }
    }

    fn fold_inventory(&mut self, recorded: Recorded, event: &InventoryEvent) {
        match event {
            InventoryEvent::ItemDefined(item) => self.item_defined(recorded, item),
            InventoryEvent::LocationDefined(location) => {
                self.catalogue.define(location, recorded.position.revision);
            }
            InventoryEvent::Received(received) => {
                self.reliability.received(received, recorded.at);
                self.received(recorded, received);
            }
            InventoryEvent::Adjusted(adjusted) => self.adjusted(recorded, adjusted),
            InventoryEvent::WaveReleased(wave) => self.wave_released(wave),
            InventoryEvent::Shipped(shipped) => self.shipped(recorded, shipped),
            InventoryEvent::ReplenishmentRequested(_) => {}
        }
    }

    fn fold_allocator(&mut self, recorded: Recorded, event: &AllocatorEvent) {
        match event {
            AllocatorEvent::Settled(settled) => self.settled(recorded, settled),
            AllocatorEvent::RankingRuleSet(set) => self.ranking_rule_set(recorded, set),
            AllocatorEvent::Rebalanced(run) => self.rebalanced(recorded, run),
            AllocatorEvent::StockHeld(held) => self.stock_held(recorded, held),
            AllocatorEvent::HoldEnded(ended) => self.hold_ended(recorded, ended),
        }
    }

    fn fold_supplier_gateway(&mut self, recorded: Recorded, event: &SupplierGatewayEvent) {
        match event {
            SupplierGatewayEvent::PurchaseOrdered(ordered) => {
                self.reliability.ordered(ordered);
                self.purchase_ordered(recorded, ordered);
            }
            SupplierGatewayEvent::PurchaseConfirmed(confirmed) => {
                self.reliability.confirmed(confirmed);
                self.purchase_dated(recorded, &confirmed.purchase_order, &confirmed.lines);
            }
            SupplierGatewayEvent::PurchaseDelayed(delayed) => {
                self.purchase_dated(recorded, &delayed.purchase_order, &delayed.lines);
            }
            SupplierGatewayEvent::PurchaseRejected(rejected) => {
                self.reliability.rejected(rejected);
                self.purchase_rejected(recorded, rejected);
            }
            SupplierGatewayEvent::PurchaseShipped(shipped) => {
                self.purchase_shipped(recorded, shipped);
            }
            // Stock is ours when it is counted, not when it stands at the dock.
            SupplierGatewayEvent::PurchaseDelivered(_)
            | SupplierGatewayEvent::SupplierDefined(_) => {}
        }
    }
}

impl Decider for Allocator {
    const ROOM: Room = Room::Allocator;
    type Refusal = AllocatorRefusal;
    type Errand = NoErrand;

    /// One `settled` over every SKU that was touched and every date that has lapsed; if it would
    /// grow too long, the rest is due after it.
    fn due(&self, now: Timestamp) -> Due<NoErrand> {
        let mut due = Due::default();
        let ended = self.holds.due(now, MAX_DUE_EVENTS.saturating_sub(1));
        due.events.extend(ended.into_iter().map(Event::from));
        due.events
            .extend(settle::settle(self, now).map(Event::from));
        let first = |number| self.sku_states.get(number)?.first_date();
        let next_lapse = self.agenda.next_lapse(now, first);
        let ends = [self.holds.next_end(now), self.offers.next_end(now)];
        let next = ends.into_iter().flatten().chain(next_lapse);
        if let Some(at) = next.min() {
            due.again(at);
        }
        due
    }
}

domain::refusals! {
    /// Why the allocator has no answer.
    AllocatorRefusal {
        /// Not placed, or closed.
        UnknownOrder { order: OrderId } => Unknown "order_id",
            "no open order {order} is known",
            "check the number; the story of a closed order is with orders, in GetOrder";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 } => Unknown "line",
            "order {order} has no line {line}",
            "read the order's line numbers with GetOrder of orders";
        /// Never defined, ordered or received.
        UnknownSku { sku: Sku } => Unknown "sku",
            "nobody has defined or ordered the SKU {sku}",
            "check the SKU, or define it with DefineItem of inventory";
        /// Nobody of it ever ordered, and the rule in force does not name it. Its name may be
        /// beyond those that are told apart; then its lines are among the others.
        UnknownTier { tier: Tier, known: String } => Unknown "tier",
            "no order of the tier {tier} is counted; known are {known}",
            "ask for a tier that is known: up to 20 are named";
        /// Nothing was ever ordered through it.
        UnknownChannel { channel: String, known: String } => Unknown "channel",
            "no order through the channel {channel} is counted; known are {known}",
            "ask for a channel that is known: up to 20 are named";
        /// Nobody has defined it. `near` names one that differs in case or whitespace alone.
        UnknownLocation { location: LocationId, near: String } => Unknown "pick_up_location_id",
            "no location {location} is defined{near}",
            "check the id, or define it with DefineLocation of inventory";
        /// Nothing that could be read out to a customer.
        ExplanationMalformed {} => Invalid "rule.explanation",
            "the explanation must be 1 to {MAX_EXPLANATION_CHARS} printable characters",
            "say in a sentence, as to a customer, who comes first and why";
        /// Somebody would wait for ever.
        BoostTooLarge { days: u32 } => Invalid "rule.max_boost_days",
            "max_boost_days is {days}, {MAX_BOOST_DAYS} is the most",
            "bound the sum of all boosts: nobody waits behind an order placed later than that";
        /// Days that the sum can never reach.
        BoostOverMaximum { what: String, days: u32, most: u32 } => Invalid "rule",
            "{what} is {days} days, over max_boost_days, which is {most}",
            "give fewer days, or raise max_boost_days";
        /// More tiers than a rule may name.
        TooManyTiers { tiers: usize } => Invalid "rule.tier_days",
            "{tiers} tiers are named, {MAX_TIERS} is the most",
            "name only tiers that are boosted";
        /// More steps than a rule may have.
        TooManySteps { what: String, steps: usize } => Invalid "rule",
            "{what} has {steps} steps, {MAX_STEPS} is the most",
            "join neighbouring steps";
        /// Nobody orders for less than nothing.
        NegativeAmount { what: String } => Invalid "rule",
            "{what} begins below 0",
            "give amounts of 0 or more, in minor units";
        /// More money or haste would give fewer days.
        StepsNotClimbing { what: String } => Invalid "rule",
            "{what} does not climb: its amount is not above the one before, or its days are fewer",
            "give steps from the smallest amount up, with days that do not fall";
        /// Some urgencies without days.
        NotFiveUrgencies { entries: usize } => Invalid "rule.urgency_days",
            "urgency_days has {entries} entries, not {URGENCIES}",
            "give days for each urgency from 1 to 5, or none at all";
        /// A run says who comes first, in not too many segments.
        BadSegmentCount { count: usize } => Invalid "segments",
            "{count} segments are asked for",
            "give 1 to 32 segments";
        /// A run stands on the log with all that was asked.
        TooManyFilterValues { values: usize } => Invalid "segments.filter",
            "the segments name {values} values, too many for one event",
            "name at most 1,000, or filter by tier, channel, region, date or value instead";
        /// A run looks at a bounded number of lines.
        RunTooWide { most: usize } => Exhausted "segments.filter",
            "the filters fit more than {most} open lines",
            "narrow the filter: name SKUs or orders, and run it in parts";
        /// A run is one event.
        RunTooBig { moves: usize } => Exhausted "segments.filter",
            "the run would move {moves} holdings, more than one event holds",
            "narrow the filter, or give a nervousness budget";
        /// Nobody committed what they had not seen.
        PreviewMalformed {} => Invalid "preview",
            "this is not what a preview ended with",
            "preview the run, and hand in its preview as it is";
        /// What would be done is not what was shown.
        RebalanceMoved {} => Precondition "preview",
            "stock or orders have moved on since the preview: the run would do something else now",
            "preview it again, and look at what has changed";
        /// Two plans on one state would share stock.
        StillSettling { sku: Sku } => Precondition "",
            "stock of {sku} is being given out just now",
            "try again in a moment";
        /// Never opened.
        UnknownHold { hold: HoldId } => Unknown "hold_id",
            "there is no hold {hold}",
            "check the number that CheckAvailability answered with";
        /// An order names it: what is held is that order's.
        HoldIsUsed { hold: HoldId, order: OrderId } => Precondition "hold_id",
            "order {order} uses the hold {hold}",
            "cancel the order, if it is not wanted";
        /// What is kept back for others, and what is held already, is not free to them.
        NotEnoughFree { sku: Sku, quantity: u32, free: u32 } => Precondition "quantity",
            "{free} of {sku} can be held now, not {quantity}",
            "hold less, or order: what is not there may wait";
        /// Each open hold costs memory.
        TooManyHolds {} => Exhausted "hold",
            "{MAX_OPEN_HOLDS} holds are open",
            "order without a hold, or ask again when some have ended";
        /// None, or more than anyone orders.
        HoldQuantityOutOfRange { quantity: u32 } => Invalid "quantity",
            "{quantity} units are to be held; 1 to {MAX_HOLD_UNITS} is possible",
            "correct the quantity";
        /// Over before it began, or for longer than a basket is filled.
        HoldUntilOutOfRange { until: Timestamp } => Invalid "hold.until",
            "units are to be held until {until}, which is not within a day from now",
            "hold for a shorter time, and order within it";
        /// Not a channel's name.
        HoldChannelMalformed {} => Invalid "channel",
            "the channel must be 1 to 64 printable characters",
            "name the channel as orders do, by a short word such as web";
    }
}
