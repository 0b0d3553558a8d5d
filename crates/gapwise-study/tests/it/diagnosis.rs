//! Gaps, answers and verdicts at their edges.

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{
        Answer, DiagnoseError, DiagnoseOptions, Diagnosis, GapKind, HumanLevel, Ladder, Origin,
        RungError, RungKind, Tolerance, TrainRows, Verdict, diagnose, ladder_text,
    },
    interval::{Interval, Rate, newcombe_difference, wilson},
    metric::{MetricKind, Sample},
    predictions::{Outcome, PredictionTable},
    recipe::{NoCommands, Remedy},
};

use crate::tables::{class_table, estimated, known, ladder, missing, number_table};

fn judged(ladder: &Ladder) -> Diagnosis {
    ladder.diagnose(&NoCommands)
}

fn with_tolerance(ladder: Ladder, size: f64) -> Ladder {
    let reason = "as given".to_owned();
    Ladder { tolerance: Tolerance { size, reason, floor: None }, ..ladder }
}

fn answer(diagnosis: &Diagnosis, gap: GapKind) -> &Answer {
    &diagnosis.gap(gap).unwrap().answer
}

fn options() -> DiagnoseOptions {
    DiagnoseOptions::new("runs/cats-1")
}

fn run(table: &PredictionTable, options: &DiagnoseOptions) -> Diagnosis {
    diagnose(table, options, &NoCommands).unwrap()
}

#[test]
fn a_known_lower_rung_shifts_wilson() {
    // Bias and variance are present: two gaps, so each has 1 − 0.05 / 2 = 97.5 %.
    let diagnosis = judged(&ladder(known(0.0), known(0.01), estimated(110, 1_000)));
    let rung = wilson(110, 1_000, 0.975);
    let gap = diagnosis.gap(GapKind::Variance).unwrap();
    assert_eq!(gap.size, Some(0.11 - 0.01));
    let found = gap.interval.unwrap();
    assert!((found.low - (rung.low - 0.01)).abs() < 1e-12);
    assert!((found.high - (rung.high - 0.01)).abs() < 1e-12);
}

#[test]
fn two_sampled_rungs_have_newcombes_interval() {
    let base = ladder(known(0.0), known(0.01), estimated(110, 1_000));
    let diagnosis = judged(&Ladder { test: estimated(70, 500), ..base });
    // Bias, variance and overfitting are present: 1 − 0.05 / 3.
    let expected = newcombe_difference(Rate::of(70, 500), Rate::of(110, 1_000), 1.0 - 0.05 / 3.0);
    let found = diagnosis.gap(GapKind::ValidationOverfitted).unwrap().interval.unwrap();
    assert!((found.low - expected.low).abs() < 1e-12);
    assert!((found.high - expected.high).abs() < 1e-12);
}

#[test]
fn rungs_are_pointwise_and_train_has_no_interval() {
    let diagnosis = judged(&ladder(known(0.0), known(0.01), estimated(110, 1_000)));
    let validation = &diagnosis.rung(RungKind::Validation).unwrap().error;
    assert_eq!(validation.interval(), Some(wilson(110, 1_000, 0.95)));
    assert_eq!(diagnosis.rung(RungKind::Train).unwrap().error.interval(), None);
}

#[test]
fn a_gap_is_material_only_if_its_lower_end_is_above_the_tolerance() {
    let base = ladder(known(0.0), known(0.0), estimated(100, 1_000));
    let Interval { low, high } = judged(&base).gap(GapKind::Variance).unwrap().interval.unwrap();
    let at = |size: f64| {
        let diagnosis = judged(&with_tolerance(base.clone(), size));
        answer(&diagnosis, GapKind::Variance).clone()
    };
    assert_eq!(at(low - 1e-9), Answer::Material);
    assert!(matches!(at(low), Answer::CannotTell { .. }));
    assert!(matches!(at(low + 1e-9), Answer::CannotTell { .. }));
    assert!(matches!(at(high - 1e-9), Answer::CannotTell { .. }));
    assert!(matches!(at(high), Answer::CannotTell { .. }));
    assert_eq!(at(high + 1e-9), Answer::Immaterial);
}

