//! Words as a shell reads them. Must not know what they are for.

/// A word that a shell takes as one and as it stands, whatever is in it.
pub(crate) fn word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@%+=,-#".contains(letter);
    // A leading # begins a comment, and a leading - a flag, which `--flag=-x` alone gets round.
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('#') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_read_it_otherwise() {
        assert_eq!(word("BOLT-M8.2"), "BOLT-M8.2");
        assert_eq!(word("anna's order"), r"'anna'\''s order'");
        assert_eq!(word(""), "''");
        assert_eq!(word("#7"), "'#7'");
        assert_eq!(word("$(rm)"), "'$(rm)'");
    }
}
