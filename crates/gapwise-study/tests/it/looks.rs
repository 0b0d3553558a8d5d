//! The ledger of looks.

use std::{fs, thread};

use gapwise_data::Split;
use gapwise_study::{
    diagnosis::LookCounts,
    looks::{Ledger, Look},
};

fn look(data: &str, split: Split) -> Look {
    Look { at: 1_700_000_000, ..Look::now(data, split, "digits-1").because("best epoch") }
}

#[test]
fn looks_are_counted_by_data_and_split() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(&folder.path().join("runs"));
    assert_eq!(ledger.counts("a").unwrap(), LookCounts::default());
    let first = ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(first, LookCounts { validation: 1, test: 0 });
    ledger.record(&look("a", Split::Test)).unwrap();
    ledger.record(&look("b", Split::Validation)).unwrap();
    let last = ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(last, LookCounts { validation: 2, test: 1 });
    assert_eq!(ledger.counts("a").unwrap(), last);
    assert_eq!(ledger.counts("b").unwrap(), LookCounts { validation: 1, test: 0 });
    assert_eq!(ledger.looks().unwrap()[1], look("a", Split::Test));
}

#[test]
fn a_look_is_one_line_that_a_person_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(folder.path());
    ledger.record(&look("9f2c", Split::Validation)).unwrap();
    insta::assert_snapshot!(fs::read_to_string(ledger.path()).unwrap(), @r#"{"data":"9f2c","split":"validation","run":"digits-1","why":"best epoch","at":1700000000}"#);
}

#[test]
fn writers_at_the_same_time_lose_no_look_and_see_each_count_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(folder.path());
    let mut counts: Vec<usize> = thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..25)
                        .map(|_| ledger.record(&look("a", Split::Validation)).unwrap().validation)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    counts.sort_unstable();
    assert_eq!(counts, (1..=200).collect::<Vec<_>>());
    assert_eq!(ledger.looks().unwrap().len(), 200);
}

#[test]
fn a_corrupted_line_is_named_and_nothing_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(folder.path());
    ledger.record(&look("a", Split::Validation)).unwrap();
    let mut text = fs::read_to_string(ledger.path()).unwrap();
    text.push_str("{\"data\":\"a\",\"spl");
    fs::write(ledger.path(), &text).unwrap();
    let error = ledger.record(&look("a", Split::Validation)).unwrap_err();
    let said = error.to_string().replace(&folder.path().display().to_string(), "runs");
    assert_eq!(
        said,
        "`runs/looks.jsonl` line 2: expected a look as JSON, found `{\"data\":\"a\",\"spl`"
    );
    assert_eq!(
        error.hint(),
        "the line was cut off or edited; take it out, and count the look that it stood for"
    );
    assert_eq!(fs::read_to_string(ledger.path()).unwrap(), text);
    assert!(ledger.counts("a").is_err());
}

#[test]
fn a_ledger_that_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = Ledger::beside(&blocked.join("runs")).record(&look("a", Split::Test)).unwrap_err();
    assert!(error.to_string().contains("looks.jsonl`: "), "{error}");
    assert_eq!(error.hint(), "the ledger lies beside the runs; check the folder's rights");
}
