//! Images that a program made itself, judged by a metric of its own.
//!
//!     cargo run --release --example own_metric

#![allow(clippy::print_stdout)] // An example shows what it found.

use gapwise::{
    nn::DeviceChoice,
    prelude::*,
    study::{
        diagnosis::ladder_text,
        metric::{Custom, CustomMetric, MetricKind},
        predictions::{Outcome, Target},
    },
    system::{judge, train},
};

/// What a mistake costs: to miss a crack costs twenty times what a false alarm does.
#[derive(Debug)]
struct Cost;

impl CustomMetric for Cost {
    fn word(&self) -> &'static str {
        "cost"
    }

    fn name(&self) -> &'static str {
        "cost of mistakes"
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some_and(|names| names == ["crack", "sound"])
    }

    fn unit(&self, _target: &Target) -> String {
        "€ a piece".into()
    }

    fn furthest(&self) -> f64 {
        20.0
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let cost = outcome.classified().map(|of| match (of.label, of.prediction) {
            (0, 1) => 20.0,
            (1, 0) => 1.0,
            _ => 0.0,
        });
        facts.push(cost.unwrap_or(f64::NAN));
    }
}

/// Pieces of 12×12 pixels with noise; a crack is a dark line.
fn pieces(pieces: usize) -> HeldImages {
    const SIDE: usize = 12;
    let noise = |piece: usize, pixel: usize| (piece * 7_919 + pixel * 104_729) % 90;
    let is_crack = |piece: usize| piece.is_multiple_of(2);
    let pixel = |piece: usize, pixel: usize| {
        let on_the_line = pixel / SIDE == 2 + piece * 31 % 8;
        let grey = if is_crack(piece) && on_the_line { 105 } else { 130 };
        (grey + noise(piece, pixel)) as u8
    };
    let pixels = (0..pieces * SIDE * SIDE).map(|at| pixel(at / (SIDE * SIDE), at % (SIDE * SIDE)));
    let class = |piece: usize| if is_crack(piece) { "crack" } else { "sound" };
    let classes = (0..pieces).map(|piece| class(piece).to_owned()).collect();
    HeldImages::new("pieces", [1, SIDE, SIDE]).bytes(pixels.collect(), classes)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut config = Config::default().with_sets(&["train.epochs=10".into()])?;
    config.metric.optimise = Some(MetricKind::Custom(Custom::new(&Cost)));
    let plan = Plan::of(pieces(600).dataset()?, &config)?;

    let device = DeviceChoice::Cpu.open()?;
    let Some(fit) = train(&plan, &device, &mut ())?.finished() else { return Ok(()) };
    let judged = judge(&plan, &fit.best, Baselines::None)?;
    for line in ladder_text(&judged.diagnosis(&plan, &InMemory::default())?) {
        println!("{}", line.text);
    }
    Ok(())
}
