//! Convolution and its gradients.

use burn::{
    nn::{PaddingConfig2d, conv::Conv2dConfig},
    tensor::{DType, Tensor, module, ops::ConvOptions},
};
use gapwise_kernels::{
    Activation,
    convolution::{self, forward},
};

use crate::drawn::{Draws, device, near, single, tracked, values};

/// Without an activation.
fn conv2d(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    convolution::conv2d(images, weight, bias, (options, Activation::None))
}

/// A convolution that was drawn.
pub(crate) struct Case {
    pub(crate) images: Tensor<4>,
    pub(crate) weight: Tensor<4>,
    pub(crate) bias: Option<Tensor<1>>,
    pub(crate) options: ConvOptions<2>,
}

impl Case {
    pub(crate) fn draw(draws: &mut Draws, batch: usize) -> Self {
        let groups = if draws.size(0, 3) == 0 { draws.size(2, 3) } else { 1 };
        let [channels, filters] = [(); 2].map(|()| groups * draws.size(1, 67 / groups));
        let stride = [(); 2].map(|()| draws.size(1, 3));
        let dilation = [(); 2].map(|()| if draws.size(0, 3) == 0 { draws.size(2, 3) } else { 1 });
        let padding = [(); 2].map(|()| (draws.size(0, 6), draws.size(0, 6)));
        let kernel = [(); 2].map(|()| draws.size(1, 5));
        // A padding may be larger than the kernel, a kernel larger than the image.
        let side = |draws: &mut Draws, at: usize| {
            let reach = (kernel[at] - 1) * dilation[at] + 1;
            let least = reach.saturating_sub(padding[at].0 + padding[at].1).max(1);
            draws.size(least, 20)
        };
        let (height, width) = (side(draws, 0), side(draws, 1));
        Case {
            images: draws.tensor([batch, channels, height, width]),
            weight: draws.tensor([filters, channels / groups, kernel[0], kernel[1]]),
            bias: (draws.size(0, 1) == 1).then(|| draws.tensor([filters])),
            options: ConvOptions::new_with_padding(stride, padding, dilation, groups),
        }
    }

    fn held_to_the_engine(self, draws: &mut Draws, of: &str) {
        let Case { images, weight, bias, options } = self;
        let (images, weight) = (images.require_grad(), weight.require_grad());
        let bias = bias.map(Tensor::require_grad);
        let ours = conv2d(images.clone(), weight.clone(), bias.clone(), options.clone());
        // In double precision, so that the difference is all ours.
        let [of_images, of_weight] = [&images, &weight].map(tracked);
        let of_bias = bias.as_ref().map(tracked);
        let engine = module::conv2d(of_images.clone(), of_weight.clone(), of_bias.clone(), options);
        near(&ours, &single(&engine), 1e-5, &format!("answers of {of}"));
        let weights = draws.tensor(engine.dims());
        let engine = (engine * tracked(&weights)).sum().backward();
        let ours = (ours * weights).sum().backward();
        for (ours_of, engine_of, name) in
            [(&images, &of_images, "images"), (&weight, &of_weight, "weight")]
        {
            let found = ours_of.grad(&ours).expect("it is tracked");
            let expected = engine_of.grad(&engine).expect("it is tracked");
            near(&found, &single(&expected), 1e-4, &format!("gradient of the {name} of {of}"));
        }
        if let (Some(bias), Some(of_bias)) = (bias, of_bias) {
            let found = bias.grad(&ours).expect("it is tracked");
            let expected = of_bias.grad(&engine).expect("it is tracked");
            near(&found, &single(&expected), 1e-4, &format!("gradient of the bias of {of}"));
        }
    }
}

#[test]
fn answers_and_gradients_are_the_engines_for_any_sizes() {
    for seed in 0..60 {
        let mut draws = Draws::new(seed);
        let batch = draws.size(1, 9);
        let case = Case::draw(&mut draws, batch);
        case.held_to_the_engine(&mut draws, &format!("seed {seed}"));
    }
}

