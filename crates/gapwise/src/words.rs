//! Word vectors from a corpus, whole: read, train, keep.

mod choice;

use std::{
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use gapwise_data::{
    Note,
    wording::{counted, thousands},
};
use gapwise_study::run::check_target;
use gapwise_words::{
    Checkpoints, WordsError, checkpoint_of,
    corpus::{Corpus, CorpusReport, Source},
    error::Standing,
    glove::{Glove, collect},
    train::{Ended, Matrix, Observer, Progress, TrainSettings, Training, Window},
    vectors::{Extras, Format, apart, save},
};
use serde::Serialize;
use serde_json::Value;

use crate::{Error, Fault};

pub use choice::{WordsChoice, WordsModel};

/// What came of a training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordsTrained {
    /// The vectors.
    pub vectors: PathBuf,
    /// Words with a vector.
    pub words: usize,
    /// Numbers of each.
    pub dimensions: usize,
    /// Words of the corpus.
    pub corpus_words: u64,
    /// Distinct words of the corpus.
    pub distinct: usize,
    /// Places of it that were no UTF-8 and were replaced.
    pub replaced: u64,
    /// Pieces of it without white space of more than 1,024 bytes, which were left out.
    pub overlong: u64,
    /// Files without a word.
    pub empty: Vec<PathBuf>,
    /// Distinct phrases that pairs of words became.
    pub phrases: usize,
    /// Words trained on in a second, over all epochs.
    pub words_per_second: f64,
    /// Seconds of training alone.
    pub seconds: f64,
    /// The window, by choice or by rule.
    pub window: usize,
    /// What the training and the reading of its corpus were set to, as a safetensors file keeps it.
    pub settings: Value,
    /// The mean loss of each epoch that ended in this training, in order.
    pub losses: Vec<EpochLoss>,
}

/// The mean loss of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EpochLoss {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Of a prediction, or of a co-occurrence for GloVe; `None` where none was looked at.
    pub loss: Option<f64>,
}

/// CorpusReport how a training goes on.
pub trait WordsObserver: Observer {
    /// Something that a person should know.
    fn note(&mut self, note: Note);
}

impl WordsObserver for () {
    fn note(&mut self, _: Note) {}
}

/// Trains vectors on a corpus and writes them.
///
/// # Errors
///
/// [`Error::Words`]: see [`Corpus::read`], [`Training::run`] and [`save`]; or it was stopped, with the
/// vectors so far written and a checkpoint beside them.
pub fn train(
    choice: &WordsChoice,
    observer: &mut dyn WordsObserver,
) -> Result<WordsTrained, Error> {
    choice.check()?;
    choice.format.map_or_else(|| Format::of_name(&choice.out), Ok)?;
    let checkpoint = checkpoint_of(&choice.out);
    if choice.resume && !checkpoint.is_file() {
        return Err(WordsError::NoCheckpoint { path: checkpoint }.into());
    }
    check_target(&choice.out).map_err(WordsError::from)?;
    let folder = choice.folder();
    std::fs::create_dir_all(folder).map_err(|source| io_of(folder, source))?;
    choice.corpus.iter().try_for_each(|corpus| apart(corpus, &choice.out))?;
    if !choice.resume && checkpoint.is_file() {
        observer.note(Note {
            said: format!(
                "`{}` is of a training that did not end; this one begins anew and takes its place",
                checkpoint.display()
            ),
            change_with: Some("--resume".into()),
        });
    }
    let sources: Vec<Source> = choice.corpus.iter().map(|path| Source::named(path)).collect();
    let corpus = Corpus::read(&sources, &choice.corpus_settings(folder))?;
    about(&corpus, observer);
    // Of the vectors' own, memory is to be the most of it.
    gapwise_kernels::memory::give_back();
    let window = choice.window.unwrap_or_else(|| {
        let window = Window::rule(corpus.words());
        observer.note(Note {
            said: format!(
                "windows reach {window} words to each side: the rule for {} words",
                thousands(corpus.words() as usize)
            ),
            change_with: Some("--window".into()),
        });
        window
    });
    if choice.threads > 1 {
        observer.note(Note {
            said: format!(
                "{} threads: another training will not give the same bits",
                choice.threads
            ),
            change_with: Some("--threads 1".into()),
        });
    }
    match choice.model {
        WordsModel::Word2vec(model, loss) => {
            word2vec(choice, &corpus, choice.word2vec((model, loss), window), observer)
        }
        WordsModel::Glove => glove(choice, (&corpus, window), observer),
    }
}

