//! Why the allocator refuses a command or a question: one variant for each rule.

use crate::holds::{MAX_HOLD_UNITS, MAX_OPEN_HOLDS};
use crate::line::{MAX_PRIORITIES, MAX_PRIORITY_DAYS, MAX_WHOSE_CHARS, MAX_WORD_CHARS};
use crate::offers::{MAX_INSTEAD, MAX_INSTEAD_DAYS};
use crate::rule::{MAX_BOOST_DAYS, MAX_EXPLANATION_CHARS, MAX_STEPS, MAX_TIERS, URGENCIES};
use crate::supply::MAX_LATER_DAYS;
use domain::ids::{HoldId, LocationId, OrderId, PurchaseOrderId, Sku, Tier, Timestamp};

domain::refusals! {
    /// Why the allocator refuses a command or a question.
    AllocatorRefusal {
        /// No open order has this number.
        UnknownOrder { order: OrderId } => Unknown "order_id",
            "no open order {order} is known",
            "check the number; read the history of a closed order with GetOrder";
        /// The order has no such line.
        UnknownLine { order: OrderId, line: u32 } => Unknown "line",
            "order {order} has no line {line}",
            "read the order's line numbers with GetOrder";
        /// Nothing that was bought with this purchase order is to come any more, or it is unknown.
        UnknownInbound { purchase_order: PurchaseOrderId } => Unknown "purchase_order_id",
            "nothing of purchase order {purchase_order} is on its way",
            "check its number and the SKU; read what is to come with ListPurchaseOrders";
        /// What comes earlier is said by its date.
        DaysLaterOutOfRange { days: u32 } => Invalid "days_later",
            "days_later is {days}, not 1 to {MAX_LATER_DAYS}",
            "give the days by which it comes later, or the date";
        /// An item gave this SKU up.
        SkuOutdated { sku: Sku, to: Sku } => Precondition "sku",
            "{sku} is called {to} now",
            "name the item as it is called now";
        /// The SKU was never defined, ordered or received.
        UnknownSku { sku: Sku } => Unknown "sku",
            "the SKU {sku} was never defined, ordered or received",
            "check the SKU, or define the item with DefineItem";
        /// No order has this tier, and the ranking rule does not name it. A tier that shares its
        /// counts with others, because too many tiers are known, has none of its own either.
        UnknownTier { tier: Tier, known: String } => Unknown "tier",
            "the tier {tier} has no orders (known tiers are {known})",
            "ask for a known tier; up to 20 are named";
        /// No order has this channel.
        UnknownChannel { channel: String, known: String } => Unknown "channel",
            "the channel {channel} has no orders (known channels are {known})",
            "ask for a known channel; up to 20 are named";
        /// No location has this id. `near` names one that differs in case or whitespace alone.
        UnknownLocation { location: LocationId, near: String } => Unknown "pick_up_location_id",
            "no location {location} is defined{near}",
            "check the id, or define the location with DefineLocation";
        /// An explanation is a text that can be read to a customer.
        ExplanationMalformed {} => Invalid "rule.explanation",
            "the explanation must have 1 to {MAX_EXPLANATION_CHARS} printable characters",
            "explain in a sentence, as to a customer, who comes first and why";
        /// Without a bound on boosts an order could wait for ever.
        MaxBoostOutOfRange { days: u32 } => Invalid "rule.max_boost_days",
            "max_boost_days is {days}, but at most {MAX_BOOST_DAYS} are allowed",
            "give the most days that all boosts together may count";
        /// One boost is at most the bound on all of them.
        BoostOutOfRange { what: String, days: u32, most: u32 } => Invalid "rule",
            "{what} is {days} days, more than max_boost_days, which is {most}",
            "give fewer days, or raise max_boost_days";
        /// A rule names at most [`MAX_TIERS`] tiers.
        TooManyTiers { tiers: usize } => Invalid "rule.tier_days",
            "{tiers} tiers are named, but at most {MAX_TIERS} are allowed",
            "name only tiers that have a boost";
        /// A rule has at most [`MAX_STEPS`] steps of a kind.
        TooManySteps { what: String, steps: usize } => Invalid "rule",
            "{what} has {steps} steps, but at most {MAX_STEPS} are allowed",
            "join neighbouring steps";
        /// An amount is not negative.
        AmountOutOfRange { what: String } => Invalid "rule",
            "{what} has a negative amount",
            "give amounts of 0 or more, in minor units";
        /// Steps rise in their amounts, and their days do not fall.
        StepsMalformed { what: String } => Invalid "rule",
            "{what} does not rise: its amount is not above the one before, or its days are fewer",
            "order the steps by amount, with days that do not fall";
        /// Each urgency has its days, or none has.
        UrgencyCountOutOfRange { entries: usize } => Invalid "rule.urgency_days",
            "urgency_days has {entries} entries, not {URGENCIES}",
            "give days for each urgency from 1 to 5, or none at all";
        /// A run has 1 to 32 segments.
        SegmentCountOutOfRange { count: usize } => Invalid "segments",
            "the run has {count} segments, not 1 to 32",
            "give 1 to 32 segments";
        /// A run is recorded with all that was asked, in one event.
        TooManyFilterValues { values: usize } => Invalid "segments.filter",
            "the segments name {values} values, but at most 1,000 are allowed",
            "name fewer, or filter by tier, channel, region, date or value instead";
        /// A run looks at a bounded number of lines.
        TooManyRunLines { most: usize } => Exhausted "segments.filter",
            "the filters match more than {most} open lines",
            "name SKUs or orders in the filter, and run it in parts";
        /// A run is recorded in one event.
        TooManyRunMoves { moves: usize } => Exhausted "segments.filter",
            "the run would move {moves} reservations, more than fit in one event",
            "narrow the filter, or give a nervousness budget";
        /// A preview is committed as it was answered.
        PreviewMalformed {} => Invalid "preview",
            "the preview is not one that the allocator made",
            "preview the run with PreviewRebalance, and commit it with the preview of the answer";
        /// The run would no longer do what the preview showed.
        PreviewOutdated {} => Precondition "preview",
            "stock or orders have changed since the preview, and the run would differ from it",
            "preview the run again, and check what has changed";
        /// Two plans on one state would assign the same stock.
        StillSettling { sku: Sku } => Precondition "",
            "stock of {sku} is being assigned at this moment",
            "try again in a moment";
        /// Nobody waits for the item.
        NothingWaits { sku: Sku } => Precondition "sku",
            "nobody waits for {sku}",
            "read who waits with GetQueue";
        /// At most [`MAX_INSTEAD`] items are offered instead of one.
        AlternativeCountOutOfRange { count: usize } => Invalid "alternatives",
            "{count} items are offered instead, but at most {MAX_INSTEAD} are allowed",
            "name the best ones, or none: then what is waited for is refused";
        /// Each item is offered once, and never the one itself.
        RepeatedAlternative { sku: Sku } => Invalid "alternatives",
            "{sku} is offered twice, or instead of itself",
            "name each item once, and never the item itself";
        /// An offer stands 1 to [`MAX_INSTEAD_DAYS`] days.
        OfferDaysOutOfRange { days: u32 } => Invalid "offer_days",
            "the offer would stand {days} days, not 1 to {MAX_INSTEAD_DAYS}",
            "give the days for which the offer stands";
        /// A word moves a line by at most [`MAX_PRIORITY_DAYS`] days.
        DaysOutOfRange { days: i32 } => Invalid "days",
            "{days} days are not within -{MAX_PRIORITY_DAYS} to {MAX_PRIORITY_DAYS}",
            "give the days by which the line counts as placed earlier, or 0 for none";
        /// A word has a reason.
        ReasonMalformed {} => Invalid "reason",
            "the reason must have 1 to {MAX_WORD_CHARS} printable characters",
            "say why in a few words; the customer may hear them";
        /// A word is somebody's.
        ByMalformed {} => Invalid "by",
            "the name of whose word it is must have 1 to {MAX_WHOSE_CHARS} printable characters",
            "say who decided it";
        /// Lines of an order that goes whole or not at all have one rank.
        WrongLineAlone { order: OrderId } => Precondition "line",
            "{order} goes whole or not at all, so its lines have one rank",
            "move all its lines: leave the line out";
        /// At most [`MAX_PRIORITIES`] lines rank by somebody's word.
        TooManyPriorities {} => Exhausted "order_id",
            "{MAX_PRIORITIES} open lines rank by somebody's word, the most",
            "take words back (0 days) that are not needed, or change the ranking rule";
        /// Somebody is given something.
        QuantityOutOfRange {} => Invalid "quantity",
            "nobody is given 0 units",
            "give 1 unit or more, at most as many as wait";
        /// An order gives to another one.
        RepeatedOrder {} => Invalid "from_order_id",
            "the order would give to itself",
            "name another order, or none to give free units";
        /// A suspended order takes nothing.
        NothingWhileSuspended { order: OrderId } => Precondition "order_id",
            "{order} is suspended, and takes nothing",
            "let it go on first (ResumeOrder)";
        /// No more is given than waits.
        MoreThanWaits { order: OrderId, line: u32, quantity: u32, waits: u32 } =>
            Precondition "quantity",
            "line {line} of {order} waits for {waits} units, not {quantity}",
            "give at most as many as wait";
        /// What takes all or nothing is given all.
        NothingInPart { order: OrderId } => Precondition "quantity",
            "{order} takes all that it waits for at once, or nothing",
            "give all that the line waits for; of an order that goes whole, once no other waits";
        /// Nothing is given before its day.
        NothingBefore { order: OrderId, opens_at: Timestamp } => Precondition "order_id",
            "{order} takes stock of this item from {opens_at} on",
            "wait until then, or define the item anew";
        /// No more is given than is free where the line takes from.
        MoreThanThere { sku: Sku, quantity: u32, there: u32 } => Precondition "quantity",
            "{there} units of {sku} are free where the line takes from, not {quantity}",
            "give fewer, or name an order that has some";
        /// No more is taken than an order has in no released wave.
        MoreThanItHas { from: OrderId, sku: Sku, quantity: u32, there: u32 } =>
            Precondition "quantity",
            "{from} has {there} units of {sku} to give where the line takes from, not {quantity}",
            "give fewer, or take units back from the floor first (RecallWave)";
        /// No hold has this id.
        UnknownHold { hold: HoldId } => Unknown "hold_id",
            "no hold {hold} is known",
            "check the id that CheckAvailability answered with";
        /// The units of a hold belong to the order that names it.
        HoldUsed { hold: HoldId, order: OrderId } => Precondition "hold_id",
            "order {order} uses the hold {hold}",
            "cancel the order if it is not wanted";
        /// Protected and held units are not free.
        MoreThanFree { sku: Sku, quantity: u32, free: u32 } => Precondition "quantity",
            "{free} units of {sku} can be held now, not {quantity}",
            "hold fewer units, or place the order; missing units are backordered";
        /// There are at most [`MAX_OPEN_HOLDS`] open holds.
        TooManyHolds {} => Exhausted "hold",
            "{MAX_OPEN_HOLDS} holds are open, the most",
            "order without a hold, or try again when some holds have ended";
        /// A hold has 1 to [`MAX_HOLD_UNITS`] units.
        HoldQuantityOutOfRange { quantity: u32 } => Invalid "quantity",
            "the hold is for {quantity} units, not 1 to {MAX_HOLD_UNITS}",
            "correct the quantity";
        /// A hold ends within a day.
        HoldUntilOutOfRange { until: Timestamp } => Invalid "hold.until",
            "the hold would end at {until}, which is not within a day from now",
            "give an end within the next 24 hours, and place the order before it";
        /// A channel is a short word.
        HoldChannelMalformed {} => Invalid "channel",
            "the channel must have 1 to 64 printable characters",
            "name the channel as its orders do, such as web";
    }
}
