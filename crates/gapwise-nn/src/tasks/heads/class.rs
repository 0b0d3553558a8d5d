//! One class of several: softmax over logits `[batch, classes]`, and cross-entropy in nats.

use burn::tensor::{Device, Int, Tensor, TensorData};
use gapwise_data::{DataError, Labels};
use gapwise_kernels::loss;
use gapwise_study::{
    baseline::linear::LinearTargets,
    predictions::{Outcome, Prediction, Target, Truth},
};
use serde::{Deserialize, Serialize};

use super::{Answer, Head, Labelled, LinearHead, shares};
use crate::export::{Axis, Element, Graph, Operator, Port, Value, json};

/// Softmax over the classes; the loss is cross-entropy in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassHead {
    /// Class names, in the order of the logits.
    pub names: Vec<String>,
}

/// Class numbers of a batch, and what its examples count.
#[derive(Debug, Clone)]
pub struct LoadedClasses {
    classes: Vec<i32>,
    weights: Option<Vec<f32>>,
}

/// The same on a device.
#[derive(Debug, Clone)]
pub struct ClassTargets {
    /// `[batch]`.
    classes: Tensor<1, Int>,
    /// `[batch, 1]`: weights over their sum; `None` where all are alike.
    weights: Option<Tensor<2>>,
}

impl ClassHead {
    /// The head for these labels, where they are classes.
    pub(super) fn of(labels: &Labels, _name: &str, _train: &[usize]) -> Option<Self> {
        match labels {
            Labels::Classes { names, .. } => Some(ClassHead { names: names.clone() }),
            Labels::Numbers(_) => None,
        }
    }

    pub(super) fn about(&self) -> Vec<(&'static str, String)> {
        vec![("classes", json(&self.names))]
    }

    pub(super) fn answer_in(&self, graph: &mut Graph<'_>, logits: &Value) {
        let port = Port {
            name: "probabilities".into(),
            element: Element::Float32,
            shape: vec![Axis::BATCH, Axis::Size(self.names.len())],
            says: "the probability of each class; the answer is the first of the highest".into(),
            words: self.names.clone(),
        };
        graph.output(port, &Operator::new("Softmax").int("axis", 1), &[logits]);
    }

    pub(super) fn linear(&self) -> Option<&dyn LinearHead> {
        Some(self)
    }

    /// Logits that the network must give.
    pub fn outputs(&self) -> usize {
        self.names.len()
    }
}

impl Head for ClassHead {
    type Outputs = Tensor<2>;
    type Loaded = LoadedClasses;
    type Targets = ClassTargets;

    fn target(&self) -> Target {
        Target::classes(self.names.clone())
    }

    fn load(&self, of: Labelled<'_>, examples: &[usize]) -> Result<LoadedClasses, DataError> {
        let Some(Labels::Classes { of: classes, .. }) = of.labels else {
            return Err(of.other_than("classes"));
        };
        let classes = examples.iter().map(|&i| classes[i] as i32).collect();
        Ok(LoadedClasses { classes, weights: of.weights_of(examples) })
    }

    fn targets(&self, loaded: LoadedClasses, device: &Device) -> ClassTargets {
        let LoadedClasses { classes, weights } = loaded;
        let examples = classes.len();
        ClassTargets {
            classes: Tensor::from_data(TensorData::new(classes, [examples]), device),
            weights: shares(weights, device),
        }
    }

    fn loss(&self, logits: Tensor<2>, targets: ClassTargets) -> Tensor<1> {
        let weights = targets.weights.map(|weights| weights.squeeze_dim(1));
        loss::softmax_cross_entropy(logits, targets.classes, weights)
    }

    fn answers(
        &self,
        logits: Tensor<2>,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let classes = match of.labels {
            None => None,
            Some(Labels::Classes { of, .. }) => Some(of),
            Some(_) => return Err(of.other_than("classes")),
        };
        let logits: Vec<f32> = logits.into_data().iter::<f32>().collect();
        let answer = |(logits, &example): (&[f32], &usize)| {
            let label = classes.map(|classes| classes[example]);
            let (prediction, loss) = answer_of(logits, label);
            let outcome = Outcome { truth: label.map(Truth::Class), prediction };
            Answer { outcome, loss, weight: of.weight(example) }
        };
        Ok(logits.chunks_exact(self.outputs()).zip(examples).map(answer).collect())
    }
}

impl LinearHead for ClassHead {
    fn linear_targets(
        &self,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<LinearTargets, DataError> {
        let Some(Labels::Classes { of: classes, .. }) = of.labels else {
            return Err(of.other_than("classes"));
        };
        let of = examples.iter().map(|&i| classes[i]).collect();
        Ok(LinearTargets::Classes { of, classes: self.outputs() })
    }

    fn outputs(&self) -> usize {
        ClassHead::outputs(self)
    }

    fn outcome(
        &self,
        logits: &[f64],
        of: Labelled<'_>,
        example: usize,
    ) -> Result<Outcome, DataError> {
        let Some(Labels::Classes { of: classes, .. }) = of.labels else {
            return Err(of.other_than("classes"));
        };
        let mut prediction = 0;
        for (class, &logit) in logits.iter().enumerate() {
            if logit > logits[prediction] {
                prediction = class;
            }
        }
        let highest = logits[prediction];
        let sum: f64 = logits.iter().map(|logit| (logit - highest).exp()).sum();
        let scores = logits.iter().map(|logit| ((logit - highest).exp() / sum) as f32).collect();
        Ok(Outcome::class(classes[example], prediction as u32, scores))
    }
}

/// Softmax of one example's logits, and the loss where the right class is known; ties go to the class
/// of the lowest number.
fn answer_of(logits: &[f32], label: Option<u32>) -> (Prediction, f32) {
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
        let head = ClassHead { names: vec!["a".into(), "b".into(), "c".into()] };
        let labels = Labels::Classes { names: vec![], of: vec![2, 0] };
        let of = Labelled { labels: Some(&labels), weights: None };
        let targets = head.targets(head.load(of, &[0, 1]).unwrap(), &device);
        let logits = Tensor::from_data([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], &device);
        // First: ln(e¹ + e² + e³) − 3 = ln(30.1929) − 3 = 0.407606. Second: ln 3 = 1.098612.
        let answers = head.answers(logits.clone(), of, &[0, 1]).unwrap();
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
            let targets = head.targets(head.load(of, &[0, 1]).unwrap(), &device);
            head.loss(logits.clone(), targets).into_scalar()
        };
        assert!((weighted(&[3.0, 1.0]) - 0.580_358).abs() < 1e-5);
        assert_eq!(weighted(&[0.0, 0.0]), 0.0);
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let (prediction, loss) = answer_of(&[1e30, -1e30], Some(0));
        assert_eq!(loss, 0.0);
        assert_eq!(prediction, Prediction::class(0, vec![1.0, 0.0]));
        // Without a label there is an answer and no loss.
        let (same, loss) = answer_of(&[1e30, -1e30], None);
        assert_eq!(same, prediction);
        assert!(loss.is_nan());
    }

    #[test]
    fn numbers_are_not_learned_as_classes() {
        let head = ClassHead { names: vec!["a".into(), "b".into()] };
        let numbers = Labels::Numbers(vec![1.0]);
        let of = Labelled { labels: Some(&numbers), weights: None };
        let said = "expected classes, as the network reads and learns, found numbers";
        assert_eq!(head.load(of, &[0]).unwrap_err().to_string(), said);
        let logits = Tensor::from_data([[1.0, 2.0]], &Device::flex());
        assert_eq!(head.answers(logits, of, &[0]).unwrap_err().to_string(), said);
    }
}
