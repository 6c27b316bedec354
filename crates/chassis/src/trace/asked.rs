//! The orders and SKUs that a request names, for the attributes of its span.

use std::sync::{Mutex, PoisonError};

use opentelemetry::{Context, KeyValue};

use super::names::Names;
use super::spans::is_on;

/// What the request that this runs for names.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<Names>);

impl Asked {
    /// As attributes of the request's span.
    pub fn attributes(&self) -> Vec<KeyValue> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.attributes()
    }
}

/// A request names this in this field: orders and SKUs are told on its span.
pub(crate) fn asked(field: &str, text: &str) {
    if is_on()
        && let Some(asked) = Context::current().get::<Asked>()
    {
        let mut names = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.add(field, text);
    }
}
