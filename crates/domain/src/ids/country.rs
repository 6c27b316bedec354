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

/// What shops write, in their own language too, and the list has no name for, with the code that is
/// meant. Of the codes that
/// the standard leaves to its users, XK is Kosovo's everywhere, XC is for whoever names both
/// bailiwicks of the Channel Islands at once, and ZZ says that no country is known.
const OURS: [(&str, &str); 34] = [
    ("deutschland", "DE"),
    ("osterreich", "AT"),
    ("schweiz", "CH"),
    ("suisse", "CH"),
    ("svizzera", "CH"),
    ("espana", "ES"),
    ("italia", "IT"),
    ("nederland", "NL"),
    ("belgie", "BE"),
    ("belgique", "BE"),
    ("belgien", "BE"),
    ("danmark", "DK"),
    ("sverige", "SE"),
    ("norge", "NO"),
    ("suomi", "FI"),
    ("polska", "PL"),
    ("frankreich", "FR"),
    ("brasil", "BR"),
    ("greatbritain", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northernireland", "GB"),
    ("eire", "IE"),
    ("uk", "GB"),
    ("rsa", "ZA"),
    ("eu", "EU"),
    ("europeancommunity", "EU"),
    ("europeanunion", "EU"),
    ("channelislands", "XC"),
    ("xc", "XC"),
    ("kosovo", "XK"),
    ("xk", "XK"),
    ("xkx", "XK"),
    ("zz", "ZZ"),
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
        let ours = OURS.iter().find(|(name, _)| *name == said);
        let ours = ours.and_then(|(_, code)| Self::code(code));
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
    let bare = text
        .strip_prefix("The ")
        .or_else(|| text.strip_prefix("the "))
        .unwrap_or(text);
    let letters = bare.chars().filter(|letter| letter.is_alphanumeric());
    let letters = letters.flat_map(char::to_lowercase).map(without_mark);
    letters.take(MAX_CHARS).collect()
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
        for country in celes::Country::get_countries() {
            let named = [country.long_name, country.alpha3, country.alpha2];
            let names = named.iter().chain(country.aliases.iter());
            for name in names {
                list.entry(letters(name)).or_insert(country);
            }
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
        ] {
            let read = Country::read(said);
            assert_eq!(read.map(|it| it.to_string()), Ok(code.to_owned()), "{said}");
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
