//! A task that is not here: rows → an ordered pair of numbers, such as the lowest and the highest price
//! that a thing was sold for.
//!
//! It has a head with a loss of its own, a kind of answer, a metric and a section of the report. Reader,
//! network, training loop, ladder and report are those of every table.
//!
//!     cargo run --release --example ordered_pair
#![allow(clippy::print_stdout)] // An example shows what it found.

use burn::tensor::{Device, Tensor, TensorData, activation::softplus};
use gapwise::{
    data::{DataError, Inputs, Split, source::read, table::TableEncoder},
    nn::{
        DeviceChoice,
        initialise::Initialiser,
        model::{NetworkKind, NetworkSettings},
        networks::FeedForward,
        tasks::{Answer, Head, Labelled, RowReader, Supervised, answer_all},
        train::{Examples, Setup, TrainSettings, train},
    },
    prelude::*,
    study::{
        diagnosis::{DiagnoseOptions, diagnose, ladder_text},
        metric::{Custom, CustomMetric, MetricKind},
        predictions::{CustomAnswer, Outcome, PredictionRow, PredictionTable, Target},
        recipe::NoCommands,
        report::{Report, SplitSummary, render},
        run::Environment,
    },
};
use serde_json::{Value, json};

/// Two numbers, the lower one first.
fn pair(value: &Value) -> Option<[f64; 2]> {
    let [low, high] = value.as_array()?.as_slice() else { return None };
    Some([low.as_f64()?, high.as_f64()?])
}

/// The kind of answer.
#[derive(Debug)]
struct OrderedPair;

impl CustomAnswer for OrderedPair {
    fn word(&self) -> &'static str {
        "ordered-pair"
    }

    fn said(&self) -> String {
        "a lowest and a highest price".into()
    }

    fn answers_said(&self) -> String {
        "pairs of numbers".into()
    }

    fn usual_metric(&self) -> MetricKind {
        MetricKind::Custom(Custom::new(&EndsOff))
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        match pair(value) {
            Some([low, high]) if low <= high => Ok(()),
            _ => Err("two numbers, the lower one first".into()),
        }
    }

    fn show(&self, value: &Value) -> String {
        pair(value).map_or_else(String::new, |[low, high]| format!("{low:.0} to {high:.0}"))
    }

    fn section(&self, table: &PredictionTable) -> Option<(&'static str, Vec<String>)> {
        let pairs: Vec<[[f64; 2]; 2]> = table
            .of(Split::Validation)
            .filter_map(|row| row.outcome.values())
            .filter_map(|(truth, answer)| Some([pair(truth)?, pair(answer)?]))
            .collect();
        let within =
            pairs.iter().filter(|[truth, answer]| answer[0] <= truth[0] && truth[1] <= answer[1]);
        let share = 100.0 * within.count() as f64 / pairs.len().max(1) as f64;
        let said = format!("{share:.0} % of the true ranges lie within the answered ones.");
        Some(("Ranges", vec![said]))
    }
}

/// The metric: how far the ends are off, on average.
#[derive(Debug)]
struct EndsOff;

impl CustomMetric for EndsOff {
    fn word(&self) -> &'static str {
        "ends-off"
    }

    fn fits(&self, target: &Target) -> bool {
        *target == Target::custom(&OrderedPair)
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let both = outcome.values().and_then(|(truth, answer)| Some((pair(truth)?, pair(answer)?)));
        let off = both.map(|(truth, answer)| {
            (truth[0] - answer[0]).abs() / 2.0 + (truth[1] - answer[1]).abs() / 2.0
        });
        facts.push(off.unwrap_or(f64::NAN));
    }
}

/// Two logits: the lower end, and how much higher the other is, by a softplus. The loss is the mean of
/// both ends' squared errors, in hundreds.
struct PairHead {
    /// Of every example of the data set.
    pairs: Vec<[f64; 2]>,
}

const UNIT: f64 = 100.0;

impl PairHead {
    /// Both ends `[batch, 2]`, in hundreds.
    fn ends(logits: Tensor<2>) -> Tensor<2> {
        let low = logits.clone().narrow(1, 0, 1);
        let high = low.clone() + softplus(logits.narrow(1, 1, 1), 1.0);
        Tensor::cat(vec![low, high], 1)
    }
}

impl Head for PairHead {
    type Outputs = Tensor<2>;
    type Loaded = Vec<f32>;
    type Targets = Tensor<2>;

    fn target(&self) -> Target {
        Target::custom(&OrderedPair)
    }

    fn load(&self, _: Labelled<'_>, examples: &[usize]) -> Result<Vec<f32>, DataError> {
        let ends = |&example: &usize| self.pairs[example].map(|end| (end / UNIT) as f32);
        Ok(examples.iter().flat_map(ends).collect())
    }

    fn targets(&self, loaded: Vec<f32>, device: &Device) -> Tensor<2> {
        let examples = loaded.len() / 2;
        Tensor::from_data(TensorData::new(loaded, [examples, 2]), device)
    }

    fn loss(&self, logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let off = Self::ends(logits) - targets;
        (off.clone() * off).mean()
    }

