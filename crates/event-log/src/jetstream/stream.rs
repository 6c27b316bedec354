//! The settings of a cell's stream, and what differs from them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, Info, RetentionPolicy, StorageType,
};
use domain::decider::Room;
use serde_json::Value;

use super::Subjects;

/// The server's default; correctness never rests on it.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// What in a stream's metadata is not ours: what the server adds by itself, and what the operator
/// wants to be warned of.
const NOT_OURS: [&str; 2] = ["_nats.", MONITOR];
/// What `nats server check` and `nats audit` look for.
const MONITOR: &str = "io.nats.monitor.";
/// A copy of the stream that is so many writes behind, or was not heard of for so long, is told.
const PEER_LAG_CRITICAL: &str = "1000";
const PEER_SEEN_CRITICAL: &str = "10s";
/// A reader that is so many commits behind is told.
const UNPROCESSED_CRITICAL: &str = "10000";
/// Settings that are the operator's: they move a stream or tell of it, and change no promise.
const OPERATORS: [&str; 4] = [
    "placement",
    "consumer_limits",
    "description",
    "persist_mode",
];

/// What the stream of a cell must be. Nothing on it is ever deleted or aged out, and when there
/// is no space it refuses what is new.
pub(super) fn wanted(subjects: &Subjects, cell: &str, replicas: usize) -> Config {
    let ours = [("backorder.cell", cell), ("backorder.format", "1")];
    let mut metadata = HashMap::from(ours.map(|(key, value)| (key.to_owned(), value.to_owned())));
    metadata.extend(monitored(replicas));
    Config {
        name: subjects.stream.clone(),
        subjects: vec![format!("{}*", subjects.prefix)],
        description: Some(format!(
            "Everything that happened in the Backorder cell {cell}"
        )),
        metadata,
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: replicas,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        compression: Some(Compression::None),
        duplicate_window: DUPLICATE_WINDOW,
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_message_size: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

/// When the nats tool warns of the stream: a copy of it is missing, late or silent; or somebody
/// writes on a subject that is no room's.
fn monitored(replicas: usize) -> impl Iterator<Item = (String, String)> {
    let rooms = Room::ALL.len();
    let mut keys = vec![
        ("enabled", "true".to_owned()),
        ("subjects-warn", rooms.saturating_add(1).to_string()),
        ("subjects-critical", rooms.saturating_add(2).to_string()),
        ("peer-expect", replicas.to_string()),
    ];
    if replicas > 1 {
        keys.push(("peer-lag-critical", PEER_LAG_CRITICAL.to_owned()));
        keys.push(("peer-seen-critical", PEER_SEEN_CRITICAL.to_owned()));
    }
    let keys = keys.into_iter();
    keys.map(|(key, value)| (format!("{MONITOR}{key}"), value))
}

/// What operators see of a consumer that reads the log for these rooms' commits: whose it is, and
/// when the nats tool warns that it is behind.
pub(super) fn consumer_metadata(
    process: &str,
    cell: &str,
    rooms: &[Room],
) -> HashMap<String, String> {
    let rooms: Vec<&str> = rooms.iter().map(|room| room.token()).collect();
    let keys = [
        ("backorder.cell".to_owned(), cell.to_owned()),
        ("backorder.process".to_owned(), process.to_owned()),
        ("backorder.rooms".to_owned(), rooms.join(" ")),
        (format!("{MONITOR}enabled"), "true".to_owned()),
        (
            format!("{MONITOR}unprocessed-critical"),
            UNPROCESSED_CRITICAL.to_owned(),
        ),
    ];
    HashMap::from(keys)
}

/// Each setting that differs: its name, what it is, what it must be.
pub(super) fn differences(found: &Config, wanted: &Config) -> Vec<String> {
    let (found, wanted) = (settings(found), settings(wanted));
    let names: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    let mut differences = Vec::new();
    for name in names {
        let (is, must_be) = (found.get(name), wanted.get(name));
        if is != must_be {
            let text = |value: Option<&Value>| value.map_or("unset".to_owned(), Value::to_string);
            differences.push(format!("{name} is {}, must be {}", text(is), text(must_be)));
        }
    }
    differences
}

fn settings(config: &Config) -> serde_json::Map<String, Value> {
    let Ok(Value::Object(mut settings)) = serde_json::to_value(config) else {
        return serde_json::Map::new();
    };
    for name in OPERATORS {
        settings.remove(name);
    }
    if let Some(Value::Object(metadata)) = settings.get_mut("metadata") {
        metadata.retain(|key, _| !NOT_OURS.iter().any(|of| key.starts_with(of)));
    }
    settings.retain(|_, value| !value.is_null());
    settings
}

/// What is wrong with the copies of a stream: each that is missing, gone or behind.
pub(super) fn troubles(info: &Info) -> Vec<String> {
    let copies = info.config.num_replicas;
    let Some(cluster) = info.cluster.as_ref().filter(|_| copies > 1) else {
        return Vec::new();
    };
    let mut troubles = Vec::new();
    if cluster.leader.is_none() {
        troubles.push("no copy leads".to_owned());
    }
    let known = cluster.replicas.len().saturating_add(1);
    if known < copies {
        troubles.push(format!("of {copies} copies {known} are known"));
    }
    for peer in &cluster.replicas {
        let (name, heard) = (&peer.name, peer.active.as_secs());
        if peer.offline {
            troubles.push(format!("the copy on {name} is gone for {heard} s"));
        } else if !peer.current {
            let lag = peer.lag.unwrap_or_default();
            troubles.push(format!("the copy on {name} is {lag} writes behind"));
        }
    }
    troubles
}

/// A stream's name and when it was made: the same stream made anew is another log.
pub(super) fn identity(info: &Info) -> String {
    format!(
        "{}@{}",
        info.config.name,
        info.created.unix_timestamp_nanos()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of three copies, as a server tells of it.
    fn info(peers: &[Value]) -> Info {
        serde_json::from_value(serde_json::json!({
            "config": {
                "name": "BO_main", "subjects": ["bo.main.*"], "retention": "limits",
                "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "discard": "new",
                "max_age": 0, "storage": "file", "num_replicas": 3, "duplicate_window": 0
            },
            "created": "2026-01-01T00:00:00Z",
            "state": {
                "messages": 0, "bytes": 0, "first_seq": 0, "first_ts": "2026-01-01T00:00:00Z",
                "last_seq": 0, "last_ts": "2026-01-01T00:00:00Z", "consumer_count": 0
            },
            "cluster": { "name": "shop", "leader": "n1", "replicas": peers }
        }))
        .unwrap()
    }

    #[test]
    fn a_copy_that_is_missing_gone_or_behind_is_told() {
        let peer = |name, current, offline, lag| {
            let active = 12_000_000_000_u64;
            serde_json::json!({
                "name": name, "current": current, "offline": offline, "active": active, "lag": lag
            })
        };
        let well = [peer("n2", true, false, 0), peer("n3", true, false, 0)];
        assert_eq!(troubles(&info(&well)), Vec::<String>::new());
        let ill = [peer("n2", false, true, 0), peer("n3", false, false, 70)];
        let said = [
            "the copy on n2 is gone for 12 s",
            "the copy on n3 is 70 writes behind",
        ];
        assert_eq!(troubles(&info(&ill)), said);
        let one = [peer("n2", true, false, 0)];
        assert_eq!(troubles(&info(&one)), ["of 3 copies 2 are known"]);
    }
}
