//! Activations: what a network makes of its weighted sums.

use burn::tensor::{
    Tensor,
    activation::{leaky_relu, relu, sigmoid},
};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::{functions::Vector, instructions::with_best};

/// A function of each number for itself, whose derivative follows from its answer alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Activation {
    /// x.
    #[default]
    None,
    /// max(0, x), with the derivative 0 at 0.
    Relu,
    /// x from zero on, slope · x below.
    LeakyRelu {
        /// Above 0, as the sign of the answer is to be that of x.
        slope: f32,
    },
    /// tanh x.
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
}

impl Activation {
    /// The function of every value of `x`, on any device, by the engine's operations: what it means
    /// where it is part of another operation.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::None => x,
            Activation::Relu => relu(x),
            Activation::LeakyRelu { slope } => leaky_relu(x, f64::from(slope)),
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => sigmoid(x),
        }
    }

    /// The function of one value. A NaN stays one: each comparison is false of it.
    #[inline(always)]
    pub(crate) fn of(self, x: f32) -> f32 {
        match self {
            Activation::None => x,
            Activation::Relu => {
                if x <= 0.0 {
                    0.0
                } else {
                    x
                }
            }
            Activation::LeakyRelu { slope } => {
                if x >= 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid if x >= 0.0 => 1.0 / (1.0 + (-x).exp()),
            Activation::Sigmoid => x.exp() / (1.0 + x.exp()),
        }
    }

    /// The gradient of x where the answer is `y` and has the gradient `g`.
    #[inline(always)]
    pub(crate) fn gradient(self, y: f32, g: f32) -> f32 {
        match self {
            Activation::None => g,
            Activation::Relu => {
                if y <= 0.0 {
                    0.0
                } else {
                    g
                }
            }
            Activation::LeakyRelu { slope } => {
                if y < 0.0 {
                    slope * g
                } else {
                    g
                }
            }
            Activation::Tanh => g * (1.0 - y * y),
            Activation::Sigmoid => g * y * (1.0 - y),
        }
    }

    /// Puts the function of each value in its place.
    pub(crate) fn apply(self, values: &mut [f32]) {
        if self != Activation::None {
            with_best(Apply { activation: self, values });
        }
    }

    /// Puts the gradients of the arguments in the place of those of the answers, `gradient`.
    pub(crate) fn pull_back(self, answers: &[f32], gradient: &mut [f32]) {
        /// Numbers of a piece.
        const PIECE: usize = 1 << 14;
        if self == Activation::None {
            return;
        }
        let piece = |(gradient, answers)| {
            with_best(PullBack { activation: self, answers, gradient });
        };
        match gradient.len() <= PIECE {
            true => piece((gradient, answers)),
            false => gradient.par_chunks_mut(PIECE).zip(answers.par_chunks(PIECE)).for_each(piece),
        }
    }

    /// Runs `work` with the activation known where it is compiled, so that no loop asks for it.
    #[inline(always)]
    fn known(self, work: impl FnOnce(Self)) {
        match self {
            Activation::None => work(Activation::None),
            Activation::Relu => work(Activation::Relu),
            Activation::LeakyRelu { slope } => work(Activation::LeakyRelu { slope }),
            Activation::Tanh => work(Activation::Tanh),
            Activation::Sigmoid => work(Activation::Sigmoid),
        }
    }
}

struct Apply<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Apply { activation, values } = self;
        match activation {
            // The library's functions take one value at a time.
            Activation::Tanh => vectors(simd, values, Vector::tanh),
            Activation::Sigmoid => vectors(simd, values, Vector::sigmoid),
            _ => activation.known(
                #[inline(always)]
                |activation| values.iter_mut().for_each(|value| *value = activation.of(*value)),
            ),
        }
    }
}

#[inline(always)]
fn vectors<S: Simd>(simd: S, values: &mut [f32], function: impl Fn(Vector<S>) -> Vector<S>) {
    for at in (0..values.len()).step_by(S::F32_LANES) {
        function(Vector::load(simd, values, at)).store(values, at);
    }
}

struct PullBack<'a> {
    activation: Activation,
    answers: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for PullBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let PullBack { activation, answers, gradient } = self;
        activation.known(
            #[inline(always)]
            |activation| {
                let each = gradient.iter_mut().zip(answers);
                each.for_each(|(g, y)| *g = activation.gradient(*y, *g));
            },
        );
    }
}
