//! OpenTelemetry's own variables, as a service's process finds them in its environment.

use std::process::Stdio;
use std::time::Duration;

use api::orders::v1::GetOrderRequest;
use api::orders::v1::orders_service_client::OrdersServiceClient;
use local_nats::{LocalNats, Options};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::collector::Collector;
use crate::house::Caller;

/// How long a process may take to be ready, and to send what it is expected to send.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// Within this time a process that sends anything would have sent it: ten of its intervals.
const SILENCE: Duration = Duration::from_secs(1);

const FAY: Caller = Caller {
    trace: "44444444444444444444444444444444",
    span: "4444444444444444",
};

/// A service as a process of its own, not yet started.
fn process(room: &str, nats: &LocalNats) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_room"));
    command
        .arg(room)
        .env_clear()
        .env("BACKORDER_NATS_URL", nats.url())
        .env("BACKORDER_GRPC_ORDERS_PORT", "0")
        .env("BACKORDER_GRPC_NOTIFIER_PORT", "0")
        .env("BACKORDER_TELEMETRY_JSON", "true");
    command
}

/// What a process says before it serves, and where it serves; it goes on saying what it likes.
async fn serving(child: &mut Child) -> (Vec<serde_json::Value>, String) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut before = Vec::new();
    let address = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("it ends at once");
            let said: serde_json::Value = serde_json::from_str(&line).unwrap();
            if said["fields"]["message"] == "serving" {
                return said["fields"]["address"].as_str().unwrap().to_owned();
            }
            before.push(said);
        }
    };
    let address = timeout(PATIENCE, address).await.unwrap();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (before, address)
}

/// The orders service as a process with these variables; it was asked once, by Fay.
async fn asked(nats: &LocalNats, variables: &[(&str, &str)]) -> Child {
    let mut command = process("orders", nats);
    command
        .env("OTEL_METRIC_EXPORT_INTERVAL", "100")
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .envs(variables.iter().copied());
    let piped = command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = piped.kill_on_drop(true).spawn().unwrap();
    let (_, address) = serving(&mut child).await;
    let mut orders = OrdersServiceClient::connect(format!("http://{address}"))
        .await
        .unwrap();
    let order_id = "nobody".to_owned();
    let request = GetOrderRequest {
        order_id,
        ..Default::default()
    };
    orders.get_order(FAY.asks(request)).await.unwrap_err();
    child
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, wait).await.expect(what);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_does_as_opentelemetrys_variables_say() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let collector = Collector::default();
    let endpoint = collector.open().await;
    let to = ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str());

    let attributes = "deployment.environment.name=test,service.namespace=shop";
    let named = [
        to,
        ("OTEL_SERVICE_NAME", "front"),
        ("OTEL_RESOURCE_ATTRIBUTES", attributes),
    ];
    let child = asked(&nats, &named).await;
    until("spans and metrics come", || {
        !collector.of(FAY.trace).is_empty() && !collector.metrics.lock().unwrap().is_empty()
    })
    .await;
    let resource = collector.resources.lock().unwrap()[0].clone();
    assert_eq!(resource["service.name"], "front");
    assert_eq!(resource["service.namespace"], "shop");
    assert_eq!(resource["deployment.environment.name"], "test");
    drop(child);
    sleep(SILENCE).await;
    clear(&collector);

    // Metrics only, under the service's usual name.
    let child = asked(&nats, &[to, ("OTEL_TRACES_EXPORTER", "none")]).await;
    until("metrics come", || {
        !collector.metrics.lock().unwrap().is_empty()
    })
    .await;
    sleep(SILENCE).await;
    assert!(collector.spans.lock().unwrap().is_empty());
    let resource = collector.resources.lock().unwrap()[0].clone();
    assert_eq!(resource["service.name"], "backorder-orders");
    drop(child);
    sleep(SILENCE).await;
    clear(&collector);

    // A new trace, and as many of them as the sampler says.
    let child = asked(&nats, &[to, ("OTEL_PROPAGATORS", "none")]).await;
    until("a span comes", || {
        !collector.spans.lock().unwrap().is_empty()
    })
    .await;
    assert!(collector.of(FAY.trace).is_empty());
    drop(child);
    sleep(SILENCE).await;
    clear(&collector);
    let child = asked(&nats, &[to, ("OTEL_TRACES_SAMPLER", "always_off")]).await;
    until("metrics come", || {
        !collector.metrics.lock().unwrap().is_empty()
    })
    .await;
    sleep(SILENCE).await;
    assert!(collector.spans.lock().unwrap().is_empty());
    drop(child);
    sleep(SILENCE).await;
    clear(&collector);

    let child = asked(&nats, &[to, ("OTEL_SDK_DISABLED", "true")]).await;
    sleep(SILENCE).await;
    assert!(collector.resources.lock().unwrap().is_empty());
    drop(child);
    nats.stop().await.unwrap();
}

fn clear(collector: &Collector) {
    collector.spans.lock().unwrap().clear();
    collector.metrics.lock().unwrap().clear();
    collector.resources.lock().unwrap().clear();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notifier_without_a_mail_server_warns_that_nobody_gets_a_letter() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let warned = async |variables: &[(&str, &str)]| {
        let mut command = process("notifier", &nats);
        command
            .env("BACKORDER_NOTIFIER_FOLDER", folder.path())
            .envs(variables.iter().copied());
        let piped = command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = piped.kill_on_drop(true).spawn().unwrap();
        let (said, _) = serving(&mut child).await;
        let warned = said.into_iter().find(|line| {
            let words = line["fields"]["message"].as_str().unwrap_or_default();
            line["level"] == "WARN" && words.starts_with("NO CUSTOMER GETS A LETTER")
        });
        warned.map(|line| line["fields"].clone())
    };
    let fields = warned(&[]).await.expect("a warning before it serves");
    let told = fields["message"].as_str().unwrap();
    assert!(told.contains("BACKORDER_NOTIFIER_SMTP_URL"), "{told}");
    assert_eq!(fields["folder"], folder.path().display().to_string());
    let smtp = ("BACKORDER_NOTIFIER_SMTP_URL", "smtp://127.0.0.1:2525");
    assert!(warned(&[smtp]).await.is_none());
    nats.stop().await.unwrap();
}
