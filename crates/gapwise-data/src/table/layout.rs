//! Opening a file as a part of a table whose columns are known.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use super::{
    bytes, dialect,
    find::nearest,
    grid::{self, Cut, Cutting},
    header,
    part::Part,
    records::{Dialect, Quote},
    schema::{ColumnRole, ColumnSchema},
};
use crate::{
    DataError, Note, Place, Problem,
    problem::{Gathered, Purpose},
    shown::{shown, shown_path},
    split::Split,
    stream,
    unicode::composed,
    wording::counted,
};

/// How lines become columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) header: bool,
    pub(super) dialect: Dialect,
}

/// A file opened, and what was met on the way.
pub(super) struct Opened {
    pub(super) part: Part,
    pub(super) digest: blake3::Hash,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
}

/// What a person said of how a file is to be cut.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) delimiter: Option<char>,
    pub(super) quote: Option<Quote>,
}

/// A file cut into cells.
pub(super) struct CutFile {
    pub(super) cut: Cut,
    pub(super) dialect: Dialect,
}

/// Cuts a file's text as was asked, else as it seems to be written, which is said.
pub(super) fn cut_file(path: &Path, text: &str, asked: Asked) -> Result<CutFile, DataError> {
    let (named, text) = match dialect::without_sep_line(text) {
        Some((named, rest)) => (Some(named), rest),
        None => (None, text),
    };
    let dialect = dialect::detect(text, asked.delimiter.or(named), asked.quote);
    let cutting = Cutting { dialect, quote_is_said: asked.quote.is_some() };
    let mut cut = grid::cut(path, text, cutting)?;
    let mut notes = Vec::new();
    if let Some(named) = named {
        let said = format!(
            "the first line of {} names the delimiter, `sep={}`, and is passed over",
            shown_path(path),
            shown(&named.to_string())
        );
        notes.push(Note { said, change_with: None });
    }
    if asked.delimiter.is_none() {
        notes.push(delimiter_note(path, dialect.delimiter));
    }
    if asked.quote.is_none() && dialect.quote == Quote::Single {
        notes.push(Note {
            said: format!("fields of {} are quoted with `'`", shown_path(path)),
            change_with: Some("--quote double".to_owned()),
        });
    }
    notes.append(&mut cut.notes);
    cut.notes = notes;
    Ok(CutFile { cut, dialect })
}

/// Settles what the lines above the first whole row are, given whether a header follows: titles,
/// which are passed over and said, or a header that lacks names.
pub(super) fn settle_titles(path: &Path, cut: &mut Cut, padded: usize, header: bool) {
    let above = std::mem::take(&mut cut.above);
    if !header {
        for (at, (line, found)) in above.into_iter().enumerate() {
            let (place, expected) = (Place::line(path, line), cut.grid.width());
            cut.problems.push(match at {
                0 => Problem::RaggedHeader { place, expected, found },
                _ => Problem::RaggedRow { place, expected, found },
            });
        }
        return;
    }
    let titles = above.len() + padded;
    if titles > 0 {
        let said = format!(
            "{}: {} above the names in line {} {} passed over as {}",
            shown_path(path),
            counted(titles, "line"),
            cut.grid.line(0),
            if titles == 1 { "is" } else { "are" },
            if titles == 1 { "a title" } else { "titles" },
        );
        cut.notes.push(Note { said, change_with: Some("--no-header".to_owned()) });
    }
}

