//! What is taken for what: the confusion matrix, or the most confused pairs of many classes.

use std::{cmp::Reverse, collections::HashMap};

use gapwise_data::Split;
use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    numbers::{self, counted},
    per_class,
};
use crate::predictions::PredictionTable;

/// Most classes whose matrix is shown whole.
const MOST_CLASSES: usize = 20;

/// How many of the most confused pairs are listed, where there are more classes.
const MOST_PAIRS: usize = 20;

/// How often each class was taken for each, on one split.
pub(super) struct Confusion {
    /// How many examples have this label and this prediction; pairs that never occur are left out.
    pairs: HashMap<(usize, usize), usize>,
    /// Examples of each class.
    pub(super) examples: Vec<usize>,
    /// Wrong answers to the examples of each class.
    pub(super) errors: Vec<usize>,
}

impl Confusion {
    /// Counts the rows of a split whose label and prediction are among `classes` classes.
    pub(super) fn of(predictions: &PredictionTable, split: Split, classes: usize) -> Confusion {
        let mut confusion = Confusion {
            pairs: HashMap::new(),
            examples: vec![0; classes],
            errors: vec![0; classes],
        };
        for row in predictions.of(split) {
            let Some(both) = row.outcome.classified() else { continue };
            let (label, prediction) = (both.label as usize, both.prediction as usize);
            if label < classes && prediction < classes {
                *confusion.pairs.entry((label, prediction)).or_default() += 1;
                confusion.examples[label] += 1;
                confusion.errors[label] += usize::from(label != prediction);
            }
        }
        confusion
    }

    fn count(&self, label: usize, prediction: usize) -> usize {
        self.pairs.get(&(label, prediction)).copied().unwrap_or(0)
    }

    /// Share of the label's examples that were given this prediction.
    fn share(&self, label: usize, prediction: usize) -> f64 {
        self.count(label, prediction) as f64 / self.examples[label].max(1) as f64
    }

    /// The pairs of different classes, most frequent first.
    fn most_confused(&self) -> Vec<((usize, usize), usize)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .filter(|((label, prediction), _)| label != prediction)
            .map(|(pair, count)| (*pair, *count))
            .collect();
        // The pair itself decides among equals, so that the order never depends on the map.
        pairs.sort_unstable_by_key(|(pair, count)| (Reverse(*count), *pair));
        pairs
    }
}

/// The section on confusion and on the errors of each class.
pub(crate) fn section(predictions: &PredictionTable, names: &[String]) -> Markup {
    let confusion = Confusion::of(predictions, Split::Validation, names.len());
    let examples: usize = confusion.examples.iter().sum();
    let errors: usize = confusion.errors.iter().sum();
    if examples == 0 {
        return html! { p.none { "There are no predictions on validation to show." } };
    }
    html! {
        p {
            (counted(errors, "wrong answer")) " to " (counted(examples, "validation example")) "."
            @if names.len() <= MOST_CLASSES {
                " Rows are labels, columns are predictions. The framed diagonal is right; the stronger the shade of a cell off it, the larger its share of the row."
            }
        }
        @if names.len() <= MOST_CLASSES {
            (wide("Confusion matrix", matrix(&confusion, names)))
        } @else if errors > 0 {
            (wide("Most confused pairs", pairs(&confusion, names)))
        }
        h3 { "The ladder of each class" }
        (per_class::ladders(predictions, names))
    }
}

fn matrix(confusion: &Confusion, names: &[String]) -> Markup {
    let worst = confusion
        .most_confused()
        .iter()
        .map(|((label, prediction), _)| confusion.share(*label, *prediction))
        .fold(0.0, f64::max);
    let upright = names.iter().any(|name| name.chars().count() > 4);
    html! {
        table.matrix.upright[upright] {
            thead {
                tr {
                    th scope="col" { "label ↓ prediction →" }
                    @for name in names { th scope="col" { span { (text::name(name)) } } }
                    th.total scope="col" { span { "all" } }
                }
            }
            tbody {
                @for (label, name) in names.iter().enumerate() {
                    tr {
                        th scope="row" { (text::name(name)) }
                        @for prediction in 0..names.len() { (cell(confusion, (label, prediction), worst)) }
                        td.total { (numbers::count(confusion.examples[label])) }
                    }
                }
            }
        }
    }
}

fn cell(confusion: &Confusion, (label, prediction): (usize, usize), worst: f64) -> Markup {
    let count = confusion.count(label, prediction);
    if label == prediction {
        return html! { td.right { (numbers::count(count)) } };
    }
    if count == 0 {
        return html! { td.zero { "0" } };
    }
    let heat = (confusion.share(label, prediction) / worst * 100.0).round();
    html! { td.wrong style={ "--heat:" (heat) "%" } { (numbers::count(count)) } }
}

fn pairs(confusion: &Confusion, names: &[String]) -> Markup {
    let pairs = confusion.most_confused();
    html! {
        table {
            caption {
                @if pairs.len() > MOST_PAIRS {
                    "The " (MOST_PAIRS) " most confused of " (numbers::count(pairs.len())) " pairs"
                } @else {
                    "Every confused pair"
                }
            }
            thead {
                tr {
                    th scope="col" { "Label" }
                    th scope="col" { "Prediction" }
                    th.number scope="col" { "Examples" }
                    th.number scope="col" { "Of the label’s" }
                }
            }
            tbody {
                @for ((label, prediction), count) in pairs.into_iter().take(MOST_PAIRS) {
                    tr {
                        th scope="row" { (text::name(&names[label])) }
                        td { (text::name(&names[prediction])) }
                        td.number { (numbers::count(count)) }
                        td.number { (numbers::percent(confusion.share(label, prediction))) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::{Outcome, PredictionRow, Target};

    fn table(answers: &[(u32, u32)]) -> PredictionTable {
        let rows = answers.iter().map(|(label, prediction)| PredictionRow {
            id: String::new(),
            group: None,
            split: Split::Validation,
            outcome: Outcome::class(*label, *prediction, Vec::new()),
            loss: 0.0,
            weight: 1.0,
        });
        PredictionTable { target: Target::classes(Vec::new()), rows: rows.collect() }
    }

    #[test]
    fn labels_and_predictions_are_not_swapped() {
        // Label 0 is taken for 1 twice; label 1 is taken for 0 once and right once.
        let confusion =
            Confusion::of(&table(&[(0, 1), (0, 1), (1, 0), (1, 1)]), Split::Validation, 2);
        assert_eq!((confusion.count(0, 1), confusion.count(1, 0)), (2, 1));
        assert_eq!(
            (confusion.examples.clone(), confusion.errors.clone()),
            (vec![2, 2], vec![2, 1])
        );
        assert_eq!(confusion.share(1, 0), 0.5);
    }

    #[test]
    fn the_most_frequent_pair_comes_first_and_ties_keep_the_order_of_classes() {
        let confusion =
            Confusion::of(&table(&[(2, 0), (0, 1), (1, 2), (1, 2)]), Split::Validation, 3);
        let pairs: Vec<_> = confusion.most_confused().into_iter().map(|(pair, _)| pair).collect();
        assert_eq!(pairs, [(1, 2), (0, 1), (2, 0)]);
    }

    #[test]
    fn other_splits_and_classes_out_of_range_are_not_counted() {
        let mut predictions = table(&[(0, 0), (7, 0)]);
        predictions.rows[0].split = Split::Train;
        assert_eq!(Confusion::of(&predictions, Split::Validation, 2).examples, [0, 0]);
    }
}
