//! Dense layers and losses against what PyTorch answers: `tests/reference/dense_and_losses.py`.

use burn::tensor::{Int, Tensor};
use gapwise_kernels::{
    Activation,
    dense::dense,
    loss::{sigmoid_cross_entropy, softmax_cross_entropy, squared_error},
};

use crate::{
    drawn::device,
    reference::{Reference, drawn},
};

const SIZES: [usize; 3] = [5, 7, 3];

const TABLE: Reference = Reference(include_str!("../reference/dense_and_losses.csv"));

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
        TABLE.held([case, "answers"], &answers, 1e-5);
        let gradients = (answers * drawn(4, [batch, units])).sum().backward();
        for (name, tensor) in [("x", &x), ("weight", &weight)] {
            let gradient = tensor.grad(&gradients).expect("it is tracked");
            TABLE.held([case, name], &gradient, 1e-5);
        }
        TABLE.held([case, "bias"], &bias.grad(&gradients).expect("it is tracked"), 1e-5);
    }
}

#[track_caller]
fn held_to_pytorch(case: &str, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    let [batch, _, units] = SIZES;
    let logits = drawn(5, [batch, units]).require_grad();
    let value = loss(logits.clone());
    TABLE.held([case, "loss"], &value, 1e-5);
    let gradient = logits.grad(&value.backward()).expect("it is tracked");
    TABLE.held([case, "logits"], &gradient, 1e-5);
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
