//! From a path to a [`Dataset`]: which kind of source it is, and how to read it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    DataError, Dataset, Groups, Inputs, Labels, Note, Place, Problem, Severity, Times,
    images::{self, Framing, ImageReading},
    stream,
    table::{self, DecimalMark, Quote, TableFiles, TableSchema, ThousandsMark},
    wording::{counted, written},
};

/// Where the data is and how to read it. Everything but `path` has a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SourceOptions {
    /// A CSV or TSV file, a folder of images, or a folder of idx files.
    pub path: PathBuf,
    /// Another source of the same kind, which trains: `path` then is what the network is for, and
    /// gives validation and test (see [`split::assign`](crate::split::assign)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_from: Option<PathBuf>,
    /// A ready-made validation file or folder of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<PathBuf>,
    /// A ready-made test file or folder of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// Label column: its name, or its number from 1. Default: guessed, and said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Column whose equal values belong together, by name or number from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Column of dates or numbers of a table that says when each example was, by name or number
    /// from 1. The earliest examples then train, the next validate and the last test, instead of a
    /// split at random. It is no input: what is to be answered lies after every time that was
    /// trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Column of a table that says how much each example counts in the loss and in the metric, by
    /// name or number from 1: finite numbers from 0 up, not all 0. It is no input. Default: every
    /// example counts the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example_weights: Option<String>,
    /// Whether the first row of a table holds names. Default: detected, and said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The character between fields. Default: detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// What stands before a fraction in a table's numbers. Default: detected for each column, and
    /// said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<DecimalMark>,
    /// What stands between thousands. Default: detected for each column, and said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thousands: Option<ThousandsMark>,
    /// Values of a table that stand for no value, beside blank cells, `?`, `NA`, `NaN`, `null` and
    /// the like; among numbers `-` and `None` too. `blank` makes those words values in columns of
    /// words.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "texts")]
    pub missing: Vec<String>,
    /// What holds a field together. Default: `"`, or `'` where a table is written so throughout,
    /// which is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Classification or regression. Default: from the label, with its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskChoice>,
    /// Height and width, in pixels, to which every image is resized on reading. Default: images
    /// that all have one size of at most 64×64 keep it, all others become 32×32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<(u32, u32)>,
    /// How images of another size get this one. Default: stretched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_fit: Option<Framing>,
    /// Memory that images may take, in MiB; more of them are kept in a file without a name, in the
    /// folder `TMPDIR`, or else `/var/tmp`, and are read from there as they are needed. Default:
    /// half of the memory that is free when they are read, which Linux says, and elsewhere
    /// 2,048 MiB. The examples are the same either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_memory: Option<u64>,
    /// Columns of a table to leave out, each by name or by number from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Go on without bad examples, and count them, instead of refusing the data.
    pub skip_bad: bool,
}

/// Texts, of which some may be typed as numbers.
fn texts<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of values such as `[\"unknown\", -200]`")]
    enum Value {
        Text(String),
        Whole(i64),
        Number(f64),
    }
    let values = Vec::<Value>::deserialize(from)?;
    let text = |value| match value {
        Value::Text(text) => text,
        Value::Whole(number) => number.to_string(),
        Value::Number(number) => written(number),
    };
    Ok(values.into_iter().map(text).collect())
}

/// What is to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskChoice {
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
}

/// How the data of a trained network was read, stored with it so that other data is read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "source")]
pub enum Reading {
    /// A table of these columns.
    Table(TableSchema),
    /// Images of this size.
    Images(ImageReading),
}

/// Examples read like those that a network was trained on; labels where the source has them.
#[derive(Debug, Clone)]
pub struct Likewise {
    /// One id per example.
    pub ids: Vec<String>,
    /// Inputs, in the layout of the training data.
    pub inputs: Inputs,
    /// Labels, with the class numbers of the training data, where the source has them.
    pub labels: Option<Labels>,
    /// Which examples belong together, where the training data was read with a group column that
    /// this table has too; never for images. Where labels are optional, groups are left away if
    /// any example lacks one.
    pub groups: Option<Groups>,
    /// How much each example counts, where the training data was read with example weights; 1 each
    /// where this table lacks them, and, where labels are optional, where one cannot be used.
    pub weights: Option<Vec<f32>>,
    /// When each example was, where the training data was split by time and every example of this
    /// table has a time; never for images.
    pub times: Option<Times>,
    /// One key per example, equal to that in [`Dataset::content`] of the training data exactly
    /// where an example is one of those. Empty for a table read without labels, since there the
    /// label is part of the key.
    pub content: Vec<u128>,
    /// What was guessed or done by convention.
    pub notes: Vec<Note>,
    /// Warnings, and the bad examples left out.
    pub problems: Vec<Problem>,
    /// Hash of every byte read.
    pub fingerprint: String,
}

/// Whether labels must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelPolicy {
    /// Every example must have one: `evaluate`.
    Required,
    /// Taken where they are: `predict`.
    Optional,
}

