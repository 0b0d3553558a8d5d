//! What a word is.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// How text becomes words. A line is a sentence: no window reaches over its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tokens {
    /// The words of Unicode's text segmentation, lower-cased. An underscore, with which books mark
    /// `_emphasis_`, counts as a space.
    ///
    /// **Source.** Unicode Standard Annex 29, "Word boundaries". **Differs from the source** in the
    /// underscore.
    #[default]
    Words,
    /// What stands between white space, as it is: text that was split already.
    AsIs,
}

/// What text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A word.
    Word(&'a str),
    /// The end of a line.
    LineEnd,
}

/// A word of more bytes is no word: it is left out, and counted.
pub const LONGEST_WORD: usize = 1_024;

impl Tokens {
    /// Where the last word, or what stands behind it, begins in a text; `None` where that is its start.
    pub fn last_bound(self, text: &str) -> Option<usize> {
        let bound = match self {
            Tokens::AsIs => text.char_indices().rfind(|(_, c)| c.is_whitespace()),
            Tokens::Words => {
                return text
                    .split_word_bound_indices()
                    .next_back()
                    .map(|(at, _)| at)
                    .filter(|&at| at > 0);
            }
        };
        bound.map(|(at, space)| at + space.len_utf8())
    }

    /// Shows `visit` each word and line end of `text` in order.
    pub fn each(self, text: &str, mut visit: impl FnMut(Token<'_>)) {
        for line in text.split_inclusive('\n') {
            match self {
                Tokens::AsIs => line.split_whitespace().for_each(|word| visit(Token::Word(word))),
                Tokens::Words => {
                    let lower = line.to_lowercase();
                    let words = lower.unicode_words().flat_map(|word| word.split('_'));
                    words.filter(|word| !word.is_empty()).for_each(|word| visit(Token::Word(word)));
                }
            }
            if line.ends_with('\n') {
                visit(Token::LineEnd);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tokens: Tokens, text: &str) -> Vec<String> {
        let mut told = Vec::new();
        tokens.each(text, |token| {
            told.push(match token {
                Token::Word(word) => word.to_owned(),
                Token::LineEnd => "⏎".to_owned(),
            });
        });
        told
    }

    #[test]
    fn words_are_unicode_words_in_lower_case() {
        let found = told(Tokens::Words, "Don't _panic_: 3.14 Ärger—naïve!\nΣΟΦΟΣ");
        assert_eq!(found, ["don't", "panic", "3.14", "ärger", "naïve", "⏎", "σοφος"]);
    }

    #[test]
    fn tokens_as_they_are_keep_case_and_signs() {
        assert_eq!(
            told(Tokens::AsIs, "New_York  is\tbig .\n"),
            ["New_York", "is", "big", ".", "⏎"]
        );
    }
}
