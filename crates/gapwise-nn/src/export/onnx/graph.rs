//! A graph that grows node by node.

use std::{borrow::Cow, collections::HashSet};

use safetensors::SafeTensors;

use super::protobuf::{Message, attribute, graph, node, tensor, value};
use crate::export::{Axis, Element, Port};

/// A tensor in a graph, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(String);

impl Value {
    /// In the place of an input that is left away.
    pub(crate) fn nothing() -> Self {
        Value(String::new())
    }
}

/// A graph, whose weights are taken from a safetensors file.
#[derive(Debug)]
pub(crate) struct Graph<'a> {
    weights: &'a SafeTensors<'a>,
    /// Names of values that are taken: each is given once.
    taken: HashSet<String>,
    nodes: Vec<Message>,
    tensors: Vec<Stored<'a>>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

/// A tensor of numbers: a message up to the key and length of its numbers, and these.
#[derive(Debug)]
struct Stored<'a> {
    head: Message,
    numbers: Cow<'a, [u8]>,
}

/// An operator with its attributes.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    kind: &'static str,
    domain: &'static str,
    attributes: Vec<Message>,
}

impl Operator {
    /// An operator of the standard set.
    pub(crate) fn new(kind: &'static str) -> Self {
        Operator { kind, domain: "", attributes: Vec::new() }
    }

    /// An operator of ONNX's set for machine learning.
    pub(crate) fn of_ml(kind: &'static str) -> Self {
        Operator { domain: super::ML_DOMAIN, ..Self::new(kind) }
    }

    #[must_use]
    pub(crate) fn int(self, name: &str, of: i64) -> Self {
        self.with(name, attribute::OF_INT, |message| message.number(attribute::INT, of))
    }

    #[must_use]
    pub(crate) fn float(self, name: &str, of: f64) -> Self {
        self.with(name, attribute::OF_FLOAT, |message| message.float(attribute::FLOAT, of as f32))
    }

    #[must_use]
    pub(crate) fn text(self, name: &str, of: &str) -> Self {
        self.with(name, attribute::OF_STRING, |message| message.text(attribute::STRING, of))
    }

    #[must_use]
    pub(crate) fn ints(self, name: &str, of: &[i64]) -> Self {
        self.with(name, attribute::OF_INTS, |message| {
            of.iter().fold(message, |message, &one| message.number(attribute::INTS, one))
        })
    }

    #[must_use]
    pub(crate) fn texts(self, name: &str, of: &[&str]) -> Self {
        self.with(name, attribute::OF_STRINGS, |message| {
            of.iter().fold(message, |message, one| message.text(attribute::STRINGS, one))
        })
    }

    fn with(mut self, name: &str, kind: i64, value: impl FnOnce(Message) -> Message) -> Self {
        let message = Message::default().text(attribute::NAME, name);
        self.attributes.push(value(message).number(attribute::TYPE, kind));
        self
    }
}

