//! Data that can be read only once, kept in the run: its test set is opened, and its training resumed,
//! by other processes.

use std::{path::Path, sync::Arc};

use gapwise_data::{DataError, Note, SourceOptions, shown::shown_path, stream};

/// Folder of the copies in a run.
const FOLDER: &str = "data";

/// A copy of what a stream gave.
pub(super) struct Copy {
    /// Its path in the run.
    pub(super) file: String,
    /// What was read.
    pub(super) bytes: Arc<[u8]>,
    /// What is said of it.
    pub(super) note: Note,
}

/// The copies of the streams among the data's paths; in their place, the paths of `data` lead to the
/// copies in the run.
pub(super) fn copies(data: &mut SourceOptions, run: &Path) -> Result<Vec<Copy>, DataError> {
    let run = std::path::absolute(run).unwrap_or_else(|_| run.to_owned());
    let others = [&mut data.train_from, &mut data.validation, &mut data.test];
    let mut copies = Vec::new();
    for path in std::iter::once(&mut data.path).chain(others.into_iter().flatten()) {
        let Some(name) = stream::name(path) else { continue };
        let bytes =
            stream::read(path).map_err(|source| DataError::Io { path: path.clone(), source })?;
        let file = format!("{FOLDER}/{name}");
        let said = format!(
            "{} can be read only once, so the run keeps a copy, `{file}`",
            shown_path(path)
        );
        *path = run.join(&file);
        copies.push(Copy { file, bytes, note: Note { said, change_with: None } });
    }
    Ok(copies)
}
