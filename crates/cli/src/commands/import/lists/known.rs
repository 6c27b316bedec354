//! What a list names of what inventory must know, and where its rows stand. Must not know which
//! list.

use std::collections::{BTreeMap, BTreeSet};

use api::inventory::v1::ListLocationsRequest;
use domain::decider::Room;
use domain::ids::{LocationId, Sku, but_near};
use import::{Field, Lines, List, Reason};

use crate::commands::import::carry::Ask;
use crate::commands::import::items::Items;
use crate::commands::import::tries::again;
use crate::problem::Problem;
use crate::session::Session;

/// How many locations one page has.
const PAGE: i32 = 500;

/// What a list names and nobody has defined.
#[derive(Default)]
pub(super) struct Unknown {
    pub(super) items: Items,
    /// Each with the known one that it looks like.
    locations: BTreeMap<LocationId, String>,
}

impl Unknown {
    pub(super) async fn of<T>(
        session: &Session,
        ask: Ask,
        lines: &Lines<T>,
    ) -> Result<Self, Problem> {
        if ask == Ask::Nobody {
            return Ok(Self::default());
        }
        let known = locations(session).await?;
        let unknown = lines
            .locations()
            .iter()
            .filter(|it| !known.contains(it.as_str()));
        let names = || known.iter().map(String::as_str);
        Ok(Self {
            items: Items::ask(session, lines.skus().iter(), false).await?,
            locations: unknown
                .map(|it| (it.clone(), but_near(it.as_str(), names())))
                .collect(),
        })
    }

    /// Why rows that name these are left, if they are.
    pub(super) fn why<'a>(
        &self,
        named: impl IntoIterator<Item = (&'a Sku, Option<&'a LocationId>)>,
    ) -> Option<(Reason, String)> {
        for (sku, location) in named {
            if let Some(told) = self.items.in_words(sku) {
                return Some((Reason::UnknownItem, format!("nobody has defined {told}")));
            }
            let Some(location) = location else { continue };
            if let Some(near) = self.locations.get(location) {
                let told = format!("no location {location} is defined{near}");
                return Some((Reason::UnknownLocation, told));
            }
        }
        None
    }
}

/// Every location that is defined.
async fn locations(session: &Session) -> Result<BTreeSet<String>, Problem> {
    let client = session.doors.inventory()?;
    let (mut known, mut page_token) = (BTreeSet::new(), String::new());
    loop {
        let request = ListLocationsRequest {
            page_size: PAGE,
            page_token,
            ..ListLocationsRequest::default()
        };
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.list_locations(request).await }
        });
        let problem = |status| {
            session
                .doors
                .problem(Room::Inventory, "ListLocations", &status)
        };
        let answer = answer.await.map_err(problem)?.into_inner();
        known.extend(answer.locations.into_iter().map(|it| it.location_id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(known);
        }
    }
}

/// Where the rows of a file stand that names no location.
pub(super) fn placed_at(list: &List, at: Option<&str>) -> Result<Option<LocationId>, Problem> {
    let at = at
        .map(LocationId::new)
        .transpose()
        .map_err(|error| Problem::usage(error.to_string(), "--at", "give the id of a location"))?;
    if at.is_none() && !list.has(Field::Location) {
        return Err(Problem::usage(
            "the file has no column for locations, and none is said",
            "the file",
            "say --at LOCATION, or name the column: --columns 'location=…'",
        ));
    }
    Ok(at)
}
