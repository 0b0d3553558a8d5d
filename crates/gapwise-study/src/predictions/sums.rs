//! Whether the scores of a row sum to 1, as far as they were printed.

use crate::metric::counted;

/// Computing in 16 bits is off by less than this, over however many classes.
const COMPUTED: f64 = 0.01;
/// However many classes there are: a sum that is off by more tells nothing of a probability.
const MOST: f64 = 0.5;
/// A sum that is off by less is not worth a word.
const SAID: f64 = 5e-4;

/// The sums of the scores of a table.
///
/// A score that is printed to d decimals is off by up to ½·10⁻ᵈ, so the sum over k classes by up to
/// k·½·10⁻ᵈ: 0.33, 0.33 and 0.33 are three thirds. How many decimals a program prints is known
/// once all scores are read, since 0.50 may stand as 0.5.
#[derive(Debug)]
pub(crate) struct Sums {
    classes: usize,
    decimals: usize,
    /// Lines whose sum is worth a word, with their sums.
    other: Vec<(u64, f64)>,
}

impl Sums {
    pub(crate) fn of(classes: usize) -> Self {
        Sums { classes, decimals: 0, other: Vec::new() }
    }

    /// A score as it stands in the table.
    pub(crate) fn printed(&mut self, cell: &str) {
        self.decimals = self.decimals.max(decimals(cell));
    }

    /// The sum of a row.
    pub(crate) fn add(&mut self, line: u64, sum: f64) {
        if (sum - 1.0).abs() > SAID {
            self.other.push((line, sum));
        }
    }

    /// How far rounding can take a sum from 1.
    fn rounding(&self) -> f64 {
        let digits = i32::try_from(self.decimals).unwrap_or(i32::MAX);
        let most = 0.5 * 10_f64.powi(-digits) * self.classes as f64;
        // Each score is read to 32 bits.
        most.min(MOST) + f64::from(f32::EPSILON) * self.classes as f64
    }

    /// Rows whose sum is neither 1 nor close enough to it.
    pub(crate) fn off(&self) -> impl Iterator<Item = &(u64, f64)> {
        let most = self.rounding().max(COMPUTED + 1e-6);
        self.other.iter().filter(move |(_, sum)| (sum - 1.0).abs() > most)
    }

    /// That some rows do not sum to 1, and why, where all are close enough.
    pub(crate) fn said(&self) -> Option<String> {
        let sums = || self.other.iter().map(|(_, sum)| *sum);
        let (low, high) = (sums().reduce(f64::min)?, sums().reduce(f64::max)?);
        let rounded = (1.0 - low).max(high - 1.0) <= self.rounding();
        let why = match (rounded, self.decimals) {
            (true, 1) => ", as scores rounded to 1 decimal do",
            (true, decimals) => &format!(", as scores rounded to {decimals} decimals do"),
            (false, _) => "",
        };
        let [low, high] = [low, high].map(|sum| format!("{sum:.3}"));
        let sums = if low == high { low } else { format!("between {low} and {high}") };
        Some(format!(
            "The scores of {} sum to {sums} and not to 1{why}; they are read as they are printed.",
            counted(self.other.len(), "row")
        ))
    }
}

/// Digits behind the point: 2 of `0.25` and of `2.5e-1`.
fn decimals(cell: &str) -> usize {
    let (digits, exponent) = cell.split_once(['e', 'E']).unwrap_or((cell, "0"));
    let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
    // 400 decimals are more than any number of 64 bits has.
    let exponent = exponent.parse::<i64>().unwrap_or(0).clamp(-400, 400);
    usize::try_from(behind.min(400) as i64 - exponent).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_the_number() {
        let cells = ["0.25", "2.5e-1", "1", "0.5", "1e-7", "12.5E1", ".125", "nan"];
        assert_eq!(cells.map(decimals), [2, 2, 0, 1, 7, 0, 3, 0]);
    }

    /// Whether a row of this sum is close enough to 1 in a table of so many classes, printed so.
    fn accepted(classes: usize, cell: &str, sum: f64) -> bool {
        let mut sums = Sums::of(classes);
        sums.printed(cell);
        sums.add(2, sum);
        sums.off().next().is_none()
    }

    #[test]
    fn a_sum_may_be_off_by_half_a_digit_for_every_class() {
        // 2 · 0.005 and 3 · 0.005.
        assert!(accepted(2, "0.33", 0.99) && !accepted(2, "0.33", 0.98));
        assert!(accepted(3, "0.33", 1.015) && !accepted(3, "0.33", 0.98));
        // 10 · 0.05, and never more.
        assert!(accepted(10, "0.1", 0.5) && !accepted(10, "0.1", 0.4));
        assert!(!accepted(1_000, "0.1", 0.0) && !accepted(2, "1", 2.0));
        // Of more decimals: what 16 bits do.
        assert!(accepted(2, "0.33333", 0.995) && !accepted(2, "0.33333", 0.98));
    }
}
