//! A few cells so far from all others that these are nearly equal once both are scaled.

/// By how many times the few must widen the spread.
const TIMES: f64 = 20.0;
/// One cell in so many is few.
const ONE_IN: usize = 100;
/// So many are few in small tables too, down to one in ten.
const FEW: usize = 3;
/// Fewer values have no spread to speak of.
const FEWEST: usize = 20;

/// The few cells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Far {
    /// Their examples, in order.
    pub(super) examples: Vec<usize>,
    /// The value farthest from the others.
    pub(super) farthest: f64,
    /// The median of all.
    pub(super) median: f64,
}

/// The cells without which the others' standard deviation is a twentieth or less, where they are at
/// most one in a hundred, or three in small tables. A column whose other
/// cells are all equal has no spread to lose.
pub(super) fn cells(values: &[f64]) -> Option<Far> {
    let mut order: Vec<usize> = (0..values.len()).filter(|at| !values[*at].is_nan()).collect();
    if order.len() < FEWEST {
        return None;
    }
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (below, above) = (values[order[(order.len() - 1) / 2]], values[order[order.len() / 2]]);
    let median = below / 2.0 + above / 2.0;
    let few = (order.len() / ONE_IN).max(FEW.min(order.len() / 10));
    let distance = |example: &usize| (values[*example] - median).abs();
    order.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    let rest = deviation(values, &order[few..]);
    if rest == 0.0 || deviation(values, &order) < TIMES * rest {
        return None;
    }
    let farthest = values[order[0]];
    let mut examples: Vec<usize> =
        order[..few].iter().copied().filter(|example| distance(example) > TIMES * rest).collect();
    examples.sort_unstable();
    Some(Far { examples, farthest, median })
}

/// Finite for all numbers that are computed with.
fn deviation(values: &[f64], of: &[usize]) -> f64 {
    let unit = of.iter().map(|at| values[*at].abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let count = of.len() as f64;
    let mean = of.iter().map(|at| values[*at] / unit).sum::<f64>() / count;
    let squares = of.iter().map(|at| (values[*at] / unit - mean).powi(2)).sum::<f64>();
    (squares / count).sqrt() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_huge_cells_are_found_and_long_tails_are_none() {
        let mut values: Vec<f64> = (0..1_000).map(|at| f64::from(at % 50) / 10.0).collect();
        assert_eq!(cells(&values), None);
        for at in [0, 250, 999] {
            values[at] = 1e39;
        }
        let far = cells(&values).expect("three cells");
        assert_eq!((far.examples, far.farthest), (vec![0, 250, 999], 1e39));
        assert!((far.median - 2.5).abs() < 0.1);
        let mut small: Vec<f64> = (0..40).map(f64::from).collect();
        (small[3], small[9]) = (1e39, 1e39);
        assert_eq!(cells(&small).expect("two cells").examples, [3, 9]);
        // One in ten is what the column holds.
        let often: Vec<f64> =
            (0..1_000).map(|at| if at % 10 == 0 { 1e9 } else { f64::from(at) }).collect();
        assert_eq!(cells(&often), None);
        let tail: Vec<f64> = (1..1_000).map(|at| 1e4 / f64::from(at)).collect();
        assert_eq!(cells(&tail), None);
        let mut mostly: Vec<f64> = (0..1_000).map(|at| f64::from(at % 5 == 0)).collect();
        mostly[777] = 1e30;
        assert_eq!(cells(&mostly).expect("one cell").examples, [777]);
        let rare: Vec<f64> = (0..1_000).map(|at| if at < 3 { 1.0 } else { 0.0 }).collect();
        assert_eq!(cells(&rare), None);
        assert_eq!(cells(&[1.0, 2.0, f64::NAN]), None);
    }
}
