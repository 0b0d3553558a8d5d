//! Splits: shares, strata, groups, duplicates, seeds, and `split.csv`.

use std::collections::HashMap;

use gapwise_data::{
    DataError, Dataset, Groups, Inputs, Labels, Problem, Severity, Split, SplitOptions, Splits,
    images::{ImageReading, Images},
    source::Reading,
    split::{self, SplitProblem},
};

/// Examples with these labels, all different, without groups.
fn data(labels: Labels) -> Dataset {
    let examples = match &labels {
        Labels::Classes { of, .. } => of.len(),
        Labels::Numbers(numbers) => numbers.len(),
    };
    Dataset {
        name: "made".to_owned(),
        ids: (0..examples).map(|at| format!("made:{at}")).collect(),
        inputs: Inputs::Images(Images::in_memory([1, 1, 1], vec![0; examples])),
        labels,
        label_name: "class".to_owned(),
        reading: Reading::Images(ImageReading {
            channels: 1,
            depth: gapwise_data::images::Depth::Eight,
            height: 1,
            width: 1,
            classes: vec![],
            fit: gapwise_data::images::Framing::Stretch,
        }),
        groups: None,
        weights: None,
        times: None,
        train_from: None,
        ready_made: None,
        content: (0..examples as u128).collect(),
        notes: vec![],
        problems: vec![],
        fingerprint: String::new(),
    }
}

/// As many examples of each class as `sizes` says, class after class.
fn classes(sizes: &[usize]) -> Labels {
    let names = (0..sizes.len()).map(|class| format!("c{class}")).collect();
    let of = sizes
        .iter()
        .enumerate()
        .flat_map(|(class, &size)| std::iter::repeat_n(class as u32, size))
        .collect();
    Labels::Classes { names, of }
}

fn seed(seed: u64) -> SplitOptions {
    SplitOptions { seed, ..SplitOptions::default() }
}

fn assigned(dataset: &Dataset, options: &SplitOptions) -> Splits {
    split::assign(dataset, options).unwrap().0
}

