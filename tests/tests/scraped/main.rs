//! A real Prometheus scrapes a real run with the rules and asks the queries of the dashboards that
//! are shipped: each rule and each query answers, and no panel is empty. Needs `prometheus` on the
//! path (Debian's package has it); says so where it is not there.

#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use api::inventory::v1::Replenishment;
use api::supplier_gateway::v1::supplier_gateway_service_client::SupplierGatewayServiceClient;
use api::supplier_gateway::v1::{DefineSupplierRequest, Simulated, define_supplier_request};
use chassis::{Config, instruments};
use domain::decider::Room;
use domain::event::{Adjusted, Commit, Event};
use domain::ids::DAY_MS;
use event_log::{Encoded, Fault};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

#[path = "../telemetry/house.rs"]
mod house;

use house::{Caller, House};

const ANN: Caller = Caller {
    trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    span: "00f067aa0ba902b7",
};

/// How long Prometheus may take to start, and to scrape so often.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// Scrapes after which each rate and each quantile has enough to work on.
const SCRAPES: f64 = 8.0;
/// Panels that a run of some seconds leaves empty, and why.
const MAY_BE_EMPTY: [(&str, &str); 0] = [];

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn is_there(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").output();
    let is_there = asked.is_ok_and(|asked| asked.status.success());
    if !is_there {
        eprintln!("!! NOT TESTED: {program} is not on the path (apt-get install prometheus)");
    }
    is_there
}

