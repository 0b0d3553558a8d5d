//! Names of tensors as other programs write them, brought to those that the network itself has.
//!
//! What a wrapper added is taken off here, since it says nothing of the network. Which prefix a whole
//! network has within another one can only be told from the networks: see `transfer::network`.

use std::collections::HashSet;

use gapwise_data::wording::counted;

/// What wrappers of a network put in front of its names, or of a part's: those of networks on several
/// devices, compiled networks, sharded ones and ones that compute activations again.
const WRAPPERS: [&str; 4] =
    ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// Brings `names` to those of the network, and says what was done, a sentence each.
pub(super) fn plain(names: &mut [String]) -> Vec<String> {
    let mut notes = Vec::new();
    for wrapper in WRAPPERS {
        let unwrapped: Vec<Option<String>> =
            names.iter().map(|name| without(name, wrapper)).collect();
        let changed = unwrapped.iter().flatten().count();
        if changed == 0 || !are_distinct(names.iter().zip(&unwrapped)) {
            continue;
        }
        let whole = names
            .iter()
            .all(|name| name.strip_prefix(wrapper).is_some_and(|behind| behind.starts_with('.')));
        let count = counted(changed, "name");
        notes.push(match whole {
            true => format!("the prefix `{wrapper}.` taken off {count}"),
            false => format!("`{wrapper}.` taken out of {count}"),
        });
        for (name, unwrapped) in names.iter_mut().zip(unwrapped) {
            *name = unwrapped.unwrap_or_else(|| std::mem::take(name));
        }
    }
    notes.extend(hugging_face(names));
    notes
}

/// A name without the parts that a wrapper put in; `None` where there are none.
fn without(name: &str, wrapper: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let (last, above) = parts.split_last()?;
    let kept: Vec<&str> = above.iter().copied().filter(|part| *part != wrapper).collect();
    (kept.len() < above.len()).then(|| [&kept[..], &[*last]].concat().join("."))
}

fn are_distinct<'a>(names: impl Iterator<Item = (&'a String, &'a Option<String>)>) -> bool {
    let mut seen = HashSet::new();
    let mut renamed = names.map(|(name, other)| other.as_ref().unwrap_or(name));
    renamed.all(|name| seen.insert(name))
}

/// The names of a ResNet in Hugging Face's `transformers` as torchvision has them.
///
/// **Source**: `modeling_resnet.py` of `transformers` 4.x. Its blocks stride in the convolution of 3×3,
/// as torchvision's do.
fn hugging_face(names: &mut [String]) -> Option<String> {
    if !names.iter().any(|name| name.contains("embedder.embedder.convolution.")) {
        return None;
    }
    let renamed: Vec<Option<String>> = names.iter().map(|name| of_hugging_face(name)).collect();
    let changed = renamed.iter().flatten().count();
    if !are_distinct(names.iter().zip(&renamed)) {
        return None;
    }
    for (name, renamed) in names.iter_mut().zip(renamed) {
        *name = renamed.unwrap_or_else(|| std::mem::take(name));
    }
    Some(format!("{} of Hugging Face's taken for torchvision's", counted(changed, "name")))
}

fn of_hugging_face(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let inner = |kind: &str, conv: &str, norm: &str| match kind {
        "convolution" => Some(conv.to_owned()),
        "normalization" => Some(norm.to_owned()),
        _ => None,
    };
    let next = |at: &str| at.parse::<usize>().ok().map(|at| at + 1);
    // A classifier has the network under `resnet.`, and its own head beside it.
    let (above, parts) = match parts.as_slice() {
        ["resnet", rest @ ..] => ("resnet.", rest),
        rest => ("", rest),
    };
    let renamed = match parts {
        ["embedder", "embedder", kind, field] => {
            format!("{}.{field}", inner(kind, "conv1", "bn1")?)
        }
        ["encoder", "stages", stage, "layers", block, "shortcut", kind, field] => {
            let stage = next(stage)?;
            format!("layer{stage}.{block}.{}.{field}", inner(kind, "downsample.0", "downsample.1")?)
        }
        ["encoder", "stages", stage, "layers", block, "layer", at, kind, field] => {
            let (stage, at) = (next(stage)?, next(at)?);
            let inner = inner(kind, &format!("conv{at}"), &format!("bn{at}"))?;
            format!("layer{stage}.{block}.{inner}.{field}")
        }
        ["classifier", "1", field] => format!("fc.{field}"),
        _ => return None,
    };
    Some(format!("{above}{renamed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_of(names: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let notes = plain(&mut names);
        (names, notes)
    }

    #[test]
    fn wrappers_are_taken_off_wherever_they_stand() {
        let (names, notes) = plain_of(&["module.a.weight", "module.b.module.0.bias"]);
        assert_eq!(names, ["a.weight", "b.0.bias"]);
        assert_eq!(notes, ["the prefix `module.` taken off 2 names"]);
        // PyTorch's averaged networks count beside what they wrap; its example for ImageNet wraps a
        // part; a field that is called so is none.
        let (names, notes) = plain_of(&["n_averaged", "module.conv1.weight"]);
        assert_eq!(names, ["n_averaged", "conv1.weight"]);
        assert_eq!(notes, ["`module.` taken out of 1 name"]);
        let (names, _) = plain_of(&["features.module.0.weight", "classifier.1.module"]);
        assert_eq!(names, ["features.0.weight", "classifier.1.module"]);
        let (names, notes) = plain_of(&["_orig_mod.module.a", "_orig_mod.module.b"]);
        assert_eq!(names, ["a", "b"]);
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn names_that_would_become_equal_stay() {
        let (names, notes) = plain_of(&["module.a", "a"]);
        assert_eq!((names, notes), (vec!["module.a".to_owned(), "a".to_owned()], vec![]));
    }

    #[test]
    fn a_resnet_of_hugging_face_gets_torchvisions_names() {
        let (names, notes) = plain_of(&[
            "resnet.embedder.embedder.convolution.weight",
            "resnet.embedder.embedder.normalization.running_mean",
            "resnet.encoder.stages.0.layers.1.layer.0.convolution.weight",
            "resnet.encoder.stages.3.layers.0.layer.2.normalization.bias",
            "resnet.encoder.stages.1.layers.0.shortcut.normalization.weight",
            "classifier.1.weight",
        ]);
        assert_eq!(
            names,
            [
                "resnet.conv1.weight",
                "resnet.bn1.running_mean",
                "resnet.layer1.1.conv1.weight",
                "resnet.layer4.0.bn3.bias",
                "resnet.layer2.0.downsample.1.weight",
                "fc.weight",
            ]
        );
        assert_eq!(notes, ["6 names of Hugging Face's taken for torchvision's"]);
    }
}
