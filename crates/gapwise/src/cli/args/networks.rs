//! Networks without data: what can be set, what they are made of, how fast they are.

use std::time::Duration;

use clap::Args;

use super::{OutputArgs, values};

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
    #[arg(long, value_name = "CxHxW", value_parser = values::image, requires = "name")]
    pub(crate) input: Option<[usize; 3]>,

    /// Logits, one for each class [default: those of its paper]
    #[arg(long, value_name = "N", value_parser = values::outputs, requires = "name")]
    pub(crate) outputs: Option<usize>,

    /// A setting of the network, such as `network.batch_norm=before-activation` or
    /// `network.channels=[16,32]`
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "name")]
    pub(crate) sets: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Workloads to time [default: all]
    #[arg(value_name = "WORKLOAD")]
    pub(crate) workloads: Vec<String>,

    /// Seconds of training steps to time for each; answers take a quarter more
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = values::seconds)]
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
