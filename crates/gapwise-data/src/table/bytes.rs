//! From a file to text: gzip by its first bytes, then UTF-8, else Latin-1.

use std::{fs, io::Read, path::Path};

use flate2::read::MultiGzDecoder;

use crate::{DataError, Note, Place, Problem};

/// A file as text.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The whole text, without a byte-order mark, its lines ended by line feeds.
    pub(super) text: String,
    /// Hash of the file's bytes as they lie on the disk.
    pub(super) digest: blake3::Hash,
    /// How it was decoded, where that was a choice.
    pub(super) notes: Vec<Note>,
}

/// First bytes of files that are often taken for tables, and what they are.
const NOT_TEXT: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\xFF\xFE", "UTF-16 text"),
    (b"\xFE\xFF", "UTF-16 text"),
    (b"\xFD7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
];

/// Opens and decodes a table's file.
pub(super) fn open(path: &Path) -> Result<Decoded, DataError> {
    let raw = fs::read(path).map_err(|source| DataError::Io { path: path.to_owned(), source })?;
    let digest = blake3::hash(&raw);
    let (text, notes) = decode(path, unzip(path, raw)?)?;
    Ok(Decoded { text, digest, notes })
}

fn unzip(path: &Path, raw: Vec<u8>) -> Result<Vec<u8>, DataError> {
    if !raw.starts_with(&[0x1F, 0x8B]) {
        return Ok(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len().saturating_mul(4));
    match MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(reason) => Err(DataError::from(Problem::UnreadableFile {
            place: Place::path(path),
            expected: "a whole gzip file".to_owned(),
            found: format!("one that breaks after {} bytes of text ({reason})", bytes.len()),
        })),
    }
}

fn decode(path: &Path, mut bytes: Vec<u8>) -> Result<(String, Vec<Note>), DataError> {
    let unreadable = |found: String| {
        DataError::from(Problem::UnreadableFile {
            place: Place::path(path),
            expected: "a table as UTF-8 text".to_owned(),
            found,
        })
    };
    if let Some((_, what)) = NOT_TEXT.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(unreadable((*what).to_owned()));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        return Err(unreadable(format!("a byte 0 in line {line}, which no text has")));
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DataError::from(Problem::Empty {
            place: Place::path(path),
            expected: "a table with a line per example".to_owned(),
        }));
    }
    // Some old programs end lines with a carriage return alone.
    if !bytes.contains(&b'\n') {
        for byte in bytes.iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, Vec::new())),
        Err(error) => {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            // Every byte is a character of Latin-1, at the code point of the same number.
            let text = error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
            let said = format!(
                "`{}` is not UTF-8 (line {line}), so it is read as Latin-1; save it as UTF-8 if \
                 letters look wrong",
                path.display()
            );
            Ok((text, vec![Note { said, change_with: None }]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<(String, Vec<Note>), DataError> {
        decode(Path::new("a.csv"), bytes.to_vec())
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(text(b"\xEF\xBB\xBFa,b\n").expect("text").0, "a,b\n");
    }

    #[test]
    fn other_bytes_than_utf_8_are_latin_1_and_said() {
        let (decoded, notes) = text(b"a\nb\nM\xFCnchen\n").expect("text");
        assert_eq!(decoded, "a\nb\nMünchen\n");
        assert!(notes[0].said.contains("(line 3)"), "{}", notes[0].said);
    }

    #[test]
    fn carriage_returns_alone_end_lines() {
        assert_eq!(text(b"a,b\r1,2\r").expect("text").0, "a,b\n1,2\n");
        assert_eq!(text(b"a,b\r\n1,2\r\n").expect("text").0, "a,b\r\n1,2\r\n");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let found = |bytes: &[u8]| text(bytes).expect_err("no text").to_string();
        assert!(found(b"PK\x03\x04rest").contains("Excel workbook"));
        assert!(found(b"\xFF\xFEa\x00").contains("UTF-16"));
        assert!(found(b"a,b\n1,\x002\n").contains("byte 0 in line 2"));
        assert!(found(b" \n\r\n").contains("it is empty"));
    }

    #[test]
    fn a_gzip_file_cut_short_is_told_from_a_whole_one() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"a,b\n1,2\n").expect("in memory");
        let whole = encoder.finish().expect("in memory");
        let path = Path::new("a.csv.gz");
        assert_eq!(unzip(path, whole.clone()).expect("whole"), b"a,b\n1,2\n");
        let cut = unzip(path, whole[..whole.len() - 6].to_vec()).expect_err("cut");
        assert!(cut.to_string().contains("expected a whole gzip file"), "{cut}");
    }
}
