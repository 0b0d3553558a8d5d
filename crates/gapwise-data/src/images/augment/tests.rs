use std::collections::HashMap;

use rayon::prelude::*;

use super::*;

const NOTHING: Augmentation = Augmentation {
    mirror: false,
    flip: false,
    crop: 0,
    rotate: 0.0,
    shear: 0.0,
    warp: 0.0,
    colour: 0.0,
};
/// Everything that there was before there was more.
const MOVES: Augmentation = Augmentation { mirror: true, flip: true, crop: 2, ..NOTHING };
const ALL: Augmentation =
    Augmentation { rotate: 20.0, shear: 10.0, warp: 1.0, colour: 0.5, ..MOVES };

fn draw(example: u64) -> Draw {
    Draw { seed: 7, epoch: 3, example }
}

fn applied(augmentation: Augmentation, draw: Draw, shape: [usize; 3]) -> Vec<f32> {
    let mut image: Vec<f32> = (1..=shape.iter().product()).map(|pixel| pixel as f32).collect();
    augmentation.apply(draw, shape, &mut image);
    image
}

/// How often each result of `augmentation` comes among 4,000 examples.
fn counted(augmentation: Augmentation, shape: [usize; 3]) -> HashMap<Vec<i32>, usize> {
    let mut counts = HashMap::new();
    for example in 0..4_000 {
        let image = applied(augmentation, draw(example), shape);
        *counts.entry(image.iter().map(|&pixel| pixel as i32).collect()).or_default() += 1;
    }
    counts
}

#[test]
fn nothing_is_the_default_and_changes_nothing() {
    assert!(NOTHING.is_nothing() && Augmentation::default() == NOTHING);
    assert!(!Augmentation { crop: 1, ..NOTHING }.is_nothing());
    assert_eq!(applied(NOTHING, draw(0), [1, 1, 3]), [1.0, 2.0, 3.0]);
}

