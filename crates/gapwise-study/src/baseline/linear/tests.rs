use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{lbfgs::Function, *};

/// Examples drawn from a seed: two numbers and a code each.
struct Drawn {
    dense: Vec<f32>,
    codes: Vec<u32>,
    classes: Vec<u32>,
    numbers: Vec<f64>,
    weights: Vec<f32>,
}

impl Drawn {
    fn new(examples: usize) -> Self {
        let mut draw = ChaCha8Rng::seed_from_u64(5);
        let dense: Vec<f32> = (0..2 * examples).map(|_| draw.random_range(-2.0..2.0)).collect();
        let codes: Vec<u32> = (0..examples).map(|_| draw.random_range(0..3)).collect();
        // The first number and the code decide, as far as they do.
        let classes = dense.chunks_exact(2).zip(&codes).map(|(row, code)| {
            let noise: f32 = draw.random_range(-0.5..0.5);
            if row[0] + noise > 0.5 { 2 } else { u32::from(*code == 1) }
        });
        let classes = classes.collect();
        let numbers = dense.chunks_exact(2).zip(&codes);
        let numbers = numbers.map(|(row, code)| f64::from(row[0] - 2.0 * row[1] + *code as f32));
        let numbers = numbers.collect();
        let weights = (0..examples).map(|place| (place % 3) as f32).collect();
        Drawn { dense, codes, classes, numbers, weights }
    }

    fn features(&self) -> Features<'_> {
        Features { width: 2, dense: &self.dense, codes: &self.codes, categories: &[3] }
    }

    fn of_classes(&self) -> Examples<'_> {
        let targets = Targets::Classes { of: &self.classes, classes: 3 };
        Examples { features: self.features(), targets, weights: None, units: None }
    }

    fn of_numbers(&self) -> Examples<'_> {
        Examples { targets: Targets::Numbers(&self.numbers), ..self.of_classes() }
    }
}

fn rows(examples: usize) -> Vec<usize> {
    (0..examples).collect()
}

fn fit(examples: Examples<'_>, rows: &[usize]) -> Linear {
    Linear::fit(examples, rows, 1, &|| false).unwrap()
}

#[test]
fn the_gradient_is_the_slope_of_the_cost() {
    let drawn = Drawn::new(150);
    let weighted = Some(drawn.weights.as_slice());
    for examples in [drawn.of_classes(), drawn.of_numbers()] {
        let examples = Examples { weights: weighted, ..examples };
        let rows: Vec<usize> = rows(150).into_iter().filter(|row| row % 3 != 0).collect();
        let cost = Cost::new(examples, &rows, 3.0);
        let mut draw = ChaCha8Rng::seed_from_u64(2);
        let mut here: Vec<f64> = vec![0.0; cost.parameters()];
        here.iter_mut().for_each(|weight| *weight = draw.random_range(-1.0..1.0));
        let (mut gradient, mut unused) = (vec![0.0; here.len()], vec![0.0; here.len()]);
        cost.at(&here, &mut gradient);
        for place in 0..here.len() {
            let mut beside = |step: f64| {
                let mut there = here.clone();
                there[place] += step;
                cost.at(&there, &mut unused)
            };
            let slope = (beside(1e-5) - beside(-1e-5)) / 2e-5;
            assert!((slope - gradient[place]).abs() < 1e-7, "{place}: {slope}, {gradient:?}");
        }
    }
}

#[test]
fn ridge_regression_is_the_one_worked_by_hand() {
    // Labels 1 + x and x = ±1: the bias takes the mean of 1, and of (w − 1)² + λ·w² with λ = 3/4 the
    // minimum is at w = 1 / (1 + ¾) = 4/7.
    let targets = Targets::Numbers(&[2.0, 0.0, 2.0, 0.0]);
    let dense = [1.0, -1.0, 1.0, -1.0];
    let features = Features { width: 1, dense: &dense, codes: &[], categories: &[] };
    let examples = Examples { features, targets, weights: None, units: None };
    let rows = rows(4);
    let cost = Cost::new(examples, &rows, 3.0);
    let mut weights = vec![0.0; cost.parameters()];
    let course = Course { tolerance: 1e-10, passes: 100 };
    let end = minimise(&cost, &mut weights, course, &|| false).unwrap();
    assert!(end.converged, "{end:?}");
    assert!(
        (weights[0] - 4.0 / 7.0).abs() < 1e-9 && (weights[1] - 1.0).abs() < 1e-9,
        "{weights:?}"
    );
}

#[test]
fn logistic_regression_is_the_one_worked_by_hand() {
    // One feature that is 1 for every example is a second bias: with three of four in class 1 the
    // logits differ by ln 3 whatever λ is, since the bias is exempt.
    let targets = Targets::Classes { of: &[1, 0, 1, 1], classes: 2 };
    let features = Features { width: 0, dense: &[], codes: &[], categories: &[] };
    let linear = fit(Examples { features, targets, weights: None, units: None }, &rows(4));
    let answers = linear.answers(features, &[0]);
    assert!((answers[1] - answers[0] - 3_f64.ln()).abs() < 1e-4, "{answers:?}");
    // The second example counts three times: as many of each.
    let weights = Some([1.0, 3.0, 1.0, 1.0].as_slice());
    let linear = fit(Examples { features, targets, weights, units: None }, &rows(4));
    let answers = linear.answers(features, &[0]);
    assert!((answers[1] - answers[0]).abs() < 1e-4, "{answers:?}");
}

