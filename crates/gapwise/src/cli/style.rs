//! The few colours of the terminal, and the one gate through which text goes to it.
//!
//! Class and column names, file names and cells may hold anything: sequences that set a terminal's
//! title or clear its screen, line breaks, letters that turn the direction of reading. A [`Style`]
//! therefore stands in a text as a mark, no sequence of its own; [`painted`] escapes every control
//! character and only then makes colours of the marks. They are left out where `NO_COLOR` is set or the
//! output is no terminal; nothing is told by colour alone.

use std::fmt;

use anstyle::{AnsiColor, Effects};

/// A colour, written as `{LABEL}text{LABEL:#}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style(usize);

pub(super) const LABEL: Style = Style(0);
pub(super) const DIM: Style = Style(1);
pub(super) const BOLD: Style = Style(2);
pub(super) const ERROR: Style = Style(3);
pub(super) const WARNING: Style = Style(4);
pub(super) const GOOD: Style = Style(5);

const STYLES: [anstyle::Style; 6] = [
    AnsiColor::Cyan.on_default(),
    anstyle::Style::new().dimmed(),
    anstyle::Style::new().bold(),
    AnsiColor::Red.on_default().effects(Effects::BOLD),
    AnsiColor::Yellow.on_default().effects(Effects::BOLD),
    AnsiColor::Green.on_default(),
];

/// The mark of the first style's beginning, then those of the others; the mark of every end. Unicode
/// has no characters at these numbers: text that has them all the same is at most coloured by them.
const FIRST: char = '\u{fdd0}';
const END: char = '\u{fddf}';

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = char::from_u32(FIRST as u32 + self.0 as u32).unwrap_or(END);
        fmt::Write::write_char(f, if f.alternate() { END } else { begin })
    }
}

/// Whether marks become colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Shown,
    LeftOut,
}

/// A line as it goes to a person: what would steer a terminal is escaped, marks are colours.
pub(super) fn painted(line: &str, colour: Colour) -> String {
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        let style = (character as u32).checked_sub(FIRST as u32).map(|place| place as usize);
        match style.and_then(|place| STYLES.get(place)) {
            Some(style) if colour == Colour::Shown => text.push_str(&style.render().to_string()),
            None if character == END && colour == Colour::Shown => {
                text.push_str(&anstyle::Reset.render().to_string());
            }
            None if character != END => push_escaped(&mut text, character),
            _ => {}
        }
    }
    text
}

/// A text of which nothing steers a terminal.
pub(super) fn escaped(text: &str) -> String {
    painted(text, Colour::LeftOut)
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '\n' | '\r' | '\t' => text.extend(character.escape_default()),
        _ if steers(character) => text.extend(character.escape_unicode()),
        _ => text.push(character),
    }
}

/// Whether a character does something to a terminal, or to the order of the letters around it, in
/// place of being one.
pub(super) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_colours_are_not() {
        let line = format!(
            "{LABEL}label{LABEL:#} \u{1b}]0;owned\u{7}\u{1b}[2J a\nb\tc\u{9b}31m\u{202e}Ä👍🏽"
        );
        let escaped = r"\u{1b}]0;owned\u{7}\u{1b}[2J a\nb\tc\u{9b}31m\u{202e}Ä👍🏽";
        assert_eq!(painted(&line, Colour::LeftOut), format!("label {escaped}"));
        assert_eq!(painted(&line, Colour::Shown), format!("\u{1b}[36mlabel\u{1b}[0m {escaped}"));
    }

    #[test]
    fn every_style_has_its_colour() {
        for style in [LABEL, DIM, BOLD, ERROR, WARNING, GOOD] {
            let line = painted(&format!("{style}a{style:#}"), Colour::Shown);
            assert!(line.starts_with("\u{1b}[") && line.ends_with("ma\u{1b}[0m"), "{line:?}");
            assert_eq!(painted(&format!("{style}a{style:#}"), Colour::LeftOut), "a");
        }
    }
}
