//! Steps: which, in which order, with which command.

use gapwise_study::{
    constraint::{Constraint, Constraints, Measured},
    diagnosis::{Diagnosis, GapKind, Ladder, Verdict},
    recipe::{NoCommands, Remedies, Remedy, TakenBy},
};

use crate::tables::{estimated, known, ladder, missing};

/// A run that has a command for everything.
struct Everything;

impl Remedies for Everything {
    fn command(&self, remedy: Remedy) -> Option<TakenBy> {
        let command = format!("gapwise take {remedy:?}");
        Some(TakenBy { command, change: String::new(), cost: None })
    }
}

/// A run that can only grow.
struct Growing;

impl Remedies for Growing {
    fn command(&self, remedy: Remedy) -> Option<TakenBy> {
        (remedy == Remedy::LargerNetwork).then(|| TakenBy {
            command: "gapwise train --set network.hidden=[128]".to_owned(),
            change: "`network.hidden` from [64] to [128]".to_owned(),
            cost: None,
        })
    }
}

fn remedies(diagnosis: &Diagnosis) -> Vec<Remedy> {
    diagnosis.steps.iter().map(|step| step.remedy).collect()
}

fn biased() -> Ladder {
    ladder(known(0.0), known(0.15), estimated(1_600, 10_000))
}

fn varied() -> Ladder {
    ladder(known(0.0), known(0.01), estimated(1_100, 10_000))
}

#[test]
fn bias_is_closed_in_the_order_of_the_notes() {
    use Remedy::{
        BatchNormalisation, BetterOptimiser, ClipGradient, DeeperNetwork, Initialisation,
        LargerNetwork, LearningRate, LearningRateDecay, OptimiserParameters, OtherNetwork, Search,
        TrainLonger,
    };
    let found = remedies(&biased().diagnose(&Everything));
    assert_eq!(found[..2], [Initialisation, ClipGradient], "layers have to learn at all");
    // "train bigger network; train longer/use better optimization algorithm; …": in between, the
    // order of tuning: rate, (units above,) layers and decay, the optimiser's own.
    assert_eq!(
        found[2..],
        [
            LargerNetwork,
            TrainLonger,
            LearningRate,
            BetterOptimiser,
            BatchNormalisation,
            DeeperNetwork,
            LearningRateDecay,
            OptimiserParameters,
            OtherNetwork,
            Search
        ]
    );
}

#[test]
fn variance_is_closed_in_the_order_of_the_notes() {
    use Remedy::{
        Augmentation, AveragedWeights, Dropout, EarlyStopping, L2, Mirror, MoreTrainingData,
        OtherNetwork, Rotation, Search, WeightDecay,
    };
    assert_eq!(
        remedies(&varied().diagnose(&Everything)),
        [
            MoreTrainingData,
            L2,
            Dropout,
            Augmentation,
            Mirror,
            Rotation,
            WeightDecay,
            AveragedWeights,
            EarlyStopping,
            OtherNetwork,
            Search
        ]
    );
    // It is marked as the notes warn: early stopping is not orthogonal.
    assert_eq!(Remedy::EarlyStopping.moves(), "fit train and fit validation");
}

#[test]
fn mismatch_is_closed_in_the_order_of_the_notes() {
    use Remedy::{CollectTrainingLikeValidation, ErrorAnalysis, SynthesiseTraining};
    let base = ladder(known(0.0), known(0.01), estimated(1_000, 10_000));
    let ladder = Ladder { train_validation: Some(estimated(150, 10_000)), ..base };
    assert_eq!(
        remedies(&ladder.diagnose(&NoCommands)),
        [ErrorAnalysis, CollectTrainingLikeValidation, SynthesiseTraining]
    );
}

#[test]
fn overfitting_to_validation_asks_for_more_validation_data() {
    let base = ladder(known(0.0), known(0.0), estimated(5, 10_000));
    let diagnosis = Ladder { test: estimated(500, 10_000), ..base }.diagnose(&NoCommands);
    assert_eq!(remedies(&diagnosis), [Remedy::MoreValidationData]);
    assert_eq!(diagnosis.steps[0].moves, "fit test");
}

#[test]
fn what_nobody_can_take_is_left_out() {
    let diagnosis = biased().diagnose(&Growing);
    assert_eq!(remedies(&diagnosis), [Remedy::LargerNetwork, Remedy::OtherNetwork]);
    let first = &diagnosis.steps[0];
    assert_eq!(first.what, "train a larger network");
    assert_eq!(first.change.as_deref(), Some("`network.hidden` from [64] to [128]"));
    assert_eq!(first.command.as_deref(), Some("gapwise train --set network.hidden=[128]"));
    assert_eq!(first.moves, "fit train");
    assert_eq!(
        first.reason,
        "a larger network can fit the training examples better: avoidable bias is 15.00 %, above \
         the tolerance of 1.60 %"
    );
    assert_eq!(diagnosis.next_command(), Some(first));
}

#[test]
fn a_step_that_moves_two_rungs_names_both() {
    let diagnosis = varied().diagnose(&Everything);
    let other = diagnosis.steps.iter().find(|step| step.remedy == Remedy::OtherNetwork).unwrap();
    assert_eq!(other.moves, "fit train and fit validation");
}

