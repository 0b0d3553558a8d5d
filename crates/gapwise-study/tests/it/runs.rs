//! Where runs are kept: which of them are opened, and which looks are known.

use std::fs;

use gapwise_data::Split;
use gapwise_study::{
    looks::Look,
    runs::{InMemory, RunFolder, Runs},
};

#[test]
fn only_runs_that_may_be_on_the_same_data_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let runs = RunFolder::new(folder.path());
    for name in ["a-1", "a-2", "b-1", "moved-here"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (data, run) in [("a", "a-1"), ("a", "a-2"), ("b", "b-1"), ("b", "a-2")] {
        runs.record(&Look::now(data, Split::Validation, run)).unwrap();
    }
    let on = |data: &str| {
        let mut names: Vec<String> = runs
            .on(data)
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .filter(|name| name != "looks.jsonl")
            .collect();
        names.sort();
        names
    };
    // What the ledger does not know may be on any data.
    assert_eq!(on("a"), ["a-1", "a-2", "moved-here"]);
    assert_eq!(on("b"), ["a-2", "b-1", "moved-here"]);
    fs::remove_file(folder.path().join("looks.jsonl")).unwrap();
    assert_eq!(on("a"), ["a-1", "a-2", "b-1", "moved-here"]);
}

#[test]
fn looks_are_counted_in_memory_as_beside_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (on_disk, in_memory) = (RunFolder::new(folder.path()), InMemory::default());
    let both: [&dyn Runs; 2] = [&on_disk, &in_memory];
    for runs in both {
        for (data, split) in
            [("a", Split::Validation), ("a", Split::Test), ("b", Split::Validation)]
        {
            runs.record(&Look::now(data, split, "one").because("kept the best epoch")).unwrap();
        }
        let looks = runs.looks("a").unwrap();
        assert_eq!((looks.counts.validation, looks.counts.test), (1, 1));
        assert_eq!((looks.recorded.len(), looks.lost), (2, None));
    }
}
