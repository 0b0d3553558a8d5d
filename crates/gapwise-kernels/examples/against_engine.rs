//! Times each operation, forward and backward, against the engine's: medians of 25 calls each,
//! taken in turns, as the table of BENCHMARKS.md.
//!
//! ```text
//! cargo run --release -p gapwise-kernels --example against_engine
//! ```
#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::{
    nn::pool::{AvgPool2dConfig, MaxPool2dConfig},
    tensor::{Device, Distribution, Tensor, module, ops::ConvOptions},
};
use gapwise_kernels::{
    Activation,
    batch_norm::{Affine, Behind, in_training},
    convolution::conv2d,
    pooling,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls that are timed, behind three that are not.
const CALLS: usize = 25;
const EPSILON: f64 = 1e-5;

fn main() {
    println!("| operation | images | engine | ours | ratio |");
    println!("|---|---|---|---|---|");
    convolution([64, 1, 28, 28], [6, 1, 5, 5], 2);
    convolution([64, 6, 14, 14], [16, 6, 5, 5], 0);
    convolution([64, 1, 28, 28], [32, 1, 3, 3], 1);
    convolution([64, 32, 14, 14], [64, 32, 3, 3], 1);
    convolution([64, 64, 7, 7], [128, 64, 3, 3], 1);
    for images in [[64, 6, 28, 28], [64, 32, 28, 28], [64, 64, 14, 14]] {
        pooled(images);
    }
    for images in [[64, 32, 28, 28], [64, 64, 14, 14], [64, 128, 7, 7]] {
        normalised(images);
    }
}

fn convolution(images: [usize; 4], weight: [usize; 4], padding: usize) {
    let x = normal(images);
    // What reads the input has no gradient to give.
    let x = if images[1] == 1 { x } else { x.require_grad() };
    let bias = normal([weight[0]]).require_grad();
    let weight = normal(weight).require_grad();
    let name = format!("convolution, weight {:?}", weight.dims());
    let options = || ConvOptions::new([1, 1], [padding, padding], [1, 1], 1);
    let given = || (x.clone(), weight.clone(), Some(bias.clone()), options());
    let engine = || {
        let (x, weight, bias, options) = given();
        module::conv2d(x, weight, bias, options)
    };
    let ours = || {
        let (x, weight, bias, options) = given();
        conv2d(x, weight, bias, (options, Activation::None))
    };
    compare(&name, images, [&engine, &ours]);
}

fn pooled(images: [usize; 4]) {
    let x = normal(images).require_grad();
    let mean = AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let ours = || pooling::average(&mean, x.clone());
    compare("average pooling 2×2", images, [&|| mean.forward(x.clone()), &ours]);
    let largest = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let ours = || pooling::max(&largest, x.clone());
    compare("max pooling 2×2", images, [&|| largest.forward(x.clone()), &ours]);
}

fn normalised(images: [usize; 4]) {
    let x = normal(images).require_grad();
    let [gamma, beta] = [(); 2].map(|()| normal([images[1]]).require_grad());
    let engine =
        || module::batch_norm_train(x.clone(), gamma.clone(), beta.clone(), EPSILON).output;
    let ours = || {
        let affine = Affine { gamma: gamma.clone(), beta: beta.clone(), epsilon: EPSILON };
        in_training(x.clone(), affine, Behind::default()).output
    };
    compare("batch normalisation", images, [&engine, &ours]);
}

/// Prints a row: what the engine takes, what ours takes, and how many times as fast that is.
fn compare(name: &str, images: [usize; 4], operations: [&dyn Fn() -> Tensor<4>; 2]) {
    let weights = normal(operations[0]().dims());
    let mut times = [Vec::new(), Vec::new()];
    for call in 0..CALLS + 3 {
        for (operation, times) in operations.iter().zip(&mut times) {
            let began = Instant::now();
            let gradients = (operation() * weights.clone()).sum().backward();
            let seconds = began.elapsed().as_secs_f64();
            drop(gradients);
            if call >= 3 {
                times.push(seconds);
            }
        }
    }
    let [engine, ours] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[CALLS / 2] * 1e3
    });
    println!("| {name} | {images:?} | {engine:.2} ms | {ours:.2} ms | {:.1} |", engine / ours);
}

fn normal<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex().autodiff())
}
