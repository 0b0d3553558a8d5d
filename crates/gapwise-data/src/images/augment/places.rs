//! Where the places of an image go, so that boxes and points can follow it.

use super::{moves::Moves, warp::Warp};

/// A place in an image: pixels to the right and downwards, 0 at the middle of the first pixel.
pub type At = [f64; 2];

/// Where the places of one image went when it was changed at random.
///
/// Colour moves nothing. Places may lie beyond the edge on either side of the map: what a rotation
/// turns out of the image has a place outside.
#[derive(Debug, Clone)]
pub struct PlaceMap {
    pub(super) warp: Option<Warp>,
    pub(super) moves: Moves,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl PlaceMap {
    /// The map of an image that was left as it is.
    pub(super) fn of_nothing(height: usize, width: usize) -> Self {
        PlaceMap { warp: None, moves: Moves::default(), height, width }
    }

    /// What lies at `place` of the changed image lay here before.
    pub fn source_of(&self, place: At) -> At {
        let before_moves = self.moves.source_of(place, (self.height, self.width));
        match &self.warp {
            Some(warp) => warp.source_of(before_moves, (self.height, self.width)),
            None => before_moves,
        }
    }

    /// What lay at `place` lies here now. With a local warp it is found in steps, to a thousandth of a
    /// pixel; `None` where the steps find no end, as where a warp folds the image.
    pub fn place_of(&self, place: At) -> Option<At> {
        let size = (self.height, self.width);
        let warped = match &self.warp {
            Some(warp) => warp.place_of(place, size)?,
            None => place,
        };
        Some(self.moves.place_of(warped, size))
    }

    /// The box of left, top, right and bottom that holds what the box `[left, top, right, bottom]` held,
    /// as far as it lies in the image; `None` where nothing of it does.
    pub fn box_of(&self, [left, top, right, bottom]: [f64; 4]) -> Option<[f64; 4]> {
        /// Places of each edge that are followed: a straight edge needs its ends alone.
        const STEPS: usize = 8;
        let share = |at: usize, from: f64, to: f64| from + (to - from) * at as f64 / STEPS as f64;
        let edges = (0..=STEPS).flat_map(|at| {
            let (x, y) = (share(at, left, right), share(at, top, bottom));
            [[x, top], [x, bottom], [left, y], [right, y]]
        });
        let mut around = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for place in edges {
            let [x, y] = self.place_of(place)?;
            around = [around[0].min(x), around[1].min(y), around[2].max(x), around[3].max(y)];
        }
        let last = [self.width as f64 - 1.0, self.height as f64 - 1.0];
        let low = [around[0].max(0.0), around[1].max(0.0)];
        let high = [around[2].min(last[0]), around[3].min(last[1])];
        let inside = low[0] <= high[0] && low[1] <= high[1];
        inside.then_some([low[0], low[1], high[0], high[1]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::{Augmentation, Draw};

    const HEIGHT: usize = 24;
    const WIDTH: usize = 31;

    fn draw(example: u64) -> Draw {
        Draw { seed: 5, epoch: 2, example }
    }

    fn each() -> [Augmentation; 6] {
        let nothing = Augmentation::default();
        [
            nothing,
            Augmentation { mirror: true, flip: true, ..nothing },
            Augmentation { crop: 4, mirror: true, ..nothing },
            Augmentation { rotate: 30.0, shear: 20.0, ..nothing },
            Augmentation { warp: 2.0, ..nothing },
            Augmentation {
                mirror: true,
                flip: true,
                crop: 3,
                rotate: 180.0,
                shear: 15.0,
                warp: 1.5,
                colour: 0.0,
            },
        ]
    }

    /// An image whose two channels say where each pixel is.
    fn places() -> Vec<f32> {
        let places = || (0..HEIGHT * WIDTH).map(|at| (at % WIDTH, at / WIDTH));
        places().map(|(x, _)| x as f32).chain(places().map(|(_, y)| y as f32)).collect()
    }

    #[test]
    fn the_map_says_where_every_pixel_came_from() {
        for augmentation in each() {
            for example in 0..20 {
                let mut image = places();
                let map = augmentation.apply(draw(example), [2, HEIGHT, WIDTH], &mut image);
                let mut inside = 0;
                for (at, (x, y)) in image.iter().zip(&image[HEIGHT * WIDTH..]).enumerate() {
                    let place = [(at % WIDTH) as f64, (at / WIDTH) as f64];
                    let came = map.source_of(place);
                    let within = |[x, y]: At| {
                        (0.0..=WIDTH as f64 - 1.0).contains(&x)
                            && (0.0..=HEIGHT as f64 - 1.0).contains(&y)
                    };
                    // Beyond the edge, of the image or of what a rotation made of it, stands the edge.
                    if within(came) && within(map.moves.source_of(place, (HEIGHT, WIDTH))) {
                        inside += 1;
                        let off = (f64::from(*x) - came[0]).abs() + (f64::from(*y) - came[1]).abs();
                        assert!(off < 1e-3, "{augmentation:?} {at}: {came:?}, found {x} {y}");
                    }
                }
                assert!(inside > HEIGHT * WIDTH / 3, "{augmentation:?}: {inside}");
            }
        }
    }

    #[test]
    fn there_and_back_is_the_same_place() {
        for augmentation in each() {
            for example in 0..20 {
                let map = augmentation.apply(draw(example), [2, HEIGHT, WIDTH], &mut places());
                for place in [[0.0, 0.0], [30.0, 23.0], [15.0, 11.5], [3.25, 20.75]] {
                    let back = map.place_of(map.source_of(place)).expect("a place");
                    let off = (back[0] - place[0]).abs() + (back[1] - place[1]).abs();
                    assert!(off < 1e-2, "{augmentation:?}: {place:?} came back as {back:?}");
                }
            }
        }
    }

    #[test]
    fn a_box_follows_its_image() {
        // Mirrored, the box from 2 to 5 of 31 columns is that from 25 to 28.
        let mirrors = Augmentation { mirror: true, ..Augmentation::default() };
        let boxes: Vec<[f64; 4]> = (0..20)
            .map(|example| mirrors.apply(draw(example), [2, HEIGHT, WIDTH], &mut places()))
            .map(|map| map.box_of([2.0, 3.0, 5.0, 9.0]).unwrap())
            .collect();
        assert!(boxes.contains(&[2.0, 3.0, 5.0, 9.0]) && boxes.contains(&[25.0, 3.0, 28.0, 9.0]));
        // A quarter turn of a square image: columns become rows.
        let turned =
            PlaceMap { warp: Some(Warp::by(90.0, 0.0, None)), ..PlaceMap::of_nothing(11, 11) };
        let found = turned.box_of([0.0, 0.0, 4.0, 1.0]).unwrap();
        let expected = [9.0, 0.0, 10.0, 4.0];
        assert!(
            found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-9),
            "{found:?}"
        );
        // What is moved out of the image has no box.
        let moved = PlaceMap { moves: Moves::by(0, 10), ..PlaceMap::of_nothing(11, 11) };
        assert_eq!(moved.box_of([0.0, 0.0, 4.0, 1.0]), None);
        assert_eq!(moved.box_of([0.0, 0.0, 10.0, 1.0]), Some([0.0, 0.0, 0.0, 1.0]));
    }
}
