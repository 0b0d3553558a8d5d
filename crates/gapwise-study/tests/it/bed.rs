//! A small part of the simulated bed (`examples/simulated_bed`).

use gapwise_study::diagnosis::{GapKind, Verdict};
use rates::{Cell, Judged, Tally};
use truth::Truth;

#[path = "../../examples/simulated_bed/rates.rs"]
mod rates;
#[path = "../../examples/simulated_bed/truth.rs"]
pub(crate) mod truth;

fn tally(examples: u64, error: f64, planted: (GapKind, f64)) -> (Truth, Tally) {
    let truth = Truth::planted(error, &[planted]).unwrap();
    (truth, Tally::of(&Cell { truth, examples, judged: Judged::Estimated }, 300, 4, 0))
}

#[test]
fn the_rungs_of_a_planted_gap_by_hand() {
    // True error 10 %, tolerance 1 %, variance of 5 tolerances: train and human 10 − 5 = 5 %.
    let truth = Truth::planted(0.1, &[(GapKind::Variance, 5.0)]).unwrap();
    let percent = [truth.human, truth.train, truth.train_validation, truth.validation, truth.test]
        .map(|error| (error * 1e6).round() / 1e4);
    assert_eq!(percent, [5.0, 5.0, 10.0, 10.0, 10.0]);
    assert_eq!(
        (truth.largest(), truth.planted_gaps()),
        (Some(GapKind::Variance), "variance 5 τ".to_owned())
    );
    // A tenth of 0.5 % is less than the floor of 0.1 points; eight of these are more than 0.5 %.
    assert_eq!(Truth::planted(0.005, &[]).unwrap().tolerance, 0.001);
    assert_eq!(Truth::planted(0.005, &[(GapKind::Mismatch, 8.0)]), None);
}

#[test]
fn the_right_verdict_is_the_largest_gap_or_an_earlier_one_not_told_apart() {
    let truth = Truth::planted(0.3, &[(GapKind::Variance, 2.0), (GapKind::Mismatch, 5.0)]).unwrap();
    let close = |gap, not_told_apart_from| Verdict::Close {
        gap,
        not_told_apart_from,
        unless_human_below: None,
    };
    assert!(truth.is_right(&close(GapKind::Mismatch, vec![])));
    assert!(truth.is_right(&close(GapKind::Variance, vec![GapKind::Mismatch])));
    assert!(!truth.is_right(&close(GapKind::Variance, vec![])));
    assert!(!truth.is_right(&close(GapKind::AvoidableBias, vec![GapKind::Mismatch])));
    assert!(!truth.is_right(&Verdict::CannotTell));
    let none = Truth::planted(0.3, &[(GapKind::Variance, 0.5)]).unwrap();
    assert!(none.is_right(&Verdict::NoneAboveTolerance));
    assert!(!none.is_right(&Verdict::CannotTell));
}

#[test]
fn verdicts_are_right_where_gaps_are_clear() {
    for (examples, error, planted) in [
        (300, 0.1, (GapKind::AvoidableBias, 5.0)),
        (1_000, 0.3, (GapKind::Variance, 5.0)),
        (10_000, 0.1, (GapKind::Mismatch, 5.0)),
        (10_000, 0.3, (GapKind::ValidationOverfitted, 5.0)),
    ] {
        let (truth, found) = tally(examples, error, planted);
        assert!(found.is_clear(&truth, found.half_width), "{planted:?}");
        let right = found.share(found.right);
        assert!(right >= 0.95, "{planted:?}: {right}");
    }
}

#[test]
fn a_gap_below_the_tolerance_is_rarely_called_material() {
    // 300 tables know a share of 2 % to about ± 2 %.
    for (examples, error, planted) in [
        (100, 0.02, (GapKind::AvoidableBias, 0.5)),
        (100, 0.1, (GapKind::AvoidableBias, 0.99)),
        (300, 0.02, (GapKind::Variance, 0.99)),
        (1_000, 0.3, (GapKind::ValidationOverfitted, 0.99)),
    ] {
        let (_, found) = tally(examples, error, planted);
        let share = found.share(found.falsely_material);
        assert!(share <= 0.05, "{planted:?}: {share}");
    }
}

#[test]
fn a_tolerance_that_is_taken_as_known_calls_too_many_gaps_material() {
    let truth = Truth::planted(0.02, &[(GapKind::AvoidableBias, 0.99)]).unwrap();
    let shares = [Judged::Known, Judged::Estimated].map(|judged| {
        let found = Tally::of(&Cell { truth, examples: 300, judged }, 300, 4, 0);
        found.share(found.falsely_material)
    });
    assert!(shares[0] > 0.2 && shares[1] <= 0.05, "{shares:?}");
}

#[test]
fn intervals_hold_as_often_as_they_say_and_the_number_that_would_settle_settles() {
    let (_, found) = tally(1_000, 0.1, (GapKind::Mismatch, 2.0));
    for held in found.wilson.into_iter().chain(found.newcombe) {
        let share = found.share(held);
        assert!((0.91..=0.99).contains(&share), "{share}");
    }
    assert!(found.share(found.simultaneous) >= 0.93, "{}", found.share(found.simultaneous));
    assert!(found.share(found.beyond) >= 0.93, "{}", found.share(found.beyond));
    let settled = found.settled / found.open;
    assert!((0.9..=1.02).contains(&settled), "{settled}");
}

#[test]
fn the_bed_gives_the_same_figures_on_any_number_of_threads() {
    let half_widths = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| tally(100, 0.1, (GapKind::Variance, 2.0)).1.half_width)
    };
    assert_eq!(half_widths(1), half_widths(3));
}
