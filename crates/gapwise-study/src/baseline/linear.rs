//! The linear baseline: softmax regression for classes, ridge regression for numbers.
//!
//! Its cost is the network's loss, meant over the training examples by their weights, and λ·ΣW²; biases
//! are exempt. That is convex, so it has one minimum, and L-BFGS goes on until the gradient is nearly 0
//! there. λ is chosen on training examples alone, by cross-validation.
//!
//! **Source**: J. Nocedal, "Updating quasi-Newton matrices with limited storage", 1980; the search
//! along a line by A. Lewis and M. Overton, "Nonsmooth optimization via quasi-Newton methods", 2013,
//! algorithm 2.6. **Differs from the source**: nothing.

mod cost;
mod folds;
mod lbfgs;
mod matrix;

use gapwise_data::wording::written;
use serde::{Deserialize, Serialize};

use cost::Cost;
use lbfgs::{Course, End, minimise};
use matrix::Matrix;

use crate::metric::{count, counted};

/// The largest part of the gradient at which the minimum counts as reached. The loss is near 1 where
/// nothing is learned, and features are near 1 as well.
pub const TOLERANCE: f64 = 1e-5;

/// Multiply-adds that a fit may take: some ten seconds of two cores.
const WORK: f64 = 1.5e11;
/// A gradient at which the error is hardly another than at the minimum.
const NEAR: f64 = 1e-3;
/// Passes over the training examples, however large they are.
const FEWEST_PASSES: usize = 30;
/// Passes over the training examples, however small they are.
const MOST_PASSES: usize = 2_000;

/// What the linear baseline reads of examples, one row each.
#[derive(Debug, Clone, Copy)]
pub struct Features<'a> {
    /// Numbers of one example.
    pub width: usize,
    /// `[example, width]`, row-major; finite.
    pub dense: &'a [f32],
    /// `[example, column]`, row-major: of each embedded column the code, below its categories. Each
    /// code has a weight of its own.
    pub codes: &'a [u32],
    /// The number of codes of each embedded column.
    pub categories: &'a [usize],
}

/// What is to be answered, one for each row of the features.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// Class numbers.
    Classes {
        /// One per row, each below `classes`.
        of: &'a [u32],
        /// How many classes there are.
        classes: usize,
    },
    /// Standardised numbers, one per row.
    Numbers(&'a [f64]),
}

/// The same, held.
#[derive(Debug, Clone, PartialEq)]
pub enum LinearTargets {
    /// Class numbers.
    Classes {
        /// One per row, each below `classes`.
        of: Vec<u32>,
        /// How many classes there are.
        classes: usize,
    },
    /// Standardised numbers, one per row.
    Numbers(Vec<f64>),
}

impl LinearTargets {
    /// The same, lent.
    pub fn as_targets(&self) -> Targets<'_> {
        match self {
            LinearTargets::Classes { of, classes } => Targets::Classes { of, classes: *classes },
            LinearTargets::Numbers(numbers) => Targets::Numbers(numbers),
        }
    }
}

/// What the linear baseline is fitted to.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// What it reads.
    pub features: Features<'a>,
    /// What it is to answer.
    pub targets: Targets<'a>,
    /// What each row counts; all count 1 where there are none.
    pub weights: Option<&'a [f32]>,
    /// The unit of each row, such as its group: rows of one unit stay on one side when λ is chosen.
    pub units: Option<&'a [u32]>,
}

/// How a fit went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinearFit {
    /// λ, chosen by cross-validation.
    pub l2: f64,
    /// The parts that the training examples were cut into to choose it; below 2, it was not chosen.
    pub folds: usize,
    /// Training examples that the choice was made on.
    pub chosen_on: usize,
    /// Training examples that it was fitted to.
    pub examples: usize,
    /// Steps of L-BFGS.
    pub iterations: usize,
    /// Passes over the training examples.
    pub passes: usize,
    /// The largest part of the gradient at the end.
    pub gradient: f64,
    /// The gradient below which the minimum counts as reached.
    pub tolerance: f64,
    /// Whether it was reached.
    pub converged: bool,
}

/// The linear baseline of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinearRecord {
    /// How its fit went.
    #[serde(flatten)]
    pub fit: LinearFit,
    /// Training examples that there were; it may have been fitted to a sample of them.
    pub of_examples: usize,
    /// Where it read smaller images than there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrunk: Option<Shrunk>,
}

/// Height and width of images, as they are and as they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// As the network reads them.
    pub from: [usize; 2],
    /// As the baseline read them.
    pub to: [usize; 2],
}

/// A fitted linear baseline.
#[derive(Debug, Clone)]
pub struct Linear {
    outputs: usize,
    /// `[output, padded width]`, then `[code, output]`.
    weights: Vec<f64>,
    fit: LinearFit,
}

