//! Why inventory refuses a command: one variant for each rule.

use super::bounds::{
    MAX_ALTERNATIVES, MAX_CAP, MAX_CHANNEL_CHARS, MAX_DAYS, MAX_FILTER_BYTES, MAX_LEVELS,
    MAX_LINES, MAX_LOCATIONS, MAX_NAME_BYTES, MAX_OFFER_DAYS, MAX_ON_HAND, MAX_REASON_BYTES,
    MAX_TRAVELS, MAX_UNITS, MAX_WAVE_LINES, MAX_WAVE_LOOKS, MAX_WHOSE_CHARS,
};
use crate::ids::{LocationId, MoveId, OrderId, PurchaseOrderId, Sku};
use crate::quantity::{MAX_UNIT_CHARS, Step, StepError};
use crate::refusals;
use crate::renamed::MAX_FORMER_SKUS;

refusals! {
    /// Why the inventory room refuses a command.
    InventoryRefusal {
        /// No location has this id.
        UnknownLocation { location: LocationId }
            => Unknown "location_id", "no location {location} is known",
            "check the id, or define the location with DefineLocation";
        /// No time zone has this name.
        UnknownTimeZone { time_zone: String, near: String }
            => Unknown "time_zone", "no time zone is called {time_zone}{near}",
            "give an IANA name such as Europe/Berlin, or none for the cell's";
        /// No item has this SKU.
        UnknownSku { sku: Sku }
            => Unknown "sku", "no item {sku} is known",
            "check the SKU, or define the item with DefineItem";
        /// An item gave this SKU up.
        SkuOutdated { sku: Sku, to: Sku }
            => Precondition "sku", "{sku} is called {to} now",
            "name the item as it is called now";
        /// A SKU stands for one item, for ever.
        NameUsed { to: Sku, now: String }
            => Precondition "to_sku", "the SKU {to} is taken{now}",
            "give the item a SKU that nothing was ever called; an item that comes instead of \
             another is offered with EndWaits";
        /// An item gives up at most [`MAX_FORMER_SKUS`] SKUs.
        TooManyNames { sku: Sku }
            => Exhausted "sku", "{sku} has had {MAX_FORMER_SKUS} other SKUs, the most",
            "keep this one, or define another item and offer it with EndWaits";
        /// A word is somebody's.
        ByMalformed {}
            => Invalid "by",
            "the name of whose word it is must have 1 to {MAX_WHOSE_CHARS} printable characters",
            "say who decided it";
        /// No purchase order has this id.
        UnknownPurchaseOrder { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id", "no purchase order {purchase_order} is known",
            "find the purchase order with ListPurchaseOrders, or receive without one";
        /// No open order has this number.
        UnknownOrder { order: OrderId }
            => Unknown "order_id", "no open order {order} is known",
            "check the number with GetOrder; of a closed order only what was picked still leaves";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 }
            => Unknown "lines.line", "order {order} has no line {line}",
            "read the order's line numbers with GetOrder";
        /// A description has 1 to [`MAX_NAME_BYTES`] bytes.
        DescriptionMalformed { bytes: usize }
            => Invalid "description",
            "the description has {bytes} bytes, not 1 to {MAX_NAME_BYTES}",
            "describe the item in a few words";
        /// A name has 1 to [`MAX_NAME_BYTES`] bytes.
        NameMalformed { bytes: usize }
            => Invalid "name", "the name has {bytes} bytes, not 1 to {MAX_NAME_BYTES}",
            "name the location in a few words";
        /// A region has 1 to [`MAX_NAME_BYTES`] bytes.
        RegionMalformed { bytes: usize }
            => Invalid "region", "the region has {bytes} bytes, not 1 to {MAX_NAME_BYTES}",
            "name the region, or leave it out";
        /// A unit is a short word.
        UnitMalformed {}
            => Invalid "unit",
            "the unit must have 1 to {MAX_UNIT_CHARS} printable characters without spaces, and \
             not begin with a digit",
            "name the unit in short, such as m or kg, or leave it out";
        /// A step is a decimal above 0.
        StepMalformed { problem: StepError }
            => Invalid "step", "the step {problem}",
            "give the smallest quantity that is sold, such as 0.01, or leave it out";
        /// The step of an item of which anything was counted or ordered stays.
        StepUsed { sku: Sku, stands: Step, step: Step }
            => Precondition "step",
            "the step of {sku} cannot become {step}: its stock and its orders are counted in steps \
             of {stands}",
            "define another SKU with the other step, and sell the rest of this one";
        /// A cap is at most [`MAX_CAP`] units.
        CapOutOfRange { cap: u32 }
            => Invalid "segment.backorderable.cap",
            "the cap is {cap} units, but at most {MAX_CAP} are allowed",
            "give the most units that may be backordered at once";
        /// A longest wait is at most [`MAX_DAYS`] days.
        LongestWaitOutOfRange { days: u32 }
            => Invalid "segment.backorderable.longest_wait_days",
            "the longest wait is {days} days, but at most {MAX_DAYS} are allowed",
            "give the longest wait, in days, that may be promised";
        /// An item is reserved at most [`MAX_DAYS`] days before an order is wanted.
        ReserveDaysOutOfRange { days: u32 }
            => Invalid "reserve_days_before",
            "the item is reserved {days} days before, but at most {MAX_DAYS} are allowed",
            "give the days before the wanted date from which stock is reserved";
        /// What has its stock later waits until then.
        NotBeforeConflict {}
            => Invalid "segment",
            "orders wait until the item is released or reserved, but it may not be waited for",
            "let it be backorderable, or leave out releases_at and reserve_days_before";
        /// A substitutable item has 1 to [`MAX_ALTERNATIVES`] alternatives.
        AlternativeCountOutOfRange { count: usize }
            => Invalid "segment.substitutable.alternatives",
            "the item has {count} alternatives, not 1 to {MAX_ALTERNATIVES}",
            "name at least one alternative, or sell the item from stock only";
        /// An alternative is named once and is another item.
        RepeatedAlternative { sku: Sku }
            => Invalid "segment.substitutable.alternatives",
            "{sku} is named twice among the alternatives, or is the item itself",
            "name each alternative once, and never the item itself";
        /// An offer stands for at most [`MAX_OFFER_DAYS`] days.
        OfferDaysOutOfRange { days: u32 }
            => Invalid "segment.substitutable.offer_days",
            "the offer stands for {days} days, but at most {MAX_OFFER_DAYS} are allowed",
            "give the days for which the offer stands, or 0 to refuse at once";
        /// A pack has 1 to [`MAX_UNITS`] units.
        PackSizeOutOfRange { pack_size: u32 }
            => Invalid "replenishment.pack_size",
            "the pack has {pack_size} units, not 1 to {MAX_UNITS}",
            "give the units in a pack, or 1 if the item is bought by the piece";
        /// The level to order up to is above the reorder point and at most [`MAX_CAP`].
        OrderUpToOutOfRange { reorder_point: u32, order_up_to: u32 }
            => Invalid "replenishment.order_up_to",
            "order_up_to is {order_up_to}, but must be above the reorder point, {reorder_point}, \
             and at most {MAX_CAP}",
            "raise order_up_to, or lower reorder_point";
        /// A lead time is at most [`MAX_DAYS`] days.
        LeadTimeOutOfRange { days: u32 }
            => Invalid "replenishment.lead_time_days",
            "the lead time is {days} days, but at most {MAX_DAYS} are allowed",
            "give the days from order to delivery";
        /// A safety stock is at most [`MAX_CAP`] units.
        SafetyStockOutOfRange { units: u32 }
            => Invalid "protection.safety_stock",
            "the safety stock is {units} units, but at most {MAX_CAP} are allowed",
            "give the units that are never assigned, or 0 for none";
        /// An item is shared fairly or has protection levels, not both.
        FairShareConflict {}
            => Invalid "protection",
            "an item in fair shares cannot have protection levels for channels or tiers",
            "leave out fair_share, or the levels of channels and tiers";
        /// There are at most [`MAX_LEVELS`] levels for channels, and as many for tiers.
        TooManyLevels { count: usize }
            => Invalid "protection",
            "{count} protection levels are given, but at most {MAX_LEVELS} for channels and as \
             many for tiers are allowed",
            "protect units for fewer channels or tiers";
        /// A protection level is 1 to [`MAX_CAP`] units.
        LevelOutOfRange { units: u32 }
            => Invalid "protection.units",
            "the protection level is {units} units, not 1 to {MAX_CAP}",
            "correct the units, or leave the level out";
        /// A channel is a short word.
        ChannelMalformed {}
            => Invalid "protection.channels.channel",
            "the channel must have 1 to {MAX_CHANNEL_CHARS} printable characters",
            "name the channel as its orders do, such as web";
        /// A channel or a tier has one protection level.
        RepeatedLevel { of: String }
            => Invalid "protection", "{of} has two protection levels",
            "give one level with the sum of the units";
        /// A delivery or a shipment has 1 to [`MAX_LINES`] lines.
        LineCountOutOfRange { count: usize }
            => Invalid "lines", "{count} lines are given, not 1 to {MAX_LINES}",
            "give at least one line; split a larger one in parts with ids of their own";
        /// A line has 1 to [`MAX_UNITS`] units.
        QuantityOutOfRange { quantity: u32 }
            => Invalid "lines.quantity",
            "the quantity is {quantity} units, not 1 to {MAX_UNITS}",
            "correct the quantity, or leave the line out";
        /// A delivery has one line for each SKU.
        RepeatedSku { sku: Sku }
            => Invalid "lines.sku", "{sku} is given in more than one line",
            "give one line for each SKU, with the sum of the units";
        /// A shipment names each line once.
        RepeatedLine { line: u32 }
            => Invalid "lines.line", "line {line} is given more than once",
            "give each line once, with the sum of the units";
        /// A correction is 1 to [`MAX_UNITS`] units, up or down.
        ChangeOutOfRange { change: i64 }
            => Invalid "change",
            "the change is {change} units, not 1 to {MAX_UNITS} up or down",
            "give the units by which the count changes; split a larger correction";
        /// A reason has 1 to [`MAX_REASON_BYTES`] bytes.
        ReasonMalformed { bytes: usize }
            => Invalid "reason", "the reason has {bytes} bytes, not 1 to {MAX_REASON_BYTES}",
            "give a short reason, such as count, damage or customer_return";
        /// A tracking number has 1 to [`MAX_REASON_BYTES`] bytes.
        TrackingMalformed { bytes: usize }
            => Invalid "tracking",
            "the tracking number has {bytes} bytes, not 1 to {MAX_REASON_BYTES}",
            "give the carrier's number, or leave it out";
        /// A wave has 1 to [`MAX_WAVE_LINES`] lines.
        MaxLinesOutOfRange { max_lines: u32 }
            => Invalid "max_lines",
            "max_lines is {max_lines}, not 1 to {MAX_WAVE_LINES}",
            "ask for fewer lines, and release another wave after this one";
        /// A wave takes at least one unit.
        MaxUnitsOutOfRange { max_units: u32 }
            => Invalid "max_units",
            "max_units is {max_units}, not 1 to {MAX_UNITS}",
            "ask for fewer units, or leave it out to take any number";
        /// A shipment names the SKU that the line ordered.
        WrongSku { line: u32, ordered: Sku, named: Sku }
            => Precondition "lines.sku", "line {line} ordered {ordered}, not {named}",
            "check what was picked, and give the SKU of the order's line";
        /// No more of a line leaves than its customer still wants, or was picked.
        MoreThanWanted { order: OrderId, line: u32, most: u32, quantity: u32 }
            => Precondition "lines.quantity",
            "{most} units of line {line} of order {order} may still leave, not {quantity}",
            "read what the line still wants with GetOrder, and ship at most that";
        /// What leaves is reserved for the line there, or is nobody's.
        MoreThanFree { sku: Sku, location: LocationId, reserved: u64, free: u64, asked: u64 }
            => Precondition "lines.quantity",
            "at {location} {reserved} units of {sku} are reserved for the line and {free} are \
             nobody's, not {asked}",
            "ship at most these; if units that are reserved for others really left, say so with \
             from_others";
        /// At most the units on hand leave a location.
        MoreThanOnHand { sku: Sku, location: LocationId, on_hand: u64, asked: u64 }
            => Precondition "lines.quantity",
            "{on_hand} units of {sku} are on hand at {location}, not {asked}",
            "count again and correct the stock with AdjustStock, or ship fewer units";
        /// A count does not fall below 0.
        MoreThanCounted { sku: Sku, location: LocationId, on_hand: u64 }
            => Precondition "change", "only {on_hand} units of {sku} are on hand at {location}",
            "take off at most the units on hand";
        /// No line at the location waits to be picked.
        NothingToRelease { location: LocationId }
            => Precondition "location_id", "no reserved line waits for a wave at {location}",
            "wait until stock is reserved there";
        /// A wave of some lines needs lines of these that are reserved at its location.
        NothingOfItToRelease { location: LocationId }
            => Precondition "only",
            "no reserved line that is asked for waits for a wave at {location}",
            "ask for more channels or SKUs or a later date, or wait until stock is reserved there";
        /// What a wave is asked for stands on the log with it.
        WaveFilterMalformed {}
            => Invalid "only",
            "the SKUs and channels have more than {MAX_FILTER_BYTES} bytes, or control characters",
            "name fewer, as orders name them, or leave them out to take all";
        /// One wave looks at a bounded number of lines.
        NothingOfItAmongTheFirst { location: LocationId }
            => Precondition "only",
            "none of the {MAX_WAVE_LOOKS} best-ranked lines at {location} is asked for",
            "release those that rank first, or ask for more channels or SKUs or a later date";
        /// A recall is of one wave or of one order.
        RecallMalformed {}
            => Invalid "wave_id", "a recall is of a wave or of an order, not of both or neither",
            "name the wave or the order";
        /// Nothing of it is on the floor.
        NothingOnFloor { of: String }
            => Precondition "wave_id", "nothing of {of} is on the floor",
            "it has left, came back, or was never released; GetOrder lists an order's waves";
        /// Less was found than was to be picked.
        NothingShort { line: u32, location: LocationId, to_pick: u32, found: u32 }
            => Precondition "lines.found",
            "{to_pick} units of line {line} were to be picked at {location}, and {found} are found",
            "give the units that were found, fewer than were to be picked; GetOrder lists these";
        /// Stock moves between two places.
        RepeatedLocation { location: LocationId }
            => Invalid "to_location_id", "stock cannot move from {location} to {location}",
            "name two places";
        /// Units in a wave stay, and so do those of orders that are bound to the place.
        MoreThanMovable { sku: Sku, location: LocationId, movable: u32, asked: u32 }
            => Precondition "lines.quantity",
            "{movable} units of {sku} may be moved from {location}, not {asked}: the others are \
             in a wave, or reserved for orders that are collected there or may not be split",
            "move at most these, or recall the wave first";
        /// Goods travel to a time that is to come, or to today.
        ArrivalOutOfRange {}
            => Invalid "arrives_at", "the goods would have arrived already",
            "give the day on which they are to arrive, or leave it out: they are there";
        /// Goods that travel have a place that is no location.
        MoveIdUsed { location: LocationId }
            => Precondition "move_id",
            "the goods would travel as {location}, which is a location",
            "give the move another id";
        /// A location is no place at which goods travel.
        LocationUsed { location: LocationId }
            => Precondition "location_id", "{location} is where the goods of a move travel",
            "give the location another id";
        /// Something of a move must travel to be counted in.
        UnknownMove { id: MoveId }
            => Unknown "move_id", "nothing of a move {id} travels",
            "read what travels with GetStock; it has come, or left without arrives_at";
        /// A move is counted in where it goes.
        WrongLocation { id: MoveId, to: LocationId }
            => Precondition "location_id", "move {id} travels to {to}",
            "receive it there, and move it on with MoveStock";
        /// At most what travels arrives.
        MoreThanTravels { id: MoveId, sku: Sku, travels: u64, quantity: u32 }
            => Precondition "lines.quantity",
            "{travels} units of {sku} travel with move {id}, not {quantity}",
            "receive at most these, and count what is more with AdjustStock";
        /// The owners of what arrives at once are bounded.
        TooManyOwners { sku: Sku }
            => Exhausted "lines",
            "more lines have a part in the {sku} that arrives than are recorded at once",
            "receive fewer units, and the others after them with another id";
        /// A count is of what was there; what left since was there too.
        MoreThanCountedThen { sku: Sku, location: LocationId, counted: u64, left: u64 }
            => Precondition "lines.counted",
            "{counted} units of {sku} were counted at {location}, and {left} have left since then",
            "count again";
        /// At most what left comes back, once.
        MoreThanLeft { order: OrderId, line: u32, out: u32, quantity: u32 }
            => Precondition "lines.quantity",
            "{out} units of line {line} of order {order} are with the customer, not {quantity}",
            "check the order and the line; what was not shipped on it is counted with AdjustStock";
        /// A cell has at most [`MAX_LOCATIONS`] locations.
        TooManyLocations { location: LocationId }
            => Exhausted "location_id",
            "{location} cannot be defined: the cell has {MAX_LOCATIONS} locations, the most",
            "use a location that is defined, or another cell";
        /// At most [`MAX_TRAVELS`] moves travel at once.
        TooManyTravels {}
            => Exhausted "arrives_at", "{MAX_TRAVELS} moves travel already, the most at once",
            "count those in that have arrived";
        /// A location holds at most [`MAX_ON_HAND`] units of an SKU.
        TooManyUnits { sku: Sku, location: LocationId }
            => Exhausted "lines.quantity",
            "{location} would hold more than {MAX_ON_HAND} units of {sku}",
            "check the quantity, or use another location";
    }
}
