//! The crate as its users see it.

// A helper of a test fails it by panicking, and says on standard error when shared data is absent.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod images;
mod in_memory;
mod shift;
mod splits;
mod tables;
mod two_sources;
