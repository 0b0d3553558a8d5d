//! Gapwise turns labelled data into a model that works in practice, and says at every point which
//! gap to close next.
//!
//! This crate joins the others: [`data`] reads and splits, [`nn`] trains, [`study`] judges.
//! [`system::build`] is the whole path from data to a first, diagnosed network;
//! [`trained::TrainedRun`] is what can be done with one afterwards.
//!
//! ```no_run
//! use gapwise::{config::Config, system};
//!
//! # fn main() -> Result<(), gapwise::Error> {
//! let mut config = Config::default();
//! config.data.path = "examples/digits".into();
//! let outcome = system::build(&config, &system::Options::default(), &mut ())?;
//! println!("{}", outcome.run.display());
//! # Ok(())
//! # }
//! ```

pub mod augmented;
pub mod bench;
pub mod comparing;
pub mod config;
mod error;
pub mod examples;
pub mod export;
pub mod inspection;
mod invocation;
pub mod measure;
mod nearest;
pub mod network;
pub mod observe;
pub mod prelude;
mod pretrained;
mod remedies;
pub mod system;
pub mod tables;
pub mod trained;
pub mod weight_file;
pub mod words;

pub use error::{Error, Fault};
pub use gapwise_data as data;
pub use gapwise_data::wording::shell_word;
pub use gapwise_nn as nn;
pub use gapwise_study as study;
pub use gapwise_words as vectors;
pub use invocation::Invocation;
