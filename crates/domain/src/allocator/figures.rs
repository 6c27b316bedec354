//! Where the room's changes are measured, and its measures are asked for by name. Must not know
//! how anything is counted.

use super::entry::MAX_CLASS;
use super::measures::{Counted, Filter, Happened, Report, State};
use super::{Allocator, AllocatorRefusal};
use crate::ids::{Sku, Timestamp};

/// The tier and the channel of classes beyond those that are told apart.
pub const OTHER_CLASS: &str = "(other)";

impl Allocator {
    /// The figures of a tier and a channel, of either, or of all.
    pub fn measures(&self, filter: &Filter, now: Timestamp) -> Report {
        let wanted = |class| {
            let (tier, channel) = self.class_name(class);
            let one = |wanted: Option<&str>, name| wanted.is_none_or(|wanted| wanted == name);
            one(filter.tier.as_ref().map(|tier| tier.as_str()), tier)
                && one(filter.channel.as_deref(), channel)
        };
        self.measures.report(wanted, filter, now)
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
        let number = self.shelves.find(sku.as_str());
        let shelf = number.and_then(|number| self.shelves.get(number));
        let unknown = || AllocatorRefusal::UnknownSku { sku: sku.clone() };
        let shelf = shelf.ok_or_else(unknown)?;
        Ok(shelf.measures.report(filter, now))
    }

    /// The figures of the last 30 days, class by class: tier, channel, figures.
    pub fn measures_by_class(&self, now: Timestamp) -> Vec<(String, String, Report)> {
        let of = |class: u8| {
            let (tier, channel) = self.class_name(class);
            let report = self
                .measures
                .report(|other| other == class, &Filter::default(), now);
            (tier.to_owned(), channel.to_owned(), report)
        };
        let known = u8::try_from(self.classes.len()).unwrap_or(MAX_CLASS);
        let other = (known >= MAX_CLASS).then_some(MAX_CLASS);
        (0..known.min(MAX_CLASS)).chain(other).map(of).collect()
    }

    fn class_name(&self, class: u8) -> (&str, &str) {
        let Some((tier, channel)) = self.classes.get(usize::from(class)) else {
            return (OTHER_CLASS, OTHER_CLASS);
        };
        let tier = self.tiers.get(u32::from(*tier)).map(|tier| tier.as_str());
        let channel = self.channels.get(u32::from(*channel)).map(String::as_str);
        (tier.unwrap_or(OTHER_CLASS), channel.unwrap_or(OTHER_CLASS))
    }

    /// Something happened to a line of this shelf.
    pub(super) fn measure(
        &mut self,
        shelf: u32,
        line: &Counted,
        happened: Happened,
        states: (State, State),
    ) {
        if let Some(shelf) = self.shelves.get_mut(shelf) {
            self.measures
                .changed(line, happened, states, &mut shelf.measures);
        }
    }
}
