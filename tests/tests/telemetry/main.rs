//! What leaves by OTLP, seen by a collector: one trace from an order through the log to the
//! allocator's decision and the e-mail, failed calls, and the metrics of every room.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chassis::instruments::{self, Kind};
use chassis::{Config, trace};
use domain::decider::Room;
use domain::ids::Revision;
use event_log::{Fault, Log};
use futures::StreamExt;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use tonic::Code;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

mod collector;
mod environment;
mod house;

use collector::{Collector, hex, texts};
use house::{Caller, House};

const ANN: Caller = Caller {
    trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    span: "00f067aa0ba902b7",
};
const BOB: Caller = Caller {
    trace: "0af7651916cd43dd8448eb211c80319c",
    span: "b7ad6b7169203331",
};
/// Asks for what is not there.
const CAL: Caller = Caller {
    trace: "11111111111111111111111111111111",
    span: "1111111111111111",
};
/// Asks while the log has no space.
const DOT: Caller = Caller {
    trace: "22222222222222222222222222222222",
    span: "2222222222222222",
};
/// Asks whether the service is well.
const EVE: Caller = Caller {
    trace: "33333333333333333333333333333333",
    span: "3333333333333333",
};

const PLACE: &str = "backorder.orders.v1.OrdersService/PlaceOrder";

/// Each event on the log that carries a trace, with it.
async fn traced(house: &House) -> Vec<(&'static str, String)> {
    let log: Log = house.log.clone();
    let last = log.last(&Room::ALL).await.unwrap();
    let mut commits = log.follow(&Room::ALL, Revision(0));
    let mut found = Vec::new();
    loop {
        let logged = commits.next().await.unwrap().unwrap();
        for (index, trace) in &logged.commit.traces {
            let event = &logged.commit.events[usize::try_from(*index).unwrap()];
            found.push((event.tag(), trace.clone()));
        }
        if logged.revision >= last {
            return found;
        }
    }
}

/// What a trace shows, earliest first, without the folds, which rooms do side by side; each span
/// hangs from an earlier one or from the caller's.
fn connected(spans: &[Span], caller: &Caller) -> Vec<String> {
    let mut known = BTreeSet::from([caller.span.to_owned()]);
    for span in spans {
        let parent = hex(&span.parent_span_id);
        assert!(
            known.contains(&parent),
            "{}: its parent {parent} is none of {known:?}",
            span.name
        );
        known.insert(hex(&span.span_id));
    }
    let shown = spans.iter().map(|span| span.name.clone());
    shown.filter(|name| !name.starts_with("process ")).collect()
}

