//! A number: one logit, and the squared error in standardised units.

use burn::tensor::{Device, Tensor, TensorData};
use gapwise_data::{DataError, Labels};
use gapwise_kernels::loss;
use gapwise_study::{
    baseline::linear::LinearTargets,
    predictions::{Outcome, Prediction, Target, Truth},
};
use serde::{Deserialize, Serialize};

use super::{Answer, Head, Labelled, LinearHead, shares};
use crate::export::{Axis, Element, Graph, Operator, Port, Value, data_type, json};

/// One logit: the label less `mean`, over `deviation`; the loss is the squared error in these
/// standardised units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberHead {
    /// The label's name.
    pub name: String,
    /// Mean of the training labels.
    pub mean: f64,
    /// Standard deviation of the training labels; 1 where they are all equal.
    pub deviation: f64,
}

/// Standardised labels of a batch, and what its examples count.
#[derive(Debug, Clone)]
pub struct LoadedNumbers {
    numbers: Vec<f32>,
    weights: Option<Vec<f32>>,
}

/// The same on a device.
#[derive(Debug, Clone)]
pub struct NumberTargets {
    /// `[batch, 1]`.
    numbers: Tensor<2>,
    /// `[batch, 1]`: weights over their sum; `None` where all are alike.
    weights: Option<Tensor<2>>,
}

impl NumberHead {
    /// The head for these labels, where they are numbers.
    pub(super) fn of(labels: &Labels, name: &str, train: &[usize]) -> Option<Self> {
        match labels {
            Labels::Numbers(numbers) => Some(Self::fit(name, numbers, train)),
            Labels::Classes { .. } => None,
        }
    }

    /// The head for the label `name`, with mean and deviation of the examples `train` of `numbers`.
    pub fn fit(name: &str, numbers: &[f64], train: &[usize]) -> Self {
        let n = train.len().max(1) as f64;
        let mean = train.iter().map(|&i| numbers[i]).sum::<f64>() / n;
        let variance = train.iter().map(|&i| (numbers[i] - mean).powi(2)).sum::<f64>() / n;
        let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        NumberHead { name: name.to_owned(), mean, deviation }
    }

    pub(super) fn about(&self) -> Vec<(&'static str, String)> {
        vec![
            ("label", json(&self.name)),
            ("label_mean", json(&self.mean)),
            ("label_deviation", json(&self.deviation)),
        ]
    }

    pub(super) fn answer_in(&self, graph: &mut Graph<'_>, logits: &Value) {
        let axis = graph.integers("answer/axis", &[1], &[1]);
        let x = graph.node("answer", Operator::new("Squeeze"), &[logits, &axis]); // [batch]
        let double = Operator::new("Cast").int("to", data_type(Element::Float64));
        let x = graph.node("answer", double, &[&x]);
        let deviation = graph.double("answer/deviation", self.deviation);
        let x = graph.node("answer", Operator::new("Mul"), &[&x, &deviation]);
        let mean = graph.double("answer/mean", self.mean);
        let port = Port {
            name: "prediction".into(),
            element: Element::Float64,
            shape: vec![Axis::BATCH],
            says: format!("`{}` in its own unit", self.name),
            words: Vec::new(),
        };
        graph.output(port, &Operator::new("Add"), &[&x, &mean]);
    }

    pub(super) fn linear(&self) -> Option<&dyn LinearHead> {
        Some(self)
    }

    /// Logits that the network must give: 1.
    pub fn outputs(&self) -> usize {
        1
    }

    /// A label in standardised units.
    pub fn standardised(&self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }

    /// A standardised number in the label's own unit.
    pub fn in_own_unit(&self, standardised: f64) -> f64 {
        standardised * self.deviation + self.mean
    }
}

impl Head for NumberHead {
    type Outputs = Tensor<2>;
    type Loaded = LoadedNumbers;
    type Targets = NumberTargets;

