//! A network as a graph, by its description: what `forward` does in evaluation, part by part. Dropout
//! and side branches are left out, since they do not answer.

use super::graph::{Graph, Operator, Value};
use crate::networks::description::{Description, Operation, Part, Shortcut};

/// What goes from one part to the next.
#[derive(Debug, Clone)]
struct Signal {
    value: Value,
    /// Of images, which a dense layer flattens.
    channels: usize,
    flat: bool,
}

/// What a network reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reads<'v> {
    /// `[batch, channels, height, width]`.
    Images(&'v Value),
    /// `[batch, values]`.
    Rows(&'v Value),
}

impl Graph<'_> {
    /// Logits `[batch, outputs]`.
    pub(crate) fn network(&mut self, description: &Description, reads: Reads<'_>) -> Value {
        let (value, flat) = match reads {
            Reads::Images(value) => (value.clone(), false),
            Reads::Rows(value) => (value.clone(), true),
        };
        let x = Signal { value, channels: description.input[0], flat };
        description.parts().fold(x, |x, part| self.part(part, &x)).value
    }

    fn parts(&mut self, parts: &[Part], x: &Signal) -> Signal {
        parts.iter().fold(x.clone(), |x, part| self.part(part, &x))
    }

    fn part(&mut self, part: &Part, x: &Signal) -> Signal {
        let at = &part.path;
        match &part.operation {
            Operation::Convolution { .. } => self.convolved(part, x, None),
            Operation::Dense { units, hidden, weights } => {
                let flat = if x.flat { x.value.clone() } else { self.flatten(&x.value) };
                let sums = self.dense(&weights.layer.path, &flat);
                let value = match hidden {
                    Some(hidden) => self.norm_activation([at, &weights.norm.path], *hidden, &sums),
                    None => sums,
                };
                Signal { value, channels: *units, flat: true }
            }
            Operation::MaxPool(windows) => x.with(self.max_pool(&x.value, *windows)),
            Operation::AveragePool(windows) => x.with(self.average_pool(&x.value, *windows)),
            Operation::GlobalMean => {
                Signal { value: self.global_average(&x.value), flat: true, ..x.clone() }
            }
            Operation::ResponseNorm(config) => {
                // ONNX divides α by the number of channels, as the engine does.
                let operator = Operator::new("LRN")
                    .int("size", config.size as i64)
                    .float("alpha", config.alpha)
                    .float("beta", config.beta)
                    .float("bias", config.k);
                x.with(self.node(at, operator, &[&x.value]))
            }
            Operation::Branches(branches) => {
                let branches: Vec<Signal> =
                    branches.iter().map(|parts| self.parts(parts, x)).collect();
                let channels = branches.iter().map(|branch| branch.channels).sum();
                let values: Vec<Value> = branches.into_iter().map(|branch| branch.value).collect();
                Signal { value: self.joined(at, &values), channels, flat: false }
            }
            Operation::Residual(convolutions, shortcut) => {
                let Some((last, convolutions)) = convolutions.split_last() else {
                    return x.clone();
                };
                let skipped = match shortcut {
                    Shortcut::Input => x.value.clone(),
                    Shortcut::Projection(projection) => self.part(projection, x).value,
                    Shortcut::Padded => self.padded(at, x, channels_of(last)),
                };
                let x = self.parts(convolutions, x);
                self.convolved(last, &x, Some(&skipped))
            }
        }
    }

    /// A convolution with what follows it, `skipped` added before its activation.
    fn convolved(&mut self, part: &Part, x: &Signal, skipped: Option<&Value>) -> Signal {
        let Operation::Convolution { sizes, weights } = &part.operation else {
            return self.part(part, x);
        };
        let at = [&part.path, &weights.layer.path, &weights.norm.path].map(String::as_str);
        let value = self.convolution(at, &x.value, sizes, skipped);
        Signal { value, channels: sizes.filters, flat: false }
    }

    /// Every second pixel of `x` where a side is halved, with channels of zeros behind its own.
    fn padded(&mut self, at: &str, x: &Signal, channels: usize) -> Value {
        let zeros = channels - x.channels;
        if zeros == 0 {
            return x.value.clone();
        }
        let [starts, ends, axes, steps] =
            [("starts", [0; 2]), ("ends", [i64::MAX; 2]), ("axes", [2, 3]), ("steps", [2; 2])]
                .map(|(of, numbers)| self.integers(&format!("{at}/{of}"), &[2], &numbers));
        let inputs = [&x.value, &starts, &ends, &axes, &steps];
        let every_second = self.node(at, Operator::new("Slice"), &inputs);
        let pads = [0, 0, 0, 0, 0, zeros as i64, 0, 0];
        let pads = self.integers(&format!("{at}/pads"), &[8], &pads);
        self.node(at, Operator::new("Pad"), &[&every_second, &pads])
    }
}

impl Signal {
    fn with(&self, value: Value) -> Self {
        Signal { value, ..self.clone() }
    }
}

/// Channels that a convolution gives.
fn channels_of(part: &Part) -> usize {
    match &part.operation {
        Operation::Convolution { sizes, .. } => sizes.filters,
        _ => 0,
    }
}