#[test]
fn a_human_level_that_decides_stands_beside_the_verdict_and_comes_behind_what_can_be_done() {
    let human = missing("not known: `gapwise diagnose runs/a-1 --human ERROR`");
    let unknown = Ladder { human, ..biased() }.diagnose(&Everything);
    assert!(matches!(unknown.verdict, Verdict::HumanDecides { .. }), "{:?}", unknown.verdict);
    let steps = remedies(&unknown);
    assert_eq!((steps[2], steps.last()), (Remedy::LargerNetwork, Some(&Remedy::HumanLevel)));
    assert_eq!(
        unknown.human_sentence().unwrap(),
        "Human level not known: `gapwise diagnose runs/a-1 --human ERROR`."
    );
    assert_eq!(biased().diagnose(&Everything).human_sentence(), None);
}

#[test]
fn a_human_level_that_could_turn_the_verdict_is_asked_for_last() {
    let unknown = ladder(missing("not known"), known(0.10), estimated(1_800, 10_000));
    let steps = remedies(&unknown.diagnose(&Everything));
    assert_eq!((steps[0], steps[steps.len() - 1]), (Remedy::MoreTrainingData, Remedy::HumanLevel));
}

#[test]
fn what_cannot_be_told_asks_for_examples() {
    let base = ladder(known(0.012), known(0.012), estimated(5, 359));
    let diagnosis = base.diagnose(&NoCommands);
    assert_eq!(remedies(&diagnosis), [Remedy::MoreValidationData]);
    let step = &diagnosis.steps[0];
    assert_eq!(step.moves, "none: it measures");
    insta::assert_snapshot!(step.reason, @r"more examples make the interval narrower: variance is 0.19 % (−0.67 to 2.40 %), against a tolerance of 0.14 %; about 120,000 validation examples would tell, and there are 359");
}

#[test]
fn a_step_wants_as_many_examples_as_the_ladder_says() {
    let base = ladder(known(0.05), known(0.05), estimated(50, 1_000));
    let base = Ladder { test: estimated(60, 1_000), ..base };
    let diagnosis = base.diagnose(&NoCommands);
    let settled = diagnosis.gap(GapKind::ValidationOverfitted).unwrap().answer.settled_by();
    let settled = settled.unwrap();
    assert!(settled.ends_with("examples each in validation and test would tell"), "{settled}");
    let split = |remedy: Remedy| diagnosis.steps.iter().find(|s| s.remedy == remedy).unwrap();
    let (validation, test) = (split(Remedy::MoreValidationData), split(Remedy::MoreTestData));
    assert!(validation.reason.ends_with(&format!("{settled}, and validation has 1,000")));
    assert!(test.reason.ends_with(&format!("{settled}, and test has 1,000")));
}

#[test]
fn with_no_gap_above_the_tolerance_test_is_opened_and_then_practice_defined() {
    let base = ladder(known(0.10), known(0.10), estimated(10_000, 100_000));
    assert_eq!(remedies(&base.diagnose(&NoCommands)), [Remedy::OpenTest, Remedy::DefinePractice]);
    let opened = Ladder { test: estimated(10_050, 100_000), ..base };
    let diagnosis = opened.diagnose(&NoCommands);
    assert_eq!(remedies(&diagnosis), [Remedy::DefinePractice]);
    assert_eq!(diagnosis.steps[0].moves, "work in practice");
}

#[test]
fn equal_gaps_share_their_remedies_once() {
    let base = ladder(known(0.0), known(0.10), estimated(200, 1_000));
    let diagnosis = base.diagnose(&Everything);
    let steps = remedies(&diagnosis);
    assert_eq!(steps.len(), 12 + 9, "{:?}", diagnosis.verdict);
    assert_eq!(steps[2], Remedy::LargerNetwork);
    assert_eq!(steps[12], Remedy::MoreTrainingData);
}

fn constrained(ladder: &Ladder, typed: &str, figure: f64) -> Diagnosis {
    let constraint: Constraint = typed.parse().unwrap();
    let judged = vec![constraint.judge(Measured::Exact { value: figure })];
    let constraints = Constraints { machine: None, judged };
    ladder.diagnose(&Everything).with_constraints(constraints, &Everything)
}

#[test]
fn a_network_that_costs_too_much_is_made_smaller_and_not_larger() {
    let too_large = constrained(&biased(), "model-size <= 5 MB", 6e6);
    let first = &too_large.steps[0];
    assert_eq!(first.remedy, Remedy::SmallerNetwork);
    insta::assert_snapshot!(first.reason, @"a network that breaks a constraint is not one to choose: model-size is 6.000 MB, not <= 5 MB");
    assert!(too_large.steps.iter().all(|step| !step.remedy.grows()), "{:?}", too_large.steps);
    let small = constrained(&biased(), "model-size <= 5 MB", 4e6);
    assert_eq!(remedies(&small), remedies(&biased().diagnose(&Everything)));
    // An error that is too high is what closing gaps is for.
    let wrong = constrained(&biased(), "accuracy >= 90 %", 0.8);
    assert_eq!(remedies(&wrong), remedies(&biased().diagnose(&Everything)));
}
