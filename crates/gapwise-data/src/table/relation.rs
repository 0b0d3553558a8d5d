//! Whether the numbers to predict follow from input columns by a sum: `total` = `fare` + `tip`.
//!
//! Columns are chosen greedily by their correlation with what is not explained yet (orthogonal
//! matching pursuit: Pati, Rezaiifar and Krishnaprasad, 1993). Their weights are those of least
//! squares over the examples that fit best, so that a few others do not hide the sum.

/// The most columns that a sum is looked for in.
const MOST: usize = 12;
/// Fewer examples can follow anything by chance.
const FEWEST: usize = 20;
/// The most examples that columns are chosen on.
const SAMPLE: usize = 2_000;
/// The share of examples that must follow the sum.
const FOLLOW: f64 = 0.9;
/// What an example may miss the sum by, in standard deviations of the label: sums of rounded numbers
/// miss by as much as was rounded away.
const MISS: f64 = 1e-3;

/// A sum that the label is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Relation {
    /// Places of columns among those given, with their weights, the largest share first.
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) constant: f64,
    /// Examples that follow it.
    pub(super) follow: usize,
    /// Examples that have all of its columns.
    pub(super) of: usize,
}

/// The sum of `columns` that nearly all `labels` are, where there is one. NaN is a missing value.
pub(super) fn find(columns: &[&[f64]], labels: &[f64]) -> Option<Relation> {
    let usable: Vec<usize> = (0..columns.len())
        .filter(|at| {
            let missing = columns[*at].iter().filter(|value| value.is_nan()).count();
            missing * 5 <= labels.len()
        })
        .collect();
    let complete: Vec<usize> = (0..labels.len())
        .filter(|row| usable.iter().all(|at| !columns[*at][*row].is_nan()))
        .collect();
    if usable.is_empty() || complete.len() < FEWEST.max(labels.len() / 2) {
        return None;
    }
    // Tables of very many columns are looked at in fewer rows.
    let rows = (20_000_000 / usable.len()).clamp(4 * FEWEST, SAMPLE);
    let step = complete.len().div_ceil(rows);
    let sample: Vec<usize> = complete.iter().copied().step_by(step).collect();
    let label = standardised(labels, &sample)?;
    let standard: Vec<(usize, Vec<f64>)> =
        usable.iter().filter_map(|at| Some((*at, standardised(columns[*at], &sample)?))).collect();
    let chosen = pursue(&standard, &label);
    let mut chosen: Vec<usize> = chosen.into_iter().map(|at| standard[at].0).collect();
    let mut fit = fit(columns, labels, &chosen, &sample)?;
    // What the sum does without is no part of it.
    let mut at = chosen.len();
    while at > 0 {
        at -= 1;
        let mut fewer = chosen.clone();
        fewer.remove(at);
        if fewer.is_empty() {
            break;
        }
        if let Some(without) = self::fit(columns, labels, &fewer, &sample) {
            (chosen, fit) = (fewer, without);
        }
    }
    let deviation = usual_deviation(labels, &complete)?;
    let has_all = |row: &usize| chosen.iter().all(|column| !columns[*column][*row].is_nan());
    let with_all: Vec<usize> = (0..labels.len()).filter(has_all).collect();
    let follows =
        |row: &&usize| (labels[**row] - fit.at(columns, &chosen, **row)).abs() <= MISS * deviation;
    let follow = with_all.iter().filter(follows).count();
    // A constant follows the most frequent label, too.
    let usual = most_frequent(labels, &with_all);
    let others = || with_all.iter().filter(|row| labels[**row] != usual);
    let (of_others, others) = (others().filter(follows).count(), others().count());
    let enough = |follow: usize, of: usize| follow as f64 >= FOLLOW * of as f64;
    if !enough(follow, with_all.len()) || !enough(of_others, others) || others < FEWEST {
        return None;
    }
    let mut terms: Vec<(usize, f64)> = chosen.iter().copied().zip(fit.weights).collect();
    let share =
        |(column, weight): &(usize, f64)| weight.abs() * self::deviation(columns[*column], &sample);
    terms.sort_by(|a, b| share(b).total_cmp(&share(a)));
    let constant = if fit.constant.abs() > MISS * deviation { fit.constant } else { 0.0 };
    Some(Relation { terms, constant, follow, of: with_all.len() })
}

/// The standard deviation of the labels that are not the most frequent one, or what their middle half
/// says of it where that is less: a few huge labels do not widen it. `None` where too few differ.
fn usual_deviation(labels: &[f64], rows: &[usize]) -> Option<f64> {
    /// The middle half of normally distributed numbers is as wide as so many standard deviations.
    const MIDDLE_HALF: f64 = 1.349;
    let usual = most_frequent(labels, rows);
    let mut others: Vec<usize> = rows.iter().copied().filter(|row| labels[*row] != usual).collect();
    if others.len() < FEWEST {
        return None;
    }
    others.sort_by(|a, b| labels[*a].total_cmp(&labels[*b]));
    let at = |share: usize| labels[others[(others.len() - 1) * share / 4]];
    let middle = (at(3) - at(1)) / MIDDLE_HALF;
    let all = deviation(labels, &others);
    Some(if middle > 0.0 { middle.min(all) } else { all })
}

