//! Convolution with what stands behind it in evaluation.

use burn::{
    module::Param,
    nn::{PaddingConfig2d, conv::Conv2d},
    tensor::{Tensor, module, ops::ConvOptions},
};
use gapwise_kernels::{
    Activation,
    batch_norm::{Affine, ResidualActivation, Running},
    convolution::{self, evaluated},
};

use crate::{
    convolution::Case,
    drawn::{Draws, device, double, near, single, values},
};

const ACTIVATIONS: [Activation; 5] = [
    Activation::None,
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.1 },
    Activation::Tanh,
    Activation::Sigmoid,
];

/// A layer, what it reads and what stands behind it.
struct Evaluation {
    case: Case,
    layer: Conv2d,
    norm: Running,
    behind: ResidualActivation<4>,
}

impl Evaluation {
    fn draw(draws: &mut Draws, case: Case, activation: Activation) -> Self {
        let filters = case.weight.dims()[0];
        let [gamma, beta, mean, spread] = [(); 4].map(|()| draws.tensor([filters]).inner());
        let variance = spread.square() + 0.5;
        let norm = Running { affine: Affine { gamma, beta, epsilon: 1e-3 }, mean, variance };
        let inner = |tensor: Tensor<4>| tensor.inner();
        let (images, weight) = (inner(case.images), inner(case.weight));
        let case = Case { images, weight, bias: case.bias.map(Tensor::inner), ..case };
        let layer = layer(&case);
        let answers = convolution::forward(&layer, case.images.clone()).dims();
        let residual = (draws.size(0, 1) == 1).then(|| draws.tensor(answers).inner());
        Evaluation { case, layer, norm, behind: ResidualActivation { residual, activation } }
    }

    /// With 3×3 filters over images of 8×8.
    fn plain(draws: &mut Draws) -> Self {
        let case = Case {
            images: draws.tensor([2, 5, 8, 8]),
            weight: draws.tensor([19, 5, 3, 3]),
            bias: Some(draws.tensor([19])),
            options: ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
        };
        Evaluation::draw(draws, case, Activation::Relu)
    }

    fn answers(&self) -> Tensor<4> {
        evaluated(&self.layer, self.case.images.clone(), self.norm.clone(), self.behind.clone())
    }

    /// The composition in 64 bits, with the layer's weights as they are now.
    fn composed(&self) -> Tensor<4> {
        let Evaluation { case, layer, norm, behind } = self;
        let bias = case.bias.as_ref().map(double);
        let (images, weight) = (double(&case.images), double(&layer.weight.val()));
        let filtered = module::conv2d(images, weight, bias, case.options.clone());
        let filters = filtered.dims()[1];
        let Running { affine: Affine { gamma, beta, epsilon }, mean, variance } = norm;
        let [gamma, beta, mean, variance] =
            [gamma, beta, mean, variance].map(|of| double(of).reshape([1, filters, 1, 1]));
        let normalised = (filtered - mean) / (variance + *epsilon).sqrt() * gamma + beta;
        let residual = behind.residual.as_ref().map(double);
        let behind = ResidualActivation { residual, activation: behind.activation };
        single(&behind.forward(normalised))
    }

    #[track_caller]
    fn held_to_the_composition(&self, of: &str) {
        near(&self.answers(), &self.composed(), 1e-5, of);
    }
}

/// The layer that lies over images as a case says.
fn layer(case: &Case) -> Conv2d {
    let ConvOptions { stride, padding, dilation, groups, .. } = case.options;
    let [(top, bottom), (left, right)] = padding;
    let [_, _, height, width] = case.weight.dims();
    Conv2d {
        weight: Param::from_tensor(case.weight.clone()),
        bias: case.bias.clone().map(Param::from_tensor),
        stride,
        kernel_size: [height, width],
        dilation,
        groups,
        padding: PaddingConfig2d::Explicit(top, left, bottom, right),
    }
}

#[test]
fn answers_are_the_compositions_for_any_sizes() {
    for seed in 0..60 {
        let mut draws = Draws::new(seed);
        let batch = draws.size(1, 5);
        let case = Case::draw(&mut draws, batch);
        let activation = ACTIVATIONS[(seed % 5) as usize];
        let evaluation = Evaluation::draw(&mut draws, case, activation);
        evaluation.held_to_the_composition(&format!("seed {seed}, {activation:?}"));
    }
}

#[test]
fn an_empty_batch_gives_an_empty_batch() {
    let mut draws = Draws::new(1);
    let mut evaluation = Evaluation::plain(&mut draws);
    evaluation.case.images = draws.tensor([0, 5, 8, 8]).inner();
    evaluation.behind.residual = None;
    assert_eq!(evaluation.answers().dims(), [0, 19, 8, 8]);
}

#[test]
fn where_gradients_are_asked_for_they_are_the_compositions() {
    let mut draws = Draws::new(2);
    let Evaluation { case, mut layer, norm, .. } = Evaluation::plain(&mut draws);
    let weight = Tensor::from_inner(case.weight).require_grad();
    layer.weight = Param::from_tensor(weight.clone());
    layer.bias = None;
    let images = Tensor::from_inner(case.images);
    let Running { affine: Affine { gamma, beta, epsilon }, mean, variance } = norm;
    let [gamma, beta, mean, variance] = [gamma, beta, mean, variance].map(Tensor::from_inner);
    let norm = Running { affine: Affine { gamma, beta, epsilon }, mean, variance };
    let behind = ResidualActivation { residual: None, activation: Activation::Relu };
    let ours = evaluated(&layer, images.clone(), norm.clone(), behind);
    let filtered = module::conv2d(images, weight.clone(), None, case.options);
    let engine = Activation::Relu.forward(norm.forward(filtered));
    near(&ours, &engine, 1e-5, "answers");
    let weights = draws.tensor(engine.dims());
    let [ours, engine] = [ours, engine].map(|answers| (answers * weights.clone()).sum().backward());
    let [ours, engine] = [ours, engine].map(|gradients| weight.grad(&gradients).unwrap());
    near(&ours, &engine, 1e-4, "gradient of the weight");
}