/// What a server says to `method path`, as status and body.
async fn ask(server: SocketAddr, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let request = format!("{method} {path} HTTP/1.0\r\nHost: {server}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// Prometheus at work. Killed when it is dropped.
struct Prometheus {
    address: SocketAddr,
    _child: Child,
    _dir: tempfile::TempDir,
}

impl Prometheus {
    /// Starts it on a free port, with the shipped rules, scraping this.
    fn start(scraped: SocketAddr) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let rules = deploy().join("telemetry/alerts.yml");
        let config = format!(
            "global: {{ scrape_interval: 250ms, evaluation_interval: 250ms }}\n\
             rule_files: [{rules:?}]\n\
             scrape_configs:\n  \
             - job_name: backorder\n    static_configs: [{{ targets: [\"{scraped}\"] }}]\n"
        );
        fs::write(dir.path().join("prometheus.yml"), config).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let log = fs::File::create(dir.path().join("log")).unwrap();
        let child = tokio::process::Command::new("prometheus")
            .arg(format!(
                "--config.file={}/prometheus.yml",
                dir.path().display()
            ))
            .arg(format!("--storage.tsdb.path={}/data", dir.path().display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            address,
            _child: child,
            _dir: dir,
        }
    }

    /// What a query finds: each series with its value.
    async fn query(&self, query: &str) -> Vec<(Value, f64)> {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let encoded: String = query.bytes().map(encode).collect();
        let path = format!("/api/v1/query?query={encoded}");
        let (status, body) = ask(self.address, "GET", &path).await;
        assert_eq!(status, 200, "{query}: {body}");
        let said: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(said["status"], "success", "{query}: {body}");
        let found = said["data"]["result"].as_array().unwrap().clone();
        let found = found.into_iter().filter_map(|series| {
            let value = series["value"][1].as_str()?.parse().ok()?;
            Some((series["metric"].clone(), value))
        });
        found.collect()
    }

    /// The value of a query that finds one series.
    async fn one(&self, query: &str) -> f64 {
        let found = self.query(query).await;
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        found[0].1
    }

    async fn until_ready(&self) {
        let ready = async {
            loop {
                if TcpStream::connect(self.address).await.is_ok()
                    && ask(self.address, "GET", "/-/ready").await.0 == 200
                {
                    return;
                }
                sleep(POLL).await;
            }
        };
        timeout(PATIENCE, ready).await.expect("Prometheus starts");
    }
}

/// A shop at work for a while: orders that wait and are served, letters, purchases, a call that is
/// refused and one that fails.
async fn work(house: &mut House, round: usize) {
    house.place(&format!("o{round}"), &ANN).await.unwrap();
    house.rest().await;
    house.get(&format!("o{round}"), &ANN).await.unwrap();
    house.get("nobody", &ANN).await.unwrap_err();
    if round % 3 == 1 {
        house.receive(2).await;
    }
    let later = house.clock.now().plus_ms(DAY_MS);
    house.clock.advance_to(later);
    house.rest().await;
}

async fn define_supplier(house: &House) {
    let gateway = house.process.address(Room::SupplierGateway).unwrap();
    let gateway = SupplierGatewayServiceClient::connect(format!("http://{gateway}")).await;
    let adapter = define_supplier_request::Adapter::Simulated(Simulated::default());
    let supplier = DefineSupplierRequest {
        supplier_id: "ACME".into(),
        name: "Acme".into(),
        lead_time_days: 3,
        adapter: Some(adapter),
        ..Default::default()
    };
    gateway.unwrap().define_supplier(supplier).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_and_every_rule_answers_in_a_real_prometheus() {
    if !is_there("prometheus") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.notifier.folder = Some(dir.path().join("letters"));
    config.state.dir = Some(dir.path().join("state"));
    config.state.snapshot_every = 4;
    config.telemetry.filter = "off".into();
    config.telemetry.prometheus = Some("127.0.0.1:0".into());
    let guard = chassis::telemetry::start(&config.telemetry, "backorder").unwrap();
    let scraped = guard.prometheus().unwrap();
    let prometheus = Prometheus::start(scraped);

    let mut house = House::open(config).await;
    define_supplier(&house).await;
    let bought = Replenishment {
        supplier_id: "ACME".into(),
        reorder_point: 2,
        order_up_to: 10,
        pack_size: 1,
        lead_time_days: 3,
    };
    house.furnish(Some(bought)).await;
    prometheus.until_ready().await;
    let scrapes = "count_over_time(backorder_room_up{room=\"orders\"}[1m])";
    let work = async {
        let mut round = 0;
        loop {
            work(&mut house, round).await;
            round += 1;
            let found = prometheus.query(scrapes).await;
            if found.first().is_some_and(|found| found.1 >= SCRAPES) {
                return;
            }
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, work).await.expect("Prometheus scrapes");
    house.log.fault(Fault::Full);
    house.place("full", &ANN).await.unwrap_err();
    // Two more scrapes see the call that failed.
    sleep(Duration::from_secs(1)).await;

    assert_eq!(ask(scraped, "GET", "/").await.0, 404);
    assert_eq!(ask(scraped, "POST", "/metrics").await.0, 405);
    every_metric_is_there(&prometheus).await;
    every_panel(&prometheus).await;
    every_rule(&prometheus).await;
    figures_fit(&prometheus).await;
    an_impossible_fact_wakes_the_operator(&house, &prometheus).await;
    // Rooms that have stopped say so when the process ends.
    house.process.stop().await.unwrap_err();
}

async fn every_metric_is_there(prometheus: &Prometheus) {
    for it in instruments::ALL {
        let name = match it.kind {
            instruments::Kind::Histogram(_) => format!("{}_count", it.prometheus()),
            instruments::Kind::Counter | instruments::Kind::Gauge => it.prometheus(),
        };
        let found = prometheus.query(&name).await;
        assert!(!found.is_empty(), "{name} has no series");
        for label in it.labels.iter().filter(|label| **label != "error.type") {
            let label = label.replace('.', "_");
            assert!(
                found[0].0.get(&label).is_some(),
                "{name} has no {label}: {found:?}"
            );
        }
    }
}

async fn every_panel(prometheus: &Prometheus) {
    let mut panels = 0;
    for entry in fs::read_dir(deploy().join("dashboards")).unwrap() {
        let path = entry.unwrap().path();
        let board: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for panel in board["panels"].as_array().unwrap() {
            if panel["datasource"]["type"] != "prometheus" {
                continue;
            }
            let title = panel["title"].as_str().unwrap();
            for target in panel["targets"].as_array().unwrap() {
                let expr = target["expr"].as_str().unwrap();
                let asked = expr
                    .replace("$room", ".*")
                    .replace("$__rate_interval", "30s");
                assert!(!asked.contains('$'), "{title}: what is {asked}?");
                let found = prometheus.query(&asked).await;
                let may_be_empty = MAY_BE_EMPTY.iter().any(|(known, _)| *known == title);
                assert!(
                    !found.is_empty() || may_be_empty,
                    "{} is empty in {}: {asked}",
                    title,
                    path.display()
                );
                panels += 1;
            }
        }
    }
    assert!(panels > 40, "{panels} queries");
}

async fn every_rule(prometheus: &Prometheus) {
    let (status, body) = ask(prometheus.address, "GET", "/api/v1/rules").await;
    assert_eq!(status, 200, "{body}");
    let said: Value = serde_json::from_str(&body).unwrap();
    let rules = said["data"]["groups"][0]["rules"].as_array().unwrap();
    let text = fs::read_to_string(deploy().join("telemetry/alerts.yml")).unwrap();
    assert_eq!(rules.len(), text.matches("- alert: ").count());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
        prometheus.query(rule["query"].as_str().unwrap()).await;
        for said in ["summary", "description"] {
            let said = rule["annotations"][said].as_str().unwrap();
            assert!(said.len() > 20, "{rule}");
        }
    }
}

/// The figures are of this run: times within the bounds, and the calls that were made.
async fn figures_fit(prometheus: &Prometheus) {
    let quantile = "histogram_quantile(0.5, sum by (le) \
                    (rate(backorder_append_duration_seconds_bucket[1m])))";
    let median = prometheus.one(quantile).await;
    let mean = "sum(backorder_append_duration_seconds_sum) \
                / sum(backorder_append_duration_seconds_count)";
    let mean = prometheus.one(mean).await;
    assert!(
        median > 0.0 && median < 0.01,
        "an append in memory takes {median} s, {mean} on average"
    );
    let failed = "rpc_server_call_duration_seconds_count{error_type=\"UNAVAILABLE\"}";
    assert_eq!(prometheus.one(failed).await, 1.0);
    let refused = "sum(backorder_refusals_total{reason=\"UNKNOWN_ORDER\"})";
    assert!(prometheus.one(refused).await >= 1.0);
    // It takes writes again a second later.
    let refuses = "max(max_over_time(backorder_log_refuses{room=\"orders\"}[1m]))";
    assert_eq!(prometheus.one(refuses).await, 1.0);
    assert!(
        prometheus
            .one("sum(backorder_letters_total{outcome=\"sent\"})")
            .await
            >= 1.0
    );
}

/// Somebody with inventory's key writes that stock left of which there was none.
async fn an_impossible_fact_wakes_the_operator(house: &House, prometheus: &Prometheus) {
    let alarm = "ALERTS{alertname=\"BackorderInvariantBroken\", alertstate=\"firing\"}";
    assert_eq!(prometheus.query(alarm).await, []);
    let last = house.log.last_of(Room::Inventory);
    let forged = Adjusted {
        adjustment: "forged".into(),
        sku: "BOLT".into(),
        location: "SHED".into(),
        change: -1_000_000,
        reason: String::new(),
    };
    let commit = Commit {
        as_of: last,
        at: house.clock.now(),
        events: vec![Event::from(forged)],
        traces: BTreeMap::new(),
    };
    let encoded = Encoded::new(&commit).unwrap();
    house
        .log
        .append_now(Room::Inventory, encoded, last)
        .unwrap();
    let fires = async {
        loop {
            let firing = prometheus.query(alarm).await;
            if firing.iter().any(|(of, _)| of["room"] == "inventory") {
                return;
            }
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, fires).await.expect("the alarm fires");
}

#[test]
fn each_alert_fires_when_it_should_and_not_when_it_should_not() {
    if !is_there("promtool") {
        return;
    }
    let rules = fs::read_to_string(deploy().join("telemetry/alerts.yml")).unwrap();
    let tests = fs::read_to_string(deploy().join("telemetry/alerts_test.yml")).unwrap();
    for name in rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        for becomes in ["fires", "is quiet"] {
            assert!(
                tests.contains(&format!("- name: {name} {becomes}\n")),
                "{name} {becomes}"
            );
        }
    }
    for arguments in [["check", "alerts.yml"], ["test", "alerts_test.yml"]] {
        let [word, file] = arguments;
        let mut promtool = Command::new("promtool");
        let arguments = if word == "check" {
            ["check", "rules", file]
        } else {
            ["test", "rules", file]
        };
        let ran = promtool
            .args(arguments)
            .current_dir(deploy().join("telemetry"))
            .output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned()
            + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}");
    }
}

/// From an order's id to its trace: by the attribute that spans have.
#[test]
fn the_dashboard_of_traces_looks_for_the_attributes_that_spans_have() {
    let text = fs::read_to_string(deploy().join("dashboards/traces.json")).unwrap();
    let board: Value = serde_json::from_str(&text).unwrap();
    let queries: Vec<&str> = board["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| panel["targets"][0]["query"].as_str().unwrap())
        .collect();
    let wanted = format!("{{ span.{} = \"${{order}}\" }}", chassis::trace::ORDER);
    assert_eq!(queries[0], wanted);
    assert_eq!(queries[1], "${trace}");
    assert!(queries[2].contains(&format!("span.{} != \"\"", chassis::trace::REASON)));
    let links = &board["panels"][0]["fieldConfig"]["overrides"][0];
    let link = links["properties"][0]["value"][0]["url"].as_str().unwrap();
    let here = format!("/d/{}?", board["uid"].as_str().unwrap());
    assert!(
        link.starts_with(&here) && link.contains("var-trace=${__value.raw}"),
        "{link}"
    );
}
