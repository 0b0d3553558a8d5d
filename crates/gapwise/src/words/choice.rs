//! What a training of word vectors is asked for.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use gapwise_words::{
    WordsError,
    corpus::{CorpusSettings, PhraseRule, Subsampling, Tokens},
    glove::GloveSettings,
    train::{Loss, Model, TrainSettings, Window},
    vectors::Format,
};

/// Which vectors to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsModel {
    /// word2vec, and how it predicts.
    Word2vec(Model, Loss),
    /// GloVe.
    Glove,
}

/// What was typed; `None` is the default, which depends on the model or the corpus.
#[derive(Debug, Clone)]
pub struct WordsChoice {
    /// Files of text, `-` for standard input.
    pub corpus: Vec<PathBuf>,
    /// Where the vectors go.
    pub out: PathBuf,
    /// In which format; by the name of `out`.
    pub format: Option<Format>,
    /// Which vectors.
    pub model: WordsModel,
    /// How text becomes words.
    pub tokens: Tokens,
    /// Words that occur less often are left out.
    pub min_count: u64,
    /// Whether pairs that belong together become one word.
    pub phrases: Option<PhraseRule>,
    /// Words to each side.
    pub window: Option<usize>,
    /// Whether windows shrink at random.
    pub shrinks: bool,
    /// What is passed over.
    pub subsampling: Subsampling,
    /// Numbers of a vector.
    pub dimensions: usize,
    /// Passes over the corpus.
    pub epochs: Option<usize>,
    /// At the beginning.
    pub learning_rate: Option<f64>,
    /// Threads.
    pub threads: usize,
    /// Of every draw.
    pub seed: u64,
    /// Bytes for counting co-occurrences.
    pub memory: usize,
    /// GloVe's weight from which a pair counts fully.
    pub x_max: f64,
    /// Go on from the checkpoint beside `out`.
    pub resume: bool,
    /// How often to keep a checkpoint.
    pub checkpoint_every: Duration,
}

impl WordsChoice {
    /// Refuses what cannot be, before the corpus is read.
    pub(super) fn check(&self) -> Result<(), WordsError> {
        if self.corpus.iter().filter(|path| *path == Path::new("-")).count() > 1 {
            return Err(WordsError::Setting {
                setting: "CORPUS",
                expected: "standard input once",
                found: "`-` again".into(),
            });
        }
        if self.memory == 0 {
            return Err(WordsError::Setting {
                setting: "--memory",
                expected: "1 MiB or more",
                found: "`0`".into(),
            });
        }
        self.corpus_settings(Path::new("")).check()?;
        let window = self.window.unwrap_or(Window::rule(0));
        match self.model {
            WordsModel::Word2vec(model, loss) => self.word2vec((model, loss), window).check(),
            WordsModel::Glove => {
                self.glove().check()?;
                Window { size: window, shrinks: false }.check()
            }
        }
    }

    pub(super) fn corpus_settings(&self, scratch: &Path) -> CorpusSettings {
        CorpusSettings {
            tokens: self.tokens,
            min_count: self.min_count,
            phrases: self.phrases,
            scratch: scratch.to_owned(),
        }
    }

    /// Where the vectors go, and files beside them.
    pub(super) fn folder(&self) -> &Path {
        let folder = self.out.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    pub(super) fn word2vec(&self, (model, loss): (Model, Loss), window: usize) -> TrainSettings {
        TrainSettings {
            model,
            loss,
            window: Window { size: window, shrinks: self.shrinks },
            subsampling: self.subsampling,
            dimensions: self.dimensions,
            epochs: self.epochs.unwrap_or(5),
            learning_rate: self.learning_rate.unwrap_or(TrainSettings::learning_rate_of(model)),
            threads: self.threads,
            seed: self.seed,
        }
    }

    pub(super) fn glove(&self) -> GloveSettings {
        let defaults = GloveSettings::default();
        GloveSettings {
            dimensions: self.dimensions,
            epochs: self.epochs.unwrap_or(defaults.epochs),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            most: self.x_max,
            threads: self.threads,
            seed: self.seed,
            ..defaults
        }
    }
}
