//! What a person reads.

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::{
        DiagnoseOptions, Diagnosis, HumanLevel, Ladder, LookCounts, Origin, Tone, diagnose,
        ladder_text,
    },
    recipe::{Remedies, Remedy, TakenBy},
};

use crate::tables::{class_table, estimated, known, ladder, number_table};

/// A run with commands for the usual.
struct Commands;

impl Remedies for Commands {
    fn command(&self, remedy: Remedy) -> Option<TakenBy> {
        let (command, change) = match remedy {
            Remedy::L2 => (
                "gapwise train --like runs/digits-1 --set train.l2=0.0001",
                "`train.l2` from 0 to 0.0001",
            ),
            Remedy::OpenTest => ("gapwise evaluate runs/digits-1 --test", ""),
            Remedy::HumanLevel => ("gapwise diagnose runs/digits-1 --human ERROR", ""),
            _ => return None,
        };
        Some(TakenBy { command: command.to_owned(), change: change.to_owned(), cost: None })
    }
}

fn text(diagnosis: &Diagnosis) -> String {
    let lines = ladder_text(diagnosis);
    for line in &lines {
        assert!(line.text.chars().count() <= 80, "{} is too long", line.text);
    }
    lines.into_iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
}

fn options(looks: LookCounts) -> DiagnoseOptions {
    DiagnoseOptions { looks, ..DiagnoseOptions::new("runs/digits-1") }
}

