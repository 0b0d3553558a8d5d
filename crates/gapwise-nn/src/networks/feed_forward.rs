//! The feed-forward network: dense layers, an activation after each but the last.
//!
//! **Source**: the notes, "Shallow versus deep networks" (start with one hidden layer), "Batch
//! normalization" and "Dropout"; embeddings of categories as in Guo & Berkhahn 2016, "Entity embeddings of
//! categorical variables".
//!
//! **Differs from the source**: nothing. Without hidden layers it is the linear baseline: logistic
//! regression for classes, linear regression for numbers.
//!
//! | layer | input | output |
//! |---|---|---|
//! | embedding, one per embedded column | `[batch]` | `[batch, dimensions]` |
//! | joined with the dense features, dropout of the input | | `[batch, inputs]` |
//! | hidden dense + batch norm where set + activation + dropout, one per entry of `hidden` | `[batch, inputs]` | `[batch, hidden]` |
//! | dense | `[batch, hidden]` | `[batch, outputs]` |

use burn::{
    module::Module,
    nn::{Embedding, Linear},
    tensor::{Int, Tensor},
};
use gapwise_kernels::{Activation as Function, dense};
use serde::{Deserialize, Serialize};

use super::{
    NetworkSizes, Reads, Signal, SizeCheck, Staged,
    description::{Description, Part},
    preset::{Preset, Settable, TrainingDefaults, UsualDropout},
};
use crate::{
    initialise::{Followed, Initialiser},
    layers::{BatchNorm, BatchNormPlace, Dropout, NormActivation},
    train::EpochRule,
};

pub(super) const PRESETS: &[Preset] = &[Preset {
    settable: Settable::Hidden,
    dropout: UsualDropout::OfHidden(0.0),
    batch_norm: BatchNormPlace::Off,
    fixed_batch_norm: false,
    reads_rows: true,
    image: [1, 28, 28],
    classes: 10,
    training: TrainingDefaults {
        whole: EpochRule { steps: 500, least: 30 },
        mini: EpochRule { steps: 500, least: 30 },
        whole_rate: 1e-2,
        mini_rate: 2e-3,
    },
    ..Preset::as_published("feed-forward", |request| {
        let values = request.image.iter().product();
        request.settings.for_rows(values, Vec::new(), request.outputs).into()
    })
}];

/// The sizes of a [`FeedForward`] network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedForwardConfig {
    /// Dense features of an example.
    pub features: usize,
    /// Embedded columns: the number of codes and the length of a vector, for each.
    pub embeddings: Vec<(usize, usize)>,
    /// Units of each hidden layer, first to last; empty for the linear baseline.
    pub hidden: Vec<usize>,
    /// Batch normalisation and activation of each hidden layer.
    #[serde(rename = "behind")]
    pub norm_activation: NormActivation,
    /// Probability that a unit is dropped in training, in [0, 1), for each hidden layer.
    pub dropout: Vec<f64>,
    /// Probability that an input is dropped in training, in [0, 1).
    pub input_dropout: f64,
    /// Logits.
    pub outputs: usize,
}

/// Dense layers over the features and embedded categories of an example.
#[derive(Module, Debug)]
pub struct FeedForward {
    embeddings: Vec<Embedding>,
    input_dropout: Dropout,
    hidden: Vec<Linear>,
    norms: Vec<BatchNorm>,
    #[module(skip)]
    norm_activation: NormActivation,
    dropouts: Vec<Dropout>,
    output: Linear,
}

/// What a [`FeedForward`] network reads.
#[derive(Debug, Clone)]
pub struct Features {
    /// `[batch, features]`.
    pub dense: Tensor<2>,
    /// `[batch, embeddings]`: one code per embedded column. `None` where there are none.
    pub codes: Option<Tensor<2, Int>>,
}

impl FeedForwardConfig {
    /// Values that the first dense layer reads.
    pub fn inputs(&self) -> usize {
        let dimensions = self.embeddings.iter().map(|&(_, dimensions)| dimensions);
        dimensions.fold(self.features, usize::saturating_add)
    }

    /// A network of this shape with initial weights.
    ///
    /// # Panics
    ///
    /// Where `dropout` is shorter than `hidden`.
    pub fn init(&self, initialiser: &mut Initialiser) -> FeedForward {
        let embeddings = self
            .embeddings
            .iter()
            .map(|&(categories, dimensions)| initialiser.embedding(categories, dimensions))
            .collect();
        let mut inputs = self.inputs();
        let hidden = self
            .hidden
            .iter()
            .map(|&units| {
                let layer = initialiser.linear(inputs, units, Followed::By(self.norm_activation));
                inputs = units;
                layer
            })
            .collect();
        let norm = |&units| initialiser.batch_norm(units, self.norm_activation);
        let norms = self.hidden.iter().filter_map(norm).collect();
        FeedForward {
            embeddings,
            input_dropout: Dropout::new(self.input_dropout),
            hidden,
            norms,
            norm_activation: self.norm_activation,
            dropouts: (0..self.hidden.len()).map(|at| Dropout::new(self.dropout[at])).collect(),
            output: initialiser.linear(inputs, self.outputs, Followed::ByNothing),
        }
    }
}

impl FeedForwardConfig {
    /// The layers, stored behind `prefix`: nothing, or a path with a stop at its end.
    pub(super) fn parts(&self, prefix: &str) -> Vec<Part> {
        let hidden = self.hidden.iter().enumerate().map(|(at, &units)| {
            let [name, path] = [format!("dense{}", at + 1), format!("{prefix}hidden.{at}")];
            Part::dense(&name, &path, units, self.norm_activation)
                .with_norm_at(&format!("{prefix}norms.{at}"))
        });
        hidden.chain([Part::output(&format!("{prefix}output"), self.outputs)]).collect()
    }

