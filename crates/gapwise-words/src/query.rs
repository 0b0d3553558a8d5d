//! What vectors say: which words are near, analogies, and how well they do on known ones.

mod analogy;
mod evaluate;
mod explain;
mod index;
mod spearman;

use std::collections::HashSet;

use serde::Serialize;

use crate::{WordsError, vectors::Vectors};

pub use analogy::{AnalogyRule, analogy};
pub use evaluate::{Evaluation, Section, evaluate};
pub use explain::{Explained, Factor, explain};
pub use index::{Index, MANY_WORDS, index_of};
pub use spearman::{Correlation, spearman};

/// A word and how near it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Near {
    /// The word.
    pub word: String,
    /// Its score: the cosine, or what the rule of an analogy gives.
    pub score: f32,
}

/// The `count` words whose vectors have the largest cosine with that of `word`, itself left out.
///
/// The cosine of u and v is uᵀv / (‖u‖ ‖v‖), as the notes have it. Exact: every vector is looked at.
///
/// # Errors
///
/// The word has no vector, or a vector is not finite.
pub fn similar(vectors: &Vectors, word: &str, count: usize) -> Result<Vec<Near>, WordsError> {
    let number = vectors.number(word)?;
    let cosines = vectors.cosines(&vectors.vector(number)?)?;
    // A word that comes again is no neighbour of itself.
    let same: Vec<usize> = vectors.alike(number).collect();
    Ok(best(vectors, &cosines, &same, count))
}

/// The cosine of two words' vectors.
///
/// # Errors
///
/// One of them has no vector, or one that is not finite.
pub fn compare(vectors: &Vectors, [one, other]: [&str; 2]) -> Result<f64, WordsError> {
    let [one, other] = [vectors.number(one)?, vectors.number(other)?];
    Ok(cosine(&vectors.vector(one)?, &vectors.vector(other)?))
}

/// The cosine; 0 where one of the two is zero.
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    if lengths > 0.0 { dot(one, other) / lengths } else { 0.0 }
}

/// The words with the highest scores but for `without`, highest first; of equals, the first.
fn best(vectors: &Vectors, scores: &[f32], without: &[usize], count: usize) -> Vec<Near> {
    let scored = scores.iter().copied().zip(0..).filter(|(_, at)| !without.contains(at)).collect();
    best_of(vectors, scored, count)
}

/// The words of the highest scores, highest first; of equals, the first. A word that comes again is
/// listed once, with its best score.
fn best_of(vectors: &Vectors, mut found: Vec<(f32, usize)>, count: usize) -> Vec<Near> {
    let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let mut sorted = count;
    loop {
        sorted = sorted.min(found.len());
        if sorted > 0 && sorted < found.len() {
            found.select_nth_unstable_by(sorted - 1, order);
        }
        found[..sorted].sort_unstable_by(order);
        let mut listed = HashSet::new();
        let firsts = found[..sorted].iter().filter(|(_, at)| listed.insert(vectors.word(*at)));
        let near = |&(score, at): &(f32, usize)| Near { word: vectors.word(at).to_owned(), score };
        let near: Vec<Near> = firsts.take(count).map(near).collect();
        // Where words came again, there are fewer than were looked at.
        if near.len() == count || sorted == found.len() {
            return near;
        }
        sorted = sorted.saturating_mul(2);
    }
}
