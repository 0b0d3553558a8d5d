//! What is trained, and what it is judged by.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use gapwise::{
    config::{DiagnosisChoice, HumanChoice, MetricChoice},
    study::metric::MetricKind,
};

use super::{DataArgs, OutputArgs, values};

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
    #[arg(long, value_name = "NAME", value_parser = values::metric)]
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

    /// Seed of initial weights and of the order of examples [default: 1]; the split has its own
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Find the learning rate first, by a range test; its curve is in the report
    #[arg(long)]
    pub(crate) find_learning_rate: bool,

    /// Seconds between two checkpoints; writing them takes at most a twentieth of the time
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = values::seconds)]
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
    #[arg(long, value_name = "ERROR|FILE", value_parser = values::human, allow_negative_numbers = true)]
    pub(crate) human: Option<Human>,

    /// Smallest gap worth work, in the error's unit. Kept in the run; `default` takes it back: a
    /// tenth of the validation error
    #[arg(long, value_name = "ERROR", value_parser = values::tolerance, allow_negative_numbers = true)]
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
