//! How one partner reads: what the standards leave to agreement. Must not know a message.

use std::collections::BTreeMap;

use crate::bounds::{MAX_TRANSIT_DAYS, MAX_UNITS, MAX_UNKNOWN_AFTER_DAYS, UNKNOWN_AFTER_DAYS};
use crate::counted::Counted;
use crate::said::{ArticleId, Whose, bare};

/// What packs of single articles hold, by each of the names of an article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Articles {
    packs: BTreeMap<(Whose, String), BTreeMap<String, u32>>,
}

impl Articles {
    /// A pack of an article with these names holds so many units.
    pub fn add<'n>(
        &mut self,
        names: impl IntoIterator<Item = (Whose, &'n str)>,
        unit: &str,
        holds: u32,
    ) {
        for (of, name) in names {
            let packs = self.packs.entry((of, bare(name).to_owned())).or_default();
            packs.insert(unit.to_owned(), holds);
        }
    }

    fn holds(&self, unit: &str, of: &[ArticleId]) -> Option<u32> {
        let by = |whose: Whose, it: &ArticleId| {
            let packs = self.packs.get(&(whose, bare(&it.id).to_owned()))?;
            packs.get(unit).copied()
        };
        let named = |it: &ArticleId| match it.of {
            // Ours, theirs or GS1's.
            Whose::Other => [Whose::Buyer, Whose::Supplier, Whose::Gtin]
                .into_iter()
                .find_map(|whose| by(whose, it)),
            // Or ours, by their word, as where they use our numbers.
            whose @ (Whose::Gtin | Whose::Supplier | Whose::Buyer) => {
                by(whose, it).or_else(|| by(Whose::Buyer, it))
            }
        };
        of.iter().find_map(named)
    }
}

/// What is agreed with a partner beside the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Days from dispatch to arrival, where a message says only when goods leave.
    pub transit_days: u32,
    /// A date so many days after the interchange's own means that the date is not known.
    pub unknown_after_days: u32,
    /// How many units a unit of measure of theirs holds, by its code: `CA` may be 12.
    pub units: BTreeMap<String, u32>,
    /// What is known of single articles of theirs.
    pub articles: Articles,
    /// Takes a transaction whose trailer counts other segments, or names another number.
    pub any_trailer: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            transit_days: 0,
            unknown_after_days: UNKNOWN_AFTER_DAYS,
            units: BTreeMap::new(),
            articles: Articles::default(),
            any_trailer: false,
        }
    }
}

impl Profile {
    /// Whether its values are within their bounds; else which is not, in words.
    ///
    /// # Errors
    /// More transit days than [`MAX_TRANSIT_DAYS`], more days than [`MAX_UNKNOWN_AFTER_DAYS`] after
    /// which a date is none, or a unit that holds none or more than
    /// [`MAX_UNITS`].
    pub fn check(&self) -> Result<(), String> {
        if self.transit_days > MAX_TRANSIT_DAYS {
            return Err(format!("transit_days is more than {MAX_TRANSIT_DAYS}"));
        }
        if self.unknown_after_days > MAX_UNKNOWN_AFTER_DAYS {
            return Err(format!(
                "unknown_after_days is more than {MAX_UNKNOWN_AFTER_DAYS}"
            ));
        }
        for (code, holds) in &self.units {
            if !(1..=MAX_UNITS).contains(holds) {
                return Err(format!("one {code} holds 1 to {MAX_UNITS} units"));
            }
        }
        Ok(())
    }

    /// How many one of these holds, of an article, and of what, if anybody knows. What is agreed
    /// is about units of the item, whatever they are: of the article first, then of all.
    pub(crate) fn holds(&self, unit: &str, of: &[ArticleId]) -> Option<(u32, Counted)> {
        let own = self.articles.holds(unit, of);
        if let Some(holds) = own.or_else(|| self.units.get(unit).copied()) {
            return Some((holds, Counted::Unsaid));
        }
        let pieces = match unit {
            "" => return Some((1, Counted::Unsaid)),
            "EA" | "PC" | "PCE" | "PCS" | "UN" | "C62" | "EACH" | "H87" | "NAR" | "ST" => 1,
            "PR" => 2,
            "DZ" | "DZN" => 12,
            "HC" | "CEN" => 100,
            "GS" | "GRO" => 144,
            "TH" | "MIL" => 1_000,
            measure => return Counted::of_code(measure).map(|of| (1, of)),
        };
        Some((pieces, Counted::Pieces))
    }
}