#[test]
fn a_known_gap_of_just_the_tolerance_is_immaterial() {
    let base = ladder(known(0.0), known(0.25), estimated(260, 1_000));
    let bias = |tolerance: f64| {
        let diagnosis = judged(&with_tolerance(base.clone(), tolerance));
        answer(&diagnosis, GapKind::AvoidableBias).clone()
    };
    assert_eq!(bias(0.25), Answer::Immaterial);
    assert_eq!(bias(0.249), Answer::Material);
}

#[test]
fn a_tolerance_that_follows_from_validation_is_as_uncertain_as_validation() {
    // 2 wrong of 100, at 97.5 % for each of two gaps: z = 2.241403, z² = 5.023886.
    //   middle = (0.02 + 5.023886 / 200) / 1.05023886 = 0.0429611
    //   half   = 2.241403 / 1.05023886 · √(0.02 · 0.98 / 100 + 5.023886 / 40000) = 0.0382726
    // so the validation error v is between 0.0046885 and 0.0812337, and the tolerance
    // max(v / 10, 0.001) between 0.001 and 0.0081234.
    //   bias − tolerance     = 0.004 − max(v / 10, 0.001):     −0.0041234 to 0.003
    //   variance − tolerance = v − 0.02 − max(v / 10, 0.001):  −0.0163115 to 0.0531103
    let base = ladder(known(0.016), known(0.02), estimated(2, 100));
    let near = |gap: GapKind, low: f64, high: f64| {
        let found = base.beyond_tolerance(gap).unwrap();
        assert!((found.low - low).abs() < 1e-6 && (found.high - high).abs() < 1e-6, "{found:?}");
    };
    near(GapKind::AvoidableBias, -0.004_123_4, 0.003);
    near(GapKind::Variance, -0.016_311_5, 0.053_110_3);
    assert_eq!(base.beyond_tolerance(GapKind::ValidationOverfitted), None);
    let Answer::CannotTell { enlarge, and, .. } =
        answer(&judged(&base), GapKind::AvoidableBias).clone()
    else {
        panic!("a known bias of 0.4 points is not surely above a tolerance of 0.1 to 0.8 points");
    };
    assert_eq!((enlarge, and), (RungKind::Validation, None));
    // The same tolerance of 0.2 points, given: a known bias is surely above it.
    let given = judged(&with_tolerance(base.clone(), 0.002));
    assert_eq!(*answer(&given, GapKind::AvoidableBias), Answer::Material);
}

#[test]
fn nothing_is_uncertain_of_a_tolerance_at_its_least() {
    // 1 wrong of 10,000: a tenth of the upper end is far below 0.1 points.
    let base = ladder(known(0.0), known(0.001_5), estimated(1, 10_000));
    let found = base.beyond_tolerance(GapKind::AvoidableBias).unwrap();
    assert!(found.half_width() < 1e-15 && (found.low - 0.000_5).abs() < 1e-12);
    assert_eq!(*answer(&judged(&base), GapKind::AvoidableBias), Answer::Material);
}

#[test]
fn a_small_part_of_the_noise_asks_for_no_examples() {
    // A tenth of validation's noise is in the variance up to train-validation too; the split to
    // enlarge is train-validation alone.
    let base = ladder(known(0.0), known(0.08), estimated(100, 1_000));
    let base = Ladder { train_validation: Some(estimated(90, 1_000)), ..base };
    let Answer::CannotTell { enlarge, and, .. } = answer(&judged(&base), GapKind::Variance).clone()
    else {
        panic!("1 ± 2 points are not told from a tolerance of 1 point");
    };
    assert_eq!((enlarge, and), (RungKind::TrainValidation, None));
}

#[test]
fn the_number_of_examples_halves_the_tolerance_and_one_less_does_not() {
    let base = with_tolerance(ladder(known(0.0), known(0.0), estimated(5, 359)), 0.01);
    let Answer::CannotTell { enlarge, examples, and } =
        answer(&judged(&base), GapKind::Variance).clone()
    else {
        panic!("5 errors in 359 tell nothing of a tolerance of 1 %");
    };
    assert_eq!((enlarge, and), (RungKind::Validation, None));
    let half_width =
        |n: usize| Rate { error: 5.0 / 359.0, examples: n as f64 }.interval(0.975).half_width();
    assert!(half_width(examples) <= 0.005);
    assert!(half_width(examples - 1) > 0.005);
    assert!(examples > 359);
}

