//! Steps of optimisers, in place.
//!
//! On the processor, in single precision, a step reads gradient, weight and what is remembered
//! once and writes them once; elsewhere it is a composition of the engine's operations, which the
//! kernel equals bit for bit.

mod kernel;
#[cfg(test)]
mod tests;

use burn::{
    backend::{Flex, flex::FlexTensor},
    tensor::{DType, Tensor, TensorData},
};
use kernel::Parts;

use crate::primitive::primitive;

/// How a gradient g moves a weight θ, with the learning rate α of the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// θ ← θ − α g.
    Descent {
        /// α.
        rate: f64,
    },
    /// v ← β v + α g; θ ← θ − v. Remembers v.
    ///
    /// With the rate 1 of this rule and the gradient's [scale](Gradient::scale) 1, v is PyTorch's
    /// momentum buffer.
    Momentum {
        /// α.
        rate: f64,
        /// β, in [0, 1).
        decay: f64,
    },
    /// E ← γ E + (1 − γ) g²; θ ← θ − α g / root(E). Remembers E.
    RmsProp {
        /// α.
        rate: f64,
        /// γ, in [0, 1).
        decay: f64,
        /// What keeps the root from zero.
        epsilon: Epsilon,
    },
    /// m ← β₁ m + (1 − β₁) g, u ← β₂ u + (1 − β₂) g²; θ ← θ − α m / root(u). Remembers m and u.
    ///
    /// Without the corrections for the start: they are the caller's, in α and ε.
    Adam {
        /// α.
        rate: f64,
        /// β₁ and β₂, in [0, 1).
        decays: [f64; 2],
        /// What keeps the root from zero.
        epsilon: Epsilon,
    },
}

/// ε, and where it is added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Epsilon {
    /// root(x) = √(x + ε).
    Inside(f64),
    /// root(x) = √x + ε.
    Outside(f64),
}

/// What is done to a gradient before the rule, in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gradient {
    /// λ₂: 2 λ₂ θ is added where it is above 0.
    pub l2: f64,
    /// λ₁: λ₁ sign(θ) is added where it is above 0.
    pub l1: f64,
    /// Each component is cut off at so much either way; above 0.
    pub clip: Option<f64>,
    /// What it is multiplied by.
    pub scale: f64,
}

impl Default for Gradient {
    /// Nothing.
    fn default() -> Self {
        Gradient { l2: 0.0, l1: 0.0, clip: None, scale: 1.0 }
    }
}

/// A step of one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// What is done to its gradient.
    pub gradient: Gradient,
    /// How it moves.
    pub rule: Rule,
    /// What it is multiplied by before the move: 1 − α λ of decoupled decay, and 1 without.
    pub kept: f64,
}

/// What a rule remembers of one parameter, flattened, in the order of its documentation. Empty
/// before the first step, when it is all zero.
pub type Moments = Vec<Tensor<1>>;

impl Gradient {
    /// `gradient` of the parameter `weight`, prepared. Both are without automatic differentiation.
    pub fn prepared<const D: usize>(
        &self,
        weight: &Tensor<D>,
        mut gradient: Tensor<D>,
    ) -> Tensor<D> {
        if self.l2 > 0.0 {
            gradient = gradient + weight.clone().mul_scalar(2.0 * self.l2);
        }
        if self.l1 > 0.0 {
            gradient = gradient + weight.clone().sign().mul_scalar(self.l1);
        }
        if let Some(most) = self.clip {
            gradient = gradient.clamp(-most, most);
        }
        if self.scale != 1.0 {
            gradient = gradient.mul_scalar(self.scale);
        }
        gradient
    }

    /// Σ g² of the prepared gradient, `[1]`: for the norm of all gradients together. It is in double
    /// precision on the processor, where no square leaves the range, and in the gradient's elsewhere.
    pub fn squares<const D: usize>(&self, weight: &Tensor<D>, gradient: &Tensor<D>) -> Tensor<1> {
        let plain = [weight, gradient].map(plain);
        if let [Some(weight), Some(gradient)] = &plain {
            let squares = kernel::squares(self, weight.storage(), gradient.storage());
            let data = TensorData::new(vec![squares], [1]);
            return Tensor::from_primitive::<Flex>(FlexTensor::from_data(data));
        }
        self.prepared(weight, gradient.clone()).square().sum()
    }
}

impl Update {
    /// `weight` after the step with its `gradient`; `moments` are replaced by those after it. All
    /// are without automatic differentiation. It happens in the weight's own memory where nothing
    /// else refers to that.
    ///
    /// # Panics
    ///
    /// Where `gradient` or `moments` are of another size than `weight`.
    pub fn step<const D: usize>(
        &self,
        weight: Tensor<D>,
        gradient: Tensor<D>,
        moments: &mut Moments,
    ) -> Tensor<D> {
        let Some(of_weight) = plain(&gradient) else {
            return self.composed(weight, gradient, moments);
        };
        match owned(weight) {
            Ok(weight) => self.in_place(weight, &of_weight, moments),
            Err(weight) => self.composed(weight, gradient, moments),
        }
    }