/// The most frequent label, the smallest of equally frequent ones.
fn most_frequent(labels: &[f64], rows: &[usize]) -> f64 {
    let mut sorted: Vec<f64> = rows.iter().map(|row| labels[*row]).collect();
    sorted.sort_by(f64::total_cmp);
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.rev().max_by_key(|run| run.len()).map_or(f64::NAN, |run| run[0])
}

/// Weights and a constant.
struct Fit {
    weights: Vec<f64>,
    constant: f64,
}

impl Fit {
    fn at(&self, columns: &[&[f64]], chosen: &[usize], row: usize) -> f64 {
        let terms = chosen.iter().zip(&self.weights);
        self.constant + terms.map(|(column, weight)| weight * columns[*column][row]).sum::<f64>()
    }
}

/// Least squares over the nine tenths of the rows that fit best, found in a few rounds. `None` where
/// those miss the label by more than rounding.
fn fit(columns: &[&[f64]], labels: &[f64], chosen: &[usize], rows: &[usize]) -> Option<Fit> {
    const ROUNDS: usize = 6;
    let spread = usual_deviation(labels, rows)?;
    let kept = (FOLLOW * rows.len() as f64).ceil() as usize;
    let mut best = least_squares(columns, labels, chosen, rows)?;
    for _ in 0..ROUNDS {
        let mut by_miss: Vec<(f64, usize)> = rows
            .iter()
            .map(|row| ((labels[*row] - best.at(columns, chosen, *row)).abs(), *row))
            .collect();
        by_miss.sort_by(|a, b| a.0.total_cmp(&b.0));
        if by_miss[kept - 1].0 <= MISS * spread {
            return Some(best);
        }
        let nearest: Vec<usize> = by_miss[..kept].iter().map(|(_, row)| *row).collect();
        best = least_squares(columns, labels, chosen, &nearest)?;
    }
    None
}

/// Ordinary least squares by the normal equations of standardised columns. `None` where a column does
/// not vary, or follows from the others.
fn least_squares(
    columns: &[&[f64]],
    labels: &[f64],
    chosen: &[usize],
    rows: &[usize],
) -> Option<Fit> {
    let means: Vec<f64> = chosen.iter().map(|column| mean(columns[*column], rows)).collect();
    let spreads: Vec<f64> = chosen.iter().map(|column| deviation(columns[*column], rows)).collect();
    if spreads.iter().any(|spread| *spread <= 0.0 || !spread.is_finite()) {
        return None;
    }
    let size = chosen.len();
    let label_mean = mean(labels, rows);
    // The last column is the right-hand side.
    let mut system = vec![vec![0.0; size + 1]; size];
    let mut row_of = vec![0.0; size + 1];
    for row in rows {
        for (at, column) in chosen.iter().enumerate() {
            row_of[at] = (columns[*column][*row] - means[at]) / spreads[at];
        }
        row_of[size] = labels[*row] - label_mean;
        for at in 0..size {
            for other in 0..=size {
                system[at][other] += row_of[at] * row_of[other];
            }
        }
    }
    for pivot in 0..size {
        if system[pivot][pivot] < 1e-9 * rows.len() as f64 {
            return None;
        }
        let (above, below) = system.split_at_mut(pivot + 1);
        let of_pivot = &above[pivot];
        for line in below {
            let factor = line[pivot] / of_pivot[pivot];
            for (value, pivot_value) in line.iter_mut().zip(of_pivot).skip(pivot) {
                *value -= factor * pivot_value;
            }
        }
    }
    let mut weights = vec![0.0; size];
    for at in (0..size).rev() {
        let known: f64 = (at + 1..size).map(|other| system[at][other] * weights[other]).sum();
        weights[at] = (system[at][size] - known) / system[at][at];
    }
    for (weight, spread) in weights.iter_mut().zip(&spreads) {
        *weight /= spread;
    }
    let shift: f64 = weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum();
    let constant = label_mean - shift;
    let finite = constant.is_finite() && weights.iter().all(|weight| weight.is_finite());
    finite.then_some(Fit { weights, constant })
}

