//! Logits → answers, as the heads read them.

use super::graph::{Graph, Operator, Value, data_type};
use crate::{
    export::{Axis, Element, Port},
    tasks::{ClassHead, HeadRecord, NumberHead},
};

/// Has the answers come out that `logits`, `[batch, outputs]`, mean.
pub(super) fn answer(graph: &mut Graph<'_>, head: &HeadRecord, logits: &Value) {
    match head {
        HeadRecord::Class(ClassHead { names }) => {
            let port = Port {
                name: "probabilities".into(),
                element: Element::Float32,
                shape: vec![Axis::BATCH, Axis::Size(names.len())],
                says: "the probability of each class; the answer is the first of the highest"
                    .into(),
                words: names.clone(),
            };
            graph.output(port, &Operator::new("Softmax").int("axis", 1), &[logits]);
        }
        HeadRecord::Number(NumberHead { name, mean, deviation }) => {
            let axis = graph.integers("answer/axis", &[1], &[1]);
            let x = graph.node("answer", Operator::new("Squeeze"), &[logits, &axis]); // [batch]
            let double = Operator::new("Cast").int("to", data_type(Element::Float64));
            let x = graph.node("answer", double, &[&x]);
            let deviation = graph.double("answer/deviation", *deviation);
            let x = graph.node("answer", Operator::new("Mul"), &[&x, &deviation]);
            let mean = graph.double("answer/mean", *mean);
            let port = Port {
                name: "prediction".into(),
                element: Element::Float64,
                shape: vec![Axis::BATCH],
                says: format!("`{name}` in its own unit"),
                words: Vec::new(),
            };
            graph.output(port, &Operator::new("Add"), &[&x, &mean]);
        }
    }
}
