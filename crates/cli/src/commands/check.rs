//! `check`: is everything well? What is not is said with what to do.

use std::time::Duration;

use allocation::Allocator;
use chassis::config::Nats;
use clap::Args;
use domain::decider::{Projection, Room};
use domain::ids::Revision;
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use event_log::{FollowError, Log, OpenError, ReadError, Start};
use futures::StreamExt;
use serde_json::json;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use standing::stands;

use super::verify::{lost_all, marks};
use crate::damage::cure;
use crate::output::{Format, line, many};
use crate::problem::{Exit, Problem};
use crate::session::Session;

mod finding;
mod needs;
mod standing;

use finding::{Finding, State};

/// How long a service may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a log that seems to be empty is looked at.
const EMPTY_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a fold is asked again before it is said to lag.
const LAG_TRIES: u32 = 10;
/// The pause between.
const LAG_PAUSE: Duration = Duration::from_millis(200);

/// What to do when the log takes no writes.
const NO_WRITES: &str = "free space on the log's disk, then restart NATS (`backorder up` does so)";

/// What to do when the log is not there. A new cell's is made by the first service; over a log that
/// is gone a service that has read from it does not start, so that nobody makes an empty one of it.
const NO_STREAM: &str = "if it was there once, `backorder restore DIR` puts a backup back; a new \
                         cell's is made by the first service, `backorder up`";

/// Check the log, the services, and what needs a person
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder check
  backorder check --host cell-1.example -o json
  backorder check -o json | jq \".groups[].checks[] | select(.ok | not)\"

Fails (✗) where facts may be lost or cannot be taken, where nothing can be
picked, bought or sent: the log, a service, a full disk, different versions,
goods picked for nobody, suppliers that nobody has defined, letters that
are not taken, side effects that do not end. Warns (!) of what a person should
look at: `backorder problems` lists each. Exit code 0: nothing fails, perhaps
with warnings; 1: something fails, and what to do stands beside it.")]
pub(crate) struct Check {}

impl Check {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let (log, logs) = look_at_log(session).await;
        let log_is_well = logs.iter().all(Finding::is_well);
        let mut services = Vec::new();
        let mut folds = Vec::new();
        let mut standing = Vec::new();
        for room in Room::ALL {
            let mut served = look_at_service(session, room).await;
            if !served.is_well() && !log_is_well {
                served.remedy = "mend the log first, see above; then start it".to_owned();
            }
            if served.is_well() {
                match stands(session, room).await {
                    Ok(stands) => {
                        if let Some(log) = &log {
                            folds.push(look_at_fold(session, room, log).await);
                        }
                        standing.push(stands);
                    }
                    Err(finding) => served = finding,
                }
            }
            services.push(served);
        }
        let mut groups = vec![("Log", logs), ("Services", services), ("Folds", folds)];
        groups.extend(needs::groups(&standing));
        groups.push(("State", standing::state(&standing)));
        groups.push(("Versions", standing::versions(&standing)));
        let count = |state| {
            let checks = groups.iter().flat_map(|(_, checks)| checks);
            checks.filter(|check| check.state == state).count()
        };
        let (ill, warnings) = (count(State::Ill), count(State::Warning));
        match session.out.0 {
            Format::Table => tell(&groups),
            Format::Json => session.out.value(&as_json(&groups, ill == 0)),
        }
        let warned = (warnings > 0).then(|| many(size(warnings), "warning"));
        if ill == 0 {
            if let (Some(warned), Format::Table) = (warned, session.out.0) {
                line(&format!(
                    "nothing fails; {warned}: see `backorder problems`"
                ));
            }
            return Ok(());
        }
        let what = format!("{} failed", many(size(ill), "check"));
        Err(Problem {
            what: warned.map_or(what.clone(), |warned| format!("{what}, with {warned}")),
            place: String::new(),
            next: "what to do stands beside each".into(),
            exit: Exit::Refused,
            said: Box::default(),
        })
    }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn tell(groups: &[(&str, Vec<Finding>)]) {
    for (name, checks) in groups.iter().filter(|(_, checks)| !checks.is_empty()) {
        line(name);
        for check in checks {
            let tick = match check.state {
                State::Well => "✓",
                State::Warning => "!",
                State::Ill => "✗",
            };
            line(&format!("  {tick} {:<20} {}", check.name, check.seen));
            if !check.is_well() {
                line(&format!("      -> {}", check.remedy));
            }
        }
    }
}

fn as_json(groups: &[(&str, Vec<Finding>)], ok: bool) -> serde_json::Value {
    let groups = groups.iter().map(|(name, checks)| {
        let checks = checks.iter().map(|check| {
            let (name, ok) = (&check.name, check.state != State::Ill);
            let (warning, seen) = (check.state == State::Warning, &check.seen);
            let remedy = &check.remedy;
            json!({ "name": name, "ok": ok, "warning": warning, "seen": seen, "remedy": remedy })
        });
        json!({ "name": name, "checks": checks.collect::<Vec<_>>() })
    });
    json!({ "ok": ok, "groups": groups.collect::<Vec<_>>() })
}

