//! Images that several branches read.

use burn::tensor::Tensor;
use gapwise_kernels::fork;

use crate::drawn::{Draws, near, values};

#[test]
fn the_gradient_is_the_sum_of_the_branches_gradients() {
    for seed in 0..9 {
        let mut draws = Draws::new(seed);
        let shape = [draws.size(0, 4), draws.size(1, 67), draws.size(1, 9), draws.size(1, 9)];
        let x = draws.tensor(shape).require_grad();
        let weights = [(); 3].map(|()| draws.tensor(shape));
        let gradient = |branches: [Tensor<4>; 3]| {
            let [one, two, three] = branches;
            let [a, b, c] = weights.clone();
            let loss = (one * a).sum() + (two * b).powi_scalar(2).sum() + (three * c).sum();
            x.grad(&loss.backward()).unwrap()
        };
        let ours = gradient(fork::images(x.clone()));
        let engine = gradient([(); 3].map(|()| x.clone()));
        near(&ours, &engine, 1e-6, &format!("gradient of {shape:?}"));
    }
}

#[test]
fn without_gradients_it_is_clones() {
    let x = Draws::new(1).tensor([2, 3, 4, 5]).inner();
    let [one, two] = fork::images(x.clone());
    assert_eq!([values(&one), values(&two)], [(); 2].map(|()| values(&x)));
}
