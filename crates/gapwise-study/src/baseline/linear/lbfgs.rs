//! L-BFGS: the minimum of a smooth convex function from its values and gradients.

use std::collections::VecDeque;

/// Steps that the curvature is told from, as far as their numbers fit in [`REMEMBERED_NUMBERS`].
const REMEMBERED: usize = 10;
const REMEMBERED_NUMBERS: usize = 1 << 26;
/// Of the fall that the slope promises, what a step has to bring.
const ENOUGH: f64 = 1e-4;
/// What may be left of the slope behind a step.
const FLATTER: f64 = 0.9;
/// Rounding of a value, as a share of it.
const ROUNDING: f64 = 1e-13;
/// Tries along one line.
const TRIES: usize = 40;

/// A function of many numbers.
pub(super) trait Function {
    /// Its value here; `gradient` is overwritten.
    fn at(&self, here: &[f64], gradient: &mut [f64]) -> f64;
}

/// When to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// The largest part of the gradient at which the minimum counts as reached.
    pub(super) tolerance: f64,
    /// Values and gradients that may be asked for.
    pub(super) passes: usize,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct End {
    pub(super) iterations: usize,
    pub(super) passes: usize,
    /// The largest part of the gradient.
    pub(super) gradient: f64,
    pub(super) converged: bool,
}

/// A step and what it did to the gradient.
struct Step {
    moved: Vec<f64>,
    turned: Vec<f64>,
    /// 1 / (moved · turned).
    rho: f64,
}

/// Moves `here` to the minimum of `function`. `None` where `stop` says so.
pub(super) fn minimise(
    function: &impl Function,
    here: &mut Vec<f64>,
    course: Course,
    stop: &dyn Fn() -> bool,
) -> Option<End> {
    let size = here.len();
    let remembered = (REMEMBERED_NUMBERS / (2 * size.max(1))).clamp(3, REMEMBERED);
    let mut steps: VecDeque<Step> = VecDeque::with_capacity(remembered);
    let (mut gradient, mut there) = (vec![0.0; size], vec![0.0; size]);
    let (mut next, mut direction) = (vec![0.0; size], vec![0.0; size]);
    if stop() {
        return None;
    }
    let mut value = function.at(here, &mut gradient);
    let (mut passes, mut iterations) = (1, 0);
    loop {
        let largest = largest(&gradient);
        let end = |passes, converged| End { iterations, passes, gradient: largest, converged };
        if largest <= course.tolerance {
            return Some(end(passes, true));
        }
        toward(&steps, &gradient, &mut direction);
        let mut slope = dot(&direction, &gradient);
        if slope.is_nan() || slope >= 0.0 {
            // Rounding has turned it: straight down.
            steps.clear();
            direction.iter_mut().zip(&gradient).for_each(|(to, gradient)| *to = -gradient);
            slope = -dot(&gradient, &gradient);
        }
        // Without a step behind it nothing is known of the scale.
        let mut length = if steps.is_empty() { (1.0 / slope.abs().sqrt()).min(1.0) } else { 1.0 };
        let (mut short, mut long) = (0.0, f64::INFINITY);
        let mut taken = None;
        for _ in 0..TRIES {
            if passes >= course.passes {
                return Some(end(passes, false));
            }
            if stop() {
                return None;
            }
            for ((there, here), direction) in there.iter_mut().zip(&*here).zip(&direction) {
                *there = here + length * direction;
            }
            let found = function.at(&there, &mut next);
            passes += 1;
            let allowed = value + ENOUGH * length * slope + ROUNDING * value.abs();
            if found.is_nan() || found > allowed {
                long = length;
            } else if dot(&next, &direction) < FLATTER * slope {
                short = length;
            } else {
                taken = Some(found);
                break;
            }
            length = if long.is_finite() { (short + long) / 2.0 } else { 2.0 * short };
        }
        let Some(found) = taken else { return Some(end(passes, false)) };
        iterations += 1;
        let moved: Vec<f64> = there.iter().zip(&*here).map(|(there, here)| there - here).collect();
        let turned: Vec<f64> = next.iter().zip(&gradient).map(|(next, last)| next - last).collect();
        let product = dot(&moved, &turned);
        if product > 0.0 {
            if steps.len() == remembered {
                steps.pop_front();
            }
            steps.push_back(Step { moved, turned, rho: 1.0 / product });
        }
        std::mem::swap(here, &mut there);
        std::mem::swap(&mut gradient, &mut next);
        value = found;
    }
}

/// Where to go from a gradient: minus what the remembered curvature makes of it.
fn toward(steps: &VecDeque<Step>, gradient: &[f64], direction: &mut [f64]) {
    direction.iter_mut().zip(gradient).for_each(|(to, gradient)| *to = -gradient);
    let mut alphas = Vec::with_capacity(steps.len());
    for Step { moved, turned, rho } in steps.iter().rev() {
        let alpha = rho * dot(moved, direction);
        add(direction, -alpha, turned);
        alphas.push(alpha);
    }
    if let Some(Step { turned, rho, .. }) = steps.back() {
        let scale = 1.0 / (rho * dot(turned, turned));
        direction.iter_mut().for_each(|to| *to *= scale);
    }
    for (Step { moved, turned, rho }, alpha) in steps.iter().zip(alphas.iter().rev()) {
        let beta = rho * dot(turned, direction);
        add(direction, alpha - beta, moved);
    }
}

fn add(to: &mut [f64], factor: f64, of: &[f64]) {
    to.iter_mut().zip(of).for_each(|(to, of)| *to += factor * of);
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    // Eight sums side by side: one alone would wait for each addition.
    let mut sums = [0.0; 8];
    let (ones, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..8 {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let rest: f64 = rest.iter().zip(other_rest).map(|(one, other)| one * other).sum();
    sums.iter().sum::<f64>() + rest
}

/// The largest part, whatever its sign; NaN where one is.
fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(
        0.0,
        |largest: f64, part| {
            if part.is_nan() { f64::NAN } else { largest.max(part.abs()) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ c·(x − m)², stretched.
    struct Bowl {
        curvatures: Vec<f64>,
        minimum: Vec<f64>,
    }

    impl Function for Bowl {
        fn at(&self, here: &[f64], gradient: &mut [f64]) -> f64 {
            let mut value = 0.0;
            for (place, here) in here.iter().enumerate() {
                let off = here - self.minimum[place];
                gradient[place] = 2.0 * self.curvatures[place] * off;
                value += self.curvatures[place] * off * off;
            }
            value
        }
    }

    #[test]
    fn it_reaches_the_minimum_of_a_stretched_bowl() {
        let bowl =
            Bowl { curvatures: vec![1.0, 1e-2, 1e2, 3.0], minimum: vec![3.0, -40.0, 0.25, 1e3] };
        let course = Course { tolerance: 1e-8, passes: 500 };
        let mut here = vec![0.0; 4];
        let end = minimise(&bowl, &mut here, course, &|| false).unwrap();
        assert!(end.converged && end.gradient <= 1e-8, "{end:?}");
        for (here, there) in here.iter().zip(&bowl.minimum) {
            assert!((here - there).abs() < 1e-5, "{here} for {there}");
        }
        // The same passes again, and no more than it said.
        let mut again = vec![0.0; 4];
        let few = Course { tolerance: 1e-8, passes: end.passes - 1 };
        let cut = minimise(&bowl, &mut again, few, &|| false).unwrap();
        assert!(!cut.converged && cut.passes == end.passes - 1 && cut.gradient > 1e-8, "{cut:?}");
        assert!(minimise(&bowl, &mut again, course, &|| true).is_none());
    }
}
