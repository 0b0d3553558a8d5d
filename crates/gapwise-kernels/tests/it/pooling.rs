//! Pooling and its gradients.

use burn::{
    nn::{
        PaddingConfig2d,
        pool::{AvgPool2dConfig, MaxPool2dConfig},
    },
    tensor::{Device, Tensor},
};
use gapwise_kernels::pooling::{average, global_average, max};

use crate::drawn::{Draws, device, near, values};

/// Ours and the engine's answers, and the gradients of the images.
fn both(
    draws: &mut Draws,
    images: Tensor<4>,
    pools: [&dyn Fn(Tensor<4>) -> Tensor<4>; 2],
    of: &str,
) {
    let images = images.require_grad();
    let [ours, engine] = pools.map(|pool| pool(images.clone()));
    near(&ours, &engine, 1e-6, &format!("answers of {of}"));
    let weights = draws.tensor(engine.dims());
    let [ours, engine] = [ours, engine].map(|pooled| (pooled * weights.clone()).sum().backward());
    let [ours, engine] =
        [ours, engine].map(|gradients| images.grad(&gradients).expect("it is tracked"));
    near(&ours, &engine, 1e-6, &format!("gradient of {of}"));
}

#[test]
fn answers_and_gradients_are_the_engines_for_any_sizes() {
    for seed in 0..120 {
        let mut draws = Draws::new(seed);
        let (batch, channels) = (draws.size(1, 9), draws.size(1, 67));
        let window = if seed % 2 == 0 { [2, 2] } else { [(); 2].map(|()| draws.size(1, 4)) };
        let [height, width] = window.map(|window| draws.size(window, 20));
        let images = draws.tensor([batch, channels, height, width]);
        // Rounded, so that windows hold ties.
        let images = if seed % 3 == 0 { images.mul_scalar(2).round() } else { images };
        // Side by side, overlapping or apart, with padding up to half a window.
        let stride = if seed % 5 < 2 { window } else { [(); 2].map(|()| draws.size(1, 4)) };
        let padding = window.map(|side| if seed % 7 < 3 { draws.size(0, side / 2) } else { 0 });
        let padding = PaddingConfig2d::Explicit(padding[0], padding[1], padding[0], padding[1]);
        let largest = MaxPool2dConfig::new(window).with_strides(stride);
        let largest = largest.with_padding(padding.clone()).init();
        let mean = AvgPool2dConfig::new(window).with_strides(stride).with_padding(padding);
        let mean = mean.with_count_include_pad(seed % 2 == 0).init();
        let of = format!("seed {seed}, window {window:?} of {height} × {width}");
        both(&mut draws, images.clone(), [&|x| max(&largest, x), &|x| largest.forward(x)], &of);
        both(&mut draws, images, [&|x| average(&mean, x), &|x| mean.forward(x)], &of);
    }
}

#[test]
fn other_windows_are_the_engines() {
    let mut draws = Draws::new(1);
    let images = draws.tensor([2, 3, 7, 8]);
    let largest = MaxPool2dConfig::new([3, 3]).with_strides([2, 2]);
    let mean = AvgPool2dConfig::new([3, 3]).with_strides([2, 2]);
    for padding in [PaddingConfig2d::Valid, PaddingConfig2d::Explicit(1, 1, 1, 1)] {
        let largest = largest.clone().with_padding(padding.clone()).init();
        let mean = mean.clone().with_padding(padding).init();
        both(&mut draws, images.clone(), [&|x| max(&largest, x), &|x| largest.forward(x)], "max");
        both(&mut draws, images.clone(), [&|x| average(&mean, x), &|x| mean.forward(x)], "mean");
    }
}

#[test]
fn the_global_average_is_the_mean_of_all_pixels() {
    let mut draws = Draws::new(2);
    for shape in [[3, 5, 7, 2], [1, 67, 1, 1], [0, 3, 4, 4]] {
        let images = draws.tensor(shape).require_grad();
        let mean = |x: Tensor<4>| x.mean_dim(3).mean_dim(2);
        let ours = global_average(images.clone());
        let engine = mean(images.clone()).reshape([shape[0], shape[1]]);
        near(&ours, &engine, 1e-6, &format!("mean of {shape:?}"));
        let weights = draws.tensor(ours.dims());
        let [ours, engine] = [ours, engine].map(|mean| (mean * weights.clone()).sum().backward());
        let [ours, engine] = [ours, engine].map(|gradients| images.grad(&gradients).unwrap());
        near(&ours, &engine, 1e-6, &format!("gradient of {shape:?}"));
    }
}

#[test]
fn by_hand() {
    let device = device().autodiff();
    let pixels = [[1.0, 5.0, 2.0], [4.0, 5.0, 9.0]];
    let images = Tensor::<4>::from_floats([[pixels]], &device).require_grad();
    let layer = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let pooled = max(&layer, images.clone());
    // The third column is in no window; of the two 5 the first is taken.
    assert_eq!(values(&pooled), [5.0]);
    let gradients = pooled.mul_scalar(8).sum().backward();
    assert_eq!(values(&images.grad(&gradients).unwrap()), [0.0, 8.0, 0.0, 0.0, 0.0, 0.0]);
    let layer = AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let pooled = average(&layer, images.clone());
    assert_eq!(values(&pooled), [3.75]); // (1 + 5 + 4 + 5) / 4
    let gradients = pooled.mul_scalar(8).sum().backward();
    assert_eq!(values(&images.grad(&gradients).unwrap()), [2.0, 2.0, 0.0, 2.0, 2.0, 0.0]);
}

#[test]
fn a_window_with_a_nan_gives_nan() {
    // On the processor: the maximum of another engine may pass over a NaN.
    let device = Device::flex();
    let pixels = [[f32::NAN, 1.0, 2.0, 3.0], [0.0, 7.0, 4.0, f32::NEG_INFINITY]];
    let images = || Tensor::<4>::from_floats([[pixels]], &device);
    let pooled = values(&max(&MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(), images()));
    assert!(pooled[0].is_nan() && pooled[1] == 4.0, "{pooled:?}");
    let pooled =
        values(&average(&AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init(), images()));
    assert!(pooled[0].is_nan() && pooled[1] == f32::NEG_INFINITY, "{pooled:?}");
}

#[test]
fn an_empty_batch_gives_an_empty_batch() {
    let layer = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
    let pooled = max(&layer, Tensor::zeros([0, 3, 4, 4], &device().autodiff()));
    assert_eq!(pooled.dims(), [0, 3, 2, 2]);
}
