//! Intervals from so few units that resampling them says nothing.

use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

use super::two_sided_z;

/// More degrees of freedom than this are as good as any number of them: both factors are then
/// within 0.1 % of what the normal distribution gives.
const ENOUGH_FREEDOM: f64 = 1_000.0;

/// Student's point with `freedom` degrees of freedom, above 0, that leaves half of
/// `1 − confidence` above it: 12.71 for 0.95 and 1 degree of freedom.
pub(super) fn student(confidence: f64, freedom: f64) -> f64 {
    let normal = two_sided_z(confidence);
    if freedom > ENOUGH_FREEDOM {
        return normal;
    }
    StudentsT::new(0.0, 1.0, freedom)
        .map(|student| student.inverse_cdf(0.5 + confidence / 2.0))
        .unwrap_or(normal)
}

/// By which factors the true root mean square lies below and above that of `units` independent
/// normal numbers of mean 0, at `confidence`: √(units/χ²) at both points of chi-square with
/// `units` degrees of freedom. 0.52 and 6.28 for 0.95 and 2 units.
pub(super) fn normal_factors(confidence: f64, units: f64) -> (f64, f64) {
    // The spread of the logarithm of a root mean square is 1/√(2 units).
    let spread = two_sided_z(confidence) / (2.0 * units).sqrt();
    let many = ((-spread).exp(), spread.exp());
    if units > ENOUGH_FREEDOM {
        return many;
    }
    let tail = (1.0 - confidence) / 2.0;
    ChiSquared::new(units)
        .map(|square| {
            let factor = |share: f64| (units / square.inverse_cdf(share)).sqrt();
            (factor(1.0 - tail), factor(tail))
        })
        .unwrap_or(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_points_are_those_of_the_tables() {
        for (freedom, point) in [(1.0, 12.706), (2.0, 4.303), (7.0, 2.365), (1e15, 1.960)] {
            assert!((student(0.95, freedom) - point).abs() < 5e-4, "{freedom}");
        }
    }

    #[test]
    fn the_factors_of_two_normal_units_by_hand() {
        // Chi-square with 2 degrees of freedom is below x with probability 1 − exp(−x/2):
        //   the 2.5 % point is −2 ln 0.975 = 0.050636, and √(2/0.050636) = 6.2847
        //   the 97.5 % point is −2 ln 0.025 = 7.377759, and √(2/7.377759) = 0.52066
        let (below, above) = normal_factors(0.95, 2.0);
        assert!(
            (below - 0.520_66).abs() < 1e-4 && (above - 6.284_7).abs() < 1e-3,
            "{below} {above}"
        );
    }

    #[test]
    fn factors_do_not_jump_where_the_normal_distribution_takes_over() {
        let (one, other) = (normal_factors(0.95, 1_000.0), normal_factors(0.95, 1_000.1));
        assert!((one.0 - other.0).abs() < 2e-3 && (one.1 - other.1).abs() < 2e-3);
        assert!((student(0.95, 1_000.0) - student(0.95, 1_000.1)).abs() < 3e-3);
    }
}
