//! Smoothed curves.

/// Each of `values` averaged with up to `reach` before it and as many behind it.
///
/// As many on both sides: where the values fall or rise steadily the average is the value itself, so
/// that a curve is not late as one of the values before alone is. Near the ends fewer are taken, and
/// the first and the last value are themselves.
///
/// A value that is not finite gives itself, and is left out elsewhere with its partner on the other
/// side.
pub fn centred(values: &[f64], reach: usize) -> impl Iterator<Item = f64> + '_ {
    values.iter().enumerate().map(move |(at, &value)| {
        if !value.is_finite() {
            return value;
        }
        let most = reach.min(at).min(values.len() - 1 - at);
        let pairs = (1..=most)
            .map(|away| [values[at - away], values[at + away]])
            .filter(|pair| pair.iter().all(|value| value.is_finite()));
        let (sum, count) = pairs
            .flatten()
            .fold((value, 1.0), |(sum, count): (f64, f64), value| (sum + value, count + 1.0));
        sum / count
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smoothed(values: &[f64]) -> Vec<f64> {
        centred(values, 2).collect()
    }

    #[test]
    fn values_on_both_sides_are_averaged_and_fewer_near_the_ends() {
        // 4; (4 + 1 + 4) / 3; (4 + 1 + 4 + 7 + 9) / 5; (4 + 7 + 9) / 3; 9.
        assert_eq!(smoothed(&[4.0, 1.0, 4.0, 7.0, 9.0]), [4.0, 3.0, 5.0, 20.0 / 3.0, 9.0]);
    }

    #[test]
    fn a_straight_line_stays_where_it_is() {
        let line: Vec<f64> = (0..20).map(|at| 10.0 - 0.5 * f64::from(at)).collect();
        assert_eq!(smoothed(&line), line);
    }

    #[test]
    fn a_value_that_is_no_number_is_left_out_with_its_partner() {
        let inf = f64::INFINITY;
        // Around the third value: 1 and 7 one away; 9 two away is left out with what is infinite.
        assert_eq!(smoothed(&[inf, 1.0, 4.0, 7.0, 9.0]), [inf, 1.0, 4.0, 20.0 / 3.0, 9.0]);
        assert!(smoothed(&[]).is_empty());
        assert_eq!(smoothed(&[2.0]), [2.0]);
    }
}