#[test]
fn of_two_samples_the_one_with_more_noise_is_enlarged() {
    let base = ladder(known(0.0), known(0.1), estimated(1_000, 10_000));
    let base = with_tolerance(Ladder { test: estimated(11, 100), ..base }, 0.02);
    let diagnosis = judged(&base);
    let Answer::CannotTell { enlarge, examples, and } =
        answer(&diagnosis, GapKind::ValidationOverfitted)
    else {
        panic!("100 test examples tell nothing of a tolerance of 2 %");
    };
    assert_eq!(*enlarge, RungKind::Test);
    // Test needs about 11,000, and the 10,000 of validation are so nearly as many that they do.
    assert!((10_000..12_000).contains(examples), "{examples}");
    assert_eq!(*and, None);
}

#[test]
fn both_samples_are_enlarged_where_one_does_not_do() {
    let base = ladder(known(0.0), known(0.0), estimated(10, 500));
    let base = with_tolerance(Ladder { test: estimated(12, 400), ..base }, 0.002);
    let diagnosis = judged(&base);
    let Answer::CannotTell { enlarge, and, .. } = answer(&diagnosis, GapKind::ValidationOverfitted)
    else {
        panic!("a few hundred examples tell nothing of a tolerance of 0.2 %");
    };
    assert_eq!((*enlarge, *and), (RungKind::Test, Some(RungKind::Validation)));
}

#[test]
fn a_gap_as_large_as_the_tolerance_asks_for_more_than_there_are() {
    // The half-width is far below half of the tolerance already, and still one cannot tell.
    let base = ladder(known(0.0), known(0.0), estimated(10_000, 100_000));
    let diagnosis = judged(&with_tolerance(base, 0.1));
    let Answer::CannotTell { examples, .. } = answer(&diagnosis, GapKind::Variance) else {
        panic!("a gap of just the tolerance cannot be told from it");
    };
    assert!(*examples > 300_000, "{examples}");
}

#[test]
fn equal_gaps_go_by_the_recipes_order() {
    // Variance 9 %, mismatch 10 %: with 1,000 examples not told apart, so variance goes first.
    let base = ladder(known(0.0), known(0.01), estimated(200, 1_000));
    let diagnosis = judged(&Ladder { train_validation: Some(estimated(100, 1_000)), ..base });
    assert_eq!(
        diagnosis.verdict,
        Verdict::Close {
            gap: GapKind::Variance,
            not_told_apart_from: vec![GapKind::Mismatch],
            unless_human_below: None
        }
    );
}

#[test]
fn gaps_that_are_told_apart_go_by_size() {
    // The same with 100 times the examples: mismatch is larger beyond noise.
    let base = ladder(known(0.0), known(0.01), estimated(20_000, 100_000));
    let diagnosis = judged(&Ladder { train_validation: Some(estimated(10_000, 100_000)), ..base });
    assert_eq!(
        diagnosis.verdict,
        Verdict::Close {
            gap: GapKind::Mismatch,
            not_told_apart_from: Vec::new(),
            unless_human_below: None
        }
    );
}

#[test]
fn the_difference_of_two_gaps_counts_their_common_rung_twice() {
    // mismatch − variance = validation − 2 train-validation + train, by hand with Wilson's ends at
    // 95 % (one comparison):
    //   validation 0.2 ± (0.1764 … 0.2259), train-validation 0.1 ± (0.0829 … 0.1202)
    //   value = 0.2 − 0.2 + 0.01 = 0.01
    //   below = √((0.2 − 0.1764)² + (2 · (0.1202 − 0.1))²) = √(0.000557 + 0.001632) = 0.0468
    // The lower end, 0.01 − 0.0468, is below 0: not told apart. With train at 4 % the value is
    // 0.04, and still so; at 5 % it is 0.05 > 0.0468, and mismatch is larger. Human is as good as
    // train, so that bias does not count.
    let verdict = |train: f64| {
        let base = ladder(known(train), known(train), estimated(200, 1_000));
        let base = Ladder { train_validation: Some(estimated(100, 1_000)), ..base };
        judged(&with_tolerance(base, 0.01)).verdict
    };
    let close = |gap, not_told_apart_from| Verdict::Close {
        gap,
        not_told_apart_from,
        unless_human_below: None,
    };
    assert_eq!(verdict(0.01), close(GapKind::Variance, vec![GapKind::Mismatch]));
    assert_eq!(verdict(0.04), close(GapKind::Variance, vec![GapKind::Mismatch]));
    assert_eq!(verdict(0.05), close(GapKind::Mismatch, Vec::new()));
}

