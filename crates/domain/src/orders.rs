//! What customers asked for: orders while they are open, and what may be said about them.
//!
//! Knows nothing of stock or suppliers: what a line gets is the allocator's to say; which locations
//! there are, and what left, is inventory's. An order leaves memory when it closes; its timeline
//! then stands on the log.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, MAX_DUE_EVENTS, NoSideEffect, Projection, Recorded, Room};
use crate::demand::{Change, LineChanges};
use crate::event::{AllocatorEvent, InventoryEvent, LocationDefined, OrderPlaced, OrdersEvent};
use crate::ids::{LocationId, OrderId, Sku, Tier, Timestamp, but_near};
use crate::shared::{Shared, SharedMap};

mod commands;
mod door;
mod named;
mod order;
mod queries;

pub use commands::{AcceptSubstitute, CancelOrder, PlaceOrder};
pub use door::{
    MAX_CHANNEL_CHARS, MAX_COUNTRY_CHARS, MAX_EMAIL_BYTES, MAX_LINES, MAX_QUANTITY,
    MAX_REASON_CHARS, MAX_REQUESTED_DAYS, MAX_URGENCY,
};
pub use named::{MAX_CHANNELS, MAX_REGIONS, MAX_TIERS};
pub use order::{Line, Offer, Order, OrderStatus, TimelineEntry, TimelineEntryKind};
pub use queries::{Filter, MAX_PAGE, MAX_PAGE_LINES, MAX_SCANNED, Page};

use crate::exact::Exact;
use queries::Index;

/// The most lines and timeline entries that the closings of one `due` carry together, so that they
/// fit in one commit whatever the orders look like; the rest is due after.
pub const MAX_DUE_WEIGHT: usize = 4_000;

/// The room's state: open orders.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Orders {
    open: SharedMap<OrderId, Shared<Order>>,
    /// Those that were defined: an order is collected at no other.
    locations: BTreeSet<LocationId>,
    /// Follows from `open`, so a snapshot does without it.
    #[serde(skip)]
    index: Index,
}

/// What a snapshot holds, in the order of the fields above.
#[derive(Deserialize)]
struct Kept {
    open: SharedMap<OrderId, Shared<Order>>,
    locations: BTreeSet<LocationId>,
}

impl From<Kept> for Orders {
    fn from(kept: Kept) -> Self {
        let index = Index::of(&kept.open);
        Self {
            open: kept.open,
            locations: kept.locations,
            index,
        }
    }
}

crate::hears! {
    /// Whose facts this room folds: what the allocator gives, and where inventory has stock and
    /// ships it from.
    pub enum OrdersHears {
        Orders(OrdersEvent),
        Allocator(AllocatorEvent),
        Inventory(InventoryEvent),
    }
}

impl Projection for Orders {
    const SHAPE: u32 = 5;
    type Hears<'a> = OrdersHears<'a>;

    fn evolve(&mut self, recorded: Recorded, event: OrdersHears<'_>) {
        match event {
            OrdersHears::Orders(event) => match event {
                OrdersEvent::OrderPlaced(placed) => self.placed(recorded, placed),
                OrdersEvent::OrderCancelled(_)
                | OrdersEvent::SubstituteAccepted(_)
                | OrdersEvent::OrderClosed(_) => self.follow(recorded, event.line_changes()),
            },
            OrdersHears::Allocator(event) => match event {
                AllocatorEvent::Settled(_) | AllocatorEvent::Rebalanced(_) => {
                    self.follow(recorded, event.line_changes());
                }
                AllocatorEvent::RankingRuleSet(_)
                | AllocatorEvent::StockHeld(_)
                | AllocatorEvent::HoldEnded(_) => {}
            },
            OrdersHears::Inventory(event) => match event {
                InventoryEvent::Shipped(_) => self.follow(recorded, event.line_changes()),
                InventoryEvent::LocationDefined(location) => self.location_defined(location),
                InventoryEvent::ItemDefined(_)
                | InventoryEvent::Received(_)
                | InventoryEvent::Adjusted(_)
                | InventoryEvent::WaveReleased(_)
                | InventoryEvent::ReplenishmentRequested(_) => {}
            },
        }
    }
}

impl Orders {
    fn placed(&mut self, recorded: Recorded, placed: &OrderPlaced) {
        if !self.open.contains_key(&placed.order) {
            let order = Order::new(placed, recorded.position, recorded.at);
            self.index.add(&placed.order, &order);
            self.open.insert(placed.order.clone(), order.into());
        }
    }

    fn location_defined(&mut self, defined: &LocationDefined) {
        self.locations.insert(defined.location.clone());
    }

