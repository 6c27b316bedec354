//! Asks the cell in which time zone people are told times.

use std::time::Duration;

use api::inventory::v1::ListLocationsRequest;
use domain::ids::Zone;

use crate::doors::Doors;
use crate::zone;

/// How long the service is waited for that knows the zone.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks inventory for the cell's time zone. While it does not answer, times are told in UTC.
pub(crate) async fn learn(doors: &Doors) {
    let asked = async {
        let mut client = doors.inventory().ok()?;
        let request = ListLocationsRequest {
            page_size: 1,
            ..ListLocationsRequest::default()
        };
        let answer = client.list_locations(request).await.ok()?;
        Zone::new(&answer.into_inner().time_zone).ok()
    };
    let learned = tokio::time::timeout(ASK_TIMEOUT, asked).await;
    if let Some(learned) = learned.ok().flatten() {
        zone::set(learned);
    }
}
