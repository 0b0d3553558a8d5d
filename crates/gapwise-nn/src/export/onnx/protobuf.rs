//! Protocol-buffer messages as bytes, and the field numbers of those that ONNX is made of.
//!
//! **Source**: the encoding of Protocol Buffers, and `onnx.proto` of ONNX 1.23 (IR version 8).
//!
//! **Differs from the source**: nothing; fields that no network here needs are left away.

/// A message that grows field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

// Wire types.
const VARINT: u64 = 0;
const LENGTH_AND_BYTES: u64 = 2;
const THIRTY_TWO_BITS: u64 = 5;

impl Message {
    /// A whole number; a negative one takes ten bytes.
    #[must_use]
    pub(super) fn number(mut self, field: u64, value: i64) -> Self {
        self.key(field, VARINT);
        self.varint(value as u64);
        self
    }

    /// A number of 32 bits.
    #[must_use]
    pub(super) fn float(mut self, field: u64, value: f32) -> Self {
        self.key(field, THIRTY_TWO_BITS);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A text.
    #[must_use]
    pub(super) fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    /// A message within this one.
    #[must_use]
    pub(super) fn message(self, field: u64, message: &Message) -> Self {
        self.bytes(field, &message.0)
    }

    /// A length and so many bytes.
    #[must_use]
    pub(super) fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        let mut message = self.begin(field, bytes.len());
        message.0.extend(bytes);
        message
    }

    /// A length alone: whoever writes the message has so many bytes follow it.
    #[must_use]
    pub(super) fn begin(mut self, field: u64, length: usize) -> Self {
        self.key(field, LENGTH_AND_BYTES);
        self.varint(length as u64);
        self
    }

    /// What it is so far.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
}

/// Field numbers of `ModelProto`.
pub(super) mod model {
    pub(crate) const IR_VERSION: u64 = 1;
    pub(crate) const PRODUCER_NAME: u64 = 2;
    pub(crate) const PRODUCER_VERSION: u64 = 3;
    pub(crate) const DOC_STRING: u64 = 6;
    pub(crate) const GRAPH: u64 = 7;
    pub(crate) const OPSET_IMPORT: u64 = 8;
    pub(crate) const METADATA_PROPS: u64 = 14;
}

/// Field numbers of `OperatorSetIdProto`.
pub(super) mod operator_set {
    pub(crate) const DOMAIN: u64 = 1;
    pub(crate) const VERSION: u64 = 2;
}

/// Field numbers of `StringStringEntryProto`.
pub(super) mod entry {
    pub(crate) const KEY: u64 = 1;
    pub(crate) const VALUE: u64 = 2;
}

/// Field numbers of `GraphProto`.
pub(super) mod graph {
    pub(crate) const NODE: u64 = 1;
    pub(crate) const NAME: u64 = 2;
    pub(crate) const INITIALIZER: u64 = 5;
    pub(crate) const INPUT: u64 = 11;
    pub(crate) const OUTPUT: u64 = 12;
}

/// Field numbers of `NodeProto`.
pub(super) mod node {
    pub(crate) const INPUT: u64 = 1;
    pub(crate) const OUTPUT: u64 = 2;
    pub(crate) const NAME: u64 = 3;
    pub(crate) const OP_TYPE: u64 = 4;
    pub(crate) const ATTRIBUTE: u64 = 5;
    pub(crate) const DOMAIN: u64 = 7;
}

/// Field numbers of `AttributeProto`, and its types.
pub(super) mod attribute {
    pub(crate) const NAME: u64 = 1;
    pub(crate) const FLOAT: u64 = 2;
    pub(crate) const INT: u64 = 3;
    pub(crate) const INTS: u64 = 8;
    pub(crate) const STRING: u64 = 4;
    pub(crate) const STRINGS: u64 = 9;
    pub(crate) const TYPE: u64 = 20;
    pub(crate) const OF_FLOAT: i64 = 1;
    pub(crate) const OF_INT: i64 = 2;
    pub(crate) const OF_STRING: i64 = 3;
    pub(crate) const OF_INTS: i64 = 7;
    pub(crate) const OF_STRINGS: i64 = 8;
}

/// Field numbers of `TensorProto`.
pub(super) mod tensor {
    pub(crate) const DIMS: u64 = 1;
    pub(crate) const DATA_TYPE: u64 = 2;
    pub(crate) const NAME: u64 = 8;
    pub(crate) const RAW_DATA: u64 = 9;
}

/// Field numbers of `ValueInfoProto`, and of the messages that say a tensor's type.
pub(super) mod value {
    pub(crate) const NAME: u64 = 1;
    pub(crate) const TYPE: u64 = 2;
    pub(crate) const DOC_STRING: u64 = 3;
    pub(crate) const TENSOR_TYPE: u64 = 1;
    pub(crate) const ELEM_TYPE: u64 = 1;
    pub(crate) const SHAPE: u64 = 2;
    pub(crate) const DIM: u64 = 1;
    pub(crate) const DIM_VALUE: u64 = 1;
    pub(crate) const DIM_PARAM: u64 = 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_encoding() {
        // Field 1, varint: 1 · 8 + 0 = 8; 150 = 1 · 128 + 22: 22 with the top bit is 0x96, then 1.
        assert_eq!(Message::default().number(1, 150).as_bytes(), [0x08, 0x96, 0x01]);
        // −1 is 64 ones: nine bytes of seven ones with the top bit, and one more.
        let minus = Message::default().number(1, -1);
        assert_eq!(minus.as_bytes()[1..], [[0xff; 9].as_slice(), &[0x01]].concat());
        // Field 2, length and bytes: 2 · 8 + 2 = 0x12; seven letters.
        let text = Message::default().text(2, "testing");
        assert_eq!(text.as_bytes(), [b"\x12\x07".as_slice(), b"testing"].concat());
        // Field 3 holds the first: 3 · 8 + 2 = 0x1a, three bytes.
        let first = Message::default().number(1, 150);
        let nested = Message::default().message(3, &first);
        assert_eq!(nested.as_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        // Field 20, 32 bits: 20 · 8 + 5 = 165 = 1 · 128 + 37: 0xa5, 1. 1.0 is 0x3f800000.
        let float = Message::default().float(20, 1.0);
        assert_eq!(float.as_bytes(), [0xa5, 0x01, 0x00, 0x00, 0x80, 0x3f]);
    }
}
