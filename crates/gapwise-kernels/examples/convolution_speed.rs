//! Times the convolutions of ResNet-18, VGG-11 and ResNet-20, forward and backward: multiply-adds a
//! second as a share of a 1024³ matrix product's in the same run.
//!
//! ```text
//! cargo run --release --workspace --example convolution_speed
//! ```
#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor, ops::ConvOptions};
use gapwise_kernels::{Activation, convolution::conv2d, pooling};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls that are timed, behind three that are not.
const CALLS: usize = 15;

/// Batch, channels, filters, side, kernel, stride: each convolution as often as the network has it.
const NETWORKS: [(&str, &[[usize; 6]]); 3] = [
    (
        "ResNet-18, 224×224",
        &[
            [8, 3, 64, 224, 7, 2],
            [8, 64, 64, 56, 3, 1],
            [8, 64, 64, 56, 3, 1],
            [8, 64, 64, 56, 3, 1],
            [8, 64, 64, 56, 3, 1],
            [8, 64, 128, 56, 3, 2],
            [8, 64, 128, 56, 1, 2],
            [8, 128, 128, 28, 3, 1],
            [8, 128, 128, 28, 3, 1],
            [8, 128, 128, 28, 3, 1],
            [8, 128, 256, 28, 3, 2],
            [8, 128, 256, 28, 1, 2],
            [8, 256, 256, 14, 3, 1],
            [8, 256, 256, 14, 3, 1],
            [8, 256, 256, 14, 3, 1],
            [8, 256, 512, 14, 3, 2],
            [8, 256, 512, 14, 1, 2],
            [8, 512, 512, 7, 3, 1],
            [8, 512, 512, 7, 3, 1],
            [8, 512, 512, 7, 3, 1],
        ],
    ),
    (
        "VGG-11, 32×32",
        &[
            [32, 3, 64, 32, 3, 1],
            [32, 64, 128, 16, 3, 1],
            [32, 128, 256, 8, 3, 1],
            [32, 256, 256, 8, 3, 1],
            [32, 256, 512, 4, 3, 1],
            [32, 512, 512, 4, 3, 1],
            [32, 512, 512, 2, 3, 1],
            [32, 512, 512, 2, 3, 1],
        ],
    ),
    (
        "ResNet-20, 32×32, one of each",
        &[
            [64, 3, 16, 32, 3, 1],
            [64, 16, 16, 32, 3, 1],
            [64, 16, 32, 32, 3, 2],
            [64, 32, 32, 16, 3, 1],
            [64, 32, 64, 16, 3, 2],
            [64, 64, 64, 8, 3, 1],
        ],
    ),
];

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().build().expect("threads can be started");
    pool.install(|| {
        let product = product();
        println!("1024³ product: {product:.0} GFLOP/s");
        println!("| batch, channels, filters, side, kernel, stride | forward | backward |");
        println!("|---|---|---|");
        let rate = |work: f64, seconds: f64| {
            let rate = work / seconds / 1e9;
            format!("{rate:.0} GFLOP/s, {:.2}", rate / product)
        };
        for (network, convolutions) in NETWORKS {
            let (mut works, mut times) = ([0.0; 2], [0.0; 2]);
            for of in convolutions {
                let (work, time) = convolution(*of);
                let [forward, backward] = [0, 1].map(|at| rate(work[at], time[at]));
                println!("| {of:?} | {forward} | {backward} |");
                for at in 0..2 {
                    works[at] += work[at];
                    times[at] += time[at];
                }
            }
            let [forward, backward] = [0, 1].map(|at| rate(works[at], times[at]));
            let all = rate(works.iter().sum(), times.iter().sum());
            println!("| **{network}**: {all} | {forward} | {backward} |");
        }
    });
}

/// Of the engine, in GFLOP/s.
fn product() -> f64 {
    let [one, other] = [(); 2].map(|()| normal([1024, 1024]));
    let seconds = median(|| {
        let started = Instant::now();
        let _ = one.clone().matmul(other.clone()).into_data();
        started.elapsed().as_secs_f64()
    });
    2.0 * 1024_f64.powi(3) / seconds / 1e9
}

/// Floating-point operations of both passes, and their seconds. What reads the input has no gradient
/// of images to give, as in training.
fn convolution(
    [batch, channels, filters, side, kernel, stride]: [usize; 6],
) -> ([f64; 2], [f64; 2]) {
    let x = normal([batch, channels, side, side]);
    let weight = normal([filters, channels, kernel, kernel]).require_grad();
    let options = || ConvOptions::new([stride, stride], [kernel / 2, kernel / 2], [1, 1], 1);
    // As it is within a network: channels last in memory.
    let one = normal([channels, channels, 1, 1]);
    let x = conv2d(x, one, None, (ConvOptions::new([1, 1], [0, 0], [1, 1], 1), Activation::None));
    let x = if channels == 3 { x.detach() } else { x.detach().require_grad() };
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    let mut out = 0;
    for call in 0..CALLS + 3 {
        let started = Instant::now();
        let y = conv2d(x.clone(), weight.clone(), None, (options(), Activation::None));
        let first = started.elapsed().as_secs_f64();
        out = y.dims()[2];
        let started = Instant::now();
        // Its gradient is channels last, as within a network.
        let gradients = pooling::global_average(y).sum().backward();
        let second = started.elapsed().as_secs_f64();
        drop(gradients);
        if call >= 3 {
            forward.push(first);
            backward.push(second);
        }
    }
    let work = (2 * batch * out * out * filters * channels * kernel * kernel) as f64;
    let gradients = if channels == 3 { 1.0 } else { 2.0 };
    ([work, gradients * work], [forward, backward].map(middle))
}

fn median(mut call: impl FnMut() -> f64) -> f64 {
    for _ in 0..3 {
        call();
    }
    middle((0..CALLS).map(|_| call()).collect())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn normal<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex().autodiff())
}
