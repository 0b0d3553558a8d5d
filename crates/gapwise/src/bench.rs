//! The speed of this machine on the standard workloads of [`gapwise_nn::workloads`].

pub mod worker;

use std::time::{Duration, Instant};

use gapwise_nn::{
    Device,
    workloads::{self, Workload},
};
use serde::Serialize;

use crate::{Error, measure, nearest::nearest};

/// How long, and how often at least, something is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effort {
    time: Duration,
    least: usize,
}

/// The figures of this machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Benchmark {
    /// The processor's name.
    pub processor: String,
    /// The vector instructions of the kernels: `avx512`, `avx2`, `neon` or `portable`.
    pub instructions: &'static str,
    /// Threads that compute.
    pub threads: usize,
    /// Multiply-adds a second of a product of two 1,024×1,024 matrices in single precision, by the
    /// engine: the fastest of those measured beside each workload.
    pub product_per_second: f64,
    /// Each workload's figures, in the order asked for.
    pub workloads: Vec<Figures>,
    /// The most memory, in bytes, that this process took, whatever it did; `None` where the system
    /// does not tell, which Linux does.
    pub peak_memory: Option<u64>,
}

/// The figures of a workload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The workload.
    pub name: &'static str,
    /// What it is, in words.
    pub about: &'static str,
    /// Examples of a step.
    pub batch: usize,
    /// Multiply-adds of the forward pass of one example.
    pub multiply_adds: usize,
    /// Multiply-adds of a training step.
    pub step_multiply_adds: usize,
    /// Seconds of a training step.
    pub step: Seconds,
    /// Training steps a second, by the median.
    pub steps_per_second: f64,
    /// Seconds of the answer to one example.
    pub answer: Seconds,
    /// Multiply-adds a second of the median training step over those of the fastest matrix product
    /// just before.
    pub share_of_product: f64,
}

/// Seconds of something that was done several times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Seconds {
    /// The middle one.
    pub median: f64,
    /// A quarter took no longer.
    pub lower_quartile: f64,
    /// A quarter took at least as long.
    pub upper_quartile: f64,
    /// How often it was done.
    pub times: usize,
}

/// Training steps that are timed at least.
const STEPS: usize = 5;
/// Answers that are timed at least.
const ANSWERS: usize = 20;
/// Done before what is timed: it fills caches and allocates.
const WARM_UP: usize = 2;
/// Matrix products beside each workload.
const PRODUCTS: usize = 9;

/// The workloads of these names, in their order; all where there are none.
///
/// # Errors
///
/// [`Error::UnknownWorkload`] for the first name that none has.
pub fn named(names: &[String]) -> Result<Vec<Workload>, Error> {
    if names.is_empty() {
        return Ok(Workload::all());
    }
    let named = |name: &String| Workload::named(name).ok_or_else(|| unknown(name));
    names.iter().map(named).collect()
}

fn unknown(name: &str) -> Error {
    let nearest = nearest(name, Workload::all().into_iter().map(|workload| workload.name));
    Error::UnknownWorkload { name: name.to_owned(), nearest }
}

/// A workload in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The word for it.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Examples of a training step.
    pub batch: usize,
    /// Of one example.
    pub shape: Vec<usize>,
}

/// What a list says of `workload`.
pub fn listed(workload: &Workload) -> Listed {
    let Workload { name, about, batch, ref shape, .. } = *workload;
    Listed { name, about, batch, shape: shape.clone() }
}

/// Times `workloads` on the processor: training for `time` each, at least five steps, and answers
/// for a quarter of it, at least twenty. `watch` is told of each before it begins.
///
/// It computes in the thread pool that it is called in.
pub fn benchmark(
    workloads: &[Workload],
    time: Duration,
    watch: &mut dyn FnMut(&Workload),
) -> Benchmark {
    let device = Device::flex();
    let mut products = Vec::new();
    let figures = workloads.iter().map(|workload| {
        watch(workload);
        let beside = fastest(workloads::product(PRODUCTS, &device));
        products.push(beside);
        figures(workload, &device, (time, beside))
    });
    let workloads = figures.collect();
    Benchmark {
        processor: measure::processor(),
        instructions: workloads::instructions(),
        threads: rayon::current_num_threads(),
        product_per_second: fastest(products),
        workloads,
        peak_memory: measure::peak_memory(),
    }
}

fn figures(workload: &Workload, device: &Device, (time, product): (Duration, f64)) -> Figures {
    let mut training = workload.training(device);
    let step = timed(Effort { time, least: STEPS }, || _ = training.step());
    drop(training);
    let predicting = workload.predicting(device);
    let answer = timed(Effort { time: time / 4, least: ANSWERS }, || _ = predicting.answer());
    let products = workload.step_multiply_adds() as f64;
    Figures {
        name: workload.name,
        about: workload.about,
        batch: workload.batch,
        multiply_adds: workload.multiply_adds(),
        step_multiply_adds: workload.step_multiply_adds(),
        step,
        steps_per_second: 1.0 / step.median,
        answer,
        share_of_product: products / step.median / product,
    }
}

fn timed(effort: Effort, mut work: impl FnMut()) -> Seconds {
    (0..WARM_UP).for_each(|_| work());
    let mut seconds = Vec::new();
    let began = Instant::now();
    while seconds.len() < effort.least || began.elapsed() < effort.time {
        let asked = Instant::now();
        work();
        seconds.push(asked.elapsed().as_secs_f64());
    }
    Seconds {
        times: seconds.len(),
        lower_quartile: at(&mut seconds, 0.25),
        median: at(&mut seconds, 0.5),
        upper_quartile: at(&mut seconds, 0.75),
    }
}

/// What a machine can do does not fall while others use it, as a median would.
fn fastest(rates: Vec<f64>) -> f64 {
    rates.into_iter().fold(0.0, f64::max)
}

/// The value that a share of the others lies below, between the two that are nearest; 0 of none.
fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = share * values.len().saturating_sub(1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    match (values.get(low), values.get(high)) {
        (Some(&low_value), Some(&high_value)) => {
            low_value + (high_value - low_value) * (place - low as f64)
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_the_nearest_values() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        // Places 0.75, 1.5 and 2.25 of 1, 2, 3, 4.
        assert_eq!([0.25, 0.5, 0.75].map(|share| at(&mut values, share)), [1.75, 2.5, 3.25]);
        assert_eq!(at(&mut [], 0.5), 0.0);
    }

    #[test]
    fn a_name_that_is_none_has_the_nearest_beside_it() {
        let Error::UnknownWorkload { name, nearest } = unknown("ResNet21") else { unreachable!() };
        assert_eq!(name, "ResNet21");
        assert_eq!(nearest, ["resnet20", "resnet18"]);
    }
}