#[test]
fn without_a_human_level_bias_is_at_most_the_train_error() {
    let base = ladder(missing("not known"), known(0.002), estimated(60, 1_000));
    let diagnosis = judged(&base);
    let bias = diagnosis.gap(GapKind::AvoidableBias).unwrap();
    assert_eq!((bias.size, bias.interval, bias.at_most), (None, None, Some(0.002)));
    // 0.2 % is below the tolerance of 0.6 %: immaterial whatever people reach.
    assert_eq!(bias.answer, Answer::Immaterial);
    // Variance: 5.8 %, and no human level can make bias larger.
    assert_eq!(
        diagnosis.verdict,
        Verdict::Close {
            gap: GapKind::Variance,
            not_told_apart_from: Vec::new(),
            unless_human_below: None
        }
    );
}

#[test]
fn without_a_human_level_the_verdict_says_below_which_level_bias_goes_first() {
    let base = ladder(missing("not known: say it"), known(0.10), estimated(1_800, 10_000));
    let diagnosis = judged(&base);
    assert_eq!(
        *answer(&diagnosis, GapKind::AvoidableBias),
        Answer::Unknown { how: "not known: say it".to_owned() }
    );
    let Verdict::Close { gap: GapKind::Variance, unless_human_below: Some(level), .. } =
        diagnosis.verdict
    else {
        panic!("variance is 8 %, bias at most 10 %: {:?}", diagnosis.verdict);
    };
    // Bias is as large as variance at a human level of 2 %, and not told apart from it up to
    // 2 % plus the lower half of validation's interval.
    let lower = 0.18 - wilson(1_800, 10_000, 0.95).low;
    assert!((level - (0.02 + lower)).abs() < 1e-12, "{level}");
    // The verdict with that level given turns at it.
    let at = |human: f64| judged(&Ladder { human: known(human), ..base.clone() }).verdict;
    assert!(matches!(at(level + 1e-6), Verdict::Close { gap: GapKind::Variance, .. }));
    assert!(matches!(at(level - 1e-6), Verdict::Close { gap: GapKind::AvoidableBias, .. }));
}

#[test]
fn without_a_human_level_and_any_other_material_gap_the_human_level_decides() {
    let base = ladder(missing("not known"), known(0.15), estimated(1_500, 10_000));
    let base = with_tolerance(base, 0.015);
    assert_eq!(
        judged(&base).verdict,
        Verdict::HumanDecides { at_most: 0.15, material_below: 0.15 - 0.015 }
    );
    let at = |human: f64| judged(&Ladder { human: known(human), ..base.clone() }).verdict;
    assert!(matches!(at(0.13), Verdict::Close { gap: GapKind::AvoidableBias, .. }));
    assert_eq!(at(0.14), Verdict::NoneAboveTolerance);
}

#[test]
fn where_no_human_level_makes_bias_material_the_verdict_is_that_of_human_zero() {
    // 1 of 99 and 1 of 33; few examples of a wide range of errors; every answer right.
    for (train, validation) in [((1, 99), (1, 33)), ((1, 40), (4, 40)), ((0, 50), (0, 50))] {
        let table = class_table(&[
            (Split::Train, train.1, train.0),
            (Split::Validation, validation.1, validation.0),
        ]);
        let unknown = run(&table, &options());
        let mut zero = options();
        zero.human = HumanLevel::Given(0.0);
        let zero = run(&table, &zero);
        assert_eq!(unknown.verdict, zero.verdict, "{train:?} {validation:?}");
        assert_eq!(unknown.verdict_sentence(), zero.verdict_sentence());
        let bias = |diagnosis: &Diagnosis| answer(diagnosis, GapKind::AvoidableBias).clone();
        assert_eq!(bias(&unknown), bias(&zero));
        let first = |diagnosis: &Diagnosis| diagnosis.steps[0].remedy;
        assert_eq!(first(&unknown), first(&zero));
        let all: Vec<String> = ladder_text(&unknown).into_iter().map(|line| line.text).collect();
        assert!(!all.join(" ").contains("below −"), "{}", all.join("\n"));
    }
}

