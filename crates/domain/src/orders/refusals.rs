//! Why orders refuses a command: one variant for each rule.

use super::bounds::{
    MAX_CHANNEL_CHARS, MAX_CHANNELS, MAX_COUNTRY_CHARS, MAX_EMAIL_BYTES, MAX_LINES, MAX_QUANTITY,
    MAX_REASON_CHARS, MAX_REGIONS, MAX_REQUESTED_DAYS, MAX_SUSPENDED, MAX_TIERS, MAX_URGENCY,
    MAX_WHOSE_CHARS,
};
use crate::ids::{HoldId, LocationId, OrderId, Sku, Tier, Timestamp, WaveId};

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
        /// No item has this SKU. `near` names one that it was perhaps meant to be.
        UnknownSku { sku: Sku, near: String } => Unknown "lines.sku",
            "no item {sku} is defined{near}",
            "check the SKU, or define the item with DefineItem; the order's number is still free";
        /// An item gave this SKU up.
        SkuOutdated { sku: Sku, to: Sku } => Precondition "lines.sku",
            "{sku} is called {to} now",
            "order it as it is called now; the order's number is still free";
        /// No country has this name or code. `near` names one that it was perhaps meant to be.
        UnknownCountry { country: String, near: String } => Unknown "ship_to.country",
            "no country is called {country}{near}",
            "give its ISO 3166 code, such as DE, or its name; the order's number is still free";
        /// The ranking rule names no such tier.
        UnknownTier { tier: Tier, but: String } => Unknown "customer.tier",
            "no tier {tier} is defined{but}",
            "correct the tier, define it with SetRankingRule, or set orders.unknown_tier to take \
             such orders as standard";
        /// No stock is held under this id.
        UnknownHold { hold: HoldId } => Unknown "hold_id",
            "no stock is held as {hold}: the hold was used, has ended, or never was",
            "ask for a new hold with CheckAvailability, or order without one";
        /// The time of a hold is over.
        HoldLapsed { hold: HoldId, until: Timestamp } => Precondition "hold_id",
            "the hold {hold} ended at {until}",
            "ask for a new hold with CheckAvailability, or order without one";
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
        /// Units in a released wave are being picked.
        LineInWave { order: OrderId, line: u32, picked: u32, wave: WaveId, left: u32 }
            => Precondition "lines",
            "{picked} units of line {line} of order {order} are in wave {wave}, so at most {left} \
             may be cancelled",
            "take the order back from the floor with RecallWave, then cancel";
        /// A suspended order is not suspended again.
        NothingMoreToSuspend { order: OrderId } => Precondition "order_id",
            "order {order} is suspended already",
            "let it go on with ResumeOrder, or leave it";
        /// Only a suspended order is let go on.
        NothingSuspended { order: OrderId } => Precondition "order_id",
            "order {order} is not suspended",
            "read the state of the order with GetOrder";
        /// Nothing of the order is open.
        NothingToSuspend { order: OrderId } => Precondition "order_id",
            "order {order} has no units left to suspend",
            "read the state of the order with GetOrder";
        /// Units in a released wave are being picked.
        OrderInWave { order: OrderId, picked: u32, wave: WaveId } => Precondition "order_id",
            "{picked} units of order {order} are being picked, such as those in wave {wave}",
            "take the order back from the floor with RecallWave, then suspend it";
        /// At most [`MAX_SUSPENDED`] orders are suspended at once.
        TooManySuspended {} => Exhausted "order_id",
            "{MAX_SUSPENDED} orders are suspended, the most",
            "let orders go on with ResumeOrder, or cancel them";
        /// A suspension has a reason.
        SuspensionReasonMalformed {} => Invalid "reason",
            "the reason must have 1 to {MAX_REASON_CHARS} printable characters",
            "say fraud, payment, customer, or why in a few words";
        /// An amendment names what it puts right.
        FieldsMissing {} => Invalid "update_mask",
            "no field is named that is to say something else",
            "name at least one field, such as customer.email, and what it is to say";
        /// An amendment says each field once.
        RepeatedField { field: String } => Invalid "update_mask",
            "the field {field} is given twice",
            "say once what it is to say";
        /// An amendment has a reason.
        AmendmentReasonMalformed {} => Invalid "reason",
            "the reason must have 1 to {MAX_REASON_CHARS} printable characters",
            "say in a few words why the order is put right";
        /// An amendment tells who asked for it.
        ByMalformed {} => Invalid "by",
            "the name of who asks for it must have 1 to {MAX_WHOSE_CHARS} printable characters",
            "say who asks for it: a name, or an address";
        /// Units in a released wave go where the order said.
        AmendmentInWave { order: OrderId, picked: u32, wave: WaveId, field: String }
            => Precondition "order_id",
            "{picked} units of order {order} are being picked, such as those in wave {wave}, and \
             another {field} sends them elsewhere",
            "take the order back from the floor with RecallWave, then amend it";
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
        /// Of an order that was done elsewhere, 1 unit comes back, or more, up to what left.
        ReturnedOutOfRange { line: u32, returned: u32, sent: u32 } => Invalid "history.returned",
            "line {line} has {returned} units returned, but {sent} were sent",
            "correct the quantity, or leave it out; of a cancelled order nothing was sent";
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
        /// An address is one by RFC 5321.
        EmailMalformed {} => Invalid "customer.email",
            "the e-mail address is none that can be written to, such as ann@example.com, or is \
             over {MAX_EMAIL_BYTES} bytes long",
            "correct the address, or leave it out; the customer is then not notified";
        /// A country is a name or a code.
        CountryMalformed {} => Invalid "ship_to.country",
            "the country must have 1 to {MAX_COUNTRY_CHARS} printable characters",
            "give the country's name or its ISO 3166 code";
        /// A region is a name.
        RegionMalformed {} => Invalid "ship_to.region",
            "the region must have 1 to {MAX_COUNTRY_CHARS} printable characters",
            "name the region, or leave it out";
        /// What an order does not go without is no rest.
        RestMayGoConflict {} => Invalid "rest_may_go",
            "rest_may_go is said of an order that is not shipped complete",
            "set ship_complete, or leave rest_may_go out: such an order's lines go each by itself";
        /// An order is placed between 1970 and now.
        PlacedAtOutOfRange { placed_at: Timestamp } => Invalid "placed_at",
            "the order was placed at {placed_at}, which is not between 1970 and now",
            "correct the time, or leave it out; the order is then placed now";
        /// An order that is taken here was placed no longer ago than the settings allow.
        PlacedAtTooOld { placed_at: Timestamp, most_hours: i64 } => Invalid "placed_at",
            "the order was placed at {placed_at}, more than {most_hours} hours ago",
            "leave the time out, and the order is placed now; carry an old order over with \
             carried_over, or raise orders.max_backdating_hours";
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
