//! Names that look the same and are written in other bytes.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// `text` with every letter and its accents as one character where there is one (Unicode's form NFC).
/// macOS hands out names of files with accents of their own (NFD), so that the same folder has other bytes
/// there.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_join_their_letters_and_all_else_stays() {
        assert_eq!(composed("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(composed("A\u{30a}ngstro\u{308}m"), "\u{c5}ngstr\u{f6}m");
        // A Hangul syllable of three parts.
        assert_eq!(composed("\u{1112}\u{1161}\u{11ab}"), "\u{d55c}");
        for same in ["caf\u{e9}", "plain", "ﬁ", "Ⅳ", "\u{301}", ""] {
            assert!(matches!(composed(same), Cow::Borrowed(_)), "{same}");
        }
    }
}