#[test]
fn an_activation_behind_it_is_the_compositions() {
    let activations = [Activation::Relu, Activation::LeakyRelu { slope: 0.2 }, Activation::Tanh];
    for (seed, activation) in activations.into_iter().enumerate() {
        let mut draws = Draws::new(seed as u64);
        let images = draws.tensor([3, 5, 9, 7]).require_grad();
        let weight = draws.tensor([19, 5, 3, 3]).require_grad();
        let bias = draws.tensor([19]).require_grad();
        let given = || (images.clone(), weight.clone(), Some(bias.clone()));
        let options = || ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let (x, w, b) = given();
        let ours = convolution::conv2d(x, w, b, (options(), activation));
        let (x, w, b) = given();
        let engine = activation.forward(module::conv2d(x, w, b, options()));
        near(&ours, &engine, 1e-5, &format!("answers of {activation:?}"));
        let weights = draws.tensor(engine.dims());
        let [ours, engine] =
            [ours, engine].map(|answers| (answers * weights.clone()).sum().backward());
        for (tensor, name) in [(&images, "images"), (&weight, "weight")] {
            let [ours, engine] = [&ours, &engine].map(|gradients| tensor.grad(gradients).unwrap());
            near(&ours, &engine, 1e-4, &format!("gradient of the {name} of {activation:?}"));
        }
        let [ours, engine] = [&ours, &engine].map(|gradients| bias.grad(gradients).unwrap());
        near(&ours, &engine, 1e-4, &format!("gradient of the bias of {activation:?}"));
    }
}

#[test]
fn sizes_of_the_networks_are_covered() {
    let sizes = [
        ([33, 1, 28, 28], [6, 1, 5, 5], 2),
        ([33, 6, 14, 14], [16, 6, 5, 5], 0),
        ([17, 16, 8, 8], [32, 16, 3, 3], 1),
        ([9, 32, 14, 14], [64, 32, 3, 3], 1),
        ([33, 64, 7, 7], [128, 64, 3, 3], 1),
        // Much work in few pixels, which is split by the filters; and in few channels.
        ([8, 512, 2, 2], [300, 512, 3, 3], 1),
        ([1, 200, 14, 14], [250, 200, 3, 3], 1),
        ([2, 3, 224, 224], [64, 3, 7, 7], 3),
    ];
    for (seed, (images, weight, padding)) in sizes.into_iter().enumerate() {
        let mut draws = Draws::new(seed as u64);
        let case = Case {
            images: draws.tensor(images),
            weight: draws.tensor(weight),
            bias: Some(draws.tensor([weight[0]])),
            options: ConvOptions::new([1, 1], [padding, padding], [1, 1], 1),
        };
        case.held_to_the_engine(&mut draws, &format!("{images:?} and {weight:?}"));
    }
}

#[test]
fn an_empty_batch_gives_an_empty_batch_and_no_gradient() {
    let mut draws = Draws::new(1);
    let images = draws.tensor([0, 2, 5, 5]).require_grad();
    let weight = draws.tensor([3, 2, 3, 3]).require_grad();
    let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let answers = conv2d(images, weight.clone(), None, options);
    assert_eq!(answers.dims(), [0, 3, 5, 5]);
    let gradients = answers.sum().backward();
    assert_eq!(values(&weight.grad(&gradients).unwrap()), [0.0; 54]);
}

#[test]
fn by_hand() {
    let device = device().autodiff();
    let images = Tensor::<4>::from_floats([[[[1.0, 2.0], [3.0, 4.0]]]], &device).require_grad();
    let weight = Tensor::<4>::from_floats([[[[10.0, 100.0]]]], &device).require_grad();
    let bias = Tensor::<1>::from_floats([0.5], &device).require_grad();
    let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
    let answers = conv2d(images.clone(), weight.clone(), Some(bias.clone()), options);
    // 10·1 + 100·2 + 0.5 and 10·3 + 100·4 + 0.5.
    assert_eq!(values(&answers), [210.5, 430.5]);
    let weights = Tensor::from_floats([[[[1.0], [2.0]]]], &device);
    let gradients = (answers * weights).sum().backward();
    // Each pixel: the answer's 1 or 2, times its weight.
    assert_eq!(values(&images.grad(&gradients).unwrap()), [10.0, 100.0, 20.0, 200.0]);
    // 1·1 + 2·3 and 1·2 + 2·4; 1 + 2.
    assert_eq!(values(&weight.grad(&gradients).unwrap()), [7.0, 10.0]);
    assert_eq!(values(&bias.grad(&gradients).unwrap()), [3.0]);
}

