//! Files that are often given where a table or an image is expected, told by their first bytes.

/// A kind of file that is neither a table nor an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// What Git has in the place of a large file that was not fetched.
    LfsPointer,
    /// A ZIP archive.
    Zip,
    /// A workbook of Excel 2007 or later, which is a ZIP archive.
    Excel,
    /// A workbook of an earlier Excel.
    OldExcel,
    /// A spreadsheet of LibreOffice, which is a ZIP archive.
    OpenDocument,
    /// Arrays that `numpy.savez` wrote, which is a ZIP archive.
    NumpyArchive,
    /// An array that `numpy.save` wrote.
    Numpy,
    /// A Parquet file.
    Parquet,
    /// An Arrow or Feather file.
    Arrow,
    /// An HDF5 file, MATLAB's 7.3 among them.
    Hdf5,
    /// An SQLite database.
    Sqlite,
    /// What Python's `pickle` wrote.
    Pickle,
    /// UTF-16 text.
    Utf16,
    /// An xz archive.
    Xz,
    /// A bzip2 archive.
    Bzip2,
    /// A Zstandard archive.
    Zstandard,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A tar archive.
    Tar,
    /// A PDF document.
    Pdf,
    /// A web page.
    Html,
    /// XML.
    Xml,
    /// JSON, or a line of JSON for each example.
    Json,
    /// Weka's ARFF.
    Arff,
}

/// First bytes that tell a format.
const BEGINNINGS: [(&[u8], Format); 17] = [
    (b"version https://git-lfs", Format::LfsPointer),
    (b"\xD0\xCF\x11\xE0", Format::OldExcel),
    (b"\x93NUMPY", Format::Numpy),
    (b"PAR1", Format::Parquet),
    (b"ARROW1", Format::Arrow),
    (b"\x89HDF\r\n", Format::Hdf5),
    (b"SQLite format 3", Format::Sqlite),
    (b"\xFF\xFE", Format::Utf16),
    (b"\xFE\xFF", Format::Utf16),
    (b"\xFD7zXZ\x00", Format::Xz),
    (b"BZh", Format::Bzip2),
    (b"\x28\xB5\x2F\xFD", Format::Zstandard),
    (b"7z\xBC\xAF\x27\x1C", Format::SevenZip),
    (b"Rar!\x1A\x07", Format::Rar),
    (b"%PDF-", Format::Pdf),
    (b"\x80\x04\x95", Format::Pickle),
    (b"\x80\x05\x95", Format::Pickle),
];

/// Bytes in which the names of an archive's first files are looked for.
const NAMES_WITHIN: usize = 1 << 16;

