//! How a word is predicted from another, step by step.

use serde::Serialize;

use crate::{HuffmanTree, WordsError, train::TrainSettings, vectors::Vectors};

/// What subsampling keeps of two words, and the probability of one given the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// How often each word occurs.
    pub counts: [u64; 2],
    /// The probability that an occurrence is kept; `None` for GloVe, which passes over none.
    pub kept: Option<[f64; 2]>,
    /// The turns to the second word with their probabilities, from the root; empty where the vectors
    /// were not trained by hierarchical softmax.
    pub path: Vec<Factor>,
    /// The product of the path's probabilities.
    pub probability: Option<f64>,
}

/// One factor of the notes' equation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Factor {
    /// The inner node, n(w, j).
    pub node: u32,
    /// Whether the path goes on to its left child: ⟦n(w, j+1) = ch(n(w, j))⟧ is 1, else −1.
    pub left: bool,
    /// v'ᵀh.
    pub logit: f64,
    /// σ(±v'ᵀh).
    pub probability: f64,
}

/// The probability of `word` in the window of `context`: p(w) = ∏ σ(⟦n(w, j+1) = ch(n(w, j))⟧ v'ᵀh) over
/// the inner nodes of its path, h being the vector of `context`.
///
/// # Errors
///
/// A word has no vector, or the file has no counts or settings: only a safetensors file of
/// `gapwise words train` has them.
pub fn explain(vectors: &Vectors, [context, word]: [&str; 2]) -> Result<Explained, WordsError> {
    let [context, word] = [vectors.number(context)?, vectors.number(word)?];
    let lacks = |lacks| WordsError::Lacks { path: vectors.path().to_owned(), lacks };
    let counts = vectors.counts().ok_or_else(|| lacks("counts of words"))?;
    let total = counts.iter().sum();
    // What GloVe is set to does not read as what word2vec is set to.
    let settings = vectors.settings().ok_or_else(|| lacks("settings of its training"))?;
    let settings: Option<TrainSettings> = serde_json::from_str(settings).ok();
    let of = [context, word].map(|at| counts[at]);
    let kept = settings.map(|set| of.map(|count| set.subsampling.kept(count, total)));
    // A tree has one inner node fewer than words.
    let Some(nodes) = vectors.outputs()?.filter(|nodes| nodes.rows() + 1 == vectors.len()) else {
        return Ok(Explained { counts: of, kept, path: Vec::new(), probability: None });
    };
    let hidden = vectors.vector(context)?;
    let factor = |turn: crate::Turn| {
        let node = nodes.row(turn.node as usize);
        let logit: f64 = node.iter().zip(&hidden).map(|(n, h)| f64::from(*n) * f64::from(*h)).sum();
        let sign = if turn.right { -1.0 } else { 1.0 };
        let probability = 1.0 / (1.0 + (-sign * logit).exp());
        Factor { node: turn.node, left: !turn.right, logit, probability }
    };
    let path: Vec<Factor> = HuffmanTree::new(counts).path(word).into_iter().map(factor).collect();
    let probability = path.iter().map(|factor| factor.probability).product();
    Ok(Explained { counts: of, kept, path, probability: Some(probability) })
}
