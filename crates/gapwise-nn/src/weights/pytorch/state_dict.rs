//! Where in a saved value the state dict is.

use std::collections::HashMap;

use super::{
    super::{
        WeightFileFault,
        fault::{listed, shown},
    },
    pickle::Pickle,
    values::{Id, Tensor, Value},
};

/// Keys under which training programs save a state dict.
const WRAPPERS: [&str; 4] = ["state_dict", "model_state_dict", "model", "net"];

/// Dictionaries that the state dict may lie in: one may hold itself.
const DEEPEST: usize = 4;

/// A state dict.
#[derive(Debug)]
pub(super) struct StateDict<'p, 'a> {
    /// Its tensors by name, in its order.
    pub(super) tensors: Vec<(&'a str, &'p Tensor<'a>)>,
    /// Where it was found, and what was left out.
    pub(super) notes: Vec<String>,
}

/// Finds the state dict: the saved dictionary, or one that lies in it under one of [`WRAPPERS`].
///
/// # Errors
///
/// [`WeightFileFault::NoStateDict`] where no dictionary of tensors is there.
pub(super) fn find<'p, 'a>(pickle: &'p Pickle<'a>) -> Result<StateDict<'p, 'a>, WeightFileFault> {
    let mut notes = Vec::new();
    let mut value = pickle.root();
    for _ in 0..=DEEPEST {
        let entries = entries(pickle, value)?;
        let inner = WRAPPERS.iter().find_map(|wrapper| {
            let (key, value) = entries.iter().find(|(key, _)| key == wrapper)?;
            matches!(value, Value::Dict(_)).then_some((*key, *value))
        });
        if let Some((wrapper, inner)) = inner {
            let rest: Vec<&str> =
                entries.iter().map(|(key, _)| *key).filter(|key| *key != wrapper).collect();
            notes.push(match rest.is_empty() {
                true => format!("the state dict lies under `{wrapper}`"),
                false => format!(
                    "the state dict lies under `{wrapper}`; left out beside it: {}",
                    listed(rest)
                ),
            });
            value = inner;
            continue;
        }
        let mut others = Vec::new();
        let mut tensors = Vec::new();
        for (key, value) in entries {
            match value {
                Value::Tensor(tensor) => tensors.push((key, &**tensor)),
                _ => others.push(key),
            }
        }
        if tensors.is_empty() {
            let found = match others.is_empty() {
                true => "an empty dictionary".to_owned(),
                false => format!("a dictionary without tensors: {}", listed(others)),
            };
            return Err(WeightFileFault::NoStateDict { found });
        }
        if !others.is_empty() {
            notes.push(format!("left out, for they are no tensors: {}", listed(others)));
        }
        return Ok(StateDict { tensors, notes });
    }
    Err(WeightFileFault::NoStateDict {
        found: format!("dictionaries within each other more than {DEEPEST} deep"),
    })
}

/// The entries of a dictionary whose keys are texts. A key that was set again keeps its place and
/// has its last value, as in Python.
fn entries<'p, 'a>(
    pickle: &'p Pickle<'a>,
    value: &'p Value<'a>,
) -> Result<Vec<(&'a str, &'p Value<'a>)>, WeightFileFault> {
    let Value::Dict(set) = value else {
        return Err(WeightFileFault::NoStateDict { found: shown(value.kind()) });
    };
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut entries: Vec<(&str, &Value<'_>)> = Vec::new();
    let text = |id: Id| match pickle.value(id) {
        Value::Text(text) => Some(*text),
        _ => None,
    };
    for (key, value) in set.iter().filter_map(|(key, value)| Some((text(*key)?, *value))) {
        let value = pickle.value(value);
        match places.get(key) {
            Some(place) => entries[*place].1 = value,
            None => {
                places.insert(key, entries.len());
                entries.push((key, value));
            }
        }
    }
    Ok(entries)
}