async fn look_at_log(session: &Session) -> (Option<Log>, Vec<Finding>) {
    let mut config = session.config.clone();
    config.nats.create = false;
    let cell = config.nats.cell.clone();
    let reached = Finding::well("NATS", event_log::shown(&config.nats.url));
    match chassis::open_log(&config).await {
        Ok(log) => {
            let stream = look_at_end(session, &log, &cell).await;
            let ok = stream.is_well();
            let copies = log.copies().await.unwrap_or_default();
            let mut findings = vec![reached, stream];
            findings.extend(look_at_quarantine(&log));
            if !copies.is_empty() {
                let remedy = "see the NATS servers' own logs; the log goes on while most copies do";
                findings.push(Finding::ill("copies", copies.join("; "), remedy));
            }
            findings.extend(look_at_sync(&config.nats).await);
            (ok.then_some(log), findings)
        }
        Err(error) => (None, why_not_open(&error, reached)),
    }
}

/// What an error of opening the log says of it.
fn why_not_open(error: &anyhow::Error, reached: Finding) -> Vec<Finding> {
    let said = format!("{error:#}");
    match error.downcast_ref::<OpenError>() {
        Some(OpenError::Missing { .. }) => vec![reached, Finding::ill("stream", said, NO_STREAM)],
        Some(OpenError::OtherSettings { .. } | OpenError::Refused { .. }) => vec![
            reached,
            Finding::ill("stream", said, "put its settings right with the nats tool"),
        ],
        Some(OpenError::Connect { .. }) => vec![Finding::ill(
            "NATS",
            said,
            "start it with `backorder up`, or say where it is with --nats or BACKORDER_NATS_URL",
        )],
        Some(OpenError::NotReady { .. }) => vec![
            reached,
            Finding::ill(
                "stream",
                said,
                "wait if NATS has just been started; else see its own log, and whether all of its \
                 cluster run",
            ),
        ],
        Some(
            OpenError::BadCell { .. }
            | OpenError::BadReplicas { .. }
            | OpenError::BadUrl { .. }
            | OpenError::Credentials { .. }
            | OpenError::NotAllowed { .. },
        )
        | None => vec![Finding::ill(
            "NATS",
            said,
            "mend the settings of the section [nats]",
        )],
    }
}

/// What readers pass over: well, and told for as long as the log is read.
fn look_at_quarantine(log: &Log) -> Option<Finding> {
    let records = log.quarantined().into_iter().map(|record| {
        let (revision, room) = (record.revision, record.room);
        format!("revision {revision} of {room}: {}", record.reason)
    });
    let records: Vec<String> = records.collect();
    let seen = || format!("passed over: {}", records.join("; "));
    (!records.is_empty()).then(|| Finding::well("quarantine", seen()))
}

async fn look_at_sync(nats: &Nats) -> Option<Finding> {
    Some(match chassis::syncs_each_write(nats).await {
        Ok(syncs) if syncs? => Finding::well("disk", "each write is on disk when acknowledged"),
        Ok(_) => Finding::ill("disk", chassis::NOT_SYNCED, chassis::SYNC_REMEDY),
        Err(error) => Finding::ill("disk", format!("{error:#}"), "mend nats.monitor_url"),
    })
}

/// The end of the log, and what the services of this machine have read of it.
async fn look_at_end(session: &Session, log: &Log, cell: &str) -> Finding {
    let last = match log.last(&Room::ALL).await {
        Ok(last) | Err(ReadError::Missing(last)) => last,
        Err(error) => {
            let remedy = "see the server's own log for why its stream does not answer";
            return Finding::ill("stream", error.to_string(), remedy);
        }
    };
    let seen = format!("BO_{cell}, last revision {last}");
    let marks = match marks(session) {
        Ok(marks) => marks,
        Err(problem) => return Finding::ill("stream", problem.what, problem.next),
    };
    if let Some(lost) = lost_all(&marks, last) {
        return Finding::ill("stream", lost.to_string(), cure(&lost));
    }
    let after = Revision(last.0.saturating_sub(1));
    let mut end = log.follow_from(
        &Room::ALL,
        Start {
            after,
            marks,
            without: None,
        },
    );
    let patience = if last == Revision(0) {
        EMPTY_TIMEOUT
    } else {
        ANSWER_TIMEOUT
    };
    match tokio::time::timeout(patience, end.next()).await {
        Ok(Some(Err(error @ FollowError::Unreachable { .. }))) => Finding::ill(
            "stream",
            error.to_string(),
            "see the server's own log for why",
        ),
        Ok(Some(Err(error))) => {
            let remedy = format!(
                "`backorder verify` names the first damage; {}",
                cure(&error)
            );
            Finding::ill("stream", error.to_string(), remedy)
        }
        Ok(Some(Ok(_)) | None) => Finding::well("stream", seen),
        Err(_elapsed) if last == Revision(0) => Finding::well("stream", seen),
        Err(_elapsed) => {
            let seen = format!("revision {last} did not come within {ANSWER_TIMEOUT:?}");
            Finding::ill("stream", seen, "see the server's own log for why")
        }
    }
}

