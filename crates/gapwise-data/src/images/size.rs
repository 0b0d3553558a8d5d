//! One size and one number of channels for all images.

use std::collections::BTreeMap;

use image::{DynamicImage, imageops::FilterType};
use serde::{Deserialize, Serialize};

use crate::{Note, wording::thousands};

/// How an image of another size or aspect ratio gets the size of all.
///
/// **Source**: torchvision's `Resize` and `CenterCrop`, whose roundings these are; the filter is its
/// bilinear one with `antialias`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Height and width each for itself: the aspect ratio is not kept.
    #[default]
    Stretch,
    /// Resized until it just covers the size, of which the middle is taken: `Resize(224)`,
    /// `CenterCrop(224)`.
    Crop,
    /// Resized until it covers eight sevenths of the size, as weights for ImageNet are tested:
    /// `Resize(256)`, `CenterCrop(224)`.
    CropInner,
}

impl Framing {
    /// The word for it in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Framing::Stretch => "stretch",
            Framing::Crop => "crop",
            Framing::CropInner => "crop-inner",
        }
    }

    /// What is done, as half a sentence.
    fn said(self) -> &'static str {
        match self {
            Framing::Stretch => "aspect ratio not kept",
            Framing::Crop => "aspect ratio kept, the middle cropped",
            Framing::CropInner => "aspect ratio kept, seven eighths in the middle cropped",
        }
    }

    /// `pixels` at `(height, width)`, by a triangle filter as wide as the reduction.
    pub(super) fn fitted(self, pixels: DynamicImage, size: (u32, u32)) -> DynamicImage {
        let (found, size) = ((pixels.height(), pixels.width()), (size.0.max(1), size.1.max(1)));
        if self == Framing::Stretch || found.0 == 0 || found.1 == 0 {
            return resized(pixels, size);
        }
        let covered = match self {
            Framing::CropInner => (size.0 * 8 / 7, size.1 * 8 / 7),
            _ => size,
        };
        let (height, width) = covering(found, covered);
        let pixels = resized(pixels, (height, width));
        let (top, left) = (middle(height, size.0), middle(width, size.1));
        match (height, width) == size {
            true => pixels,
            false => pixels.crop_imm(left, top, size.1, size.0),
        }
    }
}

/// The size of an image that is resized until it just covers `size`.
fn covering((height, width): (u32, u32), size: (u32, u32)) -> (u32, u32) {
    let [high, wide, to_high, to_wide] = [height, width, size.0, size.1].map(u64::from);
    let scaled = |side: u64, to: u64, of: u64| (side * to / of) as u32;
    match to_high * wide >= to_wide * high {
        true => (size.0, scaled(wide, to_high, high).max(size.1)),
        false => (scaled(high, to_wide, wide).max(size.0), size.1),
    }
}

/// Where the middle `size` pixels of a side begin: half of what is left over, a half rounded to even.
fn middle(side: u32, size: u32) -> u32 {
    let left = side - size;
    let half = left / 2;
    half + u32::from(left % 2 == 1 && half % 2 == 1)
}

/// Longest side, in pixels, of images that keep their size.
pub(super) const KEPT_SIDE: u32 = 64;
/// Height and width that others get.
const DEFAULT_SIZE: (u32, u32) = (32, 32);

/// Counts images by size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sizes(BTreeMap<(u32, u32), usize>);

impl Sizes {
    /// Counts `images` images of one size.
    pub(super) fn count(&mut self, (height, width): (u32, u32), images: usize) {
        if images > 0 {
            *self.0.entry((height, width)).or_default() += images;
        }
    }

    /// As (height, width, images), most frequent first.
    pub(super) fn into_frequent_first(self) -> Vec<(u32, u32, usize)> {
        let mut sizes: Vec<_> = self.0.into_iter().map(|((h, w), images)| (h, w, images)).collect();
        sizes.sort_by_key(|&(_, _, images)| std::cmp::Reverse(images));
        sizes
    }

    /// The size that all images get, and whether any of them has to be resized for it.
    pub(super) fn target(&self, asked: Option<(u32, u32)>) -> Target {
        let one = match self.0.len() {
            1 => self.0.keys().next().copied(),
            _ => None,
        };
        let size = asked.or(one.filter(|&size| is_small(size))).unwrap_or(DEFAULT_SIZE);
        Target { size, resized: one != Some(size) }
    }

    /// What was done about the sizes.
    pub(super) fn note(&self, target: Target, fit: Framing) -> Option<Note> {
        if !target.resized {
            return None;
        }
        let (height, width) = target.size;
        let found = match self.0.iter().collect::<Vec<_>>().as_slice() {
            [] => return None,
            [((h, w), _)] => format!("all images are {h}×{w} pixels"),
            [first, .., last] => format!(
                "images have {} sizes, from {}×{} to {}×{} pixels",
                thousands(self.0.len()),
                first.0.0,
                first.0.1,
                last.0.0,
                last.0.1
            ),
        };
        Some(Note {
            said: format!(
                "{found}; each is resized to {height}×{width} (height×width, {})",
                fit.said()
            ),
            change_with: Some("--image-size HEIGHTxWIDTH".to_owned()),
        })
    }
}

