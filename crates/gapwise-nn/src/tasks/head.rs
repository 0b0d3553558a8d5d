//! What a network's logits mean: one class of several, or a number.

use burn::{
    nn::loss::CrossEntropyLossConfig,
    tensor::{Device, Int, Tensor, TensorData},
};
use gapwise_data::Labels;
use gapwise_study::predictions::{Outcome, Target};
use serde::{Deserialize, Serialize};

use super::Answer;

/// How logits are trained and read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "predicts")]
pub enum Head {
    /// Softmax over the classes; the loss is cross-entropy in nats.
    Class {
        /// Class names, in the order of the logits.
        names: Vec<String>,
    },
    /// One logit: the label less `mean`, over `deviation`; the loss is the squared error in these
    /// standardised units.
    Number {
        /// The label's name.
        name: String,
        /// Mean of the training labels.
        mean: f64,
        /// Standard deviation of the training labels; 1 where they are all equal.
        deviation: f64,
    },
}

/// The labels of a batch, on a device.
#[derive(Debug, Clone)]
pub enum Targets {
    /// `[batch]`: class numbers.
    Classes(Tensor<1, Int>),
    /// `[batch, 1]`: standardised labels.
    Numbers(Tensor<2>),
}

impl Head {
    /// The head that suits these labels; a number's mean and deviation are those of `train`.
    pub fn fit(labels: &Labels, name: &str, train: &[usize]) -> Self {
        match labels {
            Labels::Classes { names, .. } => Head::Class { names: names.clone() },
            Labels::Numbers(numbers) => {
                let n = train.len().max(1) as f64;
                let mean = train.iter().map(|&i| numbers[i]).sum::<f64>() / n;
                let variance = train.iter().map(|&i| (numbers[i] - mean).powi(2)).sum::<f64>() / n;
                let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
                Head::Number { name: name.to_owned(), mean, deviation }
            }
        }
    }

    /// Logits that the network must give.
    pub fn outputs(&self) -> usize {
        match self {
            Head::Class { names } => names.len(),
            Head::Number { .. } => 1,
        }
    }

    /// The prediction table's word for it.
    pub fn target(&self) -> Target {
        match self {
            Head::Class { names } => Target::Class { names: names.clone() },
            Head::Number { name, .. } => Target::Number { name: name.clone() },
        }
    }

    /// The labels of `examples` on `device`.
    pub fn targets(&self, labels: &Labels, examples: &[usize], device: &Device) -> Targets {
        match (self, labels) {
            (Head::Number { mean, deviation, .. }, Labels::Numbers(numbers)) => {
                let standardised: Vec<f32> =
                    examples.iter().map(|&i| ((numbers[i] - mean) / deviation) as f32).collect();
                let data = TensorData::new(standardised, [examples.len(), 1]);
                Targets::Numbers(Tensor::from_data(data, device))
            }
            (_, Labels::Classes { of, .. }) => {
                let classes: Vec<i32> = examples.iter().map(|&i| of[i] as i32).collect();
                let data = TensorData::new(classes, [examples.len()]);
                Targets::Classes(Tensor::from_data(data, device))
            }
            (Head::Class { .. }, Labels::Numbers(_)) => {
                unreachable!("a head is fitted to the labels that it is used with")
            }
        }
    }

    /// Mean loss of a batch of `logits` `[batch, outputs]`.
    pub fn loss(&self, logits: Tensor<2>, targets: Targets) -> Tensor<1> {
        match targets {
            Targets::Classes(classes) => {
                CrossEntropyLossConfig::new().init(&logits.device()).forward(logits, classes)
            }
            Targets::Numbers(numbers) => (logits - numbers).square().mean(),
        }
    }

