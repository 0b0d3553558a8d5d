//! When each example was: the column that orders the split.

use super::{
    ColumnKind, ColumnSchema, ColumnValues,
    missing::Missing,
    parse,
    part::{Part, place},
};
use crate::{
    Problem, Times,
    problem::{Gathered, TimeProblem},
};

/// The times in a column, NaN where a cell is bad; the examples without one, and why. `None` where
/// the column holds neither dates nor numbers.
pub(super) fn read(
    parts: &[Part],
    (column, schema): (usize, &ColumnSchema),
    missing: &Missing,
) -> Option<(Times, Vec<usize>, Gathered)> {
    let parse::Parsed { values, mut bad, mut problems, .. } =
        parse::column(parts, column, (schema, missing));
    let (ColumnValues::Number(of) | ColumnValues::Date(of)) = values else { return None };
    let unread: std::collections::HashSet<usize> = bad.iter().copied().collect();
    for example in (0..of.len()).filter(|&at| of[at].is_nan() && !unread.contains(&at)) {
        let place = place(parts, example).column(&schema.name);
        problems.push(Problem::Times(TimeProblem::Missing { place }));
        bad.push(example);
    }
    Some((Times { name: schema.name.clone(), of }, bad, problems))
}

/// Whether a column of this kind has an order of time.
pub(super) fn is_ordered(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Number | ColumnKind::Date)
}
