//! The learning-rate range test: the rate rises from step to step, and the loss says how far.
//!
//! **Source**: Smith 2017, "Cyclical learning rates for training neural networks", section 3.3; the
//! rule for the value taken is that of common practice: a tenth of the rate of the lowest loss.
//!
//! **Differs from the source**: the rate rises by a constant factor rather than by a constant sum,
//! and the loss is the bias-corrected exponential average of the batches' training losses (row of
//! the notes, "Exponential moving average"), where the source looks at validation accuracy.

use std::thread;

use gapwise_study::run::{RangePoint, RangeTest};

use super::{
    Examples, Setup, TrainError,
    feed::{self, Place, Plan},
    steps::Training,
};
use crate::tasks::Task;

/// The first and the last learning rate.
const FROM: f64 = 1e-6;
const TO: f64 = 10.0;
/// Updates from the first to the last: 20 to a factor of ten.
pub const RANGE_TEST_STEPS: usize = 140;
/// The average goes over about the last ten batches.
const SMOOTHING: f64 = 0.9;
/// The test ends where the average loss is so many times its lowest.
const TOO_HIGH: f64 = 4.0;
/// How far below the rate of the lowest loss the value is taken.
const BELOW: f64 = 10.0;
/// The average loss has to rise to so many times its lowest, or the highest rate is no limit.
const RISEN: f64 = 1.05;

/// Trains `network` for a while at rising learning rates, and says which to take. The network is
/// used up; schedule, number of epochs and the learning rate of the settings play no part.
///
/// # Errors
///
/// [`TrainError::Setting`], [`TrainError::Data`], and [`TrainError::Stopped`] where whoever watches
/// asks for it. A loss that diverges ends the test and is no error.
pub fn find_learning_rate<T: Task + Sync>(
    task: &T,
    mut network: T::Network,
    examples: Examples<'_>,
    setup: Setup<'_>,
) -> Result<RangeTest, TrainError> {
    setup.settings.check()?;
    let plan = Plan::new(examples.train, setup.settings)
        .grouped_by(task.lengths())
        .of_epochs(RANGE_TEST_STEPS);
    let usual = setup.settings.learning_rate;
    let (mut training, _) = Training::new(task, examples, setup);
    let points = thread::scope(|scope| {
        let batches = feed::start(scope, task, plan, Place { epoch: 1, batch: 0 });
        let mut curve = Curve::default();
        for (step, fed) in (0..RANGE_TEST_STEPS).zip(batches) {
            let (loaded, examples) = fed?;
            let learning_rate =
                FROM * (TO / FROM).powf(step as f64 / (RANGE_TEST_STEPS - 1) as f64);
            network = training.update(network, (loaded, examples), learning_rate);
            training.tell(examples)?;
            if curve.add(learning_rate, training.take_loss(examples)).is_none() {
                break;
            }
        }
        Ok::<_, TrainError>(curve.points)
    })?;
    Ok(taken(points, usual))
}

/// The losses so far.
#[derive(Default)]
struct Curve {
    points: Vec<RangePoint>,
    /// v of v ← β v + (1 − β) loss.
    average: f64,
}

impl Curve {
    /// Adds the loss of one batch; `None` where the test is over.
    fn add(&mut self, learning_rate: f64, raw_loss: f64) -> Option<()> {
        self.average = SMOOTHING * self.average + (1.0 - SMOOTHING) * raw_loss;
        let loss = self.average / (1.0 - SMOOTHING.powi(self.points.len() as i32 + 1));
        if !loss.is_finite() {
            return None;
        }
        self.points.push(RangePoint { learning_rate, loss, raw_loss });
        let lowest = self.points.iter().map(|point| point.loss).fold(f64::INFINITY, f64::min);
        (loss <= TOO_HIGH * lowest).then_some(())
    }
}