    fn in_place<const D: usize>(
        &self,
        mut weight: FlexTensor,
        gradient: &FlexTensor,
        moments: &mut Moments,
    ) -> Tensor<D> {
        let size = gradient.storage::<f32>().len();
        let before = std::mem::take(moments).into_iter().map(|moment| {
            owned(moment).expect("what is remembered of a parameter is on its device")
        });
        let zero = || FlexTensor::from_data(TensorData::new(vec![0.0_f32; size], [size]));
        let mut remembered: Vec<FlexTensor> = before.collect();
        remembered.resize_with(self.rule.remembers(), zero);
        // A weight that something else refers to, as the kept epoch does, is copied here: the other
        // is to stay as it is.
        let mut parts = Parts {
            weight: weight.storage_mut(),
            gradient: gradient.storage(),
            moments: [&mut [], &mut []],
        };
        for (part, moment) in parts.moments.iter_mut().zip(&mut remembered) {
            *part = moment.storage_mut();
        }
        kernel::step(self, parts);
        moments.extend(remembered.into_iter().map(Tensor::from_primitive::<Flex>));
        Tensor::from_primitive::<Flex>(weight)
    }

    /// By the engine's operations.
    fn composed<const D: usize>(
        &self,
        weight: Tensor<D>,
        gradient: Tensor<D>,
        moments: &mut Moments,
    ) -> Tensor<D> {
        let gradient = self.gradient.prepared(&weight, gradient);
        let shape = gradient.shape();
        let before = std::mem::take(moments);
        let mut before = before.into_iter().map(|moment| moment.reshape(shape.clone()));
        let change = match self.rule {
            Rule::Descent { rate } => gradient.mul_scalar(rate),
            Rule::Momentum { rate, decay } => {
                let velocity = decayed(before.next(), decay, gradient.mul_scalar(rate));
                moments.push(flat(&velocity));
                velocity
            }
            Rule::RmsProp { rate, decay, epsilon } => {
                let square = gradient.clone().square().mul_scalar(1.0 - decay);
                let mean_square = decayed(before.next(), decay, square);
                moments.push(flat(&mean_square));
                (gradient / epsilon.root(mean_square)).mul_scalar(rate)
            }
            Rule::Adam { rate, decays: [beta1, beta2], epsilon } => {
                let square = gradient.clone().square().mul_scalar(1.0 - beta2);
                let mean = decayed(before.next(), beta1, gradient.mul_scalar(1.0 - beta1));
                let mean_square = decayed(before.next(), beta2, square);
                moments.extend([flat(&mean), flat(&mean_square)]);
                (mean / epsilon.root(mean_square)).mul_scalar(rate)
            }
        };
        let kept = if self.kept == 1.0 { weight } else { weight.mul_scalar(self.kept) };
        kept - change
    }
}

/// v ← β v + (1 − β) θ, in place, for the moving average v of `weight`; `average` is flattened, and
/// `None` where it is zero yet.
///
/// # Panics
///
/// Where `average` is of another size than `weight`.
pub fn average<const D: usize>(
    average: Option<Tensor<1>>,
    weight: &Tensor<D>,
    beta: f64,
) -> Tensor<1> {
    let new = |weight: &Tensor<D>| flat(weight).mul_scalar(1.0 - beta);
    let Some(average) = average else { return new(weight) };
    let Some(of_weight) = plain(weight) else { return decayed(Some(average), beta, new(weight)) };
    match owned(average) {
        Err(average) => decayed(Some(average), beta, new(weight)),
        Ok(mut average) => {
            kernel::average(average.storage_mut(), of_weight.storage(), beta);
            Tensor::from_primitive::<Flex>(average)
        }
    }
}

impl Rule {
    /// How many numbers it remembers of each weight.
    fn remembers(&self) -> usize {
        match self {
            Rule::Descent { .. } => 0,
            Rule::Momentum { .. } | Rule::RmsProp { .. } => 1,
            Rule::Adam { .. } => 2,
        }
    }
}

impl Epsilon {
    fn root<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Epsilon::Inside(epsilon) => x.add_scalar(epsilon).sqrt(),
            Epsilon::Outside(epsilon) => x.sqrt().add_scalar(epsilon),
        }
    }
}

/// `decay` · before + `new`; before is zero where it is nothing.
fn decayed<const D: usize>(before: Option<Tensor<D>>, decay: f64, new: Tensor<D>) -> Tensor<D> {
    match before {
        None => new,
        Some(before) => before.mul_scalar(decay) + new,
    }
}

/// All values on one axis.
fn flat<const D: usize>(tensor: &Tensor<D>) -> Tensor<1> {
    tensor.clone().flatten(0, D - 1)
}

/// To be read by the kernel, or nothing where it does not cover this.
fn plain<const D: usize>(tensor: &Tensor<D>) -> Option<FlexTensor> {
    if tensor.dtype() != DType::F32 {
        return None;
    }
    primitive::<Flex, D>(tensor).map(|tensor| tensor.to_contiguous())
}

/// To be changed by the kernel, with no other reference than there was, or what it was where the
/// kernel does not cover it.
#[expect(clippy::result_large_err, reason = "it gives back what it was given")]
fn owned<const D: usize>(tensor: Tensor<D>) -> Result<FlexTensor, Tensor<D>> {
    match plain(&tensor) {
        None => Err(tensor),
        Some(plain) => {
            drop(tensor);
            Ok(plain)
        }
    }
}