fn refused(dataset: &Dataset, options: &SplitOptions) -> Vec<Problem> {
    match split::assign(dataset, options) {
        Err(DataError::Problems(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

fn counts_of(splits: &Splits) -> [usize; 3] {
    [Split::Train, Split::Validation, Split::Test].map(|split| splits.count(split))
}

fn class_counts(dataset: &Dataset, splits: &Splits) -> Vec<[usize; 3]> {
    let Labels::Classes { names, of } = &dataset.labels else { return vec![] };
    let mut counts = vec![[0; 3]; names.len()];
    for (&class, split) in of.iter().zip(&splits.of) {
        let column = match split {
            Some(Split::Train) => 0,
            Some(Split::Validation) => 1,
            _ => 2,
        };
        counts[class as usize][column] += 1;
    }
    counts
}

#[test]
fn fifty_of_each_of_three_classes_are_split_exactly_30_10_10() {
    let dataset = data(classes(&[50, 50, 50]));
    let (splits, problems) = split::assign(&dataset, &seed(1)).unwrap();
    assert_eq!(class_counts(&dataset, &splits), [[30, 10, 10]; 3]);
    assert!(problems.is_empty());
}

#[test]
fn every_class_is_within_one_example_of_its_share_whatever_the_seed() {
    let sizes = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];
    let dataset = data(classes(&sizes));
    for seed_ in 0..50 {
        let splits = assigned(&dataset, &seed(seed_));
        for (counts, size) in class_counts(&dataset, &splits).into_iter().zip(sizes) {
            for (count, share) in counts.into_iter().zip([0.6, 0.2, 0.2]) {
                assert!((count as f64 - share * size as f64).abs() < 1.0, "{counts:?} of {size}");
            }
        }
        // 1,797 · 0.6 = 1,078.2 and 1,797 · 0.2 = 359.4.
        let [train, validation, test] = counts_of(&splits);
        assert!((1_077..=1_079).contains(&train), "{train}");
        assert!((359..=360).contains(&validation) && (359..=360).contains(&test));
    }
}

#[test]
fn the_same_seed_gives_the_same_split_and_other_seeds_give_others() {
    let dataset = data(classes(&[40, 60]));
    let first = assigned(&dataset, &seed(1));
    assert_eq!(first, assigned(&dataset, &seed(1)));
    for other in 2..20 {
        assert_ne!(first, assigned(&dataset, &seed(other)), "seed {other}");
    }
}

#[test]
fn the_split_of_seed_one_stays_what_it_is() {
    // Written down so that a change of the generator or of the order of draws is seen.
    let splits = assigned(&data(classes(&[10, 10])), &seed(1));
    let letters: String = splits
        .of
        .iter()
        .map(|split| match split {
            Some(Split::Train) => '.',
            Some(Split::Validation) => 'v',
            Some(Split::Test) => 't',
            Some(Split::TrainValidation) | None => '?',
        })
        .collect();
    assert_eq!(letters, "t..t..v..vv.t...t..v");
}

#[test]
fn groups_never_straddle_and_class_shares_stay_near() {
    // 120 groups of 1 to 9 examples, classes in turn.
    let sizes: Vec<u32> = (0..120).map(|group| 1 + group * 7 % 9).collect();
    let of: Vec<u32> = (0..120)
        .flat_map(|group| std::iter::repeat_n(group, sizes[group as usize] as usize))
        .collect();
    let examples = of.len();
    let mut dataset = data(Labels::Classes {
        names: vec!["a".into(), "b".into(), "c".into()],
        of: (0..examples as u32).map(|example| example % 3).collect(),
    });
    dataset.groups =
        Some(Groups { names: (0..120).map(|group| group.to_string()).collect(), of: of.clone() });
    for seed_ in 0..50 {
        let splits = assigned(&dataset, &seed(seed_));
        let mut side = HashMap::new();
        for (group, split) in of.iter().zip(&splits.of) {
            assert_eq!(side.entry(group).or_insert(split), &split, "group {group}");
        }
        for counts in class_counts(&dataset, &splits) {
            let size: usize = counts.iter().sum();
            for (count, share) in counts.into_iter().zip([0.6, 0.2, 0.2]) {
                assert!((count as f64 / size as f64 - share).abs() < 0.05, "{counts:?}");
            }
        }
    }
}

#[test]
fn a_class_that_stands_in_one_group_only_is_trained_on() {
    // Group 0 has all of class 1; groups 1 to 9 have class 0.
    let mut dataset = data(classes(&[90, 10]));
    let of = (0..100_u32).map(|at| if at < 90 { 1 + at / 10 } else { 0 }).collect();
    dataset.groups = Some(Groups { names: (0..10).map(|g| g.to_string()).collect(), of });
    for seed_ in 0..20 {
        let (splits, problems) = split::assign(&dataset, &seed(seed_)).unwrap();
        assert_eq!(class_counts(&dataset, &splits)[1], [10, 0, 0]);
        let lacking: Vec<_> = problems
            .iter()
            .filter(|problem| matches!(problem, Problem::ClassNotHeldOut { .. }))
            .collect();
        assert_eq!(lacking.len(), 2, "validation and test lack the class");
    }
}

#[test]
fn three_groups_fill_three_splits_and_two_do_not() {
    let mut dataset = data(classes(&[15, 15]));
    let groups = |number: u32| Groups {
        names: (0..number).map(|group| group.to_string()).collect(),
        of: (0..30).map(|at| at % number).collect(),
    };
    dataset.groups = Some(groups(3));
    assert_eq!(counts_of(&assigned(&dataset, &seed(1))), [10, 10, 10]);
    dataset.groups = Some(groups(2));
    let problems = refused(&dataset, &seed(1));
    assert!(
        matches!(
            problems[..],
            [Problem::Split(SplitProblem::TooFewUnits { expected: 3, found: 2, .. })]
        ),
        "{problems:?}"
    );
}

#[test]
fn duplicates_stay_on_one_side_and_are_said() {
    let mut dataset = data(classes(&[100, 100]));
    // Examples 0, 50 and 150 are equal, and 7 and 8.
    dataset.content[50] = dataset.content[0];
    dataset.content[150] = dataset.content[0];
    dataset.content[8] = dataset.content[7];
    for seed_ in 0..50 {
        let splits = assigned(&dataset, &seed(seed_));
        assert_eq!(splits.of[0], splits.of[50]);
        assert_eq!(splits.of[0], splits.of[150]);
        assert_eq!(splits.of[7], splits.of[8]);
        // Single examples make up for the sets: the classes are split exactly all the same.
        assert_eq!(class_counts(&dataset, &splits), [[60, 20, 20]; 2]);
    }
    assert_eq!(
        split::rule(&dataset, &seed(1)),
        "split by the rule for fewer than 10,000 examples: 60 % train, 20 % validation, 20 % test"
    );
    let notes = split::notes(&dataset, &seed(1));
    assert_eq!(
        notes.iter().map(|note| note.said.as_str()).collect::<Vec<_>>(),
        ["5 examples in 2 sets of exact duplicates, each set kept on one side"]
    );
}

#[test]
fn a_duplicate_in_two_groups_keeps_the_groups_together() {
    let mut dataset = data(classes(&[40]));
    dataset.groups = Some(Groups {
        names: (0..10).map(|group| group.to_string()).collect(),
        of: (0..40).map(|at| at / 4).collect(),
    });
    dataset.content[0] = dataset.content[39];
    for seed_ in 0..20 {
        let splits = assigned(&dataset, &seed(seed_));
        assert!(splits.of[..4].iter().chain(&splits.of[36..]).all(|&of| of == splits.of[0]));
    }
}

#[test]
fn regression_is_stratified_by_ranges_of_the_label() {
    let dataset = data(Labels::Numbers((0..1_000).map(f64::from).collect()));
    for seed_ in 0..10 {
        let splits = assigned(&dataset, &seed(seed_));
        for range in 0..10 {
            let of = &splits.of[100 * range..][..100];
            let count = |split| of.iter().filter(|&&of| of == Some(split)).count();
            assert_eq!(
                [count(Split::Train), count(Split::Validation), count(Split::Test)],
                [60, 20, 20]
            );
        }
    }
}

#[test]
fn of_data_with_a_ready_made_test_validation_alone_is_cut() {
    // 800 free and 200 ready-made: a fifth of 1,000 is 200, which is a quarter of 800.
    let mut dataset = data(classes(&[500, 500]));
    let ready_made: Vec<_> = (0..1_000).map(|at| (at % 5 == 0).then_some(Split::Test)).collect();
    dataset.ready_made = Some(ready_made.clone());
    let splits = assigned(&dataset, &seed(1));
    assert_eq!(counts_of(&splits), [600, 200, 200]);
    for (split, ready_made) in splits.of.iter().zip(ready_made) {
        assert_eq!(*split == Some(Split::Test), ready_made == Some(Split::Test));
    }
    let options = SplitOptions { test: Some(0.3), ..seed(1) };
    assert_eq!(
        split::rule(&dataset, &options),
        "split by the rule for fewer than 10,000 examples: 75 % train, 25 % validation of the 800 \
         examples that do not come ready split"
    );
    let notes = split::notes(&dataset, &options);
    assert_eq!(
        notes.iter().map(|note| note.said.as_str()).collect::<Vec<_>>(),
        ["test comes ready-made, so the share 0.3 is not used"]
    );
}

#[test]
fn of_data_with_a_ready_made_validation_the_test_is_cut() {
    let mut dataset = data(classes(&[500, 500]));
    dataset.ready_made =
        Some((0..1_000).map(|at| (at % 5 == 0).then_some(Split::Validation)).collect());
    assert_eq!(counts_of(&assigned(&dataset, &seed(1))), [600, 200, 200]);
}

#[test]
fn data_that_comes_split_stays_as_it_is() {
    let mut dataset = data(classes(&[10, 10]));
    let of: Vec<_> = (0..20)
        .map(|at| [Split::Train, Split::Validation, Split::Train, Split::Test][at % 4])
        .collect();
    dataset.ready_made = Some(of.iter().copied().map(Some).collect());
    let of: Vec<_> = of.into_iter().map(Some).collect();
    assert_eq!(assigned(&dataset, &seed(1)).of, of);
    // The free examples of a source with both held-out splits are train's.
    dataset.ready_made =
        Some(of.iter().map(|of| of.filter(|&split| split != Split::Train)).collect());
    assert_eq!(assigned(&dataset, &seed(1)).of, of);
}

#[test]
fn data_that_is_all_held_out_leaves_nothing_to_train_on() {
    let mut dataset = data(classes(&[10, 10]));
    dataset.ready_made =
        Some((0..20).map(|at| Some([Split::Validation, Split::Test][at % 2])).collect());
    let problems = refused(&dataset, &seed(1));
    assert!(
        matches!(problems[0], Problem::Split(SplitProblem::EmptySplit { split: Split::Train, .. })),
        "{problems:?}"
    );
}

#[test]
fn shares_asked_for_override_the_rule() {
    let dataset = data(classes(&[50, 50]));
    let options = SplitOptions { validation: Some(0.1), test: Some(0.3), ..seed(1) };
    let splits = assigned(&dataset, &options);
    assert_eq!(class_counts(&dataset, &splits), [[30, 5, 15]; 2]);
}

#[test]
fn shares_that_cannot_be_are_refused_with_what_was_found() {
    let dataset = data(classes(&[50, 50]));
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        let options = SplitOptions { validation: Some(share), ..seed(1) };
        let problems = refused(&dataset, &options);
        assert!(
            matches!(
                problems[..],
                [Problem::Split(SplitProblem::Share { setting: "split.validation", .. })]
            ),
            "{problems:?}"
        );
    }
    let options = SplitOptions { validation: Some(0.5), test: Some(0.5), ..seed(1) };
    assert_eq!(
        refused(&dataset, &options)[0].to_string(),
        "`split.validation` and `split.test`: expected shares that leave some for train, found 0.5 and \
         0.5"
    );
}

#[test]
fn nine_examples_are_too_few_and_ten_are_enough() {
    let problems = refused(&data(classes(&[5, 4])), &seed(1));
    assert!(
        matches!(problems[..], [Problem::TooFewExamples { expected: 10, found: 9, .. }]),
        "{problems:?}"
    );
    assert_eq!(counts_of(&assigned(&data(classes(&[5, 5])), &seed(1))), [6, 2, 2]);
}

#[test]
fn each_split_has_an_example_however_small_its_share() {
    let options = SplitOptions { validation: Some(0.001), test: Some(0.001), ..seed(1) };
    assert_eq!(counts_of(&assigned(&data(classes(&[10, 10])), &options)), [18, 1, 1]);
}

#[test]
fn a_class_with_one_example_is_trained_on_and_warned_of() {
    let dataset = data(classes(&[30, 1]));
    let (splits, problems) = split::assign(&dataset, &seed(1)).unwrap();
    assert_eq!(splits.of[30], Some(Split::Train));
    assert!(
        matches!(&problems[..], [Problem::ClassWithOneExample { class, .. }] if class == "c1"),
        "{problems:?}"
    );
    assert!(problems.iter().all(|problem| problem.severity() == Severity::Warning));
}

#[test]
fn a_class_of_a_ready_made_test_that_train_lacks_is_refused() {
    let mut dataset = data(classes(&[20, 5]));
    dataset.ready_made = Some((0..25).map(|at| (at >= 20).then_some(Split::Test)).collect());
    let problems = refused(&dataset, &seed(1));
    assert!(
        problems.iter().any(|problem| matches!(
            problem,
            Problem::ClassNotInTrain { split: Split::Test, examples: 5, .. }
        )),
        "{problems:?}"
    );
}

#[test]
fn a_million_examples_are_split_quickly_and_exactly() {
    let dataset = data(classes(&[600_000, 400_001]));
    // 98/1/1: 600,000 give 588,000, 6,000 and 6,000.
    let counts = class_counts(&dataset, &assigned(&dataset, &seed(1)));
    assert_eq!(counts[0], [588_000, 6_000, 6_000]);
}

#[test]
fn a_written_split_is_read_back_the_same_in_any_order_of_lines() {
    let dataset = data(classes(&[20, 20]));
    let splits = assigned(&dataset, &seed(3));
    let mut text = Vec::new();
    splits.write_csv(&dataset.ids, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("id,split\nmade:0,"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    std::fs::write(&path, lines.join("\n")).unwrap();
    assert_eq!(Splits::read_csv(&path, &dataset.ids).unwrap(), splits);
}

#[test]
fn ids_with_commas_and_quotes_are_read_back() {
    let ids = vec!["a,b \"c\".png".to_owned(), "line\nbreak".to_owned()];
    let splits = Splits { of: vec![Some(Split::TrainValidation), None] };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    splits.write_csv(&ids, std::fs::File::create(&path).unwrap()).unwrap();
    assert_eq!(Splits::read_csv(&path, &ids).unwrap(), splits);
}

#[test]
fn a_split_of_other_data_is_refused_with_each_line_that_does_not_fit() {
    let ids: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    std::fs::write(&path, "id,split\na,train\nz,test\na,test\nb,dev\nc\n").unwrap();
    let said: Vec<String> = Splits::read_csv(&path, &ids)
        .unwrap_err()
        .problems()
        .iter()
        .map(|problem| problem.to_string().replace(&path.display().to_string(), "split.csv"))
        .collect();
    assert_eq!(
        said,
        [
            "`split.csv` line 3: expected an id of the data set, found `z`",
            "`split.csv` line 4: expected each id once, found `a` again",
            "`split.csv` line 5: expected `train`, `train-validation`, `validation`, `test` or \
             `left-out`, found `dev`",
            "`split.csv` line 6: expected an id and a split, found 1 fields",
            "`split.csv`: expected a line for each of 3 examples, found 1 (the first without one: \
             `b`)",
        ]
    );
}

#[test]
fn a_file_that_is_no_split_is_refused_by_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("split.csv");
    for (text, found) in [("name,age\n", "name,age"), ("", "")] {
        std::fs::write(&path, text).unwrap();
        let error = Splits::read_csv(&path, &[]).unwrap_err();
        assert!(
            matches!(
                error.problems(),
                [Problem::Split(SplitProblem::Header { found: header, .. })] if header == found
            ),
            "{error}"
        );
    }
}

#[test]
fn ten_to_thirty_numbers_are_split_in_the_shares_of_the_rule() {
    for examples in 10..=30 {
        // All different, and with every number there twice or so.
        for step in [1, 2] {
            let numbers = (0..examples).map(|at| f64::from(at / step)).collect();
            let dataset = data(Labels::Numbers(numbers));
            for seed_ in 0..5 {
                let counts = counts_of(&assigned(&dataset, &seed(seed_)));
                for (count, share) in counts.into_iter().zip([0.6, 0.2, 0.2]) {
                    let ideal = share * f64::from(examples);
                    assert!((count as f64 - ideal).abs() < 1.0, "{counts:?} of {examples}");
                }
            }
        }
    }
    let twelve = data(Labels::Numbers((0..12).map(f64::from).collect()));
    // Ranges of six: ideal 3.6, 1.2, 1.2; the first gives 4/1/1, the second, where train is 0.4
    // ahead and the others 0.2 short each, 3/2/1.
    assert_eq!(counts_of(&assigned(&twelve, &seed(1))), [7, 3, 2]);
}
