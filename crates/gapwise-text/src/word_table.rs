//! Words and their numbers.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct words, numbered from 0 in the order in which they came; their text is one buffer.
#[derive(Debug, Clone, Default)]
pub struct WordTable {
    text: String,
    /// Where the text of each word ends.
    ends: Vec<u64>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl WordTable {
    /// Words in it.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word of this number, below [`WordTable::len`].
    #[inline]
    pub fn word(&self, number: usize) -> &str {
        text_of(&self.text, &self.ends, number)
    }

    /// The words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.word(number))
    }

    /// The number of a word.
    #[inline]
    pub fn number(&self, word: &str) -> Option<usize> {
        let same = |&number: &u32| self.word(number as usize) == word;
        self.numbers.find(self.hash(word), same).map(|&number| number as usize)
    }

    /// The number of a word, which is added where it is new. `None` where there is no number left:
    /// 2³¹ − 1 words can be told apart.
    #[inline]
    pub fn add(&mut self, word: &str) -> Option<u32> {
        let hash = self.hash(word);
        let WordTable { text, ends, numbers, hasher } = self;
        let same = |&number: &u32| text_of(text, ends, number as usize) == word;
        if let Some(&number) = numbers.find(hash, same) {
            return Some(number);
        }
        let number = u32::try_from(ends.len()).ok().filter(|&number| number < MOST)?;
        text.push_str(word);
        ends.push(text.len() as u64);
        numbers.insert_unique(hash, number, |&number| {
            hasher.hash_one(text_of(text, ends, number as usize).as_bytes())
        });
        Some(number)
    }

    /// The words' text, one behind the other.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the text of each word ends.
    pub fn ends(&self) -> &[u64] {
        &self.ends
    }

    #[inline]
    fn hash(&self, word: &str) -> u64 {
        self.hasher.hash_one(word.as_bytes())
    }
}

/// Words that can be told apart: half of the numbers, the other half is for nodes of a tree.
const MOST: u32 = u32::MAX >> 1;

#[inline]
fn text_of<'a>(text: &'a str, ends: &[u64], number: usize) -> &'a str {
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start as usize..ends[number] as usize]
}

impl<T: Hash + AsRef<str>> FromIterator<T> for WordTable {
    /// Words that come again keep their first number; those that no number is left for are left out.
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        let mut table = WordTable::default();
        for word in words {
            table.add(word.as_ref());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::WordTable;

    #[test]
    fn words_are_numbered_as_they_come() {
        let table: WordTable = ["fox", "the", "fox", "", "dog"].into_iter().collect();
        assert_eq!(table.iter().collect::<Vec<_>>(), ["fox", "the", "", "dog"]);
        assert_eq!(
            (table.number("dog"), table.number(""), table.number("cat")),
            (Some(3), Some(2), None)
        );
    }
}
