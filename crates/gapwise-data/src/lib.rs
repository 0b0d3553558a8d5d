//! Data for Gapwise: sources, checks, splits and encodings, as plain buffers.
//!
//! This crate knows nothing of Burn, of networks or of a terminal. What it reads ends as a
//! [`Dataset`]; [`split::assign`] says which examples belong to which [`Split`]; the encoders in
//! [`table`] and [`images`] turn examples into the numbers that a network reads.

mod blank;
mod class_names;
pub mod dataset;
pub mod format;
mod idx_name;
pub mod images;
pub mod memory;
pub mod problem;
pub mod shift;
pub mod shown;
pub mod source;
pub mod split;
pub mod stream;
pub mod summary;
pub mod table;
mod unicode;
pub mod wording;

pub use dataset::{Dataset, Groups, Inputs, Labels, Note, Times, TrainingSource};
pub use problem::{DataError, Place, Problem, Severity};
pub use source::{SourceOptions, TaskChoice};
pub use split::{Split, SplitOptions, Splits};
