//! The permissions of `deploy/nats`, on a real server: each service writes its own room's commits
//! and nobody else's, reads all of them, and can change nothing about the stream.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use domain::decider::Room;
use domain::event::Commit;
use domain::ids::{Revision, Timestamp};
use event_log::{AppendError, Credentials, Encoded, EventLog, JetStreamLog, JetStreamSettings};
use futures::StreamExt;
use local_nats::LocalNats;
use nkeys::KeyPair;
use tempfile::TempDir;

use crate::users::{deployed, keys, server, server_of};

fn settings(nats: &LocalNats, keys: &TempDir, user: &str) -> JetStreamSettings {
    JetStreamSettings {
        credentials: Credentials::NkeySeedFile(keys.path().join(format!("{user}.seed"))),
        append_timeout: Duration::from_secs(2),
        ..JetStreamSettings::new(&nats.url(), "main")
    }
}

async fn as_user(nats: &LocalNats, keys: &TempDir, user: &str) -> JetStreamLog {
    JetStreamLog::open(settings(nats, keys, user))
        .await
        .unwrap()
}

/// A commit of any room: permissions do not look inside.
fn commit() -> Encoded {
    let commit = Commit {
        as_of: Revision(0),
        at: Timestamp::default(),
        events: Vec::new(),
        traces: std::collections::BTreeMap::new(),
    };
    Encoded::new(&commit).unwrap()
}

#[tokio::test]
async fn each_service_writes_its_own_room_and_reads_them_all() {
    let keys = keys();
    let nats = server(&keys).await;
    for room in Room::ALL {
        let log = as_user(&nats, &keys, room.token()).await;
        let at = log.append(room, commit(), Revision(0)).await.unwrap();
        assert_eq!(log.written(at).await.unwrap().room, room);
        assert_eq!(log.last(&Room::ALL).await.unwrap(), at);
        let heard = [vec![room], Room::ALL.to_vec()];
        for rooms in heard {
            let first = log
                .follow(&rooms, Revision(0))
                .next()
                .await
                .unwrap()
                .unwrap();
            assert!(rooms.contains(&first.room));
        }
    }
    let operator = as_user(&nats, &keys, "operator").await;
    assert_eq!(
        operator.written(Revision(1)).await.unwrap().room,
        Room::ALL[0]
    );
    let all: Vec<Room> = operator
        .follow(&Room::ALL, Revision(0))
        .take(Room::ALL.len())
        .map(|logged| logged.unwrap().room)
        .collect()
        .await;
    assert_eq!(all, Room::ALL);
}

#[tokio::test]
async fn no_service_writes_in_the_name_of_another() {
    let keys = keys();
    let nats = server(&keys).await;
    let mut attempts = Vec::new();
    for user in Room::ALL.map(Room::token).into_iter().chain(["operator"]) {
        // The first to come makes the stream, which the operator may not.
        let log = Arc::new(as_user(&nats, &keys, user).await);
        for room in Room::ALL.into_iter().filter(|room| room.token() != user) {
            let log = Arc::clone(&log);
            attempts
                .push(async move { (user, room, log.append(room, commit(), Revision(0)).await) });
        }
    }
    for (user, room, answer) in futures::future::join_all(attempts).await {
        assert!(
            matches!(
                answer,
                Err(AppendError::Unanswered { .. } | AppendError::Rejected { .. })
            ),
            "{user} wrote on {room}: {answer:?}"
        );
    }
    let log = as_user(&nats, &keys, "orders").await;
    assert_eq!(
        log.last(&Room::ALL).await.unwrap(),
        Revision(0),
        "something stands on the log"
    );
}

#[tokio::test]
async fn the_operator_backs_up_and_restores_and_no_service_does() {
    let keys = keys();
    let (nats, empty) = (server(&keys).await, server(&keys).await);
    let orders = as_user(&nats, &keys, "orders").await;
    let last = orders
        .append(Room::Orders, commit(), Revision(0))
        .await
        .unwrap();
    let dir = keys.path().join("backup");
    assert!(orders.back_up(&dir, |_| ()).await.is_err());
    std::fs::remove_dir_all(keys.path().join("backup.unfinished")).unwrap();
    let operator = as_user(&nats, &keys, "operator").await;
    let copied = operator.back_up(&dir, |_| ()).await.unwrap();
    assert!(!dir.exists(), "it is not whole yet");
    assert_eq!(copied.keep().unwrap().last, last);
    let refused = event_log::put_back(&settings(&empty, &keys, "orders"), &dir, |_| ()).await;
    assert!(refused.is_err());
    let settings = settings(&empty, &keys, "operator");
    event_log::put_back(&settings, &dir, |_| ()).await.unwrap();
    let restored = as_user(&empty, &keys, "operator").await;
    assert_eq!(restored.last(&Room::ALL).await.unwrap(), last);
}

/// The server's answer to a request that it forbids is silence, so it is told before the first
/// caller meets it.
#[tokio::test]
async fn who_may_not_read_single_commits_is_told_when_the_log_is_opened() {
    let keys = keys();
    let users = std::fs::read_to_string(deployed("users.conf")).unwrap();
    let allowed = "\"$JS.API.DIRECT.GET.BO_main\"";
    assert_eq!(users.matches(allowed).count(), Room::ALL.len() + 1);
    let nats = server_of(&keys, &users.replace(allowed, "")).await;
    let opened = JetStreamLog::open(settings(&nats, &keys, "orders")).await;
    let said = opened.err().unwrap().to_string();
    for part in ["$JS.API.DIRECT.GET.BO_main", "Permissions Violation"] {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test]
async fn who_has_no_key_is_not_let_in() {
    let keys = keys();
    let nats = server(&keys).await;
    std::fs::write(
        keys.path().join("stranger.seed"),
        KeyPair::new_user().seed().unwrap(),
    )
    .unwrap();
    let stranger = JetStreamLog::open(settings(&nats, &keys, "stranger")).await;
    assert!(stranger.is_err());
    let nobody = JetStreamLog::open(JetStreamSettings::new(&nats.url(), "main")).await;
    assert!(nobody.is_err());
}

#[test]
fn permissions_are_allow_lists_of_exact_subjects() {
    let users = std::fs::read_to_string(deployed("users.conf")).unwrap();
    assert!(!users.contains("deny"));
    assert!(!users.contains("$JS.>") && !users.contains("$JS.API.>"));
    for verb in ["DELETE", "PURGE", "UPDATE", "MSG.DELETE"] {
        assert!(!users.contains(&format!("STREAM.{verb}")), "{verb}");
    }
    for verb in ["STREAM.RESTORE", "STREAM.SNAPSHOT", "CONSUMER.DELETE"] {
        let allowed = users.matches(&format!("$JS.API.{verb}")).count();
        assert_eq!(allowed, 1, "{verb} is for the operator alone");
    }
    for room in Room::ALL {
        let own = format!("\"bo.main.{room}\"");
        assert_eq!(users.matches(&own).count(), 1, "{own}");
    }
}

#[tokio::test]
async fn the_servers_read_their_configurations() {
    let keys = keys();
    for file in ["single.conf", "cluster.conf", "users.conf"] {
        std::fs::copy(deployed(file), keys.path().join(file)).unwrap();
    }
    let server = local_nats::find().await.unwrap();
    for file in ["single.conf", "cluster.conf"] {
        let output = Command::new(&server)
            .args(["-t", "-c"])
            .arg(keys.path().join(file))
            .env("SERVER_NAME", "nats-0")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{file}: {said}");
    }
}
