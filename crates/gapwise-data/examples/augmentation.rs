//! How long augmentation takes for an image, each kind of change alone, on one thread:
//!
//!     cargo run --release -p gapwise-data --example augmentation

#![allow(clippy::print_stdout)] // It is what an example is for.

use std::{hint::black_box, time::Instant};

use gapwise_data::images::{Augmentation, Draw};

fn main() {
    let nothing = Augmentation::default();
    let moves = Augmentation { mirror: true, flip: true, crop: 4, ..nothing };
    let kinds = [
        ("mirror", Augmentation { mirror: true, ..nothing }),
        ("flip", Augmentation { flip: true, ..nothing }),
        ("crop", Augmentation { crop: 4, ..nothing }),
        ("rotate", Augmentation { rotate: 15.0, ..nothing }),
        ("shear", Augmentation { shear: 15.0, ..nothing }),
        ("warp", Augmentation { warp: 4.0, ..nothing }),
        ("colour", Augmentation { colour: 0.2, ..nothing }),
        ("all", Augmentation { rotate: 15.0, shear: 15.0, warp: 4.0, colour: 0.2, ..moves }),
    ];
    for shape in [[3, 32, 32], [3, 224, 224]] {
        let mut image = vec![0.5_f32; shape.iter().product()];
        for (name, augmentation) in kinds {
            // The best of several rounds, each of as many images as take some milliseconds.
            let images = 20_000_000 / image.len() as u64 / 10;
            let mut round = |from: u64| {
                let begun = Instant::now();
                for example in from..from + images {
                    augmentation.apply(Draw { seed: 1, epoch: 1, example }, shape, &mut image);
                }
                begun.elapsed() / images as u32
            };
            let best = (0..20).map(|at| round(at * images)).min().unwrap_or_default();
            println!("{shape:?} {name:<7} {:8.1} µs", best.as_secs_f64() * 1e6);
            black_box(&image);
        }
    }
}
