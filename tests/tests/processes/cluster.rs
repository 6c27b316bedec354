//! A nats-server and services as processes, that a test starts, kills and starts again. Knows the
//! doors' addresses and the log, and nothing of what is asked there.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use audit::Audit;
use domain::command::RoomState;
use domain::decider::{Decider, Projection, Recorded, Room};
use domain::event::Event;
use domain::ids::{Position, Revision};
use event_log::{Log, Logged, Snapshots};
use futures::StreamExt;
use local_nats::{LocalNats, Options};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// How long a process may take until its doors are open.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the rooms may take to come to rest.
const REST_TIMEOUT: Duration = Duration::from_secs(30);
/// Nothing recorded for so long: at rest, if nothing is left undecided.
const QUIET: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(20);
/// Small, so that a short test has snapshots of its own.
const SNAPSHOT_EVERY: &str = "20";

/// One cell. Dropped, its processes are killed; killed itself, its server ends with it, and the
/// services end for want of a log.
pub struct Cluster {
    pub log: Log,
    nats: Option<LocalNats>,
    dir: TempDir,
    seats: BTreeMap<String, Seat>,
}

/// A process that runs, or ran: its port stays its own.
struct Seat {
    room: Room,
    port: u16,
    child: Option<Child>,
}

impl Cluster {
    /// A server and all five services.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let nats = LocalNats::start(options).await.unwrap();
        let mut config = chassis::Config::default();
        config.nats.url = nats.url();
        let log = chassis::open_log(&config).await.unwrap();
        let mut cluster = Self {
            nats: Some(nats),
            log,
            dir: tempfile::tempdir().unwrap(),
            seats: BTreeMap::new(),
        };
        cluster.start_all().await;
        cluster
    }

    pub async fn start_all(&mut self) {
        self.launch_all();
        self.all_ready().await;
    }

    /// Starts all, and does not wait until they serve.
    pub fn launch_all(&mut self) {
        for room in Room::ALL {
            self.launch(room.token(), room);
        }
    }

    pub async fn all_ready(&mut self) {
        for room in Room::ALL {
            self.ready(room.token()).await;
        }
    }

    /// The server, to kill it and start it again.
    pub const fn nats(&mut self) -> &mut LocalNats {
        self.nats.as_mut().unwrap()
    }

    /// The same store at the same address, under other limits.
    pub async fn serve_under(&mut self, options: Options) {
        let before = self.nats.take().unwrap();
        let port = Some(before.port());
        before.stop().await.unwrap();
        self.nats = Some(LocalNats::start(Options { port, ..options }).await.unwrap());
    }

    /// A second process of a room, with a name and a state of its own.
    pub async fn start_another(&mut self, name: &str, room: Room) {
        self.launch(name, room);
        self.ready(name).await;
    }

    /// Kills one (SIGKILL).
    pub async fn kill(&mut self, name: &str) {
        let seat = self.seats.get_mut(name).unwrap();
        if let Some(mut child) = seat.child.take() {
            child.kill().await.unwrap();
        }
    }

    /// Starts one again at its port.
    pub async fn start_again(&mut self, name: &str) {
        self.launch(name, self.seats[name].room);
        self.ready(name).await;
    }

    /// Holds a process still (STOP) or lets it go on (CONT).
    pub fn signal(&self, name: &str, signal: &str) {
        let pid = self.seats[name].child.as_ref().and_then(Child::id).unwrap();
        let mut kill = std::process::Command::new("kill");
        let sent = kill.arg(format!("-{signal}")).arg(pid.to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// Kills all (SIGKILL), as a power cut would.
    pub async fn kill_all(&mut self) {
        for seat in self.seats.values_mut() {
            if let Some(child) = &mut seat.child {
                child.start_kill().unwrap();
            }
        }
        for seat in self.seats.values_mut() {
            if let Some(mut child) = seat.child.take() {
                child.wait().await.unwrap();
            }
        }
    }

    /// Where the last snapshot of a room's process stands, while it does not run.
    pub fn snapshot<D: Decider>(&self) -> Option<Revision> {
        let room = D::ROOM.token();
        let dir = self.state_dir(room).join("snapshots").join(room);
        let snapshots = Snapshots::open(&dir).unwrap();
        let (revision, _) = snapshots.load::<RoomState<D>>(room, &self.log.identity())?;
        Some(revision)
    }

    /// Throws every snapshot away.
    pub fn delete_snapshots(&self) {
        for name in self.seats.keys() {
            std::fs::remove_dir_all(self.state_dir(name).join("snapshots")).unwrap();
        }
    }

    /// A connection that comes up when it is needed, and again after a restart.
    pub fn channel(&self, name: &str) -> Channel {
        let port = self.seats[name].port;
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        endpoint
            .connect_timeout(Duration::from_secs(1))
            .connect_lazy()
    }

    /// Whether the process runs and says over its health service that it serves.
    pub async fn is_healthy(&self, name: &str) -> bool {
        self.health(name, "").await == Some(ServingStatus::Serving)
    }

    /// Whether the process runs and answers reads, whatever the log does.
    pub async fn lives(&self, name: &str) -> bool {
        self.health(name, chassis::ROOM_HEALTH).await == Some(ServingStatus::Serving)
    }

    /// Whether the process says that the log takes what it writes; it runs if it says the contrary.
    pub async fn log_is_well(&self, name: &str) -> bool {
        self.health(name, chassis::LOG_HEALTH).await != Some(ServingStatus::NotServing)
    }

    async fn health(&self, name: &str, service: &str) -> Option<ServingStatus> {
        let mut client = HealthClient::new(self.channel(name));
        let service = service.to_owned();
        let ask = client.check(HealthCheckRequest { service });
        let answer = timeout(Duration::from_secs(1), ask).await.ok()?.ok()?;
        Some(answer.into_inner().status())
    }

    /// Where the notifier puts its letters.
    pub fn letters(&self) -> PathBuf {
        self.dir.path().join("letters")
    }

    /// The log's last revision.
    pub async fn last(&self) -> Revision {
        self.log.last(&Room::ALL).await.unwrap()
    }

    /// All that stands on the log.
    pub async fn commits(&self) -> Vec<Arc<Logged>> {
        let last = self.last().await;
        let mut found: Vec<Arc<Logged>> = Vec::new();
        let mut commits = self.log.follow(&Room::ALL, Revision(0));
        while found.last().map_or(Revision(0), |logged| logged.revision) < last {
            found.push(commits.next().await.unwrap().unwrap());
        }
        found
    }

    /// Waits until the rooms are at rest and checks what must be conserved; what was counted.
    pub async fn at_rest(&self) -> Audit {
        let by = Instant::now() + REST_TIMEOUT;
        loop {
            let last = self.last().await;
            sleep(QUIET).await;
            let commits = self.commits().await;
            let quiet = commits.last().is_none_or(|logged| logged.revision == last);
            let audit = audit(&commits);
            let violations = audit.violations(true);
            if quiet && violations.is_empty() {
                return audit;
            }
            assert!(Instant::now() < by, "quiet: {quiet}; {violations:#?}");
        }
    }

    /// The revision of each event that `id` names, so that what was recorded twice is seen twice.
    pub async fn recorded(
        &self,
        id: impl Fn(&Event) -> Option<String>,
    ) -> BTreeMap<String, Vec<u64>> {
        let mut found = BTreeMap::<String, Vec<u64>>::new();
        for logged in self.commits().await {
            for id in logged.commit.events.iter().filter_map(&id) {
                found.entry(id).or_default().push(logged.revision.0);
            }
        }
        found
    }

    fn launch(&mut self, name: &str, room: Room) {
        let port = self.seats.get(name).map_or(0, |seat| seat.port);
        let output = File::create(self.output(name)).unwrap();
        let port_key =
            format!("BACKORDER_GRPC_{}_PORT", room.token().to_uppercase()).replace('-', "_");
        let child = Command::new(env!("CARGO_BIN_EXE_room"))
            .arg(room.token())
            .env_clear()
            .env("BACKORDER_NATS_URL", self.nats.as_ref().unwrap().url())
            .env("BACKORDER_STATE_DIR", self.state_dir(name))
            .env("BACKORDER_STATE_SNAPSHOT_EVERY", SNAPSHOT_EVERY)
            .env("BACKORDER_NOTIFIER_FOLDER", self.letters())
            .env("BACKORDER_TELEMETRY_JSON", "true")
            .env(port_key, port.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let seat = Seat {
            room,
            port,
            child: Some(child),
        };
        self.seats.insert(name.to_owned(), seat);
    }

    /// Waits until every process has ended by itself; what each said.
    pub async fn all_end(&mut self) -> BTreeMap<String, String> {
        let by = Instant::now() + READY_TIMEOUT;
        let mut said = BTreeMap::new();
        let names: Vec<String> = self.seats.keys().cloned().collect();
        for name in names {
            let so_far = self.output(&name);
            let child = self.seats.get_mut(&name).and_then(|it| it.child.as_mut());
            let ended = tokio::time::timeout_at(by, child.unwrap().wait()).await;
            let status = ended.unwrap_or_else(|_| {
                let output = std::fs::read_to_string(so_far).unwrap_or_default();
                panic!("{name} goes on:\n{output}")
            });
            assert!(
                !status.unwrap().success(),
                "{name} ended as if all was well"
            );
            let output = std::fs::read_to_string(self.output(&name)).unwrap();
            said.insert(name, output);
        }
        said
    }

    async fn ready(&mut self, name: &str) {
        let by = Instant::now() + READY_TIMEOUT;
        let output = self.output(name);
        while self.seats[name].port == 0 || !self.is_healthy(name).await {
            let said = std::fs::read_to_string(&output).unwrap_or_default();
            let seat = self.seats.get_mut(name).unwrap();
            let ended = seat.child.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < by,
                "{} is not ready ({ended:?}):\n{said}",
                seat.room
            );
            if seat.port == 0 {
                seat.port = said.lines().find_map(port_told).unwrap_or(0);
            }
            sleep(POLL).await;
        }
    }

    fn output(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.log"))
    }

    /// Where a process keeps its snapshots.
    pub fn state_dir(&self, name: &str) -> PathBuf {
        self.dir.path().join("state").join(name)
    }
}

/// What the facts alone add up to.
pub fn audit(commits: &[Arc<Logged>]) -> Audit {
    let mut audit = Audit::default();
    for logged in commits {
        for (index, event) in (0_u32..).zip(&logged.commit.events) {
            let revision = logged.revision;
            audit.fold(
                Recorded {
                    position: Position { revision, index },
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                },
                event,
            );
        }
    }
    audit
}

/// The port in a line such as `{…"fields":{"message":"serving",…"address":"127.0.0.1:1234"}…}`.
fn port_told(line: &str) -> Option<u16> {
    let (_, after) = line.split_once(r#""address":"127.0.0.1:"#)?;
    after.split('"').next()?.parse().ok()
}
