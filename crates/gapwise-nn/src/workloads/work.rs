//! A workload at work.

use std::time::Instant;

use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use gapwise_data::Labels;

use super::{
    Workload,
    drawn::{drawn, whole},
    network::{Inputs, Network},
};
use crate::{
    optimise::{Optimiser, OptimiserSettings},
    tasks::{ClassHead, Head, Labelled},
};

/// The streams of inputs and of labels, behind those of any network's parameters.
const INPUTS: u64 = 1_000;
const LABELS: u64 = 1_001;

/// A workload that trains.
#[derive(Debug)]
pub struct Training {
    network: Option<Network>,
    optimiser: Optimiser,
    inputs: Inputs,
    head: ClassHead,
    targets: <ClassHead as Head>::Targets,
    learning_rate: f64,
}

impl Training {
    /// One step: forward, mean cross-entropy, backward, Adam. Returns
    /// the loss from before the update.
    pub fn step(&mut self) -> f32 {
        let Some(network) = self.network.take() else {
            unreachable!("only a panic leaves a step without giving the network back")
        };
        let loss = self.head.loss(network.forward(self.inputs.clone()), self.targets.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some(self.optimiser.step(self.learning_rate, network, gradients));
        loss.into_scalar()
    }
}

/// A workload that answers one example at a time.
#[derive(Debug)]
pub struct Predicting {
    network: Network,
    inputs: Inputs,
}

impl Predicting {
    /// The logits of the first example of the batch, without gradients, one label after the other.
    pub fn answer(&self) -> Vec<f32> {
        self.network.forward(self.inputs.clone()).into_data().iter().collect()
    }
}

impl Workload {
    /// The network with its initial weights and a batch, on `device`, which has no gradients.
    pub fn training(&self, device: &Device) -> Training {
        let device = device.clone().autodiff();
        let labels = self.batch * self.network.labels(&self.shape);
        let of = (0..labels).map(|at| whole(LABELS, at, self.network.outputs())).collect();
        let names: Vec<String> = (0..self.network.outputs()).map(|at| at.to_string()).collect();
        let classes = Labels::Classes { names: names.clone(), of };
        let head = ClassHead { names };
        let all: Vec<usize> = (0..labels).collect();
        let labelled = Labelled { labels: Some(&classes), weights: None };
        let Ok(loaded) = head.load(labelled, &all) else {
            unreachable!("the labels are classes, which the head learns")
        };
        Training {
            network: Some(self.network.init(&device)),
            optimiser: Optimiser::new(&OptimiserSettings::default()),
            inputs: self.inputs(self.batch, &device),
            targets: head.targets(loaded, &device),
            head,
            learning_rate: self.learning_rate(),
        }
    }

    /// The network with its initial weights in evaluation, and one example, on `device`, which has no
    /// gradients.
    pub fn predicting(&self, device: &Device) -> Predicting {
        let network = self.network.init(&device.clone().autodiff()).valid();
        Predicting { network, inputs: self.inputs(1, device) }
    }

    fn inputs(&self, batch: usize, device: &Device) -> Inputs {
        let count = batch * self.shape.iter().product::<usize>();
        if let (Some(words), &[time]) = (self.network.vocabulary(), &self.shape[..]) {
            let words: Vec<i32> = (0..count).map(|at| whole(INPUTS, at, words) as i32).collect();
            return Inputs::Words(Tensor::from_data(TensorData::new(words, [batch, time]), device));
        }
        let values: Vec<f32> = (0..count).map(|at| drawn(INPUTS, at, 2.0)).collect();
        match self.shape[..] {
            [features] => Inputs::Rows(numbers(values, [batch, features], device)),
            [time, features] => Inputs::Sequences(numbers(values, [batch, time, features], device)),
            [channels, height, width] => {
                Inputs::Images(numbers(values, [batch, channels, height, width], device))
            }
            _ => unreachable!("an example of a workload has one to three axes"),
        }
    }
}

fn numbers<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Sides of the matrices of [`product`].
const SIDE: usize = 1_024;

/// How many multiply-adds a second each of `times` products of 1,024×1,024 matrices in single
/// precision does on `device`: what the engine can reach there.
pub fn product(times: usize, device: &Device) -> Vec<f64> {
    let matrix = |stream| {
        let values = (0..SIDE * SIDE).map(|at| drawn(stream, at, 2.0)).collect();
        numbers(values, [SIDE, SIDE], device)
    };
    let (left, right) = (matrix(0), matrix(1));
    let rate = |_| {
        let began = Instant::now();
        // Reading one number waits for the product on devices that compute beside the caller.
        let answer = left.clone().matmul(right.clone()).narrow(0, 0, 1).narrow(1, 0, 1);
        let _: f32 = answer.into_scalar();
        SIDE.pow(3) as f64 / began.elapsed().as_secs_f64()
    };
    (0..times).map(rate).collect()
}
