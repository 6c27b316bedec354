//! Prints docs/asyncapi.json: the events as JSON Schemas, made from what pins them (the golden
//! files) and from what is said of them where they are defined. A test compares the two.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON values, of which what is not there is null"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};

type Failed = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "it is what this program is for")]
fn main() -> Result<(), Failed> {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/domain");
    let said = Said::of(&domain.join("src/event"))?;
    let mut samples: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in std::fs::read_dir(domain.join("events"))? {
        let event: Value = serde_json::from_str(&std::fs::read_to_string(file?.path())?)?;
        // A commit has no tag; the events in it are golden as well.
        if let Some(tag) = event["type"].as_str() {
            samples.entry(tag.to_owned()).or_default().push(event);
        }
    }
    let document = document(&samples, &said)?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

fn document(samples: &BTreeMap<String, Vec<Value>>, said: &Said) -> Result<Value, Failed> {
    let (mut channels, mut operations) = (Map::new(), Map::new());
    let (mut messages, mut schemas) = (Map::new(), Map::new());
    let cell = json!({ "cell": { "description": "The cell.", "default": "main" } });
    for (room, tag) in domain::event::Event::TAGS {
        let events = samples
            .get(*tag)
            .ok_or(format!("no golden file of {tag}"))?;
        schemas.insert((*tag).to_owned(), schema_of_event(tag, events, said));
        let message = json!({
            "name": format!("backorder.{tag}"),
            "summary": said.event(tag),
            "contentType": "application/cloudevents+json",
            "payload": { "allOf": [
                { "$ref": "#/components/schemas/CloudEvent" },
                { "properties": { "data": { "$ref": format!("#/components/schemas/{tag}") } } },
            ] },
        });
        messages.insert((*tag).to_owned(), message);
        let channel = json!({
            "address": format!("bo.{{cell}}.{room}.{tag}"),
            "parameters": cell,
            "messages": { *tag: { "$ref": format!("#/components/messages/{tag}") } },
        });
        channels.insert((*tag).to_owned(), channel);
        operations.insert(
            format!("tell_{tag}"),
            json!({
                "action": "send",
                "summary": "Told once the event is on the log, to whoever listens then.",
                "channel": { "$ref": format!("#/channels/{tag}") },
            }),
        );
    }
    commits(&cell, &mut channels, &mut operations);
    schemas.insert("CloudEvent".to_owned(), cloud_event());
    schemas.insert("commit".to_owned(), commit());
    messages.insert(
        "commit".to_owned(),
        json!({
            "name": "commit",
            "summary": "The events that a room recorded together.",
            "contentType": "application/json",
            "payload": { "$ref": "#/components/schemas/commit" },
        }),
    );
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Backorder's events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What happens in a cell, on NATS: the live feed, one CloudEvent each, \
                            for whoever listens now; and the commits on the log, for whoever needs \
                            them all. A shape only ever gains optional fields.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    }))
}

/// The subjects of the log.
fn commits(cell: &Value, channels: &mut Map<String, Value>, operations: &mut Map<String, Value>) {
    for room in domain::decider::Room::ALL {
        let name = format!("{room}-commits");
        let channel = json!({
            "address": format!("bo.{{cell}}.{room}"),
            "description": format!(
                "The commits of {room}, kept for ever in the stream BO_{{cell}}, in the order of \
                 their stream sequence, the revision."
            ),
            "parameters": cell,
            "messages": { "commit": { "$ref": "#/components/messages/commit" } },
        });
        channels.insert(name.clone(), channel);
        operations.insert(
            format!("record_{room}"),
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{name}") } }),
        );
    }
}

fn schema_of_event(tag: &str, events: &[Value], said: &Said) -> Value {
    let mut schema = schema(&events.iter().collect::<Vec<_>>());
    schema["description"] = said.event(tag).into();
    if let Some(fields) = schema["properties"].as_object_mut() {
        for (name, field) in fields {
            if let Some(words) = said.field(tag, name) {
                field["description"] = words.into();
            }
        }
    }
    schema["properties"]["type"] = json!({ "const": tag });
    schema
}

fn cloud_event() -> Value {
    let text = |words: &str| json!({ "type": "string", "description": words });
    json!({
        "type": "object",
        "description": "CloudEvents 1.0 in its JSON format.",
        "required": [
            "specversion", "id", "source", "type", "time", "datacontenttype", "revision", "data",
        ],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": text("The event's position on the log: revision, a dot, index in the commit."),
            "source": text("The room: /backorder/CELL/ROOM."),
            "type": text("`backorder.` and the event's type."),
            "subject": text(
                "The order, SKU, location, purchase order, supplier, hold or rule that it is \
                 about; absent if it is about several."
            ),
            "time": {
                "type": "string", "format": "date-time", "description": "When the room decided it."
            },
            "datacontenttype": { "const": "application/json" },
            "revision": text("The commit's stream sequence, as digits: it has 64 bits."),
            "traceparent": text("W3C Trace Context of the request that caused it, if one did."),
            "data": { "type": "object", "description": "The event as it stands on the log." },
        },
    })
}

