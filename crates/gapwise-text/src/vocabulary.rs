//! The words that have vectors, with how often they occur.

use std::cmp::Reverse;

use crate::WordTable;

/// Words with how often they occur: in a corpus by falling frequency, number 0 being the most frequent, and
/// words as frequent by their text.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    words: WordTable,
    counts: Vec<u64>,
}

impl Vocabulary {
    /// Words with how often each occurs, in this order. A word without a count has 1.
    pub fn new(words: WordTable, mut counts: Vec<u64>) -> Self {
        counts.resize(words.len(), 1);
        Vocabulary { words, counts }
    }

    /// The words of `counted` that occur `minimum` times or more, and the new number of each old one.
    pub fn chosen(counted: &Vocabulary, minimum: u64) -> (Self, Vec<u32>) {
        let mut kept: Vec<u32> = (0..counted.len() as u32)
            .filter(|&old| counted.counts[old as usize] >= minimum)
            .collect();
        // Of words as frequent, by their text: the Huffman tree is then the same in whatever order the
        // corpus's files come.
        let place = |old: u32| (Reverse(counted.counts[old as usize]), counted.word(old as usize));
        kept.sort_unstable_by(|&one, &other| place(one).cmp(&place(other)));
        let mut numbers = vec![DROPPED; counted.len()];
        let mut words = WordTable::default();
        for (new, &old) in kept.iter().enumerate() {
            numbers[old as usize] = new as u32;
            words.add(counted.word(old as usize));
        }
        let counts = kept.iter().map(|&old| counted.counts[old as usize]).collect();
        (Vocabulary { words, counts }, numbers)
    }

    /// Words in it.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word of this number, below [`Vocabulary::len`].
    pub fn word(&self, number: usize) -> &str {
        self.words.word(number)
    }

    /// The words in order.
    pub fn words(&self) -> &WordTable {
        &self.words
    }

    /// The number of a word.
    #[inline]
    pub fn number(&self, word: &str) -> Option<usize> {
        self.words.number(word)
    }

    /// How often each word occurs in the corpus.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How often its words occur together.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// The number of a word that is too rare.
pub const DROPPED: u32 = u32::MAX - 1;