#[test]
fn nan_and_infinity_reach_just_the_places_that_see_them() {
    let mut draws = Draws::new(1);
    for extreme in [f32::NAN, f32::INFINITY] {
        let images = draws.tensor([2, 3, 9, 9]);
        let mask = Tensor::<4>::zeros([1, 1, 1, 1], &images.device()).add_scalar(extreme);
        let images = images.slice_assign([1..2, 1..2, 4..5, 0..1], mask);
        let weight = draws.tensor([4, 3, 3, 3]);
        let options = || ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let ours = values(&conv2d(images.clone(), weight.clone(), None, options()));
        let engine = values(&module::conv2d(images, weight, None, options()));
        for (ours, engine) in ours.iter().zip(&engine) {
            assert_eq!(ours.is_nan(), engine.is_nan());
            assert_eq!(
                ours.is_infinite().then_some(*ours),
                engine.is_infinite().then_some(*engine)
            );
        }
        assert!(engine.iter().any(|value| !value.is_finite()));
    }
}

#[test]
fn strided_tensors_are_read_as_they_mean() {
    let mut draws = Draws::new(2);
    let images = draws.tensor([2, 9, 3, 7]).permute([0, 2, 3, 1]).narrow(3, 1, 6);
    let weight = draws.tensor([3, 3, 3, 4]).swap_dims(0, 3);
    let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let case = Case { images, weight, bias: None, options };
    case.held_to_the_engine(&mut draws, "strided tensors");
}

#[test]
fn what_the_kernel_does_not_cover_is_the_engines() {
    let mut draws = Draws::new(3);
    for (groups, dilation) in [(2, [1, 1]), (1, [2, 1])] {
        let options = ConvOptions::new([1, 1], [1, 1], dilation, groups);
        let images = draws.tensor([2, 4, 6, 6]);
        let weight = draws.tensor([6, 4 / groups, 3, 3]);
        let case = Case { images, weight, bias: None, options };
        case.held_to_the_engine(&mut draws, "groups or dilation");
    }
    let (images, weight) = (draws.tensor([1, 1, 3, 3]), draws.tensor([1, 1, 2, 2]));
    let (images, weight) = (tracked(&images), tracked(&weight));
    let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
    assert_eq!(conv2d(images, weight, None, options).dtype(), DType::F64);
}

#[test]
fn a_layer_pads_as_the_engine_does() {
    let device = device();
    let mut draws = Draws::new(4);
    let paddings =
        [PaddingConfig2d::Valid, PaddingConfig2d::Same, PaddingConfig2d::Explicit(1, 2, 3, 0)];
    for padding in paddings {
        for (kernel, stride) in [([3, 3], [1, 1]), ([4, 2], [1, 1]), ([5, 4], [2, 3])] {
            let config = Conv2dConfig::new([2, 3], kernel).with_stride(stride);
            let layer = config.with_padding(padding.clone()).init(&device);
            let images = draws.tensor([2, 2, 11, 8]).inner();
            let of = format!("{padding:?}, kernel {kernel:?}, stride {stride:?}");
            near(&forward(&layer, images.clone()), &layer.forward(images), 1e-5, &of);
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let bits = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut draws = Draws::new(5);
        let images = draws.tensor([37, 5, 12, 12]).require_grad();
        let weight = draws.tensor([7, 5, 3, 3]).require_grad();
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        pool.install(|| {
            let answers = conv2d(images.clone(), weight.clone(), None, options);
            let gradients = answers.clone().powi_scalar(2).sum().backward();
            [
                values(&answers),
                values(&images.grad(&gradients).unwrap()),
                values(&weight.grad(&gradients).unwrap()),
            ]
        })
    };
    assert_eq!(bits(1), bits(3));
}
