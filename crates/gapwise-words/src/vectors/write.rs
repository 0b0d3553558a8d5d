//! Writers of all formats.

use std::{
    io::{self, Write},
    path::Path,
};

use gapwise_study::run::write_whole_with;

use super::{
    Distinct, Format, Vectors,
    tensors::{self, Numbers, Tensor},
};
use crate::{WordsError, corpus::WordTable, train::Matrix};

/// What safetensors keep besides, and other formats cannot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// How often each word occurs in the corpus.
    pub counts: Option<&'a [u64]>,
    /// What predicts, `[targets, dimensions]`: of inner nodes of the Huffman tree, or of words.
    pub outputs: Option<&'a Matrix>,
    /// How they came to be, as JSON.
    pub settings: Option<&'a str>,
}

/// Writes vectors, `[words, dimensions]`, whole or not at all.
///
/// Numbers of text have as many digits as give the same bits back, in NumPy's way of writing, so that
/// gensim's files of the same vectors have the same bytes.
///
/// # Errors
///
/// The file cannot be written, or a word has white space that the format has no room for.
pub fn save(
    path: &Path,
    format: Format,
    (words, vectors): (&WordTable, &Matrix),
    extras: Extras<'_>,
) -> Result<(), WordsError> {
    let name = match format {
        Format::Safetensors => return save_tensors(path, (words, vectors), extras),
        Format::Word2vecBinary => "word2vec's binary format",
        _ => "text",
    };
    let holds = |word: &&str| word.is_empty() || word.contains([' ', '\n', '\r', '\t']);
    if let Some(word) = words.iter().find(holds) {
        let without = "white space, and not empty";
        return Err(WordsError::WordNotForFormat { word: word.into(), format: name, without });
    }
    write_whole_with(path, |to| {
        if format != Format::GloveText {
            writeln!(to, "{} {}", words.len(), vectors.columns())?;
        }
        for (row, word) in words.iter().enumerate() {
            write!(to, "{word}")?;
            if format == Format::Word2vecBinary {
                let numbers = vectors.row(row).iter().flat_map(|number| number.to_le_bytes());
                let bytes: Vec<u8> = std::iter::once(b' ').chain(numbers).collect();
                to.write_all(&bytes)?;
            } else {
                for &number in vectors.row(row) {
                    to.write_all(b" ")?;
                    write_number(to, number)?;
                }
                to.write_all(if format == Format::FasttextText { b" \n" } else { b"\n" })?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// A number as NumPy writes it: with an exponent of at least two digits and a sign below 10⁻⁴ and from
/// 10¹⁶ on.
fn write_number(to: &mut dyn Write, number: f32) -> io::Result<()> {
    let size = f64::from(number.abs());
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        return write!(to, "{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
    write!(to, "{digits}e{sign}{power:0>2}")
}

fn save_tensors(
    path: &Path,
    (words, vectors): (&WordTable, &Matrix),
    extras: Extras<'_>,
) -> Result<(), WordsError> {
    // Wide numbers first, so that each array begins at a multiple of its numbers' size.
    let mut arrays = vec![Tensor { name: "ends", numbers: Numbers::Whole(words.ends()) }];
    arrays.extend(extras.counts.map(|of| Tensor { name: "counts", numbers: Numbers::Whole(of) }));
    arrays.push(Tensor { name: "vectors", numbers: Numbers::Rows(vectors) });
    arrays.extend(extras.outputs.map(|of| Tensor { name: "outputs", numbers: Numbers::Rows(of) }));
    arrays.push(Tensor { name: "words", numbers: Numbers::Bytes(words.text().as_bytes()) });
    let about: Vec<(&str, String)> =
        extras.settings.map(|settings| ("settings", settings.to_owned())).into_iter().collect();
    tensors::write(path, &about, &arrays)
}

impl Vectors {
    /// Writes them in another format; to safetensors with all that this file keeps. Of a word that comes
    /// again the first vector is written; how many others were left out is what it gives. What predicts is
    /// then left out too, since it was of as many words as the file has.
    ///
    /// # Errors
    ///
    /// As [`save`]; or a number is not finite.
    pub fn convert(&self, path: &Path, format: Format) -> Result<usize, WordsError> {
        let Distinct { words, rows } = self.distinct();
        let mut matrix = Matrix::zeros(rows.len(), self.dimensions());
        for (at, &row) in rows.iter().enumerate() {
            self.read(row, matrix.row_mut(at))?;
        }
        let counts: Option<Vec<u64>> =
            self.counts().map(|counts| rows.iter().map(|&row| counts[row]).collect());
        let outputs = if self.repeated() == 0 { self.outputs()? } else { None };
        let extras = Extras {
            counts: counts.as_deref(),
            outputs: outputs.as_ref(),
            settings: self.settings(),
        };
        save(path, format, (words, &matrix), extras)?;
        Ok(self.repeated())
    }
}
