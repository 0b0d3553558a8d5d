//! Keys of examples: equal exactly where the examples are, in one table or in two.

use rayon::prelude::*;

use super::{ColumnValues, MISSING, Table};
use crate::Labels;

/// For each example, a key of what a network reads of it, and a key of that and its label. The
/// first 128 bits of BLAKE3: two different examples share a key about once in 10^38 pairs.
pub(super) fn of(table: &Table, labels: &Labels) -> (Vec<u128>, Vec<u128>) {
    let columns: Vec<Keys> = table.inputs().map(|column| Keys::of(&column.values)).collect();
    (0..table.rows)
        .into_par_iter()
        .map_init(Vec::new, |bytes: &mut Vec<u8>, example| {
            bytes.clear();
            for column in &columns {
                column.write(example, bytes);
            }
            let inputs = short(bytes);
            let label = match labels {
                Labels::Classes { of, .. } => u64::from(of[example]),
                Labels::Numbers(values) => (values[example] + 0.0).to_bits(),
            };
            bytes.extend(label.to_le_bytes());
            (inputs, short(bytes))
        })
        .unzip()
}

/// Keys of examples of one table in which those are told apart that differ in text that no network
/// reads, such as a name: they may be alike in all else, and are still two.
pub(crate) fn told_apart(table: &Table, keys: &[u128]) -> Vec<u128> {
    let texts: Vec<&ColumnValues> = table
        .columns
        .iter()
        .filter(|column| column.left_out.as_deref() == Some(TEXT_LEFT_OUT))
        .map(|column| &column.values)
        .collect();
    if texts.is_empty() {
        return keys.to_vec();
    }
    (0..table.rows)
        .into_par_iter()
        .map_init(Vec::new, |bytes: &mut Vec<u8>, example| {
            bytes.clear();
            bytes.extend(keys[example].to_le_bytes());
            for text in &texts {
                bytes.extend(text.key(example).to_le_bytes());
            }
            short(bytes)
        })
        .collect()
}

/// Why text is left out.
pub(super) const TEXT_LEFT_OUT: &str = "text that differs in most examples";

/// The keys of one column's values.
enum Keys<'a> {
    /// Of values that are the same in every table.
    Values(&'a ColumnValues),
    /// Of categories, whose codes depend on the table: those of their names, and each example's
    /// code.
    Names { keys: Vec<u128>, of: &'a [u32] },
}

impl<'a> Keys<'a> {
    fn of(values: &'a ColumnValues) -> Keys<'a> {
        match values {
            ColumnValues::Category { names, of } | ColumnValues::Text { names, of } => {
                let keys = names.iter().map(|name| short(name.as_bytes())).collect();
                Keys::Names { keys, of }
            }
            _ => Keys::Values(values),
        }
    }

    fn write(&self, example: usize, bytes: &mut Vec<u8>) {
        /// No name is to be expected with this hash.
        const MISSING_KEY: u128 = u128::MAX;
        match self {
            Keys::Values(values) => bytes.extend(values.key(example).to_le_bytes()),
            Keys::Names { keys, of } => {
                let code = of[example];
                let key = if code == MISSING { MISSING_KEY } else { keys[code as usize] };
                bytes.extend(key.to_le_bytes());
            }
        }
    }
}

fn short(bytes: &[u8]) -> u128 {
    let hash = blake3::hash(bytes);
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_le_bytes(first)
}
