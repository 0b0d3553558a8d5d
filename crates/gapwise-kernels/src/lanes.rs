//! Sums in a fixed order that vector instructions can take.

/// Numbers that are added side by side.
const LANES: usize = 16;

/// The sum of `values`.
pub(crate) fn sum(values: &[f32]) -> f32 {
    sum_of([values, values], |value, _| value)
}

/// The sum of what `term` makes of each pair of values.
///
/// # Panics
///
/// Where the slices differ in length.
#[inline(always)]
pub(crate) fn sum_of([left, right]: [&[f32]; 2], term: impl Fn(f32, f32) -> f32) -> f32 {
    assert_eq!(left.len(), right.len(), "one value for each");
    let (wholes, rest) = left.as_chunks::<LANES>();
    let (right_wholes, right_rest) = right.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (left, right) in wholes.iter().zip(right_wholes) {
        for (lane, (left, right)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += term(*left, *right);
        }
    }
    let rest: f32 = rest.iter().zip(right_rest).map(|(left, right)| term(*left, *right)).sum();
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_added_once() {
        for count in [0_u8, 1, 15, 16, 17, 100] {
            let values: Vec<f32> = (1..=count).map(f32::from).collect();
            // 1 + … + n = n · (n + 1) / 2.
            let expected = f32::from(count) * (f32::from(count) + 1.0) / 2.0;
            assert_eq!(sum(&values), expected);
            assert_eq!(sum_of([&values, &values], |left, right| left + right), 2.0 * expected);
        }
    }
}
