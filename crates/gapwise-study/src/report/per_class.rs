//! The ladder of each class: its error on every split, with its interval.

use gapwise_data::Split;
use gapwise_pages::{text, wide};
use maud::{Markup, html};

use super::{
    confusion::Confusion,
    numbers,
    plot::{Axis, pc},
};
use crate::{
    interval::{CONFIDENCE, Interval, wilson},
    predictions::PredictionTable,
};

/// Classes that are shown at once; the others wait behind a line that opens them.
const SHOWN: usize = 20;

/// Most classes that the table holds.
const MOST: usize = 300;

/// One class on one split.
#[derive(Debug, Clone, Copy)]
struct Counted {
    examples: usize,
    errors: usize,
}

impl Counted {
    fn rate(self) -> f64 {
        self.errors as f64 / self.examples.max(1) as f64
    }

    fn interval(self) -> Interval {
        wilson(self.errors, self.examples, CONFIDENCE)
    }
}

struct Class<'a> {
    name: &'a str,
    validation: Counted,
    /// Train, train-validation, validation and test, as far as they have rows.
    splits: Vec<Counted>,
}

/// Errors by class on every split, the worst on validation first.
pub(super) fn ladders(predictions: &PredictionTable, names: &[String]) -> Markup {
    let splits: Vec<(Split, Confusion)> =
        [Split::Train, Split::TrainValidation, Split::Validation, Split::Test]
            .into_iter()
            .filter(|&split| predictions.of(split).next().is_some())
            .map(|split| (split, Confusion::of(predictions, split, names.len())))
            .collect();
    let counted = |confusion: &Confusion, class: usize| Counted {
        examples: confusion.examples[class],
        errors: confusion.errors[class],
    };
    let validation = splits.iter().find(|(split, _)| *split == Split::Validation);
    let mut classes: Vec<Class<'_>> = names
        .iter()
        .enumerate()
        .filter_map(|(class, name)| {
            let validation = counted(&validation?.1, class);
            let splits = splits.iter().map(|(_, confusion)| counted(confusion, class)).collect();
            (validation.examples > 0).then_some(Class { name, validation, splits })
        })
        .collect();
    // A stable sort: classes of the same error stay in the order of their numbers.
    classes.sort_by(|a, b| b.validation.rate().total_cmp(&a.validation.rate()));
    let without = names.len() - classes.len();
    let ends = classes.iter().flat_map(|class| [0.0, class.validation.interval().high]);
    let axis = &Axis::linear(ends, 4);
    let columns: &Vec<Split> = &splits.iter().map(|(split, _)| *split).collect();
    let (shown, rest) = classes.split_at(classes.len().min(SHOWN));
    let (rest, left_out) = rest.split_at(rest.len().min(MOST - SHOWN));
    html! {
        (wide("Errors by class", table(shown, columns, axis)))
        @if !rest.is_empty() {
            details {
                summary { "Classes with lower errors: " (numbers::count(rest.len())) }
                (wide("Errors by class, continued", table(rest, columns, axis)))
            }
        }
        p.fine {
            "Share of the class’s examples that were answered wrongly, the worst on validation first. Held-out errors have their Wilson intervals at 95 %, each class on its own; the drawing is of validation. Examples count once each, whatever their weights."
            @if without > 0 { " Classes without validation examples: " (numbers::count(without)) "." }
            @if !left_out.is_empty() { " Not shown: the " (numbers::count(left_out.len())) " classes of the lowest errors." }
        }
    }
}

fn table(classes: &[Class<'_>], splits: &[Split], axis: &Axis) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Class" }
                    @for split in splits { th.number scope="col" { (split) } }
                    th.drawn scope="col" aria-hidden="true" { "0 to " (numbers::significant(100.0 * axis.high())) " %" }
                }
            }
            tbody {
                @for class in classes {
                    tr {
                        th scope="row" { (text::name(class.name)) }
                        @for (split, counted) in splits.iter().zip(&class.splits) {
                            td.number { (cell(*split, *counted)) }
                        }
                        td.drawn aria-hidden="true" { (whisker(class.validation, axis)) }
                    }
                }
            }
        }
    }
}

fn cell(split: Split, counted: Counted) -> Markup {
    html! {
        @if counted.examples == 0 {
            span.muted { "no examples" }
        } @else {
            (numbers::percent(counted.rate()))
            @if split != Split::Train { " (" (numbers::percents(counted.interval())) ")" }
            span.under { (numbers::count(counted.errors)) " of " (numbers::count(counted.examples)) }
        }
    }
}

fn whisker(counted: Counted, axis: &Axis) -> Markup {
    let interval = counted.interval();
    let (low, high) = (axis.percent(interval.low), axis.percent(interval.high));
    html! {
        svg.mini focusable="false" {
            line.axis x1="0" x2="100%" y1="50%" y2="50%" {}
            line.whisker x1=(pc(low)) x2=(pc(high)) y1="50%" y2="50%" {}
            circle.point cx=(pc(axis.percent(counted.rate()))) cy="50%" r="4" {}
        }
    }
}
