//! Counts, lists and commands in sentences.

/// A count with its thousands set apart, and the noun in the number that it asks for:
/// `1 example`, `4,177 examples`. `noun` is one whose plural takes an `s`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(count))
}

/// A count with its thousands set apart: `4,177`.
pub fn thousands(count: usize) -> String {
    grouped(&count.to_string())
}

/// Digits in groups of three from the right: `4,177`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in the fewest digits that read back to it, with a power of ten where it would have many
/// zeros: `0.1`, `12000`, `2.9e30`, `1e-300`.
pub fn written(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !size.is_finite() || (1e-5..1e16).contains(&size) {
        // Adding zero turns −0 into 0.
        (value + 0.0).to_string()
    } else {
        format!("{value:e}")
    }
}

/// A computed number without the noise of its last digit: `0.075` where halving a sum gave
/// `0.07500000000000001`.
pub fn figure(value: f64) -> String {
    written(format!("{value:.14e}").parse().unwrap_or(value))
}

/// Words as a sentence lists them: `a`, `a and b`, `a, b and c` with `and` as the last `link`.
pub fn joined<S: AsRef<str>>(words: &[S], link: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => {
            format!("{} {link} {last}", before.join(", "))
        }
        _ => words.concat(),
    }
}

/// A text as one word of a command, in quotes where a shell would read more into it. Brackets are
/// quoted too: zsh takes them for a pattern.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The beginnings of two long texts, such as fingerprints: 12 characters of each, or as many as it
/// takes to see that they differ.
pub fn told_apart(one: &str, other: &str) -> [String; 2] {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let shown = (same + 4).max(12);
    [one, other].map(|text| text.chars().take(shown).collect())
}

/// A word without what people write in different ways: capitals, hyphens, underscores and blanks.
pub fn bare(word: &str) -> String {
    word.to_lowercase().replace(['-', '_', ' '], "")
}

/// The one of the words in backticks of `expected` that was meant by `found`, where it is surely one:
/// `, which is written `resnet18``.
pub fn written_otherwise(found: &str, expected: &str) -> String {
    let words = expected.split('`').skip(1).step_by(2);
    let mut meant = words.filter(|word| bare(word) == bare(found));
    match (meant.next(), meant.next()) {
        (Some(word), None) => format!(", which is written `{word}`"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let texts = [0.075, -0.0, 12_000.0, 2.9e30, 1e-300, -1.5e-7, 0.000_01, 1e15];
        let expected = ["0.075", "0", "12000", "2.9e30", "1e-300", "-1.5e-7", "0.00001"];
        assert_eq!(texts.map(written)[..7], expected);
        assert_eq!(written(1e15), "1000000000000000");
        assert_eq!(written(f64::INFINITY), "inf");
        // 0.05 / 2 + 0.1 / 2 in binary.
        assert_eq!(figure(0.075_000_000_000_000_01), "0.075");
        assert_eq!(figure(123_456_789_012.25), "123456789012.25");
    }

    #[test]
    fn texts_that_differ_late_are_shown_as_far_as_they_differ() {
        let told = |one, other| told_apart(one, other).map(|text| text.len());
        assert_eq!(told("0123456789abcdef0123", "1123456789abcdef0123"), [12, 12]);
        assert_eq!(
            told_apart("0123456789abcdef01", "0123456789abcdff01"),
            ["0123456789abcdef01", "0123456789abcdff01"]
        );
        assert_eq!(told_apart("0123456789abcdef01", "0123"), ["0123456789ab", "0123"]);
        assert_eq!(told_apart("", "0123"), ["", "0123"]);
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        let joined = |words: &[&str]| joined(words, "or");
        assert_eq!(joined(&[]), "");
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b"]), "a or b");
        assert_eq!(joined(&["a", "b", "c"]), "a, b or c");
    }

    #[test]
    fn a_word_of_a_command_is_quoted_where_it_has_to_be() {
        assert_eq!(shell_word("runs/a-1"), "runs/a-1");
        assert_eq!(shell_word("größe=1e-3"), "größe=1e-3");
        assert_eq!(shell_word("my runs/it's"), r"'my runs/it'\''s'");
        assert_eq!(shell_word("network.hidden=[8]"), "'network.hidden=[8]'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn counts_are_set_apart_by_thousands_and_one_is_no_plural() {
        let texts = [0, 1, 2, 999, 1_000, 60_000, 1_234_567].map(|count| counted(count, "set"));
        let expected = ["0 sets", "1 set", "2 sets", "999 sets", "1,000 sets", "60,000 sets"];
        assert_eq!(texts[..6], expected);
        assert_eq!(texts[6], "1,234,567 sets");
    }

    #[test]
    fn a_word_that_is_written_otherwise_is_known() {
        let said = written_otherwise("ResNet-18", "one of `resnet18`, `resnet20`");
        assert_eq!(said, ", which is written `resnet18`");
        assert_eq!(written_otherwise("vgg", "one of `resnet18`, `resnet20`"), "");
    }
}
