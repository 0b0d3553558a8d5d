//! Whatever the bytes: an answer or an error, never a panic.

use std::fs;

use gapwise_data::{
    SourceOptions, TaskChoice, source, source::LabelPolicy, summary, table::TableEncoder,
};

use super::{Written, like::like, options, table};

#[test]
fn mangled_tables_never_panic() {
    use rand::{Rng, RngExt, SeedableRng};
    let seeds: [&str; 4] = [
        "x,day,c,label\n1.5,2024-01-01,u,a\n2,2024-02-01,\"v, w\",b\n?,2024-03-01,u,a\n4,,v,b\n",
        "1;2;3\n4;5;6\n7;8;9\n1e308;-1e308;1\n",
        "a b c\n1 2 3\n4 5 6\n",
        "label\ttext\nyes\t\"one\ntwo\"\nno\tthree\nyes\tfour\n",
    ];
    let pieces: [&[u8]; 16] = [
        b",",
        b"\"",
        b"\n",
        b"\r",
        b"\0",
        b"\xFF",
        b"inf",
        b"NaN",
        b"1e999",
        b";",
        b"\xEF\xBB\xBF",
        b"\n\n\n",
        b",,,,",
        b"9999-12-31T23:59:59+23:59",
        b"\x1F\x8B",
        "é".as_bytes(),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, other) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mangled = |rng: &mut rand_chacha::ChaCha8Rng| {
        let mut bytes = seeds[rng.random_range(0..seeds.len())].as_bytes().to_vec();
        for _ in 0..rng.random_range(0..8) {
            let at = rng.random_range(0..=bytes.len());
            match rng.random_range(0..4) {
                0 => bytes.truncate(at),
                1 => {
                    let piece = pieces[rng.random_range(0..pieces.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                2 if at < bytes.len() => bytes[at] = rng.next_u32() as u8,
                _ => bytes.extend_from_within(..at),
            }
        }
        bytes
    };
    let mut read_well = 0;
    for round in 0..600 {
        fs::write(&path, mangled(&mut rng)).expect("a file");
        fs::write(&other, mangled(&mut rng)).expect("a file");
        let options = SourceOptions {
            skip_bad: round % 2 == 0,
            task: [None, Some(TaskChoice::Regression), Some(TaskChoice::Classification)][round % 3],
            test: (round % 5 == 0).then(|| other.clone()),
            ..options(&path)
        };
        let Ok(data) = source::read(&options) else { continue };
        read_well += 1;
        let table = table(&data);
        assert_eq!(table.rows, data.len());
        let (encoder, _) = TableEncoder::fit(table, &(0..table.rows).collect::<Vec<_>>());
        let encoded = encoder.encode(table).expect("its own table");
        assert!(encoded.dense.iter().all(|value| value.is_finite()));
        summary::summarise(&data);
        let _ = like(&data, &other, LabelPolicy::Optional);
    }
    assert!(read_well > 50, "only {read_well} tables were read, too few to mean much");
}

#[test]
fn one_line_of_many_bytes_is_read_or_refused_and_never_panics() {
    let written = Written::new(&[
        ("long.csv", &"x".repeat(20_000_000)),
        ("commas.csv", &",".repeat(20_000_000)),
    ]);
    assert!(source::read(&options(written.path("long.csv"))).is_err());
    let error = source::read(&options(written.path("commas.csv"))).expect_err("too wide");
    assert!(error.to_string().contains("at most 100000 columns"), "{error}");
}
