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
    assert_eq!(ledger.looks().unwrap().counts("a"), LookCounts::default());
    let first = ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(first, LookCounts { validation: 1, test: 0 });
    ledger.record(&look("a", Split::Test)).unwrap();
    ledger.record(&look("b", Split::Validation)).unwrap();
    let last = ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(last, LookCounts { validation: 2, test: 1 });
    assert_eq!(ledger.looks().unwrap().counts("a"), last);
    assert_eq!(ledger.looks().unwrap().counts("b"), LookCounts { validation: 1, test: 0 });
    assert_eq!(ledger.looks().unwrap().looks[1], look("a", Split::Test));
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
    assert_eq!(ledger.looks().unwrap().looks.len(), 200);
}

#[test]
fn a_damaged_line_is_named_and_what_is_around_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(folder.path());
    let none = LookCounts::default();
    let told = |heard| {
        let said = ledger.looks().unwrap().said("a", heard, ledger.path())?;
        Some(said.replace(&folder.path().display().to_string(), "runs"))
    };
    ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(told(none), None);
    let mut text = fs::read_to_string(ledger.path()).unwrap();
    text.push_str("{\"data\":\"a\",\"spl");
    fs::write(ledger.path(), &text).unwrap();
    // A line that was cut off ends where the next one begins.
    let counts = ledger.record(&look("a", Split::Validation)).unwrap();
    assert_eq!(counts, LookCounts { validation: 2, test: 0 });
    assert!(fs::read_to_string(ledger.path()).unwrap().starts_with(&text));
    assert_eq!(ledger.looks().unwrap().damaged, [2]);
    insta::assert_snapshot!(told(none).unwrap(), @"at least 2 looks at validation and 0 at test: line 2 of `runs/looks.jsonl` is damaged");
    insta::assert_snapshot!(told(LookCounts { validation: 3, test: 1 }).unwrap(), @"at least 3 looks at validation and 1 at test: line 2 of `runs/looks.jsonl` is damaged");
    // Bytes that are no text, and many lines of them.
    fs::write(ledger.path(), b"\xff\xfe\n".repeat(7)).unwrap();
    insta::assert_snapshot!(told(none).unwrap(), @"at least 0 looks at validation and 0 at test: lines 1, 2, 3, 4, 5 and 2 more of `runs/looks.jsonl` are damaged");
}

#[test]
fn a_ledger_that_was_cut_or_deleted_is_known_from_what_the_runs_heard_of() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::beside(folder.path());
    let told = |heard| {
        let said = ledger.looks().unwrap().said("a", heard, ledger.path())?;
        Some(said.replace(&folder.path().display().to_string(), "runs"))
    };
    let heard = LookCounts { validation: 3, test: 1 };
    insta::assert_snapshot!(told(heard).unwrap(), @"at least 3 looks at validation and 1 at test: `runs/looks.jsonl` is not there");
    ledger.record(&look("a", Split::Validation)).unwrap();
    insta::assert_snapshot!(told(heard).unwrap(), @"at least 3 looks at validation and 1 at test: `runs/looks.jsonl` has 1 look at validation and 0 at test");
    assert_eq!(told(LookCounts { validation: 1, test: 0 }), None);
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