    /// What an event does to lines. Changes of one order may stand apart; its status is worked out
    /// once, after all of them.
    fn follow(&mut self, recorded: Recorded, changes: LineChanges<'_>) {
        let mut touched = Vec::new();
        for change in changes {
            let Some(order) = self.open.get_mut(change.order) else {
                continue;
            };
            let order = order.to_mut();
            order.change(&change);
            let kind = match change.change {
                Change::Cancel { .. } => TimelineEntryKind::Cancelled,
                Change::Exchange { .. } => TimelineEntryKind::Substituted,
                Change::Open(accepted) => {
                    self.index.lists(change.order, &accepted.sku);
                    TimelineEntryKind::Substituted
                }
                Change::Assign(_)
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Offer(_)
                | Change::Refuse(_)
                | Change::Promise(_) => TimelineEntryKind::Settled,
                Change::Ship { .. } => TimelineEntryKind::Shipped,
                Change::Close => {
                    self.close(change.order);
                    continue;
                }
                // An order tells itself that it was placed; a wave is the floor's own matter.
                Change::Place(_) | Change::Freeze { .. } => continue,
            };
            if order.add_entry(TimelineEntry::of(recorded, kind)) {
                touched.push(change.order);
            }
        }
        for id in touched {
            if let Some(order) = self.open.get_mut(id) {
                self.index.restate(id, order.to_mut());
            }
        }
    }

    fn close(&mut self, id: &OrderId) {
        if let Some(order) = self.open.remove(id) {
            self.index.remove(id, &order);
        }
    }
}

impl Orders {
    /// Whether the names that an order brings are known, or within their bounds.
    fn check_names(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        self.check_pick_up(request)?;
        self.index.named.check(request)
    }

    /// Stock stands only where a location was defined, so an order for another would wait for ever.
    fn check_pick_up(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        let at = request.pick_up_at.as_ref();
        let Some(at) = at.filter(|at| !self.locations.contains(*at)) else {
            return Ok(());
        };
        let known = self.locations.iter().map(LocationId::as_str);
        Err(OrdersRefusal::UnknownLocation {
            location: at.clone(),
            near: but_near(at.as_str(), known),
        })
    }
}

impl Decider for Orders {
    const ROOM: Room = Room::Orders;
    type Refusal = OrdersRefusal;
    type SideEffect = NoSideEffect;

    /// An order of which nothing is open is closed.
    fn due(&self, _now: Timestamp) -> Due<NoSideEffect> {
        let mut due = Due::default();
        let mut weight = 0_usize;
        for id in &self.index.closable {
            let Some(order) = self.open.get(id) else {
                continue;
            };
            weight = weight.plus(order.lines.len()).plus(order.timeline.len());
            let full = due.events.len() >= MAX_DUE_EVENTS || weight > MAX_DUE_WEIGHT;
            if full && !due.events.is_empty() {
                break;
            }
            due.events.push(order.closing(id).into());
        }
        due
    }
}