fn word2vec(
    choice: &WordsChoice,
    corpus: &Corpus,
    settings: TrainSettings,
    observer: &mut dyn WordsObserver,
) -> Result<WordsTrained, Error> {
    let checkpoint = checkpoint_of(&choice.out);
    let (window, epochs) = (settings.window.size, settings.epochs);
    let share = settings.subsampling.kept_of_all(corpus.vocabulary().counts());
    if share < 0.1 {
        observer.note(Note {
            said: format!("subsampling keeps {:.1} % of the words", 100.0 * share),
            change_with: Some("--subsample".into()),
        });
    }
    let mut training = if choice.resume {
        let training = Training::resume(corpus, settings, &checkpoint)?;
        goes_on(training.epochs_done(corpus), epochs, observer);
        training
    } else {
        Training::new(corpus, settings)?
    };
    gapwise_kernels::memory::give_back();
    let begun = Instant::now();
    let before = training.trained(corpus);
    let mut seen = Forwarded { observer, losses: Vec::new() };
    let kept = Checkpoints { path: &checkpoint, every: choice.checkpoint_every };
    let ended = training.run(corpus, Some(kept), &mut seen)?;
    let seconds = begun.elapsed().as_secs_f64().max(SHORTEST);
    let settings = training.made(corpus);
    let text = settings.to_string();
    let extras = Extras {
        counts: Some(corpus.vocabulary().counts()),
        outputs: Some(training.outputs()),
        settings: Some(&text),
    };
    let keep = |path: &Path| training.keep(corpus, path);
    finish(choice, ended, (corpus, training.vectors(), extras), keep)?;
    // Of the text, rare words with it, as other programs count.
    let share = corpus.told().words as f64 / corpus.words() as f64;
    let rate = (training.trained(corpus) - before) as f64 * share / seconds;
    let made = Made { window, seconds, words_per_second: rate, settings, losses: seen.losses };
    Ok(made.of(choice, corpus))
}

fn glove(
    choice: &WordsChoice,
    (corpus, window): (&Corpus, usize),
    observer: &mut dyn WordsObserver,
) -> Result<WordsTrained, Error> {
    let pairs = collect(corpus, window, choice.memory, choice.folder())?;
    observer.note(Note {
        said: format!("{} pairs of words occur near each other", thousands(pairs.len() as usize)),
        change_with: None,
    });
    let (words, settings) = (corpus.vocabulary().len(), choice.glove());
    let checkpoint = checkpoint_of(&choice.out);
    let mut glove = if choice.resume {
        let epochs = settings.epochs;
        let glove = Glove::resume(words, &pairs, settings, &checkpoint)?;
        goes_on(glove.epochs_done(&pairs), epochs, observer);
        glove
    } else {
        Glove::new(words, settings)?
    };
    gapwise_kernels::memory::give_back();
    let begun = Instant::now();
    let before = glove.trained();
    let kept = Checkpoints { path: &checkpoint, every: choice.checkpoint_every };
    let mut seen = Forwarded { observer, losses: Vec::new() };
    let ended = glove.run(&pairs, Some(kept), &mut seen)?;
    let seconds = begun.elapsed().as_secs_f64().max(SHORTEST);
    let settings = glove.made(&pairs);
    let text = settings.to_string();
    let extras =
        Extras { counts: Some(corpus.vocabulary().counts()), outputs: None, settings: Some(&text) };
    let keep = |path: &Path| glove.keep(&pairs, path);
    finish(choice, ended, (corpus, &glove.vectors(), extras), keep)?;
    let epochs = (glove.trained() - before) as f64 / pairs.len() as f64;
    let rate = corpus.told().words as f64 * epochs / seconds;
    let made = Made { window, seconds, words_per_second: rate, settings, losses: seen.losses };
    Ok(made.of(choice, corpus))
}

/// Seconds of a training, at least: of one that was all done before, none are left.
const SHORTEST: f64 = 1e-3;

/// Tells where a training goes on, of which so many epochs are done.
fn goes_on(done: usize, epochs: usize, observer: &mut dyn WordsObserver) {
    let said = if done < epochs {
        format!("goes on in epoch {} of {epochs}", done + 1)
    } else {
        format!("{} done before; the vectors are to be written", counted(epochs, "epoch"))
    };
    observer.note(Note { said, change_with: None });
}

