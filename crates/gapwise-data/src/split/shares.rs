//! How large each split is to be.

use super::{Split, SplitOptions};

/// Below this many examples: 60/20/20.
const SMALL: f64 = 10_000.0;
/// Above this many examples: 98/1/1.
const LARGE: f64 = 1_000_000.0;
/// Share of each held-out split of small data.
const SMALL_SHARE: f64 = 0.2;
/// Share of each held-out split of large data.
const LARGE_SHARE: f64 = 0.01;
/// Most that is cut for validation, or for test, from a train that comes with the other ready-made:
/// as much as validation has of train and validation together in 60/20/20.
const MOST_CUT: f64 = 0.25;
/// What the sum of shares may miss 1 by.
pub(super) const ROUNDING: f64 = 1e-9;

/// The share that each split gets of the examples that do not come ready split. They add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Share of train.
    pub train: f64,
    /// Share of validation; 0 where validation comes ready-made.
    pub validation: f64,
    /// Share of test; 0 where test comes ready-made.
    pub test: f64,
    /// Where the shares come from.
    pub rule: Rule,
}

/// Where the sizes of splits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Validation and test come ready-made.
    ReadyMade,
    /// Both shares, or the one that is to be cut, were asked for.
    Asked,
    /// Fewer than 10,000 examples: 60/20/20.
    Small,
    /// 10,000 to 1,000,000 examples: in between.
    Between,
    /// More than 1,000,000 examples: 98/1/1.
    Large,
    /// Training has a source of its own, so that all of the other one is held out.
    AllHeldOut,
}

/// How many examples there are to split, and which splits are to be cut from them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Examples of the whole data set, or of the source that validation and test come from.
    pub(super) total: usize,
    /// Examples that do not come ready split.
    pub(super) free: usize,
    pub(super) validation: bool,
    pub(super) test: bool,
    /// Examples of a training source of its own, none of which is counted above.
    pub(super) train_from: Option<usize>,
}

impl Shares {
    /// The share of the data that each held-out split gets by the size of the data.
    ///
    /// With n examples: 20 % below 10,000, 1 % above 1,000,000, and in between
    /// 0.2 · (1 / 20)^((log₁₀ n − 4) / 2), a straight line from the one to the other where both axes
    /// are logarithmic. So a held-out split never shrinks as data is added: it grows from 2,000
    /// examples to 10,000 over that range.
    ///
    /// **Source**: the notes' rule of thumb for the two ends. **Differs from the source**: the
    /// notes leave open what happens in between.
    pub fn by_rule(examples: usize) -> f64 {
        let n = examples as f64;
        if n < SMALL {
            return SMALL_SHARE;
        }
        if n > LARGE {
            return LARGE_SHARE;
        }
        let way = (n / SMALL).ln() / (LARGE / SMALL).ln();
        SMALL_SHARE * (LARGE_SHARE / SMALL_SHARE).powf(way)
    }

    pub(super) fn of(cut: Cut, options: &SplitOptions) -> Shares {
        if cut.train_from.is_some() {
            return Shares::beside_a_training_source(cut, options);
        }
        let rule_share = Shares::by_rule(cut.total);
        let ready_made_beside = !(cut.validation && cut.test);
        let one = |wanted: bool, asked: Option<f64>| match (wanted, asked) {
            (false, _) => 0.0,
            (true, Some(share)) => share,
            (true, None) if ready_made_beside && cut.free > 0 => {
                (rule_share * cut.total as f64 / cut.free as f64).min(MOST_CUT)
            }
            (true, None) => rule_share,
        };
        let validation = one(cut.validation, options.validation);
        let test = one(cut.test, options.test);
        let by_rule =
            cut.validation && options.validation.is_none() || cut.test && options.test.is_none();
        let rule = match cut.total as f64 {
            _ if !cut.validation && !cut.test => Rule::ReadyMade,
            _ if !by_rule => Rule::Asked,
            n if n < SMALL => Rule::Small,
            n if n > LARGE => Rule::Large,
            _ => Rule::Between,
        };
        Shares { train: 1.0 - validation - test, validation, test, rule }
    }

    /// The shares of what the network is for, where something else trains it: half of it validates
    /// and half of it tests. A share that was asked for leaves the rest to the other; two of them
    /// leave it to train.
    ///
    /// **Source**: the notes, "Training and testing on different distributions": "Use all/most data
    /// from the app for the validation and test set", and "maybe some data from the app" for
    /// training.
    fn beside_a_training_source(cut: Cut, options: &SplitOptions) -> Shares {
        let (validation, test) = match (cut.validation, cut.test) {
            (true, true) => match (options.validation, options.test) {
                (None, None) => (0.5, 0.5),
                (Some(validation), None) => (validation, 1.0 - validation),
                (None, Some(test)) => (1.0 - test, test),
                (Some(validation), Some(test)) => (validation, test),
            },
            (true, false) => (options.validation.unwrap_or(1.0), 0.0),
            (false, true) => (0.0, options.test.unwrap_or(1.0)),
            (false, false) => (0.0, 0.0),
        };
        let asked =
            cut.validation && options.validation.is_some() || cut.test && options.test.is_some();
        let rule = match (cut.validation || cut.test, asked) {
            (false, _) => Rule::ReadyMade,
            (true, true) => Rule::Asked,
            (true, false) => Rule::AllHeldOut,
        };
        let left = 1.0 - validation - test;
        let train = if left.abs() < ROUNDING { 0.0 } else { left };
        Shares { train, validation, test, rule }
    }

