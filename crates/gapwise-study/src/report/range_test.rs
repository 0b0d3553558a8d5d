//! The learning-rate range test: its curve and the value taken.

use gapwise_pages::text;
use maud::{Markup, html};

use super::{
    line::{key, line, mark, thinned},
    numbers,
    plot::{Axis, grid},
};
use crate::run::{RangePoint, RangeTest};

/// Most points drawn.
const MOST_POINTS: usize = 1_000;

/// The curve and the reason.
pub(super) fn section(test: &RangeTest) -> Markup {
    let taken = numbers::significant(test.taken);
    html! {
        h3 { "Learning-rate range test" }
        p { "Learning rate taken: " strong { (taken) } ". " (text::sentence(&test.reason)) }
        @if !test.points.is_empty() { (chart(test, &taken)) }
    }
}

fn chart(test: &RangeTest, taken: &str) -> Markup {
    let drawn = thinned(&test.points, MOST_POINTS);
    let rates = drawn.iter().map(|point| point.learning_rate);
    let across = Axis::by_ratio(rates.chain([test.taken]));
    let up = Axis::for_losses(drawn.iter().map(|point| point.loss));
    let smooth: Vec<(f64, f64)> = drawn.iter().map(|p| (p.learning_rate, p.loss)).collect();
    // Single batches beyond the axis would run along its edge.
    let within = |loss: f64| if up.contains(loss) { loss } else { f64::NAN };
    let raw: Vec<(f64, f64)> =
        drawn.iter().map(|p| (p.learning_rate, within(p.raw_loss))).collect();
    html! {
        figure.chart {
            figcaption {
                "Training loss by learning rate (logarithmic)"
                (key("smoothed", "strong"))
                (key("each step", "pale"))
            }
            div.plot {
                svg role="img" aria-labelledby="chart-range-test" {
                    title id="chart-range-test" { (in_words(&drawn, taken)) }
                    (grid(&across, &up, 1.0))
                    (mark(&across, test.taken, &format!("taken: {taken}")))
                    (line(&across, &up, &raw, "pale"))
                    (line(&across, &up, &smooth, "strong"))
                }
            }
            p.below { "learning rate" }
        }
    }
}

fn in_words(points: &[&RangePoint], taken: &str) -> String {
    let finite = || points.iter().filter(|point| point.loss.is_finite());
    let lowest = finite().min_by(|one, other| one.loss.total_cmp(&other.loss));
    let at = |point: &RangePoint| {
        let (loss, rate) = (point.loss, point.learning_rate);
        format!("{} at {}", numbers::significant(loss), numbers::significant(rate))
    };
    match (finite().next(), lowest, finite().next_back()) {
        (Some(first), Some(lowest), Some(last)) => format!(
            "Smoothed training loss by learning rate: {}, lowest {}, {} at the end. Taken: {taken}.",
            at(first),
            at(lowest),
            at(last)
        ),
        _ => format!("Training loss by learning rate: no finite value. Taken: {taken}."),
    }
}
