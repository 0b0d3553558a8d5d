//! `metric.optimise` and `metric.positive`: what everything is judged by; `metric.constraints`: what it
//! has to meet beside.

use gapwise_data::{Dataset, Labels, Note, Split, Splits};
use gapwise_study::{
    constraint::Constraint,
    diagnosis::DiagnoseError,
    metric::{Metric, MetricKind},
    predictions::{Outcome, Target, rarer_class},
};
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// What was typed of the metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct MetricChoice {
    /// The one that ranks epochs, rungs and networks. Default: error rate for classes, RMSE for
    /// numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimise: Option<MetricKind>,
    /// Name of the positive class of two. Default: the one that is rarer in train; of equally
    /// frequent ones that of the later name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// Satisficing constraints, such as `latency-p95 <= 20 ms`. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
}

/// What a run is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Judging {
    /// The metric.
    pub metric: Metric,
    /// The metric that these labels have by default.
    pub usual: MetricKind,
    /// The positive class of two.
    pub positive: Option<String>,
    /// What is to be said of the positive class, where the metric has one and nobody chose another.
    pub note: Option<Note>,
}

/// What a data set predicts.
pub(crate) fn target(dataset: &Dataset) -> Target {
    Target::of(&dataset.labels, &dataset.label_name)
}

/// The class of two that is positive unless another is named.
pub(super) fn default_positive(dataset: &Dataset, splits: &Splits) -> Option<String> {
    let Labels::Classes { names, of } = &dataset.labels else { return None };
    let train = splits.indices(Split::Train);
    let class = rarer_class(names, train.into_iter().map(|example| of[example]))?;
    names.get(class as usize).cloned()
}

impl MetricChoice {
    /// The constraints, checked for what is predicted.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Constraint`] for the first that is none, or that does not fit.
    pub fn constraints(&self, target: &Target) -> Result<Vec<Constraint>, ConfigError> {
        let checked = |typed: &String| {
            let constraint: Constraint = typed.parse()?;
            constraint.check(target)?;
            Ok(constraint)
        };
        self.constraints.iter().map(checked).collect()
    }

    /// Fills what was not typed, and checks it against the data.
    ///
    /// # Errors
    ///
    /// A metric that does not fit the labels, and a positive class that there is not.
    pub(crate) fn judging(
        &self,
        target: &Target,
        default: Option<&str>,
    ) -> Result<Judging, ConfigError> {
        let kind = self.optimise.unwrap_or(MetricKind::of(target));
        if !kind.fits(target) {
            let error = DiagnoseError::metric_does_not_fit(kind, target);
            return Err(ConfigError::Metric(error));
        }
        let positive = self.positive.as_deref().or(default);
        let number = match (target.class_names(), positive) {
            (_, None) => None,
            (Some(names), Some(positive)) if names.len() == 2 => {
                let place = names.iter().position(|name| name == positive);
                Some(place.ok_or_else(|| ConfigError::NoSuchClass {
                    found: positive.to_owned(),
                    classes: names.to_vec(),
                })? as u32)
            }
            (Some(_), _) => return Err(no_use_of_positive("there are more")),
            (None, _) => return Err(no_use_of_positive("the labels are numbers")),
        };
        let by_rule = positive.filter(|_| positive == default && kind.has_positive());
        let note = by_rule.map(|class| Note {
            said: format!(
                "the positive class is `{class}`, the rarer in train or, of equals, the later name"
            ),
            change_with: Some("--set metric.positive=NAME".into()),
        });
        Ok(Judging {
            metric: kind.with_positive(number),
            usual: MetricKind::of(target),
            positive: positive.map(str::to_owned),
            note,
        })
    }
}

fn no_use_of_positive(is: &'static str) -> ConfigError {
    ConfigError::NotForThisData { key: "metric.positive", needs: "two classes", is }
}

/// Whether the metric is defined on the validation examples, whatever a network answers.
///
/// # Errors
///
/// [`DiagnoseError::Undefined`] with the reason, so that nothing is trained in vain.
pub(crate) fn check_defined(
    metric: Metric,
    dataset: &Dataset,
    splits: &Splits,
) -> Result<(), DiagnoseError> {
    let validation = splits.indices(Split::Validation);
    if metric.kind == MetricKind::of(&target(dataset)) || validation.is_empty() {
        return Ok(());
    }
    let target = target(dataset);
    let truth = |&example: &usize| target.truth(&dataset.labels, example);
    let Some(constant) = target.constant(validation.iter().filter_map(truth)) else {
        return Ok(());
    };
    let outcome =
        |example| Outcome { truth: truth(example), prediction: constant.prediction.clone() };
    let outcomes: Vec<Outcome> = validation.iter().map(outcome).collect();
    match metric.error_of(outcomes.iter().map(|outcome| (outcome, 1.0))) {
        Ok(_) => Ok(()),
        Err(why) => Err(DiagnoseError::Undefined { metric: metric.kind.name(), why }),
    }
}