#[test]
fn mirroring_swaps_left_and_right_of_every_row_and_channel_half_of_the_time() {
    // 1 2 3   3 2 1      7  8  9    9  8  7
    // 4 5 6 → 6 5 4 and 10 11 12 → 12 11 10.
    let as_is: Vec<i32> = (1..=12).collect();
    let mirrored = vec![3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
    let counts = counted(Augmentation { mirror: true, ..NOTHING }, [2, 2, 3]);
    assert_eq!(counts.len(), 2);
    // 2,000 are expected, with a deviation of √(4,000 · ½ · ½) = 31.6: six of them are 190.
    assert!(counts[&mirrored].abs_diff(2_000) < 190, "{counts:?}");
    assert!(counts[&as_is].abs_diff(2_000) < 190, "{counts:?}");
}

#[test]
fn flipping_swaps_top_and_bottom_half_of_the_time_and_leaves_a_middle_row() {
    // 1 2   5 6
    // 3 4 → 3 4
    // 5 6   1 2
    let counts = counted(Augmentation { flip: true, ..NOTHING }, [1, 3, 2]);
    assert_eq!(counts.len(), 2);
    assert!(counts[&vec![5, 6, 3, 4, 1, 2]].abs_diff(2_000) < 190, "{counts:?}");
}

#[test]
fn each_window_of_the_enlarged_image_is_cut_out_as_often() {
    //           1 1 2 3 3
    // 1 2 3     1 1 2 3 3
    // 4 5 6  →  4 4 5 6 6 by 1, of which a window of 2×3 starts at row 0, 1, 2, column 0, 1, 2.
    //           4 4 5 6 6
    let enlarged = [[1, 1, 2, 3, 3], [1, 1, 2, 3, 3], [4, 4, 5, 6, 6], [4, 4, 5, 6, 6]];
    let counts = counted(Augmentation { crop: 1, ..NOTHING }, [1, 2, 3]);
    assert_eq!(counts.len(), 9);
    for row in 0..3 {
        for column in 0..3 {
            let window = [&enlarged[row][column..][..3], &enlarged[row + 1][column..][..3]];
            // 4,000 / 9 = 444 are expected, with a deviation of √(4,000 · 1/9 · 8/9) = 19.9.
            assert!(counts[&window.concat()].abs_diff(444) < 120, "{row} {column}");
        }
    }
}

#[test]
fn a_window_may_lie_wholly_beyond_the_edge() {
    // 1 2 by 5 has 11 windows in a row: 1 1 from 5 of them, 1 2 from one, 2 2 from 5.
    let counts = counted(Augmentation { crop: 5, ..NOTHING }, [1, 1, 2]);
    assert_eq!(counts.len(), 3);
    // 4,000 · 5/11 = 1,818, with a deviation of 31.5.
    assert!(counts[&vec![1, 1]].abs_diff(1_818) < 190, "{counts:?}");
    assert!(counts[&vec![2, 2]].abs_diff(1_818) < 190, "{counts:?}");
    // Twice the crop is beyond what a number holds, and still every window is some edge.
    let farthest = counted(Augmentation { crop: usize::MAX, ..NOTHING }, [1, 1, 2]);
    assert!(farthest.keys().all(|image| image[0] == image[1]), "{farthest:?}");
}

#[test]
fn the_same_draw_gives_the_same_bits_and_any_other_draws_anew() {
    let all = ALL;
    let shape = [3, 8, 8];
    let base = draw(11);
    assert_eq!(applied(all, base, shape), applied(all, base, shape));
    let differs = |other: fn(u64) -> Draw| {
        (0..20).any(|at| applied(all, other(at), shape) != applied(all, other(0), shape))
    };
    assert!(differs(|at| Draw { seed: at, ..draw(11) }));
    assert!(differs(|at| Draw { epoch: at, ..draw(11) }));
    assert!(differs(draw));
}

#[test]
fn switching_one_kind_on_leaves_the_draws_of_the_others() {
    let shape = [1, 4, 5];
    for example in 0..50 {
        // Rotated, cropped, mirrored, flipped, shifted, each alone: together the same.
        let mut alone = applied(NOTHING, draw(example), shape);
        for augmentation in [
            Augmentation { rotate: 20.0, ..NOTHING },
            Augmentation { crop: 2, ..NOTHING },
            Augmentation { mirror: true, ..NOTHING },
            Augmentation { flip: true, ..NOTHING },
            Augmentation { colour: 0.5, ..NOTHING },
        ] {
            augmentation.apply(draw(example), shape, &mut alone);
        }
        let together = Augmentation { rotate: 20.0, colour: 0.5, ..MOVES };
        assert_eq!(applied(together, draw(example), shape), alone);
    }
}

#[test]
fn mirroring_flipping_and_cropping_are_drawn_as_ever() {
    // A training that was set alike before other kinds came gives the same network.
    let drawn = [0, 1, 2, 3].map(|example| applied(MOVES, draw(example), [1, 2, 3]));
    let expected = [
        [4.0, 4.0, 4.0, 4.0, 4.0, 4.0],
        [6.0, 6.0, 5.0, 6.0, 6.0, 5.0],
        [4.0, 5.0, 6.0, 4.0, 5.0, 6.0],
        [6.0, 5.0, 4.0, 6.0, 5.0, 4.0],
    ];
    assert_eq!(drawn, expected);
}

#[test]
fn a_constant_image_stays_constant_under_every_warp() {
    let warps = Augmentation { rotate: 180.0, shear: 60.0, warp: 4.0, ..NOTHING };
    for example in 0..50 {
        let mut image = [0.3; 3 * 7 * 9];
        warps.apply(draw(example), [3, 7, 9], &mut image);
        assert_eq!(image, [0.3; 3 * 7 * 9]);
    }
}

#[test]
fn images_of_one_row_column_or_pixel_are_warped_too() {
    for shape in [[1, 1, 1], [3, 1, 5], [3, 5, 1]] {
        let image = applied(ALL, draw(1), shape);
        assert!(image.iter().all(|pixel| pixel.is_finite()));
    }
}

#[test]
fn a_colour_shift_moves_every_pixel_of_a_channel_alike_and_channels_apart() {
    let shifts = |example| {
        let mut image = [0.0; 3 * 4];
        Augmentation { colour: 0.5, ..NOTHING }.apply(draw(example), [3, 2, 2], &mut image);
        [0, 1, 2].map(|channel| {
            let plane = &image[4 * channel..][..4];
            assert!(plane.iter().all(|pixel| pixel == &plane[0]));
            plane[0]
        })
    };
    let [red, green, blue] = shifts(0);
    assert!(red != green && green != blue && blue != red);
    // Even over ±0.5: a quarter of 3 · 4,000 draws falls into each quarter of the range, with a
    // deviation of √(12,000 · ¼ · ¾) = 47.4.
    let all: Vec<f32> = (0..4_000).flat_map(shifts).collect();
    assert_even(&all, 0.5, 290);
}

#[test]
fn angles_are_even_over_the_range() {
    // A gradient from left to right shows the angle: a column's step down a row is −tan φ when
    // sheared, and with the pixel in the middle's column, sin θ when rotated.
    let at = |augmentation: Augmentation, example| {
        let mut image: Vec<f32> = (0..25).map(|at| (at % 5) as f32 - 2.0).collect();
        augmentation.apply(draw(example), [1, 5, 5], &mut image);
        f64::from(image[3 * 5 + 2])
    };
    let rotated = |example| {
        let sine = at(Augmentation { rotate: 60.0, ..NOTHING }, example);
        sine.asin().to_degrees() as f32
    };
    let sheared = |example| {
        let tangent = at(Augmentation { shear: 45.0, ..NOTHING }, example);
        tangent.atan().to_degrees() as f32
    };
    // A quarter of 4,000 is expected in each quarter, with a deviation of 27.4.
    assert_even(&(0..4_000).map(rotated).collect::<Vec<_>>(), 60.0, 165);
    assert_even(&(0..4_000).map(sheared).collect::<Vec<_>>(), 45.0, 165);
}

/// Each quarter of the range ±`most` has about as many of `draws`, give or take `apart`.
#[track_caller]
fn assert_even(draws: &[f32], most: f32, apart: usize) {
    assert!(draws.iter().all(|draw| draw.abs() < most * 1.0001));
    for quarter in 0..4 {
        let from = most * (quarter as f32 / 2.0 - 1.0);
        let within = draws.iter().filter(|&&draw| (from..from + most / 2.0).contains(&draw));
        let n = within.count();
        assert!(n.abs_diff(draws.len() / 4) < apart, "{n} from {from}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let drawn = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // Sizes in turn, so that a thread's room was of another image.
        let image = |example| applied(ALL, draw(example), [3, 6, 5 + example as usize % 3]);
        let images: Vec<Vec<f32>> = pool.install(|| (0..60).into_par_iter().map(image).collect());
        images.concat().iter().map(|pixel| pixel.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(drawn(1), drawn(3));
}

#[test]
fn a_setting_left_out_is_off_and_an_unknown_one_is_refused() {
    let read = |text| serde_json::from_str::<Augmentation>(text);
    assert_eq!(
        read(r#"{"mirror":true,"rotate":15}"#).unwrap(),
        Augmentation { mirror: true, rotate: 15.0, ..NOTHING }
    );
    assert!(read(r#"{"turn":3}"#).is_err());
}
