//! A run: a directory that a person can read and another tool can open.
//!
//! [`RunDirectory`] makes, opens and fills it. Its files appear whole or not at all, and its
//! [`Manifest`] has their checksums, which are looked at before a file is used. One process at a time
//! trains in it: the one that holds its [`RunLock`].

mod directory;
mod health;
mod lock;
mod manifest;
mod records;
mod rows;
mod smooth;
mod tensorboard;
mod training;
mod whole;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use directory::{RunDirectory, RunError, file};
pub use health::{DeadLayer, GradientHealth, Health};
pub use lock::RunLock;
pub use manifest::{Checksum, Manifest};
pub use records::Record;
pub use smooth::centred;
pub use tensorboard::{EventFile, EventRows};
pub use training::{GradientRow, HistoryRow, RangePoint, RangeTest, TimingRow};
pub(crate) use whole::sync_folder;
pub use whole::{check_target, write_whole, write_whole_with};

/// `environment.json`: what a run needs to be repeated or doubted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of Gapwise.
    pub version: String,
    /// Operating system and processor architecture.
    pub platform: String,
    /// Instruction sets that the processor has and the engine uses.
    pub cpu_features: Vec<String>,
    /// The one that the kernels used, such as `avx512`; empty in runs from before it was recorded.
    #[serde(default)]
    pub instructions: String,
    /// Device that computed: `cpu`, `cuda:0`, …
    pub device: String,
    /// Threads used.
    pub threads: usize,
    /// Seed of weights and batches.
    pub seed: u64,
    /// Fingerprint of the data.
    pub data: String,
    /// Seconds spent, by phase: `read`, `train`, `evaluate`, …
    pub seconds: BTreeMap<String, f64>,
}

/// One example among those that the network got most wrong, for the report (`worst.json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstExample {
    /// The example's id.
    pub id: String,
    /// Right answer.
    pub label: String,
    /// Given answer.
    pub prediction: String,
    /// Probability that the network gave to its answer, for classification.
    pub score: Option<f32>,
    /// The example's loss.
    pub loss: f32,
    /// How to show it.
    pub shown: Shown,
}

/// How an example is shown to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The picture that the network read, which is the source's own: a PNG, base64-encoded.
    Picture(String),
    /// The picture in the source, and what the network read of it.
    Pictures(Pictures),
    /// Column names and cells.
    Row(Vec<(String, String)>),
}

/// A picture from its source beside what the network read of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pictures {
    /// The picture in the source, reduced where it is large.
    pub source: Encoded,
    /// Its height and width in the source, in pixels.
    pub size: (u32, u32),
    /// What the network read: a PNG, base64-encoded.
    pub read: String,
}

/// An image file, base64-encoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoded {
    /// A PNG file.
    Png(String),
    /// A JPEG file.
    Jpeg(String),
}

/// A setting and where it stands, for "settings that differ from defaults".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Dotted name: `train.learning_rate`.
    pub name: String,
    /// The value in force.
    pub value: String,
    /// The default.
    pub default: String,
}
