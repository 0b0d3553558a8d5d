//! The command line: typed flags, before they become a configuration.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use gapwise::{
    config::{DiagnosisChoice, HumanChoice, MetricChoice},
    data::{SourceOptions, TaskChoice},
    export::Format,
    study::metric::MetricKind,
};

use super::words_args::WordsCommand;

macro_rules! settings_help {
    () => {
        "\
Settings (in gapwise.toml as [section] and key; with --set as section.key=value):
  data.path, data.validation, data.test     where the data is; ready-made held-out parts
  data.train_from    another source that trains, where data.path is what the network is for
  data.label, data.group, data.time, data.ignore    columns, by name or number from 1
  data.header, data.delimiter, data.task    how a table is read
  data.example_weights                      a column that says how much each example counts
  data.image_size, data.image_fit, data.image_memory    how images are read, and how many
                     stay in memory
  data.skip_bad                             go on without bad examples
  split.seed, split.validation, split.test, split.train_validation    seed and shares
  network.kind       feed-forward, lenet, small-conv, conv, or a name such as resnet20:
                     `gapwise network` lists them
  network.hidden     units of each hidden layer, such as [256,64]; [] is the linear baseline
  network.channels   filters of each convolution of conv, such as [32,64,128]
  network.dropout    probability that a hidden unit is dropped; a list has one for each layer
  network.input_dropout                     probability that an input is dropped
  network.activation       relu, tanh or leaky-relu
  network.batch_norm       off, before-activation or after-activation
  network.initialisation   he, he-uniform, xavier or xavier-uniform, else by the activation
  network.initial_scale    factor on the standard deviation of first weights
  network.weights, network.freeze, train.kept_rate     weights of other data to begin with
  train.epochs, train.batch, train.learning_rate, train.seed
  train.optimiser    descent, momentum, rmsprop or adam, with train.momentum,
                     train.rmsprop_decay, train.beta1, train.beta2, train.epsilon
  train.schedule     constant, cosine, by-epoch or steps, with train.decay_rate,
                     train.decay_factor, train.decay_every; train.warm_up
  train.l1, train.l2, train.weight_decay    regularisation; biases are exempt
  train.clip_norm, train.clip_value         largest gradient
  train.average, train.patience, train.keep averaged weights; early stopping; epoch kept
  train.class_weights                       none, balanced or {spam = 5, ham = 1}
  train.changes      on the way, such as [{step = 1200, learning_rate = 0.01}]; see --watch
  augment.mirror, augment.flip, augment.crop, augment.rotate, augment.shear, augment.warp,
                     augment.colour    for images; `gapwise inspect DATA --augmented` shows them
  metric.optimise    what everything is judged by: error-rate, f1, macro-f1, auroc,
                      average-precision, log-loss, calibration-error, rmse, mae or r2
  metric.positive    the class that f1, auroc and average-precision look for
  metric.constraints                        a list such as [\"latency-p95 <= 20 ms\"]
  diagnosis.human, diagnosis.tolerance      errors, in the metric's unit (0.02 is 2 %)
`gapwise settings` says what each may be, its default, why, and the rung that it moves."
    };
}

/// Point it at data: it trains a first network, measures where the error comes from and says what
/// to do next.
#[derive(Debug, Parser)]
#[command(name = "gapwise", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say nothing on standard error but warnings and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Threads to compute with; results are the same for any number, but for those of `words train`
    /// [default: every core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed while running (disk full, training diverged, …): trying again may help
  2  the input is wrong (flags, configuration, data): mend it, do not retry
  130  stopped by Ctrl-C, with everything kept: gapwise train --resume RUN goes on

Start here: gapwise run DATA";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what this data is, what is wrong with it and what would suit it
    #[command(after_help = "\
Examples:
  gapwise inspect houses.csv
  gapwise inspect photos/ --json
  gapwise inspect photos/ --augmented
  gapwise inspect photos/ --augmented --set augment.rotate=15 --set augment.mirror=true")]
    Inspect(InspectArgs),

    /// From data to a first, diagnosed network: inspect, split, train, evaluate, diagnose, report
    #[command(after_help = "\
Examples:
  gapwise run examples/digits
  gapwise run houses.csv --label price --human 0.02
  gapwise run adult-train.csv --test adult-test.csv
  gapwise run app-photos/ --train-from web-photos/
  gapwise run sales.csv --time day")]
    Run(RunArgs),

    /// Train from a configuration: a gapwise.toml, or an earlier run with changes
    #[command(after_help = concat!("\
Examples:
  gapwise train
  gapwise train runs/digits-1 --set train.l2=1e-4
  gapwise train my.toml --set 'network.hidden=[256,64]' --set train.epochs=40
  gapwise train my.toml --find-learning-rate
  gapwise train --watch
  gapwise train --resume runs/digits-1

", settings_help!()))]
    Train(TrainArgs),

    /// Score a trained network on other data, or open the test set
    #[command(
        override_usage = "\
gapwise evaluate <RUN> <DATA>
       gapwise evaluate <RUN> --test",
        after_help = "\
Examples:
  gapwise evaluate runs/digits-1 --test
  gapwise evaluate runs/adult-1 new-rows.csv --json"
    )]
    Evaluate(EvaluateArgs),

    /// The gap ladder and the next steps of a run
    #[command(after_help = "\
