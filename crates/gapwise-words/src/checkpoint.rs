//! Where a training stands, in a file.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;

use crate::{
    WordsError,
    error::{At, Place},
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
pub(crate) struct Of<'a> {
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

impl<'a> Of<'a> {
    /// A training that is set to `settings`, on data of this hash.
    pub(crate) fn new(model: &'static str, settings: Value, data: &'a str) -> Self {
        Of { model, settings, data }
    }

    /// Writes how much is `done` and where the weights stand, whole or not at all.
    pub(crate) fn keep(
        &self,
        path: &Path,
        done: u64,
        matrices: [(&'static str, &Matrix); 2],
    ) -> Result<(), WordsError> {
        let about = [
            ("model", self.model.to_owned()),
            ("settings", self.settings.to_string()),
            ("data", self.data.to_owned()),
            ("done", done.to_string()),
        ];
        let tensor = |(name, matrix)| Tensor { name, numbers: Numbers::Rows(matrix) };
        tensors::write(path, &about, &matrices.map(tensor))
    }

    /// Brings the weights back to where the checkpoint stands, and says how much is done, which is at
    /// most `all`.
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
    ) -> Result<u64, WordsError> {
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => WordsError::NoCheckpoint { path: path.to_owned() },
            _ => WordsError::Io { path: path.to_owned(), source },
        })?;
        let file = tensors::File::of(path, &bytes)?;
        let differs = self.differs(file.about());
        if !differs.is_empty() {
            return Err(WordsError::OtherTraining { path: path.to_owned(), differs });
        }
        let malformed = |expected: &str, found: &str| WordsError::Malformed {
            place: Place { path: path.to_owned(), at: At::Whole },
            expected: expected.into(),
            found: found.into(),
        };
        let done = file.about().get("done").and_then(|done| done.parse().ok());
        let done = done
            .filter(|&done| done <= all)
            .ok_or_else(|| malformed("how far the training is", "no such number"))?;
        for (name, matrix) in matrices {
            fill(matrix, file.singles(name)?)
                .ok_or_else(|| malformed("weights of this size", "another size"))?;
        }
        Ok(done)
    }

    /// What is not as the checkpoint says, with both values.
    fn differs(&self, about: &HashMap<String, String>) -> Vec<String> {
        let kept = |key: &str| about.get(key).map_or("nothing", String::as_str);
        if kept("model") != self.model {
            return vec![format!("`model` was {} and is {}", kept("model"), self.model)];
        }
        let was: Value = serde_json::from_str(kept("settings")).unwrap_or_default();
        let mut differs = Vec::new();
        for (key, asked) in self.settings.as_object().into_iter().flatten() {
            // What threads do to each other does not depend on how many there are.
            if key != "threads" && was.get(key) != Some(asked) {
                let was = was.get(key).map_or("nothing".to_owned(), Value::to_string);
                differs.push(format!("`{key}` was {was} and is {asked}"));
            }
        }
        if differs.is_empty() && kept("data") != self.data {
            differs.push("the corpus changed".into());
        }
        differs
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
