//! Golden events, and others made from them: the same shapes with ids that meet one another,
//! times around now, other quantities, more or fewer lines. Must not know what an event means.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arbtest::arbitrary::{Result, Unstructured};
use backorder_domain::event::Event;
use backorder_domain::ids::Timestamp;
use serde_json::{Map, Value};

/// The golden files, in a fixed order.
pub struct Corpus {
    pub texts: Vec<String>,
    events: Vec<Map<String, Value>>,
}

impl Corpus {
    pub fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        let texts: Vec<String> = paths
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        let values = texts.iter().map(|text| serde_json::from_str(text).unwrap());
        let events = values
            .filter(|event: &Map<_, _>| event.contains_key("type"))
            .collect();
        Self { texts, events }
    }

    /// An event of some kind that is wanted; none, if what was made is not one.
    pub fn event(
        &self,
        u: &mut Unstructured,
        tame: bool,
        now: Timestamp,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Event>> {
        let tag = |event: &Map<String, Value>| event["type"].as_str().unwrap().to_owned();
        let fit: Vec<_> = self
            .events
            .iter()
            .filter(|event| wanted(&tag(event)))
            .collect();
        let seed = *u.choose(&fit)?;
        let mut maker = Maker { u, tame, now };
        let Value::Object(mut made) = maker.value("", &Value::Object(seed.clone()))? else {
            return Ok(None);
        };
        made.remove("type");
        if tame && let Some(kept) = made.get_mut("protection") {
            one_level_each(kept);
        }
        let fields = Value::Object(made).to_string();
        let fields = fields.trim_start_matches('{').trim_end_matches('}');
        let comma = if fields.is_empty() { "" } else { "," };
        let text = format!("{{\"type\":{:?}{comma}{fields}}}", tag(seed));
        Ok(serde_json::from_str(&text).ok())
    }
}

/// The door takes one protection level of a channel, and one of a tier.
fn one_level_each(kept: &mut Value) {
    for (list, name) in [("channels", "channel"), ("tiers", "tier")] {
        let mut seen = BTreeSet::new();
        if let Some(Value::Array(levels)) = kept.get_mut(list) {
            levels.retain(|level| seen.insert(level[name].to_string()));
        }
    }
}

/// Names of which there are few, so that events meet.
const FEW: [(&str, u8); 11] = [
    ("hold", 6),
    ("order", 5),
    ("sku", 4),
    ("location", 2),
    ("purchase_order", 4),
    ("supplier", 2),
    ("channel", 2),
    ("region", 2),
    ("id", 3),
    ("dispatch", 3),
    ("requisition", 6),
];

/// What a rebalancing run may do with a line.
const STRATEGIES: [&str; 7] = [
    "win",
    "gain",
    "improve",
    "redistribute",
    "fill",
    "lose",
    "skip",
];

struct Maker<'u, 'b> {
    u: &'u mut Unstructured<'b>,
    tame: bool,
    now: Timestamp,
}

impl Maker<'_, '_> {
    fn value(&mut self, name: &str, seed: &Value) -> Result<Value> {
        Ok(match seed {
            Value::Null => Value::Null,
            Value::Bool(_) => Value::Bool(self.u.arbitrary()?),
            Value::Number(_) => self.number(name)?,
            Value::String(text) => Value::String(self.text(name, text)?),
            Value::Array(seeds) => {
                let mut made = Vec::new();
                let most = if seeds.is_empty() {
                    0
                } else {
                    self.u.int_in_range(0..=4)?
                };
                for _ in 0..most {
                    let seed = self.u.choose(seeds)?;
                    made.push(self.value(name, seed)?);
                }
                Value::Array(made)
            }
            Value::Object(seeds) => {
                let mut made = Map::new();
                for (name, seed) in seeds {
                    if seeds.len() == 1 || !self.u.ratio(1, 20)? {
                        made.insert(name.clone(), self.value(name, seed)?);
                    }
                }
                Value::Object(made)
            }
        })
    }

    fn number(&mut self, name: &str) -> Result<Value> {
        if !self.tame && self.u.ratio(1, 8)? {
            let edge = [
                0,
                u64::from(u32::MAX),
                u64::MAX,
                1 << 31,
                1 << 63,
                1_000_000_000,
            ];
            let edge = *self.u.choose(&edge)?;
            return Ok(if self.u.arbitrary()? {
                edge.into()
            } else {
                i64::try_from(edge)
                    .unwrap_or(i64::MAX)
                    .wrapping_neg()
                    .into()
            });
        }
        Ok(match name {
            "line" => self.u.int_in_range(1..=2)?.into(),
            "change" => self.u.int_in_range(-20..=20)?.into(),
            "unit_price_minor" => self.u.int_in_range(0..=1_000)?.into(),
            _ if self.tame => self.u.int_in_range(1..=20)?.into(),
            _ => self.u.int_in_range(0..=20)?.into(),
        })
    }

    fn text(&mut self, name: &str, seed: &str) -> Result<String> {
        if Timestamp::parse(seed).is_ok() {
            let at = self.now.plus_days(self.u.int_in_range(-3..=40)?);
            let edge = !self.tame && self.u.ratio(1, 8)?;
            let edges = [Timestamp::MIN, Timestamp::MAX, Timestamp::from_ms(0)];
            return Ok(if edge { *self.u.choose(&edges)? } else { at }.to_string());
        }
        if name == "strategy" {
            return Ok((*self.u.choose(&STRATEGIES)?).to_owned());
        }
        if name == "tier" {
            // Those that the rules name.
            return Ok((*self.u.choose(&["gold", "silver", "standard"])?).to_owned());
        }
        let name = if name == "alternatives" { "sku" } else { name };
        if let Some((name, few)) = FEW.iter().find(|(few, _)| *few == name) {
            let number = self.u.int_in_range(0..=few.saturating_sub(1))?;
            return Ok(format!("{name}{number}"));
        }
        let command = [
            "cancellation",
            "receipt",
            "adjustment",
            "wave",
            "shipment",
            "definition",
            "message",
            "notice",
            "acceptance",
            "run",
        ];
        if command.contains(&name) {
            return Ok(format!("{name}{}", self.u.int_in_range(0..=60)?));
        }
        Ok(seed.to_owned())
    }
}
