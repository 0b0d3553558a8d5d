//! Reads what the tests need of an ONNX file: nodes, stored tensors, ports, metadata.

use std::collections::BTreeMap;

/// A file.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) nodes: Vec<Node>,
    pub(super) stored: BTreeMap<String, Stored<'a>>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) metadata: BTreeMap<String, String>,
    /// Operator sets with their versions.
    pub(super) operators: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Attribute {
    pub(super) float: f64,
    pub(super) int: i64,
    pub(super) ints: Vec<i64>,
    pub(super) texts: Vec<String>,
}

/// A tensor of the file, whose numbers are read when they are asked for: there may be millions.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) shape: Vec<usize>,
    kind: u64,
    bytes: &'a [u8],
}

impl Stored<'_> {
    pub(super) fn array(&self) -> Array {
        let eight = || self.bytes.as_chunks::<8>().0.iter();
        let numbers: Vec<f64> = match self.kind {
            1 => {
                let four = self.bytes.as_chunks::<4>().0.iter();
                four.map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
            }
            7 => eight().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect(),
            11 => eight().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
            kind => panic!("data type {kind}"),
        };
        Array { shape: self.shape.clone(), numbers, texts: Vec::new() }
    }
}

/// A tensor, the last axis fastest. All numbers are of 64 bits here.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Vec<f64>,
    /// In place of numbers.
    pub(super) texts: Vec<String>,
}

enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(&self) -> u64 {
        let Field::Number(number) = self else { panic!("expected a number") };
        *number
    }

    fn bytes(&self) -> &'a [u8] {
        let Field::Bytes(bytes) = self else { panic!("expected bytes") };
        bytes
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes().to_vec()).unwrap()
    }
}

/// The fields of a message with their numbers.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut number = 0;
        for place in 0.. {
            let (first, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            number |= u64::from(first & 0x7f) << (7 * place);
            if first & 0x80 == 0 {
                break;
            }
        }
        number
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (field, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(field)
            }
            5 => {
                let (field, rest) = bytes.split_first_chunk::<4>().unwrap();
                bytes = rest;
                Field::Float(f32::from_le_bytes(*field))
            }
            kind => panic!("wire type {kind}"),
        };
        found.push((key >> 3, field));
    }
    found
}

pub(super) fn read(bytes: &[u8]) -> File<'_> {
    let mut file = File::default();
    for (number, field) in fields(bytes) {
        match number {
            7 => graph(&mut file, field.bytes()),
            8 => {
                let set = fields(field.bytes());
                file.operators.insert(set[0].1.text(), set[1].1.number());
            }
            14 => {
                let pair = fields(field.bytes());
                file.metadata.insert(pair[0].1.text(), pair[1].1.text());
            }
            _ => {}
        }
    }
    file
}

fn graph<'a>(file: &mut File<'a>, bytes: &'a [u8]) {
    for (number, field) in fields(bytes) {
        match number {
            1 => file.nodes.push(node(field.bytes())),
            5 => {
                let (name, stored) = tensor(field.bytes());
                assert!(file.stored.insert(name.clone(), stored).is_none(), "{name} twice");
            }
            11 => file.inputs.push(fields(field.bytes())[0].1.text()),
            12 => file.outputs.push(fields(field.bytes())[0].1.text()),
            _ => {}
        }
    }
}

fn node(bytes: &[u8]) -> Node {
    let mut node = Node::default();
    for (number, field) in fields(bytes) {
        match number {
            1 => node.inputs.push(field.text()),
            2 => node.output = field.text(),
            4 => node.kind = field.text(),
            5 => {
                let (name, attribute) = attribute(field.bytes());
                node.attributes.insert(name, attribute);
            }
            _ => {}
        }
    }
    node
}

fn attribute(bytes: &[u8]) -> (String, Attribute) {
    let (mut name, mut attribute) = (String::new(), Attribute::default());
    for (number, field) in fields(bytes) {
        match (number, &field) {
            (1, _) => name = field.text(),
            (2, Field::Float(float)) => attribute.float = f64::from(*float),
            (3, _) => attribute.int = field.number() as i64,
            (8, _) => attribute.ints.push(field.number() as i64),
            (4 | 9, _) => attribute.texts.push(field.text()),
            _ => {}
        }
    }
    (name, attribute)
}

fn tensor(bytes: &[u8]) -> (String, Stored<'_>) {
    let mut name = String::new();
    let mut stored = Stored { shape: Vec::new(), kind: 0, bytes: &[] };
    for (number, field) in fields(bytes) {
        match number {
            1 => stored.shape.push(field.number() as usize),
            2 => stored.kind = field.number(),
            8 => name = field.text(),
            9 => stored.bytes = field.bytes(),
            _ => {}
        }
    }
    let width = if stored.kind == 1 { 4 } else { 8 };
    assert_eq!(stored.bytes.len(), width * stored.shape.iter().product::<usize>(), "{name}");
    (name, stored)
}
