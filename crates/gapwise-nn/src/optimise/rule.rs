//! The rules: from a gradient to a change of the weights.

use gapwise_kernels::update;
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

    /// The rule of one step, the `number`th from 1, with the learning rate `rate`.
    pub(super) fn of_step(self, rate: f64, number: u64) -> update::Rule {
        match self {
            Rule::Descent => update::Rule::Descent { rate },
            Rule::Momentum { beta } => update::Rule::Momentum { rate, decay: beta },
            Rule::RmsProp { gamma, epsilon } => {
                update::Rule::RmsProp { rate, decay: gamma, epsilon: epsilon.of(EPSILON) }
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                // û = u / c with c = 1 − β₂ᵗ, so that √û + ε = (√u + ε √c) / √c, and
                // √(û + ε) = √(u + ε c) / √c: both corrections go into the rate.
                let correction = 1.0 - beta2.powf(number as f64);
                let rate = rate * correction.sqrt() / (1.0 - beta1.powf(number as f64));
                let scaled = match epsilon {
                    Epsilon::InsideRoot => EPSILON * correction,
                    Epsilon::OutsideRoot => EPSILON * correction.sqrt(),
                };
                update::Rule::Adam { rate, decays: [beta1, beta2], epsilon: epsilon.of(scaled) }
            }
        }
    }
}

/// Adam: the notes' first choice.
impl Default for Rule {
    fn default() -> Self {
        Rule::ADAM
    }
}

impl Epsilon {
    /// Where the kernel adds ε, of this size.
    fn of(self, epsilon: f64) -> update::Epsilon {
        match self {
            Epsilon::InsideRoot => update::Epsilon::Inside(epsilon),
            Epsilon::OutsideRoot => update::Epsilon::Outside(epsilon),
        }
    }
}
