//! Networks and settings on the same validation examples.

use gapwise_data::Split;
use gapwise_study::{
    compare::{
        Answered, Better, By, CompareError, Comparison, Contender, LeftOut, Seeds, SeedsByExamples,
        best, networks, settings, two_level,
    },
    interval::{PairedCounts, newcombe_paired},
    metric::{Metric, MetricKind},
    predictions::{Outcome, PredictionTable, Target},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::tables::{class_row, class_table, number_table};

const BY: By = By { metric: Metric { kind: MetricKind::ErrorRate, positive: 1 }, confidence: 0.95 };

/// A table of validation examples alone: wrong or right.
fn table(wrong: &[bool]) -> PredictionTable {
    let rows = wrong
        .iter()
        .enumerate()
        .map(|(number, &wrong)| class_row(Split::Validation, number, wrong))
        .collect();
    PredictionTable { target: class_table(&[]).target, rows }
}

fn named<'a>(name: &'a str, table: &'a PredictionTable) -> Answered<'a> {
    Answered { name, table }
}

fn compared(first: &PredictionTable, second: &PredictionTable) -> Result<Comparison, CompareError> {
    networks(named("`runs/a-2`", first), named("`runs/a-1`", second), BY)
}

/// Networks that get `both` wrong together, then those that one of them alone does, of 400.
fn pair(both: usize, first: usize, second: usize) -> [PredictionTable; 2] {
    let wrong = |number: usize, own: std::ops::Range<usize>| number < both || own.contains(&number);
    let each = |own: std::ops::Range<usize>| {
        table(&(0..400).map(|number| wrong(number, own.clone())).collect::<Vec<_>>())
    };
    [each(both..both + first), each(both + first..both + first + second)]
}

#[test]
fn a_network_is_better_where_the_paired_interval_lies_above_zero() {
    let [first, second] = pair(8, 4, 20);
    let found = compared(&first, &second).unwrap();
    // 12 and 28 of 400 wrong; both 8, one alone 20 and 4.
    let counts = PairedCounts { both: 8.0, only_first: 20.0, only_second: 4.0, neither: 368.0 };
    assert_eq!(found.interval, newcombe_paired(counts, 0.95));
    assert_eq!((found.difference, found.better), (0.07 - 0.03, Better::First));
    insta::assert_snapshot!(found.sentence(), @"The network `runs/a-2` is better than the network `runs/a-1`: on the same 400 validation examples its error is 3.00 % and the other's 7.00 %, a difference of 4.00 % (1.62 – 6.71 %).");
    insta::assert_snapshot!(found.effect(), @"took the validation error from 7.00 to 3.00 %, paired 95 % interval 1.62 to 6.71 points: `runs/a-2` is better than `runs/a-1`");
    // The same the other way round: the better one stands first in the sentence.
    let turned = compared(&second, &first).unwrap();
    assert_eq!(turned.better, Better::Second);
    insta::assert_snapshot!(turned.sentence(), @"The network `runs/a-1` is better than the network `runs/a-2`: on the same 400 validation examples its error is 3.00 % and the other's 7.00 %, a difference of 4.00 % (1.62 – 6.71 %).");
    assert!(
        turned.effect().ends_with("−6.71 to −1.62 points: `runs/a-1` is better than `runs/a-2`")
    );
    let [first, second] = pair(8, 4, 6);
    let unclear = compared(&first, &second).unwrap();
    insta::assert_snapshot!(unclear.sentence(), @"The network `runs/a-2` is not better than the network `runs/a-1` beyond noise: on the same 400 validation examples its error is 3.00 % and the other's 3.50 %, a difference of 0.50 % (−1.30 to 2.39 %).");
}

/// Which of these networks the recipe goes on from: 400 examples, of which one network gets the first
/// so many wrong and then some of its own; with what it costs.
fn gone_on_from(networks: &[(usize, usize)]) -> Option<usize> {
    let wrong = |count: usize| table(&(0..400).map(|number| number < count).collect::<Vec<_>>());
    let tables: Vec<_> = networks.iter().map(|&(count, _)| wrong(count)).collect();
    let contenders: Vec<Contender<'_>> = tables
        .iter()
        .zip(networks)
        .map(|(table, &(_, cost))| Contender { answered: named("", table), cost: [cost, cost] })
        .collect();
    best(&contenders, BY)
}

#[test]
fn the_recipe_goes_on_from_the_cheapest_network_that_no_other_one_beats() {
    // 40 and 20 of 400: 20 alone are wrong by one network, and none by the other one.
    assert_eq!(gone_on_from(&[(40, 1), (20, 9)]), Some(1), "better, whatever it costs");
    assert_eq!(gone_on_from(&[(20, 9), (40, 1)]), Some(0));
    // 2 alone are no difference beyond noise.
    assert_eq!(gone_on_from(&[(22, 5), (20, 9)]), Some(0), "not told apart, and cheaper");
    assert_eq!(gone_on_from(&[(20, 9), (22, 5)]), Some(1));
    assert_eq!(gone_on_from(&[(22, 5), (20, 5), (21, 5)]), Some(0), "of equals the first");
    // A chain of small steps, each of them within noise, leads nowhere.
    let drift: Vec<(usize, usize)> = (0..12).map(|step| (20 + 3 * step, 20 - step)).collect();
    let taken = gone_on_from(&drift).unwrap();
    assert!(drift[taken].0 < 29, "{taken}");
    assert_eq!(gone_on_from(&[]), None);
}

#[test]
fn a_network_whose_error_is_not_known_is_not_gone_on_from() {
    let pairs: Vec<(f64, f64)> = (0..50).map(|n| (f64::from(n), f64::from(n) + 1.0)).collect();
    let broken: Vec<(f64, f64)> = pairs.iter().map(|&(label, _)| (label, f64::NAN)).collect();
    let tables = [&broken, &pairs].map(|pairs| number_table(&[(Split::Validation, pairs)]));
    let contenders = [0, 1].map(|at| Contender { answered: named("", &tables[at]), cost: [at, 0] });
    let by = By { metric: MetricKind::Rmse.metric(), confidence: 0.95 };
    assert_eq!(best(&contenders, by), Some(1));
    assert_eq!(best(&contenders[..1], by), None);
}

#[test]
fn numbers_are_compared_in_their_unit() {
    let pairs: Vec<(f64, f64)> = (0..100).map(|n| (f64::from(n), f64::from(n % 7))).collect();
    let close: Vec<(f64, f64)> = pairs.iter().map(|&(label, _)| (label, label + 1.0)).collect();
    let (far, close) = (
        number_table(&[(Split::Validation, &pairs)]),
        number_table(&[(Split::Validation, &close)]),
    );
    let by = By { metric: MetricKind::Rmse.metric(), ..BY };
    let found = networks(named("a", &close), named("b", &far), by).unwrap();
    assert_eq!(found.better, Better::First);
    assert_eq!(found.first.error, 1.0);
    assert!(
        found.effect().starts_with("took the validation error from 54.78 to 1.000 price, "),
        "{}",
        found.effect()
    );
    assert!(!found.effect().contains("points"), "{}", found.effect());
}

#[test]
fn examples_are_joined_by_their_ids_and_what_is_left_out_is_said() {
    let [first, mut second] = pair(8, 4, 20);
    second.rows.reverse();
    let whole = compared(&first, &second).unwrap();
    assert_eq!((whole.examples, whole.left_out.len()), (400, 0));
    second.rows.truncate(390);
    let found = compared(&first, &second).unwrap();
    assert_eq!(found.examples, 390);
    let left_out = LeftOut { name: "`runs/a-2`".to_owned(), examples: 10 };
    assert_eq!(found.left_out, [left_out]);
    assert_eq!(found.left_out_sentences(), ["Left out of `runs/a-2`: 10 validation examples."]);
    // Those left out were the ten that both got wrong and two of the second's own.
    assert_eq!(found.first.error, (12.0 - 10.0) / 390.0);
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_differs() {
    let [first, second] = pair(8, 4, 20);
    let mut other_labels = second.clone();
    for row in &mut other_labels.rows[..3] {
        row.outcome = Outcome::class(1, 1, vec![0.0, 1.0]);
    }
    let mut other_weights = second.clone();
    other_weights.rows[5].weight = 2.0;
    let mut other_ids = second.clone();
    other_ids.rows.iter_mut().for_each(|row| row.id.insert(0, 'x'));
    let mut learned = second.clone();
    learned.rows.extend(first.rows[..7].iter().map(|row| {
        let mut row = row.clone();
        row.split = Split::Train;
        row
    }));
    let numbers = number_table(&[(Split::Validation, &[(1.0, 1.0)])]);
    let others = PredictionTable {
        target: Target::classes(vec!["cat".into(), "cow".into()]),
        ..second.clone()
    };
    let unanswered = PredictionTable { rows: Vec::new(), ..second.clone() };
    let tables = [other_labels, other_weights, other_ids, learned, numbers, others, unanswered];
    let told: Vec<String> = tables
        .iter()
        .map(|table| compared(&first, table).unwrap_err())
        .map(|error| format!("{error}\n  {}", error.hint()))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    `runs/a-2` and `runs/a-1`: 3 of the shared validation examples have another label, the first of them `validation:0`
      only answers to the same examples can be compared: train both on the same data and split
    `runs/a-2` and `runs/a-1`: 1 of the shared validation examples have another weight, the first of them `validation:5`
      weights redefine the error: train both with the same weights of examples and classes
    `runs/a-2` and `runs/a-1` have no validation example in common, by their ids
      only answers to the same examples can be compared: train both on the same data and split
    7 validation examples of `runs/a-2` are training examples of `runs/a-1`, the first of them `validation:0`
      train both on the same split
    `runs/a-2` predicts 2 classes, and `runs/a-1` the number `price`
      only networks for the same task can be compared
    `runs/a-2` predicts 2 classes, and `runs/a-1` others of as many
      only networks for the same task can be compared
    `runs/a-1`: no validation examples were answered
      score the validation split of both
    ");
}

#[test]
fn a_setting_needs_three_seeds_of_each() {
    let [first, second] = pair(8, 4, 20);
    let (three, two) = ([named("a", &first); 3], [named("b", &second); 2]);
    let setting = |name, networks| Seeds { name, networks };
    let found = settings(setting("`train.l2` = 0.1", &three), setting("`train.l2` = 0", &two), BY);
    let error = found.unwrap_err();
    assert_eq!(error.to_string(), "`train.l2` = 0: expected at least 3 seeds, found 2");
}

#[test]
fn seeds_and_examples_give_the_values_of_an_independent_implementation() {
    for line in include_str!("../reference/two_level.csv").lines() {
        let (confidence, rest) = line.split_once(',').unwrap();
        let (half, answers) = rest.split_once(',').unwrap();
        let [first, second] = answers
            .split('|')
            .map(|setting| {
                let seeds: Vec<Vec<f64>> = setting
                    .split('/')
                    .map(|seed| seed.bytes().map(|wrong| f64::from(wrong - b'0')).collect())
                    .collect();
                let error = |seed: &Vec<f64>| seed.iter().sum::<f64>() / seed.len() as f64;
                SeedsByExamples { errors: seeds.iter().map(error).collect(), influences: seeds }
            })
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let found = two_level([&first, &second], confidence.parse().unwrap()).unwrap();
        let expected: f64 = half.parse().unwrap();
        assert!((found - expected).abs() < 1e-9, "expected {expected}, found {found}");
    }
}

#[test]
fn a_setting_is_compared_by_the_mean_over_seeds() {
    // Three seeds each, of 12 and of 28 wrong answers among 400, most of them the same.
    let tables: Vec<[PredictionTable; 2]> = (0..3).map(|seed| pair(8 - seed, 4, 20)).collect();
    let side = |place: usize| -> Vec<Answered<'_>> {
        tables.iter().map(|pair| named("run", &pair[place])).collect()
    };
    let (ours, theirs) = (side(0), side(1));
    let found = settings(
        Seeds { name: "`train.l2` = 0.1", networks: &ours },
        Seeds { name: "`train.l2` = 0", networks: &theirs },
        BY,
    )
    .unwrap();
    // 12, 11 and 10 wrong, and 28, 27 and 26.
    assert!((found.first.error - 11.0 / 400.0).abs() < 1e-15);
    assert!((found.second.error - 27.0 / 400.0).abs() < 1e-15);
    insta::assert_snapshot!(found.sentence(), @"This setting (`train.l2` = 0.1) is better than that one (`train.l2` = 0): on the same 400 validation examples, over 3 and 3 seeds, its mean error is 2.75 % and the other's 6.75 %, a difference of 4.00 % (1.78 – 6.22 %).");
}

#[test]
fn settings_that_never_err_still_have_an_interval_with_a_width() {
    let right = table(&[false; 100]);
    let three = [named("run", &right); 3];
    let setting = |name| Seeds { name, networks: &three };
    let found = settings(setting("a"), setting("b"), BY).unwrap();
    assert_eq!((found.difference, found.better), (0.0, Better::CannotTell));
    // As wide as the paired interval of two networks without an error among 100: 0.0370.
    assert!((found.interval.high - 0.036_99).abs() < 1e-4, "{:?}", found.interval);
    assert!((found.interval.low + 0.036_99).abs() < 1e-4, "{:?}", found.interval);
}

#[test]
fn the_interval_of_settings_covers_seeds_and_examples() {
    // Two settings of the same true error: each example is as hard for both, each setting has its
    // own luck with it, and each seed moves all examples of its network.
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for (examples, seed_spread) in [(100, 0.0), (100, 0.05), (400, 0.02), (400, 0.05)] {
        let trials = 300;
        let mut covered = 0;
        for _ in 0..trials {
            let setting = |random: &mut ChaCha8Rng, hard: &[f64]| {
                let own: Vec<f64> =
                    hard.iter().map(|hard| hard + random.random_range(-0.1..0.1)).collect();
                let seeds: Vec<Vec<f64>> = (0..3)
                    .map(|_| {
                        let luck = seed_spread * random.random_range(-1.0..1.0);
                        let wrong =
                            |chance: &f64| f64::from(random.random::<f64>() < chance + luck);
                        own.iter().map(wrong).collect()
                    })
                    .collect();
                let error = |seed: &Vec<f64>| seed.iter().sum::<f64>() / seed.len() as f64;
                SeedsByExamples { errors: seeds.iter().map(error).collect(), influences: seeds }
            };
            // A tenth of the examples is hard, the others are hardly ever wrong.
            let hard: Vec<f64> =
                (0..examples).map(|_| if random.random_bool(0.2) { 0.6 } else { 0.15 }).collect();
            let (first, second) = (setting(&mut random, &hard), setting(&mut random, &hard));
            let mean = |setting: &SeedsByExamples| setting.errors.iter().sum::<f64>() / 3.0;
            let half = two_level([&first, &second], 0.95).unwrap();
            covered += usize::from((mean(&first) - mean(&second)).abs() <= half);
        }
        let share = covered as f64 / trials as f64;
        // Three standard errors of 300 trials at 95 % are 3.8 points.
        assert!((0.91..=0.995).contains(&share), "{examples} {seed_spread}: {share}");
    }
}
