//! Where a training stands, in a file.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Matrix, TrainSettings, Training};
use crate::{
    WordsError,
    corpus::Corpus,
    error::{At, Place},
    vectors::tensors::{self, Numbers, Tensor},
};

/// The checkpoint of the training that writes its vectors to `vectors`.
pub fn path_of(vectors: &Path) -> PathBuf {
    let mut name = vectors.file_name().unwrap_or_default().to_owned();
    name.push(".checkpoint");
    vectors.with_file_name(name)
}

impl Training {
    /// Writes where it stands, whole or not at all.
    pub(super) fn keep(&self, corpus: &Corpus, path: &Path) -> Result<(), WordsError> {
        let settings = serde_json::to_string(&self.settings).unwrap_or_default();
        let about = [
            ("settings", settings),
            ("corpus", corpus.fingerprint().to_owned()),
            ("done", self.done.to_string()),
        ];
        tensors::write(
            path,
            &about,
            &[
                Tensor { name: "vectors", numbers: Numbers::Rows(&self.vectors) },
                Tensor { name: "outputs", numbers: Numbers::Rows(&self.outputs) },
            ],
        )
    }

    /// Goes back to where the checkpoint at `path` stands.
    ///
    /// # Errors
    ///
    /// There is no checkpoint, it is damaged, or it is of another corpus or other settings; the number
    /// of threads may differ.
    pub fn resume(
        corpus: &Corpus,
        settings: TrainSettings,
        path: &Path,
    ) -> Result<Self, WordsError> {
        let mut training = Training::new(corpus, settings)?;
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => WordsError::NoCheckpoint { path: path.to_owned() },
            _ => WordsError::Io { path: path.to_owned(), source },
        })?;
        let file = tensors::File::of(path, &bytes)?;
        let about = file.about();
        let differs = training.differs(about, corpus);
        if !differs.is_empty() {
            return Err(WordsError::OtherTraining { path: path.to_owned(), differs });
        }
        let malformed = |expected: &str, found: &str| WordsError::Malformed {
            place: Place { path: path.to_owned(), at: At::Whole },
            expected: expected.into(),
            found: found.into(),
        };
        let last = corpus.chunks() as u64 * training.settings.epochs as u64;
        let done = about.get("done").and_then(|done| done.parse().ok());
        training.done = done
            .filter(|&done| done <= last)
            .ok_or_else(|| malformed("how far the training is", "no such number"))?;
        fill(&mut training.vectors, file.singles("vectors")?)
            .and_then(|()| fill(&mut training.outputs, file.singles("outputs").ok()?))
            .ok_or_else(|| malformed("weights of this size", "another size"))?;
        Ok(training)
    }

    /// Settings with the value of the checkpoint and the one asked for, where they are not the same.
    fn differs(&self, about: &HashMap<String, String>, corpus: &Corpus) -> Vec<String> {
        let mut differs = Vec::new();
        let kept = about.get("settings").and_then(|text| serde_json::from_str(text).ok());
        let kept: Value = kept.unwrap_or_default();
        let asked = serde_json::to_value(&self.settings).unwrap_or_default();
        for (key, asked) in asked.as_object().into_iter().flatten() {
            // What threads do to each other does not depend on how many there are.
            if key != "threads" && kept.get(key) != Some(asked) {
                let was = kept.get(key).map_or("nothing".to_owned(), Value::to_string);
                differs.push(format!("`{key}` was {was} and is {asked}"));
            }
        }
        if about.get("corpus").map(String::as_str) != Some(corpus.fingerprint()) {
            differs.push("the corpus, or the words that are kept of it, changed".into());
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
