//! The orders and SKUs that an event names, for the attributes of a span. Reads them from the words
//! of the wire, so that it need not know any event.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::ids::{Key, MAX_KEY_BYTES, OrderId, Sku};
use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::spans::{EVENT, ORDER, SKU, SKUS};

/// The most orders, and the most SKUs, that are read from an event.
const MAX_NAMES: usize = 1_024;
/// The most SKUs that a span says.
const MAX_TOLD: usize = 16;

/// Orders and SKUs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    event: Option<String>,
    orders: BTreeSet<String>,
    skus: BTreeSet<String>,
}

impl Names {
    pub fn of(event: &Event) -> Self {
        Self::within(&serde_json::to_value(event).unwrap_or_default())
    }

    fn within(event: &serde_json::Value) -> Self {
        let tag = event.get("type").and_then(serde_json::Value::as_str);
        let mut names = Self {
            event: tag.map(str::to_owned),
            ..Self::default()
        };
        names.look(event);
        names
    }

    /// A key that a request gives in a field.
    pub fn add(&mut self, field: &str, text: &str) {
        let names = match field.rsplit('.').next() {
            Some("order_id") => &mut self.orders,
            Some("sku" | "skus") => &mut self.skus,
            Some(_) | None => return,
        };
        if text.len() <= MAX_KEY_BYTES && names.len() < MAX_TOLD {
            names.insert(text.to_owned());
        }
    }

    fn look(&mut self, value: &serde_json::Value) {
        use serde_json::Value::{Array, Object, String};
        match value {
            Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("order", String(text)) if self.orders.len() < MAX_NAMES => {
                            self.orders.insert(text.clone());
                        }
                        ("sku", String(text)) if self.skus.len() < MAX_NAMES => {
                            self.skus.insert(text.clone());
                        }
                        (_, inner) => self.look(inner),
                    }
                }
            }
            Array(entries) => entries.iter().for_each(|entry| self.look(entry)),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | String(_) => {}
        }
    }

    /// Of the orders those that are wanted; all SKUs, since they are told in a trace of an order.
    pub fn only(&self, wanted: impl Fn(Key) -> bool) -> Self {
        let orders = self.orders.iter();
        let orders = orders.filter(|order| wanted(OrderId::from(order.as_str()).key()));
        let orders: BTreeSet<String> = orders.cloned().collect();
        let of_these = self.skus.iter();
        let of_these = of_these.filter(|sku| wanted(Sku::from(sku.as_str()).key()));
        let of_these: BTreeSet<String> = of_these.cloned().collect();
        let skus = if of_these.is_empty() {
            self.skus.clone()
        } else {
            of_these
        };
        Self {
            event: self.event.clone(),
            orders,
            skus,
        }
    }

    /// One order by its id, where it is one; SKUs as far as they are told.
    pub fn attributes(&self) -> Vec<KeyValue> {
        let event = self.event.iter();
        let mut attributes: Vec<KeyValue> =
            event.map(|tag| KeyValue::new(EVENT, tag.clone())).collect();
        if let (Some(order), 1) = (self.orders.first(), self.orders.len()) {
            attributes.push(KeyValue::new(ORDER, order.clone()));
        }
        match (self.skus.first(), self.skus.len()) {
            (Some(sku), 1) => attributes.push(KeyValue::new(SKU, sku.clone())),
            (Some(_), _) => {
                let told = self.skus.iter().take(MAX_TOLD).cloned();
                let told = told.map(StringValue::from).collect();
                attributes.push(KeyValue::new(SKUS, Value::Array(Array::String(told))));
            }
            (None, _) => {}
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &Names) -> Vec<String> {
        let attributes = names.attributes().into_iter();
        let told = attributes.map(|it| format!("{}={}", it.key, it.value.as_str()));
        told.collect()
    }

    fn read(event: &str) -> Names {
        Names::within(&serde_json::from_str(event).unwrap_or_default())
    }

    #[test]
    fn an_order_is_told_where_it_is_one_and_skus_as_they_come() {
        let one = r#"{"type":"x","effects":[{"assigned":{"order":"o1","sku":"BOLT"}}]}"#;
        assert_eq!(
            told(&read(one)),
            [
                "backorder.event=x",
                "backorder.order.id=o1",
                "backorder.sku=BOLT"
            ]
        );
        let two = r#"{"lines":[{"order":"o1","sku":"NUT"},{"order":"o2","sku":"BOLT"}]}"#;
        let names = read(two);
        assert_eq!(told(&names), [r#"backorder.skus=["BOLT","NUT"]"#]);
        let first = OrderId::from("o1").key();
        assert_eq!(
            told(&names.only(|key| key == first))[0],
            "backorder.order.id=o1"
        );
        assert!(told(&read("{")).is_empty());
    }
}