/// Reads a labelled data set and checks it.
///
/// A file is a table. A folder that holds `train.csv` (or `.tsv`, `.txt`, `.data`, each also with
/// `.gz`) is a table too, with `validation` (or `val`, `valid`, `dev`) and `test` beside it as
/// ready-made splits. Any other folder is one of images or of idx files.
///
/// # Errors
///
/// [`DataError::Problems`] with every problem found, when any of them is fatal, or when an example
/// is bad and `options.skip_bad` is off; [`DataError::Io`] when a file cannot be read.
pub fn read(options: &SourceOptions) -> Result<Dataset, DataError> {
    let others = [&options.train_from, &options.validation, &options.test];
    for path in std::iter::once(&options.path).chain(others.into_iter().flatten()) {
        must_exist(path)?;
    }
    not_twice(options)?;
    match Kind::of(&options.path)? {
        Kind::Table(mut files) => {
            // What is named outright counts before what lies beside train.
            files.validation = options.validation.clone().or(files.validation);
            files.test = options.test.clone().or(files.test);
            let mut held_out = files.validation.iter().chain(&files.test);
            if let Some(path) = held_out.find(|path| path.is_dir()) {
                return Err(unknown(path, "a file, as the training data is one", "a folder"));
            }
            if let Some(path) = &options.train_from {
                let Kind::Table(TableFiles { train, .. }) = Kind::of(path)? else {
                    let expected = format!("a table, as `{}` is one", options.path.display());
                    return Err(unknown(path, &expected, "images"));
                };
                files.train_from = Some(train);
            }
            table::read(&files, options)
        }
        Kind::Images => match &options.train_from {
            Some(path) if matches!(Kind::of(path)?, Kind::Table(_)) => {
                let expected = format!("images, as `{}` holds them", options.path.display());
                Err(unknown(path, &expected, "a table"))
            }
            _ => images::read(options),
        },
    }
}

/// Reads other data in the way that `reading` records.
///
/// Bad examples are left out, and listed in [`Likewise::problems`]; a caller that wants all or
/// nothing looks there for [`Severity::BadExample`].
///
/// # Errors
///
/// [`DataError::Problems`] when a column of the training data is absent, when labels are required
/// and the source has none, or when no example is left; [`DataError::Io`] when a file cannot be
/// read.
pub fn read_like(
    reading: &Reading,
    path: &Path,
    labels: LabelPolicy,
) -> Result<Likewise, DataError> {
    must_exist(path)?;
    match reading {
        Reading::Table(_) if path.is_dir() => {
            Err(unknown(path, "a table's file, as the training data was one", "a folder"))
        }
        Reading::Table(schema) => table::read_like(schema, path, labels),
        Reading::Images(reading) => images::read_like(reading, path, labels),
    }
}

/// Inputs that were named one by one.
#[derive(Debug, Clone)]
pub struct NamedInputs {
    /// What was read, in the order in which it was named. Ids are unique in each part.
    pub parts: Vec<Likewise>,
    /// Bad examples of inputs of which nothing is left.
    pub problems: Vec<Problem>,
}

/// Reads several inputs without labels, each as [`read_like`] does. Where there are several, ids say which
/// input they are of: the path of an image, `FOLDER/ID`, `TABLE:ID`.
///
/// # Errors
///
/// As [`read_like`], with the problems of all inputs, where one of them is more than a bad example or
/// nothing at all is left.
pub fn read_inputs(reading: &Reading, inputs: &[PathBuf]) -> Result<NamedInputs, DataError> {
    if let [one] = inputs {
        let parts = vec![read_like(reading, one, LabelPolicy::Optional)?];
        return Ok(NamedInputs { parts, problems: Vec::new() });
    }
    let (mut parts, mut problems, mut rest) = (Vec::new(), Vec::new(), inputs);
    while let Some(first) = rest.first() {
        // Single images are decoded together, and said of together.
        let single = match reading {
            Reading::Images(_) => rest.iter().take_while(|path| images::is_one_image(path)).count(),
            Reading::Table(_) => 0,
        };
        let (named, behind) = rest.split_at(single.max(1));
        rest = behind;
        let read = match reading {
            Reading::Images(reading) if single > 0 => named
                .iter()
                .try_for_each(|path| must_exist(path))
                .and_then(|()| images::read_files_like(reading, named)),
            _ => read_like(reading, first, LabelPolicy::Optional).map(|read| read.of_input(first)),
        };
        match read {
            Ok(read) => parts.push(read),
            Err(DataError::Problems(found)) => problems.extend(found),
            Err(error) => return Err(error),
        }
    }
    let bad = |problem: &Problem| problem.severity() == Severity::BadExample;
    if parts.is_empty() || !problems.iter().all(bad) {
        return Err(DataError::Problems(problems));
    }
    Ok(NamedInputs { parts, problems })
}

