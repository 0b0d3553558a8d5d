//! A tensor among the bytes of a weight file.

use std::sync::Arc;

use burn::tensor::{bf16, f16};
use safetensors::Dtype;

/// A tensor of a [`WeightFile`](super::WeightFile), read out of its bytes when it is asked for.
#[derive(Debug, Clone)]
pub struct WeightTensor {
    pub(super) name: String,
    pub(super) place: Place,
    /// The whole file.
    pub(super) bytes: Arc<Vec<u8>>,
}

/// Where the numbers of a tensor are in a file, all of which was checked to be inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The byte at which the first number stands.
    start: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    /// Numbers from one place of an axis to the next.
    strides: Vec<usize>,
}

/// A tensor as a file describes it: a part of a storage, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// The number of the storage at which it begins.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// As many as there are axes, as whoever makes a view sees to.
    pub(super) strides: Vec<usize>,
}

/// What a place has to be, and what it is.
pub(super) struct Misplaced {
    pub(super) expected: String,
    pub(super) found: String,
}

impl WeightTensor {
    /// Its name, without the prefixes that were taken off.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its sizes, axis by axis; none for a single number.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.place.shape
    }

    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.place.numbers()
    }

    /// The type of its numbers in the file, in PyTorch's words.
    #[must_use]
    pub fn element(&self) -> &'static str {
        match self.place.dtype {
            Dtype::F64 => "float64",
            Dtype::F32 => "float32",
            Dtype::F16 => "float16",
            Dtype::BF16 => "bfloat16",
            Dtype::I64 => "int64",
            Dtype::I32 => "int32",
            Dtype::I16 => "int16",
            Dtype::I8 => "int8",
            Dtype::U64 => "uint64",
            Dtype::U32 => "uint32",
            Dtype::U16 => "uint16",
            Dtype::U8 => "uint8",
            // `READ` has no others.
            _ => "bool",
        }
    }

    /// Whether it has no number at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its numbers in the order of its shape, the last axis fastest, each rounded to the nearest
    /// `f32`; what is beyond the largest becomes infinite. `false` is 0 and `true` is 1.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        let Place { start, dtype, shape, strides } = &self.place;
        let width = width(*dtype);
        let numbers = self.len();
        if numbers == 0 {
            return Vec::new();
        }
        let storage = &self.bytes[*start..];
        if contiguous(shape, strides) {
            return decoded(&storage[..numbers * width], *dtype);
        }
        let mut gathered = Vec::with_capacity(numbers * width);
        let mut index = vec![0; shape.len()];
        for _ in 0..numbers {
            let at: usize = index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
            gathered.extend_from_slice(&storage[at * width..][..width]);
            for (index, size) in index.iter_mut().zip(shape).rev() {
                *index += 1;
                if *index < *size {
                    break;
                }
                *index = 0;
            }
        }
        decoded(&gathered, *dtype)
    }

    /// The type that its numbers have in the file, where that is another one. What PyTorch counts as a
    /// whole number is no weight.
    pub(super) fn converted(&self) -> Option<&'static str> {
        match self.place.dtype {
            Dtype::F16 => Some("float16"),
            Dtype::BF16 => Some("bfloat16"),
            Dtype::F64 => Some("float64"),
            Dtype::F32 => None,
            _ if self.name.ends_with("num_batches_tracked") => None,
            _ => Some("whole numbers or truth values"),
        }
    }
}

impl Place {
    /// Where `view` is in a storage of `storage` numbers from byte `start`. The storage is within
    /// the file, as the caller has seen to.
    ///
    /// # Errors
    ///
    /// [`Misplaced`] for numbers that cannot be read, for a view that leaves its storage, and for
    /// one that has more numbers than the storage: its size would not be bounded by the file's.
    pub(super) fn new(
        start: usize,
        dtype: Dtype,
        storage: usize,
        view: View,
    ) -> Result<Self, Misplaced> {
        if !READ.contains(&dtype) {
            let expected = "floats of 16, 32 or 64 bits, whole numbers or truth values".to_owned();
            return Err(Misplaced { expected, found: format!("{dtype:?}") });
        }
        let View { offset, shape, strides } = view;
        let outside = || Misplaced {
            expected: format!("a tensor within the {storage} numbers of its storage"),
            found: format!("the shape {shape:?} with strides {strides:?} from number {offset}"),
        };
        let numbers = counted(&shape).ok_or_else(outside)?;
        let last = if numbers == 0 {
            Some(offset)
        } else {
            shape.iter().zip(&strides).try_fold(offset, |last, (size, stride)| {
                (size - 1).checked_mul(*stride).and_then(|far| last.checked_add(far))
            })
        };
        let inside = last.is_some_and(|last| last < storage || (numbers == 0 && last == storage));
        if !inside || numbers > storage {
            return Err(outside());
        }
        Ok(Self { start: start + offset * width(dtype), dtype, shape, strides })
    }

    /// How many numbers it has.
    pub(super) fn numbers(&self) -> usize {
        counted(&self.shape).unwrap_or_default()
    }
}

/// Numbers of a shape, where they can be counted. A size of 0 makes it empty, however large the
/// others are.
fn counted(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))
}

/// Bytes of a number.
pub(super) fn width(dtype: Dtype) -> usize {
    dtype.bitsize() / 8
}

/// What numbers are read as they are.
const READ: [Dtype; 13] = [
    Dtype::F64,
    Dtype::F32,
    Dtype::F16,
    Dtype::BF16,
    Dtype::I64,
    Dtype::I32,
    Dtype::I16,
    Dtype::I8,
    Dtype::U64,
    Dtype::U32,
    Dtype::U16,
    Dtype::U8,
    Dtype::BOOL,
];

/// The strides of numbers that lie one behind the other in the order of `shape`.
pub(super) fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Whether numbers with these strides lie one behind the other. Axes of size 1 are never stepped
/// along, so that their strides do not count.
fn contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let own = row_major(shape);
    shape.iter().zip(strides).zip(own).all(|((size, stride), own)| *size == 1 || *stride == own)
}

fn decoded(bytes: &[u8], dtype: Dtype) -> Vec<f32> {
    fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks::<N>().0.iter().map(|&bytes| number(bytes)).collect()
    }
    match dtype {
        Dtype::F32 => each(bytes, f32::from_le_bytes),
        Dtype::F64 => each(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
        Dtype::F16 => each(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::BF16 => each(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        Dtype::I64 => each(bytes, |bytes| i64::from_le_bytes(bytes) as f32),
        Dtype::I32 => each(bytes, |bytes| i32::from_le_bytes(bytes) as f32),
        Dtype::I16 => each(bytes, |bytes| f32::from(i16::from_le_bytes(bytes))),
        Dtype::I8 => each(bytes, |bytes| f32::from(i8::from_le_bytes(bytes))),
        Dtype::U64 => each(bytes, |bytes| u64::from_le_bytes(bytes) as f32),
        Dtype::U32 => each(bytes, |bytes| u32::from_le_bytes(bytes) as f32),
        Dtype::U16 => each(bytes, |bytes| f32::from(u16::from_le_bytes(bytes))),
        Dtype::U8 => each(bytes, |[byte]: [u8; 1]| f32::from(byte)),
        Dtype::BOOL => each(bytes, |[byte]: [u8; 1]| f32::from(u8::from(byte != 0))),
        // `READ` has no others, and no place is made of them.
        _ => Vec::new(),
    }
}
