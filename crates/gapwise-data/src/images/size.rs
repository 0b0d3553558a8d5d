//! One size and one number of channels for all images.

use std::collections::BTreeMap;

use image::{DynamicImage, imageops::FilterType};

use crate::{Note, wording::thousands};

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
    pub(super) fn note(&self, target: Target) -> Option<Note> {
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
                "{found}; each is resized to {height}×{width} (height×width, aspect ratio not kept)"
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
pub(super) fn shrunk_early(pixels: DynamicImage, asked: Option<(u32, u32)>) -> DynamicImage {
    match asked {
        Some(size) => resized(pixels, size),
        None if is_small((pixels.height(), pixels.width())) => pixels,
        None => resized(pixels, DEFAULT_SIZE),
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
        assert_eq!(one.note(one.target(None)), None);
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
            two.note(target).map(|note| note.said).as_deref(),
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
