//! Countries, as shops write them and as ISO 3166-1 has them. Must not know who ships where.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use celes::LookupTable;

use super::near::nearest;

/// The ISO 3166-1 code of a country: two capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// No country has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no country is called {name}{near}")]
pub struct UnknownCountry {
    /// What was said.
    pub name: String,
    /// What was meant, if there is one that is near: `, but Germany (DE) is`.
    pub near: String,
}

/// What shops write and the list has no name for, with the code that is meant: countries of Europe
/// and Brazil by their own names, and those of Europe in German, French and Spanish, in which their
/// shops write of each other. Of the codes that the standard leaves to its users, XK is Kosovo's
/// everywhere, XC is for whoever names both bailiwicks of the Channel Islands at once, and ZZ says
/// that no country is known.
const OURS: [(&str, &[&str]); 23] = [
    ("AT", &["osterreich", "autriche"]),
    ("BE", &["belgie", "belgien", "belgique", "belgica"]),
    ("BR", &["brasil", "brasilien", "bresil"]),
    ("CH", &["schweiz", "suisse", "svizzera", "suiza"]),
    ("DE", &["deutschland", "allemagne", "alemania"]),
    ("DK", &["danmark", "danemark", "dinamarca"]),
    ("ES", &["espana", "spanien", "espagne"]),
    ("EU", &["eu", "europeancommunity", "europeanunion"]),
    ("FI", &["suomi", "finnland", "finlande", "finlandia"]),
    ("FR", &["frankreich", "francia"]),
    (
        "GB",
        &["uk", "greatbritain", "scotland", "wales", "northernireland"],
    ),
    (
        "GB",
        &["grossbritannien", "großbritannien", "vereinigteskonigreich"],
    ),
    (
        "GB",
        &["grandebretagne", "royaumeuni", "granbretana", "reinounido"],
    ),
    ("IE", &["eire", "irland", "irlande", "irlanda"]),
    ("IT", &["italia", "italien", "italie"]),
    (
        "NL",
        &["nederland", "niederlande", "paysbas", "paisesbajos"],
    ),
    ("NO", &["norge", "norwegen", "norvege", "noruega"]),
    ("PL", &["polska", "polen", "pologne", "polonia"]),
    ("SE", &["sverige", "schweden", "suede", "suecia"]),
    ("XC", &["channelislands", "xc"]),
    ("XK", &["kosovo", "xk", "xkx"]),
    ("ZA", &["rsa"]),
    ("ZZ", &["zz"]),
];

/// The most characters of a name that are compared.
const MAX_CHARS: usize = 64;

impl Country {
    /// Reads a code of two or three letters, or a name, in whatever case.
    ///
    /// # Errors
    /// [`UnknownCountry`], with one that is near.
    pub fn read(text: &str) -> Result<Self, UnknownCountry> {
        let said = letters(text);
        let ours = OURS
            .iter()
            .find(|(_, names)| names.contains(&said.as_str()));
        let ours = ours.and_then(|(code, _)| Self::code(code));
        ours.or_else(|| listed(&said))
            .ok_or_else(|| UnknownCountry {
                name: text.trim().chars().take(MAX_CHARS).collect(),
                near: near(&said).map_or_else(String::new, |near| {
                    format!(", but {} ({}) is", near.long_name, near.alpha2)
                }),
            })
    }