fn is_error(span: &Span) -> bool {
    let status = span.status.clone().unwrap_or_default();
    status.code() == StatusCode::Error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_one_trace_from_call_to_letter_and_a_failed_call_is_marked() {
    let collector = Collector::default();
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.notifier.folder = Some(folder.path().to_path_buf());
    config.telemetry.filter = "off".into();
    config.telemetry.otlp_endpoint = Some(collector.open().await);
    let guard = chassis::telemetry::start(&config.telemetry, "backorder").unwrap();

    let mut house = House::open(config).await;
    house.furnish(None).await;
    house.log.fault(Fault::InFlight);
    house.place("ann", &ANN).await.unwrap();
    // Settled by itself, before Bob comes.
    house.process.rest().await.unwrap();
    house.place("bob", &BOB).await.unwrap();
    house.rest().await;
    // One decision now serves both: each has it in its own trace.
    house.receive(10).await;
    house.rest().await;
    let traced = traced(&house).await;
    let unknown = house.get("cal", &CAL).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    probe(&house).await;
    house.log.fault(Fault::Full);
    let failed = house.place("dot", &DOT).await.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
    house.process.stop().await.unwrap();
    tokio::task::spawn_blocking(move || drop(guard))
        .await
        .unwrap();

    let letters = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(letters, 4, "each was told to wait, then that it is here");
    from_call_to_letter(&collector);
    by_the_conventions(&collector);
    on_the_log(&traced);
    failed_calls(&collector);
    assert!(collector.of(EVE.trace).is_empty(), "a probe leaves no span");
    metrics(&collector);
}

async fn probe(house: &House) {
    let address = house.process.address(Room::Orders).unwrap();
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut health = HealthClient::new(endpoint.connect().await.unwrap());
    let asked = EVE.asks(HealthCheckRequest::default());
    health.check(asked).await.unwrap();
}

fn from_call_to_letter(collector: &Collector) {
    let orders = "publish bo.main.orders";
    let (decided, letter) = ("settled", "notifier side effect");
    let (allocator, notifier) = ("publish bo.main.allocator", "publish bo.main.notifier");
    // Ann's first commit met another one, and was decided again.
    let ann = [
        PLACE, orders, orders, decided, allocator, letter, notifier, decided, allocator, letter,
        notifier,
    ];
    assert_eq!(connected(&collector.of(ANN.trace), &ANN), ann);
    // The decision that serves both is published in the trace of the first.
    let bob = [
        PLACE, orders, decided, allocator, letter, notifier, decided, letter, notifier,
    ];
    assert_eq!(connected(&collector.of(BOB.trace), &BOB), bob);
}

fn by_the_conventions(collector: &Collector) {
    let spans = collector.of(ANN.trace);
    let first = |name: &str| {
        let span = spans.iter().rfind(|span| span.name == name);
        let span = span.unwrap_or_else(|| panic!("no span {name}"));
        (span.kind(), texts(&span.attributes))
    };
    let (kind, call) = first(PLACE);
    assert_eq!(kind, SpanKind::Server);
    assert_eq!(call["rpc.system.name"], "grpc");
    assert_eq!(call["rpc.method"], PLACE);
    assert_eq!(call["rpc.response.status_code"], "OK");
    assert_eq!(call["server.address"], "127.0.0.1");
    assert!(call.contains_key("server.port") && call.contains_key(trace::REVISION));
    let (kind, publish) = first("publish bo.main.orders");
    assert_eq!(kind, SpanKind::Producer);
    let (fold_kind, fold) = first("process bo.main.orders");
    assert_eq!(fold_kind, SpanKind::Consumer);
    for (span, name, operation) in [(&publish, "publish", "send"), (&fold, "process", "process")] {
        assert_eq!(span["messaging.system"], "nats");
        assert_eq!(span["messaging.operation.name"], name);
        assert_eq!(span["messaging.operation.type"], operation);
        assert_eq!(span["messaging.destination.name"], "bo.main.orders");
        assert_eq!(span["messaging.batch.message_count"], "1");
        assert_eq!(span[trace::EVENT], "order_placed");
        assert_eq!(span[trace::REVISION], publish[trace::REVISION]);
    }
    let (_, settled) = first("settled");
    for span in [&call, &publish, &fold, &settled] {
        assert_eq!(span[trace::ORDER], "ann", "{span:?}");
        assert_eq!(span[trace::SKU], "BOLT", "{span:?}");
    }
    assert_eq!(first("notifier side effect").1[trace::ORDER], "ann");
    let folds = spans
        .iter()
        .filter(|span| span.name == "process bo.main.orders");
    let rooms: BTreeSet<String> = folds
        .map(|span| texts(&span.attributes)["messaging.consumer.group.name"].clone())
        .collect();
    let hear = ["allocator", "inventory", "notifier"].map(str::to_owned);
    assert_eq!(rooms, hear.into(), "who hears orders folds, by itself");
    let tries = spans
        .iter()
        .filter(|span| span.name == "publish bo.main.orders");
    let tries: Vec<_> = tries.map(is_error).collect();
    assert_eq!(
        tries,
        [true, false],
        "the commit that lost, and the one that won"
    );
    let schemas = collector.schemas.lock().unwrap();
    let schema = schemas
        .iter()
        .all(|url| url == chassis::telemetry::CONVENTIONS);
    assert!(schema && !schemas.is_empty(), "{schemas:?}");
}

fn failed_calls(collector: &Collector) {
    let one = |caller: &Caller| {
        let spans = collector.of(caller.trace);
        let call = spans.iter().find(|span| span.kind() == SpanKind::Server);
        let call = call.unwrap().clone();
        (is_error(&call), texts(&call.attributes))
    };
    let (is_failed, unknown) = one(&CAL);
    assert!(!is_failed, "a no to its caller is an answer");
    assert_eq!(unknown["rpc.response.status_code"], "NOT_FOUND");
    assert_eq!(unknown[trace::REASON], "UNKNOWN_ORDER");
    assert_eq!(unknown[trace::ORDER], "cal");
    assert!(!unknown.contains_key("error.type"));
    let (is_failed, full) = one(&DOT);
    assert!(is_failed, "the log took no writes: {full:?}");
    assert_eq!(full["rpc.response.status_code"], "UNAVAILABLE");
    assert_eq!(full["error.type"], "UNAVAILABLE");
    assert_eq!(full[trace::REASON], "LOG_REFUSES");
    assert_eq!(full[trace::ORDER], "dot");
}

fn on_the_log(traced: &[(&str, String)]) {
    let tags = |caller: &Caller| {
        let mine = traced.iter().filter(|(_, at)| at.contains(caller.trace));
        mine.map(|(tag, _)| *tag).collect::<Vec<_>>()
    };
    let ann = ["order_placed", "settled", "notified", "settled", "notified"];
    assert_eq!(tags(&ANN), ann);
    // An event names one trace: the decision that serves both stands on the log under the first.
    let bob = ["order_placed", "settled", "notified", "notified"];
    assert_eq!(tags(&BOB), bob);
}

/// What is sent is in the table, with its unit and its bounds.
fn metrics(collector: &Collector) {
    let sent = collector.metrics.lock().unwrap();
    for (name, metric) in sent.iter() {
        let known = instruments::ALL.iter().find(|it| it.name == name);
        let known = known.unwrap_or_else(|| panic!("{name} is not in the table"));
        assert_eq!(metric.unit, known.unit, "{name}");
        assert_eq!(metric.description, known.description, "{name}");
        match (known.kind, metric.data.clone().unwrap()) {
            (Kind::Histogram(bounds), Data::Histogram(histogram)) => {
                let points = histogram.data_points.iter();
                assert!(points.clone().count() > 0, "{name}");
                points.for_each(|point| assert_eq!(point.explicit_bounds, bounds, "{name}"));
            }
            (Kind::Counter, Data::Sum(sum)) => assert!(sum.is_monotonic, "{name}"),
            (Kind::Gauge, Data::Gauge(_)) => {}
            (kind, data) => panic!("{name} is {kind:?} in the table, {data:?} was sent"),
        }
    }
    // Without a folder for state there are no snapshots; nothing waits at the end, and no date was
    // told.
    let unknown = [
        instruments::SNAPSHOT_REVISION,
        instruments::SNAPSHOT_TIME,
        instruments::AGE_P90,
        instruments::PROMISE_KEPT_RATE,
    ];
    let unknown = unknown.map(|it| it.name);
    for it in instruments::ALL {
        assert!(
            sent.contains_key(it.name) || unknown.contains(&it.name),
            "{} is not sent",
            it.name
        );
    }
    let text = format!("{:?}", sent["backorder.events.folded"].data);
    for room in Room::ALL.map(Room::token) {
        assert!(text.contains(&format!("\"{room}\"")), "{room} sends none");
    }
}

/// As docs/telemetry.md has a metric.
fn row(it: &instruments::Instrument) -> String {
    let (kind, bounds) = match it.kind {
        Kind::Counter => ("counter", String::new()),
        Kind::Gauge => ("gauge", String::new()),
        Kind::Histogram(bounds) => {
            let (first, last) = (bounds[0], bounds.last().unwrap());
            (
                "histogram",
                format!(" ({} bounds, {first} to {last})", bounds.len()),
            )
        }
    };
    let labels: Vec<String> = it.labels.iter().map(|label| format!("`{label}`")).collect();
    let unit = if it.unit.is_empty() {
        ""
    } else {
        &format!(" `{}`", it.unit)
    };
    format!(
        "| `{}` | `{}` | {kind}{unit}{bounds} | {} | {} |",
        it.name,
        it.prometheus(),
        labels.join(", "),
        it.description
    )
}

#[test]
fn the_document_has_each_metric_as_it_is_sent() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/telemetry.md");
    let document = fs::read_to_string(path).unwrap();
    let section = document.split("\n## ");
    let section = section.filter(|section| section.starts_with("Metrics"));
    let written = section.flat_map(str::lines);
    let written = written.filter(|line| line.starts_with("| `"));
    let written: Vec<&str> = written.collect();
    let rows: Vec<String> = instruments::ALL.iter().map(row).collect();
    assert_eq!(written, rows, "write:\n{}", rows.join("\n"));
    for name in ATTRIBUTES {
        assert!(
            document.contains(&format!("`{name}`")),
            "{name} is not documented"
        );
    }
}

/// Attributes that are ours.
const ATTRIBUTES: [&str; 6] = [
    trace::ORDER,
    trace::SKU,
    trace::SKUS,
    trace::REVISION,
    trace::EVENT,
    trace::REASON,
];
