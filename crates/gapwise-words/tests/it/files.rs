//! Every format, there and back.

use gapwise_words::{
    corpus::WordTable,
    train::Matrix,
    vectors::{self, Extras, Format, save},
};

const FORMATS: [(Format, &str); 5] = [
    (Format::Safetensors, "v.safetensors"),
    (Format::Word2vecBinary, "v.bin"),
    (Format::Word2vecText, "v.txt"),
    (Format::GloveText, "glove.txt"),
    (Format::FasttextText, "v.vec"),
];

fn table() -> (WordTable, Matrix) {
    let words: WordTable = ["the", "naïve", "0.5"].into_iter().collect();
    let mut matrix = Matrix::zeros(3, 2);
    let numbers = [[0.1, -1e-30], [std::f32::consts::PI, 3.0e10], [f32::MIN_POSITIVE, 0.0]];
    (0..3).for_each(|row| matrix.row_mut(row).copy_from_slice(&numbers[row]));
    (words, matrix)
}

#[test]
fn every_format_gives_the_same_bits_back() {
    let folder = tempfile::tempdir().unwrap();
    let (words, matrix) = table();
    for (format, name) in FORMATS {
        let path = folder.path().join(name);
        save(&path, format, (&words, &matrix), Extras::default()).unwrap();
        let found = vectors::open(&path).unwrap();
        assert_eq!((found.format(), found.len(), found.dimensions()), (format, 3, 2), "{name}");
        for row in 0..3 {
            assert_eq!(found.word(row), words.word(row), "{name}");
            let bits = |row: &[f32]| row.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found.vector(row).unwrap()), bits(matrix.row(row)), "{name}");
        }
        for (other, name) in FORMATS {
            let again = folder.path().join(format!("again-{name}"));
            found.convert(&again, other).unwrap();
            assert_eq!(vectors::open(&again).unwrap().vector(1).unwrap(), matrix.row(1), "{name}");
        }
    }
}

#[test]
fn word2vecs_binary_format_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    let words: WordTable = ["a", "bc"].into_iter().collect();
    let mut matrix = Matrix::zeros(2, 1);
    matrix.row_mut(0)[0] = 1.0;
    save(&path, Format::Word2vecBinary, (&words, &matrix), Extras::default()).unwrap();
    // 1.0 is 0x3f800000. As gensim has it, no line ends between rows.
    let right = b"2 1\na \x00\x00\x80\x3fbc \x00\x00\x00\x00";
    assert_eq!(std::fs::read(&path).unwrap(), right);
    // The program word2vec ends rows with a line end.
    std::fs::write(&path, b"2 1\na \x00\x00\x80\x3f\nbc \x00\x00\x00\x00\n").unwrap();
    let found = vectors::open(&path).unwrap();
    assert_eq!((found.word(1), found.vector(0).unwrap()), ("bc", vec![1.0]));
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, "old").unwrap();
    let words: WordTable = ["two words"].into_iter().collect();
    let refused =
        save(&path, Format::Word2vecText, (&words, &Matrix::zeros(1, 2)), Extras::default());
    assert!(refused.unwrap_err().to_string().contains("without white space"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
}

/// What `tests/reference/gensim_files.py` gave to gensim.
const WORDS: [&str; 4] = ["river", "été", "猫", "don't"];
const NUMBERS: [[f32; 4]; 4] = [
    [0.1, -2.5, 1e-7, 3.4e38],
    [1.0, 0.0, -0.0, 1.0 / 3.0],
    [-1e-30, 7.25, f32::MIN_POSITIVE, 42.0],
    [5.0, 6.0, 7.0, 8.5],
];

#[test]
fn files_of_gensim_are_read_and_written_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8], Format); 2] = [
        ("gensim.bin", include_bytes!("../reference/gensim.bin"), Format::Word2vecBinary),
        ("gensim.txt", include_bytes!("../reference/gensim.txt"), Format::Word2vecText),
    ];
    for (name, bytes, format) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let found = vectors::open(&path).unwrap();
        assert_eq!((found.format(), found.len(), found.dimensions()), (format, 4, 4), "{name}");
        for (at, numbers) in NUMBERS.iter().enumerate() {
            assert_eq!(found.word(at), WORDS[at]);
            let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found.vector(at).unwrap()), bits(numbers), "{name}");
        }
        for (_, right, format) in files {
            let again = folder.path().join("again");
            found.convert(&again, format).unwrap();
            assert_eq!(std::fs::read(&again).unwrap(), right, "{name}");
        }
    }
}
