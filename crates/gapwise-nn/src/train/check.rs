//! Which settings of training cannot be.

use gapwise_data::{images::Augmentation, wording::written};
use thiserror::Error;

use super::{ChangeKind, ClassWeights, Keep, Schedule, TrainSettings};
use crate::{
    optimise::{OptimiserSettings, Rule},
    tasks::ReaderSettings,
};

/// A value that a setting cannot have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{key}`: expected {expected}, found `{found}`")]
pub struct SettingError {
    /// Dotted key of the setting in a configuration.
    pub key: &'static str,
    /// What it may be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

const AT_LEAST_1: &str = "a whole number of at least 1";
const ABOVE_0: &str = "a number from 1e-18 to 1e18";
const FROM_0: &str = "0, or a number from 1e-18 to 1e18";
const SMALLEST: f64 = 1e-18;
const LARGEST: f64 = 1e18;
const BELOW_1: &str = "a number of at least 0 and below 1";

/// Pixels that a crop may move an image by; larger images are resized before they get here.
const MOST_CROP: usize = 4096;

impl TrainSettings {
    /// Refuses what no training can be done with.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for the first setting that cannot be.
    pub fn check(&self) -> Result<(), SettingError> {
        require(self.epochs >= 1, "train.epochs", (AT_LEAST_1, &self.epochs))?;
        require(self.batch >= 1, "train.batch", (AT_LEAST_1, &self.batch))?;
        above_0("train.learning_rate", self.learning_rate)?;
        let factor = computable(self.kept_rate) && self.kept_rate <= 1.0;
        let expected =
            "a factor above 0 and at most 1; `network.freeze` is for layers that keep still";
        require(factor, "train.kept_rate", (expected, &self.kept_rate))?;
        match self.schedule {
            Schedule::Constant | Schedule::Cosine => {}
            Schedule::ByEpoch { rate } => from_0("train.decay_rate", rate)?,
            Schedule::Steps { factor, every } => {
                let expected = "a number above 0 and at most 1";
                let holds = factor > 0.0 && factor <= 1.0;
                require(holds, "train.decay_factor", (expected, &factor))?;
                require(every >= 1, "train.decay_every", (AT_LEAST_1, &every))?;
            }
        }
        let shorter = (0.0..self.epochs as f64).contains(&self.warm_up);
        let expected = "epochs of at least 0 and fewer than `train.epochs`";
        require(shorter, "train.warm_up", (expected, &self.warm_up))?;
        self.optimiser.check()?;
        let decay = self.optimiser.weight_decay;
        let expected = "less than 1 / `train.learning_rate`, so that a step keeps some of a weight";
        require(decay * self.learning_rate < 1.0, "train.weight_decay", (expected, &decay))?;
        self.average.map_or(Ok(()), |beta| below_1("train.average", beta))?;
        let patience = self.patience.unwrap_or(1);
        require(patience >= 1, "train.patience", (AT_LEAST_1, &patience))?;
        let one_of = "`best` with `train.patience`, which goes back to the best epoch";
        let together = self.patience.is_none() || self.keep == Keep::Best;
        require(together, "train.keep", (one_of, &"last"))?;
        if let ClassWeights::Given(weights) = &self.class_weights {
            let expected = "`none`, `balanced` or a weight for each class";
            require(!weights.is_empty(), "train.class_weights", (expected, &"none at all"))?;
            for (class, weight) in weights {
                let found = format!("{class} = {weight}");
                let expected = "numbers from 1e-18 to 1e18";
                require(computable(*weight), "train.class_weights", (expected, &found))?;
            }
        }
        self.check_changes()
    }

