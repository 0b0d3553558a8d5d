//! What an optimiser or an average remembers, out and in again, to the bit.

use std::vec::IntoIter;

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::{DType, Tensor, TensorData},
};
use gapwise_kernels::update::Moments;
use thiserror::Error;

use super::Optimiser;

/// All that an [`Optimiser`] or a [`WeightAverage`](super::WeightAverage) remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimiserState {
    /// Updates made.
    pub steps: u64,
    /// Its tensors, flattened, named by what they hold and by the place of their parameter in the
    /// order in which the network is visited, from 0: `mean_square.3`. In the order of the places.
    pub tensors: Vec<(String, TensorData)>,
}

/// A state that does not belong to this network under these settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the optimiser's state is not this network's: expected {expected}, found {found}")]
pub struct StateMismatch {
    /// Name, type and shape of the first tensor that is not there, or that there is no more.
    pub expected: String,
    /// The same of what is in its place.
    pub found: String,
}

impl Optimiser {
    /// Everything that [`restore`](Self::restore) needs to go on with the same bits.
    pub fn state(&self) -> OptimiserState {
        state_of(self.steps, &self.moments, self.settings.rule.remembers())
    }

    /// Goes on from `state`, which an optimiser of the same settings gave for the same network.
    /// `network` is as it was then: on its device, and with gradients where it is trained.
    ///
    /// # Errors
    ///
    /// [`StateMismatch`] where a tensor is missing, too many, or of another name, type or size; the
    /// optimiser is then as it was.
    pub fn restore<M: Module>(
        &mut self,
        state: OptimiserState,
        network: &M,
    ) -> Result<(), StateMismatch> {
        let remembers = self.settings.rule.remembers();
        let steps = state.steps;
        self.moments = tensors_of(state, network, (remembers, Which::Trained))?;
        self.steps = steps;
        Ok(())
    }
}

/// Which parameters a state has tensors for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that require a gradient.
    Trained,
    /// All, buffers included.
    All,
}

/// The moments under their names.
pub(super) fn state_of(steps: u64, moments: &[Moments], names: &[&str]) -> OptimiserState {
    let mut tensors = Vec::new();
    for (place, moments) in moments.iter().enumerate() {
        for (name, moment) in names.iter().zip(moments) {
            tensors.push((format!("{name}.{place}"), moment.to_data()));
        }
    }
    OptimiserState { steps, tensors }
}

/// The tensors of a state, place by place, on the network's device. `names` are those of one
/// parameter.
pub(super) fn tensors_of<M: Module>(
    state: OptimiserState,
    network: &M,
    (names, which): (&[&'static str], Which),
) -> Result<Vec<Moments>, StateMismatch> {
    // Before the first update nothing is remembered.
    let names = if state.steps == 0 { &[] } else { names };
    let tensors = state.tensors.into_iter();
    let mut reader = Reader { names, which, tensors, moments: Vec::new(), mismatch: None };
    network.visit(&mut reader);
    if let Some((name, data)) = reader.tensors.next() {
        let found = said(&name, &data);
        reader.mismatch.get_or_insert(StateMismatch { expected: NO_MORE.into(), found });
    }
    reader.mismatch.map_or(Ok(reader.moments), Err)
}

const NO_MORE: &str = "no more";

/// Takes the tensors of one parameter after the other.
struct Reader<'a> {
    names: &'a [&'static str],
    which: Which,
    tensors: IntoIter<(String, TensorData)>,
    moments: Vec<Moments>,
    /// The first.
    mismatch: Option<StateMismatch>,
}

impl ModuleVisitor for Reader<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let mut here = Moments::new();
        let has = self.which == Which::All || value.is_require_grad();
        for name in self.names.iter().filter(|_| has) {
            let name = format!("{name}.{}", self.moments.len());
            let expected = [value.shape().num_elements()];
            match self.tensors.next() {
                Some((found, data))
                    if found == name
                        && data.dtype() == DType::F32
                        && data.shape().as_slice() == expected.as_slice() =>
                {
                    here.push(Tensor::from_data(data, &value.device().inner()));
                }
                other => {
                    self.mismatch.get_or_insert_with(|| StateMismatch {
                        expected: format!("`{name}`: {:?} of {expected:?}", DType::F32),
                        found: other.map_or(NO_MORE.into(), |(name, data)| said(&name, &data)),
                    });
                }
            }
        }
        self.moments.push(here);
    }
}

fn said(name: &str, data: &TensorData) -> String {
    format!("`{name}`: {:?} of {:?}", data.dtype(), data.shape().as_slice())
}
