//! What can be wrong with data, said so that a person can mend it.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    format::Format,
    shown::shown,
    split::Split,
    wording::{counted, thousands},
};

mod advice;
mod error;
mod gather;
mod images;
mod place;
mod split;
mod times;
mod weights;
mod words;

pub use error::DataError;
pub(crate) use gather::Gathered;
pub use images::{ImageProblem, SIDES};
pub use place::Place;
pub use split::SplitProblem;
pub use times::TimeProblem;
pub(crate) use weights::LARGEST_WEIGHT;
pub use weights::WeightProblem;
use words::{all_left_out, listed, mostly, nothing, on_lines, pairs_listed};

/// What a problem does to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing can be trained on this data before it is mended.
    Fatal,
    /// One example is bad: refused, unless `--skip-bad` goes on without it.
    BadExample,
    /// Said, and gone on with.
    Warning,
}

/// What a column was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// `--label`.
    Label,
    /// `--group`.
    Group,
    /// `--ignore`.
    Ignore,
    /// `data.example_weights`.
    ExampleWeights,
    /// `--time`.
    Time,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Wanted::Label => "label",
            Wanted::Group => "group",
            Wanted::Ignore => "ignore",
            Wanted::ExampleWeights => "example weights",
            Wanted::Time => "time",
        })
    }
}

/// What a table of labelled examples was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To train on.
    Training,
    /// To be this split of the data.
    HeldOut(Split),
    /// To be scored by a trained network.
    Scoring,
}

