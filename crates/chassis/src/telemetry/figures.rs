//! Figures of a room, looked up whenever metrics are sent. Must not know what they say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::decider::Decider;
use domain::ids::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;

use crate::host::Host;
use crate::instruments::Instrument;
use crate::meters;

/// Within this time a second look at the figures gives the first one's: one look serves all the
/// gauges of a collection.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Where a look at a room puts each figure, with the values of its metric's labels, in their order.
#[derive(Debug, Default)]
pub struct Figures {
    found: BTreeMap<&'static str, Vec<(Vec<KeyValue>, f64)>>,
}

impl Figures {
    /// A figure, as far as it is known.
    pub fn put(&mut self, it: &Instrument, value: impl Into<Option<f64>>, labels: &[&str]) {
        if let Some(value) = value.into() {
            let names = it.labels.iter().zip(labels);
            let labels = names.map(|(name, value)| KeyValue::new(*name, (*value).to_owned()));
            let found = self.found.entry(it.name).or_default();
            found.push((labels.collect(), value));
        }
    }

    /// A count.
    pub fn count(&mut self, it: &Instrument, count: u64, labels: &[&str]) {
        self.put(it, meters::value(count), labels);
    }

    /// How many there are.
    pub fn size(&mut self, it: &Instrument, size: usize) {
        self.count(it, meters::size(size), &[]);
    }
}

/// A counter that a service counts on.
#[derive(Debug, Clone)]
pub struct Counted {
    it: &'static Instrument,
    counter: Counter<u64>,
}

impl Counted {
    /// A counter of the table.
    pub fn new(it: &'static Instrument) -> Self {
        let counter = meters::counter(it);
        Self { it, counter }
    }

    /// One more, with the values of its labels in their order.
    pub fn add(&self, labels: &[&'static str]) {
        let labels = self.it.labels.iter().zip(labels);
        let labels = labels.map(|(name, value)| KeyValue::new(*name, *value));
        self.counter.add(1, &labels.collect::<Vec<_>>());
    }
}

struct Looked {
    at: Option<Instant>,
    figures: Figures,
}

/// Has these gauges looked up whenever metrics are sent. `read` is handed the state and the time,
/// and puts what it finds. It runs while the room waits, so it must be quick; its labels must be
/// few and bounded: they are kept for as long as the process lives.
pub fn figures<D: Decider>(
    host: &Host<D>,
    gauges: &'static [Instrument],
    read: impl Fn(&D, Timestamp, &mut Figures) + Send + Sync + 'static,
) {
    // What the room came to is sent also after it has stopped, with the last metrics.
    let shared = Arc::clone(&host.shared);
    let looked = Arc::new(Mutex::new(Looked {
        at: None,
        figures: Figures::default(),
    }));
    let look = Arc::new(move || {
        let mut looked = looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.at.is_none_or(|at| at.elapsed() >= LOOK_AGAIN_AFTER) {
            let mut figures = Figures::default();
            let folded = shared.folded.read().unwrap_or_else(PoisonError::into_inner);
            read(&folded.state, shared.clock.now(), &mut figures);
            drop(folded);
            looked.figures = figures;
            looked.at = meters::begin();
        }
        looked.figures.found.clone()
    });
    for gauge in gauges {
        let look = Arc::clone(&look);
        let meter = meters::meter();
        let built = meter.f64_observable_gauge(gauge.name);
        let built = built
            .with_unit(gauge.unit)
            .with_description(gauge.description);
        let built = built.with_callback(move |observer| {
            for (labels, value) in look().remove(gauge.name).into_iter().flatten() {
                observer.observe(value, &labels);
            }
        });
        let _kept_by_the_meter = built.build();
    }
}
