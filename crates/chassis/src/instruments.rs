//! Every metric, by name, once: what it counts, in which unit, under which labels. What a service
//! sends, `docs/telemetry.md` and the dashboards name no other. Must not know how a value is found.

/// How values of a metric come together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// What is so now.
    Gauge,
    /// How many were up to each of these bounds.
    Histogram(&'static [f64]),
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instrument {
    /// As OpenTelemetry has it.
    pub name: &'static str,
    /// How its values come together.
    pub kind: Kind,
    /// In UCUM: `s`, `d`, or what is counted in braces. Empty for a share of one, for yes (1) or no
    /// (0), and for a number.
    pub unit: &'static str,
    /// What it says.
    pub description: &'static str,
    /// What its values are told apart by.
    pub labels: &'static [&'static str],
}

impl Instrument {
    /// Its name in Prometheus, without `_bucket`, `_sum` and `_count` of a histogram.
    pub fn prometheus(&self) -> String {
        let unit = match self.unit {
            "s" => "_seconds",
            "d" => "_days",
            _ => "",
        };
        let total = match self.kind {
            Kind::Counter => "_total",
            Kind::Gauge | Kind::Histogram(_) => "",
        };
        format!("{}{unit}{total}", self.name.replace('.', "_"))
    }
}

/// A call takes from a tenth of a millisecond, a read, to ten seconds, a what-if; a watch longer.
const CALL_BOUNDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];
/// A synced write takes from a tenth of a millisecond to the second after which it counts as
/// refused.
const APPEND_BOUNDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 10.0,
];
/// A decision takes from ten microseconds to the tenth of a second of a train of effects.
const DECIDE_BOUNDS: &[f64] = &[
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1, 0.25, 1.0,
];

const ROOM: &[&str] = &["room"];
const CLASS: &[&str] = &["tier", "channel"];

macro_rules! instruments {
    ($(
        $constant:ident = $kind:expr, $name:literal, $unit:literal, $labels:expr, $says:literal;
    )*) => {
        $(
            #[doc = $says]
            pub const $constant: Instrument = Instrument {
                name: $name,
                kind: $kind,
                unit: $unit,
                description: $says,
                labels: $labels,
            };
        )*

        /// All of them, in the order of the documentation.
        pub const ALL: &[Instrument] = &[$($constant),*];
    };
}

