//! How large the gradient of every layer is, and how many of its units learn nothing.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};
use gapwise_study::run::GradientRow;

use crate::weights::Path;

/// Fewer examples than this do not show that a unit is dead.
const TELLING: usize = 32;

/// The batch that gradients were measured over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// From 1.
    pub(super) epoch: usize,
    /// The update that the gradients are for, from 1.
    pub(super) step: usize,
    /// Examples of the batch.
    pub(super) examples: usize,
}

/// One row per layer, in the order of the network's fields.
///
/// A layer is a module that holds parameters, under its path (`hidden.0`); its gradient norm is
/// √Σ g² over all its parameters. A unit is dead over a batch where the gradient of its bias (of its
/// shift, in batch normalisation) is exactly zero: with ReLU that is so where it answers zero to
/// every example of the batch, and then none of its weights learns. A batch of under 32 examples
/// does not tell a dead unit from one that was not asked, so that no share is given.
pub(super) fn measure<M: Module>(
    network: &M,
    gradients: &GradientsParams,
    at: Measured,
) -> Vec<GradientRow> {
    let Measured { epoch, step, examples } = at;
    let mut layers =
        Layers { gradients, path: Path::default(), rows: Vec::new(), at: (epoch, step) };
    network.visit(&mut layers);
    // The last layer's units are the answers: none of them is hidden behind an activation.
    let answers = layers.rows.len().saturating_sub(1);
    for (place, row) in layers.rows.iter_mut().enumerate() {
        if place == answers || examples < TELLING {
            row.dead_share = None;
        }
        row.gradient_norm = row.gradient_norm.sqrt();
        row.weight_norm = row.weight_norm.sqrt();
    }
    layers.rows
}

struct Layers<'a> {
    gradients: &'a GradientsParams,
    path: Path,
    /// With sums of squares in place of norms, until all are added.
    rows: Vec<GradientRow>,
    at: (usize, usize),
}

impl ModuleVisitor for Layers<'_> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, container_type: &str) {
        self.path.exit(container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // What has no gradient is no parameter but a running statistic, or took no part.
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        let Some((name, layer)) = self.path.names().split_last() else { return };
        let layer = layer.join(".");
        if self.rows.last().is_none_or(|row| row.layer != layer) {
            let (epoch, step) = self.at;
            self.rows.push(GradientRow {
                epoch,
                step,
                layer,
                parameters: 0,
                gradient_norm: 0.0,
                weight_norm: 0.0,
                dead_share: None,
            });
        }
        let gradient = values(gradient);
        let row = self.rows.last_mut().expect("a row was pushed if there was none");
        row.parameters += gradient.len();
        row.gradient_norm += squares(&gradient);
        row.weight_norm += squares(&values(param.val()));
        if D == 1 && (name == "bias" || name == "beta") && !gradient.is_empty() {
            let dead = gradient.iter().filter(|&&g| g == 0.0).count();
            row.dead_share = Some(dead as f64 / gradient.len() as f64);
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Σ x², in 64 bits: in 32 a gradient under 1e-23 would count as zero.
fn squares(values: &[f32]) -> f64 {
    values.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}
