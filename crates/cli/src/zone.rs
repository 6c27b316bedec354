//! The time zone in which people are told times: the cell's, asked for once. What is for programs
//! stays in UTC. Must not know what is told.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api::inventory::v1::ListLocationsRequest;
use domain::ids::{Timestamp, Zone};

use crate::doors::Doors;

/// How long the service is waited for that knows the zone.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

static ZONE: OnceLock<Zone> = OnceLock::new();
/// A time was told, and nobody has said yet in which zone.
static TOLD: AtomicBool = AtomicBool::new(false);
static SAID: AtomicBool = AtomicBool::new(false);

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
    let zone = tokio::time::timeout(ASK_TIMEOUT, asked).await;
    if let Some(zone) = zone.ok().flatten() {
        ZONE.get_or_init(|| zone);
    }
}

/// The cell's, or UTC.
pub(crate) fn zone() -> &'static Zone {
    ZONE.get_or_init(Zone::default)
}

/// A time to the minute.
pub(crate) fn minute(at: Timestamp) -> String {
    TOLD.store(true, Ordering::Relaxed);
    zone().minute(at)
}

/// A time to the second.
pub(crate) fn second(at: Timestamp) -> String {
    TOLD.store(true, Ordering::Relaxed);
    zone().second(at)
}

/// A day.
pub(crate) fn date(at: Timestamp) -> String {
    TOLD.store(true, Ordering::Relaxed);
    zone().date(at)
}

/// Says in which zone times are, once, where one was told.
pub(crate) fn say() {
    if TOLD.load(Ordering::Relaxed) && !SAID.swap(true, Ordering::Relaxed) {
        eprintln!("times are in {}", zone());
    }
}
