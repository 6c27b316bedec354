//! Items that are called otherwise: every name that stands anywhere is written over, and what is
//! said later under an old one is written over before it is heard.

use domain::event::{Event, ItemRenamed};
use serde_json::Value;

use super::{Naive, Name};

impl Naive {
    /// What an item is called now.
    pub fn now<'a>(&'a self, sku: &'a str) -> &'a str {
        let mut now = sku;
        while let Some(next) = self.names.get(now) {
            now = next;
        }
        now
    }

    /// What is said, with every SKU in it as its item is called now.
    pub(super) fn called_now(&self, event: &Event) -> Event {
        if self.names.is_empty() || matches!(event.tag(), "item_renamed") {
            return event.clone();
        }
        let text = serde_json::to_string(event).unwrap();
        let mut read: Value = serde_json::from_str(&text).unwrap();
        self.write_over(&mut read, "");
        // `type` stands first.
        let tag = read.as_object_mut().unwrap().remove("type").unwrap();
        let rest = read.to_string();
        let rest = rest.strip_prefix('{').unwrap();
        serde_json::from_str(&format!("{{\"type\":{tag},{rest}")).unwrap()
    }

    fn write_over(&self, value: &mut Value, under: &str) {
        match value {
            Value::Object(map) => {
                map.iter_mut()
                    .for_each(|(key, inner)| self.write_over(inner, key));
            }
            Value::Array(all) => all
                .iter_mut()
                .for_each(|inner| self.write_over(inner, under)),
            Value::String(text) if under == "sku" || under == "alternatives" => {
                *text = self.now(text).to_owned();
            }
            _ => {}
        }
    }

    pub(super) fn renamed(&mut self, fact: &ItemRenamed) {
        let (was, is) = (fact.sku.to_string(), fact.to.to_string());
        self.names.insert(was.clone(), is.clone());
        let over = |sku: &mut Name| {
            if *sku == was {
                *sku = is.clone();
            }
        };
        self.lines.iter_mut().for_each(|it| over(&mut it.sku));
        self.inbounds.iter_mut().for_each(|it| over(&mut it.sku));
        self.holds.iter_mut().for_each(|it| over(&mut it.sku));
        let on_hand = std::mem::take(&mut self.on_hand).into_iter();
        let on_hand = on_hand.map(|((mut sku, place), units)| {
            over(&mut sku);
            ((sku, place), units)
        });
        self.on_hand = on_hand.collect();
        if let Some(division) = self.sharing.remove(&was) {
            self.sharing.insert(is.clone(), division);
        }
        let items = std::mem::take(&mut self.items).into_values();
        let items: Vec<Event> = items.map(Event::from).collect();
        for item in items {
            self.fold_now(&self.called_now(&item), domain::ids::Timestamp::MIN);
        }
    }
}