impl<'a> Graph<'a> {
    pub(crate) fn new(weights: &'a SafeTensors<'a>) -> Self {
        Graph {
            weights,
            taken: HashSet::new(),
            nodes: Vec::new(),
            tensors: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// What goes in. Inputs are named first: no other value takes their names.
    pub(crate) fn input(&mut self, port: Port) -> Value {
        let name = self.name(&port.name);
        self.inputs.push(Port { name: name.0.clone(), ..port });
        name
    }

    /// Has what `operator` makes of `inputs` come out.
    pub(crate) fn output(&mut self, port: Port, operator: &Operator, inputs: &[&Value]) {
        let name = self.name(&port.name);
        self.put(operator, inputs, &name);
        self.outputs.push(Port { name: name.0, ..port });
    }

    /// What `operator` makes of `inputs`; `at` is where in the network it stands.
    pub(crate) fn node(&mut self, at: &str, operator: Operator, inputs: &[&Value]) -> Value {
        let output = self.name(&format!("{at}/{}", operator.kind));
        self.put(&operator, inputs, &output);
        output
    }

    fn put(&mut self, operator: &Operator, inputs: &[&Value], output: &Value) {
        let mut message = Message::default();
        for input in inputs {
            message = message.text(node::INPUT, &input.0);
        }
        message = message
            .text(node::OUTPUT, &output.0)
            .text(node::NAME, &output.0)
            .text(node::OP_TYPE, operator.kind)
            .text(node::DOMAIN, operator.domain);
        for attribute in &operator.attributes {
            message = message.message(node::ATTRIBUTE, attribute);
        }
        self.nodes.push(message);
    }

    /// Whether the weight file has a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.weights.tensor(name).is_ok()
    }

    /// The tensor of this name in the weight file, whose numbers are floats of 32 bits.
    pub(crate) fn weight(&mut self, name: &str) -> Value {
        let weights = self.weights;
        let found = weights.tensor(name).expect("a network stores the layers of its sizes");
        let shape: Vec<i64> = found.shape().iter().map(|&size| size as i64).collect();
        self.store(name, (Element::Float32, &shape), Cow::Borrowed(found.data()))
    }

    /// Floats of 32 bits.
    pub(crate) fn floats(&mut self, name: &str, shape: &[i64], of: &[f32]) -> Value {
        let numbers = of.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.store(name, (Element::Float32, shape), Cow::Owned(numbers))
    }

    /// One float of 64 bits.
    pub(crate) fn double(&mut self, name: &str, of: f64) -> Value {
        self.store(name, (Element::Float64, &[]), Cow::Owned(of.to_le_bytes().to_vec()))
    }

    /// Whole numbers.
    pub(crate) fn integers(&mut self, name: &str, shape: &[i64], of: &[i64]) -> Value {
        let numbers = of.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.store(name, (Element::Int64, shape), Cow::Owned(numbers))
    }

    fn store(
        &mut self,
        name: &str,
        (element, shape): (Element, &[i64]),
        numbers: Cow<'a, [u8]>,
    ) -> Value {
        let name = self.name(name);
        let dims = |head: Message, &size: &i64| head.number(tensor::DIMS, size);
        let head = shape
            .iter()
            .fold(Message::default(), dims)
            .number(tensor::DATA_TYPE, data_type(element))
            .text(tensor::NAME, &name.0)
            .begin(tensor::RAW_DATA, numbers.len());
        self.tensors.push(Stored { head, numbers });
        name
    }

    /// This name, or the first like it that is not taken.
    fn name(&mut self, like: &str) -> Value {
        // The empty name means that there is nothing.
        let like = if like.is_empty() { "_" } else { like };
        let numbered = (2_u64..).map(|number| format!("{like}_{number}"));
        let name = std::iter::once(like.to_owned())
            .chain(numbered)
            .find(|name| !self.taken.contains(name))
            .expect("there are fewer values than numbers");
        self.taken.insert(name.clone());
        Value(name)
    }

    /// What goes in.
    pub(crate) fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What comes out.
    pub(crate) fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// `before`, then the graph as its field `field`. The weights are copied once, since there may
    /// be gigabytes of them; `room` is asked first whether the file may have so many bytes.
    pub(super) fn append_to<E>(
        &self,
        before: Message,
        field: u64,
        room: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let mut fields = Message::default().text(graph::NAME, "gapwise");
        for node in &self.nodes {
            fields = fields.message(graph::NODE, node);
        }
        for input in &self.inputs {
            fields = fields.message(graph::INPUT, &described(input));
        }
        for output in &self.outputs {
            fields = fields.message(graph::OUTPUT, &described(output));
        }
        let heads: Vec<Message> = self
            .tensors
            .iter()
            .map(|Stored { head, numbers }| {
                let length = head.as_bytes().len() + numbers.len();
                Message::default().begin(graph::INITIALIZER, length)
            })
            .collect();
        let tensors = || heads.iter().zip(&self.tensors);
        let length = fields.as_bytes().len()
            + tensors()
                .map(|(before, Stored { head, numbers })| {
                    before.as_bytes().len() + head.as_bytes().len() + numbers.len()
                })
                .sum::<usize>();
        let before = before.begin(field, length);
        let whole = before.as_bytes().len() + length;
        room(whole)?;
        let mut file = Vec::with_capacity(whole);
        file.extend(before.as_bytes());
        file.extend(fields.as_bytes());
        for (before, Stored { head, numbers }) in tensors() {
            file.extend(before.as_bytes());
            file.extend(head.as_bytes());
            file.extend(&numbers[..]);
        }
        Ok(file)
    }
}

/// ONNX's number for a type.
pub(crate) fn data_type(element: Element) -> i64 {
    match element {
        Element::Float32 => 1,
        Element::Uint8 => 2,
        Element::Uint16 => 4,
        Element::Int64 => 7,
        Element::String => 8,
        Element::Float64 => 11,
    }
}

fn described(port: &Port) -> Message {
    let axis = |shape: Message, axis: &Axis| {
        let dim = match axis {
            Axis::Named(name) => Message::default().text(value::DIM_PARAM, name),
            Axis::Size(size) => Message::default().number(value::DIM_VALUE, *size as i64),
        };
        shape.message(value::DIM, &dim)
    };
    let shape = port.shape.iter().fold(Message::default(), axis);
    let tensor = Message::default()
        .number(value::ELEM_TYPE, data_type(port.element))
        .message(value::SHAPE, &shape);
    let kind = Message::default().message(value::TENSOR_TYPE, &tensor);
    Message::default()
        .text(value::NAME, &port.name)
        .message(value::TYPE, &kind)
        .text(value::DOC_STRING, &port.says)
}
