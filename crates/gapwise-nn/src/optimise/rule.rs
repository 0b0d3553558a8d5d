//! The rules: from a gradient to a change of the weights.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// ε of RMSprop and Adam: keeps a division by a gradient of nearly 0 finite.
pub const EPSILON: f64 = 1e-8;

/// How a gradient g becomes a change of the weights θ, with the learning rate α.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// θ ← θ − α g.
    Descent,
    /// v_t = β v_{t−1} + α g; θ ← θ − v_t.
    ///
    /// **Source**: the notes, "Gradient descent with momentum". The rate is inside v: after it has
    /// decayed, v still carries the larger steps of before. PyTorch and Burn multiply v by the rate
    /// of the moment instead.
    Momentum {
        /// β, in [0, 1).
        beta: f64,
    },
    /// E_t = γ E_{t−1} + (1 − γ) g²; θ ← θ − α g / √(E_t + ε).
    ///
    /// **Source**: the notes, "RMSprop", which print ε inside the root; PyTorch and Burn have it
    /// outside.
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// γ, in [0, 1).
        gamma: f64,
        /// Where ε is added.
        epsilon: Epsilon,
    },
    /// m_t = β₁ m_{t−1} + (1 − β₁) g, u_t = β₂ u_{t−1} + (1 − β₂) g²;
    /// θ ← θ − α m̂ / (√û + ε) with m̂ = m_t / (1 − β₁ᵗ) and û = u_t / (1 − β₂ᵗ).
    ///
    /// **Source**: Kingma & Ba 2015, algorithm 1. The notes, "Adam", print √(û + ε).
    Adam {
        /// β₁, in [0, 1).
        beta1: f64,
        /// β₂, in [0, 1).
        beta2: f64,
        /// Where ε is added.
        epsilon: Epsilon,
    },
}

/// Where [`EPSILON`] is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Epsilon {
    /// √(E + ε), as the notes print it.
    InsideRoot,
    /// √E + ε, as Kingma & Ba print it.
    OutsideRoot,
}

impl Rule {
    /// Momentum with the notes' β = 0.9.
    pub const MOMENTUM: Rule = Rule::Momentum { beta: 0.9 };

    /// RMSprop with the notes' γ = 0.9 and their ε.
    pub const RMSPROP: Rule = Rule::RmsProp { gamma: 0.9, epsilon: Epsilon::InsideRoot };

    /// Adam with the notes' β₁ = 0.9 and β₂ = 0.999, and the paper's ε.
    pub const ADAM: Rule = Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: Epsilon::OutsideRoot };

    /// What is remembered of every parameter from step to step, by name.
    pub(super) fn remembers(self) -> &'static [&'static str] {
        match self {
            Rule::Descent => &[],
            Rule::Momentum { .. } => &["velocity"],
            Rule::RmsProp { .. } => &["mean_square"],
            Rule::Adam { .. } => &["mean", "mean_square"],
        }
    }
}

/// Adam: the notes' first choice.
impl Default for Rule {
    fn default() -> Self {
        Rule::ADAM
    }
}

/// What a rule remembers of one parameter, flattened, in the order of [`Rule::remembers`]: v, E, or
/// m and u. Empty before the first step, when they are all zero.
pub(super) type Moments = Vec<Tensor<1>>;

/// One step of a rule.
pub(super) struct Step {
    pub(super) rule: Rule,
    pub(super) learning_rate: f64,
    /// t, from 1.
    pub(super) number: u64,
}

impl Step {
    /// What to take off a parameter with this gradient.
    pub(super) fn change<const D: usize>(
        &self,
        moments: &mut Moments,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let rate = self.learning_rate;
        let shape = gradient.shape();
        let before = std::mem::take(moments);
        let mut before = before.into_iter().map(|moment| moment.reshape(shape.clone()));
        match self.rule {
            Rule::Descent => gradient.mul_scalar(rate),
            Rule::Momentum { beta } => {
                let velocity = decayed(before.next(), beta, gradient.mul_scalar(rate));
                moments.push(flat(&velocity));
                velocity
            }
            Rule::RmsProp { gamma, epsilon } => {
                let square = gradient.clone().square().mul_scalar(1.0 - gamma);
                let mean_square = decayed(before.next(), gamma, square);
                moments.push(flat(&mean_square));
                (gradient / epsilon.root(mean_square, EPSILON)).mul_scalar(rate)
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                let square = gradient.clone().square().mul_scalar(1.0 - beta2);
                let mean = decayed(before.next(), beta1, gradient.mul_scalar(1.0 - beta1));
                let mean_square = decayed(before.next(), beta2, square);
                moments.extend([flat(&mean), flat(&mean_square)]);
                // û = u / c with c = 1 − β₂ᵗ, so that √û + ε = (√u + ε √c) / √c, and
                // √(û + ε) = √(u + ε c) / √c: both corrections go into the rate.
                let correction = 1.0 - beta2.powf(self.number as f64);
                let rate = rate * correction.sqrt() / (1.0 - beta1.powf(self.number as f64));
                let scaled = match epsilon {
                    Epsilon::InsideRoot => EPSILON * correction,
                    Epsilon::OutsideRoot => EPSILON * correction.sqrt(),
                };
                (mean / epsilon.root(mean_square, scaled)).mul_scalar(rate)
            }
        }
    }
}

/// `decay` · before + `new`; before is 0 where nothing is remembered yet.
pub(super) fn decayed<const D: usize>(
    before: Option<Tensor<D>>,
    decay: f64,
    new: Tensor<D>,
) -> Tensor<D> {
    match before {
        None => new,
        Some(before) => before.mul_scalar(decay) + new,
    }
}

/// All values on one axis.
pub(super) fn flat<const D: usize>(tensor: &Tensor<D>) -> Tensor<1> {
    tensor.clone().flatten(0, D - 1)
}

impl Epsilon {
    /// √(x + ε) or √x + ε.
    fn root<const D: usize>(self, x: Tensor<D>, epsilon: f64) -> Tensor<D> {
        match self {
            Epsilon::InsideRoot => x.add_scalar(epsilon).sqrt(),
            Epsilon::OutsideRoot => x.sqrt().add_scalar(epsilon),
        }
    }
}
