//! The command as its users see it: the built binary in a folder of its own.

// A helper of a test fails it by panicking, and says on standard error what it passes over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod bench;
mod compared;
mod constraints;
mod crates;
mod damage;
mod data;
mod desk;
mod digits;
mod escapes;
mod examples;
mod export;
mod foreign;
mod help;
mod mended;
mod metric;
mod names;
mod network;
mod people;
mod pictures;
mod read_once;
mod recipe_commands;
mod recipe_walk;
mod refused_data;
mod refused_settings;
mod resumed;
mod same_bits;
mod settings;
mod streams;
mod transfer;
mod two_sources;
mod watch;
mod whole_path;
mod words;
