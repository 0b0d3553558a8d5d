//! Optimisers as the notes print them, with penalties, clipping and averaged weights.
//!
//! One step, for every trainable parameter θ with the gradient g of the loss:
//!
//! 1. penalties: g ← g + 2 λ₂ θ + λ₁ sign(θ), for weights alone;
//! 2. clipping by value: each component into [−c, c];
//! 3. clipping by norm: g ← g · c / ‖g‖ where ‖g‖ > c, the norm over all parameters;
//! 4. the [rule](Rule): θ moves;
//! 5. decoupled decay: α λ θ is taken off as well, with the θ from before the move, for weights
//!    alone.
//!
//! A weight is a parameter of two or more axes. Biases and the parameters of normalisation have one
//! and are exempt, and buffers such as the running statistics of batch norm are left alone.
//!
//! **Source**: the notes, "Optimization algorithms" and "Regularizing your neural network"; Kingma
//! & Ba 2015 (Adam), Loshchilov & Hutter 2019 (decoupled decay), Pascanu et al. 2013 (clipping by
//! norm).
//!
//! **Differs from the source**: Adam's ε is outside the root by default, as Kingma & Ba have it;
//! the notes print it inside ([`Epsilon`]).

mod average;
mod gradient;
mod rule;
mod state;
#[cfg(test)]
mod tests;

use burn::{
    module::{Module, ModuleMapper, Param},
    optim::GradientsParams,
    tensor::Tensor,
};
use gapwise_kernels::update::{Moments, Update};
use serde::{Deserialize, Serialize};

pub use average::WeightAverage;
pub use rule::{EPSILON, Epsilon, Rule};
pub use state::{OptimiserState, StateMismatch};

/// How the weights move, and what is done to the gradient before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct OptimiserSettings {
    /// How a gradient becomes a move.
    pub rule: Rule,
    /// λ₁ of the cost λ₁ Σ |W|, at least 0; 0 is off.
    pub l1: f64,
    /// λ₂ of the cost λ₂ Σ W², at least 0; 0 is off.
    pub l2: f64,
    /// λ of the decoupled decay θ ← θ − α λ θ, at least 0; 0 is off.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient, above 0.
    pub clip_norm: Option<f64>,
    /// Largest absolute value of a component of the gradient, above 0.
    pub clip_value: Option<f64>,
}

/// Moves the weights of one network, step by step.
#[derive(Debug)]
pub struct Optimiser {
    settings: OptimiserSettings,
    /// Updates made.
    steps: u64,
    /// What the rule remembers of each floating-point parameter, in the order in which the network
    /// is visited; nothing for what is not trained.
    moments: Vec<Moments>,
    /// Factor on the learning rate of each, in that order; none where all learn alike.
    rates: Vec<f64>,
}

impl Optimiser {
    /// An optimiser that has made no step.
    pub fn new(settings: &OptimiserSettings) -> Self {
        Optimiser { settings: *settings, steps: 0, moments: Vec::new(), rates: Vec::new() }
    }

    /// The same with a factor on the learning rate of each floating-point parameter, in the order in
    /// which the network is visited; those beyond the last have the factor 1.
    #[must_use]
    pub fn with_rates(self, rates: Vec<f64>) -> Self {
        Optimiser { rates, ..self }
    }

    /// One update of `network` by the gradients of the loss alone; the penalties' are added here.
    ///
    /// A trainable parameter that the loss did not reach has the gradient 0. A gradient that is not
    /// finite makes weights that are not finite, whatever is clipped.
    pub fn step<M: Module>(
        &mut self,
        learning_rate: f64,
        network: M,
        gradients: GradientsParams,
    ) -> M {
        let scale = gradient::scale(&self.settings, &network, &gradients);
        self.steps += 1;
        let Optimiser { settings, steps, moments, rates } = self;
        let at = (learning_rate, *steps);
        network.map(&mut Step { settings, scale, at, rates, gradients, moments, place: 0 })
    }
}

/// Whether a parameter is a weight: penalties and decay are for weights alone.
fn is_weight(axes: usize) -> bool {
    axes >= 2
}

/// Moves one parameter after the other.
struct Step<'a> {
    settings: &'a OptimiserSettings,
    /// What clipping by norm multiplies gradients by.
    scale: f64,
    /// The learning rate α, and the updates with this one.
    at: (f64, u64),
    /// Factors on it.
    rates: &'a [f64],
    gradients: GradientsParams,
    moments: &'a mut Vec<Moments>,
    place: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.moments.len() == self.place {
            self.moments.push(Moments::default());
        }
        let moments = &mut self.moments[self.place];
        let factor = self.rates.get(self.place).copied().unwrap_or(1.0);
        self.place += 1;
        let gradient = self.gradients.remove::<D>(param.id);
        if !(*param).is_require_grad() {
            return param;
        }
        // The network's reference to the weight is let go, so that it can be changed in place.
        let (id, value, mapper) = param.consume();
        let value = value.without_autodiff();
        let gradient = gradient.unwrap_or_else(|| value.zeros_like());
        let (learning_rate, steps) = (self.at.0 * factor, self.at.1);
        let rule = self.settings.rule.of_step(learning_rate, steps);
        let decay = learning_rate * self.settings.weight_decay;
        let kept = if is_weight(D) { 1.0 - decay } else { 1.0 };
        let preparation = self.settings.preparation(D, self.scale);
        let update = Update { gradient: preparation, rule, kept };
        let moved = update.step(value, gradient, moments);
        Param::from_mapped_value(id, Tensor::from_inner(moved).require_grad(), mapper)
    }
}
