//! From a prediction table to a ladder.

use gapwise_data::{Split, wording::shell_word};

use super::{
    DiagnoseError, DiagnoseOptions, Diagnosis, GroupKind, HumanLevel, Judged, Ladder, Measured,
    Origin, TOLERATED_SHARE, TestSplit, Tolerance, TrainRows,
};
use crate::{
    human::HumanEstimate,
    metric::{Estimate, Metric, MetricKind, Sample, Undefined, counted},
    predictions::PredictionTable,
    recipe::Remedies,
};

/// What the errors of the network that answered `table` say, and what to do next.
///
/// # Errors
///
/// As [`Ladder::of`].
pub fn diagnose(
    table: &PredictionTable,
    options: &DiagnoseOptions,
    remedies: &dyn Remedies,
) -> Result<Diagnosis, DiagnoseError> {
    Ok(Ladder::of(table, options)?.diagnose(remedies))
}

impl Ladder {
    /// The ladder of the network that answered `table`.
    ///
    /// # Errors
    ///
    /// A metric that does not fit the answers, or is not defined on validation; no validation rows;
    /// a split whose weights are all 0; answers that are not finite; a human level or a tolerance
    /// that the metric cannot have.
    pub fn of(table: &PredictionTable, options: &DiagnoseOptions) -> Result<Self, DiagnoseError> {
        let judged_by = options.metric.unwrap_or_else(|| MetricKind::of(&table.target).metric());
        let metric = judged_by.kind;
        if !metric.fits(&table.target) {
            return Err(DiagnoseError::metric_does_not_fit(metric, &table.target));
        }
        let unit = metric.unit(&table.target);
        let run = shell_word(&options.run);
        let samples = Samples { table, metric: judged_by };
        let mut assumed = Vec::new();

        let validation = samples.of(Split::Validation)?.ok_or(DiagnoseError::NoValidation)?;
        let validation_estimate = judged_by
            .estimate(&validation)
            .map_err(|why| DiagnoseError::Undefined { metric: metric.name(), why })?;
        let floor = judged_by.tolerance_floor(&validation);
        let tolerance = tolerance(options.tolerance, (metric, validation_estimate.error), floor)?;
        let judge = match options.judged {
            Judged::Run => format!("`gapwise diagnose {run} --human ERROR`"),
            Judged::Table => format!("`gapwise diagnose --predictions {run} --human ERROR`"),
        };
        let human = human(&options.human, metric, &judge)?;
        assumed.push(human_assumption(&options.human, metric, &unit));
        if tolerance.floor.is_some() {
            assumed.push(
                "The tolerance follows from the validation error and is as uncertain as that: a \
                 gap is judged by the interval of what it is above the tolerance."
                    .to_owned(),
            );
        }
        if options.judged == Judged::Table {
            assumed.push(
                "The table is another program's: its train rows are taken to be all of the \
                 training examples, and looks at its validation and test examples are not counted."
                    .to_owned(),
            );
        }

        let train = samples.of(Split::Train)?;
        let train_validation = samples.of(Split::TrainValidation)?;
        let test = samples.of(Split::Test)?;
        let all = [Some(&validation), train.as_ref(), train_validation.as_ref(), test.as_ref()];
        let weighted = all.into_iter().flatten().any(Sample::is_weighted);
        assumed.extend(weight_assumptions(table, weighted, &options.human));

        let train = match (train, options.train) {
            (None, _) => missing("no training examples were scored"),
            (Some(sample), TrainRows::All) => defined(
                judged_by
                    .error(&sample)
                    .map(|error| Measured::Known { error, examples: sample.examples() }),
            ),
            (Some(sample), TrainRows::Sample) => {
                assumed.push(format!(
                    "The train error is an estimate from {} drawn from train.",
                    counted(sample.examples(), "example")
                ));
                defined(judged_by.estimate(&sample).map(Measured::Estimated))
            }
        };
        let train_validation = match (train_validation, options.train_origin) {
            (Some(sample), _) => {
                Some(defined(judged_by.estimate(&sample).map(Measured::Estimated)))
            }
            (None, Origin::Elsewhere) => {
                assumed.push(
                    "Training data comes from elsewhere and none of it was held out, so variance \
                     and data mismatch are measured together."
                        .to_owned(),
                );
                Some(missing("no train-validation split: hold out some of the training source"))
            }
            (None, Origin::Validation) => None,
        };
        let test = match test {
            Some(sample) => {
                if options.test_origin == Origin::Elsewhere {
                    assumed.push(
                        "The test examples came ready made and may be of another origin than \
                         validation: the gap between the two mixes overfitting to validation with \
                         that difference."
                            .to_owned(),
                    );
                }
                defined(judged_by.estimate(&sample).map(Measured::Estimated))
            }
            None => missing(&match (options.judged, options.test) {
                (Judged::Table, _) => "the table has no rows of test".to_owned(),
                (Judged::Run, TestSplit::Closed) => {
                    format!("not looked at: `gapwise evaluate {run} --test`")
                }
                (Judged::Run, TestSplit::None) => {
                    "no test split: validation is the last word".to_owned()
                }
            }),
        };
        if validation.unit_of().is_some() {
            let (name, unit) = match options.groups {
                GroupKind::Groups => ("Groups", "group"),
                GroupKind::TimeBlocks => ("Time blocks", "time block"),
            };
            assumed.push(format!(
                "{name}, not examples, count as independent: {} in validation.",
                counted(validation.units(), unit)
            ));
        }
        Ok(Ladder {
            metric,
            positive: table.target.positive_name(judged_by).cloned(),
            unit,
            human,
            train,
            train_validation,
            validation: Measured::Estimated(validation_estimate),
            test,
            tolerance,
            looks: options.looks,
            assumed,
            test_origin: options.test_origin,
            weighted,
        })
    }
}

