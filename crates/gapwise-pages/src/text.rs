//! Strings that come from data or from a person, made safe to stand on the page.
//!
//! `maud` escapes what is markup. What remains is handled here: control characters, names of any
//! length, and names written from right to left, which must not turn the text around them.

use std::borrow::Cow;

use maud::{Markup, html};

/// Longest name that is shown whole, in characters.
const LONGEST_NAME: usize = 60;

/// Longest sentence, in characters.
const LONGEST_SENTENCE: usize = 800;

/// Longest text of a hint on hovering, in characters.
const LONGEST_HINT: usize = 300;

/// A name out of the data (class, column, id, file): kept apart from the direction of the text
/// around it, and cut when it is very long, with more of it as a hint.
pub fn name(text: &str) -> Markup {
    let text = clean(text);
    if text.trim().is_empty() {
        return html! { span.muted { "(blank)" } };
    }
    match cut(&text, LONGEST_NAME) {
        Cow::Borrowed(whole) => html! { bdi.name { (whole) } },
        Cow::Owned(short) => html! { bdi.name title=(cut(&text, LONGEST_HINT)) { (short) } },
    }
}

/// A name for places that hold plain text only: sentences, alternatives of pictures, titles of
/// drawings. Characters for isolation do there what `<bdi>` does on the page.
pub fn plain_name(text: &str) -> String {
    let name = cut(&clean(text), LONGEST_NAME).into_owned();
    if name.is_ascii() { name } else { format!("\u{2068}{name}\u{2069}") }
}

/// A sentence, in which what stands between backticks is set as code.
pub fn prose(sentence: &str) -> Markup {
    let sentence = clean(sentence);
    let sentence = cut(&sentence, LONGEST_SENTENCE);
    let mut parts: Vec<&str> = sentence.split('`').collect();
    // An odd backtick opens nothing: its text stays a part of the sentence.
    let odd = if parts.len().is_multiple_of(2) { parts.pop() } else { None };
    html! {
        @for (place, part) in parts.iter().enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
        @if let Some(rest) = odd { "`" (rest) }
    }
}

/// A sentence with a capital and a full stop, as [`prose`]; the method writes some without, since
/// they also stand after a colon.
pub fn sentence(text: &str) -> Markup {
    let ended = text.trim_end().ends_with(['.', '!', '?', '…']);
    let is_cut = text.chars().nth(LONGEST_SENTENCE).is_some();
    html! { (heading(text)) @if !ended && !is_cut { "." } }
}

/// Words with a capital, as [`prose`].
pub fn heading(text: &str) -> Markup {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) => prose(&first.to_uppercase().chain(rest).collect::<String>()),
        None => html! {},
    }
}

/// A command that can be selected with one click and copied.
pub fn command(line: &str) -> Markup {
    html! { pre.command dir="ltr" translate="no" { code { (clean(line)) } } }
}

/// The first `longest` characters, with an ellipsis where something was cut.
fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match text.char_indices().nth(longest) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The text as it is, but for what would change the text around it, which is the replacement character:
/// control characters, most of which HTML forbids, and those that turn the direction of writing. White
/// space of any kind is a space. For places that need the text whole; [`name`] and [`plain_name`] are for
/// all others.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() || turns_direction(c)) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|c| match c {
        c if c.is_control() && c.is_whitespace() => ' ',
        c if c.is_control() || turns_direction(c) => '\u{fffd}',
        c => c,
    });
    Cow::Owned(replaced.collect())
}

/// Embeddings, overrides and isolates of the Unicode bidirectional algorithm.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let html = prose("not looked at: `gapwise evaluate RUN --test`").into_string();
        assert_eq!(html, "not looked at: <code>gapwise evaluate RUN --test</code>");
    }

    #[test]
    fn an_odd_backtick_stays_as_it_is() {
        assert_eq!(prose("a `b` c ` d").into_string(), "a <code>b</code> c ` d");
        assert_eq!(prose("`").into_string(), "`");
        assert_eq!(prose("").into_string(), "");
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_kept_as_a_hint() {
        let long = "é".repeat(70);
        let html = name(&long).into_string();
        assert!(html.contains(&format!(">{}…<", "é".repeat(60))));
        assert!(html.contains(&format!("title=\"{long}\"")));
    }

    #[test]
    fn control_characters_do_not_reach_the_page() {
        assert_eq!(clean("a\0b\nc\u{1b}[31m"), "a\u{fffd}b c\u{fffd}[31m");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_with_one_stop() {
        for said in ["close variance", "Close variance."] {
            assert_eq!(sentence(said).into_string(), "Close variance.");
        }
        assert_eq!(sentence("`gapwise` ran").into_string(), "<code>gapwise</code> ran.");
    }

    #[test]
    fn characters_that_turn_the_direction_are_seen_instead_of_obeyed() {
        assert_eq!(clean("a\u{202e}b\u{2067}c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(clean("שלום"), "שלום");
    }

    #[test]
    fn a_blank_name_is_said() {
        assert!(name("  ").into_string().contains("(blank)"));
    }
}