#[test]
fn a_human_level_that_decides_is_above_nothing_by_every_metric() {
    // Numbers off by so much, few and many: what bias has to be below is an error.
    for (examples, off) in [(8, 1.0), (30, 1.0), (300, 0.2), (5, 0.001)] {
        let pair = |n: usize| (n as f64, n as f64 + off * [1.0, -3.0, 0.2][n % 3]);
        let pairs: Vec<(f64, f64)> = (0..examples).map(pair).collect();
        let table = number_table(&[(Split::Train, &pairs), (Split::Validation, &pairs)]);
        for metric in [MetricKind::Rmse, MetricKind::Mae, MetricKind::R2] {
            let with = |human| {
                let mut options = options();
                (options.metric, options.human) = (Some(metric.metric()), human);
                run(&table, &options).verdict
            };
            match with(HumanLevel::Unknown) {
                Verdict::HumanDecides { material_below, .. } => assert!(material_below > 0.0),
                verdict => assert_eq!(verdict, with(HumanLevel::Given(0.0)), "{metric} {examples}"),
            }
        }
    }
}

#[test]
fn without_a_train_error_nothing_is_said_to_be_immaterial() {
    let diagnosis = run(&class_table(&[(Split::Validation, 1_000, 20)]), &options());
    assert_eq!(diagnosis.verdict, Verdict::CannotTell);
    assert_eq!(
        diagnosis.verdict_sentence(),
        "cannot tell: without a train error there is neither bias nor variance."
    );
    assert_eq!(diagnosis.steps[0].remedy, Remedy::ScoreMoreTraining);
}

#[test]
fn an_estimated_human_level_carries_noise_into_bias() {
    let base = ladder(estimated(5, 100), known(0.10), estimated(1_100, 10_000));
    let gap = judged(&base).gap(GapKind::AvoidableBias).unwrap().clone();
    assert_eq!(gap.size, Some(0.10 - 0.05));
    assert!(gap.interval.unwrap().half_width() > 0.03);
    assert!(matches!(gap.answer, Answer::CannotTell { enlarge: RungKind::Human, .. }));
}

#[test]
fn a_sampled_train_error_carries_noise_into_bias_and_variance() {
    let mut options = options();
    options.human = HumanLevel::Given(0.0);
    let table = class_table(&[(Split::Train, 400, 40), (Split::Validation, 400, 44)]);
    let exact = run(&table, &options);
    options.train = TrainRows::Sample;
    let sampled = run(&table, &options);
    let width =
        |diagnosis: &Diagnosis, gap| diagnosis.gap(gap).unwrap().interval.unwrap().half_width();
    assert_eq!(width(&exact, GapKind::AvoidableBias), 0.0);
    assert!(width(&sampled, GapKind::AvoidableBias) > 0.02);
    assert!(width(&sampled, GapKind::Variance) > width(&exact, GapKind::Variance));
    assert!(matches!(sampled.rung(RungKind::Train).unwrap().error, RungError::Estimate { .. }));
}

#[test]
fn a_closed_test_set_says_how_to_open_it_and_is_no_gap_present() {
    let table = class_table(&[(Split::Train, 100, 0), (Split::Validation, 100, 0)]);
    let diagnosis = run(&table, &options());
    let said = "not looked at: `gapwise evaluate runs/cats-1 --test`".to_owned();
    assert_eq!(
        diagnosis.rung(RungKind::Test).unwrap().error,
        RungError::Missing { reason: said.clone() }
    );
    assert_eq!(*answer(&diagnosis, GapKind::ValidationOverfitted), Answer::Unknown { how: said });
}

#[test]
fn a_path_with_spaces_is_quoted_in_commands() {
    let table = class_table(&[(Split::Train, 100, 0), (Split::Validation, 100, 0)]);
    let diagnosis = run(&table, &DiagnoseOptions::new("my runs/it's-1"));
    let RungError::Missing { reason } = &diagnosis.rung(RungKind::Test).unwrap().error else {
        panic!("test was not scored");
    };
    assert_eq!(reason, r"not looked at: `gapwise evaluate 'my runs/it'\''s-1' --test`");
}

