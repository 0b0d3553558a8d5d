//! Text as words and numbers, below word vectors and networks: what a word is ([`Tokens`]), which words
//! there are ([`WordTable`]), and how often each occurs ([`Vocabulary`]).
//!
//! ```
//! use gapwise_text::{Token, Tokens, WordTable};
//!
//! let mut words = WordTable::default();
//! Tokens::Words.each("The fox, the FOX!", |token| {
//!     if let Token::Word(word) = token {
//!         words.add(word);
//!     }
//! });
//! assert_eq!(words.iter().collect::<Vec<_>>(), ["the", "fox"]);
//! assert_eq!(words.number("fox"), Some(1));
//! ```

mod tokens;
mod vocabulary;
mod word_table;

pub use tokens::{LONGEST_WORD, Token, Tokens};
pub use vocabulary::{DROPPED, Vocabulary};
pub use word_table::WordTable;
