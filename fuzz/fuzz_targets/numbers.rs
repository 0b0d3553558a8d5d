//! Numbers that are written read back as they are, and a header is one row.
#![no_main]

use std::fmt::Write;

use gapwise_data::{Inputs, SourceOptions, source::read, summary::summarise, table::ColumnValues};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|numbers: Vec<f64>| {
    let numbers: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
    if numbers.len() < 4 {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let mut text = "x,class\n".to_owned();
    for (row, number) in numbers.iter().enumerate() {
        let _ = writeln!(text, "{number:?},{}", ["a", "b"][row % 2]);
    }
    std::fs::write(&path, text).unwrap();
    let label = Some("2".to_owned());
    let options = SourceOptions { path, label, skip_bad: true, ..SourceOptions::default() };
    let Ok(data) = read(&SourceOptions { header: Some(true), ..options.clone() }) else { return };
    let Inputs::Table(table) = &data.inputs else { panic!("a file is a table") };
    // Those that no network can read are left out and counted.
    let skipped = summarise(&data).skipped;
    assert_eq!(data.len() + skipped, numbers.len());
    if skipped == 0
        && let Some(ColumnValues::Number(read)) = table.column("x").map(|column| &column.values)
    {
        assert_eq!(read, &numbers);
    }
    if let Ok(guessed) = read(&options) {
        assert_eq!(guessed.len(), data.len());
    }
});