crate::refusals! {
    /// Why the orders room refuses a command.
    OrdersRefusal {
        /// No order has this number.
        UnknownOrder { order: OrderId } => Unknown "order_id",
            "no order {order} is known",
            "check the number, or list open orders with ListOrders";
        /// No location has this id. `near` names one that differs in case or whitespace alone.
        UnknownLocation { location: LocationId, near: String } => Unknown "pick_up_location_id",
            "no location {location} is defined{near}",
            "check the id, or define the location with DefineLocation and try again in a moment";
        /// Open orders have at most [`MAX_CHANNELS`] channels.
        TooManyChannelsNamed { channel: String } => Exhausted "channel",
            "the channel {channel} is new, and open orders have {MAX_CHANNELS} channels, the most",
            "use a channel of an open order, or wait until all orders of another are closed";
        /// Open orders have at most [`MAX_TIERS`] tiers.
        TooManyTiersNamed { tier: Tier } => Exhausted "customer.tier",
            "the tier {tier} is new, and open orders have {MAX_TIERS} tiers, the most",
            "use a tier of an open order, or wait until all orders of another are closed";
        /// Open orders have at most [`MAX_REGIONS`] regions.
        TooManyRegionsNamed { region: String } => Exhausted "ship_to.region",
            "the region {region} is new, and open orders have {MAX_REGIONS} regions, the most",
            "use a region of an open order, leave it out, or wait until all orders of another are \
             closed";
        /// Every unit of the order is shipped, cancelled or refused.
        OrderClosed { order: OrderId, revision: u64 } => Precondition "order_id",
            "order {order} was closed at revision {revision}",
            "a closed order does not change; read its history with GetOrder";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 } => Unknown "lines",
            "order {order} has no line {line}",
            "read the order's line numbers with GetOrder";
        /// Every unit of the line is shipped, cancelled or refused.
        NothingToCancel { order: OrderId, line: u32 } => Precondition "lines",
            "line {line} of order {order} has no units left to cancel",
            "read the state of the line with GetOrder";
        /// Every unit of the order is shipped, cancelled or refused.
        NothingOpen { order: OrderId } => Precondition "order_id",
            "order {order} has no units left to cancel",
            "read the state of the order with GetOrder";
        /// An order has at least one line.
        LinesMissing {} => Invalid "lines",
            "the order has no lines",
            "give at least one line with a SKU and a quantity";
        /// An order has at most [`MAX_LINES`] lines.
        TooManyLines { lines: usize } => Invalid "lines",
            "the order has {lines} lines, but at most {MAX_LINES} are allowed",
            "split the order";
        /// No unit of the line waits with an offer of substitutes.
        NothingOffered { order: OrderId, line: u32 } => Precondition "line",
            "no substitute is offered for line {line} of order {order}",
            "read what is offered with GetOrder";
        /// The offer ended before it was accepted.
        OfferLapsed { order: OrderId, line: u32, until: Timestamp } => Precondition "line",
            "the offer for line {line} of order {order} ended at {until}",
            "place another order for the substitute";
        /// Only an offered SKU can be accepted.
        WrongAlternative { line: u32, sku: Sku } => Precondition "sku",
            "{sku} is not among the substitutes offered for line {line}",
            "choose an offered SKU; GetOrder lists them";
        /// At most the waiting units can be substituted.
        MoreThanOffered { line: u32, quantity: u32, offered: u32 } => Precondition "quantity",
            "line {line} has {offered} units waiting, not {quantity}",
            "accept at most the waiting units; place another order for more";
        /// Line numbers go up to 4,294,967,295.
        LineNumbersUsed { order: OrderId } => Precondition "order_id",
            "no line can be added to order {order}: its last line has the highest number",
            "place another order for the substitute";
        /// Lines are numbered from 1.
        LineNumberOutOfRange {} => Invalid "lines.line",
            "a line has the number 0",
            "number lines from 1";
        /// Each line has its own number.
        RepeatedLine { line: u32 } => Invalid "lines.line",
            "line {line} is given twice",
            "give each line its own number";
        /// A line asks for 1 to [`MAX_QUANTITY`] units.
        QuantityOutOfRange { line: u32, quantity: u32 } => Invalid "lines.quantity",
            "line {line} asks for {quantity} units, not 1 to {MAX_QUANTITY}",
            "correct the quantity, or leave the line out";
        /// A price is not negative.
        PriceOutOfRange { line: u32, unit_price_minor: i64 } => Invalid "lines.unit_price_minor",
            "line {line} has the negative unit price {unit_price_minor}",
            "give a price of 0 or more, in minor units";
        /// The sum of all lines fits in 64 bits.
        ValueOutOfRange {} => Invalid "lines.unit_price_minor",
            "the value of the order does not fit in 64 bits",
            "check prices and quantities; prices are in minor units";
        /// A channel is a short word.
        ChannelMalformed {} => Invalid "channel",
            "the channel must have 1 to {MAX_CHANNEL_CHARS} printable characters",
            "name the channel by a short word, such as web";
        /// An address has the form `name@host`.
        EmailMalformed {} => Invalid "customer.email",
            "the e-mail address does not have the form name@host, or is over {MAX_EMAIL_BYTES} \
             bytes long",
            "correct the address, or leave it out; the customer is then not notified";
        /// A country is a name or a code.
        CountryMalformed {} => Invalid "ship_to.country",
            "the country must have 1 to {MAX_COUNTRY_CHARS} printable characters",
            "give the country's name or its ISO 3166 code";
        /// A region is a name.
        RegionMalformed {} => Invalid "ship_to.region",
            "the region must have 1 to {MAX_COUNTRY_CHARS} printable characters",
            "name the region, or leave it out";
        /// An order is placed between 1970 and now.
        PlacedAtOutOfRange { placed_at: Timestamp } => Invalid "placed_at",
            "the order was placed at {placed_at}, which is not between 1970 and now",
            "correct the time, or leave it out; the order is then placed now";
        /// A requested date follows the placing within [`MAX_REQUESTED_DAYS`].
        RequestedAtOutOfRange { requested_at: Timestamp } => Invalid "requested_at",
            "the requested date {requested_at} is before the order was placed, or more than \
             {MAX_REQUESTED_DAYS} days after",
            "correct the date, or leave it out";
        /// A deadline follows the placing within [`MAX_REQUESTED_DAYS`].
        ShipByOutOfRange { ship_by: Timestamp } => Invalid "ship_by",
            "the shipping deadline {ship_by} is before the order was placed, or more than \
             {MAX_REQUESTED_DAYS} days after",
            "correct the deadline, or leave it out";
        /// An urgency is 1 to [`MAX_URGENCY`].
        UrgencyOutOfRange {} => Invalid "urgency",
            "the urgency is not 1 to {MAX_URGENCY}",
            "give 1 (it can wait) to 5 (at once), or leave it out";
        /// A lifetime value is not negative.
        LifetimeValueOutOfRange { lifetime_value_minor: i64 } =>
            Invalid "customer.lifetime_value_minor",
            "the customer's lifetime value {lifetime_value_minor} is negative",
            "give 0 or more, in minor units of the order's currency, or leave it out";
        /// A reason is a short text.
        ReasonMalformed {} => Invalid "reason",
            "the reason must have at most {MAX_REASON_CHARS} printable characters",
            "shorten the reason";
    }
}
