//! The report of a run: one HTML file that opens anywhere.
//!
//! The page loads nothing and runs nothing. Style, drawings and pictures are inside it, and its
//! content security policy refuses everything else, so a report of data that is not to be trusted
//! is as safe to open as a text file. Every string that comes from data passes through `gapwise_pages::text`.
//!
//! One module draws one part: `verdict` (verdict, next steps), `ladder` with `stair`, `constraints`, `taken` (steps taken, comparisons), `baselines`,
//! `curves`, `gradients` and `range_test` (training), `confusion` with `per_class` and `scatter` (what the network gets wrong), `worst`,
//! `metrics` (every metric), `calibration` (the reliability diagram),
//! `data` (data, splits), `record` (settings, environment, assumptions). `plot` has the axes, `line`
//! the lines, `numbers` the figures, `page` contents and header, and `report.css` what its style has beside the
//! style of every page.

mod baselines;
pub(crate) mod calibration;
pub(crate) mod confusion;
mod constraints;
mod curves;
mod data;
mod gradients;
mod ladder;
mod line;
mod metrics;
mod numbers;
mod page;
mod per_class;
mod plot;
mod range_test;
mod record;
pub(crate) mod scatter;
mod stair;
mod taken;
mod verdict;
mod worst;

use gapwise_data::{Split, summary::Summary};
use maud::{Markup, html};

use crate::{
    baseline::BaselineReport,
    compare::ComparedWith,
    diagnosis::{Diagnosis, JudgedBy},
    looks::Look,
    predictions::PredictionTable,
    run::{Environment, GradientRow, HistoryRow, RangeTest, Setting, TimingRow, WorstExample},
    taken::TakenStep,
};

/// Everything that a report shows, borrowed from the run that it is about.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// Name of the run: `digits-1`.
    pub run: &'a str,
    /// The network in one line: `LeNet, 61,706 parameters`.
    pub network: &'a str,
    /// The command that made the run, as it can be typed again.
    pub command: &'a str,
    /// The gap ladder, its verdict and the next steps.
    pub diagnosis: &'a Diagnosis,
    /// Every metric that fits, by split. May be empty.
    pub metrics: &'a [JudgedBy],
    /// One row per epoch, in the order of epochs. May be empty.
    pub history: &'a [HistoryRow],
    /// How long each epoch took. May be empty.
    pub timing: &'a [TimingRow],
    /// The gradients of each layer, in the order of epochs. May be empty.
    pub gradients: &'a [GradientRow],
    /// The learning-rate range test, where there was one.
    pub range_test: Option<&'a RangeTest>,
    /// The epoch whose weights were kept. `None` marks the epoch of the lowest validation error,
    /// the earliest among equals.
    pub kept_epoch: Option<usize>,
    /// What the network answered. Train and test are shown as errors by class alone.
    pub predictions: &'a PredictionTable,
    /// The majority or mean baseline and the linear one, compared with the network.
    pub baselines: &'a [BaselineReport],
    /// The examples that the network got most wrong, worst first. May be empty.
    pub worst: &'a [WorstExample],
    /// The data.
    pub summary: &'a Summary,
    /// How the data was split.
    pub splits: SplitSummary<'a>,
    /// The steps that were taken on the same data and split. May be empty.
    pub taken: &'a [TakenStep],
    /// The comparisons with another run that were asked for last. May be empty.
    pub comparisons: &'a [ComparedWith],
    /// Looks at validation and test on the same data and split, in the order in which they were
    /// counted. May be empty.
    pub looks: &'a [Look],
    /// That there were more of them, where the ledger is damaged.
    pub looks_lost: Option<&'a str>,
    /// Settings that differ from their defaults.
    pub settings: &'a [Setting],
    /// What the run needs to be repeated or doubted.
    pub environment: &'a Environment,
}

/// How the data of a run was split.
#[derive(Debug, Clone, Copy)]
pub struct SplitSummary<'a> {
    /// Examples in each split, in the order of the ladder's rungs; a split without examples may be
    /// left out.
    pub counts: &'a [(Split, usize)],
    /// The rule that gave this split, in a sentence.
    pub rule: &'a str,
}

/// One section of the page.
pub(crate) struct Section {
    /// Its place in the address: `#ladder`.
    pub(crate) id: &'static str,
    /// Its heading, and its line in the contents.
    pub(crate) title: &'static str,
    /// What stands below the heading.
    pub(crate) body: Markup,
}

/// Renders the report as one HTML page.
///
/// The page needs no network and no script, and shows in light, in dark and on paper. The same
/// report gives the same bytes. Numbers that are not finite are said in words and never drawn.
pub fn render(report: &Report<'_>) -> String {
    let every_metric = (!report.metrics.is_empty()).then(|| Section {
        id: "metrics",
        title: "Every metric",
        body: metrics::section(report.metrics, report.diagnosis),
    });
    let training = (!report.gradients.is_empty() || report.range_test.is_some()).then(|| Section {
        id: "training",
        title: "Training",
        body: html! {
            @if !report.gradients.is_empty() { (gradients::section(report.gradients)) }
            @if let Some(test) = report.range_test { (range_test::section(test)) }
        },
    });
    let constraints = &report.diagnosis.constraints;
    let before = [
        Some(Section { id: "verdict", title: "Verdict", body: verdict::verdict(report) }),
        Some(Section {
            id: "ladder",
            title: "Gap ladder",
            body: ladder::section(report.diagnosis),
        }),
        (!constraints.is_empty()).then(|| Section {
            id: "constraints",
            title: "Constraints",
            body: constraints::section(constraints),
        }),
        Some(Section { id: "steps", title: "Next steps", body: verdict::steps(report.diagnosis) }),
        every_metric,
        taken::steps(report),
        taken::comparisons(report),
        Some(Section { id: "baselines", title: "Baselines", body: baselines::section(report) }),
        Some(Section { id: "curves", title: "Learning curves", body: curves::section(report) }),
        training,
    ];
    let behind = [
        Some(Section { id: "worst", title: "Worst examples", body: worst::section(report) }),
        Some(Section { id: "data", title: "Data", body: data::section(report.summary) }),
        Some(Section { id: "splits", title: "Splits", body: data::splits(report) }),
        Some(Section {
            id: "settings",
            title: "Settings",
            body: record::settings(report.settings),
        }),
        Some(Section {
            id: "environment",
            title: "Environment",
            body: record::environment(report),
        }),
        Some(Section {
            id: "assumptions",
            title: "Assumptions and looks",
            body: record::assumptions(report),
        }),
    ];
    let answers = report.predictions.target.kind().sections(report);
    let sections: Vec<Section> =
        before.into_iter().flatten().chain(answers).chain(behind.into_iter().flatten()).collect();
    page::page(report, &sections)
}
