//! What a network is made of, before there is any data.

use gapwise_nn::{model::NetworkKind, networks::layers::Layer};
use serde::Serialize;

use crate::{Error, config::NetworkChoice, nearest::nearest};

/// A network for images of one size, layer by layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The word for its kind.
    pub name: &'static str,
    /// Channels, height and width of the image.
    pub input: [usize; 3],
    /// Those that the network reads; images of another size are resized.
    pub reads: [usize; 3],
    /// Logits.
    pub outputs: usize,
    /// Weights, biases, scales and shifts of what answers: without side branches.
    pub parameters: usize,
    /// Those of side branches, which learn along in training.
    pub side_parameters: usize,
    /// For one example.
    pub multiply_adds: usize,
    /// Bytes of all that comes out of its layers for one example, in single precision.
    pub bytes: usize,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// Parameters of a dense layer of [`DENSE_UNITS`] units on the image's pixels.
    pub dense_parameters: usize,
}

/// Units of a dense layer to compare with: those of the notes' example.
pub const DENSE_UNITS: usize = 1_000;
/// Pixels of a side, and channels, at most.
const MOST: usize = 1 << 16;

/// The network of this name for images of `input` (channels, height and width), by default those of
/// its paper, and `outputs` logits, by default those of the paper's data; `sets` are settings of the
/// network as `--set` has them, such as `network.batch_norm=before-activation`.
///
/// # Errors
///
/// [`Error::UnknownNetwork`] where there is none of this name, [`Error::NetworkInput`] where it cannot
/// read such images, [`Error::Config`] for a setting that cannot be or is no network's.
pub fn describe(
    name: &str,
    (input, outputs): (Option<[usize; 3]>, Option<usize>),
    sets: &[String],
) -> Result<Description, Error> {
    let kind = NetworkKind::of(name).ok_or_else(|| unknown(name))?;
    let input = input.unwrap_or(kind.usual_image());
    let outputs = outputs.unwrap_or(kind.usual_classes());
    let least = kind.least_side();
    let [channels, height, width] = input;
    if !(1..=MOST).contains(&channels)
        || input[1..].iter().any(|side| !(least..=MOST).contains(side))
    {
        return Err(Error::NetworkInput { name: kind.as_str(), input, least });
    }
    let config = NetworkChoice::typed(kind, sets, input)?.for_images(input, outputs);
    let layers = config.layers();
    let [reads_height, reads_width] = kind.sides([height, width]);
    Ok(Description {
        name: kind.as_str(),
        input,
        reads: [channels, reads_height, reads_width],
        outputs,
        parameters: layers.iter().fold(0, |sum: usize, of| sum.saturating_add(of.parameters)),
        side_parameters: config.side_parameters(),
        multiply_adds: config.multiply_adds(),
        bytes: layers.iter().fold(0, |sum: usize, of| sum.saturating_add(of.bytes)),
        dense_parameters: (channels * height * width + 1) * DENSE_UNITS,
        layers,
    })
}

/// Every network for the images and classes of its paper.
///
/// # Errors
///
/// As [`describe`], which these never give.
pub fn all() -> Result<Vec<Description>, Error> {
    NetworkKind::all().map(|kind| describe(kind.as_str(), (None, None), &[])).collect()
}

fn unknown(name: &str) -> Error {
    let lower = name.to_lowercase();
    // The paper's name for what the notes call by its modules; torchvision's for batch normalisation.
    let known = if lower == "googlenet" { "inception" } else { lower.trim_end_matches("_bn") };
    let nearest = match NetworkKind::all().map(NetworkKind::as_str).find(|word| *word == known) {
        Some(word) => vec![word.to_owned()],
        None => nearest(known, NetworkKind::all().map(NetworkKind::as_str)),
    };
    Error::UnknownNetwork { name: name.to_owned(), nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dense_layer_of_the_notes_has_three_thousand_million_weights() {
        // 1,000 · 1,000 · 3 pixels to 1,000 units, and a bias each.
        let described = describe("resnet18", (Some([3, 1_000, 1_000]), None), &[]).unwrap();
        assert_eq!(described.dense_parameters, 3_000_000_000 + 1_000);
        assert_eq!(described.parameters, 11_689_512);
    }

    #[test]
    fn every_network_describes_itself() {
        for described in all().unwrap() {
            assert!(described.parameters > 0 && !described.layers.is_empty(), "{described:?}");
        }
    }
}
