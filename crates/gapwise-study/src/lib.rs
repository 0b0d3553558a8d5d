//! The method of Gapwise: what the errors of a trained network say, and what to do next.
//!
//! This crate knows neither Burn nor any network. It reads prediction tables and run records:
//! [`predictions`] is the contract between networks and method, and works for tables that another
//! program wrote.
//!
//! A table becomes errors by a [`metric`], errors become a gap ladder with a verdict in
//! [`diagnosis`], on the [`interval`]s that say how far each can be trusted; [`recipe`] turns the
//! verdict into steps. [`baseline`] asks whether a network is worth it at all, [`looks`] counts how
//! often held-out data was used up, [`human`] what people reach, [`compare`] whether one network or setting is better than
//! another, [`taken`] which steps were taken and what they did, [`run`] keeps what a run leaves behind, and [`mod@report`] shows it.
//!
//! ```
//! use gapwise_data::Split;
//! use gapwise_study::{
//!     diagnosis::{DiagnoseOptions, GapKind, HumanLevel, Verdict, diagnose},
//!     predictions::{Outcome, PredictionRow, PredictionTable, Target},
//!     recipe::NoCommands,
//! };
//!
//! // 1 % of train and 11 % of validation are wrong, and people make no error.
//! let row = |split, number: usize, wrong: bool| PredictionRow {
//!     id: format!("{split}:{number}"),
//!     group: None,
//!     split,
//!     outcome: Outcome::class(0, u32::from(wrong), vec![0.5, 0.5]),
//!     loss: 0.7,
//!     weight: 1.0,
//! };
//! let train = (0..1_000).map(|number| row(Split::Train, number, number < 10));
//! let validation = (0..1_000).map(|number| row(Split::Validation, number, number < 110));
//! let table = PredictionTable {
//!     target: Target::classes(vec!["cat".into(), "dog".into()]),
//!     rows: train.chain(validation).collect(),
//! };
//! let mut options = DiagnoseOptions::new("runs/cats-1");
//! options.human = HumanLevel::Given(0.0);
//! let diagnosis = diagnose(&table, &options, &NoCommands)?;
//! assert!(matches!(diagnosis.verdict, Verdict::Close { gap: GapKind::Variance, .. }));
//! # Ok::<(), gapwise_study::diagnosis::DiagnoseError>(())
//! ```

pub mod answer;
pub mod baseline;
pub mod compare;
pub mod constraint;
pub mod diagnosis;
pub mod human;
pub mod interval;
mod lines;
pub mod looks;
pub mod metric;
pub mod predictions;
pub mod recipe;
pub mod report;
pub mod run;
pub mod runs;
pub mod taken;