/// One thing that is wrong with the data.
///
/// The text says where, what was expected and what was found; [`Problem::hint`] says what to do
/// about it, and [`Problem::severity`] whether the data can be used as it is.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Problem {
    // The source as a whole.
    /// A path that leads nowhere.
    #[error("{place}: there is no such file or folder")]
    NotThere {
        /// The path as it was given.
        place: Place,
        /// The most similar name in the folder where it was looked for.
        nearest: Option<String>,
    },
    /// A file without a byte, or a folder without a file.
    #[error("{place}: expected {expected}, found nothing: it is empty")]
    Empty {
        /// The file or folder.
        place: Place,
        /// What was expected there, in a few words.
        expected: String,
    },
    /// A folder, or a file, that is none of the kinds that can be read.
    #[error("{place}: expected {expected}, found {found}")]
    UnknownSource {
        /// The file or folder.
        place: Place,
        /// What was expected there, in a few words.
        expected: String,
        /// What there was, in a few words.
        found: String,
    },
    /// A file that cannot be read as what it is: damaged, cut short, or in an unknown encoding.
    #[error("{place}: expected {expected}, found {found}")]
    UnreadableFile {
        /// The file.
        place: Place,
        /// What was expected there, in a few words.
        expected: String,
        /// What there was, in a few words.
        found: String,
    },
    /// A file of another kind, told by its first bytes.
    #[error("{place}: expected data, found {}", format.name())]
    OtherFormat {
        /// The file.
        place: Place,
        /// What it is.
        format: Format,
    },
    /// A file that holds no example, at most a header.
    #[error("{place}: expected at least one example, found none")]
    NoExamples {
        /// The source.
        place: Place,
    },
    /// A source whose examples are all bad, where bad ones are skipped.
    #[error("{place}: expected at least one example that can be used, found none of {}", thousands(*.examples))]
    NoneUsable {
        /// The source.
        place: Place,
        /// The bad examples: all there are.
        examples: usize,
    },
    /// Fewer examples than the splits need.
    #[error("{place}: expected at least {}{purpose}, found {}", counted(*.expected, "example"), thousands(*.found))]
    TooFewExamples {
        /// The source.
        place: Place,
        /// The smallest number that would do.
        expected: usize,
        /// What they are needed for: empty, or a phrase such as ` for three splits`, with its
        /// leading space.
        purpose: String,
        /// The number there is.
        found: usize,
    },

    /// An option that means something for images only.
    #[error("{place}: expected images, since `{option}` is given, found a table")]
    NotForTables {
        /// The table.
        place: Place,
        /// The flag.
        option: &'static str,
    },

    // Lines and columns of a table.
    /// A delimiter that cannot separate fields.
    #[error("{place}: expected a delimiter of one ASCII character, found `{found}`")]
    BadDelimiter {
        /// The table.
        place: Place,
        /// The delimiter asked for.
        found: char,
    },
    /// A line with more or fewer fields than the table has columns.
    #[error("{place}: expected {}, found {}", counted(*.expected, "field"), thousands(*.found))]
    RaggedRow {
        /// The line.
        place: Place,
        /// Columns of the table.
        expected: usize,
        /// Fields of the line.
        found: usize,
    },
    /// A header with more or fewer names than the table has columns.
    #[error(
        "{place}: expected {}, as many as the lines below have fields, found {}", counted(*.expected, "column name"), thousands(*.found)
    )]
    RaggedHeader {
        /// The header's line.
        place: Place,
        /// Fields of the lines below.
        expected: usize,
        /// Names in the header.
        found: usize,
    },
    /// A quote that swallows the rest of the file.
    #[error("{place}: expected a closing quote, found none: a quote opens here and never closes")]
    UnclosedQuote {
        /// The field, by its column's number, in the line where the quote opens.
        place: Place,
    },
    /// Text between a closing quote and the end of its field. The lines between the two quotes, where
    /// there are some, may be rows of the table.
    #[error(
        "{place}: expected the quote that opens here to end the field, found `{found}` behind its closing quote{}", .closes.map(|line| format!(" in line {line}")).unwrap_or_default()
    )]
    TextAfterQuote {
        /// The field, by its column's number, in the line where the quote opens.
        place: Place,
        /// The line where the quote closes, where that is another one.
        closes: Option<u64>,
        /// The text.
        found: String,
    },
    /// A quoted cell that holds lines which look like rows.
    #[error(
        "{place}: expected the quote that opens here to close in its own cell, found its end in line {closes}, behind {} that look like rows of the table", counted(*.rows, "line")
    )]
    QuoteOverRows {
        /// The field, by its column's number, in the line where the quote opens.
        place: Place,
        /// The line where the quote closes.
        closes: u64,
        /// Lines between that look like rows.
        rows: usize,
    },
    /// A cell of more bytes than any that is meant as one.
    #[error(
        "{place}: expected a cell of at most {} bytes, found one of {}", thousands(*.largest), thousands(*.bytes)
    )]
    LargeCell {
        /// The field, by its column's number, in the line where it begins.
        place: Place,
        /// Its bytes.
        bytes: usize,
        /// The most bytes that a cell may have.
        largest: usize,
    },
    /// Other data without the label column of the training data.
    #[error("{place}: expected the label column `{}`, found none: these examples have no labels", shown(.label))]
    NoLabelColumn {
        /// The table.
        place: Place,
        /// The label column.
        label: String,
        /// The most similar name that the other data has and the training data lacks.
        nearest: Option<String>,
        /// What the table was given for.
        purpose: Purpose,
    },
    /// A table whose label column is blank everywhere.
    #[error("{place}: expected labels, found none in {}", counted(*.examples, "example"))]
    NoLabels {
        /// The label column.
        place: Place,
        /// The examples.
        examples: usize,
        /// What the table was given for.
        purpose: Purpose,
    },
    /// A column that an option names and the table lacks.
    #[error("{place}: expected a column `{asked}` ({wanted}), found {}", listed(.columns))]
    ColumnNotFound {
        /// The table.
        place: Place,
        /// What it was asked for.
        wanted: Wanted,
        /// The name or number asked for.
        asked: String,
        /// The most similar name that exists.
        nearest: Option<String>,
        /// The names that exist, in order.
        columns: Vec<String>,
    },
    /// A column of the training data that other data lacks.
    #[error("{place}: expected this column, which the training data has, found none of the name")]
    ColumnAbsent {
        /// The table and the column.
        place: Place,
        /// The most similar name that the other data has and the training data lacks.
        nearest: Option<String>,
    },
    /// Two sources of one table whose columns differ.
    #[error("{place}: expected the columns of `{}`, found none for {}", train.display(), listed(.missing))]
    OtherColumns {
        /// The source that validation and test come from.
        place: Place,
        /// The training source.
        train: PathBuf,
        /// Columns that the training source alone has.
        missing: Vec<String>,
    },
    /// Other data with another number of columns, where only their order tells them apart.
    #[error("{place}: expected {} as the training data has, found {}", counted(*.expected, "column"), thousands(*.found))]
    ColumnCount {
        /// The table.
        place: Place,
        /// Columns of the training data.
        expected: usize,
        /// Columns of this table.
        found: usize,
    },
    /// A column of other data that the training data lacks.
    #[error("{place}: the training data has no such column, so it is passed over")]
    ColumnUnknown {
        /// The table and the column.
        place: Place,
    },
    /// A table that has no column left to learn from.
    #[error(
        "{place}: expected at least one input column beside the label `{label}`, found none{}",
        all_left_out(*.left_out)
    )]
    NoInputs {
        /// The table.
        place: Place,
        /// The label column.
        label: String,
        /// Columns that there are, all left out.
        left_out: usize,
    },
    /// A column with the same value in every example.
    #[error("{place}: every example has `{value}`, so the column is left out")]
    ConstantColumn {
        /// The column.
        place: Place,
        /// The value.
        value: String,
    },
    /// A column without a value.
    #[error("{place}: no example has a value, so the column is left out")]
    EmptyColumn {
        /// The column.
        place: Place,
    },
    /// A column of numbers with too many other cells to call those bad.
    #[error(
        "{place}: {} (the first is `{found}`), so the column is read as {read_as}",
        mostly(*.numbers, *.others)
    )]
    MostlyNumbers {
        /// The first cell that is no number.
        place: Place,
        /// Cells that are numbers.
        numbers: usize,
        /// Cells that have a value and are no numbers.
        others: usize,
        /// Text of the first such cell.
        found: String,
        /// What the column is read as: `categories` or `text`.
        read_as: String,
    },
    /// A column of numbers that are written in different ways.
    #[error(
        "{place}: `{found}` and `{other}` (line {line}) are numbers written in different ways, so the column is read as {read_as}"
    )]
    MixedNumbers {
        /// The later of two such cells.
        place: Place,
        /// Its text.
        found: String,
        /// Text of the earlier one.
        other: String,
        /// Line of the earlier one.
        line: u64,
        /// What the column is read as: `categories` or `text`.
        read_as: String,
    },
    /// A column whose dates read both as day/month and as month/day.
    #[error(
        "{place}: `{found}` and all other dates read both as day/month/year and as month/day/year, so the column is read as {read_as}"
    )]
    AmbiguousDates {
        /// The first such cell.
        place: Place,
        /// Its text.
        found: String,
        /// What the column is read as: `categories` or `text`.
        read_as: String,
    },
    /// A column that counts the examples.
    #[error(
        "{place}: the column counts the examples from `{first}`, which says nothing about a new one"
    )]
    RunningNumber {
        /// The column.
        place: Place,
        /// Its first value.
        first: String,
    },
    /// A column that names the label in other words.
    #[error(
        "{place}: each value goes with one value of the label `{label}` and the other way round, in all {} examples", thousands(*.examples)
    )]
    RepeatsLabel {
        /// The column.
        place: Place,
        /// The label column.
        label: String,
        /// Examples over which this holds.
        examples: usize,
    },

    /// Numbers that are a sum of input columns.
    #[error(
        "{place}: the label is {sum} in {}", if follow == of { format!("all {} examples", thousands(*.of)) } else { format!("{} of {} examples", thousands(*.follow), thousands(*.of)) }
    )]
    SumIsLabel {
        /// The label column.
        place: Place,
        /// The sum, with the columns' names.
        sum: String,
        /// Its columns, the one with the largest share first.
        columns: Vec<String>,
        /// Examples in which it holds.
        follow: usize,
        /// Examples that have all of its columns.
        of: usize,
    },
    /// A few numbers very far from all others of their column.
    #[error(
        "{place}: {} far from all others, such as `{value}` where the median is {median}{}, and scaled with {} the others are nearly equal",
        if *.cells == 1 { "1 cell is".to_owned() } else { format!("{} cells are", thousands(*.cells)) },
        on_lines(.lines, *.cells),
        if *.cells == 1 { "it" } else { "them" }
    )]
    FarFromOthers {
        /// The first such cell.
        place: Place,
        /// How many there are.
        cells: usize,
        /// The farthest.
        value: String,
        /// The column's median.
        median: String,
        /// Lines of the first few.
        lines: Vec<u64>,
    },

    // Cells.
    /// A line of names that is read as an example, since it was said that no line holds names.
    #[error("{place}: expected an example, since `--no-header` is given, found names: {}", listed(.names))]
    NamesAsExample {
        /// The line.
        place: Place,
        /// Its cells.
        names: Vec<String>,
    },
    /// A number that is infinite.
    #[error("{place}: expected a finite number, found `{found}`")]
    InfiniteNumber {
        /// The cell.
        place: Place,
        /// Its text.
        found: String,
    },
    /// A cell that is not of its column's kind.
    #[error("{place}: expected {expected}, found `{found}`")]
    UnreadableCell {
        /// The cell.
        place: Place,
        /// What the column holds: `a number`, `a date`, `true or false`.
        expected: String,
        /// The cell's text.
        found: String,
    },
    /// An example without a label.
    #[error("{place}: expected a label, found {}", nothing(.found))]
    LabelMissing {
        /// The cell.
        place: Place,
        /// The word that stands for no value there, unless the cell is blank.
        found: Option<String>,
    },
    /// An example without a group, where groups are asked for.
    #[error("{place}: expected a group, found {}", nothing(.found))]
    GroupMissing {
        /// The cell.
        place: Place,
        /// The word that stands for no value there, unless the cell is blank.
        found: Option<String>,
    },
    /// A class that the training data lacks, in data to be scored.
    #[error("{place}: expected one of the training data's classes, {}, found `{found}`", listed(.known))]
    UnknownClass {
        /// The cell or the class folder.
        place: Place,
        /// The class.
        found: String,
        /// The training data's classes.
        known: Vec<String>,
    },

    // Labels as a whole.
    /// Examples of only one class.
    #[error("{place}: every example has the class `{}`, so there is nothing to tell apart", shown(.class))]
    OneClassOnly {
        /// The source.
        place: Place,
        /// The class.
        class: String,
    },
    /// One number as the label of every example.
    #[error("{place}: every example has the label `{value}`, so there is nothing to predict")]
    ConstantLabel {
        /// The label column.
        place: Place,
        /// The number.
        value: String,
    },
    /// Regression asked for on a label that is no number.
    #[error(
        "{place}: expected numbers to predict, found {} of {} that {} (the first is `{found}`)", thousands(*.others), counted(*.examples, "label"), if *.others == 1 { "is none" } else { "are none" }
    )]
    LabelNotNumbers {
        /// The first such cell.
        place: Place,
        /// Labels that are no numbers.
        others: usize,
        /// Examples with a label.
        examples: usize,
        /// Text of the first such label.
        found: String,
    },
    /// A label column of text that is different nearly everywhere.
    #[error(
        "{place}: expected classes with several examples each, found {} in {}", counted(*.distinct, "different label"), counted(*.examples, "example")
    )]
    LabelMostlyUnique {
        /// The label column.
        place: Place,
        /// Different labels.
        distinct: usize,
        /// Examples with a label.
        examples: usize,
    },
    /// Classes whose names differ in case or blanks alone.
    #[error(
        "{place}: {} differ in case or blanks alone, and count as different classes",
        pairs_listed(.pairs)
    )]
    ClassesAlike {
        /// The label column, or the source.
        place: Place,
        /// The names.
        pairs: Vec<(String, String)>,
    },
    /// A class folder without an image.
    #[error("{place}: expected images of the class `{}`, found none", shown(.class))]
    EmptyClass {
        /// The folder.
        place: Place,
        /// The class.
        class: String,
    },
    /// A class that a held-out split has and train lacks.
    #[error("{place}: class `{}` is in {split} ({}) and not in train", shown(.class), counted(*.examples, "example"))]
    ClassNotInTrain {
        /// The source.
        place: Place,
        /// The class.
        class: String,
        /// The split that has it.
        split: Split,
        /// How many examples it has there.
        examples: usize,
    },
    /// A class that train has and a held-out split lacks.
    #[error(
        "{place}: class `{}` is in train and not in {split}, so its errors cannot show there", shown(.class)
    )]
    ClassNotHeldOut {
        /// The source.
        place: Place,
        /// The class.
        class: String,
        /// The split that lacks it.
        split: Split,
    },
    /// A class with one example.
    #[error("{place}: class `{}` has a single example, so it cannot be in every split", shown(.class))]
    ClassWithOneExample {
        /// The source.
        place: Place,
        /// The class.
        class: String,
    },

    // Examples against each other.
    /// Examples with equal inputs and different labels.
    #[error(
        "{place}: {} examples have equal inputs with one of a different label (such as {first})", thousands(*.examples)
    )]
    Contradictory {
        /// The source.
        place: Place,
        /// Sets of examples with equal inputs whose labels differ.
        sets: usize,
        /// Examples in those sets.
        examples: usize,
        /// Two such examples, by their places.
        first: String,
    },
    /// One example in two ready-made splits.
    #[error("{place}: the {split} example is equal to {other} in {other_split}")]
    DuplicateAcrossSplits {
        /// The example held out.
        place: Place,
        /// Its split.
        split: Split,
        /// The other example.
        other: Place,
        /// The other's split.
        other_split: Split,
    },

    // Pictures.
    /// A picture that cannot be decoded.
    #[error("{place}: expected an image, found one that cannot be read: {reason}")]
    UnreadableImage {
        /// The file.
        place: Place,
        /// What the decoder says.
        reason: String,
    },
    /// A file inside a class folder that is no image.
    #[error("{place}: expected an image, found {found}")]
    NotAnImage {
        /// The file.
        place: Place,
        /// What it is, in a few words.
        found: String,
    },
    /// An image beside the class folders, which has no class.
    #[error("{place}: expected images inside class folders only, found this one beside them")]
    LooseImage {
        /// The file.
        place: Place,
    },
    /// Equal pictures with different labels.
    #[error("{place}: equal to {other}, but labelled `{label}` where that is `{other_label}`")]
    EqualWithOtherLabel {
        /// The example.
        place: Place,
        /// Its label.
        label: String,
        /// The equal example.
        other: Place,
        /// Its label.
        other_label: String,
    },
    /// A column of example weights that is none.
    #[error(transparent)]
    Weights(#[from] WeightProblem),
    /// A column of times that is none.
    #[error(transparent)]
    Times(#[from] TimeProblem),
    /// A source of images that is wrong as a whole.
    #[error(transparent)]
    Images(#[from] ImageProblem),
    /// A split that cannot be made, or a `split.csv` that does not fit the data.
    #[error(transparent)]
    Split(#[from] SplitProblem),

    /// A problem that would be a warning, were it not why the data cannot be used.
    #[error("{0}")]
    Cause(Box<Problem>),

    // Beyond counting.
    /// More problems than are worth holding.
    #[error("{place}: {} found and {} not listed", if *.more == 1 { "1 more problem was".to_owned() } else { format!("{} more problems were", thousands(*.more)) }, if *.more == 1 { "is" } else { "are" })]
    Unlisted {
        /// The source.
        place: Place,
        /// Problems that are not listed.
        more: usize,
        /// The gravest severity among them.
        gravest: Severity,
    },
}

impl Problem {
    /// What is wrong in one word, and in which column: equal for problems that are like each other.
    pub fn kind(&self) -> String {
        /// Takes what stands before the fields in the text of a variant.
        struct Name(String);
        impl fmt::Write for Name {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let end = text.find([' ', '{']);
                self.0.push_str(&text[..end.unwrap_or(text.len())]);
                if end.is_some() { Err(fmt::Error) } else { Ok(()) }
            }
        }
        let mut name = Name(String::new());
        // It stops by an error once it has the name.
        let _ = fmt::Write::write_fmt(&mut name, format_args!("{self:?}"));
        let mut kind = name.0.replace('(', " ");
        if let Some(column) = &self.place().column {
            kind.push('`');
            kind.push_str(column);
        }
        kind
    }
}

#[cfg(test)]
mod tests;
