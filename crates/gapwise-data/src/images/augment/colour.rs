//! Colour shift: each channel becomes lighter or darker as a whole.

use super::draws::{Draw, Stream, even};

/// Adds to all pixels of a channel, `area` of them, one number drawn evenly from −`most` to `most`,
/// for each channel its own.
///
/// **Source**: the notes on data augmentation: "color shifting (add distortion to the different
/// channels)".
/// **Differs from the source**: nothing. Krizhevsky et al. (2012), "ImageNet classification with
/// deep convolutional neural networks", 4.1, who made it known, draw along the principal components
/// of the training pixels' colours instead, so that channels which vary together shift together.
pub(super) fn shift(most: f64, draw: Draw, area: usize, image: &mut [f32]) {
    let mut next = draw.stream(Stream::Colour);
    for plane in image.chunks_exact_mut(area) {
        let by = (most * even(next())) as f32;
        plane.iter_mut().for_each(|pixel| *pixel += by);
    }
}