    fn target(&self) -> Target {
        Target::number(self.name.clone())
    }

    fn load(&self, of: Labelled<'_>, examples: &[usize]) -> Result<LoadedNumbers, DataError> {
        let Some(Labels::Numbers(numbers)) = of.labels else {
            return Err(of.other_than("numbers"));
        };
        let numbers = examples.iter().map(|&i| self.standardised(numbers[i]) as f32).collect();
        Ok(LoadedNumbers { numbers, weights: of.weights_of(examples) })
    }

    fn targets(&self, loaded: LoadedNumbers, device: &Device) -> NumberTargets {
        let LoadedNumbers { numbers, weights } = loaded;
        let examples = numbers.len();
        NumberTargets {
            numbers: Tensor::from_data(TensorData::new(numbers, [examples, 1]), device),
            weights: shares(weights, device),
        }
    }

    fn loss(&self, logits: Tensor<2>, targets: NumberTargets) -> Tensor<1> {
        loss::squared_error(logits, targets.numbers, targets.weights)
    }

    fn answers(
        &self,
        logits: Tensor<2>,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let numbers = match of.labels {
            None => None,
            Some(Labels::Numbers(numbers)) => Some(numbers),
            Some(_) => return Err(of.other_than("numbers")),
        };
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let answer = |(&logit, &example): (&f32, &usize)| {
            let label = numbers.map(|numbers| numbers[example]);
            let prediction = self.in_own_unit(f64::from(logit));
            let apart = (prediction - label.unwrap_or(f64::NAN)) / self.deviation;
            let prediction = Prediction::Number(prediction);
            let outcome = Outcome { truth: label.map(Truth::Number), prediction };
            Answer { outcome, loss: apart.powi(2) as f32, weight: of.weight(example) }
        };
        Ok(logits.iter().zip(examples).map(answer).collect())
    }
}

impl LinearHead for NumberHead {
    fn linear_targets(
        &self,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<LinearTargets, DataError> {
        let Some(Labels::Numbers(numbers)) = of.labels else {
            return Err(of.other_than("numbers"));
        };
        let numbers = examples.iter().map(|&i| self.standardised(numbers[i])).collect();
        Ok(LinearTargets::Numbers(numbers))
    }

    fn outputs(&self) -> usize {
        NumberHead::outputs(self)
    }

    fn outcome(
        &self,
        outputs: &[f64],
        of: Labelled<'_>,
        example: usize,
    ) -> Result<Outcome, DataError> {
        let Some(Labels::Numbers(numbers)) = of.labels else {
            return Err(of.other_than("numbers"));
        };
        Ok(Outcome::number(numbers[example], self.in_own_unit(outputs[0])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_standardised_for_the_loss_and_read_back_in_its_own_unit() {
        let device = Device::flex();
        let numbers = [10.0, 30.0, 90.0];
        let labels = Labels::Numbers(numbers.to_vec());
        // Fitted on the first two: mean 20, deviation √((100 + 100) / 2) = 10.
        let head = NumberHead::fit("price", &numbers, &[0, 1]);
        assert_eq!(head, NumberHead { name: "price".into(), mean: 20.0, deviation: 10.0 });
        let of = Labelled { labels: Some(&labels), weights: Some(&[1.0, 1.0, 0.5]) };
        let targets = head.targets(head.load(of, &[2]).unwrap(), &device);
        // The label 90 is 7 in standardised units; the logit 5 means 70; (5 − 7)² = 4.
        let answers = head.answers(Tensor::from_data([[5.0]], &device), of, &[2]).unwrap();
        assert_eq!(answers[0].outcome, Outcome::number(90.0, 70.0));
        assert_eq!((answers[0].loss, answers[0].weight), (4.0, 0.5));
        let loss: f32 = head.loss(Tensor::from_data([[5.0]], &device), targets).into_scalar();
        assert_eq!(loss, 4.0);
    }
}
