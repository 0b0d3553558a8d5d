//! Fitting an encoder on training examples.

use rayon::prelude::*;

use super::{ColumnEncoding, Encoding, ONE_HOT_UP_TO, Scaling, TableEncoder};
use crate::{
    Note,
    table::{Column, ColumnValues, MISSING, Table, date},
};

/// What fitting one column gave.
struct Fitted {
    /// `None` where the column says nothing.
    encoding: Option<ColumnEncoding>,
    /// Values of a category column that share the slot of the rare ones.
    rare: usize,
}

impl TableEncoder {
    /// Fits an encoder for the input columns of a table on its training examples, and says what
    /// was left out or taken together.
    ///
    /// `train` holds places of examples, each below `table.rows`; others are passed over.
    pub fn fit(table: &Table, train: &[usize]) -> (TableEncoder, Vec<Note>) {
        let train: Vec<usize> = train.iter().copied().filter(|at| *at < table.rows).collect();
        let known_from = if train.len() < 500 { 2 } else { 5 };
        let columns: Vec<&Column> = table.inputs().collect();
        let fitted: Vec<Fitted> =
            columns.par_iter().map(|column| fit_column(column, &train, known_from)).collect();
        let notes = notes(&columns, &fitted, known_from);
        let encoder =
            TableEncoder::new(fitted.into_iter().filter_map(|fitted| fitted.encoding).collect());
        (encoder, notes)
    }
}

fn fit_column(column: &Column, train: &[usize], known_from: usize) -> Fitted {
    let mut rare = 0;
    let (encoding, says_missing) = match &column.values {
        ColumnValues::Number(values) => {
            let (scaling, missing) = fit_scaling(values, train);
            (Encoding::Number { scaling }, missing)
        }
        ColumnValues::Date(days) => {
            let (scaling, missing) = fit_scaling(days, train);
            let season = varies(days, train, date::share_of_year);
            // Days of the week of the first or the last of each month are those of chance.
            let week = !is_monthly(days, train) && varies(days, train, date::share_of_week);
            let day = varies(days, train, date::share_of_day);
            (Encoding::Date { scaling, season, week, day }, missing)
        }
        ColumnValues::Boolean { of, .. } => fit_boolean(of, train),
        ColumnValues::Category { names, of } => {
            let fitted = fit_category(names, of, train, known_from);
            rare = fitted.rare;
            (fitted.encoding, fitted.says_missing)
        }
        ColumnValues::Text { .. } => return Fitted { encoding: None, rare },
    };
    let encoding = ColumnEncoding { name: column.name.clone(), encoding, says_missing };
    Fitted { encoding: encoding.varies().then_some(encoding), rare }
}

/// Scaling by the training examples, and whether any of them is missing. There is no scaling
/// where all values are equal, or none is there.
fn fit_scaling(values: &[f64], train: &[usize]) -> (Option<Scaling>, bool) {
    let mut present: Vec<f64> =
        train.iter().map(|at| values[*at]).filter(|value| !value.is_nan()).collect();
    let missing = train.len() - present.len();
    let says_missing = missing > 0 && !present.is_empty();
    present.sort_unstable_by(f64::total_cmp);
    let (Some(low), Some(high)) = (present.first(), present.last()) else {
        return (None, says_missing);
    };
    // Equality, not a small deviation, tells a constant column: rounding gives equal numbers a
    // deviation above zero, and tiny numbers have an honest one.
    if low == high {
        return (None, says_missing);
    }
    let median = median_of_sorted(&present);
    // Largest size 1 while summing, so that neither sums nor squares overflow or vanish.
    let unit = low.abs().max(high.abs());
    let count = train.len() as f64;
    let filled = || present.iter().copied().chain(std::iter::repeat_n(median, missing));
    let mean = filled().map(|value| value / unit).sum::<f64>() / count;
    let variance = filled().map(|value| (value / unit - mean).powi(2)).sum::<f64>() / count;
    let deviation = variance.sqrt() * unit;
    let scaling = Scaling { median, mean: mean * unit, deviation };
    ((deviation > 0.0 && deviation.is_finite()).then_some(scaling), says_missing)
}

