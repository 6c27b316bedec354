//! Why a what-if is refused: one variant for each rule.

use domain::ids::Sku;

domain::refusals! {
    /// Why a what-if is refused.
    WhatIfRefusal {
        /// A span begins before it ends.
        SpanOutOfRange {} => Invalid "from",
            "the span does not begin before its end, or not on the log",
            "give a start on the log that is before the end";
        /// A span has at most 2,000,000 events.
        TooManySpanEvents { events: usize } => Exhausted "to",
            "the span has {events} or more events, but at most 2,000,000 are allowed",
            "ask for a shorter span";
        /// The log up to the end of the span has at most 20,000,000 events.
        TooManyLogEvents { events: usize } => Exhausted "to",
            "the log has {events} or more events up to the end of the span, but at most 20,000,000 \
             are allowed",
            "ask for a span that ends earlier";
        /// One what-if runs at a time.
        TooManyWhatIfs {} => Exhausted "",
            "another what-if is running",
            "try again when it has ended; one runs at a time";
        /// A what-if has 1 to 8 scenarios.
        ScenarioCountOutOfRange { count: usize } => Invalid "scenarios",
            "{count} scenarios are given, not 1 to 8",
            "give 1 to 8 scenarios";
        /// Each scenario has its own name.
        RepeatedScenario { name: String } => Invalid "scenarios",
            "two scenarios have the name {name}",
            "give each scenario its own name, other than `recorded`";
        /// A name has 1 to 64 bytes.
        ScenarioNameMalformed { name: String } => Invalid "scenarios",
            "a scenario has the name {name:?}",
            "give each scenario a name of 1 to 64 bytes";
        /// Supply is moved by at most a year.
        SupplyDaysOutOfRange { days: i64 } => Invalid "supply_days",
            "supply_days is {days}",
            "give -365 to 365";
        /// Supply is scaled to at most ten times of what it was.
        SupplyPercentOutOfRange { percent: u32 } => Invalid "supply_percent",
            "supply_percent is {percent}",
            "give 0 to 1,000";
        /// SKUs are named together with the percentage that they are scaled to.
        SupplyPercentMissing {} => Invalid "supply_percent",
            "supply_skus names SKUs, but supply_percent is missing",
            "give supply_percent too, or leave supply_skus out";
        /// At most 1,000 SKUs are named.
        TooManySupplySkus { skus: usize } => Invalid "supply_skus",
            "{skus} SKUs are named, but at most 1,000 are allowed",
            "name fewer SKUs, or none to scale all";
        /// The SKU has supply in the span.
        UnknownSupply { sku: Sku } => Unknown "supply_skus",
            "no units of {sku} were ordered from a supplier or received in the span",
            "check the SKU, or ask for a longer span";
        /// A cap is at most 1,000,000,000 units.
        WhatIfCapOutOfRange { cap: u32 } => Invalid "cap",
            "the cap is {cap} units",
            "give at most 1,000,000,000";
        /// A scenario begins with a ranking rule, if with any event.
        OpeningMalformed { tag: String } => Invalid "scenarios",
            "a scenario begins with the event {tag}",
            "begin a scenario with a ranking rule only";
    }
}
