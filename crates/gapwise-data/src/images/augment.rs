//! What is done at random to a training image, so that a network meets another one each epoch.
//!
//! | step, in this order | where |
//! |---|---|
//! | the random numbers of a showing | `draws` |
//! | rotation, shear and local warp, interpolated once | `warp`, `field` |
//! | window, mirroring, flipping | `moves` |
//! | colour shift | `colour` |

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

mod colour;
mod draws;
mod field;
mod moves;
mod places;
#[cfg(test)]
mod tests;
mod warp;

pub use draws::Draw;
use moves::Moves;
pub use places::{At, PlaceMap};
use warp::{Room, Warp};

/// What is done at random to a training image each time it is shown. Default: nothing, since only
/// who knows the images knows which changes keep their labels (a mirrored 2 is no 2).
///
/// **Source**: the notes on data augmentation: mirroring, flipping horizontally, random crops;
/// rotation, shearing, local warping, colour shifting.
/// **Differs from the source**: "mirroring" and "flip horizontally" are one thing there, `mirror`
/// here; `flip` turns an image upside down. The random crop is that of He et al. (2016), "Deep
/// residual learning", 4.2, but with the edge repeated in place of black, so that the border has no
/// contrast of its own; the same holds for what a rotation, shear or warp brings in from beyond.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Left and right are swapped, with probability ½. Default: off.
    pub mirror: bool,
    /// Top and bottom are swapped, with probability ½. Default: off.
    pub flip: bool,
    /// Pixels by which the image is enlarged on every side, its edge repeated, before a window of
    /// its own size is cut out, each of the (2 · crop + 1)² windows as likely. Default: 0, which
    /// is off.
    pub crop: usize,
    /// Degrees by which the image is rotated about its middle at most, either way, each angle as
    /// likely; 0 to 180. Default: 0, which is off.
    pub rotate: f64,
    /// Degrees by which the image's columns lean at most, either way, each angle as likely: rows
    /// are moved sideways, each by the tangent of the angle times its distance from the middle row;
    /// 0 to 60. Default: 0, which is off.
    pub shear: f64,
    /// Pixels by which a local warp takes a pixel from elsewhere at most, along either axis: a
    /// smooth field of shifts, from a 7 × 7 grid of even draws between which goes a cubic B-spline
    /// (after U-Net's elastic deformation). Most shifts are below a third of it. At least 0; up to
    /// an eighth of a side, neighbours keep their order. Default: 0, which is off.
    pub warp: f64,
    /// What is added to all pixels of a channel at most, or taken from them, for each channel its
    /// own, each amount as likely. In the unit of the pixels: an encoded image's is the deviation of
    /// the channel over the training images. A grey image becomes lighter or darker. Nothing is
    /// clipped. 0 to 1. Default: 0, which is off.
    pub colour: f64,
}

thread_local! {
    /// Of the thread's last image, so that the next one needs no room of its own.
    static ROOM: RefCell<Room> = RefCell::default();
}

impl Augmentation {
    /// Whether every image is left as it is.
    pub fn is_nothing(&self) -> bool {
        *self == Augmentation::default()
    }

    /// Changes one image in place: pixels `[channel, height, width]`, of the size `shape`, in any
    /// unit. Rotation, shear and warp allocate for a thread's first image, and for one that is
    /// larger than all before it.
    ///
    /// What is switched on has the same draws whatever else is. What belongs to places of the image,
    /// such as boxes, follows it by the map that is given back.
    ///
    /// # Panics
    ///
    /// When `image` has not the length of `shape`.
    pub fn apply(&self, draw: Draw, shape: [usize; 3], image: &mut [f32]) -> PlaceMap {
        let [channels, height, width] = shape;
        let area = height * width;
        assert_eq!(image.len(), channels * area, "one image of the stated shape");
        if self.is_nothing() || image.is_empty() {
            return PlaceMap::of_nothing(height, width);
        }
        let numbers = draw.numbers();
        let warp = Warp::drawn(self, draw, numbers);
        if let Some(warp) = &warp {
            ROOM.with_borrow_mut(|room| warp.apply(shape, image, room));
        }
        let moves = Moves::drawn(self, numbers, (height, width));
        image.chunks_exact_mut(area).for_each(|plane| moves.apply(plane, width));
        if self.colour != 0.0 {
            colour::shift(self.colour, draw, area, image);
        }
        PlaceMap { warp, moves, height, width }
    }
}