#[test]
fn a_known_gap_beside_an_uncertain_tolerance() {
    let diagnosis = ladder(known(0.016), known(0.02), estimated(2, 100)).diagnose(&Commands);
    insta::assert_snapshot!(text(&diagnosis), @r"
    Gap ladder (error rate, 100 validation examples)
      human                 1.60 %                            ●
      train                 2.00 %                             ●
      validation            2.00 %  0.55 – 7.00 %         ├────●─────────────────┤
      test              not looked at: `gapwise evaluate runs/cats-1 --test`

      avoidable bias        0.40 %                      cannot tell
                          about 1,100 validation examples would tell
      variance              0.00 %  −1.53 to 6.12 %     cannot tell
                          about 80,000 validation examples would tell
      overfitting                                       unknown

    Tolerance: 0.20 % (10 % of the validation error).
    The tolerance itself is as uncertain as the validation error.

    Verdict: cannot tell: the examples are too few to say whether avoidable bias or
             variance is material.
    To tell, by hand: get more validation examples.
      more examples make the interval narrower: variance is 0.00 % (−1.53 to
      6.12 %), against a tolerance of 0.20 %; about 80,000 validation examples would
      tell, and there are 100.
    ");
}

#[test]
fn a_first_run_on_digits() {
    let table = class_table(&[(Split::Train, 1_079, 0), (Split::Validation, 359, 5)]);
    let looks = LookCounts { validation: 1, test: 0 };
    let diagnosis = diagnose(&table, &options(looks), &Commands).unwrap();
    insta::assert_snapshot!(text(&diagnosis), @"
    Gap ladder (error rate, 359 validation examples)
      human             not known: `gapwise diagnose runs/digits-1 --human ERROR`
      train                 0.00 %                      ●
      validation            1.39 %  0.60 – 3.22 %            ├─────●─────────────┤
      test              not looked at: `gapwise evaluate runs/digits-1 --test`

      avoidable bias        0.00 %  at most             immaterial
      variance              1.39 %  0.53 – 3.60 %       material
      overfitting                                       unknown

    Tolerance: 0.14 % (10 % of the validation error).

    Verdict: close variance, 1.39 % (0.53 – 3.60 %).
    Next step, by hand: collect more training examples.
      with more examples there is less to learn by heart: variance is 1.39 %
      (0.53 – 3.60 %), above the tolerance of 0.14 %.
    Or by command: add L2 regularisation: `train.l2` from 0 to 0.0001.
      smaller weights follow chance in the training examples less: variance is
      1.39 % (0.53 – 3.60 %), above the tolerance of 0.14 %.
      gapwise train --like runs/digits-1 --set train.l2=0.0001
    ");
}

#[test]
fn all_five_rungs_and_many_looks() {
    let base = ladder(known(0.005), known(0.01), estimated(1_000, 10_000));
    let ladder = Ladder {
        train_validation: Some(estimated(150, 10_000)),
        test: estimated(1_100, 10_000),
        looks: LookCounts { validation: 12, test: 2 },
        ..base
    };
    insta::assert_snapshot!(text(&ladder.diagnose(&Commands)), @"
    Gap ladder (error rate, 10,000 validation examples)
      human                 0.50 %                       ●
      train                 1.00 %                        ●
      train-validation      1.50 %  1.28 – 1.76 %          ●┤
      validation           10.00 %  9.43 – 10.60 %                          ├●─┤
      test                 11.00 %  10.40 – 11.63 %                           ├─●┤

      avoidable bias        0.50 %                      immaterial
      variance              0.50 %  0.23 – 0.84 %       immaterial
      data mismatch         8.50 %  7.70 – 9.32 %       material
      overfitting           1.00 %  −0.08 to 2.08 %     cannot tell
                          about 52,000 examples each in validation and test would
                          tell

    Tolerance: 1.00 % (10 % of the validation error).
    12 choices have been made on this validation set; its error flatters more with
    each.
    The test set has been opened 2 times; it is a fair judge only once.

    Verdict: close data mismatch, 8.50 % (7.70 – 9.32 %).
    Next step, by hand: go through about 100 mistakes on validation.
      the mistakes show how validation differs from train: data mismatch is 8.50 %
      (7.70 – 9.32 %), above the tolerance of 1.00 %.
    ");
}

#[test]
fn a_regression_whose_human_level_decides() {
    let pairs: Vec<(f64, f64)> = (0..400)
        .map(|number| {
            let label = 100_000.0 + 500.0 * f64::from(number);
            (label, label + 50_000.0 * (f64::from(number) * 0.7).sin())
        })
        .collect();
    let mut table = number_table(&[(Split::Train, &pairs), (Split::Validation, &pairs)]);
    table.target = gapwise_study::predictions::Target::number(
        "median_house_value_in_the_year_of_sale".to_owned(),
    );
    let diagnosis = diagnose(&table, &options(LookCounts::default()), &Commands).unwrap();
    insta::assert_snapshot!(text(&diagnosis), @r"
    Gap ladder (RMSE in median_house_value_in_the_yea…, 400 validation examples)
      human             not known: `gapwise diagnose runs/digits-1 --human ERROR`
      train                 35,330                                              ●
      validation            35,330  34,010 – 36,485                            ├●┤
      test              not looked at: `gapwise evaluate runs/digits-1 --test`

      avoidable bias        35,330  at most             unknown
      variance                   0  −1,503 to 1,370     immaterial
      overfitting                                       unknown

    Tolerance: 3,533 median_house_value_in_the_year_of_sale (10 % of the validation
               error).

    Verdict: avoidable bias is at most 35,330, and material if people make an error
             below 31,660 median_house_value_in_the_year_of_sale: the human level
             decides.
    Human level not known: `gapwise diagnose runs/digits-1 --human ERROR`.
    Next step, by hand: try another network architecture.
      another architecture can suit the data better: bias is at most 35,330, and
      material if people make an error below 31,660
      median_house_value_in_the_year_of_sale.
    Or by command: say what error people make, or what is possible.
      avoidable bias is the train error less what people reach: bias is at most
      35,330, and material if people make an error below 31,660
      median_house_value_in_the_year_of_sale.
      gapwise diagnose runs/digits-1 --human ERROR
    ");
}

#[test]
fn long_intervals_stand_apart_from_what_follows() {
    for size in [1e-3, 1e9] {
        let pairs: Vec<(f64, f64)> = (0..100)
            .map(|number| (size, size * (1.0 + 0.9 * (f64::from(number) * 0.7).sin())))
            .collect();
        let table = number_table(&[(Split::Train, &pairs), (Split::Validation, &pairs)]);
        let diagnosis = diagnose(&table, &options(LookCounts::default()), &Commands).unwrap();
        let text = text(&diagnosis);
        let variance = text.lines().find(|line| line.starts_with("  variance")).unwrap();
        let answer = diagnosis.gaps[1].answer.as_str();
        assert!(variance.ends_with(&format!("  {answer}")), "{variance}");
        let validation = text.lines().find(|line| line.starts_with("  validation")).unwrap();
        let drawn = validation.find(['├', '●']).unwrap();
        assert!(validation[..drawn].ends_with("  "), "{validation}");
    }
}

#[test]
fn a_test_set_from_elsewhere_is_said_in_one_line_once_it_is_opened() {
    let line = "Test may be of another origin: its gap mixes overfitting with that difference.";
    let mut table = class_table(&[(Split::Train, 1_000, 0), (Split::Validation, 400, 5)]);
    let elsewhere = DiagnoseOptions {
        test_origin: Origin::Elsewhere,
        ..options(LookCounts { validation: 1, test: 1 })
    };
    let closed = text(&diagnose(&table, &elsewhere, &Commands).unwrap());
    assert!(!closed.contains("another origin"));
    table.rows.extend(class_table(&[(Split::Test, 400, 9)]).rows);
    let opened = text(&diagnose(&table, &elsewhere, &Commands).unwrap());
    assert!(opened.lines().any(|said| said == line), "{opened}");
    let own = text(&diagnose(&table, &options(elsewhere.looks), &Commands).unwrap());
    assert!(!own.contains("another origin"));
}

#[test]
fn nothing_above_the_tolerance() {
    let table = class_table(&[(Split::Train, 10_000, 990), (Split::Validation, 100_000, 10_000)]);
    let mut options = options(LookCounts::default());
    options.human = HumanLevel::Given(0.095);
    let diagnosis = diagnose(&table, &options, &Commands).unwrap();
    insta::assert_snapshot!(text(&diagnosis), @r"
    Gap ladder (error rate, 100,000 validation examples)
      human                 9.50 %                                             ●
      train                 9.90 %                                              ●
      validation           10.00 %  9.82 – 10.19 %                              ├●
      test              not looked at: `gapwise evaluate runs/digits-1 --test`

      avoidable bias        0.40 %                      immaterial
      variance              0.10 %  −0.11 to 0.31 %     immaterial
      overfitting                                       unknown

    Tolerance: 1.00 % (10 % of the validation error).

    Verdict: no gap above the tolerance of 1.00 %: define what practice needs.
    Next step: open the test set.
      validation was used to choose, so its error flatters the network: every other
      known gap is below the tolerance.
      gapwise evaluate runs/digits-1 --test
    ");
}

#[test]
fn tones_follow_the_answers() {
    let base = ladder(known(0.0), known(0.01), estimated(1_100, 10_000));
    let lines = ladder_text(&base.diagnose(&Commands));
    let tone = |begins: &str| {
        lines.iter().rfind(|line| line.text.trim_start().starts_with(begins)).unwrap().tone
    };
    assert_eq!(tone("Gap ladder"), Tone::Heading);
    assert_eq!(tone("avoidable bias"), Tone::Good);
    assert_eq!(tone("variance"), Tone::Bad);
    assert_eq!(tone("overfitting"), Tone::Unsure);
    assert_eq!(tone("Verdict"), Tone::Verdict);
    assert_eq!(tone("gapwise train"), Tone::Command);
}