impl Format {
    /// The format that a file's first bytes tell, where it is one of these.
    pub fn of(bytes: &[u8]) -> Option<Format> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Format::of_zip(&bytes[..bytes.len().min(NAMES_WITHIN)]));
        }
        let told = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning));
        if let Some((_, format)) = told {
            return Some(*format);
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Some(Format::Tar);
        }
        Format::of_text(bytes)
    }

    fn of_zip(bytes: &[u8]) -> Format {
        let names = |wanted: &[u8]| bytes.windows(wanted.len()).any(|found| found == wanted);
        if names(b"xl/") {
            Format::Excel
        } else if names(b"opendocument.spreadsheet") {
            Format::OpenDocument
        } else if names(b".npy") {
            Format::NumpyArchive
        } else {
            Format::Zip
        }
    }

    fn of_text(bytes: &[u8]) -> Option<Format> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
        let begins = |word: &[u8]| {
            bytes.get(..word.len()).is_some_and(|first| first.eq_ignore_ascii_case(word))
        };
        if begins(b"<!doctype html") || begins(b"<html") {
            return Some(Format::Html);
        }
        if begins(b"<?xml") {
            return Some(Format::Xml);
        }
        let next =
            |bytes: &[u8]| bytes.get(1..).and_then(|rest| rest.trim_ascii_start().first().copied());
        match (bytes.first(), next(bytes)) {
            (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{')) => return Some(Format::Json),
            _ => {}
        }
        let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"%"))?;
        let relation = first.get(..10).is_some_and(|word| word.eq_ignore_ascii_case(b"@relation "));
        relation.then_some(Format::Arff)
    }

    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            Format::LfsPointer => "a Git LFS pointer, which stands for a file that was not fetched",
            Format::Zip => "a ZIP archive",
            Format::Excel => "an Excel workbook",
            Format::OldExcel => "an old Excel workbook",
            Format::OpenDocument => "an OpenDocument spreadsheet",
            Format::NumpyArchive => "an archive of NumPy arrays",
            Format::Numpy => "a NumPy array",
            Format::Parquet => "a Parquet file",
            Format::Arrow => "an Arrow file",
            Format::Hdf5 => "an HDF5 file",
            Format::Sqlite => "an SQLite database",
            Format::Pickle => "a Python pickle",
            Format::Utf16 => "UTF-16 text",
            Format::Xz => "an xz archive",
            Format::Bzip2 => "a bzip2 archive",
            Format::Zstandard => "a Zstandard archive",
            Format::SevenZip => "a 7-Zip archive",
            Format::Rar => "a RAR archive",
            Format::Tar => "a tar archive",
            Format::Pdf => "a PDF document",
            Format::Html => "a web page",
            Format::Xml => "XML",
            Format::Json => "JSON",
            Format::Arff => "an ARFF file",
        }
    }

    /// What to do with it; `path` as one word of a command.
    pub fn hint(self, path: &str) -> String {
        match self {
            Format::LfsPointer => {
                "fetch the file itself with `git lfs pull`, in the folder of its repository"
                    .to_owned()
            }
            Format::Zip => format!("unpack it with `unzip {path}`, and give what was in it"),
            Format::Tar => format!("unpack it with `tar -xf {path}`, and give what was in it"),
            Format::Xz => format!("unpack it with `unxz {path}`"),
            Format::Bzip2 => format!("unpack it with `bunzip2 {path}`"),
            Format::Zstandard => format!("unpack it with `unzstd {path}`"),
            Format::SevenZip => format!("unpack it with `7z x {path}`"),
            Format::Rar => format!("unpack it with `unrar x {path}`"),
            Format::Excel | Format::OldExcel | Format::OpenDocument => {
                "open it in a spreadsheet program, and save its sheet as CSV".to_owned()
            }
            Format::NumpyArchive | Format::Numpy => {
                "write it as CSV in Python: `numpy.savetxt(\"data.csv\", array, delimiter=\",\")`"
                    .to_owned()
            }
            Format::Parquet => {
                format!(
                    "write it as CSV in Python: `pandas.read_parquet(\"{path}\").to_csv(\"data.csv\", index=False)`"
                )
            }
            Format::Arrow => {
                format!(
                    "write it as CSV in Python: `pandas.read_feather(\"{path}\").to_csv(\"data.csv\", index=False)`"
                )
            }
            Format::Hdf5 | Format::Sqlite | Format::Pickle | Format::Pdf | Format::Xml => {
                "write its table as CSV with the program that made it".to_owned()
            }
            Format::Utf16 => format!("save it as UTF-8 text: `iconv -f UTF-16 -t UTF-8 {path}`"),
            Format::Html => "download the file itself; on GitHub, that is behind `Raw`".to_owned(),
            Format::Json => format!(
                "write it as CSV in Python: `pandas.read_json(\"{path}\").to_csv(\"data.csv\", \
                 index=False)`, with `lines=True` behind the path where each line is an example"
            ),
            Format::Arff => {
                "take away all lines up to `@data`, write the names of the attributes in \
                             one line in their place, separated by commas, and name it `.csv`"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_how_it_begins() {
        let told: [(&[u8], Format); 10] = [
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", Format::LfsPointer),
            (b"PK\x03\x04\x14\0train.csv", Format::Zip),
            (b"PK\x03\x04\x14\0[Content_Types].xml..xl/workbook.xml", Format::Excel),
            (b"PK\x03\x04\x14\0x.npy", Format::NumpyArchive),
            (b"\n<!DOCTYPE html>\n<html>", Format::Html),
            (b"[ {\"a\": 1}]", Format::Json),
            (b"{\"a\": 1}\n{\"a\": 2}\n", Format::Json),
            (b"% a comment\n\n@RELATION iris\n", Format::Arff),
            (b"\xFF\xFEa\0", Format::Utf16),
            (b"<?xml version=\"1.0\"?>", Format::Xml),
        ];
        for (bytes, format) in told {
            assert_eq!(Format::of(bytes), Some(format), "{}", String::from_utf8_lossy(bytes));
        }
        let mut tar = [b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(Format::of(&tar), Some(Format::Tar));
    }

    #[test]
    fn a_table_is_none_of_them() {
        let tables: [&[u8]; 6] = [
            b"a,b\n1,2\n",
            b"version,https\n1,2\n",
            b"[1],2\n",
            b"",
            b"%a,b\n%1,2\n",
            b"@relation",
        ];
        for table in tables {
            assert_eq!(Format::of(table), None, "{}", String::from_utf8_lossy(table));
        }
    }
}