/// Opens a file whose columns are those of the training data: found by name where there is a
/// header, else by place. `needs` tells which columns must be there, `purpose` what the file is
/// for.
pub(super) fn open_like(
    path: &Path,
    (split, purpose): (Option<Split>, Purpose),
    known: (&[ColumnSchema], Layout),
    needs: impl Fn(&ColumnSchema) -> bool,
) -> Result<Opened, DataError> {
    let (columns, layout) = known;
    let decoded = bytes::open(path)?;
    // Other files of the same data are seldom quoted otherwise, but may be.
    let quote = (layout.dialect.quote == Quote::None).then_some(Quote::None);
    let delimiter = match dialect::without_sep_line(&decoded.text) {
        Some((named, _)) => named,
        None => layout.dialect.delimiter,
    };
    let asked = Asked { delimiter: Some(delimiter), quote };
    let mut cut = cut_file(path, &decoded.text, asked)?.cut;
    if cut.grid.width() == 1 && columns.len() > 1 {
        // Not the training data's delimiter, then; the same columns may still be there.
        let other = dialect::detect(&decoded.text, None, quote).delimiter;
        if other != delimiter {
            cut = cut_file(path, &decoded.text, Asked { delimiter: None, quote })?.cut;
        }
    }
    drop(decoded.text);
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let padded = if layout.header { header::titles(&mut cut.grid, &names) } else { 0 };
    // A header is what the training data has; above names that are not its own, nothing is a title.
    let titles = layout.header && header::detect(&cut.grid, &names).0;
    settle_titles(path, &mut cut, padded, titles);
    let mut notes = decoded.notes;
    notes.extend(cut.notes);
    let mut problems = cut.problems;
    let grid = cut.grid;
    let places = if layout.header {
        let names = header::names(&grid, true).0;
        by_name((path, purpose), &names, columns, &needs, &mut problems)
    } else {
        by_place((path, purpose), grid.width(), columns, &needs, &mut problems)
    };
    let first = usize::from(layout.header).min(grid.rows());
    let part =
        Part { path: path.to_owned(), id_prefix: id_prefix(path), split, grid, first, places };
    if part.len() == 0 {
        problems.push(Problem::NoExamples { place: Place::path(path) });
    }
    Ok(Opened { part, digest: decoded.digest, notes, problems })
}

/// What was taken for the delimiter, as a note.
pub(super) fn delimiter_note(path: &Path, delimiter: char) -> Note {
    let word = match delimiter {
        '\t' => "tabs".to_owned(),
        ' ' => "blanks".to_owned(),
        other => format!("`{other}`"),
    };
    Note {
        said: format!("fields of {} are separated by {word}", shown_path(path)),
        change_with: Some("--delimiter CHARACTER".to_owned()),
    }
}

/// What the ids of a file's examples begin with: its name without folders.
pub(super) fn id_prefix(path: &Path) -> String {
    if let Some(name) = stream::name(path) {
        return name;
    }
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn by_name(
    (path, purpose): (&Path, Purpose),
    found: &[String],
    columns: &[ColumnSchema],
    needs: &impl Fn(&ColumnSchema) -> bool,
    problems: &mut Gathered,
) -> Vec<Option<usize>> {
    // Of equal names the first counts.
    let written: HashMap<_, _> =
        found.iter().enumerate().rev().map(|(place, name)| (composed(name), place)).collect();
    let of: HashSet<_> = columns.iter().map(|column| composed(&column.name)).collect();
    let is_known = |name: &str| of.contains(&composed(name));
    for name in found.iter().filter(|name| !is_known(name)) {
        problems.push(Problem::ColumnUnknown { place: Place::path(path).column(name) });
    }
    columns
        .iter()
        .map(|column| {
            // By name alone: a column called `3` must not be the third of another file.
            let place = written.get(&composed(&column.name)).copied();
            if place.is_none() && needs(column) {
                let unknown = found.iter().map(String::as_str).filter(|name| !is_known(name));
                let nearest = nearest(&column.name, unknown);
                problems.push(if column.role == ColumnRole::Label {
                    let (place, label) = (Place::path(path), column.name.clone());
                    Problem::NoLabelColumn { place, label, nearest, purpose }
                } else {
                    Problem::ColumnAbsent { place: Place::path(path).column(&column.name), nearest }
                });
            }
            place
        })
        .collect()
}

fn by_place(
    (path, purpose): (&Path, Purpose),
    found: usize,
    columns: &[ColumnSchema],
    needs: &impl Fn(&ColumnSchema) -> bool,
    problems: &mut Gathered,
) -> Vec<Option<usize>> {
    let expected = columns.len();
    if found == expected {
        return (0..expected).map(Some).collect();
    }
    // New inputs often come as the training data without the columns of label and weights. Where
    // only one of the two is there, nothing tells which.
    let may_lack = |column: &ColumnSchema| {
        matches!(column.role, ColumnRole::Label | ColumnRole::Weight) && !needs(column)
    };
    let lacking = columns.iter().filter(|column| may_lack(column)).count();
    if found + lacking != expected {
        let label = columns.iter().find(|column| column.role == ColumnRole::Label);
        let place = Place::path(path);
        problems.push(match label.filter(|_| found + 1 == expected) {
            Some(column) if needs(column) => {
                Problem::NoLabelColumn { place, label: column.name.clone(), nearest: None, purpose }
            }
            _ => Problem::ColumnCount { place, expected, found },
        });
        return vec![None; expected];
    }
    let mut next = 0..;
    columns.iter().map(|column| if may_lack(column) { None } else { next.next() }).collect()
}
