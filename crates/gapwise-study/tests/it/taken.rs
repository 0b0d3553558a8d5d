//! Steps that were taken, and what the recipe makes of them.

use std::fs;

use gapwise_data::Split;
use gapwise_study::{
    compare::{Answered, By, Change, Comparison, networks},
    metric::MetricKind,
    recipe::{Remedy, Step},
    run::Record,
    taken::{Effect, TakenStep, steps_in, with_taken},
};

use crate::tables::class_table;

/// A network with so many wrong answers among 1,000, against one with 100.
fn scored(wrong: usize) -> Comparison {
    let table = |wrong| class_table(&[(Split::Validation, 1_000, wrong)]);
    let (after, before) = (table(wrong), table(100));
    let by = By { metric: MetricKind::ErrorRate.metric(), confidence: 0.95 };
    let named = |name, table| Answered { name, table };
    networks(named("after", &after), named("before", &before), by).unwrap()
}

pub(crate) fn taken(key: &str, value: &str, wrong: usize) -> TakenStep {
    TakenStep {
        run: "runs/a-2".to_owned(),
        from: "runs/a-1".to_owned(),
        from_id: "1".to_owned(),
        from_settings: "settings of a-1".to_owned(),
        held_out: "data/split".to_owned(),
        typed: vec![(key.to_owned(), value.to_owned())],
        changes: vec![Change {
            key: key.to_owned(),
            from: Some("0".to_owned()),
            to: Some(value.to_owned()),
            moves: vec!["fit validation".to_owned()],
            known_as: None,
        }],
        effect: Effect::Scored(scored(wrong)),
    }
}

fn step(remedy: Remedy, sets: &str) -> Step {
    Step {
        remedy,
        what: remedy.what().to_owned(),
        reason: "why".to_owned(),
        moves: remedy.moves().to_owned(),
        change: None,
        cost: None,
        command: (!sets.is_empty()).then(|| format!("gapwise train runs/a-1 --set {sets}")),
        taken: None,
    }
}

/// The remedies of variance, as their order is with these steps taken.
fn after(records: &[TakenStep]) -> Vec<Step> {
    let steps = vec![
        step(Remedy::MoreTrainingData, ""),
        step(Remedy::L2, "train.l2=0.001"),
        step(Remedy::Dropout, "network.dropout=0.2"),
        step(Remedy::OtherNetwork, "network.kind=lenet"),
    ];
    with_taken(steps, |step| {
        let (key, value) = step.command.as_ref()?.rsplit_once(' ')?.1.split_once('=')?;
        let typed = [(key.to_owned(), value.to_owned())];
        records.iter().find(|record| record.is("settings of a-1", &typed))
    })
}

fn order(steps: &[Step]) -> Vec<Remedy> {
    steps.iter().map(|step| step.remedy).collect()
}

#[test]
fn a_step_says_what_it_did() {
    insta::assert_snapshot!(taken("train.l2", "0.001", 60).said(), @"`train.l2` from 0 to 0.001 took the validation error from 10.00 to 6.00 %, paired 95 % interval 2.81 to 5.35 points: this network is better");
    let unscored = TakenStep {
        effect: Effect::NotScored { reason: "`runs/a-1` is no longer there".to_owned() },
        ..taken("train.l2", "0.001", 60)
    };
    assert_eq!(
        unscored.said(),
        "`train.l2` from 0 to 0.001: not scored, `runs/a-1` is no longer there"
    );
}

#[test]
fn a_step_that_did_not_help_is_not_proposed_first_again() {
    use Remedy::{Dropout, L2, MoreTrainingData, OtherNetwork};
    let steps = after(&[taken("train.l2", "0.001", 100)]);
    assert_eq!(order(&steps), [MoreTrainingData, Dropout, OtherNetwork, L2]);
    let said = steps[3].taken.as_ref().unwrap();
    assert!(said.starts_with("taken by `runs/a-2`: `train.l2` from 0 to 0.001 took"), "{said}");
    assert!(steps[3].command.is_some(), "it can still be taken again");
    // The order of the notes stays among those that did not help.
    let both = [taken("network.dropout", "0.2", 130), taken("train.l2", "0.001", 100)];
    assert_eq!(order(&after(&both)), [MoreTrainingData, OtherNetwork, L2, Dropout]);
}

#[test]
fn a_step_of_another_size_or_from_other_settings_is_another_step() {
    use Remedy::{Dropout, L2, MoreTrainingData, OtherNetwork};
    let notes = [MoreTrainingData, L2, Dropout, OtherNetwork];
    assert_eq!(order(&after(&[taken("train.l2", "0.01", 100)])), notes);
    let elsewhere =
        TakenStep { from_settings: "others".to_owned(), ..taken("train.l2", "0.001", 100) };
    assert_eq!(order(&after(&[elsewhere])), notes);
    let unscored = TakenStep {
        effect: Effect::NotScored { reason: "gone".to_owned() },
        ..taken("train.l2", "0.001", 100)
    };
    assert_eq!(order(&after(&[unscored])), notes);
}

#[test]
fn a_step_that_helped_keeps_its_place_and_goes_on_from_there() {
    let steps = after(&[taken("train.l2", "0.001", 60)]);
    assert_eq!(steps[1].remedy, Remedy::L2);
    assert_eq!(steps[1].command.as_deref(), Some("gapwise diagnose runs/a-2"));
    assert_eq!(steps[1].reason, "this network is better than the one before it, so go on from it");
}

#[test]
fn the_steps_in_a_folder_are_those_on_the_same_data_in_the_order_of_their_runs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |run: &str, text: &str| {
        fs::create_dir(folder.path().join(run)).unwrap();
        fs::write(folder.path().join(run).join(TakenStep::FILE), text).unwrap();
    };
    let json = |step: &TakenStep| serde_json::to_string(step).unwrap();
    let record = taken("train.l2", "0.001", 60);
    for run in ["a-10", "a-9", "b-1"] {
        write(run, &json(&record));
    }
    write("c-1", &json(&TakenStep { held_out: "other/split".to_owned(), ..record.clone() }));
    write("d-1", "damaged");
    let found = steps_in(folder.path(), "data/split");
    let names: Vec<String> = found
        .iter()
        .map(|step| step.run.rsplit('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(names, ["a-9", "a-10", "b-1"], "each by where it is now");
    assert_eq!(found[0].effect, record.effect);
    assert_eq!(steps_in(&folder.path().join("none"), "data/split"), []);
}
