//! Where data is and how it is read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gapwise::data::{
    SourceOptions, TaskChoice,
    table::{DecimalMark, Quote, ThousandsMark},
};

use super::{OutputArgs, values};

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A CSV or TSV file (plain or gzip), a folder with one folder of images per class, or a
    /// folder of idx files; `-` is a table on standard input
    #[arg(value_name = "DATA", required = true)]
    pub(crate) path: Option<PathBuf>,

    /// Label column, by name or number from 1 [default: guessed, and said]
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) label: Option<String>,

    /// Examples with equal values in this column stay on one side of every split
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) group: Option<String>,

    /// Split by the time in this column, dates or numbers: the latest examples test
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) time: Option<String>,

    /// How much each example counts, in the loss and in every error alike: a column of numbers of
    /// at least 0
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) example_weights: Option<String>,

    /// Leave this column out; may be given several times
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub(crate) ignore: Vec<String>,

    /// Predict classes or a number [default: from the label, and said]
    #[arg(long)]
    pub(crate) task: Option<TaskArg>,

    /// The first row of a table holds names [default: detected]
    #[arg(long, overrides_with = "no_header")]
    pub(crate) header: bool,

    /// The first row of a table is an example
    #[arg(long)]
    pub(crate) no_header: bool,

    /// The character between fields; `tab` for a tab [default: detected]
    #[arg(long, value_name = "CHARACTER", value_parser = values::delimiter)]
    pub(crate) delimiter: Option<char>,

    /// What stands before the fraction of a table's numbers: `.` or `,` [default: detected for each
    /// column, and said]
    #[arg(long, value_name = "MARK", value_parser = values::decimal)]
    pub(crate) decimal: Option<DecimalMark>,

    /// What stands between the thousands of a table's numbers: `,`, `.`, `'`, `blank` or `none`
    /// [default: detected for each column, and said]
    #[arg(long, value_name = "MARK", value_parser = values::thousands)]
    pub(crate) thousands: Option<ThousandsMark>,

    /// This value stands for no value, beside blank cells, `?`, `NA`, `NaN`, `null` and the like;
    /// `blank` makes such words values in columns of words; may be given several times
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) missing: Vec<String>,

    /// What holds a field together: `double` for ", `single` for ', `none` where quotes are
    /// characters like others [default: detected]
    #[arg(long, value_name = "QUOTE", value_parser = values::quote)]
    pub(crate) quote: Option<Quote>,

    /// Resize every image to this many pixels, such as 32x32 (height x width)
    #[arg(long, value_name = "SIZE", value_parser = values::image_size)]
    pub(crate) image_size: Option<(u32, u32)>,

    /// Train on this other source of the same kind; DATA is then what the network is for, and gives
    /// validation and test
    #[arg(long, value_name = "DATA")]
    pub(crate) train_from: Option<PathBuf>,

    /// A ready-made validation file or folder
    #[arg(long, value_name = "DATA")]
    pub(crate) validation: Option<PathBuf>,

    /// A ready-made test file or folder
    #[arg(long, value_name = "DATA")]
    pub(crate) test: Option<PathBuf>,

    /// Go on without bad examples, and count them
    #[arg(long)]
    pub(crate) skip_bad: bool,
}

impl DataArgs {
    /// What the flags say, and what `--set data.…` says where they say nothing.
    pub(crate) fn over(self, set: SourceOptions) -> SourceOptions {
        let header = (self.header || self.no_header).then_some(self.header);
        let task = self.task.map(TaskArg::choice);
        SourceOptions {
            path: self.path.unwrap_or(set.path),
            train_from: self.train_from.or(set.train_from),
            validation: self.validation.or(set.validation),
            test: self.test.or(set.test),
            label: self.label.or(set.label),
            group: self.group.or(set.group),
            time: self.time.or(set.time),
            header: header.or(set.header),
            delimiter: self.delimiter.or(set.delimiter),
            decimal: self.decimal.or(set.decimal),
            thousands: self.thousands.or(set.thousands),
            missing: set.missing.into_iter().chain(self.missing).collect(),
            quote: self.quote.or(set.quote),
            task: task.or(set.task),
            image_size: self.image_size.or(set.image_size),
            ignore: set.ignore.into_iter().chain(self.ignore).collect(),
            skip_bad: self.skip_bad || set.skip_bad,
            image_fit: set.image_fit,
            image_memory: set.image_memory,
            example_weights: self.example_weights.or(set.example_weights),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskArg {
    /// One of several classes
    Classification,
    /// A number
    Regression,
}

impl TaskArg {
    pub(crate) fn choice(self) -> TaskChoice {
        match self {
            TaskArg::Classification => TaskChoice::Classification,
            TaskArg::Regression => TaskChoice::Regression,
        }
    }
}

#[derive(Debug, Args)]
#[command(mut_arg("path", |path| path.required(false).required_unless_present("weights")))]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Say what this weight file holds, or a run's best weights: tensors, and the network that they are of
    #[arg(long, value_name = "FILE", conflicts_with_all = ["path", "augmented", "sets"])]
    pub(crate) weights: Option<PathBuf>,

    /// Show what augmentation makes of training images: a contact sheet as a PNG file [default:
    /// augmented.png, or the first of augmented-2.png and so on that is not there yet]
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub(crate) augmented: Option<Option<PathBuf>>,

    /// Change a setting, such as augment.rotate=15; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
