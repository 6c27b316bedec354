//! Characters that are not seen. Must not know where they stand.
//!
//! The list is Unicode's property `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt, 16.0):
//! what a display leaves out, such as zero-width spaces and joiners, the controls of bidirectional
//! text, variation selectors, tags and fillers. With it stand the separators of lines and
//! paragraphs (Zl, Zp), and the marks of interlinear annotation (of Cf). Other characters of the
//! category Cf are drawn, such as the Arabic number sign, and are as good as any letter.

use std::ops::RangeInclusive;

/// In their order.
const UNSEEN: [RangeInclusive<u32>; 20] = [
    0x00AD..=0x00AD,
    0x034F..=0x034F,
    0x061C..=0x061C,
    0x115F..=0x1160,
    0x17B4..=0x17B5,
    0x180B..=0x180F,
    0x200B..=0x200F,
    // Line and paragraph separator, then the controls of bidirectional text.
    0x2028..=0x202E,
    0x2060..=0x206F,
    0x3164..=0x3164,
    0xFE00..=0xFE0F,
    0xFEFF..=0xFEFF,
    0xFFA0..=0xFFA0,
    0xFFF0..=0xFFF8,
    // Interlinear annotation.
    0xFFF9..=0xFFFB,
    0x1_BCA0..=0x1_BCA3,
    0x1_D173..=0x1_D17A,
    0xE_0000..=0xE_007F,
    0xE_0080..=0xE_00FF,
    0xE_0100..=0xE_0FFF,
];

/// Whether a character is not seen.
pub(super) fn is_unseen(character: char) -> bool {
    // Most ids are ASCII.
    let code = u32::from(character);
    code >= 0xAD && UNSEEN.iter().any(|range| range.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_text_around_is_not_seen_and_letters_are() {
        let hidden = [
            '\u{200B}',
            '\u{200D}',
            '\u{200F}',
            '\u{202A}',
            '\u{202E}',
            '\u{2060}',
            '\u{2064}',
            '\u{2066}',
            '\u{2069}',
            '\u{FEFF}',
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{3164}',
            '\u{FE0F}',
            '\u{E0041}',
            '\u{2028}',
        ];
        assert!(hidden.into_iter().all(is_unseen));
        let shown = "aZ0-_/.:#*> éßøŁΩжשلक螺栓ボルト한국\u{600}🔩";
        assert!(!shown.chars().any(is_unseen));
        let rising = UNSEEN.windows(2).all(|two| two[0].end() < two[1].start());
        assert!(rising, "the list is in order");
    }
}