/// A tenth of the rate of the lowest loss, to two digits; `usual` where the loss never fell, or
/// never rose again.
fn taken(points: Vec<RangePoint>, usual: f64) -> RangeTest {
    let lowest = points.iter().min_by(|a, b| a.loss.total_cmp(&b.loss));
    let fell = lowest.zip(points.first()).filter(|(lowest, first)| lowest.loss < 0.95 * first.loss);
    // A test that ended early ended because of a rise, which its last average may not show yet.
    let risen = match points.len() {
        RANGE_TEST_STEPS => points.last().map_or(0.0, |last| last.loss),
        _ => f64::INFINITY,
    };
    let (taken, reason) = match fell {
        Some((lowest, _)) if risen < RISEN * lowest.loss => {
            let said = "the loss did not rise again up to the highest learning rate, as where few \
                        examples are learnt by heart, so the test cannot tell: the learning rate \
                        is left as it was";
            (usual, said.to_owned())
        }
        Some((lowest, _)) => {
            let taken = two_digits(lowest.learning_rate / BELOW);
            let at = two_digits(lowest.learning_rate);
            (taken, format!("a tenth of {at:?}, the learning rate of the lowest average loss"))
        }
        None => {
            let said = "the loss fell by less than 5 % at every learning rate, so the test cannot \
                        tell: the learning rate is left as it was";
            (usual, said.to_owned())
        }
    };
    RangeTest { points, taken, reason }
}

fn two_digits(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(losses: &[f64]) -> Vec<RangePoint> {
        let mut curve = Curve::default();
        for (place, &loss) in losses.iter().enumerate() {
            if curve.add(1e-3 * 10_f64.powi(place as i32), loss).is_none() {
                break;
            }
        }
        curve.points
    }

    #[test]
    fn the_average_is_corrected_for_its_start() {
        // v₁ = 0.1 · 2 = 0.2, over 1 − 0.9 = 0.1: 2. v₂ = 0.9 · 0.2 + 0.1 · 1 = 0.28, over
        // 1 − 0.81 = 0.19: 1.473684.
        let points = curve(&[2.0, 1.0]);
        assert!((points[0].loss - 2.0).abs() < 1e-12);
        assert!((points[1].loss - 1.473_684_21).abs() < 1e-8);
    }

    #[test]
    fn the_test_ends_where_the_loss_leaps_or_is_no_number() {
        // v₃ = 0.9 · 0.28 + 0.1 · 60 = 6.252, over 1 − 0.729 = 0.271: 23.07 > 4 · 1.4737.
        assert_eq!(curve(&[2.0, 1.0, 60.0, 1.0]).len(), 3);
        assert_eq!(curve(&[2.0, f64::NAN, 1.0]).len(), 1);
        assert_eq!(curve(&[2.0, f64::INFINITY]).len(), 1);
    }

    #[test]
    fn a_tenth_of_the_lowest_is_taken_and_nothing_where_the_loss_never_fell() {
        // Averages fall to the third, at 0.1, and rise at the fourth.
        let test = taken(curve(&[2.0, 1.0, 0.5, 2.5]), 0.5);
        assert_eq!(test.taken, 0.01);
        assert_eq!(test.reason, "a tenth of 0.1, the learning rate of the lowest average loss");
        assert_eq!(taken(curve(&[2.0, 2.0, 2.1]), 0.5).taken, 0.5);
        assert_eq!(taken(vec![], 0.5).taken, 0.5);
    }

    #[test]
    fn a_loss_that_only_falls_does_not_say_which_rate_is_too_high() {
        let point = |place: usize, loss| RangePoint {
            learning_rate: 1e-6 * 1.12_f64.powi(place as i32),
            loss,
            raw_loss: loss,
        };
        let falling = |place: usize| point(place, 1.0 / (place + 1) as f64);
        let test = taken((0..RANGE_TEST_STEPS).map(falling).collect(), 0.5);
        assert_eq!(test.taken, 0.5);
        assert!(test.reason.contains("did not rise again"), "{}", test.reason);
        // The same with a rise by 10 % at the end tells.
        let mut points: Vec<RangePoint> = (0..RANGE_TEST_STEPS - 1).map(falling).collect();
        points.push(point(RANGE_TEST_STEPS - 1, 1.1 / (RANGE_TEST_STEPS - 1) as f64));
        assert!(taken(points, 0.5).taken != 0.5);
    }
}
