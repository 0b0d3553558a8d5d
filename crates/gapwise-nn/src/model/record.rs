//! What is stored of a model.

use gapwise_data::{Labels, source::Reading};
use gapwise_study::run::Record;
use serde::{Deserialize, Serialize};

use super::NetworkRecord;
use crate::tasks::HeadRecord;

/// What `model.json` holds: how raw examples become the network's input, and its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// How the data was read.
    pub reading: Reading,
    /// What the logits mean.
    pub head: HeadRecord,
    /// Encoder and network.
    pub network: NetworkRecord,
    /// What an example of each class counts, in the order of the classes; all alike where there is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<Vec<f64>>,
}

impl ModelRecord {
    /// What each example counts in loss and metric: its own weight times that of its class. `None`
    /// where all are alike.
    pub fn weights(&self, labels: &Labels, examples: Option<&[f32]>) -> Option<Vec<f32>> {
        let (Some(classes), Labels::Classes { of, .. }) = (&self.class_weights, labels) else {
            return examples.map(<[f32]>::to_vec);
        };
        let own = |example: usize| examples.map_or(1.0, |weights| f64::from(weights[example]));
        let weight = |(example, &class): (usize, &u32)| {
            (own(example) * classes.get(class as usize).copied().unwrap_or(1.0)) as f32
        };
        Some(of.iter().enumerate().map(weight).collect())
    }
}

impl Record for ModelRecord {
    const FILE: &'static str = "model.json";
}
