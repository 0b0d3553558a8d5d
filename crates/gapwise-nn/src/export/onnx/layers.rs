//! The layers of networks as nodes of a graph.
//!
//! `at` is the path under which a layer's weights are stored, and becomes the name of its nodes.

use super::graph::{Graph, Operator, Value};
use crate::layers::{Activation, BatchNormPlace, ConvBlockConfig, NormActivation};

/// Epsilon and names of a layer's batch normalisation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm<'n> {
    pub(super) at: &'n str,
    pub(super) epsilon: f64,
}

/// Windows of a pooling, the same down and across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    pub(super) side: i64,
    pub(super) stride: i64,
    /// Pixels around the image that no maximum sees: above, left, below and right.
    pub(super) padding: [i64; 4],
}

impl Windows {
    /// Of 2×2, which share no pixels.
    pub(super) const HALVING: Self = Windows { side: 2, stride: 2, padding: [0; 4] };

    fn of(self, kind: &'static str) -> Operator {
        Operator::new(kind)
            .ints("kernel_shape", &[self.side; 2])
            .ints("strides", &[self.stride; 2])
            .ints("pads", &self.padding)
    }
}

impl Graph<'_> {
    /// A convolution; its bias is there where the weights have one.
    pub(super) fn convolution(&mut self, at: &str, x: &Value, config: &ConvBlockConfig) -> Value {
        let operator = Operator::new("Conv")
            .ints("kernel_shape", &[config.kernel as i64; 2])
            .ints("strides", &[config.stride as i64; 2])
            .ints("pads", &[config.padding as i64; 4])
            .int("group", config.groups as i64);
        self.weighted(at, operator, x)
    }

    /// A dense layer; its bias is there where the weights have one.
    pub(super) fn dense(&mut self, at: &str, x: &Value) -> Value {
        // Weights are stored as `[outputs, inputs]`.
        self.weighted(at, Operator::new("Gemm").int("transB", 1), x)
    }

    fn weighted(&mut self, at: &str, operator: Operator, x: &Value) -> Value {
        let weight = self.weight(&format!("{at}.weight"));
        let bias = format!("{at}.bias");
        if self.has(&bias) {
            let bias = self.weight(&bias);
            self.node(at, operator, &[x, &weight, &bias])
        } else {
            self.node(at, operator, &[x, &weight])
        }
    }

    /// Batch normalisation in evaluation.
    pub(super) fn batch_norm(&mut self, norm: Norm<'_>, x: &Value) -> Value {
        let [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
            .map(|of| self.weight(&format!("{}.{of}", norm.at)));
        let operator = Operator::new("BatchNormalization").float("epsilon", norm.epsilon);
        self.node(norm.at, operator, &[x, &gamma, &beta, &mean, &variance])
    }

    /// The function of every value.
    pub(super) fn activation(&mut self, at: &str, of: Activation, x: &Value) -> Value {
        let operator = match of {
            Activation::Relu => Operator::new("Relu"),
            Activation::Tanh => Operator::new("Tanh"),
            Activation::LeakyRelu => {
                Operator::new("LeakyRelu").float("alpha", f64::from(Activation::LEAK))
            }
        };
        self.node(at, operator, &[x])
    }

    /// A [`ConvBlock`](crate::layers::ConvBlock), with `skipped` added before its activation.
    pub(super) fn conv_block(
        &mut self,
        at: &str,
        config: &ConvBlockConfig,
        x: &Value,
        skipped: Option<&Value>,
    ) -> Value {
        let mut x = self.convolution(&format!("{at}.conv"), x, config);
        if config.batch_norm {
            let norm = Norm { at: &format!("{at}.norm"), epsilon: config.epsilon };
            x = self.batch_norm(norm, &x);
        }
        if let Some(skipped) = skipped {
            x = self.node(at, Operator::new("Add"), &[&x, skipped]);
        }
        match config.activation {
            Some(activation) => self.activation(at, activation, &x),
            None => x,
        }
    }

    /// What stands behind the weighted sums `x` of the hidden layer `at`, whose batch normalisation
    /// is stored under `norm`.
    pub(super) fn norm_activation(
        &mut self,
        [at, norm]: [&str; 2],
        norm_activation: NormActivation,
        x: &Value,
    ) -> Value {
        let norm = Norm { at: norm, epsilon: crate::layers::EPSILON };
        match norm_activation.batch_norm {
            BatchNormPlace::Off => self.activation(at, norm_activation.activation, x),
            BatchNormPlace::BeforeActivation => {
                let x = self.batch_norm(norm, x);
                self.activation(at, norm_activation.activation, &x)
            }
            BatchNormPlace::AfterActivation => {
                let x = self.activation(at, norm_activation.activation, x);
                self.batch_norm(norm, &x)
            }
        }
    }

    /// The largest value of each window.
    pub(super) fn max_pool(&mut self, x: &Value, windows: Windows) -> Value {
        self.node("pool", windows.of("MaxPool"), &[x])
    }

    /// The mean of each window.
    pub(super) fn average_pool(&mut self, x: &Value, windows: Windows) -> Value {
        self.node("pool", windows.of("AveragePool"), &[x])
    }

    /// `[batch, channels]`: the mean of each channel.
    pub(super) fn global_average(&mut self, x: &Value) -> Value {
        let x = self.node("mean", Operator::new("GlobalAveragePool"), &[x]);
        self.flatten(&x)
    }

    /// `[batch, values]`.
    pub(super) fn flatten(&mut self, x: &Value) -> Value {
        self.node("values", Operator::new("Flatten").int("axis", 1), &[x])
    }

    /// Tensors side by side along the second axis.
    pub(super) fn joined(&mut self, at: &str, parts: &[Value]) -> Value {
        let parts: Vec<&Value> = parts.iter().collect();
        match parts.as_slice() {
            [one] => (*one).clone(),
            parts => self.node(at, Operator::new("Concat").int("axis", 1), parts),
        }
    }
}
