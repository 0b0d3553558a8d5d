//! Heads: what a network's outputs mean, one file per kind of answer.
//!
//! A head knows the targets of a batch, the loss, and how answers are read. It knows nothing of inputs.

mod class;
mod number;

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{DataError, Labels};
use gapwise_study::{
    baseline::linear::LinearTargets,
    metric::{Metric, MetricKind},
    predictions::{Outcome, Target},
};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::export::{Graph, Value};

pub use class::ClassHead;
pub use number::NumberHead;

/// What a network's outputs mean.
pub trait Head: Sync {
    /// What the network gives: logits `[batch, outputs]`, or several tensors.
    type Outputs;
    /// The right answers of some examples as plain numbers.
    type Loaded: Send;
    /// The same on a device.
    type Targets: Clone;

    /// The prediction table's word for what is answered.
    fn target(&self) -> Target;

    /// What answers are judged by unless another metric is asked for.
    fn metric(&self) -> Metric {
        MetricKind::of(&self.target()).metric()
    }

    /// The right answers of `examples`.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherKind`] where there are none, or others than the head was fitted to.
    fn load(&self, of: Labelled<'_>, examples: &[usize]) -> Result<Self::Loaded, DataError>;

    /// The same on a device.
    fn targets(&self, loaded: Self::Loaded, device: &Device) -> Self::Targets;

    /// Mean loss of a batch: Σ w·loss / Σ w, as PyTorch has it; 0 where every weight is.
    fn loss(&self, outputs: Self::Outputs, targets: Self::Targets) -> Tensor<1>;

    /// Reads the outputs of these examples. Without labels no answer has a truth or a loss, which is
    /// then NaN.
    ///
    /// # Errors
    ///
    /// [`DataError::OtherKind`] where the labels are others than the head was fitted to.
    fn answers(
        &self,
        outputs: Self::Outputs,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError>;
}

/// How a linear model is trained and read for the same answers.
pub trait LinearHead {
    /// Its targets, one for each example.
    ///
    /// # Errors
    ///
    /// As [`Head::load`].
    fn linear_targets(
        &self,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<LinearTargets, DataError>;

    /// Numbers that it gives for one example.
    fn outputs(&self) -> usize;

    /// What those numbers mean for this example.
    ///
    /// # Errors
    ///
    /// As [`Head::load`].
    fn outcome(
        &self,
        outputs: &[f64],
        of: Labelled<'_>,
        example: usize,
    ) -> Result<Outcome, DataError>;
}

/// What is done with a head, whichever it is.
pub(crate) trait WithHead {
    /// What comes of it.
    type Done;

    /// Does it.
    fn with<H>(self, head: H) -> Self::Done
    where
        H: Head<Outputs = Tensor<2>> + Clone + std::fmt::Debug + Send + 'static;
}

/// Makes of a line for each head the type that a model's record holds.
macro_rules! heads {
    ($($kind:ident($head:ident)),+ $(,)?) => {
        /// A head as a model's record holds it.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", tag = "predicts")]
        pub enum HeadRecord {
            $(#[doc = concat!("[`", stringify!($head), "`].")] $kind($head),)+
        }

        impl HeadRecord {
            /// The head that suits these labels, fitted on the examples `train`.
            pub fn fit(labels: &Labels, name: &str, train: &[usize]) -> Self {
                $(if let Some(head) = $head::of(labels, name, train) {
                    return HeadRecord::$kind(head);
                })+
                unreachable!("every kind of label has a head")
            }

            /// Numbers that the network gives for one example.
            pub fn outputs(&self) -> usize {
                match self { $(HeadRecord::$kind(head) => head.outputs(),)+ }
            }

            /// Does something with the head, whichever it is.
            pub(crate) fn with<W: WithHead>(&self, what: W) -> W::Done {
                match self { $(HeadRecord::$kind(head) => what.with(head.clone()),)+ }
            }

            /// What an exported file says of the answers, by its keys; first what is answered.
            pub(crate) fn about(&self) -> Vec<(&'static str, String)> {
                match self { $(HeadRecord::$kind(head) => head.about(),)+ }
            }

            /// Has the answers come out of a graph that `logits`, `[batch, outputs]`, mean.
            pub(crate) fn answer_in(&self, graph: &mut Graph<'_>, logits: &Value) {
                match self { $(HeadRecord::$kind(head) => head.answer_in(graph, logits),)+ }
            }

            /// How a linear model answers the same, where one can.
            pub fn linear(&self) -> Option<&dyn LinearHead> {
                match self { $(HeadRecord::$kind(head) => head.linear(),)+ }
            }

            /// The prediction table's word for what is answered.
            pub fn target(&self) -> Target {
                match self { $(HeadRecord::$kind(head) => head.target(),)+ }
            }
        }
    };
}

heads! {
    Class(ClassHead),
    Number(NumberHead),
}

impl HeadRecord {
    /// What answers are judged by unless another metric is asked for.
    pub fn metric(&self) -> Metric {
        MetricKind::of(&self.target()).metric()
    }
}

/// The right answers of all examples, where they are known, and what each example counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Labelled<'a> {
    /// One label per example; `None` where answers are asked for and nothing is learned or judged.
    pub labels: Option<&'a Labels>,
    /// One weight per example, at least 0; all are 1 where there are none.
    pub weights: Option<&'a [f32]>,
}

impl Labelled<'_> {
    /// What an example counts.
    pub fn weight(&self, example: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[example]))
    }

    /// The weights of some examples, where there are any.
    pub fn weights_of(&self, examples: &[usize]) -> Option<Vec<f32>> {
        self.weights.map(|weights| examples.iter().map(|&i| weights[i]).collect())
    }

    /// The error of a head that learns `expected` with these labels.
    fn other_than(&self, expected: &'static str) -> DataError {
        let found = self.labels.map_or("no labels", Labels::said);
        DataError::OtherKind { expected, found }
    }
}

/// Each weight's share of their sum, as a tensor `[batch, 1]`; of no weight at all, nothing.
fn shares(weights: Option<Vec<f32>>, device: &Device) -> Option<Tensor<2>> {
    weights.map(|weights| {
        let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let share = |weight: f32| if sum > 0.0 { (f64::from(weight) / sum) as f32 } else { 0.0 };
        let shares: Vec<f32> = weights.into_iter().map(share).collect();
        let examples = shares.len();
        Tensor::from_data(TensorData::new(shares, [examples, 1]), device)
    })
}