Examples:
  gapwise diagnose runs/digits-1
  gapwise diagnose runs/digits-1 --human 0.002 --tolerance 0.005
  gapwise diagnose runs/digits-1 --constraint 'latency-p95 <= 20 ms'
  gapwise diagnose runs/digits-2 --against runs/digits-1
  gapwise diagnose --predictions table.csv")]
    Diagnose(DiagnoseArgs),

    /// Say which of several runs is better, and which settings differ
    #[command(after_help = "\
Two networks are compared on the same validation examples. That a setting is better takes three
seeds of each.

Examples:
  gapwise compare runs/digits-1 runs/digits-2
  gapwise compare runs/digits-*")]
    Compare(CompareArgs),

    /// Answers for new inputs, as CSV on standard output
    #[command(after_help = "\
Examples:
  gapwise predict runs/digits-1 photo.png
  gapwise predict runs/houses-1 new-houses.csv > prices.csv")]
    Predict(PredictArgs),

    /// Write a run's report again: one HTML file that opens anywhere
    #[command(after_help = "\
Example:
  gapwise report runs/digits-1 -o digits.html")]
    Report(ReportArgs),

    /// Write a run's network for other programs: ONNX to run, safetensors for PyTorch
    #[command(after_help = "\
An ONNX file reads what a user has, pixels or the columns of a table, and answers as `gapwise
predict` does. Safetensors hold the weights alone, with torchvision's names where it has the network.

Examples:
  gapwise export runs/photos-1
  gapwise export runs/photos-1 --format safetensors -o resnet18.safetensors")]
    Export(ExportArgs),

    /// What every setting may be, its default and why, and the rung that it moves
    #[command(after_help = "\
Examples:
  gapwise settings
  gapwise settings train.l2
  gapwise settings train --json")]
    Settings(SettingsArgs),

    /// A network layer by layer: sizes, parameters, multiply-adds, what it sees; without a name, all of
    /// them
    #[command(after_help = "\
Examples:
  gapwise network
  gapwise network resnet18
  gapwise network vgg16 --input 3x224x224 --outputs 10 --json")]
    Network(NetworkArgs),

    /// Time this machine on standard workloads: training steps, answers, and the share of its
    /// matrix-product rate
    #[command(after_help = "\
Examples:
  gapwise bench
  gapwise bench resnet20 lstm-256 --threads 1
  gapwise bench --list")]
    Bench(BenchArgs),

    /// Word vectors: train them, ask them, score them, convert them, draw them
    #[command(after_help = "\
