//! Whether a step of training fits in memory.

use gapwise_data::{Inputs, Labels, Split, images};
use gapwise_nn::{DeviceChoice, model::NetworkKind, transfer::Freeze};

use crate::{
    config::{ConfigError, Effective},
    inspection::Prepared,
};

/// Weights, their gradients, both means of Adam, and the kept epoch's weights.
const COPIES: u64 = 5;
/// What a layer gives, and the gradient of it.
const HELD: u64 = 2;
/// Bytes of a number.
const SINGLE: u64 = 4;

/// Refuses a batch of images that takes more than the processor's memory has free. It is an estimate
/// from what the layers give, below what is taken: what it refuses does not fit.
pub(super) fn check(
    effective: &Effective,
    prepared: &Prepared,
    device: DeviceChoice,
) -> Result<(), ConfigError> {
    let freeze = effective.transfer.as_ref().map(|with| &with.freeze);
    // Where the head alone learns, what is in front of it is computed once, a few images at a time.
    let head_alone = freeze == Some(&Freeze::AllButHead);
    let (Inputs::Images(images), DeviceChoice::Cpu, false) =
        (&prepared.dataset.inputs, device, head_alone)
    else {
        return Ok(());
    };
    // Of dense layers the weights count, and their number is bounded elsewhere.
    if effective.network.kind == NetworkKind::FEED_FORWARD {
        return Ok(());
    }
    let outputs = match &prepared.dataset.labels {
        Labels::Classes { names, .. } => names.len(),
        Labels::Numbers(_) => 1,
    };
    let image = [images.channels, images.height, images.width];
    let sizes = effective.network.for_images(image, outputs);
    let frozen = match freeze {
        Some(Freeze::Through(stage)) => sizes.stages().iter().position(|name| name == stage),
        _ => None,
    };
    // Of what has no weights it is not told in which stage it is.
    let learns = |name: &str, parameters: usize| match sizes.stage_of_layer(name) {
        Some(stage) => Some(stage) > frozen,
        None => frozen.is_none() || parameters > 0,
    };
    let layers = sizes.layers();
    let learning = layers.iter().filter(|layer| learns(&layer.name, layer.parameters));
    let (given, parameters) = learning.fold((0_u64, 0_u64), |(given, parameters), layer| {
        let of_layer = layer.parameters as u64;
        (given.saturating_add(layer.bytes as u64), parameters.saturating_add(of_layer))
    });
    let an_image = given.saturating_mul(HELD);
    let weights = parameters.saturating_mul(COPIES * SINGLE);
    let batch = effective.train.batch.min(prepared.splits.count(Split::Train));
    match images::free() {
        Some(free) => fits(batch, (weights, an_image), free),
        None => Ok(()),
    }
}

fn fits(batch: usize, (weights, an_image): (u64, u64), free: u64) -> Result<(), ConfigError> {
    let takes = weights.saturating_add(an_image.saturating_mul(batch as u64));
    if takes <= free {
        return Ok(());
    }
    let fit = (free.saturating_sub(weights) / an_image.max(1)) as usize;
    Err(ConfigError::TooLargeForMemory { batch, takes, free, fit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_what_does() {
        assert!(fits(839, (1_000_000, 1_000_000), 900_000_000).is_ok());
        let error = fits(839, (500_000_000, 18_000_000), 9_000_000_000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`train.batch`: 839 images at once take about 15,602 MB, and 9,000 MB are free"
        );
        // (9,000 − 500) / 18 = 472, of which 256 is the power of two.
        let hint = error.hint().unwrap();
        assert!(hint.starts_with("take fewer at once: `--set train.batch=256`"), "{hint}");
        let hint = fits(2, (500_000_000, 18_000_000), 400_000_000).unwrap_err().hint().unwrap();
        assert!(hint.starts_with("take smaller images"), "{hint}");
    }
}
