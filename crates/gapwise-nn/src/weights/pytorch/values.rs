//! The values that a pickle makes, and the calls it may make them with.

use safetensors::Dtype;

use super::super::tensor::View;

/// The number of a value among those of a pickle.
pub(super) type Id = u32;

/// A value. Others that it holds are there by number, so that one which is held twice, or which
/// holds itself, takes no more memory and none of the machine's stack.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// What no tensor is made of: `None`, a truth value, a float, bytes, a very large number.
    Other,
    Number(i64),
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    /// Keys and values in the order in which they were set; the last of a key counts.
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage<'a>),
    Tensor(Box<Tensor<'a>>),
}

impl Value<'_> {
    /// What it is, in an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Other => "a plain value",
            Self::Number(_) => "a whole number",
            Self::Text(_) => "a text",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Global(_) => "a function",
            Self::Storage(_) => "a storage",
            Self::Tensor(_) => "a tensor",
        }
    }
}

/// A storage as the pickle names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage<'a> {
    pub(super) key: &'a str,
    pub(super) dtype: Dtype,
    /// How many numbers it has.
    pub(super) numbers: usize,
}

/// A part of a storage.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'a> {
    pub(super) storage: Storage<'a>,
    pub(super) view: View,
}

/// The functions and classes that state dicts name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    Size,
    Tensor,
    Parameter,
    Storage(Dtype),
}

impl Global {
    /// What a module's name stands for, where it is one that a state dict needs.
    pub(super) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch", "Size") => Self::Size,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Self::Tensor,
            ("torch._utils", "_rebuild_parameter") => Self::Parameter,
            ("torch", storage) => Self::Storage(match storage {
                "DoubleStorage" => Dtype::F64,
                "FloatStorage" => Dtype::F32,
                "HalfStorage" => Dtype::F16,
                "BFloat16Storage" => Dtype::BF16,
                "LongStorage" => Dtype::I64,
                "IntStorage" => Dtype::I32,
                "ShortStorage" => Dtype::I16,
                "CharStorage" => Dtype::I8,
                "ByteStorage" => Dtype::U8,
                "BoolStorage" => Dtype::BOOL,
                _ => return None,
            }),
            _ => return None,
        })
    }
}
