//! What the name of an idx file says, as MNIST and the sets after it are named.

use std::path::Path;

/// What the names of idx files end in, by the type of their numbers.
const ELEMENTS: [&str; 14] = [
    "ubyte", "uint8", "byte", "int8", "short", "int16", "int", "int32", "long", "int64", "float",
    "float32", "double", "float64",
];

/// What an idx file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Images,
    Labels,
}

/// What the name of an idx file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdxName {
    /// What stands before `images` or `labels`, such as `train` or `t10k`; may be empty.
    pub(crate) prefix: String,
    pub(crate) holds: Holds,
}

impl IdxName {
    /// Reads names such as `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte.gz`,
    /// `emnist-letters-test-images-idx3-ubyte` and `qmnist-train-labels-idx2-int.gz`; `None` for other
    /// names.
    pub(crate) fn of(path: &Path) -> Option<IdxName> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase().replace('.', "-");
        let name = name.strip_suffix("-gz").unwrap_or(&name);
        let is_type = |end: &&str| ELEMENTS.iter().any(|element| end == element);
        let name = match name.rsplit_once('-').filter(|(_, end)| is_type(end)) {
            Some((name, _)) => name,
            None => name,
        };
        let (prefix, holds) = match name.strip_suffix("images-idx3") {
            Some(prefix) => (prefix, Holds::Images),
            None => {
                let one = name.strip_suffix("labels-idx1");
                (one.or_else(|| name.strip_suffix("labels-idx2"))?, Holds::Labels)
            }
        };
        Some(IdxName { prefix: prefix.trim_end_matches('-').to_owned(), holds })
    }
}