    fn answers(
        &self,
        logits: Tensor<2>,
        of: Labelled<'_>,
        examples: &[usize],
    ) -> Result<Vec<Answer>, DataError> {
        let ends: Vec<f32> = Self::ends(logits).into_data().iter::<f32>().collect();
        let answer = |(ends, &example): (&[f32], &usize)| {
            let [low, high] = [0, 1].map(|end| f64::from(ends[end]) * UNIT);
            let truth = self.pairs[example];
            let off = [low - truth[0], high - truth[1]].map(|off| (off / UNIT).powi(2) / 2.0);
            let outcome = Outcome::custom(Some(json!(truth)), json!([low, high]));
            Answer { outcome, loss: (off[0] + off[1]) as f32, weight: of.weight(example) }
        };
        Ok(ends.chunks_exact(2).zip(examples).map(answer).collect())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Numbers that look random, the same each time.
    let luck = |row: usize, of: usize| ((row * 7_919 + of * 104_729) % 1_000) as f64;
    let age = |row: usize| luck(row, 1) / 100.0;
    let kilometres = |row: usize| luck(row, 2) / 5.0;
    let low = |row: usize| 900.0 - 60.0 * age(row) - kilometres(row) + luck(row, 3) / 50.0;
    let high = |row: usize| low(row) + 40.0 + 8.0 * age(row) + luck(row, 4) / 50.0;
    let table = Columns::new("cars")
        .numbers("age", (0..900).map(age).collect())
        .numbers("kilometres", (0..900).map(kilometres).collect())
        .numbers("lowest price", (0..900).map(low).collect())
        .hold()?;
    // The data set is split by its first label; the second one the head alone knows.
    let config = Config { data: table.source("lowest price"), ..Config::default() };
    let plan = Plan::of(read(&config.data)?, &config)?;
    let (dataset, splits) = (&plan.prepared().dataset, &plan.prepared().splits);
    let Inputs::Table(rows) = &dataset.inputs else { return Ok(()) };
    let (examples, validation) = (splits.indices(Split::Train), splits.indices(Split::Validation));

    let (encoder, _) = TableEncoder::fit(rows, &examples);
    let head = PairHead { pairs: (0..dataset.len()).map(|row| [low(row), high(row)]).collect() };
    let reader = RowReader::new(encoder.encode(rows)?);
    let task = Supervised::<FeedForward, _, _>::new(reader, head, Labelled::default());

    let device = DeviceChoice::Cpu.open()?;
    let network = NetworkSettings::new(NetworkKind::FEED_FORWARD)
        .for_rows(encoder.dense_width(), Vec::new(), 2)
        .init(&mut Initialiser::new(1, &device.clone().autodiff()));
    let settings = TrainSettings::new(200, 64, 1e-2, 1);
    let setup = Setup { settings: &settings, device: &device, resume: None, watch: &mut () };
    let of = Examples { train: &examples, validation: &validation };
    let trained = train(&task, network, of, setup)?;

    let mut rows = Vec::new();
    for (split, examples) in [(Split::Train, &examples), (Split::Validation, &validation)] {
        let answers = answer_all(&task, &trained.best, examples, &device)?;
        rows.extend(answers.into_iter().zip(examples).map(|(answer, &example)| PredictionRow {
            id: dataset.ids[example].clone(),
            group: None,
            split,
            outcome: answer.outcome,
            loss: answer.loss,
            weight: answer.weight,
        }));
    }
    let target = Target::custom(&OrderedPair);
    for row in rows.iter().filter(|row| row.split == Split::Validation).take(3) {
        println!("{}: {}", row.id, target.show_prediction(&row.outcome.prediction));
    }
    let table = PredictionTable { target, rows };
    let diagnosis = diagnose(&table, &DiagnoseOptions::new("cars"), &NoCommands)?;
    for line in ladder_text(&diagnosis) {
        println!("{}", line.text);
    }

    // The report, with the section of this kind of answer.
    let environment = Environment {
        version: env!("CARGO_PKG_VERSION").into(),
        platform: std::env::consts::OS.into(),
        cpu_features: Vec::new(),
        instructions: String::new(),
        device: "cpu".into(),
        threads: 1,
        seed: settings.seed,
        data: dataset.fingerprint.clone(),
        seconds: [].into(),
    };
    let page = render(&Report {
        run: "cars",
        network: "feed-forward with two outputs",
        command: "cargo run --example ordered_pair",
        diagnosis: &diagnosis,
        metrics: &[],
        history: &trained.records.history,
        timing: &trained.records.timing,
        gradients: &trained.records.gradients,
        range_test: None,
        kept_epoch: Some(trained.best_epoch),
        predictions: &table,
        baselines: &[],
        worst: &[],
        summary: &plan.prepared().summary,
        splits: SplitSummary { counts: &splits.counts(), rule: &plan.prepared().rule },
        taken: &[],
        comparisons: &[],
        looks: &[],
        looks_lost: None,
        settings: &[],
        environment: &environment,
    });
    let path = std::env::temp_dir().join("gapwise-ordered-pair.html");
    std::fs::write(&path, page)?;
    println!("\nreport {}", path.display());
    Ok(())
}
