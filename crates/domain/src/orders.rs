//! What customers asked for: orders while they are open, and what may be said about them.
//!
//! Knows nothing of stock or suppliers: what a line gets is the allocator's to say; which locations
//! there are, and what left, is inventory's. An order leaves memory when it closes; its story then
//! stands on the log.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Due, MAX_DUE_EVENTS, NoErrand, Projection, Recorded, Room};
use crate::demand::{Change, LineChanges};
use crate::event::{
    AllocatorEvent, InventoryEvent, LocationDefined, OrderCancelled, OrderPlaced, OrdersEvent,
    SubstituteAccepted,
};
use crate::ids::{LocationId, OrderId, Sku, Tier, Timestamp, but_near};

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
pub use order::{Chapter, ChapterKind, Line, Offer, Order, OrderStatus};
pub use queries::{Filter, MAX_PAGE, MAX_PAGE_LINES, MAX_SCANNED, Page};

use queries::Index;

/// The most lines and story entries that the closings of one `due` carry together, so that they
/// fit in one commit whatever the orders look like; the rest is due after.
pub const MAX_DUE_WEIGHT: usize = 4_000;

/// The room's state: open orders.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Orders {
    open: BTreeMap<OrderId, Order>,
    /// Those that were defined: an order is collected at no other.
    locations: BTreeSet<LocationId>,
    /// Follows from `open`, so a snapshot does without it.
    #[serde(skip)]
    index: Index,
}

/// What a snapshot holds, in the order of the fields above.
#[derive(Deserialize)]
struct Kept {
    open: BTreeMap<OrderId, Order>,
    locations: BTreeSet<LocationId>,
}