/// The size that all images get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    /// Height and width in pixels.
    pub(super) size: (u32, u32),
    /// Whether any image has another size.
    pub(super) resized: bool,
}

/// Shrinks an image that no rule would let keep its size, so that a folder of photographs need not
/// fit into memory.
pub(super) fn shrunk_early(
    pixels: DynamicImage,
    asked: Option<(u32, u32)>,
    fit: Framing,
) -> DynamicImage {
    match asked {
        Some(size) => fit.fitted(pixels, size),
        None if is_small((pixels.height(), pixels.width())) => pixels,
        None => fit.fitted(pixels, DEFAULT_SIZE),
    }
}

fn is_small((height, width): (u32, u32)) -> bool {
    height <= KEPT_SIDE && width <= KEPT_SIDE
}

/// `pixels` at `(height, width)`, by a triangle filter as wide as the reduction.
pub(super) fn resized(pixels: DynamicImage, (height, width): (u32, u32)) -> DynamicImage {
    if (pixels.height(), pixels.width()) == (height, width) {
        return pixels;
    }
    pixels.resize_exact(width, height, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(found: &[((u32, u32), usize)]) -> Sizes {
        let mut sizes = Sizes::default();
        for &(size, images) in found {
            sizes.count(size, images);
        }
        sizes
    }

    #[test]
    fn one_size_of_at_most_64_is_kept() {
        let one = sizes(&[((64, 48), 3)]);
        assert_eq!(one.target(None), Target { size: (64, 48), resized: false });
        assert_eq!(one.note(one.target(None), Framing::Stretch), None);
    }

    #[test]
    fn one_larger_size_becomes_32_by_32() {
        let one = sizes(&[((65, 48), 3)]);
        assert_eq!(one.target(None), Target { size: (32, 32), resized: true });
    }

    #[test]
    fn several_small_sizes_become_32_by_32_and_the_note_names_them() {
        let two = sizes(&[((20, 30), 1), ((8, 8), 5)]);
        let target = two.target(None);
        assert_eq!(target, Target { size: (32, 32), resized: true });
        assert_eq!(
            two.note(target, Framing::Stretch).map(|note| note.said).as_deref(),
            Some(
                "images have 2 sizes, from 8×8 to 20×30 pixels; each is resized to 32×32 \
                 (height×width, aspect ratio not kept)"
            )
        );
        assert_eq!(two.into_frequent_first(), [(8, 8, 5), (20, 30, 1)]);
    }

    #[test]
    fn the_size_asked_for_is_taken_whatever_was_found() {
        let one = sizes(&[((8, 8), 5)]);
        assert_eq!(one.target(Some((16, 12))), Target { size: (16, 12), resized: true });
        assert_eq!(one.target(Some((8, 8))), Target { size: (8, 8), resized: false });
    }

    #[test]
    fn cropping_keeps_the_aspect_ratio_with_torchvisions_roundings() {
        // Resize(224) of 375×500: ⌊224 · 500 / 375⌋ = 298; CenterCrop(224): (298 − 224) / 2 = 37.
        assert_eq!(covering((375, 500), (224, 224)), (224, 298));
        assert_eq!((middle(224, 224), middle(298, 224)), (0, 37));
        // Python's round(0.5) is 0, round(1.5) is 2 and round(2.5) is 2.
        assert_eq!([1, 3, 5].map(|left| middle(8 + left, 8)), [0, 2, 2]);
        // Resize(256) of 500×375: 341×256; CenterCrop(224) from 58 (of 58.5) and 16.
        assert_eq!(covering((500, 375), (256, 256)), (341, 256));
        assert_eq!((middle(341, 224), middle(256, 224)), (58, 16));
        // Of a picture whose left half is white, the middle half is white on its left half.
        let mut wide = image::GrayImage::new(8, 4);
        for (x, _, pixel) in wide.enumerate_pixels_mut() {
            pixel.0 = [if x < 4 { 255 } else { 0 }];
        }
        let middle = Framing::Crop.fitted(DynamicImage::ImageLuma8(wide), (4, 4)).into_luma8();
        assert_eq!(middle.as_raw()[..4], [255, 255, 0, 0]);
    }

    #[test]
    fn halving_by_the_triangle_filter_weighs_every_pixel_of_the_source() {
        // A single white pixel anywhere in a row of 8 must leave a trace in the row of 4.
        for white in 0..8 {
            let mut row = image::GrayImage::new(8, 1);
            row.put_pixel(white, 0, image::Luma([255]));
            let half = resized(DynamicImage::ImageLuma8(row), (1, 4)).into_luma8();
            assert!(half.pixels().any(|pixel| pixel.0[0] > 0), "pixel {white} was lost");
        }
    }
}