    /// The share of train-validation of what trains.
    pub(super) fn train_validation(source: usize, options: &SplitOptions) -> f64 {
        options.train_validation.unwrap_or_else(|| Shares::by_rule(source))
    }

    /// The share of one split; train-validation is cut from what these leave to train.
    pub(super) fn share(&self, split: Split) -> f64 {
        match split {
            Split::Train => self.train,
            Split::TrainValidation => 0.0,
            Split::Validation => self.validation,
            Split::Test => self.test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(total: usize) -> Cut {
        Cut { total, free: total, validation: true, test: true, train_from: None }
    }

    #[test]
    fn fewer_than_ten_thousand_are_split_60_20_20() {
        let shares = Shares::of(both(9_999), &SplitOptions::default());
        assert_eq!((shares.validation, shares.test, shares.rule), (0.2, 0.2, Rule::Small));
        assert!((shares.train - 0.6).abs() < 1e-12);
    }

    #[test]
    fn more_than_a_million_are_split_98_1_1() {
        let shares = Shares::of(both(1_000_001), &SplitOptions::default());
        assert_eq!((shares.validation, shares.test, shares.rule), (0.01, 0.01, Rule::Large));
        assert!((shares.train - 0.98).abs() < 1e-12);
    }

    #[test]
    fn a_hundred_thousand_lie_half_way_where_axes_are_logarithmic() {
        // Half way between 0.2 and 0.01 on a logarithmic axis: √(0.2 · 0.01) = √0.002 = 0.0447214.
        assert!((Shares::by_rule(100_000) - 0.044_721_36).abs() < 1e-8);
    }

    #[test]
    fn the_rule_has_no_jump_at_its_ends_and_held_out_splits_never_shrink() {
        assert!((Shares::by_rule(10_000) - 0.2).abs() < 1e-12);
        assert!((Shares::by_rule(1_000_000) - 0.01).abs() < 1e-12);
        let mut before = 0.0;
        for n in (1_000..2_000_000).step_by(997) {
            let held_out = Shares::by_rule(n) * n as f64;
            assert!(held_out >= before, "{n}");
            before = held_out;
        }
    }

    #[test]
    fn with_a_ready_made_test_validation_is_as_large_as_the_whole_data_asks_for() {
        // mnist: 70,000 in all, 60,000 free. log10(7) / 2 = 0.422549, 0.05^0.422549 = 0.281985,
        // share 0.056397, so 3,948 of 70,000, which is 0.065797 of 60,000.
        let cut = Cut { free: 60_000, test: false, ..both(70_000) };
        let shares = Shares::of(cut, &SplitOptions::default());
        assert!((shares.validation - 0.065_797).abs() < 1e-5, "{shares:?}");
        assert_eq!((shares.test, shares.rule), (0.0, Rule::Between));
    }

    #[test]
    fn a_large_ready_made_test_does_not_take_more_than_a_quarter_of_train() {
        let cut = Cut { free: 100, test: false, ..both(1_000) };
        assert_eq!(Shares::of(cut, &SplitOptions::default()).validation, 0.25);
    }

    #[test]
    fn shares_asked_for_are_taken_of_what_is_cut() {
        let options = SplitOptions { validation: Some(0.1), ..SplitOptions::default() };
        let cut = Cut { free: 100, test: false, ..both(1_000) };
        let shares = Shares::of(cut, &options);
        assert_eq!((shares.validation, shares.rule), (0.1, Rule::Asked));
        let shares = Shares::of(both(1_000), &options);
        assert_eq!((shares.validation, shares.test, shares.rule), (0.1, 0.2, Rule::Small));
    }

    #[test]
    fn beside_a_training_source_all_is_held_out_and_two_shares_leave_the_rest_to_train() {
        let shares = |validation, test| {
            let cut = Cut { train_from: Some(600), ..both(400) };
            let options = SplitOptions { validation, test, ..SplitOptions::default() };
            let Shares { train, validation, test, rule } = Shares::of(cut, &options);
            (train, validation, test, rule)
        };
        assert_eq!(shares(None, None), (0.0, 0.5, 0.5, Rule::AllHeldOut));
        assert_eq!(shares(Some(0.75), None), (0.0, 0.75, 0.25, Rule::Asked));
        assert_eq!(shares(None, Some(0.0)), (0.0, 1.0, 0.0, Rule::Asked));
        assert_eq!(shares(Some(0.25), Some(0.25)), (0.5, 0.25, 0.25, Rule::Asked));
        // 1 − 0.9 − 0.1 is −2.8e-17 in floating point.
        assert_eq!(shares(Some(0.9), Some(0.1)).0, 0.0);
    }
}
