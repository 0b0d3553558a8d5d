//! The interval of a difference of settings, which carries both seeds and examples.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::interval::two_sided_z;

/// The answers of one setting's networks as numbers whose mean over the units is the network's
/// error, or an affine function of it: `[seed][unit]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedsByExamples {
    /// The error of each network.
    pub errors: Vec<f64>,
    /// For each network and unit how much the unit adds to the error: for an error rate 1 or 0 for
    /// a wrong or right answer, less the rate.
    pub influences: Vec<Vec<f64>>,
}

/// What the difference of two settings' mean errors varies by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Variance {
    /// Of the mean over seeds, from how far the networks' errors lie apart; one for each setting.
    seeds: [f64; 2],
    /// Of the mean over examples, from how far the differences lie apart.
    examples: f64,
    /// What both count: each seed's own luck with each example.
    both: f64,
}

/// How far the true difference of two settings can be from the measured one, on either side, at
/// `confidence` in (0, 1); `None` for fewer than two units or two seeds.
///
/// Both settings' networks answer the same units of independent data. The answer of seed r of
/// setting s to unit i is x = μₛ + Sₛᵣ + Eₛᵢ + εₛᵣᵢ, with a random effect S of the seed, E of the unit,
/// and ε of both together. With a and b seeds and n units, the difference of means has the variance
/// V = σ²(S₁)/a + σ²(S₂)/b + σ²(E₁ − E₂)/n + σ²(ε₁)/(an) + σ²(ε₂)/(bn). Three sums of squares
/// estimate it:
/// - seeds, s₁²/a + s₂²/b from the variance of the networks' errors: expects S and ε;
/// - examples, s_d²/n from the differences of the settings' means at each unit: expects E and ε;
/// - both, Σ MSₛ(residual)/(aₛ n) from what is left at each seed and unit: expects ε, which the other
///   two have counted twice.
///
/// So V = seeds + max(examples − both, 0); where the networks of each setting have all the same
/// error, V is that of the examples alone, so that the interval has a width. The half-width is √V
/// times Student's point with V²/((s₁²/a)²/(a − 1) + (s₂²/b)²/(b − 1)) degrees of freedom.
///
/// **Source.** This is the design of readers nested within tests of medical imaging, where several
/// readers of each test read the same cases; seeds are readers, examples are cases. Hillis, "A
/// marginal-mean ANOVA approach for analyzing multireader multicase radiological imaging data",
/// Statistics in Medicine 33 (2014); the degrees of freedom are those of Hillis, Statistics in
/// Medicine 26 (2007), which follow Satterthwaite.
///
/// **Differs from the source.** The variances of the two settings' seeds are not pooled; and V
/// where all seeds agree.
///
/// **Coverage.** In 1,000 simulated comparisons each of three seeds with three (100, 400 and 1,500
/// examples; error rates of 3, 10 and 30 %; seeds that differ not at all, little and much) it covers
/// 93 to 96 %, 95.4 % on average (`tests/reference/cover_two_level.py`).
pub fn two_level(settings: [&SeedsByExamples; 2], confidence: f64) -> Option<f64> {
    let variance = Variance::of(settings)?;
    Some(variance.total().sqrt() * student(variance.freedom(settings), confidence))
}

impl Variance {
    fn of(settings: [&SeedsByExamples; 2]) -> Option<Self> {
        let [first, second] = settings;
        let units = first.influences.first()?.len();
        let few = settings.iter().any(|setting| setting.errors.len() < 2);
        if few || units < 2 {
            return None;
        }
        let n = units as f64;
        let means = settings.map(SeedsByExamples::unit_means);
        let differences: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a - b).collect();
        Some(Variance {
            seeds: [first, second].map(SeedsByExamples::seed_variance),
            examples: variance(&differences) / n,
            both: settings.iter().zip(&means).map(|(setting, means)| setting.of_both(means)).sum(),
        })
    }

    fn total(&self) -> f64 {
        match self.of_seeds() {
            0.0 => self.examples,
            seeds => seeds + (self.examples - self.both).max(0.0),
        }
    }

    fn of_seeds(&self) -> f64 {
        self.seeds.iter().sum()
    }

    fn freedom(&self, settings: [&SeedsByExamples; 2]) -> f64 {
        let shares = self.seeds.iter().zip(settings);
        let spread: f64 = shares
            .map(|(seeds, setting)| seeds * seeds / (setting.errors.len() as f64 - 1.0))
            .sum();
        self.total().powi(2) / spread
    }
}

impl SeedsByExamples {
    /// The variance of the mean error over seeds.
    pub(super) fn seed_variance(&self) -> f64 {
        variance(&self.errors) / self.errors.len() as f64
    }

    /// The mean over seeds at each unit.
    fn unit_means(&self) -> Vec<f64> {
        let seeds = self.influences.len() as f64;
        let units = self.influences.first().map_or(0, Vec::len);
        let sum = |unit: usize| self.influences.iter().map(|of_seed| of_seed[unit]).sum::<f64>();
        (0..units).map(|unit| sum(unit) / seeds).collect()
    }

