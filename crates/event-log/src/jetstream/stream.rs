//! The settings of a cell's stream, and what differs from them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, Info, RetentionPolicy, StorageType,
};
use serde_json::Value;

use super::Subjects;

/// The server's default; correctness never rests on it.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// What the server adds to a stream's metadata by itself.
const SERVERS_OWN: &str = "_nats.";
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
    let metadata = [("backorder.cell", cell), ("backorder.format", "1")];
    Config {
        name: subjects.stream.clone(),
        subjects: vec![format!("{}*", subjects.prefix)],
        description: Some(format!(
            "Everything that happened in the Backorder cell {cell}"
        )),
        metadata: HashMap::from(metadata.map(|(key, value)| (key.to_owned(), value.to_owned()))),
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
        metadata.retain(|key, _| !key.starts_with(SERVERS_OWN));
    }
    settings.retain(|_, value| !value.is_null());
    settings
}

/// A stream's name and when it was made: the same stream made anew is another log.
pub(super) fn identity(info: &Info) -> String {
    format!(
        "{}@{}",
        info.config.name,
        info.created.unix_timestamp_nanos()
    )
}
