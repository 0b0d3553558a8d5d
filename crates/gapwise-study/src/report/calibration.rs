//! The reliability diagram: how often answers of each confidence are right.

use gapwise_data::Split;
use gapwise_pages::wide;
use maud::{Markup, html};

use super::{
    numbers::{self, counted},
    plot::{Axis, grid, pc},
};
use crate::{
    diagnosis::{JudgedBy, RungError, RungKind},
    interval::{CONFIDENCE, Interval, Rate},
    metric::{CALIBRATION_BINS, MetricKind, calibration_bin},
    predictions::PredictionTable,
};

/// The answers whose confidence lies in one bin.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    examples: usize,
    /// Weights, and sums of confidence, of right answers and of squared weights.
    weight: f64,
    confidence: f64,
    right: f64,
    squares: f64,
}

impl Bin {
    fn add(&mut self, confidence: f64, right: bool, weight: f64) {
        self.examples += 1;
        self.weight += weight;
        self.confidence += weight * confidence;
        self.right += weight * f64::from(right);
        self.squares += weight * weight;
    }

    fn confidence(self) -> f64 {
        self.confidence / self.weight
    }

    fn right(self) -> Rate {
        // Kish's effective number: as many as there are where weights are equal.
        Rate { error: self.right / self.weight, examples: self.weight * self.weight / self.squares }
    }
}

/// The bins of the validation answers, lowest confidence first.
fn bins(predictions: &PredictionTable) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); CALIBRATION_BINS];
    for row in predictions.of(Split::Validation).filter(|row| row.weight > 0.0) {
        let Some(both) = row.outcome.classified() else { continue };
        let Some(confidence) = both.scores.get(both.prediction as usize) else { continue };
        let confidence = f64::from(*confidence);
        if confidence.is_finite() {
            let bin = &mut bins[calibration_bin(confidence)];
            bin.add(confidence, both.label == both.prediction, row.weight);
        }
    }
    bins.retain(|bin| bin.examples > 0);
    bins
}

/// The section on calibration.
pub(crate) fn section(predictions: &PredictionTable, metrics: &[JudgedBy]) -> Markup {
    let bins = bins(predictions);
    if bins.is_empty() {
        return html! { p.none { "There are no scores on validation to show." } };
    }
    html! {
        p {
            @if let Some(said) = calibration_error(metrics) {
                "Expected calibration error on validation: " strong { (said) } ". "
            }
            "It is the mean distance of the points from the line, each by its share of the examples. Below the line the network is surer than it is right."
        }
        (drawing(&bins))
        (wide("Confidence and right answers", table(&bins)))
        p.fine {
            "Confidence is the score of the answer, in " (CALIBRATION_BINS) " bins of equal width; bars are Wilson intervals at 95 %, each bin on its own. Chance keeps the points off the line even where confidence is right, so the error of few examples is too high."
        }
    }
}

fn calibration_error(metrics: &[JudgedBy]) -> Option<String> {
    let judged = metrics.iter().find(|judged| judged.metric == MetricKind::CalibrationError)?;
    let rung = judged.rungs.iter().find(|rung| rung.kind == RungKind::Validation)?;
    match &rung.error {
        RungError::Missing { .. } => None,
        error => Some(judged.said(error)),
    }
}

fn drawing(bins: &[Bin]) -> Markup {
    let axis = Axis::linear([0.0, 1.0], 5);
    html! {
        figure.chart.square {
            figcaption { "Share of right answers" }
            div.plot {
                svg role="img" aria-labelledby="chart-calibration" {
                    title id="chart-calibration" {
                        "Share of right answers against confidence, in " (counted(bins.len(), "bin"))
                        "; the table below has the same figures."
                    }
                    (grid(&axis, &axis, 1.0))
                    line.agree x1=(pc(0.0)) y1=(pc(100.0)) x2=(pc(100.0)) y2=(pc(0.0)) {}
                    @for bin in bins {
                        @let Interval { low, high } = bin.right().interval(CONFIDENCE);
                        @let across = pc(axis.percent(bin.confidence()));
                        line.whisker x1=(across) x2=(across) y1=(pc(100.0 - axis.percent(low))) y2=(pc(100.0 - axis.percent(high))) {}
                        circle.point cx=(across) cy=(pc(100.0 - axis.percent(bin.right().error))) r="4" {}
                    }
                }
            }
            p.below { "confidence" }
        }
    }
}

fn table(bins: &[Bin]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th.number scope="col" { "Mean confidence" }
                    th.number scope="col" { "Right" }
                    th.number scope="col" { "95 % interval" }
                    th.number scope="col" { "Examples" }
                }
            }
            tbody {
                @for bin in bins {
                    tr {
                        td.number { (numbers::percent(bin.confidence())) }
                        td.number { (numbers::percent(bin.right().error)) }
                        td.number { (numbers::percents(bin.right().interval(CONFIDENCE))) }
                        td.number { (numbers::count(bin.examples)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_counts_by_weight() {
        let mut bin = Bin::default();
        bin.add(0.6, true, 1.0);
        bin.add(0.65, false, 3.0);
        // (0.6 + 3 · 0.65)/4 = 0.6375; right 1/4; (1 + 3)²/(1 + 9) = 1.6 effective examples.
        assert!((bin.confidence() - 0.6375).abs() < 1e-12);
        assert_eq!(bin.right(), Rate { error: 0.25, examples: 1.6 });
    }
}