    /// Reads `logits` `[batch, outputs]` of these examples, whose labels are among `labels`.
    pub fn answers(&self, logits: Tensor<2>, labels: &Labels, examples: &[usize]) -> Vec<Answer> {
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let each = logits.chunks_exact(self.outputs()).zip(examples);
        match (self, labels) {
            (Head::Number { mean, deviation, .. }, Labels::Numbers(labels)) => {
                let read = |(logits, &example): (&[f32], &usize)| {
                    let label = labels[example];
                    let prediction = f64::from(logits[0]) * deviation + mean;
                    let loss = ((prediction - label) / deviation).powi(2) as f32;
                    Answer { outcome: Outcome::Number { label, prediction }, loss }
                };
                each.map(read).collect()
            }
            (_, Labels::Classes { of, .. }) => {
                each.map(|(logits, &example)| class_answer(logits, of[example])).collect()
            }
            (Head::Class { .. }, Labels::Numbers(_)) => {
                unreachable!("a head is fitted to the labels that it is used with")
            }
        }
    }
}

/// Softmax of one example's logits; ties go to the class of the lowest number.
fn class_answer(logits: &[f32], label: u32) -> Answer {
    let mut prediction = 0;
    for (class, &logit) in logits.iter().enumerate() {
        if logit > logits[prediction] {
            prediction = class;
        }
    }
    let highest = logits[prediction];
    let sum: f32 = logits.iter().map(|&logit| (logit - highest).exp()).sum();
    let scores = logits.iter().map(|&logit| (logit - highest).exp() / sum).collect();
    let loss = sum.ln() - (logits[label as usize] - highest);
    Answer { outcome: Outcome::Class { label, prediction: prediction as u32, scores }, loss }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_is_the_one_worked_by_hand() {
        let device = Device::flex();
        let head = Head::Class { names: vec!["a".into(), "b".into(), "c".into()] };
        let labels = Labels::Classes { names: vec![], of: vec![2, 0] };
        let targets = head.targets(&labels, &[0, 1], &device);
        let logits = Tensor::from_data([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], &device);
        // First: ln(e¹ + e² + e³) − 3 = ln(30.1929) − 3 = 0.407606. Second: ln 3 = 1.098612.
        let answers = head.answers(logits.clone(), &labels, &[0, 1]);
        assert!((answers[0].loss - 0.407_606).abs() < 1e-5);
        assert!((answers[1].loss - 1.098_612).abs() < 1e-5);
        let Outcome::Class { prediction, scores, .. } = &answers[0].outcome else { panic!() };
        assert_eq!(*prediction, 2);
        // e³ / 30.1929 = 0.665241.
        assert!((scores[2] - 0.665_241).abs() < 1e-5);
        let mean: f32 = head.loss(logits, targets).into_scalar();
        assert!((mean - (0.407_606 + 1.098_612) / 2.0).abs() < 1e-5);
    }

    #[test]
    fn a_number_is_standardised_for_the_loss_and_read_back_in_its_own_unit() {
        let device = Device::flex();
        let labels = Labels::Numbers(vec![10.0, 30.0, 90.0]);
        // Fitted on the first two: mean 20, deviation √((100 + 100) / 2) = 10.
        let head = Head::fit(&labels, "price", &[0, 1]);
        assert_eq!(head, Head::Number { name: "price".into(), mean: 20.0, deviation: 10.0 });
        let targets = head.targets(&labels, &[2], &device);
        // The label 90 is 7 in standardised units; the logit 5 means 70; (5 − 7)² = 4.
        let answers = head.answers(Tensor::from_data([[5.0]], &device), &labels, &[2]);
        assert_eq!(answers[0].outcome, Outcome::Number { label: 90.0, prediction: 70.0 });
        assert_eq!(answers[0].loss, 4.0);
        let loss: f32 = head.loss(Tensor::from_data([[5.0]], &device), targets).into_scalar();
        assert_eq!(loss, 4.0);
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let answer = class_answer(&[1e30, -1e30], 0);
        assert_eq!(answer.loss, 0.0);
        assert_eq!(
            answer.outcome,
            Outcome::Class { label: 0, prediction: 0, scores: vec![1.0, 0.0] }
        );
    }
}
