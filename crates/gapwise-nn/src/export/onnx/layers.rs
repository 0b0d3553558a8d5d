//! The layers of networks as nodes of a graph.
//!
//! `at` is the path under which a layer's weights are stored, and becomes the name of its nodes.

use super::graph::{Graph, Operator, Value};
use crate::{
    layers::{Activation, BatchNormPlace, ConvBlockConfig, NormActivation},
    networks::description::Windows,
};

/// Epsilon and names of a layer's batch normalisation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm<'n> {
    pub(super) at: &'n str,
    pub(super) epsilon: f64,
}

fn pooling(kind: &'static str, windows: Windows) -> Operator {
    let Windows { side, stride, padding: [before, after] } = windows;
    Operator::new(kind)
        .ints("kernel_shape", &[side as i64; 2])
        .ints("strides", &[stride as i64; 2])
        .ints("pads", &[before, before, after, after].map(|pixels| pixels as i64))
}

impl Graph<'_> {
    /// A convolution with its batch normalisation and activation, and `skipped` added before the
    /// activation. `at` is where it stands, the path of its weights and that of its batch
    /// normalisation.
    pub(super) fn convolution(
        &mut self,
        [at, weights, norm]: [&str; 3],
        x: &Value,
        sizes: &ConvBlockConfig,
        skipped: Option<&Value>,
    ) -> Value {
        let operator = Operator::new("Conv")
            .ints("kernel_shape", &[sizes.kernel as i64; 2])
            .ints("strides", &[sizes.stride as i64; 2])
            .ints("pads", &[sizes.padding as i64; 4])
            .int("group", sizes.groups as i64);
        let mut x = self.weighted(weights, operator, x);
        let norm = Norm { at: norm, epsilon: sizes.epsilon };
        if sizes.batch_norm == BatchNormPlace::BeforeActivation {
            x = self.batch_norm(norm, &x);
        }
        if let Some(skipped) = skipped {
            x = self.node(at, Operator::new("Add"), &[&x, skipped]);
        }
        if let Some(activation) = sizes.activation {
            x = self.activation(at, activation, &x);
        }
        match sizes.batch_norm {
            BatchNormPlace::AfterActivation => self.batch_norm(norm, &x),
            BatchNormPlace::Off | BatchNormPlace::BeforeActivation => x,
        }
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
        self.node("pool", pooling("MaxPool", windows), &[x])
    }

    /// The mean of each window.
    pub(super) fn average_pool(&mut self, x: &Value, windows: Windows) -> Value {
        self.node("pool", pooling("AveragePool", windows), &[x])
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
