//! Where a training stands, in a file.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    WordsError,
    train::Matrix,
    vectors::tensors::{self, Numbers, Tensor},
};

/// Where a training keeps its checkpoint, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoints<'a> {
    /// The file.
    pub path: &'a Path,
    /// From one to the next.
    pub every: Duration,
}

/// The checkpoint of the training that writes its vectors to `vectors`.
pub fn checkpoint_of(vectors: &Path) -> PathBuf {
    let mut name = vectors.file_name().unwrap_or_default().to_owned();
    name.push(".checkpoint");
    vectors.with_file_name(name)
}

/// Which training a checkpoint is of.
pub(crate) struct TrainingIdentity<'a> {
    /// "word2vec" or "glove".
    pub(crate) model: &'static str,
    settings: Value,
    /// The hash of what it learns from.
    data: &'a str,
}

/// What a training is set to and how what it learns from came to be, side by side.
pub(crate) fn made(training: &impl Serialize, data: &impl Serialize) -> Value {
    #[derive(Serialize)]
    struct Made<'a, T, D> {
        #[serde(flatten)]
        training: &'a T,
        #[serde(flatten)]
        data: &'a D,
    }
    serde_json::to_value(Made { training, data }).unwrap_or_default()
}

impl<'a> TrainingIdentity<'a> {
    /// A training that is set to `settings`, on data of this hash.
    pub(crate) fn new(model: &'static str, settings: Value, data: &'a str) -> Self {
        TrainingIdentity { model, settings, data }
    }

    /// Writes how far the training is and its weights, whole or not at all.
    pub(crate) fn keep(
        &self,
        path: &Path,
        stand: TrainingProgress,
        matrices: [(&'static str, &Matrix); 2],
    ) -> Result<(), WordsError> {
        let about = [
            ("model", self.model.to_owned()),
            ("settings", self.settings.to_string()),
            ("data", self.data.to_owned()),
            ("done", stand.done.to_string()),
            // The shortest digits that give the same bits back.
            ("sum", stand.sum.to_string()),
            ("seen", stand.seen.to_string()),
            ("windows", stand.windows.to_string()),
            ("hash", stand.hash(matrices.map(|(_, matrix)| matrix))),
        ];
        let tensor = |(name, matrix)| Tensor { name, numbers: Numbers::Rows(matrix) };
        tensors::write(path, &about, &matrices.map(tensor))
    }

    /// Brings the weights back to where the checkpoint stands, and says how far that is: at most `all`
    /// is done.
    ///
    /// # Errors
    ///
    /// There is no checkpoint, it is damaged, or it is of another training; the number of threads may
    /// differ.
    pub(crate) fn restore(
        &self,
        path: &Path,
        all: u64,
        matrices: [(&'static str, &mut Matrix); 2],
    ) -> Result<TrainingProgress, WordsError> {
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => WordsError::NoCheckpoint { path: path.to_owned() },
            _ => WordsError::Io { path: path.to_owned(), source },
        })?;
        let damaged =
            |found: &str| WordsError::NotACheckpoint { path: path.to_owned(), found: found.into() };
        let told = |error| match error {
            WordsError::Malformed { .. } => damaged("another or a damaged file"),
            other => other,
        };
        let file = tensors::File::of(path, &bytes).map_err(told)?;
        let about = file.about();
        if !about.contains_key("settings") || !about.contains_key("hash") {
            return Err(damaged("another or a damaged file"));
        }
        let differs = self.differs(about);
        if !differs.is_empty() {
            return Err(WordsError::OtherTraining { path: path.to_owned(), differs });
        }
        let stand = TrainingProgress::of(about).filter(|stand| stand.done <= all);
        let stand = stand.ok_or_else(|| damaged("no number of how far it is"))?;
        let mut filled = Vec::new();
        for (name, matrix) in matrices {
            let numbers = file.singles(name).map_err(told)?;
            fill(matrix, numbers).ok_or_else(|| damaged("weights of another size"))?;
            filled.push(&*matrix);
        }
        if about.get("hash") != Some(&stand.hash(filled)) {
            return Err(damaged("bytes that have changed since it was written"));
        }
        Ok(stand)
    }

    /// What is not as the checkpoint says, with both values.
    fn differs(&self, about: &HashMap<String, String>) -> Vec<String> {
        let kept = |key: &str| about.get(key).map(String::as_str).unwrap_or_default();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        // Both by way of text, which may change the last bit of a number.
        let (was, is) = (read(kept("settings")), read(&self.settings.to_string()));
        if kept("model") != self.model {
            // Of word2vec, the flag names what is trained.
            let named = |settings: &Value, model: &str| {
                settings["model"].as_str().map_or(model.to_owned(), str::to_owned)
            };
            let (was, is) = (named(&was, kept("model")), named(&is, self.model));
            return vec![format!("`--model` was {was} and is {is}")];
        }
        let (was, is) = (flags(&was), flags(&is));
        let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let value = |of: &Flags, key: &String| of.get(key).map_or("not set".into(), Clone::clone);
        // What threads do to each other does not depend on how many there are.
        let other =
            keys.into_iter().filter(|key| *key != "--threads" && was.get(*key) != is.get(*key));
        let said = |key| format!("`{key}` was {} and is {}", value(&was, key), value(&is, key));
        let mut differs: Vec<String> = other.map(said).collect();
        if differs.is_empty() && kept("data") != self.data {
            differs.push("the corpus changed".into());
        }
        differs
    }
}

/// How far a training is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TrainingProgress {
    /// Chunks or co-occurrences, over all epochs.
    pub(crate) done: u64,
    /// The sum of the losses of the epoch that goes on.
    pub(crate) sum: f64,
    /// How many losses that is the sum of.
    pub(crate) seen: u64,
    /// Windows that were learnt from, over all epochs; 0 for GloVe.
    pub(crate) windows: u64,
}

impl TrainingProgress {
    /// What a checkpoint's header says.
    fn of(about: &HashMap<String, String>) -> Option<Self> {
        let number = |key| about.get(key)?.parse().ok();
        let (done, seen, windows) = (number("done")?, number("seen")?, number("windows")?);
        Some(TrainingProgress { done, sum: about.get("sum")?.parse().ok()?, seen, windows })
    }

