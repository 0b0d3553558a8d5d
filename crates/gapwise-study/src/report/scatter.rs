//! Regression: predicted against true numbers, and how far off the answers are.

use std::fmt::Write;

use gapwise_data::Split;
use gapwise_pages::{text, wide};
use maud::{Markup, PreEscaped, html};
use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;

use super::{
    numbers::{self, counted, significant},
    plot::{Axis, grid, pc},
};
use crate::predictions::PredictionTable;

/// Most examples that are drawn.
const MOST_POINTS: usize = 2_000;

/// Seed of the sample that is drawn of more examples.
const SEED: u64 = 1;

/// The section on predicted and true numbers. `label` is the label's name.
pub(crate) fn section(predictions: &PredictionTable, label: &str) -> Markup {
    let all: Vec<(f64, f64)> = predictions
        .rows
        .iter()
        .filter(|row| row.split == Split::Validation)
        .filter_map(|row| row.outcome.numbers())
        .collect();
    let pairs: Vec<(f64, f64)> =
        all.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    if pairs.is_empty() {
        return html! { p.none { "There are no finite predictions on validation to show." } };
    }
    let drawn = sample(&pairs);
    html! {
        p {
            "On the line, prediction and label agree. "
            @if drawn.len() < pairs.len() {
                "Drawn: a random sample of " (numbers::count(drawn.len())) " of " (counted(pairs.len(), "validation example")) " (seed " (SEED) ")."
            } @else {
                "Drawn: " (counted(pairs.len(), "validation example")) "."
            }
            @if pairs.len() < all.len() {
                " Not drawn and not in the table: " (counted(all.len() - pairs.len(), "example")) " whose prediction is no finite number."
            }
        }
        (drawing(&drawn, label))
        h3 { "How far off" }
        (residuals(&pairs, label))
    }
}

fn drawing(drawn: &[(f64, f64)], label: &str) -> Markup {
    let axis = Axis::tight(drawn.iter().flat_map(|(x, y)| [*x, *y]), 5);
    let mut points = String::with_capacity(drawn.len() * 44);
    for (x, y) in drawn {
        // Writing to a string cannot fail.
        let _ = write!(
            points,
            r#"<circle cx="{:.1}%" cy="{:.1}%" r="2.5"></circle>"#,
            axis.percent(*x),
            100.0 - axis.percent(*y),
        );
    }
    html! {
        figure.chart.square {
            figcaption { "Predicted " (text::name(label)) }
            div.plot {
                svg role="img" aria-labelledby="chart-scatter" {
                    title id="chart-scatter" {
                        "Predicted against true " (text::plain_name(label)) " for " (counted(drawn.len(), "example"))
                        "; the table of residuals says how far they are apart."
                    }
                    (grid(&axis, &axis, 1.0))
                    line.agree x1=(pc(0.0)) y1=(pc(100.0)) x2=(pc(100.0)) y2=(pc(0.0)) {}
                    // Only numbers were written into it.
                    g.points { (PreEscaped(points)) }
                }
            }
            p.below { "true " (text::name(label)) }
        }
    }
}

fn residuals(pairs: &[(f64, f64)], label: &str) -> Markup {
    let mut residuals: Vec<f64> =
        pairs.iter().map(|(label, prediction)| prediction - label).collect();
    residuals.sort_unstable_by(f64::total_cmp);
    let mut sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
    let columns = [
        ("lowest", 0.0),
        ("5 %", 0.05),
        ("25 %", 0.25),
        ("median", 0.5),
        ("75 %", 0.75),
        ("95 %", 0.95),
        ("highest", 1.0),
    ];
    html! {
        p {
            "Half of the answers are within " strong { (significant(quantile(&sizes, 0.5))) }
            " of the label, 90 % within " strong { (significant(quantile(&sizes, 0.9))) }
            ". On average they are " strong { (significant(mean.abs())) } " too " (if mean < 0.0 { "low" } else { "high" })
            " (in " (text::name(label)) ")."
        }
        (wide("Residuals", html! {
            table {
                caption { "Residuals: prediction less label. This share of them is at most as high:" }
                thead { tr { @for (name, _) in columns { th.number scope="col" { (name) } } } }
                tbody { tr { @for (_, share) in columns { td.number { (significant(quantile(&residuals, share))) } } } }
            }
        }))
    }
}

/// At most [`MOST_POINTS`] of the pairs, in their order, the same ones every time.
fn sample(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if pairs.len() <= MOST_POINTS {
        return pairs.to_vec();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut places = index::sample(&mut rng, pairs.len(), MOST_POINTS).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| pairs[place]).collect()
}

/// The value below which `share` of the values lie, between neighbours by linear interpolation.
/// `sorted` is in ascending order and not empty.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        // Five values have places 0 to 4. 0.25 × 4 = 1 → 2; 0.9 × 4 = 3.6 → 8 + 0.6 × (16 − 8) = 12.8.
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!(quantile(&values, 0.25), 2.0);
        assert!((quantile(&values, 0.9) - 12.8).abs() < 1e-12);
        assert_eq!((quantile(&values, 0.0), quantile(&values, 1.0)), (1.0, 16.0));
        assert_eq!(quantile(&[3.0], 0.5), 3.0);
    }

    #[test]
    fn the_sample_is_the_same_every_time_and_keeps_the_order() {
        let pairs: Vec<(f64, f64)> = (0..10_000).map(|i| (i as f64, 0.0)).collect();
        let first = sample(&pairs);
        assert_eq!(first.len(), 2_000);
        assert_eq!(first, sample(&pairs));
        assert!(first.windows(2).all(|two| two[0].0 < two[1].0));
    }
}