/// Places of the columns that explain the label one after the other. All have mean 0 and length 1.
fn pursue(columns: &[(usize, Vec<f64>)], label: &[f64]) -> Vec<usize> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut left = label.to_vec();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut chosen = Vec::new();
    for _ in 0..MOST.min(columns.len()).min(label.len() / 4) {
        let best = (0..columns.len())
            .filter(|at| !chosen.contains(at))
            .map(|at| (product(&columns[at].1, &left).abs(), at))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((correlation, at)) = best else { break };
        if correlation < 1e-9 {
            break;
        }
        let mut direction = columns[at].1.clone();
        for _ in 0..2 {
            for known in &basis {
                let share = product(&direction, known);
                direction.iter_mut().zip(known).for_each(|(value, known)| *value -= share * known);
            }
        }
        let length = product(&direction, &direction).sqrt();
        if length < 1e-6 {
            break;
        }
        direction.iter_mut().for_each(|value| *value /= length);
        let share = product(&direction, &left);
        left.iter_mut().zip(&direction).for_each(|(left, value)| *left -= share * value);
        basis.push(direction);
        chosen.push(at);
        if product(&left, &left) < MISS * MISS {
            break;
        }
    }
    chosen
}

/// The rows of a column with mean 0 and length 1; `None` where they are all equal.
fn standardised(values: &[f64], rows: &[usize]) -> Option<Vec<f64>> {
    let (mean, deviation) = (mean(values, rows), deviation(values, rows));
    let scale = deviation * (rows.len() as f64).sqrt();
    let usable = scale > 0.0 && scale.is_finite() && mean.is_finite();
    usable.then(|| rows.iter().map(|row| (values[*row] - mean) / scale).collect())
}

fn mean(values: &[f64], rows: &[usize]) -> f64 {
    rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64
}

fn deviation(values: &[f64], rows: &[usize]) -> f64 {
    let mean = mean(values, rows);
    let squares = rows.iter().map(|row| (values[*row] - mean).powi(2)).sum::<f64>();
    (squares / rows.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look drawn, from 0 to below `below`, to two decimals.
    fn drawn(seed: u64, below: u64) -> Vec<f64> {
        (0..200_u64)
            .map(|at| ((at * 7919 + seed * 104_729) % 1009 % below) as f64 / 100.0)
            .collect()
    }

    #[test]
    fn a_sum_and_a_difference_are_found_without_what_they_do_not_need() {
        let (fare, tip, other) = (drawn(1, 1009), drawn(5, 300), drawn(3, 700));
        let total: Vec<f64> = fare.iter().zip(&tip).map(|(fare, tip)| fare + tip).collect();
        let found = find(&[&other, &tip, &fare], &total).expect("a sum");
        let terms: Vec<(usize, f64)> =
            found.terms.iter().map(|(at, weight)| (*at, (weight * 1e6).round() / 1e6)).collect();
        assert_eq!(terms, [(2, 1.0), (1, 1.0)]);
        assert_eq!((found.constant, found.follow, found.of), (0.0, 200, 200));
        let difference = find(&[&other, &total, &tip], &fare).expect("a difference");
        assert_eq!(difference.terms.len(), 2);
    }

    #[test]
    fn other_units_and_a_few_exceptions_do_not_hide_it() {
        let celsius = drawn(2, 1009);
        let mut fahrenheit: Vec<f64> =
            celsius.iter().map(|c| ((c * 1.8 + 32.0) * 100.0).round() / 100.0).collect();
        for at in [3, 77, 140] {
            fahrenheit[at] = 500.0;
        }
        let found = find(&[&celsius], &fahrenheit).expect("another unit");
        assert!((found.terms[0].1 - 1.8).abs() < 1e-2, "{found:?}");
        assert!((found.constant - 32.0).abs() < 0.1, "{found:?}");
        assert_eq!((found.follow, found.of), (197, 200));
    }

    #[test]
    fn labels_that_are_mostly_one_value_or_have_a_huge_one_follow_no_noise() {
        let (a, noise) = (drawn(1, 1009), drawn(9, 1009));
        let mostly = |usual: f64| -> Vec<f64> {
            let rare = |(at, value): (usize, &f64)| if at % 8 == 0 { *value } else { usual };
            noise.iter().enumerate().map(rare).collect()
        };
        assert_eq!(find(&[&a], &mostly(0.0)), None);
        assert_eq!(find(&[&a], &mostly(100.0)), None);
        let mut huge = noise.clone();
        huge[17] = 1e15;
        assert_eq!(find(&[&a], &huge), None);
        // Where the rare ones follow too, it is a sum.
        let doubled: Vec<f64> =
            (0..200).map(|at| if at % 8 == 0 { 2.0 * a[at] } else { 0.0 }).collect();
        let gated: Vec<f64> = doubled.iter().map(|label| label / 2.0).collect();
        assert_eq!(find(&[&a, &gated], &doubled).expect("a sum").terms.len(), 1);
    }

    #[test]
    fn what_only_goes_along_with_the_label_is_no_sum() {
        let (a, noise) = (drawn(1, 1009), drawn(9, 100));
        let label: Vec<f64> = a.iter().zip(&noise).map(|(a, noise)| a + noise).collect();
        assert_eq!(find(&[&a], &label), None);
        assert_eq!(find(&[&a[..10]], &a[..10]), None);
        assert_eq!(find(&[&[f64::NAN; 200]], &a), None);
        assert_eq!(find(&[&[1.0; 200]], &a), None);
    }
}
