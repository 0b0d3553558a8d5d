//! The norm of the whole gradient.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};
use gapwise_kernels::update::Gradient;

use super::{OptimiserSettings, is_weight};

impl OptimiserSettings {
    /// What is done to the gradient of a parameter of so many axes, before the rule.
    pub(super) fn preparation(&self, axes: usize, scale: f64) -> Gradient {
        let &OptimiserSettings { l1, l2, clip_value, .. } = self;
        let [l1, l2] = if is_weight(axes) { [l1, l2] } else { [0.0; 2] };
        Gradient { l1, l2, clip: clip_value, scale }
    }
}

/// What clipping by norm multiplies the gradients of every trainable parameter by, which are
/// penalised and clipped by value before.
///
/// A norm that is not finite clips nothing: scaling by c / ∞ would hide that training has diverged.
pub(super) fn scale<M: Module>(
    settings: &OptimiserSettings,
    network: &M,
    gradients: &GradientsParams,
) -> f64 {
    let Some(most) = settings.clip_norm else { return 1.0 };
    let mut squares = Squares { settings, gradients, sum: None, wide: None };
    network.visit(&mut squares);
    let Some(sum) = squares.sum.take() else { return 1.0 };
    let mut norm = sum.into_scalar::<f64>().sqrt();
    if !norm.is_finite() {
        squares.wide = Some(0.0);
        network.visit(&mut squares);
        norm = squares.wide.unwrap_or_default().sqrt();
    }
    if norm > most && norm.is_finite() { most / norm } else { 1.0 }
}

/// Adds up the squares of the gradients.
struct Squares<'a> {
    settings: &'a OptimiserSettings,
    gradients: &'a GradientsParams,
    /// Σ g² over the parameters so far, on their device.
    sum: Option<Tensor<1>>,
    /// The same in 64-bit floats, for gradients whose squares leave the range of 32 bits, where
    /// that is asked for.
    wide: Option<f64>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        if !value.is_require_grad() {
            return;
        }
        let value = value.without_autodiff();
        let gradient = self.gradients.get(param.id).unwrap_or_else(|| value.zeros_like());
        let preparation = self.settings.preparation(D, 1.0);
        if let Some(wide) = &mut self.wide {
            let gradient = preparation.prepared(&value, gradient).into_data();
            *wide += gradient.iter::<f64>().map(|g| g * g).sum::<f64>();
            return;
        }
        let squares = preparation.squares(&value, &gradient);
        self.sum = Some(match self.sum.take() {
            None => squares,
            Some(sum) => sum + squares,
        });
    }
}
