//! Dense layers and losses against what PyTorch answers: `tests/reference/dense_and_losses.py`.

use burn::tensor::{Int, Tensor, TensorData};
use gapwise_kernels::{
    Activation,
    dense::dense,
    loss::{sigmoid_cross_entropy, softmax_cross_entropy, squared_error},
};

use crate::drawn::{device, near};

const SIZES: [usize; 3] = [5, 7, 3];

/// `drawn` of the script.
fn drawn<const D: usize>(stream: u64, shape: [usize; D]) -> Tensor<D> {
    let number = |index: usize| {
        let mut x = (index as u64 * 2_654_435_761 + stream * 40_503 + 12_345) & 0xFFFF_FFFF;
        for _ in 0..2 {
            x ^= x >> 16;
            x = (x * 0x45D_9F3B) & 0xFFFF_FFFF;
        }
        x ^= x >> 16;
        ((x as f64 / 4_294_967_296.0 - 0.5) * 2.0) as f32
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
    Tensor::from_data(TensorData::new(values, shape), &device().autodiff())
}

/// A tensor of a case, of this shape.
fn reference<const D: usize>(case: &str, name: &str, shape: [usize; D]) -> Tensor<D> {
    let start = format!("{case},{name},");
    let mut lines = include_str!("../reference/dense_and_losses.csv").lines();
    let line = lines.find_map(|line| line.strip_prefix(&start)).expect("the case is there");
    let values: Vec<f32> = line.split(',').map(|value| value.parse().expect("a number")).collect();
    Tensor::from_data(TensorData::new(values, shape), &device().autodiff())
}

#[test]
fn dense_layers_answer_and_learn_as_in_pytorch() {
    let [batch, inputs, units] = SIZES;
    for (case, activation) in [
        ("None", Activation::None),
        ("Relu", Activation::Relu),
        ("LeakyRelu", Activation::LeakyRelu { slope: 0.01 }),
        ("Tanh", Activation::Tanh),
        ("Sigmoid", Activation::Sigmoid),
    ] {
        let x = drawn(1, [batch, inputs]).require_grad();
        let weight = drawn(2, [inputs, units]).require_grad();
        let bias = drawn(3, [units]).require_grad();
        let answers = dense(x.clone(), weight.clone(), Some(bias.clone()), activation);
        near(&answers, &reference(case, "answers", [batch, units]), 1e-5, case);
        let gradients = (answers * drawn(4, [batch, units])).sum().backward();
        let of = |name: &str| format!("gradient of {name}, {case}");
        let [of_x, of_weight] = [&x, &weight].map(|tensor| tensor.grad(&gradients).unwrap());
        near(&of_x, &reference(case, "x", [batch, inputs]), 1e-5, &of("x"));
        near(&of_weight, &reference(case, "weight", [inputs, units]), 1e-5, &of("weight"));
        let of_bias = bias.grad(&gradients).unwrap();
        near(&of_bias, &reference(case, "bias", [units]), 1e-5, &of("bias"));
    }
}

#[track_caller]
fn held_to_pytorch(case: &str, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    let [batch, _, units] = SIZES;
    let logits = drawn(5, [batch, units]).require_grad();
    let value = loss(logits.clone());
    near(&value, &reference(case, "loss", [1]), 1e-5, case);
    let gradient = logits.grad(&value.backward()).unwrap();
    near(&gradient, &reference(case, "logits", [batch, units]), 1e-5, &format!("slope, {case}"));
}

#[test]
fn losses_are_those_of_pytorch() {
    let [batch, _, units] = SIZES;
    let share = |stream| drawn(stream, [batch, units]).add_scalar(1.0).div_scalar(2.0);
    let (targets, weights) = (share(6), share(7));
    let classes = || Tensor::<1, Int>::from_ints([2, 0, 1, 1, 2], &device().autodiff());
    held_to_pytorch("softmax", |x| softmax_cross_entropy(x, classes(), None));
    // The classes weigh ½, 2 and 1½: the five examples 1½, ½, 2, 2 and 1½, together 7½.
    let by_class = Tensor::<1>::from_floats([1.5, 0.5, 2.0, 2.0, 1.5], &device().autodiff());
    let by_class = by_class.div_scalar(7.5);
    let weighted = |x| softmax_cross_entropy(x, classes(), Some(by_class.clone()));
    held_to_pytorch("softmax by class", weighted);
    held_to_pytorch("sigmoid", |x| sigmoid_cross_entropy(x, targets.clone(), None));
    let weighted = |x| sigmoid_cross_entropy(x, targets.clone(), Some(weights.clone()));
    held_to_pytorch("sigmoid by weight", weighted);
    held_to_pytorch("squared", |x| squared_error(x, targets.clone(), None));
}
