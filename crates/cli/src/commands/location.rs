//! `location`: places that hold stock.

use api::inventory::v1::{DefineLocationRequest, ListLocationsRequest};
use clap::{Args, Subcommand};
use domain::decider::Room;

use crate::output::recorded;
use crate::problem::Problem;
use crate::session::{Paging, Session};
use crate::zone::zone;

/// Define and list locations
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder location define main --name \"Main warehouse\"
  backorder location list")]
pub(crate) enum Location {
    Define(Define),
    List(List),
}

/// Define a location
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder location define main --name \"Main warehouse\"
  backorder location define munich --name Munich --region south --cost 3
  backorder location define tokyo --name Tokyo --time-zone Asia/Tokyo")]
pub(crate) struct Define {
    /// The location
    location: String,
    /// Name [default: the id of the location]
    #[arg(long)]
    name: Option<String>,
    /// The region it serves first
    #[arg(long, default_value = "", hide_default_value = true)]
    region: String,
    /// Cost of shipping a unit from there, compared with other locations; the cheaper comes first
    #[arg(long, default_value_t = 0)]
    cost: u32,
    /// Time zone of the days told to who collects there [default: the cell's]
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "",
        hide_default_value = true
    )]
    time_zone: String,
    /// Id of this definition, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

/// List all locations
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder location list
  backorder location list -o json")]
pub(crate) struct List {
    #[command(flatten)]
    paging: Paging,
}

impl Location {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Define(define) => define.run(session).await,
            Self::List(list) => list.run(session).await,
        }
    }
}

impl Define {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = DefineLocationRequest {
            definition_id: self.id,
            location_id: self.location.clone(),
            name: self.name.unwrap_or_else(|| self.location.clone()),
            region: self.region,
            cost: self.cost,
            time_zone: self.time_zone,
            at_least_revision: 0,
        };
        let mut client = doors.inventory()?;
        let done = doors
            .ask(
                Room::Inventory,
                "DefineLocation",
                client.define_location(request),
            )
            .await?;
        session.out.show(&done, |done| {
            format!(
                "location {} {}",
                self.location,
                recorded(done.revision, done.repeated)
            )
        });
        Ok(())
    }
}

/// Where it has none of its own, the cell's.
fn zone_of(at: &api::inventory::v1::Location) -> String {
    if at.time_zone.is_empty() {
        zone().to_string()
    } else {
        at.time_zone.clone()
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.inventory()?);
        let page = |page_size, page_token| {
            let request = ListLocationsRequest {
                page_size,
                page_token,
                at_least_revision: 0,
            };
            let mut client = client.clone();
            async move {
                let call = client.list_locations(request);
                let page = doors.ask(Room::Inventory, "ListLocations", call).await?;
                Ok((page.locations, page.next_page_token, page.revision))
            }
        };
        let listing = self.paging.gather(page).await?;
        session.out.list(
            "locations",
            &listing,
            &["location", "name", "region", "cost", "time zone"],
            |at| {
                let cost = at.cost.to_string();
                vec![
                    at.location_id.clone(),
                    at.name.clone(),
                    at.region.clone(),
                    cost,
                    zone_of(at),
                ]
            },
        );
        Ok(())
    }
}