/// Writes the vectors. What ended needs its checkpoint no more; what was stopped is told. Where they
/// cannot be written, `keep` writes a checkpoint of where the training stands.
fn finish(
    choice: &WordsChoice,
    ended: Ended,
    (corpus, vectors, extras): (&Corpus, &Matrix, Extras<'_>),
    keep: impl FnOnce(&Path) -> Result<(), WordsError>,
) -> Result<(), WordsError> {
    let format = choice.format.map_or_else(|| Format::of_name(&choice.out), Ok)?;
    let words = corpus.vocabulary().words();
    save(&choice.out, format, (words, vectors), extras).map_err(|error| {
        let WordsError::NotWritten(source) = error else { return error };
        let checkpoint = checkpoint_of(&choice.out);
        let standing = match keep(&checkpoint) {
            Ok(()) => Standing::Now,
            Err(_) if checkpoint.is_file() => Standing::Before,
            Err(_) => return WordsError::NotWritten(source),
        };
        WordsError::Unsaved { source, checkpoint, standing }
    })?;
    if let Ended::Stopped { epoch } = ended {
        return Err(WordsError::Stopped { path: choice.out.clone(), epoch });
    }
    // It may never have been written.
    let _ = std::fs::remove_file(checkpoint_of(&choice.out));
    Ok(())
}

/// How a training went.
struct Made {
    window: usize,
    seconds: f64,
    words_per_second: f64,
    settings: Value,
    losses: Vec<EpochLoss>,
}

impl Made {
    fn of(self, choice: &WordsChoice, corpus: &Corpus) -> WordsTrained {
        let Made { window, seconds, words_per_second, settings, losses } = self;
        let told = corpus.told();
        WordsTrained {
            vectors: choice.out.clone(),
            words: corpus.vocabulary().len(),
            dimensions: choice.dimensions,
            corpus_words: told.words,
            distinct: told.distinct,
            replaced: told.replaced(),
            overlong: told.overlong,
            empty: told.empty.iter().map(Source::path).collect(),
            phrases: told.phrases,
            words_per_second,
            seconds,
            window,
            settings,
            losses,
        }
    }
}

/// What was read, and what was left out or mended.
fn about(corpus: &Corpus, observer: &mut dyn WordsObserver) {
    let &CorpusReport { words, distinct, overlong, phrases, ref mended, ref empty } = corpus.told();
    let mut said = |said: String, change_with: Option<&'static str>| {
        observer.note(Note { said, change_with: change_with.map(Into::into) });
    };
    said(
        format!(
            "{} words, {} of them distinct; {} occur often enough to have a vector",
            thousands(words as usize),
            thousands(distinct),
            thousands(corpus.vocabulary().len())
        ),
        Some("--min-count"),
    );
    for source in empty {
        said(format!("{source} has no word"), None);
    }
    for of in mended {
        let doubt = "; not UTF-8? `iconv -f latin1 -t utf-8`";
        said(
            format!(
                "{}: {}, no UTF-8, replaced by U+FFFD{}",
                of.source,
                counted(of.pieces as usize, "piece"),
                if of.is_of_another_encoding() { doubt } else { "" }
            ),
            None,
        );
    }
    if overlong > 0 {
        said(
            format!(
                "{} of more than 1,024 bytes without a space left out",
                counted(overlong as usize, "piece")
            ),
            None,
        );
    }
    if phrases > 0 {
        said(format!("{}, of words that belong together", counted(phrases, "phrase")), None);
    }
}

/// Tells an observer, and notes the loss with which each epoch ends.
struct Forwarded<'a> {
    observer: &'a mut dyn WordsObserver,
    losses: Vec<EpochLoss>,
}

impl Observer for Forwarded<'_> {
    fn progress(&mut self, progress: Progress) -> bool {
        let Progress { epoch, epochs, done, total, loss } = progress;
        if done * epochs as u64 >= total * epoch as u64 {
            // Several threads may tell of the end; the last has all of it.
            self.losses.retain(|of| of.epoch != epoch);
            self.losses.push(EpochLoss { epoch, loss });
        }
        self.observer.progress(progress)
    }

    fn unkept(&mut self, error: &WordsError) {
        self.observer.unkept(error);
    }
}

fn io_of(path: &Path, source: io::Error) -> WordsError {
    WordsError::Io { path: path.to_owned(), source }
}

/// Whose turn it is to mend an error.
pub(crate) fn fault(error: &WordsError) -> Fault {
    match error {
        WordsError::Io { source, .. } => crate::error::of_io(source),
        WordsError::NotWritten(error) | WordsError::Unsaved { source: error, .. } => {
            crate::error::of_run(error)
        }
        WordsError::Scratch { .. }
        | WordsError::Diverged { .. }
        | WordsError::NotIndexed { .. }
        | WordsError::IndexStopped { .. }
        | WordsError::Stopped { .. } => Fault::Running,
        _ => Fault::Input,
    }
}
