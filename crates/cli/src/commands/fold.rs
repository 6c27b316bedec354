//! `fold`: a room's state at any revision, from the log alone.

use allocation::Allocator;
use clap::Args;
use domain::decider::{Projection, Recorded, Room};
use domain::ids::{Position, Revision};
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::output::{Format, line, many, table};
use crate::problem::Problem;
use crate::session::Session;
use crate::state_json;

/// Print a room's state at a revision, folded from the log
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder fold --room orders                          as of now, in short
  backorder fold --room inventory --at 1200 --full | jq .state.skus
  backorder fold --room allocator --at 1200 -o json > before.json")]
pub(crate) struct Fold {
    /// The room
    #[arg(long, value_parser = super::tail::room)]
    room: Room,
    /// As of this revision [default: the last]
    #[arg(long, value_name = "REVISION")]
    at: Option<u64>,
    /// All of it, as JSON, instead of how much there is of what
    #[arg(long)]
    full: bool,
}

impl Fold {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let at = self.at.map(Revision);
        let state = match self.room {
            Room::Orders => fold::<Orders>(session, at).await,
            Room::Inventory => fold::<Inventory>(session, at).await,
            Room::Allocator => fold::<Allocator>(session, at).await,
            Room::Notifier => fold::<Notifier>(session, at).await,
            Room::SupplierGateway => fold::<SupplierGateway>(session, at).await,
        }?;
        match session.out.0 {
            Format::Table if !self.full => line(&summary(self.room, &state)),
            Format::Table | Format::Json => session.out.value(&state),
        }
        Ok(())
    }
}

/// How much there is of what, by the names of the state's fields.
fn summary(room: Room, folded: &Value) -> String {
    let (at, events) = (&folded["at"], folded["events"].as_u64().unwrap_or_default());
    let mut rows = Vec::new();
    parts("", &folded["state"], &mut rows);
    let rows = rows.into_iter().map(|(name, holds)| vec![name, holds]);
    let parts = table(&["part", "holds"], rows);
    let events = many(events, "event");
    format!("{room} at revision {at}, folded from {events}\n\n{parts}\n\nall of it: --full")
}

/// The parts of a state: one level of fields below those that are no lists.
fn parts(of: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let Some(fields) = value.as_object() else {
        return;
    };
    for (name, value) in fields {
        let path = match of {
            "" => name.clone(),
            of => format!("{of}.{name}"),
        };
        let holds = match value {
            Value::Array(items) => many(count(items.len()), "entry"),
            Value::Object(fields) if of.is_empty() && fields.values().any(is_container) => {
                parts(&path, value, rows);
                continue;
            }
            Value::Object(fields) => many(count(fields.len()), "entry"),
            Value::Null => "nothing".to_owned(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
        };
        rows.push((path, holds));
    }
}

const fn is_container(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

async fn fold<P: Projection>(session: &Session, at: Option<Revision>) -> Result<Value, Problem> {
    let log = session.log().await?;
    let last = log
        .last(P::HEARS)
        .await
        .map_err(|error| session.unread(&error.into()))?;
    let end = at.map_or(last, |at| at.min(last));
    let mut state = P::default();
    let (mut folded, mut events) = (Revision(0), 0_u64);
    let mut commits = log.follow(P::HEARS, Revision(0));
    while folded < end {
        let Some(heard) = commits.next().await else {
            break;
        };
        let logged = heard.map_err(|error| session.unread(&error.into()))?;
        if logged.revision > end {
            break;
        }
        for (index, event) in (0_u32..).zip(&logged.commit.events) {
            state.fold(
                Recorded {
                    position: Position {
                        revision: logged.revision,
                        index,
                    },
                    as_of: logged.commit.as_of,
                    at: logged.commit.at,
                },
                event,
            );
            events = events.saturating_add(1);
        }
        folded = logged.revision;
    }
    let state = state_json::value(&state).map_err(|error| {
        Problem::failed(
            error.to_string(),
            "the state",
            "this is a defect; please report it",
        )
    })?;
    Ok(json!({ "at": at.unwrap_or(last), "folded": folded, "events": events, "state": state }))
}
