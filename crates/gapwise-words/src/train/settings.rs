//! What a training of word2vec is set to.

use serde::{Deserialize, Serialize};

use crate::{WordsError, corpus::Subsampling};

/// Which words predict which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Each word of the window is paired with the word in its middle.
    SkipGram,
    /// The mean of the window's words predicts the word in its middle: "continuous bag of words".
    Cbow,
}

/// How a word is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// By the turns on its path in a Huffman tree.
    HierarchicalSoftmax,
    /// As told from words drawn by their frequency to the power of ¾.
    NegativeSampling {
        /// Words drawn for each window, and for four windows of CBOW together, 1 to 64.
        negatives: usize,
    },
}

/// How far a window reaches to each side of the word in its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Words to each side, 1 to 1,000.
    pub size: usize,
    /// Whether each window has a size of its own, drawn from 1 to `size` as in word2vec: near words
    /// weigh more.
    pub shrinks: bool,
}

impl Window {
    /// Refuses what cannot be.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`].
    pub fn check(&self) -> Result<(), WordsError> {
        check(&[("--window", "1 to 1,000", (1..=1_000).contains(&self.size), &self.size)])
    }

    /// The notes' rule, for a corpus of `words`: 5 to 20 for small ones and 2 to 5 for large ones. It is
    /// 10 below a million words, 5 below 100 million, and 3 from there on.
    pub fn rule(words: u64) -> usize {
        match words {
            0..1_000_000 => 10,
            1_000_000..100_000_000 => 5,
            _ => 3,
        }
    }
}

/// What a training is set to.
///
/// **Source.** Mikolov et al., "Efficient estimation of word representations in vector space" (2013) and
/// "Distributed representations of words and phrases and their compositionality" (2013); defaults of the
/// program `word2vec`.
///
/// **Differs from the source.** The gradients of a window are computed from the same weights and added
/// at once, sixteen context words at a time, and negative samples are drawn once for each window, of CBOW
/// for four windows: Ji et al., "Parallelizing word2vec in shared and distributed memory" (2016), and its
/// thought carried to CBOW, whose windows have one prediction each. Of hierarchical softmax, each of
/// several threads works on copies of the 64 nodes next to the root, which meet after 16 uses. The logistic function is not
/// cut off at ±6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainSettings {
    /// Which words predict which.
    pub model: Model,
    /// How.
    pub loss: Loss,
    /// How far windows reach.
    pub window: Window,
    /// What is passed over.
    pub subsampling: Subsampling,
    /// Numbers of a vector, 1 to 65,536.
    pub dimensions: usize,
    /// Passes over the corpus, at least 1.
    pub epochs: usize,
    /// At the beginning; it falls in a straight line to a ten-thousandth of this at the end.
    pub learning_rate: f64,
    /// Threads; with one the same seed gives the same bits, with several it does not. At least 1.
    pub threads: usize,
    /// Of every draw.
    pub seed: u64,
}

impl TrainSettings {
    /// Defaults for a corpus of `words`: skip-gram with five negatives, 100 dimensions, 5 epochs, the
    /// window of [`Window::rule`], one thread.
    pub fn new(model: Model, words: u64) -> Self {
        TrainSettings {
            model,
            loss: Loss::NegativeSampling { negatives: 5 },
            window: Window { size: Window::rule(words), shrinks: true },
            subsampling: Subsampling::default(),
            dimensions: 100,
            epochs: 5,
            learning_rate: Self::learning_rate_of(model),
            threads: 1,
            seed: 1,
        }
    }

    /// The learning rate that word2vec begins with: 0.025, and 0.05 for CBOW.
    pub fn learning_rate_of(model: Model) -> f64 {
        match model {
            Model::SkipGram => 0.025,
            Model::Cbow => 0.05,
        }
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    ///
    /// [`WordsError::Setting`] with the first such setting.
    pub fn check(&self) -> Result<(), WordsError> {
        self.window.check()?;
        let negatives = match self.loss {
            Loss::NegativeSampling { negatives } => negatives,
            Loss::HierarchicalSoftmax => 1,
        };
        let share = self.subsampling.threshold;
        let rate = self.learning_rate;
        check(&[
            ("--negatives", "1 to 64", (1..=64).contains(&negatives), &negatives),
            ("--subsample", "a share from 0 to 1", (0.0..=1.0).contains(&share), &share),
            (
                "--dimensions",
                "1 to 65,536",
                (1..=65_536).contains(&self.dimensions),
                &self.dimensions,
            ),
            ("--epochs", "1 to 1,000,000", (1..=1_000_000).contains(&self.epochs), &self.epochs),
            ("--learning-rate", "a number above 0, at most 10", rate > 0.0 && rate <= 10.0, &rate),
            ("--threads", "1 to 1,024", (1..=1_024).contains(&self.threads), &self.threads),
        ])
    }
}

/// A flag, what it may be, whether it is, and what it is.
pub(crate) type Checked<'a> = (&'static str, &'static str, bool, &'a dyn std::fmt::Display);

/// The first setting that is not what it may be.
pub(crate) fn check(settings: &[Checked<'_>]) -> Result<(), WordsError> {
    match settings.iter().find(|(_, _, holds, _)| !holds) {
        Some((setting, expected, _, found)) => {
            Err(WordsError::Setting { setting, expected, found: format!("`{found}`") })
        }
        None => Ok(()),
    }
}
