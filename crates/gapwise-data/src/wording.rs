//! Counts in sentences.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_set_apart_by_thousands_and_one_is_no_plural() {
        let texts = [0, 1, 2, 999, 1_000, 60_000, 1_234_567].map(|count| counted(count, "set"));
        let expected = ["0 sets", "1 set", "2 sets", "999 sets", "1,000 sets", "60,000 sets"];
        assert_eq!(texts[..6], expected);
        assert_eq!(texts[6], "1,234,567 sets");
    }
}
