//! Images side by side along their channels.

use burn::tensor::Tensor;
use gapwise_kernels::concatenate::channels;

use crate::drawn::{Draws, near};

#[test]
fn answers_and_gradients_are_the_engines_for_any_sizes() {
    for seed in 0..20 {
        let mut draws = Draws::new(seed);
        let [batch, height, width] = [(); 3].map(|()| draws.size(1, 9));
        let images = [(); 3].map(|()| {
            let channels = draws.size(1, 67);
            draws.tensor([batch, channels, height, width]).require_grad()
        });
        let ours = channels(images.clone());
        let engine = Tensor::cat(images.to_vec(), 1);
        near(&ours, &engine, 0.0, &format!("answers of seed {seed}"));
        let weights = draws.tensor(engine.dims());
        let [ours, engine] =
            [ours, engine].map(|joined| (joined * weights.clone()).sum().backward());
        for image in &images {
            let [ours, engine] = [&ours, &engine].map(|gradients| image.grad(gradients).unwrap());
            near(&ours, &engine, 0.0, &format!("gradient of seed {seed}"));
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_batch() {
    let mut draws = Draws::new(1);
    let joined = channels([draws.tensor([0, 2, 3, 3]), draws.tensor([0, 4, 3, 3])]);
    assert_eq!(joined.dims(), [0, 6, 3, 3]);
}
