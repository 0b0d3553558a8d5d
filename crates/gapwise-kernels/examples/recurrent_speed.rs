//! Times recurrent layers: medians of 15 training steps, forward passes, and forward passes of one
//! example.
//!
//! ```text
//! cargo run --release -p gapwise-kernels --example recurrent_speed
//! ```
#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use gapwise_kernels::recurrent::{Cell, Recurrent, RecurrentConfig, Reset};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Calls that are timed, behind three that are not.
const CALLS: usize = 15;

fn main() {
    println!("| cell | batch, time | sizes | step | forward | forward of one |");
    println!("|---|---|---|---|---|---|");
    let cells =
        [Cell::Lstm, Cell::Gru(Reset::AfterProduct), Cell::Gru(Reset::BeforeProduct), Cell::Tanh];
    for cell in cells {
        let config = |features, hidden| RecurrentConfig::new(cell, features, hidden);
        timed([32, 64], config(128, 256));
        timed([64, 32], config(128, 128));
        timed([20, 35], config(200, 200).with_layers(2));
    }
}

fn timed([batch, time]: [usize; 2], config: RecurrentConfig) {
    let tracked = Device::flex().autodiff();
    let deviation = 1.0 / (config.hidden as f64).sqrt();
    let network = |device: &Device| {
        config.init(&mut |shape, _| {
            Tensor::random(shape, Distribution::Normal(0.0, deviation), device)
        })
    };
    let x = |device: &Device, batch| {
        let normal = Distribution::Normal(0.0, 1.0);
        Tensor::<3>::random([batch, time, config.features], normal, device)
    };
    let (trained, x_trained) = (network(&tracked), x(&tracked, batch).require_grad());
    let step = median(|| {
        let (outputs, _) = trained.forward(x_trained.clone(), None, None);
        drop((outputs.clone() * outputs).sum().backward());
    });
    let fixed = network(&Device::flex());
    let forward = |network: &Recurrent, x: &Tensor<3>| {
        let x = x.clone();
        median(|| drop(network.forward(x.clone(), None, None)))
    };
    let [many, one] = [batch, 1].map(|batch| forward(&fixed, &x(&Device::flex(), batch)));
    let RecurrentConfig { cell, features, hidden, layers, .. } = config;
    let sizes = format!("{features} → {hidden}, {layers} deep");
    println!(
        "| {cell:?} | {batch}, {time} | {sizes} | {step:.2} ms | {many:.2} ms | {one:.3} ms |"
    );
}

/// Milliseconds.
fn median(work: impl Fn()) -> f64 {
    let mut times = Vec::new();
    for call in 0..CALLS + 3 {
        let began = Instant::now();
        work();
        if call >= 3 {
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    times[CALLS / 2]
}