#[test]
fn train_validation_and_mismatch_are_there_only_where_training_data_comes_from_elsewhere() {
    let plain = class_table(&[(Split::Train, 100, 5), (Split::Validation, 100, 10)]);
    let diagnosis = run(&plain, &options());
    assert_eq!(diagnosis.rungs.len(), 4);
    assert!(diagnosis.gap(GapKind::Mismatch).is_none());

    let elsewhere = DiagnoseOptions { train_origin: Origin::Elsewhere, ..options() };
    let diagnosis = run(&plain, &elsewhere);
    assert_eq!(diagnosis.rungs.len(), 5);
    assert!(matches!(answer(&diagnosis, GapKind::Mismatch), Answer::Unknown { .. }));
    // Variance goes up to validation then, and the diagnosis says what that mixes.
    assert_eq!(diagnosis.gap(GapKind::Variance).unwrap().size, Some(0.05));
    assert!(diagnosis.assumed.iter().any(|line| line.contains("measured together")));

    let held_out = class_table(&[
        (Split::Train, 100, 5),
        (Split::TrainValidation, 100, 7),
        (Split::Validation, 100, 10),
    ]);
    let diagnosis = run(&held_out, &elsewhere);
    assert!((diagnosis.gap(GapKind::Variance).unwrap().size.unwrap() - 0.02).abs() < 1e-12);
    assert!((diagnosis.gap(GapKind::Mismatch).unwrap().size.unwrap() - 0.03).abs() < 1e-12);
}

#[test]
fn the_tolerance_is_a_tenth_of_the_validation_error_and_has_a_floor() {
    let tolerance = |errors: usize| {
        let table = class_table(&[(Split::Train, 10, 0), (Split::Validation, 1_000, errors)]);
        let diagnosis = run(&table, &options());
        (diagnosis.tolerance, diagnosis.tolerance_reason)
    };
    assert_eq!(tolerance(110), (0.1 * 0.11, "10 % of the validation error".to_owned()));
    assert_eq!(tolerance(0).0, 0.001);
    assert_eq!(tolerance(0).1, "0.1 percentage points, since 10 % of the validation error is less");
    let table = class_table(&[(Split::Train, 10, 0), (Split::Validation, 1_000, 110)]);
    let given = DiagnoseOptions { tolerance: Some(0.02), ..options() };
    assert_eq!(run(&table, &given).tolerance, 0.02);
    assert_eq!(run(&table, &given).tolerance_reason, "as given");
}

#[test]
fn an_rmse_ladder_by_hand() {
    // Train: differences 3 and 4, mean square (9 + 16) / 2 = 12.5, RMSE 3.5355.
    // Validation: differences 6, 8, 0, 0, mean square (36 + 64) / 4 = 25, RMSE 5.
    // Tolerance 0.5; variance 5 − 3.5355 = 1.4645; bias at most 3.5355.
    let table = number_table(&[
        (Split::Train, &[(10.0, 13.0), (20.0, 16.0)]),
        (Split::Validation, &[(10.0, 16.0), (20.0, 12.0), (30.0, 30.0), (40.0, 40.0)]),
    ]);
    let diagnosis = run(&table, &options());
    assert_eq!((diagnosis.metric, diagnosis.unit.as_str()), (MetricKind::Rmse, "price"));
    let error = |rung| diagnosis.rung(rung).unwrap().error.error().unwrap();
    assert!((error(RungKind::Train) - 12.5_f64.sqrt()).abs() < 1e-12);
    assert!((error(RungKind::Validation) - 5.0).abs() < 1e-12);
    assert!((diagnosis.tolerance - 0.5).abs() < 1e-12);
    let variance = diagnosis.gap(GapKind::Variance).unwrap();
    assert!((variance.size.unwrap() - (5.0 - 12.5_f64.sqrt())).abs() < 1e-12);
    assert!(matches!(variance.answer, Answer::CannotTell { .. }));
    let interval = diagnosis.rung(RungKind::Validation).unwrap().error.interval().unwrap();
    assert!(interval.low < 5.0 && interval.high > 5.0);
}

#[test]
fn an_rmse_without_any_error_has_an_interval_from_the_labels_spread() {
    // Labels 10 and 30: mean 20, standard deviation 10. With no error in 2 examples, Wilson leaves
    // z² / (2 + z²) = 3.841459 / 5.841459 = 0.657619 of all examples; if these are off by 10, the
    // RMSE is √0.657619 · 10 = 8.1094.
    let table = number_table(&[
        (Split::Train, &[(10.0, 10.0)]),
        (Split::Validation, &[(10.0, 10.0), (30.0, 30.0)]),
    ]);
    let diagnosis = run(&table, &options());
    let interval = diagnosis.rung(RungKind::Validation).unwrap().error.interval().unwrap();
    assert_eq!(interval.low, 0.0);
    assert!((interval.high - 8.1094).abs() < 1e-4, "{}", interval.high);
    // The floor of the tolerance: 0.1 % of 10.
    assert!((diagnosis.tolerance - 0.01).abs() < 1e-12);
}

