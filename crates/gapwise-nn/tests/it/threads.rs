//! The number of threads changes no bit.

use gapwise_nn::model::{NetworkKind, NetworkSettings};

use crate::{
    conformance::outcome,
    samples::{Sample, classes, images, rows, sample},
};

/// Batches large enough that the engine shares out every product and convolution among threads.
fn large_samples() -> Vec<Sample> {
    let settings = |kind| NetworkSettings::new(kind).with_dropout(0.2);
    let conv = NetworkSettings { input_dropout: 0.1, ..settings(NetworkKind::CONV) };
    let feed_forward = settings(NetworkKind::FEED_FORWARD).with_hidden(vec![512, 256]);
    let mut samples = vec![
        sample("rows", rows(768, classes(768)), feed_forward.clone()),
        sample("images to feed-forward", images([3, 16, 16], 300), feed_forward),
        sample("lenet", images([1, 28, 28], 300), settings(NetworkKind::LENET)),
        sample("small-conv", images([1, 8, 8], 600), settings(NetworkKind::SMALL_CONV)),
        sample("wide small-conv", images([3, 19, 19], 150), settings(NetworkKind::SMALL_CONV)),
        sample("conv", images([3, 20, 20], 300), conv),
    ];
    for sample in &mut samples {
        sample.settings.epochs = 2;
        sample.settings.batch = 1_000;
        sample.settings.optimiser.l2 = 1e-4;
    }
    samples
}

#[test]
fn training_gives_the_same_bits_with_any_number_of_threads() {
    for sample in large_samples() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| outcome(&sample))
        };
        let one = with(1);
        for threads in [2, 3, 8] {
            assert!(with(threads) == one, "{}: other bits with {threads} threads", sample.name);
        }
    }
}
