//! No bytes make the reader of tables panic or lose rows: read, split, encoded, and read alike.
#![no_main]

use gapwise_data::{
    Inputs, SourceOptions, SplitOptions, Splits,
    source::{LabelPolicy, read, read_like},
    split::assign,
    summary::summarise,
    table::TableEncoder,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, bytes).unwrap();
    let options = SourceOptions {
        path: path.clone(),
        header: [None, Some(true), Some(false), None][usize::from(first) % 4],
        label: (first & 4 > 0).then(|| "1".to_owned()),
        skip_bad: first & 8 == 0,
        ..SourceOptions::default()
    };
    let Ok(data) = read(&options) else { return };
    let summary = summarise(&data);
    // Where nothing is quoted a row is a line: every one is an example, left out and counted, or the
    // header.
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n') && !b"\"'".contains(byte)) {
        let filled = |line: &&[u8]| !line.trim_ascii().is_empty();
        let lines = bytes.split(|&byte| byte == b'\n').filter(filled).count();
        assert!(data.len() + summary.skipped <= lines, "more rows than lines");
    }
    let Inputs::Table(table) = &data.inputs else { panic!("a file is a table") };
    assert_eq!(table.rows, data.len());
    let Ok((splits, _)) = assign(&data, &SplitOptions::default()) else { return };
    let all: usize = splits.counts().iter().map(|(_, count)| count).sum();
    assert_eq!(all + splits.left_out(), data.len());
    let written = folder.path().join("split.csv");
    splits.write_csv(&data.ids, std::fs::File::create(&written).unwrap()).unwrap();
    assert_eq!(Splits::read_csv(&written, &data.ids).unwrap(), splits);
    let (encoder, _) = TableEncoder::fit(table, &splits.indices(gapwise_data::Split::Train));
    let encoded = encoder.encode(table).unwrap();
    assert!(encoded.dense.iter().all(|value| value.is_finite()));
    if let Ok(alike) = read_like(&data.reading, &path, LabelPolicy::Optional) {
        let Inputs::Table(alike) = &alike.inputs else { panic!("a file is a table") };
        encoder.encode(alike).unwrap();
    }
});
