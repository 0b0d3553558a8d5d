//! A table that a program made itself: trained, judged and asked, without a file.
//!
//! Two settings are compared on the same data, which is read once.
//!
//!     cargo run --release --example table_in_memory

#![allow(clippy::print_stdout)] // An example shows what it found.

use gapwise::{
    data::source::{LabelPolicy, read, read_like},
    nn::{DeviceChoice, tasks::Labelled},
    prelude::*,
    study::diagnosis::ladder_text,
    system::{judge, train},
};

/// Houses whose price depends on area, district and a little luck.
fn houses(name: &str, houses: usize) -> Columns {
    let districts = ["harbour", "hill", "station"];
    // Numbers that look random, the same each time.
    let luck = |house: usize, of: usize| (house * 7_919 + of * 104_729) % 1_000;
    let area = |house: usize| 40.0 + luck(house, 1) as f64 / 10.0;
    let district = |house: usize| luck(house, 2) % 3;
    let price = |house: usize| {
        let base = area(house) * [4.0, 6.0, 3.0][district(house)];
        base + luck(house, 3) as f64 / 50.0
    };
    Columns::new(name)
        .numbers("area", (0..houses).map(area).collect())
        .texts("district", (0..houses).map(|at| Some(districts[district(at)].into())).collect())
        .numbers("price", (0..houses).map(price).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = houses("houses", 600).hold()?;
    let config = Config { data: table.source("price"), ..Config::default() };
    let first = Plan::of(read(&config.data)?, &config)?;
    let second = first.with_settings(&config.with_sets(&["network.hidden=[32,32]".into()])?)?;

    let device = DeviceChoice::Cpu.open()?;
    let looks = InMemory::default();
    let mut best = None;
    for plan in [first, second] {
        let Some(fit) = train(&plan, &device, &mut ())?.finished() else { continue };
        let judged = judge(&plan, &fit.best, Baselines::All)?;
        let diagnosis = judged.diagnosis(&plan, &looks)?;
        println!("hidden {:?}", plan.settings().network.hidden);
        for line in ladder_text(&diagnosis) {
            println!("  {}", line.text);
        }
        best = Some(fit.best);
    }

    // New houses, without a price.
    let Some(model) = best else { return Ok(()) };
    let new = houses("new", 3).hold()?;
    let inputs = read_like(&model.record().reading, new.path(), LabelPolicy::Optional)?;
    let answers = model.answers(&inputs.inputs, Labelled::default(), &[0, 1, 2])?;
    for (id, answer) in inputs.ids.iter().zip(answers) {
        println!("{id}: {:?}", answer.outcome.prediction);
    }
    Ok(())
}
