//! Tests of the networks from outside: one binary for the crate.

#![allow(clippy::unwrap_used, reason = "what a test's helper cannot do fails the test")]

mod changes;
mod conformance;
mod cost;
mod export;
mod health;
mod named;
mod optimisers;
mod reference;
mod registry;
mod resuming;
mod samples;
mod threads;
mod torchvision;
mod training;
mod transfer;
mod weight_files;
mod weights;
mod workloads;
