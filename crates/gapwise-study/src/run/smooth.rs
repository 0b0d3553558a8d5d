//! Smoothed curves (row 1.13 of the notes).

/// The exponential average of `values`, bias-corrected: v_t = β·v_{t−1} + (1−β)·θ_t from v_0 = 0,
/// and v_t / (1 − βᵗ) for each value. `beta` lies in [0, 1): 0 changes nothing, 0.9 averages over
/// about the last ten values.
///
/// A value that is not finite gives itself, and the average goes on without it.
pub fn smoothed(values: impl IntoIterator<Item = f64>, beta: f64) -> impl Iterator<Item = f64> {
    let (mut average, mut bias) = (0.0, 1.0);
    values.into_iter().map(move |value| {
        if !value.is_finite() {
            return value;
        }
        average = beta * average + (1.0 - beta) * value;
        bias *= beta;
        average / (1.0 - bias)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_by_hand() {
        // β = 0.5: v = 2, 3, 2.5 over 1 − β, 1 − β², 1 − β³ = 0.5, 0.75, 0.875.
        //   v₁ = 0.5 · 4 = 2            → 2 / 0.5 = 4
        //   v₂ = 0.5 · 2 + 0.5 · 4 = 3  → 3 / 0.75 = 4
        //   v₃ = 0.5 · 3 + 0.5 · 2 = 2.5 → 2.5 / 0.875 = 20/7
        let found: Vec<f64> = smoothed([4.0, 4.0, 2.0], 0.5).collect();
        assert_eq!(found, [4.0, 4.0, 2.5 / 0.875]);
    }

    #[test]
    fn a_value_that_is_no_number_is_passed_over() {
        let found: Vec<f64> = smoothed([4.0, f64::INFINITY, 4.0, 2.0], 0.5).collect();
        assert_eq!(found, [4.0, f64::INFINITY, 4.0, 2.5 / 0.875]);
    }
}