instruments! {
    CALL_DURATION = Kind::Histogram(CALL_BOUNDS), "rpc.server.call.duration", "s",
        &["rpc.system.name", "rpc.method", "rpc.response.status_code", "error.type"],
        "How long a call took, a stream until it ended";
    REFUSALS = Kind::Counter, "backorder.refusals", "{call}", &["room", "reason"],
        "Calls that were answered with a no, by reason code";

    ROOM_UP = Kind::Gauge, "backorder.room.up", "", ROOM,
        "The room folds and acts";
    ROOM_BROKEN = Kind::Gauge, "backorder.room.broken", "", ROOM,
        "The room has stopped itself: its state broke an invariant";
    EVENTS_FOLDED = Kind::Counter, "backorder.events.folded", "{event}", ROOM,
        "Events that the room has folded";
    FOLD_LAG = Kind::Gauge, "backorder.fold.lag", "{commit}", ROOM,
        "Commits that arrived and are not folded yet";
    FOLDED_REVISION = Kind::Gauge, "backorder.folded.revision", "", ROOM,
        "The last revision that the room has folded";
    QUEUE_DEPTH = Kind::Gauge, "backorder.queue.depth", "{command}", ROOM,
        "Commands that wait for the next commit";
    DECIDE_DURATION = Kind::Histogram(DECIDE_BOUNDS), "backorder.decide.duration", "s", ROOM,
        "How long the room took to decide on what was due and what waited";
    COMMITS = Kind::Counter, "backorder.commits", "{commit}", ROOM,
        "Commits of the room that were acknowledged";
    APPEND_DURATION = Kind::Histogram(APPEND_BOUNDS), "backorder.append.duration", "s", ROOM,
        "From sending a commit to its acknowledgement on disk";
    CONFLICTS = Kind::Counter, "backorder.conflicts", "{commit}", ROOM,
        "Commits that were decided anew";
    LOG_REFUSES = Kind::Gauge, "backorder.log.refuses", "", ROOM,
        "The log takes no writes of the room";
    LOG_UP = Kind::Gauge, "backorder.log.up", "", &[],
        "The log answers";
    LOG_REVISION = Kind::Gauge, "backorder.log.revision", "", &[],
        "The last revision on the log, asked once a second";
    LOG_QUARANTINED = Kind::Gauge, "backorder.log.quarantined", "{revision}", &[],
        "Revisions that readers pass over, as an operator recorded";
    SNAPSHOT_REVISION = Kind::Gauge, "backorder.snapshot.revision", "", ROOM,
        "The revision of the last snapshot";
    SNAPSHOT_TIME = Kind::Gauge, "backorder.snapshot.time", "s", ROOM,
        "When this process wrote the last snapshot, in seconds since 1970";

    SIDE_EFFECTS = Kind::Counter, "backorder.side_effects", "{side_effect}", &["room", "outcome"],
        "Side effects that ended: done, or failed and to be tried again";
    SIDE_EFFECTS_RUNNING = Kind::Gauge, "backorder.side_effects.running", "{side_effect}", ROOM,
        "Side effects under way, or waiting after a failure";
    SIDE_EFFECTS_OLDEST = Kind::Gauge, "backorder.side_effects.oldest", "s", ROOM,
        "How long the oldest of them has been asked for without being done";
    LETTERS = Kind::Counter, "backorder.letters", "{letter}", &["kind", "channel", "outcome"],
        "Letters handed over: sent, to be tried again, or given up";
    LETTERS_WAITING = Kind::Gauge, "backorder.letters.waiting", "{letter}", &[],
        "Letters that are owed and not sent";
    LETTERS_GIVEN_UP = Kind::Gauge, "backorder.letters.given_up", "{letter}", &[],
        "Letters that were given up, of those kept";

    ORDERS_OPEN = Kind::Gauge, "backorder.orders.open", "{order}", &[],
        "Orders that are open";
    OPEN_LINES = Kind::Gauge, "backorder.open.lines", "{line}", CLASS,
        "Lines that wait";
    OPEN_UNITS = Kind::Gauge, "backorder.open.units", "{unit}", CLASS,
        "Units that wait";
    OVERDUE_LINES = Kind::Gauge, "backorder.overdue.lines", "{line}", CLASS,
        "Lines that wait though the day told is past";
    UNDATED_LINES = Kind::Gauge, "backorder.undated.lines", "{line}", CLASS,
        "Lines that wait and whose customer was told no date";
    AGE_P90 = Kind::Gauge, "backorder.age.p90", "d", CLASS,
        "Age that 90 of 100 open lines do not exceed";
    WAIT_P90 = Kind::Gauge, "backorder.wait.p90", "d", CLASS,
        "Wait that 90 of 100 lines filled in 30 days did not exceed";
    PLACED_UNITS = Kind::Gauge, "backorder.placed.units", "{unit}", CLASS,
        "Units ordered in 30 days";
    FILLED_UNITS = Kind::Gauge, "backorder.filled.units", "{unit}", CLASS,
        "Units that waited and got stock in 30 days";
    REFUSED_UNITS = Kind::Gauge, "backorder.refused.units", "{unit}", CLASS,
        "Units refused at the door in 30 days";
    BACKORDER_RATE = Kind::Gauge, "backorder.rate", "", CLASS,
        "Lines backordered at the door, of lines ordered in 30 days";
    FILL_RATE = Kind::Gauge, "backorder.fill_rate", "", CLASS,
        "Units neither backordered nor refused, of 30 days' units";
    PROMISES_TOLD = Kind::Gauge, "backorder.promises.told", "{line}", CLASS,
        "Lines that were told a first date in 30 days";
    PROMISES_MOVED = Kind::Gauge, "backorder.promises.moved", "{promise}", CLASS,
        "Dates told anew or taken back in 30 days";
    PROMISE_KEPT_RATE = Kind::Gauge, "backorder.promise_kept_rate", "", CLASS,
        "Lines filled by the day told first, of 30 days'";
    SKUS_TOUCHED = Kind::Gauge, "backorder.skus.touched", "{sku}", &[],
        "SKUs that wait for the allocator's decision";

    SKUS = Kind::Gauge, "backorder.skus", "{sku}", &[],
        "SKUs with an item, stock or demand";
    REQUISITIONS_OPEN = Kind::Gauge, "backorder.requisitions.open", "{requisition}", &[],
        "Replenishment requests without a purchase order";
    SUPPLIERS = Kind::Gauge, "backorder.suppliers", "{supplier}", &[],
        "Suppliers that are defined";
    PURCHASES_OPEN = Kind::Gauge, "backorder.purchase_orders.open", "{purchase_order}", &[],
        "Purchase orders that are open";
    PURCHASES_PENDING = Kind::Gauge, "backorder.purchase_orders.pending", "{supplier}", &[],
        "Suppliers with requests that are on no purchase order yet";
}