impl From<Kept> for Orders {
    fn from(kept: Kept) -> Self {
        let mut index = Index::default();
        for (id, order) in &kept.open {
            index.add(id, order);
        }
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
    const SHAPE: u32 = 4;
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
        if let Entry::Vacant(vacant) = self.open.entry(placed.order.clone()) {
            let order = Order::new(placed, recorded.position, recorded.at);
            self.index.add(&placed.order, &order);
            vacant.insert(order);
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
            order.change(&change);
            let kind = match change.change {
                Change::Cancel { .. } => ChapterKind::Cancelled,
                Change::Exchange { .. } => ChapterKind::Substituted,
                Change::Open(accepted) => {
                    self.index.lists(change.order, &accepted.sku);
                    ChapterKind::Substituted
                }
                Change::Assign(_)
                | Change::Release(_)
                | Change::Wait(_)
                | Change::Offer(_)
                | Change::Refuse(_)
                | Change::Promise(_) => ChapterKind::Settled,
                Change::Ship { .. } => ChapterKind::Shipped,
                Change::Close => {
                    self.close(change.order);
                    continue;
                }
                // An order tells itself that it was placed; a wave is the floor's own matter.
                Change::Place(_) | Change::Freeze { .. } => continue,
            };
            if order.tell(Chapter::of(recorded, kind)) {
                touched.push(change.order);
            }
        }
        for id in touched {
            if let Some(order) = self.open.get_mut(id) {
                self.index.restate(id, order);
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
    type Errand = NoErrand;

    /// An order of which nothing is open is closed.
    fn due(&self, _now: Timestamp) -> Due<NoErrand> {
        let mut due = Due::default();
        let mut weight = 0_usize;
        for id in &self.index.closable {
            let Some(order) = self.open.get(id) else {
                continue;
            };
            weight = weight
                .saturating_add(order.lines.len())
                .saturating_add(order.story.len());
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
    /// Why orders says no.
    OrdersRefusal {
        /// Nobody placed it.
        UnknownOrder { order: OrderId } => Unknown "order_id",
            "no order {order} is known",
            "check the number, or list open orders with ListOrders";
        /// It would be collected where nobody has defined a location. `near` names one that
        /// differs in case or whitespace alone.
        UnknownLocation { location: LocationId, near: String } => Unknown "pick_up_location_id",
            "no location {location} is defined{near}",
            "check the id, or define it with DefineLocation of inventory; orders knows it a \
             moment later";
        /// The channels of open orders are counted, and so are their tiers and regions.
        TooManyChannelsNamed { channel: String } => Exhausted "channel",
            "{channel} would be one more than the {MAX_CHANNELS} channels that open orders name",
            "use a channel of an open order, or wait until all orders of another are closed";
        /// More tiers than the allocator tells apart.
        TooManyTiersNamed { tier: Tier } => Exhausted "customer.tier",
            "{tier} would be one more than the {MAX_TIERS} tiers that open orders name",
            "use a tier of an open order, or wait until all orders of another are closed";
        /// More regions than the allocator tells apart.
        TooManyRegionsNamed { region: String } => Exhausted "ship_to.region",
            "{region} would be one more than the {MAX_REGIONS} regions that open orders name",
            "use a region of an open order, leave it out, or wait until all orders of another are \
             closed";
        /// Everything of it was shipped, cancelled or refused.
        OrderIsClosed { order: OrderId, revision: u64 } => Precondition "order_id",
            "order {order} was closed at revision {revision}",
            "nothing of it is open any more; read what became of it with GetOrder";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 } => Unknown "lines",
            "order {order} has no line {line}",
            "read the order's line numbers with GetOrder";
        /// All units of the line were shipped, cancelled or refused.
        NothingToCancel { order: OrderId, line: u32 } => Precondition "lines",
            "line {line} of order {order} has nothing left to cancel",
            "read what became of the line with GetOrder";
        /// All units of the order were shipped, cancelled or refused.
        NothingOpen { order: OrderId } => Precondition "order_id",
            "order {order} has nothing left to cancel",
            "read what became of it with GetOrder";
        /// An order of nothing.
        NoLines {} => Invalid "lines",
            "the order has no lines",
            "name at least one line with a SKU and a quantity";
        /// More lines than an order may have.
        TooManyLines { lines: usize } => Invalid "lines",
            "{lines} lines are given, {MAX_LINES} is the most",
            "split the order";
        /// Nothing waits on the line that something else was offered for.
        NothingOffered { order: OrderId, line: u32 } => Precondition "line",
            "nothing is offered instead of line {line} of order {order}",
            "read what became of the line with GetOrder";
        /// It was not accepted in time.
        OfferLapsed { order: OrderId, line: u32, until: Timestamp } => Precondition "line",
            "what was offered for line {line} of order {order} could be accepted until {until}",
            "place another order for it";
        /// Something else than what was offered.
        NotAmongAlternatives { line: u32, sku: Sku } => Precondition "sku",
            "{sku} is not among what is offered instead of line {line}",
            "read what is offered with GetOrder";
        /// More than waits.
        MoreThanOffered { line: u32, quantity: u32, offered: u32 } => Precondition "quantity",
            "{quantity} units are taken instead of line {line}, which waits for {offered}",
            "take at most what waits; for more, place another order";
        /// The numbers of an order's lines go up to 4,294,967,295.
        NoLineNumberLeft { order: OrderId } => Precondition "order_id",
            "no line can be added to order {order}: its last one has the highest number",
            "place another order for it";
        /// Lines are numbered from 1.
        LineNumberZero {} => Invalid "lines.line",
            "a line has the number 0",
            "number lines from 1";
        /// Two lines with one number.
        LineTwice { line: u32 } => Invalid "lines.line",
            "line {line} is given twice",
            "give each line a number of its own";
        /// None, or more than anyone orders.
        QuantityOutOfRange { line: u32, quantity: u32 } => Invalid "lines.quantity",
            "line {line} asks for {quantity} units; 1 to {MAX_QUANTITY} is possible",
            "correct the quantity, or leave the line out";
        /// Money that would flow the wrong way.
        NegativePrice { line: u32, unit_price_minor: i64 } => Invalid "lines.unit_price_minor",
            "line {line} has the negative unit price {unit_price_minor}",
            "give a price of 0 or more, in minor units";
        /// The sum cannot be counted.
        ValueTooBig {} => Invalid "lines.unit_price_minor",
            "the order's value is over what 64 bits hold",
            "check prices and quantities: prices are in minor units";
        /// Not a channel's name.
        ChannelMalformed {} => Invalid "channel",
            "the channel must be 1 to {MAX_CHANNEL_CHARS} printable characters",
            "name the channel by a short word, such as web";
        /// Not an address.
        EmailMalformed {} => Invalid "customer.email",
            "the e-mail address is not name@host of at most {MAX_EMAIL_BYTES} bytes",
            "correct the address, or leave it out: then nobody is told";
        /// Not a country's name.
        CountryMalformed {} => Invalid "ship_to.country",
            "the country must be 1 to {MAX_COUNTRY_CHARS} printable characters",
            "give the country's name or its ISO 3166 code";
        /// Not a region's name.
        RegionMalformed {} => Invalid "ship_to.region",
            "the region must be 1 to {MAX_COUNTRY_CHARS} printable characters",
            "name the region, or leave it out";
        /// Placed tomorrow, or before there were computers to take it.
        PlacedAtOutOfRange { placed_at: Timestamp } => Invalid "placed_at",
            "the order says it was placed at {placed_at}, which is not between 1970 and now",
            "correct the time, or leave it out: then it is placed now";
        /// Wanted before it was placed, or in another age.
        RequestedAtOutOfRange { requested_at: Timestamp } => Invalid "requested_at",
            "requested for {requested_at}: before it was placed, or over {MAX_REQUESTED_DAYS} days \
             after",
            "correct the date, or leave it out";
        /// Shipped before it was placed, or in another age.
        ShipByOutOfRange { ship_by: Timestamp } => Invalid "ship_by",
            "to be shipped by {ship_by}: before it was placed, or over {MAX_REQUESTED_DAYS} days \
             after",
            "correct the deadline, or leave it out";
        /// Not on the scale.
        UrgencyOutOfRange {} => Invalid "urgency",
            "the urgency is not 1 to {MAX_URGENCY}",
            "give 1 (it can wait) to 5 (at once), or leave it out";
        /// Nobody has spent less than nothing.
        NegativeLifetimeValue { lifetime_value_minor: i64 } =>
            Invalid "customer.lifetime_value_minor",
            "the customer is said to have spent {lifetime_value_minor} so far",
            "give 0 or more, in minor units of the order's currency, or leave it out";
        /// A story where a reason is asked for.
        ReasonMalformed {} => Invalid "reason",
            "the reason must be at most {MAX_REASON_CHARS} printable characters",
            "shorten the reason";
    }
}