    fn code(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        let letters = bytes.iter().all(u8::is_ascii_uppercase);
        letters.then_some(Self(bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        // Made of capital letters alone, so this reads. ZZ is what stands for no country.
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name as it is compared: letters in lower case, without the article, marks and spaces.
fn letters(text: &str) -> String {
    let text = text.trim();
    let bare = text.split_once(' ').filter(|(first, _)| is_article(first));
    let bare = bare.map_or(text, |(_, rest)| rest);
    let letters = bare.chars().filter(|letter| letter.is_alphanumeric());
    let letters = letters.flat_map(char::to_lowercase).map(without_mark);
    letters.take(MAX_CHARS).collect()
}

/// In the languages in which names are read.
fn is_article(word: &str) -> bool {
    ["the", "die", "la", "le", "les", "los"].contains(&word.to_lowercase().as_str())
}

/// A letter of a country's name as a keyboard without that letter has it.
const fn without_mark(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        letter => letter,
    }
}

/// Every code and name of the list, as it is compared.
fn list() -> &'static BTreeMap<String, celes::Country> {
    static LIST: OnceLock<BTreeMap<String, celes::Country>> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut list = BTreeMap::new();
        let all = celes::Country::get_countries();
        let own = all
            .iter()
            .flat_map(|it| [it.alpha2, it.alpha3, it.long_name].map(|name| (*it, name)));
        // What one is called by the way may be what another is called: Samoa is not American Samoa.
        let also = all
            .iter()
            .flat_map(|it| it.aliases.iter().map(|name| (*it, *name)));
        for (country, name) in own.chain(also) {
            list.entry(letters(name)).or_insert(country);
        }
        list
    })
}

fn listed(said: &str) -> Option<Country> {
    let found = list().get(said)?;
    Country::code(found.alpha2)
}

fn near(said: &str) -> Option<&'static celes::Country> {
    // A code that differs in one letter is another country's.
    let names = list().keys().map(String::as_str);
    let found = nearest(said, names.filter(|name| name.len() > 3))?;
    list().get(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_read_by_code_or_name_in_whatever_case() {
        for (said, code) in [
            ("DE", "DE"),
            ("de", "DE"),
            ("DEU", "DE"),
            ("Germany", "DE"),
            ("GERMANY", "DE"),
            ("United Kingdom", "GB"),
            ("UK", "GB"),
            ("England", "GB"),
            ("EIRE", "IE"),
            ("Ireland", "IE"),
            ("USA", "US"),
            ("United States", "US"),
            ("Czech Republic", "CZ"),
            ("Hong Kong", "HK"),
            ("the Netherlands", "NL"),
            ("Netherlands", "NL"),
            ("United Arab Emirates", "AE"),
            ("South Korea", "KR"),
            ("Russia", "RU"),
            ("RSA", "ZA"),
            ("European Community", "EU"),
            ("Channel Islands", "XC"),
            ("Jersey", "JE"),
            ("Côte d'Ivoire", "CI"),
            ("Kosovo", "XK"),
            ("XC", "XC"),
            ("EU", "EU"),
            ("Deutschland", "DE"),
            ("ZZ", "ZZ"),
            ("SAMOA", "WS"),
            ("American Samoa", "AS"),
            ("Niederlande", "NL"),
            ("die Niederlande", "NL"),
            ("Les Pays-Bas", "NL"),
            ("los Países Bajos", "NL"),
            ("Großbritannien", "GB"),
            ("Vereinigtes Königreich", "GB"),
            ("Royaume-Uni", "GB"),
            ("Dänemark", "DK"),
            ("Danemark", "DK"),
            ("Norvège", "NO"),
            ("Suède", "SE"),
            ("España", "ES"),
            ("Bélgica", "BE"),
        ] {
            let read = Country::read(said);
            assert_eq!(read.map(|it| it.to_string()), Ok(code.to_owned()), "{said}");
        }
    }

    #[test]
    fn every_country_is_read_by_its_own_name_and_codes() {
        for country in celes::Country::get_countries() {
            for name in [country.long_name, country.alpha2, country.alpha3] {
                let read = Country::read(name).map(|it| it.to_string());
                assert_eq!(read, Ok(country.alpha2.to_owned()), "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_country_is_told_with_one_that_is_near() {
        for (said, near) in [
            ("Germny", ", but Germany (DE) is"),
            ("Unted Kingdom", "(GB) is"),
            ("Narnia", ""),
            ("", ""),
            ("QA1", ""),
            ("XX", ""),
            ("QQ", ""),
            ("Unspecified", ""),
        ] {
            let unknown = Country::read(said).unwrap_err();
            assert!(unknown.near.ends_with(near), "{said}: {unknown:?}");
            assert_eq!(
                near.is_empty(),
                unknown.near.is_empty(),
                "{said}: {unknown:?}"
            );
        }
    }
}
