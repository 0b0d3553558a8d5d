//! The error of each class, with its interval.

use maud::{Markup, html};

use super::{
    confusion::Confusion,
    numbers,
    page::wide,
    plot::{Axis, pc},
    text,
};
use crate::interval::{CONFIDENCE, Interval, wilson};

/// Classes that are shown at once; the others wait behind a line that opens them.
const SHOWN: usize = 20;

/// Most classes that the table holds.
const MOST: usize = 300;

struct Class<'a> {
    name: &'a str,
    examples: usize,
    errors: usize,
    rate: f64,
    interval: Interval,
}

/// Errors by class, the worst first.
pub(super) fn errors(confusion: &Confusion, names: &[String]) -> Markup {
    let mut classes: Vec<Class<'_>> = names
        .iter()
        .zip(confusion.examples.iter().zip(&confusion.errors))
        .filter(|(_, (examples, _))| **examples > 0)
        .map(|(name, (&examples, &errors))| Class {
            name,
            examples,
            errors,
            rate: errors as f64 / examples as f64,
            interval: wilson(errors, examples, CONFIDENCE),
        })
        .collect();
    // A stable sort: classes of the same error stay in the order of their numbers.
    classes.sort_by(|a, b| b.rate.total_cmp(&a.rate));
    let without = names.len() - classes.len();
    let axis = Axis::linear(classes.iter().flat_map(|class| [0.0, class.interval.high]), 4);
    let (shown, rest) = classes.split_at(classes.len().min(SHOWN));
    let (rest, left_out) = rest.split_at(rest.len().min(MOST - SHOWN));
    html! {
        (wide("Errors by class", table(shown, &axis)))
        @if !rest.is_empty() {
            details {
                summary { "Classes with lower errors: " (numbers::count(rest.len())) }
                (wide("Errors by class, continued", table(rest, &axis)))
            }
        }
        p.fine {
            "Share of the class’s validation examples that were answered wrongly, worst first, with its Wilson interval at 95 %, each class on its own."
            @if without > 0 { " Classes without validation examples: " (numbers::count(without)) "." }
            @if !left_out.is_empty() { " Not shown: the " (numbers::count(left_out.len())) " classes of the lowest errors." }
        }
    }
}

fn table(classes: &[Class<'_>], axis: &Axis) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Class" }
                    th.number scope="col" { "Wrong" }
                    th.number scope="col" { "Error" }
                    th.number scope="col" { "95 % interval" }
                    th.drawn scope="col" aria-hidden="true" { "0 to " (numbers::significant(100.0 * axis.high())) " %" }
                }
            }
            tbody {
                @for class in classes {
                    tr {
                        th scope="row" { (text::name(class.name)) }
                        td.number { (numbers::count(class.errors)) " of " (numbers::count(class.examples)) }
                        td.number { (numbers::percent(class.rate)) }
                        td.number {
                            (numbers::percents(class.interval))
                        }
                        td.drawn aria-hidden="true" { (whisker(class, axis)) }
                    }
                }
            }
        }
    }
}

fn whisker(class: &Class<'_>, axis: &Axis) -> Markup {
    let (low, high) = (axis.percent(class.interval.low), axis.percent(class.interval.high));
    html! {
        svg.mini focusable="false" {
            line.axis x1="0" x2="100%" y1="50%" y2="50%" {}
            line.whisker x1=(pc(low)) x2=(pc(high)) y1="50%" y2="50%" {}
            circle.point cx=(pc(axis.percent(class.rate))) cy="50%" r="4" {}
        }
    }
}
