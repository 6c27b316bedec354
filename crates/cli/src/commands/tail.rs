//! `tail`: the log as readable lines.

use std::sync::Arc;

use clap::Args;
use domain::decider::Room;
use domain::event::Event;
use domain::ids::{OrderId, Revision, Sku};
use event_log::Logged;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::describe;
use crate::output::{Format, line};
use crate::problem::Problem;
use crate::session::Session;
use crate::zone;

/// How many commits are shown when it is not said from where.
const LAST_COMMITS: u64 = 20;

/// Print the log as readable lines
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder tail                              the last commits
  backorder tail --follow
  backorder tail --order o1                   an order's whole timeline
  backorder tail --sku BOLT --type received --type settled
  backorder tail --from 1 --room allocator -o json | jq .event")]
pub(crate) struct Tail {
    /// First revision [default: the last 20 commits; with --order or --sku the first]
    #[arg(long, value_name = "REVISION")]
    from: Option<u64>,
    /// Follow the log
    #[arg(long, short)]
    follow: bool,
    /// Only events of this room; can be repeated
    #[arg(long = "room", value_name = "ROOM", value_parser = room)]
    rooms: Vec<Room>,
    /// Only events about this order
    #[arg(long)]
    order: Option<String>,
    /// Only events about this SKU
    #[arg(long)]
    sku: Option<String>,
    /// Only events of this type, such as order_placed; can be repeated
    #[arg(long = "type", value_name = "TYPE", value_parser = tag)]
    types: Vec<&'static str>,
}

/// Reads a room's name.
pub(super) fn room(text: &str) -> Result<Room, String> {
    Room::from_token(text).ok_or_else(|| {
        let rooms = Room::ALL.map(Room::token).join(", ");
        format!("it is one of: {rooms}")
    })
}

fn tag(text: &str) -> Result<&'static str, String> {
    let tags = Event::TAGS.iter().map(|(_, tag)| *tag);
    tags.clone().find(|tag| *tag == text).ok_or_else(|| {
        let tags: Vec<&str> = tags.collect();
        format!("it is one of: {}", tags.join(", "))
    })
}

impl Tail {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let log = session.log().await?;
        let rooms = if self.rooms.is_empty() {
            Room::ALL.to_vec()
        } else {
            self.rooms.clone()
        };
        let last = log
            .last(&rooms)
            .await
            .map_err(|error| session.unread(&error.into()))?;
        // What is said of one order or SKU may stand anywhere.
        let begin = if self.order.is_some() || self.sku.is_some() {
            1
        } else {
            last.0.saturating_sub(LAST_COMMITS).max(1)
        };
        let from = self.from.unwrap_or(begin);
        let after = Revision(from.saturating_sub(1));
        if !self.follow && last <= after {
            eprintln!("nothing stands on the log after revision {after}; --follow waits for it");
            return Ok(());
        }
        let mut commits = log.follow(&rooms, after);
        while let Some(heard) = commits.next().await {
            let logged = heard.map_err(|error| session.unread(&error.into()))?;
            self.tell(session.out.0, &logged);
            if !self.follow && logged.revision >= last {
                break;
            }
        }
        Ok(())
    }

    fn tell(&self, format: Format, logged: &Arc<Logged>) {
        for (index, event) in (0_u32..).zip(&logged.commit.events) {
            if !self.types.is_empty() && !self.types.contains(&event.tag()) {
                continue;
            }
            let body = serde_json::to_value(event).unwrap_or_default();
            if !self.concerns(&body) {
                continue;
            }
            match format {
                Format::Json => line(
                    &json!({
                        "revision": logged.revision,
                        "index": index,
                        "at": logged.commit.at,
                        "as_of": logged.commit.as_of,
                        "room": logged.room,
                        "event": body,
                    })
                    .to_string(),
                ),
                Format::Table => {
                    let at = zone::second(logged.commit.at);
                    zone::say();
                    let position = format!("{}.{index}", logged.revision);
                    let wanted = |order: &OrderId, sku: &Sku| {
                        self.order
                            .as_ref()
                            .is_none_or(|wanted| order.as_str() == wanted)
                            && self
                                .sku
                                .as_ref()
                                .is_none_or(|wanted| sku.as_str() == wanted)
                    };
                    for sentence in describe::sentences(event, wanted) {
                        let room = logged.room.token();
                        line(&format!("{position:>9}  {at}  {room:<16}  {sentence}"));
                    }
                }
            }
        }
    }

    fn concerns(&self, event: &Value) -> bool {
        let names = |field, wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| mentions(event, field, wanted))
        };
        names("order", &self.order) && names("sku", &self.sku)
    }
}

/// Whether a field of this name holds this text, anywhere in a fact.
fn mentions(value: &Value, field: &str, wanted: &str) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            (name == field && value.as_str() == Some(wanted)) || mentions(value, field, wanted)
        }),
        Value::Array(items) => items.iter().any(|item| mentions(item, field, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_mentions_an_order_wherever_it_stands_in_it() {
        let settled = json!({ "effects": [{ "assigned": { "order": "o1", "sku": "BOLT" } }] });
        assert!(mentions(&settled, "order", "o1") && mentions(&settled, "sku", "BOLT"));
        assert!(!mentions(&settled, "order", "BOLT"));
    }

    #[test]
    fn an_unknown_room_or_type_is_answered_with_those_there_are() {
        assert!(room("warehouse").unwrap_err().contains("supplier-gateway"));
        assert!(tag("placed").unwrap_err().contains("order_placed"));
        assert_eq!(tag("settled"), Ok("settled"));
    }
}