impl Likewise {
    /// The same with ids and notes that say which input they are of.
    fn of_input(mut self, path: &Path) -> Self {
        let (shown, between) = (path.display().to_string(), if path.is_dir() { '/' } else { ':' });
        // A table's rows are called after its file already.
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned() + ":";
        for id in &mut self.ids {
            let inside = id.strip_prefix(&own).unwrap_or(id);
            *id = format!("{}{between}{inside}", shown.trim_end_matches('/'));
        }
        for note in &mut self.notes {
            note.said = format!("`{shown}`: {}", note.said);
        }
        self
    }
}

/// What lies at a path.
enum Kind {
    Table(TableFiles),
    Images,
}

impl Kind {
    fn of(path: &Path) -> Result<Kind, DataError> {
        if !path.is_dir() {
            let image = if stream::is_stream(path) {
                let failed = |source| DataError::Io { path: path.to_owned(), source };
                images::starts_like_image(&stream::read(path).map_err(failed)?)
            } else {
                images::looks_like_images(path)
            };
            if image {
                return Err(unknown(
                    path,
                    "a table, or a folder of images",
                    "a single file of images",
                ));
            }
            let (train, name) = (path.to_owned(), stem(path));
            return Ok(Kind::Table(TableFiles {
                name,
                train,
                train_from: None,
                validation: None,
                test: None,
            }));
        }
        let names = file_names(path)?;
        if let Some(train) = split_file(&names, &["train"]) {
            return Ok(Kind::Table(TableFiles {
                name: folder_name(path),
                train: path.join(train),
                train_from: None,
                validation: split_file(&names, &VALIDATION).map(|name| path.join(name)),
                test: split_file(&names, &["test"]).map(|name| path.join(name)),
            }));
        }
        if images::looks_like_images(path) || has_folders(path) {
            return Ok(Kind::Images);
        }
        Err(match names.as_slice() {
            [] => DataError::from(Problem::Empty {
                place: Place::path(path),
                expected: A_FOLDER_OF_DATA.to_owned(),
            }),
            [only] => unknown(path, A_FOLDER_OF_DATA, &format!("the file `{only}` alone")),
            [first, others @ ..] => unknown(
                path,
                A_FOLDER_OF_DATA,
                &format!("`{first}` and {}", counted(others.len(), "other file")),
            ),
        })
    }
}

const A_FOLDER_OF_DATA: &str =
    "a folder of images for each class, idx files, or a table `train.csv`";

/// Names of a ready-made validation split; we write the first.
const VALIDATION: [&str; 4] = ["validation", "val", "valid", "dev"];

/// Endings of a table's name inside a folder. A file that is named outright may have any.
const TABLE_ENDINGS: [&str; 5] = ["csv", "tsv", "tab", "txt", "data"];

/// Refuses the same data as two parts of a split: what trains would judge itself.
fn not_twice(options: &SourceOptions) -> Result<(), DataError> {
    let mut seen = vec![stream::identity(&options.path)];
    let others = [&options.train_from, &options.validation, &options.test];
    for path in others.into_iter().flatten() {
        let identity = stream::identity(path);
        if seen.contains(&identity) {
            let found = "the same data again";
            return Err(unknown(path, "data that is named once", found));
        }
        seen.push(identity);
    }
    Ok(())
}

fn unknown(path: &Path, expected: &str, found: &str) -> DataError {
    DataError::from(Problem::UnknownSource {
        place: Place::path(path),
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}

/// An error, with the most similar name beside it, where nothing lies at a path.
fn must_exist(path: &Path) -> Result<(), DataError> {
    stream::refuse_devices(path)?;
    if stream::is_stream(path) {
        return Ok(());
    }
    match path.try_exists() {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(source) => return Err(DataError::Io { path: path.to_owned(), source }),
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let beside: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let asked = path.file_name().unwrap_or_default().to_string_lossy();
    let nearest = table::nearest(&asked, beside.iter().map(String::as_str))
        .map(|name| path.with_file_name(name).display().to_string());
    Err(Problem::NotThere { place: Place::path(path), nearest }.into())
}

/// Names of the files in a folder, sorted, hidden ones passed over.
fn file_names(folder: &Path) -> Result<Vec<String>, DataError> {
    let failed = |source| DataError::Io { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn has_folders(folder: &Path) -> bool {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.'))
}

/// The file of a split: one of these stems with a table's ending, in whatever case.
fn split_file<'a>(names: &'a [String], stems: &[&str]) -> Option<&'a str> {
    stems.iter().find_map(|stem| {
        names.iter().map(String::as_str).find(|name| {
            let name = name.to_lowercase();
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            name.split_once('.')
                .is_some_and(|(found, ending)| found == *stem && TABLE_ENDINGS.contains(&ending))
        })
    })
}

/// A file's name without `.gz` and its ending.
fn stem(path: &Path) -> String {
    let name = stream::name(path).unwrap_or_else(|| {
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    });
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// A folder's own name, also where it is given as `.`.
fn folder_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned()
}