#[test]
fn nan_and_infinity_come_through_as_in_the_composition() {
    for (seed, activation) in ACTIVATIONS.into_iter().enumerate() {
        let mut draws = Draws::new(seed as u64);
        let mut evaluation = Evaluation::plain(&mut draws);
        evaluation.behind.activation = activation;
        for (image, extreme) in [f32::NAN, f32::INFINITY].into_iter().enumerate() {
            let extreme = Tensor::full([1, 1, 1, 1], extreme, &device());
            let images = evaluation.case.images.clone();
            let place = [image..image + 1, 2..3, 4..5, 0..1];
            evaluation.case.images = images.slice_assign(place, extreme);
        }
        let composed = values(&evaluation.composed());
        for (ours, composed) in values(&evaluation.answers()).into_iter().zip(&composed) {
            let same = ours.is_nan() && composed.is_nan() || ours == *composed;
            assert!(same || (ours - composed).abs() < 1e-4, "{activation:?}: {ours}, {composed}");
        }
        assert!(composed.iter().any(|value| value.is_nan()), "{activation:?}");
    }
}

#[test]
fn the_same_weights_give_the_same_bits_at_every_call() {
    let evaluation = Evaluation::plain(&mut Draws::new(3));
    let first = values(&evaluation.answers());
    for _ in 0..3 {
        assert!(values(&evaluation.answers()) == first);
    }
}

#[test]
fn weights_that_changed_in_place_give_new_answers() {
    let mut evaluation = Evaluation::plain(&mut Draws::new(4));
    // Held by nobody but the layer, so that the engine may change it where it is.
    evaluation.case.weight = Tensor::zeros([1, 1, 1, 1], &device());
    for step in 0..4 {
        evaluation.held_to_the_composition(&format!("step {step}"));
        evaluation.layer.weight = evaluation.layer.weight.map(|weight| match step % 2 {
            0 => weight.mul_scalar(-1.5),
            _ => {
                let part = Tensor::full([1, 5, 3, 3], 0.5, &device());
                weight.slice_assign([4..5, 0..5, 0..3, 0..3], part)
            }
        });
    }
}

#[test]
fn weights_in_the_place_of_others_that_were_freed_are_not_mixed_up() {
    let mut draws = Draws::new(5);
    for call in 0..40 {
        Evaluation::plain(&mut draws).held_to_the_composition(&format!("call {call}"));
    }
}

#[test]
fn weights_that_lie_in_the_same_memory_are_not_mixed_up() {
    let mut draws = Draws::new(6);
    let weight = draws.tensor([16, 8, 2, 2]);
    let shapes = [[16, 8, 2, 2], [8, 16, 2, 2], [16, 8, 4, 1], [16, 8, 1, 4], [32, 16, 1, 1]];
    for shape in shapes {
        for groups in [1, 2] {
            for dilation in [[1, 1], [2, 1]] {
                let case = Case {
                    images: draws.tensor([1, shape[1] * groups, 7, 7]),
                    weight: weight.clone().reshape(shape),
                    bias: None,
                    options: ConvOptions::new([1, 1], [1, 1], dilation, groups),
                };
                let of = format!("{shape:?}, {groups} groups, dilation {dilation:?}");
                let evaluation = Evaluation::draw(&mut draws, case, Activation::None);
                evaluation.held_to_the_composition(&of);
            }
        }
    }
    // The second half of the filters, as a view.
    for start in [0, 8] {
        let case = Case {
            images: draws.tensor([1, 8, 5, 5]),
            weight: weight.clone().narrow(0, start, 8),
            bias: None,
            options: ConvOptions::new([1, 1], [0, 0], [1, 1], 1),
        };
        let evaluation = Evaluation::draw(&mut draws, case, Activation::None);
        evaluation.held_to_the_composition(&format!("filters from {start}"));
    }
}

#[test]
fn layers_of_the_same_sizes_keep_their_own_weights() {
    let mut draws = Draws::new(8);
    let layers = [(); 2].map(|()| Evaluation::plain(&mut draws));
    for time in ["first", "second"] {
        for (at, layer) in layers.iter().enumerate() {
            layer.held_to_the_composition(&format!("layer {at}, the {time} time"));
        }
    }
}

#[test]
fn one_thread_and_three_give_the_same_bits() {
    let bits = |threads, (batch, side)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut draws = Draws::new(7);
        let case = Case {
            images: draws.tensor([batch, 33, side, side]),
            weight: draws.tensor([67, 33, 3, 3]),
            bias: None,
            options: ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
        };
        let evaluation = Evaluation::draw(&mut draws, case, Activation::Tanh);
        pool.install(|| values(&evaluation.answers()))
    };
    // Of one image rows are dealt to the threads, and of a small one weights.
    for of in [(11, 12), (1, 40), (1, 7)] {
        assert!(bits(1, of) == bits(3, of), "{of:?}");
    }
}
