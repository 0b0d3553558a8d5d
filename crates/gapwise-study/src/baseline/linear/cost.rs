//! What the linear baseline lowers, and its gradient.

use rayon::prelude::*;

use super::{Examples, Matrix, Targets, lbfgs::Function};

/// Numbers of gradients that may be held at once.
const GRADIENTS: usize = 1 << 23;
/// Parts of the examples that are added up each for itself, at most.
const MOST_PARTS: usize = 16;
/// Examples that are in the cache at once.
const BLOCK: usize = 64;

/// Mean loss of some training examples by their weights, and λ·ΣW².
#[derive(Debug)]
pub(super) struct Cost<'a> {
    matrix: Matrix,
    targets: Targets<'a>,
    rows: &'a [usize],
    /// Each row's share of all weight.
    shares: Option<Vec<f64>>,
    l2: f64,
}

impl<'a> Cost<'a> {
    /// λ is `strength` over the number of rows.
    pub(super) fn new(examples: Examples<'a>, rows: &'a [usize], strength: f64) -> Self {
        let shares = examples.weights.map(|weights| {
            let sum: f64 = rows.iter().map(|&row| f64::from(weights[row])).sum();
            rows.iter().map(|&row| f64::from(weights[row]) / sum).collect()
        });
        let matrix = Matrix::gather(examples.features, rows);
        let l2 = strength / rows.len() as f64;
        Cost { matrix, targets: examples.targets, rows, shares, l2 }
    }

    /// The same with another λ.
    pub(super) fn set_strength(&mut self, strength: f64) {
        self.l2 = strength / self.rows.len() as f64;
    }

    pub(super) fn l2(&self) -> f64 {
        self.l2
    }

    pub(super) fn outputs(&self) -> usize {
        match self.targets {
            Targets::Classes { classes, .. } => classes,
            Targets::Numbers(_) => 1,
        }
    }

    pub(super) fn parameters(&self) -> usize {
        self.matrix.parameters(self.outputs())
    }

    /// Multiply-adds of a pass.
    pub(super) fn work(&self) -> f64 {
        2.0 * self.rows.len() as f64 * self.matrix.reads() as f64 * self.outputs() as f64
    }

    /// Mean loss by weight, without λ·ΣW².
    pub(super) fn loss(&self, weights: &[f64]) -> f64 {
        self.parts().map(|rows| self.part(weights, rows, None)).collect::<Vec<_>>().iter().sum()
    }

    /// The rows, cut up by their number and the gradient's size alone, so that sums are the same for
    /// any number of threads.
    fn parts(&self) -> impl IndexedParallelIterator<Item = std::ops::Range<usize>> {
        let rows = self.matrix.rows();
        let parts = (GRADIENTS / self.parameters().max(1)).clamp(1, MOST_PARTS);
        let length = rows.div_ceil(parts).next_multiple_of(BLOCK);
        (0..rows.div_ceil(length))
            .into_par_iter()
            .map(move |part| part * length..((part + 1) * length).min(rows))
    }

    /// The loss of some rows, and what they add to the gradient.
    fn part(
        &self,
        weights: &[f64],
        rows: std::ops::Range<usize>,
        mut gradient: Option<&mut [f64]>,
    ) -> f64 {
        let outputs = self.outputs();
        let mut answers = vec![0.0; BLOCK * outputs];
        let mut loss = 0.0;
        for first in rows.clone().step_by(BLOCK) {
            let block = first..(first + BLOCK).min(rows.end);
            let answers = &mut answers[..block.len() * outputs];
            self.matrix.products_of(block.clone(), (weights, outputs), answers);
            for (place, answer) in block.clone().zip(answers.chunks_exact_mut(outputs)) {
                loss += self.residual(place, answer);
            }
            if let Some(gradient) = &mut gradient {
                self.matrix.add_gradient_of(block, (answers, outputs), gradient);
            }
        }
        loss
    }

    /// The loss of a row by its share; its answers become the derivatives of that by them.
    fn residual(&self, place: usize, answer: &mut [f64]) -> f64 {
        let share = match &self.shares {
            Some(shares) => shares[place],
            None => 1.0 / self.rows.len() as f64,
        };
        match self.targets {
            Targets::Classes { of, .. } => {
                let label = of[self.rows[place]] as usize;
                let highest = answer.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let of_label = answer[label] - highest;
                let mut sum = 0.0;
                for answer in answer.iter_mut() {
                    *answer = (*answer - highest).exp();
                    sum += *answer;
                }
                let scale = share / sum;
                answer.iter_mut().for_each(|answer| *answer *= scale);
                answer[label] -= share;
                share * (sum.ln() - of_label)
            }
            Targets::Numbers(numbers) => {
                let off = answer[0] - numbers[self.rows[place]];
                answer[0] = 2.0 * share * off;
                share * off * off
            }
        }
    }
}

impl Function for Cost<'_> {
    fn at(&self, weights: &[f64], gradient: &mut [f64]) -> f64 {
        let parts: Vec<(f64, Vec<f64>)> = self
            .parts()
            .map(|rows| {
                let mut gradient = vec![0.0; weights.len()];
                let loss = self.part(weights, rows, Some(&mut gradient));
                (loss, gradient)
            })
            .collect();
        let mut loss = 0.0;
        gradient.fill(0.0);
        for (of_part, part) in &parts {
            loss += of_part;
            for (gradient, part) in gradient.iter_mut().zip(part) {
                *gradient += part;
            }
        }
        let (bias, stride, outputs) = (self.matrix.bias(), self.matrix.stride(), self.outputs());
        let mut squares = 0.0;
        for (place, (weight, gradient)) in weights.iter().zip(gradient).enumerate() {
            if place >= outputs * stride || place % stride != bias {
                squares += weight * weight;
                *gradient += 2.0 * self.l2 * weight;
            }
        }
        loss + self.l2 * squares
    }
}
