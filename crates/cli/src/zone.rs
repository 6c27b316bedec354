//! The time zone in which people are told times: the cell's, asked for once. What is for programs
//! stays in UTC. Must not know what is told.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::ids::{Timestamp, Zone};

static ZONE: OnceLock<Zone> = OnceLock::new();
/// A time was told, and nobody has said yet in which zone.
static TOLD: AtomicBool = AtomicBool::new(false);
static SAID: AtomicBool = AtomicBool::new(false);

/// Tells times in this zone from now on. Until somebody says so they are told in UTC.
pub(crate) fn set(zone: Zone) {
    ZONE.get_or_init(|| zone);
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
