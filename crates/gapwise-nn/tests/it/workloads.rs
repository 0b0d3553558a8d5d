//! The standard workloads against PyTorch and torchvision (`tests/reference/workloads.py`).

use gapwise_nn::{Device, workloads::Workload};
use serde::Deserialize;

use crate::reference::assert_close;

#[derive(Deserialize)]
struct Reference {
    name: String,
    /// Logits of the first example in evaluation, of which the first are kept.
    logits: Vec<f64>,
    /// Of all logits of the first example.
    norm: f64,
    /// Of the first steps of training; none where a step takes a test too long.
    losses: Vec<f64>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("../reference/workloads.json")).unwrap()
}

#[test]
fn the_reference_has_every_workload() {
    let references = references();
    let names = Workload::all().into_iter().map(|workload| workload.name);
    assert!(names.eq(references.iter().map(|reference| reference.name.as_str())));
}

#[test]
fn logits_are_pytorchs() {
    for Reference { name, logits, norm, .. } in references() {
        let workload = Workload::named(&name).unwrap();
        let answer = workload.predicting(&Device::flex()).answer();
        let found: Vec<f64> = answer.into_iter().map(f64::from).collect();
        let length = found.iter().map(|logit| logit * logit).sum::<f64>().sqrt();
        assert_close(&name, &[length], &[norm], 1e-4);
        assert_close(&name, &found[..logits.len()], &logits, 1e-4);
    }
}

#[test]
fn losses_of_the_first_steps_are_pytorchs() {
    for Reference { name, losses, .. } in references() {
        let workload = Workload::named(&name).unwrap();
        if losses.is_empty() {
            continue;
        }
        let mut training = workload.training(&Device::flex());
        for (step, expected) in losses.into_iter().enumerate() {
            let what = format!("{name}, loss {step}");
            assert_close(&what, &[f64::from(training.step())], &[expected], 1e-4);
        }
    }
}

#[test]
fn multiply_adds_are_those_of_the_shapes() {
    let of = |name| Workload::named(name).unwrap().multiply_adds();
    assert_eq!(of("dense-784"), 784 * 256 + 256 * 128 + 128 * 10);
    assert_eq!(of("inception"), 784 * (163_328 + 388_096) + 480 * 10);
    // Each of 64 times: four gates of 256 units that read 128 + 256 numbers, and 256·10.
    assert_eq!(of("lstm-256"), 64 * (4 * 256 * 384 + 2_560));
    // Three gates; two layers.
    assert_eq!(of("gru-200"), 35 * (2 * 3 * 200 * 400 + 2_000));
    // Both ways: four gates of 128 units that read 100 + 128 numbers each, and 256·17.
    assert_eq!(of("tagger"), 25 * (2 * 4 * 128 * 228 + 256 * 17));
}

#[test]
fn a_step_is_three_passes_but_for_the_gradient_of_the_inputs() {
    for workload in Workload::all() {
        let first = 3 * workload.multiply_adds() - workload.step_multiply_adds() / workload.batch;
        let expected = match workload.name {
            "dense-30" => 30 * 64,
            "dense-784" => 784 * 256,
            "lenet" => 784 * 25 * 6,
            "resnet20" | "resnet56" => 1_024 * 27 * 16,
            "vgg11" => 1_024 * 27 * 64,
            "resnet18" | "resnet50" | "googlenet" => 12_544 * 147 * 64,
            "vgg16" => 50_176 * 27 * 64,
            "alexnet" => 3_025 * 363 * 64,
            // The four kernels of 1×1 that read the inputs.
            "inception" => 784 * 192 * (64 + 96 + 16 + 32),
            "lstm-256" => 64 * 4 * 256 * 128,
            "lstm-128" => 32 * 4 * 128 * 128,
            "lstm-200" => 35 * 4 * 200 * 200,
            "gru-256" => 64 * 3 * 256 * 128,
            "gru-128" => 32 * 3 * 128 * 128,
            "gru-200" => 35 * 3 * 200 * 200,
            // The vectors of the words learn.
            _ => 0,
        };
        assert_eq!(first, expected, "{}", workload.name);
    }
}
