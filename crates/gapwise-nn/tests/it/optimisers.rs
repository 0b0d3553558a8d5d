//! Fifty steps of every optimiser and the rates of every schedule against PyTorch
//! (`tests/reference/optimisers.py`), and states taken out and put back.

use std::collections::BTreeMap;

use burn::{module::Module, optim::GradientsParams, tensor::Device};
use gapwise_data::table::EncodedTable;
use gapwise_nn::{
    layers::NormActivation,
    networks::FeedForward,
    optimise::{Epsilon, Optimiser, OptimiserSettings, Rule, WeightAverage},
    tasks::{Labelled, RowReader, Shown, Supervised, Task},
    train::{Schedule, TrainSettings},
    weights,
};
use serde::Deserialize;

use crate::reference::{
    TensorReference, assert_close, classes, codes, draw, feed_forward, head, tensors_of,
    weight_file,
};

#[derive(Deserialize)]
struct Reference {
    batch: usize,
    tensors: Vec<TensorReference>,
    training: Vec<TrainingReference>,
    schedules: Vec<ScheduleReference>,
}

#[derive(Deserialize)]
struct TrainingReference {
    name: String,
    settings: OptimiserSettings,
    learning_rate: f64,
    /// Factor of the learning rate from step to step.
    decay: f64,
    average: Option<f64>,
    losses: Vec<f64>,
    weights: BTreeMap<String, Vec<f64>>,
    averaged: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct ScheduleReference {
    name: String,
    schedule: Schedule,
    epochs: usize,
    batches: usize,
    warm_up: f64,
    rates: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../reference/optimisers.json")).unwrap()
}

/// The network of the reference, learning four classes.
struct Training {
    network: FeedForward,
    optimiser: Optimiser,
    average: WeightAverage,
    batch: usize,
    step: usize,
}

impl Training {
    fn new(settings: &OptimiserSettings, average: f64) -> Self {
        let Reference { tensors, batch, .. } = reference();
        let mut network = feed_forward(vec![5], 4, NormActivation::default());
        weights::load(&mut network, weight_file(&tensors)).unwrap();
        let optimiser = Optimiser::new(settings);
        Training { network, optimiser, average: WeightAverage::new(average), batch, step: 0 }
    }

    /// One step; its loss.
    fn step(mut self, learning_rate: f64) -> (Self, f64) {
        let labels = classes(12, 4);
        let rows = EncodedTable {
            examples: 12,
            dense_width: 3,
            dense: draw(50, 36, 4.0),
            codes: codes(12),
        };
        let labelled = Labelled { labels: Some(&labels), weights: None };
        let task = Supervised::new(RowReader::new(rows), head(4), labelled);
        let first = self.step * self.batch;
        let examples: Vec<usize> = (first..first + self.batch).map(|at| at % 12).collect();
        let loaded = task.load(&examples, Shown::AsTheyAre).unwrap();
        let batch = task.batch(loaded, &Device::flex().autodiff());
        let loss = task.loss(&self.network, batch);
        let value = loss.clone().into_scalar::<f64>();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimiser.step(learning_rate, self.network, gradients);
        self.average.update(&self.network);
        self.step += 1;
        (self, value)
    }

    fn steps(self, steps: usize) -> Self {
        (0..steps).fold(self, |training, _| training.step(0.01).0)
    }

    fn bytes(&self) -> [Vec<u8>; 2] {
        let averaged = self.average.network(&self.network);
        [&self.network, &averaged].map(|network| weights::to_bytes(network).unwrap())
    }
}

fn assert_weights<M: Module>(what: &str, network: &M, expected: &BTreeMap<String, Vec<f64>>) {
    let found = tensors_of(&weights::to_bytes(network).unwrap());
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (name, expected) in expected {
        assert_close(&format!("{what}, {name}"), &found[name], expected, 1e-5);
    }
}

#[test]
fn fifty_steps_of_every_optimiser_are_those_of_pytorch() {
    for expected in reference().training {
        let mut training = Training::new(&expected.settings, expected.average.unwrap_or(0.0));
        let mut losses = Vec::new();
        for step in 0..expected.losses.len() {
            let rate = expected.learning_rate * expected.decay.powi(step as i32);
            let (next, loss) = training.step(rate);
            training = next;
            losses.push(loss);
        }
        assert_eq!(losses.len(), 50);
        assert_close(&format!("{}, losses", expected.name), &losses, &expected.losses, 1e-5);
        assert_weights(&expected.name, &training.network, &expected.weights);
        if expected.average.is_some() {
            let averaged = training.average.network(&training.network);
            assert_weights(&format!("{}, averaged", expected.name), &averaged, &expected.averaged);
        }
    }
}

#[test]
fn the_rates_of_every_schedule_are_those_of_pytorch() {
    for expected in reference().schedules {
        let mut settings = TrainSettings::new(expected.epochs, 1, 0.4, 1);
        (settings.schedule, settings.warm_up) = (expected.schedule, expected.warm_up);
        let steps = 0..expected.epochs * expected.batches;
        let found: Vec<f64> =
            steps.map(|step| settings.learning_rate_at(step, expected.batches)).collect();
        assert_close(&expected.name, &found, &expected.rates, 1e-8);
    }
}

#[test]
fn a_state_taken_out_and_put_back_goes_on_with_the_same_bits() {
    let inside = |rule| match rule {
        Rule::Adam { beta1, beta2, .. } => {
            Rule::Adam { beta1, beta2, epsilon: Epsilon::InsideRoot }
        }
        other => other,
    };
    for rule in [Rule::Descent, Rule::MOMENTUM, Rule::RMSPROP, Rule::ADAM, inside(Rule::ADAM)] {
        let settings = OptimiserSettings {
            rule,
            l1: 1e-3,
            l2: 1e-3,
            weight_decay: 1e-2,
            clip_norm: Some(0.3),
            clip_value: Some(0.2),
        };
        let undisturbed = Training::new(&settings, 0.9).steps(10);
        let before = Training::new(&settings, 0.9).steps(5);
        let mut after = Training::new(&settings, 0.9);
        weights::load(&mut after.network, weights::to_bytes(&before.network).unwrap()).unwrap();
        after.step = 5;
        after.optimiser.restore(before.optimiser.state(), &after.network).unwrap();
        after.average.restore(before.average.state(), &after.network).unwrap();
        assert!(after.optimiser.state() == before.optimiser.state(), "{rule:?}");
        let after = after.steps(5);
        assert!(after.bytes() == undisturbed.bytes(), "{rule:?}: other bits");
        assert!(after.optimiser.state() == undisturbed.optimiser.state(), "{rule:?}");
        assert!(after.average.state() == undisturbed.average.state(), "{rule:?}");
    }
}
