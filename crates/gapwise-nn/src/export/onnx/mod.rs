//! A model as an ONNX file: one graph from raw inputs to answers, which any ONNX runtime runs.
//!
//! | file | what |
//! |---|---|
//! | `pixels.rs`, `columns.rs` | what a user has → what the network reads |
//! | `network.rs` | the network, by its description |
//! | `layers.rs` | what they are made of |
//! | `graph.rs`, `protobuf.rs` | nodes and weights → bytes |
//!
//! **Source**: ONNX 1.23, operator set 18, IR version 8; for columns of words the operator set
//! `ai.onnx.ml` 3.
//!
//! **Differs from the source**: nothing. Batch normalisation stays a node of its own with its running
//! statistics; runtimes fold it into the convolution in front.

mod columns;
mod graph;
mod layers;
mod network;
mod pixels;
mod protobuf;

use safetensors::SafeTensors;
use serde::Serialize;

use super::{ExportError, Port, json};
use crate::{model::Model, weights};
pub(crate) use graph::{Graph, Operator, Value, data_type};
pub(crate) use network::Reads;
use protobuf::{Message, entry, model, operator_set};
pub(crate) use {columns::read as read_columns, pixels::read as read_pixels};

/// The operator set.
pub const OPSET: i64 = 18;
/// The operator set for machine learning, and its version.
const ML_DOMAIN: &str = "ai.onnx.ml";
const ML_OPSET: i64 = 3;
/// The version of the format that goes with them.
const IR_VERSION: i64 = 8;
/// Protocol buffers hold no more.
const MOST_BYTES: usize = i32::MAX as usize;

/// A model as an ONNX file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Onnx {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// What goes in.
    pub inputs: Vec<Port>,
    /// What comes out.
    pub outputs: Vec<Port>,
}

/// `model` as an ONNX file that answers as [`Model::answers`] does.
///
/// Images go in as `pixels`, uint8 `[batch, channels, height, width]` from 0 to 255, in the size at
/// which the training images were read; normalisation, and resizing where the network reads another
/// size, are the first nodes. Of a table, each column that the network reads goes in under its name as
/// `[batch]`: numbers, truth values (0 and 1) and dates (days since 1970-01-01) as float64 with NaN
/// where missing, categories as string with the empty string where missing; medians, scaling and
/// categories are in the graph. Classes come out as `probabilities`, float32 `[batch, classes]`, and
/// numbers as `prediction`, float64 `[batch]`, in the label's unit. `inputs` and `outputs` are in the
/// file's metadata as JSON.
///
/// # Errors
///
/// [`ExportError::ReadsNothing`] for a network that reads no column, [`ExportError::TooLarge`] for one
/// beyond 2 GiB.
pub fn onnx(model: &Model) -> Result<Onnx, ExportError> {
    let record = model.record();
    let bytes = model.weights()?;
    let weights = weights::read(&bytes)?;
    let graph = graph_of(model, &weights);
    if graph.inputs().is_empty() {
        return Err(ExportError::ReadsNothing);
    }
    let (inputs, outputs) = (graph.inputs().to_vec(), graph.outputs().to_vec());
    let mut metadata = vec![("inputs", json(&inputs)), ("outputs", json(&outputs))];
    metadata.extend(record.head.about().into_iter().take(1));
    let operators = |domain, version| {
        Message::default().text(operator_set::DOMAIN, domain).number(operator_set::VERSION, version)
    };
    let mut before = Message::default()
        .number(model::IR_VERSION, IR_VERSION)
        .text(model::PRODUCER_NAME, "gapwise")
        .text(model::PRODUCER_VERSION, env!("CARGO_PKG_VERSION"))
        .text(model::DOC_STRING, &doc_string(&inputs, &outputs))
        .message(model::OPSET_IMPORT, &operators("", OPSET))
        .message(model::OPSET_IMPORT, &operators(ML_DOMAIN, ML_OPSET));
    for (key, value) in &metadata {
        let pair = Message::default().text(entry::KEY, key).text(entry::VALUE, value);
        before = before.message(model::METADATA_PROPS, &pair);
    }
    let room = |bytes| match bytes {
        0..=MOST_BYTES => Ok(()),
        bytes => Err(ExportError::TooLarge { bytes }),
    };
    let bytes = graph.append_to(before, model::GRAPH, room)?;
    Ok(Onnx { bytes, inputs, outputs })
}

fn graph_of<'a>(model: &Model, weights: &'a SafeTensors<'a>) -> Graph<'a> {
    let mut graph = Graph::new(weights);
    let record = model.record();
    if let Some(logits) = record.network.logits_in(&mut graph, &record.reading) {
        record.head.answer_in(&mut graph, &logits);
    }
    graph
}

/// A line for each input and output.
fn doc_string(inputs: &[Port], outputs: &[Port]) -> String {
    let line = |port: &Port| format!("{}: {}", port.name, port.says);
    let lines: Vec<String> = inputs.iter().chain(outputs).map(line).collect();
    lines.join("\n")
}
