//! The command line: typed flags, before they become a configuration.

mod data;
mod networks;
mod runs;
mod training;
mod values;
mod words;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use data::*;
pub(crate) use networks::*;
pub(crate) use runs::*;
pub(crate) use training::*;
pub(crate) use words::*;

macro_rules! settings_help {
    () => {
        "\
Settings (in gapwise.toml as [section] and key; with --set as section.key=value):
  data.path, data.validation, data.test     where the data is; ready-made held-out parts
  data.train_from    another source that trains, where data.path is what the network is for
  data.label, data.group, data.time, data.ignore    columns, by name or number from 1
  data.header, data.delimiter, data.quote, data.task    how a table is read
  data.decimal, data.thousands, data.missing    marks in numbers; values that stand for none
  data.example_weights                      a column that says how much each example counts
  data.image_size, data.image_fit, data.image_memory    how images are read, and how many
                     stay in memory
  data.skip_bad                             go on without bad examples
  split.seed, split.validation, split.test, split.train_validation    seed and shares
  network.kind       feed-forward, lenet, small-conv, conv, or a name such as resnet20:
                     `gapwise network` lists them
  network.hidden     units of each hidden layer, such as [256,64]; [] is a linear network
  network.channels   filters of each convolution of conv, such as [32,64,128]
  network.filter_side, network.pool         their side, and what stands behind each: such as 5
                     and [none,max]
  network.dropout    probability that a hidden unit is dropped; a list has one for each layer
  network.input_dropout                     probability that an input is dropped
  network.activation       relu, tanh or leaky-relu
  network.batch_norm       off, before-activation or after-activation
  network.initialisation   he, he-uniform, xavier or xavier-uniform, else by the activation
  network.initial_scale    factor on the standard deviation of initial weights
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
  train.changes      during training, such as [{step = 1200, learning_rate = 0.01}]; see --watch
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
  gapwise inspect photos/ --augmented --set augment.rotate=15 --set augment.mirror=true
  gapwise inspect --weights resnet18.pth")]
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
  gapwise predict runs/digits-1 new-photos/ one-more.png
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
pub(crate) struct OutputArgs {
    /// Answer as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,
}
