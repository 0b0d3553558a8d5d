//! Phrases that problems have in their texts.

use super::Wanted;
use crate::{
    shown::shown,
    wording::{counted, joined, thousands},
};

/// How many cells of a column are numbers, and how many are not; where all are, it was said that
/// numbers are written otherwise.
pub(super) fn mostly(numbers: usize, others: usize) -> String {
    if others == 0 {
        return "its cells are numbers, but not as `--decimal` and `--thousands` say".to_owned();
    }
    let are = if numbers == 1 { "is a number" } else { "are numbers" };
    let is = if others == 1 { "is" } else { "are" };
    format!("{} {are} and {} {is} not", counted(numbers, "cell"), thousands(others))
}

/// How many columns there are beside a label that has no input.
pub(super) fn all_left_out(columns: usize) -> String {
    match columns {
        0 => String::new(),
        1 => ": the only other column is left out".to_owned(),
        columns => format!(": all {} others are left out", thousands(columns)),
    }
}

/// Lines of a few cells.
pub(super) fn on_lines(lines: &[u64], cells: usize) -> String {
    let mut words: Vec<String> = lines.iter().map(u64::to_string).collect();
    if words.len() < 2 {
        return String::new();
    }
    if cells > lines.len() {
        words.push(format!("{} more", thousands(cells - lines.len())));
    }
    format!(" (lines {})", joined(&words, "and"))
}

/// Pairs of names; the first ten.
pub(super) fn pairs_listed(pairs: &[(String, String)]) -> String {
    const SHOWN: usize = 10;
    let mut words: Vec<String> = pairs
        .iter()
        .take(SHOWN)
        .map(|(one, other)| format!("`{}` and `{}`", shown(one), shown(other)))
        .collect();
    if pairs.len() > SHOWN {
        words.push(format!("{} more pairs", thousands(pairs.len() - SHOWN)));
    }
    words.join(", ")
}

/// What a cell without a value holds.
pub(super) fn nothing(found: &Option<String>) -> String {
    match found {
        None => "none".to_owned(),
        Some(word) => format!("`{word}`, which is read as missing"),
    }
}

/// Names in backticks, separated by commas; the first twenty.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", shown(name)))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// A column that was asked for as something else already.
pub(super) fn also_for(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Label => "the label",
        Wanted::Group => "the column of groups",
        Wanted::Ignore => "one that is to be ignored",
        Wanted::ExampleWeights => "that of the example weights",
        Wanted::Time => "that of the time",
    }
}
