//! How inventory says no: one variant a rule.

use super::{
    MAX_ALTERNATIVES, MAX_CAP, MAX_CHANNEL_CHARS, MAX_DAYS, MAX_LEVELS, MAX_LINES, MAX_LOCATIONS,
    MAX_NAME_BYTES, MAX_OFFER_DAYS, MAX_ON_HAND, MAX_REASON_BYTES, MAX_UNITS, MAX_WAVE_LINES,
};
use crate::ids::{LocationId, OrderId, PurchaseOrderId, Sku};
use crate::refusals;

refusals! {
    /// Why inventory will not record something.
    InventoryRefusal {
        /// A location must have been defined.
        UnknownLocation { location: LocationId }
            => Unknown "location_id", "no location {location} is known",
            "define it with DefineLocation, or check the id";
        /// An item must have been defined before it is counted.
        UnknownSku { sku: Sku }
            => Unknown "sku", "no item {sku} is known",
            "define it with DefineItem, or check the SKU";
        /// A receipt belongs to a purchase order that was placed.
        UnknownPurchaseOrder { purchase_order: PurchaseOrderId }
            => Unknown "purchase_order_id", "no purchase order {purchase_order} is known",
            "check the number with ListPurchaseOrders, or receive without one";
        /// Only goods of an open order leave.
        UnknownOrder { order: OrderId }
            => Unknown "order_id", "no open order {order} is known",
            "check the number with GetOrder; a closed order ships nothing more";
        /// A line that leaves is one of the order's.
        UnknownLine { order: OrderId, line: u32 }
            => Unknown "lines.line", "order {order} has no line {line}",
            "check the order's lines with GetOrder";
        /// A description says something, briefly.
        BadDescription { bytes: usize }
            => Invalid "description",
            "a description has 1 to {MAX_NAME_BYTES} bytes, this one has {bytes}",
            "say in a few words what the item is";
        /// A name says something, briefly.
        BadName { bytes: usize }
            => Invalid "name", "a name has 1 to {MAX_NAME_BYTES} bytes, this one has {bytes}",
            "say in a few words what the place is called";
        /// A region is named or left out.
        BadRegion { bytes: usize }
            => Invalid "region", "a region has 1 to {MAX_NAME_BYTES} bytes, this one has {bytes}",
            "name the region, or leave it out";
        /// A cap is a number of units that could wait.
        BadCap { cap: u32 }
            => Invalid "segment.backorderable.cap",
            "a cap is at most {MAX_CAP} units, this one {cap}",
            "set the most units that may wait at once";
        /// A wait is a number of days that a customer could live to see.
        BadLongestWait { days: u32 }
            => Invalid "segment.backorderable.longest_wait_days",
            "the longest wait is at most {MAX_DAYS} days, this one {days}",
            "set the longest wait in days that may be promised";
        /// A substitutable item names what is offered instead.
        BadAlternativeCount { count: usize }
            => Invalid "segment.substitutable.alternatives",
            "a substitutable item has 1 to {MAX_ALTERNATIVES} alternatives, this one {count}",
            "name at least one alternative, or make the item stock only";
        /// An alternative is named once, and is another item.
        BadAlternative { sku: Sku }
            => Invalid "segment.substitutable.alternatives",
            "{sku} stands among the alternatives twice, or is the item itself",
            "name each alternative once, and no item as its own";
        /// An offer stands for a time that a customer can oversee.
        BadOfferDays { days: u32 }
            => Invalid "segment.substitutable.offer_days",
            "something else is offered for at most {MAX_OFFER_DAYS} days, this for {days}",
            "set the days for which the offer stands; 0 to refuse at once";
        /// A pack holds something.
        BadPackSize { pack_size: u32 }
            => Invalid "replenishment.pack_size",
            "a pack has 1 to {MAX_UNITS} units, this one {pack_size}",
            "set the units in a pack; 1 when it is bought by the piece";
        /// Buying up to a level ends above the level at which it began.
        BadLevels { reorder_point: u32, order_up_to: u32 }
            => Invalid "replenishment.order_up_to",
            "order up to {order_up_to} is not above the reorder point {reorder_point}, or is over \
             {MAX_CAP}",
            "set order_up_to above reorder_point";
        /// A lead time is a number of days.
        BadLeadTime { days: u32 }
            => Invalid "replenishment.lead_time_days",
            "a lead time is at most {MAX_DAYS} days, this one {days}",
            "set the days from order to delivery";
        /// Stock kept from everybody is a number that a warehouse could hold.
        BadSafetyStock { units: u32 }
            => Invalid "protection.safety_stock",
            "a safety stock is at most {MAX_CAP} units, this one {units}",
            "set how many units nobody is given; 0 for none";
        /// An item is divided by shares or kept by levels, not both.
        SharedAndKept {}
            => Invalid "protection",
            "an item in fair shares keeps no units for a channel or a tier",
            "leave fair_share out, or the levels of channels and tiers";
        /// Whom units are kept for is a short list.
        TooManyLevels { count: usize }
            => Invalid "protection",
            "units are kept for at most {MAX_LEVELS} channels and as many tiers, not {count}",
            "keep units for fewer channels or tiers";
        /// A level keeps something.
        BadLevel { units: u32 }
            => Invalid "protection.units",
            "a level keeps 1 to {MAX_CAP} units, this one {units}",
            "say how many units are kept; leave a level of none out";
        /// A level is for a channel by its name.
        BadChannel {}
            => Invalid "protection.channels.channel",
            "a channel's name has 1 to {MAX_CHANNEL_CHARS} printable characters",
            "name the channel as its orders do, such as web";
        /// Whom units are kept for is said once.
        LevelTwice { of: String }
            => Invalid "protection", "units are kept for {of} twice",
            "add the levels up into one";
        /// There is something in a delivery or shipment, and it fits one event.
        BadLineCount { count: usize }
            => Invalid "lines", "1 to {MAX_LINES} lines are taken at once, this has {count}",
            "name at least one line; split a larger one in parts with ids of their own";
        /// A line moves whole units.
        BadQuantity { quantity: u32 }
            => Invalid "lines.quantity",
            "a quantity is 1 to {MAX_UNITS} units, this one {quantity}",
            "name how many units; leave a line of none out";
        /// A delivery is counted by SKU.
        RepeatedSku { sku: Sku }
            => Invalid "lines.sku", "{sku} stands in more than one line",
            "add the quantities up into one line a SKU";
        /// A shipment names each line once.
        RepeatedLine { line: u32 }
            => Invalid "lines.line", "line {line} is named more than once",
            "add the quantities up into one entry a line";
        /// A correction corrects something, within reason.
        BadChange { change: i64 }
            => Invalid "change",
            "a change is 1 to {MAX_UNITS} units up or down and not 0, this one is {change}",
            "say by how many units the count changes; split a larger correction";
        /// A correction says why.
        BadReason { bytes: usize }
            => Invalid "reason", "a reason has 1 to {MAX_REASON_BYTES} bytes, this one has {bytes}",
            "say briefly why, such as count, damage or customer_return";
        /// A tracking number is given or left out.
        BadTracking { bytes: usize }
            => Invalid "tracking",
            "a tracking number has 1 to {MAX_REASON_BYTES} bytes, this one has {bytes}",
            "give the carrier's number, or leave it out";
        /// A wave is something that a floor can pick.
        BadMaxLines { max_lines: u32 }
            => Invalid "max_lines",
            "a wave has 1 to {MAX_WAVE_LINES} lines, {max_lines} are asked for",
            "ask for fewer lines, and for another wave after this one";
        /// What is shipped as an SKU is what the line ordered.
        WrongSku { line: u32, ordered: Sku, named: Sku }
            => Precondition "lines.sku", "line {line} ordered {ordered}, not {named}",
            "check what was picked; name the SKU of the order's line";
        /// No more leaves for a line than is held for it there.
        NotReserved { line: u32, location: LocationId, reserved: u32, quantity: u32 }
            => Precondition "lines.quantity",
            "line {line} has {reserved} units reserved at {location}, not {quantity}",
            "ship what is reserved there; GetOrder says what is";
        /// No more leaves than is there.
        NotOnHand { sku: Sku, location: LocationId, on_hand: u64, asked: u64 }
            => Precondition "lines.quantity",
            "{on_hand} units of {sku} are on hand at {location}, not {asked}",
            "count again and adjust, or move less";
        /// A count does not go below nothing.
        BelowZero { sku: Sku, location: LocationId, on_hand: u64 }
            => Precondition "change", "only {on_hand} units of {sku} are on hand at {location}",
            "take off at most what is there";
        /// A wave has lines.
        NothingToRelease { location: LocationId }
            => Precondition "location_id", "no reserved line waits for a wave at {location}",
            "wait until the allocator has reserved stock there";
        /// A cell has as many locations as one answer can tell of.
        TooManyLocations { location: LocationId }
            => Exhausted "location_id",
            "{location} would be one more than the {MAX_LOCATIONS} locations of a cell",
            "use a location that is there, or another cell";
        /// Stock is a number that a warehouse could hold.
        TooMuchStock { sku: Sku, location: LocationId }
            => Exhausted "lines.quantity",
            "{location} would hold more than {MAX_ON_HAND} units of {sku}",
            "check the count; use another location if it is true";
    }
}
