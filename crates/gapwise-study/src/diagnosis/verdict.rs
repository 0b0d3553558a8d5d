//! From gaps to a verdict: which gap to close next.

use super::{
    Answer, Gap, GapKind, Ladder, RungKind, Verdict,
    gaps::{Weights, confidence, ends, simultaneous},
};
use crate::interval::CONFIDENCE;

/// The largest material gap, and who is not told apart from it.
///
/// Whether two gaps differ is read off the interval of their difference, which is a weighted sum of
/// rungs like a gap itself: variance − bias is validation − 2 train + human. The rungs are
/// independent of each other, the two gaps are not, since they share a rung; the sum takes that
/// into account, where comparing the two gaps' intervals would not. Its confidence is 95 % over all
/// comparisons with the largest gap (Bonferroni).
pub(super) fn verdict(ladder: &Ladder, gaps: &[Gap]) -> Verdict {
    let material: Vec<(GapKind, f64)> = gaps
        .iter()
        .filter(|gap| gap.answer == Answer::Material)
        .filter_map(|gap| gap.size.map(|size| (gap.kind, size)))
        .collect();
    let bias = gaps.iter().find(|gap| gap.kind == GapKind::AvoidableBias);
    let open_bias = bias.filter(|gap| matches!(gap.answer, Answer::Unknown { .. }));
    // Of equals the first in the recipe's order.
    let largest =
        material.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best });
    let Some((largest, _)) = largest else {
        return without_material(ladder, gaps, open_bias);
    };
    let confidence = simultaneous(material.len() - 1);
    let mut equals: Vec<GapKind> = material
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|&kind| kind == largest || !larger(ladder, (largest, kind), confidence))
        .collect();
    // The recipe's order decides among equals; the largest itself is always one of them.
    let gap = equals.remove(0);
    let unless_human_below = open_bias.and_then(|_| bias_goes_first_below(ladder, largest));
    Verdict::Close { gap, not_told_apart_from: equals, unless_human_below }
}

fn without_material(ladder: &Ladder, gaps: &[Gap], open_bias: Option<&Gap>) -> Verdict {
    if let Some(at_most) = open_bias.and_then(|gap| gap.at_most) {
        return Verdict::HumanDecides { at_most, material_below: bias_material_below(ladder) };
    }
    // A closed test set leaves the other gaps as they are; without a train error there is none.
    let open = gaps.iter().any(|gap| match gap.answer {
        Answer::CannotTell { .. } => true,
        Answer::Unknown { .. } => gap.kind == GapKind::Variance,
        Answer::Material | Answer::Immaterial => false,
    });
    if open { Verdict::CannotTell } else { Verdict::NoneAboveTolerance }
}

/// Whether the first gap is larger than the second beyond noise.
fn larger(ladder: &Ladder, gaps: (GapKind, GapKind), confidence: f64) -> bool {
    let difference = weights(ladder, gaps.0).minus(weights(ladder, gaps.1));
    ladder.interval(difference, confidence).low > 0.0
}

/// The human level below which avoidable bias would be material and not smaller than `gap`.
///
/// Bias is train − human, so `gap` − bias is (`gap` − train) + human: it is above zero for every
/// human level above the negative of the lower end of `gap` − train.
fn bias_goes_first_below(ladder: &Ladder, gap: GapKind) -> Option<f64> {
    let without_human = weights(ladder, gap).plus(RungKind::Train, -1.0);
    let not_smaller = -ladder.interval(without_human, CONFIDENCE).low;
    let level = not_smaller.min(bias_material_below(ladder));
    (level > 0.0).then_some(level)
}

/// The human level below which avoidable bias is material: what the train error surely is above
/// the tolerance. Above 0 where the bias is [unknown](Answer::Unknown).
fn bias_material_below(ladder: &Ladder) -> f64 {
    ladder.beyond(Weights::default().plus(RungKind::Train, 1.0), confidence(ladder)).low
}

fn weights(ladder: &Ladder, gap: GapKind) -> Weights {
    let (lower, upper) = ends(ladder, gap);
    Weights::between(lower, upper)
}
