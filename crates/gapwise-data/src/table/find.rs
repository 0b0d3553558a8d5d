//! Columns that a person names.

use std::path::Path;

use crate::{Note, Place, Problem, problem::Wanted, shown::on_one_line, unicode::composed};

/// Names by which a label column is known, the first being the likeliest.
const LABEL_NAMES: [&str; 4] = ["label", "target", "class", "y"];

/// Whether a word is what a label column is called, in whatever case.
pub(super) fn is_label_name(word: &str) -> bool {
    LABEL_NAMES.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// The place of the column of this name, as it is or as messages show it, or of this number from 1.
pub(super) fn column(names: &[String], asked: &str) -> Option<usize> {
    let asked = asked.trim();
    let written = composed(asked);
    let place = names.iter().position(|name| composed(name) == written);
    place.or_else(|| names.iter().position(|name| on_one_line(name) == asked)).or_else(|| {
        let number: usize = asked.parse().ok()?;
        (1..=names.len()).contains(&number).then(|| number - 1)
    })
}

/// The problem that a column asked for is not there.
pub(super) fn not_found(path: &Path, wanted: Wanted, asked: &str, names: &[String]) -> Problem {
    Problem::ColumnNotFound {
        place: Place::path(path),
        wanted,
        asked: asked.to_owned(),
        nearest: nearest(asked, names.iter().map(String::as_str)),
        columns: names.to_vec(),
    }
}

/// The name most like the one asked for, where one is like it.
pub(crate) fn nearest<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    /// Below this, two words have little in common: `age` and `wage` score 0.75, `age` and `sex`
    /// 0.33.
    const ALIKE: f64 = 0.6;
    let lower = asked.to_lowercase();
    names
        // A name that is there and cannot be used, such as that of a link to nothing.
        .filter(|name| *name != asked)
        .map(|name| (strsim::normalized_damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        // The first of equally like names.
        .min_by(|a, b| b.0.total_cmp(&a.0))
        .map(|(_, name)| name.to_owned())
}

/// The label column where none was asked for: the one that is named like one, else the last; with
/// the reason. The column `taken` is something else, and only taken where there is no other.
pub(super) fn guess_label(names: &[String], taken: &[usize]) -> (usize, Note) {
    let named: Vec<usize> = LABEL_NAMES
        .iter()
        .flat_map(|label| {
            names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(label))
        })
        .map(|(place, _)| place)
        .filter(|place| !taken.contains(place))
        .collect();
    let (place, said) = match named.as_slice() {
        [] => {
            let last = (0..names.len()).rfind(|place| !taken.contains(place));
            let which = if taken.contains(&(names.len() - 1)) { "last other" } else { "last" };
            let last = last.unwrap_or_default();
            (last, format!("the label is `{}`, the {which} column", names[last]))
        }
        [place] => {
            (*place, format!("the label is `{}`, the column that is named like one", names[*place]))
        }
        [place, others @ ..] => {
            let others: Vec<String> =
                others.iter().map(|other| format!("`{}`", names[*other])).collect();
            let said = format!(
                "the label is `{}`, the likeliest by its name; {} could be one too",
                names[*place],
                others.join(" and ")
            );
            (*place, said)
        }
    };
    (place, Note { said, change_with: Some("--label NAME".to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_then_by_number_from_one() {
        let names = names(&["a", "1", "b"]);
        assert_eq!(column(&names, "b"), Some(2));
        assert_eq!(column(&names, "1"), Some(1));
        assert_eq!(column(&names, "3"), Some(2));
        assert_eq!(column(&names, "0"), None);
        assert_eq!(column(&names, "4"), None);
        assert_eq!(column(&names, "B"), None);
        // Accents may have other bytes where a name is typed than in the file.
        assert_eq!(column(&["x".to_owned(), "cafe\u{301}".to_owned()], "caf\u{e9}"), Some(1));
        // What would steer a terminal is escaped in messages, whose commands are pasted.
        assert_eq!(column(&["x".to_owned(), "a\u{1b}[31m".to_owned()], "a\\u{1b}[31m"), Some(1));
    }

    #[test]
    fn the_label_is_the_one_named_so_before_the_last() {
        let guess = |all: &[&str]| guess_label(&names(all), &[]).0;
        assert_eq!(guess(&["a", "b", "c"]), 2);
        assert_eq!(guess(&["Target", "b", "c"]), 0);
        assert_eq!(guess(&["y", "class", "label", "x"]), 2);
        let (_, note) = guess_label(&names(&["y", "class", "x"]), &[]);
        assert_eq!(
            note.said,
            "the label is `class`, the likeliest by its name; `y` could be one too"
        );
    }

    #[test]
    fn the_nearest_name_is_offered_where_one_is_near() {
        let all = ["survived", "sex", "age"];
        let near = |asked| nearest(asked, all.into_iter());
        assert_eq!(near("Surived").as_deref(), Some("survived"));
        assert_eq!(near("agge").as_deref(), Some("age"));
        assert_eq!(near("price"), None);
    }
}
