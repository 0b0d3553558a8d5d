//! What is asked of runs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gapwise::{export::Format, study::metric::MetricKind};

use super::{ConstraintArgs, JudgingArgs, OutputArgs, TaskArg, values};

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
    #[arg(long, value_name = "NAME", value_parser = values::metric, requires = "predictions")]
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

    /// Tables, images and folders of images, as many as there are
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

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