    /// Weights of the largest layer.
    fn largest(&self) -> usize {
        let tables = self.embeddings.iter().map(|&(codes, length)| codes.saturating_mul(length));
        let mut inputs = self.inputs();
        let layers = self.hidden.iter().chain([&self.outputs]).map(|&units| {
            let weights = inputs.saturating_mul(units);
            inputs = units;
            weights.max(units)
        });
        tables.chain(layers).max().unwrap_or(0)
    }
}

impl NetworkSizes for FeedForwardConfig {
    fn description(&self) -> Description {
        Description { input: [self.inputs(), 1, 1], stages: Vec::new(), head: self.parts("") }
    }

    fn check(&self) -> SizeCheck {
        SizeCheck {
            dropouts: [&self.dropout[..], &[self.input_dropout]].concat(),
            hidden: Some([self.hidden.len(), self.dropout.len()]),
            outputs: self.outputs,
            units: self.hidden.clone(),
            filter_sides: Vec::new(),
            reads: Reads::Values(self.features),
            largest: self.largest(),
        }
    }
}

/// Over the pixels of images, whose dense layers are all new for other classes.
impl Staged for FeedForward {
    fn stages(&self) -> usize {
        0
    }

    fn stage(&self, _: usize, x: Signal) -> Signal {
        self.forward(Features { dense: x.units(), codes: None }).into()
    }
}

impl FeedForward {
    /// Logits of a batch.
    pub fn forward(&self, features: Features) -> Tensor<2> {
        let mut x = match features.codes {
            None => features.dense,                          // [batch, features]
            Some(codes) => self.join(features.dense, codes), // [batch, inputs]
        };
        x = self.input_dropout.forward(x);
        for (at, (layer, dropout)) in self.hidden.iter().zip(&self.dropouts).enumerate() {
            x = self.norm_activation.dense(layer, x, self.norms.get(at));
            x = dropout.forward(x); // [batch, hidden]
        }
        dense::forward(&self.output, x, Function::None) // [batch, outputs]
    }

    fn join(&self, dense: Tensor<2>, codes: Tensor<2, Int>) -> Tensor<2> {
        let mut parts = vec![dense];
        for (column, embedding) in self.embeddings.iter().enumerate() {
            let code = codes.clone().narrow(1, column, 1); // [batch, 1]
            parts.push(embedding.forward(code).squeeze_dim(1)); // [batch, dimensions]
        }
        Tensor::cat(parts, 1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn config() -> FeedForwardConfig {
        FeedForwardConfig {
            features: 3,
            embeddings: vec![(5, 2), (7, 4)],
            hidden: vec![10, 6],
            norm_activation: NormActivation::default(),
            dropout: vec![0.0; 2],
            input_dropout: 0.0,
            outputs: 4,
        }
    }

    #[test]
    fn parameters_are_counted_by_hand() {
        let network = config().init(&mut Initialiser::new(1, &Device::flex()));
        // embeddings 5·2 + 7·4 = 38; inputs 3 + 2 + 4 = 9;
        // 9·10 + 10 = 100; 10·6 + 6 = 66; 6·4 + 4 = 28.
        assert_eq!(network.num_params(), 38 + 100 + 66 + 28);
    }

    #[test]
    fn a_batch_goes_in_and_logits_come_out() {
        let device = Device::flex();
        let network = config().init(&mut Initialiser::new(1, &device));
        let logits = network.forward(Features {
            dense: Tensor::ones([8, 3], &device),
            codes: Some(Tensor::zeros([8, 2], &device)),
        });
        assert_eq!(logits.dims(), [8, 4]);
    }

    #[test]
    fn without_hidden_layers_it_is_a_weighted_sum() {
        let device = Device::flex();
        let config = FeedForwardConfig {
            features: 2,
            embeddings: vec![],
            hidden: vec![],
            norm_activation: NormActivation::default(),
            dropout: vec![],
            input_dropout: 0.0,
            outputs: 1,
        };
        let mut network = config.init(&mut Initialiser::new(1, &device));
        network.output.weight =
            burn::module::Param::from_tensor(Tensor::from_data([[2.0], [-3.0]], &device));
        let dense = Tensor::from_data(TensorData::from([[5.0, 1.0], [0.5, 2.0]]), &device);
        let logits = network.forward(Features { dense, codes: None });
        // 2·5 − 3·1 = 7; 2·0.5 − 3·2 = −5.
        assert_eq!(logits.into_data().try_to_vec::<f32>().unwrap(), [7.0, -5.0]);
    }

    #[test]
    fn a_relu_stands_between_the_layers() {
        let device = Device::flex();
        let config = FeedForwardConfig {
            features: 1,
            embeddings: vec![],
            hidden: vec![1],
            norm_activation: NormActivation::default(),
            dropout: vec![0.0],
            input_dropout: 0.0,
            outputs: 1,
        };
        let mut network = config.init(&mut Initialiser::new(1, &device));
        let one = || burn::module::Param::from_tensor(Tensor::from_data([[1.0]], &device));
        network.hidden[0].weight = one();
        network.output.weight = one();
        let dense = Tensor::from_data([[-4.0], [4.0]], &device);
        let logits = network.forward(Features { dense, codes: None });
        assert_eq!(logits.into_data().try_to_vec::<f32>().unwrap(), [0.0, 4.0]);
    }
}