Examples:
  gapwise words train books.txt.gz -o books.safetensors
  gapwise words similar books.safetensors river
  gapwise words analogy books.safetensors man woman king")]
    Words {
        /// What to do
        #[command(subcommand)]
        command: WordsCommand,
    },

    /// Do one workload as lines on standard input say: see `gapwise::bench::worker`
    #[command(hide = true)]
    BenchWorker(BenchWorkerArgs),

    /// Load a run's network, answer one example, and print the bytes of memory that this took: the
    /// process that a constraint on peak memory is measured by
    #[command(hide = true)]
    MeasureMemory(MeasureMemoryArgs),

    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  gapwise completions bash > ~/.local/share/bash-completion/completions/gapwise")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// A CSV or TSV file (plain or gzip), a folder with one folder of images per class, or a
    /// folder of idx files
    #[arg(value_name = "DATA")]
    pub(crate) path: PathBuf,

    /// Label column, by name or number from 1 [default: guessed, and said]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,

    /// Examples with equal values in this column stay on one side of every split
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,

    /// Split by the time in this column, dates or numbers: the latest examples test
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,

    /// How much each example counts, in the loss and in every error alike: a column of numbers of
    /// at least 0
    #[arg(long, value_name = "COLUMN")]
    pub(crate) example_weights: Option<String>,

    /// Leave this column out; may be given several times
    #[arg(long, value_name = "COLUMN")]
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
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<char>,

    /// Resize every image to this many pixels, such as 32x32 (height x width)
    #[arg(long, value_name = "SIZE", value_parser = image_size)]
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
            path: self.path,
            train_from: self.train_from.or(set.train_from),
            validation: self.validation.or(set.validation),
            test: self.test.or(set.test),
            label: self.label.or(set.label),
            group: self.group.or(set.group),
            time: self.time.or(set.time),
            header: header.or(set.header),
            delimiter: self.delimiter.or(set.delimiter),
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
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

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

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) build: BuildArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) training: TrainingArgs,

    #[command(flatten)]
    pub(crate) judging: JudgingArgs,

    #[command(flatten)]
    pub(crate) constraints: ConstraintArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// A configuration file, or a run whose configuration is taken
    #[arg(value_name = "CONFIG", default_value = "gapwise.toml")]
    pub(crate) config: PathBuf,

    /// Go on with a run that was killed or stopped, to the same result as if nothing had happened
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with_all = ["config", "sets", "metric", "class_weights", "weights", "freeze", "seed", "out", "human", "tolerance",
            "find_learning_rate", "constraints"]
    )]
    pub(crate) resume: Option<PathBuf>,

    /// Show the training as it goes on, and take orders: on a terminal by keys (`?` lists them), else
    /// lines on standard input: `rate 0.01`, `save` or `stop`. What is changed is kept in the run, as
    /// train.changes
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) watch: bool,

    #[command(flatten)]
    pub(crate) build: BuildArgs,
}

#[derive(Debug, Args)]
pub(crate) struct TrainingArgs {
    /// Change a setting, such as network.hidden=[256,64]; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,

    /// The metric that everything is judged by, such as f1 or auroc [default: error-rate for
    /// classes, rmse for numbers]; `gapwise settings metric` lists them
    #[arg(long, value_name = "NAME", value_parser = metric)]
    pub(crate) metric: Option<MetricKind>,

    /// What the examples of each class count, in the loss and in every error alike: balanced, none
    /// or a table such as '{spam = 5, ham = 1}'
    #[arg(long, value_name = "WEIGHTS")]
    pub(crate) class_weights: Option<String>,

    /// Begin with these weights: a file of safetensors or PyTorch (.pt, .pth), by torchvision's
    /// names or ours, or a run; the head is new
    #[arg(long, value_name = "FILE|RUN")]
    pub(crate) weights: Option<PathBuf>,

    /// Which layers keep those weights: none, head-only (all but the head) or a stage, up to and with
    /// which they do [default: by the number of examples]
    #[arg(long, value_name = "WHAT")]
    pub(crate) freeze: Option<String>,

    /// Seed of first weights and of the order of examples [default: 1]; the split has its own
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Find the learning rate first, by a range test; its curve is in the report
    #[arg(long)]
    pub(crate) find_learning_rate: bool,

    /// Seconds between two checkpoints; writing them takes at most a twentieth of the time
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) checkpoint_every: Duration,

    /// Where to compute: cpu, cuda, cuda:N or wgpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,

    /// Where to put the run [default: runs/NAME-N, the first free number]
    #[arg(long, short, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
}

