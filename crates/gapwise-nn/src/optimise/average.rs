//! Averaged weights.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::Tensor,
};

use gapwise_kernels::update::{self, Moments};

use super::state::{OptimiserState, StateMismatch, Which, state_of, tensors_of};

/// The exponential moving average of a network's weights, and of its buffers such as the running
/// statistics of batch norm: v_t = β v_{t−1} + (1 − β) θ_t, read as v_t / (1 − βᵗ).
///
/// **Source**: the notes, "Exponentially weighted averages" with bias correction.
///
/// **Differs from the source**: the notes drop v_{t−1} in print.
#[derive(Debug)]
pub struct WeightAverage {
    beta: f64,
    /// t: networks averaged.
    steps: u64,
    /// v of every floating-point parameter, in the order in which the network is visited.
    sums: Vec<Moments>,
}

/// What a state calls v.
const NAMES: &[&str] = &["average"];

impl WeightAverage {
    /// An average of nothing yet. `beta` is in [0, 1).
    pub fn new(beta: f64) -> Self {
        WeightAverage { beta, steps: 0, sums: Vec::new() }
    }

    /// Takes in the weights of `network` as they are now.
    pub fn update<M: Module>(&mut self, network: &M) {
        self.steps += 1;
        // In evaluation mode running statistics are up to date.
        network.valid().visit(&mut Sum { beta: self.beta, sums: &mut self.sums, place: 0 });
    }

    /// `network` with the averaged weights, in evaluation mode; before the first update, with its
    /// own.
    pub fn network<M: Module>(&self, network: &M) -> M {
        let correction = 1.0 - self.beta.powf(self.steps as f64);
        network.valid().map(&mut Read { correction, sums: self.sums.iter() })
    }

    /// Everything that [`restore`](Self::restore) needs to go on with the same bits.
    pub fn state(&self) -> OptimiserState {
        state_of(self.steps, &self.sums, NAMES)
    }

    /// Goes on from `state`, which an average with the same β gave for the same network.
    ///
    /// # Errors
    ///
    /// [`StateMismatch`] where a tensor is missing, too many, or of another name, type or size; the
    /// average is then as it was.
    pub fn restore<M: Module>(
        &mut self,
        state: OptimiserState,
        network: &M,
    ) -> Result<(), StateMismatch> {
        let steps = state.steps;
        self.sums = tensors_of(state, network, (NAMES, Which::All))?;
        self.steps = steps;
        Ok(())
    }
}

struct Sum<'a> {
    beta: f64,
    sums: &'a mut Vec<Moments>,
    place: usize,
}

impl ModuleVisitor for Sum<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if self.sums.len() == self.place {
            self.sums.push(Moments::new());
        }
        let sum = &mut self.sums[self.place];
        *sum = vec![update::average(sum.pop(), &param.val(), self.beta)];
        self.place += 1;
    }
}

struct Read<'a> {
    /// 1 − βᵗ.
    correction: f64,
    sums: std::slice::Iter<'a, Moments>,
}

impl ModuleMapper for Read<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(sum) = self.sums.next().and_then(|sums| sums.first()) else { return param };
        param.map(|value| sum.clone().div_scalar(self.correction).reshape(value.shape()))
    }
}
