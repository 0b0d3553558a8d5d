//! Every metric that fits, beside the one that everything is judged by.

use gapwise_data::Split;
use serde::{Deserialize, Serialize};

use super::{
    DiagnoseOptions, Measured, Rung, RungError, RungKind, TrainRows,
    from_table::{Samples, defined},
};
use crate::{
    metric::{Metric, MetricKind},
    predictions::PredictionTable,
};

/// What one metric says of each split that was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedBy {
    /// The metric.
    pub metric: MetricKind,
    /// The positive class, where the metric has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// The unit of its errors, for people.
    pub unit: String,
    /// The splits, from train to test; one that the metric is not defined on is `Missing` with the
    /// reason.
    pub rungs: Vec<Rung>,
}

impl JudgedBy {
    /// The metric under its own name: `accuracy`, `F1 of spam`, `RMSE`.
    pub fn name(&self) -> String {
        let name = self.metric.own().unwrap_or(self.metric.name());
        match &self.positive {
            Some(class) => format!("{name} of {class}"),
            None => name.to_owned(),
        }
    }

    /// What the metric says of a split under its own name and in its own direction:
    /// `0.912 (0.880 – 0.931)`, or why there is nothing to say.
    pub fn said(&self, error: &RungError) -> String {
        match error {
            RungError::Missing { reason } => reason.clone(),
            RungError::Exact { error, .. } => self.metric.show_own(*error, None, &self.unit),
            RungError::Estimate { error, interval, .. } => {
                self.metric.show_own(*error, Some(*interval), &self.unit)
            }
        }
    }
}

/// Every metric that fits the answers of `table`, on each split that has rows. Intervals are
/// pointwise, at 95 %. Of `options`, the positive class of the metric and what is known of train
/// count; without a metric there, the [rarer class](PredictionTable::rarer_class) is positive.
pub fn every_metric(table: &PredictionTable, options: &DiagnoseOptions) -> Vec<JudgedBy> {
    let positive = match options.metric {
        Some(metric) => Some(metric.positive),
        None => table.rarer_class(),
    };
    MetricKind::fitting(&table.target)
        .map(|metric| judged_by(table, metric.with_positive(positive), options.train))
        .collect()
}

fn judged_by(table: &PredictionTable, metric: Metric, train: TrainRows) -> JudgedBy {
    let samples = Samples { table, metric };
    let splits = [
        (RungKind::Train, Split::Train),
        (RungKind::TrainValidation, Split::TrainValidation),
        (RungKind::Validation, Split::Validation),
        (RungKind::Test, Split::Test),
    ];
    let rung = |(kind, split): (RungKind, Split)| {
        let measured = match samples.of(split) {
            Ok(None) => return None,
            Ok(Some(sample)) if kind == RungKind::Train && train == TrainRows::All => {
                let error = metric.error(&sample);
                defined(error.map(|error| Measured::Known { error, examples: sample.examples() }))
            }
            Ok(Some(sample)) => defined(metric.estimate(&sample).map(Measured::Estimated)),
            Err(error) => Measured::Missing { reason: error.to_string() },
        };
        Some(Rung { kind, error: measured.rung() })
    };
    JudgedBy {
        metric: metric.kind,
        positive: table.target.positive_name(metric).cloned(),
        unit: metric.kind.unit(&table.target),
        rungs: splits.into_iter().filter_map(rung).collect(),
    }
}
