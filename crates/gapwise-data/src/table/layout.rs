//! Opening a file as a part of a table whose columns are known.

use std::path::Path;

use super::{
    bytes, delimiter,
    find::nearest,
    grid, header,
    part::Part,
    schema::{ColumnRole, ColumnSchema},
};
use crate::{DataError, Note, Place, Problem, problem::Gathered, split::Split};

/// How lines become columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) header: bool,
    pub(super) delimiter: char,
}

/// A file opened, and what was met on the way.
pub(super) struct Opened {
    pub(super) part: Part,
    pub(super) digest: blake3::Hash,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Gathered,
}

/// Opens a file whose columns are those of the training data: found by name where there is a
/// header, else by place. `needs` tells which columns must be there.
pub(super) fn open_like(
    path: &Path,
    split: Option<Split>,
    known: (&[ColumnSchema], Layout),
    needs: impl Fn(&ColumnSchema) -> bool,
) -> Result<Opened, DataError> {
    let (columns, layout) = known;
    let decoded = bytes::open(path)?;
    let cut = |delimiter| grid::cut(path, &decoded.text, delimiter);
    let mut cut_up = cut(layout.delimiter)?;
    let mut notes = decoded.notes;
    if cut_up.grid.width() == 1 && columns.len() > 1 {
        // Not the training data's delimiter, then; the same columns may still be there.
        let delimiter = delimiter::detect(&decoded.text);
        if delimiter != layout.delimiter {
            cut_up = cut(delimiter)?;
            notes.push(delimiter_note(path, delimiter));
        }
    }
    notes.extend(cut_up.notes);
    let mut problems = cut_up.problems;
    let grid = cut_up.grid;
    let places = if layout.header {
        by_name(path, &header::names(&grid, true).0, columns, &needs, &mut problems)
    } else {
        by_place(path, grid.width(), columns, &needs, &mut problems)
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
    let shown = match delimiter {
        '\t' => "tabs".to_owned(),
        ' ' => "blanks".to_owned(),
        other => format!("`{other}`"),
    };
    Note {
        said: format!("fields of `{}` are separated by {shown}", path.display()),
        change_with: Some("--delimiter CHARACTER".to_owned()),
    }
}

/// What the ids of a file's examples begin with: its name without folders.
pub(super) fn id_prefix(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn by_name(
    path: &Path,
    found: &[String],
    columns: &[ColumnSchema],
    needs: &impl Fn(&ColumnSchema) -> bool,
    problems: &mut Gathered,
) -> Vec<Option<usize>> {
    let is_known = |name: &str| columns.iter().any(|column| column.name == name);
    for name in found.iter().filter(|name| !is_known(name)) {
        problems.push(Problem::ColumnUnknown { place: Place::path(path).column(name) });
    }
    columns
        .iter()
        .map(|column| {
            // By name alone: a column called `3` must not be the third of another file.
            let place = found.iter().position(|name| *name == column.name);
            if place.is_none() && needs(column) {
                let unknown = found.iter().map(String::as_str).filter(|name| !is_known(name));
                problems.push(Problem::ColumnAbsent {
                    place: Place::path(path).column(&column.name),
                    nearest: nearest(&column.name, unknown),
                });
            }
            place
        })
        .collect()
}

fn by_place(
    path: &Path,
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
        problems.push(Problem::ColumnCount { place: Place::path(path), expected, found });
        return vec![None; expected];
    }
    let mut next = 0..;
    columns.iter().map(|column| if may_lack(column) { None } else { next.next() }).collect()
}
