//! A network of a program of its own, trained by the loop here and judged by the ladder.
//!
//! The network reads encoded rows as [`Features`], and multiplies two dense layers: a gate.
//!
//!     cargo run --release --example own_network

#![allow(clippy::print_stdout)] // An example shows what it found.

use burn::{
    module::Module,
    nn::{Linear, LinearConfig},
    tensor::{Device, Tensor, activation::sigmoid},
};
use gapwise::{
    data::{Inputs, Labels, Split, source::read, table::TableEncoder},
    nn::{
        DeviceChoice,
        networks::feed_forward::Features,
        tasks::{Labelled, Network, NumberHead, RowReader, Supervised, answer_all},
        train::{Examples, Setup, TrainSettings, train},
    },
    prelude::*,
    study::{
        diagnosis::{DiagnoseOptions, diagnose, ladder_text},
        predictions::{PredictionRow, PredictionTable, Target},
        recipe::NoCommands,
    },
};

/// y = U (V x ⊙ σ(W x)).
#[derive(Module, Debug)]
struct Gated {
    value: Linear,
    gate: Linear,
    output: Linear,
}

impl Gated {
    fn new(features: usize, units: usize, device: &Device) -> Self {
        Gated {
            value: LinearConfig::new(features, units).init(device),
            gate: LinearConfig::new(features, units).init(device),
            output: LinearConfig::new(units, 1).init(device),
        }
    }
}

impl Network<Features> for Gated {
    type Outputs = Tensor<2>;

    fn forward(&self, rows: Features) -> Tensor<2> {
        let value = self.value.forward(rows.dense.clone()); // [batch, units]
        let gate = sigmoid(self.gate.forward(rows.dense)); // [batch, units]
        self.output.forward(value * gate) // [batch, 1]
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let luck = |row: usize, of: usize| (row * 7_919 + of * 104_729) % 1_000;
    let number = |row: usize, of: usize| luck(row, of) as f64 / 500.0 - 1.0;
    let product = |row: usize| number(row, 1) * number(row, 2);
    let table = Columns::new("products")
        .numbers("a", (0..900).map(|row| number(row, 1)).collect())
        .numbers("b", (0..900).map(|row| number(row, 2)).collect())
        .numbers("product", (0..900).map(product).collect())
        .hold()?;
    let config = Config { data: table.source("product"), ..Config::default() };
    let plan = Plan::of(read(&config.data)?, &config)?;
    let (dataset, splits) = (&plan.prepared().dataset, &plan.prepared().splits);

    // The reader, fitted on training examples alone; the head; the two joined.
    let (Inputs::Table(rows), Labels::Numbers(numbers)) = (&dataset.inputs, &dataset.labels) else {
        return Ok(());
    };
    let (examples, validation) = (splits.indices(Split::Train), splits.indices(Split::Validation));
    let (encoder, _) = TableEncoder::fit(rows, &examples);
    let reader = RowReader::new(encoder.encode(rows)?);
    let head = NumberHead::fit("product", numbers, &examples);
    let labelled = Labelled { labels: Some(&dataset.labels), weights: None };
    let task = Supervised::new(reader, head, labelled);

    let device = DeviceChoice::Cpu.open()?;
    let settings = TrainSettings::new(60, 64, 1e-2, 1);
    let setup = Setup { settings: &settings, device: &device, resume: None, watch: &mut () };
    let network = Gated::new(encoder.dense_width(), 32, &device.clone().autodiff());
    let of = Examples { train: &examples, validation: &validation };
    let trained = train(&task, network, of, setup)?;

    // From its answers to the ladder.
    let mut rows = Vec::new();
    for (split, examples) in [(Split::Train, &examples), (Split::Validation, &validation)] {
        for (answer, &example) in
            answer_all(&task, &trained.best, examples, &device)?.into_iter().zip(examples)
        {
            let (outcome, loss, weight) = (answer.outcome, answer.loss, answer.weight);
            let id = dataset.ids[example].clone();
            rows.push(PredictionRow { id, group: None, split, outcome, loss, weight });
        }
    }
    let table = PredictionTable { target: Target::number("product".to_owned()), rows };
    let diagnosis = diagnose(&table, &DiagnoseOptions::new("products"), &NoCommands)?;
    for line in ladder_text(&diagnosis) {
        println!("{}", line.text);
    }
    Ok(())
}
