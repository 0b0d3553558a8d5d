//! The report's sections about training: gradients, range test, many epochs.

use gapwise_study::run::RangePoint;

use super::{
    digits::digits,
    page,
    sample::{gradients, history, timing},
    section,
};

#[test]
fn a_run_that_recorded_nothing_of_its_training_has_no_such_section() {
    let mut run = digits();
    run.gradients.clear();
    run.range_test = None;
    run.timing.clear();
    let html = page("no-training", &run);
    assert!(!html.contains("id=\"training\""));
    assert!(section(&html, "curves").contains("after 323 steps."));
    assert!(!section(&html, "curves").contains("Examples per second"));
}

#[test]
fn the_time_of_the_kept_epoch_is_summed_from_its_beginning() {
    let html = page("timing", &digits());
    // 19 epochs of 17 steps and of 0.31 s.
    assert!(section(&html, "curves").contains("after 323 steps and 5.89\u{a0}s."));
}

#[test]
fn gradients_that_vanish_are_named_with_their_layer_and_what_to_try() {
    let mut run = digits();
    // 29 factors of 0.6: 3.7e-7.
    run.gradients = gradients(24, 30, 0.6);
    let html = page("vanishing", &run);
    let training = section(&html, "training");
    assert!(training.contains(
        "Gradients vanish: that of layer <code>hidden.0</code> is 3.7e-7 of the last layer's. Units"
    ));
    assert!(training.contains("Turn batch normalisation on where it is off."));
    assert!(training.contains("12 of 30 layers are drawn"));
    assert_eq!(training.matches("class=\"curve layer-").count(), 2 * 10, "keys and lines");
    assert!(training.contains(": 51 % of layer <code>hidden.17</code>, 54 %"));
    assert!(training.contains("at least 50 % of 9 more layers."));
}

#[test]
fn gradients_that_are_no_numbers_or_zero_are_a_whole_page() {
    let mut run = digits();
    for (place, row) in run.gradients.iter_mut().enumerate() {
        row.gradient_norm = [f64::NAN, f64::INFINITY, 0.0, 1e-320][place % 4];
        row.weight_norm = f64::NAN;
    }
    let html = page("broken-gradients", &run);
    assert!(section(&html, "training").contains("is no finite number"));
    run.gradients.truncate(1);
    page("one-gradient", &run);
}

#[test]
fn the_range_test_shows_the_value_taken_and_why() {
    let mut run = digits();
    let html = page("range-test", &run);
    let training = section(&html, "training");
    assert!(training.contains("Learning rate taken: <strong>0.012</strong>. The smoothed loss"));
    assert!(training.contains(">taken: 0.012</text>"));
    let test = run.range_test.as_mut().expect("digits have one");
    test.points = vec![RangePoint { learning_rate: 0.1, loss: f64::NAN, raw_loss: f64::INFINITY }];
    assert!(section(&page("broken-range-test", &run), "training").contains("no finite value"));
    run.range_test.as_mut().expect("digits have one").points.clear();
    page("empty-range-test", &run);
}

#[test]
fn the_loss_of_many_epochs_is_smoothed_with_the_raw_one_behind_it() {
    let mut run = digits();
    run.history = history(50, 0.02);
    assert!(!section(&page("fifty-epochs", &run), "curves").contains("smoothed"));
    run.history = history(51, 0.02);
    run.timing = timing(51);
    let html = page("many-epochs", &run);
    let curves = section(&html, "curves");
    assert!(curves.contains(">train, smoothed<"));
    assert!(curves.contains("class=\"curve pale\" d="));
    assert_eq!(curves.matches("class=\"curve plain\" d=").count(), 1);
}
