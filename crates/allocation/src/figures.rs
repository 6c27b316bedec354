//! Where the room's changes are measured, and its measures are asked for by name. Must not know
//! how anything is counted.

use std::collections::BTreeSet;

use super::measures::{Filter, Report};
use super::{Allocator, AllocatorRefusal};
use domain::exact::Exact;
use domain::ids::{Sku, Tier, Timestamp};

/// The most names that are told to who asks for another one.
const MAX_PROMISED: usize = 20;
/// The most characters of a name that are told, and of all names together.
const MAX_PROMISED_CHARS: usize = 64;
const MAX_PROMISED_IN_ALL: usize = 600;

/// Names in order, each once, as far as they fit into a message.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.collect();
    let mut promised = String::new();
    for name in names.into_iter().take(MAX_PROMISED) {
        if promised.len().plus(name.len()) > MAX_PROMISED_IN_ALL {
            break;
        }
        if !promised.is_empty() {
            promised.push_str(", ");
        }
        promised.push_str(name);
    }
    if promised.is_empty() {
        promised.push_str("none yet");
    }
    promised
}

impl Allocator {
    /// The figures of a tier and a channel, of either, or of all.
    ///
    /// # Errors
    /// A refusal when nobody of the tier, or through the channel, ever ordered: a name that is
    /// written wrongly would else be told to be fine for ever. A tier that the ranking rule names
    /// is known.
    pub fn measures(&self, filter: &Filter, now: Timestamp) -> Result<Report, AllocatorRefusal> {
        if let Some(tier) = filter.tier.as_ref().filter(|tier| !self.knows_tier(tier)) {
            let (tier, known) = (
                tier.clone(),
                named(self.class_names().map(|(tier, _)| tier)),
            );
            return Err(AllocatorRefusal::UnknownTier { tier, known });
        }
        let channel = filter.channel.as_deref();
        if let Some(channel) = channel.filter(|name| !self.knows_channel(name)) {
            let channel = channel.chars().take(MAX_PROMISED_CHARS).collect();
            let known = named(self.class_names().map(|(_, channel)| channel));
            return Err(AllocatorRefusal::UnknownChannel { channel, known });
        }
        let wanted = |class| {
            let (tier, channel) = self.catalogue.class_name(class);
            let one = |wanted: Option<&str>, name| wanted.is_none_or(|wanted| wanted == name);
            one(filter.tier.as_ref().map(|tier| tier.as_str()), tier)
                && one(filter.channel.as_deref(), channel)
        };
        let now = (now, self.zones.cell());
        Ok(self.measures.report(wanted, filter, now))
    }

    fn knows_tier(&self, wanted: &Tier) -> bool {
        self.rule.tier_days.contains_key(wanted)
            || self.class_names().any(|(tier, _)| tier == wanted.as_str())
    }

    fn knows_channel(&self, wanted: &str) -> bool {
        self.class_names().any(|(_, channel)| channel == wanted)
    }

    /// The figures of an SKU; what happened, since the beginning.
    ///
    /// # Errors
    /// A refusal when nobody ever defined, ordered or received it.
    pub fn measures_of(
        &self,
        sku: &Sku,
        filter: &Filter,
        now: Timestamp,
    ) -> Result<Report, AllocatorRefusal> {
        let number = self.sku_states.find(sku.text());
        let sku_state = number.and_then(|number| self.sku_states.get(number));
        let unknown = || AllocatorRefusal::UnknownSku { sku: sku.clone() };
        let sku_state = sku_state.ok_or_else(unknown)?;
        Ok(sku_state.measures().report(filter, now))
    }

    /// The figures of the last 30 days, class by class: tier, channel, figures.
    pub fn measures_by_class(&self, now: Timestamp) -> Vec<(String, String, Report)> {
        let now = (now, self.zones.cell());
        let of = |class: u8| {
            let (tier, channel) = self.catalogue.class_name(class);
            let report = self
                .measures
                .report(|other| other == class, &Filter::default(), now);
            (tier.to_owned(), channel.to_owned(), report)
        };
        self.catalogue.classes().map(of).collect()
    }

    fn class_names(&self) -> impl Iterator<Item = (&str, &str)> {
        let classes = self.catalogue.classes();
        classes.map(|class| self.catalogue.class_name(class))
    }
}
