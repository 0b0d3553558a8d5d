//! Where a sample has no error of some kind.

use thiserror::Error;

/// Why a metric is not defined on a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Undefined {
    /// No example counts.
    #[error("there is no example of a weight above 0")]
    NoExamples,
    /// No example of the positive class.
    #[error("no example is of the positive class")]
    NoPositives,
    /// Every example is of the positive class, so that it is ranked above nothing.
    #[error("every example is of the positive class")]
    NoNegatives,
    /// One class alone, so that there is nothing to rank.
    #[error("every example is of the same class")]
    OneClass,
    /// All labels are the same number, so that there is no variance to explain.
    #[error("every label is the same number")]
    NoVariance,
    /// Answers without one score per class.
    #[error("the answers have no scores")]
    NoScores,
    /// Answers that are not numbers.
    #[error("some answers are not finite numbers")]
    NotFinite,
}
