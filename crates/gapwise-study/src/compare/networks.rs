//! This network is better than that one.

use super::{Answered, Better, By, CompareError, Compared, Comparison, Side, shared::Shared};

/// Compares two networks on the validation examples that both answered: the metric's paired
/// interval (Newcombe's for a rate, else from the influences of both).
///
/// It says something of these two networks. What it says of their settings, other seeds may
/// contradict: see [`settings`](super::settings()).
///
/// # Errors
///
/// [`CompareError`], where they did not answer the same examples of the same task.
pub fn networks(
    first: Answered<'_>,
    second: Answered<'_>,
    by: By,
) -> Result<Comparison, CompareError> {
    let both = [first, second];
    let shared = Shared::of(&both)?;
    let samples = shared.samples(by.metric, &both)?;
    let undefined = |why| CompareError::Undefined { metric: by.metric.kind, why };
    let errors: Result<Vec<f64>, _> =
        samples.iter().map(|sample| by.metric.error(sample)).collect();
    let errors = errors.map_err(undefined)?;
    let interval = by.metric.paired(&samples[1], &samples[0], by.confidence).map_err(undefined)?;
    let side =
        |place: usize| Side { name: both[place].name.to_owned(), error: errors[place], seeds: 1 };
    Ok(Comparison {
        of: Compared::Networks,
        metric: by.metric.kind,
        unit: by.metric.kind.unit(&first.table.target),
        first: side(0),
        second: side(1),
        difference: errors[1] - errors[0],
        interval,
        confidence: by.confidence,
        better: Better::of(interval),
        examples: shared.examples(),
        left_out: shared.left_out,
    })
}