#[test]
fn groups_count_as_the_examples() {
    let rows = |grouped: bool| {
        // 40 groups of 10; in every other group all are wrong.
        let mut table = class_table(&[(Split::Train, 10, 0), (Split::Validation, 400, 0)]);
        for (number, row) in table.rows.iter_mut().skip(10).enumerate() {
            let group = number / 10;
            row.group = grouped.then(|| format!("clip {group}"));
            if group % 2 == 0 {
                row.outcome = Outcome::class(0, 1, vec![0.25, 0.75]);
            }
        }
        let diagnosis = run(&table, &options());
        diagnosis.rung(RungKind::Validation).unwrap().error.interval().unwrap()
    };
    let (alone, grouped) = (rows(false), rows(true));
    assert_eq!(alone, wilson(200, 400, 0.95));
    // As wide as with 40 examples, and a little wider for the 40 groups it is estimated from.
    let forty = wilson(20, 40, 0.95);
    assert!(grouped.half_width() > forty.half_width());
    assert!(grouped.half_width() < 1.1 * forty.half_width());
}

#[test]
fn groups_without_any_error_count_once_each() {
    let mut table = class_table(&[(Split::Validation, 400, 0)]);
    for (number, row) in table.rows.iter_mut().enumerate() {
        row.group = Some((number / 10).to_string());
    }
    let sample = Sample::of(MetricKind::ErrorRate.metric(), &table.rows);
    let interval = MetricKind::ErrorRate.metric().estimate(&sample).unwrap().interval(0.95);
    assert_eq!(interval, wilson(0, 40, 0.95));
    assert_eq!((sample.examples(), sample.units()), (400, 40));
}

#[test]
fn a_diagnosis_survives_json() {
    let base = ladder(missing("not known"), known(0.10), estimated(180, 1_000));
    let diagnosis = judged(&Ladder { test: estimated(200, 1_000), ..base });
    let json = serde_json::to_string(&diagnosis).unwrap();
    assert_eq!(serde_json::from_str::<Diagnosis>(&json).unwrap(), diagnosis);
}

#[test]
fn every_error_says_what_was_expected_and_found() {
    let failed = |table: &PredictionTable, options: DiagnoseOptions| -> DiagnoseError {
        Ladder::of(table, &options).unwrap_err()
    };
    let fine = class_table(&[(Split::Train, 10, 0), (Split::Validation, 10, 0)]);
    let errors = [
        failed(&class_table(&[(Split::Train, 10, 0)]), options()),
        failed(
            &number_table(&[(
                Split::Validation,
                &[(1.0, 1.0), (1.0, f64::NAN), (1.0, f64::INFINITY)],
            )]),
            options(),
        ),
        failed(&fine, DiagnoseOptions { human: HumanLevel::Given(2.0), ..options() }),
        failed(
            &fine,
            DiagnoseOptions { human: HumanLevel::Counted { errors: 3, examples: 2 }, ..options() },
        ),
        failed(&fine, DiagnoseOptions { tolerance: Some(-0.5), ..options() }),
        failed(
            &number_table(&[(Split::Validation, &[(1.0, 1.0)])]),
            DiagnoseOptions { tolerance: Some(0.0), ..options() },
        ),
    ];
    let said: Vec<String> =
        errors.iter().map(|error| format!("error: {error}\nhint: {}", error.hint())).collect();
    insta::assert_snapshot!(said.join("\n\n"), @r"
    error: the prediction table has no validation examples
    hint: score the validation split as well as train

    error: 2 validation examples have answers that are not finite numbers, the first of them `validation:1`
    hint: training diverged: lower the learning rate, and look for huge values in the data

    error: human level: expected a share from 0 to 1, found `2`
    hint: give it in the metric's unit: 0.02 stands for an error rate of 2 %

    error: human level: expected wrong answers among at least as many examples, for an error rate, found `3 of 2`
    hint: give it in the metric's unit: 0.02 stands for an error rate of 2 %

    error: tolerance: expected a share above 0 and below 1, found `-0.5`
    hint: give it in the metric's unit: 0.005 stands for half a percentage point

    error: tolerance: expected a number above 0, found `0`
    hint: give it in the metric's unit: 0.005 stands for half a percentage point
    ");
}
