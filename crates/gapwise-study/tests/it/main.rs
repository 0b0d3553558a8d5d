//! Tests of the method from outside: one binary for the crate.

#![allow(clippy::unwrap_used, reason = "what a test's helper cannot do fails the test")]

mod baselines;
mod bed;
mod compare;
mod constraints;
mod coverage;
mod custom_metric;
mod diagnosis;
mod event_file;
mod few_units;
mod human;
mod intervals;
mod looks;
mod metrics;
mod predictions;
mod recipe;
mod report;
mod run;
mod runs;
mod tables;
mod taken;
mod text;
mod verdicts;
mod weights;
