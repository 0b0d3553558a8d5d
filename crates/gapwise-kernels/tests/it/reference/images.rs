//! Layers of images against what PyTorch answers: `tests/reference/images.py`.

use burn::{
    module::Param,
    nn::{
        PaddingConfig2d,
        conv::Conv2dConfig,
        pool::{AvgPool2dConfig, MaxPool2dConfig},
    },
    tensor::{Tensor, ops::ConvOptions},
};
use gapwise_kernels::{
    Activation,
    batch_norm::{self, Affine, ResidualActivation, Running},
    concatenate, convolution, pooling,
};

use super::{Reference, drawn};
use crate::drawn::device;

const TABLE: Reference = Reference(include_str!("../../reference/images.csv"));

const CHANNELS: usize = 5;
const EPSILON: f64 = 1e-5;

/// Drawn, and what a gradient is asked of.
fn given<const D: usize>(stream: u64, shape: [usize; D]) -> Tensor<D> {
    drawn(stream, shape).require_grad()
}

/// Holds the answers of a case, and the gradients of images and lines, to PyTorch's.
#[track_caller]
fn held_to_pytorch<const D: usize>(
    case: &str,
    answers: Tensor<D>,
    images: &[(&str, &Tensor<4>)],
    lines: &[(&str, &Tensor<1>)],
) {
    TABLE.held([case, "answers"], &answers, 1e-5);
    let weights = drawn(0, answers.dims());
    let gradients = (answers * weights).sum().backward();
    for (of, tensor) in images {
        TABLE.held([case, of], &tensor.grad(&gradients).expect("it is tracked"), 1e-4);
    }
    for (of, tensor) in lines {
        TABLE.held([case, of], &tensor.grad(&gradients).expect("it is tracked"), 1e-4);
    }
}

fn convolved(
    case: &str,
    [images, weight]: [[usize; 4]; 2],
    options: ConvOptions<2>,
    activation: Activation,
) {
    let (images, weight, bias) = (given(1, images), given(2, weight), given(3, [weight[0]]));
    let [x, w] = [&images, &weight].map(Tensor::clone);
    let answers = convolution::conv2d(x, w, Some(bias.clone()), (options, activation));
    held_to_pytorch(case, answers, &[("images", &images), ("weight", &weight)], &[("bias", &bias)]);
}

#[test]
fn convolutions_answer_and_learn_as_in_pytorch() {
    let none = Activation::None;
    let padding = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    convolved("padding", [[2, 3, 4, 4], [5, 3, 3, 3]], padding, none);
    let stride = ConvOptions::new([2, 1], [2, 1], [1, 1], 1);
    convolved("stride", [[2, 3, 4, 5], [5, 3, 3, 2]], stride, none);
    let stride = ConvOptions::new([2, 2], [0, 0], [1, 1], 1);
    convolved("stride beyond the kernel", [[2, 3, 4, 4], [5, 3, 1, 1]], stride, none);
    let dilation = ConvOptions::new([1, 1], [1, 0], [2, 1], 1);
    convolved("dilation", [[1, 2, 5, 6], [4, 2, 2, 3]], dilation, none);
    let groups = ConvOptions::new([1, 1], [0, 0], [1, 1], 2);
    convolved("groups", [[2, 4, 3, 4], [8, 2, 2, 2]], groups, none);
    let channels = ConvOptions::new([1, 1], [1, 1], [1, 1], 3);
    convolved("a group for each channel", [[1, 3, 4, 4], [3, 1, 3, 3]], channels, none);
    let plain = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
    convolved("19 filters and ReLU", [[1, 2, 3, 3], [19, 2, 2, 2]], plain, Activation::Relu);
}

#[test]
fn a_normalised_batch_with_residual_and_relu_answers_and_learns_as_in_pytorch() {
    let case = "in training";
    let shape = [3, CHANNELS, 2, 3];
    let (x, residual) = (given(1, shape), given(4, shape));
    let (gamma, beta) = (given(2, [CHANNELS]), given(3, [CHANNELS]));
    let affine = Affine { gamma: gamma.clone(), beta: beta.clone(), epsilon: EPSILON };
    let behind =
        ResidualActivation { residual: Some(residual.clone()), activation: Activation::Relu };
    let batch = batch_norm::in_training(x.clone(), affine, behind);
    TABLE.held([case, "mean"], &batch.mean, 1e-5);
    TABLE.held([case, "variance"], &batch.variance, 1e-5);
    let images = [("x", &x), ("residual", &residual)];
    held_to_pytorch(case, batch.output, &images, &[("gamma", &gamma), ("beta", &beta)]);
}

#[test]
fn a_convolution_in_evaluation_answers_as_in_pytorch() {
    let mut layer = Conv2dConfig::new([3, CHANNELS], [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(&device());
    layer.weight = Param::from_tensor(drawn(2, [CHANNELS, 3, 3, 3]).inner());
    layer.bias = Some(Param::from_tensor(drawn(3, [CHANNELS]).inner()));
    let [gamma, beta, mean, variance] =
        [4, 5, 6, 7].map(|stream| drawn(stream, [CHANNELS]).inner());
    let affine = Affine { gamma, beta, epsilon: EPSILON };
    let norm = Running { affine, mean, variance: variance.add_scalar(1.5) };
    let residual = Some(drawn(8, [2, CHANNELS, 4, 4]).inner());
    let behind = ResidualActivation { residual, activation: Activation::Relu };
    let images = drawn(1, [2, 3, 4, 4]).inner();
    let answers = convolution::evaluated(&layer, images, norm, behind);
    TABLE.held(["in evaluation", "answers"], &answers, 1e-5);
}

#[test]
fn pooling_answers_and_learns_as_in_pytorch() {
    let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
    let images = given(1, [2, 3, 5, 6]);
    let held = |case, answers| held_to_pytorch::<4>(case, answers, &[("images", &images)], &[]);
    let layer = MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_padding(padding.clone());
    held("largest", pooling::max(&layer.init(), images.clone()));
    let layer = AvgPool2dConfig::new([3, 3]).with_strides([2, 2]).with_padding(padding);
    let with_padding = layer.clone().with_count_include_pad(true).init();
    held("mean with padding", pooling::average(&with_padding, images.clone()));
    let without = layer.with_count_include_pad(false).init();
    held("mean without padding", pooling::average(&without, images.clone()));
    let mean = pooling::global_average(images.clone());
    held_to_pytorch("mean of all pixels", mean, &[("images", &images)], &[]);
}

#[test]
fn images_side_by_side_answer_and_learn_as_in_pytorch() {
    let parts =
        [(1, 2), (2, 1), (3, 3)].map(|(stream, channels)| given(stream, [2, channels, 3, 2]));
    let joined = concatenate::channels(parts.clone());
    let [first, second, third] = &parts;
    let parts = [("first", first), ("second", second), ("third", third)];
    held_to_pytorch("side by side", joined, &parts, &[]);
}
