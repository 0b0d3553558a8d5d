//! Pairs of words that belong together.

use std::{collections::HashMap, fs::File, io::Write};

use serde::Serialize;

use super::{
    Vocabulary, WordTable,
    stream::{SENTENCE_END, Scratch},
};
use crate::WordsError;

/// When two words that follow each other become one, joined by an underscore.
///
/// A pair ab is joined where (count(ab) − δ) / (count(a) · count(b)) · N is above the threshold, δ being
/// the minimum count and N the words of the text; the first pair of overlapping ones.
///
/// **Source.** Mikolov et al., "Distributed representations of words and phrases and their
/// compositionality" (2013), equation 6, with the factor N of their program `word2phrase`.
///
/// **Differs from the source.** Nothing; their program forgets rare pairs where its table fills up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PhraseRule {
    /// The score above which a pair is joined; the higher, the fewer phrases.
    pub threshold: f64,
}

impl Default for PhraseRule {
    /// 100, as the program has it.
    fn default() -> Self {
        PhraseRule { threshold: 100.0 }
    }
}

/// The same text with its phrases joined, and how many distinct ones there are.
pub(super) fn join(
    rule: PhraseRule,
    (counted, numbers): (Vocabulary, File),
    min_count: u64,
    scratch: &Scratch,
) -> Result<(Vocabulary, File, usize), WordsError> {
    let frequent =
        |number: u32| number != SENTENCE_END && counted.counts()[number as usize] >= min_count;
    let mut pairs: HashMap<(u32, u32), u64> = HashMap::new();
    let mut before = SENTENCE_END;
    let numbers = scratch.each(numbers, |number| {
        if frequent(before) && frequent(number) {
            *pairs.entry((before, number)).or_default() += 1;
        }
        before = number;
        Ok(())
    })?;
    let total = counted.total();
    pairs.retain(|&(a, b), count| {
        let product = counted.counts()[a as usize] as f64 * counted.counts()[b as usize] as f64;
        *count >= min_count && (*count - min_count) as f64 / product * total as f64 > rule.threshold
    });

    // Phrases are numbered behind the words, in the order in which they come.
    let mut words: WordTable = counted.words().iter().collect();
    let mut counts = counted.counts().to_vec();
    let mut writer = scratch.writer()?;
    let mut waiting: Option<u32> = None;
    let mut put = |number: u32| writer.write_all(&number.to_le_bytes());
    scratch.each(numbers, |number| {
        let Some(first) = waiting.replace(number) else { return Ok(()) };
        if !pairs.contains_key(&(first, number)) {
            return put(first);
        }
        let joined = format!("{}_{}", counted.word(first as usize), counted.word(number as usize));
        // There is room: a text has fewer pairs than numbers.
        let Some(phrase) = words.add(&joined) else { return put(first) };
        counts.resize(words.len(), 0);
        counts[first as usize] -= 1;
        counts[number as usize] -= 1;
        counts[phrase as usize] += 1;
        waiting = None;
        put(phrase)
    })?;
    if let Some(last) = waiting {
        put(last).map_err(|error| scratch.error(error))?;
    }
    let found = words.len() - counted.len();
    Ok((Vocabulary::new(words, counts), scratch.written(writer)?, found))
}
