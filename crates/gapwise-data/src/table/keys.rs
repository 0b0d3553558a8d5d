//! Keys of examples: equal exactly where the examples are.

use rayon::prelude::*;

use super::{ColumnValues, Table};
use crate::Labels;

/// For each example, a key of what a network reads of it, and a key of that and its label. The
/// first 128 bits of BLAKE3: two different examples share a key about once in 10^38 pairs.
pub(super) fn of(table: &Table, labels: &Labels) -> (Vec<u128>, Vec<u128>) {
    let columns: Vec<&ColumnValues> = table.inputs().map(|column| &column.values).collect();
    (0..table.rows)
        .into_par_iter()
        .map_init(Vec::new, |bytes: &mut Vec<u8>, example| {
            bytes.clear();
            for column in &columns {
                bytes.extend(column.key(example).to_le_bytes());
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

fn short(bytes: &[u8]) -> u128 {
    let hash = blake3::hash(bytes);
    let mut first = [0; 16];
    first.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_le_bytes(first)
}
