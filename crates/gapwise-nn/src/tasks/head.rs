//! What a network's logits mean: one class of several, or a number.

use burn::tensor::{Device, Int, Tensor, TensorData};
use gapwise_data::Labels;
use gapwise_kernels::loss;
use gapwise_study::{
    metric::{Metric, MetricKind},
    predictions::{Outcome, Prediction, Target, Truth},
};
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

/// The right answers of all examples, where they are known, and what each example counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Labelled<'a> {
    /// One label per example; `None` where answers are asked for and nothing is learned or judged.
    pub labels: Option<&'a Labels>,
    /// One weight per example, at least 0; all are 1 where there are none.
    pub weights: Option<&'a [f32]>,
}

impl Labelled<'_> {
    fn weight(&self, example: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[example]))
    }
}

/// The labels of a batch.
#[derive(Debug, Clone)]
pub struct LoadedTargets {
    labels: LoadedLabels,
    weights: Option<Vec<f32>>,
}

#[derive(Debug, Clone)]
enum LoadedLabels {
    Classes(Vec<i32>),
    /// Standardised.
    Numbers(Vec<f32>),
}

impl LoadedTargets {
    /// Examples of the batch.
    #[allow(clippy::len_without_is_empty)] // Nobody asks a batch whether it is empty.
    pub fn len(&self) -> usize {
        match &self.labels {
            LoadedLabels::Classes(classes) => classes.len(),
            LoadedLabels::Numbers(numbers) => numbers.len(),
        }
    }

    /// The same on a device.
    pub fn to_device(self, device: &Device) -> Targets {
        let examples = self.len();
        let labels = match self.labels {
            LoadedLabels::Classes(classes) => TargetLabels::Classes(Tensor::from_data(
                TensorData::new(classes, [examples]),
                device,
            )),
            LoadedLabels::Numbers(numbers) => TargetLabels::Numbers(Tensor::from_data(
                TensorData::new(numbers, [examples, 1]),
                device,
            )),
        };
        let weights = self.weights.map(|weights| {
            // Each example's share of the batch's weight; of no weight at all, nothing.
            let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
            let share =
                |weight: f32| if sum > 0.0 { (f64::from(weight) / sum) as f32 } else { 0.0 };
            let shares: Vec<f32> = weights.into_iter().map(share).collect();
            Tensor::from_data(TensorData::new(shares, [examples, 1]), device)
        });
        Targets { labels, weights }
    }
}

/// The labels of a batch, on a device.
#[derive(Debug, Clone)]
pub struct Targets {
    labels: TargetLabels,
    /// `[batch, 1]`: weights over their sum; `None` where all are alike.
    weights: Option<Tensor<2>>,
}

#[derive(Debug, Clone)]
enum TargetLabels {
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
            Head::Class { names } => Target::classes(names.clone()),
            Head::Number { name, .. } => Target::number(name.clone()),
        }
    }

    /// What answers are judged by unless another metric is asked for: error rate for classes, RMSE
    /// for numbers.
    pub fn metric(&self) -> Metric {
        MetricKind::of(&self.target()).metric()
    }

    /// The labels of `examples`.
    pub fn load(&self, of: Labelled<'_>, examples: &[usize]) -> LoadedTargets {
        let labels = match (self, of.labels) {
            (Head::Number { mean, deviation, .. }, Some(Labels::Numbers(numbers))) => {
                let standardised = |&i: &usize| ((numbers[i] - mean) / deviation) as f32;
                LoadedLabels::Numbers(examples.iter().map(standardised).collect())
            }
            (Head::Class { .. }, Some(Labels::Classes { of, .. })) => {
                LoadedLabels::Classes(examples.iter().map(|&i| of[i] as i32).collect())
            }
            _ => unreachable!("a network learns from the labels that its head was fitted to"),
        };
        let weights = of.weights.map(|weights| examples.iter().map(|&i| weights[i]).collect());
        LoadedTargets { labels, weights }
    }

    /// Mean loss of a batch of `logits` `[batch, outputs]`: Σ w·loss / Σ w, as PyTorch has it; 0
    /// where every weight is.
    pub fn loss(&self, logits: Tensor<2>, targets: Targets) -> Tensor<1> {
        match targets.labels {
            TargetLabels::Classes(classes) => {
                let weights = targets.weights.map(|weights| weights.squeeze_dim(1));
                loss::softmax_cross_entropy(logits, classes, weights)
            }
            TargetLabels::Numbers(numbers) => loss::squared_error(logits, numbers, targets.weights),
        }
    }

    /// Reads `logits` `[batch, outputs]` of these examples. Without labels no answer has a truth or a
    /// loss, which is then NaN.
    pub fn answers(&self, logits: Tensor<2>, of: Labelled<'_>, examples: &[usize]) -> Vec<Answer> {
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let target = self.target();
        let each = logits.chunks_exact(self.outputs()).zip(examples);
        let answer = |(logits, &example): (&[f32], &usize)| {
            let truth = of.labels.and_then(|labels| target.truth(labels, example));
            let (prediction, loss) = match self {
                Head::Class { .. } => {
                    let label = truth.as_ref().and_then(Truth::class);
                    class_answer(logits, label)
                }
                Head::Number { mean, deviation, .. } => {
                    let prediction = f64::from(logits[0]) * deviation + mean;
                    let label = truth.as_ref().and_then(Truth::number).unwrap_or(f64::NAN);
                    let loss = ((prediction - label) / deviation).powi(2) as f32;
                    (Prediction::Number(prediction), loss)
                }
            };
            Answer { outcome: Outcome { truth, prediction }, loss, weight: of.weight(example) }
        };
        each.map(answer).collect()
    }
}

