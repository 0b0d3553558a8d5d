//! What is done to a gradient before the rule: penalties, then clipping.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

use super::{OptimiserSettings, is_weight};

/// The gradients of every trainable parameter of `network`, penalised and clipped.
///
/// A norm that is not finite clips nothing: scaling by c / ∞ would hide that training has diverged.
pub(super) fn prepared<M: Module>(
    settings: &OptimiserSettings,
    network: &M,
    gradients: GradientsParams,
) -> GradientsParams {
    let mut penalised = Penalised { settings, gradients, squares: None };
    network.visit(&mut penalised);
    let Penalised { gradients, squares, .. } = penalised;
    let (Some(most), Some(squares)) = (settings.clip_norm, squares) else { return gradients };
    let mut norm = squares.into_scalar::<f64>().sqrt();
    if !norm.is_finite() {
        norm = wide_norm(network, &gradients);
    }
    if norm > most && norm.is_finite() {
        let mut scaled = Scaled { gradients, by: most / norm };
        network.visit(&mut scaled);
        return scaled.gradients;
    }
    gradients
}

/// Adds the penalties' gradients, clips by value and adds up the squares.
struct Penalised<'a> {
    settings: &'a OptimiserSettings,
    gradients: GradientsParams,
    /// Σ g² over the parameters so far, where the norm is asked for.
    squares: Option<Tensor<1>>,
}

impl ModuleVisitor for Penalised<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        if !value.is_require_grad() {
            return;
        }
        let value = value.without_autodiff();
        let &OptimiserSettings { l1, l2, clip_norm, clip_value, .. } = self.settings;
        let mut gradient = self.gradients.remove(param.id).unwrap_or_else(|| value.zeros_like());
        if is_weight(D) && l2 > 0.0 {
            gradient = gradient + value.clone().mul_scalar(2.0 * l2);
        }
        if is_weight(D) && l1 > 0.0 {
            gradient = gradient + value.sign().mul_scalar(l1);
        }
        if let Some(most) = clip_value {
            gradient = gradient.clamp(-most, most);
        }
        if clip_norm.is_some() {
            let squares = sum_of_squares(gradient.clone());
            self.squares = Some(match self.squares.take() {
                None => squares,
                Some(sum) => sum + squares,
            });
        }
        self.gradients.register(param.id, gradient);
    }
}

/// Values that are added at once. The engine adds four million and more in an order that differs
/// from run to run, and so in the last bits.
const ADDED_AT_ONCE: usize = 1 << 20;

fn sum_of_squares<const D: usize>(gradient: Tensor<D>) -> Tensor<1> {
    let squares = gradient.square();
    if squares.shape().num_elements() <= ADDED_AT_ONCE {
        return squares.sum();
    }
    let sums = squares.flatten::<1>(0, D - 1).split(ADDED_AT_ONCE, 0).into_iter().map(Tensor::sum);
    Tensor::cat(sums.collect(), 0).sum()
}

/// The norm in 64-bit floats, for gradients whose squares leave the range of 32 bits.
fn wide_norm<M: Module>(network: &M, gradients: &GradientsParams) -> f64 {
    struct Squares<'a>(&'a GradientsParams, f64);
    impl ModuleVisitor for Squares<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.0.get::<D>(param.id) {
                self.1 += gradient.into_data().iter::<f64>().map(|g| g * g).sum::<f64>();
            }
        }
    }
    let mut squares = Squares(gradients, 0.0);
    network.visit(&mut squares);
    squares.1.sqrt()
}

/// Multiplies every gradient.
struct Scaled {
    gradients: GradientsParams,
    by: f64,
}

impl ModuleVisitor for Scaled {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient.mul_scalar(self.by));
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn squares_add_up_to_the_same_bits_with_any_number_of_threads() {
        // More than four million values, which the engine would add in parallel.
        let values: Vec<f32> = (0..4_600_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0)
            .collect();
        let exact: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
        let gradient = Tensor::<1>::from_floats(values.as_slice(), &Device::flex());
        let gradient = gradient.reshape([2_300, 2_000]);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sum_of_squares(gradient.clone()).into_scalar::<f32>())
        };
        let one = with(1);
        assert!((f64::from(one) / exact - 1.0).abs() < 1e-5, "{one} for {exact}");
        for threads in [2, 3, 5, 8, 8, 8] {
            assert_eq!(with(threads).to_bits(), one.to_bits(), "with {threads} threads");
        }
    }
}