    /// A hash of this and the weights.
    fn hash<'a>(&self, matrices: impl IntoIterator<Item = &'a Matrix>) -> String {
        let mut hash = blake3::Hasher::new();
        for number in [self.done, self.sum.to_bits(), self.seen, self.windows] {
            hash.update(&number.to_le_bytes());
        }
        let mut bytes = Vec::new();
        for matrix in matrices {
            for row in 0..matrix.rows() {
                bytes.clear();
                bytes.extend(matrix.row(row).iter().flat_map(|number| number.to_le_bytes()));
                hash.update(&bytes);
            }
        }
        hash.finalize().to_hex().to_string()
    }
}

/// Flags with their values as a person types them.
type Flags = BTreeMap<String, String>;

/// The flags that give these settings; those that are not set are missing.
fn flags(settings: &Value) -> Flags {
    let mut flags = Flags::new();
    for (key, value) in settings.as_object().into_iter().flatten() {
        add_flags(key, value, &mut flags);
    }
    flags
}

fn add_flags(key: &str, value: &Value, flags: &mut Flags) {
    let (key, value) = match (key, value) {
        (_, Value::Null) | ("window.shrinks", Value::Bool(true)) => return,
        // A rule by its name, with what it is set to beside it.
        ("loss", Value::Object(of)) => {
            for (name, settings) in of {
                add_flags(key, &Value::from(name.as_str()), flags);
                settings.as_object().into_iter().flatten().for_each(|(key, value)| {
                    add_flags(key, value, flags);
                });
            }
            return;
        }
        ("phrases", Value::Object(of)) => {
            of.iter().for_each(|(_, value)| add_flags("phrase-threshold", value, flags));
            (key, "set".into())
        }
        (_, Value::Object(of)) => {
            of.iter().for_each(|(of, value)| add_flags(&format!("{key}.{of}"), value, flags));
            return;
        }
        ("window.shrinks", _) => ("fixed-window", "set".into()),
        ("window.size", value) => ("window", plain(value)),
        ("subsampling.threshold", value) => ("subsample", plain(value)),
        ("subsampling.rule", value) => ("subsample-rule", plain(value)),
        ("most", value) => ("x-max", plain(value)),
        ("memory", value) => {
            let bytes = value.as_f64().unwrap_or_default();
            (key, format!("{} MiB", bytes / f64::from(1 << 20)))
        }
        _ => (key, plain(value)),
    };
    flags.insert(format!("--{key}"), value);
}

/// A value as a person types it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(String::new(), |number| number.to_string())
        }
        other => other.to_string(),
    }
}

/// Fills a matrix row by row; `None` where the numbers are not as many.
pub(crate) fn fill(matrix: &mut Matrix, numbers: Vec<f32>) -> Option<()> {
    let columns = matrix.columns();
    (numbers.len() == matrix.rows() * columns).then_some(())?;
    for (row, numbers) in numbers.chunks_exact(columns).enumerate() {
        matrix.row_mut(row).copy_from_slice(numbers);
    }
    Some(())
}