/// Softmax of one example's logits, and the loss where the right class is known; ties go to the class
/// of the lowest number.
fn class_answer(logits: &[f32], label: Option<u32>) -> (Prediction, f32) {
    let mut class = 0;
    for (other, &logit) in logits.iter().enumerate() {
        if logit > logits[class] {
            class = other;
        }
    }
    let highest = logits[class];
    let sum: f32 = logits.iter().map(|&logit| (logit - highest).exp()).sum();
    let scores = logits.iter().map(|&logit| (logit - highest).exp() / sum).collect();
    let right = |label: u32| sum.ln() - (logits[label as usize] - highest);
    (Prediction::class(class as u32, scores), label.map_or(f32::NAN, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_is_the_one_worked_by_hand() {
        let device = Device::flex();
        let head = Head::Class { names: vec!["a".into(), "b".into(), "c".into()] };
        let labels = Labels::Classes { names: vec![], of: vec![2, 0] };
        let of = Labelled { labels: Some(&labels), weights: None };
        let targets = head.load(of, &[0, 1]).to_device(&device);
        let logits = Tensor::from_data([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], &device);
        // First: ln(e¹ + e² + e³) − 3 = ln(30.1929) − 3 = 0.407606. Second: ln 3 = 1.098612.
        let answers = head.answers(logits.clone(), of, &[0, 1]);
        assert!((answers[0].loss - 0.407_606).abs() < 1e-5);
        assert!((answers[1].loss - 1.098_612).abs() < 1e-5);
        let answered = answers[0].outcome.classified().unwrap();
        let (prediction, scores) = (&answered.prediction, answered.scores);
        assert_eq!(*prediction, 2);
        // e³ / 30.1929 = 0.665241.
        assert!((scores[2] - 0.665_241).abs() < 1e-5);
        let mean: f32 = head.loss(logits.clone(), targets).into_scalar();
        assert!((mean - (0.407_606 + 1.098_612) / 2.0).abs() < 1e-5);
        // Weighted by 3 and 1: (3 · 0.407606 + 1.098612) / 4 = 0.580358.
        let weighted = |weights: &[f32]| -> f32 {
            let of = Labelled { labels: Some(&labels), weights: Some(weights) };
            let targets = head.load(of, &[0, 1]).to_device(&device);
            head.loss(logits.clone(), targets).into_scalar()
        };
        assert!((weighted(&[3.0, 1.0]) - 0.580_358).abs() < 1e-5);
        assert_eq!(weighted(&[0.0, 0.0]), 0.0);
    }

    #[test]
    fn a_number_is_standardised_for_the_loss_and_read_back_in_its_own_unit() {
        let device = Device::flex();
        let labels = Labels::Numbers(vec![10.0, 30.0, 90.0]);
        // Fitted on the first two: mean 20, deviation √((100 + 100) / 2) = 10.
        let head = Head::fit(&labels, "price", &[0, 1]);
        assert_eq!(head, Head::Number { name: "price".into(), mean: 20.0, deviation: 10.0 });
        let of = Labelled { labels: Some(&labels), weights: Some(&[1.0, 1.0, 0.5]) };
        let targets = head.load(of, &[2]).to_device(&device);
        // The label 90 is 7 in standardised units; the logit 5 means 70; (5 − 7)² = 4.
        let answers = head.answers(Tensor::from_data([[5.0]], &device), of, &[2]);
        assert_eq!(answers[0].outcome, Outcome::number(90.0, 70.0));
        assert_eq!((answers[0].loss, answers[0].weight), (4.0, 0.5));
        let loss: f32 = head.loss(Tensor::from_data([[5.0]], &device), targets).into_scalar();
        assert_eq!(loss, 4.0);
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let (prediction, loss) = class_answer(&[1e30, -1e30], Some(0));
        assert_eq!(loss, 0.0);
        assert_eq!(prediction, Prediction::class(0, vec![1.0, 0.0]));
        // Without a label there is an answer and no loss.
        let (same, loss) = class_answer(&[1e30, -1e30], None);
        assert_eq!(same, prediction);
        assert!(loss.is_nan());
    }
}