/// What was measured, or why there is nothing to measure.
pub(super) fn defined(measured: Result<Measured, Undefined>) -> Measured {
    measured.unwrap_or_else(|why| missing(&format!("not defined, because {why}")))
}

pub(super) struct Samples<'a> {
    pub(super) table: &'a PredictionTable,
    pub(super) metric: Metric,
}

impl Samples<'_> {
    /// The examples of one split; `None` where the table has none.
    pub(super) fn of(&self, split: Split) -> Result<Option<Sample>, DiagnoseError> {
        let counting = || self.table.of(split).filter(|row| row.weight != 0.0);
        let sample = Sample::of(self.metric, counting());
        let finite = |row: &[f64]| row.iter().all(|value| value.is_finite());
        let examples = sample.rows().filter(|row| !finite(row)).count();
        let first = sample.rows().zip(counting()).find(|(row, _)| !finite(row));
        match first {
            Some((_, row)) => {
                Err(DiagnoseError::NotFinite { split, examples, first: row.id.clone() })
            }
            None if sample.examples() > 0 => Ok(Some(sample)),
            None => match self.table.of(split).count() {
                0 => Ok(None),
                examples => Err(DiagnoseError::NoWeight { split, examples }),
            },
        }
    }
}

fn missing(reason: &str) -> Measured {
    Measured::Missing { reason: reason.to_owned() }
}

fn tolerance(
    given: Option<f64>,
    (metric, error): (MetricKind, f64),
    (floor, floor_reason): (f64, &str),
) -> Result<Tolerance, DiagnoseError> {
    if let Some(size) = given {
        let expected =
            if metric.is_rate() { "a share above 0 and below 1" } else { "a number above 0" };
        let inside = size > 0.0 && size.is_finite() && (!metric.is_rate() || size < 1.0);
        return if inside {
            Ok(Tolerance { size, reason: "as given".to_owned(), floor: None })
        } else {
            Err(DiagnoseError::Tolerance { expected, found: size })
        };
    }
    let share = TOLERATED_SHARE * error;
    let reason = if share >= floor {
        "10 % of the validation error".to_owned()
    } else {
        format!("{floor_reason}, since 10 % of the validation error is less")
    };
    Ok(Tolerance { size: share.max(floor), reason, floor: Some(floor) })
}

fn human(level: &HumanLevel, metric: MetricKind, judge: &str) -> Result<Measured, DiagnoseError> {
    match *level {
        HumanLevel::Unknown => Ok(missing(&format!("not known: {judge}"))),
        HumanLevel::Given(error) => {
            let expected =
                if metric.is_rate() { "a share from 0 to 1" } else { "a number from 0 up" };
            let inside = error >= 0.0 && error.is_finite() && (!metric.is_rate() || error <= 1.0);
            if inside {
                Ok(Measured::Known { error, examples: 0 })
            } else {
                Err(DiagnoseError::HumanLevel { expected, found: error.to_string() })
            }
        }
        HumanLevel::Counted { errors, examples } => {
            if metric == MetricKind::ErrorRate && errors <= examples && examples > 0 {
                Ok(Measured::Estimated(Estimate::rate(errors, examples)))
            } else {
                Err(DiagnoseError::HumanLevel {
                    expected: "wrong answers among at least as many examples, for an error rate",
                    found: format!("{errors} of {examples}"),
                })
            }
        }
        HumanLevel::Answered(ref human) => Ok(Measured::Estimated(human.estimate.clone())),
    }
}

fn human_assumption(level: &HumanLevel, metric: MetricKind, unit: &str) -> String {
    match level {
        HumanLevel::Unknown => {
            "The human level is not known: avoidable bias is at most the train error.".to_owned()
        }
        HumanLevel::Given(error) => {
            format!(
                "The human level of {} was given and is taken as known.",
                metric.show(*error, unit)
            )
        }
        HumanLevel::Counted { examples, .. } => {
            format!("The human level is an estimate from {}.", counted(*examples, "example"))
        }
        HumanLevel::Answered(HumanEstimate { estimate, answers }) => format!(
            "The human level is an estimate from {} of people to {} of validation; every example \
             counts alike, however many answered it.",
            counted(*answers, "answer"),
            counted(estimate.examples, "example")
        ),
    }
}

/// What weights do to the errors, a line each.
fn weight_assumptions(table: &PredictionTable, weighted: bool, human: &HumanLevel) -> Vec<String> {
    let mut said = Vec::new();
    let left_out = table.rows.iter().filter(|row| row.weight == 0.0).count();
    if left_out > 0 {
        said.push(format!("Of weight 0, and left out: {}.", counted(left_out, "example")));
    }
    if weighted {
        said.push("Errors are weighted: an example counts as much as its weight.".to_owned());
        if *human != HumanLevel::Unknown {
            said.push("The human level is taken to be weighted in the same way.".to_owned());
        }
    }
    said
}