    /// The part of the mean's variance that is of seed and unit together.
    fn of_both(&self, unit_means: &[f64]) -> f64 {
        let (seeds, n) = (self.influences.len() as f64, unit_means.len() as f64);
        let all = mean(unit_means);
        let squares: f64 = self
            .influences
            .iter()
            .map(|of_seed| {
                let own = mean(of_seed);
                let left = of_seed.iter().zip(unit_means).map(|(x, unit)| x - own - unit + all);
                left.map(|left| left * left).sum::<f64>()
            })
            .sum();
        squares / ((seeds - 1.0) * (n - 1.0)) / (seeds * n)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of at least two values, with one degree of freedom less.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / (values.len() as f64 - 1.0)
}

/// Student's two-sided point; the normal one where seeds do not differ at all.
pub(super) fn student(freedom: f64, confidence: f64) -> f64 {
    let normal = two_sided_z(confidence);
    if !freedom.is_finite() || freedom > 1e6 {
        return normal;
    }
    StudentsT::new(0.0, 1.0, freedom)
        .map(|student| student.inverse_cdf(0.5 + confidence / 2.0))
        .unwrap_or(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three networks of each setting on four examples.
    fn by_hand() -> [SeedsByExamples; 2] {
        let setting = |answers: [[f64; 4]; 3]| SeedsByExamples {
            errors: answers.iter().map(|of_seed| mean(of_seed)).collect(),
            influences: answers.iter().map(|of_seed| of_seed.to_vec()).collect(),
        };
        [
            setting([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0]]),
            setting([[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]),
        ]
    }

    #[test]
    fn three_seeds_of_two_settings_on_four_examples_by_hand() {
        let [first, second] = by_hand();
        let variance = Variance::of([&first, &second]).unwrap();
        // Errors 1/4, 2/4, 3/4: variance 1/16, over 3 seeds 1/48.
        // Errors 0, 1/4, 2/4: the same.
        for seeds in variance.seeds {
            assert!((seeds - 1.0 / 48.0).abs() < 1e-15);
        }
        // Means at each example 1, 1/3, 1/3, 1/3 and 2/3, 0, 0, 1/3; differences 1/3, 1/3, 1/3, 0,
        // mean 1/4; squares 3·(1/12)² + (1/4)² = 12/144; over 3 and then over 4 examples 1/144.
        assert!((variance.examples - 1.0 / 144.0).abs() < 1e-15);
        // What is left at each seed and example, x − seed's mean − example's mean + 1/2, in twelfths:
        //   seed 1:  12−3−12+6 = 3,  0−3−4+6 = −1, −1, −1     squares 9+1+1+1 = 12
        //   seed 2:  12−6−12+6 = 0, 12−6−4+6 = 8,  −4, −4     squares 0+64+16+16 = 96
        //   seed 3:  12−9−12+6 = −3, 0−9−4+6 = −7, 5, 5       squares 9+49+25+25 = 108
        //   sum 216/144 = 3/2; over (3−1)(4−1) = 6: 1/4; over 3·4: 1/48.
        // The second, with + 1/4:
        //   seed 1:  0−0−8+3 = −5, 0−0−0+3 = 3, 3, 0−0−4+3 = −1     squares 25+9+9+1 = 44
        //   seed 2:  12−3−8+3 = 4, 0−3−0+3 = 0, 0, 0−3−4+3 = −4     squares 16+16 = 32
        //   seed 3:  12−6−8+3 = 1, 0−6+3 = −3, −3, 12−6−4+3 = 5     squares 1+9+9+25 = 44
        //   sum 120/144 = 5/6; over 6: 5/36; over 12: 5/432.
        assert!((variance.both - (1.0 / 48.0 + 5.0 / 432.0)).abs() < 1e-15);
        // Examples less both is below 0, so V is that of seeds, 1/24, with
        // (1/24)² / (2 · (1/48)²/2) = 4 degrees of freedom; Student's point 2.776445.
        assert!((variance.total() - 1.0 / 24.0).abs() < 1e-15);
        let half = two_level([&first, &second], 0.95).unwrap();
        assert!((half - 2.776_445 * (1.0_f64 / 24.0).sqrt()).abs() < 1e-6, "{half}");
    }

    #[test]
    fn seeds_that_agree_leave_the_interval_of_the_examples() {
        let setting = |answers: [f64; 4]| SeedsByExamples {
            errors: vec![mean(&answers); 3],
            influences: vec![answers.to_vec(); 3],
        };
        let (first, second) = (setting([1.0, 0.0, 1.0, 0.0]), setting([0.0, 0.0, 0.0, 1.0]));
        // Differences 1, 0, 1, −1: mean 1/4, squares 3 − 4/16 = 11/4; over 3 and 4: 11/48.
        let half = two_level([&first, &second], 0.95).unwrap();
        assert!((half - 1.959_964 * (11.0_f64 / 48.0).sqrt()).abs() < 1e-6, "{half}");
    }

    #[test]
    fn one_seed_or_one_example_gives_no_interval() {
        let setting = |seeds: usize, units: usize| SeedsByExamples {
            errors: vec![0.5; seeds],
            influences: vec![vec![0.5; units]; seeds],
        };
        assert_eq!(two_level([&setting(1, 9), &setting(3, 9)], 0.95), None);
        assert_eq!(two_level([&setting(3, 1), &setting(3, 1)], 0.95), None);
    }
}
