//! What is so of a room, looked up whenever metrics are sent, also after it has stopped. Must not
//! know how it came to be so.

use std::sync::Arc;

use domain::decider::Decider;
use opentelemetry::KeyValue;

use crate::instruments::{self, Instrument};
use crate::meters::{observe, value};
use crate::shared::Shared;

/// Has the gauges of a room looked up.
pub(crate) fn watch<D: Decider>(shared: &Arc<Shared<D>>) {
    let look = |it: &Instrument, look: fn(&Shared<D>) -> Option<f64>| {
        let shared = Arc::clone(shared);
        let room = vec![KeyValue::new("room", D::ROOM.token())];
        observe(it, room, move || look(&shared));
    };
    look(&instruments::ROOM_UP, |shared| {
        Some(value(shared.meters.is_running().into()))
    });
    look(&instruments::ROOM_BROKEN, |shared| {
        Some(value(shared.broken.get().is_some().into()))
    });
    look(&instruments::LOG_REFUSES, |shared| {
        Some(value(shared.refused.borrow().is_some().into()))
    });
    look(&instruments::FOLDED_REVISION, |shared| {
        Some(value(shared.changes.borrow().0))
    });
    look(&instruments::SNAPSHOT_REVISION, |shared| {
        shared.meters.snapshot_revision().map(value)
    });
    look(&instruments::SNAPSHOT_TIME, |shared| {
        let written = shared.meters.snapshot_time();
        written.map(|written| written.as_secs_f64())
    });
    look(&instruments::SIDE_EFFECTS_OLDEST, |shared| {
        Some(shared.meters.oldest_side_effect().as_secs_f64())
    });
}
