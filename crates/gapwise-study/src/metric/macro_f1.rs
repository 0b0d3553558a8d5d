//! 1 − macro F1: what the mean over classes of each one's F1 lacks of 1.

use super::{
    Estimate, Sample, Undefined,
    estimate::{Alike, Noise, Silent, Unlike},
    measure::{Direction, Measure, Own, Summed, by_spread},
};
use crate::predictions::{Outcome, Target};

/// Facts: label, prediction.
///
/// The mean is over the classes that are a label or an answer in the sample, as in scikit-learn; a
/// class that is only answered has the F1 0. A class that is answered all right or all wrong shows no
/// spread; its Wilson interval is then joined to the interval of the mean.
#[derive(Debug)]
pub(super) struct MacroF1;

impl Measure for MacroF1 {
    fn name(&self) -> &'static str {
        "1 − macro F1"
    }

    fn own(&self) -> Own {
        Own { name: "macro F1", is: Direction::Complement }
    }

    fn fits(&self, target: &Target) -> bool {
        target.class_names().is_some()
    }

    fn facts(&self, outcome: &Outcome, facts: &mut Vec<f64>) {
        let both = outcome.classified();
        let numbers = both.map(|both| [f64::from(both.label), f64::from(both.prediction)]);
        facts.extend(numbers.unwrap_or([f64::NAN; 2]));
    }

    fn error(&self, sample: &Sample) -> Result<f64, Undefined> {
        Ok(Classes::of(sample).error())
    }

    fn summed(&self, sample: &Sample) -> Result<Summed, Undefined> {
        let classes = Classes::of(sample);
        let influences: Vec<f64> = sample.rows().map(|row| classes.influence(row)).collect();
        let labels: Vec<usize> = sample.rows().map(|row| row[0] as usize).collect();
        let there = (0..classes.of.len()).filter(|&class| classes.of[class].there() > 0.0);
        let units = there.map(|class| sample.worth_of(|example| labels[example] == class));
        let alike = Alike { units: units.collect(), unlike: Unlike::Share };
        Ok(Summed::influences(sample, classes.error(), &influences, alike))
    }

    fn estimate(&self, sample: &Sample) -> Result<Estimate, Undefined> {
        let estimate = by_spread(self, sample)?;
        let Noise::Studentised(spread) = estimate.noise else { return Ok(estimate) };
        let classes = Classes::of(sample);
        let facts: Vec<&[f64]> = sample.rows().collect();
        let silent = classes.of.iter().enumerate().filter_map(|(number, class)| {
            let error = 1.0 - class.f1();
            (class.there() > 0.0 && (error == 0.0 || error == 1.0)).then(|| Silent {
                error,
                units: sample.worth_of(|example| facts[example].contains(&(number as f64))),
                share: 1.0 / classes.count,
            })
        });
        let noise = Noise::SomeSilent { spread, silent: silent.collect() };
        Ok(Estimate { noise, ..estimate })
    }
}

/// The weights of one class.
#[derive(Debug, Clone, Copy, Default)]
struct Class {
    right: f64,
    labels: f64,
    answers: f64,
}

impl Class {
    fn there(self) -> f64 {
        self.labels + self.answers
    }

    fn f1(self) -> f64 {
        2.0 * self.right / self.there()
    }
}

struct Classes {
    of: Vec<Class>,
    /// Classes that occur.
    count: f64,
    weight: f64,
}

impl Classes {
    fn of(sample: &Sample) -> Self {
        let most = sample.rows().flatten().fold(-1.0, |most: f64, class| most.max(*class));
        let mut of = vec![Class::default(); (most + 1.0) as usize];
        for (row, weight) in sample.rows().zip(sample.weights()) {
            let (label, answer) = (row[0] as usize, row[1] as usize);
            of[label].labels += weight;
            of[answer].answers += weight;
            if label == answer {
                of[label].right += weight;
            }
        }
        let count = of.iter().filter(|class| class.there() > 0.0).count() as f64;
        Classes { of, count, weight: sample.weights().sum() }
    }

    fn error(&self) -> f64 {
        let there = self.of.iter().filter(|class| class.there() > 0.0);
        1.0 - there.map(|class| class.f1()).sum::<f64>() / self.count
    }

    /// With F = 2r/(l + a) of a class, one more right answer changes it by 2(1 − F)/(l + a), one
    /// more label or answer by −F/(l + a).
    fn influence(&self, row: &[f64]) -> f64 {
        let (label, answer) = (self.of[row[0] as usize], self.of[row[1] as usize]);
        let change = if row[0] == row[1] {
            2.0 * (1.0 - label.f1()) / label.there()
        } else {
            -label.f1() / label.there() - answer.f1() / answer.there()
        };
        -change * self.weight / self.count
    }
}
