//! What `torch.save` wrote before PyTorch 1.6: pickles one behind the other, then the storages.

use std::collections::HashMap;

use super::{
    super::{WeightFileFault, fault::shown, tensor::width},
    pickle::Pickle,
    storages::Storages,
    values::Value,
};

/// The version that every file of this format has.
const VERSION: i64 = 1001;

/// Reads such a file: its magic number, its version, what its machine was, the saved value, the
/// keys of its storages, and the storages in that order, each behind the count of its numbers.
///
/// # Errors
///
/// [`WeightFileFault::Pickle`] and [`WeightFileFault::Runs`] for what is wrong with a pickle,
/// [`WeightFileFault::Storages`] for storages that are not there.
pub(super) fn read(bytes: &[u8]) -> Result<(Pickle<'_>, Storages<'_>), WeightFileFault> {
    let mut at = 0;
    let mut next = || {
        let pickle = Pickle::read(&bytes[at..])?;
        at += pickle.length;
        Ok::<_, WeightFileFault>(pickle)
    };
    next()?;
    if !matches!(next()?.root(), Value::Number(VERSION)) {
        return Err(fault("version 1001 of the format", "another".to_owned()));
    }
    // The machine's byte order is among what the third says; numbers are in little-endian order
    // all the same.
    next()?;
    let (saved, keys) = (next()?, next()?);
    let Value::List(ids) = keys.root() else {
        return Err(fault("a list of keys", keys.root().kind().to_owned()));
    };
    let widths: HashMap<&str, usize> =
        saved.storages().map(|storage| (storage.key, width(storage.dtype))).collect();
    let mut ranges = HashMap::with_capacity(ids.len());
    for id in ids {
        let &Value::Text(key) = keys.value(*id) else {
            return Err(fault("a key that is a text", keys.value(*id).kind().to_owned()));
        };
        let unknown = || fault("keys that tensors name", format!("`{}`", shown(key)));
        let width = *widths.get(key).ok_or_else(unknown)?;
        let rest = &bytes[at..];
        let cut = || {
            let found = format!("{} bytes left for `{}`", rest.len(), shown(key));
            fault("as many numbers as each has", found)
        };
        let (count, data) = rest.split_first_chunk().ok_or_else(cut)?;
        let count = usize::try_from(u64::from_le_bytes(*count)).ok();
        let length = count.and_then(|count| count.checked_mul(width));
        let length = length.filter(|length| *length <= data.len()).ok_or_else(cut)?;
        let start = at + 8;
        at = start + length;
        if ranges.insert(key, start..at).is_some() {
            return Err(fault("different keys", format!("`{}` twice", shown(key))));
        }
    }
    Ok((saved, Storages::new(ranges, bytes.len())))
}

fn fault(expected: &'static str, found: String) -> WeightFileFault {
    WeightFileFault::Storages { expected, found }
}
