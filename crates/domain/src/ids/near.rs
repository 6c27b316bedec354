//! Whether a key that nobody knows was meant as one that somebody does. Must not know what keys
//! name.

use std::cmp::Ordering;

use crate::exact::Exact;

/// How many characters of a name that nobody knows are compared with others.
const MAX_NEAREST_CHARS: usize = 64;

/// The end of a sentence that says that a key is not known: `", but MAIN is"`, where another one
/// differs from it in case or whitespace alone; empty where none does.
pub fn but_near<'a>(unknown: &str, mut known: impl Iterator<Item = &'a str>) -> String {
    let near = known.find(|known| letters(unknown).eq(letters(known)));
    near.map_or_else(String::new, |near| format!(", but {near} is"))
}

/// Of some names the one that was likely meant: that differs by the fewest letters put in, left
/// out, changed or swapped, and by no more than one in four.
pub fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let asked: String = letters(unknown).take(MAX_NEAREST_CHARS).collect();
    let apart = |known: &&str| {
        let known: String = letters(known).collect();
        strsim::osa_distance(&asked, &known)
    };
    let found = known.min_by_key(apart)?;
    (apart(&found).times(4) <= asked.chars().count()).then_some(found)
}

/// A key as people and spreadsheets may keep it: without case, whitespace and leading zeros.
pub(crate) fn bare(text: &str) -> impl Iterator<Item = char> + '_ {
    letters(text).skip_while(|letter| *letter == '0')
}

/// How two keys are sorted by what is [`bare`] of them. Most keys are ASCII, whose bytes are
/// compared: a room that looks an SKU up for each line does so all day.
pub(crate) fn cmp_bare(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        bare_bytes(one).cmp(bare_bytes(other))
    } else {
        bare(one).cmp(bare(other))
    }
}

/// [`bare`] of a text in ASCII.
fn bare_bytes(text: &str) -> impl Iterator<Item = u8> + '_ {
    let visible = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\t'..=b'\r' | b' '));
    let letters = visible.map(|byte| byte.to_ascii_lowercase());
    letters.skip_while(|letter| *letter == b'0')
}

/// Its characters without whitespace, each in lower case.
fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    let visible = text.chars().filter(|letter| !letter.is_whitespace());
    visible.flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_are_sorted_as_letters_are(one in "[ -~\t\r]{0,6}", other in "[ -~\t\ré]{0,6}") {
            for (one, other) in [(&one, &other), (&other, &one), (&one, &one)] {
                let letters = bare(one).cmp(bare(other));
                prop_assert_eq!(cmp_bare(one, other), letters);
                if one.is_ascii() && other.is_ascii() {
                    prop_assert_eq!(bare_bytes(one).cmp(bare_bytes(other)), letters);
                }
            }
        }
    }

    #[test]
    fn the_nearest_name_is_one_that_differs_by_few_letters() {
        let nearest =
            |unknown| nearest(unknown, ["Germany", "Greece", "Mali", "Malta"].into_iter());
        assert_eq!(nearest("germnay"), Some("Germany"));
        assert_eq!(nearest("Grece"), Some("Greece"));
        for far in ["France", "", "Ma"] {
            assert_eq!(nearest(far), None, "{far}");
        }
    }

    #[test]
    fn a_key_is_near_another_that_differs_in_case_or_whitespace_alone() {
        let near = |unknown| but_near(unknown, ["WEST", "Dock 7", "ÄRZTE"].into_iter());
        assert_eq!(near("west "), ", but WEST is");
        assert_eq!(near("DOCK7"), ", but Dock 7 is");
        assert_eq!(near("ärzte"), ", but ÄRZTE is");
        for far in ["dock 8", "", "WES", "WESTS"] {
            assert_eq!(near(far), "");
        }
    }
}
