//! Reads a file of EDI messages, as one partner writes them. Must not know what becomes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use edi::{ArticleId, Articles, Interchange, MAX_FILE_BYTES, Profile, UNKNOWN_AFTER_DAYS, Whose};
use serde::Deserialize;

use crate::commands::supplier_item;
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::toml_file::{self, Wrong};

const EXAMPLE: &str = "docs/edi.toml";

/// How the partner reads beside the standard.
#[derive(Debug, Args)]
pub(super) struct Partnership {
    /// How the partner reads beside the standard, as a TOML file
    #[arg(long, value_name = "FILE")]
    partner: Option<PathBuf>,
}

/// A partner's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partner {
    #[serde(default)]
    transit_days: u32,
    #[serde(default = "unknown_after_days")]
    unknown_after_days: u32,
    #[serde(default)]
    any_trailer: bool,
    #[serde(default)]
    units: BTreeMap<String, u32>,
}

const fn unknown_after_days() -> u32 {
    UNKNOWN_AFTER_DAYS
}

fn partner(text: &str) -> Result<Profile, Wrong> {
    let said: Partner = toml_file::decode(text, EXAMPLE)?;
    let profile = Profile {
        transit_days: said.transit_days,
        unknown_after_days: said.unknown_after_days,
        units: said.units,
        articles: Articles::default(),
        any_trailer: said.any_trailer,
    };
    profile.check().map_err(|what| Wrong {
        what,
        line: None,
        next: format!("{EXAMPLE} is an example that says what each field means"),
    })?;
    Ok(profile)
}

impl Partnership {
    /// What is agreed; the standards alone where no file is named.
    pub fn profile(&self) -> Result<Profile, Problem> {
        match &self.partner {
            Some(path) => toml_file::read(path, EXAMPLE, partner),
            None => Ok(Profile::default()),
        }
    }
}

/// What a supplier calls our items, by SKU.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Vec<ArticleId>>);

impl Names {
    /// Asks for it, and tells the profile what their packs hold.
    pub async fn learn(
        session: &Session,
        supplier: &str,
        profile: &mut Profile,
    ) -> Result<Self, Problem> {
        let mut names = BTreeMap::new();
        let mut articles = Articles::default();
        for item in supplier_item::all_of(session, supplier).await? {
            let theirs = (Whose::Supplier, &item.supplier_sku);
            let gtins = item.gtins.iter().map(|it| (Whose::Gtin, it));
            let all = gtins.chain([theirs]).filter(|(_, name)| !name.is_empty());
            let all: Vec<ArticleId> = all
                .map(|(of, id)| ArticleId { of, id: id.clone() })
                .collect();
            let packs: BTreeMap<&String, &u32> = item.packs.iter().collect();
            for (unit, holds) in packs {
                let named = all.iter().map(|it| (it.of, it.id.as_str()));
                let ours = (Whose::Buyer, item.sku.as_str());
                articles.add(named.chain([ours]), unit, *holds);
            }
            names.insert(item.sku, all);
        }
        profile.articles = articles;
        Ok(Self(names))
    }

    /// Of one SKU.
    pub fn of(&self, sku: &str) -> Vec<ArticleId> {
        self.0.get(sku).cloned().unwrap_or_default()
    }
}

/// The interchanges of a file; at least one.
pub(super) fn read(file: &Path, profile: &Profile) -> Result<Vec<Interchange>, Problem> {
    let place = file.display().to_string();
    let unread = |what: String, next: &str| Problem::usage(what, &place, next);
    let bytes = bytes_of(file).map_err(|error| {
        let what = format!("the file cannot be read: {error}");
        unread(what, "name a file of EDI messages")
    })?;
    let read = edi::read(&bytes, profile);
    let read = read.map_err(|why| unread(why.to_string(), "cut the file into smaller ones"))?;
    if read.is_empty() {
        let next = "an interchange begins with ISA (X12), or UNA or UNB (EDIFACT)";
        return Err(unread("no EDI message is in it".into(), next));
    }
    Ok(read)
}

/// The bytes of a file, one more than may be read at most.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Messages that were refused make the command fail.
pub(super) fn judged(refused: usize, all: usize, next: &str) -> Result<(), Problem> {
    if refused == 0 {
        return Ok(());
    }
    let of = crate::output::many(u64::try_from(all).unwrap_or(u64::MAX), "message");
    Err(Problem {
        what: format!("{refused} of {of} refused"),
        place: String::new(),
        next: next.to_owned(),
        exit: Exit::Refused,
        said: Box::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_partner_and_what_it_does_not_say_is_as_in_it() {
        let example = include_str!("../../../../../docs/edi.toml");
        let said = partner(example).unwrap();
        assert_eq!(said.units, [("CA".to_owned(), 12)].into());
        let silent = Profile {
            units: said.units.clone(),
            ..partner("").unwrap()
        };
        assert_eq!(said, silent);
        assert_eq!(partner("").unwrap(), Profile::default());
    }

    #[test]
    fn a_word_that_is_not_known_and_a_value_beyond_its_bounds_are_refused() {
        let wrong = partner("transit_day = 3").unwrap_err();
        assert_eq!(wrong.line, Some(1));
        assert!(wrong.what.contains("transit_day"), "{}", wrong.what);
        assert!(
            partner("transit_days = 366")
                .unwrap_err()
                .what
                .contains("365")
        );
        assert!(
            partner("[units]\nCA = 0")
                .unwrap_err()
                .what
                .contains("one CA holds")
        );
    }
}
