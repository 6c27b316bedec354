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

use crate::problem::Problem;
use crate::session::Session;
use crate::state_json;

/// Print a room's state at a revision, folded from the log, as JSON
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder fold --room orders                          as of now
  backorder fold --room inventory --at 1200 | jq .state.skus
  backorder fold --room allocator --at 1200 > before.json")]
pub(crate) struct Fold {
    /// The room
    #[arg(long, value_parser = super::tail::room)]
    room: Room,
    /// As of this revision [default: the last]
    #[arg(long, value_name = "REVISION")]
    at: Option<u64>,
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
        session.out.value(&state);
        Ok(())
    }
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