impl Linear {
    /// Fits it to the rows `train` of `examples`; `seed` deals them out to folds. `None` where `stop`
    /// says so, which is asked before every pass, or where no row has a weight above 0.
    ///
    /// Same examples, same seed, same set of instructions: same bits, for any number of threads.
    ///
    /// # Panics
    ///
    /// Where a row of `train` is not there.
    pub fn fit(
        examples: Examples<'_>,
        train: &[usize],
        seed: u64,
        stop: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let counts = |row: &usize| examples.weights.is_none_or(|weights| weights[*row] > 0.0);
        let train: Vec<usize> = train.iter().copied().filter(counts).collect();
        if train.is_empty() {
            return None;
        }
        let chosen = folds::choose(examples, &train, seed, stop)?;
        let cost = Cost::new(examples, &train, chosen.strength);
        let course = Course { tolerance: TOLERANCE, passes: passes(&cost) };
        let mut weights = vec![0.0; cost.parameters()];
        let End { iterations, passes, gradient, converged } =
            minimise(&cost, &mut weights, course, stop)?;
        let fit = LinearFit {
            l2: cost.l2(),
            folds: chosen.folds,
            chosen_on: chosen.examples,
            examples: train.len(),
            iterations,
            passes,
            gradient,
            tolerance: TOLERANCE,
            converged,
        };
        Some(Linear { outputs: cost.outputs(), weights, fit })
    }

    /// How the fit went.
    pub fn course(&self) -> LinearFit {
        self.fit
    }

    /// What it answers for these rows: `[row, output]`, row-major. Of classes, these are logits.
    ///
    /// # Panics
    ///
    /// Where the features are of another width than those that it was fitted to.
    pub fn answers(&self, features: Features<'_>, rows: &[usize]) -> Vec<f64> {
        let mut answers = Vec::with_capacity(rows.len() * self.outputs);
        // A chunk at a time, since a chunk is copied.
        for rows in rows.chunks(4_096) {
            let matrix = Matrix::gather(features, rows);
            matrix.products(&self.weights, self.outputs, &mut answers);
        }
        answers
    }
}

impl LinearRecord {
    /// One that read images as they are.
    pub fn new(fit: LinearFit, of_examples: usize) -> Self {
        LinearRecord { fit, of_examples, shrunk: None }
    }

    /// Whether its error is that of a linear model of this data: trained nearly to its minimum, on
    /// images of at least half their side.
    pub fn is_fair(&self) -> bool {
        let near = self.fit.converged || self.fit.gradient <= NEAR;
        let little = |Shrunk { from, to }: Shrunk| from[0].max(from[1]) > 2 * to[0].max(to[1]);
        near && !self.shrunk.is_some_and(little)
    }

    /// How it went, in sentences.
    pub fn said(&self) -> String {
        let LinearFit { l2, gradient, tolerance, converged, .. } = self.fit;
        // To two digits, as people write them: `0.28`, `6.9`.
        let l2 = written(format!("{l2:.1e}").parse().unwrap_or(l2));
        let steps = counted(self.fit.iterations, "step");
        let end = match converged {
            true => format!("Trained to its minimum in {steps} of L-BFGS"),
            false => format!("Not trained to its minimum: stopped after {steps} of L-BFGS"),
        };
        let left = match converged {
            true => format!("the largest part of the gradient is {gradient:.1e}"),
            false => format!(
                "the largest part of the gradient is {gradient:.1e}, and {tolerance:.0e} is the \
                 minimum"
            ),
        };
        let chosen = match self.fit.folds {
            0 | 1 => "for want of training examples to choose it by".to_owned(),
            folds => format!(
                "chosen by {folds} folds of {}",
                counted(self.fit.chosen_on, "training example")
            ),
        };
        let sample = if self.fit.examples < self.of_examples {
            let (some, all) = (count(self.fit.examples), count(self.of_examples));
            format!(" It was fitted to {some} of {all} training examples.")
        } else {
            String::new()
        };
        let shrunk = self.shrunk.map_or(String::new(), |Shrunk { from, to }| {
            let [[height, width], [to_height, to_width]] = [from, to];
            format!(" It read images of {height}×{width} as {to_height}×{to_width}.")
        });
        format!("{end}; {left}. L2 is {l2}, {chosen}.{sample}{shrunk}")
    }
}

/// Passes that the work allows.
fn passes(cost: &Cost<'_>) -> usize {
    ((WORK / cost.work()) as usize).clamp(FEWEST_PASSES, MOST_PASSES)
}

#[cfg(test)]
mod tests;