    /// Refuses changes out of order, and rates that cannot be.
    fn check_changes(&self) -> Result<(), SettingError> {
        let key = "train.changes";
        let mut before = 1;
        for (place, change) in self.changes.iter().enumerate() {
            let step = format!("step = {}", change.step);
            let expected = "steps of at least 1, in their order";
            require(change.step >= before, key, (expected, &step))?;
            before = change.step;
            match change.kind {
                ChangeKind::LearningRate(rate) => {
                    let found = format!("learning_rate = {rate}");
                    let expected = "a learning rate from 1e-18 to 1e18";
                    require(computable(rate), key, (expected, &found))?;
                    let decays = self.optimiser.weight_decay * rate < 1.0;
                    let expected = "a learning rate below 1 / `train.weight_decay`";
                    require(decays, key, (expected, &found))?;
                }
                ChangeKind::Save => {}
                ChangeKind::Stop => {
                    let last = place + 1 == self.changes.len();
                    let found = format!("more after {step}");
                    require(last, key, ("nothing behind `stop = true`", &found))?;
                }
            }
        }
        Ok(())
    }
}

impl ReaderSettings {
    /// Refuses what is no change of an image. What of it is too much for a small image is said where the
    /// images are known.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for the first setting that cannot be.
    pub fn check(&self) -> Result<(), SettingError> {
        let Augmentation { mirror: _, flip: _, crop, rotate, shear, warp, colour } = self.augment;
        require(crop <= MOST_CROP, "augment.crop", ("at most 4,096 pixels", &crop))?;
        let strengths = [
            ("augment.rotate", rotate, 180.0, "degrees from 0 to 180"),
            ("augment.shear", shear, 60.0, "degrees from 0 to 60"),
            ("augment.warp", warp, 512.0, "pixels from 0 to 512"),
            ("augment.colour", colour, 1.0, "a number from 0 to 1"),
        ];
        for (key, strength, most, expected) in strengths {
            require((0.0..=most).contains(&strength), key, (expected, &strength))?;
        }
        Ok(())
    }
}

impl OptimiserSettings {
    /// Refuses what no step can be made with.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for the first setting that cannot be.
    pub fn check(&self) -> Result<(), SettingError> {
        match self.rule {
            Rule::Descent => {}
            Rule::Momentum { beta } => below_1("train.momentum", beta)?,
            Rule::RmsProp { gamma, .. } => below_1("train.rmsprop_decay", gamma)?,
            Rule::Adam { beta1, beta2, .. } => {
                below_1("train.beta1", beta1)?;
                below_1("train.beta2", beta2)?;
            }
        }
        from_0("train.l1", self.l1)?;
        from_0("train.l2", self.l2)?;
        from_0("train.weight_decay", self.weight_decay)?;
        self.clip_norm.map_or(Ok(()), |most| off_at_0("train.clip_norm", most))?;
        self.clip_value.map_or(Ok(()), |most| off_at_0("train.clip_value", most))
    }
}

/// Whether training can compute with a number above 0: in 32 bits it, its square and its inverse
/// have to be numbers above 0.
fn computable(value: f64) -> bool {
    (SMALLEST..=LARGEST).contains(&value)
}

fn above_0(key: &'static str, value: f64) -> Result<(), SettingError> {
    require(computable(value), key, (ABOVE_0, &value))
}

fn off_at_0(key: &'static str, value: f64) -> Result<(), SettingError> {
    require(computable(value), key, (FROM_0, &value))
}

fn from_0(key: &'static str, value: f64) -> Result<(), SettingError> {
    require(value == 0.0 || computable(value), key, (FROM_0, &value))
}

fn below_1(key: &'static str, value: f64) -> Result<(), SettingError> {
    require((0.0..1.0).contains(&value), key, (BELOW_1, &value))
}

fn require(
    holds: bool,
    key: &'static str,
    (expected, found): (&str, &dyn ToString),
) -> Result<(), SettingError> {
    if holds {
        return Ok(());
    }
    let found = found.to_string();
    // `1e-300` rather than its zeros; whole numbers of a usual length are as they are.
    let long = found.contains('.') || found.len() > 20;
    let found = found.parse().ok().filter(|_| long).map_or(found, written);
    Err(SettingError { key, expected: expected.to_owned(), found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{optimise::Epsilon, train::TrainChange};

    fn settings() -> TrainSettings {
        TrainSettings::new(10, 64, 1e-3, 1)
    }

    fn with_rule(rule: Rule) -> TrainSettings {
        with(|optimiser| optimiser.rule = rule)
    }

    fn with(change: impl Fn(&mut OptimiserSettings)) -> TrainSettings {
        let mut settings = settings();
        change(&mut settings.optimiser);
        settings
    }

    #[test]
    fn everything_that_can_be_is_let_through() {
        let mut all = with(|o| (o.l1, o.l2, o.weight_decay) = (0.1, 0.1, 0.1));
        all.optimiser.clip_norm = Some(1.0);
        all.optimiser.clip_value = Some(1.0);
        (all.warm_up, all.average, all.patience) = (9.9, Some(0.0), Some(1));
        all.class_weights = ClassWeights::Given([("a".to_owned(), 0.5)].into());
        let change = |step, kind| TrainChange { step, kind };
        let rate = ChangeKind::LearningRate(1.0);
        all.changes =
            vec![change(1, rate), change(1, ChangeKind::Save), change(2, ChangeKind::Stop)];
        for rule in [Rule::Descent, Rule::MOMENTUM, Rule::RMSPROP, Rule::ADAM] {
            for schedule in [
                Schedule::Constant,
                Schedule::Cosine,
                Schedule::ByEpoch { rate: 0.0 },
                Schedule::Steps { factor: 1.0, every: 1 },
            ] {
                all.optimiser.rule = rule;
                all.schedule = schedule;
                assert_eq!(all.check(), Ok(()));
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_key() {
        let epsilon = Epsilon::OutsideRoot;
        let adam = |beta1, beta2| with_rule(Rule::Adam { beta1, beta2, epsilon });
        let scheduled = |schedule| TrainSettings { schedule, ..settings() };
        let given = ClassWeights::Given([("a".to_owned(), 0.0)].into());
        let changed = |changes: &[(usize, ChangeKind)]| {
            let change = |&(step, kind)| TrainChange { step, kind };
            TrainSettings { changes: changes.iter().map(change).collect(), ..settings() }
        };
        let mut decaying = changed(&[(1, ChangeKind::LearningRate(10.0))]);
        decaying.optimiser.weight_decay = 0.1;
        for (key, settings) in [
            ("train.epochs", TrainSettings { epochs: 0, ..settings() }),
            ("train.batch", TrainSettings { batch: 0, ..settings() }),
            ("train.learning_rate", TrainSettings { learning_rate: 0.0, ..settings() }),
            ("train.learning_rate", TrainSettings { learning_rate: f64::INFINITY, ..settings() }),
            ("train.decay_rate", scheduled(Schedule::ByEpoch { rate: -1.0 })),
            ("train.decay_factor", scheduled(Schedule::Steps { factor: 0.0, every: 1 })),
            ("train.decay_factor", scheduled(Schedule::Steps { factor: 1.1, every: 1 })),
            ("train.decay_every", scheduled(Schedule::Steps { factor: 0.9, every: 0 })),
            ("train.warm_up", TrainSettings { warm_up: 10.0, ..settings() }),
            ("train.warm_up", TrainSettings { warm_up: f64::NAN, ..settings() }),
            ("train.average", TrainSettings { average: Some(1.0), ..settings() }),
            ("train.patience", TrainSettings { patience: Some(0), ..settings() }),
            ("train.keep", TrainSettings { patience: Some(3), keep: Keep::Last, ..settings() }),
            ("train.class_weights", TrainSettings { class_weights: given, ..settings() }),
            ("train.momentum", with_rule(Rule::Momentum { beta: 1.0 })),
            ("train.rmsprop_decay", with_rule(Rule::RmsProp { gamma: -0.1, epsilon })),
            ("train.beta1", adam(1.0, 0.999)),
            ("train.beta2", adam(0.9, f64::NAN)),
            ("train.changes", changed(&[(0, ChangeKind::Save)])),
            ("train.changes", changed(&[(2, ChangeKind::Save), (1, ChangeKind::Save)])),
            ("train.changes", changed(&[(1, ChangeKind::Stop), (1, ChangeKind::Save)])),
            ("train.changes", changed(&[(1, ChangeKind::LearningRate(0.0))])),
            ("train.changes", changed(&[(1, ChangeKind::LearningRate(f64::NAN))])),
            ("train.changes", decaying),
            ("train.l1", with(|optimiser| optimiser.l1 = -1.0)),
            ("train.l2", with(|optimiser| optimiser.l2 = f64::NAN)),
            ("train.weight_decay", with(|optimiser| optimiser.weight_decay = -1.0)),
            ("train.clip_norm", with(|optimiser| optimiser.clip_norm = Some(0.0))),
            ("train.clip_value", with(|optimiser| optimiser.clip_value = Some(-1.0))),
        ] {
            assert_eq!(settings.check().unwrap_err().key, key);
        }
        let error = TrainSettings { batch: 0, ..settings() }.check().unwrap_err();
        let said = "`train.batch`: expected a whole number of at least 1, found `0`";
        assert_eq!(error.to_string(), said);
    }

    #[test]
    fn what_is_no_change_of_an_image_is_refused_by_its_key() {
        let nothing = Augmentation::default();
        let (rotate, shear, warp, colour) = (180.0, 60.0, 512.0, 1.0);
        let most = Augmentation { rotate, shear, warp, colour, ..nothing };
        assert_eq!(ReaderSettings { augment: most }.check(), Ok(()));
        for (key, augment) in [
            ("augment.crop", Augmentation { crop: usize::MAX, ..nothing }),
            ("augment.rotate", Augmentation { rotate: 181.0, ..nothing }),
            ("augment.rotate", Augmentation { rotate: f64::NAN, ..nothing }),
            ("augment.shear", Augmentation { shear: -1.0, ..nothing }),
            ("augment.warp", Augmentation { warp: f64::INFINITY, ..nothing }),
            ("augment.colour", Augmentation { colour: 1.1, ..nothing }),
        ] {
            assert_eq!(ReaderSettings { augment }.check().unwrap_err().key, key);
        }
    }
}