impl TrainingArgs {
    /// Every setting that was typed, by `--set` or by a flag that stands for one.
    pub(crate) fn settings(&self) -> Vec<String> {
        let weights = self.class_weights.iter().map(|typed| format!("train.class_weights={typed}"));
        let begun = self.weights.iter().map(|path| {
            format!("network.weights={}", toml::Value::String(path.display().to_string()))
        });
        let frozen = self.freeze.iter().map(|typed| format!("network.freeze={typed}"));
        self.sets.iter().cloned().chain(weights).chain(begun).chain(frozen).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct JudgingArgs {
    /// Error that people make on this task: a rate such as 0.02, or in the label's unit; or a CSV
    /// file of their answers to validation examples, with the columns id and answer. Kept in the
    /// run; `unknown` takes it back
    #[arg(long, value_name = "ERROR|FILE", value_parser = human, allow_negative_numbers = true)]
    pub(crate) human: Option<Human>,

    /// Smallest gap worth work, in the error's unit. Kept in the run; `default` takes it back: a
    /// tenth of the validation error
    #[arg(long, value_name = "ERROR", value_parser = tolerance, allow_negative_numbers = true)]
    pub(crate) tolerance: Option<Level>,
}

#[derive(Debug, Args)]
pub(crate) struct ConstraintArgs {
    /// What the network has to meet beside its error, such as 'latency-p95 <= 20 ms'; may be given
    /// several times. Kept in the run; `none` takes them back
    #[arg(long = "constraint", value_name = "CONSTRAINT")]
    pub(crate) constraints: Vec<String>,
}

impl ConstraintArgs {
    /// What was typed, or else what was chosen before.
    pub(crate) fn over(&self, before: &MetricChoice) -> MetricChoice {
        if self.constraints.is_empty() {
            return before.clone();
        }
        let typed = self.constraints.iter().filter(|typed| *typed != "none");
        MetricChoice { constraints: typed.cloned().collect(), ..before.clone() }
    }
}

/// A human level that was typed, or the word that takes it back.
#[derive(Debug, Clone)]
pub(crate) enum Human {
    Given(HumanChoice),
    Unset,
}

/// An error that was typed, or the word that takes it back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Error(f64),
    Unset,
}

impl JudgingArgs {
    /// What was typed, over what was chosen before.
    pub(crate) fn over(&self, before: &DiagnosisChoice) -> DiagnosisChoice {
        let chosen = |typed: Option<Level>, before| match typed {
            None => before,
            Some(Level::Error(error)) => Some(error),
            Some(Level::Unset) => None,
        };
        DiagnosisChoice {
            human: match &self.human {
                None => before.human.clone(),
                Some(Human::Given(human)) => Some(human.clone()),
                Some(Human::Unset) => None,
            },
            tolerance: chosen(self.tolerance, before.tolerance),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// The run
    pub(crate) run: PathBuf,

    /// Other labelled data of the same kind
    #[arg(required_unless_present = "test", conflicts_with = "test")]
    pub(crate) data: Option<PathBuf>,

    /// Open the run's test set; every opening is counted
    #[arg(long)]
    pub(crate) test: bool,

    /// Go on without bad examples, and count them
    #[arg(long, conflicts_with = "test")]
    pub(crate) skip_bad: bool,

    /// Where to compute: cpu, cuda, cuda:N or wgpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    /// The run
    #[arg(required_unless_present = "predictions", conflicts_with = "predictions")]
    pub(crate) run: Option<PathBuf>,

    /// Another run: which of the two networks is better, and which settings differ
    #[arg(long, value_name = "RUN", conflicts_with = "predictions")]
    pub(crate) against: Option<PathBuf>,

    /// A prediction table that another program wrote, in place of a run: a CSV with the columns
    /// id, split, label and prediction (docs/predictions.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,

    /// What such a table predicts [default: from its columns and labels]
    #[arg(long, requires = "predictions")]
    pub(crate) task: Option<TaskArg>,

    /// What such a table is judged by, such as f1 or auroc [default: error-rate for classes, rmse
    /// for numbers]; a run has its own
    #[arg(long, value_name = "NAME", value_parser = metric, requires = "predictions")]
    pub(crate) metric: Option<MetricKind>,

    /// The positive class of such a table's two [default: the rarer]
    #[arg(long, value_name = "CLASS", requires = "predictions")]
    pub(crate) positive: Option<String>,

    #[command(flatten)]
    pub(crate) judging: JudgingArgs,

    #[command(flatten)]
    pub(crate) constraints: ConstraintArgs,

    /// Measure times and memory again, on this machine
    #[arg(long, conflicts_with = "predictions")]
    pub(crate) measure: bool,

    /// Where to measure: cpu, cuda, cuda:N or wgpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MeasureMemoryArgs {
    /// The run
    pub(crate) run: PathBuf,

    /// Where to compute: cpu, cuda, cuda:N or wgpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Two runs or more, on the same data and split
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    /// The run
    pub(crate) run: PathBuf,

    /// A table, an image or a folder of images
    pub(crate) input: PathBuf,

    /// Go on without bad examples, and count them
    #[arg(long)]
    pub(crate) skip_bad: bool,

    /// Where to compute: cpu, cuda, cuda:N or wgpu
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    pub(crate) device: String,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The run
    pub(crate) run: PathBuf,

    /// Where to write it [default: report.html in the run]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The run
    pub(crate) run: PathBuf,

    /// What to write
    #[arg(long, default_value = "onnx")]
    pub(crate) format: FormatArg,

    /// Where to write it [default: RUN.onnx or RUN.safetensors in the current folder]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// One graph from raw inputs to answers
    Onnx,
    /// The weights
    Safetensors,
}

impl FormatArg {
    pub(crate) fn format(self) -> Format {
        match self {
            FormatArg::Onnx => Format::Onnx,
            FormatArg::Safetensors => Format::Safetensors,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// A setting, or a section such as train
    pub(crate) key: Option<String>,

    /// Every setting as a page of Markdown
    #[arg(long, conflicts_with_all = ["key", "json"])]
    pub(crate) markdown: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NetworkArgs {
    /// The network, as `network.kind` has it [default: list all]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Channels, height and width of the image [default: those of its paper]
    #[arg(long, value_name = "CxHxW", value_parser = image, requires = "name")]
    pub(crate) input: Option<[usize; 3]>,

    /// Logits, one for each class [default: those of its paper]
    #[arg(long, value_name = "N", value_parser = outputs, requires = "name")]
    pub(crate) outputs: Option<usize>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Workloads to time [default: all]
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,

    /// Seconds of training steps to time for each; answers take a quarter more
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(crate) seconds: Duration,

    /// Say which workloads there are, and time none
    #[arg(long)]
    pub(crate) list: bool,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BenchWorkerArgs {
    /// The workload
    pub(crate) workload: String,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Answer as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

fn metric(text: &str) -> Result<MetricKind, String> {
    if text == "accuracy" {
        return Err("accuracy is judged as what it lacks of 1: `error-rate`".into());
    }
    text.parse().map_err(|_| {
        let metrics = MetricKind::ALL.map(|metric| format!("`{metric}`"));
        format!("expected one of {}", metrics.join(", "))
    })
}

fn human(text: &str) -> Result<Human, String> {
    if text == "unknown" {
        return Ok(Human::Unset);
    }
    HumanChoice::typed(text).map(Human::Given).ok_or_else(|| {
        "expected a number, such as 0.02, a CSV file of answers, or `unknown`".into()
    })
}

fn tolerance(text: &str) -> Result<Level, String> {
    level(text, "default")
}

fn level(text: &str, unset: &str) -> Result<Level, String> {
    if text == unset {
        return Ok(Level::Unset);
    }
    let error = text.parse().map(Level::Error);
    error.map_err(|_| format!("expected a number, such as 0.02, or `{unset}`"))
}

fn image(text: &str) -> Result<[usize; 3], String> {
    let sides = text.split(['x', '×']).map(|side| side.parse().ok());
    let sides: Option<Vec<usize>> = sides.collect();
    sides
        .and_then(|sides| sides.try_into().ok())
        .ok_or_else(|| "expected channels, height and width in pixels, such as 3x224x224".into())
}

fn outputs(text: &str) -> Result<usize, String> {
    let outputs = text.parse().ok().filter(|outputs| (1..=1_000_000).contains(outputs));
    outputs.ok_or_else(|| "expected a whole number from 1 to 1,000,000".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds from 0 up, such as 5 or 0.5".into())
}

fn delimiter(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(character), None) if character.is_ascii() => Ok(character),
        _ => Err("expected one ASCII character, or `tab`".into()),
    }
}

fn image_size(text: &str) -> Result<(u32, u32), String> {
    let side = |side: &str| side.parse().ok().filter(|side| (2..=4096).contains(side));
    text.split_once('x')
        .and_then(|(height, width)| Some((side(height)?, side(width)?)))
        .ok_or_else(|| "expected HEIGHTxWIDTH with sides of 2 to 4096 pixels, such as 32x32".into())
}
