//! Text that comes from data, a file's name or a folder's name, made fit to be shown to a person:
//! on a terminal, in an error, in a record or in a report.
//!
//! A control character would break a message's line or steer the terminal that shows it, and a
//! cell can be as large as its file. Text that is shown already stays as it is when it is shown
//! again, so that nobody has to know whether it was.

use std::{borrow::Cow, fmt::Write, path::Path};

use crate::wording::counted;

/// The most characters that a shown name or cell has, the count of its characters among them.
pub const SHOWN: usize = 72;

/// A name or a cell out of data: on one line, and cut where it is long, with `…` and its whole
/// length.
pub fn shown(text: &str) -> String {
    if let Some(whole) = within(text, SHOWN) {
        return whole.into_owned();
    }
    let rest = format!("… ({})", counted(text.chars().count(), "character"));
    let mut cut = beginning(text, SHOWN - rest.chars().count());
    cut.push_str(&rest);
    cut
}

/// A name or a cell for a record: as it is, but for being cut where [`shown`] would cut it.
pub fn cut(text: &str) -> String {
    if text.chars().nth(SHOWN).is_none() {
        return text.to_owned();
    }
    let rest = format!("… ({})", counted(text.chars().count(), "character"));
    text.chars().take(SHOWN - rest.chars().count()).chain(rest.chars()).collect()
}

/// A name or a cell for a place that is `width` characters wide: on one line, and cut with `…`.
pub fn shown_in(text: &str, width: usize) -> String {
    within(text, width).map_or_else(
        || {
            let mut cut = beginning(text, width.saturating_sub(1));
            cut.push('…');
            cut
        },
        Cow::into_owned,
    )
}

/// A path in a message: in backticks, or `standard input`, whose path is `-`.
pub fn shown_path(path: &Path) -> String {
    if path == Path::new(STANDARD_INPUT) {
        return "standard input".to_owned();
    }
    format!("`{}`", on_one_line(&path.to_string_lossy()))
}

/// The path that a person types for standard input.
pub const STANDARD_INPUT: &str = "-";

/// The text on one line, where it has at most `width` characters so.
fn within(text: &str, width: usize) -> Option<Cow<'_, str>> {
    if text.chars().nth(width).is_some() {
        return None;
    }
    Some(on_one_line(text)).filter(|line| line.chars().nth(width).is_none())
}

/// As much of the beginning as has at most `width` characters on one line. No escape is cut.
fn beginning(text: &str, width: usize) -> String {
    let (mut line, mut length) = (String::new(), 0);
    for (at, c) in text.char_indices() {
        let escaped = on_one_line(&text[at..at + c.len_utf8()]);
        length += escaped.chars().count();
        if length > width {
            break;
        }
        line.push_str(&escaped);
    }
    line
}

/// A text out of data on one line, whole: what would break the line, steer a terminal or turn the
/// direction of writing stands there as its escape, such as `\n` or `\u{1b}`.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if steers(c) => {
                // Writing to a string cannot fail.
                let _ = write!(line, "{}", c.escape_unicode());
            }
            c => line.push(c),
        }
    }
    Cow::Owned(line)
}

/// Whether a character does something to the text around it: control characters, the separators of
/// lines and paragraphs, and the embeddings, overrides and isolates of Unicode's bidirectional
/// algorithm.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_shown_as_it_is() {
        for text in ["", "a", "größer als 3 \\ 4", "日本語"] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(shown("a\u{1b}]0;owned\u{7}b"), "a\\u{1b}]0;owned\\u{7}b");
        assert_eq!(shown("a\nb\r\n\tc\u{9b}d"), "a\\nb\\r\\n\\tc\\u{9b}d");
        assert_eq!(shown("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
    }

    #[test]
    fn long_text_is_cut_between_characters_and_its_length_is_told() {
        let whole = "é".repeat(SHOWN);
        assert_eq!(shown(&whole), whole);
        let cut = shown(&"é".repeat(5_000));
        assert_eq!(cut, format!("{}… (5,000 characters)", "é".repeat(SHOWN - 20)));
    }

    #[test]
    fn what_is_shown_already_stays_as_it_is() {
        for text in ["\u{1b}[2J".repeat(30), "x".repeat(1 << 20), "a\n".repeat(36), "é".repeat(73)]
        {
            let once = shown(&text);
            assert!(once.chars().count() <= SHOWN, "{once}");
            assert_eq!(shown(&once), once);
        }
    }

    #[test]
    fn a_record_has_control_characters_and_no_more_of_a_long_text_than_is_shown() {
        assert_eq!(cut("a\nb"), "a\nb");
        assert_eq!(cut(&"é".repeat(5_000)), shown(&"é".repeat(5_000)));
    }

    #[test]
    fn a_narrow_place_is_never_exceeded() {
        assert_eq!(shown_in("abcdef", 6), "abcdef");
        assert_eq!(shown_in("abcdefg", 6), "abcde…");
        assert_eq!(shown_in("a\nb\nc\nd", 6), "a\\nb…");
        assert_eq!(shown_in(&"x".repeat(1 << 20), 3), "xx…");
    }
}
