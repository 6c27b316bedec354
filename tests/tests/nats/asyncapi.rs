//! docs/asyncapi.json is what its generator makes, knows every event, and is true of all that was
//! ever written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::event::Event;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The document, and whether values are what it says.
pub struct Document(Value);

impl Document {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(root().join("docs/asyncapi.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// What is wrong with a value, by the schema at a place in the document.
    pub fn faults(&self, place: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(self.at(place), value, place, &mut faults);
        faults
    }

    fn at(&self, place: &str) -> &Value {
        let pointer = place.trim_start_matches('#');
        self.0
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing at {place}"))
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let is = match keyword.as_str() {
                "$ref" => {
                    self.check(self.at(rule.as_str().unwrap()), value, place, faults);
                    true
                }
                "allOf" => {
                    for schema in rule.as_array().unwrap() {
                        self.check(schema, value, place, faults);
                    }
                    true
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|schema| {
                    let mut none = Vec::new();
                    self.check(schema, value, place, &mut none);
                    none.is_empty()
                }),
                "const" => value == rule,
                "type" => is_of_type(rule.as_str().unwrap(), value),
                "required" => {
                    let names = rule.as_array().unwrap().iter();
                    names
                        .into_iter()
                        .all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "properties" => {
                    for (name, schema) in rule.as_object().unwrap() {
                        if let Some(field) = value.get(name) {
                            self.check(schema, field, &format!("{place}/{name}"), faults);
                        }
                    }
                    true
                }
                "items" => {
                    for item in value.as_array().into_iter().flatten() {
                        self.check(rule, item, &format!("{place}/items"), faults);
                    }
                    true
                }
                "format" => {
                    assert_eq!(rule, "date-time");
                    serde_json::from_value::<domain::ids::Timestamp>(value.clone()).is_ok()
                }
                "description" | "additionalProperties" => true,
                other => panic!("{place}: what is {other}?"),
            };
            if !is {
                faults.push(format!("{place}: {keyword} {rule} is not true of {value}"));
            }
        }
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("a type {other}"),
    }
}

#[test]
fn the_document_is_what_its_generator_makes() {
    let made = Command::new(env!("CARGO_BIN_EXE_asyncapi"))
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let stands = std::fs::read(root().join("docs/asyncapi.json")).unwrap();
    let same = made.stdout == stands;
    assert!(
        same,
        "run `just asyncapi` and commit what it writes to docs/asyncapi.json"
    );
}

#[test]
fn every_event_is_in_it_and_every_golden_event_is_as_it_says() {
    let document = Document::read();
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for file in std::fs::read_dir(root().join("crates/domain/events")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let tag = value["type"].as_str().unwrap_or("commit").to_owned();
        wrong.extend(document.faults(&format!("#/components/schemas/{tag}"), &value));
        seen.insert(tag);
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (room, tag) in Event::TAGS {
        assert!(seen.contains(*tag), "{tag}");
        let channel = document.at(&format!("#/channels/{tag}"));
        assert_eq!(channel["address"], format!("bo.{{cell}}.{room}.{tag}"));
        let said = document.at(&format!("#/components/schemas/{tag}/description"));
        assert!(
            said.as_str().is_some_and(|said| said.len() > 10),
            "{tag}: {said}"
        );
        // It says no to what is no such event.
        let faults = document.faults(&format!("#/components/schemas/{tag}"), &Value::Null);
        assert!(!faults.is_empty(), "{tag}");
    }
}