#[test]
fn it_is_trained_to_its_minimum_and_learns_numbers_and_codes() {
    let drawn = Drawn::new(900);
    let (train, held_out) = (rows(600), (600..900).collect::<Vec<_>>());
    let linear = fit(drawn.of_classes(), &train);
    let course = linear.course();
    assert!(course.converged && course.gradient <= TOLERANCE, "{course:?}");
    assert_eq!((course.folds, course.chosen_on, course.examples), (5, 600, 600));
    let answers = linear.answers(drawn.features(), &held_out);
    let right = answers.chunks_exact(3).zip(&held_out).filter(|(logits, row)| {
        let best = (0..3).max_by(|&one, &other| logits[one].total_cmp(&logits[other]));
        best == Some(drawn.classes[**row] as usize)
    });
    assert!(right.count() > 265);
    let linear = fit(drawn.of_numbers(), &train);
    let answers = linear.answers(drawn.features(), &held_out);
    for (answer, &row) in answers.iter().zip(&held_out) {
        assert!((answer - drawn.numbers[row]).abs() < 0.05, "{answer} for {}", drawn.numbers[row]);
    }
}

#[test]
fn an_example_of_weight_two_is_that_example_twice() {
    let drawn = Drawn::new(60);
    let weights: Vec<f32> = (0..60).map(|row| if row < 10 { 2.0 } else { 1.0 }).collect();
    let weighted = Examples { weights: Some(&weights), ..drawn.of_classes() };
    let twice: Vec<usize> = (0..10).chain(0..60).collect();
    let all = rows(60);
    let ends = [(weighted, &all), (drawn.of_classes(), &twice)].map(|(examples, rows)| {
        let mut cost = Cost::new(examples, rows, 1.0);
        // The same λ in spite of more rows.
        cost.set_strength(rows.len() as f64 / 60.0);
        let mut weights = vec![0.0; cost.parameters()];
        let course = Course { tolerance: 1e-9, passes: 500 };
        assert!(minimise(&cost, &mut weights, course, &|| false).unwrap().converged);
        weights
    });
    for (one, other) in ends[0].iter().zip(&ends[1]) {
        assert!((one - other).abs() < 1e-6, "{one}, {other}");
    }
}

#[test]
fn one_thread_gives_the_same_bits_as_three() {
    let drawn = Drawn::new(400);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(drawn.of_classes(), &rows(400)).weights)
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn nothing_to_learn_from_and_a_stop_give_none() {
    let drawn = Drawn::new(30);
    assert!(Linear::fit(drawn.of_classes(), &[], 1, &|| false).is_none());
    assert!(Linear::fit(drawn.of_classes(), &rows(30), 1, &|| true).is_none());
    let weightless = Examples { weights: Some(&[0.0; 30]), ..drawn.of_classes() };
    assert!(Linear::fit(weightless, &rows(30), 1, &|| false).is_none());
    // One example has no minimum but λ's: it is fitted all the same.
    let course = fit(drawn.of_classes(), &[3]).course();
    assert_eq!((course.folds, course.examples), (0, 1));
}

#[test]
fn how_it_went_is_said() {
    let fit = LinearFit {
        l2: 0.000_932,
        folds: 5,
        chosen_on: 1_078,
        examples: 1_078,
        iterations: 43,
        passes: 47,
        gradient: 9.12e-6,
        tolerance: TOLERANCE,
        converged: true,
    };
    let record = LinearRecord::new(fit, 1_078);
    insta::assert_snapshot!(record.said(), @"Trained to its minimum in 43 steps of L-BFGS; the largest part of the gradient is 9.1e-6. L2 is 0.00093, chosen by 5 folds of 1,078 training examples.");
    let cut = LinearFit { iterations: 30, gradient: 2e-3, folds: 0, converged: false, ..fit };
    let shrunk = Some(Shrunk { from: [224, 200], to: [64, 57] });
    let cut = LinearRecord { shrunk, ..LinearRecord::new(cut, 2_000) };
    insta::assert_snapshot!(cut.said(), @"Not trained to its minimum: stopped after 30 steps of L-BFGS; the largest part of the gradient is 2.0e-3, and 1e-5 is the minimum. L2 is 0.00093, for want of training examples to choose it by. It was fitted to 1,078 of 2,000 training examples. It read images of 224×200 as 64×57.");
    assert!(record.is_fair() && !cut.is_fair());
    assert!(!LinearRecord { shrunk: None, ..cut }.is_fair(), "far from the minimum");
    assert!(LinearRecord::new(LinearFit { gradient: 1e-4, ..cut.fit }, 1_078).is_fair());
    let halved = Some(Shrunk { from: [128, 100], to: [64, 50] });
    assert!(LinearRecord { shrunk: halved, ..record }.is_fair());
    assert!(!LinearRecord { shrunk, ..record }.is_fair());
}