async fn look_at_service(session: &Session, room: Room) -> Finding {
    let address = session.doors.address(room);
    let remedy = format!(
        "start it with `backorder up` or `backorder run {room}`; if it stops again, `backorder \
         verify`"
    );
    let Ok(channel) = session.doors.channel(room) else {
        return Finding::ill(
            room.token(),
            address,
            "give --host a host name or an IP address",
        );
    };
    let request = HealthCheckRequest {
        service: chassis::service_name(room),
    };
    let mut client = HealthClient::new(channel);
    let serving = i32::from(ServingStatus::Serving);
    match tokio::time::timeout(ANSWER_TIMEOUT, client.check(request)).await {
        Ok(Ok(answer)) => {
            let status = answer.into_inner().status;
            if status == serving {
                return look_at_write(&mut client, room, &address).await;
            }
            let of_log = HealthCheckRequest {
                service: chassis::LOG_HEALTH.to_owned(),
            };
            let of_log = client.check(of_log).await;
            if of_log.is_ok_and(|answer| answer.into_inner().status != serving) {
                let seen = "answers reads only: the log takes no writes";
                return Finding::ill(room.token(), seen, NO_WRITES);
            }
            let seen = format!("not serving at {address}");
            Finding::ill(
                room.token(),
                seen,
                "see its log output for why its room stopped; `backorder verify` looks for damage",
            )
        }
        Ok(Err(status)) => {
            let problem = session.doors.problem(room, "Health", &status);
            Finding::ill(room.token(), problem.what, remedy)
        }
        Err(_) => {
            let seen = format!("no answer from {address} within {ANSWER_TIMEOUT:?}");
            Finding::ill(
                room.token(),
                seen,
                "see its log output; its machine may be overloaded",
            )
        }
    }
}

/// Whether what the room writes comes to stand and is read back.
async fn look_at_write(
    client: &mut HealthClient<tonic::transport::Channel>,
    room: Room,
    address: &str,
) -> Finding {
    let request = HealthCheckRequest {
        service: chassis::WRITE_HEALTH.to_owned(),
    };
    let proved = tokio::time::timeout(ANSWER_TIMEOUT, client.check(request)).await;
    match proved {
        Ok(Ok(answer)) if answer.get_ref().status == i32::from(ServingStatus::Serving) => {
            Finding::well(room.token(), format!("serves and writes at {address}"))
        }
        Ok(Ok(_)) => {
            let seen = "answers reads; what it writes does not come to stand";
            Finding::ill(room.token(), seen, NO_WRITES)
        }
        Ok(Err(status)) => {
            let seen = format!("does not say whether it can write: {}", status.message());
            Finding::ill(room.token(), seen, "see its log output")
        }
        Err(_elapsed) => {
            let seen = format!("no proof of a write within {ANSWER_TIMEOUT:?}");
            Finding::ill(room.token(), seen, "see its log output")
        }
    }
}

async fn look_at_fold(session: &Session, room: Room, log: &Log) -> Finding {
    let last = match log.last(hears(room)).await {
        Ok(last) => last,
        Err(error) => {
            return Finding::ill(room.token(), error.to_string(), "look at the log first");
        }
    };
    let mut folded = Revision(0);
    for _ in 0..LAG_TRIES {
        folded = match standing::room(session, room).await {
            Ok(room) => Revision(room.revision),
            Err(problem) => return Finding::ill(room.token(), problem.what, problem.next),
        };
        if folded >= last {
            return Finding::well(room.token(), format!("has read all up to revision {last}"));
        }
        tokio::time::sleep(LAG_PAUSE).await;
    }
    let seen = format!("has read up to revision {folded}, and there is {last}");
    Finding::ill(
        room.token(),
        seen,
        "wait if it is catching up; else see its log output",
    )
}

const fn hears(room: Room) -> &'static [Room] {
    match room {
        Room::Orders => Orders::HEARS,
        Room::Inventory => Inventory::HEARS,
        Room::Allocator => Allocator::HEARS,
        Room::Notifier => Notifier::HEARS,
        Room::SupplierGateway => SupplierGateway::HEARS,
    }
}
