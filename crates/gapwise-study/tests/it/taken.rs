//! Steps that were taken, and what the recipe makes of them.

use std::{fs, path::PathBuf};

use gapwise_data::Split;
use gapwise_study::{
    compare::{Answered, By, Change, Comparison, networks},
    metric::MetricKind,
    recipe::{Remedy, Step},
    run::Record,
    runs::{RunFolder, Runs},
    taken::{Effect, Failed, TakenStep, steps_of, without_failed},
};

use crate::tables::class_table;

/// A network with so many wrong answers among 1,000, against one with 100.
fn scored(wrong: usize) -> Comparison {
    let table = |wrong| class_table(&[(Split::Validation, 1_000, wrong)]);
    let (after, before) = (table(wrong), table(100));
    let by = By { metric: MetricKind::ErrorRate.metric(), confidence: 0.95 };
    let named = |name, table| Answered { name, table };
    networks(named("`runs/a-2`", &after), named("`runs/a-1`", &before), by).unwrap()
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
        remedy: Some(if key == "train.l2" { Remedy::L2 } else { Remedy::Dropout }),
        effect: Effect::Scored(scored(wrong)),
        at: 0,
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

/// The remedies of variance with these steps taken, and those that failed.
fn after(records: &[TakenStep]) -> (Vec<Step>, Vec<Failed>) {
    let steps = vec![
        step(Remedy::MoreTrainingData, ""),
        step(Remedy::L2, "train.l2=0.001"),
        step(Remedy::Dropout, "network.dropout=0.2"),
        step(Remedy::OtherNetwork, "network.kind=lenet"),
    ];
    without_failed(steps, records)
}

fn left(records: &[TakenStep]) -> Vec<Remedy> {
    after(records).0.iter().map(|step| step.remedy).collect()
}

#[test]
fn a_step_says_what_it_did() {
    insta::assert_snapshot!(taken("train.l2", "0.001", 60).said(), @"`train.l2` from 0 to 0.001 took the validation error from 10.00 to 6.00 %, paired 95 % interval 2.81 to 5.35 points: `runs/a-2` is better than `runs/a-1`");
    let with = |effect| TakenStep { effect, ..taken("train.l2", "0.001", 60) }.said();
    assert_eq!(
        with(Effect::NotScored { reason: "`runs/a-1` is no longer there".to_owned() }),
        "`train.l2` from 0 to 0.001: not scored, `runs/a-1` is no longer there"
    );
    assert_eq!(
        with(Effect::Diverged { said: "the loss is NaN in epoch 3".to_owned() }),
        "`train.l2` from 0 to 0.001: the training diverged, the loss is NaN in epoch 3"
    );
}

#[test]
fn a_remedy_that_did_not_help_is_not_proposed_again_in_any_size() {
    use Remedy::{Dropout, L2, MoreTrainingData, OtherNetwork};
    let failed = after(&[taken("train.l2", "0.01", 100)]).1;
    assert_eq!(failed.iter().map(|one| one.remedy).collect::<Vec<_>>(), [L2]);
    assert_eq!(failed[0].named(), "add L2 regularisation (`runs/a-2`)");
    assert!(failed[0].said.ends_with("`runs/a-2` is not better than `runs/a-1` beyond noise"));
    assert_eq!(left(&[taken("train.l2", "0.01", 100)]), [MoreTrainingData, Dropout, OtherNetwork]);
    let both = [taken("network.dropout", "0.2", 130), taken("train.l2", "0.001", 100)];
    assert_eq!(left(&both), [MoreTrainingData, OtherNetwork]);
    // Whichever run it was taken from, and where its training diverged.
    let elsewhere = TakenStep { from_settings: "others".to_owned(), ..both[1].clone() };
    assert_eq!(left(&[elsewhere]), [MoreTrainingData, Dropout, OtherNetwork]);
    let diverged = Effect::Diverged { said: "the loss is NaN".to_owned() };
    let diverged = TakenStep { effect: diverged, ..both[0].clone() };
    assert_eq!(left(&[diverged]), [MoreTrainingData, L2, OtherNetwork]);
    // It helped once, and then no longer.
    let no_longer = [taken("train.l2", "0.001", 60), taken("train.l2", "0.01", 100)];
    assert_eq!(left(&no_longer), [MoreTrainingData, Dropout, OtherNetwork]);
}

#[test]
fn what_was_not_scored_or_is_no_remedy_stays_among_the_steps() {
    use Remedy::{Dropout, L2, MoreTrainingData, OtherNetwork};
    let all = [MoreTrainingData, L2, Dropout, OtherNetwork];
    let unscored = Effect::NotScored { reason: "gone".to_owned() };
    assert_eq!(left(&[TakenStep { effect: unscored, ..taken("train.l2", "0.001", 100) }]), all);
    assert_eq!(left(&[TakenStep { remedy: None, ..taken("train.l2", "5", 100) }]), all);
}

#[test]
fn a_remedy_that_helped_stays_and_says_so() {
    let (steps, failed) = after(&[taken("train.l2", "0.0001", 60)]);
    assert_eq!((steps[1].remedy, failed.len()), (Remedy::L2, 0));
    let said = steps[1].taken.as_ref().unwrap();
    assert!(said.starts_with("taken by `runs/a-2`: `train.l2` from 0 to 0.0001 took"), "{said}");
    assert!(said.ends_with("`runs/a-2` is better than `runs/a-1`"), "{said}");
    assert!(steps[1].command.is_some());
}

#[test]
fn the_steps_in_a_folder_are_those_on_the_same_data_in_the_order_in_which_they_were_taken() {
    let folder = tempfile::tempdir().unwrap();
    let write = |run: &str, text: &str| {
        fs::create_dir(folder.path().join(run)).unwrap();
        fs::write(folder.path().join(run).join(TakenStep::FILE), text).unwrap();
    };
    let json = |step: &TakenStep| serde_json::to_string(step).unwrap();
    let record = taken("train.l2", "0.001", 60);
    // Of steps that do not say when they were taken, the order is that of the runs.
    for (run, at) in [("a-10", 0), ("a-9", 0), ("zoo", 1), ("again", 2), ("b-1", 3)] {
        write(run, &json(&TakenStep { at, ..record.clone() }));
    }
    write("c-1", &json(&TakenStep { held_out: "other/split".to_owned(), ..record.clone() }));
    write("d-1", "damaged");
    let runs = || RunFolder::new(folder.path()).on("data/split");
    let found = steps_of(runs(), "data/split");
    let names: Vec<String> = found
        .iter()
        .map(|step| step.run.rsplit('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(names, ["a-9", "a-10", "zoo", "again", "b-1"], "each by where it is now");
    assert!(found[0].said().contains("a-9` is better than `runs/a-1`"), "{}", found[0].said());
    assert_eq!(RunFolder::new(folder.path().join("none")).on("data/split"), [] as [PathBuf; 0]);
}
