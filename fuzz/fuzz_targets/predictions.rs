//! No bytes make the reader of prediction tables panic, nor judging them; what is written reads back.
#![no_main]

use gapwise_study::{
    diagnosis::{DiagnoseOptions, diagnose, ladder_text},
    predictions::{read, read_foreign},
    recipe::OtherProgram,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("predictions.csv");
    std::fs::write(&path, bytes).unwrap();
    let Ok(foreign) = read_foreign(&path, None) else { return };
    let table = foreign.table;
    // A table of classes without scores is read and never written.
    let mut written = Vec::new();
    if table.write(&mut written).is_ok() {
        std::fs::write(&path, &written).unwrap();
        let again = read(&path, Some(&table.target)).unwrap();
        assert_eq!(again.rows.len(), table.rows.len());
    }
    let options = DiagnoseOptions::new("predictions.csv");
    if let Ok(diagnosis) = diagnose(&table, &options, &OtherProgram) {
        ladder_text(&diagnosis);
    }
});