/// The middle value, or the mean of the middle two; `sorted` is not empty.
fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        // Halved before adding, so that the sum cannot overflow.
        sorted[middle - 1] / 2.0 + sorted[middle] / 2.0
    }
}

/// Whether training dates are at more than one place of a circle, such as the year.
fn varies(days: &[f64], train: &[usize], share: fn(f64) -> f64) -> bool {
    let mut shares = train.iter().map(|at| days[*at]).filter(|days| !days.is_nan()).map(share);
    shares.next().is_some_and(|first| shares.any(|share| share != first))
}

/// Whether training dates are all on one day of the month, or all at its end.
fn is_monthly(days: &[f64], train: &[usize]) -> bool {
    let days = || train.iter().map(|at| days[*at]).filter(|days| !days.is_nan());
    let first = days().next().and_then(date::day_of_month);
    days().all(|day| date::day_of_month(day) == first)
        || days().all(|day| date::day_of_month(day).is_some_and(|day| day >= 28))
}

fn fit_boolean(of: &[Option<bool>], train: &[usize]) -> (Encoding, bool) {
    let count = |wanted| train.iter().filter(|at| of[**at] == wanted).count();
    let (yes, no, missing) = (count(Some(true)), count(Some(false)), count(None));
    let usual = (yes > 0 && no > 0).then_some(yes > no);
    (Encoding::Boolean { usual }, missing > 0 && missing < train.len())
}

struct FittedCategory {
    encoding: Encoding,
    says_missing: bool,
    rare: usize,
}

fn fit_category(
    names: &[String],
    of: &[u32],
    train: &[usize],
    known_from: usize,
) -> FittedCategory {
    let mut counts = vec![0_usize; names.len()];
    let mut missing = 0;
    for at in train {
        match of[*at] {
            MISSING => missing += 1,
            code => counts[code as usize] += 1,
        }
    }
    let mut known: Vec<String> = names
        .iter()
        .zip(&counts)
        .filter(|(_, count)| **count >= known_from)
        .map(|(name, _)| name.clone())
        .collect();
    known.sort_unstable();
    let rare = counts.iter().filter(|count| (1..known_from).contains(*count)).count();
    // One slot that every training example falls into tells nothing: no known value stays then.
    let slots = known.len() + usize::from(rare > 0) + usize::from(missing > 0);
    if slots < 2 {
        known.clear();
    }
    let as_embedding = known.len() > ONE_HOT_UP_TO;
    FittedCategory {
        encoding: Encoding::Category { known, as_embedding },
        says_missing: missing > 0 && missing < train.len(),
        rare,
    }
}

impl ColumnEncoding {
    /// Whether any of its features differs between training examples.
    fn varies(&self) -> bool {
        self.says_missing
            || match &self.encoding {
                Encoding::Number { scaling } => scaling.is_some(),
                Encoding::Date { scaling, season, week, day } => {
                    scaling.is_some() || *season || *week || *day
                }
                Encoding::Boolean { usual } => usual.is_some(),
                Encoding::Category { known, .. } => !known.is_empty(),
            }
    }
}

fn notes(columns: &[&Column], fitted: &[Fitted], known_from: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut say = |said: String| notes.push(Note { said, change_with: None });
    for (column, fitted) in columns.iter().zip(fitted) {
        let name = &column.name;
        let Some(encoding) = &fitted.encoding else {
            if column.values.kind() != crate::table::ColumnKind::Text {
                say(format!(
                    "column `{name}` is left out: it is the same in all training examples"
                ));
            }
            continue;
        };
        if let Some(embedding) = encoding.embedding() {
            say(format!(
                "column `{name}` has {} categories, so each is learnt as {} numbers (an embedding)",
                embedding.categories, embedding.dimensions
            ));
        }
        if fitted.rare > 0 {
            let (values, share) = match fitted.rare {
                1 => ("1 value".to_owned(), "takes"),
                rare => (format!("{rare} values"), "share"),
            };
            say(format!(
                "column `{name}`: {values} with fewer than {known_from} training examples {share} \
                 the slot for rare and unseen ones"
            ));
        }
    }
    notes
}