fn commit() -> Value {
    let event = |(_, tag): &(_, &str)| json!({ "$ref": format!("#/components/schemas/{tag}") });
    let events: Vec<Value> = domain::event::Event::TAGS.iter().map(event).collect();
    json!({
        "type": "object",
        "required": ["as_of", "at", "events"],
        "properties": {
            "as_of": {
                "type": "integer", "description": "What the room had folded when it decided."
            },
            "at": { "type": "string", "format": "date-time", "description": "When it decided." },
            "events": { "type": "array", "items": { "anyOf": events } },
            "traces": {
                "type": "object",
                "description": "W3C `traceparent` of the request that caused an event, by index.",
                "additionalProperties": { "type": "string" },
            },
        },
    })
}

/// What all of these values are. Required is what none of them lacks.
fn schema(values: &[&Value]) -> Value {
    let mut by_type: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for value in values {
        by_type.entry(type_of(value)).or_default().push(value);
    }
    let mut schemas: Vec<Value> = by_type
        .iter()
        .map(|(name, of)| one_type(name, of))
        .collect();
    if schemas.len() == 1 {
        schemas.remove(0)
    } else {
        json!({ "anyOf": schemas })
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn one_type(name: &str, values: &[&Value]) -> Value {
    let mut schema = json!({ "type": name });
    if name == "string" && values.iter().all(|value| is_time(value)) {
        schema["format"] = "date-time".into();
    }
    let items: Vec<&Value> = values
        .iter()
        .filter_map(|value| value.as_array())
        .flatten()
        .collect();
    if !items.is_empty() {
        schema["items"] = self::schema(&items);
    }
    let objects: Vec<_> = values
        .iter()
        .filter_map(|value| value.as_object())
        .collect();
    let names: BTreeSet<&String> = objects.iter().flat_map(|object| object.keys()).collect();
    let mut required = Vec::new();
    for field in names {
        let found: Vec<&Value> = objects
            .iter()
            .filter_map(|object| object.get(field))
            .collect();
        if found.len() == objects.len() {
            required.push(field.as_str());
        }
        schema["properties"][field] = self::schema(&found);
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.ends_with('Z') && serde_json::from_value::<domain::ids::Timestamp>(value.clone()).is_ok()
}

/// What is said of each event and its fields where they are defined: by the struct's name, then by
/// the field's.
struct Said(BTreeMap<String, (String, BTreeMap<String, String>)>);

impl Said {
    fn of(folder: &Path) -> Result<Self, Failed> {
        let mut all = BTreeMap::new();
        for file in std::fs::read_dir(folder)? {
            let (mut words, mut inside) = (String::new(), None);
            for line in std::fs::read_to_string(file?.path())?.lines() {
                let line = line.trim();
                if let Some(more) = line.strip_prefix("/// ") {
                    words = format!("{words} {more}").trim().to_owned();
                } else if let Some(name) = line.strip_prefix("pub struct ") {
                    let name = name.trim_end_matches([' ', '{', ';']).to_owned();
                    all.insert(name.clone(), (std::mem::take(&mut words), BTreeMap::new()));
                    inside = Some(name);
                } else if line == "}" {
                    inside = None;
                } else if let Some((field, _)) = line
                    .strip_prefix("pub ")
                    .and_then(|line| line.split_once(": "))
                {
                    let of = inside.as_ref().and_then(|name| all.get_mut(name));
                    if let Some((_, fields)) = of {
                        fields.insert(field.to_owned(), std::mem::take(&mut words));
                    }
                } else if !line.starts_with('#') {
                    words.clear();
                }
            }
        }
        Ok(Self(all))
    }

    fn event(&self, tag: &str) -> &str {
        self.0.get(&camel(tag)).map_or("", |(words, _)| words)
    }

    fn field(&self, tag: &str, field: &str) -> Option<&str> {
        self.0.get(&camel(tag))?.1.get(field).map(String::as_str)
    }
}

/// `order_placed` is `OrderPlaced`.
fn camel(tag: &str) -> String {
    let words = tag.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}
