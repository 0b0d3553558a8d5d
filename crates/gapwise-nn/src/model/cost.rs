//! What an answer of a model costs: multiply-adds by its shapes, seconds by the clock.

use std::time::{Duration, Instant};

use gapwise_data::DataError;

use super::{Model, ModelRecord, NetworkSettings};
use crate::tasks::Labelled;

/// How often a model is asked when it is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// Calls before the first that is timed: they fill caches and allocate.
    pub warm_up: usize,
    /// Calls that are timed, at least.
    pub least: usize,
    /// Calls that are timed, at most.
    pub most: usize,
    /// Between the two, timing ends after so long.
    pub time: Duration,
}

/// 1,000 calls, or 200 where those take more than two seconds. 200 are enough for both ends of the
/// 95 % interval of the 95th percentile, which 72 have.
impl Default for Calls {
    fn default() -> Self {
        Calls { warm_up: 20, least: 200, most: 1_000, time: Duration::from_secs(2) }
    }
}

impl ModelRecord {
    /// Multiply-adds for one example: see `networks::multiply_adds` for what is counted.
    pub fn multiply_adds(&self) -> usize {
        self.network.multiply_adds()
    }

    /// Numbers that an example has: columns that are read, or pixels times channels.
    pub fn inputs(&self) -> usize {
        self.network.inputs()
    }

    /// Weights, biases, scales and shifts.
    pub fn parameters(&self) -> usize {
        self.network.parameters()
    }

    /// The same for another network on the same inputs, which it must read.
    pub fn parameters_of(&self, network: &NetworkSettings) -> usize {
        self.network.with_network(network, self.head.outputs()).parameters()
    }

    /// [Multiply-adds](ModelRecord::multiply_adds) for another network on the same inputs. `network` must read them. Images that this
    /// model reads resized count at that size.
    pub fn multiply_adds_of(&self, network: &NetworkSettings) -> usize {
        self.network.with_network(network, self.head.outputs()).multiply_adds()
    }
}

impl Model {
    /// Seconds that each call for the answer to one example takes, in the order of the calls: from
    /// a row or pixels in memory to the answer, so encoding counts and reading a file does not. The
    /// example is [blank](gapwise_data::source::Reading::blank); what is in it does not change
    /// what is computed.
    ///
    /// # Errors
    ///
    /// [`DataError`] where the encoder does not fit its own layout, which only a damaged record
    /// has.
    pub fn time_answers(&self, calls: Calls) -> Result<Vec<f64>, DataError> {
        let inputs = self.record.reading.blank();
        let labelled = Labelled::default();
        for _ in 0..calls.warm_up {
            self.answers(&inputs, labelled, &[0])?;
        }
        let mut seconds = Vec::with_capacity(calls.most);
        let began = Instant::now();
        while seconds.len() < calls.least
            || (seconds.len() < calls.most && began.elapsed() < calls.time)
        {
            let asked = Instant::now();
            self.answers(&inputs, labelled, &[0])?;
            seconds.push(asked.elapsed().as_secs_f64());
        }
        Ok(seconds)
    }
}
